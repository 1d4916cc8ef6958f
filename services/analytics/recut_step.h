/* recut_step: what one transaction of recut.h does. */
#pragma once
#include "libshared/pg/pg.h"

enum {
	RECUT_PICK,
	RECUT_TURN,
	RECUT_BEGIN,
	RECUT_CLEAR,
	RECUT_NEXT,
	RECUT_ACTS,
	RECUT_GUILD_HOURS,
	RECUT_FLOWS,
	RECUT_DONE,
	RECUT_COUNT
};

extern const struct ra_pg_stmt recut_stmts[RECUT_COUNT];

enum recut_job { RECUT_JOB_BEGIN, RECUT_JOB_CLEAR, RECUT_JOB_ADD };

/* A guild that needs a step. */
struct recut_work {
	int64_t guild;
	enum recut_job job;
	int rule; /* who is active: guild.active_rule */
	char zone[64], stream[64];
};

/* The first row of RECUT_PICK ($1 shards, $2 of how many, $3 the guild that had the last step, $4
 * for how long a guild just begun is left alone). */
void recut_step_read(const PGresult *rows, struct recut_work *work);
/* Adds the step to the open group; about so many rows of the hours. 0 or RA_EDOWN. */
int recut_step_send(struct ra_pg *pg, const struct recut_work *work, int rows,
		    struct ra_arena *arena) RA_MUST_CHECK;
