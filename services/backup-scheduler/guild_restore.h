/*
 * guild_restore: a file of one guild (guild_export.h) takes the place of that
 * guild's rows, all of them or none.
 *
 *	CHECK   a file of one guild, of this schema or an older one whose columns still match
 *	STAGE   every row into temporary tables; the whole file is verified by the end of it
 *	SWAP    backup.guild_swap(): one transaction, for which those who count wait
 *
 * Nothing is touched before SWAP, so that whatever is wrong with the file, and
 * a kill at any moment, leaves the guild as it was. A guild that has rows here
 * is refused unless forced. How counting goes on: docs/why/one-guild.md.
 */
#pragma once
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/job.h"

/* A job of kind guild: its backup is a file of one guild. Parameters: {"guild": "123"}: only that
 * one;
 * {"force": true}: rows it has are replaced. */
int guild_restore_run(struct job *job, struct ra_err *err);

struct guild_restore_wish {
	const char *guild; /* digits; NULL: whichever is in it */
	bool is_forced;
};

/* The same from an open file. `db`: of the owner, and its alone; what is staged goes with it. `job`
 * may be NULL. *report: {"guild", "made_at", "rows", "tables": {name: rows}}; yours. */
int guild_restore(struct job *job, PGconn *db, struct archive_reader *file,
		  const struct guild_restore_wish *wish, json_t **report,
		  struct ra_err *err) RA_MUST_CHECK;
