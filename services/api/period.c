/* period: see period.h. */
#include "services/api/period.h"
#include <stdio.h>

#define HOUR_BUCKET_MAX_DAYS 92

/* How long a range each bucket suits, in days. */
#define AUTO_HOUR_DAYS 2
#define AUTO_DAY_DAYS  92
#define AUTO_WEEK_DAYS 400

static const char *const period_names[] = {
	[PERIOD_TODAY] = "today",
	[PERIOD_YESTERDAY] = "yesterday",
	[PERIOD_24H] = "24h",
	[PERIOD_7D] = "7d",
	[PERIOD_28D] = "28d",
	[PERIOD_30D] = "30d",
	[PERIOD_91D] = "91d",
	[PERIOD_MONTH] = "month",
	[PERIOD_LAST_MONTH] = "last_month",
	[PERIOD_YTD] = "ytd",
	[PERIOD_12MO] = "12mo",
	[PERIOD_ALL] = "all",
	[PERIOD_CUSTOM] = "custom",
};

static const char *const compare_names[] = {
	[COMPARE_PREVIOUS] = "previous",
	[COMPARE_YEAR] = "year",
	[COMPARE_NONE] = "none",
};

static const char *const bucket_names[] = {
	[BUCKET_HOUR] = "hour",   [BUCKET_DAY] = "day",   [BUCKET_WEEK] = "week",
	[BUCKET_MONTH] = "month", [BUCKET_AUTO] = "auto",
};

static int find(const char *word, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, names[i]) == 0)
			return (int)i;
	return -1;
}

static int parse_custom(const char *from, const char *to, struct period *out, struct ra_err *err)
{
	static const char hint[] = "Write days as 2026-03-29; from is the first, to the last one.";
	if (!from || !to)
		return ra_fail(err, RA_EINVAL, hint, "period=custom needs from and to");
	if (day_parse(from, &out->from_day) < 0)
		return ra_fail(err, RA_EINVAL, hint, "from is not a day");
	if (day_parse(to, &out->to_day) < 0)
		return ra_fail(err, RA_EINVAL, hint, "to is not a day");
	if (out->to_day < out->from_day)
		return ra_fail(err, RA_EINVAL, hint, "to lies before from");
	if (out->from_day < day_of(2015, 1, 1))
		return ra_fail(err, RA_EINVAL, "Begin in 2015 or later.",
			       "from lies before the beginning of Discord");
	return 0;
}

int period_parse(const char *period, const char *from, const char *to, const char *compare,
		 struct period *out, struct ra_err *err)
{
	*out = (struct period){ .kind = PERIOD_28D };
	int kind = find(period ? period : "28d", period_names, RA_COUNT(period_names));
	if (kind < 0)
		return ra_fail(err, RA_EINVAL,
			       "Use today, yesterday, 24h, 7d, 28d, 30d, 91d, month, last_month, "
			       "ytd, 12mo, all or custom.",
			       "period is not one we know");
	int against = find(compare ? compare : "previous", compare_names, RA_COUNT(compare_names));
	if (against < 0)
		return ra_fail(err, RA_EINVAL, "Use previous, year or none.",
			       "compare is not one we know");
	out->kind = (enum period_kind)kind;
	out->compare = (enum compare)against;
	return kind == PERIOD_CUSTOM ? parse_custom(from, to, out, err) : 0;
}

/* The first day of the month `back` months before the one `day` lies in. */
static int month_start(int day, int back)
{
	int year, month, mday;
	day_split(day, &year, &month, &mday);
	int months = year * 12 + month - 1 - back;
	return day_of(months / 12, months % 12 + 1, 1);
}

static int year_start(int day)
{
	int year, month, mday;
	day_split(day, &year, &month, &mday);
	return day_of(year, 1, 1);
}

/* The first day; `end` is the day after today except where it says otherwise. */
static int first_day_of(const struct period *period, int today, int first_day, int *end)
{
	switch (period->kind) {
	case PERIOD_TODAY: return today;
	case PERIOD_YESTERDAY: *end = today; return today - 1;
	case PERIOD_24H: return today;
	case PERIOD_7D: return today - 6;
	case PERIOD_28D: return today - 27;
	case PERIOD_30D: return today - 29;
	case PERIOD_91D: return today - 90;
	case PERIOD_MONTH: return month_start(today, 0);
	case PERIOD_LAST_MONTH: *end = month_start(today, 0); return month_start(today, 1);
	case PERIOD_YTD: return year_start(today);
	case PERIOD_12MO: return month_start(today, 11);
	case PERIOD_ALL: return first_day < today ? first_day : today;
	case PERIOD_CUSTOM:
		if (period->to_day < today)
			*end = period->to_day + 1;
		return period->from_day;
	}
	return today;
}

/* Whole weeks where a week fits, so that Mondays are held against Mondays. */
static int shift_of(const struct period *period, int length)
{
	if (period->compare == COMPARE_NONE || period->kind == PERIOD_ALL)
		return 0;
	if (period->compare == COMPARE_YEAR)
		return 364;
	return length < 7 ? length : (length + 6) / 7 * 7;
}

int period_days(const struct period *period, int today, int first_day, struct days *out,
		struct ra_err *err)
{
	out->end = today + 1;
	out->first = first_day_of(period, today, first_day, &out->end);
	out->is_rolling = period->kind == PERIOD_24H;
	if (out->first > today)
		return ra_fail(err, RA_EINVAL, "Choose days up to today.",
			       "from lies in the future");
	out->shift = shift_of(period, out->end - out->first);
	return 0;
}

int bucket_choose(const char *text, const struct days *days, enum bucket *out, struct ra_err *err)
{
	int length = days->end - days->first;
	int found = find(text ? text : "auto", bucket_names, RA_COUNT(bucket_names));
	if (found < 0)
		return ra_fail(err, RA_EINVAL, "Use auto, hour, day, week or month.",
			       "bucket is not one we know");
	if (found == BUCKET_HOUR && length > HOUR_BUCKET_MAX_DAYS)
		return ra_fail(err, RA_EINVAL, "Ask for at most 92 days, or for bucket=day.",
			       "too many hours for one answer");
	*out = (enum bucket)found;
	if (found == BUCKET_AUTO)
		*out = length <= AUTO_HOUR_DAYS   ? BUCKET_HOUR
		       : length <= AUTO_DAY_DAYS  ? BUCKET_DAY
		       : length <= AUTO_WEEK_DAYS ? BUCKET_WEEK
						  : BUCKET_MONTH;
	return 0;
}

enum bucket bucket_for_sparkline(const struct days *days)
{
	return days->end - days->first <= AUTO_HOUR_DAYS ? BUCKET_HOUR : BUCKET_DAY;
}

const char *bucket_name(enum bucket bucket)
{
	return bucket_names[bucket];
}

static int month_of(int day, int later)
{
	int year, month, mday;
	day_split(day, &year, &month, &mday);
	month += later;
	return day_of(month > 12 ? year + 1 : year, month > 12 ? month - 12 : month, 1);
}

void days_whole_months(int first, int end, int today, int *from, int *to)
{
	*from = month_of(first, 0) == first ? first : month_of(first, 1);
	*to = end > today ? month_of(today, 1) : month_of(end, 0);
	if (*to <= *from)
		*from = *to = first;
}
