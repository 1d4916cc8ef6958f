/*
 * backup_file: the file of a backup, open and known to be whole: of its
 * copies the first that can be had and is as it was written, or a file that
 * somebody names. Whoever restores reads nothing else.
 *
 *	backup_file_open(&file, job, is_patient, &err)
 *	backup_file_of_job(&file, &err)   or  backup_file_find(&file, "name", &err)
 *	reader = backup_file_read(&file, &err)
 *	backup_file_close(&file)
 */
#pragma once
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/job.h"
#include "services/backup-scheduler/places.h"

struct backup_file {
	struct job *job; /* borrowed; hears of the progress and may cancel */
	struct places places;
	struct key *key; /* owned; NULL: there is none */
	int fd;          /* owned; -1: none yet */
	uint64_t size;
	json_t *told; /* all it says of itself, archive_told(); owned */
	struct archive_sum sum;
};

/* The key and the places of job's configuration (places_open() says what is_patient is). Close it
 * in any case. */
int backup_file_open(struct backup_file *file, struct job *job, bool is_patient,
		     struct ra_err *err) RA_MUST_CHECK;
/* Of the backup that the job names. RA_ENOTFOUND: there is none that is ready. */
int backup_file_of_job(struct backup_file *file, struct ra_err *err) RA_MUST_CHECK;
/* A path, or the name of a backup in one of the places. */
int backup_file_find(struct backup_file *file, const char *what, struct ra_err *err) RA_MUST_CHECK;
/* From its first byte on. NULL and *err. One at a time; archive_reader_free() it. */
struct archive_reader *backup_file_read(struct backup_file *file, struct ra_err *err);
/* A text of what it says of itself; "" where it says none. */
const char *backup_file_text(const struct backup_file *file, const char *name);
void backup_file_close(struct backup_file *file);
