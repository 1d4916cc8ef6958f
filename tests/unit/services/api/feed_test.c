/* feed: the streams of four shards on the nodes of a real Redis Cluster, while they move. */
#include "services/api/feed.h"
#include "libshared/base/clock.h"
#include "tests/harness/cluster.h"
#include "tests/harness/loop.h"
#include <stdio.h>

enum { SHARDS = 4 };

static uv_loop_t loop;
static struct test_cluster cluster;
static char keys[SHARDS][24];

/* What was published, and what came of it. */
static unsigned published[SHARDS];
static unsigned seen[SHARDS];
static unsigned caught_up, out_of_order;

/* The next of the shard's events, the oldest of them five minutes ago. */
static void publish(int shard)
{
	unsigned seq = ++published[shard];
	long long at = ra_wall_ms() - 300000 + seq;
	test_cluster_command(&cluster, test_cluster_master(&cluster, keys[shard]),
			     "XADD %s %lld-0 type message_created session s%d seq %u at %lld "
			     "guild 7 message_id 9 channel_id 8 user_id 7",
			     keys[shard], at, shard, seq, at);
}

static void publish_some(void)
{
	for (int shard = 0; shard < SHARDS; shard++)
		for (int i = 0; i < 5; i++)
			publish(shard);
}

static bool has_seen_all(void)
{
	return memcmp(seen, published, sizeof(seen)) == 0;
}

static void on_event(void *ctx, const struct feed_place *place, const struct ra_event *event)
{
	(void)ctx;
	int shard = place->stream[strlen("events:{4.")] - '0';
	assert_in_range(shard, 0, SHARDS - 1);
	assert_string_equal(place->stream, keys[shard]);
	out_of_order += event->seq != ++seen[shard];
}

static void on_caught_up(void *ctx)
{
	(void)ctx;
	caught_up++;
}

static void on_closed(void *ctx)
{
	*(bool *)ctx = true;
}

static int start(void **state)
{
	(void)state;
	test_cluster_start(&cluster, NULL);
	int node = test_cluster_master(&cluster, "shards");
	for (int shard = 0; shard < SHARDS; shard++) {
		snprintf(keys[shard], sizeof(keys[shard]), "events:{%d.%d}", SHARDS, shard);
		test_cluster_command(&cluster, node, "SADD shards %d.%d", SHARDS, shard);
	}
	test_cluster_command(&cluster, node, "SADD shards not-a-shard");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	test_cluster_stop(&cluster);
	return 0;
}

/* To the next master. */
static void move(const char *key)
{
	int from = test_cluster_master(&cluster, key), to = (from + 1) % TEST_MASTERS;
	test_cluster_move_begin(&cluster, key, to);
	test_cluster_move_key(&cluster, key, from, to);
	test_cluster_move_end(&cluster, key, to);
}

static void every_event_comes_once(void **state)
{
	(void)state;
	static const struct feed_ops ops = { .on_event = on_event, .on_caught_up = on_caught_up };
	bool is_closed = false;
	char why[128];
	test_loop_open(&loop);
	publish_some();
	struct feed *feed = feed_open(&loop, cluster.url, NULL, ra_wall_ms, &ops, NULL, NULL);
	assert_non_null(feed);
	feed_want(feed, true);
	test_run_until(&loop, feed_is_caught_up(feed));
	assert_true(has_seen_all());
	assert_true(feed_is_ready(feed, why));
	assert_int_equal(caught_up, 1);

	publish_some();
	test_run_until(&loop, has_seen_all());

	move(keys[1]);
	move("shards");
	publish_some();
	test_run_until(&loop, has_seen_all());

	int master = test_cluster_master(&cluster, keys[2]);
	assert_int_equal(test_cluster_command(&cluster, master, "WAIT 1 10000"), 1);
	test_redis_kill(&cluster.nodes[master]);
	test_run_until(&loop, !feed_is_caught_up(feed));
	publish_some();
	test_run_until(&loop, has_seen_all());
	test_run_until(&loop, feed_is_caught_up(feed));

	/* nobody looks for a while, and then somebody does */
	feed_want(feed, false);
	publish_some();
	feed_want(feed, true);
	test_run_until(&loop, has_seen_all() && feed_is_caught_up(feed));
	assert_int_equal(out_of_order, 0);

	feed_close(feed, on_closed, &is_closed);
	test_run_until(&loop, is_closed);
	test_loop_close(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_event_comes_once) };
	return cmocka_run_group_tests(tests, start, stop);
}
