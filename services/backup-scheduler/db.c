/* db: what blocking code asks PostgreSQL with, see job.h. */
#include "services/backup-scheduler/job.h"

#define CONNECT_TIMEOUT_S "10"

/* libpq's first line; the others are advice. It never holds a password. */
static int fail_connection(struct ra_err *err, const PGconn *db)
{
	const char *why = PQerrorMessage(db);
	return ra_fail(err, RA_EDOWN, "See that PostgreSQL runs and may be reached.",
		       "cannot reach the database: %.*s", (int)strcspn(why, "\n"), why);
}

PGconn *db_connect(const char *url, const char *dbname, struct ra_err *err)
{
	/* what stands before dbname, the URL may overrule; what stands behind it not */
	const char *const names[] = {
		"gssencmode",      "connect_timeout",        "dbname", "application_name",
		"client_encoding", dbname ? "dbname" : NULL, NULL
	};
	const char *const values[] = {
		"disable", CONNECT_TIMEOUT_S, url, "rations-backup", "UTF8", dbname, NULL
	};
	PGconn *db = PQconnectdbParams(names, values, 1);
	if (PQstatus(db) == CONNECTION_OK)
		return db;
	fail_connection(err, db);
	PQfinish(db);
	return NULL;
}

PGresult *db_query(PGconn *db, struct ra_err *err, const char *sql, int count,
		   const char *const *values)
{
	PGresult *rows = PQexecParams(db, sql, count, NULL, values, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(rows);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return rows;
	const char *state = PQresultErrorField(rows, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(rows, PG_DIAG_MESSAGE_PRIMARY);
	if (state && message)
		ra_fail(err, RA_EDB, "See PostgreSQL's log.", "%s: %s", state, message);
	else
		ra_fail(err, RA_EDOWN, "See why in PostgreSQL's log.", "lost the database: %.*s",
			(int)strcspn(PQerrorMessage(db), "\n"), PQerrorMessage(db));
	PQclear(rows);
	return NULL;
}

int db_run(PGconn *db, struct ra_err *err, const char *sql, int count, const char *const *values)
{
	PGresult *rows = db_query(db, err, sql, count, values);
	PQclear(rows);
	return rows ? 0 : err->code;
}
