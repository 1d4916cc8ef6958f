/*
 * recent: the last few tens of thousands of things that Discord may tell
 * twice (a message, an edit, a deletion; Discord docs, Gateway: an event may
 * arrive more than once). Not stored: after a start it is filled again from
 * the tail of the stream.
 */
#pragma once
#include "libshared/base/base.h"

#define RECENT_SIZE 32768 /* a power of two */

struct recent {
	uint64_t *ring;  /* owned; the order they came in */
	uint64_t *slots; /* owned; open addressing, twice the size */
	size_t next;
};

void recent_init(struct recent *recent);
void recent_fini(struct recent *recent);
/* Remembers the three numbers together; false when they are known already. */
bool recent_add(struct recent *recent, uint64_t a, uint64_t b, uint64_t c);
/* So that the same may come again (a reaction taken back and given anew). */
void recent_remove(struct recent *recent, uint64_t a, uint64_t b, uint64_t c);
