/*
 * period: what a question's period, from, to and compare mean, in days of the
 * guild's own calendar. Pure: today comes in, no clock and no zone in here;
 * days become instants in range.c.
 */
#pragma once
#include "libshared/base/day.h"
#include "libshared/base/err.h"

enum period_kind {
	PERIOD_TODAY,
	PERIOD_YESTERDAY,
	PERIOD_24H,
	PERIOD_7D,
	PERIOD_28D,
	PERIOD_30D,
	PERIOD_91D,
	PERIOD_MONTH,
	PERIOD_LAST_MONTH,
	PERIOD_YTD,
	PERIOD_12MO,
	PERIOD_ALL,
	PERIOD_CUSTOM,
};

enum compare { COMPARE_PREVIOUS, COMPARE_YEAR, COMPARE_NONE };

enum bucket { BUCKET_HOUR, BUCKET_DAY, BUCKET_WEEK, BUCKET_MONTH, BUCKET_AUTO };

struct period {
	enum period_kind kind;
	int from_day, to_day; /* PERIOD_CUSTOM: both included */
	enum compare compare;
};

/* A period on the calendar of a guild. */
struct days {
	bool is_rolling; /* the last 24 hours, whatever the days */
	int first;
	int end;   /* excluded */
	int shift; /* days back to the compared range; 0: none */
};

/* NULL arguments take their defaults. RA_EINVAL and a message for the asker. */
int period_parse(const char *period, const char *from, const char *to, const char *compare,
		 struct period *out, struct ra_err *err) RA_MUST_CHECK;

/* `first_day`: of the first event counted, or `today`. RA_EINVAL: the period has not begun. */
int period_days(const struct period *period, int today, int first_day, struct days *out,
		struct ra_err *err) RA_MUST_CHECK;

/* NULL is auto. RA_EINVAL for another word, or for more buckets than anybody can look at. */
int bucket_choose(const char *text, const struct days *days, enum bucket *out,
		  struct ra_err *err) RA_MUST_CHECK;
/* Hours up to two days, else days. */
enum bucket bucket_for_sparkline(const struct days *days);
/* "hour", "day" ...: as the contract and PostgreSQL's date_trunc have it. */
const char *bucket_name(enum bucket bucket);

/* The whole months of [first, end): from *from to *to, equal when there is none. The one that is
 * running today is whole when the range goes up to today: there is no more of it. */
void days_whole_months(int first, int end, int today, int *from, int *to);
