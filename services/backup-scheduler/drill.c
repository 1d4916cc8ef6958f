/* drill: see the header. */
#include "services/backup-scheduler/drill.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/alarm.h"
#include "services/backup-scheduler/manifest.h"
#include "services/backup-scheduler/places.h"
#include "services/backup-scheduler/scratch.h"
#include <stdio.h>
#include <stdlib.h>

struct drill {
	struct job *job; /* borrowed */
	struct places places;
	char *place, *object; /* where it lies; owned */
	struct key *key;      /* owned; NULL: it is not sealed */
	char *database;       /* the scratch one; owned */
	json_t *report;       /* owned; NULL: it did not come to comparing */
	int64_t started_ms;
	bool is_of_backup; /* what went wrong is the backup's fault */
};

/* --- which -------------------------------------------------------------------------------- */

/* clang-format off */
static const char sql_find[] =
	"SELECT b.backup_id, c.place, c.key FROM backup.backup b JOIN backup.copy c USING (backup_id) "
	"WHERE CASE WHEN $1::text IS NULL THEN b.state = 'ready' AND c.state = 'good' "
	"  AND b.kind IN ('scheduled', 'manual', 'before_restore') "
	" ELSE b.backup_id = $1 AND b.state IN ('ready', 'damaged') AND b.kind <> 'guild' END "
	"ORDER BY b.started_at DESC, c.state <> 'good', c.place LIMIT 1";
/* clang-format on */

/* A night before the first backup has nothing to try, and nothing is wrong. */
static int find(struct drill *d, struct ra_err *err)
{
	struct job *job = d->job;
	PGresult *rows = db_query(job->db, err, sql_find, DB_VALUES(job->backup_id));
	if (!rows)
		return err->code;
	int rc = 0;
	if (PQntuples(rows) == 0 && !job->backup_id && job->asked_by == 0) {
		ra_info(NULL, "no drill: there is no backup yet", ra_f_int("job", job->id));
	} else if (PQntuples(rows) == 0) {
		rc = job_fail(job, err, "there is no backup to try");
	} else {
		d->place = ra_strdup(PQgetvalue(rows, 0, 1));
		d->object = ra_strdup(PQgetvalue(rows, 0, 2));
		rc = job_set_backup(job, PQgetvalue(rows, 0, 0), err);
	}
	PQclear(rows);
	return rc;
}

/* --- restored ------------------------------------------------------------------------------- */

static int compare(struct drill *d, const json_t *manifest, struct ra_err *err)
{
	job_step(d->job, "comparing");
	PGconn *scratch = job_owner_db(d->job, d->database, err);
	int rc = scratch ? manifest_compare(d->job, scratch, manifest, &d->report, err) : err->code;
	PQfinish(scratch);
	if (rc == 0 && json_integer_value(json_object_get(d->report, "different")) > 0)
		rc = ra_fail(
			err, RA_EDAMAGED, "Make another backup, and try that one.",
			"%lld tables differ from what was backed up",
			(long long)json_integer_value(json_object_get(d->report, "different")));
	return rc;
}

static int try_file(struct drill *d, struct store_get *get, struct ra_err *err)
{
	struct archive_reader *file = archive_open(store_get_read, get, d->key, err);
	int rc = file ? 0 : err->code;
	d->is_of_backup = true;
	if (rc == 0)
		rc = scratch_fill(d->job, d->database, file, store_get_size(get), "--no-privileges",
				  err);
	json_t *told = rc == 0 && file ? archive_told(file) : NULL;
	if (rc == 0)
		rc = compare(d, told, err);
	json_decref(told);
	if (file)
		archive_reader_free(&file);
	return rc;
}

static void drop_database(struct drill *d)
{
	struct ra_err err;
	if (scratch_drop(d->job, d->database, &err) < 0)
		ra_warn(NULL, "scratch database not dropped", ra_f_text("database", d->database),
			ra_f_text("why", err.msg));
}

static int try_it(struct drill *d, struct ra_err *err)
{
	struct store *store = places_find(&d->places, d->place);
	if (!store)
		return ra_fail(err, RA_ECONF, "Configure it again, or make another backup.",
			       "the place %s is not configured any more", d->place);
	struct store_get *get = store_get_begin(store, d->object, 0, err);
	if (!get)
		return err->code;
	job_step(d->job, "restoring");
	d->database = job_scratch(d->job, "drill");
	int rc = scratch_create(d->job, d->database, err);
	if (rc == 0)
		rc = try_file(d, get, err);
	drop_database(d);
	store_get_end(&get);
	return rc;
}

/* --- and what came of it ------------------------------------------------------------------------
 */

static void write_outcome(struct drill *d, int rc, const char *why)
{
	struct ra_err err;
	char now[24];
	if (!d->report)
		d->report = json_object();
	json_object_set_new(d->report, "ms", json_integer(ra_wall_ms() - d->started_ms));
	json_object_set_new(d->report, "why", json_string(rc == 0 ? "" : why));
	char *text = json_dumps(d->report, JSON_COMPACT);
	snprintf(now, sizeof(now), "%lld", (long long)ra_wall_ms());
	if (db_run(d->job->db, &err,
		   "UPDATE backup.backup SET drilled_at = public.ms_to_ts($2::bigint), drill_state "
		   "= $3, "
		   " drill = $4::jsonb WHERE backup_id = $1",
		   DB_VALUES(d->job->backup_id, now, rc == 0 ? "passed" : "failed", text)) < 0)
		ra_error(NULL, "outcome of a drill not written", ra_f_text("why", err.msg));
	free(text);
	job_report(d->job, json_incref(d->report));
}

static void tell(struct drill *d, int rc, const struct ra_err *err)
{
	struct job *job = d->job;
	if (rc == RA_ESTOPPED)
		return;
	if (d->is_of_backup)
		write_outcome(d, rc, err->msg);
	if (rc == 0)
		alarm_end(job->db, ALARM_DRILL);
	else
		alarm_raise(job->db, ALARM_DRILL, job->backup_id, err->msg);
	if (rc == 0)
		ra_info(NULL, "drill passed", ra_f_text("backup", job->backup_id),
			ra_f_int("tables",
				 json_integer_value(json_object_get(d->report, "tables"))),
			ra_f_int("rows", json_integer_value(json_object_get(d->report, "rows"))),
			ra_f_int("ms", ra_wall_ms() - d->started_ms));
}

static int drill(struct drill *d, struct ra_err *err)
{
	struct job *job = d->job;
	int rc = find(d, err);
	if (rc < 0 || !d->object)
		return rc;
	rc = key_load(&d->key, job->conf->key_file, err);
	if (rc == 0)
		rc = places_open(&d->places, job->conf, true, err);
	if (rc == 0)
		rc = try_it(d, err);
	tell(d, rc, err);
	return rc;
}

int drill_run(struct job *job, struct ra_err *err)
{
	struct drill d = { .job = job, .started_ms = ra_wall_ms() };
	if (!*job->conf->admin_url)
		return job_fail(job, err, "there is no ADMIN_DATABASE_URL to make a database with");
	job_be_modest();
	int rc = drill(&d, err);
	places_close(&d.places);
	key_free(&d.key);
	json_decref(d.report);
	ra_free(d.place);
	ra_free(d.object);
	ra_free(d.database);
	return rc;
}
