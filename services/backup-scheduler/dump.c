/* dump: see the header. */
#include "services/backup-scheduler/dump.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/alarm.h"
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/beside.h"
#include "services/backup-scheduler/ladder.h"
#include "services/backup-scheduler/manifest.h"
#include "services/backup-scheduler/places.h"
#include "services/backup-scheduler/program.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK_BYTES = 256 * 1024, LOOK_MS = 500 };

/* How much more room than the last one took there has to be. */
#define SPARE 1.2
/* Where there was none before: what is left of a database, packed. */
#define PACKED 0.25

struct dump {
	struct job *job;                /* borrowed */
	const struct backup_wish *wish; /* borrowed */
	const char *id;                 /* borrowed */
	struct places places;
	struct key *key;  /* owned; NULL: it is not sealed */
	PGconn *snapshot; /* owned; inside its transaction */
	char snapshot_id[64];
	json_t *manifest; /* owned; its head, in the end all of it */
	json_t *counted;  /* owned; what its tail says */
	struct beside counting;
	struct store_put *puts[PLACES_MAX]; /* owned; NULL: that place failed, see trouble */
	char trouble[300];                  /* of places that failed while others did not */
	struct archive_sum sum;
	uint64_t expected; /* bytes, more or less */
	int64_t started_ms;
};

static const char *i64_text(char out[24], int64_t value)
{
	snprintf(out, 24, "%lld", (long long)value);
	return out;
}

/* --- SNAPSHOT --------------------------------------------------------------------------- */

static int open_snapshot(struct dump *d, struct ra_err *err)
{
	d->snapshot = db_connect(d->job->conf->database_url, NULL, err);
	if (!d->snapshot || db_run(d->snapshot, err,
				   "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0, NULL) < 0)
		return err->code;
	PGresult *rows = db_query(d->snapshot, err, "SELECT pg_export_snapshot()", 0, NULL);
	if (!rows)
		return err->code;
	snprintf(d->snapshot_id, sizeof(d->snapshot_id), "%s", PQgetvalue(rows, 0, 0));
	PQclear(rows);
	return 0;
}

/* After the snapshot was taken: a backup does not tell of itself that it is being made. */
static int add_row(struct dump *d, struct ra_err *err)
{
	char at[24];
	int rc =
		db_run(d->job->db, err,
		       "INSERT INTO backup.backup (backup_id, kind, name, description, started_at, "
		       " is_encrypted) "
		       "VALUES ($1, $2, $3, $4, public.ms_to_ts($5::bigint), $6::boolean)",
		       DB_VALUES(d->id, d->wish->kind, d->wish->name, d->wish->description,
				 i64_text(at, d->started_ms), d->key ? "t" : "f"));
	return rc == 0 ? job_set_backup(d->job, d->id, err) : rc;
}

static int describe(struct dump *d, struct ra_err *err)
{
	const struct manifest_about about = { .backup_id = d->id,
					      .kind = d->wish->kind,
					      .name = d->wish->name,
					      .description = d->wish->description,
					      .made_ms = d->started_ms };
	d->manifest = manifest_describe(d->snapshot, &about, err);
	return d->manifest ? 0 : err->code;
}

/* --- ROOM ------------------------------------------------------------------------------- */

static int expect(struct dump *d, struct ra_err *err)
{
	PGresult *rows = db_query(d->job->db, err,
				  "SELECT size_bytes FROM backup.backup WHERE size_bytes IS NOT "
				  "NULL AND guild_id IS NULL "
				  " AND kind <> 'upload' ORDER BY started_at DESC LIMIT 1",
				  0, NULL);
	if (!rows)
		return err->code;
	d->expected = PQntuples(rows) == 1 ? (uint64_t)atoll(PQgetvalue(rows, 0, 0))
					   : (uint64_t)((double)json_integer_value(json_object_get(
								d->manifest, "database_bytes")) *
							PACKED);
	PQclear(rows);
	return 0;
}

static int check_room(struct dump *d, struct ra_err *err)
{
	int rc = expect(d, err);
	for (size_t i = 0; rc == 0 && i < d->places.count; i++) {
		int64_t left = store_free_bytes(d->places.list[i]);
		double needed = (double)d->expected * SPARE;
		if (left >= 0 && (double)left < needed)
			rc = ra_fail(err, RA_ETOOBIG, "Make room there, or keep fewer backups.",
				     "%.120s has %lld MB left, a backup needs %lld MB",
				     store_where(d->places.list[i]), (long long)(left >> 20),
				     (long long)(needed / (1 << 20)) + 1);
	}
	return rc;
}

/* --- DUMP ------------------------------------------------------------------------------- */

/* A place that fails is left out as long as there is another. */
static int place_failed(struct dump *d, size_t i, struct ra_err *err)
{
	size_t len = strlen(d->trouble);
	snprintf(d->trouble + len, sizeof(d->trouble) - len, "%s%s: %.120s", len ? "; " : "",
		 store_place(d->places.list[i]), err->msg);
	ra_warn(NULL, "a place of backups failed",
		ra_f_text("place", store_place(d->places.list[i])), ra_f_text("why", err->msg));
	store_put_abort(&d->puts[i]);
	for (size_t k = 0; k < d->places.count; k++)
		if (d->puts[k])
			return 0;
	return err->code;
}

static int begin_puts(struct dump *d, const char *key, struct ra_err *err)
{
	int rc = 0;
	bool is_any = false;
	for (size_t i = 0; i < d->places.count; i++)
		d->puts[i] = NULL;
	for (size_t i = 0; i < d->places.count; i++) {
		d->puts[i] = store_put_begin(d->places.list[i], key, d->expected, err);
		if (d->puts[i])
			is_any = true;
		else
			rc = place_failed(d, i, err);
	}
	return is_any ? 0 : rc;
}

/* The `out` of the archive: all places at once. */
static int write_all(void *ctx, const void *data, size_t len, struct ra_err *err)
{
	struct dump *d = ctx;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < d->places.count; i++)
		if (d->puts[i] && store_put_write(d->puts[i], data, len, err) < 0)
			rc = place_failed(d, i, err);
	d->sum.size += len;
	return rc;
}

/* pg_dump may wait for a lock for long: then somebody may still cancel. */
static ssize_t read_piece(int fd, char *chunk, struct ra_err *err)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	ssize_t n = poll(&wait, 1, LOOK_MS);
	if (n > 0)
		n = read(fd, chunk, CHUNK_BYTES);
	else if (n == 0)
		return -EAGAIN;
	if (n < 0 && errno == EINTR)
		return -EAGAIN;
	return n < 0 ? ra_fail(err, -errno, "", "cannot read from pg_dump: %s", strerror(errno))
		     : n;
}

/* Until pg_dump has said all. */
static int pump(struct dump *d, int fd, struct archive_writer *file, struct ra_err *err)
{
	char *chunk = ra_alloc(CHUNK_BYTES);
	int rc = 0;
	ssize_t n = 1;
	while (rc == 0 && n != 0) {
		n = read_piece(fd, chunk, err);
		if (n < 0 && n != -EAGAIN)
			rc = (int)n;
		if (n > 0)
			rc = archive_write(file, chunk, (size_t)n, err);
		double share = (double)d->sum.size / (double)(d->expected ? d->expected : 1);
		job_progress(d->job, share < 0.99 ? share : 0.99);
		if (rc == 0 && job_is_cancelled(d->job))
			rc = ra_fail(err, RA_ESTOPPED, "", "cancelled");
	}
	ra_free(chunk);
	return rc;
}

static int run_pg_dump(struct dump *d, struct archive_writer *file, struct ra_err *err)
{
	char *path = ra_format("%s/pg_dump", d->job->conf->postgres_dir);
	char *snapshot = ra_format("--snapshot=%s", d->snapshot_id);
#define OMIT(table) "--exclude-table-data=" table,
	const char *argv[] = { "pg_dump", "--format=custom", "--no-password", snapshot,
			       MANIFEST_OMITS(OMIT) NULL };
#undef OMIT
	const struct program_with with = { .pipe = PROGRAM_READ,
					   .url = d->job->conf->database_url };
	struct program program;
	int rc = program_start(&program, path, argv, &with, err);
	if (rc == 0)
		rc = pump(d, program.fd, file, err);
	if (rc == 0)
		rc = program_end(&program, err);
	else
		program_kill(&program);
	ra_free(path);
	ra_free(snapshot);
	return rc;
}

/* --- COUNT: beside all that ------------------------------------------------------------- */

static int count(void *ctx, const struct beside *beside, struct ra_err *err)
{
	struct dump *d = ctx;
	d->counted = manifest_count(beside->db, beside, err);
	return d->counted ? 0 : err->code;
}

static int end_counting(struct dump *d, struct ra_err *err)
{
	job_step(d->job, "counting");
	int rc = beside_wait(&d->counting, d->job, err);
	if (rc < 0)
		return rc;
	json_object_set_new(d->counted, "seconds",
			    json_integer((ra_wall_ms() - d->started_ms) / 1000));
	json_object_set_new(d->counted, "dumped_bytes", json_integer((json_int_t)d->sum.size));
	json_object_update_missing(d->manifest, d->counted);
	return 0;
}

/* --- the file ---------------------------------------------------------------------------- */

static int write_file(struct dump *d, struct archive_writer *file, struct ra_err *err)
{
	int rc = beside_start(&d->counting, d->snapshot, count, d, err);
	if (rc == 0)
		rc = run_pg_dump(d, file, err);
	if (rc == 0)
		rc = end_counting(d, err);
	beside_stop(&d->counting);
	return rc == 0 ? archive_finish(file, d->counted, &d->sum, err) : rc;
}

static int dump(struct dump *d, const char *key, struct ra_err *err)
{
	job_step(d->job, "dumping");
	int rc = begin_puts(d, key, err);
	struct archive_writer *file =
		rc == 0 ? archive_create(d->manifest, d->key, write_all, d, err) : NULL;
	if (rc == 0)
		rc = file ? write_file(d, file, err) : err->code;
	if (file)
		archive_writer_free(&file);
	return rc;
}

/* --- DONE ------------------------------------------------------------------------------- */

static int add_copy(struct dump *d, const char *place, const char *key, struct ra_err *err)
{
	char now[24];
	return db_run(d->job->db, err,
		      "INSERT INTO backup.copy (backup_id, place, key, stored_at) "
		      "VALUES ($1, $2, $3, public.ms_to_ts($4::bigint))",
		      DB_VALUES(d->id, place, key, i64_text(now, ra_wall_ms())));
}

static int mark_ready(struct dump *d, struct ra_err *err)
{
	char now[24], size[24];
	char *manifest = json_dumps(d->manifest, JSON_COMPACT);
	int rc = db_run(
		d->job->db, err,
		"UPDATE backup.backup SET state = 'ready', why = $2, "
		" finished_at = public.ms_to_ts($3::bigint), "
		" size_bytes = $4::bigint, sha256 = $5, manifest = $6::jsonb WHERE backup_id = $1",
		DB_VALUES(d->id, d->trouble, i64_text(now, ra_wall_ms()),
			  i64_text(size, (int64_t)d->sum.size), d->sum.sha256, manifest));
	free(manifest);
	return rc;
}

/* The places first: a row that says ready tells the truth. */
static int commit(struct dump *d, const char *key, struct ra_err *err)
{
	bool is_there[PLACES_MAX] = { false };
	int rc = 0;
	job_step(d->job, "storing");
	for (size_t i = 0; rc == 0 && i < d->places.count; i++) {
		if (!d->puts[i])
			continue;
		is_there[i] = store_put_commit(&d->puts[i], err) == 0;
		if (!is_there[i])
			rc = place_failed(d, i, err);
		for (size_t k = 0; rc < 0 && k < i; k++)
			rc = is_there[k] ? 0 : rc;
	}
	if (rc == 0)
		rc = db_run(d->job->db, err, "BEGIN", 0, NULL);
	for (size_t i = 0; rc == 0 && i < d->places.count; i++)
		if (is_there[i])
			rc = add_copy(d, store_place(d->places.list[i]), key, err);
	if (rc == 0)
		rc = mark_ready(d, err);
	if (rc == 0)
		rc = db_run(d->job->db, err, "COMMIT", 0, NULL);
	return rc;
}

/* --- the whole of it ---------------------------------------------------------------------- */

/* "20261121T020000Z-0a1b2c3d" */
static void make_id(char id[BACKUP_ID_CHARS + 1], int64_t at_ms)
{
	time_t seconds = at_ms / 1000;
	struct tm utc;
	gmtime_r(&seconds, &utc);
	size_t len = strftime(id, BACKUP_ID_CHARS + 1, "%Y%m%dT%H%M%SZ", &utc);
	snprintf(id + len, BACKUP_ID_CHARS + 1 - len, "-%08x", (unsigned)ra_random(1ULL << 32));
}

static int make(struct dump *d, struct ra_err *err)
{
	char *key = ra_format("%s" STORE_SUFFIX, d->id);
	int rc = key_load(&d->key, d->job->conf->key_file, err);
	if (rc == 0)
		rc = places_open(&d->places, d->job->conf, true, err);
	if (rc == 0)
		rc = open_snapshot(d, err);
	if (rc == 0)
		rc = add_row(d, err);
	if (rc == 0)
		rc = describe(d, err);
	if (rc == 0)
		rc = check_room(d, err);
	if (rc == 0)
		rc = dump(d, key, err);
	if (rc == 0)
		rc = commit(d, key, err);
	ra_free(key);
	return rc;
}

static void fail(struct dump *d, int rc, const struct ra_err *cause)
{
	struct ra_err err;
	char now[24];
	const char *why = rc == RA_ESTOPPED ? "cancelled" : cause->msg;
	for (size_t i = 0; i < d->places.count; i++)
		store_put_abort(&d->puts[i]);
	if (db_run(d->job->db, &err, "ROLLBACK", 0, NULL) < 0 ||
	    db_run(d->job->db, &err,
		   "UPDATE backup.backup SET state = 'failed', why = $2, "
		   " finished_at = public.ms_to_ts($3::bigint) WHERE backup_id = $1",
		   DB_VALUES(d->id, why, i64_text(now, ra_wall_ms()))) < 0)
		ra_error(NULL, "cannot write that a backup failed", ra_f_text("why", err.msg));
	bool is_full = rc == RA_ETOOBIG || rc == -ENOSPC || rc == -EDQUOT;
	if (rc != RA_ESTOPPED)
		alarm_raise(d->job->db, is_full ? ALARM_SPACE : ALARM_BACKUP, d->id, why);
}

static void succeed(struct dump *d)
{
	alarm_end(d->job->db, ALARM_SPACE);
	if (*d->trouble)
		alarm_raise(d->job->db, ALARM_BACKUP, d->id, d->trouble);
	else
		alarm_end(d->job->db, ALARM_BACKUP);
	ra_info(NULL, "backup made", ra_f_text("backup", d->id), ra_f_u64("bytes", d->sum.size),
		ra_f_int("rows", json_integer_value(json_object_get(d->manifest, "rows"))),
		ra_f_int("ms", ra_wall_ms() - d->started_ms));
	job_report(d->job,
		   json_pack("{s:s, s:I, s:O, s:I, s:s}", "backup", d->id, "bytes",
			     (json_int_t)d->sum.size, "rows", json_object_get(d->manifest, "rows"),
			     "ms", (json_int_t)(ra_wall_ms() - d->started_ms), "trouble",
			     d->trouble));
}

int backup_make(struct job *job, const struct backup_wish *wish, char id[BACKUP_ID_CHARS + 1],
		struct ra_err *err)
{
	struct dump d = { .job = job, .wish = wish, .id = id, .started_ms = ra_wall_ms() };
	make_id(id, d.started_ms);
	int rc = make(&d, err);
	if (rc == 0)
		succeed(&d);
	else
		fail(&d, rc, err);
	PQfinish(d.snapshot);
	json_decref(d.manifest);
	json_decref(d.counted);
	places_close(&d.places);
	key_free(&d.key);
	return rc;
}

/* --- the job -------------------------------------------------------------------------------- */

/* The one that a killed worker had begun. */
static int give_up_earlier(struct job *job, struct ra_err *err)
{
	char now[24];
	if (!job->backup_id)
		return 0;
	return db_run(job->db, err,
		      "UPDATE backup.backup SET state = 'failed', why = 'interrupted', "
		      " finished_at = public.ms_to_ts($2::bigint) "
		      "WHERE backup_id = $1 AND state = 'running'",
		      DB_VALUES(job->backup_id, i64_text(now, ra_wall_ms())));
}

static const char *text_of(const struct job *job, const char *name)
{
	const char *text = json_string_value(json_object_get(job->parameters, name));
	return text ? text : "";
}

static int add_drill(struct job *job, const char *id, struct ra_err *err)
{
	char now[24];
	return db_run(job->db, err,
		      "INSERT INTO backup.job (kind, backup_id, created_at, traceparent) "
		      "SELECT 'drill', $1, public.ms_to_ts($2::bigint), $3 "
		      "FROM app.backup_settings WHERE drill = 'after_each'",
		      DB_VALUES(id, i64_text(now, ra_wall_ms()), job->traceparent));
}

int backup_run(struct job *job, struct ra_err *err)
{
	char id[BACKUP_ID_CHARS + 1];
	const char *kind = text_of(job, "kind");
	const struct backup_wish wish = { .kind = *kind ? kind : "manual",
					  .name = text_of(job, "name"),
					  .description = text_of(job, "description") };
	job_be_modest();
	int rc = give_up_earlier(job, err);
	if (rc == 0)
		rc = backup_make(job, &wish, id, err);
	if (rc == 0 && *job->conf->admin_url)
		rc = add_drill(job, id, err);
	if (rc == 0 && ladder_climb_down(job, err) < 0) /* the backup is made: the next one tries */
		ra_warn(NULL, "old backups not removed", ra_f_text("why", err->msg));
	return rc;
}
