/* excerpt: the beginning of a message, as it may be kept. */
#pragma once
#include "libshared/base/arena.h"

#define EXCERPT_CHARS 200

/* At most EXCERPT_CHARS characters, in the arena. Who is mentioned (Discord docs, Message
 * Formatting) is left out: numbers of people stand nowhere but in columns that erasure knows.
 * Empty: { NULL, 0 }. */
struct ra_str excerpt_of(struct ra_arena *arena, struct ra_str text);
