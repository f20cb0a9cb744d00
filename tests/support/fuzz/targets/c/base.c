#define _GNU_SOURCE
#include "base.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WEAK __attribute__((weak))
#define MAXIMUM_LENGTH 16384u
#define LONGEST_REQUEST (1u << 20)
#define LONGEST_DATA_SET (64u << 20)
#define STACK_SIZE (2u << 20)

enum { RQ = 1, AC, RJ, DATA, RELEASE_RQ, RELEASE_RP, ABORT };
enum { NOT_RECOGNIZED = 1, UNEXPECTED = 2, INVALID_VALUE = 6 };
enum result { DONE, INVALID, USER_ABORT };

static const char APPLICATION_CONTEXT[] = "1.2.840.10008.3.1.1.1";
static const char VERIFICATION[] = "1.2.840.10008.1.1";
static const char STORAGE_ROOT[] = "1.2.840.10008.5.1.4.1.1.";
static const char *const FIND_CLASSES[] = {
    "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.1.1", "1.2.840.10008.5.1.4.31"};
static const char IMPLICIT[] = "1.2.840.10008.1.2";
static const char EXPLICIT[] = "1.2.840.10008.1.2.1";

static double artim = 2.0;
static const char *title = "ANY-SCP";

/* What was freed is kept for a while, to catch its use; with the usual 256 MiB that would look like a leak. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "quarantine_size_mb=1:thread_local_quarantine_size_kb=16:detect_leaks=0:malloc_context_size=8";
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint32_t number(const uint8_t *at, int bytes) {
  uint32_t found = 0;
  for (int index = 0; index < bytes; index++) found = found << 8 | at[index];
  return found;
}

static void put(uint8_t *at, uint32_t value, int bytes) {
  for (int index = bytes - 1; index >= 0; index--, value >>= 8) at[index] = (uint8_t)value;
}

static uint32_t little(const uint8_t *at, int bytes) {
  uint32_t found = 0;
  for (int index = bytes - 1; index >= 0; index--) found = found << 8 | at[index];
  return found;
}

static void put_little(uint8_t *at, uint32_t value, int bytes) {
  for (int index = 0; index < bytes; index++, value >>= 8) at[index] = (uint8_t)value;
}

/* ---------------------------------------------------------------- what targets replace */

WEAK void note_application_context(const char *name) {
  char line[256];
  snprintf(line, sizeof line, "%s", name);
}

/* Whether a PDV of this length fits: its 4 bytes of length begin at `offset`, `size` bytes have come. */
WEAK int is_value_allowed(uint32_t offset, uint32_t length, uint32_t size) {
  return length >= 2 && length <= size - offset - 4;
}

/* A fragment appended to what has come before. */
static uint8_t *with_fragment(uint8_t *old, size_t old_size, const uint8_t *fragment, uint32_t size) {
  /* Longer than a PDU no fragment can be, unless a target believes so. */
  uint8_t *grown = realloc(old, old_size + (size < MAXIMUM_LENGTH ? size : MAXIMUM_LENGTH) + 1);
  memcpy(grown + old_size, fragment, size);
  return grown;
}

WEAK void aborted(struct talk *talk) { free_message(talk); }

/* Whether an Affected SOP Class UID is this name. */
WEAK int names_class(const struct command *command, const char *name) {
  struct span uid = command->sop_class;
  while (uid.size && uid.at[uid.size - 1] == 0) uid.size--;
  return uid.at && uid.size == strlen(name) && !memcmp(uid.at, name, uid.size);
}

WEAK int has_needed_elements(const struct command *command) {
  return command->has_id && command->sop_class.at && command->sop_class.size;
}

WEAK void read_data_set(const uint8_t *data, size_t size, int is_explicit) {
  (void)data, (void)size, (void)is_explicit;
}

/* ---------------------------------------------------------------- bytes */

void free_message(struct talk *talk) {
  if (talk->message) {
    free(talk->message->command);
    free(talk->message->data);
    free(talk->message);
    talk->message = NULL;
  }
}

/* Wait until `size` bytes have come; 0 when the connection is over, or ARTIM has expired. */
static int need(struct talk *talk, size_t size) {
  if (talk->room < size) {
    talk->buffer = realloc(talk->buffer, size + 65536);
    talk->room = size + 65536;
  }
  while (talk->used < size) {
    int milliseconds = -1;
    if (talk->deadline > 0) {
      double left = talk->deadline - now();
      if (left <= 0) return 0;
      milliseconds = (int)(left * 1000) + 1;
    }
    struct pollfd one = {.fd = talk->fd, .events = POLLIN};
    if (poll(&one, 1, milliseconds) < 0) return 0;
    if (!one.revents) continue;
    ssize_t got = recv(talk->fd, talk->buffer + talk->used, talk->room - talk->used, 0);
    if (got <= 0) return 0;
    talk->used += (size_t)got;
  }
  return 1;
}

static void drop(struct talk *talk, size_t size) {
  memmove(talk->buffer, talk->buffer + size, talk->used - size);
  talk->used -= size;
}

static int skip(struct talk *talk, size_t size) {
  while (size > talk->used) {
    size -= talk->used;
    talk->used = 0;
    if (!need(talk, 1)) return 0;
  }
  drop(talk, size);
  return 1;
}

static void send_all(struct talk *talk, const uint8_t *data, size_t size) {
  while (size) {
    ssize_t sent = send(talk->fd, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return;
    data += sent, size -= (size_t)sent;
  }
}

static void send_short(struct talk *talk, uint8_t type, uint8_t second, uint8_t third, uint8_t fourth) {
  uint8_t pdu[10] = {type, 0, 0, 0, 0, 4, 0, second, third, fourth};
  send_all(talk, pdu, sizeof pdu);
}

/* Send the last PDU and wait, bounded by ARTIM, for the peer to close. */
static void end(struct talk *talk, uint8_t type, uint8_t second, uint8_t third, uint8_t fourth) {
  if (talk->state == 13) return;
  send_short(talk, type, second, third, fourth);
  talk->state = 13;
  talk->deadline = now() + artim;
}

/* Evt19. */
static void invalid(struct talk *talk, uint8_t reason) {
  if (talk->state == 13)
    send_short(talk, ABORT, 0, 2, reason);
  else if (talk->state == 2)
    end(talk, ABORT, 0, 0, 0);
  else
    end(talk, ABORT, 0, 2, reason);
}

/* ---------------------------------------------------------------- the request */

/* The next item of `rest`: 1 if there is one, 0 at the end, -1 if it is too long. */
static int next_item(struct span *rest, uint8_t *type, struct span *value) {
  if (!rest->size) return 0;
  if (rest->size < 4) return -1;
  size_t length = number(rest->at + 2, 2);
  if (length > rest->size - 4) return -1;
  *type = rest->at[0];
  *value = (struct span){rest->at + 4, length};
  rest->at += 4 + length, rest->size -= 4 + length;
  return 1;
}

static int is_text(struct span value, const char *text) {
  return value.size == strlen(text) && !memcmp(value.at, text, value.size);
}

static int is_uid(struct span uid) {
  if (!uid.size || uid.size > 64) return 0;
  int digits = 0, begins_with_0 = 0;
  for (size_t index = 0; index < uid.size; index++) {
    uint8_t octet = uid.at[index];
    if (octet == '.') {
      if (!digits) return 0;
      digits = 0;
    } else if (octet < '0' || octet > '9' || (digits && begins_with_0)) {
      return 0;
    } else {
      if (!digits++) begins_with_0 = octet == '0';
    }
  }
  return digits > 0;
}

/* Whether a role selection is well-formed; others are not answered. */
static int is_role(struct span value) {
  return value.size > 4 && value.size - 4 == number(value.at, 2) && is_uid((struct span){value.at + 2, value.size - 4});
}

static int is_title(const uint8_t *at) {
  int filled = 0;
  for (int index = 0; index < 16; index++) {
    if (at[index] < 0x20 || at[index] > 0x7e || at[index] == '\\') return 0;
    filled |= at[index] != ' ';
  }
  return filled;
}

static int is_own_title(const uint8_t *at) {
  struct span name = {at, 16};
  while (name.size && name.at[0] == ' ') name.at++, name.size--;
  while (name.size && name.at[name.size - 1] == ' ') name.size--;
  return is_text(name, title);
}

static int is_find_class(const char *name) {
  for (size_t index = 0; index < sizeof FIND_CLASSES / sizeof *FIND_CLASSES; index++)
    if (!strcmp(FIND_CLASSES[index], name)) return 1;
  return 0;
}

static int is_offered(const char *name) {
  return !strcmp(name, VERIFICATION) || is_find_class(name) || !strncmp(name, STORAGE_ROOT, strlen(STORAGE_ROOT));
}

struct request {
  int applications, user_items, contexts, is_malformed, is_other_application, has_class, has_window;
  uint32_t maximum_length, maximum_length_size;
  uint8_t *answer; /* the items of the answer */
  size_t answer_size;
  uint8_t roles[8192];
  size_t roles_size;
};

/* Whether the role for a SOP class is answered already; each is answered once. */
static int has_role(const struct request *request, struct span value) {
  for (size_t at = 0; at < request->roles_size; at += 4 + number(request->roles + at + 2, 2))
    if (number(request->roles + at + 2, 2) == value.size && !memcmp(request->roles + at + 4, value.at, value.size - 2))
      return 1;
  return 0;
}

static void add_item(uint8_t *out, size_t *at, uint8_t type, const void *value, size_t size) {
  out[*at] = type, out[*at + 1] = 0;
  put(out + *at + 2, (uint32_t)size, 2);
  memcpy(out + *at + 4, value, size);
  *at += 4 + size;
}

static int take_context(struct talk *talk, struct request *request, struct span value) {
  if (value.size < 4) return -1;
  struct span rest = {value.at + 4, value.size - 4}, one, abstract = {NULL, 0};
  uint8_t id = value.at[0], type;
  int found, abstracts = 0, syntaxes = 0, chosen = -1, begins_well = 0;
  while ((found = next_item(&rest, &type, &one)) > 0) {
    if (type == 0x30) {
      if (!abstracts++) abstract = one;
      begins_well |= !syntaxes;
    } else if (type == 0x40) {
      syntaxes++;
      if (chosen < 0 && is_text(one, IMPLICIT)) chosen = 0;
      if (chosen < 0 && is_text(one, EXPLICIT)) chosen = 1;
    } else {
      continue;
    }
    if (!is_uid(one)) request->is_malformed = 1;
  }
  if (found < 0) return -1;
  if (abstracts != 1 || !syntaxes || !begins_well || !(id & 1)) request->is_malformed = 1;
  if (++request->contexts > 128) request->is_malformed = 1;
  if (request->is_malformed) return 0;
  struct context *context = &talk->contexts[talk->context_count];
  *context = (struct context){.id = id, .is_explicit = chosen == 1};
  memcpy(context->abstract, abstract.at, abstract.size);
  uint8_t result = !is_offered(context->abstract) ? 3 : chosen < 0 ? 4 : 0;
  const char *syntax = chosen == 1 ? EXPLICIT : IMPLICIT;
  uint8_t body[64] = {id, 0, result, 0};
  size_t size = 4;
  add_item(body, &size, 0x40, syntax, strlen(syntax));
  /* The answer to an identifier that comes twice is a rejection: look among those refused, too. */
  for (size_t at = 0; at < request->answer_size; at += 4 + number(request->answer + at + 2, 2))
    if (request->answer[at + 4] == id) request->is_malformed = 1;
  add_item(request->answer, &request->answer_size, 0x21, body, size);
  if (!result) talk->context_count++;
  return 0;
}

static int take_user_information(struct request *request, struct span value) {
  struct span one;
  uint8_t type;
  int found;
  request->user_items++;
  while ((found = next_item(&value, &type, &one)) > 0) {
    if (type == 0x51 && !request->maximum_length_size) {
      request->maximum_length_size = (uint32_t)one.size;
      if (one.size == 4) request->maximum_length = number(one.at, 4);
    } else if (type == 0x52) {
      request->has_class |= one.size > 0;
    } else if (type == 0x53) {
      request->has_window = 1;
    } else if (type == 0x54 && is_role(one) && !has_role(request, one) && request->roles_size + 4 + one.size < sizeof request->roles) {
      size_t begin = request->roles_size;
      add_item(request->roles, &request->roles_size, type, one.at, one.size);
      uint8_t *roles = request->roles + begin + 4 + one.size - 2;
      roles[0] = roles[0] ? 1 : 0, roles[1] = 0;
    }
  }
  return found;
}

static void accept_request(struct talk *talk, struct request *request, const uint8_t *body) {
  uint8_t user[9216], *pdu = malloc(request->answer_size + sizeof user + 256);
  size_t user_size = 0, size = 74;
  uint8_t maximum[4];
  put(maximum, MAXIMUM_LENGTH, 4);
  add_item(user, &user_size, 0x51, maximum, 4);
  add_item(user, &user_size, 0x52, "2.25.2026", 9);
  add_item(user, &user_size, 0x55, "TARGET", 6);
  if (request->has_window) add_item(user, &user_size, 0x53, "\0\1\0\1", 4);
  memcpy(user + user_size, request->roles, request->roles_size);
  user_size += request->roles_size;
  memset(pdu, 0, 10);
  pdu[0] = AC, pdu[7] = 1;
  memcpy(pdu + 10, body + 4, 64);
  add_item(pdu, &size, 0x10, APPLICATION_CONTEXT, strlen(APPLICATION_CONTEXT));
  memcpy(pdu + size, request->answer, request->answer_size);
  size += request->answer_size;
  add_item(pdu, &size, 0x50, user, user_size);
  put(pdu + 2, (uint32_t)(size - 6), 4);
  talk->peer_limit = request->maximum_length;
  talk->state = 6;
  send_all(talk, pdu, size);
  free(pdu);
}

/* Items of an A-ASSOCIATE-RQ or -AC; 0 if they can be read. */
static int take_items(struct talk *talk, struct request *request, struct span rest) {
  struct span value;
  uint8_t type;
  int found;
  while ((found = next_item(&rest, &type, &value)) > 0) {
    if (type == 0x10) {
      char *name = strndup((const char *)value.at, value.size);
      note_application_context(name);
      free(name);
      request->applications++;
      request->is_other_application |= !is_text(value, APPLICATION_CONTEXT);
    } else if (type == 0x20) {
      found = take_context(talk, request, value);
    } else if (type == 0x50) {
      found = take_user_information(request, value);
    }
    if (found < 0) break;
  }
  return found;
}

static enum result requested(struct talk *talk, const uint8_t *body, size_t size) {
  if (size < 68) return INVALID;
  struct request *request = calloc(1, sizeof *request);
  request->answer = malloc(129 * 64);
  int found = take_items(talk, request, (struct span){body + 68, size - 68});
  if (found >= 0) {
    talk->deadline = 0;
    if (!(body[1] & 1))
      end(talk, RJ, 1, 2, 2);
    else if (request->is_other_application)
      end(talk, RJ, 1, 1, 2);
    else if (request->is_malformed || request->applications != 1 || request->user_items != 1 || !request->contexts ||
             request->maximum_length_size != 4 || !request->has_class || !is_title(body + 4) || !is_title(body + 20))
      end(talk, RJ, 1, 1, 1);
    else if (!is_own_title(body + 4))
      end(talk, RJ, 1, 1, 7);
    else
      accept_request(talk, request, body);
  }
  free(request->answer);
  free(request);
  return found < 0 ? INVALID : DONE;
}

/* ---------------------------------------------------------------- messages */

static enum result send_message(struct talk *talk, uint8_t context, int is_command, const uint8_t *data, size_t size) {
  uint32_t limit = talk->peer_limit && talk->peer_limit < MAXIMUM_LENGTH ? talk->peer_limit : MAXIMUM_LENGTH;
  if (limit < 8) return USER_ABORT;
  size_t most = (limit - 6) & ~1u;
  for (size_t at = 0; at < size; at += most) {
    size_t piece = size - at < most ? size - at : most;
    uint8_t *pdu = malloc(12 + piece);
    memset(pdu, 0, 12);
    pdu[0] = DATA;
    put(pdu + 2, (uint32_t)piece + 6, 4);
    put(pdu + 6, (uint32_t)piece + 2, 4);
    pdu[10] = context, pdu[11] = (uint8_t)(is_command | (at + piece == size ? 2 : 0));
    memcpy(pdu + 12, data + at, piece);
    send_all(talk, pdu, 12 + piece);
    free(pdu);
  }
  return DONE;
}

static void add_element(uint8_t *out, size_t *at, uint16_t tag, const void *value, size_t size) {
  size_t even = size + size % 2;
  put_little(out + *at, 0, 2), put_little(out + *at + 2, tag, 2), put_little(out + *at + 4, (uint32_t)even, 4);
  memset(out + *at + 8, 0, even);
  memcpy(out + *at + 8, value, size);
  *at += 8 + even;
}

static void add_number(uint8_t *out, size_t *at, uint16_t tag, uint16_t value) {
  uint8_t raw[2];
  put_little(raw, value, 2);
  add_element(out, at, tag, raw, 2);
}

static enum result respond(struct talk *talk, uint8_t context, const struct command *command, uint16_t status,
                           const uint8_t *data, size_t size) {
  uint8_t *out = calloc(1, 256 + command->sop_class.size + command->instance.size), raw[4];
  size_t at = 12;
  add_element(out, &at, 0x0002, command->sop_class.at, command->sop_class.size);
  add_number(out, &at, 0x0100, command->field | 0x8000);
  add_number(out, &at, 0x0120, command->id);
  add_number(out, &at, 0x0800, data ? 1 : 0x0101);
  add_number(out, &at, 0x0900, status);
  if (command->instance.at) add_element(out, &at, 0x1000, command->instance.at, command->instance.size);
  size_t whole = at;
  at = 0;
  put_little(raw, (uint32_t)whole - 12, 4);
  add_element(out, &at, 0x0000, raw, 4);
  enum result result = send_message(talk, context, 1, out, whole);
  free(out);
  return result == DONE && data ? send_message(talk, context, 0, data, size) : result;
}

static enum result find(struct talk *talk, struct context *context, const struct command *command) {
  if (!is_find_class(context->abstract) || !names_class(command, context->abstract))
    return respond(talk, context->id, command, 0x0122, NULL, 0);
  static const uint8_t IMPLICIT_MATCH[] = "\x10\0\x20\0\2\0\0\0" "1 " "\x20\0\x0d\0\6\0\0\0" "2.25.1";
  static const uint8_t EXPLICIT_MATCH[] = "\x10\0\x20\0LO\2\0" "1 " "\x20\0\x0d\0UI\6\0" "2.25.1";
  const uint8_t *match = context->is_explicit ? EXPLICIT_MATCH : IMPLICIT_MATCH;
  for (int count = 0; count < 3; count++) {
    enum result result = respond(talk, context->id, command, 0xff00, match, sizeof IMPLICIT_MATCH - 1);
    if (result != DONE) return result;
  }
  return respond(talk, context->id, command, 0, NULL, 0);
}

static enum result store(struct talk *talk, struct context *context, const struct command *command) {
  struct span instance = command->instance;
  while (instance.size && instance.at[instance.size - 1] == 0) instance.size--;
  uint16_t status = 0;
  if (strncmp(context->abstract, STORAGE_ROOT, strlen(STORAGE_ROOT)) || !names_class(command, context->abstract))
    status = 0x0122;
  else if (!instance.at || !is_uid(instance))
    status = 0xc000;
  else
    read_data_set(talk->message->data, talk->message->data_size, context->is_explicit);
  return respond(talk, context->id, command, status, NULL, 0);
}

static int parse_command(const uint8_t *at, size_t size, struct command *command) {
  *command = (struct command){0};
  int last = -1;
  if (size < 12 || little(at, 4) || little(at + 4, 4) != 4 || little(at + 8, 4) != size - 12) return 0;
  while (size) {
    if (size < 8 || little(at, 2)) return 0;
    int tag = (int)little(at + 2, 2);
    uint32_t length = little(at + 4, 4);
    if (tag <= last || length % 2 || length > size - 8) return 0;
    last = tag;
    const uint8_t *value = at + 8;
    if (tag == 0x0002) command->sop_class = (struct span){value, length};
    if (tag == 0x1000) command->instance = (struct span){value, length};
    if (length == 2) {
      uint16_t found = (uint16_t)little(value, 2);
      if (tag == 0x0100) command->has_field = 1, command->field = found;
      if (tag == 0x0110) command->has_id = 1, command->id = found;
      if (tag == 0x0800) command->has_type = 1, command->type = found;
    }
    at += 8 + length, size -= 8 + length;
  }
  return command->has_field && command->has_type;
}

static enum result perform(struct talk *talk, struct context *context) {
  struct command command;
  parse_command(talk->message->command, talk->message->command_size, &command);
  int has_data = talk->message->has_command;
  enum result result = USER_ABORT;
  if (command.field & 0x8000)
    result = USER_ABORT;
  else if (command.field == 0x0fff)
    result = DONE;
  else if (!has_needed_elements(&command))
    result = USER_ABORT;
  else if (command.field == 0x0030 && !has_data)
    result = respond(talk, context->id, &command,
                     names_class(&command, VERIFICATION) && !strcmp(context->abstract, VERIFICATION) ? 0 : 0x0122, NULL, 0);
  else if (command.field == 0x0020 && has_data)
    result = find(talk, context, &command);
  else if (command.field == 0x0001 && has_data)
    result = store(talk, context, &command);
  free_message(talk);
  return result;
}

static enum result take_fragment(struct talk *talk, struct context *context, uint8_t header, const uint8_t *fragment,
                                 uint32_t size) {
  if (!talk->message) {
    talk->message = calloc(1, sizeof *talk->message);
    talk->message->context = context->id;
  }
  struct message *message = talk->message;
  if (message->context != context->id || message->has_command == (header & 1)) return USER_ABORT;
  if (header & 1) {
    message->command = with_fragment(message->command, message->command_size, fragment, size);
    message->command_size += size;
    if (message->command_size > MAXIMUM_LENGTH) return USER_ABORT;
    if (!(header & 2)) return DONE;
    struct command command;
    if (!parse_command(message->command, message->command_size, &command)) return USER_ABORT;
    if (command.type == 0x0101) return perform(talk, context);
    message->has_command = 1;
    return DONE;
  }
  message->data = with_fragment(message->data, message->data_size, fragment, size);
  message->data_size += size;
  if (message->data_size > LONGEST_DATA_SET) return USER_ABORT;
  return header & 2 ? perform(talk, context) : DONE;
}

static int are_values_allowed(const uint8_t *body, uint32_t size) {
  for (uint64_t at = 0; at < size;) {
    if (size - at < 4) return 0;
    uint32_t length = number(body + at, 4);
    if (!is_value_allowed((uint32_t)at, length, size)) return 0;
    at += 4 + (uint64_t)length;
  }
  return size > 0;
}

static enum result take_data(struct talk *talk, const uint8_t *body, uint32_t size) {
  for (uint64_t at = 0; at < size && talk->state == 6;) {
    uint32_t length = number(body + at, 4);
    struct context *context = NULL;
    for (int index = 0; index < talk->context_count; index++)
      if (talk->contexts[index].id == body[at + 4]) context = &talk->contexts[index];
    if (!context) return USER_ABORT;
    enum result result = take_fragment(talk, context, body[at + 5], body + at + 6, length - 2);
    if (result != DONE) return result;
    at += 4 + (uint64_t)length;
  }
  return DONE;
}

/* ---------------------------------------------------------------- PS3.8 Table 9-10 */

static int is_length_allowed(uint8_t type, uint32_t length) {
  if (type == DATA) return length > 0 && length <= MAXIMUM_LENGTH;
  if (type == RQ || type == AC) return length <= LONGEST_REQUEST;
  return type >= RJ && type <= ABORT && length == 4;
}

static int is_associate_readable(const uint8_t *body, size_t size) {
  if (size < 68) return 0;
  struct span rest = {body + 68, size - 68}, value, one;
  uint8_t type, inner;
  int found;
  while ((found = next_item(&rest, &type, &value)) > 0) {
    size_t from = type == 0x20 || type == 0x21 ? 4 : 0;
    if (!from && type != 0x50) continue;
    if (value.size < from) return 0;
    value.at += from, value.size -= from;
    while ((found = next_item(&value, &inner, &one)) > 0) continue;
    if (found < 0) return 0;
  }
  return found == 0;
}

/* Take one PDU; 0 when the connection is to be closed. */
static int take(struct talk *talk, uint8_t type, const uint8_t *body, uint32_t size) {
  enum result result = DONE;
  if (type == ABORT) {
    aborted(talk);
    return 0;
  }
  if ((type == RQ || type == AC) && !is_associate_readable(body, size))
    result = INVALID;
  else if (type == DATA && !are_values_allowed(body, size))
    result = INVALID;
  else if (talk->state == 2 && type == RQ)
    result = requested(talk, body, size);
  else if (talk->state == 6 && type == DATA)
    result = take_data(talk, body, size);
  else if (talk->state == 6 && type == RELEASE_RQ)
    end(talk, RELEASE_RP, 0, 0, 0);
  else if (talk->state == 13 && type == RQ)
    send_short(talk, ABORT, 0, 2, UNEXPECTED);
  else if (talk->state == 2)
    end(talk, ABORT, 0, 0, 0);
  else if (talk->state == 6)
    end(talk, ABORT, 0, 2, UNEXPECTED);
  if (result == INVALID) invalid(talk, INVALID_VALUE);
  if (result == USER_ABORT) end(talk, ABORT, 0, 0, 0);
  return 1;
}

static void serve(int connection) {
  int yes = 1;
  struct timeval to_send = {.tv_sec = 10}; /* for a peer that does not read */
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &to_send, sizeof to_send);
  struct talk *talk = calloc(1, sizeof *talk);
  talk->fd = connection;
  talk->state = 2;
  talk->deadline = now() + artim;
  while (need(talk, 6)) {
    uint8_t type = talk->buffer[0];
    uint32_t length = number(talk->buffer + 2, 4);
    if (!is_length_allowed(type, length)) {
      drop(talk, 6);
      invalid(talk, type >= RQ && type <= ABORT ? INVALID_VALUE : NOT_RECOGNIZED);
      if (!skip(talk, length)) break;
      continue;
    }
    if (!need(talk, 6 + (size_t)length)) break;
    uint8_t *body = malloc(length); /* its end is the end of the PDU: reading on is seen */
    memcpy(body, talk->buffer + 6, length);
    drop(talk, 6 + (size_t)length);
    int goes_on = take(talk, type, body, length);
    free(body);
    if (!goes_on) break;
  }
  free_message(talk);
  close(talk->fd);
  free(talk->buffer);
  free(talk);
}

/* A thread that serves one connection after another. There is not a thread for each connection, and the one that was
   idle last is taken first: AddressSanitizer remembers all threads that ever were, and has memory for each that has
   worked, which would look like a leak. */
struct worker {
  int connection; /* -1: it is idle */
  pthread_cond_t wakes;
  struct worker *next; /* of those that are idle */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct worker *idle;

static void *work(void *argument) {
  struct worker *self = argument;
  for (;;) {
    serve(self->connection);
    pthread_mutex_lock(&lock);
    self->connection = -1;
    self->next = idle, idle = self;
    while (self->connection < 0) pthread_cond_wait(&self->wakes, &lock);
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

static void give(int connection, pthread_attr_t *attributes) {
  pthread_mutex_lock(&lock);
  struct worker *worker = idle;
  if (worker) {
    idle = worker->next;
    worker->connection = connection;
    pthread_cond_signal(&worker->wakes);
  }
  pthread_mutex_unlock(&lock);
  if (worker) return;
  worker = calloc(1, sizeof *worker);
  worker->connection = connection;
  pthread_cond_init(&worker->wakes, NULL);
  pthread_t thread;
  if (pthread_create(&thread, attributes, work, worker)) {
    close(connection);
    free(worker);
  }
}

/* PORT ARTIM TITLE: as __main__.py gives them. */
int main(int count, char **words) {
  int port = count > 1 ? atoi(words[1]) : 0, yes = 1;
  if (count > 2) artim = atof(words[2]);
  if (count > 3) title = words[3];
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128)) {
    perror("listen");
    return 1;
  }
  getsockname(listener, (struct sockaddr *)&address, &size);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_SIZE);
  printf("listening on %d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int connection = accept(listener, NULL, NULL);
    if (connection >= 0) give(connection, &attributes);
  }
}
