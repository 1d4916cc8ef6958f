/* period: which days a question is about, without clock or zone. */
#include "services/api/period.h"
#include "tests/harness/cmocka.h"

#define TODAY day_of(2026, 3, 30) /* a Monday */

static struct days days_of(const char *period, const char *compare, int first_day)
{
	struct period parsed;
	struct days days;
	struct ra_err err;
	assert_int_equal(period_parse(period, NULL, NULL, compare, &parsed, &err), 0);
	assert_int_equal(period_days(&parsed, TODAY, first_day, &days, &err), 0);
	return days;
}

static void expect(const char *period, int first, int end, int shift)
{
	struct days days = days_of(period, "previous", day_of(2026, 1, 1));
	assert_int_equal(days.first, first);
	assert_int_equal(days.end, end);
	assert_int_equal(days.shift, shift);
}

static void test_calendar(void **state)
{
	int y, m, d;
	(void)state;
	assert_int_equal(day_of(1970, 1, 1), 0);
	assert_int_equal(day_of(2000, 2, 29), 11016);
	assert_int_equal(day_of(2026, 3, 30) - day_of(2026, 2, 28), 30);
	assert_int_equal(day_weekday(day_of(2026, 3, 30)), 0);
	assert_int_equal(day_weekday(day_of(2026, 3, 29)), 6);
	assert_int_equal(day_weekday(day_of(1969, 12, 31)), 2);
	for (int day = -1000; day < 40000; day += 37) {
		day_split(day, &y, &m, &d);
		assert_int_equal(day_of(y, m, d), day);
	}
}

static void test_parse_day(void **state)
{
	static const char *const bad[] = { "",           "2026-02-29",  "2026-13-01", "2026-00-10",
					   "2026-1-1",   "2026-03-30T", "20260330",   "2026--3-30",
					   "-026-03-30", "2026-03-00",  "2026-04-31", " 2026-03-3",
					   "2026-03-3a" };
	int day;
	(void)state;
	assert_int_equal(day_parse("2024-02-29", &day), 0);
	assert_int_equal(day, day_of(2024, 2, 29));
	for (size_t i = 0; i < RA_COUNT(bad); i++)
		if (day_parse(bad[i], &day) == 0)
			fail_msg("taken for a day: %s", bad[i]);
}

static void test_periods(void **state)
{
	(void)state;
	expect("today", TODAY, TODAY + 1, 1);
	expect("yesterday", TODAY - 1, TODAY, 1);
	expect("7d", TODAY - 6, TODAY + 1, 7);
	expect("28d", TODAY - 27, TODAY + 1, 28);
	expect(NULL, TODAY - 27, TODAY + 1, 28);
	expect("30d", TODAY - 29, TODAY + 1, 35);
	expect("91d", TODAY - 90, TODAY + 1, 91);
	expect("month", day_of(2026, 3, 1), TODAY + 1, 35);
	expect("last_month", day_of(2026, 2, 1), day_of(2026, 3, 1), 28);
	expect("ytd", day_of(2026, 1, 1), TODAY + 1, 91);
	expect("12mo", day_of(2025, 4, 1), TODAY + 1, 364);
	expect("all", day_of(2026, 1, 1), TODAY + 1, 0);
	assert_true(days_of("24h", NULL, TODAY).is_rolling);
	assert_int_equal(days_of("24h", NULL, TODAY).shift, 1);
	assert_false(days_of("today", NULL, TODAY).is_rolling);
}

static void test_compare(void **state)
{
	(void)state;
	assert_int_equal(days_of("28d", "none", TODAY).shift, 0);
	assert_int_equal(days_of("today", "year", TODAY).shift, 364);
	assert_int_equal(days_of("all", "year", TODAY - 100).shift, 0);
	/* weekdays stay on weekdays from a week on */
	for (const char *const *p =
		     (const char *const[]){ "7d", "30d", "91d", "ytd", "12mo", NULL };
	     *p; p++)
		assert_int_equal(days_of(*p, "previous", TODAY).shift % 7, 0);
}

static void test_custom(void **state)
{
	struct period period;
	struct days days;
	struct ra_err err;
	(void)state;
	assert_int_equal(period_parse("custom", "2026-03-01", "2026-03-09", NULL, &period, &err),
			 0);
	assert_int_equal(period_days(&period, TODAY, TODAY, &days, &err), 0);
	assert_int_equal(days.first, day_of(2026, 3, 1));
	assert_int_equal(days.end, day_of(2026, 3, 10));
	assert_int_equal(days.shift, 14);
	/* the part that has not come yet is left out */
	assert_int_equal(period_parse("custom", "2026-03-30", "2026-05-01", NULL, &period, &err),
			 0);
	assert_int_equal(period_days(&period, TODAY, TODAY, &days, &err), 0);
	assert_int_equal(days.end, TODAY + 1);
	assert_int_equal(period_parse("custom", "2026-03-31", "2026-05-01", NULL, &period, &err),
			 0);
	assert_int_equal(period_days(&period, TODAY, TODAY, &days, &err), RA_EINVAL);
}

static void test_mistakes(void **state)
{
	struct period period;
	struct ra_err err = { 0 };
	(void)state;
	assert_int_equal(period_parse("8d", NULL, NULL, NULL, &period, &err), RA_EINVAL);
	assert_non_null(strstr(err.hint, "28d"));
	assert_int_equal(period_parse("7d", NULL, NULL, "week", &period, &err), RA_EINVAL);
	assert_int_equal(period_parse("custom", "2026-03-01", NULL, NULL, &period, &err),
			 RA_EINVAL);
	assert_int_equal(period_parse("custom", "2026-03-02", "2026-03-01", NULL, &period, &err),
			 RA_EINVAL);
	assert_int_equal(period_parse("custom", "2014-12-31", "2026-03-01", NULL, &period, &err),
			 RA_EINVAL);
	assert_int_equal(period_parse("custom", "x", "2026-03-01", NULL, &period, &err), RA_EINVAL);
}

static enum bucket bucket_of(const char *text, int length)
{
	struct days days = { .first = 0, .end = length };
	enum bucket bucket;
	struct ra_err err;
	assert_int_equal(bucket_choose(text, &days, &bucket, &err), 0);
	return bucket;
}

static void test_buckets(void **state)
{
	struct days days = { .first = 0, .end = 93 };
	enum bucket bucket;
	struct ra_err err;
	(void)state;
	assert_int_equal(bucket_of(NULL, 2), BUCKET_HOUR);
	assert_int_equal(bucket_of("auto", 3), BUCKET_DAY);
	assert_int_equal(bucket_of("auto", 92), BUCKET_DAY);
	assert_int_equal(bucket_of("auto", 93), BUCKET_WEEK);
	assert_int_equal(bucket_of("auto", 400), BUCKET_WEEK);
	assert_int_equal(bucket_of("auto", 401), BUCKET_MONTH);
	assert_int_equal(bucket_of("hour", 92), BUCKET_HOUR);
	assert_int_equal(bucket_of("month", 1), BUCKET_MONTH);
	assert_int_equal(bucket_choose("hour", &days, &bucket, &err), RA_EINVAL);
	assert_int_equal(bucket_choose("year", &days, &bucket, &err), RA_EINVAL);
	assert_int_equal(bucket_for_sparkline(&days), BUCKET_DAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calendar), cmocka_unit_test(test_parse_day),
		cmocka_unit_test(test_periods),  cmocka_unit_test(test_compare),
		cmocka_unit_test(test_custom),   cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_buckets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
