/* picks: what was found, as borrowed pointers, to be sorted and cut into a page. A zeroed struct is
 * empty. */
#pragma once
#include "libshared/base/base.h"

struct picks {
	const void **items; /* owned; what they point to is borrowed */
	size_t count, cap;
};

void picks_add(struct picks *picks, const void *item);
/* `compare` gets pointers to items, as qsort has it. */
void picks_sort(struct picks *picks, int (*compare)(const void *a, const void *b));
void picks_fini(struct picks *picks);
