/* sweep: see the header. */
#include "services/backup-scheduler/sweep.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/adopt.h"
#include "services/backup-scheduler/places.h"
#include <stdio.h>
#include <stdlib.h>

/* What job_scratch() called like that, of this database alone: others may share the server. One
 * that was put in its place has another name by then. */
#define SQL_SCRATCH                                                                                \
	"SELECT datname FROM pg_database "                                                         \
	"WHERE left(datname, length(current_database()) + 1) = current_database() || '_' "         \
	" AND substr(datname, length(current_database()) + 2) ~ '^(drill|restore)_[0-9]+$'"

static int sweep_rows(PGconn *db, struct ra_err *err)
{
	char now[24];
	snprintf(now, sizeof(now), "%lld", (long long)ra_wall_ms());
	return db_run(db, err,
		      "UPDATE backup.backup b SET state = 'failed', why = 'interrupted', "
		      " finished_at = public.ms_to_ts($1::bigint) "
		      "WHERE state = 'running' AND NOT EXISTS (SELECT FROM backup.job j "
		      " WHERE j.backup_id = b.backup_id AND j.state = 'waiting')",
		      DB_VALUES(now));
}

static void drop_database(PGconn *owner, const char *name)
{
	struct ra_err err;
	char *quoted = PQescapeIdentifier(owner, name, strlen(name));
	char *sql = ra_format("DROP DATABASE IF EXISTS %s WITH (FORCE)", quoted);
	if (db_run(owner, &err, sql, 0, NULL) < 0)
		ra_warn(NULL, "scratch database not dropped", ra_f_text("database", name),
			ra_f_text("why", err.msg));
	else
		ra_info(NULL, "scratch database dropped", ra_f_text("database", name));
	ra_free(sql);
	PQfreemem(quoted);
}

static void sweep_databases(const struct conf *conf)
{
	struct ra_err err;
	PGconn *owner = *conf->admin_url ? db_connect(conf->admin_url, NULL, &err) : NULL;
	if (!owner)
		return;
	PGresult *rows = db_query(owner, &err, SQL_SCRATCH, 0, NULL);
	for (int i = 0; rows && i < PQntuples(rows); i++)
		drop_database(owner, PQgetvalue(rows, i, 0));
	PQclear(rows);
	PQfinish(owner);
}

static void adopt_all(PGconn *db, const struct places *places, const struct conf *conf)
{
	struct key *key;
	struct ra_err err;
	if (key_load(&key, conf->key_file, &err) < 0) {
		ra_warn(NULL, "places not looked through", ra_f_text("why", err.msg));
		return;
	}
	adopt(db, places, key);
	key_free(&key);
}

static void sweep_places(PGconn *db, const struct conf *conf)
{
	struct places places;
	struct ra_err err;
	if (places_open(&places, conf, false, &err) < 0) {
		ra_warn(NULL, "places not swept", ra_f_text("why", err.msg));
		return;
	}
	for (size_t i = 0; i < places.count; i++) {
		int rc = store_sweep(places.list[i], &err);
		if (rc < 0)
			ra_warn(NULL, "place not swept",
				ra_f_text("place", store_where(places.list[i])),
				ra_f_text("why", err.msg));
		else if (rc > 0)
			ra_info(NULL, "unfinished files removed", ra_f_int("count", rc),
				ra_f_text("place", store_where(places.list[i])));
	}
	adopt_all(db, &places, conf);
	places_close(&places);
}

/* The worker's lock: nobody begins while we clear away. */
static int lock(PGconn *db, struct ra_err *err)
{
	PGresult *rows = db_query(db, err, "SELECT pg_try_advisory_lock($1::int, $2::int)",
				  DB_VALUES("5105", "2"));
	if (!rows)
		return err->code;
	bool is_ours = *PQgetvalue(rows, 0, 0) == 't';
	PQclear(rows);
	return is_ours ? 0 : ra_fail(err, RA_ELOCKED, "", "a worker is at work");
}

int sweep(const struct conf *conf, struct ra_err *err)
{
	PGconn *db = db_connect(conf->database_url, NULL, err);
	int rc = db ? lock(db, err) : err->code;
	if (rc == 0)
		rc = sweep_rows(db, err);
	if (rc == 0) {
		sweep_databases(conf);
		sweep_places(db, conf);
	}
	PQfinish(db);
	return rc;
}
