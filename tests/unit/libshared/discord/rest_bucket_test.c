/* rest_bucket: the arithmetic, by a clock of the test's own. */
#include "libshared/discord/rest_bucket.h"
#include "tests/harness/cmocka.h"

static struct rest_limits says(uint64_t limit, uint64_t remaining, uint64_t reset_ms,
			       uint64_t after_ms)
{
	return (struct rest_limits){ .has_bucket = true,
				     .limit = limit,
				     .remaining = remaining,
				     .reset_ms = reset_ms,
				     .reset_after_ms = after_ms };
}

static void learn(struct rest_bucket *b, struct rest_limits limits, uint64_t now_ms)
{
	rest_bucket_land(b);
	rest_bucket_learn(b, &limits, now_ms);
}

/* Calls that may leave at `now_ms`; they do. */
static unsigned drain(struct rest_bucket *b, uint64_t now_ms)
{
	unsigned count = 0;
	for (; rest_bucket_wait(b, 0, now_ms) == 0 && count < 100; count++)
		rest_bucket_take(b, now_ms);
	return count;
}

static void test_unknown_goes_one_at_a_time(void **state)
{
	struct rest_bucket b = { 0 };
	(void)state;
	assert_int_equal(drain(&b, 1000), 1);
	assert_true(rest_bucket_wait(&b, 0, 1000) == REST_NEVER);
	rest_bucket_land(&b);
	assert_int_equal(drain(&b, 1001), 1);
	learn(&b, says(5, 4, 900000, 5000), 1002);
	assert_int_equal(drain(&b, 1002), 4);
	assert_int_equal(rest_bucket_wait(&b, 0, 1002), 5000 + REST_MARGIN_MS);
}

static void test_a_window_opens_anew(void **state)
{
	struct rest_bucket b = { 0 };
	(void)state;
	drain(&b, 0);
	learn(&b, says(3, 2, 900000, 1000), 0);
	assert_int_equal(drain(&b, 0), 2);
	learn(&b, says(3, 1, 900000, 990), 10);
	learn(&b, says(3, 0, 900001, 980), 20);
	assert_int_equal(drain(&b, 900), 0);
	uint64_t over_ms = rest_bucket_wait(&b, 0, 900) + 900;
	assert_int_equal(drain(&b, over_ms), 3);
	/* its end is told by its first answer; until then nothing more leaves */
	assert_true(rest_bucket_wait(&b, 0, over_ms + 5000) == REST_NEVER);
	learn(&b, says(3, 2, 905000, 1000), over_ms + 50);
	assert_int_equal(drain(&b, over_ms + 50), 0);
}

/* Three calls, whose answers come in any order: never more than two are left of five. */
static void test_answers_out_of_order(void **state)
{
	static const unsigned orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					      { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	(void)state;
	for (size_t o = 0; o < RA_COUNT(orders); o++) {
		struct rest_bucket b = { .limit = 5 };
		for (int i = 0; i < 3; i++)
			rest_bucket_take(&b, 0);
		for (int i = 0; i < 3; i++)
			learn(&b, says(5, 4 - orders[o][i], 900000, 1000), 10);
		assert_int_equal(drain(&b, 20), 2);
	}
}

/* A sliding window frees slots while others are still taken: a later Reset tells more is left. */
static void test_sliding_window(void **state)
{
	struct rest_bucket b = { .limit = 2 };
	(void)state;
	rest_bucket_take(&b, 0);
	learn(&b, says(2, 1, 900000, 1000), 0);
	rest_bucket_take(&b, 800);
	learn(&b, says(2, 0, 900800, 1000), 800);
	assert_int_equal(drain(&b, 800), 0);
	assert_int_equal(drain(&b, 1900), 2);
	learn(&b, says(2, 0, 901900, 1000), 1900);
	learn(&b, says(2, 1, 901850, 950), 1900);
	assert_int_equal(drain(&b, 1900), 0);
}

static void test_lost_answers(void **state)
{
	struct rest_bucket b = { .limit = 2 };
	(void)state;
	assert_int_equal(drain(&b, 0), 2);
	rest_bucket_land(&b);
	assert_true(rest_bucket_wait(&b, 0, 1) == REST_NEVER);
	rest_bucket_land(&b); /* nobody is left who could tell the end of the window */
	assert_int_equal(drain(&b, 2), 2);
}

static void test_429_closes(void **state)
{
	struct rest_bucket b = { .limit = 5 };
	(void)state;
	rest_bucket_close(&b, 5000);
	rest_bucket_close(&b, 4000);
	assert_int_equal(rest_bucket_wait(&b, 0, 1000), 4000);
	assert_int_equal(drain(&b, 5000), 5);
}

static void test_slots_are_spared_for_others(void **state)
{
	struct rest_bucket b = { 0 };
	(void)state;
	drain(&b, 0);
	learn(&b, says(5, 2, 900000, 1000), 0);
	assert_int_equal(rest_bucket_wait(&b, 1, 0), 0);
	assert_int_equal(rest_bucket_wait(&b, 2, 0), 1000 + REST_MARGIN_MS);
	/* but a bucket of one is used */
	struct rest_bucket one = { .limit = 1, .left = 1, .reset_at_ms = 1000 };
	assert_int_equal(rest_bucket_wait(&one, 7, 0), 0);
}

static void test_pace(void **state)
{
	struct rest_pace pace = { 0 };
	unsigned left = 0;
	(void)state;
	for (uint64_t ms = 1000; ms < 11000; ms++)
		if (rest_pace_wait(&pace, 45, 0, ms) == 0) {
			rest_pace_take(&pace, 45, ms);
			left++;
		}
	assert_in_range(left, 440, 451);
	/* the urgent may be ahead of the beat, but not for long */
	unsigned ahead = 0;
	while (rest_pace_wait(&pace, 45, 3, 20000) == 0 && ahead < 100) {
		rest_pace_take(&pace, 45, 20000);
		ahead++;
	}
	assert_int_equal(ahead, 4);
	assert_true(rest_pace_wait(&pace, 45, 0, 20000) > 0);
	pace.closed_until_ms = 30000;
	assert_int_equal(rest_pace_wait(&pace, 45, 3, 25000), 5000);
}

/* Whatever lies between a call's leaving and its answer, no second sees more than `most`. */
static void test_window(void **state)
{
	struct rest_window w = { 0 };
	(void)state;
	for (int i = 0; i < 50; i++) {
		assert_int_equal(rest_window_wait(&w, 50, 100), 0);
		rest_window_take(&w);
	}
	assert_true(rest_window_wait(&w, 50, 100) == REST_NEVER);
	assert_true(rest_window_wait(&w, 50, 100000) == REST_NEVER); /* they may arrive now */
	for (uint64_t i = 0; i < 50; i++)
		rest_window_land(&w, 100000 + i);
	assert_int_equal(rest_window_wait(&w, 50, 100100), REST_WINDOW_MS + REST_MARGIN_MS - 100);
	assert_int_equal(rest_window_wait(&w, 50, 101015), 0);
	rest_window_take(&w);
	assert_int_equal(rest_window_wait(&w, 50, 101015), 1);
	assert_int_equal(rest_window_wait(&w, 10000, 101015), 0);
}

static void test_refusals(void **state)
{
	struct rest_refusals r = { 0 };
	const uint64_t minute = 60000, start = 1000 * minute;
	(void)state;
	for (uint64_t i = 0; i < 30; i++)
		rest_refusals_add(&r, start + i * minute);
	assert_int_equal(rest_refusals_count(&r, start + 29 * minute), 10);
	assert_int_equal(rest_refusals_count(&r, start + 33 * minute), 6);
	assert_int_equal(rest_refusals_count(&r, start + 100 * minute), 0);
	const struct rest_limits shared = { .limited = REST_LIMITED_SHARED }, ours = { 0 };
	assert_true(rest_is_refusal(401, &ours) && rest_is_refusal(403, &ours));
	assert_true(rest_is_refusal(429, &ours) && !rest_is_refusal(429, &shared));
	assert_true(!rest_is_refusal(404, &ours) && !rest_is_refusal(200, &ours));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_goes_one_at_a_time),
		cmocka_unit_test(test_a_window_opens_anew),
		cmocka_unit_test(test_answers_out_of_order),
		cmocka_unit_test(test_sliding_window),
		cmocka_unit_test(test_lost_answers),
		cmocka_unit_test(test_429_closes),
		cmocka_unit_test(test_slots_are_spared_for_others),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
