/* group: requests in a stream, shared by replicas, one of which may be dead. */
#include "libshared/redis/group.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <stdio.h>

enum { ENTRIES = 20, CLAIM_MS = 100, NEVER_MS = 60000 };

static uv_loop_t loop;
static struct test_redis server;

/* A replica, and what it was handed. */
struct replica {
	struct ra_group *group;
	int seen, claimed, senseless, closes;
	int64_t oldest_ms;
	bool is_dead; /* takes, and never answers */
	bool is_shut;
	char last[32];
	int *times; /* how often each number was carried out; shared */
};

static void on_entry(void *ctx, const struct ra_group_entry *entry)
{
	struct replica *r = ctx;
	uint64_t n;
	r->seen++;
	r->claimed += entry->is_claimed;
	r->oldest_ms = entry->age_ms > r->oldest_ms ? entry->age_ms : r->oldest_ms;
	if (r->is_dead)
		return;
	if (entry->count == 2 && ra_str_is(entry->words[0], "n") &&
	    ra_str_to_u64(entry->words[1], &n) == 0 && n < ENTRIES)
		r->times[n]++;
	else
		r->senseless++;
	ra_group_done(r->group, entry->id);
}

static bool may_read(void *ctx)
{
	return !((struct replica *)ctx)->is_shut;
}

static void on_closed(void *ctx)
{
	((struct replica *)ctx)->closes++;
}

static const struct ra_group_ops ops = { .on_entry = on_entry, .may_read = may_read };

static void open_replica(struct replica *r, int *times, int claim_ms)
{
	struct ra_err err;
	r->times = times;
	r->group = ra_group_open(&(struct ra_group_conf){ .loop = &loop,
							  .redis_url = server.url,
							  .stream = "requests",
							  .group = "staff",
							  .count = 4,
							  .block_ms = 20,
							  .claim_ms = claim_ms },
				 &ops, r, &err);
	assert_non_null(r->group);
	assert_string_equal(ra_group_stream(r->group), "requests");
}

static void close_replicas(struct replica *first, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ra_group_close(first[i].group, on_closed, &first[i]);
		test_run_until(&loop, first[i].closes == 1);
	}
	test_loop_close(&loop);
}

/* What Redis says to a command: a number. */
static long long ask(const char *text)
{
	redisContext *c = redisConnectUnix(server.socket);
	assert_int_equal(c->err, 0);
	redisReply *reply = redisCommand(c, text);
	assert_non_null(reply);
	assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
	long long number = reply->integer;
	freeReplyObject(reply);
	redisFree(c);
	return number;
}

static void add(int from, int to)
{
	char text[64];
	for (int i = from; i < to; i++) {
		snprintf(text, sizeof(text), "XADD requests * n %d", i);
		ask(text);
	}
}

static bool is_each_once(const int times[ENTRIES])
{
	for (int i = 0; i < ENTRIES; i++)
		if (times[i] != 1)
			return false;
	return true;
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
	ask("DEL requests");
	return 0;
}

static void each_is_carried_out_once_and_gone(void **state)
{
	(void)state;
	int times[ENTRIES] = { 0 };
	struct replica both[2] = { 0 };
	add(0, ENTRIES / 2);
	open_replica(&both[0], times, NEVER_MS);
	open_replica(&both[1], times, NEVER_MS);
	test_run_until(&loop, both[0].seen + both[1].seen >= ENTRIES / 2);
	add(ENTRIES / 2, ENTRIES);
	test_run_until(&loop, is_each_once(times));
	test_run_until(&loop, ask("XLEN requests") == 0);
	assert_true(is_each_once(times));
	close_replicas(both, 2);
}

static void what_a_dead_one_had_is_taken_over(void **state)
{
	(void)state;
	int times[ENTRIES] = { 0 };
	struct replica both[2] = { { .is_dead = true }, { 0 } };
	add(0, ENTRIES);
	open_replica(&both[0], times, CLAIM_MS);
	test_run_until(&loop, both[0].seen > 0);
	both[0].is_shut = true;
	open_replica(&both[1], times, CLAIM_MS);
	test_run_until(&loop, is_each_once(times));
	assert_true(both[1].claimed > 0);
	assert_true(both[1].oldest_ms >= CLAIM_MS && both[1].oldest_ms < TEST_PATIENCE_MS);
	close_replicas(both, 2);
}

static void nothing_comes_while_it_may_not(void **state)
{
	(void)state;
	int times[ENTRIES] = { 0 };
	struct replica r = { .is_shut = true };
	char why[128] = "";
	open_replica(&r, times, NEVER_MS);
	assert_false(ra_group_is_ready(r.group, why));
	assert_true(*why);
	test_run_until(&loop, ra_group_is_ready(r.group, why));
	add(0, ENTRIES);
	test_run_for(&loop, 60);
	assert_int_equal(r.seen, 0);
	r.is_shut = false;
	ra_group_poke(r.group);
	ra_group_poke(r.group); /* it does already */
	test_run_until(&loop, is_each_once(times));
	close_replicas(&r, 1);
}

static void a_stream_that_goes_comes_again(void **state)
{
	(void)state;
	int times[ENTRIES] = { 0 };
	struct replica r = { 0 };
	open_replica(&r, times, NEVER_MS);
	test_run_until(&loop, ask("EXISTS requests") == 1);
	ask("DEL requests");
	add(0, ENTRIES / 2);
	test_run_until(&loop, r.seen == ENTRIES / 2);
	test_redis_kill(&server);
	test_redis_restart(&server); /* with nothing in it */
	add(ENTRIES / 2, ENTRIES);
	test_run_until(&loop, is_each_once(times));
	close_replicas(&r, 1);
}

static void what_makes_no_sense_is_handed_on_and_gone(void **state)
{
	(void)state;
	int times[ENTRIES] = { 0 };
	struct replica r = { 0 };
	char text[1024] = "XADD requests *";
	for (size_t len = strlen(text); len + 5 < sizeof(text); len += 4)
		snprintf(text + len, sizeof(text) - len, " a b");
	ask(text);
	open_replica(&r, times, NEVER_MS);
	test_run_until(&loop, r.senseless == 1);
	test_run_until(&loop, ask("XLEN requests") == 0);
	close_replicas(&r, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_is_carried_out_once_and_gone, open_loop),
		cmocka_unit_test_setup(what_a_dead_one_had_is_taken_over, open_loop),
		cmocka_unit_test_setup(nothing_comes_while_it_may_not, open_loop),
		cmocka_unit_test_setup(a_stream_that_goes_comes_again, open_loop),
		cmocka_unit_test_setup(what_makes_no_sense_is_handed_on_and_gone, open_loop),
	};
	return cmocka_run_group_tests(tests, start_server, stop_server);
}
