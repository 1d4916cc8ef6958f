/* backup_file: see the header. */
#include "services/backup-scheduler/backup_file.h"
#include "libshared/base/log.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 65536 };

int backup_file_open(struct backup_file *file, struct job *job, bool is_patient, struct ra_err *err)
{
	*file = (struct backup_file){ .job = job, .fd = -1 };
	int rc = key_load(&file->key, job->conf->key_file, err);
	return rc == 0 ? places_open(&file->places, job->conf, is_patient, err) : rc;
}

const char *backup_file_text(const struct backup_file *file, const char *name)
{
	const char *text = json_string_value(json_object_get(file->told, name));
	return text ? text : "";
}

struct archive_reader *backup_file_read(struct backup_file *file, struct ra_err *err)
{
	lseek(file->fd, 0, SEEK_SET);
	return archive_open(archive_in_fd, &file->fd, file->key, err);
}

/* --- is it whole? ----------------------------------------------------------------------- */

static int verify(struct backup_file *file, struct ra_err *err)
{
	char piece[PIECE];
	struct stat st;
	ssize_t n = 1;
	job_step(file->job, "verifying");
	struct archive_reader *reader = backup_file_read(file, err);
	if (!reader)
		return err->code;
	file->size = fstat(file->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	while (n > 0) {
		n = archive_read(reader, piece, sizeof(piece), err);
		job_progress(file->job,
			     (double)archive_position(reader) / (double)(file->size + 1));
		if (n > 0 && job_is_cancelled(file->job))
			n = ra_fail(err, RA_ESTOPPED, "", "cancelled");
	}
	if (n == 0) {
		archive_reader_sum(reader, &file->sum);
		file->told = archive_told(reader);
	}
	archive_reader_free(&reader);
	return (int)n;
}

static void let_go(struct backup_file *file)
{
	json_decref(file->told);
	file->told = NULL;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

/* Reads all of a copy, and holds it against what is known of it beside the file; `sha256` is ""
 * where that is nothing. */
static int take_copy(struct backup_file *file, struct store *store, const char *key,
		     const char *sha256, struct ra_err *err)
{
	int rc = store_fetch(store, key, file->job->conf->backup_dir, &file->fd, err);
	if (rc == 0)
		rc = verify(file, err);
	if (rc == 0) {
		char *named = store_key_of(backup_file_text(file, "backup_id"));
		if (strcmp(named, key) != 0 || (*sha256 && strcmp(file->sum.sha256, sha256) != 0))
			rc = ra_fail(err, RA_EDAMAGED, "Restore another backup.",
				     "it is whole, but not the file that was written");
		ra_free(named);
	}
	if (rc == 0)
		return 0;
	if (rc != RA_ESTOPPED)
		ra_warn(NULL, "copy of a backup not good", ra_f_text("key", key),
			ra_f_text("place", store_place(store)), ra_f_text("why", err->msg));
	let_go(file);
	return rc;
}

/* --- which ------------------------------------------------------------------------------- */

int backup_file_of_job(struct backup_file *file, struct ra_err *err)
{
	struct job *job = file->job;
	PGresult *rows = db_query(
		job->db, err,
		"SELECT place, key, coalesce(sha256, '') FROM backup.copy JOIN backup.backup USING "
		"(backup_id) WHERE backup_id = $1 AND backup.state = 'ready' "
		"ORDER BY copy.state = 'good' DESC, place",
		DB_VALUES(job->backup_id ? job->backup_id : ""));
	int rc = rows ? ra_fail(err, RA_ENOTFOUND, "", "there is no such backup") : err->code;
	for (int i = 0; rows && rc < 0 && rc != RA_ESTOPPED && i < PQntuples(rows); i++) {
		struct store *store = places_find(&file->places, PQgetvalue(rows, i, 0));
		rc = store ? take_copy(file, store, PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2),
				       err)
			   : ra_fail(err, RA_ECONF, "Configure that place again.",
				     "its place (%s) is not configured", PQgetvalue(rows, i, 0));
	}
	PQclear(rows);
	return rc;
}

int backup_file_find(struct backup_file *file, const char *what, struct ra_err *err)
{
	file->fd = open(what, O_RDONLY | O_CLOEXEC);
	if (file->fd >= 0)
		return verify(file, err);
	int rc = ra_fail(err, RA_ENOTFOUND, "backup-scheduler --list tells what there is.",
			 "no such file, and no such backup: %s", what);
	char *key = store_key_of(what);
	for (size_t i = 0; rc < 0 && i < file->places.count; i++) {
		struct ra_err why = { 0 };
		int one = take_copy(file, file->places.list[i], key, "", &why);
		if (one == RA_ENOTFOUND || one == RA_EINVAL)
			continue; /* another place may have it */
		rc = one;
		*err = why;
	}
	ra_free(key);
	return rc;
}

void backup_file_close(struct backup_file *file)
{
	let_go(file);
	places_close(&file->places);
	key_free(&file->key);
}
