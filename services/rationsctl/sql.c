/* sql: PostgreSQL, asked one question after the other (ctl.h). */
#include "libshared/pg/pg.h"
#include "services/rationsctl/ctl.h"
#include <stdlib.h>

/* libpq's first line; the others are advice. */
static int fail(struct ra_err *err, int code, const char *hint, const char *said)
{
	return ra_fail(err, code, hint, "PostgreSQL: %.*s", (int)strcspn(said, "\n"), said);
}

/* libpq's own words about a malformed URL quote it, password and all. */
static bool is_url(const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	PQconninfoFree(options);
	return options != NULL;
}

PGconn *sql_open(const struct ctl *ctl, bool is_owner, struct ra_err *err)
{
	const char *url = is_owner ? ctl->conf->admin_url : ctl->conf->database_url;
	char timeout[24];
	snprintf(timeout, sizeof(timeout), "%lld", (long long)(ctl->conf->patience + 999) / 1000);
	/* what stands before dbname, the URL may overrule */
	const char *const names[] = { "gssencmode", "connect_timeout", "application_name",
				      "dbname",     "client_encoding", NULL };
	const char *const values[] = { "disable", timeout, "rationsctl", url, "UTF8", NULL };
	if (!*url || !is_url(url)) {
		ra_fail(err, RA_ECONF,
			"Set DATABASE_URL; with Docker: docker compose exec api rationsctl ...",
			*url ? "DATABASE_URL is malformed" : "DATABASE_URL is not set");
		return NULL;
	}
	PGconn *db = PQconnectdbParams(names, values, 1);
	if (PQstatus(db) != CONNECTION_OK) {
		fail(err, RA_EDOWN, "Is PostgreSQL running, and is DATABASE_URL right?",
		     PQerrorMessage(db));
		PQfinish(db);
		return NULL;
	}
	char set[64];
	snprintf(set, sizeof(set), "SET statement_timeout = %lld", (long long)ctl->conf->patience);
	PQclear(PQexec(db, set));
	return db;
}

PGresult *sql_ask(PGconn *db, struct ra_err *err, const char *sql, int count,
		  const char *const *values)
{
	PGresult *rows = PQexecParams(db, sql, count, NULL, values, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(rows);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return rows;
	fail(err, RA_EDB, "Is the schema up to date? `rationsctl migrate` sees to it.",
	     PQerrorMessage(db));
	PQclear(rows);
	return NULL;
}

json_t *sql_json(PGconn *db, struct ra_err *err, const char *sql, int count,
		 const char *const *values)
{
	PGresult *rows = sql_ask(db, err, sql, count, values);
	if (!rows)
		return NULL;
	json_t *json = PQntuples(rows) == 1
			       ? json_loads(PQgetvalue(rows, 0, 0), JSON_DECODE_ANY, NULL)
			       : NULL;
	PQclear(rows);
	if (!json)
		ra_fail(err, RA_ENOTFOUND, "", "nothing of that kind is there");
	return json;
}

int64_t sql_i64(const PGresult *rows, int row, int column)
{
	return strtoll(PQgetvalue(rows, row, column), NULL, 10);
}
