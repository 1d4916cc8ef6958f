/*
 * voice: what hours of voice do not tell when they are added up - how many were there at once, how
 * often somebody came, how much was streamed - and who is in voice now.
 */
#include "services/api/figures.h"
#include "services/api/filter_sql.h"
#include "services/api/reads.h"

#define SITTING_MAX "500" /* shown of those in voice now */

/* clang-format off */
/* The most of one rule and, as a negative number, the first time it was so: the greatest of these
 * arrays is the earliest of the highest peaks. */
#define SQL_PEAK(rule)                                                                             \
	"max(ARRAY[" rule "_peak, CASE WHEN " rule "_peak > 0 THEN "                               \
	"-public.ts_to_ms(" rule "_peak_at) ELSE 0 END])"

#define SQL_CROWDS                                                                                 \
	"SELECT bucket, sessions, stream_ms, video_ms, raw[1], -raw[2], present[1], -present[2], " \
	" engaged[1], -engaged[2], talking[1], -talking[2] "                                       \
	"FROM (SELECT " SQL_BUCKET_OF("hour") " AS bucket, sum(sessions) AS sessions, "            \
	" sum(stream_ms) AS stream_ms, sum(video_ms) AS video_ms, " SQL_PEAK("raw") " AS raw, "    \
	" " SQL_PEAK("present") " AS present, " SQL_PEAK("engaged") " AS engaged, "                \
	" " SQL_PEAK("talking") " AS talking FROM kept GROUP BY 1) b"

/*
 * $5 starts of the buckets. One row a bucket in which somebody was in voice. Who sits there now has
 * been there, all of them together, since the last of them changed.
 */
const char sql_voice_crowds[] =
	"WITH " SQL_BUCKETS("$5") ", " SQL_RUNNING ", sitting AS ("
	" SELECT max(started_at) AS since, min(until) AS until, count(*) AS raw_peak, "
	"  count(*) FILTER (WHERE is_present) AS present_peak, "
	"  count(*) FILTER (WHERE is_engaged) AS engaged_peak, "
	"  count(*) FILTER (WHERE is_engaged AND is_unmuted) AS talking_peak "
	" FROM judged WHERE NOT is_bot HAVING count(*) > 0"
	"), kept AS ("
	" SELECT hour, sessions, stream_ms, video_ms, raw_peak, present_peak, engaged_peak, "
	"  talking_peak, raw_peak_at, present_peak_at, engaged_peak_at, talking_peak_at "
	" FROM analytics.voice_guild_hourly WHERE guild_id = $1 AND " SQL_IN_SPAN("hour")
	" UNION ALL "
	" SELECT hour, 0, 0, 0, raw_peak, present_peak, engaged_peak, talking_peak, at, at, at, at "
	" FROM sitting CROSS JOIN LATERAL "
	"  generate_series(date_trunc('hour', since, 'UTC'), until, interval '1 hour') hour "
	" CROSS JOIN LATERAL (SELECT greatest(since, hour) AS at) t "
	" WHERE at < until AND " SQL_IN_SPAN("hour")
	" UNION ALL "
	" SELECT r.hour, 0, CASE WHEN o.stream THEN r.raw_ms ELSE 0 END, "
	"  CASE WHEN o.video THEN r.raw_ms ELSE 0 END, 0, 0, 0, 0, null, null, null, null "
	" FROM running r JOIN analytics.voice_open o ON o.guild_id = $1 AND o.user_id = r.user_id "
	" WHERE " SQL_IN_SPAN("r.hour")
	") " SQL_CROWDS;

/*
 * $13 starts of the buckets. The same of some people or places: from segments, which end with the
 * hour. In each hour one comes when a segment begins and goes when it ends; who comes without
 * having been there a moment before begins a session.
 */
const char sql_voice_crowds_filtered[] =
	"WITH " SQL_BUCKETS("$13") ", " SQL_RUNNING ", " SQL_FILTER ", part AS ("
	" SELECT s.user_id, s.channel_id, s.started_at, s.ended_at, s.stream, s.video, "
	"  s.is_present, s.is_present AND s.has_company AND s.has_unmuted AS is_engaged, s.is_unmuted "
	" FROM (SELECT *, NOT (is_afk AND coalesce((SELECT afk_rule FROM app.guild_settings "
	"    WHERE guild_id = $1), true)) AND NOT self_deaf AND NOT deaf AS is_present, "
	"   NOT mute AND NOT self_mute AND NOT suppress AS is_unmuted "
	"  FROM analytics.voice_segment WHERE guild_id = $1 AND NOT is_bot AND ended_at > started_at "
	"   AND started_at >= public.ms_to_ts($2) - interval '1 hour' "
	"   AND started_at < public.ms_to_ts($3) + interval '1 hour') s "
	" UNION ALL "
	" SELECT j.user_id, j.channel_id, greatest(j.started_at, hour), "
	"  least(j.until, hour + interval '1 hour'), o.stream, o.video, j.is_present, j.is_engaged, "
	"  j.is_unmuted "
	" FROM judged j JOIN analytics.voice_open o ON o.guild_id = $1 AND o.user_id = j.user_id "
	" CROSS JOIN LATERAL generate_series(date_trunc('hour', j.started_at, 'UTC'), j.until, "
	"  interval '1 hour') hour WHERE NOT j.is_bot AND j.started_at < j.until"
	"), segment AS MATERIALIZED ("
	" SELECT *, date_trunc('hour', started_at, 'UTC') AS hour FROM part "
	" WHERE " SQL_IS_WANTED_PLACE " AND " SQL_IS_WANTED_WHO
	"), step AS ("
	" SELECT hour, at, sum(n) AS raw, coalesce(sum(n) FILTER (WHERE is_present), 0) AS present, "
	"  coalesce(sum(n) FILTER (WHERE is_engaged), 0) AS engaged, "
	"  coalesce(sum(n) FILTER (WHERE is_engaged AND is_unmuted), 0) AS talking "
	" FROM segment CROSS JOIN LATERAL (VALUES (started_at, 1), (ended_at, -1)) e (at, n) "
	" WHERE " SQL_IN_SPAN("hour") " AND 0 = ANY ($9::int[]) GROUP BY 1, 2"
	"), kept AS ("
	" SELECT hour, 0 AS sessions, 0 AS stream_ms, 0 AS video_ms, sum(raw) OVER so_far AS raw_peak, "
	"  sum(present) OVER so_far AS present_peak, sum(engaged) OVER so_far AS engaged_peak, "
	"  sum(talking) OVER so_far AS talking_peak, at AS raw_peak_at, at AS present_peak_at, "
	"  at AS engaged_peak_at, at AS talking_peak_at "
	" FROM step WINDOW so_far AS (PARTITION BY hour ORDER BY at) "
	" UNION ALL "
	" SELECT hour, (before IS DISTINCT FROM started_at)::int, CASE WHEN stream THEN ms ELSE 0 END, "
	"  CASE WHEN video THEN ms ELSE 0 END, 0, 0, 0, 0, null, null, null, null "
	" FROM (SELECT *, round(extract(epoch FROM ended_at - started_at) * 1000) AS ms, "
	"   lag(ended_at) OVER (PARTITION BY user_id ORDER BY started_at) AS before FROM segment) s "
	" WHERE " SQL_IN_SPAN("hour")
	") " SQL_CROWDS;

/* $1 guild. Those in voice now, channel by channel. */
const char sql_voice_now[] =
	"SELECT v.channel_id, coalesce(c.name, ''), coalesce(c.kind, 2), "
	" coalesce(v.channel_id = g.afk_channel_id, false), v.user_id, "
	" coalesce(m.nick, m.global_name, m.username, ''), m.avatar, v.is_bot, "
	" public.ts_to_ms(v.joined_at), v.self_mute OR v.mute OR v.suppress, v.self_deaf OR v.deaf, "
	" v.stream, v.video "
	"FROM analytics.voice_open v JOIN analytics.guild g USING (guild_id) "
	"LEFT JOIN analytics.channel c USING (guild_id, channel_id) "
	"LEFT JOIN analytics.member m USING (guild_id, user_id) "
	"WHERE v.guild_id = $1 "
	"ORDER BY count(*) OVER (PARTITION BY v.channel_id) DESC, v.channel_id, v.joined_at, v.user_id "
	"LIMIT " SITTING_MAX;
/* clang-format on */

enum rule { RAW, PRESENT, ENGAGED, TALKING, RULES };

static const char *const rule_names[RULES] = { "raw", "present", "engaged", "talking" };

struct peak {
	int64_t people, at_ms;
};

/* One of the two spans. */
struct half {
	const struct span *span; /* borrowed */
	struct figures figures;
	struct peak top[RULES];
	int64_t *peaks[RULES]; /* of each bucket */
	int64_t sessions, stream_ms, video_ms;
};

struct talk {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct filter filter;
	struct half now, before;
};

static void on_crowds(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct half *half = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		size_t bucket = (size_t)ra_pg_get_i64(rows, row, 0);
		half->sessions += ra_pg_get_i64(rows, row, 1);
		half->stream_ms += ra_pg_get_i64(rows, row, 2);
		half->video_ms += ra_pg_get_i64(rows, row, 3);
		for (int rule = 0; rule < RULES && bucket < half->span->count; rule++) {
			struct peak peak = { ra_pg_get_i64(rows, row, 4 + 2 * rule),
					     ra_pg_get_i64(rows, row, 5 + 2 * rule) };
			struct peak *top = &half->top[rule];
			half->peaks[rule][bucket] = peak.people;
			if (peak.people > top->people ||
			    (peak.people == top->people && peak.at_ms < top->at_ms))
				*top = peak;
		}
	}
}

static int half_send(struct half *half, struct ra_pg *pg, const struct talk *talk,
		     const struct span *span)
{
	const struct visit *visit = talk->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	half->span = span;
	for (int rule = 0; rule < RULES; rule++) {
		size_t size = (span->count + 1) * sizeof(int64_t);
		half->peaks[rule] = memset(ra_arena_alloc(visit->arena, size), 0, size);
	}
	/* bots are in nobody's time, unless nobody else is asked about */
	bool is_of_part = talk->filter.has_where || talk->filter.has_who ||
			  talk->filter.bots == FILTER_ONLY_BOTS;
	int rc = is_of_part ? figures_send_filtered(&half->figures, pg, visit, talk->range, span,
						    &talk->filter, FIGURES_HOURS)
			    : figures_send(&half->figures, pg, visit, talk->range, span,
					   FIGURES_HOURS);
	if (is_of_part)
		filter_params_by_the_hour(visit, &talk->filter, span, &p);
	else
		range_params(visit, span, &p);
	ra_pg_i64_array(&p, span->starts_ms, span->count, sizeof(*span->starts_ms));
	return rc < 0 ? rc
		      : ra_pg_send(pg, is_of_part ? STMT_voice_crowds_filtered : STMT_voice_crowds,
				   &p, on_crowds, half);
}

/* What was before is worth showing when it was watched from its first hour on. */
static bool has_before(const struct talk *talk)
{
	int64_t first_ms = talk->visit->access->guild.first_event_ms;
	return talk->range->has_before && first_ms != 0 && talk->range->before.from_ms >= first_ms;
}

static json_t *before_json(const struct talk *talk, int64_t value)
{
	return has_before(talk) ? json_integer(value) : json_null();
}

/* Before anything was counted nobody was there. */
static json_int_t sum_of(const struct half *half, enum figure figure)
{
	int64_t sum = figures_sum(&half->figures, figure);
	return sum == FIGURE_UNKNOWN ? 0 : (json_int_t)sum;
}

static json_t *rule_json(const struct talk *talk, enum rule rule)
{
	const struct half *now = &talk->now, *before = &talk->before;
	enum figure figure = (enum figure)(FIGURE_VOICE_RAW + (int)rule);
	json_t *peaks = json_array();
	for (size_t b = 0; b < now->span->count; b++) {
		bool is_counted = now->figures.values[figure][b] != FIGURE_UNKNOWN;
		json_array_append_new(peaks,
				      is_counted ? json_integer(now->peaks[rule][b]) : json_null());
	}
	return json_pack("{s:s, s:I, s:o, s:I, s:o, s:o, s:o}", "rule", rule_names[rule], "ms",
			 sum_of(now, figure), "previous_ms",
			 has_before(talk) ? json_integer(sum_of(before, figure)) : json_null(),
			 "peak", (json_int_t)now->top[rule].people, "peak_at",
			 json_instant(now->top[rule].at_ms), "previous_peak",
			 before_json(talk, before->top[rule].people), "peaks", peaks);
}

static json_t *starts_json(const struct span *span)
{
	json_t *starts = json_array();
	for (size_t b = 0; b < span->count; b++)
		json_array_append_new(starts, json_instant(span->starts_ms[b]));
	return starts;
}

static void on_talk(void *ctx, int status, const struct ra_err *err)
{
	struct talk *talk = ctx;
	const struct range *range = talk->range;
	(void)err;
	if (status < 0) {
		reply_failure(talk->visit->api, talk->visit->req, status);
		return;
	}
	json_t *rules = json_array();
	for (int rule = 0; rule < RULES; rule++)
		json_array_append_new(rules, rule_json(talk, (enum rule)rule));
	json_t *json =
		json_pack("{s:o, s:o, s:s, s:o, s:o, s:I, s:o, s:I, s:o, s:I, s:o}", "range",
			  range_json(&range->now), "compare_range", range_json(&range->before),
			  "bucket", bucket_name(range->bucket), "starts", starts_json(&range->now),
			  "rules", rules, "sessions", (json_int_t)talk->now.sessions,
			  "previous_sessions", before_json(talk, talk->before.sessions),
			  "stream_ms", (json_int_t)talk->now.stream_ms, "previous_stream_ms",
			  before_json(talk, talk->before.stream_ms), "video_ms",
			  (json_int_t)talk->now.video_ms, "previous_video_ms",
			  before_json(talk, talk->before.video_ms));
	ra_http_reply_json(talk->visit->req, 200, json);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct talk *talk = visit->state;
	struct ra_pg *pg = reads_pick(visit);
	talk->range = range;
	int rc = pg ? half_send(&talk->now, pg, talk, &range->now) : RA_EDOWN;
	if (rc == 0 && range->has_before)
		rc = half_send(&talk->before, pg, talk, &range->before);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_talk, talk);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

void voice_get(struct visit *visit)
{
	const struct range_wish wish = { .bucket = ra_http_query(visit->req, "bucket") };
	struct talk *talk = ra_arena_new(visit->arena, struct talk);
	talk->visit = visit;
	visit->state = talk;
	if (filter_read(visit, &talk->filter))
		range_resolve(visit, &wish, on_range);
}

/* --- now --- */

enum sitting {
	CHANNEL,
	CHANNEL_NAME,
	CHANNEL_KIND,
	IS_AFK,
	USER,
	USER_NAME,
	AVATAR,
	IS_BOT,
	JOINED_AT,
	IS_MUTED,
	IS_DEAFENED,
	STREAM,
	VIDEO
};

static json_t *sitter_json(const struct visit *visit, const PGresult *rows, int row)
{
	uint64_t id = ra_pg_get_u64(rows, row, USER);
	return json_pack("{s:o, s:o, s:o, s:b, s:o, s:b, s:b, s:b, s:b}", "id", json_id(id), "name",
			 json_str(ra_pg_get_str(rows, row, USER_NAME)), "avatar_url",
			 json_avatar(visit->api, id, ra_pg_get_str(rows, row, AVATAR)), "is_bot",
			 ra_pg_get_bool(rows, row, IS_BOT), "joined_at",
			 json_instant(ra_pg_get_i64(rows, row, JOINED_AT)), "is_muted",
			 ra_pg_get_bool(rows, row, IS_MUTED), "is_deafened",
			 ra_pg_get_bool(rows, row, IS_DEAFENED), "stream",
			 ra_pg_get_bool(rows, row, STREAM), "video",
			 ra_pg_get_bool(rows, row, VIDEO));
}

/* The rows from `row` on that are of the same channel; *row moves behind them. Who they are only
 * those learn who may see single members. */
static json_t *room_json(const struct visit *visit, const PGresult *rows, int *row)
{
	int first = *row;
	uint64_t channel = ra_pg_get_u64(rows, first, CHANNEL);
	json_int_t people = 0;
	json_t *members = json_array();
	for (; *row < PQntuples(rows) && ra_pg_get_u64(rows, *row, CHANNEL) == channel; ++*row) {
		people += !ra_pg_get_bool(rows, *row, IS_BOT);
		if (visit->access->guild.can_see_people)
			json_array_append_new(members, sitter_json(visit, rows, *row));
	}
	return json_pack("{s:o, s:o, s:I, s:b, s:I, s:o}", "id", json_id(channel), "name",
			 json_str(ra_pg_get_str(rows, first, CHANNEL_NAME)), "kind",
			 (json_int_t)ra_pg_get_i64(rows, first, CHANNEL_KIND), "is_afk",
			 ra_pg_get_bool(rows, first, IS_AFK), "people", people, "members", members);
}

static void on_now(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	json_t *channels = json_array();
	for (int row = 0; row < PQntuples(rows);)
		json_array_append_new(channels, room_json(visit, rows, &row));
	ra_http_reply_json(
		visit->req, 200,
		json_pack("{s:o, s:o}", "at", json_instant(visit->now_ms), "channels", channels));
}

void voice_now(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	if (db_ask(visit->api->db, STMT_voice_now, &p, on_now, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
