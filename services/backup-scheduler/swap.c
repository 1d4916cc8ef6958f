/* swap: see the header. */
#include "services/backup-scheduler/swap.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_US = 20000, LOCK_MS = 10000, CUT_MS = 4000, RENAME_MS = 15000 };

#define ASIDE     "_old_"
#define NAME_SIZE 64 /* PostgreSQL's NAMEDATALEN */

char *swap_aside_name(const char *target, int64_t at_ms)
{
	char at[20];
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	strftime(at, sizeof(at), "%Y%m%dT%H%M%SZ", &tm);
	return ra_format("%s" ASIDE "%s", target, at);
}

static bool is_aside_of(const char *target, const char *name)
{
	size_t len = strlen(target);
	const char *at = name + len + strlen(ASIDE);
	if (strlen(name) != len + strlen(ASIDE) + strlen("20261121T101500Z") ||
	    strncmp(name, target, len) != 0 || strncmp(name + len, ASIDE, strlen(ASIDE)) != 0)
		return false;
	for (size_t i = 0; at[i]; i++)
		if (!isdigit((unsigned char)at[i]) && !(i == 8 && at[i] == 'T') &&
		    !(i == 15 && at[i] == 'Z'))
			return false;
	return true;
}

/* --- statements with names in them --- */

/* `fmt` holds two %s at most. */
static char *with_names(PGconn *db, const char *fmt, const char *one, const char *two)
{
	char *quoted_one = PQescapeIdentifier(db, one, strlen(one));
	char *quoted_two = PQescapeIdentifier(db, two, strlen(two));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	char *sql = ra_format(fmt, quoted_one, quoted_two);
#pragma GCC diagnostic pop
	PQfreemem(quoted_one);
	PQfreemem(quoted_two);
	return sql;
}

static int run_named(PGconn *db, const char *fmt, const char *one, const char *two,
		     struct ra_err *err)
{
	char *sql = with_names(db, fmt, one, two);
	int rc = db_run(db, err, sql, 0, NULL);
	ra_free(sql);
	return rc;
}

static int ask_bool(PGconn *db, bool *answer, const char *sql, int count, const char *const *values,
		    struct ra_err *err)
{
	PGresult *rows = db_query(db, err, sql, count, values);
	*answer = rows && PQntuples(rows) == 1 && *PQgetvalue(rows, 0, 0) == 't';
	PQclear(rows);
	return rows ? 0 : err->code;
}

/* --- clearing the house --- */

/* True in *is_clear when nobody but `kept` is connected; who is, is told to go. */
static int cut(PGconn *cutter, const char *target, int kept, bool *is_clear, struct ra_err *err)
{
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", kept);
	return ask_bool(cutter, is_clear,
			"SELECT count(pg_terminate_backend(pid)) = 0 FROM pg_stat_activity "
			"WHERE datname = $1 AND pid <> $2::int AND backend_type = 'client backend'",
			DB_VALUES(target, pid), err);
}

static int clear_out(PGconn *cutter, const char *target, int kept, struct ra_err *err)
{
	uint64_t until_ms = ra_monotonic_ms() + CUT_MS;
	bool is_clear = false;
	int rc = cut(cutter, target, kept, &is_clear, err);
	while (rc == 0 && !is_clear && ra_monotonic_ms() < until_ms) {
		usleep(LOOK_US);
		rc = cut(cutter, target, kept, &is_clear, err);
	}
	if (rc == 0 && !is_clear)
		rc = ra_fail(err, RA_ETIMEOUT, "End its other sessions, and try again.",
			     "somebody does not let go of the database");
	return rc;
}

/* The mover's lock is there: from now on nobody new gets in. */
static int wait_for_lock(PGconn *cutter, PGconn *mover, const char *target, struct ra_err *err)
{
	char pid[16];
	uint64_t until_ms = ra_monotonic_ms() + LOCK_MS;
	bool is_there = false;
	int rc = 0;
	snprintf(pid, sizeof(pid), "%d", PQbackendPID(mover));
	while (rc == 0 && !is_there && ra_monotonic_ms() < until_ms) {
		rc = ask_bool(cutter, &is_there,
			      "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'object' "
			      "AND classid = 'pg_database'::regclass AND granted "
			      "AND mode = 'AccessExclusiveLock' AND pid = $1::int "
			      "AND objid = (SELECT oid FROM pg_database WHERE datname = $2))",
			      DB_VALUES(pid, target), err);
		if (!is_there)
			usleep(LOOK_US);
	}
	if (rc == 0 && !is_there)
		rc = ra_fail(err, RA_ETIMEOUT, "See in pg_locks who holds the database.",
			     "the database could not be locked");
	return rc;
}

/* --- moving --- */

static int begin_rename(PGconn *mover, const char *target, const char *aside, struct ra_err *err)
{
	int rc = db_run(mover, err, "BEGIN", 0, NULL);
	char *sql = with_names(mover, "ALTER DATABASE %s RENAME TO %s", target, aside);
	if (rc == 0 && !PQsendQuery(mover, sql))
		rc = ra_fail(err, RA_EDOWN, "See why in PostgreSQL's log.", "lost the database");
	ra_free(sql);
	return rc;
}

static int end_rename(PGconn *mover, struct ra_err *err)
{
	int rc = 0;
	uint64_t until_ms = ra_monotonic_ms() + RENAME_MS;
	while (PQconsumeInput(mover) && PQisBusy(mover) && ra_monotonic_ms() < until_ms)
		usleep(LOOK_US);
	if (PQisBusy(mover))
		return ra_fail(err, RA_ETIMEOUT, "See in pg_locks who holds the database.",
			       "renaming the database took too long");
	for (PGresult *result; (result = PQgetResult(mover)) != NULL; PQclear(result))
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			rc = ra_fail(err, RA_EDB, "Try again; see PostgreSQL's log.", "%.*s",
				     (int)strcspn(PQresultErrorMessage(result), "\n"),
				     PQresultErrorMessage(result));
	return rc;
}

static int move(PGconn *mover, PGconn *cutter, const struct swap *swap, const char *aside,
		struct ra_err *err)
{
	int rc = begin_rename(mover, swap->target, aside, err);
	if (rc == 0)
		rc = wait_for_lock(cutter, mover, swap->target, err);
	if (rc == 0)
		rc = clear_out(cutter, swap->target, *swap->old ? PQbackendPID(*swap->old) : 0,
			       err);
	PQfinish(*swap->old);
	*swap->old = NULL;
	if (rc == 0)
		rc = end_rename(mover, err);
	if (rc == 0)
		rc = run_named(mover, "ALTER DATABASE %s RENAME TO %s", swap->scratch, swap->target,
			       err);
	if (rc == 0)
		rc = run_named(mover, "ALTER DATABASE %s ALLOW_CONNECTIONS false", aside, "", err);
	if (rc == 0)
		rc = db_run(mover, err, "COMMIT", 0, NULL);
	return rc; /* a failed transaction ends with its connection */
}

int swap_into_place(struct job *job, const struct swap *swap, const char *aside, struct ra_err *err)
{
	/* neither may sit in a database that is renamed */
	PGconn *mover = job_owner_db(job, "postgres", err);
	PGconn *cutter = mover ? job_owner_db(job, "postgres", err) : NULL;
	int rc = cutter ? 0 : err->code;
	if (rc == 0 && aside && strlen(aside) >= NAME_SIZE)
		rc = ra_fail(err, RA_EINVAL, "Give the database a shorter name.",
			     "%s is too long a name for a database", aside);
	if (rc == 0)
		rc = aside ? move(mover, cutter, swap, aside, err)
			   : run_named(mover, "ALTER DATABASE %s RENAME TO %s", swap->scratch,
				       swap->target, err);
	if (rc == 0)
		ra_info(NULL, "restored database is in place", ra_f_text("database", swap->target),
			ra_f_text("kept_aside", aside));
	PQfinish(cutter);
	PQfinish(mover);
	return rc;
}

int swap_drop_aside(struct job *job, const char *target, const char *name, struct ra_err *err)
{
	if (!is_aside_of(target, name))
		return ra_fail(err, RA_EINVAL, "The page lists those there are.",
			       "this is no database that was kept aside");
	PGconn *owner = job_owner_db(job, "postgres", err);
	int rc = owner ? run_named(owner, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name, "", err)
		       : err->code;
	PQfinish(owner);
	return rc;
}
