/* staff_guilds: see staff_guilds.h. */
#include "services/api/staff_guilds.h"

/* clang-format off */
/* $1 account; Administrator and Manage Server are bits 3 and 5. One row a guild. */
const char sql_staff_guilds[] =
	"SELECT g.guild_id, g.name, coalesce(g.icon, ''), r.can_manage, s.user_id IS NOT NULL, "
	" coalesce(d.is_enabled, false) "
	"FROM app.account_guild m JOIN analytics.guild g USING (guild_id) "
	"CROSS JOIN LATERAL (SELECT m.is_owner OR m.permissions & 40 <> 0 AS can_manage) r "
	"LEFT JOIN response.staff s ON s.guild_id = g.guild_id AND s.user_id = m.user_id AND s.ended_at IS NULL "
	"LEFT JOIN app.desk_settings d ON d.guild_id = g.guild_id "
	"WHERE m.user_id = $1 AND g.removed_at IS NULL AND (r.can_manage OR s.user_id IS NOT NULL) "
	"ORDER BY lower(g.name), g.guild_id LIMIT 500";
/* clang-format on */

struct wish {
	struct visit *visit; /* borrowed */
	struct staff_guilds guilds;
	staff_guilds_cb done;
};

static struct staff_guild *find(struct staff_guilds *guilds, uint64_t id)
{
	for (size_t i = 0; i < guilds->count; i++)
		if (guilds->all[i].id == id)
			return &guilds->all[i];
	return NULL;
}

/* false: one is named that is not theirs, or too many are. */
static bool choose(struct staff_guilds *guilds, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		uint64_t id;
		struct staff_guild *guild = ra_str_to_u64((struct ra_str){ text, len }, &id) == 0
						    ? find(guilds, id)
						    : NULL;
		if (!guild || guilds->chosen >= STAFF_GUILDS_MAX)
			return false;
		if (!guild->is_chosen)
			guilds->ids[guilds->chosen++] = id;
		guild->is_chosen = true;
		text += len + (text[len] == ',');
	}
	return true;
}

static void choose_those_with_a_desk(struct staff_guilds *guilds)
{
	for (size_t i = 0; i < guilds->count && guilds->chosen < STAFF_GUILDS_MAX; i++) {
		guilds->all[i].is_chosen = guilds->all[i].has_desk;
		if (guilds->all[i].has_desk)
			guilds->ids[guilds->chosen++] = guilds->all[i].id;
	}
}

static void on_guilds(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct wish *wish = ctx;
	struct visit *visit = wish->visit;
	struct staff_guilds *guilds = &wish->guilds;
	const char *text = ra_http_query(visit->req, "guilds");
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	guilds->count = (size_t)PQntuples(rows);
	guilds->all = ra_arena_alloc(visit->arena, (guilds->count + 1) * sizeof(*guilds->all));
	for (int row = 0; row < PQntuples(rows); row++)
		guilds->all[row] = (struct staff_guild){
			.id = ra_pg_get_u64(rows, row, 0),
			.name = ra_arena_strdup(visit->arena, ra_pg_get_str(rows, row, 1)),
			.icon = ra_arena_strdup(visit->arena, ra_pg_get_str(rows, row, 2)),
			.can_manage = ra_pg_get_bool(rows, row, 3),
			.is_staff = ra_pg_get_bool(rows, row, 4),
			.has_desk = ra_pg_get_bool(rows, row, 5),
		};
	if (!text || !*text) {
		choose_those_with_a_desk(guilds);
		wish->done(visit, guilds);
	} else if (choose(guilds, text)) {
		wish->done(visit, guilds);
	} else {
		reply_failure(visit->api, visit->req, RA_ENOTFOUND);
	}
}

void staff_guilds_ask(struct visit *visit, staff_guilds_cb done)
{
	struct wish *wish = ra_arena_new(visit->arena, struct wish);
	struct ra_pg_params p = { .arena = visit->arena };
	*wish = (struct wish){ .visit = visit, .done = done };
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	if (db_ask(visit->api->db, STMT_staff_guilds, &p, on_guilds, wish) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

json_t *staff_guilds_json(const struct api *api, const struct staff_guilds *guilds)
{
	json_t *json = json_array();
	for (size_t i = 0; i < guilds->count; i++) {
		const struct staff_guild *guild = &guilds->all[i];
		json_array_append_new(
			json,
			json_pack("{s:o, s:o, s:o, s:b, s:b, s:b, s:b}", "id", json_id(guild->id),
				  "name", json_text(guild->name), "icon_url",
				  json_icon(api, guild->id, ra_str_of(guild->icon)), "can_manage",
				  guild->can_manage, "is_staff", guild->is_staff, "has_desk",
				  guild->has_desk, "is_chosen", guild->is_chosen));
	}
	return json;
}
