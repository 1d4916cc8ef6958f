/*
 * arena: blocks in a list, the one being filled at its head. Each is larger
 * than the one before it, up to a limit, so that a busy arena soon has one
 * block that is large enough, and reset keeps that one.
 */
#include "libshared/base/arena.h"
#include <assert.h>
#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>

#define FIRST_BLOCK_BYTES 4096
/* A block grown larger than this by one greedy request is not kept. */
#define KEPT_BLOCK_BYTES (1u << 20)

struct ra_arena_block {
	struct ra_arena_block *next; /* owned */
	size_t size, used;
	alignas(max_align_t) char bytes[];
};

static size_t align_up(size_t size)
{
	const size_t mask = alignof(max_align_t) - 1;
	assert(size <= SIZE_MAX - mask);
	return (size + mask) & ~mask;
}

static void add_block(struct ra_arena *arena, size_t at_least)
{
	size_t size = arena->head ? arena->head->size : FIRST_BLOCK_BYTES / 2;
	size = size < KEPT_BLOCK_BYTES ? size * 2 : KEPT_BLOCK_BYTES;
	if (size < at_least)
		size = at_least;
	struct ra_arena_block *block = ra_realloc(NULL, sizeof(*block) + size);
	block->next = arena->head;
	block->size = size;
	block->used = 0;
	arena->head = block;
}

void *ra_arena_alloc(struct ra_arena *arena, size_t size)
{
	size = align_up(size);
	if (!arena->head || arena->head->size - arena->head->used < size)
		add_block(arena, size);
	char *bytes = arena->head->bytes + arena->head->used;
	arena->head->used += size;
	return memset(bytes, 0, size);
}

char *ra_arena_strdup(struct ra_arena *arena, struct ra_str text)
{
	char *copy = ra_arena_alloc(arena, text.len + 1);
	if (text.len)
		memcpy(copy, text.ptr, text.len);
	return copy;
}

char *ra_arena_format(struct ra_arena *arena, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	assert(len >= 0);
	char *text = ra_arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text;
}

/* Frees all blocks but `kept`. */
static void free_blocks(struct ra_arena *arena, struct ra_arena_block *kept)
{
	struct ra_arena_block *block = arena->head;
	while (block) {
		struct ra_arena_block *next = block->next;
		if (block != kept)
			ra_free(block);
		block = next;
	}
	arena->head = kept;
}

void ra_arena_reset(struct ra_arena *arena)
{
	struct ra_arena_block *kept = arena->head;
	while (kept && kept->size > KEPT_BLOCK_BYTES)
		kept = kept->next;
	free_blocks(arena, kept);
	if (kept) {
		kept->next = NULL;
		kept->used = 0;
	}
}

void ra_arena_fini(struct ra_arena *arena)
{
	free_blocks(arena, NULL);
}
