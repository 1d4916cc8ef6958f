#include "services/api/audit.h"
#include "services/api/page.h"
#include "services/api/sql.h"

/* $1 guild, $2 now, $3 account, $4 action, $5 target, $6 before, $7 after */
const char sql_audit_note[] =
	"INSERT INTO app.audit_log (guild_id, at, actor_id, action, target, before, after) "
	"VALUES ($1, public.ms_to_ts($2), $3, $4, $5, $6::jsonb, $7::jsonb)";

/* Of two objects, takes out what is the same in both. */
static void leave_differences(json_t *before, json_t *after)
{
	const char *name;
	json_t *value;
	void *next;
	json_object_foreach_safe(before, next, name, value)
	{
		if (!json_equal(value, json_object_get(after, name)))
			continue;
		json_object_del(after, name);
		json_object_del(before, name);
	}
}

static void add_json(struct ra_pg_params *p, const json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	if (text)
		ra_pg_text(p, ra_str_of(ra_arena_strdup(p->arena, ra_str_of(text))));
	else
		ra_pg_null(p);
	free(text);
}

static int send_note(struct ra_pg *pg, const struct visit *visit, const struct audit *audit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, visit->now_ms);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_text(&p, ra_str_of(audit->action));
	ra_pg_text(&p, ra_str_of(audit->target ? audit->target : ""));
	add_json(&p, audit->before);
	add_json(&p, audit->after);
	return ra_pg_send(pg, STMT_audit_note, &p, NULL, NULL);
}

int audit_note(struct ra_pg *pg, const struct visit *visit, const struct audit *audit)
{
	json_t *before = audit->before, *after = audit->after;
	int rc = 0;
	if (json_is_object(before) && json_is_object(after))
		leave_differences(before, after);
	bool is_same = before && after && json_equal(before, after);
	if (!is_same)
		rc = send_note(pg, visit, audit);
	json_decref(before);
	json_decref(after);
	return rc;
}

/* --- what was noted ------------------------------------------------------------ */

/* clang-format off */
/* $1 guild, $2 account or 0, $3 action or its noun or "", $4 limit, $5 offset. One row, JSON: the
 * newest first, how many there are, and what can be asked for. */
const char sql_audit_list[] =
	"WITH noted AS MATERIALIZED (SELECT * FROM app.audit_log WHERE guild_id = $1 "
	" AND ($2::bigint = 0 OR actor_id = $2) "
	" AND ($3::text = '' OR action = $3 OR action LIKE $3 || '.%')"
	"), page AS (SELECT * FROM noted ORDER BY audit_id DESC LIMIT $4 OFFSET $5) "
	"SELECT json_build_object('total', (SELECT count(*) FROM noted), "
	" 'rows', coalesce((SELECT json_agg(json_build_object('id', audit_id::text, "
	"  'at', " SQL_ISO("at") ", 'actor', json_build_object('id', actor_id::text, "
	"   'name', coalesce(a.global_name, a.username, '')), 'action', action, 'target', target, "
	"  'before', before, 'after', after) ORDER BY audit_id DESC) "
	"  FROM page LEFT JOIN app.account a ON a.user_id = actor_id), '[]'), "
	" 'actors', coalesce((SELECT json_agg(json_build_object('id', actor_id::text, "
	"  'name', coalesce(a.global_name, a.username, '')) ORDER BY actor_id) FROM "
	"  (SELECT DISTINCT actor_id FROM app.audit_log WHERE guild_id = $1 LIMIT 200) w "
	"  LEFT JOIN app.account a ON a.user_id = actor_id), '[]'), "
	" 'actions', coalesce((SELECT json_agg(action ORDER BY action) FROM "
	"  (SELECT DISTINCT action FROM app.audit_log WHERE guild_id = $1) w), '[]'))";
/* clang-format on */

static void on_list(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else
		ra_http_reply(visit->req, 200, "application/json", ra_pg_get_str(rows, 0, 0));
}

void audit_list(struct visit *visit)
{
	struct page_of_list page = { 0 };
	struct ra_err err = { 0 };
	struct ra_pg_params p = { .arena = visit->arena };
	int64_t actor = 0;
	const char *action = ra_http_query(visit->req, "action");
	int rc = page_parse(visit, &page, &err);
	if (rc == 0)
		rc = query_number(visit, "actor", 0, INT64_MAX, &actor, &err);
	if (rc == 0 && action && strspn(action, "abcdefghijklmnopqrstuvwxyz._") != strlen(action))
		rc = ra_fail(&err, RA_EINVAL, "Use one like settings.change.",
			     "action is no such word");
	if (rc < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, actor);
	ra_pg_text(&p, ra_str_of(action ? action : ""));
	ra_pg_i64(&p, page.limit);
	ra_pg_i64(&p, page.offset);
	if (db_ask(visit->api->db, STMT_audit_list, &p, on_list, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
