/*
 * arena: memory for one message or one request. Allocate freely, free
 * nothing; ra_arena_reset gives it all back and keeps the largest block for
 * the next one. A zeroed struct is an empty arena.
 */
#pragma once
#include "libshared/base/base.h"

struct ra_arena {
	struct ra_arena_block *head; /* owned */
};

/* Zeroed, aligned for any type. */
void *ra_arena_alloc(struct ra_arena *arena, size_t size);
char *ra_arena_strdup(struct ra_arena *arena, struct ra_str text);
char *ra_arena_format(struct ra_arena *arena, const char *fmt, ...) RA_PRINTF(2, 3);
void ra_arena_reset(struct ra_arena *arena);
void ra_arena_fini(struct ra_arena *arena);

#define ra_arena_new(arena, type) ((type *)ra_arena_alloc((arena), sizeof(type)))
