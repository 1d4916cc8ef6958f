/* rated: see rated.h. */
#include "services/api/rated.h"
#include "services/api/sql.h"
#include <stdlib.h>

/* clang-format off */
/* $1 guilds. One row a guild, in that order. */
const char sql_rating_settings[] =
	"SELECT g, r.points_message, r.points_reply, r.points_reaction, r.points_task, "
	" coalesce(r.block_cap, 0), r.levels, r.guild_id IS NOT NULL, "
	" coalesce(d.good_s, 60), coalesce(d.poor_s, 300) "
	"FROM unnest($1::bigint[]) WITH ORDINALITY o (g, n) "
	"LEFT JOIN app.rating_settings r ON r.guild_id = g "
	"LEFT JOIN app.desk_settings d ON d.guild_id = g ORDER BY n";

/* What a block of ten minutes is worth: only where there is a cap does it matter when something was done. */
#define SQL_BLOCKS                                                                                 \
	"block AS ("                                                                               \
	" SELECT a.guild_id, a.user_id, least(s.cap, sum(CASE a.kind WHEN 'message' THEN s.message " \
	"   WHEN 'reply' THEN s.reply WHEN 'reaction' THEN s.reaction ELSE s.task END)) AS points " \
	" FROM setting s JOIN response.activity a USING (guild_id) "                               \
	" WHERE s.cap > 0 AND a.at >= public.ms_to_ts($2) "                                        \
	"  AND a.at < public.ms_to_ts($3) + interval '1 hour' "                                    \
	"  AND date_trunc('hour', a.at, 'UTC') >= public.ms_to_ts($2) "                            \
	"  AND date_trunc('hour', a.at, 'UTC') < public.ms_to_ts($3) "                             \
	" GROUP BY a.guild_id, a.user_id, s.cap, date_bin('10 minutes', a.at, 'epoch'::timestamptz)" \
	"), capped AS (SELECT guild_id, user_id, sum(points) AS points FROM block GROUP BY 1, 2)"

/* $1 guilds, $2 from, $3 to, $4 message, $5 reply, $6 reaction, $7 task, $8 cap (0: none), each by guild,
 * $9 whether answers go by their own time, $10 most rows, $11 pattern of names or null. One row a guild and
 * person, guilds in that order; an hour counts where it begins. */
const char sql_rated_work[] =
	"WITH setting AS (SELECT * FROM unnest($1::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], "
	"  $7::bigint[], $8::bigint[]) WITH ORDINALITY s (guild_id, message, reply, reaction, task, cap, n)"
	"), work AS ("
	" SELECT guild_id, user_id, sum(messages) AS messages, sum(replies) AS replies, "
	"  sum(reactions) AS reactions, sum(tasks) AS tasks FROM response.activity_hourly "
	" WHERE guild_id = ANY ($1) AND hour >= public.ms_to_ts($2) AND hour < public.ms_to_ts($3) "
	" GROUP BY 1, 2"
	"), " SQL_BLOCKS ", person AS ("
	" SELECT guild_id, user_id FROM response.staff WHERE guild_id = ANY ($1) AND ended_at IS NULL "
	" UNION SELECT guild_id, user_id FROM work "
	" UNION SELECT guild_id, answered_by FROM response.request WHERE guild_id = ANY ($1) "
	"  AND answered_by IS NOT NULL AND state <> 'not_a_request' AND CASE WHEN $9::boolean "
	"   THEN answered_at ELSE asked_at END >= public.ms_to_ts($2) AND CASE WHEN $9 "
	"   THEN answered_at ELSE asked_at END < public.ms_to_ts($3)"
	") "
	"SELECT p.user_id, coalesce(nullif(u.name, ''), m.nick, m.global_name, m.username, ''), "
	" coalesce(m.username, ''), coalesce(m.avatar, ''), coalesce(u.kind, ''), "
	" coalesce(u.subdivision, ''), f.user_id IS NOT NULL, coalesce(f.by_role, false), "
	" m.user_id IS NULL OR m.left_at IS NOT NULL, coalesce(w.messages, 0), coalesce(w.replies, 0), "
	" coalesce(w.reactions, 0), coalesce(w.tasks, 0), s.n - 1, c.points, "
	" $11::text IS NULL OR u.name ILIKE $11 OR m.nick ILIKE $11 OR m.global_name ILIKE $11 "
	"  OR m.username ILIKE $11 OR p.user_id::text ILIKE $11 "
	"FROM person p JOIN setting s USING (guild_id) LEFT JOIN work w USING (guild_id, user_id) "
	"LEFT JOIN capped c USING (guild_id, user_id) LEFT JOIN app.curator u USING (guild_id, user_id) "
	"LEFT JOIN analytics.member m USING (guild_id, user_id) "
	"LEFT JOIN response.staff f ON f.guild_id = p.guild_id AND f.user_id = p.user_id AND f.ended_at IS NULL "
	"WHERE NOT EXISTS (SELECT FROM app.curator_excluded e WHERE e.guild_id = p.guild_id "
	"  AND e.user_id = p.user_id) "
	"ORDER BY s.n, f.user_id IS NULL, p.user_id LIMIT $10";

/* $1 guilds, $2 from, $3 to, $4 whether answers go by their own time, $5 good, $6 poor: milliseconds, each by
 * guild. One row a person. */
const char sql_rated_answers[] =
	"WITH band AS (SELECT * FROM unnest($1::bigint[], $5::bigint[], $6::bigint[]) b (guild_id, good_ms, poor_ms)"
	"), answer AS ("
	" SELECT r.answered_by AS user_id, good_ms, poor_ms, "
	"  greatest(1000, public.ts_to_ms(r.answered_at) - public.ts_to_ms(r.asked_at)) AS ms "
	" FROM band JOIN response.request r USING (guild_id) "
	" WHERE r.answered_by IS NOT NULL AND r.state <> 'not_a_request' AND CASE WHEN $4::boolean "
	"   THEN r.answered_at ELSE r.asked_at END >= public.ms_to_ts($2) AND CASE WHEN $4 "
	"   THEN r.answered_at ELSE r.asked_at END < public.ms_to_ts($3) AND NOT EXISTS ("
	"   SELECT FROM app.curator_excluded e WHERE e.guild_id = r.guild_id AND e.user_id = r.answered_by)"
	"), again AS ("
	" SELECT o.answered_by AS user_id, count(*) AS answers FROM response.reopening o "
	" WHERE o.guild_id = ANY ($1) AND o.answered_by IS NOT NULL AND CASE WHEN $4 THEN o.answered_at "
	"   ELSE o.reopened_at END >= public.ms_to_ts($2) AND CASE WHEN $4 THEN o.answered_at "
	"   ELSE o.reopened_at END < public.ms_to_ts($3) GROUP BY 1"
	"), figure AS ("
	" SELECT user_id, count(*) AS responses, count(*) FILTER (WHERE ms <= good_ms) AS good, "
	"  count(*) FILTER (WHERE ms >= poor_ms) AS poor, "
	"  percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS p50, avg(ms)::float8 AS mean, "
	"  min(ms)::float8 AS fastest, max(ms)::float8 AS slowest FROM answer GROUP BY 1"
	") "
	"SELECT user_id, coalesce(responses, 0), coalesce(good, 0), coalesce(poor, 0), "
	" coalesce(p50, -1), coalesce(mean, -1), coalesce(fastest, -1), coalesce(slowest, -1), "
	" coalesce(answers, 0) FROM figure FULL JOIN again USING (user_id)";
/* clang-format on */

bool rated_may_see(const struct access *access, uint64_t person)
{
	bool is_token = access->user_id == 0;
	return access->guild.can_manage || (is_token && access->guild.can_see_people) ||
	       (!is_token && access->user_id == person);
}

/* --- settings --- */

struct settings_wish {
	struct visit *visit; /* borrowed */
	size_t count;
	struct rating_settings *settings;
	rating_settings_cb done;
};

static void read_levels(struct ra_str text, struct rating_levels *out)
{
	struct ra_err err = { 0 };
	json_t *json = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, NULL);
	if (!json || rating_levels_read(json, out, &err) < 0)
		*out = rating_levels_default;
	json_decref(json);
}

static void on_settings(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct settings_wish *wish = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(wish->visit->api, wish->visit->req, status);
		return;
	}
	for (int row = 0; row < PQntuples(rows) && (size_t)row < wish->count; row++) {
		struct rating_settings *one = &wish->settings[row];
		*one = (struct rating_settings){
			.guild_id = ra_pg_get_u64(rows, row, 0),
			.is_own = ra_pg_get_bool(rows, row, 7),
			.good_s = ra_pg_get_i64(rows, row, 8),
			.poor_s = ra_pg_get_i64(rows, row, 9),
			.points = RATING_POINTS_DEFAULT,
			.levels = rating_levels_default,
		};
		if (!one->is_own)
			continue;
		one->points = (struct rating_points){
			ra_pg_get_i64(rows, row, 1), ra_pg_get_i64(rows, row, 2),
			ra_pg_get_i64(rows, row, 3), ra_pg_get_i64(rows, row, 4),
			ra_pg_get_i64(rows, row, 5),
		};
		read_levels(ra_pg_get_str(rows, row, 6), &one->levels);
	}
	wish->done(wish->visit, wish->settings);
}

void rating_settings_ask(struct visit *visit, const uint64_t *guilds, size_t count,
			 rating_settings_cb done)
{
	struct settings_wish *wish = ra_arena_new(visit->arena, struct settings_wish);
	struct ra_pg_params p = { .arena = visit->arena };
	*wish = (struct settings_wish){ .visit = visit, .count = count, .done = done };
	wish->settings = ra_arena_alloc(visit->arena, count * sizeof(*wish->settings));
	ra_pg_u64_array(&p, guilds, count, sizeof(*guilds));
	if (db_ask(visit->api->db, STMT_rating_settings, &p, on_settings, wish) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- what was done --- */

enum work_column {
	USER,
	NAME,
	USERNAME,
	AVATAR,
	KIND,
	SUBDIVISION,
	IS_STAFF,
	BY_ROLE,
	HAS_LEFT,
	MESSAGES,
	REPLIES,
	REACTIONS,
	TASKS,
	GUILD,
	CAPPED,
	IS_FOUND,
};

static int by_id(const void *a, const void *b)
{
	const struct rated_person *one = a, *other = b;
	return (one->id > other->id) - (one->id < other->id);
}

static int by_id_and_place(const void *a, const void *b)
{
	const struct rated_person *one = a, *other = b;
	int order = by_id(a, b);
	return order ? order : (one->place > other->place) - (one->place < other->place);
}

static struct rated_person read_person(const struct rated *rated, const PGresult *rows, int row)
{
	struct ra_arena *arena = rated->visit->arena;
	size_t place = (size_t)ra_pg_get_i64(rows, row, GUILD);
	const struct rating_settings *setting = &rated->settings[place];
	struct rated_person person = {
		.id = ra_pg_get_u64(rows, row, USER),
		.place = place,
		.is_found = ra_pg_get_bool(rows, row, IS_FOUND),
		.name = ra_arena_strdup(arena, ra_pg_get_str(rows, row, NAME)),
		.username = ra_arena_strdup(arena, ra_pg_get_str(rows, row, USERNAME)),
		.avatar = ra_arena_strdup(arena, ra_pg_get_str(rows, row, AVATAR)),
		.kind = ra_arena_strdup(arena, ra_pg_get_str(rows, row, KIND)),
		.subdivision = ra_arena_strdup(arena, ra_pg_get_str(rows, row, SUBDIVISION)),
		.is_staff = ra_pg_get_bool(rows, row, IS_STAFF),
		.by_role = ra_pg_get_bool(rows, row, BY_ROLE),
		.has_left = ra_pg_get_bool(rows, row, HAS_LEFT),
		.work = { ra_pg_get_i64(rows, row, MESSAGES), ra_pg_get_i64(rows, row, REPLIES),
			  ra_pg_get_i64(rows, row, REACTIONS), ra_pg_get_i64(rows, row, TASKS) },
		.p50_ms = -1,
		.mean_ms = -1,
		.fastest_ms = -1,
		.slowest_ms = -1,
	};
	person.base = setting->points.block_cap ? ra_pg_get_i64(rows, row, CAPPED)
						: rating_base(&setting->points, &person.work);
	return person;
}

static const char *either(const char *one, const char *other)
{
	return *one ? one : other;
}

/* The same person in a further guild. */
static void pool(struct rated_person *into, const struct rated_person *more)
{
	into->name = either(into->name, more->name);
	into->username = either(into->username, more->username);
	into->avatar = either(into->avatar, more->avatar);
	into->kind = either(into->kind, more->kind);
	into->subdivision = either(into->subdivision, more->subdivision);
	into->is_found |= more->is_found;
	into->is_staff |= more->is_staff;
	into->by_role |= more->by_role;
	into->has_left &= more->has_left;
	into->work.messages += more->work.messages;
	into->work.replies += more->work.replies;
	into->work.reactions += more->work.reactions;
	into->work.tasks += more->work.tasks;
	into->base += more->base;
}

/* By id, each once. */
static void pool_all(struct rated *rated)
{
	size_t kept = 0;
	for (size_t i = 0; i < rated->count; i++) {
		if (kept > 0 && rated->people[kept - 1].id == rated->people[i].id)
			pool(&rated->people[kept - 1], &rated->people[i]);
		else
			rated->people[kept++] = rated->people[i];
	}
	rated->count = kept;
}

static void on_work(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct rated *rated = ctx;
	int count = status < 0 ? 0 : PQntuples(rows);
	(void)err;
	rated->people =
		ra_arena_alloc(rated->visit->arena, ((size_t)count + 1) * sizeof(*rated->people));
	rated->count = (size_t)count;
	for (int row = 0; row < count; row++)
		rated->people[row] = read_person(rated, rows, row);
	qsort(rated->people, rated->count, sizeof(*rated->people), by_id_and_place);
	pool_all(rated);
}

static void on_answers(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct rated *rated = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		struct rated_person key = { .id = ra_pg_get_u64(rows, row, 0) }, *person;
		person = bsearch(&key, rated->people, rated->count, sizeof(key), by_id);
		if (!person)
			continue; /* excluded */
		person->answers = (struct rating_answers){ ra_pg_get_i64(rows, row, 1),
							   ra_pg_get_i64(rows, row, 2),
							   ra_pg_get_i64(rows, row, 3) };
		person->p50_ms = ra_pg_get_double(rows, row, 4);
		person->mean_ms = ra_pg_get_double(rows, row, 5);
		person->fastest_ms = ra_pg_get_double(rows, row, 6);
		person->slowest_ms = ra_pg_get_double(rows, row, 7);
		person->reopened = ra_pg_get_i64(rows, row, 8);
	}
}

static void add_span(const struct rated *rated, struct ra_pg_params *p)
{
	ra_pg_u64_array(p, &rated->settings->guild_id, rated->guild_count,
			sizeof(*rated->settings));
	ra_pg_i64(p, rated->from_ms);
	ra_pg_i64(p, rated->to_ms);
}

static int send_work(struct rated *rated, struct ra_pg *pg)
{
	const struct rating_settings *first = rated->settings;
	size_t count = rated->guild_count, stride = sizeof(*first);
	struct ra_pg_params p = { .arena = rated->visit->arena };
	add_span(rated, &p);
	ra_pg_i64_array(&p, &first->points.message, count, stride);
	ra_pg_i64_array(&p, &first->points.reply, count, stride);
	ra_pg_i64_array(&p, &first->points.reaction, count, stride);
	ra_pg_i64_array(&p, &first->points.task, count, stride);
	ra_pg_i64_array(&p, &first->points.block_cap, count, stride);
	ra_pg_bool(&p, rated->by_answer);
	ra_pg_i64(&p, RATED_MAX);
	if (rated->pattern)
		ra_pg_text(&p, ra_str_of(rated->pattern));
	else
		ra_pg_null(&p);
	return ra_pg_send(pg, STMT_rated_work, &p, on_work, rated);
}

static int send_answers(struct rated *rated, struct ra_pg *pg)
{
	struct ra_pg_params p = { .arena = rated->visit->arena };
	int64_t *good = ra_arena_alloc(p.arena, rated->guild_count * sizeof(*good));
	int64_t *poor = ra_arena_alloc(p.arena, rated->guild_count * sizeof(*poor));
	for (size_t i = 0; i < rated->guild_count; i++) {
		good[i] = 1000 * rated->settings[i].good_s;
		poor[i] = 1000 * rated->settings[i].poor_s;
	}
	add_span(rated, &p);
	ra_pg_bool(&p, rated->by_answer);
	ra_pg_i64_array(&p, good, rated->guild_count, sizeof(*good));
	ra_pg_i64_array(&p, poor, rated->guild_count, sizeof(*poor));
	return ra_pg_send(pg, STMT_rated_answers, &p, on_answers, rated);
}

int rated_send(struct rated *rated, struct ra_pg *pg)
{
	int rc = send_work(rated, pg);
	return rc < 0 ? rc : send_answers(rated, pg);
}

/* --- where each stands --- */

/* Those with a rank first; then the most. */
static int by_score(const void *a, const void *b)
{
	const struct rated_person *one = a, *other = b;
	if ((one->rank > 0) != (other->rank > 0))
		return one->rank > 0 ? -1 : 1;
	if (one->score != other->score)
		return one->score > other->score ? -1 : 1;
	return by_id(a, b);
}

void rated_finish(struct rated *rated, bool with_former)
{
	const struct rating_levels *levels = &rated->settings->levels;
	size_t ranked = 0;
	for (size_t i = 0; i < rated->count; i++) {
		struct rated_person *one = &rated->people[i];
		one->bonus = rating_bonus(&one->answers);
		one->score = one->base + one->bonus;
		one->level = rating_level_of(levels, one->score);
		one->percentile = -1;
		one->rank = one->is_staff || with_former;
		ranked += one->rank;
	}
	qsort(rated->people, rated->count, sizeof(*rated->people), by_score);
	int64_t *scores = ra_arena_alloc(rated->visit->arena, (ranked + 1) * sizeof(*scores));
	for (size_t i = 0; i < ranked; i++)
		scores[i] = rated->people[i].score;
	for (size_t i = 0; i < ranked; i++) {
		rated->people[i].rank = rating_rank(scores, ranked, i);
		rated->people[i].percentile = rating_percentile(scores, ranked, i);
	}
}

const struct rated_person *rated_find(const struct rated *rated, uint64_t id)
{
	for (size_t i = 0; i < rated->count; i++)
		if (rated->people[i].id == id)
			return &rated->people[i];
	return NULL;
}

size_t rated_ranked(const struct rated *rated)
{
	size_t ranked = 0;
	for (size_t i = 0; i < rated->count; i++)
		ranked += rated->people[i].rank > 0;
	return ranked;
}

json_t *rated_levels_json(const struct rated *rated)
{
	size_t counts[RATING_LEVELS_MAX] = { 0 }, i;
	json_t *levels = rating_levels_json(&rated->settings->levels), *level;
	for (i = 0; i < rated->count; i++)
		counts[rated->people[i].level] += rated->people[i].rank > 0;
	json_array_foreach(levels, i, level)
		json_object_set_new(level, "count", json_integer((json_int_t)counts[i]));
	return levels;
}

static json_t *time_json(double ms)
{
	return ms < 0 ? json_null() : json_integer((json_int_t)(ms + 0.5));
}

json_t *rated_json(const struct api *api, const struct rated_person *person)
{
	const struct rating_answers *answers = &person->answers;
	json_t *json = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:b}", "id", json_id(person->id), "name",
		json_text(person->name), "username", json_text(person->username), "avatar_url",
		json_avatar(api, person->id, ra_str_of(person->avatar)), "kind",
		json_text(person->kind), "subdivision", json_text(person->subdivision), "is_staff",
		person->is_staff, "by_role", person->by_role, "has_left", person->has_left);
	json_t *figures = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}",
		"messages", (json_int_t)person->work.messages, "replies",
		(json_int_t)person->work.replies, "reactions", (json_int_t)person->work.reactions,
		"tasks", (json_int_t)person->work.tasks, "responses",
		(json_int_t)answers->responses, "good", (json_int_t)answers->good, "poor",
		(json_int_t)answers->poor, "base", (json_int_t)person->base, "bonus",
		(json_int_t)person->bonus, "score", (json_int_t)person->score, "p50_ms",
		time_json(person->p50_ms), "mean_ms", time_json(person->mean_ms), "fastest_ms",
		time_json(person->fastest_ms), "slowest_ms", time_json(person->slowest_ms));
	json_object_update(json, figures);
	json_decref(figures);
	json_object_set_new(json, "reopened", json_integer((json_int_t)person->reopened));
	json_object_set_new(json, "level", json_integer((json_int_t)person->level));
	json_object_set_new(json, "rank",
			    person->rank ? json_integer((json_int_t)person->rank) : json_null());
	json_object_set_new(json, "percentile",
			    person->percentile < 0 ? json_null()
						   : json_integer(person->percentile));
	return json;
}
