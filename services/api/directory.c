/*
 * directory: names for ids - what a filter may be about, and what one in the
 * address is called. Channels and roles of today, all of them; of members and
 * threads those asked for, and members a search finds.
 */
#include "services/api/filter.h"
#include "services/api/order.h"

#define MEMBERS_FOUND "20"

/* clang-format off */
/* $1 guild, $2 channels and categories asked for. */
const char sql_directory_channels[] =
	"SELECT c.channel_id, c.name, c.kind, c.parent_id, c.deleted_at IS NOT NULL "
	"FROM analytics.channel c LEFT JOIN analytics.channel p "
	" ON p.guild_id = c.guild_id AND p.channel_id = c.parent_id "
	"WHERE c.guild_id = $1 AND (c.channel_id = ANY ($2::bigint[]) "
	" OR (c.deleted_at IS NULL AND c.kind NOT IN (10, 11, 12))) "
	"ORDER BY CASE WHEN c.kind = 4 THEN c.position ELSE coalesce(p.position, -1) END, "
	" c.kind <> 4, c.kind IN (2, 13), c.position, c.channel_id";

/* $1 guild, $2 roles asked for. */
const char sql_directory_roles[] =
	"SELECT role_id, name, color FROM analytics.role WHERE guild_id = $1 "
	" AND (deleted_at IS NULL OR role_id = ANY ($2::bigint[])) "
	"ORDER BY position DESC, role_id";

/* $1 guild, $2 members asked for, $3 pattern (null: no search), $4 id. */
const char sql_directory_members[] =
	"SELECT user_id, coalesce(nick, global_name, username, ''), avatar, is_bot, "
	" left_at IS NOT NULL FROM ("
	" SELECT m.*, 0 AS place FROM analytics.member m "
	" WHERE guild_id = $1 AND user_id = ANY ($2::bigint[]) "
	" UNION ALL "
	" (SELECT m.*, 1 FROM analytics.member m WHERE guild_id = $1 AND user_id <> ALL ($2) "
	"  AND (nick ILIKE $3::text OR global_name ILIKE $3 OR username ILIKE $3 OR user_id = $4) "
	"  ORDER BY left_at IS NOT NULL, lower(coalesce(nick, global_name, username)), user_id "
	"  LIMIT " MEMBERS_FOUND ")) m "
	"ORDER BY place, left_at IS NOT NULL, lower(coalesce(nick, global_name, username)), user_id";
/* clang-format on */

struct directory {
	struct visit *visit; /* borrowed */
	struct filter filter;
	struct order order;
	json_t *channels, *roles, *members; /* owned until the answer */
};

static void on_channels(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct directory *d = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++)
		json_array_append_new(
			d->channels, json_pack("{s:o, s:o, s:I, s:o, s:b}", "id",
					       json_id(ra_pg_get_u64(rows, row, 0)), "name",
					       json_str(ra_pg_get_str(rows, row, 1)), "kind",
					       (json_int_t)ra_pg_get_i64(rows, row, 2), "parent_id",
					       ra_pg_is_null(rows, row, 3)
						       ? json_null()
						       : json_id(ra_pg_get_u64(rows, row, 3)),
					       "is_deleted", ra_pg_get_bool(rows, row, 4)));
}

static void on_roles(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct directory *d = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++)
		json_array_append_new(d->roles,
				      json_pack("{s:o, s:o, s:I}", "id",
						json_id(ra_pg_get_u64(rows, row, 0)), "name",
						json_str(ra_pg_get_str(rows, row, 1)), "color",
						(json_int_t)ra_pg_get_i64(rows, row, 2)));
}

static void on_members(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct directory *d = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		uint64_t id = ra_pg_get_u64(rows, row, 0);
		json_array_append_new(
			d->members,
			json_pack("{s:o, s:o, s:o, s:b, s:b}", "id", json_id(id), "name",
				  json_str(ra_pg_get_str(rows, row, 1)), "avatar_url",
				  json_avatar(d->visit->api, id, ra_pg_get_str(rows, row, 2)),
				  "is_bot", ra_pg_get_bool(rows, row, 3), "has_left",
				  ra_pg_get_bool(rows, row, 4)));
	}
}

static void on_directory(void *ctx, int status, const struct ra_err *err)
{
	struct directory *d = ctx;
	(void)err;
	if (status == 0) {
		ra_http_reply_json(d->visit->req, 200,
				   json_pack("{s:o, s:o, s:o}", "channels", d->channels, "roles",
					     d->roles, "members", d->members));
		return;
	}
	json_decref(d->channels);
	json_decref(d->roles);
	json_decref(d->members);
	reply_failure(d->visit->api, d->visit->req, status);
}

static void ids_param(const struct filter_ids *ids, struct ra_pg_params *p)
{
	ra_pg_i64_array(p, ids->ids, ids->count, sizeof(*ids->ids));
}

static int send_channels(struct directory *d, struct ra_pg *pg)
{
	struct ra_pg_params p = { .arena = d->visit->arena };
	struct filter_ids *places = &d->filter.channels, *more = &d->filter.categories;
	struct filter_ids all = { 0 };
	all.ids = ra_arena_alloc(p.arena, (places->count + more->count + 1) * sizeof(int64_t));
	for (size_t i = 0; i < places->count; i++)
		all.ids[all.count++] = places->ids[i];
	for (size_t i = 0; i < more->count; i++)
		all.ids[all.count++] = more->ids[i];
	ra_pg_i64(&p, (int64_t)d->visit->access->guild.id);
	ids_param(&all, &p);
	return ra_pg_send(pg, STMT_directory_channels, &p, on_channels, d);
}

static int send_roles(struct directory *d, struct ra_pg *pg)
{
	struct ra_pg_params p = { .arena = d->visit->arena };
	ra_pg_i64(&p, (int64_t)d->visit->access->guild.id);
	ids_param(&d->filter.roles, &p);
	return ra_pg_send(pg, STMT_directory_roles, &p, on_roles, d);
}

static int send_members(struct directory *d, struct ra_pg *pg)
{
	struct ra_pg_params p = { .arena = d->visit->arena };
	ra_pg_i64(&p, (int64_t)d->visit->access->guild.id);
	ids_param(&d->filter.members, &p);
	if (d->order.pattern)
		ra_pg_text(&p, ra_str_of(d->order.pattern));
	else
		ra_pg_null(&p);
	ra_pg_i64(&p, d->order.id);
	return ra_pg_send(pg, STMT_directory_members, &p, on_members, d);
}

void directory_get(struct visit *visit)
{
	static const char *const sorts[] = { "name", NULL };
	struct directory *d = ra_arena_new(visit->arena, struct directory);
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_err err = { 0 };
	d->visit = visit;
	if (!filter_read(visit, &d->filter))
		return;
	if (order_parse(visit, sorts, "name", &d->order, &err) < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	d->channels = json_array();
	d->roles = json_array();
	d->members = json_array();
	int rc = pg ? send_channels(d, pg) : RA_EDOWN;
	if (rc == 0)
		rc = send_roles(d, pg);
	/* Names of members are no figures, but a list of them is for those who may see them. */
	if (rc == 0 && visit->access->guild.can_see_people)
		rc = send_members(d, pg);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_directory, d);
	if (rc < 0)
		on_directory(d, rc, NULL);
}
