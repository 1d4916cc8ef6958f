/* verify: see the header. */
#include "services/backup-scheduler/verify.h"
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/adopt.h"
#include "services/backup-scheduler/places.h"
#include <stdio.h>
#include <stdlib.h>

#define READ_BYTES ((size_t)256 << 10)

/* --- a file ------------------------------------------------------------------------- */

static int read_all(struct archive_reader *reader, verify_progress progress, void *ctx,
		    uint64_t *payload, struct ra_err *err)
{
	char *data = ra_alloc(READ_BYTES);
	ssize_t n;
	int rc = 0;
	while ((n = archive_read(reader, data, READ_BYTES, err)) > 0) {
		*payload += (uint64_t)n;
		if (progress && !progress(ctx, archive_position(reader))) {
			rc = ra_fail(err, RA_ESTOPPED, "", "stopped");
			break;
		}
	}
	ra_free(data);
	return n < 0 ? (int)n : rc;
}

int verify_archive(archive_in in, void *in_ctx, const struct key *key, verify_progress progress,
		   void *progress_ctx, struct verified *verified, struct ra_err *err)
{
	*verified = (struct verified){ .told = NULL };
	struct archive_reader *reader = archive_open(in, in_ctx, key, err);
	if (!reader)
		return err->code;
	int rc = read_all(reader, progress, progress_ctx, &verified->payload_bytes, err);
	if (rc == 0) {
		verified->head = *archive_reader_head(reader);
		archive_reader_sum(reader, &verified->sum);
		verified->told = archive_told(reader);
	}
	archive_reader_free(&reader);
	return rc;
}

int verify_object(struct store *store, const char *object, const struct key *key,
		  verify_progress progress, void *progress_ctx, struct verified *verified,
		  struct ra_err *err)
{
	*verified = (struct verified){ .told = NULL };
	struct store_get *get = store_get_begin(store, object, 0, err);
	if (!get)
		return err->code;
	int rc = verify_archive(store_get_read, get, key, progress, progress_ctx, verified, err);
	store_get_end(&get);
	return rc;
}

void verified_fini(struct verified *verified)
{
	json_decref(verified->told);
	*verified = (struct verified){ .told = NULL };
}

/* --- the job ---------------------------------------------------------------------------- */

#define SQL_COPIES                                                                                 \
	"SELECT c.backup_id, c.place, c.key, coalesce(b.sha256, ''), coalesce(b.size_bytes, 0) "   \
	"FROM backup.copy c JOIN backup.backup b USING (backup_id) "                               \
	"WHERE b.state IN ('ready', 'damaged') AND ($1::text IS NULL OR b.backup_id = $1) "        \
	"ORDER BY c.backup_id DESC, c.place"
#define SQL_COPY_STATE                                                                             \
	"UPDATE backup.copy SET state = $3, read_at = public.ms_to_ts($4::bigint) "                \
	"WHERE backup_id = $1 AND place = $2"
#define SQL_BACKUP_STATE                                                                           \
	"UPDATE backup.backup b SET (state, why) = (SELECT CASE WHEN s.is_good THEN 'ready' "      \
	" ELSE 'damaged' END, CASE WHEN s.is_good THEN '' ELSE 'no copy of it can be used' END "   \
	" FROM (SELECT EXISTS (SELECT FROM backup.copy c WHERE c.backup_id = b.backup_id "         \
	"  AND c.state = 'good') AS is_good) s) "                                                  \
	"WHERE backup_id = $1 AND state IN ('ready', 'damaged')"

#define SQL_TOLD                                                                                   \
	"UPDATE backup.backup SET manifest = $2::jsonb "                                           \
	"WHERE backup_id = $1 AND (manifest -> 'rows') IS NULL"

struct reading {
	struct job *job;
	struct places places;
	struct key *key;    /* NULL: there is none */
	uint64_t done, all; /* bytes, of all copies */
	json_t *copies;     /* the report; owned until it is handed over */
	unsigned bad;
};

/* One row of SQL_COPIES. */
struct copy {
	const char *backup_id, *place, *key, *sha256;
	uint64_t size;
};

static struct copy copy_of(const PGresult *rows, int row)
{
	return (struct copy){
		.backup_id = PQgetvalue(rows, row, 0),
		.place = PQgetvalue(rows, row, 1),
		.key = PQgetvalue(rows, row, 2),
		.sha256 = PQgetvalue(rows, row, 3),
		.size = strtoull(PQgetvalue(rows, row, 4), NULL, 10),
	};
}

static bool on_progress(void *ctx, uint64_t bytes)
{
	struct reading *r = ctx;
	double share = r->all > 0 ? (double)(r->done + bytes) / (double)r->all : -1;
	job_progress(r->job, share < 1 ? share : 1);
	return !job_is_cancelled(r->job);
}

/* Of a backup that was found, only its head was read until now. */
static int write_told(struct reading *r, const struct copy *copy, const json_t *told,
		      struct ra_err *err)
{
	char *manifest = json_dumps(told, JSON_COMPACT);
	int rc = db_run(r->job->db, err, SQL_TOLD, DB_VALUES(copy->backup_id, manifest));
	free(manifest);
	return rc;
}

/* 0, RA_EDAMAGED, RA_ENOTFOUND; anything else says nothing about the copy. */
static int read_copy(struct reading *r, const struct copy *copy, struct ra_err *err)
{
	struct verified verified = { .told = NULL };
	struct store *store = places_find(&r->places, copy->place);
	if (!store)
		return ra_fail(err, RA_ECONF, "Configure it again, or delete the backup.",
			       "this place is not configured");
	int rc = verify_object(store, copy->key, r->key, on_progress, r, &verified, err);
	if (rc == 0 && *copy->sha256 && strcmp(copy->sha256, verified.sum.sha256) != 0)
		rc = ra_fail(err, RA_EDAMAGED, "Use another copy, or another backup.",
			     "damaged: it is whole, but not the file that was written");
	if (rc == 0)
		rc = write_told(r, copy, verified.told, err);
	verified_fini(&verified);
	return rc;
}

static const char *state_of(int rc)
{
	return rc == 0              ? "good"
	       : rc == RA_EDAMAGED  ? "damaged"
	       : rc == RA_ENOTFOUND ? "missing"
				    : NULL;
}

static int write_state(struct reading *r, const struct copy *copy, const char *state,
		       struct ra_err *err)
{
	char now[24];
	snprintf(now, sizeof(now), "%lld", (long long)ra_wall_ms());
	int rc = db_run(r->job->db, err, SQL_COPY_STATE,
			DB_VALUES(copy->backup_id, copy->place, state, now));
	return rc < 0 ? rc : db_run(r->job->db, err, SQL_BACKUP_STATE, DB_VALUES(copy->backup_id));
}

static int verify_copy(struct reading *r, const struct copy *copy, struct ra_err *err)
{
	struct ra_err why = { 0 };
	int rc = read_copy(r, copy, &why);
	const char *state = state_of(rc);
	if (rc == RA_ESTOPPED) {
		*err = why;
		return rc;
	}
	r->done += copy->size;
	if (rc < 0) {
		r->bad++;
		ra_warn(NULL, "copy of a backup not good", ra_f_text("backup", copy->backup_id),
			ra_f_text("place", copy->place), ra_f_text("why", why.msg));
	}
	json_array_append_new(r->copies,
			      json_pack("{s:s, s:s, s:s, s:s}", "backup", copy->backup_id, "place",
					copy->place, "state", state ? state : "unread", "why",
					rc < 0 ? why.msg : ""));
	return state ? write_state(r, copy, state, err) : 0;
}

static int verify_copies(struct reading *r, const PGresult *rows, struct ra_err *err)
{
	int rc = 0, count = PQntuples(rows);
	for (int i = 0; i < count; i++)
		r->all += copy_of(rows, i).size;
	for (int i = 0; rc == 0 && i < count; i++) {
		struct copy copy = copy_of(rows, i);
		rc = verify_copy(r, &copy, err);
	}
	if (rc == 0 && count == 0)
		return job_fail(r->job, err, "there is no such backup to read");
	if (rc == 0 && r->bad > 0)
		return job_fail(r->job, err, "%u of %d copies are not good", r->bad, count);
	return rc;
}

int verify_run(struct job *job, struct ra_err *err)
{
	struct reading r = { .job = job, .copies = json_array() };
	job_step(job, "verifying");
	int rc = key_load(&r.key, job->conf->key_file, err);
	if (rc == 0)
		rc = places_open(&r.places, job->conf, true, err);
	if (rc == 0) {
		if (!job->backup_id)
			adopt(job->db, &r.places, r.key);
		PGresult *rows = db_query(job->db, err, SQL_COPIES, DB_VALUES(job->backup_id));
		rc = rows ? verify_copies(&r, rows, err) : err->code;
		PQclear(rows);
		places_close(&r.places);
	}
	job_report(job, json_pack("{s:o}", "copies", r.copies));
	key_free(&r.key);
	return rc;
}
