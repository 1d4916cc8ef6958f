/* write: a batch becomes statements of the transaction that moves the position. */
#pragma once
#include "libshared/pg/pg.h"
#include "services/response-tracker/fold.h"

/* `now`: wall clock. 0 or RA_EDOWN. */
int write_batch(struct ra_pg *pg, const struct fold *fold, int64_t now) RA_MUST_CHECK;
