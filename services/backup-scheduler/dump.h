/*
 * dump: one backup, from the snapshot to the row that says ready.
 *
 *	SNAPSHOT  of a REPEATABLE READ transaction, exported
 *	ROOM      is there any, and some to spare?
 *	DUMP      pg_dump -Fc of that snapshot, through a pipe into the file, in one pass to
 *	          every place there is (places.h)
 *	COUNT     beside it, in the same snapshot (beside.h, manifest.h); it is the file's tail
 *	DONE      the places show it; the rows say so
 *
 * Killed anywhere, it leaves a row that says running and parts of a file that
 * no place shows: sweep.h knows both.
 */
#pragma once
#include "services/backup-scheduler/job.h"

#define BACKUP_ID_CHARS 25

struct backup_wish {
	const char *kind; /* scheduled, manual, before_restore */
	const char *name, *description;
};

/* Makes one; `id` says which. When it fails, the row says why, and an alarm was raised. */
int backup_make(struct job *job, const struct backup_wish *wish, char id[BACKUP_ID_CHARS + 1],
		struct ra_err *err) RA_MUST_CHECK;
/* A job of kind backup: that; then the ladder (ladder.h), and a drill where one belongs to it. */
int backup_run(struct job *job, struct ra_err *err);
