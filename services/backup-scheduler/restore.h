/*
 * restore: a backup takes the place of the database, or leaves it untouched.
 *
 *	VERIFY   the whole file, every byte, before anything else (backup_file.h)
 *	CHECK    is it for this release? is there something in its place, and may that go aside?
 *	RESTORE  into a scratch database beside, by pg_restore, from what is verified once more
 *	         (scratch.h)
 *	COMPARE  rows and samples with the manifest; the planner's statistics are made meanwhile
 *	MIGRATE  to the schema of this release
 *	SWAP     what does not go back in time is carried over (carry.h), then the names (swap.h)
 *
 * Up to the last moment the database serves as before; killed anywhere, it is
 * either still that one or the restored one, whole. Positions in the streams
 * are those of the backup: readers read on from there and count what followed
 * once (libshared/stream/reader.h; docs/why/restore.md).
 */
#pragma once
#include "services/backup-scheduler/job.h"

/* A job of kind restore. Parameters: {"force": true}: a database with guilds in it is put aside;
 * {"drop": name}: nothing is restored, one that was put aside is dropped. */
int restore_run(struct job *job, struct ra_err *err);

/* `--restore FILE|KEY [--force]`: from a file, or from a place of backups. */
int restore_tool(const void *conf, int argc, char **argv);
