/* load: the state of one stream, and what is known of requests, as the database has them. */
#pragma once
#include "libshared/pg/pg.h"
#include "services/response-tracker/fold.h"

/* Sends the queries that fill the fold's state, fresh from state_clear; it is whole when their
 * group succeeds. `now`: wall clock. Returns 0 or RA_EDOWN. */
int load_state(struct ra_pg *pg, const char *stream, uint32_t shard_id, uint32_t shard_count,
	       int64_t now, struct state *state) RA_MUST_CHECK;
/* Asks for all that fold_wants() noted and nobody has asked for. 1 when it did, 0 when there is
 * nothing to ask, or RA_EDOWN. */
int load_requests(struct ra_pg *pg, struct fold *fold) RA_MUST_CHECK;
