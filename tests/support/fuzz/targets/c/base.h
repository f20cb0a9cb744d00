/* A small DICOM server in C, correct in itself. Each target replaces one of the functions that are marked "weak" in
   base.c by a broken one. */
#ifndef BASE_H
#define BASE_H

#include <stddef.h>
#include <stdint.h>

struct span {
  const uint8_t *at;
  size_t size;
};

struct context {
  uint8_t id;
  char abstract[65];
  int is_explicit;
};

/* A message of which something has come. */
struct message {
  uint8_t context;
  int has_command;  /* its command set is complete, a data set follows */
  uint8_t *command; /* command set */
  size_t command_size;
  uint8_t *data; /* data set */
  size_t data_size;
};

struct talk {
  int fd;
  int state; /* 2, 6 or 13, as in PS3.8 Table 9-10 */
  double deadline; /* of ARTIM, in seconds; 0: it is not running */
  uint8_t *buffer;
  size_t used, room;
  struct context contexts[128];
  int context_count;
  uint32_t peer_limit;
  struct message *message;
};

struct command {
  int has_field, has_id, has_type;
  uint16_t field, id, type;
  struct span sop_class, instance; /* at is NULL if it is not there */
};

/* What targets replace. */
void note_application_context(const char *name);
int is_value_allowed(uint32_t offset, uint32_t length, uint32_t size);
void aborted(struct talk *talk);
int names_class(const struct command *command, const char *name);
int has_needed_elements(const struct command *command);
void read_data_set(const uint8_t *data, size_t size, int is_explicit);

void free_message(struct talk *talk);

#endif
