/* cluster: a connection finds the node of its key and follows it, in a real cluster whose slots
 * move and whose masters die. */
#include "tests/harness/cluster.h"
#include "libshared/redis/cluster.h"
#include "libshared/redis/redis.h"
#include "tests/harness/loop.h"
#include <stdio.h>

static uv_loop_t loop;
static struct test_cluster cluster;

/* What a connection told us. */
struct seen {
	struct ra_redis *redis;
	int ups, downs, closes;
	int replies, nulls, errors;
	char text[64]; /* of the last reply that was one */
};

static void on_up(void *ctx)
{
	((struct seen *)ctx)->ups++;
}

static void on_down(void *ctx, const char *why)
{
	assert_true(*why);
	((struct seen *)ctx)->downs++;
}

static void on_closed(void *ctx)
{
	((struct seen *)ctx)->closes++;
}

static const struct ra_redis_ops ops = { .on_up = on_up, .on_down = on_down };

static void on_reply(void *ctx, const redisReply *reply)
{
	struct seen *seen = ctx;
	seen->replies++;
	seen->nulls += !reply;
	seen->errors += reply && reply->type == REDIS_REPLY_ERROR;
	if (reply && reply->str)
		snprintf(seen->text, sizeof(seen->text), "%s", reply->str);
	else if (reply)
		snprintf(seen->text, sizeof(seen->text), "%d", reply->type);
}

static void open_at(struct seen *seen, const char *url, const char *key)
{
	struct ra_err err;
	*seen = (struct seen){ 0 };
	seen->redis = ra_redis_open(&loop, url, key, NULL, &ops, seen, &err);
	assert_non_null(seen->redis);
}

static void open_up(struct seen *seen, const char *key)
{
	open_at(seen, cluster.url, key);
	test_run_until(&loop, seen->ups == 1);
}

static void shut(struct seen *seen)
{
	ra_redis_close(seen->redis, on_closed, seen);
	test_run_until(&loop, seen->closes == 1);
}

/* Sends until it is answered: what comes back as NULL was not done, or is harmless to do again. */
#define ask(seen, ...)                                                                             \
	do {                                                                                       \
		int nulls_;                                                                        \
		do {                                                                               \
			int replies_ = (seen)->replies;                                            \
			nulls_ = (seen)->nulls;                                                    \
			test_run_until(&loop, ra_redis_is_up((seen)->redis));                      \
			assert_int_equal(                                                          \
				ra_redis_sendf((seen)->redis, on_reply, seen, __VA_ARGS__), 0);    \
			test_run_until(&loop, (seen)->replies > replies_);                         \
		} while ((seen)->nulls > nulls_);                                                  \
	} while (0)

static int start_cluster(void **state)
{
	(void)state;
	test_cluster_start(&cluster, "s3cret");
	return 0;
}

static int stop_cluster(void **state)
{
	(void)state;
	test_cluster_stop(&cluster);
	return 0;
}

static int open_loop(void **state)
{
	(void)state;
	test_loop_open(&loop);
	return 0;
}

static int close_loop(void **state)
{
	(void)state;
	test_loop_close(&loop);
	return 0;
}

/* ---- What nodes say. ---- */

static void errors_that_say_elsewhere(void **state)
{
	(void)state;
	static const char *const elsewhere[] = {
		"MOVED 3999 127.0.0.1:6381",
		"ASK 3999 127.0.0.1:6381",
		"TRYAGAIN Multiple keys request during rehashing of slot",
		"CLUSTERDOWN The cluster is down",
		"LOADING Redis is loading the dataset in memory",
		"READONLY You can't write against a read only replica.",
		"MASTERDOWN Link with MASTER is down",
		"UNBLOCKED force unblock from blocking operation",
		"EXECABORT Transaction discarded because of: READONLY You can't write",
	};
	static const char *const here[] = {
		"",
		"ERR unknown command",
		"ERR no such key",
		"OOM command not allowed",
		"EXECABORT Transaction discarded because of previous errors.",
		"MOVEDX",
		"WRONGTYPE Operation",
	};
	for (size_t i = 0; i < RA_COUNT(elsewhere); i++)
		assert_true(redis_is_elsewhere(ra_str_of(elsewhere[i])));
	for (size_t i = 0; i < RA_COUNT(here); i++)
		assert_false(redis_is_elsewhere(ra_str_of(here[i])));
}

static void moved_says_where(void **state)
{
	(void)state;
	static const struct {
		const char *error, *host;
		int port;
	} cases[] = {
		{ "MOVED 3999 127.0.0.1:6381", "127.0.0.1", 6381 },
		{ "MOVED 0 redis-2.internal:6379", "redis-2.internal", 6379 },
		{ "MOVED 16383 fd00::2:7000", "fd00::2", 7000 },
		{ "MOVED 5 :7001", "asked", 7001 },
		{ "ASK 3999 127.0.0.1:6381", NULL, 0 },
		{ "MOVED", NULL, 0 },
		{ "MOVED 3999", NULL, 0 },
		{ "MOVED 3999 a", NULL, 0 },
		{ "MOVED 3999 a:", NULL, 0 },
		{ "MOVED 3999 a:0", NULL, 0 },
		{ "MOVED 3999 a:65536", NULL, 0 },
		{ "MOVED 3999 a:1x", NULL, 0 },
		{ "", NULL, 0 },
	};
	const struct redis_node asked = { (char[]){ "asked" }, 1 };
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		struct redis_node to = { 0 };
		int rc = redis_moved_to(ra_str_of(cases[i].error), &asked, &to);
		assert_int_equal(rc, cases[i].host ? 0 : RA_ENOTFOUND);
		assert_int_equal(to.port, cases[i].port);
		if (cases[i].host)
			assert_string_equal(to.host, cases[i].host);
		ra_free(to.host);
	}
}

static void learn(struct redis_nodes *nodes, const char *resp)
{
	const struct redis_node asked = { (char[]){ "asked" }, 1 };
	redisReader *reader = redisReaderCreate();
	void *reply = NULL;
	redisReaderFeed(reader, resp, strlen(resp));
	assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
	assert_non_null(reply);
	redis_nodes_learn(nodes, reply, &asked);
	freeReplyObject(reply);
	redisReaderFree(reader);
}

static void nodes_are_learned_once(void **state)
{
	(void)state;
	struct redis_nodes nodes = { 0 };
	learn(&nodes, "*3\r\n"
		      "*4\r\n:0\r\n:9\r\n"
		      "*4\r\n$1\r\na\r\n:7000\r\n$2\r\nid\r\n*0\r\n"
		      "*3\r\n$1\r\nb\r\n:7000\r\n$2\r\nid\r\n"
		      "*3\r\n:10\r\n:19\r\n*3\r\n$0\r\n\r\n:7001\r\n$2\r\nid\r\n"
		      "*3\r\n:20\r\n:29\r\n*3\r\n$1\r\na\r\n:7000\r\n$2\r\nid\r\n");
	assert_int_equal(nodes.count, 3);
	assert_string_equal(nodes.list[0].host, "a");
	assert_string_equal(nodes.list[1].host, "b");
	assert_string_equal(nodes.list[2].host, "asked");
	assert_int_equal(nodes.list[2].port, 7001);

	/* what makes no sense is passed over */
	learn(&nodes, "*3\r\n:1\r\n*3\r\n:0\r\n:9\r\n$1\r\nx\r\n"
		      "*4\r\n:0\r\n:9\r\n*1\r\n:1\r\n*2\r\n$-1\r\n:7002\r\n");
	assert_int_equal(nodes.count, 1);
	assert_string_equal(nodes.list[0].host, "asked");

	learn(&nodes, "-ERR This instance has cluster support disabled\r\n");
	assert_int_equal(nodes.count, 0);
	redis_nodes_fini(&nodes);
}

/* ---- A real cluster. ---- */

static void finds_the_node_of_its_key(void **state)
{
	(void)state;
	bool was_at[TEST_NODES] = { false };
	for (int i = 0; i < 12; i++) {
		struct seen seen;
		char key[24];
		snprintf(key, sizeof(key), "session:{%d.0}", i);
		open_up(&seen, key);
		was_at[test_cluster_master(&cluster, key)] = true;
		/* keys of one tag are together */
		ask(&seen, "MSET session:{%d.0} a events:{%d.0} b", i, i);
		ask(&seen, "GET events:{%d.0}", i);
		assert_string_equal(seen.text, "b");
		assert_int_equal(seen.nulls + seen.errors + seen.downs, 0);
		shut(&seen);
	}
	for (int node = 0; node < TEST_MASTERS; node++)
		assert_true(was_at[node]);
}

/* The one node that the URL names may be gone, or know nothing of us. */
static void asks_the_next_node_of_the_url(void **state)
{
	(void)state;
	struct seen seen;
	char url[200];
	snprintf(url, sizeof(url), "redis://:s3cret@127.0.0.1:1,no-such-host.invalid,127.0.0.1:%u",
		 cluster.nodes[4].server.port);
	open_at(&seen, url, "shards");
	test_run_until(&loop, seen.ups == 1);
	ask(&seen, "SADD shards 1.0");
	assert_int_equal(seen.nulls + seen.errors, 0);
	shut(&seen);
}

static void without_a_key_any_node_will_do(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen, NULL);
	ask(&seen, "PING");
	assert_string_equal(seen.text, "PONG");
	assert_int_equal(seen.downs, 0);
	shut(&seen);
}

static void wrong_passwords_are_told_and_kept(void **state)
{
	(void)state;
	struct seen seen;
	char url[96];
	snprintf(url, sizeof(url), "redis://:hunter2@127.0.0.1:%u", cluster.nodes[0].server.port);
	open_at(&seen, url, "key");
	test_run_until(&loop, strstr(ra_redis_trouble(seen.redis), "WRONGPASS"));
	assert_null(strstr(ra_redis_trouble(seen.redis), "hunter2"));
	assert_int_equal(seen.ups, 0);
	shut(&seen);
}

static int next_master(const char *key)
{
	int here = test_cluster_master(&cluster, key);
	for (int i = 0;; i++) {
		char other[24];
		snprintf(other, sizeof(other), "other-%d", i);
		int node = test_cluster_master(&cluster, other);
		if (node != here)
			return node;
	}
}

static void follows_a_slot_that_moved(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen, "moves");
	ask(&seen, "SET moves yes");
	int from = test_cluster_master(&cluster, "moves"), to = next_master("moves");
	test_cluster_move_begin(&cluster, "moves", to);
	test_cluster_move_key(&cluster, "moves", from, to);
	test_cluster_move_end(&cluster, "moves", to);
	ask(&seen, "GET moves");
	assert_string_equal(seen.text, "yes");
	assert_int_equal(test_cluster_master(&cluster, "moves"), to);
	assert_int_equal(seen.nulls, 1); /* the answer was MOVED */
	assert_int_equal(seen.downs, 1);
	assert_int_equal(seen.errors, 0);
	shut(&seen);
}

/* Between begin and end the keys of a slot are on two nodes: a transaction is done whole or not. */
static void waits_while_a_slot_moves(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen, "a{w}");
	ask(&seen, "MSET a{w} 1 b{w} 1");
	int from = test_cluster_master(&cluster, "a{w}"), to = next_master("a{w}");
	test_cluster_move_begin(&cluster, "a{w}", to);

	/* nothing has left yet */
	ask(&seen, "INCR a{w}");
	assert_int_equal(seen.nulls, 0);

	/* one of two has: ASK for it, and for the transaction with both */
	test_cluster_move_key(&cluster, "b{w}", from, to);
	assert_int_equal(ra_redis_sendf(seen.redis, NULL, NULL, "MULTI"), 0);
	assert_int_equal(ra_redis_sendf(seen.redis, NULL, NULL, "INCR a{w}"), 0);
	assert_int_equal(ra_redis_sendf(seen.redis, NULL, NULL, "INCR b{w}"), 0);
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "EXEC"), 0);
	test_run_until(&loop, seen.downs == 1);
	assert_int_equal(seen.nulls, 1);

	/* two keys in one command: TRYAGAIN */
	test_run_until(&loop, ra_redis_is_up(seen.redis));
	assert_int_equal(ra_redis_sendf(seen.redis, on_reply, &seen, "MGET a{w} b{w}"), 0);
	test_run_until(&loop, seen.downs == 2);
	assert_int_equal(seen.nulls, 2);

	/* all have: our key's old home sends us away until the end */
	test_cluster_move_key(&cluster, "a{w}", from, to);
	test_run_until(&loop, strstr(ra_redis_trouble(seen.redis), "ASK"));
	assert_false(ra_redis_is_up(seen.redis));

	test_cluster_move_end(&cluster, "a{w}", to);
	ask(&seen, "GET a{w}");
	assert_string_equal(seen.text, "2");
	ask(&seen, "GET b{w}");
	assert_string_equal(seen.text, "1");
	assert_int_equal(seen.errors, 0);
	shut(&seen);
}

/* CLUSTER FAILOVER: the replica takes over with everything, and a blocked reader hears of it. */
static void follows_an_orderly_failover(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen, "orderly");
	ask(&seen, "SET orderly yes");
	int master = test_cluster_master(&cluster, "orderly");
	int replica = test_cluster_replica(&cluster, master);
	assert_int_equal(
		ra_redis_sendf(seen.redis, on_reply, &seen, "XREAD BLOCK 0 STREAMS {orderly} $"),
		0);
	test_run_for(&loop, 20);
	test_cluster_command(&cluster, replica, "CLUSTER FAILOVER");
	test_run_until(&loop, seen.downs == 1);
	assert_int_equal(seen.nulls, 1);
	ask(&seen, "GET orderly");
	assert_string_equal(seen.text, "yes");
	assert_int_equal(test_cluster_master(&cluster, "orderly"), replica);
	assert_int_equal(seen.errors, 0);
	shut(&seen);
}

static void follows_when_its_master_dies(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen, "dies");
	ask(&seen, "SET dies never");
	int master = test_cluster_master(&cluster, "dies");
	int replica = test_cluster_replica(&cluster, master);
	assert_int_equal(test_cluster_command(&cluster, master, "WAIT 1 10000"), 1);
	test_redis_kill(&cluster.nodes[master]);
	test_run_until(&loop, seen.downs > 0);
	ask(&seen, "GET dies");
	assert_string_equal(seen.text, "never");
	assert_int_equal(test_cluster_master(&cluster, "dies"), replica);
	ask(&seen, "SET dies again");
	assert_string_equal(seen.text, "OK");
	assert_int_equal(seen.errors, 0);

	/* it comes back as the replica of its replica */
	test_redis_restart(&cluster.nodes[master]);
	assert_int_equal(test_cluster_replica(&cluster, replica), master);
	shut(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_that_say_elsewhere),
		cmocka_unit_test(moved_says_where),
		cmocka_unit_test(nodes_are_learned_once),
		cmocka_unit_test_setup_teardown(finds_the_node_of_its_key, open_loop, close_loop),
		cmocka_unit_test_setup_teardown(asks_the_next_node_of_the_url, open_loop,
						close_loop),
		cmocka_unit_test_setup_teardown(without_a_key_any_node_will_do, open_loop,
						close_loop),
		cmocka_unit_test_setup_teardown(wrong_passwords_are_told_and_kept, open_loop,
						close_loop),
		cmocka_unit_test_setup_teardown(follows_a_slot_that_moved, open_loop, close_loop),
		cmocka_unit_test_setup_teardown(waits_while_a_slot_moves, open_loop, close_loop),
		cmocka_unit_test_setup_teardown(follows_an_orderly_failover, open_loop, close_loop),
		cmocka_unit_test_setup_teardown(follows_when_its_master_dies, open_loop,
						close_loop),
	};
	return cmocka_run_group_tests(tests, start_cluster, stop_cluster);
}
