/* id_set: linear probing, at most half full; removal moves the rest of the run back (Knuth 6.4 R).
 */
#include "services/gateway-ingest/id_set.h"

#define FIRST_CAP 64
#define KEPT_CAP  4096 /* a larger table costs more to wipe than to build anew */

static size_t home(const struct id_set *set, uint64_t id)
{
	return (size_t)((id * 0x9E3779B97F4A7C15ULL) >> 32) & (set->cap - 1);
}

/* Where `id` is, or the free slot where it would go. */
static size_t find(const struct id_set *set, uint64_t id)
{
	size_t at = home(set, id);
	while (set->slots[at] != 0 && set->slots[at] != id)
		at = (at + 1) & (set->cap - 1);
	return at;
}

static void grow(struct id_set *set)
{
	struct id_set larger = { .cap = set->cap ? set->cap * 2 : FIRST_CAP, .count = set->count };
	larger.slots = ra_alloc(larger.cap * sizeof(uint64_t));
	for (size_t i = 0; i < set->cap; i++)
		if (set->slots[i] != 0)
			larger.slots[find(&larger, set->slots[i])] = set->slots[i];
	ra_free(set->slots);
	*set = larger;
}

void id_set_fini(struct id_set *set)
{
	ra_free(set->slots);
	*set = (struct id_set){ 0 };
}

void id_set_clear(struct id_set *set)
{
	if (set->cap > KEPT_CAP)
		id_set_fini(set);
	else if (set->count > 0)
		memset(set->slots, 0, set->cap * sizeof(uint64_t));
	set->count = 0;
}

bool id_set_add(struct id_set *set, uint64_t id)
{
	if (set->count * 2 >= set->cap)
		grow(set);
	size_t at = find(set, id);
	if (set->slots[at] == id)
		return false;
	set->slots[at] = id;
	set->count++;
	return true;
}

bool id_set_has(const struct id_set *set, uint64_t id)
{
	return set->count > 0 && set->slots[find(set, id)] == id;
}

void id_set_remove(struct id_set *set, uint64_t id)
{
	if (!id_set_has(set, id))
		return;
	size_t mask = set->cap - 1, hole = find(set, id);
	for (size_t at = (hole + 1) & mask; set->slots[at] != 0; at = (at + 1) & mask) {
		size_t from_home = (at - home(set, set->slots[at])) & mask;
		if (from_home < ((at - hole) & mask))
			continue; /* it would land before its home */
		set->slots[hole] = set->slots[at];
		hole = at;
	}
	set->slots[hole] = 0;
	set->count--;
}
