/* migrate: against a real server: forward, again, refused, interrupted, waited for. */
#include "services/migrate/migrate.h"
#include "libshared/base/buf.h"
#include "libshared/pg/schema.h"
#include "services/migrate/files.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <ctype.h>
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct test_pg server;

/* One test's world: a database and a folder of migrations. */
struct world {
	struct conf conf;
	char url[160];
	char dir[96];
	struct ra_err err;
	char *out; /* what migrate said */
	int rc;    /* of run_aside */
};

static void write_file(const struct world *w, const char *name, const char *sql)
{
	char *path = ra_format("%s/%s", w->dir, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(sql, file);
	assert_int_equal(fclose(file), 0);
	ra_free(path);
}

static void remove_file(const struct world *w, const char *name)
{
	char *path = ra_format("%s/%s", w->dir, name);
	assert_int_equal(unlink(path), 0);
	ra_free(path);
}

static int run(struct world *w, int (*what)(const struct conf *, FILE *, struct ra_err *))
{
	size_t size = 0;
	free(w->out);
	w->out = NULL;
	w->err = (struct ra_err){ 0 };
	FILE *out = open_memstream(&w->out, &size);
	int rc = what(&w->conf, out, &w->err);
	fclose(out);
	return rc;
}

static long long number(const struct world *w, const char *sql)
{
	struct test_pg pg = { .server = server.server };
	snprintf(pg.url, sizeof(pg.url), "%s", w->url);
	long long value = test_pg_number(&pg, sql);
	PQfinish(pg.conn);
	return value;
}

static int begin(void **state)
{
	static int worlds;
	struct world *w = ra_new(struct world);
	char *sql = ra_format("CREATE DATABASE world%d", ++worlds);
	test_pg_number(&server, sql);
	ra_free(sql);
	snprintf(w->url, sizeof(w->url), "postgresql://postgres@/world%d?host=%s&port=%u", worlds,
		 server.server.dir, server.server.port);
	snprintf(w->dir, sizeof(w->dir), "%s/migrations%d", server.server.dir, worlds);
	assert_int_equal(mkdir(w->dir, 0755), 0);
	w->conf = (struct conf){ .database_url = w->url, .migrations_dir = w->dir };
	*state = w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;
	free(w->out);
	ra_free(w);
	return 0;
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

static void applies_what_is_missing(void **state)
{
	struct world *w = *state;
	write_file(w, "0001_one.sql", "CREATE TABLE one (n int); INSERT INTO one VALUES (1);");
	write_file(w, "notes.txt", "not a migration");
	assert_int_equal(run(w, migrate_run), 0);
	assert_non_null(strstr(w->out, "applied 0001_one"));

	write_file(w, "0003_three.sql", "INSERT INTO one VALUES (3);");
	write_file(w, "0002_two.sql", "INSERT INTO one SELECT max(n) * 20 FROM one;");
	assert_int_equal(run(w, migrate_status), RA_ENOTFOUND);
	assert_non_null(strstr(w->out, "missing"));
	assert_int_equal(run(w, migrate_run), 0);
	assert_null(strstr(w->out, "0001_one"));
	assert_int_equal(number(w, "SELECT sum(n) FROM one"), 1 + 20 + 3);

	assert_int_equal(run(w, migrate_run), 0);
	assert_non_null(strstr(w->out, "version 3, nothing to do"));
	assert_int_equal(number(w, "SELECT sum(n) FROM one"), 1 + 20 + 3);
	assert_int_equal(
		number(w, "SELECT count(*) FROM schema_migration WHERE length(sha256) = 64"), 3);
	assert_int_equal(run(w, migrate_status), 0);
	assert_null(strstr(w->out, "missing"));
}

static void status_changes_nothing(void **state)
{
	struct world *w = *state;
	write_file(w, "0001_one.sql", "CREATE TABLE one (n int)");
	assert_int_equal(run(w, migrate_status), RA_ENOTFOUND);
	assert_non_null(strstr(w->err.msg, "version 0 of 1"));
	assert_int_equal(number(w, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"),
			 0);
}

/* The failed file leaves nothing, the one before it stays, and the mended one goes on from there.
 */
static void a_failed_file_leaves_nothing(void **state)
{
	struct world *w = *state;
	write_file(w, "0001_one.sql", "CREATE TABLE one (n int)");
	write_file(w, "0002_two.sql",
		   "INSERT INTO one VALUES (1);\n-- жук\nINSERT INTO one VALUES (nothing);\n");
	write_file(w, "0003_three.sql", "INSERT INTO one VALUES (3)");
	assert_int_equal(run(w, migrate_run), RA_EDB);
	assert_non_null(strstr(w->err.msg, "0002_two.sql:3: column \"nothing\" does not exist"));
	assert_true(*w->err.hint);
	assert_int_equal(number(w, "SELECT count(*) FROM one"), 0);
	assert_int_equal(number(w, "SELECT max(version) FROM schema_migration"), 1);

	write_file(w, "0002_two.sql", "INSERT INTO one VALUES (1)");
	assert_int_equal(run(w, migrate_run), 0);
	assert_int_equal(number(w, "SELECT sum(n) FROM one"), 1 + 3);
}

static void refuses_a_changed_file(void **state)
{
	struct world *w = *state;
	write_file(w, "0001_one.sql", "CREATE TABLE one (n int)");
	assert_int_equal(run(w, migrate_run), 0);
	write_file(w, "0001_one.sql", "CREATE TABLE one (n bigint)");
	write_file(w, "0002_two.sql", "CREATE TABLE two ()");
	assert_int_equal(run(w, migrate_run), RA_EDENIED);
	assert_non_null(strstr(w->err.msg, "0001_one.sql was changed"));
	assert_int_equal(number(w, "SELECT count(*) FROM pg_tables WHERE tablename = 'two'"), 0);
	assert_int_equal(run(w, migrate_status), RA_EDENIED);
	assert_non_null(strstr(w->out, "changed since"));
}

static void refuses_a_newer_database(void **state)
{
	struct world *w = *state;
	write_file(w, "0001_one.sql", "SELECT 1");
	write_file(w, "0002_two.sql", "SELECT 2");
	assert_int_equal(run(w, migrate_run), 0);
	write_file(w, "0003_three.sql", "SELECT 3");
	remove_file(w, "0002_two.sql");
	assert_int_equal(run(w, migrate_run), RA_EDENIED);
	assert_non_null(strstr(w->err.msg, "0002_two"));
}

/* What only adds leaves the release of before its place; what takes away says from whom on. */
static void an_older_release_comes_back(void **state)
{
	struct world *w = *state;
	write_file(w, "0001_one.sql", "CREATE TABLE one (old int, new int)");
	write_file(w, "0002_two.sql", "SELECT 2");
	write_file(w, "0003_three.sql",
		   "-- contract: 0002\nALTER TABLE one DROP COLUMN old; SELECT 3");
	assert_int_equal(run(w, migrate_run), 0);
	assert_int_equal(number(w, "SELECT max(needs) FROM schema_migration"), 2);

	remove_file(w, "0003_three.sql");
	assert_int_equal(run(w, migrate_run), 0);
	assert_non_null(strstr(w->out, "version 3, newer than the 2 of this release"));
	assert_int_equal(run(w, migrate_status), 0);
	assert_non_null(strstr(w->out, "by a newer release"));

	remove_file(w, "0002_two.sql");
	assert_int_equal(run(w, migrate_run), RA_EDENIED);
	assert_non_null(strstr(w->err.msg, "runs with programs made for 2 or newer"));
	assert_int_equal(run(w, migrate_status), RA_EDENIED);
}

/* The table was made before there was a word about programs. */
static void a_history_of_before_is_taken_over(void **state)
{
	struct world *w = *state;
	write_file(w, "0001_one.sql", "SELECT 1");
	assert_int_equal(run(w, migrate_run), 0);
	number(w, "ALTER TABLE schema_migration DROP COLUMN needs");
	assert_int_equal(run(w, migrate_run), 0);
	write_file(w, "0002_two.sql", "-- contract: 2\nSELECT 2");
	assert_int_equal(run(w, migrate_run), 0);
	assert_int_equal(number(w, "SELECT sum(needs) FROM schema_migration"), 2);
}

static void refuses_a_latecomer(void **state)
{
	struct world *w = *state;
	write_file(w, "0002_two.sql", "SELECT 2");
	assert_int_equal(run(w, migrate_run), 0);
	write_file(w, "0001_one.sql", "CREATE TABLE one ()");
	assert_int_equal(run(w, migrate_run), RA_EDENIED);
	assert_non_null(strstr(w->err.msg, "0001_one.sql was never applied"));
	assert_int_equal(number(w, "SELECT count(*) FROM pg_tables WHERE tablename = 'one'"), 0);
}

static void refuses_odd_folders(void **state)
{
	struct world *w = *state;
	assert_int_equal(run(w, migrate_run), RA_ECONF);
	assert_non_null(strstr(w->err.msg, "no .sql file"));

	write_file(w, "0001_one.sql", "SELECT 1");
	write_file(w, "1_two.sql", "SELECT 2");
	assert_int_equal(run(w, migrate_run), RA_ECONF);
	assert_non_null(strstr(w->err.msg, "1_two.sql is not named like a migration"));
	remove_file(w, "1_two.sql");

	write_file(w, "0001_two.sql", "SELECT 2");
	assert_int_equal(run(w, migrate_run), RA_ECONF);
	assert_non_null(strstr(w->err.msg, "the same number"));

	remove_file(w, "0001_two.sql");
	write_file(w, "0002_two.sql", "-- contract: 3\nSELECT 2");
	assert_int_equal(run(w, migrate_run), RA_ECONF);
	assert_non_null(strstr(w->err.msg, "does not say who runs on it"));

	w->conf.migrations_dir = "/no/such/folder";
	assert_int_equal(run(w, migrate_run), RA_ECONF);
	assert_non_null(strstr(w->err.hint, "MIGRATIONS_DIR"));
}

static void a_malformed_url_is_not_quoted(void **state)
{
	struct world *w = *state;
	write_file(w, "0001_one.sql", "SELECT 1");
	w->conf.database_url = "postgres://me:hunter2%4@127.0.0.1/x";
	w->conf.wait = TEST_PATIENCE_MS; /* nothing to wait for */
	assert_int_equal(run(w, migrate_run), RA_ECONF);
	assert_non_null(strstr(w->err.msg, "DATABASE_URL"));
	assert_null(strstr(w->err.msg, "hunter2"));
}

static void says_which_privilege_is_missing(void **state)
{
	struct world *w = *state;
	char url[220];
	number(w, "CREATE ROLE plain LOGIN");
	snprintf(url, sizeof(url), "postgresql://plain@%s",
		 w->url + strlen("postgresql://postgres@"));
	w->conf.database_url = url;
	write_file(w, "0001_one.sql", "CREATE ROLE another LOGIN");

	assert_int_equal(run(w, migrate_run), RA_EDB);
	assert_non_null(strstr(w->err.hint, "ALTER DATABASE"));
	number(w, "GRANT CREATE ON SCHEMA public TO plain");
	assert_int_equal(run(w, migrate_run), RA_EDB);
	assert_non_null(strstr(w->err.hint, "CREATEROLE"));
	number(w, "ALTER ROLE plain CREATEROLE");
	assert_int_equal(run(w, migrate_run), 0);
	assert_int_equal(number(w, "SELECT count(*) FROM pg_roles WHERE rolname = 'another'"), 1);
}

/* What the server verifies the role's password by. */
static char *verifier_of(const struct world *w, const char *role)
{
	PGconn *conn = PQconnectdb(w->url);
	const char *const values[] = { role };
	PGresult *result =
		PQexecParams(conn, "SELECT rolpassword FROM pg_authid WHERE rolname = $1", 1, NULL,
			     values, NULL, NULL, 0);
	assert_int_equal(PQntuples(result), 1);
	char *text = ra_strdup(PQgetvalue(result, 0, 0));
	PQclear(result);
	PQfinish(conn);
	return text;
}

static void gives_roles_their_passwords(void **state)
{
	struct world *w = *state;
	write_file(w, "0001_one.sql",
		   "CREATE ROLE rations_one LOGIN; CREATE ROLE \"rations_odd\"\"name\" LOGIN");
	w->conf.passwords_dir = w->dir;
	write_file(w, "rations_one", "it's a secret\n");
	write_file(w, "rations_odd\"name", "another");
	if (run(w, migrate_run) < 0)
		fail_msg("%s", w->err.msg);
	char *first = verifier_of(w, "rations_one"), *odd = verifier_of(w, "rations_odd\"name");
	assert_int_equal(strncmp(first, "SCRAM-SHA-256$", 14), 0);
	assert_int_equal(strncmp(odd, "SCRAM-SHA-256$", 14), 0);

	write_file(w, "rations_one", "");
	assert_int_equal(run(w, migrate_run), RA_ECONF);
	assert_non_null(strstr(w->err.msg, "rations_one is not one line"));
	write_file(w, "rations_one", "one");
	write_file(w, "rations_nobody", "has no role");
	assert_int_equal(run(w, migrate_run), RA_EDB);
	assert_non_null(strstr(w->err.msg, "rations_nobody"));
	remove_file(w, "rations_nobody");
	assert_int_equal(run(w, migrate_run), 0);
	char *second = verifier_of(w, "rations_one");
	assert_string_not_equal(first, second);
	w->conf.passwords_dir = "/no/such/folder";
	assert_int_equal(run(w, migrate_run), RA_ECONF);
	number(w, "DROP ROLE rations_one, \"rations_odd\"\"name\"");
	ra_free(first);
	ra_free(second);
	ra_free(odd);
}

static void *run_aside(void *ctx)
{
	struct world *w = ctx;
	w->rc = run(w, migrate_run);
	return NULL;
}

static void waits_for_another(void **state)
{
	struct world *w = *state;
	struct world other = *w;
	pthread_t threads[2];
	write_file(w, "0001_one.sql", "SELECT pg_sleep(0.3); CREATE TABLE one ()");
	assert_int_equal(pthread_create(&threads[0], NULL, run_aside, w), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, run_aside, &other), 0);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert_int_equal(w->rc, 0);
	assert_int_equal(other.rc, 0);
	/* exactly one of them did it */
	assert_true(!strstr(w->out, "applied 0001") != !strstr(other.out, "applied 0001"));
	free(other.out);
}

static void waits_for_the_database(void **state)
{
	struct world *w = *state;
	pthread_t thread;
	write_file(w, "0001_one.sql", "CREATE TABLE one ()");
	test_pg_kill(&server);
	assert_int_equal(run(w, migrate_run), RA_EDOWN); /* WAIT=0 */
	assert_non_null(strstr(w->err.hint, "DATABASE_URL"));

	w->conf.wait = 6 * TEST_PATIENCE_MS; /* a server that was killed reads its log first */
	assert_int_equal(pthread_create(&thread, NULL, run_aside, w), 0);
	test_pg_restart(&server);
	pthread_join(thread, NULL);
	assert_int_equal(w->rc, 0);
	assert_int_equal(number(w, "SELECT count(*) FROM schema_migration"), 1);
}

/* The migrations of this very release, by a user that is not a superuser. */
/* So that it can be spread over machines by guild (docs/scale.md). What is named here is small: it
 * is of shards and streams, or short-lived. */
static void what_grows_lies_by_guild(struct world *w)
{
	assert_int_equal(
		number(w,
		       "SELECT count(*) FROM pg_class c JOIN pg_index i ON indrelid = c.oid AND "
		       "indisprimary JOIN pg_attribute a ON attrelid = c.oid AND attnum = "
		       "indkey[0] "
		       "WHERE relkind IN ('r', 'p') AND NOT relispartition "
		       "AND relnamespace::regnamespace::text IN ('analytics', 'response') "
		       "AND (attname = 'guild_id') = (relnamespace::regnamespace || '.' || relname "
		       "IN ("
		       "'analytics.position', 'analytics.shard', 'analytics.shard_service', "
		       "'analytics.coverage_gap', 'response.position', 'response.settings_read', "
		       "'response.notice', 'response.command', 'response.channel_trouble'))"),
		0);
	/* and none goes without a key */
	assert_int_equal(number(w,
				"SELECT count(*) FROM pg_class c WHERE relkind IN ('r', 'p') "
				"AND relnamespace::regnamespace::text IN ('analytics', 'response') "
				"AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND "
				"indisprimary)"),
			 0);
}

static void applies_our_own(void **state)
{
	struct world *w = *state;
	char url[220];
	number(w, "CREATE ROLE owner LOGIN CREATEROLE; GRANT ALL ON SCHEMA public TO owner;"
		  "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO owner', "
		  "current_database()); END $$");
	snprintf(url, sizeof(url), "postgresql://owner@%s",
		 w->url + strlen("postgresql://postgres@"));
	w->conf.database_url = url;
	w->conf.migrations_dir = "migrations";
	if (run(w, migrate_run) < 0)
		fail_msg("%s", w->err.msg);
	assert_int_equal(run(w, migrate_status), 0);
	assert_int_equal(number(w, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'rations_%' "
				   "AND rolcanlogin"),
			 4);
	what_grows_lies_by_guild(w);
}

/* --- what a migration may do while programs of before run (docs/upgrade.md) --- */

/* The last of the time when nobody ran two releases side by side. */
#define BEFORE_THE_RULE 40

/* In each place of a statement, blanks and case apart. */
static const char *const takes_away[] = {
	"drop table", "drop column",  "drop function",   "drop schema",   "drop view",
	"drop role",  "drop type",    "rename to",       "rename column", "set not null",
	"truncate",   "alter column", "drop constraint",
};

/* Lower case, a blank where there were several, no comments. */
static char *plain(const char *sql)
{
	struct ra_buf out = { 0 };
	while (*sql) {
		if (strncmp(sql, "--", 2) == 0)
			sql += strcspn(sql, "\n");
		bool is_blank = isspace((unsigned char)*sql);
		char c = is_blank ? ' ' : (char)tolower((unsigned char)*sql);
		if (*sql && !(is_blank && out.len > 0 && out.ptr[out.len - 1] == ' '))
			ra_buf_add(&out, &c, 1);
		sql += *sql != '\0';
	}
	char *text = ra_strdup(ra_buf_text(&out));
	ra_buf_fini(&out);
	return text;
}

/* "ADD COLUMN x int NOT NULL" and no DEFAULT behind it: who does not know it can not insert. */
static bool adds_what_must_be_given(const char *sql)
{
	for (const char *at = sql; (at = strstr(at, "add column")); at++) {
		char *clause = ra_strndup(at, strcspn(at, ",;"));
		bool is_bad = strstr(clause, "not null") && !strstr(clause, "default") &&
			      !strstr(clause, "generated");
		ra_free(clause);
		if (is_bad)
			return true;
	}
	return false;
}

/* NULL: programs made for the schema before run on what it leaves. */
static const char *why_it_contracts(const char *sql)
{
	char *text = plain(sql);
	const char *why = adds_what_must_be_given(text) ? "add column ... not null" : NULL;
	for (size_t i = 0; !why && i < RA_COUNT(takes_away); i++)
		if (strstr(text, takes_away[i]))
			why = takes_away[i];
	ra_free(text);
	return why;
}

static void our_own_only_add(void **state)
{
	(void)state;
	struct migrations ours;
	struct ra_err err;
	assert_int_equal(migrations_read(&ours, "migrations", &err), 0);
	for (size_t i = 0; i < ours.count; i++) {
		const struct migration *m = &ours.list[i];
		const char *why = why_it_contracts(m->sql);
		if (m->version > BEFORE_THE_RULE && why && !m->needs)
			fail_msg("%s: \"%s\" hurts programs of before; see docs/upgrade.md",
				 m->path, why);
	}
	assert_int_equal(ours.list[ours.count - 1].version, ra_schema_made_for());
	migrations_fini(&ours);

	assert_non_null(why_it_contracts("ALTER TABLE a\n\tDROP  COLUMN b"));
	assert_non_null(
		why_it_contracts("ALTER TABLE a ADD COLUMN b int, ADD COLUMN c int NOT NULL"));
	assert_null(why_it_contracts(
		"ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 0; -- drop table\n"));
	assert_null(why_it_contracts("CREATE TABLE a (b int NOT NULL)"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(applies_what_is_missing),
		TEST(status_changes_nothing),
		TEST(a_failed_file_leaves_nothing),
		TEST(refuses_a_changed_file),
		TEST(refuses_a_newer_database),
		TEST(an_older_release_comes_back),
		TEST(a_history_of_before_is_taken_over),
		TEST(refuses_a_latecomer),
		TEST(refuses_odd_folders),
		TEST(a_malformed_url_is_not_quoted),
		TEST(says_which_privilege_is_missing),
		TEST(gives_roles_their_passwords),
		TEST(waits_for_another),
		TEST(waits_for_the_database),
		TEST(applies_our_own),
		cmocka_unit_test(our_own_only_add),
	};
	return cmocka_run_group_tests(tests, start_server, stop_server);
}
