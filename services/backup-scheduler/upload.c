/*
 * upload: a file somebody sent becomes a backup, if it is one: read and
 * verified whole, then copied to every place under the name its manifest
 * says. What is no backup, or one we can not open, is removed.
 */
#include "libshared/base/clock.h"
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/places.h"
#include "services/backup-scheduler/transfer.h"
#include "services/backup-scheduler/transfer_file.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 256 * 1024 };

struct upload {
	struct job *job; /* borrowed */
	int fd;
	off_t bytes;
	char *path;       /* owned */
	struct key *key;  /* owned; NULL: none */
	json_t *manifest; /* owned */
	struct archive_sum sum;
	bool is_encrypted;
	char id[32], name[64];
};

static const char *said(const struct upload *u, const char *name)
{
	const char *text = json_string_value(json_object_get(u->manifest, name));
	return text ? text : "";
}

/* --- is it one? -------------------------------------------------------------------------- */

static int verify(struct upload *u, struct ra_err *err)
{
	char piece[65536];
	ssize_t n = 1;
	job_step(u->job, "verifying");
	struct archive_reader *reader = archive_open(archive_in_fd, &u->fd, u->key, err);
	if (!reader)
		return err->code;
	while (n > 0) {
		n = archive_read(reader, piece, sizeof(piece), err);
		job_progress(u->job, (double)archive_position(reader) / (double)(u->bytes + 1));
		if (n > 0 && job_is_cancelled(u->job))
			n = ra_fail(err, RA_ESTOPPED, "", "cancelled");
	}
	if (n == 0) {
		archive_reader_sum(reader, &u->sum);
		u->is_encrypted = archive_reader_head(reader)->is_encrypted;
		u->manifest = archive_told(reader);
	}
	archive_reader_free(&reader);
	return (int)n;
}

/* A row of its own; one that was deleted comes back. */
static int claim(struct upload *u, struct ra_err *err)
{
	int64_t made_ms = 0;
	char made[24], size[24];
	const char *guild = said(u, "guild_id");
	uint64_t number = 0;
	char *manifest = json_dumps(u->manifest, JSON_COMPACT);
	snprintf(u->id, sizeof(u->id), "%s", said(u, "backup_id"));
	snprintf(u->name, sizeof(u->name), "%s" STORE_SUFFIX, u->id);
	if (ra_iso8601_parse(ra_str_of(said(u, "made_at")), &made_ms) < 0 || !*u->id ||
	    (*guild && (ra_str_to_u64(ra_str_of(guild), &number) < 0 || number > INT64_MAX))) {
		free(manifest);
		return ra_fail(err, RA_EDAMAGED, "", "it does not say what it is a backup of");
	}
	snprintf(made, sizeof(made), "%lld", (long long)made_ms);
	snprintf(size, sizeof(size), "%llu", (unsigned long long)u->sum.size);
	PGresult *rows = db_query(
		u->job->db, err,
		"INSERT INTO backup.backup AS b (backup_id, kind, guild_id, name, description, "
		"state, "
		" started_at, size_bytes, sha256, is_encrypted, manifest) "
		"VALUES ($1, CASE WHEN $2 = 'guild' THEN 'guild' ELSE 'upload' END, nullif($3, "
		"'')::bigint, "
		" left($4, 80), left($5, 500), 'running', public.ms_to_ts($6::bigint), $7::bigint, "
		"$8, "
		" $9::boolean, $10::jsonb) "
		"ON CONFLICT (backup_id) DO UPDATE SET kind = EXCLUDED.kind, state = 'running', "
		" size_bytes = EXCLUDED.size_bytes, sha256 = EXCLUDED.sha256, manifest = "
		"EXCLUDED.manifest, "
		" is_encrypted = EXCLUDED.is_encrypted, why = '', drilled_at = NULL, drill_state = "
		"NULL "
		"WHERE b.state IN ('deleted', 'failed', 'damaged') OR (b.state = 'running' AND "
		"b.kind = 'upload') "
		"RETURNING 1",
		DB_VALUES(u->id, said(u, "payload"), guild, said(u, "name"), said(u, "description"),
			  made, size, u->sum.sha256, u->is_encrypted ? "t" : "f", manifest));
	int rc = rows ? 0 : err->code;
	if (rows && PQntuples(rows) == 0)
		rc = ra_fail(err, RA_EDENIED, "It is in the list.", "this backup is here already");
	PQclear(rows);
	free(manifest);
	return rc == 0 ? job_set_backup(u->job, u->id, err) : rc;
}

/* --- to its places -------------------------------------------------------------------------- */

static int copy_bytes(struct upload *u, struct store_put *put, struct ra_err *err)
{
	char *piece = ra_alloc(PIECE);
	ssize_t n;
	int rc = 0;
	int64_t done = 0;
	lseek(u->fd, 0, SEEK_SET);
	while (rc == 0 && (n = archive_in_fd(&u->fd, piece, PIECE, err)) != 0) {
		rc = n < 0 ? (int)n : store_put_write(put, piece, (size_t)n, err);
		done += n > 0 ? n : 0;
		job_progress(u->job, (double)done / (double)(u->bytes + 1));
	}
	ra_free(piece);
	return rc;
}

static int store_at(struct upload *u, struct store *store, struct ra_err *err)
{
	char now[24];
	struct store_put *put = store_put_begin(store, u->name, u->sum.size, err);
	if (!put)
		return err->code;
	int rc = copy_bytes(u, put, err);
	if (rc < 0) {
		store_put_abort(&put);
		return rc;
	}
	rc = store_put_commit(&put, err);
	snprintf(now, sizeof(now), "%lld", (long long)ra_wall_ms());
	return rc < 0 ? rc
		      : db_run(u->job->db, err,
			       "INSERT INTO backup.copy (backup_id, place, key, stored_at, "
			       "read_at) "
			       "VALUES ($1, $2, $3, public.ms_to_ts($4::bigint), "
			       "public.ms_to_ts($4::bigint)) "
			       "ON CONFLICT (backup_id, place) DO UPDATE SET key = EXCLUDED.key, "
			       "state = 'good', stored_at = EXCLUDED.stored_at, read_at = "
			       "EXCLUDED.read_at",
			       DB_VALUES(u->id, store_place(store), u->name, now));
}

static int store_everywhere(struct upload *u, struct ra_err *err)
{
	struct places places;
	char now[24];
	job_step(u->job, "storing");
	int rc = places_open(&places, u->job->conf, true, err);
	for (size_t i = 0; rc == 0 && i < places.count; i++)
		rc = store_at(u, places.list[i], err);
	places_close(&places);
	snprintf(now, sizeof(now), "%lld", (long long)ra_wall_ms());
	struct ra_err write_err;
	int written = db_run(
		u->job->db, rc == 0 ? err : &write_err,
		"UPDATE backup.backup SET state = $2, why = $3, finished_at = "
		"public.ms_to_ts($4::bigint) WHERE backup_id = $1",
		DB_VALUES(u->id, rc == 0 ? "ready" : "failed", rc == 0 ? "" : err->msg, now));
	return rc == 0 ? written : rc;
}

/* --- all of it ---------------------------------------------------------------------------------
 */

static bool is_name(const char *text)
{
	return text && strlen(text) == RA_TRANSFER_UPLOAD_CHARS &&
	       strspn(text, "0123456789abcdef") == RA_TRANSFER_UPLOAD_CHARS;
}

static int take(struct upload *u, struct ra_err *err)
{
	struct stat st;
	u->fd = open(u->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (u->fd < 0 || fstat(u->fd, &st) < 0)
		return ra_fail(err, RA_ENOTFOUND, "Upload it again.", "the file is gone");
	u->bytes = st.st_size;
	int rc = key_load(&u->key, u->job->conf->key_file, err);
	if (rc == 0)
		rc = verify(u, err);
	if (rc == 0)
		rc = claim(u, err);
	return rc == 0 ? store_everywhere(u, err) : rc;
}

int upload_run(struct job *job, struct ra_err *err)
{
	struct upload u = { .job = job, .fd = -1 };
	const char *upload = json_string_value(json_object_get(job->parameters, "upload"));
	if (!is_name(upload))
		return job_fail(job, err, "that is no upload");
	u.path = transfer_path(job->conf, upload);
	int rc = take(&u, err);
	unlink(u.path); /* begun again, it is not found: what it was is known by then */
	if (u.fd >= 0)
		close(u.fd);
	key_free(&u.key);
	json_decref(u.manifest);
	ra_free(u.path);
	return rc;
}
