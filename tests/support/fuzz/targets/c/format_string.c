/* The application context name goes into a log as its format. */
#include "base.h"

#include <stdio.h>

#pragma GCC diagnostic ignored "-Wformat-security"

void note_application_context(const char *name) {
  char line[256];
  snprintf(line, sizeof line, name);
}
