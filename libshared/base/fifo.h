/*
 * fifo: items of one size, first in, first out, in a ring that grows. Set
 * item_size, leave the rest zero.
 */
#pragma once
#include "libshared/base/base.h"

struct ra_fifo {
	size_t item_size;
	char *items; /* owned */
	size_t cap, head, count;
};

void ra_fifo_fini(struct ra_fifo *fifo);
/* Copies *item to the end. */
void ra_fifo_push(struct ra_fifo *fifo, const void *item);
/* The oldest item, NULL when empty. Valid until the next push or pop. */
void *ra_fifo_front(const struct ra_fifo *fifo);
/* Moves the oldest item to *item; false when empty. */
bool ra_fifo_pop(struct ra_fifo *fifo, void *item);
