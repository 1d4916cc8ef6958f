/* zone: see the header. */
#include "libshared/cron/zone.h"
#include <stdlib.h>

/* clang-format off */
#define OFFSET(t) "extract(epoch FROM (" t " AT TIME ZONE $1::text) - (" t " AT TIME ZONE 'UTC'))::bigint"

/* Day by day; a day on which it changed by quarters of an hour. */
const char zone_sql[] =
	"WITH days AS ("
	" SELECT t, " OFFSET("t") " AS seconds "
	" FROM generate_series(public.ms_to_ts($2::bigint), public.ms_to_ts($3::bigint), interval '24 hours') t"
	"), changes AS ("
	" SELECT t, lead(t) OVER w AS until, seconds AS before, lead(seconds) OVER w AS after FROM days WINDOW w AS (ORDER BY t)"
	"), spans AS ("
	" SELECT min(t) AS t, (array_agg(seconds ORDER BY t))[1] AS seconds FROM days "
	" UNION ALL "
	" SELECT first.t, after FROM changes CROSS JOIN LATERAL ("
	"  SELECT min(q) AS t FROM generate_series(date_bin('15 minutes', changes.t, 'epoch'::timestamptz), until, interval '15 minutes') q "
	"  WHERE q > changes.t AND " OFFSET("q") " = after) first "
	" WHERE before <> after"
	") SELECT public.ts_to_ms(t), seconds FROM spans ORDER BY t";
/* clang-format on */

void zone_load(struct zone *zone, const PGresult *rows)
{
	zone_fini(zone);
	zone->count = (size_t)PQntuples(rows);
	zone->spans = ra_alloc((zone->count + 1) * sizeof(*zone->spans));
	for (size_t i = 0; i < zone->count; i++)
		zone->spans[i] =
			(struct zone_span){ .from_ms = atoll(PQgetvalue(rows, (int)i, 0)),
					    .offset_s = atoll(PQgetvalue(rows, (int)i, 1)) };
}

void zone_fini(struct zone *zone)
{
	ra_free(zone->spans);
	*zone = (struct zone){ 0 };
}

const struct zone_span *zone_at(const struct zone *zone, int64_t at_ms)
{
	const struct zone_span *span = zone->count ? zone->spans : NULL;
	for (size_t i = 1; i < zone->count && zone->spans[i].from_ms <= at_ms; i++)
		span = &zone->spans[i];
	return span;
}

int64_t zone_local_ms(const struct zone *zone, int64_t at_ms)
{
	const struct zone_span *span = zone_at(zone, at_ms);
	return at_ms + (span ? span->offset_s * 1000 : 0);
}
