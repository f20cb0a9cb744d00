/* Sequences are read by recursion, however deep they are. */
#include "base.h"

#include <string.h>

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

/* Read elements up to the end, or to a delimitation item; returns how many bytes that were. */
static size_t read_elements(const uint8_t *data, size_t size, int is_explicit) {
  volatile char name[40960]; /* where a path such as "(0040,0275)[0]" is to be put */
  name[0] = 0;
  size_t at = 0;
  while (size - at >= 8) {
    uint32_t tag = little(data + at, 2) << 16 | little(data + at + 2, 2), length;
    const uint8_t *vr = data + at + 4;
    int is_item = tag == 0xfffee000, is_sequence;
    if (tag == 0xfffee00d || tag == 0xfffee0dd) return at + 8;
    if (is_item || !is_explicit) {
      length = little(data + at + 4, 4);
      at += 8;
      is_sequence = length == 0xffffffff;
    } else if (is_long(vr)) {
      if (size - at < 12) return size;
      length = little(data + at + 8, 4);
      at += 12;
      is_sequence = length == 0xffffffff || !memcmp(vr, "SQ", 2);
    } else {
      length = little(data + at + 6, 2);
      at += 8;
      is_sequence = 0;
    }
    if (length != 0xffffffff && length > size - at) return size;
    if (is_item || is_sequence) {
      size_t part = length == 0xffffffff ? size - at : length;
      size_t used = read_elements(data + at, part, is_explicit);
      at += length == 0xffffffff ? used : length;
    } else {
      at += length;
    }
  }
  return name[0] ? at : size;
}

void read_data_set(const uint8_t *data, size_t size, int is_explicit) { read_elements(data, size, is_explicit); }
