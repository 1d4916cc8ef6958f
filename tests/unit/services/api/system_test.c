/* system: how the installation is, for those who run it and nobody else. */
#include "services/api/owners.h"
#include "tests/unit/services/api/fixture.h"
#include <hiredis/hiredis.h>

#define BOB 202ULL

#define SHARDS "/api/v1/system/shards"

static void redis_do(const char *key, const char *field, const char *value)
{
	redisContext *redis = redisConnectUnix(fx.redis.socket);
	assert_int_equal(redis->err, 0);
	redisReply *reply = redisCommand(redis, "HSET %s %s %s", key, field, value);
	assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
	freeReplyObject(reply);
	redisFree(redis);
}

static const char *state_of(const struct page *page, size_t shard)
{
	return json_string_value(json_object_get(
		json_array_get(json_object_get(page->json, "shards"), shard), "state"));
}

static void only_owners_see_it(void **state)
{
	(void)state;
	assert_int_equal(status_of("GET", SHARDS, NULL), 401);
	fixture_log_in(BOB);
	assert_int_equal(status_of("GET", SHARDS, NULL), 403);
	struct page page = get("/api/v1/me");
	assert_true(json_is_false(json_object_get(page.json, "is_owner")));
	page_free(&page);
	fixture_log_in(ALICE);
	test_run_until(&fx.loop, owners_have(fx.api->owners, ALICE));
	assert_int_equal(status_of("GET", SHARDS, NULL), 200);
	page = get("/api/v1/me");
	assert_true(json_is_true(json_object_get(page.json, "is_owner")));
	page_free(&page);
}

static void it_says_what_the_replicas_told(void **state)
{
	(void)state;
	redis_do("fleet:{fleet}", "count", "2");
	redis_do("status:{fleet}", "2.1",
		 "{\"state\":\"live\",\"guilds\":5,\"updated_at\":9000000000000}");
	struct page page = get(SHARDS);
	assert_int_equal(page.status, 200);
	assert_string_equal(state_of(&page, 0), "unassigned");
	assert_string_equal(state_of(&page, 1), "live");
	assert_true(json_is_null(json_object_get(page.json, "next_since")));
	page_free(&page);
}

static void it_says_that_redis_is_away(void **state)
{
	(void)state;
	test_redis_kill(&fx.redis);
	struct page page = get(SHARDS);
	assert_int_equal(page.status, 503);
	assert_string_equal(json_string_value(json_object_get(page.json, "type")),
			    "/problems/redis");
	page_free(&page);
	test_redis_restart(&fx.redis);
	do
		page = get(SHARDS), page_free(&page);
	while (page.status != 200);
}

static void owner_ids_are_a_list(void **state)
{
	(void)state;
	uint64_t *ids;
	size_t count;
	assert_int_equal(owners_parse("", &ids, &count), 0);
	assert_int_equal(count, 0);
	ra_free(ids);
	assert_int_equal(owners_parse(" 12,  34 56,", &ids, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(ids[0] + ids[1] + ids[2], 102);
	ra_free(ids);
	ids = NULL;
	assert_int_equal(owners_parse("12,alice", &ids, &count), RA_EINVAL);
	assert_null(ids);
}

static int open_fixture(void **state)
{
	(void)state;
	fixture_open();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_owners_see_it),
		cmocka_unit_test(it_says_what_the_replicas_told),
		cmocka_unit_test(it_says_that_redis_is_away),
		cmocka_unit_test(owner_ids_are_a_list),
	};
	return cmocka_run_group_tests(tests, open_fixture, fixture_end);
}
