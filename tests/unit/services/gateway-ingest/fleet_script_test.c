/*
 * fleet_script: replicas share shards out, in a real Redis. A replica here is
 * what it runs: it runs what it is told is its own, gives up what is told to
 * be too much, and says so with its next question.
 */
#include "services/gateway-ingest/fleet_script.h"
#include "tests/harness/cmocka.h"
#include "tests/harness/servers.h"
#include <unistd.h>

#define LEASE_MS 400

struct fixture {
	struct test_redis redis;
	redisContext *sync;
};

struct replica {
	const char *name, *nonce, *shards;
	unsigned wanted;
	bool is_known, is_leaving;
	struct fleet_shards held, settled, retired, released;
	unsigned more;
	struct fleet_answer last;
};

static int setup(void **state)
{
	struct fixture *f = ra_new(struct fixture);
	test_redis_start(&f->redis, TEST_AOF_OFF, NULL);
	f->sync = redisConnectUnix(f->redis.socket);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	redisFree(f->sync);
	test_redis_stop(&f->redis);
	ra_free(f);
	return 0;
}

static void replica_fini(struct replica *r)
{
	fleet_shards_fini(&r->held);
	fleet_shards_fini(&r->released);
	fleet_shards_fini(&r->settled);
	fleet_shards_fini(&r->retired);
	fleet_answer_fini(&r->last);
}

static enum fleet_verdict ask(struct fixture *f, struct replica *r)
{
	struct ra_buf out = { 0 };
	struct plan plan;
	redisReply *reply = NULL;
	const char *why = "";
	assert_int_equal(plan_parse(&plan, r->shards), 0);
	fleet_request_write(&out, &(struct fleet_request){
					  .replica = r->name,
					  .nonce = r->nonce ? r->nonce : r->name,
					  .plan = &plan,
					  .wanted = plan.count ? plan.count : r->wanted,
					  .lease_ms = LEASE_MS,
					  .is_new = !r->is_known,
					  .is_leaving = r->is_leaving,
					  .more = r->more,
					  .held = r->held,
					  .settled = r->settled,
					  .retired = r->retired,
					  .released = r->released,
				  });
	redisAppendFormattedCommand(f->sync, out.ptr, out.len);
	assert_int_equal(redisGetReply(f->sync, (void **)&reply), REDIS_OK);
	fleet_answer_fini(&r->last);
	if (fleet_answer_read(&r->last, reply, &why) < 0)
		fail_msg("%s", why);
	freeReplyObject(reply);
	ra_buf_fini(&out);
	r->is_known = true;
	return r->last.verdict;
}

/* A whole tick: runs what it is given, and stops what is too much, the last first. */
static enum fleet_verdict tick(struct fixture *f, struct replica *r)
{
	enum fleet_verdict verdict = ask(f, r);
	struct fleet_shards *mine = &r->last.mine;
	size_t surplus = r->last.surplus + r->last.surplus_of_next;
	fleet_shards_fini(&r->held);
	fleet_shards_fini(&r->released);
	assert_true(surplus <= mine->count);
	for (size_t i = 0; i < mine->count; i++)
		fleet_shards_add(i < mine->count - surplus ? &r->held : &r->released,
				 mine->list[i]);
	return verdict;
}

/* Until nobody has anything to do; at most `rounds`. */
static void settle(struct fixture *f, struct replica *replicas, size_t count, int rounds)
{
	while (rounds-- > 0)
		for (size_t i = 0; i < count; i++)
			tick(f, &replicas[i]);
}

/* Every shard of `plan` has one of them, and each has as many as `shares` says. */
static void check_shares(const struct replica *replicas, size_t count, unsigned plan,
			 const unsigned *shares)
{
	for (unsigned i = 0; i < plan; i++) {
		unsigned holders = 0;
		for (size_t r = 0; r < count; r++)
			holders += fleet_shards_have(&replicas[r].held,
						     (struct fleet_shard){ plan, i });
		assert_int_equal(holders, 1);
	}
	for (size_t r = 0; r < count; r++)
		assert_int_equal(replicas[r].held.count, shares[r]);
}

static long long number(struct fixture *f, const char *command)
{
	redisReply *reply = redisCommand(f->sync, command);
	assert_non_null(reply);
	long long value = reply->type == REDIS_REPLY_STRING ? atoll(reply->str) : reply->integer;
	freeReplyObject(reply);
	return value;
}

static void lease_over(void)
{
	usleep((LEASE_MS + 100) * 1000);
}

static void test_alone(void **state)
{
	struct fixture *f = *state;
	struct replica a = { .name = "a", .shards = "3" };
	assert_int_equal(tick(f, &a), FLEET_MEMBER);
	check_shares(&a, 1, 3, (unsigned[]){ 3 });
	assert_int_equal(a.last.count, 3);
	assert_int_equal(a.last.next, 0);
	assert_int_equal(number(f, "HGET fleet:{fleet} count"), 3);
	assert_int_equal(number(f, "HLEN leases:{fleet}"), 3);
	replica_fini(&a);
}

static void test_nobody_knows_how_many(void **state)
{
	struct fixture *f = *state;
	struct replica a = { .name = "a", .shards = "auto" };
	assert_int_equal(tick(f, &a), FLEET_UNPLANNED);
	a.wanted = 2;
	assert_int_equal(tick(f, &a), FLEET_MEMBER);
	check_shares(&a, 1, 2, (unsigned[]){ 2 });
	struct replica b = { .name = "b", .shards = "auto" }; /* need not ask */
	assert_int_equal(tick(f, &b), FLEET_MEMBER);
	assert_int_equal(b.last.count, 2);
	replica_fini(&a);
	replica_fini(&b);
}

static void test_shares_are_fair(void **state)
{
	struct fixture *f = *state;
	struct replica all[] = { { .name = "a", .shards = "8" },
				 { .name = "b", .shards = "8" },
				 { .name = "c", .shards = "8" } };
	settle(f, all, 1, 1);
	check_shares(all, 1, 8, (unsigned[]){ 8 });
	settle(f, all, 2, 3);
	check_shares(all, 2, 8, (unsigned[]){ 4, 4 });
	settle(f, all, 3, 3);
	check_shares(all, 3, 8, (unsigned[]){ 3, 3, 2 });
	/* and nobody is asked to move any more */
	settle(f, all, 3, 1);
	for (size_t i = 0; i < RA_COUNT(all); i++)
		assert_int_equal(all[i].last.surplus, 0);
	for (size_t i = 0; i < RA_COUNT(all); i++)
		replica_fini(&all[i]);
}

static void test_more_replicas_than_shards(void **state)
{
	struct fixture *f = *state;
	struct replica all[] = { { .name = "a", .shards = "1" }, { .name = "b", .shards = "1" } };
	settle(f, all, 2, 3);
	check_shares(all, 2, 1, (unsigned[]){ 1, 0 });
	lease_over();
	settle(f, &all[1], 1, 1);
	check_shares(&all[1], 1, 1, (unsigned[]){ 1 });
	replica_fini(&all[0]);
	replica_fini(&all[1]);
}

/* The silent one's shards go to the other; when it speaks again it hears that they are gone. */
static void test_silence_costs_the_shards(void **state)
{
	struct fixture *f = *state;
	struct replica all[] = { { .name = "a", .shards = "4" }, { .name = "b", .shards = "4" } };
	settle(f, all, 2, 3);
	for (int i = 0; i < 4; i++) { /* each tick a lease's time is over for "a" only at the end */
		usleep(LEASE_MS / 3 * 1000);
		tick(f, &all[1]);
		if (i == 0)
			assert_int_equal(all[1].held.count, 2);
	}
	assert_int_equal(all[1].held.count, 4);
	ask(f, &all[0]);
	assert_int_equal(all[0].last.mine.count, 0);
	fleet_shards_fini(&all[0].held);
	settle(f, all, 2, 3);
	check_shares(all, 2, 4, (unsigned[]){ 2, 2 });
	replica_fini(&all[0]);
	replica_fini(&all[1]);
}

/* Late, but nobody else was there to take them. */
static void test_late_and_alone(void **state)
{
	struct fixture *f = *state;
	struct replica a = { .name = "a", .shards = "4" };
	settle(f, &a, 1, 1);
	lease_over();
	assert_int_equal(tick(f, &a), FLEET_MEMBER);
	assert_int_equal(a.held.count, 4);
	replica_fini(&a);
}

static void test_who_leaves_gives_all_up(void **state)
{
	struct fixture *f = *state;
	struct replica all[] = { { .name = "a", .shards = "4" }, { .name = "b", .shards = "4" } };
	settle(f, all, 2, 3);
	all[0].is_leaving = true;
	settle(f, all, 2, 2);
	check_shares(all, 2, 4, (unsigned[]){ 0, 4 });
	assert_int_equal(number(f, "ZCARD replicas:{fleet}"), 1);
	assert_int_equal(number(f, "HLEN settings:{fleet}"), 1);
	replica_fini(&all[0]);
	replica_fini(&all[1]);
}

static void test_ranges(void **state)
{
	struct fixture *f = *state;
	struct replica all[] = { { .name = "a", .shards = "0-1/8" },
				 { .name = "b", .shards = "2-7/8" },
				 { .name = "c", .shards = "2-7/8" } };
	settle(f, all, 3, 4);
	check_shares(all, 3, 8, (unsigned[]){ 2, 3, 3 });
	for (unsigned i = 0; i < 2; i++)
		assert_true(fleet_shards_have(&all[0].held, (struct fleet_shard){ 8, i }));
	lease_over(); /* nobody but "a" takes part in 0 and 1 */
	settle(f, &all[1], 1, 1);
	assert_int_equal(all[1].held.count, 6);
	for (size_t i = 0; i < RA_COUNT(all); i++)
		replica_fini(&all[i]);
}

/* The plan is one: who comes with another waits until the others are gone. */
static void test_another_setting_is_refused(void **state)
{
	struct fixture *f = *state;
	struct replica a = { .name = "a", .shards = "4" }, b = { .name = "b", .shards = "auto" },
		       c = { .name = "c", .shards = "0-3/4" };
	b.wanted = 8;
	settle(f, &a, 1, 1);
	assert_int_equal(tick(f, &b), FLEET_REFUSED);
	assert_string_equal(b.last.rule, "4");
	assert_int_equal(tick(f, &c), FLEET_MEMBER);
	settle(f, &a, 1, 1);
	assert_int_equal(a.held.count, 4);
	a.is_leaving = true;
	settle(f, &a, 1, 2);
	assert_int_equal(tick(f, &b), FLEET_REFUSED);
	lease_over();
	assert_int_equal(tick(f, &b), FLEET_MEMBER);
	assert_int_equal(b.held.count, 4); /* auto keeps to the plan there is */
	assert_int_equal(tick(f, &c), FLEET_REFUSED);
	replica_fini(&a);
	replica_fini(&b);
	replica_fini(&c);
}

/* Two with one name: the later start is meant, the earlier one is told. */
static void test_twins(void **state)
{
	struct fixture *f = *state;
	struct replica a = { .name = "a", .nonce = "1", .shards = "4" },
		       b = { .name = "a", .nonce = "2", .shards = "4" };
	assert_int_equal(tick(f, &a), FLEET_MEMBER);
	assert_int_equal(tick(f, &b),
			 FLEET_MEMBER); /* a restart looks like this, and waits for nothing */
	assert_int_equal(b.held.count, 4);
	assert_int_equal(tick(f, &a), FLEET_TWIN);
	assert_int_equal(tick(f, &b), FLEET_MEMBER);
	assert_int_equal(b.held.count, 4);
	lease_over();
	assert_int_equal(tick(f, &a), FLEET_MEMBER);
	replica_fini(&a);
	replica_fini(&b);
}

/* Redis has forgotten everything: who runs a shard keeps it. */
static void test_forgotten_leases(void **state)
{
	struct fixture *f = *state;
	struct replica all[] = { { .name = "a", .shards = "5" }, { .name = "b", .shards = "5" } };
	settle(f, all, 2, 3);
	number(f, "FLUSHALL");
	settle(f, &all[1], 1, 1);
	assert_int_equal(all[1].last.surplus, 0);
	number(f, "FLUSHALL");
	ask(f, &all[0]);
	for (size_t i = 0; i < all[0].held.count; i++)
		assert_true(fleet_shards_have(&all[0].last.mine, all[0].held.list[i]));
	settle(f, all, 2, 3);
	check_shares(all, 2, 5, (unsigned[]){ 3, 2 });
	replica_fini(&all[0]);
	replica_fini(&all[1]);
}

/* Shard by shard: the new ones settle, the old ones retire, nobody holds less meanwhile. */
static void test_reshard(void **state)
{
	struct fixture *f = *state;
	struct replica all[] = { { .name = "a", .shards = "auto", .wanted = 2 },
				 { .name = "b", .shards = "auto", .wanted = 2 } };
	settle(f, all, 2, 3);
	check_shares(all, 2, 2, (unsigned[]){ 1, 1 });
	number(f, "HSET fleet:{fleet} wish 4");
	settle(f, all, 2, 3);
	assert_int_equal(all[0].last.count, 2);
	assert_int_equal(all[0].last.next, 4);
	assert_int_equal(number(f, "HEXISTS fleet:{fleet} wish"), 0);
	assert_true(number(f, "HGET fleet:{fleet} next_since") > 1700000000000);
	check_shares(all, 2, 2, (unsigned[]){ 3, 3 });
	check_shares(all, 2, 4, (unsigned[]){ 3, 3 });

	for (unsigned i = 0; i < 4; i++) {
		assert_false(all[0].last.is_retiring);
		struct replica *r = fleet_shards_have(&all[0].held, (struct fleet_shard){ 4, i })
					    ? &all[0]
					    : &all[1];
		fleet_shards_add(&r->settled, (struct fleet_shard){ 4, i });
		settle(f, all, 2, 1);
	}
	settle(f, all, 2, 1);
	assert_true(all[0].last.is_retiring && all[1].last.is_retiring);
	check_shares(all, 2, 2, (unsigned[]){ 3, 3 });

	for (unsigned i = 0; i < 2; i++) {
		struct fleet_shard old = { 2, i };
		struct replica *r = fleet_shards_have(&all[0].held, old) ? &all[0] : &all[1];
		fleet_shards_add(&r->retired, old);
		fleet_shards_add(&r->released, old);
		assert_int_equal(all[0].last.count, 2);
		ask(f, r);
		fleet_shards_fini(&r->released);
		fleet_shards_fini(&r->retired);
		assert_false(fleet_shards_have(&r->last.mine, old));
		fleet_shards_fini(&r->held);
		for (size_t n = 0; n < r->last.mine.count; n++)
			fleet_shards_add(&r->held, r->last.mine.list[n]);
		tick(f, &all[1 - i]); /* nobody takes what has retired */
	}
	settle(f, all, 2, 3);
	assert_int_equal(all[0].last.count, 4);
	assert_int_equal(all[0].last.next, 0);
	assert_false(all[0].last.is_retiring);
	check_shares(all, 2, 4, (unsigned[]){ 2, 2 });
	assert_int_equal(number(f, "HGET fleet:{fleet} count"), 4);
	assert_int_equal(number(f, "HEXISTS fleet:{fleet} next"), 0);
	assert_int_equal(number(f, "EXISTS settled:{fleet} retired:{fleet}"), 0);
	replica_fini(&all[0]);
	replica_fini(&all[1]);
}

/* One that lost its session again is no longer settled. */
static void test_unsettled_again(void **state)
{
	struct fixture *f = *state;
	struct replica a = { .name = "a", .shards = "2" };
	settle(f, &a, 1, 1);
	a.shards = "3";
	settle(f, &a, 1, 2);
	assert_int_equal(a.last.next, 3);
	fleet_shards_add(&a.settled, (struct fleet_shard){ 3, 0 });
	fleet_shards_add(&a.settled, (struct fleet_shard){ 3, 1 });
	settle(f, &a, 1, 1);
	assert_int_equal(number(f, "SCARD settled:{fleet}"), 2);
	fleet_shards_fini(&a.settled);
	fleet_shards_add(&a.settled, (struct fleet_shard){ 3, 2 });
	settle(f, &a, 1, 1);
	assert_int_equal(number(f, "SCARD settled:{fleet}"), 1);
	assert_false(a.last.is_retiring);
	replica_fini(&a);
}

/* What makes another number of shards, and what does not. */
static void test_when_to_reshard(void **state)
{
	struct fixture *f = *state;
	struct replica a = { .name = "a", .shards = "auto", .wanted = 4 };
	settle(f, &a, 1, 1);
	a.wanted = 8; /* not more than two thousand guilds a shard */
	settle(f, &a, 1, 1);
	assert_int_equal(a.last.next, 0);
	a.wanted = 1;
	settle(f, &a, 1, 1);
	assert_int_equal(a.last.next, 0);
	number(f, "HSET fleet:{fleet} wish 4");
	settle(f, &a, 1, 1);
	assert_int_equal(a.last.next, 0);
	assert_int_equal(a.last.ignored_wish, 0);
	a.more = 6; /* Discord refused a shard */
	settle(f, &a, 1, 1);
	assert_int_equal(a.last.next, 6);
	number(f, "HSET fleet:{fleet} wish 5");
	settle(f, &a, 1, 1);
	assert_int_equal(a.last.next, 6); /* one change at a time */
	assert_int_equal(a.last.ignored_wish, 5);
	number(f, "FLUSHALL");
	a.more = 0;
	a.wanted = 4;
	settle(f, &a, 1, 1);
	a.wanted = 9;
	settle(f, &a, 1, 1);
	assert_int_equal(a.last.next, 9);
	replica_fini(&a);

	struct replica b = { .name = "b", .shards = "4" };
	number(f, "FLUSHALL");
	settle(f, &b, 1, 1);
	number(f, "HSET fleet:{fleet} wish 5");
	settle(f, &b, 1, 1);
	assert_int_equal(b.last.ignored_wish, 5);
	assert_int_equal(b.last.next, 0);
	replica_fini(&b);
}

static void test_not_an_answer(void **state)
{
	struct fixture *f = *state;
	static const char *const commands[] = { "PING", "NOSUCH", "COMMAND COUNT", "TIME" };
	struct fleet_answer answer;
	const char *why;
	for (size_t i = 0; i < RA_COUNT(commands); i++) {
		redisReply *reply = redisCommand(f->sync, commands[i]);
		assert_true(fleet_answer_read(&answer, reply, &why) < 0);
		assert_non_null(why);
		fleet_answer_fini(&answer);
		freeReplyObject(reply);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_alone),
		TEST(test_nobody_knows_how_many),
		TEST(test_shares_are_fair),
		TEST(test_more_replicas_than_shards),
		TEST(test_silence_costs_the_shards),
		TEST(test_late_and_alone),
		TEST(test_who_leaves_gives_all_up),
		TEST(test_ranges),
		TEST(test_another_setting_is_refused),
		TEST(test_twins),
		TEST(test_forgotten_leases),
		TEST(test_reshard),
		TEST(test_unsettled_again),
		TEST(test_when_to_reshard),
		TEST(test_not_an_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
