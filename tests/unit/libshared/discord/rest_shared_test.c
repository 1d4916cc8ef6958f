/* rest_shared: two clients with one token and a real Redis between them. */
#include "tests/unit/libshared/discord/fixture.h"
#include "tests/harness/cluster.h"
#include <hiredis/hiredis.h>
#include <signal.h>

#define PINS "GET /channels/{channel.id}/pins"

static const struct answer script[] = {
	SAYS_WITH(200, "first", "via", "test", "x-ratelimit-bucket", "b1", "x-ratelimit-limit", "2",
		  "x-ratelimit-remaining", "0", "x-ratelimit-reset", "1795256130.5",
		  "x-ratelimit-reset-after", "60"),
	SAYS_WITH(429, "{\"retry_after\":600}", "via", "test", "x-ratelimit-scope", "global"),
	SAYS(200, ""),
};

static struct ra_rest *other; /* beside fx.rest */
static bool is_other_closed;

static void open_other(struct ra_rest_options options)
{
	struct ra_err err;
	char *base = ra_format("http://127.0.0.1:%u/api", ra_http_server_port(fx.server));
	options.base_url = base;
	other = ra_rest_open(&fx.loop, &options, &err);
	assert_non_null(other);
	ra_free(base);
	is_other_closed = false;
}

static void close_other(void)
{
	ra_rest_close(other, set_flag, &is_other_closed);
	test_run_until(&fx.loop, is_other_closed);
}

static struct ra_rest_options options_of(const char *redis_url)
{
	return (struct ra_rest_options){ .token = "t0ken", .rate = 10000, .redis_url = redis_url };
}

static void open_two(const char *redis_url)
{
	fixture_open_with(script, RA_COUNT(script), options_of(redis_url));
	open_other(options_of(redis_url));
}

static void close_two(void)
{
	close_other();
	fixture_close();
}

static struct outcome ask_other(struct ra_rest_call call)
{
	struct outcome o = { 0 };
	ra_rest_send(other, &call, on_outcome, &o);
	test_run_until(&fx.loop, o.count == 1);
	return o;
}

/* Every key, and every value that is text, holds no part of the token. */
static void expect_no_token(const struct test_redis *redis)
{
	redisContext *c = redisConnectUnix(redis->socket);
	redisReply *keys = redisCommand(c, "KEYS *");
	assert_int_equal(keys->type, REDIS_REPLY_ARRAY);
	assert_true(keys->elements >= 3);
	for (size_t i = 0; i < keys->elements; i++) {
		redisReply *dump = redisCommand(c, "DUMP %s", keys->element[i]->str);
		assert_int_equal(strncmp(keys->element[i]->str, "rest:{", 6), 0);
		assert_null(strstr(keys->element[i]->str, "t0ken"));
		assert_null(memmem(dump->str, (size_t)dump->len, "t0ken", 5));
		freeReplyObject(dump);
	}
	freeReplyObject(keys);
	redisFree(c);
}

/* What one has used up, the other does not try. */
static void test_one_bucket(void **state)
{
	struct test_redis *redis = *state;
	const struct ra_rest_call call = { .route = PINS, .ids = { 1 }, .deadline_ms = 20000 };
	open_two(redis->url);
	assert_string_equal(ask(call).body, "first");
	/* who starts later learns the route's bucket from Redis */
	close_other();
	open_other(options_of(redis->url));
	struct outcome o = ask_other(call);
	assert_int_equal(o.status, RA_ETIMEOUT);
	assert_in_range(o.retry_after_ms, 30000, 61000);
	assert_int_equal(fx.request_count, 1);
	expect_no_token(redis);
	close_two();
}

static void test_one_global_limit(void **state)
{
	struct test_redis *redis = *state;
	const struct ra_rest_call call = { .route = "GET /users/@me", .deadline_ms = 20000 };
	open_two(redis->url);
	fx.request_count = 1; /* the script's second answer */
	assert_int_equal(ask(call).status, RA_ETIMEOUT);
	struct outcome o = ask_other(
		(struct ra_rest_call){ .route = "GET /gateway/bot", .deadline_ms = 1500 });
	assert_int_equal(o.status, RA_ETIMEOUT);
	assert_int_equal(o.http_status, 0);
	assert_int_equal(fx.request_count, 2);
	close_two();
}

/* Scripts touch keys of one slot only. */
static void test_redis_cluster(void **state)
{
	const struct ra_rest_call call = { .route = PINS, .ids = { 1 }, .deadline_ms = 20000 };
	static struct test_cluster cluster;
	(void)state;
	test_cluster_start(&cluster, NULL);
	open_two(cluster.url);
	assert_string_equal(ask(call).body, "first");
	close_other();
	open_other(options_of(cluster.url));
	assert_int_equal(ask_other(call).status, RA_ETIMEOUT);
	assert_int_equal(fx.request_count, 1);
	close_two();
	test_cluster_stop(&cluster);
}

static void flush(const struct test_redis *redis)
{
	redisContext *c = redisConnectUnix(redis->socket);
	freeReplyObject(redisCommand(c, "FLUSHALL"));
	redisFree(c);
}

/* A Redis that hangs, or is gone, costs a moment and no call. */
static void test_redis_in_trouble(void **state)
{
	struct test_redis *redis = *state;
	const struct ra_rest_call call = { .route = "GET /users/@me", .deadline_ms = 20000 };
	flush(redis);
	open_two(redis->url);
	fx.request_count = 2;
	assert_int_equal(ask(call).status, 0);
	kill(redis->server.pid, SIGSTOP);
	assert_int_equal(ask(call).status, 0);
	kill(redis->server.pid, SIGCONT);
	test_redis_kill(redis);
	assert_int_equal(ask(call).status, 0);
	assert_int_equal(ask_other(call).status, 0);
	test_redis_restart(redis);
	assert_int_equal(ask(call).status, 0);
	close_two();
}

/* Closing while Redis is being asked. */
static void test_closing(void **state)
{
	struct test_redis *redis = *state;
	struct outcome o;
	open_two(redis->url);
	fx.request_count = 2;
	assert_int_equal(ask((struct ra_rest_call){ .route = "GET /users/@me" }).status, 0);
	kill(redis->server.pid, SIGSTOP);
	begin(&o, (struct ra_rest_call){ .route = "GET /users/@me" });
	test_run_for(&fx.loop, 50);
	ra_rest_close(fx.rest, set_flag, &fx.is_rest_closed);
	fx.rest = NULL;
	test_run_until(&fx.loop, fx.is_rest_closed);
	assert_int_equal(o.count, 1);
	assert_int_equal(o.status, RA_ESTOPPED);
	kill(redis->server.pid, SIGCONT);
	close_two();
}

static int setup(void **state)
{
	static struct test_redis redis;
	test_redis_start(&redis, TEST_AOF_OFF, NULL);
	*state = &redis;
	return 0;
}

static int teardown(void **state)
{
	test_redis_stop(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_bucket),    cmocka_unit_test(test_one_global_limit),
		cmocka_unit_test(test_redis_cluster), cmocka_unit_test(test_redis_in_trouble),
		cmocka_unit_test(test_closing),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
