/*
 * survival: how long requests wait for an answer, when some of them still do.
 *
 * The mean over those that were answered flatters: who was left alone is not
 * in it. The estimator of Kaplan and Meier (1958) lets a request that was
 * observed for so long without an answer count for that long, and no longer:
 * it is right-censored. S(t) is the share that waits longer than t; the p90
 * is the first t at which no more than a tenth does. When too many were never
 * answered there is no such t: not reached.
 *
 * Pure; sorted by the caller's leave, once, then asked as often as one likes.
 */
#pragma once
#include "libshared/base/base.h"

/* Percentiles of fewer requests say more about chance than about anybody. */
#define SURVIVAL_LEAST       5
#define SURVIVAL_NOT_REACHED (-1)

struct survival_time {
	int64_t ms;       /* until the answer, or until it was last seen without one */
	bool is_answered; /* false: censored */
};

/* Who is censored at a moment was still waiting at it: answers come first. */
void survival_sort(struct survival_time *times, size_t count);

/* For each share of `shares`, ascending (0.5 is the median), by when so large a share is answered;
 * SURVIVAL_NOT_REACHED where that never comes. `times` are sorted. */
void survival_percentiles(const struct survival_time *times, size_t count, const double *shares,
			  size_t share_count, int64_t *out);

/* The share that is answered within `ms`: 1 - S(ms). `times` are sorted. */
double survival_answered_within(const struct survival_time *times, size_t count, int64_t ms);
