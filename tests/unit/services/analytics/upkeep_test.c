/* upkeep: what is taken away, piece by piece, and what must stay as it was. */
#include "libshared/base/base.h"
#include "libshared/base/err.h"
#include "services/analytics/unnamed.h"
#include "tests/harness/cmocka.h"
#include "tests/harness/servers.h"
#include <stdio.h>
#include <string.h>

static struct test_pg pg;
static PGconn *conn; /* of the role analytics logs in as */

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
	PGconn *owner = test_pg_connect(&pg);
	PGresult *result = PQexec(owner, text);
	ExecStatusType status = PQresultStatus(result);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(owner));
	PQclear(result);
	PQfinish(owner);
}

static char *ask_text(const char *text)
{
	PGconn *owner = test_pg_connect(&pg);
	PGresult *result = PQexec(owner, text);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(owner));
	char *answer = ra_strdup(PQgetvalue(result, 0, 0));
	PQclear(result);
	PQfinish(owner);
	return answer;
}

static void connect_as_analytics(void)
{
	char url[160];
	test_pg_url(&pg, "rations_analytics", url);
	conn = PQconnectdb(url);
	assert_int_equal(PQstatus(conn), CONNECTION_OK);
}

/* One step; was it of this kind? */
static bool step(const char *word)
{
	PGresult *result = PQexec(conn, "SELECT analytics.upkeep_step()");
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(conn));
	bool is_it = strcmp(PQgetvalue(result, 0, 0), word) == 0;
	PQclear(result);
	return is_it;
}

static int steps(const char *word)
{
	int count = 0;
	while (step(word))
		count++;
	return count;
}

/* The process dies while a step is under way: its connection is gone, and what it had done. */
static void die_in_a_step(void)
{
	char *alive = ra_format("SELECT count(*) FROM pg_stat_activity WHERE pid = %d",
				PQbackendPID(conn));
	PQclear(PQexec(conn, "BEGIN"));
	PQclear(PQexec(conn, "SELECT analytics.upkeep_step()"));
	PQfinish(conn);
	while (test_pg_number(&pg, alive) > 0)
		;
	ra_free(alive);
	connect_as_analytics();
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
	/* in voice they are a number of the session from now on, as C has it too */
	assert_int_equal(test_pg_number(&pg, "SELECT user_id FROM analytics.voice_open"),
			 unnamed_alias(RA_STR("session-one")));
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

/* Whoever counted by the old rules can not commit. */
static void test_rules_in_use_are_the_newest(void **state)
{
	(void)state;
	long long version = test_pg_number(&pg, "SELECT version FROM app.rules");
	char *turn = ra_format("SELECT analytics.rules_turn(%lld)", version);
	PGresult *result = PQexec(conn, turn);
	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	PQclear(result);
	sql("UPDATE app.guild_settings SET afk_rule = true, timezone = 'Asia/Tokyo'");
	result = PQexec(conn, turn);
	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	PQclear(result);
	sql("UPDATE app.guild_settings SET afk_rule = false WHERE guild_id = 20");
	result = PQexec(conn, turn);
	assert_string_equal(PQresultErrorField(result, PG_DIAG_SQLSTATE), "40001");
	PQclear(result);
	ra_free(turn);
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
	assert_true(step("")); /* nothing is left to do */
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

static int open_all(void **state)
{
	(void)state;
	test_pg_start(&pg, false, true);
	sql(helpers);
	fill();
	connect_as_analytics();
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	PQfinish(conn);
	test_pg_stop(&pg);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_erasure_keeps_every_total),
		cmocka_unit_test(test_rules_in_use_are_the_newest),
		cmocka_unit_test(test_retention_deletes_what_is_old_and_nothing_else),
		cmocka_unit_test(test_a_guild_left_is_gone_after_its_time),
		cmocka_unit_test(test_requests_go_with_the_rest),
		cmocka_unit_test(test_empty_months_are_dropped),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
