/* database: see the header. */
#include "services/migrate/database.h"
#include "libshared/base/clock.h"
#include "libshared/loop/backoff.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Any number, as long as every migrate uses the same. */
#define LOCK_KEY "8243122671"

#define MAKE_TABLE                                                                                 \
	"CREATE TABLE IF NOT EXISTS public.schema_migration ("                                     \
	"version int PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL,"                       \
	"applied_at timestamptz NOT NULL DEFAULT now());"                                          \
	"ALTER TABLE public.schema_migration ADD COLUMN IF NOT EXISTS needs int NOT NULL DEFAULT " \
	"0"

/* ---- Errors, said with what to do. ---- */

static const char *hint_for(const char *sqlstate, const char *message)
{
	if (strcmp(sqlstate, "42501") == 0 && strstr(message, "role"))
		return "The migrations create a login role for every service. As a superuser run "
		       "ALTER ROLE <this user> CREATEROLE, or create the roles that the file names "
		       "yourself.";
	if (strcmp(sqlstate, "42501") == 0)
		return "Let the user of DATABASE_URL own the database: as a superuser run "
		       "ALTER DATABASE <name> OWNER TO <this user>.";
	return "Nothing of this file was applied; the files before it stay. Mend the cause and run "
	       "migrate again.";
}

/* The line of `sql` on which its `position`th character stands (both from 1). */
static int line_of(const char *sql, int position)
{
	int line = 1;
	for (; *sql && position > 1; sql++) {
		bool is_continuation = ((unsigned char)*sql & 0xc0) == 0x80;
		line += *sql == '\n';
		position -= !is_continuation;
	}
	return line;
}

/* `migration`: whose SQL it was; NULL for our own. */
static int fail(struct ra_err *err, PGconn *conn, const PGresult *result,
		const struct migration *migration)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);

	if (!sqlstate || !message)
		return ra_fail(err, RA_EDOWN,
			       "See why in PostgreSQL's log, then run migrate again.",
			       "lost the database: %s", PQerrorMessage(conn));
	if (!migration)
		return ra_fail(err, RA_EDB, hint_for(sqlstate, message), "%s (%s)", message,
			       sqlstate);
	if (!position)
		return ra_fail(err, RA_EDB, hint_for(sqlstate, message), "%s: %s (%s)",
			       migration->path, message, sqlstate);
	return ra_fail(err, RA_EDB, hint_for(sqlstate, message), "%s:%d: %s (%s)", migration->path,
		       line_of(migration->sql, atoi(position)), message, sqlstate);
}

/* Frees `result`; 0 when it is what a query should give. */
static int finish(PGconn *conn, PGresult *result, const struct migration *migration,
		  struct ra_err *err)
{
	ExecStatusType status = PQresultStatus(result);
	int rc = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
			 ? 0
			 : fail(err, conn, result, migration);
	PQclear(result);
	return rc;
}

static int run(PGconn *conn, const char *sql, struct ra_err *err)
{
	return finish(conn, PQexec(conn, sql), NULL, err);
}

/* ---- Connecting. ---- */

/* libpq's first line; the others are advice. */
static void first_line(char out[200], const char *text)
{
	snprintf(out, 200, "%.*s", (int)strcspn(text, "\n"), text);
}

/* libpq's own words about a malformed URL quote it, password and all. */
static int check_url(const char *url, struct ra_err *err)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	bool is_fine = options != NULL;
	PQconninfoFree(options);
	if (is_fine)
		return 0;
	return ra_fail(
		err, RA_ECONF,
		"Write postgresql://user:password@host:port/database, with special characters "
		"percent-encoded.",
		"DATABASE_URL is malformed");
}

PGconn *database_open(const char *url, int64_t wait_ms, struct ra_err *err)
{
	/* what stands before dbname, the URL may overrule; Kerberos would be asked for a ticket */
	const char *const names[] = { "gssencmode", "connect_timeout", "application_name",
				      "options",    "dbname",          "client_encoding",
				      NULL };
	const char *const values[] = {
		"disable", "5", "migrate", "-c client_min_messages=warning", url, "UTF8", NULL
	};
	struct ra_backoff backoff = { .min_ms = 100, .max_ms = 2000 };
	uint64_t give_up_ms = ra_monotonic_ms() + (uint64_t)wait_ms;
	char said[200] = "", why[200];

	if (check_url(url, err) < 0)
		return NULL;
	for (;;) {
		PGconn *conn = PQconnectdbParams(names, values, 1);
		if (PQstatus(conn) == CONNECTION_OK)
			return conn;
		first_line(why, PQerrorMessage(conn));
		PQfinish(conn);
		if (ra_monotonic_ms() >= give_up_ms)
			break;
		if (strcmp(why, said) != 0)
			fprintf(stderr, "waiting for the database: %s\n", why);
		memcpy(said, why, sizeof(said));
		usleep((useconds_t)ra_backoff_next_ms(&backoff) * 1000);
	}
	ra_fail(err, RA_EDOWN, "Start PostgreSQL, or mend DATABASE_URL; WAIT says how long to try.",
		"cannot reach the database: %s", why);
	return NULL;
}

int database_lock(PGconn *conn, struct ra_err *err)
{
	PGresult *result = PQexec(conn, "SELECT pg_try_advisory_lock(" LOCK_KEY ")");
	bool is_ours = PQntuples(result) == 1 && *PQgetvalue(result, 0, 0) == 't';
	int rc = finish(conn, result, NULL, err);
	if (rc < 0 || is_ours)
		return rc;
	fprintf(stderr, "waiting for another migrate\n");
	return run(conn, "SELECT pg_advisory_lock(" LOCK_KEY ")", err);
}

/* ---- What was applied. ---- */

int database_history(PGconn *conn, struct history *history, struct ra_err *err)
{
	*history = (struct history){ 0 };
	PGresult *result =
		PQexec(conn, "SELECT 1 WHERE to_regclass('public.schema_migration') IS NULL");
	bool is_new = PQntuples(result) == 1;
	int rc = finish(conn, result, NULL, err);
	if (rc < 0 || is_new)
		return rc;
	result = PQexec(conn, "SELECT version, name, sha256,"
			      " to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"
			      " FROM public.schema_migration ORDER BY version");
	history->count = (size_t)PQntuples(result);
	history->list = ra_alloc(history->count * sizeof(*history->list));
	for (size_t i = 0; i < history->count; i++) {
		history->list[i] = (struct applied){
			.version = atoi(PQgetvalue(result, (int)i, 0)),
			.name = ra_strdup(PQgetvalue(result, (int)i, 1)),
			.sha256 = ra_strdup(PQgetvalue(result, (int)i, 2)),
			.at = ra_strdup(PQgetvalue(result, (int)i, 3)),
		};
	}
	rc = finish(conn, result, NULL, err);
	if (rc == 0) {
		result = PQexec(conn, RA_SCHEMA_SQL);
		if (PQntuples(result) == 1)
			history->schema = ra_schema_read(result);
		rc = finish(conn, result, NULL, err);
	}
	if (rc < 0)
		history_fini(history);
	return rc;
}

void history_fini(struct history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		ra_free(history->list[i].name);
		ra_free(history->list[i].sha256);
		ra_free(history->list[i].at);
	}
	ra_free(history->list);
	*history = (struct history){ 0 };
}

static int remember(PGconn *conn, const struct migration *m, struct ra_err *err)
{
	char version[12], needs[12];
	snprintf(version, sizeof(version), "%d", m->version);
	snprintf(needs, sizeof(needs), "%d", m->needs);
	const char *const values[] = { version, m->name, m->sha256, needs };
	PGresult *result =
		PQexecParams(conn,
			     "INSERT INTO public.schema_migration (version, name, sha256, needs)"
			     " VALUES ($1, $2, $3, $4)",
			     4, NULL, values, NULL, NULL, 0);
	return finish(conn, result, NULL, err);
}

int database_make_table(PGconn *conn, struct ra_err *err)
{
	return run(conn, MAKE_TABLE, err);
}

int database_apply(PGconn *conn, const struct migration *m, struct ra_err *err)
{
	int rc = run(conn, "BEGIN", err);
	if (rc == 0)
		rc = finish(conn, PQexec(conn, m->sql), m, err);
	if (rc == 0)
		rc = remember(conn, m, err);
	if (rc == 0)
		rc = run(conn, "COMMIT", err);
	if (rc < 0)
		PQclear(PQexec(conn, "ROLLBACK"));
	return rc;
}

/* Several statements in one PQexec are one transaction already. */
int database_load(PGconn *conn, const char *sql, struct ra_err *err)
{
	return run(conn, sql, err);
}

int database_set_password(PGconn *conn, const char *role, const char *password, struct ra_err *err)
{
	char *verifier = PQencryptPasswordConn(conn, password, role, NULL);
	char *name = PQescapeIdentifier(conn, role, strlen(role));
	char *literal = verifier ? PQescapeLiteral(conn, verifier, strlen(verifier)) : NULL;
	char *sql = name && literal ? ra_format("ALTER ROLE %s PASSWORD %s", name, literal) : NULL;
	int rc = sql ? run(conn, sql, err)
		     : ra_fail(err, RA_EDB, "See why in PostgreSQL's log, then run migrate again.",
			       "cannot set the password of %s: %s", role, PQerrorMessage(conn));
	ra_free(sql);
	PQfreemem(literal);
	PQfreemem(name);
	PQfreemem(verifier);
	return rc;
}
