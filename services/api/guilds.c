/* guilds: the server picker - every guild the account may see something of, with the bot or
 * without.
 */
#include "services/api/visit.h"

#define WEEK_MS (7LL * 24 * 3600 * 1000)

/* $1 account, $2 now, $3 a week. One row a guild the account is in; the gate is access.h's. */
const char sql_guilds_of[] =
	"SELECT m.guild_id, m.is_owner, m.permissions, coalesce(g.name, m.name), "
	" CASE WHEN g.guild_id IS NULL THEN m.icon ELSE g.icon END, g.guild_id IS NOT NULL, "
	" g.is_available, g.member_count, w.messages, "
	" coalesce(m.guild_id = ANY(c.viewer_roles) OR c.viewer_roles && p.roles, false), "
	" r.guild_id IS NOT NULL, public.ts_to_ms(r.removed_at "
	"  + CASE WHEN d.guild_id IS NULL THEN 30 ELSE d.leave_grace_days END * interval '1 day'), "
	" g.guild_id IS NOT NULL AND EXISTS (SELECT FROM response.staff f "
	"  WHERE f.guild_id = m.guild_id AND f.user_id = m.user_id AND f.ended_at IS NULL) "
	"FROM app.account_guild m "
	"LEFT JOIN analytics.guild g ON g.guild_id = m.guild_id AND g.removed_at IS NULL "
	"LEFT JOIN analytics.guild r ON r.guild_id = m.guild_id AND r.removed_at IS NOT NULL "
	"LEFT JOIN app.guild_settings d ON d.guild_id = r.guild_id "
	"LEFT JOIN app.guild_settings c ON c.guild_id = g.guild_id "
	"LEFT JOIN analytics.member p ON p.guild_id = g.guild_id AND p.user_id = m.user_id "
	" AND p.left_at IS NULL "
	"LEFT JOIN LATERAL (SELECT coalesce(sum(h.messages), 0) AS messages "
	" FROM analytics.guild_hourly h WHERE h.guild_id = g.guild_id "
	" AND h.hour >= public.ms_to_ts($2::bigint - $3::bigint) "
	" AND h.hour <= public.ms_to_ts($2)) w "
	" ON g.guild_id IS NOT NULL "
	"WHERE m.user_id = $1 "
	"ORDER BY g.guild_id IS NULL, w.messages DESC, lower(m.name), m.guild_id";

enum column {
	ID,
	IS_OWNER,
	PERMISSIONS,
	NAME,
	ICON,
	HAS_BOT,
	IS_AVAILABLE,
	MEMBERS,
	MESSAGES,
	IS_VIEWER,
	HAS_DATA, /* though the bot has left */
	DELETED_AT,
	IS_STAFF,
};

/* null when there is none, or it is not for who asks */
static json_t *count_json(const PGresult *rows, int row, int column, bool may_see)
{
	return !may_see || ra_pg_is_null(rows, row, column)
		       ? json_null()
		       : json_integer(ra_pg_get_i64(rows, row, column));
}

static json_t *card_json(const struct api *api, const PGresult *rows, int row)
{
	uint64_t id = ra_pg_get_u64(rows, row, ID);
	bool is_owner = ra_pg_get_bool(rows, row, IS_OWNER);
	bool has_bot = ra_pg_get_bool(rows, row, HAS_BOT);
	bool is_staff = ra_pg_get_bool(rows, row, IS_STAFF);
	uint64_t permissions = (uint64_t)ra_pg_get_i64(rows, row, PERMISSIONS);
	bool can_manage = access_may_manage(is_owner, permissions);
	bool may_see =
		access_may_see(is_owner, permissions) || ra_pg_get_bool(rows, row, IS_VIEWER);
	if (!may_see && !is_staff)
		return NULL;
	return json_pack("{s:o, s:o, s:o, s:b, s:b, s:b, s:b, s:b, s:b, s:o, s:o, s:o, s:b, s:o}",
			 "id", json_id(id), "name", json_str(ra_pg_get_str(rows, row, NAME)),
			 "icon_url", json_icon(api, id, ra_pg_get_str(rows, row, ICON)), "is_owner",
			 is_owner, "can_manage", can_manage, "can_see_figures", may_see, "is_staff",
			 is_staff, "has_bot", has_bot, "is_available",
			 ra_pg_get_bool(rows, row, IS_AVAILABLE), "members",
			 count_json(rows, row, MEMBERS, may_see), "messages_7d",
			 count_json(rows, row, MESSAGES, may_see), "invite_url",
			 has_bot ? json_null() : json_invite(api, id), "has_data",
			 can_manage && ra_pg_get_bool(rows, row, HAS_DATA), "deleted_at",
			 json_instant(can_manage ? ra_pg_get_i64(rows, row, DELETED_AT) : 0));
}

static void on_guilds(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	json_t *guilds = json_array();
	for (int row = 0; row < PQntuples(rows); row++) {
		json_t *card = card_json(visit->api, rows, row);
		if (card)
			json_array_append_new(guilds, card);
	}
	ra_http_reply_json(visit->req, 200, json_pack("{s:o}", "guilds", guilds));
}

void guilds_list(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	ra_pg_i64(&p, WEEK_MS);
	if (db_ask(visit->api->db, STMT_guilds_of, &p, on_guilds, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
