/*
 * tally: how many in each of the last few seconds or minutes. A ring of
 * counts by unit of time since the epoch; pure, a zeroed struct with `size`
 * set is empty.
 */
#pragma once
#include "libshared/base/base.h"

#define TALLY_MAX 60

struct tally {
	size_t size;    /* units remembered, at most TALLY_MAX */
	int64_t newest; /* unit of the newest count */
	uint32_t counts[TALLY_MAX];
};

/* One more in `unit`; forgotten when that is longer ago than is remembered. */
void tally_add(struct tally *tally, int64_t unit);
uint32_t tally_at(const struct tally *tally, int64_t unit);
/* Of all remembered units up to and with `unit`. */
uint32_t tally_sum(const struct tally *tally, int64_t unit);
