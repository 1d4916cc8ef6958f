/* upkeep: what is taken away, piece by piece, and what must stay as it was. */
#include "libshared/base/base.h"
#include "libshared/base/err.h"
#include "services/backup-scheduler/upkeep_reindex.h"
#include "tests/harness/cmocka.h"
#include "tests/harness/servers.h"
#include <stdio.h>
#include <string.h>

static struct test_pg pg;
static PGconn *owner;
static PGconn *conn; /* of the role backup-scheduler logs in as */

/* Everywhere an id may stand; what every total is, as text, users left out. */
static const char helpers[] =
	"CREATE FUNCTION public.traces(id bigint) RETURNS bigint LANGUAGE plpgsql AS $$ "
	"DECLARE c record; n bigint; total bigint := 0; BEGIN "
	" FOR c IN SELECT table_schema s, table_name t, column_name AS name, udt_name AS type "
	"  FROM information_schema.columns JOIN information_schema.tables USING (table_schema, "
	"  table_name) WHERE table_schema IN ('app', 'analytics', 'response') AND table_type = "
	"'BASE TABLE' "
	"  AND udt_name IN ('int8', '_int8', 'text', 'jsonb') LOOP "
	"  EXECUTE format(CASE c.type WHEN 'int8' THEN 'SELECT count(*) FROM %I.%I WHERE %I = $1' "
	"   WHEN '_int8' THEN 'SELECT count(*) FROM %I.%I WHERE $1 = ANY (%I)' "
	"   ELSE 'SELECT count(*) FROM %I.%I WHERE strpos(%I::text, $1::text) > 0' END, "
	"   c.s, c.t, c.name) INTO n USING id; total := total + n; END LOOP; RETURN total; END $$;"
	"CREATE FUNCTION public.totals() RETURNS text LANGUAGE plpgsql AS $$ "
	"DECLARE c record; keys text; sums text; line text; whole text := ''; BEGIN "
	" FOR c IN SELECT r.oid, r.relname AS t FROM pg_class r WHERE r.relnamespace = "
	"  'analytics'::regnamespace AND r.relkind IN ('r', 'p') AND NOT r.relispartition "
	"  AND r.relname NOT IN ('erasure', 'voice_open') AND EXISTS (SELECT FROM pg_attribute a "
	"   WHERE a.attrelid = r.oid AND a.attname = 'user_id') ORDER BY 2 LOOP "
	"  SELECT string_agg(quote_ident(a.attname), ', ') INTO keys FROM pg_index i "
	"   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) "
	"   WHERE i.indrelid = c.oid AND i.indisprimary AND a.attname <> 'user_id'; "
	"  SELECT coalesce(string_agg(format(', sum(%I)', a.attname), ''), '') INTO sums "
	"   FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
	"   AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) "
	"   AND a.attname NOT IN ('user_id', 'guild_id', 'channel_id'); "
	"  EXECUTE format('SELECT string_agg(t::text, '';'' ORDER BY t::text) FROM (SELECT %s, "
	"   count(*)%s FROM analytics.%I GROUP BY %1$s) t', keys, sums, c.t) INTO line; "
	"  whole := whole || c.t || ' ' || coalesce(line, '-') || E'\\n'; END LOOP; "
	" RETURN whole; END $$;";

static void sql(const char *text)
{
	PGresult *result = PQexec(owner, text);
	ExecStatusType status = PQresultStatus(result);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(owner));
	PQclear(result);
}

static char *ask_text(const char *text)
{
	PGresult *result = PQexec(owner, text);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(owner));
	char *answer = ra_strdup(PQgetvalue(result, 0, 0));
	PQclear(result);
	return answer;
}

static void connect_as_scheduler(void)
{
	char url[160];
	test_pg_url(&pg, "rations_backup", url);
	conn = PQconnectdb(url);
	assert_int_equal(PQstatus(conn), CONNECTION_OK);
}

/* Only this task is due. */
static void make_due(const char *task)
{
	char *text = ra_format("UPDATE backup.upkeep SET next_at = CASE WHEN task = '%s' THEN "
			       "now() ELSE 'infinity' END",
			       task);
	sql(text);
	ra_free(text);
}

/* One piece of that task; is there more to do? */
static bool step(const char *task)
{
	make_due(task);
	PGresult *result = PQexec(conn, "SELECT task, outcome FROM backup.upkeep_step()");
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(conn));
	assert_string_equal(PQgetvalue(result, 0, 0), task);
	const char *outcome = PQgetvalue(result, 0, 1);
	bool is_more = strcmp(outcome, "more") == 0;
	if (!is_more)
		assert_string_equal(outcome, "done");
	PQclear(result);
	return is_more;
}

static int steps(const char *task)
{
	int count = 0;
	while (step(task))
		count++;
	return count;
}

static long long told(const char *task, const char *what)
{
	char *text = ra_format("SELECT coalesce((detail ->> '%s')::bigint, -1) FROM backup.upkeep "
			       "WHERE task = '%s'",
			       what, task);
	long long number = test_pg_number(&pg, text);
	ra_free(text);
	return number;
}

/* The process dies while a step is under way: its connection is gone, and what it had done. */
static void die_in_a_step(void)
{
	char *alive = ra_format("SELECT count(*) FROM pg_stat_activity WHERE pid = %d",
				PQbackendPID(conn));
	PQclear(PQexec(conn, "BEGIN"));
	PQclear(PQexec(conn, "SELECT backup.upkeep_step()"));
	PQfinish(conn);
	while (test_pg_number(&pg, alive) > 0)
		;
	ra_free(alive);
	connect_as_scheduler();
}

/* Two people in two guilds, in every month of a year. */
static void fill(void)
{
	sql("SELECT analytics.ensure_months('2024-12-01Z', '2025-12-31Z');"
	    "INSERT INTO analytics.guild (guild_id, name) VALUES (10, 'Ten'), (20, 'Twenty');"
	    "INSERT INTO analytics.member (guild_id, user_id, username, nick, roles, joined_at) "
	    " SELECT g, u, 'name' || u, 'nick', '{5}', '2024-12-05Z' FROM "
	    "unnest('{10,20}'::bigint[]) g, "
	    " unnest('{900000001,900000002}'::bigint[]) u;"
	    "INSERT INTO analytics.message_hourly (guild_id, hour, channel_id, user_id, "
	    "author_kind, "
	    " messages, characters, reactions_given) SELECT g, h, c, u, 0, 1 + u % 3, 7, c "
	    " FROM generate_series('2025-01-01Z'::timestamptz, '2025-12-20Z', '61 hours') h, "
	    " unnest('{10,20}'::bigint[]) g, unnest('{31,32}'::bigint[]) c, "
	    " unnest('{900000001,900000002}'::bigint[]) u;"
	    "INSERT INTO analytics.voice_hourly (guild_id, hour, channel_id, user_id, raw_ms) "
	    " SELECT guild_id, hour, 33, user_id, 1000 FROM analytics.message_hourly WHERE "
	    "channel_id = 31;"
	    "INSERT INTO analytics.voice_segment (guild_id, user_id, started_at, ended_at, "
	    "channel_id) "
	    " SELECT guild_id, user_id, hour, hour + interval '1 second', 33 FROM "
	    "analytics.voice_hourly;"
	    "INSERT INTO analytics.member_daily (guild_id, user_id, day, messages) "
	    " SELECT guild_id, user_id, hour::date, sum(messages) FROM analytics.message_hourly "
	    "GROUP BY 1, 2, 3;"
	    "INSERT INTO analytics.activity_daily (guild_id, channel_id, day, user_id, messages) "
	    " SELECT guild_id, channel_id, hour::date, user_id, sum(messages) FROM "
	    "analytics.message_hourly "
	    " GROUP BY 1, 2, 3, 4;"
	    "INSERT INTO analytics.member_flow (guild_id, at, user_id, kind) "
	    " SELECT guild_id, joined_at, user_id, 'join' FROM analytics.member;"
	    "INSERT INTO analytics.voice_open (guild_id, user_id, channel_id, joined_at, "
	    "started_at, "
	    " voice_session) VALUES (10, 900000001, 33, now(), now(), 'session-one');"
	    "INSERT INTO app.guild_settings (guild_id, excluded_members) VALUES (10, "
	    "'{900000001,900000002}'), "
	    " (20, '{}');");
}

static void test_an_erasure_keeps_every_total(void **state)
{
	(void)state;
	char *before = ask_text("SELECT totals()");
	assert_non_null(strstr(before, "message_hourly (10,"));
	long long elsewhere = test_pg_number(
		&pg, "SELECT count(*) FROM analytics.message_hourly WHERE guild_id = 20 AND "
		     "user_id = 900000001");
	sql("INSERT INTO app.opt_out (user_id, guild_id) VALUES (900000001, 10);"
	    "INSERT INTO app.erasure (user_id, guild_id) VALUES (900000001, 10)");
	/* in voice they are a number of the session from now on */
	assert_int_equal(test_pg_number(&pg, "SELECT (user_id = "
					     "analytics.voice_alias('session-one'))::int FROM "
					     "analytics.voice_open"),
			 1);
	for (int i = 0; i < 9; i++) {
		assert_true(step("erase"));
		die_in_a_step();
	}
	assert_true(steps("erase") > 9);
	char *after = ask_text("SELECT totals()");
	assert_string_equal(before, after);
	ra_free(after);
	assert_int_equal(
		test_pg_number(&pg,
			       "SELECT count(*) FROM analytics.message_hourly WHERE guild_id = 10 "
			       "AND user_id = 900000001"),
		0);
	assert_int_equal(
		test_pg_number(&pg,
			       "SELECT count(*) FROM analytics.message_hourly WHERE guild_id = 20 "
			       "AND user_id = 900000001"),
		elsewhere);
	assert_int_equal(test_pg_number(&pg,
					"SELECT count(*) FROM analytics.member WHERE guild_id = 10 "
					"AND user_id = 2 AND username = '' AND roles = '{}'"),
			 1);
	/* the other guild, then the opt-out itself: nothing is left of them anywhere */
	sql("INSERT INTO app.opt_out (user_id, guild_id) VALUES (900000001, 20);"
	    "INSERT INTO app.erasure (user_id, guild_id) VALUES (900000001, 20)");
	assert_true(steps("erase") > 9);
	after = ask_text("SELECT totals()");
	assert_string_equal(before, after);
	ra_free(after);
	ra_free(before);
	assert_int_equal(test_pg_number(&pg, "SELECT traces(900000001)"), 2);
	sql("DELETE FROM app.opt_out");
	assert_int_equal(test_pg_number(&pg, "SELECT traces(900000001)"), 0);
	assert_true(test_pg_number(&pg, "SELECT traces(900000002)") > 100);
}

static void test_retention_deletes_what_is_old_and_nothing_else(void **state)
{
	(void)state;
	sql("UPDATE app.guild_settings SET retention_days = jsonb_build_object('hours', "
	    "(now()::date - date '2025-06-15'), 'segments', 1) WHERE guild_id = 10");
	long long total = test_pg_number(&pg, "SELECT sum(messages) FROM analytics.member_daily");
	long long kept = test_pg_number(&pg, "SELECT count(*) FROM analytics.message_hourly WHERE "
					     "guild_id = 20 OR hour >= '2025-06-15Z'");
	assert_true(step("retain"));
	die_in_a_step();
	assert_true(steps("retain") >= 2);
	assert_int_equal(test_pg_number(&pg, "SELECT count(*) FROM analytics.message_hourly"),
			 kept);
	assert_int_equal(
		test_pg_number(&pg,
			       "SELECT count(*) FROM analytics.voice_segment WHERE guild_id = 10"),
		0);
	assert_int_equal(test_pg_number(&pg, "SELECT sum(messages) FROM analytics.member_daily"),
			 total);
	assert_int_equal(test_pg_number(&pg,
					"SELECT count(*) FROM analytics.retention WHERE ran_at > "
					"now() - interval '1 hour' AND next_at > ran_at"),
			 2);
	assert_false(step("retain"));
	/* a shorter time counts at once */
	sql("UPDATE app.guild_settings SET retention_days = '{\"hours\": 1}' WHERE guild_id = 10;"
	    "UPDATE analytics.retention SET next_at = now()");
	assert_true(steps("retain") >= 2);
	assert_int_equal(
		test_pg_number(&pg,
			       "SELECT count(*) FROM analytics.message_hourly WHERE guild_id = 10"),
		0);
}

static void test_a_guild_left_is_gone_after_its_time(void **state)
{
	(void)state;
	sql("UPDATE analytics.guild SET removed_at = now() - interval '29 days' WHERE guild_id = "
	    "20");
	assert_false(step("leave"));
	sql("UPDATE analytics.guild SET removed_at = now() - interval '31 days';"
	    "UPDATE app.guild_settings SET leave_grace_days = NULL WHERE guild_id = 10");
	assert_true(step("leave"));
	die_in_a_step();
	assert_true(steps("leave") > 3);
	assert_int_equal(test_pg_number(&pg, "SELECT count(*) FROM analytics.message_hourly WHERE "
					     "guild_id = 20"),
			 0);
	assert_int_equal(test_pg_number(&pg, "SELECT count(*) FROM analytics.guild"), 1);
	assert_int_equal(test_pg_number(&pg, "SELECT count(*) FROM app.guild_settings"), 1);
	assert_true(test_pg_number(&pg, "SELECT count(*) FROM analytics.member_daily") > 0);
}

static void test_empty_months_are_dropped(void **state)
{
	static const char months[] =
		"SELECT count(*) FROM pg_class WHERE relname ~ '^message_hourly_20(24|25)'";
	(void)state;
	assert_true(test_pg_number(&pg, months) >= 12);
	assert_true(steps("drop") > 12);
	assert_int_equal(test_pg_number(&pg, months), 0);
	assert_true(told("drop", "steps") > 12);
	assert_false(step("drop"));
	assert_int_equal(told("drop", "steps"), 0);
}

/* One guild, somebody who asks and a curator who is erased; an old year and a new one. */
static void fill_desk(void)
{
	sql("INSERT INTO analytics.guild (guild_id, name) VALUES (30, 'Thirty');"
	    "INSERT INTO app.guild_settings (guild_id) VALUES (30);"
	    "INSERT INTO app.curator (guild_id, user_id) VALUES (30, 900000003);"
	    "INSERT INTO response.staff (guild_id, user_id, started_at) VALUES (30, 900000003, "
	    "'2025-01-01Z');"
	    "INSERT INTO response.request (guild_id, request_id, channel_id, author_id, kind, "
	    "asked_at, clock_at, excerpt, state, answered_by, answered_at) "
	    " SELECT 30, (ts_to_ms(t) - 1420070400000) << 22, 31, a, 'keyword', t, t, 'words', "
	    " 'answered', 900000003, t FROM unnest('{2025-01-01Z,2025-09-01Z}'::timestamptz[]) t, "
	    " unnest('{900000004}'::bigint[]) a;"
	    "INSERT INTO response.request_message (guild_id, message_id, request_id) "
	    " SELECT 30, request_id, request_id FROM response.request;"
	    "INSERT INTO response.activity (guild_id, user_id, at, kind, message_id, channel_id, "
	    "excerpt) SELECT 30, 900000003, asked_at, 'reply', request_id + 1, 31, 'words' "
	    " FROM response.request;"
	    "INSERT INTO response.activity_hourly (guild_id, hour, user_id, replies) "
	    " SELECT 30, at, user_id, 1 FROM response.activity;"
	    "INSERT INTO response.notice (guild_id, kind, payload, nonce, created_at) VALUES (30, "
	    "'reminder', '{\"content\": \"<@900000003> 90000000\"}', 'n', '2025-09-01Z');"
	    "INSERT INTO app.audit_log (guild_id, at, actor_id, action, target) VALUES (30, now(), "
	    "900000003, 'curator.add', '900000003')");
}

static void test_requests_go_with_the_rest(void **state)
{
	(void)state;
	fill_desk();
	sql("INSERT INTO app.erasure (user_id, guild_id) VALUES (900000003, 30)");
	assert_true(step("erase"));
	die_in_a_step();
	assert_true(steps("erase") > 3);
	assert_int_equal(test_pg_number(&pg, "SELECT traces(900000003)"), 0);
	assert_int_equal(test_pg_number(&pg, "SELECT count(*) FROM response.request WHERE "
					     "answered_by = 2 AND excerpt = 'words'"),
			 2);
	assert_int_equal(test_pg_number(&pg, "SELECT count(*) FROM response.activity WHERE user_id "
					     "= 2 AND excerpt IS NULL"),
			 2);
	assert_int_equal(test_pg_number(&pg, "SELECT count(*) FROM response.notice WHERE payload "
					     "->> 'content' = '<@2> 90000000'"),
			 1);
	assert_int_equal(
		test_pg_number(&pg, "SELECT count(*) FROM response.staff WHERE ended_at IS NULL"),
		0);

	sql("UPDATE app.guild_settings SET retention_days = jsonb_build_object('requests', "
	    "now()::date - date '2025-06-15', 'activity', now()::date - date '2025-06-15') WHERE "
	    "guild_id = 30");
	assert_true(steps("retain") >= 2);
	assert_int_equal(test_pg_number(&pg,
					"SELECT (SELECT count(*) FROM response.request) * 1000 "
					"+ (SELECT count(*) FROM response.request_message) * "
					"100 + (SELECT count(*) FROM response.activity) * 10 "
					"+ (SELECT count(*) FROM response.activity_hourly)"),
			 1111);

	sql("UPDATE analytics.guild SET removed_at = now() - interval '31 days' WHERE guild_id = "
	    "30");
	assert_true(steps("leave") > 3);
	assert_int_equal(test_pg_number(&pg, "SELECT traces(30)"), 0);
}

static void test_the_next_months_are_there_before_they_begin(void **state)
{
	(void)state;
	assert_false(step("months"));
	assert_int_equal(
		test_pg_number(&pg, "SELECT count(*) FROM generate_series(0, 2) n WHERE "
				    "to_regclass('analytics.message_hourly_' || to_char(now() AT "
				    "TIME ZONE 'UTC' + n * interval '1 month', 'YYYYMM')) IS NULL"),
		0);
	assert_true(test_pg_number(&pg, "SELECT jsonb_array_length(detail -> 'names') FROM "
					"backup.upkeep WHERE task = 'months'") >= 3 * 6);
	assert_false(step("months"));
	assert_int_equal(told("months", "steps"), 0);
}

/* Who reads and who writes in the meantime is not waited for, nor made to wait. */
static void test_a_month_is_in_nobodys_way(void **state)
{
	(void)state;
	PGconn *reader = test_pg_connect(&pg), *maker = test_pg_connect(&pg);
	PQclear(PQexec(reader, "BEGIN; SELECT FROM analytics.voice_hourly; "
			       "DELETE FROM analytics.message_hourly WHERE guild_id = -1"));
	assert_int_equal(PQtransactionStatus(reader), PQTRANS_INTRANS);
	PQclear(PQexec(maker, "SET lock_timeout = '1s'"));
	PQclear(PQexec(maker,
		       "BEGIN; SELECT analytics.ensure_months('2040-01-05Z', '2040-01-06Z')"));
	if (PQtransactionStatus(maker) != PQTRANS_INTRANS)
		fail_msg("%s", PQerrorMessage(maker));
	PQclear(PQexec(reader, "SET lock_timeout = '1s'"));
	PQclear(PQexec(reader,
		       "SELECT FROM analytics.message_hourly, analytics.guild_hourly; COMMIT"));
	assert_int_equal(PQtransactionStatus(reader), PQTRANS_IDLE);
	PQclear(PQexec(maker, "COMMIT"));
	PQfinish(reader);
	PQfinish(maker);
	/* it is as one that came with its table: the same columns, constraints and indexes */
	assert_int_equal(
		test_pg_number(&pg, "SELECT count(*) FROM pg_inherits WHERE inhparent IN (SELECT "
				    "indexrelid FROM pg_index WHERE indrelid = "
				    "'analytics.message_hourly'::regclass) AND "
				    "inhrelid::regclass::text LIKE '%204001%'"),
		test_pg_number(&pg, "SELECT count(*) FROM pg_index WHERE indrelid = "
				    "'analytics.message_hourly'::regclass"));
	sql("INSERT INTO analytics.message_hourly (guild_id, hour, channel_id, user_id, "
	    "author_kind) "
	    "VALUES (30, '2040-01-05Z', 1, 1, 0); DELETE FROM analytics.message_hourly WHERE "
	    "guild_id = 30");
}

static void test_what_has_expired_goes_and_nothing_else(void **state)
{
	(void)state;
	sql("INSERT INTO app.account (user_id, username, access_sealed) VALUES (5, 'a', 'x'), (6, "
	    "'b', 'x');"
	    "INSERT INTO app.session (token_hash, user_id, csrf_token, expires_at, last_seen_at) "
	    " VALUES ('old', 5, '', now(), now()), ('idle', 5, '', now() + interval '9 days', "
	    " now() - interval '8 days'), ('new', 6, '', now() + interval '9 days', now());"
	    "INSERT INTO app.api_token (guild_id, token_hash, name, ending, created_by, "
	    "created_at, "
	    "revoked_at) VALUES (1, 'a', '', '', 1, now(), now() - interval '91 days'), "
	    " (1, 'b', '', '', 1, now(), now() - interval '89 days'), (1, 'c', '', '', 1, now(), "
	    "NULL);"
	    "INSERT INTO backup.job (kind, state, created_at, finished_at) "
	    " SELECT 'backup', 'done', t, t FROM unnest(ARRAY[now() - interval '91 days', now()]) "
	    "t;"
	    "INSERT INTO backup.backup (backup_id, kind, started_at, state) "
	    " VALUES ('20241121T000000Z-00000000', 'manual', now() - interval '2 years', 'ready');"
	    "INSERT INTO backup.erased (guild_id, person, at) "
	    " SELECT 77, age::text::bytea, now() - age * interval '1 month' "
	    " FROM unnest(ARRAY[11, 23, 25]) age;"
	    "INSERT INTO response.request (guild_id, request_id, channel_id, author_id, kind, "
	    " asked_at, clock_at) VALUES (50, 1, 1, 1, 'keyword', now(), now());"
	    "INSERT INTO response.due (guild_id, request_id, kind, due_at) "
	    " VALUES (50, 1, 'reminder', now()), (50, 2, 'reminder', now())");
	assert_true(step("expire"));
	die_in_a_step();
	assert_false(step("expire"));
	assert_int_equal(told("expire", "rows"), 5);
	assert_int_equal(
		test_pg_number(&pg, "SELECT count(*) FROM backup.erased WHERE guild_id = 77"), 2);
	assert_true(step("orphans"));
	assert_false(step("orphans"));
	assert_int_equal(told("orphans", "rows"), 2);
	assert_int_equal(
		test_pg_number(&pg, "SELECT (SELECT count(*) FROM app.session) * 10000 + (SELECT "
				    "count(*) FROM app.api_token) * 1000 + (SELECT count(*) FROM "
				    "backup.job) * 100 + (SELECT count(*) FROM response.due) * 10 "
				    "+ (SELECT count(*) FROM app.account WHERE access_sealed IS "
				    "NOT NULL)"),
		12111);
}

/* Nobody ever measures a partitioned table by itself. */
static void test_partitioned_tables_are_measured(void **state)
{
	(void)state;
	sql("INSERT INTO analytics.guild_hourly (guild_id, hour) SELECT 60, now() - n * interval "
	    "'1 minute' FROM generate_series(1, 500) n; ANALYZE analytics.activity_daily");
	PQclear(PQexec(conn, "SELECT pg_stat_force_next_flush()"));
	while (steps("analyze") == 0)
		; /* statistics of the session above come when they come */
	assert_int_equal(test_pg_number(&pg, "SELECT count(*) FROM pg_stats WHERE tablename = "
					     "'guild_hourly' AND inherited AND attname = 'hour'"),
			 1);
}

static void test_one_that_fails_does_not_stop_the_others(void **state)
{
	(void)state;
	sql("ALTER TABLE app.session RENAME TO session_away");
	make_due("expire");
	sql("UPDATE backup.upkeep SET next_at = now() WHERE task = 'drop'");
	PQclear(PQexec(conn, "SELECT backup.upkeep_step()"));
	PQclear(PQexec(conn, "SELECT backup.upkeep_step()"));
	assert_int_equal(test_pg_number(&pg, "SELECT count(*) FROM backup.upkeep WHERE task = "
					     "'expire' AND outcome = 'failed' AND next_at > now() "
					     "AND detail ->> 'why' LIKE '%session%'"),
			 1);
	assert_int_equal(test_pg_number(&pg, "SELECT count(*) FROM backup.upkeep WHERE task = "
					     "'drop' AND outcome = 'done' AND next_at > now()"),
			 1);
	sql("ALTER TABLE app.session_away RENAME TO session");
	/* another replica is at it: nothing happens here */
	PGconn *other = test_pg_connect(&pg);
	make_due("expire");
	PQclear(PQexec(other, "BEGIN; SELECT backup.upkeep_step()"));
	PGresult *result = PQexec(conn, "SELECT task FROM backup.upkeep_step()");
	assert_true(PQgetisnull(result, 0, 0));
	PQclear(result);
	PQfinish(other);
}

/* Half of a table is deleted and its index stays as large as it was. */
static void test_a_swollen_index_is_made_anew(void **state)
{
	(void)state;
	static const char size[] = "SELECT pg_relation_size('app.annotation_pkey')";
	char why[256];
	atomic_bool is_stopped = false;
	sql("INSERT INTO app.annotation (guild_id, at, text, created_by) SELECT 70, now(), '', 1 "
	    "FROM generate_series(1, 20000); DELETE FROM app.annotation WHERE annotation_id % 100 "
	    "> 0; ANALYZE app.annotation");
	PQclear(PQexec(owner, "VACUUM ANALYZE app.annotation"));
	long long before = test_pg_number(&pg, size);
	sql("CREATE UNIQUE INDEX annotation_pkey_ccnew ON app.annotation (annotation_id);"
	    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = "
	    "'app.annotation_pkey_ccnew'::regclass");
	assert_true(upkeep_reindex_run(owner, 1 << 17, &is_stopped, why) >= 2);
	assert_true(test_pg_number(&pg, size) * 10 < before);
	assert_int_equal(
		test_pg_number(&pg, "SELECT count(*) FROM pg_class WHERE relname ~ '_ccnew'"), 0);
	assert_int_equal(upkeep_reindex_run(owner, 1 << 17, &is_stopped, why), 0);
}

static int open_all(void **state)
{
	(void)state;
	test_pg_start(&pg, false, true);
	owner = test_pg_connect(&pg);
	sql(helpers);
	fill();
	connect_as_scheduler();
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	PQfinish(owner);
	PQfinish(conn);
	test_pg_stop(&pg);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_erasure_keeps_every_total),
		cmocka_unit_test(test_retention_deletes_what_is_old_and_nothing_else),
		cmocka_unit_test(test_a_guild_left_is_gone_after_its_time),
		cmocka_unit_test(test_requests_go_with_the_rest),
		cmocka_unit_test(test_empty_months_are_dropped),
		cmocka_unit_test(test_the_next_months_are_there_before_they_begin),
		cmocka_unit_test(test_a_month_is_in_nobodys_way),
		cmocka_unit_test(test_what_has_expired_goes_and_nothing_else),
		cmocka_unit_test(test_partitioned_tables_are_measured),
		cmocka_unit_test(test_one_that_fails_does_not_stop_the_others),
		cmocka_unit_test(test_a_swollen_index_is_made_anew),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
