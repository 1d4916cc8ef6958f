/* ladder: see the header. */
#include "libshared/cron/ladder.h"
#include "libshared/base/day.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

static int64_t floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

/* Numbers that are the same within one hour, day, week or month, and no other. */
static int64_t hour_of(int64_t local_ms)
{
	return floor_div(local_ms, HOUR_MS);
}

static int64_t day_number(int64_t local_ms)
{
	return floor_div(local_ms, DAY_MS);
}

static int64_t week_of(int64_t local_ms)
{
	return day_week_start((int)day_number(local_ms), 1);
}

static int64_t month_of(int64_t local_ms)
{
	int year, month, mday;
	day_split((int)day_number(local_ms), &year, &month, &mday);
	return year * 12 + month;
}

static void keep_newest(struct ladder_backup *list, size_t count, int most)
{
	for (size_t i = 0; i < count && most > 0; i++)
		if (list[i].is_good) {
			list[i].is_kept = true;
			most--;
		}
}

/* The newest of each of the `most` last spans that have one. */
static void keep_spans(struct ladder_backup *list, size_t count, int most, const struct zone *zone,
		       int64_t (*span_of)(int64_t local_ms))
{
	int64_t last = INT64_MIN;
	for (size_t i = 0; i < count && most > 0; i++) {
		int64_t span = span_of(zone_local_ms(zone, list[i].at_ms));
		if (!list[i].is_good || span == last)
			continue;
		list[i].is_kept = true;
		last = span;
		most--;
	}
}

void ladder_mark(struct ladder_backup *list, size_t count, const struct ladder_rules *rules,
		 const struct zone *zone)
{
	bool is_any_good = false;
	for (size_t i = 0; i < count; i++) {
		list[i].is_kept = !is_any_good; /* up to the last good one, and that itself */
		is_any_good |= list[i].is_good;
	}
	keep_newest(list, count, rules->last);
	keep_spans(list, count, rules->hourly, zone, hour_of);
	keep_spans(list, count, rules->daily, zone, day_number);
	keep_spans(list, count, rules->weekly, zone, week_of);
	keep_spans(list, count, rules->monthly, zone, month_of);
}
