/* coverage: when the guild was not watched, and why (metrics.md, coverage). */
#include "services/api/range.h"
#include "services/api/sql.h"

#define GAPS_MAX "1000" /* the newest */

/* clang-format off */
/* $1 guild, $2 from (not before its first event), $3 to. One row, JSON. */
const char sql_coverage[] =
	"SELECT coalesce(json_agg(json_build_object("
	" 'from', " SQL_ISO("started_at") ", 'to', " SQL_ISO("ended_at") ", 'cause', cause, "
	" 'is_healed', is_healed, 'lost_entries', lost_entries) ORDER BY started_at, ended_at), '[]') "
	"FROM (SELECT * FROM analytics.gaps_of($1, public.ms_to_ts($2), public.ms_to_ts($3)) "
	" ORDER BY started_at DESC LIMIT " GAPS_MAX ") g";
/* clang-format on */

struct coverage {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
};

static void on_gaps(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct coverage *coverage = ctx;
	struct visit *visit = coverage->visit;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:o}", "range", range_json(&coverage->range->now),
				     "gaps", json_column(rows, 0, 0)));
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct coverage *coverage = ra_arena_new(visit->arena, struct coverage);
	struct ra_pg_params p = { .arena = visit->arena };
	int64_t first_ms = visit->access->guild.first_event_ms;
	int64_t from_ms = range->now.from_ms > first_ms ? range->now.from_ms : first_ms;
	bool is_seen = first_ms != 0 && from_ms < range->now.to_ms;
	coverage->visit = visit;
	coverage->range = range;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, is_seen ? from_ms : range->now.to_ms);
	ra_pg_i64(&p, range->now.to_ms);
	if (db_ask(visit->api->db, STMT_coverage, &p, on_gaps, coverage) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void coverage_get(struct visit *visit)
{
	range_resolve(visit, &(struct range_wish){ .is_sparkline = true, .is_alone = true },
		      on_range);
}
