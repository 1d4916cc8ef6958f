/*
 * figures_days: the figures of a span that has whole days, from days and
 * months: a year costs as many rows as it has days, whatever happened on them.
 * Hours are read only for a last day that was cut short (the compared range of
 * a running period), and of voice that has not ended.
 *
 * Different people are not counted one by one: see docs/why/people-by-the-day.md.
 */
#pragma once
#include "services/api/figures.h"

/* As figures_send; `days` are the whole ones. */
int figures_send_days(struct figures *figures, struct ra_pg *pg, enum bucket bucket,
		      struct filter_days days, unsigned what) RA_MUST_CHECK;
