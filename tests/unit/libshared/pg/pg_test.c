/* pg: against a real server: groups, errors, reconnects. */
#include "libshared/pg/pg.h"
#include "libshared/pg/schema.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static uv_loop_t loop;
static struct test_pg server;

enum stmt {
	INSERT,
	COUNT,
	LOCK,
	SLEEP,
	PID,
	DEFERRED,
	LISTEN,
	CAST,
	BIG,
	ANEW,
	PLANS,
	SLOW_READER,
	PID_HERE
};

static const struct ra_pg_stmt stmts[] = {
	[INSERT] = { "INSERT INTO t (n) VALUES ($1::bigint) RETURNING n", 1 },
	[COUNT] = { "SELECT count(*) FROM t", 0 },
	[LOCK] = { "SELECT pg_try_advisory_lock(7)::int", 0 },
	[SLEEP] = { "SELECT pg_sleep(60)", 0 },
	[PID] = { "SELECT pg_backend_pid()", 0 },
	[PID_HERE] = { "SELECT pg_backend_pid()", RA_PG_HERE },
	[DEFERRED] = { "INSERT INTO child (n) VALUES (99)", 0 },
	[LISTEN] = { "LISTEN bell", 0 },
	[CAST] = { "SELECT $1::text::int", 1 },
	[BIG] = { "SELECT $1::text", 1 },
	[ANEW] = { "SELECT length($1::text)", 1 | RA_PG_ANEW },
	[PLANS] = { "SELECT coalesce(sum(generic_plans + custom_plans), 0) FROM "
		    "pg_prepared_statements "
		    "WHERE statement = $1::text",
		    1 },
	[SLOW_READER] = { "SELECT pg_sleep(CASE WHEN current_setting("
			  "'default_transaction_read_only')::bool THEN 60 ELSE 0 END)",
			  0 },
};

/* What a connection told us. */
struct seen {
	struct ra_pg *pg;
	int ups, downs, closes;
	int results, failed, synced, committed, unknown;
	int64_t last;   /* first value of the last rows */
	size_t bytes;   /* of the last value */
	char msg[256];  /* of the last failed sync */
	char order[32]; /* r(esult) f(ailed result) s(ynced) */
	char bell[64];
};

static void note(struct seen *seen, char what)
{
	size_t len = strlen(seen->order);
	if (len + 1 < sizeof(seen->order))
		seen->order[len] = what;
}

static void on_up(void *ctx)
{
	((struct seen *)ctx)->ups++;
}

static void on_down(void *ctx, const char *why)
{
	struct seen *seen = ctx;
	assert_true(*why);
	assert_false(ra_pg_is_up(seen->pg));
	seen->downs++;
	note(seen, 'd');
}

static void on_notify(void *ctx, const char *channel, const char *payload)
{
	struct seen *seen = ctx;
	snprintf(seen->bell, sizeof(seen->bell), "%s: %s", channel, payload);
}

static void on_closed(void *ctx)
{
	((struct seen *)ctx)->closes++;
}

static const struct ra_pg_ops ops = { .on_up = on_up, .on_down = on_down, .on_notify = on_notify };

static void on_result(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct seen *seen = ctx;
	note(seen, status == 0 ? 'r' : 'f');
	seen->results++;
	if (status < 0) {
		assert_null(result);
		assert_int_equal(err->code, status);
		seen->failed++;
		if (status == RA_EDOWN)
			assert_int_equal(ra_pg_send(seen->pg, COUNT, NULL, NULL, NULL), RA_EDOWN);
		return;
	}
	assert_null(err);
	if (PQntuples(result) > 0) {
		seen->last = ra_pg_get_i64(result, 0, 0);
		seen->bytes = ra_pg_get_str(result, 0, 0).len;
	}
}

static void on_synced(void *ctx, int status, const struct ra_err *err)
{
	struct seen *seen = ctx;
	note(seen, 's');
	seen->synced++;
	seen->committed += status == 0;
	seen->unknown += status == RA_EDOWN;
	if (status < 0)
		snprintf(seen->msg, sizeof(seen->msg), "%s", err->msg);
}

static void open_url(struct seen *seen, const char *url)
{
	struct ra_err err;
	*seen = (struct seen){ 0 };
	seen->pg =
		ra_pg_open(&loop, url, "pg_test", stmts, RA_COUNT(stmts), NULL, &ops, seen, &err);
	assert_non_null(seen->pg);
}

static void open_up(struct seen *seen)
{
	open_url(seen, server.url);
	test_run_until(&loop, seen->ups == 1);
}

static void close_one(struct seen *seen)
{
	ra_pg_close(seen->pg, on_closed, seen);
	test_run_until(&loop, seen->closes == 1);
}

static void close_all(struct seen *seen)
{
	close_one(seen);
	test_loop_close(&loop);
}

static void send_stmt(struct seen *seen, enum stmt stmt)
{
	assert_int_equal(ra_pg_send(seen->pg, (int)stmt, NULL, on_result, seen), 0);
}

static void send_insert(struct seen *seen, int64_t n)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params params = { .arena = &arena };
	ra_pg_i64(&params, n);
	assert_int_equal(ra_pg_send(seen->pg, INSERT, &params, on_result, seen), 0);
	ra_arena_fini(&arena);
}

static void send_text(struct seen *seen, enum stmt stmt, struct ra_str text)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params params = { .arena = &arena };
	ra_pg_text(&params, text);
	assert_int_equal(ra_pg_send(seen->pg, (int)stmt, &params, on_result, seen), 0);
	ra_arena_fini(&arena);
}

static void sync_group(struct seen *seen)
{
	assert_int_equal(ra_pg_sync(seen->pg, on_synced, seen), 0);
}

static void sync_and_wait(struct seen *seen)
{
	int before = seen->synced;
	sync_group(seen);
	test_run_until(&loop, seen->synced == before + 1);
}

static int start_server(void **state)
{
	(void)state;
	test_pg_start(&server, true, false);
	return 0;
}

static int stop_server(void **state)
{
	(void)state;
	test_pg_stop(&server);
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	test_loop_open(&loop);
	test_pg_number(&server,
		       "DROP TABLE IF EXISTS child, t; CREATE TABLE t (n bigint PRIMARY KEY);"
		       "CREATE TABLE child (n bigint REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
	return 0;
}

static void group_commits_together(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	send_insert(&seen, 1);
	send_insert(&seen, -2);
	send_stmt(&seen, COUNT);
	assert_int_equal(ra_pg_in_flight(seen.pg), 0);
	sync_group(&seen);
	assert_int_equal(ra_pg_in_flight(seen.pg), 1);
	assert_string_equal(seen.order, ""); /* nothing comes inside the calls */
	test_run_until(&loop, seen.synced == 1);
	assert_string_equal(seen.order, "rrrs");
	assert_int_equal(seen.committed, 1);
	assert_int_equal(seen.last, 2);
	assert_int_equal(ra_pg_in_flight(seen.pg), 0);
	assert_int_equal(test_pg_number(&server, "SELECT sum(n) FROM t"), -1);
	close_all(&seen);
}

/* Three groups in one go; the one in the middle fails in its middle. */
static void error_undoes_its_group_only(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	send_insert(&seen, 1);
	sync_group(&seen);
	send_insert(&seen, 2);
	send_insert(&seen, 1);
	send_insert(&seen, 3);
	sync_group(&seen);
	send_insert(&seen, 4);
	sync_group(&seen);
	test_run_until(&loop, seen.synced == 3);
	assert_string_equal(seen.order, "rsrffsrs");
	assert_int_equal(seen.committed, 2);
	assert_non_null(strstr(seen.msg, "23505: duplicate key"));
	assert_int_equal(test_pg_number(&server, "SELECT sum(n) FROM t"), 1 + 4);
	assert_int_equal(seen.downs, 0);
	close_all(&seen);
}

static void error_at_commit_undoes_the_group(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	send_insert(&seen, 1);
	send_stmt(&seen, DEFERRED);
	sync_group(&seen);
	send_insert(&seen, 2);
	sync_group(&seen);
	test_run_until(&loop, seen.synced == 2);
	assert_string_equal(seen.order, "rrsrs");
	assert_int_equal(seen.committed, 1);
	assert_non_null(strstr(seen.msg, "23503"));
	assert_int_equal(test_pg_number(&server, "SELECT sum(n) FROM t"), 2);
	close_all(&seen);
}

static void errors_do_not_quote_data(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	send_text(&seen, CAST, RA_STR("hunter2"));
	sync_and_wait(&seen);
	assert_non_null(strstr(seen.msg, "22P02: invalid input syntax"));
	assert_null(strstr(seen.msg, "hunter2"));
	close_all(&seen);
}

static void on_result_send_more(void *ctx, int status, const PGresult *result,
				const struct ra_err *err)
{
	struct seen *seen = ctx;
	on_result(ctx, status, result, err);
	send_insert(seen, 2);
	sync_group(seen);
}

static void sends_from_inside_a_result(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	assert_int_equal(ra_pg_send(seen.pg, COUNT, NULL, on_result_send_more, &seen), 0);
	sync_group(&seen);
	test_run_until(&loop, seen.synced == 2);
	assert_string_equal(seen.order, "rsrs");
	assert_int_equal(test_pg_number(&server, "SELECT count(*) FROM t"), 1);
	close_all(&seen);
}

/* More than any socket buffer, both ways: neither side may wait for the other. */
/* How often the plan kept with a statement was used. */
static int64_t plans_of(struct seen *seen, enum stmt stmt)
{
	send_text(seen, PLANS, ra_str_of(stmts[stmt].sql));
	sync_and_wait(seen);
	return seen->last;
}

static void plans_anew_where_told_to(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	for (int i = 0; i < 7; i++) {
		send_text(&seen, BIG, ra_str_of("1234"));
		send_text(&seen, ANEW, ra_str_of("1234"));
	}
	sync_and_wait(&seen);
	assert_int_equal(seen.last, 4);
	assert_int_equal(seen.failed, 0);
	assert_int_equal(plans_of(&seen, BIG), 7);
	assert_int_equal(plans_of(&seen, ANEW), 0);
	close_all(&seen);
}

static void large_groups_flow(void **state)
{
	(void)state;
	struct seen seen;
	struct ra_buf text = { 0 };
	memset(ra_buf_reserve(&text, 300000), 'x', 300000);
	text.len = 300000;
	open_up(&seen);
	for (int i = 0; i < 60; i++) {
		send_text(&seen, BIG, ra_buf_str(&text));
		sync_group(&seen);
	}
	test_run_until(&loop, seen.synced == 60);
	assert_int_equal(seen.committed, 60);
	assert_int_equal(seen.bytes, 300000);
	ra_buf_fini(&text);
	close_all(&seen);
}

static void comes_back_after_kill(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	send_insert(&seen, 1);
	sync_and_wait(&seen);
	send_insert(&seen, 2);
	send_stmt(&seen, SLEEP);
	sync_group(&seen);
	test_pg_kill(&server);
	test_run_until(&loop, seen.downs == 1);
	assert_string_equal(seen.order, "rsffsd");
	assert_int_equal(seen.unknown, 1);
	assert_int_equal(ra_pg_in_flight(seen.pg), 0);
	test_pg_restart(&server);
	test_run_until(&loop, seen.ups == 2);
	send_stmt(&seen, COUNT);
	sync_and_wait(&seen);
	assert_int_equal(seen.last, 1);
	close_all(&seen);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	int *heard = poll->data;
	*heard += status == 0 && events == UV_READABLE;
	uv_close((uv_handle_t *)poll, NULL);
}

/* libpq closes a socket while we send: whoever opens one next is given its number, and is heard. */
static void leaves_the_sockets_number_to_others(void **state)
{
	(void)state;
	enum { OPENED = 8 }; /* one of them has it */
	struct seen seen;
	uv_poll_t polls[OPENED];
	int ends[2], opened[OPENED], heard = 0, rc = 0;
	open_up(&seen);
	assert_int_equal(pipe(ends), 0);
	test_pg_kill(&server);
	while (rc == 0) {
		send_stmt(&seen, COUNT);
		rc = ra_pg_sync(seen.pg, NULL, NULL);
	}
	for (int i = 0; i < OPENED; i++) {
		opened[i] = dup(ends[0]);
		assert_int_equal(uv_poll_init(&loop, &polls[i], opened[i]), 0);
		polls[i].data = &heard;
		uv_poll_start(&polls[i], UV_READABLE, on_readable);
	}
	test_run_until(&loop, seen.downs == 1);
	assert_int_equal(write(ends[1], "!", 1), 1);
	test_run_until(&loop, heard == OPENED);
	test_pg_restart(&server);
	close_all(&seen);
	for (int i = 0; i < OPENED; i++)
		close(opened[i]);
	close(ends[0]);
	close(ends[1]);
}

static void terminate(int64_t pid)
{
	char sql[64];
	snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%lld)", (long long)pid);
	test_pg_number(&server, sql);
}

static void comes_back_after_terminate(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	send_stmt(&seen, PID);
	sync_and_wait(&seen);
	send_stmt(&seen, SLEEP); /* busy, then idle: libpq hears of it in different ways */
	sync_group(&seen);
	terminate(seen.last);
	test_run_until(&loop, seen.ups == 2);
	assert_string_equal(seen.order, "rsfsd");
	assert_int_equal(seen.unknown, 1);

	send_stmt(&seen, PID);
	sync_and_wait(&seen);
	terminate(seen.last);
	test_run_until(&loop, seen.ups == 3);
	assert_int_equal(seen.downs, 2);
	close_all(&seen);
}

/* --- a connection that may only read, and its spare --- */

static int spare_asked;

static struct ra_pg *spare_of(void *ctx)
{
	const struct seen *spare = ctx;
	spare_asked++;
	return spare->pg && ra_pg_is_up(spare->pg) ? spare->pg : NULL;
}

/* The pid of the reader's backend. */
static int64_t open_reader(struct seen *reader, struct seen *spare)
{
	char url[256];
	snprintf(url, sizeof(url), "%s%coptions=-c%%20default_transaction_read_only%%3Don",
		 server.url, strchr(server.url, '?') ? '&' : '?');
	spare_asked = 0;
	open_up(spare);
	open_url(reader, url);
	ra_pg_set_spare(reader->pg, spare_of, spare);
	test_run_until(&loop, reader->ups == 1);
	send_stmt(reader, PID);
	sync_and_wait(reader);
	assert_string_equal(reader->order, "rs");
	assert_int_equal(spare_asked, 0);
	memset(reader->order, 0, sizeof(reader->order));
	return reader->last;
}

static void what_a_reader_fails_its_spare_answers(void **state)
{
	(void)state;
	struct seen reader, spare;
	int64_t pid = open_reader(&reader, &spare);
	send_stmt(&reader, COUNT);
	send_insert(&reader, 7); /* as where a question meets what a standby can not do */
	sync_and_wait(&reader);
	assert_string_equal(reader.order, "rrs");
	assert_int_equal(reader.committed, 2);
	assert_int_equal(reader.last, 7);
	assert_int_equal(spare_asked, 1);

	send_stmt(&reader, PID); /* answered when the backend goes, and told once all the same */
	send_stmt(&reader, SLOW_READER);
	sync_group(&reader);
	send_stmt(&reader, COUNT);
	sync_group(&reader);
	terminate(pid);
	test_run_until(&loop, reader.synced == 4);
	assert_string_equal(strchr(reader.order, 's') + 1, "drrsrs");
	assert_int_equal(reader.failed, 0);
	assert_int_equal(spare_asked, 3);
	close_one(&spare);
	close_all(&reader);
}

/* It is gone, and the loop has not heard of it. */
static void a_reader_takes_groups_while_it_dies(void **state)
{
	(void)state;
	struct seen reader, spare;
	terminate(open_reader(&reader, &spare));
	send_stmt(&reader, PID_HERE); /* not a question for the spare */
	sync_group(&reader);
	int groups = 0; /* the system may say so as soon as one is sent: then it takes no more */
	for (; groups < 3 && ra_pg_is_up(reader.pg); groups++) {
		send_stmt(&reader, COUNT);
		send_stmt(&reader, COUNT);
		sync_group(&reader);
	}
	test_run_until(&loop, reader.synced == 2 + groups);
	assert_int_equal(reader.committed, 1 + groups);
	assert_int_equal(reader.unknown, 1);
	assert_int_equal(reader.failed, 1);
	assert_int_equal(spare_asked, groups);
	close_one(&spare);
	close_all(&reader);
}

static void without_a_spare_it_is_down(void **state)
{
	(void)state;
	struct seen reader, spare;
	int64_t pid = open_reader(&reader, &spare);
	close_one(&spare);
	spare.pg = NULL;
	send_stmt(&reader, COUNT);
	send_stmt(&reader, SLOW_READER);
	sync_group(&reader);
	terminate(pid);
	test_run_until(&loop, reader.synced == 2);
	assert_string_equal(reader.order, "ffsd");
	assert_int_equal(reader.unknown, 1);
	test_run_until(&loop, reader.ups == 2);

	send_stmt(&reader, SLOW_READER); /* closed while it is asked: nobody else is */
	sync_group(&reader);
	int asked = spare_asked;
	close_all(&reader);
	assert_int_equal(reader.unknown, 2);
	assert_int_equal(spare_asked, asked);
}

static void lock_goes_with_the_connection(void **state)
{
	(void)state;
	struct seen holder, other;
	open_up(&holder);
	open_up(&other);
	send_stmt(&holder, PID);
	sync_and_wait(&holder);
	int64_t pid = holder.last;
	send_stmt(&holder, LOCK);
	sync_and_wait(&holder);
	assert_int_equal(holder.last, 1);
	send_stmt(&other, LOCK);
	sync_and_wait(&other);
	assert_int_equal(other.last, 0);

	terminate(pid);
	test_run_until(&loop, holder.ups == 2);
	send_stmt(&other, LOCK);
	sync_and_wait(&other);
	assert_int_equal(other.last, 1);
	send_stmt(&holder, LOCK);
	sync_and_wait(&holder);
	assert_int_equal(holder.last, 0);
	close_one(&holder);
	close_all(&other);
}

static void notifications_arrive(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	send_stmt(&seen, LISTEN);
	sync_and_wait(&seen);
	test_pg_number(&server, "NOTIFY bell, 'ding'");
	test_run_until(&loop, *seen.bell);
	assert_string_equal(seen.bell, "bell: ding");
	close_all(&seen);
}

/* As after a deploy that came before its migration. */
static void waits_for_its_tables(void **state)
{
	(void)state;
	struct seen seen;
	test_pg_number(&server, "ALTER TABLE t RENAME TO later");
	open_url(&seen, server.url);
	test_run_until(&loop,
		       strstr(ra_pg_trouble(seen.pg), "42P01: relation \"t\" does not exist"));
	assert_int_equal(seen.ups, 0);
	test_pg_number(&server, "ALTER TABLE later RENAME TO t");
	test_run_until(&loop, seen.ups == 1);
	assert_int_equal(seen.downs, 0);
	close_all(&seen);
}

static void on_refused(void *ctx, const struct ra_err *why)
{
	assert_int_equal(why->code, RA_EDENIED);
	assert_true(*why->hint);
	++*(int *)ctx;
}

/* No schema, one too old, the right one, a newer one; and one that is no longer for us. */
static void waits_for_its_schema(void **state)
{
	(void)state;
	struct seen seen;
	char why[128], *sql;
	int refused = 0;
	ra_schema_watch(on_refused, &refused);
	assert_false(ra_schema_is_ready(NULL, why));
	open_url(&seen, server.url);
	test_run_until(&loop, strstr(ra_pg_trouble(seen.pg), "can not be read") != NULL);

	test_pg_number(&server, "CREATE TABLE schema_migration (version int); "
				"INSERT INTO schema_migration VALUES (1)");
	test_run_until(&loop, strstr(ra_pg_trouble(seen.pg), "at version 1, this") != NULL);
	assert_false(ra_schema_is_ready(NULL, why));
	assert_non_null(strstr(why, "at version 1, this release needs"));
	assert_int_equal(seen.ups, 0);

	sql = ra_format("INSERT INTO schema_migration VALUES (%d)", ra_schema_made_for());
	test_pg_number(&server, sql);
	ra_free(sql);
	test_run_until(&loop, seen.ups == 1);
	assert_true(ra_schema_is_ready(NULL, why));

	sql = ra_format("ALTER TABLE schema_migration ADD needs int NOT NULL DEFAULT 0; "
			"INSERT INTO schema_migration VALUES (9999, %d)",
			ra_schema_made_for());
	test_pg_number(&server, sql);
	ra_free(sql);
	ra_pg_reset(seen.pg, "again");
	test_run_until(&loop, seen.ups == 2);
	assert_int_equal(refused, 0);

	sql = ra_format("UPDATE schema_migration SET needs = %d WHERE version = 9999",
			ra_schema_made_for() + 1);
	test_pg_number(&server, sql);
	ra_free(sql);
	ra_pg_reset(seen.pg, "again");
	test_run_until(&loop, refused == 1);
	assert_false(ra_schema_is_ready(NULL, why));
	assert_int_equal(seen.ups, 2);
	ra_schema_watch(NULL, NULL);
	close_all(&seen);
	test_pg_number(&server, "DROP TABLE schema_migration");
}

static void reset_reconnects(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	send_stmt(&seen, SLEEP);
	sync_group(&seen);
	ra_pg_reset(seen.pg, "enough");
	assert_string_equal(seen.order, "");
	assert_false(ra_pg_is_up(seen.pg));
	assert_int_equal(ra_pg_sync(seen.pg, on_synced, &seen), RA_EDOWN);
	test_run_until(&loop, seen.ups == 2);
	assert_string_equal(seen.order, "fsd");
	close_all(&seen);
}

static void close_answers_what_is_in_flight(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	send_stmt(&seen, SLEEP);
	sync_group(&seen);
	send_stmt(&seen, COUNT);
	close_all(&seen);
	assert_string_equal(seen.order, "fsf");
	assert_int_equal(seen.downs, 0);
}

static void on_synced_close(void *ctx, int status, const struct ra_err *err)
{
	struct seen *seen = ctx;
	on_synced(ctx, status, err);
	ra_pg_close(seen->pg, on_closed, seen);
}

static void close_inside_a_callback(void **state)
{
	(void)state;
	struct seen seen;
	open_up(&seen);
	send_stmt(&seen, COUNT);
	assert_int_equal(ra_pg_sync(seen.pg, on_synced_close, &seen), 0);
	send_stmt(&seen, COUNT);
	sync_group(&seen);
	test_run_until(&loop, seen.closes == 1);
	assert_string_equal(seen.order, "rsfs");
	test_loop_close(&loop);
}

static void close_at_once(void **state)
{
	(void)state;
	const char *urls[] = { server.url, "postgres://localhost:1/x",
			       "postgres://no-such-host.invalid/x", "postgres:///x?host=/no/such" };
	for (size_t i = 0; i < RA_COUNT(urls); i++) {
		for (int turns = 0; turns < 3; turns++) {
			struct seen seen;
			open_url(&seen, urls[i]);
			for (int turn = 0; turn < turns; turn++)
				uv_run(&loop, UV_RUN_NOWAIT);
			close_one(&seen);
			assert_int_equal(seen.ups + seen.downs, 0);
		}
	}
	test_loop_close(&loop);
}

static void connects_by_name(void **state)
{
	(void)state;
	char urls[3][200];
	/* a name with two addresses, one of them dead; a dead host before a living one, with one
	 * port */
	snprintf(urls[0], sizeof(urls[0]), "postgresql://postgres@localhost:%u/postgres",
		 server.server.port);
	snprintf(urls[1], sizeof(urls[1]),
		 "postgres://postgres@no-such-host.invalid:1,localhost:%u/postgres",
		 server.server.port);
	snprintf(urls[2], sizeof(urls[2]),
		 "postgres://postgres@/postgres?host=/no/such,127.0.0.1&port=%u",
		 server.server.port);
	for (size_t i = 0; i < RA_COUNT(urls); i++) {
		struct seen seen;
		open_url(&seen, urls[i]);
		test_run_until(&loop, seen.ups == 1);
		close_one(&seen);
	}
	test_loop_close(&loop);
}

static void what_is_wrong_is_told(void **state)
{
	(void)state;
	char no_database[160];
	snprintf(no_database, sizeof(no_database),
		 "postgres://postgres:hunter2@/nowhere?host=%s&port=%u", server.server.dir,
		 server.server.port);
	const struct {
		const char *url, *trouble;
	} cases[] = {
		{ no_database, "database \"nowhere\" does not exist" },
		{ "postgres://me:hunter2@127.0.0.1:1/x", "Connection refused" },
		{ "postgres://me:hunter2@no-such-host.invalid/x", "unknown node or service" },
		{ "postgres://me:hunter2@/x?host=/no/such", "No such file" },
	};
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		struct seen seen;
		open_url(&seen, cases[i].url);
		test_run_until(&loop, strstr(ra_pg_trouble(seen.pg), cases[i].trouble));
		assert_null(strstr(ra_pg_trouble(seen.pg), "hunter2"));
		close_one(&seen);
		assert_int_equal(seen.ups + seen.downs, 0);
	}
	test_loop_close(&loop);
}

/* A stopped postmaster still accepts: only the watchdog sees it. */
static void gives_up_on_a_silent_server(void **state)
{
	(void)state;
	struct seen seen;
	kill(server.server.pid, SIGSTOP);
	open_url(&seen, server.url);
	test_run_until(&loop, strstr(ra_pg_trouble(seen.pg), "timed out"));
	kill(server.server.pid, SIGCONT);
	test_run_until(&loop, seen.ups == 1);
	close_all(&seen);
}

static void malformed_urls_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"postgres",
		"mysql://a/b",
		"host=a password=hunter2",
		"postgres://me:hunter2%4@a/b",
		"postgres://me:hunter2@a/b?nonsense=1",
		"postgres://me:hunter2@[::1/b",
		"postgres://a:1,b:2,c/d?port=1,2",
		"postgres://me:hunter2@a:http/b",
		"postgres://me:hunter2@a:65536/b",
	};
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		struct ra_err err = { 0 };
		if (ra_pg_open(&loop, bad[i], "pg_test", NULL, 0, NULL, &ops, NULL, &err))
			fail_msg("taken for a URL: %s", bad[i]);
		assert_int_equal(err.code, RA_EINVAL);
		assert_true(*err.msg && *err.hint);
		assert_null(strstr(err.msg, "hunter2"));
	}
	test_loop_close(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(group_commits_together, fresh),
		cmocka_unit_test_setup(error_undoes_its_group_only, fresh),
		cmocka_unit_test_setup(error_at_commit_undoes_the_group, fresh),
		cmocka_unit_test_setup(errors_do_not_quote_data, fresh),
		cmocka_unit_test_setup(sends_from_inside_a_result, fresh),
		cmocka_unit_test_setup(plans_anew_where_told_to, fresh),
		cmocka_unit_test_setup(large_groups_flow, fresh),
		cmocka_unit_test_setup(comes_back_after_kill, fresh),
		cmocka_unit_test_setup(leaves_the_sockets_number_to_others, fresh),
		cmocka_unit_test_setup(comes_back_after_terminate, fresh),
		cmocka_unit_test_setup(what_a_reader_fails_its_spare_answers, fresh),
		cmocka_unit_test_setup(a_reader_takes_groups_while_it_dies, fresh),
		cmocka_unit_test_setup(without_a_spare_it_is_down, fresh),
		cmocka_unit_test_setup(lock_goes_with_the_connection, fresh),
		cmocka_unit_test_setup(notifications_arrive, fresh),
		cmocka_unit_test_setup(waits_for_its_tables, fresh),
		cmocka_unit_test_setup(waits_for_its_schema, fresh),
		cmocka_unit_test_setup(reset_reconnects, fresh),
		cmocka_unit_test_setup(close_answers_what_is_in_flight, fresh),
		cmocka_unit_test_setup(close_inside_a_callback, fresh),
		cmocka_unit_test_setup(close_at_once, fresh),
		cmocka_unit_test_setup(connects_by_name, fresh),
		cmocka_unit_test_setup(what_is_wrong_is_told, fresh),
		cmocka_unit_test_setup(gives_up_on_a_silent_server, fresh),
		cmocka_unit_test_setup(malformed_urls_are_refused, fresh),
	};
	return cmocka_run_group_tests(tests, start_server, stop_server);
}
