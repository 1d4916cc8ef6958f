/* stream: between a real Redis and a real PostgreSQL, when a replica takes over from a master and
 * has not seen all of it. */
#include "services/analytics/stream.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

static struct test_redis redis;
static struct test_pg pg;
static char database_url[160];
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
	test_pg_url(&pg, "rations_analytics", database_url);
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

/* Of shard 0 of so many: each test has a stream of its own. */
static struct ra_reader_conf conf_of(uint32_t shard_count, int64_t batch_entries)
{
	return (struct ra_reader_conf){
		.redis_url = redis.url,
		.database_url = database_url,
		.ops = &stream_ops,
		.shard_count = shard_count,
		.batch_entries = batch_entries,
		.idle_tick_ms = 50,
	};
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
	const struct ra_reader_conf conf = conf_of(1, 1000);
	test_loop_open(&loop);
	struct ra_reader *reader = ra_reader_start(&loop, &conf);
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

	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);
	assert_int_equal(messages(), 12);
	test_loop_close(&loop);
}

/* A message, `seq` seconds after another time, in the stream of shard 0 of 3; its id is `seq`-1. */
static void say(int seq)
{
	command("XADD events:{3.0} %d-1 type message_created session three seq %d at %lld "
		"guild 12582912 message_id %d channel_id 10 user_id 1 length 5",
		seq, seq, 1790000000000LL + 1000LL * seq, 5000 + seq);
}

static long long said(void)
{
	return test_pg_number(&pg, "SELECT sum(messages) FROM analytics.guild_hourly WHERE "
				   "guild_id = 12582912");
}

static bool needs(const char *id)
{
	redisReply *reply = redisCommand(cli, "HGET needs:{3.0} analytics");
	bool is = reply->type == REDIS_REPLY_STRING && strcmp(reply->str, id) == 0;
	freeReplyObject(reply);
	return is;
}

static long long gaps(const char *where)
{
	char *sql = ra_format("SELECT count(*) FROM analytics.coverage_gap WHERE shard_count = 3 "
			      "AND %s",
			      where);
	long long count = test_pg_number(&pg, sql);
	ra_free(sql);
	return count;
}

static void tells_what_it_needs_and_what_it_lost(void **state)
{
	(void)state;
	uv_loop_t loop;
	bool is_stopped = false;
	char why[128];
	const struct ra_reader_conf conf = conf_of(3, 100000);
	test_loop_open(&loop);
	struct ra_reader *reader = ra_reader_start(&loop, &conf);
	for (int seq = 1; seq <= 5; seq++)
		say(seq);
	test_run_until(&loop, needs("1-1"));
	assert_int_equal(said(), 5);

	/* what is trimmed behind it is not lost */
	command("XTRIM events:{3.0} MINID 4-1");
	for (int seq = 6; seq <= 1510; seq++)
		say(seq);
	test_run_until(&loop, said() == 1510);
	test_run_until(&loop, needs("4-1") || needs("1-1"));
	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);
	assert_int_equal(gaps("true"), 0);

	/* what the cap takes while it is away is */
	for (int seq = 1511; seq <= 1540; seq++)
		say(seq);
	command("XTRIM events:{3.0} MAXLEN 10");
	is_stopped = false;
	reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, said() == 1520);
	test_run_until(&loop, needs("1531-1"));
	assert_int_equal(gaps("true"), 1);
	assert_int_equal(gaps("cause = 'stream_cut' AND NOT is_healed AND lost_entries = 20 AND "
			      "started_at = ms_to_ts(1790000000000 + 1510000) AND "
			      "ended_at = ms_to_ts(1790000000000 + 1531000)"),
			 1);

	/* also when nothing at all is left, and the next comes while it waits */
	ra_reader_stop(reader, on_stopped, &is_stopped);
	is_stopped = false;
	test_run_until(&loop, is_stopped);
	say(1601);
	command("XTRIM events:{3.0} MAXLEN 0");
	is_stopped = false;
	reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, ra_reader_is_ready(reader, why));
	say(1602);
	test_run_until(&loop, said() == 1521);
	test_run_until(&loop, gaps("cause = 'stream_cut' AND lost_entries = 1") == 1);

	/* and once told it is not told again */
	command("CLIENT KILL TYPE normal");
	say(1603);
	test_run_until(&loop, said() == 1522);
	is_stopped = false;
	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);
	assert_int_equal(gaps("true"), 2);
	test_loop_close(&loop);
}

static void tell(const char *id, int seq)
{
	command("XADD events:{5.0} %s type message_created session five seq %d at 1790000000000 "
		"guild 20971520 message_id %d channel_id 10 user_id 1 length 5",
		id, seq, 9000 + seq);
}

static long long told(void)
{
	return test_pg_number(&pg, "SELECT sum(messages) FROM analytics.guild_hourly WHERE "
				   "guild_id = 20971520");
}

/* Redis' file was torn within a MULTI, and the next start but one runs it: what it held stands
 * before what was read last, and had not been read. Discord has told it again since. */
static void a_torn_transaction_that_is_run_after_all(void **state)
{
	(void)state;
	uv_loop_t loop;
	bool is_stopped = false;
	const struct ra_reader_conf conf = conf_of(5, 1000);
	test_loop_open(&loop);
	struct ra_reader *reader = ra_reader_start(&loop, &conf);
	tell("1-0", 1);
	tell("3-0", 2);
	test_run_until(&loop, told() == 2);
	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);

	command("DEL events:{5.0}");
	tell("1-0", 1);
	tell("2-0", 3);
	tell("2-1", 4);
	tell("3-0", 2);
	tell("4-0", 3);
	tell("4-1", 4);
	tell("4-2", 5);
	is_stopped = false;
	reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, told() == 5);
	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);
	test_loop_close(&loop);
}

static void fill(int seq)
{
	command("XADD events:{6.0} %d-1 type message_created session six seq %d at %lld "
		"guild 25165824 message_id %d channel_id 10 user_id 1 length 5",
		seq, seq, 1790000000000LL + 1000LL * seq, 7000 + seq);
}

static long long filled(void)
{
	return test_pg_number(&pg, "SELECT sum(messages) FROM analytics.guild_hourly WHERE "
				   "guild_id = 25165824");
}

static bool is_needed(void)
{
	redisReply *reply = redisCommand(cli, "HEXISTS needs:{6.0} analytics");
	bool is = reply->integer == 1;
	freeReplyObject(reply);
	return is;
}

/* Redis has no memory left: it takes no event any more and refuses all transactions. What is in the
 * stream is read all the same, and it is told what may be trimmed. */
static void a_full_redis_is_read_on(void **state)
{
	(void)state;
	uv_loop_t loop;
	bool is_stopped = false;
	const struct ra_reader_conf conf = conf_of(6, 1000);
	for (int seq = 1; seq <= 5; seq++)
		fill(seq);
	command("CONFIG SET maxmemory 1");
	test_loop_open(&loop);
	struct ra_reader *reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, filled() == 5);
	test_run_until(&loop, is_needed());
	command("XTRIM events:{6.0} MINID 5-1");
	command("CONFIG SET maxmemory 0");
	fill(6);
	test_run_until(&loop, filled() == 6);
	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);
	test_loop_close(&loop);
}

static void recall(int seq)
{
	command("XADD events:{9.0} %d-1 type message_created session nine seq %d at %lld "
		"guild 37748736 message_id %d channel_id 10 user_id 1 length 5",
		seq, seq, 1790000000000LL + 1000LL * seq, 8000 + seq);
}

static long long recalled(void)
{
	return test_pg_number(&pg, "SELECT sum(messages) FROM analytics.guild_hourly WHERE "
				   "guild_id = 37748736");
}

static long long restore_gaps(const char *from_to)
{
	char *sql = ra_format("SELECT count(*) FROM analytics.coverage_gap WHERE shard_count = 9 "
			      "AND cause = 'restore' AND NOT is_healed AND %s",
			      from_to);
	long long count = test_pg_number(&pg, sql);
	ra_free(sql);
	return count;
}

/* As a restore does, of a backup from when the third event was the newest. */
static void put_back_to_the_third(void)
{
	test_pg_number(&pg, "UPDATE analytics.position SET entry_id = '3-1', seq = 3, entries = 3, "
			    "event_at = ms_to_ts(1790000003000), restored_at = now() "
			    "WHERE stream = 'events:{9.0}' RETURNING 1");
}

static bool has_session(void)
{
	redisReply *reply = redisCommand(cli, "HEXISTS session:{9.0} session_id");
	bool has = reply->integer == 1;
	freeReplyObject(reply);
	return has;
}

/* What the stream still holds behind the restored position counts; what it does not is said to be
 * missing, and everything is described anew. */
static void reads_on_behind_a_restored_position(void **state)
{
	(void)state;
	uv_loop_t loop;
	bool is_stopped = false;
	const struct ra_reader_conf conf = conf_of(9, 1000);
	test_loop_open(&loop);
	command("HSET session:{9.0} session_id nine seq 10 began_at 5 fence 7");
	for (int seq = 1; seq <= 10; seq++)
		recall(seq);
	struct ra_reader *reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, recalled() == 10);
	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);

	put_back_to_the_third();
	is_stopped = false;
	reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, recalled() == 17);
	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);
	assert_int_equal(restore_gaps("true"), 0);
	assert_true(has_session());
	assert_int_equal(test_pg_number(&pg, "SELECT count(*) FROM analytics.position WHERE "
					     "restored_at IS NOT NULL"),
			 0);

	/* trimmed up to the eighth since the backup */
	put_back_to_the_third();
	command("XTRIM events:{9.0} MINID 8-1");
	is_stopped = false;
	reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, recalled() == 20);
	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);
	assert_int_equal(restore_gaps("started_at = ms_to_ts(1790000003000) AND "
				      "ended_at = ms_to_ts(1790000008000)"),
			 1);
	assert_false(has_session());

	/* another Redis altogether; the session in it is newer than the restore, and stays */
	put_back_to_the_third();
	command("DEL events:{9.0}");
	command("HSET session:{9.0} session_id new seq 1 began_at 99999999999999");
	is_stopped = false;
	reader = ra_reader_start(&loop, &conf);
	recall(30);
	test_run_until(&loop, recalled() == 21);
	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);
	assert_int_equal(restore_gaps("started_at = ms_to_ts(1790000003000) AND "
				      "ended_at = ms_to_ts(1790000030000)"),
			 1);
	assert_true(has_session());
	test_loop_close(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_back_to_what_it_knows),
		cmocka_unit_test(tells_what_it_needs_and_what_it_lost),
		cmocka_unit_test(a_torn_transaction_that_is_run_after_all),
		cmocka_unit_test(a_full_redis_is_read_on),
		cmocka_unit_test(reads_on_behind_a_restored_position),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
