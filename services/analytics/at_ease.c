#include "services/analytics/at_ease.h"

enum { SHARDS_MAX = 1024 }; /* looked after at once; the others come when these rest */

bool at_ease_add(struct ra_pg_params *p, const struct ra_streams *streams)
{
	int64_t ids[SHARDS_MAX], counts[SHARDS_MAX];
	size_t shards = ra_streams_at_ease(streams, ids, counts, SHARDS_MAX);
	ra_pg_i64_array(p, ids, shards, sizeof(*ids));
	ra_pg_i64_array(p, counts, shards, sizeof(*counts));
	return shards > 0;
}
