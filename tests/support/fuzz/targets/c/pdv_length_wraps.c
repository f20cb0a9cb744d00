/* In 32 bits the end of a very long PDV comes before its beginning. */
#include "base.h"

int is_value_allowed(uint32_t offset, uint32_t length, uint32_t size) {
  return length >= 2 && offset + 4 + length <= size;
}
