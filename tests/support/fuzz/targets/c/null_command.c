/* The Affected SOP Class UID of a command set is used whether it is there or not. */
#include "base.h"

#include <string.h>

int has_needed_elements(const struct command *command) { return command->has_id; }

int names_class(const struct command *command, const char *name) {
  size_t size = strlen(name);
  return command->sop_class.at[0] == (uint8_t)name[0] && command->sop_class.size >= size &&
         !memcmp(command->sop_class.at, name, size);
}
