#include "libshared/desk/survival.h"
#include <stdlib.h>

/* 1 - 3/4 and 0.25 are the same share, whatever the products before them rounded to. */
#define ROUNDING 1e-9

static int by_time(const void *a, const void *b)
{
	const struct survival_time *x = a, *y = b;
	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	return (int)y->is_answered - (int)x->is_answered;
}

void survival_sort(struct survival_time *times, size_t count)
{
	if (count > 1)
		qsort(times, count, sizeof(*times), by_time);
}

/* S after the times [*at, ...) of one moment; *at moves behind them. */
static double step(const struct survival_time *times, size_t count, size_t *at, double waiting)
{
	size_t at_risk = count - *at, answered = 0;
	int64_t ms = times[*at].ms;
	for (; *at < count && times[*at].ms == ms; ++*at)
		answered += times[*at].is_answered;
	return waiting * (1 - (double)answered / (double)at_risk);
}

void survival_percentiles(const struct survival_time *times, size_t count, const double *shares,
			  size_t share_count, int64_t *out)
{
	double waiting = 1;
	size_t at = 0, found = 0;
	while (at < count && found < share_count) {
		int64_t ms = times[at].ms;
		waiting = step(times, count, &at, waiting);
		while (found < share_count && waiting <= 1 - shares[found] + ROUNDING)
			out[found++] = ms;
	}
	while (found < share_count)
		out[found++] = SURVIVAL_NOT_REACHED;
}

double survival_answered_within(const struct survival_time *times, size_t count, int64_t ms)
{
	double waiting = 1;
	size_t at = 0;
	while (at < count && times[at].ms <= ms)
		waiting = step(times, count, &at, waiting);
	return 1 - waiting;
}
