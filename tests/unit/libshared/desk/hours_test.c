/* hours: of intervals, what was open. */
#include "libshared/desk/hours.h"
#include "tests/harness/cmocka.h"

/* Open 10-20, 30-40, 50-51. */
static struct hours week(void)
{
	static struct hours_span list[] = { { 10, 20, 0 }, { 30, 40, 0 }, { 50, 51, 0 } };
	return hours_count(list, RA_COUNT(list));
}

static void test_between(void **state)
{
	static const struct {
		int64_t from, to, open;
	} cases[] = {
		{ 0, 5, 0 },   { 0, 10, 0 },  { 0, 15, 5 },   { 12, 18, 6 },  { 12, 25, 8 },
		{ 20, 30, 0 }, { 19, 31, 2 }, { 0, 100, 21 }, { 45, 100, 1 }, { 51, 100, 0 },
		{ 15, 15, 0 }, { 18, 12, 0 }, { 10, 51, 21 }, { 39, 51, 2 },
	};
	struct hours hours = week();
	(void)state;
	for (size_t i = 0; i < RA_COUNT(cases); i++)
		assert_int_equal(hours_between(&hours, cases[i].from, cases[i].to), cases[i].open);
}

static void test_next_opening(void **state)
{
	struct hours hours = week();
	(void)state;
	assert_int_equal(hours_next_opening(&hours, 0), 10);
	assert_int_equal(hours_next_opening(&hours, 10), 10);
	assert_int_equal(hours_next_opening(&hours, 19), 19);
	assert_int_equal(hours_next_opening(&hours, 20), 30);
	assert_true(hours_next_opening(&hours, 51) == HOURS_NEVER);
}

/* What it says it takes, hours_between finds again. */
static void test_after(void **state)
{
	struct hours hours = week();
	(void)state;
	assert_int_equal(hours_after(&hours, 0, 5), 15);
	assert_int_equal(hours_after(&hours, 0, 10), 20);
	assert_int_equal(hours_after(&hours, 0, 11), 31);
	assert_int_equal(hours_after(&hours, 25, 0), 25);
	assert_int_equal(hours_after(&hours, 39, 2), 51);
	assert_true(hours_after(&hours, 39, 3) == HOURS_NEVER);
	for (int64_t from = 0; from < 45; from++)
		for (int64_t open = 1; open < 21; open++) {
			int64_t at = hours_after(&hours, from, open);
			if (at != HOURS_NEVER)
				assert_int_equal(hours_between(&hours, from, at), open);
		}
}

static void test_nothing_open(void **state)
{
	struct hours hours = hours_count(NULL, 0);
	(void)state;
	assert_int_equal(hours_between(&hours, 0, 100), 0);
	assert_true(hours_next_opening(&hours, 0) == HOURS_NEVER);
	assert_true(hours_after(&hours, 0, 1) == HOURS_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_next_opening),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_nothing_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
