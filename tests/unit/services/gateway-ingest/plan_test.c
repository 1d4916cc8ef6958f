/* plan: what SHARDS may say. */
#include "services/gateway-ingest/plan.h"
#include "tests/harness/cmocka.h"

static void test_auto(void **state)
{
	struct plan plan;
	(void)state;
	assert_int_equal(plan_parse(&plan, "auto"), 0);
	assert_int_equal(plan.count, 0);
	assert_string_equal(plan.text, "auto");
}

static void test_number(void **state)
{
	struct plan plan;
	(void)state;
	assert_int_equal(plan_parse(&plan, "08"), 0);
	assert_int_equal(plan.count, 8);
	assert_int_equal(plan.first, 0);
	assert_true(plan.last >= 7);
	assert_string_equal(plan.text, "8");
}

static void test_range(void **state)
{
	struct plan plan;
	(void)state;
	assert_int_equal(plan_parse(&plan, "4-7/8"), 0);
	assert_int_equal(plan.count, 8);
	assert_int_equal(plan.first, 4);
	assert_int_equal(plan.last, 7);
	assert_string_equal(plan.text, "4-7/8");
}

static void test_nonsense(void **state)
{
	static const char *const texts[] = { "",        "0",      "-1",    "8 ",    "eight",
					     "1000000", "0/8",    "4-2/8", "0-8/8", "0-3/",
					     "0-3/0",   "0-3/8x", "Auto",  "auto ", "0-3/99999" };
	struct plan plan;
	(void)state;
	for (size_t i = 0; i < RA_COUNT(texts); i++)
		assert_true(plan_parse(&plan, texts[i]) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_auto),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
