/* What a bot may do, by Discord's own order: everyone, roles, the member. */
#include "libshared/discord/permissions.h"
#include "tests/harness/cmocka.h"

#define VIEW    1024
#define HISTORY 65536

static json_t *parse(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	assert_non_null(json);
	return json;
}

static uint64_t in_channel(uint64_t base, const char *overwrites)
{
	char *text = ra_format("{\"permission_overwrites\": [%s]}", overwrites);
	json_t *channel = parse(text), *member = parse("{\"roles\": [\"20\"]}");
	uint64_t bits = ra_permissions_of_channel(base, "1", "9", channel, member);
	json_decref(channel);
	json_decref(member);
	ra_free(text);
	return bits;
}

static void test_guild(void **state)
{
	(void)state;
	json_t *roles = parse("[{\"id\": \"1\", \"permissions\": \"1024\"},"
			      " {\"id\": \"20\", \"permissions\": \"65536\"},"
			      " {\"id\": \"30\", \"permissions\": \"8\"}]");
	json_t *member = parse("{\"roles\": [\"20\"]}"), *boss = parse("{\"roles\": [\"30\"]}");
	json_t *none = parse("{}");
	assert_int_equal(ra_permissions_of_guild("1", roles, member), VIEW | HISTORY);
	assert_int_equal(ra_permissions_of_guild("1", roles, none), VIEW);
	assert_true(ra_permissions_of_guild("1", roles, boss) == UINT64_MAX);
	json_decref(roles);
	json_decref(member);
	json_decref(boss);
	json_decref(none);
}

static void test_channel(void **state)
{
	(void)state;
	const char *closed = "{\"id\": \"1\", \"allow\": \"0\", \"deny\": \"1024\"}";
	const char *by_role = "{\"id\": \"1\", \"allow\": \"0\", \"deny\": \"1024\"},"
			      "{\"id\": \"20\", \"allow\": \"1024\", \"deny\": \"65536\"}";
	const char *by_member = "{\"id\": \"9\", \"allow\": \"65536\", \"deny\": \"0\"},"
				"{\"id\": \"20\", \"allow\": \"0\", \"deny\": \"65536\"}";
	assert_int_equal(in_channel(VIEW | HISTORY, ""), VIEW | HISTORY);
	assert_int_equal(in_channel(VIEW | HISTORY, closed), 0);
	assert_int_equal(in_channel(VIEW | HISTORY, by_role), VIEW);
	assert_int_equal(in_channel(VIEW, by_member), VIEW | HISTORY);
	assert_int_equal(in_channel(VIEW, "{\"id\": 5, \"allow\": 7}, 3"), VIEW);
	assert_true(in_channel(UINT64_MAX, closed) == UINT64_MAX);
}

static void test_wanted(void **state)
{
	(void)state;
	assert_int_equal(RA_PERMISSIONS_ALL_WANTED, 1ULL << 7 | 1ULL << 10 | 1ULL << 11 |
							    1ULL << 14 | 1ULL << 15 | 1ULL << 16 |
							    1ULL << 17 | 1ULL << 20 | 1ULL << 38);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guild),
		cmocka_unit_test(test_channel),
		cmocka_unit_test(test_wanted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
