/* job: see the header. */
#include "services/backup-scheduler/job.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BEAT_MS 1000
#define MODESTY 5

static const char *i64_text(char out[24], int64_t value)
{
	snprintf(out, 24, "%lld", (long long)value);
	return out;
}

/* --- begin --------------------------------------------------------------------- */

static int take_lock(struct job *job, struct ra_err *err)
{
	char one[24], two[24];
	PGresult *rows =
		db_query(job->db, err, "SELECT pg_try_advisory_lock($1::int, $2::int)",
			 DB_VALUES(i64_text(one, JOB_LOCKS), i64_text(two, JOB_LOCK_WORKER)));
	if (!rows)
		return err->code;
	bool is_ours = *PQgetvalue(rows, 0, 0) == 't';
	PQclear(rows);
	return is_ours ? 0
		       : ra_fail(err, RA_ELOCKED, "It is begun when that one has ended.",
				 "another worker is at work");
}

static int take_row(struct job *job, struct ra_err *err)
{
	char id[24], now[24];
	PGresult *rows = db_query(
		job->db, err,
		"UPDATE backup.job SET state = 'running', tries = tries + 1, step = '', progress = "
		"NULL, why = '', "
		" started_at = public.ms_to_ts($2::bigint), beat_at = public.ms_to_ts($2::bigint) "
		"WHERE job_id = $1::bigint AND state = 'waiting' AND NOT is_cancelled "
		"RETURNING kind, backup_id, parameters, asked_by, tries, detail, traceparent",
		DB_VALUES(i64_text(id, job->id), i64_text(now, ra_wall_ms())));
	if (!rows)
		return err->code;
	if (PQntuples(rows) == 0) {
		PQclear(rows);
		return ra_fail(err, RA_ENOTFOUND, "Somebody else began it, or it was cancelled.",
			       "job %s does not wait", id);
	}
	snprintf(job->kind, sizeof(job->kind), "%s", PQgetvalue(rows, 0, 0));
	job->backup_id = PQgetisnull(rows, 0, 1) ? NULL : ra_strdup(PQgetvalue(rows, 0, 1));
	job->parameters = json_loads(PQgetvalue(rows, 0, 2), 0, NULL);
	job->asked_by = atoll(PQgetvalue(rows, 0, 3));
	job->tries = atoi(PQgetvalue(rows, 0, 4));
	ra_traceparent(job->traceparent, ra_str_of(PQgetvalue(rows, 0, 6)));
	job->detail = PQgetisnull(rows, 0, 5) ? NULL : json_loads(PQgetvalue(rows, 0, 5), 0, NULL);
	PQclear(rows);
	if (!json_is_object(job->parameters)) {
		json_decref(job->parameters);
		job->parameters = json_object();
	}
	return 0;
}

/* Whoever looks for what became of a request finds it in the log. */
static void log_trace(struct job *job)
{
	job->log_fields[0] = ra_f_trace(ra_str_of(job->traceparent));
	job->log_fields[1] = (struct ra_field){ .kind = RA_FIELD_END };
	ra_log_always(job->log_fields);
}

static void release(struct job *job)
{
	ra_log_always(NULL);
	PQfinish(job->db);
	json_decref(job->parameters);
	json_decref(job->detail);
	ra_free(job->backup_id);
	*job = (struct job){ 0 };
}

int job_open(struct job *job, const struct conf *conf, int64_t id, struct ra_err *err)
{
	*job = (struct job){ .id = id, .conf = conf, .share = -1 };
	job->db = db_connect(conf->database_url, NULL, err);
	int rc = job->db ? take_lock(job, err) : err->code;
	if (rc == 0)
		rc = take_row(job, err);
	if (rc == 0)
		log_trace(job);
	else
		release(job);
	return rc;
}

int job_reconnect(struct job *job, struct ra_err *err)
{
	PQfinish(job->db);
	job->db = db_connect(job->conf->database_url, NULL, err);
	return job->db ? take_lock(job, err) : err->code;
}

/* --- while it runs --------------------------------------------------------------- */

/* What is told on the way is no reason to fail: a lost connection shows at the next real question.
 */
static void beat(struct job *job)
{
	struct ra_err err;
	char id[24], now[24], share[32];
	snprintf(share, sizeof(share), "%.4f", job->share > 1 ? 1 : job->share);
	job->beat_at_ms = ra_monotonic_ms();
	PGresult *rows =
		db_query(job->db, &err,
			 "WITH told AS (SELECT pg_notify('backup', $1)) "
			 "UPDATE backup.job SET step = $2, progress = $3::real, beat_at = "
			 "public.ms_to_ts($4::bigint) "
			 "FROM told WHERE job_id = $1::bigint RETURNING is_cancelled",
			 DB_VALUES(i64_text(id, job->id), job->step, job->share < 0 ? NULL : share,
				   i64_text(now, ra_wall_ms())));
	if (rows && PQntuples(rows) == 1)
		job->is_cancelled = *PQgetvalue(rows, 0, 0) == 't';
	PQclear(rows);
}

static void beat_if_due(struct job *job)
{
	if (ra_monotonic_ms() - job->beat_at_ms >= BEAT_MS)
		beat(job);
}

void job_step(struct job *job, const char *step)
{
	snprintf(job->step, sizeof(job->step), "%s", step);
	job->share = -1;
	beat(job);
}

void job_progress(struct job *job, double share)
{
	job->share = share;
	beat_if_due(job);
}

bool job_is_cancelled(struct job *job)
{
	beat_if_due(job);
	return job->is_cancelled;
}

void job_report(struct job *job, json_t *detail)
{
	json_decref(job->detail);
	job->detail = detail;
}

int job_fail(struct job *job, struct ra_err *err, const char *fmt, ...)
{
	char said[sizeof(err->msg)];
	va_list args;
	va_start(args, fmt);
	vsnprintf(said, sizeof(said), fmt, args);
	va_end(args);
	bool has_cause = err->code < 0 && *err->msg;
	snprintf(job->why, sizeof(job->why), "%s%s%s", said, has_cause ? ": " : "",
		 has_cause ? err->msg : "");
	int code = err->code < 0 ? err->code : RA_EINVAL;
	return ra_fail(err, code, has_cause ? err->hint : "", "%.255s", job->why);
}

int job_set_backup(struct job *job, const char *backup_id, struct ra_err *err)
{
	char id[24];
	char *copy = ra_strdup(backup_id);
	ra_free(job->backup_id);
	job->backup_id = copy;
	return db_run(job->db, err,
		      "UPDATE backup.job SET backup_id = $2 WHERE job_id = $1::bigint",
		      DB_VALUES(i64_text(id, job->id), backup_id));
}

void job_be_modest(void)
{
	int niceness = nice(MODESTY);
	(void)niceness; /* then not */
}

PGconn *job_owner_db(struct job *job, const char *dbname, struct ra_err *err)
{
	if (*job->conf->admin_url)
		return db_connect(job->conf->admin_url, dbname, err);
	ra_fail(err, RA_ECONF, "Set ADMIN_DATABASE_URL to the role that migrates the database.",
		"there is no ADMIN_DATABASE_URL");
	return NULL;
}

char *job_scratch(const struct job *job, const char *what)
{
	return ra_format("%s_%s_%lld", PQdb(job->db), what, (long long)job->id);
}

/* --- end -------------------------------------------------------------------------- */

void job_close(struct job *job, int rc, const struct ra_err *cause)
{
	struct ra_err err;
	char id[24], now[24];
	const char *state = rc == 0 ? "done" : rc == RA_ESTOPPED ? "cancelled" : "failed";
	const char *why = rc == 0 ? "" : *job->why ? job->why : cause->msg;
	char *detail = job->detail ? json_dumps(job->detail, JSON_COMPACT) : NULL;
	int written = db_run(
		job->db, &err,
		"WITH told AS (SELECT pg_notify('backup', $1)) "
		"UPDATE backup.job SET state = $2, why = $3, detail = $4::jsonb, "
		" step = CASE WHEN $2 = 'done' THEN 'done' ELSE step END, "
		" progress = CASE WHEN $2 = 'done' THEN 1 ELSE progress END, "
		" beat_at = public.ms_to_ts($5::bigint), finished_at = public.ms_to_ts($5::bigint) "
		"FROM told WHERE job_id = $1::bigint",
		DB_VALUES(i64_text(id, job->id), state, why, detail, i64_text(now, ra_wall_ms())));
	if (rc == 0)
		ra_info(NULL, "job done", ra_f_int("job", job->id), ra_f_text("kind", job->kind));
	else
		ra_warn(NULL, "job not done", ra_f_int("job", job->id),
			ra_f_text("kind", job->kind), ra_f_text("state", state),
			ra_f_text("why", why));
	if (written < 0)
		ra_error(NULL, "cannot write how a job ended", ra_f_int("job", job->id),
			 ra_f_text("why", err.msg));
	free(detail);
	release(job);
}
