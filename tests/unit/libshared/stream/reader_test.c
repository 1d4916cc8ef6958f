/*
 * reader: two services that only count messages, between a real Redis and a
 * real PostgreSQL. What the reader does for a service of many parts is seen in
 * tests/unit/services/analytics/{stream,handover}_test.c.
 */
#include "libshared/stream/reader.h"
#include "libshared/fleet/view.h"
#include "libshared/stream/streams.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <hiredis/hiredis.h>
#include <stdio.h>

static struct test_redis redis;
static struct test_pg pg;
static redisContext *cli;

static long long command(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	redisReply *reply = redisvCommand(cli, fmt, args);
	va_end(args);
	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR)
		fail_msg("%s: %s", fmt, reply->str);
	long long number = reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
	freeReplyObject(reply);
	return number;
}

static long long number(const char *fmt, ...)
{
	char sql[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(sql, sizeof(sql), fmt, args);
	va_end(args);
	return test_pg_number(&pg, sql);
}

/* --- a service ------------------------------------------------------------------ */

/* What a test wants of it, and what it saw. */
struct wishes {
	bool is_troubled;      /* the next write is refused: load anew */
	uint64_t waits_for;    /* nothing is committed before this message; 0: does not wait */
	struct ra_buf calls;   /* owned; in which order, but for runs of the same */
	uint64_t lost_entries; /* told by the last cut */
	int folded, cuts, commits;
};

struct tally {
	struct wishes *wishes; /* borrowed */
	struct ra_reading *reading;
	int64_t messages; /* in the batch */
	uint64_t last;
};

enum { TALLY_LOAD, TALLY_ASK, TALLY_PREPARE, TALLY_REFUSE, TALLY_ADD, TALLY_COUNT };

static void note(struct tally *t, const char *call)
{
	struct ra_buf *calls = &t->wishes->calls;
	size_t len = strlen(call);
	if (calls->len < len || memcmp(calls->ptr + calls->len - len, call, len) != 0)
		ra_buf_add(calls, call, len);
}

static void *open_tally(void *ctx, struct ra_reading *reading)
{
	struct tally *t = ra_new(struct tally);
	*t = (struct tally){ .wishes = ctx, .reading = reading };
	note(t, "open ");
	return t;
}

static void close_tally(void *ctx)
{
	note(ctx, "close ");
	ra_free(ctx);
}

static void forget(void *ctx)
{
	struct tally *t = ctx;
	note(t, "forget ");
	t->messages = 0;
	t->last = 0;
}

static int send_to(struct ra_pg *conn, int stmt)
{
	int rc = ra_pg_send(conn, stmt, NULL, NULL, NULL);
	return rc < 0 ? rc : 1;
}

static int load(void *ctx, struct ra_pg *conn)
{
	note(ctx, "load ");
	return send_to(conn, TALLY_LOAD);
}

static void remember(void *ctx, const struct ra_event *event)
{
	(void)event;
	note(ctx, "remember ");
}

static int look_up(void *ctx, struct ra_pg *conn, const struct ra_entries *entries)
{
	assert_true(entries->count > 0);
	note(ctx, "look_up ");
	return send_to(conn, TALLY_ASK);
}

static void looked_up(void *ctx)
{
	note(ctx, "looked_up ");
}

static void take_event(void *ctx, const struct ra_event *event, bool is_hearsay)
{
	struct tally *t = ctx;
	assert_false(is_hearsay);
	note(t, "event ");
	t->messages += event->type == RA_EV_message_created;
	t->last = event->message_created.message_id;
	t->wishes->folded++;
	t->wishes->cuts += t->reading->is_cut_off;
	if (t->reading->is_cut_off)
		t->wishes->lost_entries = t->reading->lost_entries;
}

static bool is_whole(const void *ctx)
{
	const struct tally *t = ctx;
	return t->last >= t->wishes->waits_for;
}

static int prepare(void *ctx, struct ra_pg *conn)
{
	note(ctx, "prepare ");
	return send_to(conn, TALLY_PREPARE);
}

static void prepared(void *ctx)
{
	note(ctx, "prepared ");
}

static int write_tally(struct tally *t, struct ra_pg *conn, const char *name)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	note(t, "write ");
	ra_pg_text(&p, ra_str_of(name));
	ra_pg_i64(&p, t->messages);
	int rc = ra_pg_send(conn, TALLY_ADD, &p, NULL, NULL);
	if (rc == 0 && t->wishes->is_troubled)
		rc = ra_pg_send(conn, TALLY_REFUSE, NULL, NULL, NULL);
	t->wishes->is_troubled = false;
	ra_arena_fini(&arena);
	return rc;
}

static int write_one(void *ctx, struct ra_pg *conn)
{
	return write_tally(ctx, conn, "one");
}

static int write_other(void *ctx, struct ra_pg *conn)
{
	return write_tally(ctx, conn, "other");
}

static void committed(void *ctx)
{
	struct tally *t = ctx;
	note(t, "committed ");
	t->wishes->commits++;
	t->messages = 0;
}

static const struct ra_pg_stmt stmts[TALLY_COUNT] = {
	[TALLY_LOAD] = { "SELECT 1", 0 },
	[TALLY_ASK] = { "SELECT 2", 0 },
	[TALLY_PREPARE] = { "SELECT 3", 0 },
	[TALLY_REFUSE] = { "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", 0 },
	[TALLY_ADD] = { "UPDATE public.tally SET messages = messages + $2::bigint WHERE name = "
			"$1::text",
			2 },
};

#define TALLY_OPS                                                                                  \
	.stmts = stmts, .stmt_count = TALLY_COUNT, .open = open_tally, .close = close_tally,       \
	.forget = forget, .load = load, .remember = remember, .look_up = look_up,                  \
	.looked_up = looked_up, .event = take_event, .is_whole = is_whole, .prepare = prepare,     \
	.prepared = prepared, .committed = committed

static const struct ra_reader_ops one_ops = { TALLY_OPS, .name = "one", .write = write_one };
static const struct ra_reader_ops other_ops = {
	TALLY_OPS,
	.name = "other",
	.begins_late = true,
	.write = write_other,
};

static long long counted(const char *name)
{
	return number("SELECT messages FROM public.tally WHERE name = '%s'", name);
}

/* --- the servers ------------------------------------------------------------------ */

static int start(void **state)
{
	(void)state;
	test_redis_start(&redis, TEST_AOF_OFF, NULL);
	test_pg_start(&pg, false, true);
	cli = redisConnectUnix(redis.socket);
	number("CREATE SCHEMA one CREATE TABLE position (LIKE analytics.position INCLUDING ALL)");
	number("CREATE SCHEMA other CREATE TABLE position (LIKE analytics.position INCLUDING ALL)");
	number("CREATE TABLE public.tally (name text PRIMARY KEY, messages bigint NOT NULL)");
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

static int begin(void **state)
{
	(void)state;
	command("FLUSHALL");
	number("TRUNCATE one.position, other.position, public.tally");
	number("INSERT INTO public.tally VALUES ('one', 0), ('other', 0)");
	return 0;
}

/* Message `seq` of shard `name`, as entry `seq`-1. */
static void publish(const char *name, int seq)
{
	command("XADD events:{%s} %d-1 type message_created session of-%s seq %d at %lld guild "
		"4194304 message_id %d channel_id 10 user_id 1 length 5",
		name, seq, name, seq, 1790000000000LL + 1000LL * seq, seq);
}

static struct ra_reader_conf conf_of(const struct ra_reader_ops *ops, struct wishes *wishes)
{
	return (struct ra_reader_conf){
		.redis_url = redis.url,
		.database_url = pg.url,
		.ops = ops,
		.shard_count = 1,
		.batch_entries = 1000,
		.idle_tick_ms = 50,
		.ctx = wishes,
	};
}

static void on_stopped(void *ctx)
{
	*(bool *)ctx = true;
}

static void end(uv_loop_t *loop, struct ra_reader *reader)
{
	bool is_stopped = false;
	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(loop, is_stopped);
}

static bool needs(const char *name, const char *id)
{
	redisReply *reply = redisCommand(cli, "HGET needs:{%s} one", name);
	bool is = reply->type == REDIS_REPLY_STRING && strcmp(reply->str, id) == 0;
	freeReplyObject(reply);
	return is;
}

/* --- stories -------------------------------------------------------------------------- */

static void calls_in_the_order_it_says(void **state)
{
	(void)state;
	uv_loop_t loop;
	struct wishes wishes = { 0 };
	const struct ra_reader_conf conf = conf_of(&one_ops, &wishes);
	publish("1.0", 1);
	publish("1.0", 2);
	test_loop_open(&loop);
	struct ra_reader *reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, wishes.commits == 1);
	end(&loop, reader);
	reader = ra_reader_start(&loop, &conf);
	publish("1.0", 3);
	test_run_until(&loop, wishes.commits == 2);
	end(&loop, reader);
	assert_int_equal(counted("one"), 3);
	ra_buf_add(&wishes.calls, "", 1);
	assert_string_equal(wishes.calls.ptr,
			    "open forget load look_up looked_up event prepare prepared write "
			    "committed close "
			    "open forget load remember look_up looked_up event prepare prepared "
			    "write committed close ");
	ra_buf_fini(&wishes.calls);
	test_loop_close(&loop);
}

/* What is refused is read again, and counted once. */
static void loads_anew_when_told_to(void **state)
{
	(void)state;
	uv_loop_t loop;
	struct wishes wishes = { .is_troubled = true };
	const struct ra_reader_conf conf = conf_of(&one_ops, &wishes);
	publish("1.0", 1);
	publish("1.0", 2);
	test_loop_open(&loop);
	struct ra_reader *reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, counted("one") > 0);
	end(&loop, reader);
	assert_int_equal(counted("one"), 2);
	assert_int_equal(wishes.commits, 1);
	ra_buf_fini(&wishes.calls);
	test_loop_close(&loop);
}

static void commits_only_what_is_whole(void **state)
{
	(void)state;
	uv_loop_t loop;
	struct wishes wishes = { .waits_for = 3 };
	struct ra_reader_conf conf = conf_of(&one_ops, &wishes);
	conf.idle_tick_ms = 60000;
	publish("1.0", 1);
	publish("1.0", 2);
	test_loop_open(&loop);
	struct ra_reader *reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, wishes.folded == 2);
	test_run_until(&loop, needs("1.0", "0-0")); /* nobody may trim it meanwhile */
	publish("1.0", 3);
	test_run_until(&loop, wishes.commits > 0);
	assert_int_equal(counted("one"), 3);
	assert_int_equal(wishes.commits, 1);
	end(&loop, reader);
	ra_buf_fini(&wishes.calls);
	test_loop_close(&loop);
}

/* It finds half of the stream trimmed, which was for the other: that is no loss. What leaves after
 * it began is one. */
static void begins_late_and_misses_nothing(void **state)
{
	(void)state;
	uv_loop_t loop;
	struct wishes wishes = { 0 };
	const struct ra_reader_conf conf = conf_of(&other_ops, &wishes);
	for (int seq = 1; seq <= 10; seq++)
		publish("1.0", seq);
	command("XTRIM events:{1.0} MINID 6-1");
	test_loop_open(&loop);
	struct ra_reader *reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, counted("other") == 5);
	test_run_until(&loop, command("HEXISTS needs:{1.0} other"));
	assert_int_equal(wishes.cuts, 0);
	end(&loop, reader);

	for (int seq = 11; seq <= 20; seq++)
		publish("1.0", seq);
	command("XTRIM events:{1.0} MINID 15-1");
	reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, counted("other") == 11);
	assert_int_equal(wishes.cuts, 1);
	assert_int_equal(wishes.lost_entries, 4);
	end(&loop, reader);
	ra_buf_fini(&wishes.calls);
	test_loop_close(&loop);
}

/* --- two services, and shards that were given up ------------------------------------------ */

static struct ra_streams *start_streams(uv_loop_t *loop, const struct ra_reader_ops *ops,
					struct wishes *wishes)
{
	const struct ra_streams_conf conf = {
		.redis_url = redis.url,
		.database_url = pg.url,
		.ops = ops,
		.batch_entries = 1000,
		.discover_ms = 50,
		.ctx = wishes,
	};
	return ra_streams_start(loop, &conf);
}

static long long positions(const char *name)
{
	return number("SELECT count(*) FROM %s.position WHERE stream LIKE 'events:{2.%%'", name);
}

static bool is_dropped(void)
{
	return command("EXISTS events:{2.0} events:{2.1} session:{2.0} needs:{2.0}") == 0 &&
	       command("SCARD shards") == 1;
}

static void the_last_reader_drops_a_stream(void **state)
{
	(void)state;
	uv_loop_t loop;
	struct wishes wishes = { 0 };
	command("SADD shards 2.0 2.1 1.0");
	command("HSET " RA_FLEET_KEY " count 1 next 0");
	for (int shard = 0; shard < 2; shard++) {
		char name[16];
		snprintf(name, sizeof(name), "2.%d", shard);
		publish(name, 1);
		publish(name, 2);
		command("HSET session:{%s} retired 2-1", name);
		command("HSET needs:{%s} other 0-0", name); /* it has begun, and is away */
	}
	publish("1.0", 900000); /* long after */
	test_loop_open(&loop);
	struct ra_streams *one = start_streams(&loop, &one_ops, &wishes);
	test_run_until(&loop, counted("one") == 5);
	test_run_until(&loop, command("HEXISTS needs:{2.0} one") == 0);
	test_run_until(&loop, command("HEXISTS needs:{2.1} one") == 0);
	assert_int_equal(command("EXISTS events:{2.0} events:{2.1} needs:{2.0}"), 3);
	assert_int_equal(positions("one"), 2);

	struct ra_streams *other = start_streams(&loop, &other_ops, &wishes);
	test_run_until(&loop, is_dropped());
	test_run_until(&loop, positions("one") == 0 && positions("other") == 0);
	assert_int_equal(counted("one"), 5);
	assert_int_equal(counted("other"), 5);
	ra_streams_stop(one);
	ra_streams_stop(other);
	uv_run(&loop, UV_RUN_DEFAULT);
	ra_streams_free(&one);
	ra_streams_free(&other);
	ra_buf_fini(&wishes.calls);
	test_loop_close(&loop);
}

/* The new plan's stream has to wait until the old one's is over: whoever reads it already must not
 * have it trimmed. */
static void what_has_to_wait_is_kept(void **state)
{
	(void)state;
	uv_loop_t loop;
	struct wishes wishes = { 0 };
	command("SADD shards 2.0 1.0");
	command("HSET " RA_FLEET_KEY " count 1 next 0");
	command("XADD events:{2.0} * type message_created session old seq 1 at 1790000000000 "
		"guild 4194304 message_id 1");
	publish("1.0", 900000);
	test_loop_open(&loop);
	struct ra_streams *one = start_streams(&loop, &one_ops, &wishes);
	test_run_until(&loop, counted("one") == 1);
	test_run_until(&loop, needs("1.0", "0-0"));
	assert_int_equal(number("SELECT count(*) FROM one.position WHERE stream = 'events:{1.0}'"),
			 0);
	command("HSET session:{2.0} retired 1-1");
	test_run_until(&loop, counted("one") == 2);
	ra_streams_stop(one);
	uv_run(&loop, UV_RUN_DEFAULT);
	ra_streams_free(&one);
	ra_buf_fini(&wishes.calls);
	test_loop_close(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(calls_in_the_order_it_says, begin),
		cmocka_unit_test_setup(loads_anew_when_told_to, begin),
		cmocka_unit_test_setup(commits_only_what_is_whole, begin),
		cmocka_unit_test_setup(begins_late_and_misses_nothing, begin),
		cmocka_unit_test_setup(the_last_reader_drops_a_stream, begin),
		cmocka_unit_test_setup(what_has_to_wait_is_kept, begin),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
