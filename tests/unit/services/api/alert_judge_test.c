/* alert_judge: when a figure is out of its bounds, and when it is well back inside. */
#include "services/api/alert_judge.h"
#include "tests/harness/cmocka.h"

static enum alert_verdict bound(enum alert_condition condition, double threshold, double value,
				bool is_firing)
{
	struct alert_bounds bounds = {
		.condition = condition, .threshold = threshold, .unit = 1, .is_firing = is_firing
	};
	struct alert_facts facts = { .is_known = true, .value = value };
	return alert_judge(&bounds, &facts).verdict;
}

static void test_bounds(void **state)
{
	(void)state;
	assert_int_equal(bound(ALERT_ABOVE, 100, 100, false), ALERT_FINE);
	assert_int_equal(bound(ALERT_ABOVE, 100, 101, false), ALERT_FIRING);
	assert_int_equal(bound(ALERT_BELOW, 10, 10, false), ALERT_FINE);
	assert_int_equal(bound(ALERT_BELOW, 10, 9, false), ALERT_FIRING);
	assert_int_equal(bound(ALERT_BELOW, -5, -6, false), ALERT_FIRING);
}

/* Around the bound nothing flutters. */
static void test_hysteresis(void **state)
{
	(void)state;
	assert_int_equal(bound(ALERT_ABOVE, 100, 95, true), ALERT_FIRING);
	assert_int_equal(bound(ALERT_ABOVE, 100, 90, true), ALERT_FINE);
	assert_int_equal(bound(ALERT_BELOW, 10, 10.5, true), ALERT_FIRING);
	assert_int_equal(bound(ALERT_BELOW, 10, 11, true), ALERT_FINE);
	assert_int_equal(bound(ALERT_ABOVE, 0, 0, true), ALERT_FINE);
}

static struct alert_finding unusual(double value, const double *past, size_t weeks,
				    enum alert_direction direction, bool is_firing)
{
	struct alert_bounds bounds = { .condition = ALERT_UNUSUAL,
				       .direction = direction,
				       .sensitivity = 4,
				       .unit = 1,
				       .is_firing = is_firing };
	struct alert_facts facts = { .is_known = true, .value = value, .weeks = weeks };
	memcpy(facts.past, past, weeks * sizeof(*past));
	return alert_judge(&bounds, &facts);
}

static void test_unusual(void **state)
{
	/* median 100, deviation 1.4826 * 10, but chance alone gives 10 */
	static const double past[] = { 90, 100, 110, 80, 120, 100, 1000 };
	(void)state;
	struct alert_finding finding = unusual(159, past, 7, ALERT_BOTH, false);
	assert_int_equal(finding.verdict, ALERT_FINE);
	assert_true(finding.expected == 100);
	assert_int_equal(unusual(160, past, 7, ALERT_BOTH, false).verdict, ALERT_FIRING);
	assert_int_equal(unusual(40, past, 7, ALERT_BOTH, false).verdict, ALERT_FIRING);
	assert_int_equal(unusual(160, past, 7, ALERT_DOWN, false).verdict, ALERT_FINE);
	assert_int_equal(unusual(40, past, 7, ALERT_UP, false).verdict, ALERT_FINE);
	assert_int_equal(unusual(145, past, 7, ALERT_BOTH, true).verdict, ALERT_FIRING);
	assert_int_equal(unusual(140, past, 7, ALERT_BOTH, true).verdict, ALERT_FINE);
}

/* A past without any change does not make one message an alarm. */
static void test_calm_past(void **state)
{
	static const double none[] = { 0, 0, 0, 0, 0 }, same[] = { 100, 100, 100, 100 };
	(void)state;
	assert_int_equal(unusual(1, none, 5, ALERT_BOTH, false).verdict, ALERT_FINE);
	assert_int_equal(unusual(4, none, 5, ALERT_BOTH, false).verdict, ALERT_FINE);
	assert_int_equal(unusual(5, none, 5, ALERT_BOTH, false).verdict, ALERT_FIRING);
	assert_int_equal(unusual(140, same, 4, ALERT_BOTH, false).verdict, ALERT_FINE);
	assert_int_equal(unusual(141, same, 4, ALERT_BOTH, false).verdict, ALERT_FIRING);
}

static void test_too_little_known(void **state)
{
	static const double past[] = { 1, 2, 3 };
	struct alert_bounds bounds = { .condition = ALERT_BELOW, .threshold = 10, .unit = 1 };
	struct alert_facts facts = { .value = 0 };
	(void)state;
	assert_int_equal(unusual(1000, past, 3, ALERT_BOTH, false).verdict, ALERT_UNKNOWN);
	assert_int_equal(alert_judge(&bounds, &facts).verdict, ALERT_UNKNOWN);
	bounds.condition = ALERT_ABOVE;
	assert_int_equal(alert_judge(&bounds, &facts).verdict, ALERT_UNKNOWN);
	facts.value = 11; /* more than the bound, whatever was missed */
	assert_int_equal(alert_judge(&bounds, &facts).verdict, ALERT_FIRING);
	bounds.condition = ALERT_UNUSUAL;
	assert_int_equal(alert_judge(&bounds, &facts).verdict, ALERT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),           cmocka_unit_test(test_hysteresis),
		cmocka_unit_test(test_unusual),          cmocka_unit_test(test_calm_past),
		cmocka_unit_test(test_too_little_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
