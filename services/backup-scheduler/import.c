/*
 * import: the life of one import, a row of backup.import.
 *
 *	reading --all of it--> ready --"Import"--> importing --all of it--> done
 *	   `--broken file--> failed   `--"Forget"--> dropped
 *
 * Killed while reading, it goes on behind the last record that was written;
 * killed while importing, with what is still staged. When, between the two,
 * somebody else has come to count some of it (another import, history), it is
 * read again first.
 */
#include "libshared/base/log.h"
#include "services/backup-scheduler/import_internal.h"
#include "services/backup-scheduler/job.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- one import, open -------------------------------------------------------------------- */

static void open_memory(struct import *im)
{
	im->file = (struct import_file){ .fd = -1 };
	im->has_failed = false;
	import_report_init(&im->report);
	import_stage_init(im);
	import_limits_init(im);
	import_figures_init(im);
}

static void close_memory(struct import *im)
{
	import_file_close(&im->file);
	import_report_fini(&im->report);
	import_stage_fini(im);
	import_limits_fini(im);
	import_figures_fini(im);
}

/* Waits for what a process before us had still under way when it was killed. */
static int load(struct import *im, const char *condition, int64_t value, struct ra_err *err)
{
	char text[24];
	char *sql = ra_format("SELECT import_id, source, file, state, part, at, report, asked_by "
			      "FROM backup.import WHERE %s = $1 FOR UPDATE",
			      condition);
	PGresult *rows = db_query(im->db, err, sql, DB_VALUES(import_i64_text(text, value)));
	ra_free(sql);
	if (!rows)
		return err->code;
	int rc = PQntuples(rows) == 1 ? 0 : RA_ENOTFOUND;
	if (rc == 0) {
		json_t *report = json_loads(PQgetvalue(rows, 0, 6), 0, NULL);
		im->id = atoll(PQgetvalue(rows, 0, 0));
		im->file_name = ra_strdup(PQgetvalue(rows, 0, 2));
		snprintf(im->state, sizeof im->state, "%s", PQgetvalue(rows, 0, 3));
		im->done.part = im->here.part = atoll(PQgetvalue(rows, 0, 4));
		im->done.at = im->here.at = atoll(PQgetvalue(rows, 0, 5));
		im->asked_by = atoll(PQgetvalue(rows, 0, 7));
		import_report_load(&im->report, report);
		json_decref(report);
	}
	PQclear(rows);
	return rc;
}

int import_load(struct import *im, int64_t id, struct ra_err *err)
{
	int rc = load(im, "import_id", id, err);
	return rc == RA_ENOTFOUND ? ra_fail(err, rc, "", "there is no such import") : rc;
}

int import_make(struct import *im, const char *file, const char *name, struct ra_err *err)
{
	char job[24], who[24];
	if (im->job) {
		int rc = load(im, "job_id", im->job->id, err);
		if (rc != RA_ENOTFOUND)
			return rc; /* begun before we were killed, or an error */
	}
	PGresult *rows =
		db_query(im->db, err,
			 "INSERT INTO backup.import (job_id, file, name, asked_by, claims) "
			 "SELECT $1, $2, left($3, 200), $4, coalesce(max(claim), 0) FROM "
			 "analytics.import_span "
			 "RETURNING import_id",
			 DB_VALUES(im->job ? import_i64_text(job, im->job->id) : NULL, file, name,
				   import_i64_text(who, im->job ? im->job->asked_by : 0)));
	if (!rows)
		return err->code;
	im->id = atoll(PQgetvalue(rows, 0, 0));
	im->file_name = ra_strdup(file);
	snprintf(im->state, sizeof im->state, "reading");
	PQclear(rows);
	return 0;
}

int import_open(struct import *im, struct job *job, const char *url, struct ra_err *err)
{
	*im = (struct import){ .job = job };
	open_memory(im);
	im->db = job ? job_owner_db(job, NULL, err) : db_connect(url, NULL, err);
	/* A COPY waits for nobody; what waits is the turn of a guild. */
	return im->db ? db_run(im->db, err, "SET timezone = 'UTC'", 0, NULL) : err->code;
}

void import_close(struct import *im)
{
	close_memory(im);
	PQfinish(im->db);
	ra_free(im->location);
	ra_free(im->file_name);
}

static int set_state(struct import *im, const char *state, const char *why, struct ra_err *err)
{
	char id[24];
	snprintf(im->state, sizeof im->state, "%s", state);
	return db_run(im->db, err,
		      "UPDATE backup.import SET state = $2, why = $3, "
		      "read_at = CASE WHEN $2 = 'ready' THEN now() ELSE read_at END, "
		      "finished_at = CASE WHEN $2 IN ('done', 'failed', 'dropped') THEN now() END "
		      "WHERE import_id = $1",
		      DB_VALUES(import_i64_text(id, im->id), state, why));
}

static int forget_staged(struct import *im, struct ra_err *err)
{
	char id[24];
	return db_run(im->db, err, "SELECT backup.import_forget($1)",
		      DB_VALUES(import_i64_text(id, im->id)));
}

/* --- reading -----------------------------------------------------------------------------------
 */

static int note_source(struct import *im, struct ra_err *err)
{
	char id[24], size[24];
	return db_run(im->db, err,
		      "UPDATE backup.import SET source = $2, size_bytes = $3 WHERE import_id = $1",
		      DB_VALUES(import_i64_text(id, im->id), im->source->name,
				im->file.fd < 0 ? NULL : import_i64_text(size, im->file.size)));
}

static int read_all(struct import *im, struct ra_err *err)
{
	im->source = import_recognise(im->location, err);
	if (!im->source)
		return err->code;
	int rc = im->source->is_mine ? import_file_open(&im->file, im->location, err) : 0;
	rc = rc == 0 ? note_source(im, err) : rc;
	rc = rc == 0 ? im->source->read(im, err) : rc;
	if (rc == 0 && im->has_failed)
		rc = ra_fail(err, im->why.code, im->why.hint, "%s", im->why.msg);
	rc = rc == 0 ? import_flush(im, err) : rc;
	return rc == 0 ? set_state(im, "ready", "", err) : rc;
}

int import_read_all(struct import *im, struct ra_err *err)
{
	struct ra_err other;
	if (im->job)
		job_step(im->job, "reading");
	int rc = read_all(im, err);
	if (rc == 0 || rc == RA_EDB || rc == RA_EDOWN)
		return rc; /* what the database did is not the file's fault: to be tried again */
	if (PQtransactionStatus(im->db) != PQTRANS_IDLE)
		import_rollback(im);
	if (forget_staged(im, &other) < 0 ||
	    set_state(im, rc == RA_ESTOPPED ? "dropped" : "failed", err->msg, &other) < 0)
		ra_warn(NULL, "import not marked", ra_f_text("why", other.msg));
	return rc;
}

/* --- importing ----------------------------------------------------------------------------------
 */

/* From the beginning, by what is true now. */
static int read_again(struct import *im, struct ra_err *err)
{
	char id[24];
	close_memory(im);
	open_memory(im);
	im->done = im->here = (struct import_cursor){ 0 };
	int rc = forget_staged(im, err);
	rc = rc == 0 ? db_run(im->db, err,
			      "UPDATE backup.import SET state = 'reading', part = 0, at = 0, "
			      "report = '{}', claims = (SELECT coalesce(max(claim), 0) "
			      "FROM analytics.import_span) WHERE import_id = $1",
			      DB_VALUES(import_i64_text(id, im->id)))
		     : rc;
	return rc == 0 ? import_read_all(im, err) : rc;
}

static int claim(struct import *im, struct ra_err *err)
{
	int rc = import_claim(im, err);
	if (rc != RA_ELOCKED)
		return rc;
	ra_info(NULL, "import is read again", ra_f_int("import", im->id),
		ra_f_text("why", err->msg));
	rc = read_again(im, err);
	return rc == 0 ? import_claim(im, err) : rc;
}

static int merge_all(struct import *im, struct ra_err *err)
{
	int rc = 0;
	for (size_t i = 0; import_sinks[i] && rc == 0; i++) {
		if (!import_sinks[i]->merge)
			continue;
		if (im->job)
			job_step(im->job, import_sinks[i]->name);
		rc = import_sinks[i]->merge(im, err);
	}
	return rc;
}

/* The file is not needed any more; one that the command line named is not ours. */
static void remove_file(struct import *im)
{
	if (im->location && im->file_name[0] != '/' && im->file_name[0] != '\0')
		unlink(im->location);
}

int import_merge_all(struct import *im, struct ra_err *err)
{
	int rc = 0;
	if (im->job)
		job_step(im->job, "writing");
	if (strcmp(im->state, "ready") == 0)
		rc = claim(im, err);
	else if (strcmp(im->state, "importing") != 0)
		return ra_fail(err, RA_EINVAL, "Read it first.", "this import is %s", im->state);
	rc = rc == 0 ? merge_all(im, err) : rc;
	rc = rc == 0 ? forget_staged(im, err) : rc;
	rc = rc == 0 ? set_state(im, "done", "", err) : rc;
	if (rc == 0)
		remove_file(im);
	return rc;
}

int import_drop(struct import *im, struct ra_err *err)
{
	if (strcmp(im->state, "importing") == 0 || strcmp(im->state, "done") == 0)
		return ra_fail(err, RA_EINVAL, "", "this import is %s", im->state);
	int rc = forget_staged(im, err);
	rc = rc == 0 ? set_state(im, "dropped", "", err) : rc;
	if (rc == 0)
		remove_file(im);
	return rc;
}
