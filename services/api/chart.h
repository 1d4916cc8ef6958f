/* chart: a series of the API as a picture for Discord. */
#pragma once
#include "services/api/access.h"
#include "services/api/period.h"
#include "services/api/picture.h"

/* A period by name on the guild's calendar; RA_EINVAL when it is none, or has not begun. */
int chart_days(const struct access_guild *guild, const char *period, struct days *out);

/* `key`'s values of an answer of /timeseries (proto/api.yaml), everything in the arena; NULL when
 * there is nothing to show. `first`: the first day of the period, local. The caller sets the
 * legend.
 */
struct picture *chart_read(const struct lang *lang, struct ra_arena *arena,
			   const json_t *timeseries, const char *key, int first);
