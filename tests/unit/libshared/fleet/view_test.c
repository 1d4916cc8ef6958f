/* view: what replicas wrote into a real Redis, as it is shown. */
#include "libshared/fleet/view.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <stdio.h>

static uv_loop_t loop;
static struct test_redis server;

struct seen {
	int answers, status;
	bool is_up;
	struct ra_fleet_view view; /* its arrays: the first of each below */
	struct ra_shard_status shards[8];
	struct ra_replica_status replicas[2];
	json_t *json;
};

static void on_up(void *ctx)
{
	((struct seen *)ctx)->is_up = true;
}

static const struct ra_redis_ops ops = { .on_up = on_up };

static json_t *number(int64_t ms)
{
	return json_integer(ms);
}

static void on_view(void *ctx, int status, const struct ra_fleet_view *view)
{
	struct seen *seen = ctx;
	seen->answers++;
	seen->status = status;
	if (!view)
		return;
	seen->view = *view;
	assert_in_range(view->shard_count, 0, RA_COUNT(seen->shards));
	for (size_t i = 0; i < view->shard_count; i++)
		seen->shards[i] = view->shards[i];
	for (size_t i = 0; i < view->replica_count; i++)
		seen->replicas[i] = view->replicas[i];
	seen->json = ra_fleet_view_json(view, number);
}

static struct ra_redis *connect_to(struct seen *seen)
{
	struct ra_err err;
	struct ra_redis *redis =
		ra_redis_open(&loop, server.url, RA_FLEET_KEY, NULL, &ops, seen, &err);
	assert_non_null(redis);
	test_run_until(&loop, seen->is_up);
	return redis;
}

static void tell(struct ra_redis *redis, const char *key, const char *field, const char *value)
{
	assert_int_equal(ra_redis_sendf(redis, NULL, NULL, "HSET %s %s %s", key, field, value), 0);
}

static void tell_shard(struct ra_redis *redis, const char *field, int64_t updated_at)
{
	struct ra_shard_status status = {
		.holder = "host-1",
		.state = "live",
		.guilds = 12,
		.events_per_s = 3,
		.live_since = 1,
		.updated_at = updated_at,
	};
	struct ra_buf json = { 0 };
	ra_shard_status_write(&json, &status);
	tell(redis, "status:{fleet}", field, ra_buf_text(&json));
	ra_buf_fini(&json);
}

static void an_empty_redis_is_an_empty_fleet(void **state)
{
	(void)state;
	struct seen seen = { 0 };
	struct ra_redis *redis = connect_to(&seen);
	assert_int_equal(ra_fleet_view_ask(redis, on_view, &seen), 0);
	test_run_until(&loop, seen.answers == 1);
	assert_int_equal(seen.status, 0);
	assert_int_equal(seen.view.count, 0);
	assert_int_equal(seen.view.shard_count, 0);
	assert_true(seen.view.now_ms > 1700000000000);
	json_decref(seen.json);
	ra_redis_close(redis, NULL, NULL);
}

static void every_shard_of_both_plans_has_a_line(void **state)
{
	(void)state;
	struct seen seen = { 0 };
	struct ra_redis *redis = connect_to(&seen);
	tell(redis, "fleet:{fleet}", "count", "2");
	tell(redis, "fleet:{fleet}", "next", "4");
	tell(redis, "fleet:{fleet}", "next_since", "1795258800000");
	tell(redis, "identify:{fleet}", "remaining", "990");
	tell(redis, "identify:{fleet}", "total", "1000");
	tell_shard(redis, "2.0", INT64_MAX / 2);
	tell_shard(redis, "2.1", 1795258800000 - 1000000000000);
	tell_shard(redis, "4.3", INT64_MAX / 2);
	tell_shard(redis, "8.7", INT64_MAX / 2); /* of a plan that is over */
	tell(redis, "status:{fleet}", "4.4", "{}");
	tell(redis, "status:{fleet}", "4.0", "nonsense");
	tell(redis, "status:{fleet}", "replica:host-1",
	     "{\"id\":\"host-1\",\"shards\":3,\"updated_at\":4000000000000}");
	tell(redis, "status:{fleet}", "replica:host-0", "{\"id\":\"host-0\",\"updated_at\":5}");
	assert_int_equal(ra_fleet_view_ask(redis, on_view, &seen), 0);
	test_run_until(&loop, seen.answers == 1);
	assert_int_equal(seen.status, 0);
	static const char *const expected[][2] = {
		{ "0/2", "live" },       { "1/2", "lost" },       { "0/4", "unassigned" },
		{ "1/4", "unassigned" }, { "2/4", "unassigned" }, { "3/4", "live" },
	};
	assert_int_equal(seen.view.shard_count, RA_COUNT(expected));
	for (size_t i = 0; i < RA_COUNT(expected); i++) {
		assert_string_equal(seen.shards[i].shard, expected[i][0]);
		assert_string_equal(seen.shards[i].state, expected[i][1]);
	}
	assert_int_equal(seen.shards[1].live_since, 0);
	assert_int_equal(seen.shards[1].guilds, 12);
	assert_int_equal(seen.view.identify.remaining, 990);
	assert_int_equal(seen.view.replica_count, 1);
	assert_string_equal(seen.replicas[0].id, "host-1");
	assert_int_equal(json_array_size(json_object_get(seen.json, "shards")), 6);
	json_decref(seen.json);
	ra_redis_close(redis, NULL, NULL);
}

static void absurd_plans_are_not_believed(void **state)
{
	(void)state;
	struct seen seen = { 0 };
	struct ra_redis *redis = connect_to(&seen);
	tell(redis, "fleet:{fleet}", "count", "999999999999");
	tell(redis, "fleet:{fleet}", "next", "-4");
	assert_int_equal(ra_fleet_view_ask(redis, on_view, &seen), 0);
	test_run_until(&loop, seen.answers == 1);
	assert_int_equal(seen.view.shard_count, 0);
	json_decref(seen.json);
	assert_int_equal(ra_redis_sendf(redis, NULL, NULL, "SET status:{fleet} text"), 0);
	assert_int_equal(ra_fleet_view_ask(redis, on_view, &seen), 0);
	test_run_until(&loop, seen.answers == 2);
	assert_int_equal(seen.status, RA_EPROTO);
	ra_redis_close(redis, NULL, NULL);
}

static void a_redis_that_goes_away_is_told_once(void **state)
{
	(void)state;
	struct seen seen = { 0 };
	struct ra_redis *redis = connect_to(&seen);
	assert_int_equal(ra_fleet_view_ask(redis, on_view, &seen), 0);
	ra_redis_reset(redis, "test");
	test_run_until(&loop, seen.answers == 1);
	assert_int_equal(seen.status, RA_EDOWN);
	assert_int_equal(ra_fleet_view_ask(redis, on_view, &seen), RA_EDOWN);
	ra_redis_close(redis, NULL, NULL);
	test_loop_close(&loop);
	assert_int_equal(seen.answers, 1);
}

static int open_server(void **state)
{
	(void)state;
	test_redis_start(&server, TEST_AOF_OFF, NULL);
	test_loop_open(&loop);
	return 0;
}

static int close_server(void **state)
{
	(void)state;
	test_redis_stop(&server);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_redis_is_an_empty_fleet),
		cmocka_unit_test(every_shard_of_both_plans_has_a_line),
		cmocka_unit_test(absurd_plans_are_not_believed),
		cmocka_unit_test(a_redis_that_goes_away_is_told_once),
	};
	return cmocka_run_group_tests(tests, open_server, close_server);
}
