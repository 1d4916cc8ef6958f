/*
 * sweep: what killed workers left lying, cleared away while no worker runs:
 * scratch databases of drills and restores, parts of files, rows that say
 * running though nobody runs; and whole backups nobody knows (adopt.h).
 */
#pragma once
#include "services/backup-scheduler/job.h"

/* RA_ELOCKED: a worker is at work. What can not be cleared now is said in the log, and no reason to
 * fail. */
int sweep(const struct conf *conf, struct ra_err *err) RA_MUST_CHECK;
