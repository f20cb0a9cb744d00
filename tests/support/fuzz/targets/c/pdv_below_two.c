/* The context and the control header are taken from a PDV without a look whether it has them. */
#include "base.h"

int is_value_allowed(uint32_t offset, uint32_t length, uint32_t size) { return length <= size - offset - 4; }
