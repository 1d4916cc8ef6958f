/*
 * privacy: what is kept about whoever asks, guild by guild, and what they want
 * done with it. Nobody asks for anybody else here: the account of the session
 * is the only user these statements know. Wishes are rows of app.opt_out and
 * app.erasure; analytics follows them (unnamed.h), backup-scheduler carries
 * them out (upkeep.h).
 */
#include "services/api/body.h"
#include "services/api/session.h"
#include "services/api/sql.h"
#include <stdio.h>

/* Rows of one table in an export; the totals beside them say what there is. */
#define EXPORT_ROWS 200000

/* clang-format off */
/* $1 account. One row, JSON: every guild that keeps, or may come to keep, something about it. */
const char sql_my_guilds[] =
	"WITH mine AS ("
	" SELECT guild_id FROM app.account_guild WHERE user_id = $1 UNION "
	" SELECT guild_id FROM analytics.member WHERE user_id = $1 UNION "
	" SELECT guild_id FROM analytics.unnamed WHERE user_id = $1) "
	"SELECT coalesce(json_agg(json_build_object('id', g.guild_id::text, 'name', g.name, "
	" 'icon', g.icon, 'is_member', m.guild_id IS NOT NULL OR p.left_at IS NULL AND p.user_id IS NOT NULL, "
	" 'has_bot', g.removed_at IS NULL, "
	" 'known_as', coalesce(p.nick, p.global_name, p.username), "
	" 'opted_out_at', " SQL_ISO("o.at") ", 'erasure_at', " SQL_ISO("e.requested_at") ", "
	" 'messages', s.messages, 'reactions', s.reactions, 'voice_ms', s.voice_ms, "
	" 'first_month', s.first_month, 'last_month', s.last_month) "
	" ORDER BY lower(g.name), g.guild_id), '[]') "
	"FROM mine JOIN analytics.guild g USING (guild_id) "
	"LEFT JOIN app.account_guild m ON m.guild_id = g.guild_id AND m.user_id = $1 "
	"LEFT JOIN analytics.member p ON p.guild_id = g.guild_id AND p.user_id = $1 "
	"LEFT JOIN app.opt_out o ON o.guild_id = g.guild_id AND o.user_id = $1 "
	"LEFT JOIN app.erasure e ON e.guild_id = g.guild_id AND e.user_id = $1 "
	"CROSS JOIN LATERAL (SELECT coalesce(sum(d.messages), 0) AS messages, "
	"  coalesce(sum(d.reactions_given), 0) AS reactions, coalesce(sum(d.raw_ms), 0) AS voice_ms, "
	"  min(d.month) AS first_month, max(d.month) AS last_month FROM analytics.member_monthly d "
	"  WHERE d.guild_id = g.guild_id AND d.user_id = $1) s";

/* $1 guild, $2 account. One row, JSON: by table how many rows, the directory's own words, and what
 * was counted, by month. */
const char sql_my_data[] =
	"SELECT json_build_object('tables', coalesce((SELECT json_agg(json_build_object("
	"  'name', d.name, 'rows', d.total) ORDER BY d.name) "
	"  FROM app.person_data($1::bigint, $2::bigint, 0) d), '[]'), "
	" 'directory', (SELECT json_build_object('username', username, 'global_name', global_name, "
	"   'nick', nick, 'roles', coalesce((SELECT json_agg(r.name ORDER BY r.position DESC) "
	"    FROM analytics.role r WHERE r.guild_id = $1 AND r.role_id = ANY (m.roles)), '[]'), "
	"   'joined_at', " SQL_ISO("joined_at") ", 'left_at', " SQL_ISO("left_at") ") "
	"  FROM analytics.member m WHERE m.guild_id = $1 AND m.user_id = $2), "
	" 'months', coalesce((SELECT json_agg(json_build_object('month', to_char(month, 'YYYY-MM'), "
	"   'messages', messages, 'reactions', reactions_given, 'voice_ms', raw_ms, "
	"   'blocks', blocks) ORDER BY month) FROM analytics.member_monthly "
	"  WHERE guild_id = $1 AND user_id = $2), '[]'))";

/* $1 guild, $2 account, $3 rows of a table at most. One row, JSON. */
const char sql_my_export[] =
	"SELECT json_build_object('guild', (SELECT json_build_object('id', guild_id::text, "
	" 'name', name) FROM analytics.guild WHERE guild_id = $1), 'user_id', $2::bigint::text, "
	" 'tables', coalesce((SELECT json_object_agg(d.name, json_build_object('total', d.total, "
	"  'rows', coalesce(d.content, '[]'))) FROM app.person_data($1::bigint, $2, $3::int) d), '{}'))";

/* $1 guild, $2 account, $3 now */
const char sql_my_opt_out[] =
	"INSERT INTO app.opt_out (guild_id, user_id, at) VALUES ($1, $2, public.ms_to_ts($3)) "
	"ON CONFLICT DO NOTHING";
/* $1 guild, $2 account */
const char sql_my_opt_in[] = "DELETE FROM app.opt_out WHERE guild_id = $1 AND user_id = $2";
/* $1 guild, $2 account, $3 now */
const char sql_my_erasure[] =
	"INSERT INTO app.erasure (guild_id, user_id, requested_at) VALUES ($1, $2, public.ms_to_ts($3)) "
	"ON CONFLICT DO NOTHING";
/* $1 account */
const char sql_my_account_end[] = "DELETE FROM app.account WHERE user_id = $1";
/* clang-format on */

static struct ra_pg_params about_me(const struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	return p;
}

/* --- seeing ------------------------------------------------------------------------ */

static void on_json(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else
		ra_http_reply(visit->req, 200, "application/json", ra_pg_get_str(rows, 0, 0));
}

static void ask(struct visit *visit, enum statement stmt, const struct ra_pg_params *p)
{
	ra_http_set_header(visit->req, "cache-control", "no-store");
	if (db_ask(visit->api->db, stmt, p, on_json, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static void on_guilds(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	size_t i;
	json_t *guild;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	json_t *guilds = json_column(rows, 0, 0);
	json_array_foreach(guilds, i, guild) json_dress_guild(visit->api, guild);
	ra_http_reply_json(visit->req, 200, json_pack("{s:o}", "guilds", guilds));
}

void my_guilds(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	if (db_ask(visit->api->db, STMT_my_guilds, &p, on_guilds, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void my_data(struct visit *visit)
{
	struct ra_pg_params p = about_me(visit);
	ask(visit, STMT_my_data, &p);
}

void my_export(struct visit *visit)
{
	struct ra_pg_params p = about_me(visit);
	char disposition[80];
	ra_pg_i64(&p, EXPORT_ROWS);
	snprintf(disposition, sizeof(disposition), "attachment; filename=\"my-data-%llu.json\"",
		 (unsigned long long)visit->access->guild.id);
	ra_http_set_header(visit->req, "content-disposition", disposition);
	ask(visit, STMT_my_export, &p);
}

/* --- wishing ------------------------------------------------------------------------- */

static void on_done(void *ctx, int status, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	ra_http_set_header(visit->req, "cache-control", "no-store");
	ra_http_reply(visit->req, 204, NULL, RA_STR(""));
}

/* Both are rows of (guild, account, now). */
static void wish(struct visit *visit, bool is_out, bool is_erased)
{
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_pg_params p = about_me(visit);
	ra_pg_i64(&p, visit->now_ms);
	int rc = pg ? 0 : RA_EDOWN;
	if (rc == 0 && is_out)
		rc = ra_pg_send(pg, STMT_my_opt_out, &p, NULL, NULL);
	if (rc == 0 && is_erased)
		rc = ra_pg_send(pg, STMT_my_erasure, &p, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_done, visit);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

void my_opt_out(struct visit *visit)
{
	wish(visit, true, false);
}

void my_opt_in(struct visit *visit)
{
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_pg_params p = about_me(visit);
	int rc = pg ? ra_pg_send(pg, STMT_my_opt_in, &p, NULL, NULL) : RA_EDOWN;
	if (rc == 0)
		rc = ra_pg_sync(pg, on_done, visit);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

void my_erasure(struct visit *visit)
{
	struct body body;
	body_open(&body, visit);
	bool is_out = body_bool(&body, "opt_out", false);
	if (body_close(&body))
		wish(visit, is_out, true);
}

/* The login, with every session of it. */
void my_account_end(struct visit *visit)
{
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	session_clear_cookie(visit->api, visit->req);
	int rc = pg ? ra_pg_send(pg, STMT_my_account_end, &p, NULL, NULL) : RA_EDOWN;
	if (rc == 0)
		rc = ra_pg_sync(pg, on_done, visit);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}
