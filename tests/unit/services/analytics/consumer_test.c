/* consumer: between a real Redis and a real PostgreSQL, when a replica takes over from a master and
 * has not seen all of it. */
#include "services/analytics/consumer.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <hiredis/hiredis.h>
#include <stdio.h>

static struct test_redis redis;
static struct test_pg pg;
static redisContext *cli;

static void command(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	redisReply *reply = redisvCommand(cli, fmt, args);
	va_end(args);
	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR)
		fail_msg("%s: %s", fmt, reply->str);
	freeReplyObject(reply);
}

static int start(void **state)
{
	(void)state;
	test_redis_start(&redis, TEST_AOF_OFF, NULL);
	test_pg_start(&pg, false, true);
	cli = redisConnectUnix(redis.socket);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	redisFree(cli);
	test_redis_stop(&redis);
	test_pg_stop(&pg);
	return 0;
}

/* A message, which is event `seq` of the one session, as entry `id`. */
static void publish(const char *id, int seq)
{
	command("XADD events:{1.0} %s type message_created session one seq %d at 1790000000000 "
		"guild 7 message_id %d channel_id 10 user_id 1 length 5",
		id, seq, 1000 + seq);
}

static long long messages(void)
{
	return test_pg_number(&pg, "SELECT sum(messages) FROM analytics.guild_hourly");
}

static void on_stopped(void *ctx)
{
	*(bool *)ctx = true;
}

/* The last two entries that were read are not there, and what Discord told again has lower ids. */
static void lose_a_tail(void)
{
	command("CLIENT KILL TYPE normal");
	command("XDEL events:{1.0} 1000005-0 1000006-0");
	command("XSETID events:{1.0} 1000004-0");
	publish("1000005-1", 5);
	publish("1000005-2", 6);
	publish("1000005-3", 7);
	publish("1000005-4", 8);
}

static void goes_back_to_what_it_knows(void **state)
{
	(void)state;
	uv_loop_t loop;
	bool is_stopped = false;
	char url[160];
	test_pg_url(&pg, "rations_analytics", url);
	const struct consumer_conf conf = {
		.redis_url = redis.url,
		.database_url = url,
		.shard_count = 1,
		.batch_entries = 1000,
		.idle_tick_ms = 100,
	};
	test_loop_open(&loop);
	struct consumer *consumer = consumer_start(&loop, &conf);
	for (int seq = 1; seq <= 6; seq++) {
		char id[24];
		snprintf(id, sizeof(id), "100000%d-0", seq);
		publish(id, seq);
	}
	test_run_until(&loop, messages() == 6);

	lose_a_tail();
	test_run_until(&loop, messages() == 8);

	/* and when the end of the stream is already beyond what was read */
	publish("1000006-0", 9);
	publish("1000007-0", 10);
	test_run_until(&loop, messages() == 10);
	command("CLIENT KILL TYPE normal");
	command("XDEL events:{1.0} 1000006-0 1000007-0");
	command("XSETID events:{1.0} 1000005-4");
	publish("1000006-1", 9);
	publish("1000006-2", 10);
	publish("1000006-3", 11);
	publish("1000008-0", 12);
	test_run_until(&loop, messages() == 12);

	consumer_stop(consumer, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);
	assert_int_equal(messages(), 12);
	test_loop_close(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(goes_back_to_what_it_knows) };
	return cmocka_run_group_tests(tests, start, stop);
}
