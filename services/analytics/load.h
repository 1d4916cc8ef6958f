/* load: the state of one stream as the database has it; the reader loads how far it was read. */
#pragma once
#include "services/analytics/fold.h"

/* Sends the queries that fill *state (fresh from state_init); the caller syncs, and the state is
 * whole when that succeeds. Returns 0 or RA_EDOWN. */
int load_state(struct ra_pg *pg, struct state *state) RA_MUST_CHECK;
/* Asks for every known_row not loaded yet; the caller syncs. */
int load_known(struct ra_pg *pg, struct fold *fold) RA_MUST_CHECK;
