/* task_settings: where members report done tasks, and what makes a message a report. */
#include "libshared/desk/match.h"
#include "services/api/audit.h"
#include "services/api/body.h"
#include "services/api/system.h"

#define CHANNELS_MAX 50
#define KEYWORDS_MAX 100

/* clang-format off */
#define SQL_SETTINGS                                                                               \
	"SELECT * FROM app.task_settings WHERE guild_id = $1 "                                     \
	"UNION ALL SELECT $1, false, '{}', '{}', true, now() "                                     \
	"WHERE NOT EXISTS (SELECT FROM app.task_settings WHERE guild_id = $1)"

/* $1 guild, $2 channels named, JSON. One row: what is set, which of the channels are not there, and
 * whether anybody is staff. */
const char sql_task_settings[] =
	"SELECT jsonb_build_object('is_enabled', s.is_enabled, 'channels', to_jsonb(s.channels::text[]), "
	" 'keywords', s.keywords, 'needs_call', s.needs_call), "
	" (SELECT coalesce(jsonb_agg(id), '[]') FROM jsonb_array_elements_text($2::jsonb) id "
	"  WHERE NOT EXISTS (SELECT FROM analytics.channel c WHERE c.guild_id = $1 "
	"   AND c.channel_id = id::bigint)), "
	" (SELECT count(*) FROM response.staff t WHERE t.guild_id = $1 AND t.ended_at IS NULL) "
	"FROM (" SQL_SETTINGS ") s";

/* $1 guild, $2 what changes, $3 now. */
const char sql_task_settings_change[] =
	"INSERT INTO app.task_settings AS s (guild_id, is_enabled, channels, keywords, needs_call, updated_at) "
	"SELECT n.guild_id, n.is_enabled, n.channels, n.keywords, n.needs_call, public.ms_to_ts($3) "
	"FROM (" SQL_SETTINGS ") s CROSS JOIN LATERAL jsonb_populate_record(s::app.task_settings, $2::jsonb) n "
	"ON CONFLICT (guild_id) DO UPDATE SET (is_enabled, channels, keywords, needs_call, updated_at) = ("
	" excluded.is_enabled, excluded.channels, excluded.keywords, excluded.needs_call, excluded.updated_at)";
/* clang-format on */

struct change {
	struct visit *visit; /* borrowed */
	json_t *after;       /* owned; what changes. NULL: a question */
	json_t *now;         /* owned; the answer */
};

static void fail(struct change *change, int status)
{
	json_decref(change->after);
	reply_failure(change->visit->api, change->visit->req, status);
}

static void ask(struct change *change);

static void on_sight(void *ctx, int sees)
{
	struct change *change = ctx;
	json_object_set_new(change->now, "sees_texts", sees < 0 ? json_null() : json_boolean(sees));
	ra_http_reply_json(change->visit->req, 200, change->now);
}

static void on_changed(void *ctx, int status, const struct ra_err *err)
{
	struct change *change = ctx;
	(void)err;
	if (status < 0) {
		fail(change, status);
		return;
	}
	json_decref(change->after);
	change->after = NULL;
	ask(change);
}

static void apply(struct change *change, const json_t *now)
{
	struct visit *visit = change->visit;
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_pg_params p = { .arena = visit->arena };
	json_t *before = json_object(), *value;
	const char *name;
	json_object_foreach(change->after, name, value)
		json_object_set(before, name, json_object_get(now, name));
	char *after = json_dumps(change->after, JSON_COMPACT);
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_text(&p, ra_str_of(after));
	ra_pg_i64(&p, visit->now_ms);
	free(after);
	const struct audit audit = { .action = "task_settings.change",
				     .before = before,
				     .after = json_deep_copy(change->after) };
	int rc = pg ? ra_pg_send(pg, STMT_task_settings_change, &p, NULL, NULL) : RA_EDOWN;
	if (rc < 0) {
		json_decref(audit.before);
		json_decref(audit.after);
	} else {
		rc = audit_note(pg, visit, &audit);
	}
	if (rc == 0)
		rc = ra_pg_sync(pg, on_changed, change);
	if (rc < 0)
		fail(change, rc);
}

static void check(struct change *change, const PGresult *rows)
{
	json_t *missing = json_column(rows, 0, 1), *now = json_column(rows, 0, 0),
	       *mistakes = json_array();
	size_t i;
	const json_t *id;
	json_array_foreach(missing, i, id) json_array_append_new(
		mistakes, json_sprintf("channel %s is not of this server. Take it out.",
				       json_string_value(id)));
	if (json_array_size(mistakes) > 0) {
		json_decref(change->after);
		body_reply_mistakes(change->visit, json_incref(mistakes));
	} else {
		apply(change, now);
	}
	json_decref(missing);
	json_decref(mistakes);
	json_decref(now);
}

static void on_settings(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct change *change = ctx;
	struct visit *visit = change->visit;
	(void)err;
	if (status < 0) {
		fail(change, status);
	} else if (change->after) {
		check(change, rows);
	} else {
		change->now = json_column(rows, 0, 0);
		json_object_set_new(change->now, "staff", json_integer(ra_pg_get_i64(rows, 0, 2)));
		system_sees_texts(visit->api, visit->access->guild.id, on_sight, change);
	}
}

static void ask(struct change *change)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	const json_t *channels = json_object_get(change->after, "channels");
	char *text = channels ? json_dumps(channels, JSON_COMPACT) : NULL;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_text(&p, ra_str_of(text ? text : "[]"));
	free(text);
	if (db_ask(visit->api->db, STMT_task_settings, &p, on_settings, change) < 0)
		fail(change, RA_EDOWN);
}

void task_settings_get(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	change->visit = visit;
	ask(change);
}

static void read_keywords(struct body *body, json_t *after)
{
	json_t *words = body_texts(body, "keywords", KEYWORDS_MAX, MATCH_TERM_CHARS);
	size_t i;
	const json_t *word;
	json_array_foreach(words, i, word)
	{
		struct ra_err err;
		struct ra_str text = { json_string_value(word), json_string_length(word) };
		if (text.ptr && match_check(MATCH_WORD, text, &err) < 0)
			body_fail(body, err.hint, "keywords: \"%.60s\": %s", text.ptr, err.msg);
	}
	json_object_set_new(after, "keywords", words);
}

void task_settings_put(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	struct body body;
	*change = (struct change){ .visit = visit, .after = json_object() };
	body_open(&body, visit);
	if (body_has(&body, "is_enabled"))
		json_object_set_new(change->after, "is_enabled",
				    json_boolean(body_bool(&body, "is_enabled", false)));
	if (body_has(&body, "needs_call"))
		json_object_set_new(change->after, "needs_call",
				    json_boolean(body_bool(&body, "needs_call", true)));
	if (body_has(&body, "channels"))
		json_object_set_new(change->after, "channels",
				    body_ids(&body, "channels", CHANNELS_MAX));
	if (body_has(&body, "keywords"))
		read_keywords(&body, change->after);
	if (body_close(&body))
		ask(change);
	else
		json_decref(change->after);
}
