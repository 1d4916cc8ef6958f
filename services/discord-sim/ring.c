#include "services/discord-sim/ring.h"

#define RING_MIN_SLOTS 64

struct body *body_new(size_t len)
{
	struct body *body = ra_realloc(NULL, sizeof(*body) + len);
	body->refs = 1;
	body->len = (uint32_t)len;
	return body;
}

void body_unref(struct body *body)
{
	if (--body->refs == 0)
		ra_free(body);
}

void ring_init(struct ring *ring, size_t max_bytes)
{
	*ring = (struct ring){ .first = 1, .max_bytes = max_bytes };
}

static struct ring_slot *slot(const struct ring *ring, uint64_t number)
{
	return &ring->slots[number & (ring->cap - 1)];
}

static void drop_first(struct ring *ring)
{
	struct body *body = slot(ring, ring->first)->body;
	ring->bytes -= body->len;
	ring->first++;
	body_unref(body);
}

void ring_fini(struct ring *ring)
{
	while (ring->first <= ring->last)
		drop_first(ring);
	ra_free(ring->slots);
}

static void grow(struct ring *ring)
{
	struct ring old = *ring;
	ring->cap = old.cap ? old.cap * 2 : RING_MIN_SLOTS;
	ring->slots = ra_alloc(ring->cap * sizeof(*ring->slots));
	for (uint64_t n = old.first; n <= old.last; n++)
		*slot(ring, n) = *slot(&old, n);
	ra_free(old.slots);
}

uint64_t ring_put(struct ring *ring, struct body *body, uint64_t now_ms)
{
	if (ring->last + 1 - ring->first == ring->cap)
		grow(ring);
	body->refs++;
	ring->last++;
	*slot(ring, ring->last) = (struct ring_slot){ body, now_ms };
	ring->bytes += body->len;
	while (ring->bytes > ring->max_bytes && ring->first < ring->last)
		drop_first(ring);
	return ring->last;
}

const struct ring_slot *ring_at(const struct ring *ring, uint64_t number)
{
	if (number < ring->first || number > ring->last)
		return NULL;
	return slot(ring, number);
}
