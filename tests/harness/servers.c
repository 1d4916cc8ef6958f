/* servers: see the header. */
#include "tests/harness/servers.h"
#include "libshared/base/base.h"
#include "libshared/base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define POSTGRES    "/usr/lib/postgresql/15/bin/postgres"
#define INITDB      "/usr/lib/postgresql/15/bin/initdb"
#define BASEBACKUP  "/usr/lib/postgresql/15/bin/pg_basebackup"
#define MIGRATED    "tests/harness/postgres.sh"
#define PATIENCE_MS 30000
#define POLL_US     20000

/* The test can not go on. Whatever runs dies with us. */
static _Noreturn void die(const struct test_server *server, const char *what)
{
	char command[96];
	fprintf(stderr, "test servers: %s (errno: %s)\n", what, strerror(errno));
	snprintf(command, sizeof(command), "tail -n 30 %s/log >&2", server->dir);
	if (server->dir[0] && system(command) != 0)
		fprintf(stderr, "no log\n");
	_exit(1); /* no leak report for what was cut short */
}

/* Starts a shell that removes the folder when our end of its stdin closes, be it because we died.
 */
static void start_sweeper(struct test_server *server)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		die(server, "pipe");
	server->sweeper = fork();
	if (server->sweeper == 0) {
		dup2(ends[0], STDIN_FILENO);
		setsid(); /* a Ctrl-C is not for it */
		execl("/bin/sh", "sh", "-c",
		      "cat; for i in 1 2 3 4 5 6 7 8 9; do rm -rf -- \"$1\" && exit; sleep 0.3; "
		      "done",
		      "sweeper", server->dir, (char *)NULL);
		_exit(127);
	}
	close(ends[0]);
	server->lifeline = ends[1];
}

/* Nobody else's while this process lives: an abstract socket goes with whoever has it. */
static bool reserve(unsigned port)
{
	struct sockaddr_un mark = { .sun_family = AF_UNIX };
	int len = snprintf(mark.sun_path + 1, sizeof(mark.sun_path) - 1, "rations-test-port-%u",
			   port);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&mark,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)) == 0)
		return true;
	close(fd);
	return false;
}

static bool is_free(unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc = bind(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	return rc == 0;
}

/* Below those that are given to whoever asks for any, and beside those of tests/harness/stack.mjs.
 */
unsigned test_free_port(void)
{
	for (;;) {
		uint16_t number;
		if (getrandom(&number, sizeof(number), 0) < 0)
			abort();
		unsigned port = 10000 + number % 5000U;
		if (reserve(port) && is_free(port))
			return port;
	}
}

static void make_dir(struct test_server *server)
{
	*server = (struct test_server){ .dir = "/tmp/rations-test-XXXXXX" };
	if (!mkdtemp(server->dir))
		die(server, "mkdtemp");
	start_sweeper(server);
	server->port = test_free_port();
}

/* PostgreSQL refuses to be root. */
static void become_postgres(const struct test_server *server)
{
	if (geteuid() != 0)
		return;
	const struct passwd *user = getpwnam("postgres");
	if (!user || initgroups("postgres", user->pw_gid) < 0 || setgid(user->pw_gid) < 0 ||
	    setuid(user->pw_uid) < 0)
		die(server, "become user postgres");
}

/* Forks and executes; its words go to the folder's log. */
static pid_t run(const struct test_server *server, bool as_postgres, int death_signal,
		 char *const argv[])
{
	char log[96];
	snprintf(log, sizeof(log), "%s/log", server->dir);
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (as_postgres)
		become_postgres(server);
	prctl(PR_SET_PDEATHSIG, death_signal);
	if (chdir(server->dir) < 0)
		_exit(127);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execvp(argv[0], argv);
	_exit(127);
}

static void run_to_end(const struct test_server *server, bool as_postgres, char *const argv[])
{
	int status = 0;
	pid_t pid = run(server, as_postgres, SIGKILL, argv);
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		die(server, argv[0]);
}

static bool has_died(struct test_server *server)
{
	if (waitpid(server->pid, NULL, WNOHANG) != server->pid)
		return false;
	server->pid = 0;
	return true;
}

static void kill_server(struct test_server *server, int signal)
{
	if (server->pid == 0)
		return;
	kill(server->pid, signal);
	waitpid(server->pid, NULL, 0);
	server->pid = 0;
}

static void sweep(struct test_server *server)
{
	close(server->lifeline);
	waitpid(server->sweeper, NULL, 0);
}

/* ---- Redis ---- */

static bool redis_answers(const struct test_redis *redis)
{
	redisContext *c = redisConnectUnix(redis->socket);
	redisReply *reply = NULL;
	if (c && !c->err && redis->password)
		freeReplyObject(redisCommand(c, "AUTH %s", redis->password));
	if (c && !c->err)
		reply = redisCommand(c, "PING");
	bool answers = reply && reply->type == REDIS_REPLY_STATUS;
	if (reply)
		freeReplyObject(reply);
	if (c)
		redisFree(c);
	return answers;
}

static void add(const char *argv[], size_t *count, const char *option, const char *value)
{
	argv[(*count)++] = option;
	argv[(*count)++] = value;
}

void test_redis_restart(struct test_redis *redis)
{
	const char *fsync = redis->aof == TEST_AOF_ALWAYS ? "always" : "everysec";
	const char *append = redis->aof == TEST_AOF_OFF ? "no" : "yes";
	char port[12], bus_port[12];
	snprintf(port, sizeof(port), "%u", redis->server.port);
	snprintf(bus_port, sizeof(bus_port), "%u", redis->bus_port);
	const char *argv[32] = { "redis-server" };
	size_t count = 1;
	add(argv, &count, "--bind", "127.0.0.1");
	add(argv, &count, "--port", port);
	add(argv, &count, "--unixsocket", redis->socket);
	add(argv, &count, "--save", "");
	add(argv, &count, "--appendonly", append);
	add(argv, &count, "--appendfsync", fsync);
	if (redis->password) {
		add(argv, &count, "--requirepass", redis->password);
		add(argv, &count, "--masterauth", redis->password);
	}
	if (redis->bus_port > 0) {
		add(argv, &count, "--cluster-enabled", "yes");
		add(argv, &count, "--cluster-port", bus_port);
		add(argv, &count, "--cluster-node-timeout", "2000");
		add(argv, &count, "--repl-diskless-sync-delay", "0");
	}
	redis->server.pid = run(&redis->server, false, SIGKILL, (char *const *)argv);
	uint64_t give_up = ra_monotonic_ms() + PATIENCE_MS;
	while (!redis_answers(redis)) {
		if (has_died(&redis->server) || ra_monotonic_ms() > give_up)
			die(&redis->server, "Redis does not start");
		usleep(POLL_US);
	}
}

void test_redis_prepare(struct test_redis *redis, enum test_aof aof, const char *password)
{
	*redis = (struct test_redis){ .aof = aof, .password = password };
	make_dir(&redis->server);
	snprintf(redis->socket, sizeof(redis->socket), "%s/socket", redis->server.dir);
	snprintf(redis->url, sizeof(redis->url), "unix://%s%s%s%s", password ? ":" : "",
		 password ? password : "", password ? "@" : "", redis->socket);
}

void test_redis_start(struct test_redis *redis, enum test_aof aof, const char *password)
{
	test_redis_prepare(redis, aof, password);
	test_redis_restart(redis);
}

void test_redis_kill(struct test_redis *redis)
{
	kill_server(&redis->server, SIGKILL);
}

void test_redis_stop(struct test_redis *redis)
{
	kill_server(&redis->server, SIGKILL);
	sweep(&redis->server);
}

/* ---- PostgreSQL ---- */

void test_pg_restart(struct test_pg *pg)
{
	const char *fsync = pg->durable ? "fsync=on" : "fsync=off";
	char port[12];
	snprintf(port, sizeof(port), "%u", pg->server.port);
	const char *argv[] = {
		POSTGRES, "-D", "data", "-k", pg->server.dir,        "-h", "127.0.0.1", "-p",
		port,     "-c", fsync,  "-c", "shared_buffers=32MB", NULL,
	};
	uint64_t give_up = ra_monotonic_ms() + PATIENCE_MS;
	while (pg->server.pid == 0 || PQping(pg->url) != PQPING_OK) {
		if (ra_monotonic_ms() > give_up)
			die(&pg->server, "PostgreSQL does not start");
		/* right after a kill -9 the old backends may still hold the shared memory */
		if (pg->server.pid == 0 || has_died(&pg->server))
			pg->server.pid = run(&pg->server, true, SIGQUIT, (char *const *)argv);
		usleep(POLL_US);
	}
}

static void own_dir(const struct test_pg *pg)
{
	const struct passwd *user = getpwnam("postgres");
	if (geteuid() == 0 && (!user || chown(pg->server.dir, user->pw_uid, user->pw_gid) < 0))
		die(&pg->server, "chown to user postgres");
}

static void init_bare(const struct test_pg *pg)
{
	const char *argv[] = { INITDB,      "-D",    "data", "-U",   "postgres",
			       "-A",        "trust", "-E",   "UTF8", "--locale=C.UTF-8",
			       "--no-sync", NULL };
	own_dir(pg);
	run_to_end(&pg->server, true, (char *const *)argv);
}

static void init_migrated(const struct test_pg *pg)
{
	char *path = realpath(MIGRATED, NULL);
	if (!path)
		die(&pg->server, "no " MIGRATED " in the working directory");
	const char *argv[] = { path, pg->server.dir, NULL };
	run_to_end(&pg->server, false, (char *const *)argv);
	free(path);
}

void test_pg_start(struct test_pg *pg, bool durable, bool migrations)
{
	*pg = (struct test_pg){ .durable = durable,
				.database = migrations ? "rations" : "postgres" };
	make_dir(&pg->server);
	if (migrations)
		init_migrated(pg);
	else
		init_bare(pg);
	test_pg_url(pg, "postgres", pg->url);
	test_pg_restart(pg);
}

static void hang_up(struct test_pg *pg)
{
	PQfinish(pg->conn);
	pg->conn = NULL;
}

/* Standbys are free to fall behind, and what they can not replay cancels a query at once. */
#define REPLICATED                                                                                 \
	"max_wal_senders=4\nwal_level=replica\nwal_keep_size=64MB\nmax_standby_streaming_delay="   \
	"0\n"

static void copy_primary(const struct test_pg *standby, const struct test_pg *primary)
{
	char port[12];
	snprintf(port, sizeof(port), "%u", primary->server.port);
	const char *argv[] = {
		BASEBACKUP,
		"-h",
		primary->server.dir,
		"-p",
		port,
		"-U",
		"postgres",
		"-D",
		"data",
		"-R",
		"-X",
		"stream",
		"-c",
		"fast",
		"--no-sync",
		"--no-manifest",
		NULL,
	};
	run_to_end(&standby->server, true, (char *const *)argv);
}

static void append_conf(const struct test_pg *pg, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/data/postgresql.conf", pg->server.dir);
	FILE *file = fopen(path, "a");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		die(&pg->server, path);
}

void test_pg_follow(struct test_pg *standby, struct test_pg *primary)
{
	test_pg_number(primary, "CHECKPOINT");
	append_conf(primary, REPLICATED);
	hang_up(primary);
	kill_server(&primary->server, SIGQUIT);
	test_pg_restart(primary);
	*standby = (struct test_pg){ .durable = primary->durable, .database = primary->database };
	make_dir(&standby->server);
	own_dir(standby);
	copy_primary(standby, primary);
	test_pg_url(standby, "postgres", standby->url);
	test_pg_restart(standby);
}

void test_pg_demote(struct test_pg *pg)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/data/standby.signal", pg->server.dir);
	hang_up(pg);
	kill_server(&pg->server, SIGINT);
	FILE *file = fopen(path, "w");
	if (!file || fclose(file) != 0)
		die(&pg->server, path);
	test_pg_restart(pg);
}

void test_pg_kill(struct test_pg *pg)
{
	hang_up(pg);
	kill_server(&pg->server, SIGKILL);
}

void test_pg_stop(struct test_pg *pg)
{
	hang_up(pg);
	kill_server(&pg->server, SIGQUIT);
	sweep(&pg->server);
}

void test_pg_url(const struct test_pg *pg, const char *role, char url[160])
{
	snprintf(url, 160, "postgresql://%s@/%s?host=%s&port=%u", role, pg->database,
		 pg->server.dir, pg->server.port);
}

PGconn *test_pg_connect(const struct test_pg *pg)
{
	PGconn *conn = PQconnectdb(pg->url);
	if (PQstatus(conn) != CONNECTION_OK)
		die(&pg->server, PQerrorMessage(conn));
	return conn;
}

long long test_pg_number(struct test_pg *pg, const char *sql)
{
	if (!pg->conn)
		pg->conn = test_pg_connect(pg);
	PGresult *result = PQexec(pg->conn, sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		die(&pg->server, PQerrorMessage(pg->conn));
	long long number = PQntuples(result) > 0 ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;
	PQclear(result);
	return number;
}
