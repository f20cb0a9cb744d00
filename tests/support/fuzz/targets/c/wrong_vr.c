/* What is a sequence for the dictionary is used as one, whatever its VR is. */
#include "base.h"

#include <stdlib.h>
#include <string.h>

struct sequence {
  size_t count;
  const uint8_t *first;
};

union value {
  char text[sizeof(struct sequence *)];
  struct sequence *sequence;
};

static uint32_t little(const uint8_t *at, int bytes) {
  uint32_t found = 0;
  for (int index = bytes - 1; index >= 0; index--) found = found << 8 | at[index];
  return found;
}

static int is_long(const uint8_t *vr) {
  static const char LONG[] = "OBODOFOLOVOWSQSVUCUNURUTUV";
  for (size_t index = 0; index < sizeof LONG - 1; index += 2)
    if (!memcmp(LONG + index, vr, 2)) return 1;
  return 0;
}

/* The dictionary: sequences that are common. */
static const uint32_t SEQUENCES[] = {0x00080110, 0x00081111, 0x00081115, 0x00081140, 0x00082112, 0x00400275,
                                     0x0040a043, 0x0040a372, 0x0040a730, 0x300c0002};

static int is_sequence(uint32_t tag) {
  for (size_t index = 0; index < sizeof SEQUENCES / sizeof *SEQUENCES; index++)
    if (SEQUENCES[index] == tag) return 1;
  return 0;
}

static volatile size_t items;

void read_data_set(const uint8_t *data, size_t size, int is_explicit) {
  size_t at = 0;
  while (is_explicit && size - at >= 8) {
    uint32_t tag = little(data + at, 2) << 16 | little(data + at + 2, 2);
    const uint8_t *vr = data + at + 4;
    size_t header = is_long(vr) ? 12 : 8;
    if (size - at < header) return;
    uint32_t length = header == 12 ? little(data + at + 8, 4) : little(data + at + 6, 2);
    at += header;
    union value value;
    memset(&value, 0x41, sizeof value);
    struct sequence sequence = {length, data + at};
    if (!memcmp(vr, "SQ", 2))
      value.sequence = &sequence;
    else
      memcpy(value.text, data + at, length < sizeof value && length <= size - at ? length : 0);
    if (is_sequence(tag)) items += value.sequence->count;
    if (length > size - at) return;
    at += length;
  }
}
