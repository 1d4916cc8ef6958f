/* load: the state of one stream as the database has it. */
#pragma once
#include "services/analytics/fold.h"

/* Sends the queries that fill *state (fresh from state_init); the caller syncs, and the state is
 * whole when that succeeds. Returns 0 or RA_EDOWN. */
int load_state(struct ra_pg *pg, const char *stream, struct state *state) RA_MUST_CHECK;
/* Asks for every known_row not loaded yet; the caller syncs. */
int load_known(struct ra_pg *pg, struct fold *fold) RA_MUST_CHECK;
