/* cluster: see the header. */
#include "tests/harness/cluster.h"
#include "libshared/base/base.h"
#include "libshared/base/clock.h"
#include "tests/harness/cmocka.h"
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define SLOTS       16384
#define PATIENCE_MS 30000
#define POLL_US     20000

/* Forty hexadecimal digits. */
static void write_id(FILE *file, int node)
{
	fprintf(file, "%040x", node + 1);
}

static void write_node(const struct test_cluster *cluster, FILE *file, int node, int self)
{
	const struct test_redis *redis = &cluster->nodes[node];
	int master = node % TEST_MASTERS;
	write_id(file, node);
	fprintf(file, " 127.0.0.1:%u@%u %s", redis->server.port, redis->bus_port,
		node == self ? "myself," : "");
	if (node == master) {
		fprintf(file, "master - 0 0 %d connected %d-%d\n", node + 1,
			SLOTS * node / TEST_MASTERS, SLOTS * (node + 1) / TEST_MASTERS - 1);
	} else {
		fprintf(file, "slave ");
		write_id(file, master);
		fprintf(file, " 0 0 %d connected\n", master + 1);
	}
}

static void introduce(const struct test_cluster *cluster, int self)
{
	char path[96];
	snprintf(path, sizeof(path), "%s/nodes.conf", cluster->nodes[self].server.dir);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	for (int node = 0; node < TEST_NODES; node++)
		write_node(cluster, file, node, self);
	fprintf(file, "vars currentEpoch %d lastVoteEpoch 0\n", TEST_MASTERS);
	fclose(file);
}

/* NULL when the node is not there. */
static redisContext *connect_to(const struct test_redis *redis)
{
	redisContext *c = redis->server.pid ? redisConnectUnix(redis->socket) : NULL;
	if (c && !c->err && redis->password)
		freeReplyObject(redisCommand(c, "AUTH %s", redis->password));
	if (c && c->err) {
		redisFree(c);
		return NULL;
	}
	return c;
}

static redisReply *ask(const struct test_redis *redis, const char *fmt, va_list args)
{
	redisContext *c = connect_to(redis);
	redisReply *reply = c ? redisvCommand(c, fmt, args) : NULL;
	if (c)
		redisFree(c);
	return reply;
}

/* Does the node's answer hold `word`? NULL: is it a number? */
static bool says(const struct test_redis *redis, const char *word, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	redisReply *reply = ask(redis, fmt, args);
	va_end(args);
	bool does = reply && (word ? reply->str && strstr(reply->str, word)
				   : reply->type == REDIS_REPLY_INTEGER);
	if (reply)
		freeReplyObject(reply);
	return does;
}

long long test_cluster_command(const struct test_cluster *cluster, int node, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	redisReply *reply = ask(&cluster->nodes[node], fmt, args);
	va_end(args);
	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR)
		fail_msg("node %d: %s: %s", node, fmt, reply->str);
	long long number = reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
	freeReplyObject(reply);
	return number;
}

static void wait_until_it_serves(const struct test_cluster *cluster)
{
	uint64_t give_up = ra_monotonic_ms() + PATIENCE_MS;
	for (int node = 0; node < TEST_NODES; node++) {
		const struct test_redis *redis = &cluster->nodes[node];
		const char *link =
			node < TEST_MASTERS ? "connected_slaves:1" : "master_link_status:up";
		while (!says(redis, "cluster_state:ok", "CLUSTER INFO") ||
		       !says(redis, link, "INFO replication")) {
			if (ra_monotonic_ms() > give_up)
				fail_msg("node %d is not in the cluster", node);
			usleep(POLL_US);
		}
	}
}

void test_cluster_start(struct test_cluster *cluster, const char *password)
{
	for (int node = 0; node < TEST_NODES; node++) {
		test_redis_prepare(&cluster->nodes[node], TEST_AOF_OFF, password);
		cluster->nodes[node].bus_port = test_free_port();
	}
	for (int node = 0; node < TEST_NODES; node++) {
		introduce(cluster, node);
		test_redis_restart(&cluster->nodes[node]);
	}
	snprintf(cluster->url, sizeof(cluster->url), "redis://%s%s%s127.0.0.1:%u",
		 password ? ":" : "", password ? password : "", password ? "@" : "",
		 cluster->nodes[0].server.port);
	wait_until_it_serves(cluster);
}

void test_cluster_stop(struct test_cluster *cluster)
{
	for (int node = 0; node < TEST_NODES; node++)
		test_redis_stop(&cluster->nodes[node]);
}

int test_cluster_master(const struct test_cluster *cluster, const char *key)
{
	uint64_t give_up = ra_monotonic_ms() + PATIENCE_MS;
	while (ra_monotonic_ms() < give_up) {
		for (int node = 0; node < TEST_NODES; node++)
			if (says(&cluster->nodes[node], NULL, "EXISTS %s", key))
				return node;
		usleep(POLL_US);
	}
	fail_msg("no node serves %s", key);
	return -1;
}

int test_cluster_replica(const struct test_cluster *cluster, int master)
{
	uint64_t give_up = ra_monotonic_ms() + PATIENCE_MS;
	char port[32];
	snprintf(port, sizeof(port), "master_port:%u\r", cluster->nodes[master].server.port);
	while (ra_monotonic_ms() < give_up) {
		for (int node = 0; node < TEST_NODES; node++)
			if (says(&cluster->nodes[node], port, "INFO replication") &&
			    says(&cluster->nodes[node], "master_link_status:up",
				 "INFO replication"))
				return node;
		usleep(POLL_US);
	}
	fail_msg("node %d has no replica", master);
	return -1;
}

/* The node's name in the cluster. */
static void read_id(const struct test_cluster *cluster, int node, char id[41])
{
	redisContext *c = connect_to(&cluster->nodes[node]);
	assert_non_null(c);
	redisReply *reply = redisCommand(c, "CLUSTER MYID");
	assert_non_null(reply);
	snprintf(id, 41, "%s", reply->str);
	freeReplyObject(reply);
	redisFree(c);
}

void test_cluster_move_begin(const struct test_cluster *cluster, const char *key, int to)
{
	int from = test_cluster_master(cluster, key);
	long long slot = test_cluster_command(cluster, from, "CLUSTER KEYSLOT %s", key);
	char from_id[41], to_id[41];
	read_id(cluster, from, from_id);
	read_id(cluster, to, to_id);
	test_cluster_command(cluster, to, "CLUSTER SETSLOT %lld IMPORTING %s", slot, from_id);
	test_cluster_command(cluster, from, "CLUSTER SETSLOT %lld MIGRATING %s", slot, to_id);
}

void test_cluster_move_key(const struct test_cluster *cluster, const char *key, int from, int to)
{
	unsigned port = cluster->nodes[to].server.port;
	const char *password = cluster->nodes[to].password;
	if (password)
		test_cluster_command(cluster, from,
				     "MIGRATE 127.0.0.1 %u %s 0 10000 REPLACE AUTH %s", port, key,
				     password);
	else
		test_cluster_command(cluster, from, "MIGRATE 127.0.0.1 %u %s 0 10000 REPLACE", port,
				     key);
}

/* The new master first, so that nobody is sent to one who does not know. */
void test_cluster_move_end(const struct test_cluster *cluster, const char *key, int to)
{
	long long slot = test_cluster_command(cluster, to, "CLUSTER KEYSLOT %s", key);
	char to_id[41];
	read_id(cluster, to, to_id);
	test_cluster_command(cluster, to, "CLUSTER SETSLOT %lld NODE %s", slot, to_id);
	for (int node = 0; node < TEST_NODES; node++)
		if (cluster->nodes[node].server.pid && node != to &&
		    says(&cluster->nodes[node], "role:master", "INFO replication"))
			test_cluster_command(cluster, node, "CLUSTER SETSLOT %lld NODE %s", slot,
					     to_id);
}
