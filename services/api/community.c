/* community: bans, timeouts, boosts, commands and members online of a range, bucket by bucket, and
 * how things stand now; of those the guild's settings let count. */
#include "services/api/figures.h"
#include "services/api/filter_sql.h"
#include "services/api/reads.h"

/* clang-format off */
/* $5: starts of the buckets. One row a bucket in which something happened. */
const char sql_community_series[] =
	"WITH " SQL_BUCKETS("$5") ", happened AS ("
	" SELECT at, kind, 1 AS n FROM analytics.moderation WHERE guild_id = $1 AND " SQL_IN_SPAN("at")
	"  AND " SQL_COUNTS_WHO("moderation.user_id")
	" UNION ALL "
	" SELECT at, 'boost_' || kind, 1 FROM analytics.boost_flow WHERE guild_id = $1 AND " SQL_IN_SPAN("at")
	"  AND " SQL_COUNTS_WHO("boost_flow.user_id")
	" UNION ALL "
	" SELECT hour, 'command', uses FROM analytics.command_hourly "
	" WHERE guild_id = $1 AND " SQL_IN_SPAN("hour") " AND $4::bigint IS NOT NULL "
	"  AND " SQL_COUNTS_WHO("command_hourly.user_id")
	") "
	"SELECT " SQL_BUCKET_OF("at") " AS bucket, sum(n) FILTER (WHERE kind = 'ban'), "
	" sum(n) FILTER (WHERE kind = 'unban'), sum(n) FILTER (WHERE kind = 'timeout'), "
	" sum(n) FILTER (WHERE kind = 'boost_start'), sum(n) FILTER (WHERE kind = 'boost_end'), "
	" sum(n) FILTER (WHERE kind = 'command') "
	"FROM happened GROUP BY 1";

/* Members online: one row a bucket in which somebody looked. Mean, and the most at once. */
const char sql_community_online[] =
	"WITH " SQL_BUCKETS("$5") " "
	"SELECT " SQL_BUCKET_OF("hour") " AS bucket, round(sum(total) / sum(looks))::bigint, max(peak) "
	"FROM analytics.online_hourly WHERE guild_id = $1 AND " SQL_IN_SPAN("hour")
	" AND $4::bigint IS NOT NULL GROUP BY 1";

/* $1 guild, $2 now */
const char sql_community_now[] =
	"SELECT g.premium_tier, g.premium_count, "
	" (SELECT count(*) FROM analytics.member m WHERE m.guild_id = $1 AND m.left_at IS NULL "
	"  AND m.boosting_since IS NOT NULL AND " SQL_COUNTS_WHO("m.user_id") "), "
	" (SELECT count(*) FROM analytics.member m WHERE m.guild_id = $1 AND m.left_at IS NULL "
	"  AND m.timeout_until > public.ms_to_ts($2) AND " SQL_COUNTS_WHO("m.user_id") ") "
	"FROM analytics.guild g WHERE g.guild_id = $1";
/* clang-format on */

/* What happened, as sql_community_series has it, and how many were online. */
static const char *const keys[] = { "bans",       "unbans",   "timeouts",    "boosts",
				    "boost_ends", "commands", "online_mean", "online_peak" };
enum { ONLINE_MEAN = 6, HAPPENED = ONLINE_MEAN, ONLINE_PEAK };

struct stretch {
	const struct visit *visit; /* borrowed */
	const struct span *span;   /* borrowed */
	int64_t *values[RA_COUNT(keys)];
};

struct community {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct stretch now, before;
	json_t *standing; /* owned until answered */
};

static void on_series(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct stretch *s = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		size_t bucket = (size_t)ra_pg_get_i64(rows, row, 0);
		for (size_t i = 0; i < HAPPENED && bucket < s->span->count; i++)
			if (s->values[i][bucket] != FIGURE_UNKNOWN)
				s->values[i][bucket] = ra_pg_get_i64(rows, row, (int)i + 1);
	}
}

static void on_online(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct stretch *s = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		size_t bucket = (size_t)ra_pg_get_i64(rows, row, 0);
		if (bucket >= s->span->count)
			continue;
		s->values[ONLINE_MEAN][bucket] = ra_pg_get_i64(rows, row, 1);
		s->values[ONLINE_PEAK][bucket] = ra_pg_get_i64(rows, row, 2);
	}
}

/* A bucket that ended before counting began was not counted; nor who was online while nobody
 * looked. */
static void clear(struct stretch *s)
{
	const struct span *span = s->span;
	int64_t first_ms = s->visit->access->guild.first_event_ms;
	for (size_t i = 0; i < RA_COUNT(keys); i++) {
		s->values[i] = ra_arena_alloc(s->visit->arena, (span->count + 1) * sizeof(int64_t));
		for (size_t b = 0; b < span->count; b++) {
			int64_t end_ms = b + 1 < span->count ? span->starts_ms[b + 1] : span->to_ms;
			bool is_counted = i < HAPPENED && first_ms != 0 && end_ms > first_ms;
			s->values[i][b] = is_counted ? 0 : FIGURE_UNKNOWN;
		}
	}
}

static int send_series(struct stretch *s, struct ra_pg *pg, const struct visit *visit,
		       const struct span *span)
{
	struct ra_pg_params p = { .arena = visit->arena };
	*s = (struct stretch){ .visit = visit, .span = span };
	clear(s);
	range_params(visit, span, &p);
	ra_pg_i64_array(&p, span->starts_ms, span->count, sizeof(*span->starts_ms));
	int rc = ra_pg_send(pg, STMT_community_series, &p, on_series, s);
	return rc == 0 ? ra_pg_send(pg, STMT_community_online, &p, on_online, s) : rc;
}

static void on_standing(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct community *c = ctx;
	(void)err;
	if (status == 0 && PQntuples(rows) == 1)
		c->standing = json_pack("{s:I, s:I, s:I, s:I}", "boost_level",
					(json_int_t)ra_pg_get_i64(rows, 0, 0), "boosts",
					(json_int_t)ra_pg_get_i64(rows, 0, 1), "boosters",
					(json_int_t)ra_pg_get_i64(rows, 0, 2), "timed_out",
					(json_int_t)ra_pg_get_i64(rows, 0, 3));
}

/* As many values as the range has buckets, whatever the compared one has. */
static json_t *values_json(const struct stretch *s, size_t key, size_t count)
{
	json_t *values = json_array();
	for (size_t b = 0; b < count; b++)
		json_array_append_new(values, b < s->span->count ? figure_json(s->values[key][b])
								 : json_null());
	return values;
}

static json_t *series_json(const struct community *c)
{
	size_t count = c->range->now.count;
	json_t *series = json_array();
	for (size_t i = 0; i < RA_COUNT(keys); i++)
		json_array_append_new(series, json_pack("{s:s, s:o, s:o}", "key", keys[i], "values",
							values_json(&c->now, i, count), "previous",
							c->range->has_before
								? values_json(&c->before, i, count)
								: json_null()));
	return series;
}

static void on_whole(void *ctx, int status, const struct ra_err *err)
{
	struct community *c = ctx;
	const struct span *span = &c->range->now;
	json_t *starts = json_array();
	(void)err;
	for (size_t b = 0; b < span->count; b++)
		json_array_append_new(starts, json_instant(span->starts_ms[b]));
	json_t *answer = json_pack("{s:o, s:o, s:s, s:o, s:b, s:o, s:o}", "range", range_json(span),
				   "compare_range", range_json(&c->range->before), "bucket",
				   bucket_name(c->range->bucket), "starts", starts,
				   "is_last_partial", span->is_partial, "series", series_json(c),
				   "now", c->standing ? c->standing : json_null());
	if (status < 0) {
		json_decref(answer);
		reply_failure(c->visit->api, c->visit->req, status);
		return;
	}
	ra_http_reply_json(c->visit->req, 200, answer);
}

static int send_all(struct community *c, struct ra_pg *pg)
{
	struct visit *visit = c->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, visit->now_ms);
	int rc = send_series(&c->now, pg, visit, &c->range->now);
	if (rc == 0 && c->range->has_before)
		rc = send_series(&c->before, pg, visit, &c->range->before);
	if (rc == 0)
		rc = ra_pg_send(pg, STMT_community_now, &p, on_standing, c);
	return rc == 0 ? ra_pg_sync(pg, on_whole, c) : rc;
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct community *c = ra_arena_new(visit->arena, struct community);
	struct ra_pg *pg = reads_pick(visit);
	c->visit = visit;
	c->range = range;
	int rc = pg ? send_all(c, pg) : RA_EDOWN;
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

void community_get(struct visit *visit)
{
	struct range_wish wish = { .bucket = ra_http_query(visit->req, "bucket") };
	range_resolve(visit, &wish, on_range);
}
