/* export: see the header. */
#include "services/backup-scheduler/export.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/export_open.h"
#include "services/backup-scheduler/guild_export.h"
#include "services/backup-scheduler/store.h"
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ID_CHARS 25

struct file {
	struct store *store;   /* owned */
	struct store_put *put; /* owned */
	crypto_hash_sha256_state hash;
	uint64_t size;
};

static const char *i64_text(char out[24], int64_t value)
{
	snprintf(out, 24, "%lld", (long long)value);
	return out;
}

/* --- what the writers use ------------------------------------------------------------- */

int export_out(void *ctx, const void *data, size_t len, struct ra_err *err)
{
	struct file *file = ((struct export *)ctx)->file;
	crypto_hash_sha256_update(&file->hash, data, len);
	file->size += len;
	return store_put_write(file->put, data, len, err);
}

static int fail_copy(struct export *x, struct ra_err *err)
{
	const char *said = PQerrorMessage(x->db);
	return ra_fail(err, RA_EDB, "", "%.*s", (int)strcspn(said, "\n"), said);
}

int64_t export_copy(struct export *x, const char *sql, export_row each, void *ctx,
		    struct ra_err *err)
{
	char *row;
	int64_t rows = 0;
	int len, rc = 0;
	PGresult *begun = PQexec(x->db, sql);
	bool has_begun = PQresultStatus(begun) == PGRES_COPY_OUT;
	PQclear(begun);
	if (!has_begun)
		return fail_copy(x, err);
	while (rc == 0 && (len = PQgetCopyData(x->db, &row, 0)) > 0) {
		rc = each(ctx, row, (size_t)len, err);
		PQfreemem(row);
		if (rc == 0 && ++rows % 4096 == 0 && job_is_cancelled(x->job))
			rc = ra_fail(err, RA_ESTOPPED, "", "cancelled");
	}
	if (rc < 0)
		return rc; /* the connection ends with the job */
	PGresult *ended = PQgetResult(x->db);
	bool is_good = len == -1 && PQresultStatus(ended) == PGRES_COMMAND_OK;
	PQclear(ended);
	PQclear(PQgetResult(x->db));
	return is_good ? rows : fail_copy(x, err);
}

/* --- begin ------------------------------------------------------------------------------ */

static void make_id(char id[ID_CHARS + 1], int64_t at_ms)
{
	time_t seconds = at_ms / 1000;
	struct tm utc;
	gmtime_r(&seconds, &utc);
	size_t len = strftime(id, ID_CHARS + 1, "%Y%m%dT%H%M%SZ", &utc);
	snprintf(id + len, ID_CHARS + 1 - len, "-%08x", (unsigned)randombytes_random());
}

/* The one a killed worker had begun is not to be had. */
static int give_up_earlier(struct job *job, struct ra_err *err)
{
	return job->backup_id ? db_run(job->db, err,
				       "UPDATE backup.backup SET state = 'failed', why = "
				       "'interrupted', finished_at = now() "
				       "WHERE backup_id = $1 AND state = 'running'",
				       DB_VALUES(job->backup_id))
			      : 0;
}

static int open_snapshot(struct export *x, struct ra_err *err)
{
	x->db = db_connect(x->job->conf->database_url, NULL, err);
	if (!x->db)
		return err->code;
	int rc = db_run(x->db, err, "SET TIME ZONE 'UTC'", 0, NULL);
	return rc < 0 ? rc
		      : db_run(x->db, err, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0,
			       NULL);
}

static int begin(struct export *x, bool is_open, struct ra_err *err)
{
	struct file *file = x->file;
	char at[24], key[STORE_KEY_MAX];
	const char *dir = x->job->conf->backup_dir;
	if (!*dir)
		return job_fail(x->job, err, "there is no BACKUP_DIR to write it to");
	snprintf(key, sizeof(key), "%s%s", x->id, is_open ? ".zip" : STORE_SUFFIX);
	int rc = db_run(
		x->job->db, err,
		"INSERT INTO backup.backup (backup_id, kind, guild_id, started_at) "
		"VALUES ($1, $2, $3::bigint, public.ms_to_ts($4::bigint))",
		DB_VALUES(x->id, is_open ? "export" : "guild", x->guild, i64_text(at, x->made_ms)));
	if (rc == 0)
		rc = job_set_backup(x->job, x->id, err);
	if (rc == 0)
		rc = open_snapshot(x, err);
	if (rc < 0)
		return rc;
	crypto_hash_sha256_init(&file->hash);
	file->store = store_folder_open(dir, err);
	if (file->store)
		file->put = store_put_begin(file->store, key, 0, err);
	return file->put ? 0 : err->code;
}

/* --- end --------------------------------------------------------------------------------- */

/* The file first: a row that says ready tells the truth. */
static int commit(struct export *x, bool is_open, struct ra_err *err)
{
	struct file *file = x->file;
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(digest) + 1], size[24], key[STORE_KEY_MAX];
	snprintf(key, sizeof(key), "%s%s", x->id, is_open ? ".zip" : STORE_SUFFIX);
	crypto_hash_sha256_final(&file->hash, digest);
	sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
	job_step(x->job, "storing");
	int rc = store_put_commit(&file->put, err);
	if (rc < 0)
		return rc;
	char *manifest = json_dumps(x->manifest, JSON_COMPACT);
	rc = db_run(x->job->db, err,
		    "WITH kept AS (INSERT INTO backup.copy (backup_id, place, key, stored_at) "
		    " VALUES ($1, 'folder', $2, now())) "
		    "UPDATE backup.backup SET state = 'ready', finished_at = now(), size_bytes = "
		    "$3::bigint, sha256 = $4, manifest = $5::jsonb WHERE backup_id = $1",
		    DB_VALUES(x->id, key, i64_text(size, (int64_t)file->size), hex, manifest));
	free(manifest);
	if (rc == 0)
		job_report(x->job, json_pack("{s:s, s:I, s:O}", "backup", x->id, "bytes",
					     (json_int_t)file->size, "rows",
					     json_object_get(x->manifest, "rows")));
	return rc;
}

static void fail(struct export *x, const struct ra_err *cause)
{
	struct ra_err err;
	if (db_run(x->job->db, &err,
		   "UPDATE backup.backup SET state = 'failed', why = $2, finished_at = now() "
		   "WHERE backup_id = $1",
		   DB_VALUES(x->id, cause->msg)) < 0)
		ra_error(NULL, "cannot write that an export failed", ra_f_text("why", err.msg));
}

/* A guild as people name it: digits, and nothing that SQL could read otherwise. */
static int read_guild(struct export *x, struct ra_err *err)
{
	size_t len = 0;
	x->guild = json_string_value(json_object_get(x->job->parameters, "guild"));
	while (x->guild && isdigit((unsigned char)x->guild[len]))
		len++;
	if (x->guild && (len == 0 || len > 19 || x->guild[len]))
		return job_fail(x->job, err, "no such guild");
	return 0;
}

int export_run(struct job *job, struct ra_err *err)
{
	struct file file = { 0 };
	char id[ID_CHARS + 1];
	const char *format = json_string_value(json_object_get(job->parameters, "format"));
	struct export x = { .job = job, .id = id, .file = &file, .made_ms = ra_wall_ms() };
	int rc = read_guild(&x, err);
	bool is_open = !x.guild || (format && strcmp(format, "open") == 0);
	if (rc == 0)
		rc = give_up_earlier(job, err);
	if (rc < 0)
		return rc;
	make_id(id, x.made_ms);
	rc = begin(&x, is_open, err);
	if (rc == 0)
		rc = is_open ? export_open_write(&x, err) : guild_export_write(&x, err);
	if (rc == 0)
		rc = commit(&x, is_open, err);
	if (rc < 0)
		fail(&x, err);
	store_put_abort(&file.put);
	if (file.store)
		store_close(&file.store);
	PQfinish(x.db);
	json_decref(x.manifest);
	return rc;
}
