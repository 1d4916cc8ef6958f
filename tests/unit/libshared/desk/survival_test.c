/* survival: against worked examples that were published, and against what one can see. */
#include "libshared/desk/survival.h"
#include "tests/harness/cmocka.h"
#include <math.h>
#include <stdlib.h>

/* Weeks in remission under 6-MP (Freireich and others 1963, worked in Kaplan-Meier form by Cox and
 * Oakes, Analysis of Survival Data, 1984); negative: censored. */
static const int remission[] = { 6,   6,   6,   -6, 7,  -9,  10,  -10, -11, 13, 16,
				 -17, -19, -20, 22, 23, -25, -32, -32, -34, -35 };

static size_t read_times(const int *from, size_t count, struct survival_time *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (struct survival_time){ abs(from[i]), from[i] > 0 };
	survival_sort(out, count);
	return count;
}

static void test_remission(void **state)
{
	static const struct {
		int64_t week;
		double waiting;
	} published[] = { { 5, 1 },      { 6, 0.857 },  { 7, 0.807 },  { 10, 0.753 }, { 13, 0.690 },
			  { 16, 0.627 }, { 22, 0.538 }, { 23, 0.448 }, { 35, 0.448 } };
	struct survival_time times[RA_COUNT(remission)];
	(void)state;
	size_t count = read_times(remission, RA_COUNT(remission), times);
	for (size_t i = 0; i < RA_COUNT(published); i++) {
		double waiting = 1 - survival_answered_within(times, count, published[i].week);
		assert_true(fabs(waiting - published[i].waiting) < 0.0006);
	}
	const double shares[] = { 0.25, 0.5, 0.75 };
	int64_t out[3];
	survival_percentiles(times, count, shares, 3, out);
	assert_int_equal(out[0], 13); /* published: quartile 13, median 23, the third not reached */
	assert_int_equal(out[1], 23);
	assert_int_equal(out[2], SURVIVAL_NOT_REACHED);
}

/* Without a censored one it is the plain percentile: the k-th of n. */
static void test_all_answered(void **state)
{
	static const int all[] = { 10, 20, 30, 40, 50, 60, 70, 80, 90, 100 };
	const double shares[] = { 0.5, 0.75, 0.9, 0.95, 1 };
	struct survival_time times[10];
	int64_t out[5];
	(void)state;
	size_t count = read_times(all, 10, times);
	survival_percentiles(times, count, shares, 5, out);
	assert_int_equal(out[0], 50);
	assert_int_equal(out[1], 80);
	assert_int_equal(out[2], 90);
	assert_int_equal(out[3], 100);
	assert_int_equal(out[4], 100);
}

/* Who is censored at the moment of an answer was at risk at it. */
static void test_ties(void **state)
{
	static const int tied[] = { -5, 5, 5, -5, 8 };
	struct survival_time times[5];
	(void)state;
	size_t count = read_times(tied, 5, times);
	assert_true(fabs(survival_answered_within(times, count, 5) - 0.4) < 1e-9);
	assert_true(fabs(survival_answered_within(times, count, 8) - 1) < 1e-9);
}

static void test_nobody(void **state)
{
	static const int waiting[] = { -1, -2, -3, -4, -5 };
	const double shares[] = { 0.5, 0.9 };
	struct survival_time times[5];
	int64_t out[2] = { 0 };
	(void)state;
	survival_percentiles(times, read_times(waiting, 5, times), shares, 2, out);
	assert_int_equal(out[0], SURVIVAL_NOT_REACHED);
	assert_int_equal(out[1], SURVIVAL_NOT_REACHED);
	survival_percentiles(times, 0, shares, 2, out);
	assert_int_equal(out[0], SURVIVAL_NOT_REACHED);
	assert_true(survival_answered_within(times, 0, 9) == 0);
}

/* 1/3 three times is not exactly 1: the last answer is reached all the same. */
static void test_rounding(void **state)
{
	enum { COUNT = 997 };
	struct survival_time times[COUNT];
	const double shares[] = { 0.5, 1 };
	int64_t out[2];
	(void)state;
	for (int i = 0; i < COUNT; i++)
		times[i] = (struct survival_time){ COUNT - i, true };
	survival_sort(times, COUNT);
	survival_percentiles(times, COUNT, shares, 2, out);
	assert_int_equal(out[0], 499);
	assert_int_equal(out[1], COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remission), cmocka_unit_test(test_all_answered),
		cmocka_unit_test(test_ties),      cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_rounding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
