/*
 * notify_level: once a local day, who of the staff has reached a better level
 * (libshared/desk/rating.h) in the 30 days before it than when it was last
 * looked at. Levels that were edited meanwhile are taken over in silence.
 */
#include "libshared/base/clock.h"
#include "libshared/desk/rating.h"
#include "services/response-tracker/notify_internal.h"
#include <stdio.h>

#define AT_ONCE 5

/* clang-format off */
/* $1 now, $2 shards, $3 how many shards each of their plans has */
const char sql_notify_level_guilds[] =
	"SELECT n.guild_id, d.day - date '1970-01-01', "
	" public.ts_to_ms(app.local_minute(d.day - 30, 0, z.zone)), public.ts_to_ms(app.local_minute(d.day, 0, z.zone)), "
	" coalesce(nullif(s.language, ''), g.locale, ''), coalesce(r.levels, '[]'), "
	" coalesce(r.points_message, 3), coalesce(r.points_reply, 2), coalesce(r.points_reaction, 1), "
	" coalesce(r.points_task, 5), coalesce(r.block_cap, 0), coalesce(r.updated_at > l.looked_at, false) "
	"FROM app.notice_settings n JOIN app.desk_settings k USING (guild_id) "
	"LEFT JOIN app.guild_settings s USING (guild_id) LEFT JOIN analytics.guild g USING (guild_id) "
	"LEFT JOIN app.rating_settings r USING (guild_id) LEFT JOIN response.level_day l USING (guild_id) "
	"CROSS JOIN LATERAL (SELECT coalesce(s.timezone, 'UTC') AS zone) z "
	"CROSS JOIN LATERAL (SELECT (public.ms_to_ts($1) AT TIME ZONE z.zone)::date AS day) d "
	"WHERE n.system_channel_id IS NOT NULL AND k.is_enabled AND g.removed_at IS NULL "
	" AND (l.day IS NULL OR l.day < d.day - date '1970-01-01') "
	" AND EXISTS (SELECT FROM unnest($2::bigint[], $3::bigint[]) h (id, count) "
	"  WHERE (n.guild_id >> 22) % h.count = h.id) "
	"ORDER BY n.guild_id LIMIT 5";

enum guild_column { GUILD, DAY, FROM_MS, TO_MS, LOCALE, LEVELS, P_MESSAGE, P_REPLY, P_REACTION, P_TASK, CAP,
	IS_EDITED };

/* $1 guild, $2 from, $3 to, $4 to $7 points of a message, reply, reaction, task, $8 cap or 0. One row a person;
 * points are told where there is a cap. */
const char sql_notify_level_work[] =
	"WITH blocks AS ("
	" SELECT user_id, kind, count(*) AS count, date_bin('10 minutes', at, 'epoch'::timestamptz) AS block "
	" FROM response.activity WHERE guild_id = $1 AND at >= public.ms_to_ts($2) AND at < public.ms_to_ts($3) "
	" GROUP BY user_id, kind, block"
	"), work AS ("
	" SELECT user_id, sum(count) FILTER (WHERE kind = 'message') AS messages, "
	"  sum(count) FILTER (WHERE kind = 'reply') AS replies, sum(count) FILTER (WHERE kind = 'reaction') AS reactions, "
	"  sum(count) FILTER (WHERE kind = 'task_verification') AS tasks FROM blocks GROUP BY user_id"
	"), capped AS ("
	" SELECT user_id, sum(points) AS points FROM (SELECT user_id, least($8::bigint, sum(count * CASE kind "
	"   WHEN 'message' THEN $4::bigint WHEN 'reply' THEN $5::bigint WHEN 'reaction' THEN $6::bigint ELSE $7::bigint END)) AS points "
	"  FROM blocks WHERE $8 > 0 GROUP BY user_id, block) b GROUP BY user_id"
	"), answers AS ("
	" SELECT r.answered_by AS user_id, count(*) AS responses, "
	"  count(*) FILTER (WHERE r.answered_at - r.asked_at <= k.good_s * interval '1 second') AS good, "
	"  count(*) FILTER (WHERE r.answered_at - r.asked_at >= k.poor_s * interval '1 second') AS poor "
	" FROM response.request r JOIN app.desk_settings k USING (guild_id) WHERE r.guild_id = $1 "
	"  AND r.answered_by IS NOT NULL AND r.state <> 'not_a_request' "
	"  AND r.asked_at >= public.ms_to_ts($2) AND r.asked_at < public.ms_to_ts($3) GROUP BY r.answered_by"
	") "
	"SELECT f.user_id, coalesce(messages, 0), coalesce(replies, 0), coalesce(reactions, 0), coalesce(tasks, 0), "
	" c.points, coalesce(responses, 0), coalesce(good, 0), coalesce(poor, 0), l.score_from "
	"FROM response.staff f LEFT JOIN work USING (user_id) LEFT JOIN capped c USING (user_id) "
	"LEFT JOIN answers USING (user_id) "
	"LEFT JOIN response.staff_level l ON l.guild_id = f.guild_id AND l.user_id = f.user_id "
	"WHERE f.guild_id = $1 AND f.ended_at IS NULL ORDER BY f.user_id LIMIT 5000";

enum work_column { USER, MESSAGES, REPLIES, REACTIONS, TASKS, POINTS, RESPONSES, GOOD, POOR, WAS_FROM };

/* $1 guild, $2 people, $3 the scores their levels begin at, $4 day, $5 now */
const char sql_notify_level_set[] =
	"WITH day AS ("
	" INSERT INTO response.level_day (guild_id, day, looked_at) VALUES ($1, $4::bigint, public.ms_to_ts($5)) "
	" ON CONFLICT (guild_id) DO UPDATE SET day = excluded.day, looked_at = excluded.looked_at"
	"), gone AS (DELETE FROM response.staff_level WHERE guild_id = $1 AND user_id <> ALL ($2::bigint[])) "
	"INSERT INTO response.staff_level (guild_id, user_id, score_from) "
	"SELECT $1, u.* FROM unnest($2::bigint[], $3::bigint[]) u "
	"ON CONFLICT (guild_id, user_id) DO UPDATE SET score_from = excluded.score_from";
/* clang-format on */

struct notify_leveller {
	struct notify *notify; /* borrowed */
	int64_t minute;        /* that was looked at */
	bool is_asking;
};

struct guild {
	struct notify *notify; /* borrowed */
	struct ra_arena arena;
	uint64_t id;
	int64_t day;
	const struct lang *lang; /* borrowed */
	struct rating_points points;
	struct rating_levels levels;
	bool is_edited;
	int64_t *users, *froms; /* in the arena */
	size_t count;
	int rc; /* of the notices */
};

struct notify_leveller *notify_leveller_new(struct notify *notify)
{
	struct notify_leveller *leveller = ra_new(struct notify_leveller);
	leveller->notify = notify;
	return leveller;
}

static void end(struct guild *guild)
{
	struct notify *n = guild->notify;
	ra_arena_fini(&guild->arena);
	ra_free(guild);
	notify_end(n);
}

/* --- what they reached --- */

static void tell(struct guild *guild, uint64_t user, const struct rating_level *level,
		 int64_t score)
{
	struct ra_arena *arena = &guild->arena;
	bool is_russian = strcmp(lang_code(guild->lang), "ru") == 0;
	char nonce[26];
	const struct lang_arg args[] = {
		{ "who", ra_arena_format(arena, "<@%llu>", (unsigned long long)user) },
		{ "level", embed_name(arena, is_russian ? level->ru : level->en, 60) },
		{ "points", lang_count(guild->lang, arena, "points", score) },
	};
	char *text = ra_arena_format(
		arena, "**%s**\n%s", lang_say(guild->lang, arena, "system.level_up", args, 1),
		lang_say(guild->lang, arena, "system.level_up_text", args, RA_COUNT(args)));
	json_t *message = text_system(TEXT_SUCCESS, NULL, text);
	snprintf(nonce, sizeof(nonce), "l%llx%llx", (unsigned long long)(guild->id ^ user),
		 (unsigned long long)guild->day);
	if (guild->rc == 0)
		guild->rc = notify_system(guild->notify, guild->id, "level_up", message, nonce);
	json_decref(message);
}

static int64_t score_of(const struct guild *guild, const PGresult *rows, int i)
{
	const struct rating_work work = { ra_pg_get_i64(rows, i, MESSAGES),
					  ra_pg_get_i64(rows, i, REPLIES),
					  ra_pg_get_i64(rows, i, REACTIONS),
					  ra_pg_get_i64(rows, i, TASKS) };
	const struct rating_answers answers = { ra_pg_get_i64(rows, i, RESPONSES),
						ra_pg_get_i64(rows, i, GOOD),
						ra_pg_get_i64(rows, i, POOR) };
	int64_t base = guild->points.block_cap ? ra_pg_get_i64(rows, i, POINTS)
					       : rating_base(&guild->points, &work);
	return base + rating_bonus(&answers);
}

static void look_at(struct guild *guild, const PGresult *rows, int i)
{
	int64_t score = score_of(guild, rows, i);
	size_t place = rating_level_of(&guild->levels, score);
	const struct rating_level *level = &guild->levels.level[place];
	bool is_last = place + 1 == guild->levels.count;
	bool is_known = !ra_pg_is_null(rows, i, WAS_FROM);
	uint64_t user = ra_pg_get_u64(rows, i, USER);
	guild->users[guild->count] = (int64_t)user;
	guild->froms[guild->count++] = is_last ? INT64_MIN : level->from;
	if (is_known && !is_last && !guild->is_edited &&
	    level->from > ra_pg_get_i64(rows, i, WAS_FROM))
		tell(guild, user, level, score);
}

/* --- the day is done --- */

static void on_set(void *ctx, int status, const struct ra_err *err)
{
	struct guild *guild = ctx;
	if (status < 0)
		ra_warn(guild->notify->conf.log, "levels not written", ra_f_u64("guild", guild->id),
			ra_f_text("why", err->msg));
	end(guild);
}

static void set(struct guild *guild)
{
	struct ra_pg_params p = { .arena = &guild->arena };
	ra_pg_i64(&p, (int64_t)guild->id);
	ra_pg_i64_array(&p, guild->users, guild->count, sizeof(*guild->users));
	ra_pg_i64_array(&p, guild->froms, guild->count, sizeof(*guild->froms));
	ra_pg_i64(&p, guild->day);
	ra_pg_i64(&p, ra_wall_ms());
	int rc = guild->rc;
	if (rc == 0)
		rc = ra_pg_send(guild->notify->pg, NOTIFY_level_set, &p, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(guild->notify->pg, on_set, guild);
	if (rc < 0)
		end(guild);
}

/* The notices go into the group that `set` ends. */
static void on_work(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct guild *guild = ctx;
	if (status < 0) {
		ra_warn(guild->notify->conf.log, "levels not looked at",
			ra_f_u64("guild", guild->id), ra_f_text("why", err->msg));
		end(guild);
		return;
	}
	size_t size = (size_t)PQntuples(rows) + 1;
	guild->users = ra_arena_alloc(&guild->arena, size * sizeof(*guild->users));
	guild->froms = ra_arena_alloc(&guild->arena, size * sizeof(*guild->froms));
	for (int i = 0; i < PQntuples(rows); i++)
		look_at(guild, rows, i);
	set(guild);
}

static void begin_guild(struct notify *n, const PGresult *rows, int i)
{
	struct guild *guild = ra_new(struct guild);
	struct ra_pg_params p = { .arena = &guild->arena };
	struct ra_err err;
	struct ra_str text = ra_pg_get_str(rows, i, LEVELS);
	json_t *levels = json_loadb(text.ptr, text.len, 0, NULL);
	guild->notify = n;
	guild->id = ra_pg_get_u64(rows, i, GUILD);
	guild->day = ra_pg_get_i64(rows, i, DAY);
	guild->lang = lang_of(n->langs, ra_pg_get_str(rows, i, LOCALE));
	guild->is_edited = ra_pg_get_bool(rows, i, IS_EDITED);
	guild->points = (struct rating_points){ ra_pg_get_i64(rows, i, P_MESSAGE),
						ra_pg_get_i64(rows, i, P_REPLY),
						ra_pg_get_i64(rows, i, P_REACTION),
						ra_pg_get_i64(rows, i, P_TASK),
						ra_pg_get_i64(rows, i, CAP) };
	if (rating_levels_read(levels, &guild->levels, &err) < 0)
		guild->levels = rating_levels_default;
	json_decref(levels);
	notify_begin(n);
	ra_pg_i64(&p, (int64_t)guild->id);
	ra_pg_i64(&p, ra_pg_get_i64(rows, i, FROM_MS));
	ra_pg_i64(&p, ra_pg_get_i64(rows, i, TO_MS));
	ra_pg_i64(&p, guild->points.message);
	ra_pg_i64(&p, guild->points.reply);
	ra_pg_i64(&p, guild->points.reaction);
	ra_pg_i64(&p, guild->points.task);
	ra_pg_i64(&p, guild->points.block_cap);
	int rc = ra_pg_send(n->pg, NOTIFY_level_work, &p, on_work, guild);
	if (rc == 0)
		rc = ra_pg_sync(n->pg, NULL, NULL);
	if (rc < 0)
		end(guild);
}

/* --- which guilds --- */

static void on_guilds(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct notify_leveller *leveller = ctx;
	(void)err;
	for (int i = 0; status == 0 && i < PQntuples(rows); i++)
		begin_guild(leveller->notify, rows, i);
	if (status < 0 || PQntuples(rows) == AT_ONCE)
		leveller->minute = 0; /* there may be more */
}

static void on_guilds_synced(void *ctx, int status, const struct ra_err *err)
{
	struct notify_leveller *leveller = ctx;
	if (status < 0)
		ra_warn(leveller->notify->conf.log, "levels not looked for",
			ra_f_text("why", err->msg));
	leveller->is_asking = false;
	notify_end(leveller->notify);
}

void notify_leveller_tick(struct notify_leveller *leveller)
{
	struct notify *n = leveller->notify;
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	int64_t now_ms = ra_wall_ms(), minute = now_ms / 60000;
	if (leveller->is_asking || leveller->minute == minute)
		return;
	ra_pg_i64(&p, now_ms);
	if (!notify_shards(n, &p)) {
		ra_arena_fini(&arena);
		return;
	}
	leveller->is_asking = true;
	leveller->minute = minute;
	notify_begin(n);
	int rc = ra_pg_send(n->pg, NOTIFY_level_guilds, &p, on_guilds, leveller);
	if (rc == 0)
		rc = ra_pg_sync(n->pg, on_guilds_synced, leveller);
	if (rc < 0) {
		leveller->is_asking = false;
		leveller->minute = 0;
		notify_end(n);
	}
	ra_arena_fini(&arena);
}
