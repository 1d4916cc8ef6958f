/* presence: what the bot is seen watching. */
#include "services/gateway-ingest/presence.h"
#include "tests/harness/cmocka.h"

static void check(const char *pattern, int64_t servers, const char *expected)
{
	char line[PRESENCE_SIZE];
	presence_write(pattern, servers, line);
	assert_string_equal(line, expected);
}

static void test_line(void **state)
{
	char line[PRESENCE_SIZE], pattern[400];
	(void)state;
	check("{servers} | /analytics", 12, "12 servers | /analytics");
	check("{servers}", 1, "1 server");
	check("{servers}", 0, "0 servers");
	check("серверов: {count}", 7, "серверов: 7");
	check("{else} {servers", 7, "{else} {servers");
	check("", 7, "");
	memset(pattern, 'x', sizeof(pattern) - 1);
	pattern[sizeof(pattern) - 1] = '\0';
	presence_write(pattern, 1, line);
	assert_int_equal(strlen(line), PRESENCE_SIZE - 1);
}

static void test_count(void **state)
{
	struct ra_shard_status shards[] = {
		{ .state = "live", .guilds = 5, .unavailable_guilds = 1 },
		{ .state = "live", .guilds = 3 },
		{ .state = "identifying", .guilds = 100 }, /* of the next plan */
	};
	struct ra_fleet_view view = { .count = 2, .next = 1, .shards = shards, .shard_count = 3 };
	(void)state;
	assert_int_equal(presence_count(&view), 9);
	strcpy(shards[1].state, "lost");
	assert_int_equal(presence_count(&view), -1);
	view.count = 0;
	assert_int_equal(presence_count(&view), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
