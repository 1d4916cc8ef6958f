/*
 * cron: times that come again, as crontab(5) says them: minute, hour, day of
 * the month, month, weekday; lists, ranges, steps, and names of months and
 * weekdays. Where both kinds of day are told, either will do.
 *
 * By the clock of a zone: a time that the clock jumps over fires when it has
 * jumped, one that comes twice fires the first time. So what is due once a
 * day comes once a day.
 */
#pragma once
#include "libshared/base/err.h"
#include "libshared/cron/zone.h"

#define CRON_TEXT_MAX 120

struct cron {
	uint64_t minutes;      /* a bit each */
	uint32_t hours, mdays; /* mdays: bits 1 to 31 */
	uint16_t months;       /* bits 1 to 12 */
	uint8_t weekdays;      /* bit 0: Sunday */
	bool is_any_mday, is_any_weekday;
};

/* Five fields, or @hourly, @4h, @12h, @daily, @weekly, @monthly. RA_EINVAL, *err says what is wrong
 * with it. */
int cron_parse(struct cron *cron, const char *text, struct ra_err *err) RA_MUST_CHECK;
/* The first time it fires after that. RA_ENOTFOUND: never, in the years looked at (the 30th of
 * February). */
int cron_next(const struct cron *cron, const struct zone *zone, int64_t after_ms,
	      int64_t *next_ms) RA_MUST_CHECK;
