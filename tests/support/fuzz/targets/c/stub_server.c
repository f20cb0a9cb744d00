/* The server of base.c as it is. */
#include "base.h"
