/*
 * ring: what a session was told, numbered, kept for RESUME. Bodies are
 * serialised once and shared among sessions by reference; only the sequence
 * number differs, and that is put in front when sending.
 *
 * Old dispatches leave when their bytes exceed the bound, oldest first; so a
 * ring always holds the run [first, last] without holes.
 */
#pragma once
#include "libshared/base/base.h"

/* `"t":"MESSAGE_CREATE","d":{...},"sent_at_ms":1795224179251}`: everything behind the number. */
struct body {
	uint32_t refs;
	uint32_t len;
	char text[];
};

struct body *body_new(size_t len); /* one reference, yours */
void body_unref(struct body *body);

static inline struct ra_str body_str(const struct body *body)
{
	return (struct ra_str){ body->text, body->len };
}

struct ring_slot {
	struct body *body;  /* one reference */
	uint64_t put_at_ms; /* monotonic */
};

struct ring {
	struct ring_slot *slots; /* owned; a power of two of them */
	size_t cap;
	uint64_t first; /* oldest number kept; last + 1 when empty */
	uint64_t last;  /* newest number given; 0 before the first */
	size_t bytes, max_bytes;
};

void ring_init(struct ring *ring, size_t max_bytes);
void ring_fini(struct ring *ring);
/* Takes a new reference of `body`; returns its number. */
uint64_t ring_put(struct ring *ring, struct body *body, uint64_t now_ms);
/* NULL when it was never given or has left. */
const struct ring_slot *ring_at(const struct ring *ring, uint64_t number);
