/* write_facts: the facts of a batch, and what follows from its joins and leaves, as SQL. */
#pragma once
#include "services/analytics/batch.h"

/* After the rest of the batch, in the same transaction. 0 or RA_EDOWN. */
int write_facts(struct ra_pg *pg, struct batch *batch) RA_MUST_CHECK;
