/*
 * import_stage: rows on their way to the staging tables.
 *
 *	import_row, import_i64 ... import_row_end   into the buffer of the sink
 *	import_checkpoint                           when the buffers are full: import_flush
 *	import_flush     BEGIN; COPY of each sink; what was seen; the report and the cursor; COMMIT
 *
 * A process that dies has written whole records only, up to the cursor.
 */
#include "libshared/base/clock.h"
#include "libshared/base/utf8.h"
#include "services/backup-scheduler/import_internal.h"
#include "services/backup-scheduler/job.h"
#include <stdio.h>

/* --- the database ------------------------------------------------------------------------ */

static int copy_failed(struct import *im, struct ra_err *err)
{
	const char *said = PQerrorMessage(im->db);
	int len = (int)strcspn(said, "\n");
	return ra_fail(err, RA_EDB, "See PostgreSQL's log.", "%.*s", len > 200 ? 200 : len, said);
}

int import_begin(struct import *im, struct ra_err *err)
{
	return db_run(im->db, err, "BEGIN", 0, NULL);
}

int import_commit(struct import *im, struct ra_err *err)
{
	return db_run(im->db, err, "COMMIT", 0, NULL);
}

void import_rollback(struct import *im)
{
	PQclear(PQexec(im->db, "ROLLBACK"));
}

char *import_i64_text(char out[24], int64_t value)
{
	snprintf(out, 24, "%lld", (long long)value);
	return out;
}

/* --- rows ------------------------------------------------------------------------------------ */

static struct ra_buf *buffer_of(struct import *im, const struct import_sink *sink)
{
	for (size_t i = 0; i < im->stage_count; i++)
		if (im->stages[i].sink == sink)
			return &im->stages[i].rows;
	struct import_stage *stage = &im->stages[im->stage_count++];
	stage->sink = sink;
	return &stage->rows;
}

static void next_column(struct import *im)
{
	ra_buf_add(im->row, "\t", 1);
}

void import_row(struct import *im, const struct import_sink *sink)
{
	im->row = buffer_of(im, sink);
	im->staged_bytes -= im->row->len;
	ra_buf_add_i64(im->row, im->id);
}

void import_i64(struct import *im, int64_t value)
{
	next_column(im);
	ra_buf_add_i64(im->row, value);
}

void import_bool(struct import *im, bool value)
{
	next_column(im);
	ra_buf_add(im->row, value ? "t" : "f", 1);
}

void import_null(struct import *im)
{
	next_column(im);
	ra_buf_add(im->row, "\\N", 2);
}

void import_time(struct import *im, int64_t ms)
{
	char text[33];
	next_column(im);
	ra_iso8601_format(ms, text);
	ra_buf_add_text(im->row, text);
}

/* COPY's text format (PostgreSQL docs, COPY: Text Format). */
static void add_escaped(struct ra_buf *to, struct ra_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		switch (text.ptr[i]) {
		case '\0': break;
		case '\\': ra_buf_add(to, "\\\\", 2); break;
		case '\t': ra_buf_add(to, "\\t", 2); break;
		case '\n': ra_buf_add(to, "\\n", 2); break;
		case '\r': ra_buf_add(to, "\\r", 2); break;
		default: ra_buf_add(to, text.ptr + i, 1);
		}
	}
}

void import_text(struct import *im, struct ra_str text)
{
	struct ra_buf clean = { 0 };
	next_column(im);
	ra_utf8_add_clean(&clean, text);
	add_escaped(im->row, ra_buf_str(&clean));
	ra_buf_fini(&clean);
}

void import_row_end(struct import *im)
{
	ra_buf_add(im->row, "\n", 1);
	im->staged_bytes += im->row->len;
	im->row = NULL;
}

/* --- writing them ------------------------------------------------------------------------------
 */

static int copy_rows(struct import *im, struct import_stage *stage, struct ra_err *err)
{
	char *sql = ra_format("COPY %s FROM STDIN", stage->sink->stage);
	PGresult *result = PQexec(im->db, sql);
	bool is_open = PQresultStatus(result) == PGRES_COPY_IN;
	PQclear(result);
	ra_free(sql);
	if (!is_open || PQputCopyData(im->db, stage->rows.ptr, (int)stage->rows.len) != 1 ||
	    PQputCopyEnd(im->db, NULL) != 1)
		return copy_failed(im, err);
	int rc = 0;
	while ((result = PQgetResult(im->db)) != NULL) {
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			rc = copy_failed(im, err);
		PQclear(result);
	}
	return rc;
}

struct seen_row {
	struct {
		uint64_t guild, channel;
		char kind[16];
	} key;
	int64_t from, to;
};

void import_stage_init(struct import *im)
{
	im->stage_count = im->staged_bytes = 0;
	im->seen = (struct ra_table){ .row_size = sizeof(struct seen_row),
				      .key_size = sizeof(((struct seen_row *)0)->key) };
}

void import_stage_fini(struct import *im)
{
	for (size_t i = 0; i < im->stage_count; i++) {
		ra_buf_fini(&im->stages[i].rows);
		im->stages[i].sink = NULL;
	}
	ra_table_fini(&im->seen);
}

void import_saw(struct import *im, uint64_t guild, const char *kind, uint64_t channel, int64_t from,
		int64_t to)
{
	struct seen_row head = { .key = { .guild = guild, .channel = channel } };
	bool is_new;
	snprintf(head.key.kind, sizeof head.key.kind, "%s", kind);
	struct seen_row *row = ra_table_row(&im->seen, &head.key, &is_new);
	row->from = is_new || from < row->from ? from : row->from;
	row->to = is_new || to > row->to ? to : row->to;
}

static int write_seen(struct import *im, struct ra_err *err)
{
	static const char sql[] =
		"INSERT INTO backup.import_seen AS s (import_id, guild_id, kind, channel_id, "
		"from_id, "
		"to_id) VALUES ($1, $2, $3, $4, $5, $6) "
		"ON CONFLICT (import_id, guild_id, kind, channel_id) DO UPDATE SET "
		"from_id = least(s.from_id, EXCLUDED.from_id), to_id = greatest(s.to_id, "
		"EXCLUDED.to_id)";
	const struct seen_row *rows = (const struct seen_row *)(void *)im->seen.rows;
	int rc = 0;
	for (size_t i = 0; i < im->seen.count && rc == 0; i++) {
		char id[24], guild[24], channel[24], from[24], to[24];
		const char *values[] = { import_i64_text(id, im->id),
					 import_i64_text(guild, (int64_t)rows[i].key.guild),
					 rows[i].key.kind,
					 import_i64_text(channel, (int64_t)rows[i].key.channel),
					 import_i64_text(from, rows[i].from),
					 import_i64_text(to, rows[i].to) };
		rc = db_run(im->db, err, sql, (int)RA_COUNT(values), values);
	}
	return rc;
}

static int write_progress(struct import *im, struct ra_err *err)
{
	char id[24], part[24], at[24];
	json_t *json = import_report_json(&im->report);
	char *report = json_dumps(json, JSON_COMPACT);
	const char *values[] = { import_i64_text(id, im->id), import_i64_text(part, im->here.part),
				 import_i64_text(at, im->here.at), report };
	int rc = db_run(
		im->db, err,
		"UPDATE backup.import SET part = $2, at = $3, report = $4 WHERE import_id = $1",
		(int)RA_COUNT(values), values);
	free(report);
	json_decref(json);
	return rc;
}

static int write_all(struct import *im, struct ra_err *err)
{
	int rc = import_begin(im, err);
	for (size_t i = 0; i < im->stage_count && rc == 0; i++)
		if (im->stages[i].rows.len > 0)
			rc = copy_rows(im, &im->stages[i], err);
	rc = rc == 0 ? write_seen(im, err) : rc;
	rc = rc == 0 ? write_progress(im, err) : rc;
	return rc == 0 ? import_commit(im, err) : rc;
}

int import_flush(struct import *im, struct ra_err *err)
{
	import_figures_flush(im);
	int rc = write_all(im, err);
	if (rc < 0) {
		import_rollback(im);
		return rc;
	}
	for (size_t i = 0; i < im->stage_count; i++)
		ra_buf_clear(&im->stages[i].rows);
	ra_table_clear(&im->seen);
	im->staged_bytes = 0;
	im->done = im->here;
	return 0;
}

/* --- the source's side ----------------------------------------------------------------------- */

struct import_cursor import_cursor(const struct import *im)
{
	return im->done;
}

static bool is_full(const struct import *im)
{
	enum { KEYS_MAX = 20000 };
	return im->staged_bytes > IMPORT_BUFFER || im->messages.count > KEYS_MAX;
}

/* Once a record would be a system call for each. */
static int look_up(struct import *im, struct ra_err *err)
{
	double share = im->share;
	if (share <= 0 && im->file.fd >= 0 && im->file.size > 0)
		share = (double)im->file.taken / (double)im->file.size;
	if (!im->job)
		return 0;
	job_progress(im->job, share > 1 ? 1 : share);
	return job_is_cancelled(im->job) ? ra_fail(err, RA_ESTOPPED, "", "cancelled") : 0;
}

int import_checkpoint(struct import *im, struct import_cursor here, struct ra_err *err)
{
	im->here = here;
	if (im->has_failed)
		return ra_fail(err, im->why.code, im->why.hint, "%s", im->why.msg);
	if (!is_full(im))
		return 0;
	int rc = import_flush(im, err);
	return rc == 0 ? look_up(im, err) : rc;
}

void import_share(struct import *im, double share)
{
	im->share = share;
}

const char *import_location(const struct import *im)
{
	return im->location;
}

ssize_t import_read(struct import *im, void *to, size_t len, struct ra_err *err)
{
	return import_file_read(&im->file, to, len, err);
}

int64_t import_id(const struct import *im)
{
	return im->id;
}

int64_t import_asked_by(const struct import *im)
{
	return im->asked_by;
}

PGconn *import_db(struct import *im)
{
	return im->db;
}

void import_count(struct import *im, const struct import_sink *sink, uint64_t guild, int64_t at_ms,
		  int64_t how_many)
{
	import_report_count(&im->report, sink->name, guild, at_ms, how_many);
}

void import_skip(struct import *im, const char *why, int64_t how_many, struct ra_str sample)
{
	import_report_skip(&im->report, why, how_many, sample);
}

void import_note(struct import *im, const char *word)
{
	import_report_note(&im->report, word);
}
