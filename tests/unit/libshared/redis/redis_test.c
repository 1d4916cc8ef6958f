/* redis: against a real server, through everything that may happen to it. */
#include "libshared/redis/redis.h"
#include "libshared/redis/url.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <signal.h>
#include <stdio.h>

static uv_loop_t loop;
static struct test_redis server;

/* What a connection told us. */
struct seen {
	struct ra_redis *redis;
	int ups, downs, closes;
	int replies, nulls, errors;
	long long last; /* integer reply */
	bool is_out_of_order;
	char text[64];  /* string or error reply */
	char order[16]; /* "n" for a NULL reply, "d" for on_down */
};

static void note(struct seen *seen, char what)
{
	size_t len = strlen(seen->order);
	if (len + 1 < sizeof(seen->order))
		seen->order[len] = what;
}

static void on_up(void *ctx)
{
	((struct seen *)ctx)->ups++;
}

static void on_down(void *ctx, const char *why)
{
	struct seen *seen = ctx;
	assert_true(*why);
	assert_false(ra_redis_is_up(seen->redis));
	seen->downs++;
	note(seen, 'd');
}

static void on_closed(void *ctx)
{
	((struct seen *)ctx)->closes++;
}

static const struct ra_redis_ops ops = { .on_up = on_up, .on_down = on_down };

static void on_reply(void *ctx, const redisReply *reply)
{
	struct seen *seen = ctx;
	seen->replies++;
	if (!reply) {
		seen->nulls++;
		note(seen, 'n');
		assert_int_equal(ra_redis_sendf(seen->redis, NULL, NULL, "PING"), RA_EDOWN);
		return;
	}
	seen->errors += reply->type == REDIS_REPLY_ERROR;
	if (reply->type == REDIS_REPLY_INTEGER) {
		seen->is_out_of_order |= reply->integer != seen->last + 1;
		seen->last = reply->integer;
	} else if (reply->str) {
		snprintf(seen->text, sizeof(seen->text), "%s", reply->str);
	}
}

static void open_url(struct seen *seen, const char *url)
{
	struct ra_err err;
	*seen = (struct seen){ 0 };
	seen->redis = ra_redis_open(&loop, url, "key", NULL, &ops, seen, &err);
	assert_non_null(seen->redis);
}

static void open_up(struct seen *seen)
{
	open_url(seen, server.url);
	test_run_until(&loop, seen->ups == 1);
}

static void close_all(struct seen *seen)
{
	ra_redis_close(seen->redis, on_closed, seen);
	test_run_until(&loop, seen->closes == 1);
	test_loop_close(&loop);
}

/* A command on another connection, blocking. */
static void command(const char *text)
{
	redisContext *c = redisConnectUnix(server.socket);
	assert_int_equal(c->err, 0);
	redisReply *reply = redisCommand(c, text);
	assert_non_null(reply);
	assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
	freeReplyObject(reply);
	redisFree(c);
}

static int start_server(void **state)
{
	(void)state;
	test_redis_start(&server, TEST_AOF_OFF, NULL);
	return 0;
}

static int stop_server(void **state)
{
	(void)state;
	test_redis_stop(&server);
	return 0;
}

static int open_loop(void **state)
{
	(void)state;
	test_loop_open(&loop);
	return 0;
}

static void replies_come_in_order(void **state)
{
	(void)state;
	struct seen seen;
	struct ra_buf resp = { 0 };
	const struct ra_str words[] = { RA_STR("INCR"), RA_STR("n") };

	open_up(&seen);
	assert_int_equal(ra_redis_send(seen.redis, NULL, NULL, 2,
				       (struct ra_str[]){ RA_STR("DEL"), RA_STR("n") }),
			 0);
	ra_resp_command(&resp, 2);
	ra_resp_word(&resp, words[0]);
	ra_resp_word(&resp, words[1]);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(ra_redis_send(seen.redis, on_reply, &seen, 2, words), 0);
		assert_int_equal(
			ra_redis_sendf(seen.redis, on_reply, &seen, "INCR %b", "n", (size_t)1), 0);
		assert_int_equal(ra_redis_send_resp(seen.redis, on_reply, &seen, ra_buf_str(&resp)),
				 0);
	}
	assert_int_equal(seen.replies, 0);
	test_run_until(&loop, seen.replies == 3000);
	assert_int_equal(seen.last, 3000);
	assert_false(seen.is_out_of_order);
	ra_buf_fini(&resp);
	close_all(&seen);
}

static void resp_is_exact(void **state)
{
	(void)state;
	struct ra_buf resp = { 0 };
	ra_resp_command(&resp, 6);
	ra_resp_word(&resp, (struct ra_str){ "a\0\r\n", 4 });
	ra_resp_word(&resp, RA_STR(""));
	ra_resp_u64(&resp, UINT64_MAX);
	ra_resp_i64(&resp, INT64_MIN);
	ra_resp_i64(&resp, -1);
	ra_resp_i64(&resp, 0);
	static const char expected[] =
		"*6\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n$20\r\n18446744073709551615\r\n"
		"$20\r\n-9223372036854775808\r\n$2\r\n-1\r\n$1\r\n0\r\n";
	assert_int_equal(resp.len, sizeof(expected) - 1);
	assert_memory_equal(resp.ptr, expected, resp.len);
	ra_buf_fini(&resp);
}

static void refuses_while_down(void **state)
{
	(void)state;
	struct seen seen;
	open_url(&seen, server.url);
	assert_false(ra_redis_is_up(seen.redis));
	assert_true(*ra_redis_trouble(seen.redis));
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "PING"), RA_EDOWN);
	test_run_until(&loop, seen.ups == 1);
	assert_string_equal(ra_redis_trouble(seen.redis), "");
	assert_int_equal(seen.replies, 0);
	close_all(&seen);
}

static void error_reply_is_a_reply(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "NONSENSE"), 0);
	test_run_until(&loop, seen.replies == 1);
	assert_int_equal(seen.errors, 1);
	assert_true(ra_redis_is_up(seen.redis));
	close_all(&seen);
}

static void comes_back_after_kill(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "BLPOP nothing 0"), 0);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "PING"), 0);
	test_redis_kill(&server);
	test_run_until(&loop, seen.downs == 1);
	assert_string_equal(seen.order, "nnd");
	test_redis_restart(&server);
	test_run_until(&loop, seen.ups == 2);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "PING"), 0);
	test_run_until(&loop, seen.replies == 3);
	assert_string_equal(seen.text, "PONG");
	assert_int_equal(seen.downs, 1);
	close_all(&seen);
}

static void reset_reconnects(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "BLPOP nothing 0"), 0);
	ra_redis_reset(seen.redis, "no sense");
	assert_int_equal(seen.replies, 0); /* nothing comes inside the call */
	assert_false(ra_redis_is_up(seen.redis));
	test_run_until(&loop, seen.ups == 2);
	assert_string_equal(seen.order, "nd");
	close_all(&seen);
}

static void close_answers_with_null(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "BLPOP nothing 0"), 0);
	close_all(&seen);
	assert_string_equal(seen.order, "n");
	assert_int_equal(seen.downs, 0);
}

static void on_reply_close(void *ctx, const redisReply *reply)
{
	struct seen *seen = ctx;
	seen->replies++;
	assert_non_null(reply);
	ra_redis_close(seen->redis, on_closed, seen);
}

static void close_inside_a_reply(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply_close, &seen, "PING"), 0);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "PING"), 0);
	test_run_until(&loop, seen.closes == 1);
	assert_int_equal(seen.replies, 2);
	assert_int_equal(seen.nulls, 1);
	test_loop_close(&loop);
}

static void close_at_once(void **state)
{
	(void)state;
	const char *urls[] = { server.url, "redis://localhost:1", "redis://no-such-host.invalid",
			       "unix:///no/such" };
	for (size_t i = 0; i < RA_COUNT(urls); i++) {
		struct seen seen;
		open_url(&seen, urls[i]);
		uv_run(&loop, UV_RUN_NOWAIT);
		ra_redis_close(seen.redis, on_closed, &seen);
		test_run_until(&loop, seen.closes == 1);
		assert_int_equal(seen.ups + seen.downs, 0);
	}
	test_loop_close(&loop);
}

/* A name may have a dead address as well: Debian's localhost is ::1, too. */
static void connects_by_name_and_selects(void **state)
{
	(void)state;
	struct seen seen;
	char by_name[64], by_path[200];
	snprintf(by_name, sizeof(by_name), "redis://localhost:%u/3", server.server.port);
	snprintf(by_path, sizeof(by_path), "%s?db=3", server.url);

	open_url(&seen, by_name);
	test_run_until(&loop, seen.ups == 1);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "SET here yes"), 0);
	test_run_until(&loop, seen.replies == 1);
	ra_redis_close(seen.redis, NULL, NULL);

	open_url(&seen, by_path);
	test_run_until(&loop, seen.ups == 1);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "GET here"), 0);
	test_run_until(&loop, seen.replies == 1);
	assert_string_equal(seen.text, "yes");
	close_all(&seen);
}

static void what_is_wrong_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *url, *trouble;
	} cases[] = {
		{ "redis://127.0.0.1:1", "Connection refused" },
		{ "redis://no-such-host.invalid", "unknown node or service" },
		{ "unix:///no/such/socket", "No such file" },
	};
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		struct seen seen;
		open_url(&seen, cases[i].url);
		test_run_until(&loop, strstr(ra_redis_trouble(seen.redis), cases[i].trouble));
		ra_redis_close(seen.redis, on_closed, &seen);
		test_run_until(&loop, seen.closes == 1);
		assert_int_equal(seen.ups + seen.downs, 0);
	}
	test_loop_close(&loop);
}

/* A replica that lost its master answers PING with an error: not up until it recovers. */
static void stays_down_until_pong(void **state)
{
	(void)state;
	struct seen seen;
	command("CONFIG SET replica-serve-stale-data no");
	command("REPLICAOF 127.0.0.1 1");
	open_url(&seen, server.url);
	test_run_until(&loop, strstr(ra_redis_trouble(seen.redis), "MASTERDOWN"));
	assert_int_equal(seen.ups, 0);
	command("REPLICAOF NO ONE");
	test_run_until(&loop, seen.ups == 1);
	assert_int_equal(seen.downs, 0);
	close_all(&seen);
}

/* After a failover the name may lead to another server, so the connection is given up. */
static void leaves_a_read_only_server(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	command("CONFIG SET replica-serve-stale-data yes");
	command("REPLICAOF 127.0.0.1 1");
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "SET a b"), 0);
	test_run_until(&loop, seen.downs == 1);
	assert_string_equal(seen.order, "nd"); /* no answer, and the reason with on_down */
	assert_non_null(strstr(ra_redis_trouble(seen.redis), "READONLY"));
	command("REPLICAOF NO ONE");
	test_run_until(&loop, seen.ups >= 2);
	close_all(&seen);
}

/* A stopped process still accepts: only the watchdog sees it. */
static void gives_up_on_a_silent_server(void **state)
{
	(void)state;
	struct seen seen;
	kill(server.server.pid, SIGSTOP);
	open_url(&seen, server.url);
	test_run_until(&loop, strstr(ra_redis_trouble(seen.redis), "no answer"));
	kill(server.server.pid, SIGCONT);
	test_run_until(&loop, seen.ups == 1);

	/* nor does it close what is open */
	kill(server.server.pid, SIGSTOP);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "PING"), 0);
	test_run_until(&loop, seen.downs == 1);
	assert_string_equal(seen.order, "nd");
	kill(server.server.pid, SIGCONT);
	test_run_until(&loop, seen.ups == 2);
	close_all(&seen);
}

static void logs_in(void **state)
{
	(void)state;
	struct test_redis locked;
	struct seen seen;
	char url[256];
	test_redis_start(&locked, TEST_AOF_OFF, "s3cret");

	snprintf(url, sizeof(url), "unix://:wrong@%s", locked.socket);
	open_url(&seen, url);
	test_run_until(&loop, strstr(ra_redis_trouble(seen.redis), "WRONGPASS"));
	ra_redis_close(seen.redis, NULL, NULL);

	snprintf(url, sizeof(url), "unix://%s", locked.socket);
	open_url(&seen, url);
	test_run_until(&loop, strstr(ra_redis_trouble(seen.redis), "NOAUTH"));
	ra_redis_close(seen.redis, NULL, NULL);
	assert_int_equal(seen.ups + seen.downs, 0);

	open_url(&seen, locked.url);
	test_run_until(&loop, seen.ups == 1);
	ra_redis_close(seen.redis, NULL, NULL);

	snprintf(url, sizeof(url), "redis://default:s3%%63ret@127.0.0.1:%u", locked.server.port);
	open_url(&seen, url);
	test_run_until(&loop, seen.ups == 1);
	close_all(&seen);
	test_redis_stop(&locked);
}

static void urls_are_read(void **state)
{
	(void)state;
	struct redis_url url;
	struct ra_err err;

	assert_int_equal(redis_url_parse(&url, "redis://me:p%40ss%3a@[::1]:7000/5", &err), 0);
	assert_string_equal(url.user, "me");
	assert_string_equal(url.password, "p@ss:");
	assert_int_equal(url.seed_count, 1);
	assert_string_equal(url.seeds[0].host, "::1");
	assert_int_equal(url.seeds[0].port, 7000);
	assert_int_equal(url.db, 5);
	redis_url_fini(&url);

	assert_int_equal(redis_url_parse(&url, "redis://cache/", &err), 0);
	assert_null(url.user);
	assert_null(url.password);
	assert_string_equal(url.seeds[0].host, "cache");
	assert_int_equal(url.seeds[0].port, 6379);
	redis_url_fini(&url);

	assert_int_equal(redis_url_parse(&url, "redis://:pw@10.0.0.1:7000,b,[::1]:7002", &err), 0);
	assert_string_equal(url.password, "pw");
	assert_int_equal(url.seed_count, 3);
	assert_string_equal(url.seeds[0].host, "10.0.0.1");
	assert_int_equal(url.seeds[0].port, 7000);
	assert_string_equal(url.seeds[1].host, "b");
	assert_int_equal(url.seeds[1].port, 6379);
	assert_string_equal(url.seeds[2].host, "::1");
	assert_int_equal(url.seeds[2].port, 7002);
	redis_url_fini(&url);

	assert_int_equal(redis_url_parse(&url, "unix:///run/a%20b?db=2", &err), 0);
	assert_string_equal(url.seeds[0].host, "/run/a b");
	assert_int_equal(url.seeds[0].port, 0);
	assert_int_equal(url.db, 2);
	redis_url_fini(&url);
}

static void malformed_urls_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"redis",
		"redis://",
		"redis:///3",
		"http://a",
		"redis://a:0",
		"redis://a:65536",
		"redis://a:b",
		"redis://a/x",
		"redis://a/-1",
		"redis://hunter2@a",
		"redis://hunter2:@a",
		"redis://:hunter2%4@a",
		"redis://:hunter2%00@a",
		"redis://[::1",
		"redis://[::1]x",
		"redis://a,",
		"redis://,a",
		"redis://a,b:x",
		"redis://a/1,b",
		"redis://a,redis://b",
		"unix://",
		"unix://relative",
		"unix:///a?db=",
		"unix:///a?database=1",
		"rediss://:hunter2@a",
	};
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		struct ra_err err = { 0 };
		if (ra_redis_open(&loop, bad[i], NULL, NULL, &ops, NULL, &err))
			fail_msg("taken for a URL: %s", bad[i]);
		assert_int_equal(err.code, RA_EINVAL);
		assert_true(*err.msg && *err.hint);
		assert_null(strstr(err.msg, "hunter2"));
	}
	test_loop_close(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_read),
		cmocka_unit_test_setup(malformed_urls_are_refused, open_loop),
		cmocka_unit_test(resp_is_exact),
		cmocka_unit_test_setup(replies_come_in_order, open_loop),
		cmocka_unit_test_setup(refuses_while_down, open_loop),
		cmocka_unit_test_setup(error_reply_is_a_reply, open_loop),
		cmocka_unit_test_setup(comes_back_after_kill, open_loop),
		cmocka_unit_test_setup(reset_reconnects, open_loop),
		cmocka_unit_test_setup(close_answers_with_null, open_loop),
		cmocka_unit_test_setup(close_inside_a_reply, open_loop),
		cmocka_unit_test_setup(close_at_once, open_loop),
		cmocka_unit_test_setup(connects_by_name_and_selects, open_loop),
		cmocka_unit_test_setup(what_is_wrong_is_told, open_loop),
		cmocka_unit_test_setup(stays_down_until_pong, open_loop),
		cmocka_unit_test_setup(leaves_a_read_only_server, open_loop),
		cmocka_unit_test_setup(gives_up_on_a_silent_server, open_loop),
		cmocka_unit_test_setup(logs_in, open_loop),
	};
	return cmocka_run_group_tests(tests, start_server, stop_server);
}
