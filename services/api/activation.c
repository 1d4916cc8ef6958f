/*
 * activation: of those who joined in the range, how many had three messages or
 * a talk within 24 hours, and within 7 days, of their own join; and how long
 * the first message took (metrics: activation).
 *
 * A window is [join, join + 24 hours): what happens at its very end is outside.
 * While it is open nobody knows how it ends, so it is left out, whatever has
 * happened in it already.
 */
#include "services/api/figures.h"
#include "services/api/reads.h"
#include "services/api/sql.h"

enum { WINDOW_DAY, WINDOW_WEEK, WINDOWS };

/* clang-format off */
#define SQL_IS_OVER(hours) "has_firsts AND joined_at + interval '" hours " hours' <= public.ms_to_ts($4)"
#define SQL_WINDOW(hours)                                                                          \
	"count(*) FILTER (WHERE " SQL_IS_OVER(hours) "), "                                         \
	"count(*) FILTER (WHERE " SQL_IS_OVER(hours)                                               \
	" AND active_at < joined_at + interval '" hours " hours')"

/* $5 buckets. A row a bucket, and one with a null bucket for all. Whoever talks at this moment does
 * so although the segment is not written yet. */
const char sql_activation[] =
	"WITH " SQL_BUCKETS("$5") ", " SQL_RUNNING ", talking AS ("
	" SELECT user_id, min(started_at) AS at FROM judged "
	" WHERE is_engaged AND is_unmuted AND NOT is_bot GROUP BY 1"
	"), came AS ("
	" SELECT " SQL_BUCKET_OF("joined_at") " AS bucket, joined_at, has_firsts, "
	"  public.ts_to_ms(message_1_at) - public.ts_to_ms(joined_at) AS first_ms, "
	"  least(message_3_at, first_talk_at, "
	"   CASE WHEN left_at IS NULL AND t.at >= joined_at THEN t.at END) AS active_at "
	" FROM analytics.newcomer LEFT JOIN talking t USING (user_id) "
	" WHERE guild_id = $1 AND " SQL_IN_SPAN("joined_at")
	") "
	"SELECT bucket, count(*) FILTER (WHERE has_firsts), " SQL_WINDOW("24") ", " SQL_WINDOW("168") ", "
	" count(*) FILTER (WHERE has_firsts AND first_ms IS NOT NULL), "
	" percentile_cont(0.5) WITHIN GROUP (ORDER BY first_ms) FILTER (WHERE has_firsts) "
	"FROM came GROUP BY GROUPING SETS ((bucket), ())";
/* clang-format on */

struct window {
	int64_t over, activated; /* windows that are over, and those of them with success */
};

/* Those who joined in a bucket, or in all of the span. */
struct group {
	int64_t joined;
	struct window windows[WINDOWS];
	int64_t wrote;
	double median_ms; /* of those who wrote */
};

struct side {
	const struct span *span; /* borrowed */
	struct group all;
	struct group *buckets;
};

struct activation {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct side now, before;
};

static struct group read_group(const PGresult *rows, int row)
{
	struct group g = { .joined = ra_pg_get_i64(rows, row, 1),
			   .wrote = ra_pg_get_i64(rows, row, 6),
			   .median_ms = ra_pg_get_double(rows, row, 7) };
	for (int i = 0; i < WINDOWS; i++)
		g.windows[i] = (struct window){ ra_pg_get_i64(rows, row, 2 + 2 * i),
						ra_pg_get_i64(rows, row, 3 + 2 * i) };
	return g;
}

static void on_groups(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct side *side = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		size_t bucket = (size_t)ra_pg_get_i64(rows, row, 0);
		if (ra_pg_is_null(rows, row, 0))
			side->all = read_group(rows, row);
		else if (bucket < side->span->count)
			side->buckets[bucket] = read_group(rows, row);
	}
}

static int ask(struct side *side, struct ra_pg *pg, const struct visit *visit,
	       const struct span *span)
{
	struct ra_pg_params p = { .arena = visit->arena };
	side->span = span;
	side->buckets = ra_arena_alloc(visit->arena, (span->count + 1) * sizeof(struct group));
	memset(side->buckets, 0, (span->count + 1) * sizeof(struct group));
	range_params(visit, span, &p);
	ra_pg_i64_array(&p, span->starts_ms, span->count, sizeof(*span->starts_ms));
	return ra_pg_send(pg, STMT_activation, &p, on_groups, side);
}

/* --- the answer --- */

static json_t *share_json(const struct window *window)
{
	return window->over ? json_real((double)window->activated / (double)window->over)
			    : json_null();
}

static json_t *median_json(const struct group *group)
{
	return group->wrote ? json_real(group->median_ms) : json_null();
}

/* `left_out`: how many more there are, of whom nothing can be said yet. */
static json_t *figure(const char *key, json_t *value, int64_t n, int64_t left_out, json_t *previous,
		      json_t *previous_n)
{
	return json_pack("{s:s, s:o, s:I, s:I, s:o, s:o}", "key", key, "value", value, "n",
			 (json_int_t)n, "left_out", (json_int_t)left_out, "previous", previous,
			 "previous_n", previous_n);
}

static json_t *figures_json(const struct activation *a)
{
	static const char *const keys[WINDOWS] = { "activation_24h", "activation_7d" };
	const struct group *now = &a->now.all, *before = &a->before.all;
	bool has_before = a->range->has_before;
	json_t *figures = json_array();
	for (int i = 0; i < WINDOWS; i++)
		json_array_append_new(
			figures,
			figure(keys[i], share_json(&now->windows[i]), now->windows[i].over,
			       now->joined - now->windows[i].over,
			       has_before ? share_json(&before->windows[i]) : json_null(),
			       has_before ? json_integer(before->windows[i].over) : json_null()));
	json_array_append_new(figures,
			      figure("first_message", median_json(now), now->wrote,
				     now->joined - now->wrote,
				     has_before ? median_json(before) : json_null(),
				     has_before ? json_integer(before->wrote) : json_null()));
	return figures;
}

static json_t *series_json(const struct activation *a)
{
	json_t *joined = json_array(), *day = json_array(), *week = json_array(),
	       *first = json_array();
	for (size_t b = 0; b < a->now.span->count; b++) {
		const struct group *group = &a->now.buckets[b];
		json_array_append_new(joined, json_integer(group->joined));
		json_array_append_new(day, share_json(&group->windows[WINDOW_DAY]));
		json_array_append_new(week, share_json(&group->windows[WINDOW_WEEK]));
		json_array_append_new(first, median_json(group));
	}
	return json_pack("[{s:s, s:o, s:n}, {s:s, s:o, s:n}, {s:s, s:o, s:n}, {s:s, s:o, s:n}]",
			 "key", "joined", "values", joined, "previous", "key", "activation_24h",
			 "values", day, "previous", "key", "activation_7d", "values", week,
			 "previous", "key", "first_message", "values", first, "previous");
}

static void on_activation(void *ctx, int status, const struct ra_err *err)
{
	struct activation *a = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(a->visit->api, a->visit->req, status);
		return;
	}
	json_t *answer = range_buckets_json(a->range);
	json_object_set_new(answer, "metric", json_string("activation"));
	json_object_set_new(answer, "joined", json_integer(a->now.all.joined));
	json_object_set_new(answer, "figures", figures_json(a));
	json_object_set_new(answer, "series", series_json(a));
	ra_http_reply_json(a->visit->req, 200, answer);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct activation *a = ra_arena_new(visit->arena, struct activation);
	struct ra_pg *pg = reads_pick(visit);
	a->visit = visit;
	a->range = range;
	int rc = pg ? ask(&a->now, pg, visit, &range->now) : RA_EDOWN;
	if (rc == 0 && range->has_before)
		rc = ask(&a->before, pg, visit, &range->before);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_activation, a);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

void activation_get(struct visit *visit)
{
	range_resolve(visit, &(struct range_wish){ .bucket = ra_http_query(visit->req, "bucket") },
		      on_range);
}
