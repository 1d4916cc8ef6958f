/* policy: the table of Discord's documentation, written down a second time. */
#include "services/gateway-ingest/policy.h"
#include "tests/harness/cmocka.h"

static void test_close_codes(void **state)
{
	(void)state;
	static const struct {
		int code;
		enum next next;
	} expected[] = {
		{ 1000, NEXT_RESUME },   { 1001, NEXT_RESUME },   { 1006, NEXT_RESUME },
		{ 1011, NEXT_RESUME },   { 4000, NEXT_RESUME },   { 4001, NEXT_RESUME },
		{ 4002, NEXT_RESUME },   { 4003, NEXT_IDENTIFY }, { 4004, NEXT_FATAL },
		{ 4005, NEXT_IDENTIFY }, { 4006, NEXT_RESUME },   { 4007, NEXT_IDENTIFY },
		{ 4008, NEXT_RESUME },   { 4009, NEXT_RESUME },   { 4010, NEXT_FATAL },
		{ 4011, NEXT_FATAL },    { 4012, NEXT_FATAL },    { 4013, NEXT_FATAL },
		{ 4014, NEXT_FATAL },    { 4999, NEXT_RESUME },
	};
	for (size_t i = 0; i < RA_COUNT(expected); i++)
		assert_int_equal(policy_of(expected[i].code)->next, expected[i].next);
}

static void test_accidents(void **state)
{
	(void)state;
	for (int ending = END_LOST; ending <= END_STOPPED; ending++) {
		bool is_new = ending == END_INVALID || ending == END_DEGRADED;
		assert_int_equal(policy_of(ending)->ending,
				 ending); /* each has a line of its own */
		assert_int_equal(policy_of(ending)->next, is_new ? NEXT_IDENTIFY : NEXT_RESUME);
	}
}

/* Discord asks for 1 to 5 s after op 9. */
static void test_waits(void **state)
{
	(void)state;
	assert_int_equal(policy_of(END_INVALID)->wait_min_ms, 1000);
	assert_int_equal(policy_of(END_INVALID)->wait_max_ms, 5000);
	assert_true(policy_of(4008)->wait_min_ms > 0);
	for (int ending = 0; ending < 5000; ending++)
		assert_true(policy_of(ending)->wait_min_ms <= policy_of(ending)->wait_max_ms);
}

/* Whoever has to act is told what to set. */
static void test_fatal_names_the_setting(void **state)
{
	(void)state;
	static const struct {
		int code;
		const char *setting;
	} expected[] = {
		{ 4004, "DISCORD_BOT_TOKEN" }, { 4010, "SHARDS" },          { 4011, "SHARDS" },
		{ 4013, "DISCORD_INTENTS" },   { 4014, "DISCORD_INTENTS" },
	};
	for (size_t i = 0; i < RA_COUNT(expected); i++)
		assert_non_null(strstr(policy_of(expected[i].code)->hint, expected[i].setting));
	for (int ending = 0; ending < 5000; ending++)
		if (policy_of(ending)->next == NEXT_FATAL) {
			assert_non_null(policy_of(ending)->trouble);
			assert_non_null(policy_of(ending)->hint);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close_codes),
		cmocka_unit_test(test_accidents),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_fatal_names_the_setting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
