/* budget: two replicas and their shards, in a real Redis. */
#include "services/gateway-ingest/budget.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <hiredis/hiredis.h>
#include <stdlib.h>

struct asker {
	bool is_answered;
	enum budget_verdict verdict;
	uint64_t wait_ms;
};

struct fixture {
	uv_loop_t loop;
	struct test_redis redis;
	redisContext *sync;
	struct budget *one, *two;
	unsigned stopped;
};

static int setup(void **state)
{
	struct fixture *f = ra_new(struct fixture);
	struct ra_err err;
	test_loop_open(&f->loop);
	test_redis_start(&f->redis, TEST_AOF_ALWAYS, NULL);
	f->sync = redisConnectUnix(f->redis.socket);
	f->one = budget_start(&f->loop, f->redis.url, 10, &err);
	f->two = budget_start(&f->loop, f->redis.url, 10, &err);
	*state = f;
	return 0;
}

static void on_stopped(void *ctx)
{
	((struct fixture *)ctx)->stopped++;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	budget_stop(f->one, on_stopped, f);
	budget_stop(f->two, on_stopped, f);
	test_run_until(&f->loop, f->stopped == 2);
	redisFree(f->sync);
	test_redis_stop(&f->redis);
	test_loop_close(&f->loop);
	ra_free(f);
	return 0;
}

static void on_answer(void *ctx, enum budget_verdict verdict, uint64_t wait_ms)
{
	struct asker *asker = ctx;
	assert_false(asker->is_answered);
	*asker = (struct asker){ true, verdict, wait_ms };
}

static struct asker ask(struct fixture *f, struct budget *b, unsigned shard)
{
	struct asker asker = { 0 };
	budget_ask(b, shard, on_answer, &asker);
	assert_false(asker.is_answered);
	test_run_until(&f->loop, asker.is_answered);
	return asker;
}

static void tell(struct budget *b, int64_t remaining, uint64_t reset_after_ms, uint64_t keys)
{
	budget_told(b, &(struct gateway_answer){ .remaining = remaining,
						 .total = 1000,
						 .reset_after_ms = reset_after_ms,
						 .max_concurrency = keys });
}

static long long stored(struct fixture *f, const char *field)
{
	redisReply *reply = redisCommand(f->sync, "HGET identify:{fleet} %s", field);
	long long value = reply && reply->str ? atoll(reply->str) : -1;
	freeReplyObject(reply);
	return value;
}

static void test_one_in_five_seconds(void **state)
{
	struct fixture *f = *state;
	struct asker first = ask(f, f->one, 0), second = ask(f, f->two, 1),
		     third = ask(f, f->one, 2);
	assert_int_equal(first.verdict, BUDGET_TURN);
	assert_int_equal(first.wait_ms, 0);
	assert_int_equal(second.verdict, BUDGET_TURN);
	assert_in_range(second.wait_ms, 1, 5500);
	assert_int_equal(third.verdict,
			 BUDGET_LATER); /* nobody may claim more than the next slot */
	assert_in_range(third.wait_ms, 1, 5500);
	assert_int_equal(stored(f, "used"), 2);
}

static void test_shards_with_keys_of_their_own(void **state)
{
	struct fixture *f = *state;
	tell(f->one, 1000, 3600000, 4);
	for (unsigned shard = 0; shard < 4; shard++) {
		struct asker a = ask(f, shard % 2 ? f->two : f->one, shard);
		assert_int_equal(a.verdict, BUDGET_TURN);
		assert_int_equal(a.wait_ms, 0);
	}
	tell(f->one, 990, 3600000, 4);
	assert_true(ask(f, f->one, 5).wait_ms > 0);
	assert_int_equal(stored(f, "max_concurrency"), 4);
}

/* What is left is counted between what Discord tells; the reserve is never touched. */
static void test_reserve(void **state)
{
	struct fixture *f = *state;
	tell(f->one, 12, 3600000, 16);
	assert_int_equal(ask(f, f->one, 0).verdict, BUDGET_TURN);
	assert_int_equal(ask(f, f->two, 1).verdict, BUDGET_TURN);
	struct asker a = ask(f, f->two, 2);
	assert_int_equal(a.verdict, BUDGET_SPENT);
	assert_in_range(a.wait_ms, 3590000, 3600000);
	assert_int_equal(stored(f, "remaining"), 10);
	assert_int_equal(stored(f, "total"), 1000);
	assert_int_equal(stored(f, "used"), 2);
}

static void test_next_day(void **state)
{
	struct fixture *f = *state;
	tell(f->one, 10, 300, 1);
	assert_int_equal(ask(f, f->one, 0).verdict, BUDGET_SPENT);
	test_run_for(&f->loop, 400);
	assert_int_equal(ask(f, f->two, 0).verdict, BUDGET_TURN);
	assert_int_equal(stored(f, "remaining"), 999);
	assert_int_equal(stored(f, "used"), 1);
}

static void test_redis_away(void **state)
{
	struct fixture *f = *state;
	struct asker a = { 0 }, b = { 0 };
	ask(f, f->one, 0);
	test_redis_kill(&f->redis);
	budget_ask(f->one, 0, on_answer, &a);
	budget_ask(f->one, 0, on_answer, &b);
	test_run_for(&f->loop, 300);
	assert_false(a.is_answered);
	budget_forget(f->one, &b);
	test_redis_restart(&f->redis);
	test_run_until(&f->loop, a.is_answered);
	assert_int_equal(a.verdict, BUDGET_TURN);
	assert_false(b.is_answered);
	redisFree(f->sync);
	f->sync = redisConnectUnix(f->redis.socket);
	assert_int_equal(stored(f, "used"), 2); /* it remembers the turn before */
}

/* However late somebody comes after his turn, the next does not come too soon. */
static void test_confirmed(void **state)
{
	struct fixture *f = *state;
	struct asker a = { 0 }, b = { 0 };
	budget_confirm(f->one, 0, on_answer, &a);
	test_run_until(&f->loop, a.is_answered);
	assert_int_equal(a.verdict, BUDGET_TURN);
	budget_confirm(f->two, 1, on_answer, &b);
	test_run_until(&f->loop, b.is_answered);
	assert_int_equal(b.verdict, BUDGET_LATER);
	assert_in_range(b.wait_ms, 1, 5500);
	assert_in_range(ask(f, f->two, 1).wait_ms, 1, b.wait_ms);
}

static void test_taken_back(void **state)
{
	struct fixture *f = *state;
	struct asker a = { 0 };
	ask(f, f->one, 0);
	budget_ask(f->one, 0, on_answer, &a);
	budget_forget(f->one, &a); /* in the air */
	budget_forget(f->one, &a);
	ask(f, f->one, 0);
	assert_false(a.is_answered);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_one_in_five_seconds),
		TEST(test_shards_with_keys_of_their_own),
		TEST(test_reserve),
		TEST(test_next_day),
		TEST(test_redis_away),
		TEST(test_taken_back),
		TEST(test_confirmed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
