/* trim: against a real Redis, whose readers say what they need. */
#include "services/gateway-ingest/trim.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"
#include "tests/harness/capture.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <hiredis/hiredis.h>
#include <stdlib.h>

#define EVERY_MS 10
#define STREAM   "events:{2.1}"

struct fixture {
	uv_loop_t loop;
	struct test_redis server;
	redisContext *sync; /* our own look at it */
	struct ra_redis *redis;
	struct trim trim;
	bool is_closed;
};

static long long run(struct fixture *f, const char *command)
{
	redisReply *reply = redisCommand(f->sync, command);
	assert_non_null(reply);
	assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
	long long value = reply->integer;
	freeReplyObject(reply);
	return value;
}

/* Entries from-1 to to-1, of one millisecond each. */
static void add(struct fixture *f, unsigned from, unsigned to, const char *cap)
{
	for (unsigned i = from; i < to; i++) {
		char command[128];
		snprintf(command, sizeof(command), "XADD " STREAM " %s %u-1 type x", cap, i);
		freeReplyObject(redisCommand(f->sync, command));
	}
}

static long long length(struct fixture *f)
{
	return run(f, "XLEN " STREAM);
}

static double metric(const char *line)
{
	struct ra_buf text = { 0 };
	ra_metrics_render(&text);
	const char *found = strstr(ra_buf_text(&text), line);
	double value = found ? strtod(found + strlen(line), NULL) : -1;
	ra_buf_fini(&text);
	return value;
}

#define discarded() metric("\nrations_stream_discarded_entries_total ")
#define behind()    metric("\nrations_stream_behind_seconds{shard=\"2.1\"} ")

/* Trimming goes by nodes, which are to be small. */
static void look(struct fixture *f)
{
	f->sync = redisConnectUnix(f->server.socket);
	assert_int_equal(f->sync->err, 0);
	run(f, "CONFIG SET stream-node-max-entries 10");
}

static int setup(void **state)
{
	struct fixture *f = ra_new(struct fixture);
	struct ra_err err;
	test_loop_open(&f->loop);
	test_redis_start(&f->server, TEST_AOF_OFF, NULL);
	look(f);
	f->redis = ra_redis_open(&f->loop, f->server.url, STREAM, NULL, &(struct ra_redis_ops){ 0 },
				 NULL, &err);
	assert_non_null(f->redis);
	trim_start(&f->trim, &f->loop, f->redis, 1, 2, EVERY_MS, NULL);
	*state = f;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	ra_container_of((uv_timer_t *)handle, struct fixture, trim.timer)->is_closed = true;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	trim_stop(&f->trim, on_closed);
	ra_redis_close(f->redis, NULL, NULL);
	test_run_until(&f->loop, f->is_closed);
	redisFree(f->sync);
	test_redis_stop(&f->server);
	test_loop_close(&f->loop);
	ra_free(f);
	return 0;
}

static void behind_the_slowest(void **state)
{
	struct fixture *f = *state;
	add(f, 1000, 2000, "");
	run(f, "HSET needs:{2.1} analytics 1500-1 response 1200-1");
	test_run_until(&f->loop, length(f) <= 810);
	assert_true(length(f) >= 800); /* what is needed is there */
	run(f, "HSET needs:{2.1} response 1900-1");
	test_run_until(&f->loop, length(f) <= 510);
	assert_true(length(f) >= 500);
	test_run_until(&f->loop, behind() > 0.49 && behind() < 0.5);
	assert_true(discarded() == 0);
}

/* Nothing goes while two plans tell the same, and all of it afterwards. */
static void two_plans_run(void **state)
{
	struct fixture *f = *state;
	f->trim.is_held = true;
	add(f, 1000, 1100, "");
	run(f, "HSET needs:{2.1} analytics 1050-1");
	test_run_until(&f->loop, f->trim.has_readers && f->trim.entries == 100);
	test_run_for(&f->loop, 5 * EVERY_MS);
	assert_int_equal(length(f), 100);
	f->trim.is_held = false;
	test_run_until(&f->loop, length(f) == 50);
}

static void nobody_reads(void **state)
{
	struct fixture *f = *state;
	add(f, 1000, 1100, "");
	test_run_until(&f->loop, f->trim.entries == 100);
	run(f, "HSET needs:{2.1} analytics nonsense");
	test_run_until(&f->loop, f->trim.has_readers);
	test_run_for(&f->loop, 5 * EVERY_MS);
	assert_int_equal(length(f), 100);
}

static void the_cap_takes_what_is_needed(void **state)
{
	struct fixture *f = *state;
	double before = discarded();
	add(f, 1000, 1100, "");
	run(f, "HSET needs:{2.1} analytics 1050-1");
	test_run_until(&f->loop, f->trim.entries == 50);
	struct capture capture = capture_begin(STDERR_FILENO);
	add(f, 1100, 1200, "MAXLEN = 60"); /* 1100 to 1139 push 1050 to 1139 out, in the end */
	test_run_until(&f->loop, discarded() > before);
	test_run_until(&f->loop, discarded() == before + 90);
	char *log = capture_end(&capture);
	assert_non_null(strstr(log, "events discarded before they were read"));
	assert_non_null(strstr(log, "analytics"));
	ra_free(log);
	/* said once a minute only, counted always */
	capture = capture_begin(STDERR_FILENO);
	add(f, 1200, 1210, "MAXLEN = 60");
	test_run_until(&f->loop, discarded() == before + 100);
	log = capture_end(&capture);
	assert_null(strstr(log, "discarded"));
	ra_free(log);
}

static void redis_restarts(void **state)
{
	struct fixture *f = *state;
	add(f, 1000, 1100, "");
	run(f, "HSET needs:{2.1} analytics 1050-1");
	test_run_until(&f->loop, f->trim.entries == 50);
	double before = discarded();
	test_redis_kill(&f->server);
	test_run_until(&f->loop, !ra_redis_is_up(f->redis));
	test_redis_restart(&f->server);
	redisFree(f->sync);
	look(f);
	add(f, 2000, 2100, "");
	run(f, "HSET needs:{2.1} analytics 2090-1");
	test_run_until(&f->loop, f->trim.entries <= 20);
	assert_true(discarded() == before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(behind_the_slowest, setup, teardown),
		cmocka_unit_test_setup_teardown(two_plans_run, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_reads, setup, teardown),
		cmocka_unit_test_setup_teardown(the_cap_takes_what_is_needed, setup, teardown),
		cmocka_unit_test_setup_teardown(redis_restarts, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
