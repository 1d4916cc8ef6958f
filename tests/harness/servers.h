/*
 * servers: real, private, throwaway Redis and PostgreSQL for tests, each with
 * a folder of its own under /tmp, on a Unix socket there and on a free port
 * of the loopback.
 *
 * They die with the test process however it ends, and their folder goes with
 * them. What can not be started ends the process with the server's log.
 */
#pragma once
#include <libpq-fe.h>
#include <stdbool.h>
#include <sys/types.h>

/* A server: a process and its folder. */
struct test_server {
	char dir[64];
	pid_t pid;    /* 0 while killed */
	int lifeline; /* when it closes, the folder is removed */
	pid_t sweeper;
	unsigned port; /* on 127.0.0.1 */
};

enum test_aof { TEST_AOF_OFF, TEST_AOF_EVERYSEC, TEST_AOF_ALWAYS };

struct test_redis {
	struct test_server server;
	enum test_aof aof;
	const char *password; /* borrowed; NULL: none */
	unsigned bus_port;    /* of a cluster's node (see cluster.h); 0: it is none */
	char socket[96];
	char url[160]; /* of the socket, with the password */
};

void test_redis_start(struct test_redis *redis, enum test_aof aof, const char *password);
/* Its folder and its port, nothing started: test_redis_restart does. */
void test_redis_prepare(struct test_redis *redis, enum test_aof aof, const char *password);
/* kill -9 and no funeral. */
void test_redis_kill(struct test_redis *redis);
/* Starts it again on the data it left behind. */
void test_redis_restart(struct test_redis *redis);
void test_redis_stop(struct test_redis *redis);
/* A port of the loopback nobody listens on. */
unsigned test_free_port(void);

struct test_pg {
	struct test_server server;
	bool durable;
	const char *database;
	char url[160]; /* of the superuser */
	PGconn *conn; /* owned; of test_pg_number, which is asked again and again; NULL: none yet */
};

/* `durable`: with fsync, for tests that kill it. `migrations`: with those of the working directory
 * applied (tests/harness/postgres.sh). */
void test_pg_start(struct test_pg *pg, bool durable, bool migrations);
/* A streaming replica of it, followed at once. The primary is started anew for it: its connections
 * are lost. */
void test_pg_follow(struct test_pg *standby, struct test_pg *primary);
/* Starts it anew as a standby of its own past, with nobody to follow. */
void test_pg_demote(struct test_pg *pg);
void test_pg_kill(struct test_pg *pg);
void test_pg_restart(struct test_pg *pg);
void test_pg_stop(struct test_pg *pg);
/* The URL for a role of the migrations. */
void test_pg_url(const struct test_pg *pg, const char *role, char url[160]);
/* A blocking connection of the superuser; PQfinish it. */
PGconn *test_pg_connect(const struct test_pg *pg);
/* Runs SQL as the superuser and returns the first value of the first row as a number (0 without
 * rows). */
long long test_pg_number(struct test_pg *pg, const char *sql);
