/* tops_days: the statements of tops.c for a range that has whole days. */
#pragma once
#include "services/api/filter.h"

/* There are days of the guild, and the range is not the last 24 hours. */
bool tops_have_days(const struct visit *visit, const struct range *range);
/* $1 to $16 of both statements; the text says what they are. */
void tops_days_params(const struct visit *visit, const struct range *range, int64_t limit,
		      struct ra_pg_params *p);

/* How many people wrote in each of the channels: rows of channel and people come to `result`, then
 * `done` once; or returns what failed. A group of its own. */
int tops_days_ask_people(const struct visit *visit, const struct range *range,
			 const struct filter_ids *channels, ra_pg_result_cb result,
			 ra_pg_synced_cb done, void *ctx) RA_MUST_CHECK;
