/* chunks: who is asked for, when, and what a real Redis remembers of it. */
#include "services/gateway-ingest/chunks.h"
#include "libshared/redis/redis.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <hiredis/hiredis.h>

#define EVERY_MS 2
#define KEY      "unlisted:{2.1}"

struct fixture {
	uv_loop_t loop;
	struct test_redis server;
	redisContext *sync; /* our own look at it */
	struct ra_redis *redis;
	struct chunks chunks;
	bool is_listening, is_closed;
	unsigned refuse; /* so many requests: over the send limit */
	unsigned asked;
	uint64_t last;
};

static bool on_listening(void *ctx)
{
	return ((struct fixture *)ctx)->is_listening;
}

static bool on_ask(void *ctx, uint64_t guild)
{
	struct fixture *f = ctx;
	if (f->refuse > 0) {
		f->refuse--;
		return false;
	}
	f->asked++;
	f->last = guild;
	return true;
}

static const struct chunks_ops ops = { on_listening, on_ask };

static void start(struct fixture *f)
{
	chunks_start(&f->chunks, &f->loop, f->redis, 1, 2, EVERY_MS, &ops, f);
}

static void on_closed(uv_handle_t *handle)
{
	ra_container_of((uv_timer_t *)handle, struct fixture, chunks.timer)->is_closed = true;
}

static void stop(struct fixture *f)
{
	f->is_closed = false;
	chunks_stop(&f->chunks, on_closed);
	test_run_until(&f->loop, f->is_closed);
}

static int setup(void **state)
{
	struct fixture *f = ra_new(struct fixture);
	struct ra_err err;
	test_loop_open(&f->loop);
	test_redis_start(&f->server, TEST_AOF_OFF, NULL);
	f->sync = redisConnectUnix(f->server.socket);
	assert_int_equal(f->sync->err, 0);
	f->redis = ra_redis_open(&f->loop, f->server.url, KEY, NULL, &(struct ra_redis_ops){ 0 },
				 NULL, &err);
	assert_non_null(f->redis);
	test_run_until(&f->loop, ra_redis_is_up(f->redis));
	f->is_listening = true;
	start(f);
	chunks_begin(&f->chunks);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	stop(f);
	ra_redis_close(f->redis, NULL, NULL);
	redisFree(f->sync);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	test_redis_stop(&f->server);
	test_loop_close(&f->loop);
	ra_free(f);
	return 0;
}

static long long held(struct fixture *f)
{
	redisReply *reply = redisCommand(f->sync, "SCARD " KEY);
	long long count = reply->integer;
	freeReplyObject(reply);
	return count;
}

/* GUILD_CREATE of a guild with so many members, so many of them listed. */
static void list(struct fixture *f, uint64_t guild, int64_t members, int64_t listed)
{
	chunks_on_event(&f->chunks,
			&(struct ra_event){ .type = RA_EV_guild_available,
					    .guild = guild,
					    .guild_available = { .member_count = members } });
	chunks_on_event(&f->chunks, &(struct ra_event){ .type = RA_EV_guild_synced,
							.guild = guild,
							.guild_synced = { .members = listed } });
}

static void chunk(struct fixture *f, const char *d)
{
	chunks_on_chunk(&f->chunks, ra_str_of(d));
}

static void asks_one_after_the_other(void **state)
{
	struct fixture *f = *state;
	list(f, 7, 3000, 2);
	list(f, 8, 5, 5); /* all of them */
	list(f, 9, 6, 5);
	test_run_until(&f->loop, f->asked == 1);
	assert_int_equal(f->last, 7);
	chunk(f, "{\"guild_id\":\"7\",\"chunk_index\":0,\"chunk_count\":3,\"members\":[]}");
	chunk(f, "{\"guild_id\":\"7\",\"chunk_index\":1,\"chunk_count\":3,\"members\":[]}");
	test_run_for(&f->loop, 5 * EVERY_MS);
	assert_int_equal(f->asked, 1);
	assert_int_equal(held(f), 2);
	chunk(f, "{\"guild_id\":\"7\",\"chunk_index\":2,\"chunk_count\":3,\"members\":[]}");
	test_run_until(&f->loop, f->asked == 2);
	assert_int_equal(f->last, 9);
	chunk(f, "{\"guild_id\":\"9\",\"chunk_index\":0,\"chunk_count\":1,\"members\":[]}");
	test_run_until(&f->loop, held(f) == 0);
	test_run_until(&f->loop, !uv_is_active((uv_handle_t *)&f->chunks.timer));
	assert_int_equal(f->asked, 2);
}

/* The answer may never come, but we do not ask again within 30 s. */
static void not_twice_in_30_seconds(void **state)
{
	struct fixture *f = *state;
	list(f, 7, 2, 1);
	test_run_until(&f->loop, f->asked == 1);
	chunk(f, "{\"guild_id\":\"7\",\"chunk_index\":0,\"chunk_count\":1}");
	list(f, 7, 2, 1); /* an outage is over */
	list(f, 8, 2, 1);
	test_run_until(&f->loop, f->asked == 2);
	assert_int_equal(f->last, 8);
	test_run_for(&f->loop, CHUNKS_PATIENCE * EVERY_MS * 2);
	assert_int_equal(f->asked, 2);
	assert_int_equal(held(f), 2);
}

static void limited(void **state)
{
	struct fixture *f = *state;
	list(f, 7, 2, 1);
	list(f, 8, 2, 1);
	test_run_until(&f->loop, f->asked == 1);
	f->chunks.recent[0].guild = 0; /* 30 s are over */
	chunks_on_limited(&f->chunks, RA_STR("{\"opcode\":8,\"retry_after\":0.05,\"meta\":{"
					     "\"guild_id\":\"7\"}}"));
	test_run_until(&f->loop, f->asked == 2);
	assert_int_equal(f->last, 8);
	chunk(f, "{\"guild_id\":\"8\",\"chunk_index\":0,\"chunk_count\":1}");
	test_run_until(&f->loop, f->asked == 3);
	assert_int_equal(f->last, 7);
}

static void over_the_send_limit(void **state)
{
	struct fixture *f = *state;
	f->refuse = 3;
	list(f, 7, 2, 1);
	test_run_until(&f->loop, f->asked == 1);
	assert_int_equal(f->refuse, 0);
}

/* While nothing is heard nobody loses patience, and nothing is asked. */
static void not_listening(void **state)
{
	struct fixture *f = *state;
	f->is_listening = false;
	list(f, 7, 2, 1);
	test_run_for(&f->loop, 10 * EVERY_MS);
	assert_int_equal(f->asked, 0);
	f->is_listening = true;
	test_run_until(&f->loop, f->asked == 1);
	f->is_listening = false;
	unsigned patience = f->chunks.patience;
	test_run_for(&f->loop, 10 * EVERY_MS);
	assert_in_range(f->chunks.patience, patience - 1, patience);
}

static void gives_up_in_the_end(void **state)
{
	struct fixture *f = *state;
	list(f, 7, 2, 1);
	for (unsigned attempt = 1; attempt <= CHUNKS_ATTEMPTS; attempt++) {
		test_run_until(&f->loop, f->asked == attempt);
		memset(f->chunks.recent, 0, sizeof(f->chunks.recent)); /* 30 s are over */
	}
	test_run_until(&f->loop, held(f) == 0);
	assert_int_equal(f->chunks.unlisted.count, 0);
	assert_int_equal(f->asked, CHUNKS_ATTEMPTS);
}

static void guilds_that_go(void **state)
{
	struct fixture *f = *state;
	list(f, 7, 2, 1);
	list(f, 8, 2, 1);
	list(f, 9, 2, 1);
	chunks_on_event(&f->chunks, &(struct ra_event){ .type = RA_EV_guild_removed, .guild = 7 });
	chunks_on_event(&f->chunks,
			&(struct ra_event){ .type = RA_EV_guild_unavailable, .guild = 8 });
	test_run_until(&f->loop, f->asked == 1);
	assert_int_equal(f->last, 9);
	test_run_until(&f->loop, held(f) == 1);
}

/* Another process goes on with the session. */
static void the_next_goes_on(void **state)
{
	struct fixture *f = *state;
	list(f, 7, 2, 1);
	list(f, 8, 2, 1);
	test_run_until(&f->loop, f->asked == 1);
	chunk(f, "{\"guild_id\":\"7\",\"chunk_index\":0,\"chunk_count\":1}");
	test_run_until(&f->loop, held(f) == 1);
	stop(f);
	f->asked = 0;
	start(f);
	chunks_resume(&f->chunks);
	test_run_until(&f->loop, f->asked == 1);
	assert_int_equal(f->last, 8);
	chunks_resume(&f->chunks); /* once is enough */
	test_run_for(&f->loop, 5 * EVERY_MS);
	assert_int_equal(f->chunks.unlisted.count, 1);
	chunks_begin(&f->chunks); /* a new session lists everything again */
	test_run_until(&f->loop, held(f) == 0);
}

/* It stops while Redis still has to answer: nothing is begun any more. */
static void an_answer_after_the_end(void **state)
{
	struct fixture *f = *state;
	list(f, 7, 2, 1);
	test_run_until(&f->loop, held(f) == 1);
	stop(f);
	start(f);
	chunks_resume(&f->chunks);
	stop(f);
	test_run_for(&f->loop, 10 * EVERY_MS);
	assert_int_equal(f->chunks.unlisted.count, 0);
	start(f); /* for the teardown */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(asks_one_after_the_other),
		TEST(not_twice_in_30_seconds),
		TEST(limited),
		TEST(over_the_send_limit),
		TEST(not_listening),
		TEST(gives_up_in_the_end),
		TEST(guilds_that_go),
		TEST(the_next_goes_on),
		TEST(an_answer_after_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
