/* drill: see the header. */
#include "services/backup-scheduler/drill.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/alarm.h"
#include "services/backup-scheduler/manifest.h"
#include "services/backup-scheduler/places.h"
#include "services/backup-scheduler/program.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK_BYTES = 256 * 1024, CREATE_TRIES = 20, CREATE_PAUSE_US = 250 * 1000 };

struct drill {
	struct job *job; /* borrowed */
	struct places places;
	char *place, *object; /* where it lies; owned */
	struct key *key;      /* owned; NULL: it is not sealed */
	char *database;       /* the scratch one; owned */
	PGconn *owner;        /* owned */
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

/* The server may still be at what a worker asked for that was killed meanwhile: the same database.
 */
static int create_anew(struct drill *d, struct ra_err *err)
{
	char *drop = ra_format("DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", d->database);
	char *create = ra_format("CREATE DATABASE \"%s\" TEMPLATE template0", d->database);
	int rc = RA_EBUSY;
	for (int i = 0; rc < 0 && i < CREATE_TRIES; i++) {
		if (i > 0)
			usleep(CREATE_PAUSE_US);
		rc = db_run(d->owner, err, drop, 0, NULL);
		if (rc == 0)
			rc = db_run(d->owner, err, create, 0, NULL);
	}
	ra_free(drop);
	ra_free(create);
	return rc;
}

static int create_database(struct drill *d, struct ra_err *err)
{
	d->database = job_scratch(d->job, "drill");
	d->owner = job_owner_db(d->job, NULL, err);
	return d->owner ? create_anew(d, err) : err->code;
}

static void drop_database(struct drill *d)
{
	struct ra_err err;
	char *sql = ra_format("DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", d->database);
	if (db_run(d->owner, &err, sql, 0, NULL) < 0)
		ra_warn(NULL, "scratch database not dropped", ra_f_text("database", d->database),
			ra_f_text("why", err.msg));
	ra_free(sql);
}

/* Block by block, each checked before it is handed on; a file that is found damaged in the middle
 * ends the drill, and nothing but the scratch database has seen it. */
static int feed(struct drill *d, struct archive_reader *file, struct store_get *get,
		struct program *program, struct ra_err *err)
{
	char *chunk = ra_alloc(CHUNK_BYTES);
	ssize_t n = 1;
	int rc = 0;
	bool is_deaf = false;
	while (rc == 0 && (n = archive_read(file, chunk, CHUNK_BYTES, err)) > 0) {
		if (!is_deaf)
			rc = program_write(program, chunk, (size_t)n, err);
		if (rc == RA_EDOWN) { /* it says itself why, at its end; the file is read on */
			is_deaf = true;
			rc = 0;
		}
		job_progress(d->job,
			     (double)archive_position(file) / (double)(store_get_size(get) + 1));
		if (rc == 0 && job_is_cancelled(d->job))
			rc = ra_fail(err, RA_ESTOPPED, "", "cancelled");
	}
	ra_free(chunk);
	return rc == 0 && n < 0 ? (int)n : rc;
}

static int pg_restore(struct drill *d, struct archive_reader *file, struct store_get *get,
		      struct ra_err *err)
{
	char *path = ra_format("%s/pg_restore", d->job->conf->postgres_dir);
	char *dbname = ra_format("--dbname=%s", d->database);
	const char *const argv[] = {
		"pg_restore",      "--format=custom", "--no-owner", "--no-privileges",
		"--exit-on-error", "--no-password",   dbname,       NULL
	};
	const struct program_with with = { .pipe = PROGRAM_WRITE,
					   .url = d->job->conf->admin_url,
					   .dbname = d->database };
	struct program program;
	int rc = program_start(&program, path, argv, &with, err);
	if (rc == 0) {
		rc = feed(d, file, get, &program, err);
		if (rc == 0)
			rc = program_end(&program, err);
		else
			program_kill(&program);
	}
	ra_free(path);
	ra_free(dbname);
	return rc;
}

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
		rc = pg_restore(d, file, get, err);
	if (rc == 0)
		rc = compare(d, archive_manifest(file), err);
	if (file)
		archive_reader_free(&file);
	return rc;
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
	int rc = create_database(d, err);
	if (rc == 0)
		rc = try_file(d, get, err);
	if (d->owner)
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
	PQfinish(d.owner);
	json_decref(d.report);
	ra_free(d.place);
	ra_free(d.object);
	ra_free(d.database);
	return rc;
}
