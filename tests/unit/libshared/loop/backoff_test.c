/* backoff: doubles, jitters in the upper half, stops at its maximum, starts over. */
#include "libshared/loop/backoff.h"
#include "tests/harness/cmocka.h"

static void doubles_up_to_the_maximum(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		struct ra_backoff backoff = { .min_ms = 100, .max_ms = 1500 };
		static const uint64_t expected[] = { 100, 200, 400, 800, 1500, 1500, 1500 };
		for (unsigned i = 0; i < 7; i++)
			assert_in_range(ra_backoff_next_ms(&backoff), expected[i] / 2, expected[i]);
		ra_backoff_reset(&backoff);
		assert_in_range(ra_backoff_next_ms(&backoff), 50, 100);
	}
}

static void uses_all_of_the_upper_half(void **state)
{
	(void)state;
	uint64_t lowest = UINT64_MAX, highest = 0;
	for (int i = 0; i < 2000; i++) {
		struct ra_backoff backoff = { .min_ms = 100, .max_ms = 1000 };
		uint64_t ms = ra_backoff_next_ms(&backoff);
		lowest = ms < lowest ? ms : lowest;
		highest = ms > highest ? ms : highest;
	}
	assert_int_equal(lowest, 50);
	assert_int_equal(highest, 100);
}

static void survives_years_of_failures_and_huge_limits(void **state)
{
	(void)state;
	struct ra_backoff backoff = { .min_ms = 1, .max_ms = UINT64_MAX / 2 };
	for (int i = 0; i < 1000; i++)
		assert_true(ra_backoff_next_ms(&backoff) <= backoff.max_ms);
	assert_true(ra_backoff_next_ms(&backoff) >= backoff.max_ms / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_up_to_the_maximum),
		cmocka_unit_test(uses_all_of_the_upper_half),
		cmocka_unit_test(survives_years_of_failures_and_huge_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
