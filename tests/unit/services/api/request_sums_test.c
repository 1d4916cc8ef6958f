/* request_sums: figures of a handful of requests, worked out by hand; most of it is in
 * tests/scenario and tests/numbers, what needs a present is here. */
#include "services/api/request_sums.h"
#include "tests/harness/cmocka.h"

#define MINUTE 60000LL
#define DAY    (24 * 60 * MINUTE)
#define NOW    (100 * DAY)

/* Asked so long ago; wait_ms: until the answer, or until now. */
static struct request_row row(int64_t ago_ms, int64_t answered_after_ms)
{
	struct request_row r = { .asked_ms = NOW - ago_ms,
				 .good_ms = MINUTE,
				 .poor_ms = 5 * MINUTE,
				 .horizon_ms = DAY,
				 .target_ms = 20 * MINUTE,
				 .state = answered_after_ms ? REQUEST_ANSWERED : REQUEST_OPEN };
	if (answered_after_ms)
		r.answered_ms = r.asked_ms + answered_after_ms;
	r.wait_ms = request_seen_ms(&r, NOW) - r.asked_ms;
	r.business_ms = r.wait_ms;
	return r;
}

static struct sums sums_over(struct request_row *rows, size_t count)
{
	struct request_row *list[16];
	struct sums sums;
	for (size_t i = 0; i < count; i++)
		list[i] = &rows[i];
	sums_of(&sums, list, count, NOW);
	return sums;
}

/* 20 minutes: 14 are fine, 15 are three quarters, 20 are all of it, a moment more is too late. */
static void test_at_risk(void **state)
{
	struct request_row rows[] = { row(14 * MINUTE, 0),   row(15 * MINUTE, 0),
				      row(20 * MINUTE, 0),   row(20 * MINUTE + 1, 0),
				      row(DAY, 20 * MINUTE), row(DAY, 20 * MINUTE + 1) };
	(void)state;
	struct sums s = sums_over(rows, RA_COUNT(rows));
	assert_int_equal(s.pending, 3);
	assert_int_equal(s.at_risk, 2);
	assert_int_equal(s.met, 1);
	assert_int_equal(s.missed, 2);
}

/* A target in business time does not run at night. */
static void test_business_target(void **state)
{
	struct request_row rows[] = { row(DAY, 10 * 60 * MINUTE), row(DAY, 10 * 60 * MINUTE) };
	(void)state;
	rows[0].is_business_target = rows[1].is_business_target = true;
	rows[0].business_ms = 20 * MINUTE;
	rows[1].business_ms = 21 * MINUTE;
	struct sums s = sums_over(rows, 2);
	assert_int_equal(s.met, 1);
	assert_int_equal(s.missed, 1);
	assert_int_equal(s.poor, 2); /* bands are of calendar time */
}

/* Only what is older than the horizon can have been left alone for it. */
static void test_horizon(void **state)
{
	struct request_row rows[] = { row(DAY, 0), row(DAY + 1, 0), row(3 * DAY, DAY),
				      row(3 * DAY, DAY + 1) };
	(void)state;
	struct sums s = sums_over(rows, RA_COUNT(rows));
	assert_int_equal(s.old, 3);
	assert_int_equal(s.unanswered, 2);
}

static void test_bands_and_the_least(void **state)
{
	struct request_row rows[] = { row(DAY, 1), row(DAY, MINUTE), row(DAY, MINUTE + 1),
				      row(DAY, 5 * MINUTE - 1), row(DAY, 5 * MINUTE) };
	(void)state;
	struct sums s = sums_over(rows, RA_COUNT(rows));
	assert_int_equal(s.good, 2);
	assert_int_equal(s.average, 2);
	assert_int_equal(s.poor, 1);
	assert_int_equal(s.fastest_ms, 1000); /* a second at least */
	assert_int_equal(s.median_ms, MINUTE + 1);
	assert_int_equal(s.calendar_ms[SUMS_P50], MINUTE + 1);
}

static void test_nothing(void **state)
{
	(void)state;
	struct request_row gone = row(DAY, 0);
	gone.state = REQUEST_CANCELLED;
	struct sums s = sums_over(&gone, 1);
	json_t *json = sums_json(&s);
	assert_int_equal(s.n, 0);
	assert_true(json_is_true(json_object_get(json, "is_hidden")));
	assert_true(json_is_null(json_object_get(json, "unanswered_rate")));
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_risk), cmocka_unit_test(test_business_target),
		cmocka_unit_test(test_horizon), cmocka_unit_test(test_bands_and_the_least),
		cmocka_unit_test(test_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
