#include "services/discord-sim/picks.h"
#include <stdlib.h>

void picks_add(struct picks *picks, const void *item)
{
	if (picks->count == picks->cap) {
		picks->cap = picks->cap ? picks->cap * 2 : 32;
		picks->items = ra_realloc(picks->items, picks->cap * sizeof(*picks->items));
	}
	picks->items[picks->count++] = item;
}

void picks_sort(struct picks *picks, int (*compare)(const void *a, const void *b))
{
	if (picks->count > 1)
		qsort(picks->items, picks->count, sizeof(*picks->items), compare);
}

void picks_fini(struct picks *picks)
{
	ra_free(picks->items);
	*picks = (struct picks){ 0 };
}
