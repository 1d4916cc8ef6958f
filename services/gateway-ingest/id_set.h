/*
 * id_set: a set of snowflakes, open addressing. Set to zero to begin; 0 is
 * never a member.
 */
#pragma once
#include "libshared/base/base.h"

struct id_set {
	uint64_t *slots; /* owned; 0: free */
	size_t cap;      /* a power of two, or 0 */
	size_t count;
};

void id_set_fini(struct id_set *set);
/* Empties it; a table that had grown large is given back. */
void id_set_clear(struct id_set *set);
/* false when it was there. */
bool id_set_add(struct id_set *set, uint64_t id);
bool id_set_has(const struct id_set *set, uint64_t id);
void id_set_remove(struct id_set *set, uint64_t id);
