/* One guild alone: out, gone, in again as it was; what is refused; and the same in open formats. */
#include "libshared/base/base.h"
#include "libshared/base/clock.h"
#include "services/backup-scheduler/export.h"
#include "services/backup-scheduler/guild_restore.h"
#include "tests/harness/cmocka.h"
#include "tests/harness/servers.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct test_pg pg;
static PGconn *owner;
static struct conf conf;
static char dir[] = "/tmp/rations-guild-XXXXXX";

/* Every row a guild has, but those that tell of the present. */
static const char helpers[] =
	"CREATE FUNCTION public.rows_of(guild bigint) RETURNS text LANGUAGE plpgsql AS $$ "
	"DECLARE t record; line text; whole text := ''; BEGIN "
	" FOR t IN SELECT * FROM backup.guild_tables(guild) WHERE name NOT IN ('analytics.guild', "
	"  'analytics.guild_gap', 'analytics.channel_live', 'response.notice') LOOP "
	"  EXECUTE format('SELECT string_agg(r::text, '';'' ORDER BY r::text) FROM %s r WHERE %s', "
	"   t.place, t.condition) INTO line; "
	"  whole := whole || t.name || ' ' || coalesce(line, '-') || E'\\n'; END LOOP; "
	" RETURN whole; END $$;";

/* Texts that a COPY has to write with care; a table of each kind. */
static const char rows[] =
	"SELECT analytics.ensure_months('2025-12-01Z', '2026-03-31Z');"
	"INSERT INTO analytics.guild (guild_id, name, messages_total, first_event_at) VALUES "
	" (10, E'\\\\. or \\\\N', 77, '2026-01-01Z'), (20, 'Twenty', 1, '2026-01-01Z');"
	"INSERT INTO app.guild_settings (guild_id, timezone, retention_days) VALUES (10, "
	"'Asia/Tokyo', '{\"hours\": 4000}'), (20, 'UTC', '{}');"
	"INSERT INTO analytics.member (guild_id, user_id, username, nick, roles) SELECT g, u, "
	" E'a\\tb\\nc\\\\.\\r', E'\\\\.', '{1,2}' FROM unnest('{10,20}'::bigint[]) g, "
	" unnest('{900000001,900000002}'::bigint[]) u;"
	"INSERT INTO analytics.message_hourly (guild_id, hour, channel_id, user_id, author_kind, "
	" messages) SELECT g, h, 31, 900000001, 0, 5 FROM generate_series('2026-01-01Z'"
	" ::timestamptz, '2026-03-20Z', '5 hours') h, unnest('{10,20}'::bigint[]) g;"
	"INSERT INTO analytics.member_daily (guild_id, user_id, day, messages) SELECT guild_id, "
	" user_id, hour::date, sum(messages) FROM analytics.message_hourly GROUP BY 1, 2, 3;"
	"INSERT INTO analytics.channel_live (guild_id, channel_id, start_id, boundary_id, "
	" last_id) VALUES (10, 31, 1, 2, 3), (20, 32, 1, 2, 3);"
	"INSERT INTO analytics.voice_open (guild_id, user_id, channel_id, joined_at, started_at) "
	" VALUES (10, 900000001, 33, now(), now());"
	"INSERT INTO app.alert_rule (guild_id, name, figure, condition, window_hours, created_by, "
	" created_at, due_at) SELECT g, '=1+1', 'messages', 'above', 1, 1, now(), now() FROM "
	" unnest('{10,20}'::bigint[]) g;"
	"INSERT INTO app.alert_episode (rule_id, guild_id, fired_at, value, extreme) "
	" SELECT rule_id, guild_id, now(), 1.5, 'infinity' FROM app.alert_rule;"
	"INSERT INTO app.curator_archive (guild_id, user_id, name, profile, activities, answers, "
	" task_reports, bytes, archived_by, archived_at) VALUES (10, 1, '', '{}', 0, 0, 0, 0, 1, "
	" now());"
	"INSERT INTO app.curator_archive_file SELECT archive_id, '\\x000a5c2e0aff' FROM "
	" app.curator_archive;"
	"INSERT INTO app.schedule (guild_id, valid_from, zone) VALUES (10, '2026-01-01', 'UTC');"
	"INSERT INTO app.api_token (guild_id, token_hash, name, ending, created_by, created_at) "
	" VALUES (10, 'hidden', '', '', 1, now());"
	"INSERT INTO app.request_rule (guild_id, name, kind) VALUES (10, 'help', 'keyword');"
	"INSERT INTO response.request (guild_id, request_id, channel_id, author_id, rule_id, kind, "
	" asked_at, clock_at) SELECT 10, 5, 1, 1, rule_id, 'keyword', now(), now() FROM "
	" app.request_rule;"
	"INSERT INTO response.notice (guild_id, kind, payload, nonce, created_at) VALUES (10, "
	" 'reminder', '{\"content\": \"x\"}', 'n', now());";

static void sql(const char *text)
{
	PGresult *result = PQexec(owner, text);
	ExecStatusType status = PQresultStatus(result);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(owner));
	PQclear(result);
}

static long long number(const char *text)
{
	return test_pg_number(&pg, text);
}

static char *text_of(const char *query)
{
	PGresult *result = PQexec(owner, query);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(owner));
	char *text = ra_strdup(PQgetvalue(result, 0, 0));
	PQclear(result);
	return text;
}

/* Does a job as a worker would. Returns what it ended with. */
static int work(const char *kind, const char *backup, const char *parameters, struct ra_err *err)
{
	char *insert = ra_format("INSERT INTO backup.job (kind, backup_id, parameters, created_at) "
				 "VALUES ('%s', nullif('%s', ''), '%s', now())",
				 kind, backup, parameters);
	struct job job;
	*err = (struct ra_err){ 0 };
	sql(insert);
	ra_free(insert);
	long long id = number("SELECT max(job_id) FROM backup.job");
	uint64_t give_up_ms = ra_monotonic_ms() + 60000;
	int rc;
	do /* the server may not have noticed yet that the job before has hung up */
		rc = job_open(&job, &conf, id, err);
	while (rc == RA_ELOCKED && ra_monotonic_ms() < give_up_ms);
	assert_int_equal(rc, 0);
	rc = strcmp(kind, "export") == 0 ? export_run(&job, err) : guild_restore_run(&job, err);
	job_close(&job, rc, err);
	return rc;
}

/* The id of the newest file; yours. */
static char *export_guild(const char *parameters)
{
	struct ra_err err;
	if (work("export", "", parameters, &err) < 0)
		fail_msg("%s", err.msg);
	return text_of("SELECT backup_id FROM backup.backup WHERE state = 'ready' AND sha256 <> '' "
		       "ORDER BY started_at DESC LIMIT 1");
}

static void leave(void)
{
	sql("UPDATE analytics.guild SET removed_at = now() - interval '31 days' WHERE guild_id = "
	    "10");
	do
		sql("UPDATE backup.upkeep SET next_at = CASE WHEN task = 'leave' THEN now() ELSE "
		    "'infinity' END; SELECT backup.upkeep_step()");
	while (number("SELECT count(*) FROM backup.upkeep WHERE task = 'leave' AND next_at <= "
		      "now()"));
	assert_int_equal(number("SELECT count(*) FROM analytics.guild WHERE guild_id = 10"), 0);
}

static void test_no_table_is_forgotten(void **state)
{
	(void)state;
	char *forgotten = text_of("SELECT coalesce(string_agg(name, ' '), '') FROM "
				  "backup.guild_forgotten");
	assert_string_equal(forgotten, "");
	ra_free(forgotten);
	sql("CREATE TABLE app.new_one (id bigint)");
	assert_int_equal(number("SELECT count(*) FROM backup.guild_forgotten"), 1);
	sql("ALTER TABLE app.new_one ADD guild_id bigint");
	assert_int_equal(number("SELECT count(*) FROM backup.guild_forgotten"), 0);
	assert_int_equal(number("SELECT count(*) FROM backup.guild_tables(1) WHERE name = "
				"'app.new_one'"),
			 1);
	sql("DROP TABLE app.new_one");
}

static void test_out_gone_and_in_again(void **state)
{
	(void)state;
	struct ra_err err;
	char *before = text_of("SELECT rows_of(10)"), *other = text_of("SELECT rows_of(20)");
	char *id = export_guild("{\"guild\": \"10\"}");
	assert_int_equal(work("guild", id, "{}", &err), RA_EDENIED);
	assert_non_null(strstr(err.msg, "has figures"));
	leave();
	assert_int_equal(work("guild", id, "{\"guild\": \"20\"}", &err), RA_EDENIED);
	if (work("guild", id, "{\"guild\": \"10\"}", &err) < 0)
		fail_msg("%s", err.msg);
	char *after = text_of("SELECT rows_of(10)"), *other_after = text_of("SELECT rows_of(20)");
	assert_string_equal(after, before);
	assert_string_equal(other_after, other);
	/* the bot is not there, as far as we know; nobody is told of what is long past; no secrets
	 */
	assert_int_equal(number("SELECT count(*) FROM analytics.guild WHERE guild_id = 10 AND "
				"removed_at > now() - interval '1 minute' AND messages_total = 77"),
			 1);
	assert_int_equal(number("SELECT count(*) FROM analytics.guild_gap WHERE guild_id = 10 AND "
				"(cause = 'restore' AND ended_at IS NOT NULL OR cause = "
				"'guild_removed' AND ended_at IS NULL)"),
			 2);
	assert_int_equal(number("SELECT count(*) FROM response.notice WHERE guild_id = 10 AND "
				"state = 'dropped' AND payload = '{}'"),
			 1);
	assert_int_equal(number("SELECT count(*) FROM analytics.channel_live WHERE guild_id = 10 "
				"AND has_hole AND last_id = 3"),
			 1);
	assert_int_equal(number("SELECT count(*) FROM app.api_token WHERE guild_id = 10"), 0);
	assert_int_equal(number("SELECT count(*) FROM analytics.voice_open WHERE guild_id = 10"),
			 0);
	ra_free(before);
	ra_free(after);
	ra_free(other);
	ra_free(other_after);
	ra_free(id);
}

/* The guild lives: what Discord tells of it stays, what was counted is the file's. */
static void test_a_living_guild_is_replaced_when_forced(void **state)
{
	(void)state;
	struct ra_err err;
	sql("UPDATE analytics.guild SET removed_at = NULL WHERE guild_id = 10");
	char *before = text_of("SELECT rows_of(10)");
	char *id = export_guild("{\"guild\": \"10\"}");
	sql("UPDATE analytics.message_hourly SET messages = 1000 WHERE guild_id = 10;"
	    "DELETE FROM analytics.member_daily WHERE guild_id = 10;"
	    "UPDATE analytics.guild SET name = 'Renamed', messages_total = 5 WHERE guild_id = 10;"
	    "INSERT INTO analytics.channel_live VALUES (10, 34, 7, 7, 9);"
	    "INSERT INTO app.audit_log (guild_id, at, actor_id, action) VALUES (10, now(), 1, "
	    "'x')");
	long long version = number("SELECT version FROM app.rules");
	if (work("guild", id, "{\"force\": true}", &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(number("SELECT version FROM app.rules") > version); /* who counts loads again */
	assert_int_equal(number("SELECT count(*) FROM app.audit_log WHERE guild_id = 10"), 1);
	sql("DELETE FROM app.audit_log");
	char *after = text_of("SELECT rows_of(10)");
	assert_string_equal(after, before);
	assert_int_equal(number("SELECT count(*) FROM analytics.guild WHERE guild_id = 10 AND name "
				"= 'Renamed' AND messages_total = 77 AND removed_at IS NULL"),
			 1);
	assert_int_equal(number("SELECT count(*) FROM analytics.channel_live WHERE guild_id = 10 "
				"AND channel_id = 34 AND has_hole AND last_id = 7"),
			 1);
	ra_free(before);
	ra_free(after);
	ra_free(id);
}

/* Elsewhere the numbers we gave are another guild's. */
static void test_numbers_that_are_taken_move(void **state)
{
	(void)state;
	struct ra_err err;
	char *id = export_guild("{\"guild\": \"10\"}");
	leave();
	sql("INSERT INTO app.request_rule (rule_id, guild_id, name, kind) OVERRIDING SYSTEM VALUE "
	    "SELECT 1, 20, 'other', 'keyword' WHERE NOT EXISTS (SELECT FROM app.request_rule);"
	    "DELETE FROM app.alert_rule WHERE guild_id = 20;"
	    "INSERT INTO app.alert_rule (rule_id, guild_id, name, figure, condition, window_hours, "
	    "created_by, created_at, due_at) OVERRIDING SYSTEM VALUE VALUES (1, 20, 'other', "
	    "'messages', 'above', 1, 1, now(), now())");
	if (work("guild", id, "{}", &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(number("SELECT count(*) FROM app.alert_episode e JOIN app.alert_rule r "
				"USING (rule_id) WHERE e.guild_id = 10 AND r.guild_id = 10 AND "
				"rule_id > 1"),
			 1);
	assert_int_equal(number("SELECT count(*) FROM response.request q JOIN app.request_rule r "
				"USING (rule_id) WHERE q.guild_id = 10 AND r.guild_id = 10"),
			 1);
	sql("INSERT INTO app.alert_rule (guild_id, name, figure, condition, window_hours, "
	    "created_by, created_at, due_at) VALUES (20, 'next', 'messages', 'above', 1, 1, now(), "
	    "now())");
	ra_free(id);
}

static void test_who_was_erased_since_does_not_come_back(void **state)
{
	(void)state;
	struct ra_err err;
	char *id = export_guild("{\"guild\": \"10\"}");
	sql("INSERT INTO app.erasure (guild_id, user_id) VALUES (10, 900000001); DELETE FROM "
	    "app.erasure");
	if (work("guild", id, "{\"force\": true}", &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(number("SELECT count(*) FROM app.erasure WHERE user_id = 900000001"), 1);
	sql("DELETE FROM app.erasure");
	ra_free(id);
}

/* One byte of the file is another, or it has rows of somebody else. */
static void test_what_is_wrong_with_a_file_changes_nothing(void **state)
{
	(void)state;
	struct ra_err err;
	char *before = text_of("SELECT rows_of(10)");
	char *id = export_guild("{\"guild\": \"10\"}");
	char *path = ra_format("%s/%s.rations", dir, id);
	FILE *file = fopen(path, "r+");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	long size = ftell(file);
	for (long at = 3; at < size; at += size / 7) {
		fseek(file, at, SEEK_SET);
		int was = fgetc(file);
		fseek(file, at, SEEK_SET);
		fputc(was ^ 1, file);
		fflush(file);
		assert_true(work("guild", id, "{\"force\": true}", &err) < 0);
		fseek(file, at, SEEK_SET);
		fputc(was, file);
		fflush(file);
	}
	fclose(file);
	sql("CREATE TABLE app.new_one (guild_id bigint)");
	char *with_more = export_guild("{\"guild\": \"10\"}");
	sql("DROP TABLE app.new_one");
	assert_int_equal(work("guild", with_more, "{\"force\": true}", &err), RA_EDENIED);
	assert_non_null(strstr(err.msg, "app.new_one"));
	sql("CREATE TABLE public.kept AS SELECT * FROM public.schema_migration; "
	    "DELETE FROM public.schema_migration WHERE version > 20");
	assert_int_equal(work("guild", id, "{\"force\": true}", &err), RA_EDENIED);
	sql("INSERT INTO public.schema_migration SELECT * FROM public.kept WHERE version > 20");
	assert_int_equal(work("export", "", "{\"guild\": \"11\"}", &err), RA_ENOTFOUND);
	assert_int_equal(work("export", "", "{\"guild\": \"1 OR 1=1\"}", &err), RA_EINVAL);
	char *after = text_of("SELECT rows_of(10)");
	assert_string_equal(after, before);
	ra_free(path);
	ra_free(before);
	ra_free(after);
	ra_free(id);
	ra_free(with_more);
}

static void test_open_formats(void **state)
{
	(void)state;
	char *id = export_guild("{\"guild\": \"10\", \"format\": \"open\"}");
	char *check = ra_format(
		"python3 - %s/%s.zip <<'END'\n"
		"import csv, io, json, sys, zipfile\n"
		"z = zipfile.ZipFile(sys.argv[1])\n"
		"assert z.testzip() is None\n"
		"package = json.loads(z.read('datapackage.json'))\n"
		"for r in package['resources']:\n"
		"    lines = list(csv.reader(io.StringIO(z.read(r['path']).decode(), "
		"newline='')))\n"
		"    assert len(lines) == r['rows'] + 1, r['path']\n"
		"    assert lines[0] == [f['name'] for f in r['schema']['fields']]\n"
		"    if r['name'] == 'app.alert-rule': assert lines[1][lines[0].index('name')] == "
		"\"'=1+1\"\n"
		"    if r['name'] == 'analytics.member': assert "
		"lines[1][lines[0].index('username')] "
		"== 'a\\tb\\nc\\\\.\\r'\n"
		"    if r['name'] == 'analytics.message-hourly': assert "
		"{l[lines[0].index('guild_id')] for l in lines[1:]} == {'10'}\n"
		"assert not any('token' in n or 'session' in n for n in z.namelist())\n"
		"END\n",
		dir, id);
	assert_int_equal(system(check), 0); /* NOLINT(cert-env33-c): our own words */
	ra_free(check);
	ra_free(id);
	id = export_guild("{}");
	assert_true(number("SELECT (manifest ->> 'rows')::bigint FROM backup.backup ORDER BY "
			   "started_at DESC LIMIT 1") > 700);
	ra_free(id);
}

static int open_all(void **state)
{
	static char url[160], admin[160];
	(void)state;
	assert_non_null(mkdtemp(dir));
	test_pg_start(&pg, false, true);
	test_pg_url(&pg, "rations_backup", url);
	snprintf(admin, sizeof(admin), "%s", pg.url);
	conf = (struct conf){ .database_url = url,
			      .admin_url = admin,
			      .backup_dir = dir,
			      .key_file = "",
			      .s3_endpoint = "" };
	owner = test_pg_connect(&pg);
	sql(helpers);
	sql(rows);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	char *sweep = ra_format("rm -rf %s", dir);
	PQfinish(owner);
	test_pg_stop(&pg);
	int rc = system(sweep); /* NOLINT(cert-env33-c): our own words */
	ra_free(sweep);
	return rc;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_table_is_forgotten),
		cmocka_unit_test(test_out_gone_and_in_again),
		cmocka_unit_test(test_a_living_guild_is_replaced_when_forced),
		cmocka_unit_test(test_who_was_erased_since_does_not_come_back),
		cmocka_unit_test(test_what_is_wrong_with_a_file_changes_nothing),
		cmocka_unit_test(test_open_formats),
		cmocka_unit_test(test_numbers_that_are_taken_move),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
