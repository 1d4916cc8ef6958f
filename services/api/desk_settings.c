/*
 * desk_settings: what a guild decides about its requests for help, all but
 * the rules.
 *
 *	read the body -> what is set now, and is what is named there? -> change,
 *	note who did -> the settings as they are
 *
 * Turned on for the first time, the desk gets the rules most want (heritage:
 * Help requests): one of mentions and one of words, and one of forum posts
 * that is off.
 */
#include "libshared/discord/lang.h"
#include "services/api/audit.h"
#include "services/api/body.h"
#include "services/api/system.h"

#define IDS_MAX 200

/* clang-format off */
#define SQL_IDS(column) "to_jsonb(s." column "::text[])"

/* The columns that people set, in the order of desk_settings; of none the defaults. */
#define SQL_SETTINGS                                                                               \
	"SELECT * FROM app.desk_settings WHERE guild_id = $1 "                                     \
	"UNION ALL SELECT $1, false, '{}', '{}', '{}', '{}', 120, 86400, 86400, 60, 300, "         \
	" true, true, true, true, now() "                                                          \
	"WHERE NOT EXISTS (SELECT FROM app.desk_settings WHERE guild_id = $1)"

/* $1 guild, $2 roles, $3 channels: ids as JSON arrays. One row: what is set, JSON; which of the
 * roles and channels the guild does not have, JSON; the guild's language. */
const char sql_desk[] =
	"SELECT jsonb_build_object('is_enabled', s.is_enabled, "
	" 'staff_roles', " SQL_IDS("staff_roles") ", 'ignored_users', " SQL_IDS("ignored_users") ", "
	" 'allowed_channels', " SQL_IDS("allowed_channels") ", "
	" 'denied_channels', " SQL_IDS("denied_channels") ", 'merge_window_s', s.merge_window_s, "
	" 'reopen_window_s', s.reopen_window_s, 'horizon_s', s.horizon_s, 'good_s', s.good_s, "
	" 'poor_s', s.poor_s, 'counts_replies', s.counts_replies, "
	" 'counts_threads', s.counts_threads, 'counts_reactions', s.counts_reactions, "
	" 'counts_claims', s.counts_claims), "
	" (SELECT coalesce(jsonb_agg(id), '[]') FROM jsonb_array_elements_text($2::jsonb) id "
	"  WHERE NOT EXISTS (SELECT FROM analytics.role r WHERE r.guild_id = $1 "
	"   AND r.role_id = id::bigint)), "
	" (SELECT coalesce(jsonb_agg(id), '[]') FROM jsonb_array_elements_text($3::jsonb) id "
	"  WHERE NOT EXISTS (SELECT FROM analytics.channel c WHERE c.guild_id = $1 "
	"   AND c.channel_id = id::bigint)), "
	" coalesce(nullif(g.language, ''), d.locale, ''), coalesce(g.wants_excerpts, false), "
	" (SELECT count(*) FROM response.staff t WHERE t.guild_id = $1 AND t.ended_at IS NULL) "
	"FROM (" SQL_SETTINGS ") s LEFT JOIN app.guild_settings g ON g.guild_id = $1 "
	"LEFT JOIN analytics.guild d ON d.guild_id = $1";

/* $1 guild, $2 what changes, $3 now. */
const char sql_desk_change[] =
	"INSERT INTO app.desk_settings AS s (guild_id, is_enabled, staff_roles, ignored_users, "
	" allowed_channels, denied_channels, merge_window_s, reopen_window_s, horizon_s, good_s, "
	" poor_s, counts_replies, counts_threads, counts_reactions, counts_claims, updated_at) "
	"SELECT n.guild_id, n.is_enabled, n.staff_roles, n.ignored_users, n.allowed_channels, "
	" n.denied_channels, n.merge_window_s, n.reopen_window_s, n.horizon_s, n.good_s, n.poor_s, "
	" n.counts_replies, n.counts_threads, n.counts_reactions, n.counts_claims, "
	" public.ms_to_ts($3) "
	"FROM (" SQL_SETTINGS ") s CROSS JOIN LATERAL jsonb_populate_record("
	" s::app.desk_settings, $2::jsonb) n "
	"ON CONFLICT (guild_id) DO UPDATE SET (is_enabled, staff_roles, ignored_users, "
	" allowed_channels, denied_channels, merge_window_s, reopen_window_s, horizon_s, good_s, "
	" poor_s, counts_replies, counts_threads, counts_reactions, counts_claims, updated_at) = ("
	" excluded.is_enabled, excluded.staff_roles, excluded.ignored_users, "
	" excluded.allowed_channels, excluded.denied_channels, excluded.merge_window_s, "
	" excluded.reopen_window_s, excluded.horizon_s, excluded.good_s, excluded.poor_s, "
	" excluded.counts_replies, excluded.counts_threads, excluded.counts_reactions, "
	" excluded.counts_claims, excluded.updated_at)";

/* $1 guild, $2 .. $4 names of the rules. */
const char sql_desk_rules[] =
	"INSERT INTO app.request_rule (guild_id, name, kind, is_enabled, stems, position) "
	"SELECT $1, r.name, r.kind, r.kind <> 'forum', CASE r.kind WHEN 'keyword' "
	" THEN '{куратор,curator,помощь,help,вопрос,question}' ELSE '{}' END::text[], r.position "
	"FROM (VALUES ($2, 'mention', 1), ($3, 'keyword', 2), ($4, 'forum', 3)) r (name, kind, position) "
	"WHERE NOT EXISTS (SELECT FROM app.request_rule o WHERE o.guild_id = $1)";
/* clang-format on */

enum column { SETTINGS, NO_ROLES, NO_CHANNELS, LANGUAGE, WANTS_EXCERPTS, STAFF };

struct change {
	struct visit *visit; /* borrowed */
	json_t *after;       /* owned; what changes. NULL: a question */
	json_t *now;         /* owned; the answer */
};

static void finish(struct change *change)
{
	json_decref(change->after);
	json_decref(change->now);
}

static void fail(struct change *change, int status)
{
	finish(change);
	reply_failure(change->visit->api, change->visit->req, status);
}

/* --- the settings as they are --- */

static void on_sight(void *ctx, int sees)
{
	struct change *change = ctx;
	json_object_set_new(change->now, "sees_texts", sees < 0 ? json_null() : json_boolean(sees));
	ra_http_reply_json(change->visit->req, 200, json_incref(change->now));
	finish(change);
}

static void reply_settings(struct change *change, const PGresult *rows)
{
	struct visit *visit = change->visit;
	change->now = json_column(rows, 0, SETTINGS);
	json_object_set_new(change->now, "wants_excerpts",
			    json_boolean(ra_pg_get_bool(rows, 0, WANTS_EXCERPTS)));
	json_object_set_new(change->now, "staff", json_integer(ra_pg_get_i64(rows, 0, STAFF)));
	system_sees_texts(visit->api, visit->access->guild.id, on_sight, change);
}

static void ask(struct change *change);

/* --- a change --- */

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

static int send_rules(struct change *change, struct ra_pg *pg, struct ra_str language)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	const struct lang *lang = lang_of(visit->api->langs, language);
	if (!json_is_true(json_object_get(change->after, "is_enabled")))
		return 0;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_text(&p, ra_str_of(lang_text(lang, "desk.rule_mention")));
	ra_pg_text(&p, ra_str_of(lang_text(lang, "desk.rule_keyword")));
	ra_pg_text(&p, ra_str_of(lang_text(lang, "desk.rule_forum")));
	return ra_pg_send(pg, STMT_desk_rules, &p, NULL, NULL);
}

static int send_change(struct change *change, struct ra_pg *pg)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	char *after = json_dumps(change->after, JSON_COMPACT);
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_text(&p, ra_str_of(after));
	ra_pg_i64(&p, visit->now_ms);
	free(after);
	return ra_pg_send(pg, STMT_desk_change, &p, NULL, NULL);
}

/* What the change names, as it was. */
static json_t *before_of(const struct change *change, const json_t *now)
{
	json_t *before = json_object(), *value;
	const char *name;
	json_object_foreach(change->after, name, value)
		json_object_set(before, name, json_object_get(now, name));
	return before;
}

static void apply(struct change *change, const PGresult *rows, const json_t *now)
{
	struct visit *visit = change->visit;
	struct ra_pg *pg = db_pick(visit->api->db);
	int rc = pg ? send_change(change, pg) : RA_EDOWN;
	if (rc == 0)
		rc = send_rules(change, pg, ra_pg_get_str(rows, 0, LANGUAGE));
	if (rc == 0)
		rc = audit_note(pg, visit,
				&(struct audit){ .action = "desk.change",
						 .before = before_of(change, now),
						 .after = json_deep_copy(change->after) });
	if (rc == 0)
		rc = ra_pg_sync(pg, on_changed, change);
	if (rc < 0)
		fail(change, rc);
}

/* --- is what is named there? --- */

static void add_missing(json_t *mistakes, const json_t *ids, const char *what)
{
	size_t i;
	const json_t *id;
	json_array_foreach(ids, i, id) json_array_append_new(
		mistakes, json_sprintf("%s %s is not of this server. Take it out.", what,
				       json_string_value(id)));
}

static int64_t number_after(const struct change *change, const json_t *now, const char *name)
{
	const json_t *number = json_object_get(change->after, name);
	return json_integer_value(number ? number : json_object_get(now, name));
}

static json_t *find_mistakes(const struct change *change, const PGresult *rows, const json_t *now)
{
	json_t *mistakes = json_array();
	json_t *roles = json_column(rows, 0, NO_ROLES),
	       *channels = json_column(rows, 0, NO_CHANNELS);
	add_missing(mistakes, roles, "role");
	add_missing(mistakes, channels, "channel");
	if (number_after(change, now, "poor_s") <= number_after(change, now, "good_s"))
		json_array_append_new(mistakes,
				      json_string("poor_s is not above good_s. Raise it."));
	json_decref(roles);
	json_decref(channels);
	return mistakes;
}

static void check(struct change *change, const PGresult *rows)
{
	json_t *now = json_column(rows, 0, SETTINGS);
	json_t *mistakes = find_mistakes(change, rows, now);
	if (json_array_size(mistakes) > 0) {
		finish(change);
		body_reply_mistakes(change->visit, json_incref(mistakes));
	} else {
		apply(change, rows, now);
	}
	json_decref(mistakes);
	json_decref(now);
}

static void on_settings(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct change *change = ctx;
	(void)err;
	if (status < 0)
		fail(change, status);
	else if (change->after)
		check(change, rows);
	else
		reply_settings(change, rows);
}

/* The lists named, joined. */
static json_t *ids_in(const json_t *after, const char *one, const char *other)
{
	json_t *ids = json_array();
	json_array_extend(ids, json_object_get(after, one));
	if (other)
		json_array_extend(ids, json_object_get(after, other));
	return ids;
}

static void add_json(struct ra_pg_params *p, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	ra_pg_text(p, ra_str_of(text));
	free(text);
	json_decref(json);
}

static void ask(struct change *change)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	add_json(&p, ids_in(change->after, "staff_roles", NULL));
	add_json(&p, ids_in(change->after, "allowed_channels", "denied_channels"));
	if (db_ask(visit->api->db, STMT_desk, &p, on_settings, change) < 0)
		fail(change, RA_EDOWN);
}

/* --- reading one --- */

static void read_switches(struct body *body, json_t *after)
{
	static const char *const names[] = { "is_enabled", "counts_replies", "counts_threads",
					     "counts_reactions", "counts_claims" };
	for (size_t i = 0; i < RA_COUNT(names); i++)
		if (body_has(body, names[i]))
			json_object_set_new(after, names[i],
					    json_boolean(body_bool(body, names[i], false)));
}

static void read_numbers(struct body *body, json_t *after)
{
	static const struct {
		const char *name;
		int64_t least, most;
	} numbers[] = {
		{ "merge_window_s", 0, 3600 }, { "reopen_window_s", 0, 2592000 },
		{ "horizon_s", 600, 2592000 }, { "good_s", 1, 86400 },
		{ "poor_s", 1, 604800 },
	};
	for (size_t i = 0; i < RA_COUNT(numbers); i++)
		if (body_has(body, numbers[i].name))
			json_object_set_new(
				after, numbers[i].name,
				json_integer(body_number(body, numbers[i].name, numbers[i].least,
							 numbers[i].most, 0)));
}

static void read_lists(struct body *body, json_t *after)
{
	static const char *const names[] = { "staff_roles", "ignored_users", "allowed_channels",
					     "denied_channels" };
	for (size_t i = 0; i < RA_COUNT(names); i++) {
		json_t *ids = body_ids(body, names[i], IDS_MAX);
		if (ids)
			json_object_set_new(after, names[i], ids);
	}
}

void desk_get(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	change->visit = visit;
	ask(change);
}

void desk_put(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	struct body body;
	*change = (struct change){ .visit = visit, .after = json_object() };
	body_open(&body, visit);
	if (body.rc == 0) {
		read_switches(&body, change->after);
		read_numbers(&body, change->after);
		read_lists(&body, change->after);
	}
	if (body_close(&body))
		ask(change);
	else
		finish(change);
}
