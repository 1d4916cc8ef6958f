#include "services/api/audit.h"

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
