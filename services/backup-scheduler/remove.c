/* remove: see the header. */
#include "services/backup-scheduler/remove.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include <stdio.h>

#define TRACES_MS (90LL * 24 * 3600 * 1000)

/* A place that is no longer configured can not be asked: the copy is forgotten with the rest. */
static int remove_copies(struct places *places, const PGresult *rows, struct ra_err *err)
{
	int rc = 0;
	for (int i = 0; rc == 0 && i < PQntuples(rows); i++) {
		struct store *store = places_find(places, PQgetvalue(rows, i, 0));
		if (store)
			rc = store_remove(store, PQgetvalue(rows, i, 1), err);
	}
	return rc;
}

int backup_remove(PGconn *db, struct places *places, const char *backup_id, struct ra_err *err)
{
	PGresult *rows =
		db_query(db, err, "SELECT place, key FROM backup.copy WHERE backup_id = $1",
			 DB_VALUES(backup_id));
	int rc = rows ? remove_copies(places, rows, err) : err->code;
	PQclear(rows);
	if (rc == 0)
		rc = db_run(db, err,
			    "WITH gone AS (DELETE FROM backup.copy WHERE backup_id = $1) "
			    "UPDATE backup.backup SET state = 'deleted', manifest = NULL WHERE "
			    "backup_id = $1",
			    DB_VALUES(backup_id));
	if (rc == 0)
		ra_info(NULL, "backup removed", ra_f_text("backup", backup_id));
	return rc;
}

int remove_traces(PGconn *db, struct ra_err *err)
{
	char before[24];
	long long before_ms = ra_wall_ms() - TRACES_MS;
	snprintf(before, sizeof(before), "%lld", before_ms);
	int rc = db_run(db, err,
			"DELETE FROM backup.backup WHERE state IN ('deleted', 'failed') "
			" AND started_at < public.ms_to_ts($1::bigint)",
			DB_VALUES(before));
	if (rc == 0)
		rc = db_run(db, err,
			    "DELETE FROM backup.job WHERE state IN ('done', 'failed', 'cancelled') "
			    " AND kind <> 'import' AND finished_at < public.ms_to_ts($1::bigint)",
			    DB_VALUES(before));
	return rc;
}

int remove_run(struct job *job, struct ra_err *err)
{
	struct places places;
	if (!job->backup_id)
		return job_fail(job, err, "no backup was named");
	int rc = places_open(&places, job->conf, true, err);
	if (rc < 0)
		return rc;
	rc = backup_remove(job->db, &places, job->backup_id, err);
	places_close(&places);
	return rc;
}
