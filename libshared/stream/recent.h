/*
 * recent: the last few tens of thousands of things that Discord may tell
 * twice (a message, an edit, a deletion; Discord docs, Gateway: an event may
 * arrive more than once). Not stored: after a start it is filled again from
 * the tail of the stream.
 */
#pragma once
#include "libshared/base/base.h"

#define RA_RECENT_SIZE 32768 /* a power of two */

struct ra_recent {
	uint64_t *ring;  /* owned; the order they came in */
	uint64_t *slots; /* owned; open addressing, twice the size */
	size_t next;
};

void ra_recent_init(struct ra_recent *recent);
void ra_recent_fini(struct ra_recent *recent);
/* Remembers the three numbers together; false when they are known already. */
bool ra_recent_add(struct ra_recent *recent, uint64_t a, uint64_t b, uint64_t c);
/* So that the same may come again (a reaction taken back and given anew). */
void ra_recent_remove(struct ra_recent *recent, uint64_t a, uint64_t b, uint64_t c);
