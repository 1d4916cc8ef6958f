/*
 * cluster: a real Redis Cluster for tests: three masters with a replica each,
 * as servers.h starts and ends them. It is born whole: every node finds the
 * others in its nodes.conf, so nobody has to meet.
 */
#pragma once
#include "tests/harness/servers.h"

enum { TEST_MASTERS = 3, TEST_NODES = 2 * TEST_MASTERS };

struct test_cluster {
	struct test_redis nodes[TEST_NODES]; /* node i + TEST_MASTERS begins as the replica of i */
	char url[96];                        /* names the first node only; with the password */
};

/* Returns when it takes writes and the replicas follow. `password` is borrowed; NULL: none. */
void test_cluster_start(struct test_cluster *cluster, const char *password);
void test_cluster_stop(struct test_cluster *cluster);
/* The node that serves the key now; waits for one, be it through a failover. */
int test_cluster_master(const struct test_cluster *cluster, const char *key);
/* A replica of that node that is up to date. */
int test_cluster_replica(const struct test_cluster *cluster, int master);

/* A slot's journey, step by step: `begin` makes the nodes expect it, `move` takes one key along,
 * `end` makes `to` its master for all. */
void test_cluster_move_begin(const struct test_cluster *cluster, const char *key, int to);
void test_cluster_move_key(const struct test_cluster *cluster, const char *key, int from, int to);
void test_cluster_move_end(const struct test_cluster *cluster, const char *key, int to);

/* A command to one node, on a connection of its own; fails the test on an error reply. Returns its
 * integer reply, or 0. */
long long test_cluster_command(const struct test_cluster *cluster, int node, const char *fmt, ...);
