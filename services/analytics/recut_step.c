#include "services/analytics/recut_step.h"
#include "services/analytics/days_sql.h"
#include <stdio.h>

/* clang-format off */
const struct ra_pg_stmt recut_stmts[RECUT_COUNT] = {
	[RECUT_PICK] = {
		"SELECT g.guild_id, s.shard_count, s.shard_id, wish.zone, CASE "
		"WHEN w.zone IS DISTINCT FROM wish.zone OR g.active_rule <> wish.rule THEN 0 "
		"WHEN NOT w.is_cleared THEN 1 ELSE 2 END, wish.rule "
		"FROM analytics.guild g "
		"JOIN unnest($1::bigint[], $2::bigint[]) AS s (shard_id, shard_count) "
		"ON (g.guild_id >> 22) % s.shard_count = s.shard_id "
		"LEFT JOIN app.guild_settings o USING (guild_id) "
		"LEFT JOIN analytics.day_work w USING (guild_id) "
		"CROSS JOIN LATERAL (SELECT coalesce(o.timezone, 'UTC') AS zone, "
		" coalesce(o.is_active_by_messages::int + 2 * o.is_active_by_voice::int "
		"  + 4 * o.is_active_by_reactions::int, 7) AS rule) wish "
		"WHERE (w.guild_id IS NOT NULL OR g.day_zone <> wish.zone OR g.active_rule <> wish.rule) "
		"AND NOT EXISTS (SELECT FROM analytics.erasure e WHERE e.guild_id = g.guild_id) "
		/* who has just read that the days are whole may still ask about them */
		"AND coalesce(w.started_at, '-infinity') < now() - $4::bigint * interval '1 ms' "
		"ORDER BY g.guild_id <= $3::bigint, g.guild_id LIMIT 1",
		4 },
	[RECUT_TURN] = {
		"SELECT pg_advisory_xact_lock(hashtext('analytics.turn'), hashtext($1::text))",
		1 },
	[RECUT_BEGIN] = {
		"WITH work AS (INSERT INTO analytics.day_work AS w (guild_id, zone) "
		"VALUES ($1::bigint, $2::text) ON CONFLICT (guild_id) DO "
		"UPDATE SET zone = EXCLUDED.zone, is_cleared = false, made_from = 'infinity', "
		"next_from = NULL, started_at = now() WHERE w.zone <> EXCLUDED.zone OR EXISTS ("
		"SELECT FROM analytics.guild WHERE guild_id = $1 AND active_rule <> $3::int)) "
		"UPDATE analytics.guild SET day_zone = '', active_rule = $3 WHERE guild_id = $1",
		3 },
#define CLEAR(table)                                                                               \
	table " AS (DELETE FROM analytics." table " WHERE ctid = ANY(ARRAY("                       \
	"SELECT ctid FROM analytics." table " WHERE guild_id = $1 LIMIT $2)) RETURNING 1), "
#define LEFT_OF(table) "NOT EXISTS (SELECT FROM " table ")"
	[RECUT_CLEAR] = {
		"WITH " CLEAR("guild_daily") CLEAR("guild_monthly") CLEAR("heat_monthly")
		CLEAR("channel_daily") CLEAR("channel_monthly") CLEAR("member_daily")
		CLEAR("member_monthly") CLEAR("activity_daily") CLEAR("guild_weekly") CLEAR("people_daily") CLEAR("people_monthly") CLEAR("channel_people_daily")
		"mine AS (SELECT $1::bigint, $2::bigint) "
		"UPDATE analytics.day_work SET is_cleared = true WHERE guild_id = $1 AND "
		LEFT_OF("guild_daily") " AND " LEFT_OF("guild_weekly") " AND " LEFT_OF("guild_monthly") " AND "
		LEFT_OF("heat_monthly") " AND " LEFT_OF("channel_daily") " AND "
		LEFT_OF("channel_monthly") " AND " LEFT_OF("member_daily") " AND "
		LEFT_OF("member_monthly") " AND " LEFT_OF("activity_daily") " AND "
		LEFT_OF("people_daily") " AND " LEFT_OF("people_monthly") " AND " LEFT_OF("channel_people_daily"),
		2 },
#undef CLEAR
#undef LEFT_OF
	/* Back to a full hour with about so many rows behind it, or to the beginning. */
#define BACK(table)                                                                                \
	"coalesce((SELECT hour FROM analytics." table " WHERE guild_id = $1 AND hour < w.made_from " \
	"ORDER BY hour DESC OFFSET $2 LIMIT 1), '-infinity')"
	[RECUT_NEXT] = {
		"UPDATE analytics.day_work w SET next_from = greatest(" BACK("message_hourly") ", "
		BACK("voice_hourly") ") WHERE guild_id = $1::bigint AND is_cleared "
		"AND $2::bigint > 0",
		2 },
#undef BACK
	[RECUT_ACTS] = { sql_recut_acts, 1 },
	[RECUT_GUILD_HOURS] = { sql_recut_guild_hours, 1 },
	[RECUT_FLOWS] = { sql_recut_flows, 1 },
	[RECUT_DONE] = {
		"WITH done AS (DELETE FROM analytics.day_work WHERE guild_id = $1::bigint "
		"AND is_cleared AND next_from = '-infinity' RETURNING guild_id, zone), "
		"more AS (UPDATE analytics.day_work SET made_from = next_from, next_from = NULL "
		"WHERE guild_id = $1 AND is_cleared AND next_from > '-infinity') "
		"UPDATE analytics.guild g SET day_zone = done.zone FROM done "
		"WHERE g.guild_id = done.guild_id",
		1 },
};
/* clang-format on */

void recut_step_read(const PGresult *rows, struct recut_work *work)
{
	struct ra_str zone = ra_pg_get_str(rows, 0, 3);
	work->guild = ra_pg_get_i64(rows, 0, 0);
	snprintf(work->stream, sizeof work->stream, "events:{%lld.%lld}",
		 (long long)ra_pg_get_i64(rows, 0, 1), (long long)ra_pg_get_i64(rows, 0, 2));
	snprintf(work->zone, sizeof work->zone, "%.*s", (int)zone.len, zone.ptr);
	work->job = (enum recut_job)ra_pg_get_i64(rows, 0, 4);
	work->rule = (int)ra_pg_get_i64(rows, 0, 5);
}

static int send_begin(struct ra_pg *pg, const struct recut_work *work, int rows,
		      struct ra_arena *arena)
{
	(void)rows;
	struct ra_pg_params p = { .arena = arena };
	ra_pg_i64(&p, work->guild);
	ra_pg_text(&p, ra_str_of(work->zone));
	ra_pg_i64(&p, work->rule);
	return ra_pg_send(pg, RECUT_BEGIN, &p, NULL, NULL);
}

static int send_clear(struct ra_pg *pg, const struct recut_work *work, int rows,
		      struct ra_arena *arena)
{
	struct ra_pg_params p = { .arena = arena };
	ra_pg_i64(&p, work->guild);
	ra_pg_i64(&p, rows);
	return ra_pg_send(pg, RECUT_CLEAR, &p, NULL, NULL);
}

static int send_add(struct ra_pg *pg, const struct recut_work *work, int rows,
		    struct ra_arena *arena)
{
	static const int parts[] = { RECUT_ACTS, RECUT_GUILD_HOURS, RECUT_FLOWS, RECUT_DONE };
	struct ra_pg_params p = { .arena = arena }, of_guild = { .arena = arena };
	ra_pg_i64(&of_guild, work->guild);
	ra_pg_i64(&p, work->guild);
	ra_pg_i64(&p, rows);
	int rc = ra_pg_send(pg, RECUT_NEXT, &p, NULL, NULL);
	for (size_t i = 0; i < RA_COUNT(parts) && rc == 0; i++)
		rc = ra_pg_send(pg, parts[i], &of_guild, NULL, NULL);
	return rc;
}

int recut_step_send(struct ra_pg *pg, const struct recut_work *work, int rows,
		    struct ra_arena *arena)
{
	static int (*const senders[])(struct ra_pg * pg, const struct recut_work *work, int rows,
				      struct ra_arena *arena) = {
		[RECUT_JOB_BEGIN] = send_begin,
		[RECUT_JOB_CLEAR] = send_clear,
		[RECUT_JOB_ADD] = send_add,
	};
	struct ra_pg_params p = { .arena = arena };
	ra_pg_text(&p, ra_str_of(work->stream));
	int rc = ra_pg_send(pg, RECUT_TURN, &p, NULL, NULL);
	return rc == 0 ? senders[work->job](pg, work, rows, arena) : rc;
}
