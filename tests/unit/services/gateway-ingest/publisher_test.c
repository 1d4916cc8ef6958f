/* publisher: against a real Redis, which is killed, frozen, emptied, filled and turned back under
 * it. */
#include "services/gateway-ingest/publisher.h"
#include "libshared/redis/redis.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdlib.h>

#define STREAM  "events:{1.0}"
#define SESSION "session:{1.0}"

struct fixture {
	uv_loop_t loop;
	struct test_redis redis;
	redisContext *sync; /* our own look at it */
	struct publisher *publisher;
	unsigned loaded, rewound, landed, lost;
	bool is_full, is_closed;
};

static void on_loaded(void *ctx)
{
	((struct fixture *)ctx)->loaded++;
}

static void on_rewound(void *ctx)
{
	((struct fixture *)ctx)->rewound++;
}

static void on_pressure(void *ctx, bool is_full)
{
	((struct fixture *)ctx)->is_full = is_full;
}

static void on_landed(void *ctx)
{
	((struct fixture *)ctx)->landed++;
}

static void on_lost(void *ctx)
{
	((struct fixture *)ctx)->lost++;
}

static const struct publisher_ops ops = { on_loaded, on_rewound, on_landed, on_lost, on_pressure };

static void start(struct fixture *f, int64_t max_entries)
{
	struct ra_err err;
	f->loaded = 0;
	f->publisher = publisher_start(&f->loop,
				       &(struct publisher_options){ .redis_url = f->redis.url,
								    .shards = 1,
								    .max_entries = max_entries },
				       &ops, NULL, f, &err);
	assert_non_null(f->publisher);
	test_run_until(&f->loop, f->loaded == 1);
}

static void on_closed(void *ctx)
{
	((struct fixture *)ctx)->is_closed = true;
}

static void stop(struct fixture *f)
{
	f->is_closed = false;
	publisher_stop(f->publisher, on_closed, f);
	test_run_until(&f->loop, f->is_closed);
	f->publisher = NULL;
}

static void look(struct fixture *f)
{
	if (f->sync)
		redisFree(f->sync);
	f->sync = redisConnectUnix(f->redis.socket);
	assert_int_equal(f->sync->err, 0);
}

static long long number(struct fixture *f, const char *command)
{
	redisReply *reply = redisCommand(f->sync, command);
	assert_non_null(reply);
	assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
	long long value =
		reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10) : reply->integer;
	freeReplyObject(reply);
	return value;
}

#define stored_seq(f) number((f), "HGET " SESSION " seq")
#define stored(f)     number((f), "XLEN " STREAM)

static int setup_with(void **state, enum test_aof aof, int64_t max_entries)
{
	struct fixture *f = ra_new(struct fixture);
	test_loop_open(&f->loop);
	test_redis_start(&f->redis, aof, NULL);
	look(f);
	start(f, max_entries);
	*state = f;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, TEST_AOF_OFF, 1000000);
}

static int setup_durable(void **state)
{
	return setup_with(state, TEST_AOF_ALWAYS, 1000000);
}

static int setup_small(void **state)
{
	return setup_with(state, TEST_AOF_OFF, 1000);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	stop(f);
	redisFree(f->sync);
	test_redis_stop(&f->redis);
	test_loop_close(&f->loop);
	ra_free(f);
	return 0;
}

/* A dispatch of `events` deletions. */
static void dispatch(struct fixture *f, uint64_t seq, unsigned events)
{
	publisher_begin(f->publisher, seq);
	for (unsigned i = 0; i < events; i++)
		publisher_add(
			f->publisher,
			&(struct ra_event){ .type = RA_EV_message_deleted,
					    .guild = 7,
					    .at = 1795224004741,
					    .message_deleted = { .message_id = seq * 100 + i } });
	publisher_end(f->publisher, true);
}

static void begin_session(struct fixture *f, const char *id)
{
	publisher_begin(f->publisher, 1);
	publisher_enter_session(f->publisher, ra_str_of(id), RA_STR("ws://resume"));
	publisher_add(f->publisher, &(struct ra_event){ .type = RA_EV_shard_ready,
							.shard_ready = { .guilds = 2 } });
	publisher_end(f->publisher, true);
	test_run_until(&f->loop, stored_seq(f) == 1);
}

/* Every entry of the session in order: seq from `first`, `parts` each. */
static void check_stream(struct fixture *f, uint64_t first, uint64_t last, uint64_t parts)
{
	redisReply *entries = redisCommand(f->sync, "XRANGE " STREAM " - +");
	assert_int_equal(entries->elements, (last - first + 1) * parts);
	for (size_t i = 0; i < entries->elements; i++) {
		const redisReply *fields = entries->element[i]->element[1];
		struct ra_str words[40];
		struct ra_event event;
		for (size_t n = 0; n < fields->elements; n++)
			words[n] = ra_reply_str(fields->element[n]);
		assert_int_equal(ra_event_decode(&event, words, fields->elements, NULL), 0);
		assert_true(ra_str_is(event.session, "abc"));
		assert_int_equal(event.seq, first + i / parts);
		assert_int_equal(event.part, i % parts);
	}
	freeReplyObject(entries);
}

static void test_events_and_session_together(void **state)
{
	struct fixture *f = *state;
	assert_false(session_exists(publisher_session(f->publisher)));
	begin_session(f, "abc");
	dispatch(f, 2, 3);
	publisher_alive(f->publisher, 1795224004741);
	test_run_until(&f->loop, stored_seq(f) == 2 && f->landed == 2);
	assert_int_equal(stored(f), 4);
	assert_int_equal(number(f, "HGET " SESSION " parts"), 3);
	assert_int_equal(number(f, "HGET " SESSION " alive_at"), 1795224004741);
	/* parts go on under a number that comes again */
	dispatch(f, 2, 1);
	test_run_until(&f->loop, number(f, "HGET " SESSION " parts") == 4);
}

static void test_next_process_finds_the_session(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	dispatch(f, 9, 2);
	stop(f); /* with all of it still in the buffer */
	start(f, 1000000);
	const struct session *s = publisher_session(f->publisher);
	assert_string_equal(s->id, "abc");
	assert_string_equal(s->resume_url, "ws://resume");
	assert_int_equal(s->seq, 9);
	assert_int_equal(s->parts, 2);
	assert_int_equal(stored(f), 3);
}

static void test_malformed_dispatch_uses_its_number_only(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	publisher_begin(f->publisher, 2);
	publisher_add(f->publisher, &(struct ra_event){ .type = RA_EV_ban_added });
	publisher_end(f->publisher, false);
	publisher_touch(f->publisher);
	test_run_until(&f->loop, stored_seq(f) == 2);
	assert_int_equal(stored(f), 1);
	assert_int_equal(number(f, "HGET " SESSION " parts"), 0);
}

static void test_eventless_numbers_ride_along(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	dispatch(f, 2, 0);
	test_run_for(&f->loop, 30);
	assert_int_equal(stored_seq(f), 1); /* not worth a flight of its own */
	dispatch(f, 3, 1);
	test_run_until(&f->loop, stored_seq(f) == 3);
	dispatch(f, 4, 0);
	publisher_touch(f->publisher); /* the heartbeat */
	test_run_until(&f->loop, stored_seq(f) == 4);
	assert_int_equal(stored(f), 2);
}

/* Killed again and again while events flow; each event must be there once. */
static void test_killed_redis_loses_nothing(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	number(f, "DEL " STREAM);
	uint64_t seq = 1;
	for (int round = 0; round < 5; round++) {
		for (int burst = 0; burst < 50; burst++) {
			for (int i = 0; i < 20; i++)
				dispatch(f, ++seq, 3);
			uv_run(&f->loop, UV_RUN_NOWAIT);
			if (burst == 10 + round * 7)
				test_redis_kill(&f->redis);
		}
		test_redis_restart(&f->redis);
		look(f);
		test_run_until(&f->loop, stored_seq(f) == (long long)seq);
	}
	check_stream(f, 2, seq, 3);
	assert_int_equal(f->rewound, 0); /* it lost nothing, so nothing had to be asked for again */
}

/* With everything else Redis has forgotten who holds the shard. */
static void test_emptied_redis_means_to_begin_anew(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	dispatch(f, 2, 1);
	test_run_until(&f->loop, stored_seq(f) == 2);
	test_redis_kill(&f->redis);
	test_redis_restart(&f->redis); /* without AOF: nothing left */
	look(f);
	test_run_until(&f->loop, f->lost == 1);
	stop(f);
	start(f, 1000000);
	assert_false(session_exists(publisher_session(f->publisher)));
	begin_session(f, "def");
	assert_int_equal(stored(f), 1);
}

/* As after a crash with a lazy disk: what Redis holds is older than what it had acknowledged. */
static void test_turned_back_redis_is_the_truth(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	for (uint64_t seq = 2; seq < 10; seq++)
		dispatch(f, seq, 1);
	test_run_until(&f->loop, stored_seq(f) == 9);
	number(f, "HSET " SESSION " seq 5 parts 1");
	number(f, "CLIENT KILL TYPE normal SKIPME yes");
	dispatch(f, 10, 1); /* waits while the connection is away, and goes down with the rest */
	test_run_until(&f->loop, f->rewound == 1);
	assert_int_equal(publisher_session(f->publisher)->seq, 5);
	assert_string_equal(publisher_session(f->publisher)->id, "abc");
	long long before = stored(f);
	dispatch(f, 6, 1);
	test_run_until(&f->loop, stored_seq(f) == 6);
	assert_int_equal(stored(f), before + 1);
}

/* How often the publisher has asked Redis what it holds. */
static long long times_loaded(struct fixture *f)
{
	redisReply *reply = redisCommand(f->sync, "INFO commandstats");
	const char *line = strstr(reply->str, "cmdstat_hmget:calls=");
	long long times = line ? strtoll(strchr(line, '=') + 1, NULL, 10) : 0;
	freeReplyObject(reply);
	return times;
}

/* Something else wrote the session after we had read it: the first flight comes to nothing. */
static void test_late_command_of_a_lost_connection(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	number(f, "CLIENT KILL TYPE normal SKIPME yes");
	test_run_until(&f->loop, times_loaded(f) == 2);
	number(f, "HSET " SESSION " seq 3 parts 0");
	uv_run(&f->loop, UV_RUN_NOWAIT); /* the answer, from before that */
	assert_int_equal(f->rewound, 0);
	dispatch(f, 2, 1);
	test_run_until(&f->loop, f->rewound == 1);
	assert_int_equal(publisher_session(f->publisher)->seq, 3);
	assert_int_equal(stored(f), 1);
}

/* Another process that takes the shard. */
struct rival {
	struct publisher *publisher;
	bool is_loaded, is_lost, is_closed;
};

static void on_rival_loaded(void *ctx)
{
	((struct rival *)ctx)->is_loaded = true;
}

static void on_rival_lost(void *ctx)
{
	((struct rival *)ctx)->is_lost = true;
}

static void on_rival_closed(void *ctx)
{
	((struct rival *)ctx)->is_closed = true;
}

static void on_nothing(void *ctx)
{
	(void)ctx;
}

static void on_no_pressure(void *ctx, bool is_full)
{
	(void)ctx, (void)is_full;
}

static void rival_start(struct fixture *f, struct rival *r)
{
	static const struct publisher_ops rival_ops = { on_rival_loaded, on_nothing, on_nothing,
							on_rival_lost, on_no_pressure };
	struct ra_err err;
	*r = (struct rival){ 0 };
	r->publisher = publisher_start(&f->loop,
				       &(struct publisher_options){ .redis_url = f->redis.url,
								    .shards = 1,
								    .max_entries = 1000000 },
				       &rival_ops, NULL, r, &err);
}

static void rival_stop(struct fixture *f, struct rival *r)
{
	publisher_stop(r->publisher, on_rival_closed, r);
	test_run_until(&f->loop, r->is_closed);
}

static void delete_in(struct publisher *p, uint64_t seq)
{
	publisher_begin(p, seq);
	publisher_add(p, &(struct ra_event){ .type = RA_EV_message_deleted,
					     .guild = 7,
					     .at = 1795224004741,
					     .message_deleted = { .message_id = seq } });
	publisher_end(p, true);
}

static void test_who_lost_the_shard_publishes_nothing(void **state)
{
	struct fixture *f = *state;
	struct rival r;
	begin_session(f, "abc");
	dispatch(f, 2, 1);
	test_run_until(&f->loop, stored_seq(f) == 2);
	rival_start(f, &r);
	test_run_until(&f->loop, r.is_loaded);
	assert_int_equal(publisher_session(r.publisher)->seq, 2);
	dispatch(f, 3, 1);
	test_run_until(&f->loop, f->lost == 1);
	assert_int_equal(stored_seq(f), 2);
	dispatch(f, 4, 1); /* nor later */
	number(f, "CLIENT KILL TYPE normal SKIPME yes");
	delete_in(r.publisher, 3);
	test_run_until(&f->loop, stored_seq(f) == 3);
	assert_false(r.is_lost);
	assert_int_equal(f->lost, 1);
	check_stream(f, 1, 3, 1);
	rival_stop(f, &r);
}

/* Taken from each other again and again, the former holder still publishing; whoever takes it goes
 * on where Redis is. */
static void test_shard_that_changes_hands(void **state)
{
	struct fixture *f = *state;
	struct rival rivals[30];
	struct rival *holder = NULL;
	begin_session(f, "abc");
	for (unsigned i = 0; i < RA_COUNT(rivals); i++) {
		struct publisher *old = holder ? holder->publisher : f->publisher;
		rival_start(f, &rivals[i]);
		while (!rivals[i].is_loaded) {
			delete_in(old, publisher_session(old)->seq + 1);
			uv_run(&f->loop, UV_RUN_NOWAIT);
		}
		holder = &rivals[i];
	}
	uint64_t last = publisher_session(holder->publisher)->seq + 1;
	delete_in(holder->publisher, last);
	test_run_until(&f->loop, stored_seq(f) == (long long)last);
	check_stream(f, 1, last, 1);
	for (unsigned i = 0; i < RA_COUNT(rivals); i++) {
		assert_int_equal(rivals[i].is_lost, i + 1 < RA_COUNT(rivals));
		rival_stop(f, &rivals[i]);
	}
	assert_int_equal(f->lost, 1);
}

/* Redis lost its last second, and in it that the shard was given away: the next fence is none that
 * was ever given. */
static void test_fences_are_never_given_twice(void **state)
{
	struct fixture *f = *state;
	struct rival r, s;
	long long first = number(f, "HGET " SESSION " fence");
	rival_start(f, &r);
	test_run_until(&f->loop, r.is_loaded);
	long long second = number(f, "HGET " SESSION " fence");
	assert_true(second > first);
	redisReply *reply = redisCommand(f->sync, "HSET " SESSION " fence %lld", first);
	freeReplyObject(reply);
	rival_start(f, &s);
	test_run_until(&f->loop, s.is_loaded);
	assert_true(number(f, "HGET " SESSION " fence") > second);
	delete_in(r.publisher, 1);
	test_run_until(&f->loop, r.is_lost);
	rival_stop(f, &r);
	rival_stop(f, &s);
}

static void test_full_redis_is_waited_for(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	number(f, "DEL " STREAM);
	number(f, "CONFIG SET maxmemory 1");
	dispatch(f, 2, 2);
	test_run_until(&f->loop, publisher_trouble(f->publisher)[0] != '\0');
	dispatch(f, 3, 2);
	number(f, "CONFIG SET maxmemory 0");
	test_run_until(&f->loop, stored_seq(f) == 3);
	assert_string_equal(publisher_trouble(f->publisher), "");
	check_stream(f, 2, 3, 2);
	assert_int_equal(f->rewound, 0);
}

/* EXEC runs what it can: here the session is stored and its events are not. */
static void test_partly_refused_flight_flies_again(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	number(f, "DEL " STREAM);
	number(f, "SADD " STREAM " not-a-stream");
	dispatch(f, 2, 2);
	test_run_until(&f->loop, publisher_trouble(f->publisher)[0] != '\0');
	number(f, "DEL " STREAM);
	test_run_until(&f->loop, publisher_trouble(f->publisher)[0] == '\0');
	check_stream(f, 2, 2, 2);
}

static void test_pressure(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	number(f, "DEL " STREAM);
	kill(f->redis.server.pid, SIGSTOP);
	uint64_t seq = 1;
	while (!f->is_full && seq < 100000) {
		dispatch(f, ++seq, 10);
		if (seq % 100 == 0)
			uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	assert_true(f->is_full);
	kill(f->redis.server.pid, SIGCONT);
	test_run_until(&f->loop, !f->is_full);
	test_run_until(&f->loop, stored_seq(f) == (long long)seq);
	check_stream(f, 2, seq, 10);
}

static void test_stream_is_cut(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	for (uint64_t seq = 2; seq < 1000; seq++) {
		dispatch(f, seq, 5);
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	test_run_until(&f->loop, stored_seq(f) == 999);
	dispatch(f, 1000, 1);
	test_run_until(&f->loop, stored_seq(f) == 1000);
	assert_in_range(stored(f), 1000, 1200);
}

static void test_forgotten_session(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	dispatch(f, 2, 1);
	publisher_forget_session(f->publisher);
	test_run_until(&f->loop, stored(f) == 2); /* what it had told stays */
	test_run_until(&f->loop, stored_seq(f) == 0);
	stop(f);
	start(f, 1000000);
	assert_false(session_exists(publisher_session(f->publisher)));
}

static void test_stop_without_redis(void **state)
{
	struct fixture *f = *state;
	begin_session(f, "abc");
	test_redis_kill(&f->redis);
	dispatch(f, 2, 1);
	stop(f);
	test_redis_restart(&f->redis);
	look(f);
	start(f, 1000000);
}

int main(void)
{
#define TEST(name, with) cmocka_unit_test_setup_teardown(name, with, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_events_and_session_together, setup),
		TEST(test_next_process_finds_the_session, setup),
		TEST(test_malformed_dispatch_uses_its_number_only, setup),
		TEST(test_eventless_numbers_ride_along, setup),
		TEST(test_killed_redis_loses_nothing, setup_durable),
		TEST(test_emptied_redis_means_to_begin_anew, setup),
		TEST(test_turned_back_redis_is_the_truth, setup),
		TEST(test_late_command_of_a_lost_connection, setup),
		TEST(test_who_lost_the_shard_publishes_nothing, setup),
		TEST(test_shard_that_changes_hands, setup),
		TEST(test_fences_are_never_given_twice, setup),
		TEST(test_full_redis_is_waited_for, setup),
		TEST(test_partly_refused_flight_flies_again, setup),
		TEST(test_pressure, setup),
		TEST(test_stream_is_cut, setup_small),
		TEST(test_forgotten_session, setup),
		TEST(test_stop_without_redis, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
