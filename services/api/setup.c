/* setup: what a fresh guild needs before figures come - is the bot connected, what can it see,
 * which zone was chosen. */
#include "services/api/visit.h"

/* $1 guild. Channels in which people write or talk; hidden: the bot may not look into them. A zone
 * is chosen when the settings name one. */
const char sql_setup[] =
	"SELECT g.is_available AND coalesce((SELECT bool_or(s.is_connected) FROM analytics.shard s "
	"  WHERE ($1::bigint >> 22) % s.shard_count = s.shard_id), false), "
	" count(c.channel_id), count(c.channel_id) FILTER (WHERE c.is_hidden), "
	" EXISTS (SELECT FROM app.guild_settings z WHERE z.guild_id = $1 AND z.timezone <> 'UTC'), "
	" (SELECT count(*) FROM analytics.member m WHERE m.guild_id = $1 AND m.left_at IS NULL "
	"  AND NOT m.is_bot) "
	"FROM analytics.guild g LEFT JOIN analytics.channel c ON c.guild_id = g.guild_id "
	" AND c.deleted_at IS NULL AND c.kind IN (0, 2, 5, 13, 15, 16) "
	"WHERE g.guild_id = $1 GROUP BY g.guild_id";

static void on_setup(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	const struct access_guild *guild = &visit->access->guild;
	(void)err;
	if (status < 0 || PQntuples(rows) == 0) {
		reply_failure(visit->api, visit->req, status < 0 ? status : RA_ENOTFOUND);
		return;
	}
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:b, s:I, s:I, s:b, s:s, s:I, s:o}", "is_connected",
				     ra_pg_get_bool(rows, 0, 0), "channels",
				     (json_int_t)ra_pg_get_i64(rows, 0, 1), "hidden_channels",
				     (json_int_t)ra_pg_get_i64(rows, 0, 2), "is_zone_chosen",
				     ra_pg_get_bool(rows, 0, 3), "timezone", guild->timezone,
				     "people_known", (json_int_t)ra_pg_get_i64(rows, 0, 4),
				     "first_event_at", json_instant(guild->first_event_ms)));
}

void setup_get(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	if (db_ask(visit->api->db, STMT_setup, &p, on_setup, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
