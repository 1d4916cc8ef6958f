/*
 * now: what goes on in a guild beyond the live feed's few numbers - where people write this hour
 * and the one before, who came and went last. Asked again whenever the feed says that something
 * happened.
 */
#include "services/api/sql.h"
#include "services/api/visit.h"

#define CHANNELS_MAX "12"
#define FLOW_MAX     "20"
#define HOUR_MS      (3600LL * 1000)

/* clang-format off */
/* $1 guild, $2 since. A thread counts for its channel. */
const char sql_now_channels[] =
	"SELECT top_id, coalesce(c.name, ''), coalesce(c.kind, 0), c.deleted_at IS NOT NULL, "
	" messages, people "
	"FROM (SELECT CASE WHEN t.kind IN (10, 11, 12) THEN coalesce(t.parent_id, m.channel_id) "
	"  ELSE m.channel_id END AS top_id, sum(messages) AS messages, "
	"  count(DISTINCT user_id) FILTER (WHERE messages > 0) AS people "
	" FROM analytics.message_hourly m LEFT JOIN analytics.channel t USING (guild_id, channel_id) "
	" WHERE guild_id = $1 AND hour >= public.ms_to_ts($2) AND author_kind = 0 "
	" GROUP BY 1 HAVING sum(messages) > 0 ORDER BY 2 DESC, 1 LIMIT " CHANNELS_MAX ") w "
	"LEFT JOIN analytics.channel c ON c.guild_id = $1 AND c.channel_id = w.top_id "
	"ORDER BY messages DESC, top_id";

/* $1 guild. The newest first. */
const char sql_now_flow[] =
	"SELECT public.ts_to_ms(f.at), f.kind, f.is_rejoin, f.tenure_ms, f.user_id, "
	" coalesce(m.nick, m.global_name, m.username, ''), m.avatar, f.is_bot "
	"FROM (SELECT * FROM analytics.member_flow WHERE guild_id = $1 "
	" ORDER BY at DESC LIMIT " FLOW_MAX ") f "
	"LEFT JOIN analytics.member m USING (guild_id, user_id) ORDER BY f.at DESC, f.user_id";
/* clang-format on */

struct now {
	struct visit *visit; /* borrowed */
	int64_t since_ms;
	json_t *channels, *flow; /* ours until the answer */
};

static void on_channels(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct now *now = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++)
		json_array_append_new(now->channels,
				      json_pack("{s:o, s:o, s:I, s:b, s:I, s:I}", "id",
						json_id(ra_pg_get_u64(rows, row, 0)), "name",
						json_str(ra_pg_get_str(rows, row, 1)), "kind",
						(json_int_t)ra_pg_get_i64(rows, row, 2),
						"is_deleted", ra_pg_get_bool(rows, row, 3),
						"messages", (json_int_t)ra_pg_get_i64(rows, row, 4),
						"people", (json_int_t)ra_pg_get_i64(rows, row, 5)));
}

/* Who it was only those learn who may see single members. */
static json_t *who_json(const struct visit *visit, const PGresult *rows, int row)
{
	uint64_t id = ra_pg_get_u64(rows, row, 4);
	if (!visit->access->guild.can_see_people)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "id", json_id(id), "name",
			 json_str(ra_pg_get_str(rows, row, 5)), "avatar_url",
			 json_avatar(visit->api, id, ra_pg_get_str(rows, row, 6)));
}

static void on_flow(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct now *now = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++)
		json_array_append_new(now->flow,
				      json_pack("{s:o, s:o, s:b, s:o, s:b, s:o}", "at",
						json_instant(ra_pg_get_i64(rows, row, 0)), "kind",
						json_str(ra_pg_get_str(rows, row, 1)), "is_rejoin",
						ra_pg_get_bool(rows, row, 2), "tenure_ms",
						ra_pg_is_null(rows, row, 3)
							? json_null()
							: json_integer(ra_pg_get_i64(rows, row, 3)),
						"is_bot", ra_pg_get_bool(rows, row, 7), "member",
						who_json(now->visit, rows, row)));
}

static void on_now(void *ctx, int status, const struct ra_err *err)
{
	struct now *now = ctx;
	struct visit *visit = now->visit;
	(void)err;
	if (status < 0) {
		json_decref(now->channels);
		json_decref(now->flow);
		reply_failure(visit->api, visit->req, status);
		return;
	}
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:o, s:o, s:o}", "at", json_instant(visit->now_ms),
				     "since", json_instant(now->since_ms), "channels",
				     now->channels, "flow", now->flow));
}

void now_get(struct visit *visit)
{
	struct now *now = ra_arena_new(visit->arena, struct now);
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_pg_params since = { .arena = visit->arena }, guild = since;
	now->visit = visit;
	now->since_ms = visit->now_ms - visit->now_ms % HOUR_MS - HOUR_MS;
	ra_pg_i64(&guild, (int64_t)visit->access->guild.id);
	ra_pg_i64(&since, (int64_t)visit->access->guild.id);
	ra_pg_i64(&since, now->since_ms);
	now->channels = json_array();
	now->flow = json_array();
	int rc = pg ? ra_pg_send(pg, STMT_now_channels, &since, on_channels, now) : RA_EDOWN;
	if (rc == 0)
		rc = ra_pg_send(pg, STMT_now_flow, &guild, on_flow, now);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_now, now);
	if (rc < 0) {
		json_decref(now->channels);
		json_decref(now->flow);
		reply_failure(visit->api, visit->req, rc);
	}
}
