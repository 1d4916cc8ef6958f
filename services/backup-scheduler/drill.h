/*
 * drill: does a backup restore? It is restored into a scratch database of its
 * own, counted and summed up there as its manifest says (manifest.h), and the
 * database is dropped. What came of it stands in backup.backup; a drill that
 * fails is an alarm, and so is one that can not be made.
 */
#pragma once
#include "services/backup-scheduler/job.h"

/* A job of kind drill: of the backup it names, or of the newest good one. */
int drill_run(struct job *job, struct ra_err *err);
