/* fifo: see the header. */
#include "libshared/base/fifo.h"

#define FIRST_CAP 64 /* a power of two, as all that follow */

static char *slot(const struct ra_fifo *fifo, size_t index)
{
	return fifo->items + ((fifo->head + index) & (fifo->cap - 1)) * fifo->item_size;
}

static void grow(struct ra_fifo *fifo)
{
	struct ra_fifo bigger = {
		.item_size = fifo->item_size,
		.cap = fifo->cap ? fifo->cap * 2 : FIRST_CAP,
		.count = fifo->count,
	};
	bigger.items = ra_alloc(bigger.cap * bigger.item_size);
	for (size_t i = 0; i < fifo->count; i++)
		memcpy(slot(&bigger, i), slot(fifo, i), fifo->item_size);
	ra_free(fifo->items);
	*fifo = bigger;
}

void ra_fifo_fini(struct ra_fifo *fifo)
{
	ra_free(fifo->items);
	*fifo = (struct ra_fifo){ .item_size = fifo->item_size };
}

void ra_fifo_push(struct ra_fifo *fifo, const void *item)
{
	if (fifo->count == fifo->cap)
		grow(fifo);
	memcpy(slot(fifo, fifo->count++), item, fifo->item_size);
}

void *ra_fifo_front(const struct ra_fifo *fifo)
{
	return fifo->count ? slot(fifo, 0) : NULL;
}

bool ra_fifo_pop(struct ra_fifo *fifo, void *item)
{
	if (fifo->count == 0)
		return false;
	memcpy(item, slot(fifo, 0), fifo->item_size);
	fifo->head = (fifo->head + 1) % fifo->cap;
	fifo->count--;
	return true;
}
