/*
 * curator: one of the staff over a range: what they did, what it is worth, how
 * fast they answered, where they stand among the others; this week against
 * the last. Managers see everybody's, staff their own.
 *
 *	range -> this week, up to now, against the last -> settings -> all figures, in one group
 */
#include "services/api/range.h"
#include "services/api/rated.h"
#include "services/api/reads.h"
#include "services/api/sql.h"

#define DAY_MS (24LL * 3600 * 1000)

/* clang-format off */
/* $1 guild, $2 person, $3 account. One row, JSON; none: nobody anybody knows. */
const char sql_curator[] =
	"SELECT json_build_object('id', one.id::text, "
	" 'name', coalesce(nullif(c.name, ''), m.nick, m.global_name, m.username, ''), "
	" 'own_name', coalesce(c.name, ''), 'username', coalesce(m.username, ''), 'avatar', m.avatar, "
	" 'kind', coalesce(c.kind, ''), 'subdivision', coalesce(c.subdivision, ''), "
	" 'is_active', coalesce(c.is_active, s.user_id IS NOT NULL), 'is_lead', coalesce(c.is_lead, false), "
	" 'is_staff', s.user_id IS NOT NULL, 'by_role', coalesce(s.by_role, false), 'by_hand', c.user_id IS NOT NULL, "
	" 'is_excluded', e.user_id IS NOT NULL, 'has_left', m.user_id IS NULL OR m.left_at IS NOT NULL, "
	" 'since', " SQL_ISO("s.started_at") ", 'last_at', (SELECT " SQL_ISO("max(at)") " FROM response.activity a "
	"   WHERE a.guild_id = $1 AND a.user_id = $2), "
	" 'guilds', (SELECT coalesce(json_agg(json_build_object('id', r.guild_id::text, 'name', g.name, "
	"   'is_active', r.is_active) ORDER BY lower(g.name)), '[]') FROM app.curator r "
	"   JOIN analytics.guild g USING (guild_id) JOIN app.account_guild w ON w.guild_id = r.guild_id "
	"    AND w.user_id = $3 AND (w.is_owner OR w.permissions & 40 <> 0) "
	"   WHERE r.user_id = $2 AND g.removed_at IS NULL)) "
	"FROM (SELECT $2::bigint AS id) one "
	"LEFT JOIN app.curator c ON c.guild_id = $1 AND c.user_id = $2 "
	"LEFT JOIN app.curator_excluded e ON e.guild_id = $1 AND e.user_id = $2 "
	"LEFT JOIN response.staff s ON s.guild_id = $1 AND s.user_id = $2 AND s.ended_at IS NULL "
	"LEFT JOIN analytics.member m ON m.guild_id = $1 AND m.user_id = $2 "
	"WHERE c.user_id IS NOT NULL OR e.user_id IS NOT NULL "
	" OR EXISTS (SELECT FROM response.staff WHERE guild_id = $1 AND user_id = $2) "
	" OR EXISTS (SELECT FROM response.activity_hourly WHERE guild_id = $1 AND user_id = $2) "
	" OR EXISTS (SELECT FROM response.request WHERE guild_id = $1 AND answered_by = $2)";

/* $1 guild, $2 from, $3 to, $4 now, $5 person, $6 zone. One row, JSON: when they work, and the reports they checked. */
const char sql_curator_habits[] =
	"WITH work AS ("
	" SELECT hour AT TIME ZONE $6::text AS at, messages + replies + reactions + tasks AS done "
	" FROM response.activity_hourly WHERE guild_id = $1 AND user_id = $5 AND " SQL_IN_SPAN("hour")
	"), report AS ("
	" SELECT count(*) AS verified, coalesce(sum(tasks), 0) AS reported, coalesce(sum(approved), 0) AS approved "
	" FROM response.task_report WHERE guild_id = $1 AND curator_id = $5 AND state IN ('verified', 'archived') "
	"  AND " SQL_IN_SPAN("verified_at")
	") "
	"SELECT json_build_object('hours', (SELECT json_agg(coalesce(done, 0) ORDER BY h) FROM generate_series(0, 23) h "
	"  LEFT JOIN (SELECT extract(hour FROM at)::int AS h, sum(done) AS done FROM work GROUP BY 1) w USING (h)), "
	" 'weekdays', (SELECT json_agg(coalesce(done, 0) ORDER BY d) FROM generate_series(1, 7) d "
	"  LEFT JOIN (SELECT extract(isodow FROM at)::int AS d, sum(done) AS done FROM work GROUP BY 1) w USING (d)), "
	" 'active_days', (SELECT count(DISTINCT at::date) FROM work WHERE done > 0), "
	" 'tasks', (SELECT json_build_object('verified', verified, 'reported', reported, 'approved', approved, "
	"   'reviewing', (SELECT count(*) FROM response.task_report WHERE guild_id = $1 AND curator_id = $5 "
	"    AND state = 'reviewing')) FROM report)) WHERE $4::bigint IS NOT NULL";
/* clang-format on */

struct one {
	struct visit *visit; /* borrowed */
	uint64_t person;
	const struct range *range, *week; /* borrowed */
	struct rated now, before, this_week, last_week;
	json_t *profile, *habits; /* owned until the answer */
};

static void on_profile(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct one *one = ctx;
	(void)err;
	if (status == 0)
		one->profile = json_column(rows, 0, 0);
}

static void on_habits(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct one *one = ctx;
	(void)err;
	if (status == 0)
		one->habits = json_column(rows, 0, 0);
}

/* --- the answer --- */

/* Somebody who did nothing, and is no staff, has no row. */
static json_t *figures_json(const struct one *one, const struct rated *rated)
{
	const struct rated_person nobody = { .id = one->person,
					     .name = "",
					     .username = "",
					     .avatar = "",
					     .kind = "",
					     .subdivision = "",
					     .p50_ms = -1,
					     .mean_ms = -1,
					     .fastest_ms = -1,
					     .slowest_ms = -1,
					     .percentile = -1,
					     .level = rated->settings->levels.count - 1 };
	const struct rated_person *person = rated_find(rated, one->person);
	return rated_json(one->visit->api, person ? person : &nobody);
}

static int64_t activities_of(const struct rated_person *person)
{
	const struct rating_work *work = &person->work;
	return work->messages + work->replies + work->reactions + work->tasks;
}

static json_t *week_part_json(const struct one *one, const struct rated *rated)
{
	const struct rated_person *person = rated_find(rated, one->person);
	return json_pack("{s:I, s:I, s:I}", "score",
			 person ? (json_int_t)person->score : (json_int_t)0, "activities",
			 person ? (json_int_t)activities_of(person) : (json_int_t)0, "responses",
			 person ? (json_int_t)person->answers.responses : (json_int_t)0);
}

static int64_t score_of(const struct one *one, const struct rated *rated)
{
	const struct rated_person *person = rated_find(rated, one->person);
	return person ? person->score : 0;
}

static json_t *week_json(const struct one *one)
{
	int64_t now = score_of(one, &one->this_week), last = score_of(one, &one->last_week);
	json_t *percent =
		last > 0 ? json_real(100.0 * (double)(now - last) / (double)last) : json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:o, s:s}", "range",
			 range_json(&one->week->now), "compare_range",
			 range_json(&one->week->before), "now",
			 week_part_json(one, &one->this_week), "previous",
			 week_part_json(one, &one->last_week), "difference",
			 (json_int_t)(now - last), "percent", percent, "trend",
			 now > last   ? "up"
			 : now < last ? "down"
				      : "flat");
}

/* The place of the most; -1 where there is nothing. */
static int most(const json_t *values)
{
	json_int_t best = 0;
	int found = -1;
	size_t i;
	const json_t *value;
	json_array_foreach(values, i, value)
	{
		if (json_integer_value(value) <= best)
			continue;
		best = json_integer_value(value);
		found = (int)i;
	}
	return found;
}

static json_t *place_json(int place, int first)
{
	return place < 0 ? json_null() : json_integer(place + first);
}

static json_t *insights_json(const struct one *one)
{
	static const char *const kinds[] = { "message", "reply", "reaction", "task_verification" };
	const struct rated_person *person = rated_find(&one->now, one->person);
	const struct span *span = &one->range->now;
	int64_t days = (span->to_ms - span->from_ms + DAY_MS - 1) / DAY_MS;
	json_t *counts = person ? json_pack("[I, I, I, I]", (json_int_t)person->work.messages,
					    (json_int_t)person->work.replies,
					    (json_int_t)person->work.reactions,
					    (json_int_t)person->work.tasks)
				: json_array();
	int kind = most(counts);
	int64_t done = person ? activities_of(person) : 0;
	json_decref(counts);
	return json_pack("{s:o, s:o, s:o, s:f, s:I, s:O}", "kind",
			 kind < 0 ? json_null() : json_string(kinds[kind]), "hour",
			 place_json(most(json_object_get(one->habits, "hours")), 0), "weekday",
			 place_json(most(json_object_get(one->habits, "weekdays")), 1),
			 "daily_average", (double)done / (double)(days > 0 ? days : 1), "days",
			 (json_int_t)days, "active_days",
			 json_object_get(one->habits, "active_days"));
}

static json_t *answer_json(struct one *one)
{
	json_t *answer =
		json_pack("{s:o, s:o, s:b}", "range", range_json(&one->range->now), "compare_range",
			  range_json(&one->range->before), "by_answer", one->now.by_answer);
	json_dress_person(one->visit->api, one->profile);
	json_object_set(answer, "profile", one->profile);
	json_object_set_new(answer, "figures", figures_json(one, &one->now));
	json_object_set_new(answer, "previous",
			    one->range->has_before ? figures_json(one, &one->before) : json_null());
	json_object_set_new(answer, "levels", rated_levels_json(&one->now));
	json_object_set_new(answer, "ranked", json_integer((json_int_t)rated_ranked(&one->now)));
	json_object_set_new(answer, "bands",
			    json_pack("{s:I, s:I}", "good_s", (json_int_t)one->now.settings->good_s,
				      "poor_s", (json_int_t)one->now.settings->poor_s));
	json_object_set_new(answer, "week", week_json(one));
	json_object_set_new(answer, "insights", insights_json(one));
	json_object_set(answer, "hours", json_object_get(one->habits, "hours"));
	json_object_set(answer, "weekdays", json_object_get(one->habits, "weekdays"));
	json_object_set(answer, "tasks", json_object_get(one->habits, "tasks"));
	return answer;
}

static void on_figures(void *ctx, int status, const struct ra_err *err)
{
	struct one *one = ctx;
	struct visit *visit = one->visit;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
	} else if (!one->profile) {
		ra_http_problem(visit->req, 404, "curator", "No such curator",
				"Nobody with that id was ever of the staff of this server.");
	} else {
		rated_finish(&one->now, false);
		rated_finish(&one->this_week, false);
		rated_finish(&one->last_week, false);
		if (one->range->has_before)
			rated_finish(&one->before, false);
		ra_http_reply_json(visit->req, 200, answer_json(one));
	}
	json_decref(one->profile);
	json_decref(one->habits);
}

/* --- the questions --- */

static int send_rated(struct one *one, struct rated *rated, const struct span *span,
		      const struct rating_settings *settings, struct ra_pg *pg)
{
	struct ra_str by = ra_str_of(ra_http_query(one->visit->req, "by"));
	*rated = (struct rated){ .visit = one->visit,
				 .settings = settings,
				 .guild_count = 1,
				 .from_ms = span->from_ms,
				 .to_ms = span->to_ms,
				 .by_answer = ra_str_is(by, "answer") };
	return rated_send(rated, pg);
}

static int send_profile(struct one *one, struct ra_pg *pg)
{
	struct ra_pg_params p = { .arena = one->visit->arena };
	ra_pg_i64(&p, (int64_t)one->visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)one->person);
	ra_pg_i64(&p, (int64_t)one->visit->access->user_id);
	return ra_pg_send(pg, STMT_curator, &p, on_profile, one);
}

static int send_habits(struct one *one, struct ra_pg *pg)
{
	struct ra_pg_params p = { .arena = one->visit->arena };
	range_params(one->visit, &one->range->now, &p);
	ra_pg_i64(&p, (int64_t)one->person);
	ra_pg_text(&p, ra_str_of(one->visit->access->guild.timezone));
	return ra_pg_send(pg, STMT_curator_habits, &p, on_habits, one);
}

static void on_settings(struct visit *visit, const struct rating_settings *settings)
{
	struct one *one = visit->state;
	struct ra_pg *pg = reads_pick(visit);
	int rc = pg ? send_profile(one, pg) : RA_EDOWN;
	if (rc == 0)
		rc = send_habits(one, pg);
	if (rc == 0)
		rc = send_rated(one, &one->now, &one->range->now, settings, pg);
	if (rc == 0 && one->range->has_before)
		rc = send_rated(one, &one->before, &one->range->before, settings, pg);
	if (rc == 0)
		rc = send_rated(one, &one->this_week, &one->week->now, settings, pg);
	if (rc == 0)
		rc = send_rated(one, &one->last_week, &one->week->before, settings, pg);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_figures, one);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

static void on_week(struct visit *visit, const struct range *range)
{
	struct one *one = visit->state;
	one->week = range;
	rating_settings_ask(visit, &visit->access->guild.id, 1, on_settings);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct one *one = visit->state;
	const struct access_guild *guild = &visit->access->guild;
	struct days *days = ra_arena_new(visit->arena, struct days);
	one->range = range;
	days->first = day_week_start(guild->today, guild->week_start);
	days->end = days->first + 7;
	days->shift = 7;
	range_resolve(visit, &(struct range_wish){ .days = days, .is_sparkline = true }, on_week);
}

void curator_get(struct visit *visit)
{
	struct one *one = ra_arena_new(visit->arena, struct one);
	visit->state = one;
	one->visit = visit;
	if (ra_str_to_u64(ra_http_param(visit->req, "user_id"), &one->person) < 0 ||
	    one->person > INT64_MAX)
		one->person = 0;
	if (!rated_may_see(visit->access, one->person))
		ra_http_problem(
			visit->req, 403, "own", "Only your own",
			"What others did is for the owner, Administrator and Manage Server.");
	else
		range_resolve(visit, &(struct range_wish){ 0 }, on_range);
}
