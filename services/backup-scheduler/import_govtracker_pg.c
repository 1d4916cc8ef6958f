/*
 * import_govtracker_pg: a PostgreSQL database of GovTracker2 as a source. One
 * transaction that may only read and sees one moment; rows come one at a time.
 */
#include "libshared/base/base.h"
#include "services/backup-scheduler/import_govtracker_source.h"
#include <libpq-fe.h>
#include <sodium.h>
#include <stdlib.h>

struct pg {
	struct gov_source source;
	PGconn *conn; /* owned */
	struct gov_row row;
	int64_t done, total; /* rows of all kinds */
};

/* What the server says may name its tables, never a password; of the connection libpq's text names
 * host and user, so only the last line of it is told. */
static int fail_pg(PGconn *conn, struct ra_err *err, const char *what)
{
	const char *text = PQerrorMessage(conn), *line = text;
	size_t len = strlen(text);
	while (len > 0 && text[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n')
			line = text + i + 1;
	return ra_fail(err, RA_EPROTO, "Check the address, and that its user may read the tables.",
		       "%s: %.*s", what, (int)(text + len - line), line);
}

/* --- rows --- */

static int tell(struct pg *pg, const PGresult *r, gov_row_cb cb, void *ctx, struct ra_err *err)
{
	gov_row_clear(&pg->row);
	for (int i = 0; i < PQnfields(r); i++)
		if (!PQgetisnull(r, 0, i))
			gov_row_add(&pg->row, RA_STR(""), ra_str_of(PQfname(r, i)),
				    (struct ra_str){ PQgetvalue(r, 0, i),
						     (size_t)PQgetlength(r, 0, i) });
	if (!gov_number(&pg->row, "id", &pg->source.at))
		pg->source.at++;
	pg->done++;
	pg->source.share = pg->total > 0 ? (double)pg->done / (double)pg->total : 0;
	return cb(ctx, &pg->row, err);
}

/* The transaction is over when somebody wants no more: nothing else is asked then. */
static int tell_all(struct pg *pg, gov_row_cb cb, void *ctx, struct ra_err *err)
{
	PGresult *r;
	int rc = 0;
	while ((r = PQgetResult(pg->conn)) != NULL) {
		ExecStatusType status = PQresultStatus(r);
		if (rc == 0 && status == PGRES_SINGLE_TUPLE)
			rc = tell(pg, r, cb, ctx, err);
		else if (rc == 0 && status != PGRES_TUPLES_OK)
			rc = fail_pg(pg->conn, err, "cannot read the database");
		PQclear(r);
		if (rc != 0)
			break;
	}
	return rc;
}

/* How many rows a table has; below 0: there is no such table. */
static int64_t rows_of(struct pg *pg, const char *table)
{
	char *sql = ra_format(
		"SELECT CASE WHEN to_regclass('%s') IS NULL THEN -1 ELSE (SELECT "
		"greatest(reltuples::bigint, 0) FROM pg_class WHERE oid = to_regclass('%s')) END",
		table, table);
	PGresult *r = PQexec(pg->conn, sql);
	int64_t rows =
		PQresultStatus(r) == PGRES_TUPLES_OK ? strtoll(PQgetvalue(r, 0, 0), NULL, 10) : -1;
	PQclear(r);
	ra_free(sql);
	return rows;
}

static int each(struct gov_source *source, enum gov_kind kind, gov_row_cb cb, void *ctx,
		struct ra_err *err)
{
	struct pg *pg = ra_container_of(source, struct pg, source);
	if (rows_of(pg, gov_tables[kind]) < 0)
		return 0;
	source->at = 0;
	char *sql = ra_format("SELECT * FROM %s ORDER BY id", gov_tables[kind]);
	int is_sent = PQsendQuery(pg->conn, sql) && PQsetSingleRowMode(pg->conn);
	ra_free(sql);
	return is_sent ? tell_all(pg, cb, ctx, err)
		       : fail_pg(pg->conn, err, "cannot read the database");
}

/* --- life --- */

static void close_pg(struct gov_source **source)
{
	struct pg *pg = ra_container_of(*source, struct pg, source);
	PQfinish(pg->conn);
	gov_row_fini(&pg->row);
	ra_free(pg);
	*source = NULL;
}

/* NULL and *err. What libpq says of an address it can not read quotes it, password and all. */
static PGconn *connect_to(const char *url, struct ra_err *err)
{
	/* "postgresql+psycopg2://" is what SQLAlchemy calls it */
	const char *rest = strstr(url, "://");
	char *plain = ra_format("postgresql%s", rest ? rest : "://");
	const char *const words[] = { "dbname",           "connect_timeout", "tcp_user_timeout",
				      "application_name", "client_encoding", NULL };
	const char *const values[] = { plain, "10", "30000", "rations-import", "UTF8", NULL };
	PQconninfoOption *options = PQconninfoParse(plain, NULL);
	PGconn *conn = options ? PQconnectdbParams(words, values, 1) : NULL;
	PQconninfoFree(options);
	sodium_memzero(plain, strlen(plain));
	ra_free(plain);
	if (!conn)
		ra_fail(err, RA_EINVAL, "Write postgresql://user:password@host:5432/name.",
			"the address of the database makes no sense");
	return conn;
}

static int begin(struct pg *pg, struct ra_err *err)
{
	PGresult *r = PQexec(pg->conn,
			     "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
			     "SET LOCAL statement_timeout = '30min'; SET LOCAL TIME ZONE 'UTC'; "
			     "SET LOCAL datestyle = 'ISO'");
	ExecStatusType status = PQresultStatus(r);
	PQclear(r);
	if (status != PGRES_COMMAND_OK)
		return fail_pg(pg->conn, err, "cannot read the database");
	for (int kind = 0; kind < GOV_KINDS; kind++) {
		int64_t rows = rows_of(pg, gov_tables[kind]);
		pg->total += rows > 0 ? rows : 0;
	}
	if (rows_of(pg, gov_tables[GOV_CURATORS]) < 0)
		return ra_fail(err, RA_EINVAL, "Check the address: it is another database.",
			       "there is no table of GovTracker2 in the database");
	return 0;
}

struct gov_source *gov_pg_open(const char *url, struct ra_err *err)
{
	struct pg *pg = ra_new(struct pg);
	struct gov_source *source = &pg->source;
	*source = (struct gov_source){ .each = each, .close = close_pg };
	pg->conn = connect_to(url, err);
	if (!pg->conn || (PQstatus(pg->conn) == CONNECTION_OK
				  ? begin(pg, err)
				  : fail_pg(pg->conn, err, "cannot reach the database")) < 0)
		source->close(&source);
	return source;
}
