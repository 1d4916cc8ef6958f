/* guild_restore_internal: what the steps of guild_restore.h hand on. */
#pragma once
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/guild_restore.h"

struct guild_restore {
	struct job *job;             /* borrowed */
	PGconn *db;                  /* owned; of the owner. What is staged goes with it */
	struct archive_reader *file; /* owned */
	uint64_t file_bytes;
	/* as CHECK finds them */
	const char *guild;    /* borrowed from the manifest */
	const json_t *tables; /* likewise */
	int64_t made_ms;
	PGresult *ours; /* owned; name, columns, types of what the guild has here */
};

/* RA_EDAMAGED, with *err filled. */
int guild_restore_damaged(struct ra_err *err, const char *what);

/* The steps; 0, or what failed with *err filled. `wanted`: the guild it has to be of, or NULL. */
int guild_restore_check(struct guild_restore *g, const char *wanted,
			struct ra_err *err) RA_MUST_CHECK;
int guild_restore_stage(struct guild_restore *g, struct ra_err *err) RA_MUST_CHECK;
