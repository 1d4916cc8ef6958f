#include "libshared/stream/recent.h"

enum { SLOTS = 2 * RA_RECENT_SIZE };

void ra_recent_init(struct ra_recent *recent)
{
	recent->ring = ra_alloc(RA_RECENT_SIZE * sizeof *recent->ring);
	recent->slots = ra_alloc(SLOTS * sizeof *recent->slots);
	recent->next = 0;
}

void ra_recent_fini(struct ra_recent *recent)
{
	ra_free(recent->ring);
	ra_free(recent->slots);
	*recent = (struct ra_recent){ 0 };
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
	return x ^ (x >> 31);
}

static size_t slot_of(const struct ra_recent *recent, uint64_t hash)
{
	size_t slot = hash % SLOTS;
	while (recent->slots[slot] != 0 && recent->slots[slot] != hash)
		slot = (slot + 1) % SLOTS;
	return slot;
}

/* Deletion that keeps every probe chain whole: later entries of the chain move up. */
static void forget(struct ra_recent *recent, uint64_t hash)
{
	size_t hole = slot_of(recent, hash);
	if (recent->slots[hole] == 0)
		return;
	recent->slots[hole] = 0;
	for (size_t at = (hole + 1) % SLOTS; recent->slots[at] != 0; at = (at + 1) % SLOTS) {
		uint64_t moving = recent->slots[at];
		recent->slots[at] = 0;
		recent->slots[slot_of(recent, moving)] = moving;
	}
}

static uint64_t hash_of(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t hash = mix(a + 0x9E3779B97F4A7C15ULL * mix(b + 0x9E3779B97F4A7C15ULL * mix(c)));
	return hash ? hash : 1;
}

bool ra_recent_add(struct ra_recent *recent, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t hash = hash_of(a, b, c);
	if (recent->slots[slot_of(recent, hash)] == hash)
		return false;
	uint64_t oldest = recent->ring[recent->next];
	if (oldest != 0)
		forget(recent, oldest);
	recent->slots[slot_of(recent, hash)] = hash;
	recent->ring[recent->next] = hash;
	recent->next = (recent->next + 1) % RA_RECENT_SIZE;
	return true;
}

void ra_recent_remove(struct ra_recent *recent, uint64_t a, uint64_t b, uint64_t c)
{
	forget(recent, hash_of(a, b, c));
}
