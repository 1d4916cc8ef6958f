/* growth: who came and who went - members, joins, returns and leaves bucket by bucket, and how long
 * those who left had stayed. */
#include "services/api/figures.h"
#include "services/api/reads.h"
#include "services/api/sql.h"

/* How long leavers had been members, in the order of `tenures`. */
#define TENURES 7

/* clang-format off */
/*
 * $5 buckets. Rows: bucket, returns among its joins, leaves by tenure. A day
 * here has 24 hours: 1-7 days is less than eight of them.
 */
const char sql_growth_flow[] =
	"WITH " SQL_BUCKETS("$5") ", flow AS ("
	" SELECT " SQL_BUCKET_OF("at") " AS bucket, kind = 'leave' AS is_leave, is_rejoin, "
	"  CASE WHEN tenure_ms IS NULL THEN 7 ELSE width_bucket(tenure_ms, array["
	"   0, 3600000, 86400000, 691200000, 2678400000, 7862400000]) END AS tenure "
	" FROM analytics.member_flow "
	" WHERE guild_id = $1 AND NOT is_bot AND " SQL_IN_SPAN("at") " AND $4::bigint IS NOT NULL"
	") "
	"SELECT bucket, count(*) FILTER (WHERE NOT is_leave AND is_rejoin), "
	" count(*) FILTER (WHERE is_leave AND tenure <= 1), count(*) FILTER (WHERE is_leave AND tenure = 2), "
	" count(*) FILTER (WHERE is_leave AND tenure = 3), count(*) FILTER (WHERE is_leave AND tenure = 4), "
	" count(*) FILTER (WHERE is_leave AND tenure = 5), count(*) FILTER (WHERE is_leave AND tenure = 6), "
	" count(*) FILTER (WHERE is_leave AND tenure = 7) "
	"FROM flow GROUP BY 1";
/* clang-format on */

static const char *const tenures[TENURES] = { "under_1h", "under_1d", "days_7", "days_30",
					      "days_90",  "over_90d", "unknown" };

/* One span. */
struct flow {
	struct figures figures;
	int64_t *rejoins; /* of each bucket; FIGURE_UNKNOWN: not counted then */
	int64_t tenure[TENURES];
};

struct growth {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct flow now, before;
};

static void on_flow(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct flow *flow = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		size_t bucket = (size_t)ra_pg_get_i64(rows, row, 0);
		if (bucket < flow->figures.span->count && flow->rejoins[bucket] != FIGURE_UNKNOWN)
			flow->rejoins[bucket] = ra_pg_get_i64(rows, row, 1);
		for (int i = 0; i < TENURES; i++)
			flow->tenure[i] += ra_pg_get_i64(rows, row, 2 + i);
	}
}

static int ask(struct flow *flow, struct ra_pg *pg, const struct visit *visit,
	       const struct range *range, const struct span *span)
{
	int rc = figures_send(&flow->figures, pg, visit, range, span, FIGURES_FLOW);
	struct ra_pg_params p = { .arena = visit->arena };
	range_params(visit, span, &p);
	ra_pg_i64_array(&p, span->starts_ms, span->count, sizeof(*span->starts_ms));
	flow->rejoins = ra_arena_alloc(visit->arena, (span->count + 1) * sizeof(int64_t));
	for (size_t b = 0; b < span->count; b++)
		flow->rejoins[b] = flow->figures.values[FIGURE_JOINS][b] == FIGURE_UNKNOWN
					   ? FIGURE_UNKNOWN
					   : 0;
	return rc == 0 ? ra_pg_send(pg, STMT_growth_flow, &p, on_flow, flow) : rc;
}

/* --- the answer --- */

static const struct {
	const char *key;
	enum figure figure; /* FIGURES: rejoins */
	bool is_state;      /* at the end of a bucket; else what happened in it */
} series[] = {
	{ "members", FIGURE_MEMBERS, true },
	{ "joins", FIGURE_JOINS, false },
	{ "rejoins", FIGURES, false },
	{ "leaves", FIGURE_LEAVES, false },
	{ "net_growth", FIGURE_NET_GROWTH, false },
};

static const int64_t *values_of(const struct flow *flow, enum figure figure)
{
	return figure == FIGURES ? flow->rejoins : flow->figures.values[figure];
}

static json_t *values_json(const struct flow *flow, enum figure figure, size_t count)
{
	json_t *values = json_array();
	for (size_t b = 0; b < count; b++)
		json_array_append_new(values, b < flow->figures.span->count
						      ? figure_json(values_of(flow, figure)[b])
						      : json_null());
	return values;
}

static json_t *total_json(const struct flow *flow, size_t i)
{
	const int64_t *values = values_of(flow, series[i].figure);
	size_t count = flow->figures.span->count;
	int64_t sum = 0;
	if (series[i].is_state)
		return figure_json(count ? values[count - 1] : FIGURE_UNKNOWN);
	for (size_t b = 0; b < count; b++)
		sum += values[b] == FIGURE_UNKNOWN ? 0 : values[b];
	return json_integer(sum);
}

/* Joins and leaves are told live only; what is compared must have been watched from its beginning.
 */
static bool is_watched(const struct growth *g, const struct span *span, bool is_before)
{
	int64_t first_ms = figure_first_ms(g->visit, FIGURE_JOINS);
	return first_ms != 0 && (is_before ? span->from_ms >= first_ms : span->to_ms > first_ms);
}

static void add_series(const struct growth *g, json_t *answer)
{
	bool has_now = is_watched(g, &g->range->now, false);
	bool has_before = g->range->has_before && is_watched(g, &g->range->before, true);
	json_t *lines = json_array(), *figures = json_array();
	size_t count = g->range->now.count;
	for (size_t i = 0; i < RA_COUNT(series); i++) {
		json_t *previous = g->range->has_before
					   ? values_json(&g->before, series[i].figure, count)
					   : json_null();
		json_array_append_new(lines,
				      json_pack("{s:s, s:o, s:o}", "key", series[i].key, "values",
						values_json(&g->now, series[i].figure, count),
						"previous", previous));
		json_array_append_new(
			figures,
			json_pack("{s:s, s:o, s:o}", "key", series[i].key, "value",
				  has_now ? total_json(&g->now, i) : json_null(), "previous",
				  has_before ? total_json(&g->before, i) : json_null()));
	}
	json_object_set_new(answer, "series", lines);
	json_object_set_new(answer, "figures", figures);
	json_t *tenure = json_array();
	for (size_t i = 0; i < TENURES; i++)
		json_array_append_new(
			tenure,
			json_pack("{s:s, s:I, s:o}", "key", tenures[i], "leaves",
				  (json_int_t)g->now.tenure[i], "previous",
				  has_before ? json_integer(g->before.tenure[i]) : json_null()));
	json_object_set_new(answer, "tenure", tenure);
}

static void on_figures(void *ctx, int status, const struct ra_err *err)
{
	struct growth *g = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(g->visit->api, g->visit->req, status);
		return;
	}
	json_t *answer = range_buckets_json(g->range);
	json_object_set_new(answer, "metric", json_string("growth"));
	add_series(g, answer);
	ra_http_reply_json(g->visit->req, 200, answer);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct growth *g = ra_arena_new(visit->arena, struct growth);
	struct ra_pg *pg = reads_pick(visit);
	g->visit = visit;
	g->range = range;
	int rc = pg ? ask(&g->now, pg, visit, range, &range->now) : RA_EDOWN;
	if (rc == 0 && range->has_before)
		rc = ask(&g->before, pg, visit, range, &range->before);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_figures, g);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

void growth_get(struct visit *visit)
{
	range_resolve(visit, &(struct range_wish){ .bucket = ra_http_query(visit->req, "bucket") },
		      on_range);
}
