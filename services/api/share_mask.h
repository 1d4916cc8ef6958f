/*
 * share_mask: what a shared page leaves out of an answer. Pure.
 *
 * A number that fewer than five people made is nobody else's business: it
 * becomes null. What is not known to be harmless is taken out.
 */
#pragma once
#include "libshared/base/base.h"
#include <jansson.h>

#define SHARE_GROUP_MIN 5
#define SHARE_WEEKDAYS  7
#define SHARE_HOURS     24

/* How many different people made the numbers of a span. */
struct share_group {
	int64_t writers, reacters, talkers;
};

/* Of a time series: `groups` has one a bucket. */
void share_mask_series(json_t *answer, const struct share_group *groups, size_t count);
/* Of an overview. */
void share_mask_figures(json_t *answer, const struct share_group *group);
/* Of the hours of the week: how many wrote in each of them. */
void share_mask_hours(json_t *answer, int64_t writers[SHARE_WEEKDAYS][SHARE_HOURS]);
/* Of top channels: those of few are left out. */
void share_mask_channels(json_t *answer);
