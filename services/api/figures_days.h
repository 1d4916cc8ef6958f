/*
 * figures_days: the figures of a span that has whole days, from days and
 * months: a year costs as many rows as it has days, whatever happened on them.
 * Hours are read only of a last day that was cut short (the compared range of a
 * running period): those before the cut, or those after it to be taken off a whole
 * day; and of voice that has not ended.
 *
 * Different people are not counted one by one: see docs/why/people-by-the-day.md.
 */
#pragma once
#include "services/api/figures.h"

/* As figures_send; the range has whole days. */
int figures_send_days(struct figures *figures, struct ra_pg *pg, const struct range *range,
		      unsigned what) RA_MUST_CHECK;

/* Who was there: over the span, by day from `known_until` on (a day since 1970), and in each bucket
 * where that is asked for. `days`: filter_days_rounded. */
struct day_people {
	unsigned what; /* FIGURES_KEPT, FIGURES_COUNTED; the answers add up */
	int64_t known_until;
	bool has_buckets;
};
int figures_send_day_people(struct figures *figures, struct ra_pg *pg, struct filter_days days,
			    const struct day_people *which) RA_MUST_CHECK;

/* The days each bucket begins on, the first day, behind the last one: three parameters. */
void figures_days_param(const struct figures *figures, struct filter_days days,
			struct ra_pg_params *p);
