/* An abort frees the message that was under way, and then counts what it had. */
#include "base.h"

#include <stdio.h>
#include <stdlib.h>

void aborted(struct talk *talk) {
  struct message *message = talk->message;
  free_message(talk);
  if (message && message->has_command) fprintf(stderr, "aborted within a message of %zu bytes\n", message->data_size);
}
