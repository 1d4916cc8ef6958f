/*
 * remove: backups go: from every place first, then their row says deleted.
 * Killed in between, the row still says where they were, and it is done again.
 */
#pragma once
#include "services/backup-scheduler/job.h"
#include "services/backup-scheduler/places.h"

int backup_remove(PGconn *db, struct places *places, const char *backup_id,
		  struct ra_err *err) RA_MUST_CHECK;
/* What is no news after three months: rows of backups that are gone or never were, and of jobs but
 * imports, which tell where data came from. */
int remove_traces(PGconn *db, struct ra_err *err) RA_MUST_CHECK;
/* A job of kind delete. */
int remove_run(struct job *job, struct ra_err *err);
