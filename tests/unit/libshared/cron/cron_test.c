#include "libshared/cron/cron.h"
#include "libshared/base/clock.h"
#include "libshared/base/day.h"
#include "tests/harness/cmocka.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS    (1440 * MINUTE_MS)

static int64_t utc(const char *text)
{
	int64_t ms = 0;
	assert_int_equal(ra_iso8601_parse(ra_str_of(text), &ms), 0);
	return ms;
}

/* 2026 in Berlin: on 29 March 02:00 becomes 03:00, on 25 October 03:00 becomes 02:00. */
static struct zone berlin(void)
{
	static struct zone_span spans[3];
	spans[0] = (struct zone_span){ utc("2025-10-26T01:00:00Z"), 3600 };
	spans[1] = (struct zone_span){ utc("2026-03-29T01:00:00Z"), 7200 };
	spans[2] = (struct zone_span){ utc("2026-10-25T01:00:00Z"), 3600 };
	return (struct zone){ spans, 3 };
}

/* Lord Howe goes half an hour: on 5 April 02:00 becomes 01:30, on 4 October 02:00 becomes 02:30. */
static struct zone lord_howe(void)
{
	static struct zone_span spans[3];
	spans[0] = (struct zone_span){ utc("2025-10-04T15:30:00Z"), 39600 };
	spans[1] = (struct zone_span){ utc("2026-04-04T15:00:00Z"), 37800 };
	spans[2] = (struct zone_span){ utc("2026-10-03T15:30:00Z"), 39600 };
	return (struct zone){ spans, 3 };
}

static const struct zone in_utc = { 0 };

/* It fires at these times, one after the other, and at no other between. */
static void assert_fires(const char *text, const struct zone *zone, const char *after,
			 const char *const *times)
{
	struct cron cron;
	struct ra_err err;
	int64_t at = utc(after), next;
	assert_int_equal(cron_parse(&cron, text, &err), 0);
	for (; *times; times++) {
		char said[33], wanted[33];
		assert_int_equal(cron_next(&cron, zone, at, &next), 0);
		ra_iso8601_format(next, said);
		ra_iso8601_format(utc(*times), wanted);
		assert_string_equal(said, wanted);
		at = next;
	}
}

#define FIRES(text, zone, after, ...)                                                              \
	assert_fires(text, zone, after, (const char *const[]){ __VA_ARGS__, NULL })

static void test_fields(void **state)
{
	(void)state;
	FIRES("0 2 * * *", &in_utc, "2026-01-31T02:00:00Z", "2026-02-01T02:00:00Z",
	      "2026-02-02T02:00:00Z");
	FIRES("0 2 * * *", &in_utc, "2026-01-31T01:59:59Z", "2026-01-31T02:00:00Z");
	FIRES("*/20 22-23 * * *", &in_utc, "2026-01-01T22:30:00Z", "2026-01-01T22:40:00Z",
	      "2026-01-01T23:00:00Z", "2026-01-01T23:20:00Z", "2026-01-01T23:40:00Z",
	      "2026-01-02T22:00:00Z");
	FIRES("5,1 0 29 feb *", &in_utc, "2026-01-01T00:00:00Z", "2028-02-29T00:01:00Z",
	      "2028-02-29T00:05:00Z", "2032-02-29T00:01:00Z");
	FIRES("0 0 * * sun", &in_utc, "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z",
	      "2026-11-29T00:00:00Z");
	FIRES("0 0 * * 7", &in_utc, "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z");
	FIRES("0 0 * * Mon-Fri", &in_utc, "2026-11-20T00:00:00Z", "2026-11-23T00:00:00Z");
	FIRES("0 0 10/10 * *", &in_utc, "2026-11-10T00:00:00Z", "2026-11-20T00:00:00Z",
	      "2026-11-30T00:00:00Z", "2026-12-10T00:00:00Z");
	/* both kinds of day: either */
	FIRES("0 0 13 * fri", &in_utc, "2026-02-28T00:00:00Z", "2026-03-06T00:00:00Z",
	      "2026-03-13T00:00:00Z", "2026-03-20T00:00:00Z", "2026-03-27T00:00:00Z",
	      "2026-04-03T00:00:00Z", "2026-04-10T00:00:00Z", "2026-04-13T00:00:00Z");
}

static void test_presets(void **state)
{
	(void)state;
	FIRES("@hourly", &in_utc, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z");
	FIRES("@4h", &in_utc, "2026-01-01T00:00:00Z", "2026-01-01T04:00:00Z");
	FIRES("@12h", &in_utc, "2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z");
	FIRES("@daily", &in_utc, "2026-01-01T02:00:00Z", "2026-01-02T02:00:00Z");
	FIRES("@weekly", &in_utc, "2026-01-01T00:00:00Z", "2026-01-04T02:00:00Z");
	FIRES("@monthly", &in_utc, "2026-01-02T00:00:00Z", "2026-02-01T02:00:00Z");
}

static void test_a_time_that_never_comes_fires_once(void **state)
{
	(void)state;
	struct zone zone = berlin();
	FIRES("30 2 * * *", &zone, "2026-03-28T00:00:00Z", "2026-03-28T01:30:00Z",
	      "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z");
	FIRES("*/30 * * * *", &zone, "2026-03-29T00:00:00Z", "2026-03-29T00:30:00Z",
	      "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z");
	zone = lord_howe();
	FIRES("15 2 * * *", &zone, "2026-10-02T20:00:00Z", "2026-10-03T15:30:00Z",
	      "2026-10-04T15:15:00Z");
}

static void test_a_time_that_comes_twice_fires_once(void **state)
{
	(void)state;
	struct zone zone = berlin();
	FIRES("30 2 * * *", &zone, "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z",
	      "2026-10-26T01:30:00Z");
	FIRES("0 * * * *", &zone, "2026-10-24T23:30:00Z", "2026-10-25T00:00:00Z",
	      "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z");
	zone = lord_howe();
	FIRES("45 1 * * *", &zone, "2026-04-03T20:00:00Z", "2026-04-04T14:45:00Z",
	      "2026-04-05T15:15:00Z");
}

/* Another way to the same: each local minute of a calendar, in order, and the first moment that has
 * it; those that nobody has, at the moment they would have been over. */
static size_t naive(const struct cron *cron, const struct zone *zone, int64_t from, int64_t to,
		    int64_t *times)
{
	size_t count = 0;
	for (int64_t at = from; at < to; at += MINUTE_MS) {
		int64_t local = zone_local_ms(zone, at),
			before = zone_local_ms(zone, at - MINUTE_MS);
		bool is_due = false;
		for (int64_t l = local; l > before || l == local; l -= MINUTE_MS) {
			int year, month, mday, day = (int)(l / DAY_MS);
			int minute = (int)(l % DAY_MS / MINUTE_MS);
			day_split(day, &year, &month, &mday);
			bool is_mday = cron->mdays >> mday & 1;
			bool is_weekday = cron->weekdays >> (day_weekday(day) + 1) % 7 & 1;
			bool is_day = cron->is_any_mday      ? is_weekday
				      : cron->is_any_weekday ? is_mday
							     : is_mday || is_weekday;
			is_due |= is_day && (cron->months >> month & 1) &&
				  (cron->hours >> minute / 60 & 1) &&
				  (cron->minutes >> minute % 60 & 1);
		}
		for (int64_t back = 1; is_due && back <= 120; back++)
			is_due = zone_local_ms(zone, at - back * MINUTE_MS) != local;
		if (is_due)
			times[count++] = at;
	}
	return count;
}

static void test_as_counted_minute_by_minute(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"*/7 1-3 * * *", "0,30 * * * *", "59 2 * 3,10 sun",
		"0 3 1-7 * *",   "13 0 * * 1",   "15,45 1,2 29,25 * 0"
	};
	static int64_t times[20000];
	const struct zone zones[] = { berlin(), lord_howe(), in_utc };
	int64_t from = utc("2026-01-01T00:00:00Z"), to = utc("2026-12-01T00:00:00Z"), next;
	for (size_t t = 0; t < RA_COUNT(texts); t++)
		for (size_t z = 0; z < RA_COUNT(zones); z++) {
			struct cron cron;
			int64_t at = from - MINUTE_MS;
			assert_int_equal(cron_parse(&cron, texts[t], NULL), 0);
			size_t count = naive(&cron, &zones[z], from, to, times);
			assert_true(count > 5 && count < RA_COUNT(times));
			for (size_t i = 0; i < count; i++, at = next) {
				assert_int_equal(cron_next(&cron, &zones[z], at, &next), 0);
				assert_true(next == times[i]);
			}
		}
}

static void test_what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",           "* * * *",     "* * * * * *", "60 * * * *",   "* 24 * * *",
		"* * 0 * *",  "* * 32 * *",  "* * * 13 *",  "* * * * 8",    "a * * * *",
		"1- * * * *", "5-1 * * * *", "*/0 * * * *", "1,, * * * *",  "1, * * * *",
		"*5 * * * *", "-1 * * * *",  "@reboot",     "1000 * * * *", "* * * janu *",
		"*/ * * * *"
	};
	struct cron cron;
	struct ra_err err;
	for (size_t i = 0; i < RA_COUNT(texts); i++)
		if (cron_parse(&cron, texts[i], &err) == 0)
			fail_msg("\"%s\" was taken", texts[i]);
	char *longer = ra_alloc(1000);
	memset(longer, '*', 999);
	assert_int_equal(cron_parse(&cron, longer, &err), RA_EINVAL);
	ra_free(longer);
	int64_t next;
	assert_int_equal(cron_parse(&cron, "0 0 30 2 *", &err), 0);
	assert_int_equal(cron_next(&cron, &in_utc, 0, &next), RA_ENOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_presets),
		cmocka_unit_test(test_a_time_that_never_comes_fires_once),
		cmocka_unit_test(test_a_time_that_comes_twice_fires_once),
		cmocka_unit_test(test_as_counted_minute_by_minute),
		cmocka_unit_test(test_what_makes_no_sense_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
