/*
 * write: a batch as SQL, one statement a table, all in the group that is open
 * on the connection; the reader's position goes with it, so that both commit
 * or neither does (design, section 4).
 */
#pragma once
#include "services/analytics/state.h"

/* Waits for the turn to write the stream's guilds, then sends every table that has rows. Returns 0
 * or RA_EDOWN; the caller syncs. */
int write_rows(struct ra_pg *pg, const char *stream, const struct state *state,
	       struct batch *batch) RA_MUST_CHECK;
/* Copies changed guilds from the state, then sends every table that has rows; `session` is the one
 * of Discord read last. Returns 0 or RA_EDOWN; the caller syncs. */
int write_batch(struct ra_pg *pg, const char *stream, const char *session, struct state *state,
		struct batch *batch) RA_MUST_CHECK;
