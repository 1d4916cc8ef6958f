/* ratelimit: fixed windows forget all at once, sliding ones call by call. */
#include "services/discord-sim/ratelimit.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>

static const struct limit_rule fixed = { "fixed", 3, 1000, false };
static const struct limit_rule sliding = { "sliding", 2, 1000, true };

static int start(void **ctx)
{
	*ctx = limits_new();
	return 0;
}

static int stop(void **ctx)
{
	struct limits *limits = *ctx;
	limits_free(&limits);
	return 0;
}

static void check(struct limit_verdict verdict, bool is_allowed, unsigned remaining,
		  uint64_t reset_after_ms)
{
	assert_int_equal(verdict.is_allowed, is_allowed);
	assert_int_equal(verdict.remaining, remaining);
	assert_int_equal(verdict.reset_after_ms, reset_after_ms);
}

static void test_fixed_window(void **ctx)
{
	struct limits *limits = *ctx;
	check(limits_take(limits, &fixed, "a", 5000), true, 2, 1000);
	check(limits_take(limits, &fixed, "a", 5100), true, 1, 900);
	check(limits_take(limits, &fixed, "a", 5900), true, 0, 100);
	check(limits_take(limits, &fixed, "a", 5999), false, 0, 1);
	check(limits_take(limits, &fixed, "a", 6000), true, 2, 1000);
}

static void test_sliding_window(void **ctx)
{
	struct limits *limits = *ctx;
	check(limits_take(limits, &sliding, "a", 5000), true, 1, 1000);
	check(limits_take(limits, &sliding, "a", 5600), true, 0, 1000);
	check(limits_take(limits, &sliding, "a", 5900), false, 0, 100);
	check(limits_take(limits, &sliding, "a", 6000), true, 0, 1000);
	check(limits_take(limits, &sliding, "a", 6100), false, 0, 500);
	check(limits_take(limits, &sliding, "a", 6600), true, 0, 1000);
}

static void test_everybody_has_their_own(void **ctx)
{
	struct limits *limits = *ctx;
	for (int i = 0; i < 3; i++)
		limits_take(limits, &fixed, "a", 5000);
	assert_false(limits_take(limits, &fixed, "a", 5000).is_allowed);
	assert_true(limits_take(limits, &fixed, "b", 5000).is_allowed);
}

static void test_sweeping_forgets_only_what_is_over(void **ctx)
{
	struct limits *limits = *ctx;
	for (int i = 0; i < 3; i++)
		limits_take(limits, &fixed, "keeps counting", 5000);
	for (int i = 0; i < 10000; i++) {
		char who[16];
		snprintf(who, sizeof(who), "%d", i);
		limits_take(limits, &sliding, who, 1000 + (uint64_t)i / 10);
	}
	assert_false(limits_take(limits, &fixed, "keeps counting", 5500).is_allowed);
}

static void test_bucket_hash_is_opaque_and_stable(void **ctx)
{
	char a[33], b[33];
	(void)ctx;
	limit_bucket_hash(&fixed, a);
	limit_bucket_hash(&sliding, b);
	assert_int_equal(strlen(a), 32);
	assert_string_not_equal(a, b);
	limit_bucket_hash(&fixed, b);
	assert_string_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fixed_window, start, stop),
		cmocka_unit_test_setup_teardown(test_sliding_window, start, stop),
		cmocka_unit_test_setup_teardown(test_everybody_has_their_own, start, stop),
		cmocka_unit_test_setup_teardown(test_sweeping_forgets_only_what_is_over, start,
						stop),
		cmocka_unit_test(test_bucket_hash_is_opaque_and_stable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
