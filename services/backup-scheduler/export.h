/*
 * export: files made for somebody to fetch, of one guild or of all.
 *
 *	BEGIN   a row in backup.backup, of kind guild or export; a REPEATABLE READ transaction
 *	WRITE   guild_export.h: rows as they are, to be restored       <id>.rations
 *	        export_open.h: CSV and what every column means, a ZIP   <id>.zip
 *	DONE    the file shows in the folder; the row says ready
 *
 * They lie in BACKUP_DIR alone, never in S3, and are not sealed with this
 * installation's key: they are to be opened elsewhere. Secrets are not in
 * them, and after a week they go (upkeep: expire). Killed anywhere, a row that
 * says running and a part of a file that nobody sees are left; both are swept.
 */
#pragma once
#include "services/backup-scheduler/job.h"

/* A job of kind export. Parameters: {"guild": "123"}, and {"format": "open"} for other programs; no
 * guild: all of them, in open formats only. */
int export_run(struct job *job, struct ra_err *err);

/* One under way, for those who write it. */
struct export
{
	struct job *job;
	PGconn *db;        /* in its snapshot; owned */
	const char *guild; /* digits; NULL: all; borrowed */
	const char *id;    /* of the backup; borrowed */
	int64_t made_ms;
	void *file;       /* export.c's own */
	json_t *manifest; /* owned; what it writes is made known to all */
};

/* Bytes of the file itself, to the folder; the shape archive.h and export_zip.h ask for. `export`:
 * a struct export. */
int export_out(void *export, const void *data, size_t len, struct ra_err *err);

/* Takes the rows of a COPY; `data`: a row with its newline. */
typedef int (*export_row)(void *ctx, const char *data, size_t len, struct ra_err *err);
/* Runs a COPY ... TO STDOUT and gives its rows away one by one. Their number, or what failed. */
int64_t export_copy(struct export *export, const char *sql, export_row each, void *ctx,
		    struct ra_err *err) RA_MUST_CHECK;
