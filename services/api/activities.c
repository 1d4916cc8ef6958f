/*
 * activities: the log of what staff did - messages, replies, reactions,
 * verified reports - with the way to each, and what it adds up to over time.
 * Managers see everybody's, staff their own.
 */
#include "services/api/order.h"
#include "services/api/page.h"
#include "services/api/range.h"
#include "services/api/rated.h"
#include "services/api/reads.h"
#include "services/api/sql.h"

/* clang-format off */
#define SQL_URL(channel, message)                                                                  \
	"'https://discord.com/channels/' || x.guild_id || '/' || " channel " || '/' || " message

/* $1 guild, $2 from, $3 to, $4 now, $5 limit, $6 offset, $7 oldest first, $8 person or 0, $9 kind or null,
 * $10 channel or 0, $11 pattern or null, $12 id searched for or 0. */
const char sql_activities[] =
	"WITH found AS (SELECT x.*, coalesce(nullif(u.name, ''), m.nick, m.global_name, m.username, '') AS who, "
	"  m.avatar, c.name AS channel, t.kind AS channel_kind "
	" FROM response.activity x LEFT JOIN analytics.member m USING (guild_id, user_id) "
	" LEFT JOIN app.curator u USING (guild_id, user_id) "
	" LEFT JOIN analytics.channel t ON t.guild_id = x.guild_id AND t.channel_id = x.channel_id "
	" CROSS JOIN LATERAL (SELECT coalesce(t.name, '') AS name) c "
	" WHERE x.guild_id = $1 AND " SQL_IN_SPAN("x.at") " AND $4::bigint IS NOT NULL "
	"  AND ($8::bigint = 0 OR x.user_id = $8) AND ($9::text IS NULL OR x.kind = $9) "
	"  AND ($10::bigint = 0 OR x.channel_id = $10) AND ($11::text IS NULL OR x.excerpt ILIKE $11 "
	"   OR u.name ILIKE $11 OR m.nick ILIKE $11 OR m.global_name ILIKE $11 OR m.username ILIKE $11 "
	"   OR c.name ILIKE $11 OR x.emoji ILIKE $11 OR $12::bigint IN (x.user_id, x.message_id, x.channel_id))"
	"), page AS (SELECT *, row_number() OVER (ORDER BY CASE WHEN $7::boolean THEN at END, at DESC, message_id DESC, "
	"  user_id, emoji) AS n FROM found ORDER BY n LIMIT $5 OFFSET $6) "
	"SELECT (SELECT count(*) FROM found), coalesce(json_agg(json_build_object('at', " SQL_ISO("x.at") ", "
	" 'kind', x.kind, 'person', json_build_object('id', x.user_id::text, 'name', x.who, 'avatar', x.avatar), "
	" 'channel', json_build_object('id', x.channel_id::text, 'name', x.channel, 'kind', coalesce(x.channel_kind, 0)), "
	" 'message_id', x.message_id::text, 'url', " SQL_URL("x.channel_id", "x.message_id") ", "
	" 'target_url', CASE WHEN x.target_id IS NOT NULL THEN " SQL_URL("x.channel_id", "x.target_id") " END, "
	" 'target', CASE WHEN x.target_user_id IS NOT NULL THEN json_build_object('id', x.target_user_id::text, "
	"  'name', coalesce(o.nick, o.global_name, o.username, '')) END, "
	" 'emoji', nullif(x.emoji, ''), 'excerpt', x.excerpt) ORDER BY x.n), '[]') "
	"FROM page x LEFT JOIN analytics.member o ON o.guild_id = x.guild_id AND o.user_id = x.target_user_id";

/* $1 guild, $2 from, $3 to, $4 now, $5 starts of the buckets, $6 person or 0. A row a bucket with anything in it. */
const char sql_activity_series[] =
	"WITH " SQL_BUCKETS("$5") ", part AS ("
	" SELECT " SQL_BUCKET_OF("hour") " AS b, messages, replies, reactions, tasks, 0 AS responses "
	" FROM response.activity_hourly WHERE guild_id = $1 AND " SQL_IN_SPAN("hour") " AND $4::bigint IS NOT NULL "
	"  AND ($6::bigint = 0 OR user_id = $6) "
	" UNION ALL SELECT " SQL_BUCKET_OF("asked_at") ", 0, 0, 0, 0, 1 FROM response.request "
	" WHERE guild_id = $1 AND " SQL_IN_SPAN("asked_at") " AND state <> 'not_a_request' "
	"  AND answered_by IS NOT NULL AND ($6 = 0 OR answered_by = $6)) "
	"SELECT b, sum(messages), sum(replies), sum(reactions), sum(tasks), sum(responses) FROM part GROUP BY 1";
/* clang-format on */

static const char *const kinds[] = { "message", "reply", "reaction", "task_verification" };

/* Whose: 0 is everybody's, for who may see that; else one's own. false: answered. */
static bool read_person(struct visit *visit, int64_t *person)
{
	struct ra_err err = { 0 };
	const struct access *access = visit->access;
	*person = rated_may_see(access, 0) ? 0 : (int64_t)access->user_id;
	if (query_number(visit, "user", 1, INT64_MAX, person, &err) < 0) {
		reply_bad_argument(visit->req, &err);
		return false;
	}
	if (rated_may_see(access, (uint64_t)*person))
		return true;
	ra_http_problem(visit->req, 403, "own", "Only your own",
			"What others did is for the owner, Administrator and Manage Server.");
	return false;
}

/* --- the log --- */

struct log {
	const struct range *range; /* borrowed */
	struct page_of_list page;
	struct order order;
	const char *kind;
	int64_t person, channel;
	struct visit *visit; /* borrowed */
};

static void on_log(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct log *log = ctx;
	struct visit *visit = log->visit;
	size_t i;
	json_t *row;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	json_t *list = json_column(rows, 0, 1);
	json_array_foreach(list, i, row)
		json_dress_person(visit->api, json_object_get(row, "person"));
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:I, s:o}", "range", range_json(&log->range->now),
				     "total", (json_int_t)ra_pg_get_i64(rows, 0, 0), "rows", list));
}

static void on_log_range(struct visit *visit, const struct range *range)
{
	struct log *log = visit->state;
	struct ra_pg_params p = { .arena = visit->arena };
	log->range = range;
	range_params(visit, &range->now, &p);
	ra_pg_i64(&p, log->page.limit);
	ra_pg_i64(&p, log->page.offset);
	ra_pg_bool(&p, !log->order.is_descending);
	ra_pg_i64(&p, log->person);
	if (log->kind)
		ra_pg_text(&p, ra_str_of(log->kind));
	else
		ra_pg_null(&p);
	ra_pg_i64(&p, log->channel);
	if (log->order.pattern)
		ra_pg_text(&p, ra_str_of(log->order.pattern));
	else
		ra_pg_null(&p);
	ra_pg_i64(&p, log->order.id);
	if (reads_ask(visit, STMT_activities, &p, on_log, log) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static int read_kind(const struct visit *visit, const char **out, struct ra_err *err)
{
	const char *text = ra_http_query(visit->req, "kind");
	for (size_t i = 0; text && i < RA_COUNT(kinds); i++)
		if (strcmp(text, kinds[i]) == 0)
			*out = kinds[i];
	if (!text || *out)
		return 0;
	return ra_fail(err, RA_EINVAL, "Use message, reply, reaction or task_verification.",
		       "kind is not one we know");
}

void activities_list(struct visit *visit)
{
	static const char *const sorts[] = { "at", NULL };
	struct log *log = ra_arena_new(visit->arena, struct log);
	struct ra_err err = { 0 };
	visit->state = log;
	log->visit = visit;
	int rc = page_parse(visit, &log->page, &err);
	if (rc == 0)
		rc = order_parse(visit, sorts, "-at", &log->order, &err);
	if (rc == 0)
		rc = read_kind(visit, &log->kind, &err);
	if (rc == 0)
		rc = query_number(visit, "channel", 1, INT64_MAX, &log->channel, &err);
	if (rc < 0)
		reply_bad_argument(visit->req, &err);
	else if (read_person(visit, &log->person))
		range_resolve(visit, &(struct range_wish){ .is_alone = true }, on_log_range);
}

/* --- what it adds up to --- */

enum series { MESSAGES, REPLIES, REACTIONS, TASKS, RESPONSES, SERIES };
static const char *const series_names[SERIES] = { "messages", "replies", "reactions", "tasks",
						  "responses" };

struct part {
	const struct span *span; /* borrowed */
	int64_t *values[SERIES];
	struct rated rated;
};

struct summary {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	int64_t person;
	struct part now, before;
};

static void on_series(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct part *part = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		int64_t bucket = ra_pg_get_i64(rows, row, 0);
		for (int s = 0; s < SERIES && bucket >= 0 && (size_t)bucket < part->span->count;
		     s++)
			part->values[s][bucket] = ra_pg_get_i64(rows, row, s + 1);
	}
}

static int send_part(struct summary *summary, struct part *part, const struct span *span,
		     const struct rating_settings *settings, struct ra_pg *pg)
{
	struct visit *visit = summary->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	part->span = span;
	for (size_t s = 0; s < SERIES; s++)
		part->values[s] = ra_arena_alloc(visit->arena, (span->count + 1) * sizeof(int64_t));
	part->rated = (struct rated){ .visit = visit,
				      .settings = settings,
				      .guild_count = 1,
				      .from_ms = span->from_ms,
				      .to_ms = span->to_ms };
	range_params(visit, span, &p);
	ra_pg_i64_array(&p, span->starts_ms, span->count, sizeof(*span->starts_ms));
	ra_pg_i64(&p, summary->person);
	int rc = ra_pg_send(pg, STMT_activity_series, &p, on_series, part);
	return rc < 0 ? rc : rated_send(&part->rated, pg);
}

static json_t *values_json(const int64_t *values, size_t count)
{
	json_t *json = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(json, json_integer((json_int_t)values[i]));
	return json;
}

/* As many as the present range has buckets; null where the compared one has none. */
static json_t *previous_json(const struct summary *summary, size_t s)
{
	size_t count = summary->range->now.count, known = summary->range->before.count;
	if (!summary->range->has_before)
		return json_null();
	json_t *json = values_json(summary->before.values[s], known < count ? known : count);
	while (json_array_size(json) < count)
		json_array_append_new(json, json_null());
	return json;
}

static json_t *series_json(const struct summary *summary)
{
	json_t *json = json_array();
	for (size_t s = 0; s < SERIES; s++)
		json_array_append_new(
			json,
			json_pack("{s:s, s:o, s:o}", "key", series_names[s], "values",
				  values_json(summary->now.values[s], summary->range->now.count),
				  "previous", previous_json(summary, s)));
	return json;
}

enum figure { ACTIVITIES, ACTIVE, POINTS, ANSWERS, FIGURES };
static const char *const figure_names[FIGURES] = { "activities", "active_curators", "points",
						   "responses" };

/* Sums; and who has the most points, NULL: nobody any. */
static const struct rated_person *sum_up(const struct summary *summary, const struct part *part,
					 int64_t figures[FIGURES])
{
	const struct rated_person *best = NULL;
	memset(figures, 0, FIGURES * sizeof(*figures));
	for (size_t i = 0; i < part->rated.count; i++) {
		const struct rated_person *person = &part->rated.people[i];
		const struct rating_work *work = &person->work;
		int64_t done = work->messages + work->replies + work->reactions + work->tasks;
		if (summary->person && person->id != (uint64_t)summary->person)
			continue;
		figures[ACTIVITIES] += done;
		figures[ACTIVE] += done > 0;
		figures[POINTS] += person->base;
		figures[ANSWERS] += person->answers.responses;
		if (person->base > 0 && (!best || person->base > best->base))
			best = person;
	}
	return best;
}

static json_t *figures_json(const int64_t now[FIGURES], const int64_t before[FIGURES],
			    bool has_before)
{
	json_t *json = json_array();
	for (size_t i = 0; i < FIGURES; i++)
		json_array_append_new(
			json,
			json_pack("{s:s, s:I, s:o}", "key", figure_names[i], "value",
				  (json_int_t)now[i], "previous",
				  has_before ? json_integer((json_int_t)before[i]) : json_null()));
	return json;
}

static void on_summary(void *ctx, int status, const struct ra_err *err)
{
	struct summary *summary = ctx;
	struct visit *visit = summary->visit;
	int64_t now[FIGURES], before[FIGURES] = { 0 };
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	const struct rated_person *best = sum_up(summary, &summary->now, now);
	if (summary->range->has_before)
		sum_up(summary, &summary->before, before);
	json_t *answer = range_buckets_json(summary->range);
	json_object_set_new(answer, "series", series_json(summary));
	json_object_set_new(answer, "figures",
			    figures_json(now, before, summary->range->has_before));
	json_object_set_new(answer, "best",
			    best ? json_pack("{s:o, s:o, s:I}", "id", json_id(best->id), "name",
					     json_text(best->name), "points",
					     (json_int_t)best->base)
				 : json_null());
	ra_http_reply_json(visit->req, 200, answer);
}

static void on_settings(struct visit *visit, const struct rating_settings *settings)
{
	struct summary *summary = visit->state;
	struct ra_pg *pg = reads_pick(visit);
	const struct range *range = summary->range;
	int rc = pg ? send_part(summary, &summary->now, &range->now, settings, pg) : RA_EDOWN;
	if (rc == 0 && range->has_before)
		rc = send_part(summary, &summary->before, &range->before, settings, pg);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_summary, summary);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

static void on_summary_range(struct visit *visit, const struct range *range)
{
	struct summary *summary = visit->state;
	summary->range = range;
	rating_settings_ask(visit, &visit->access->guild.id, 1, on_settings);
}

void activities_summary(struct visit *visit)
{
	struct summary *summary = ra_arena_new(visit->arena, struct summary);
	const char *bucket = ra_http_query(visit->req, "bucket");
	visit->state = summary;
	summary->visit = visit;
	if (read_person(visit, &summary->person))
		range_resolve(visit, &(struct range_wish){ .bucket = bucket }, on_summary_range);
}
