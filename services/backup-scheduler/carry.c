/* carry: see the header. */
#include "services/backup-scheduler/carry.h"
#include "services/backup-scheduler/manifest.h"
#include <stdio.h>
#include <stdlib.h>

enum how {
	REPLACE, /* as it is now, whatever the backup says */
	OURS, /* the same, unless the backup is of another installation: then it stays as it is */
	ADD,  /* what the backup says, and what it does not know */
};

/* Who is referred to stands before who refers. */
static const struct table {
	const char *name;
	enum how how;
	const char *identity; /* its column that counts by itself, or NULL */
	const char *only;     /* which of its rows have a place there; NULL: all */
} tables[] = {
	{ "backup.backup", REPLACE, NULL, NULL },
	{ "backup.copy", REPLACE, NULL, NULL },
	{ "backup.job", REPLACE, "job_id", NULL },
	{ "backup.alarm", REPLACE, "alarm_id", NULL },
	{ "backup.erased", ADD, NULL, NULL },
	{ "app.backup_settings", OURS, NULL, NULL },
	{ "app.account", OURS, NULL, NULL },
	{ "app.account_guild", OURS, NULL, NULL },
	{ "app.session", OURS, NULL, NULL },
	{ "app.api_token", OURS, "token_id", NULL },
	{ "app.share_link", OURS, "share_id", NULL },
	{ "app.audit_log", OURS, "audit_id", NULL },
	{ "app.opt_out", OURS, NULL, NULL },
	{ "app.erasure", ADD, NULL, NULL },
	/* what has been posted since is not to be posted again */
	{ "app.digest_post", OURS, "digest_post_id", NULL },
	{ "response.notice", OURS, "notice_id", NULL },
	{ "app.webhook_delivery", OURS, "delivery_id",
	  "EXISTS (SELECT FROM app.webhook w WHERE w.webhook_id = carried.webhook_id)" },
};

/* --- rows from one to the other ----------------------------------------------------- */

static int fail_copy(struct ra_err *err, const PGconn *db)
{
	return ra_fail(err, RA_EDB, "See PostgreSQL's log.", "%.*s",
		       (int)strcspn(PQerrorMessage(db), "\n"), PQerrorMessage(db));
}

static int begin_copy(PGconn *db, const char *sql, ExecStatusType expected, struct ra_err *err)
{
	PGresult *result = PQexec(db, sql);
	int rc = PQresultStatus(result) == expected ? 0 : fail_copy(err, db);
	PQclear(result);
	return rc;
}

static int end_copy(PGconn *db, struct ra_err *err)
{
	int rc = 0;
	for (PGresult *result; (result = PQgetResult(db)) != NULL; PQclear(result))
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			rc = fail_copy(err, db);
	return rc;
}

static int copy_rows(PGconn *from, const char *out, PGconn *to, const char *in, struct ra_err *err)
{
	char *row = NULL;
	int len, rc = begin_copy(from, out, PGRES_COPY_OUT, err);
	if (rc == 0)
		rc = begin_copy(to, in, PGRES_COPY_IN, err);
	while (rc == 0 && (len = PQgetCopyData(from, &row, 0)) > 0) {
		if (PQputCopyData(to, row, len) != 1)
			rc = fail_copy(err, to);
		PQfreemem(row);
	}
	if (rc == 0 && PQputCopyEnd(to, NULL) != 1)
		rc = fail_copy(err, to);
	if (rc == 0)
		rc = end_copy(to, err);
	return rc == 0 ? end_copy(from, err) : rc;
}

/* --- one table ------------------------------------------------------------------------ */

/* The columns both have, as they stand in a list; "" when one of them has no such table. */
static char *columns_of(PGconn *db, const char *table, const char *among, struct ra_err *err)
{
	PGresult *rows = db_query(
		db, err,
		"SELECT coalesce(string_agg(quote_ident(attname), ', ' ORDER BY attname), '') "
		"FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 "
		"AND NOT attisdropped AND attgenerated = '' "
		"AND ($2::text IS NULL OR quote_ident(attname) = ANY (string_to_array($2, ', ')))",
		DB_VALUES(table, among));
	char *columns = rows ? ra_strdup(PQgetvalue(rows, 0, 0)) : NULL;
	PQclear(rows);
	return columns;
}

static int run(PGconn *db, struct ra_err *err, char *sql)
{
	int rc = db_run(db, err, sql, 0, NULL);
	ra_free(sql);
	return rc;
}

static int set_identity(PGconn *db, const struct table *table, struct ra_err *err)
{
	return run(db, err,
		   ra_format("SELECT setval(pg_get_serial_sequence('%s', '%s'), "
			     "(SELECT max(%s) FROM %s))",
			     table->name, table->identity, table->identity, table->name));
}

static int carry_columns(const struct carry *c, const struct table *table, const char *columns,
			 bool is_replaced, struct ra_err *err)
{
	char *out = ra_format("COPY (SELECT %s FROM %s) TO STDOUT", columns, table->name);
	char *in = ra_format("COPY carried (%s) FROM STDIN", columns);
	int rc = run(c->new, err,
		     ra_format("CREATE TEMP TABLE carried ON COMMIT DROP AS SELECT %s FROM %s "
			       "WITH NO DATA",
			       columns, table->name));
	if (rc == 0)
		rc = copy_rows(c->old, out, c->new, in, err);
	if (rc == 0 && is_replaced)
		rc = run(c->new, err, ra_format("DELETE FROM %s", table->name));
	if (rc == 0)
		rc = run(c->new, err,
			 ra_format("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM "
				   "carried WHERE %s ON CONFLICT DO NOTHING",
				   table->name, columns, columns,
				   table->only ? table->only : "true"));
	if (rc == 0)
		rc = run(c->new, err, ra_strdup("DROP TABLE carried"));
	if (rc == 0 && table->identity)
		rc = set_identity(c->new, table, err);
	ra_free(out);
	ra_free(in);
	return rc;
}

static int carry_table(const struct carry *c, const struct table *table, bool is_ours,
		       struct ra_err *err)
{
	bool is_replaced = table->how == REPLACE || (table->how == OURS && is_ours);
	if (!is_replaced && table->identity)
		return 0; /* its numbers mean something else there */
	char *ours = columns_of(c->old, table->name, NULL, err);
	char *columns = ours ? columns_of(c->new, table->name, ours, err) : NULL;
	int rc = 0;
	if (!columns)
		rc = err->code;
	else if (*columns)
		rc = carry_columns(c, table, columns, is_replaced, err);
	ra_free(columns);
	ra_free(ours);
	return rc;
}

/* --- all of it -------------------------------------------------------------------------- */

static int is_same_installation(const struct carry *c, bool *is, struct ra_err *err)
{
	char *old = manifest_installation(c->old, err);
	char *new = old ? manifest_installation(c->new, err) : NULL;
	int rc = old && new ? 0 : err->code;
	*is = old && new &&strcmp(old, new) == 0;
	ra_free(old);
	ra_free(new);
	return rc;
}

static int lock_old(PGconn *old, struct ra_err *err)
{
	int rc = db_run(old, err, "BEGIN", 0, NULL);
	for (size_t i = 0; rc == 0 && i < RA_COUNT(tables); i++) {
		PGresult *rows = db_query(old, err, "SELECT to_regclass($1) IS NOT NULL",
					  DB_VALUES(tables[i].name));
		bool is_there = rows && *PQgetvalue(rows, 0, 0) == 't';
		rc = rows ? 0 : err->code;
		PQclear(rows);
		if (is_there)
			rc = run(old, err,
				 ra_format("LOCK TABLE %s IN SHARE MODE", tables[i].name));
	}
	return rc;
}

static int carry_tables(const struct carry *c, struct ra_err *err)
{
	bool is_ours;
	int rc = lock_old(c->old, err);
	if (rc == 0)
		rc = is_same_installation(c, &is_ours, err);
	for (size_t i = 0; rc == 0 && i < RA_COUNT(tables); i++)
		rc = carry_table(c, &tables[i], is_ours, err);
	return rc;
}

static int erase_again(const struct carry *c, int64_t *erased, struct ra_err *err)
{
	char at[24];
	snprintf(at, sizeof(at), "%lld", (long long)c->backed_up_ms);
	PGresult *rows =
		db_query(c->new, err, "SELECT backup.erase_again(public.ms_to_ts($1::bigint))",
			 DB_VALUES(at));
	if (!rows)
		return err->code;
	*erased = atoll(PQgetvalue(rows, 0, 0));
	PQclear(rows);
	return 0;
}

int carry_over(const struct carry *c, int64_t *erased, struct ra_err *err)
{
	*erased = 0;
	int rc = db_run(c->new, err, "BEGIN", 0, NULL);
	if (rc == 0 && c->old)
		rc = carry_tables(c, err);
	if (rc == 0)
		rc = erase_again(c, erased, err);
	if (rc == 0)
		rc = db_run(c->new, err, "COMMIT", 0, NULL);
	if (rc < 0)
		PQclear(PQexec(c->new, "ROLLBACK"));
	return rc;
}
