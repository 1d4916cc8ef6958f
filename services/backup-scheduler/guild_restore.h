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
#include "services/backup-scheduler/job.h"

/* A job of kind guild: its backup is a file of one guild. Parameters: {"guild": "123"}: only that
 * one; {"force": true}: rows it has are replaced. Its report: {"guild", "made_at", "rows",
 * "tables": {name: rows}}. */
int guild_restore_run(struct job *job, struct ra_err *err);
