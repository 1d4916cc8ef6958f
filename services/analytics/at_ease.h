/* at_ease: whose work may be done beside folding: that of the shards we fold and are up to date
 * with.
 */
#pragma once
#include "libshared/pg/pg.h"
#include "libshared/stream/streams.h"

/* Appends their ids and their counts, as two arrays; false when there are none now. */
bool at_ease_add(struct ra_pg_params *p, const struct ra_streams *streams);
