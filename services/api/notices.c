/*
 * notices: when and where Discord is told of a request nobody answers, and
 * what became of it (response-tracker sends: services/response-tracker/notify.h).
 *
 *	read the body -> ask whether what it names is there -> change, note who did (audit.h)
 *	-> all of it as it is now
 *
 * Another guild's channel may be chosen by who manages that guild too; it is
 * asked now, and who it was is kept.
 */
#include "services/api/access.h"
#include "services/api/audit.h"
#include "services/api/body.h"
#include "services/api/sql.h"

#define STEPS_MAX 10
#define ROLES_MAX 20

/* clang-format off */
#define SQL_TEXT_CHANNELS "kind IN (0, 5) AND deleted_at IS NULL"

/* The settings and the chain, as they are read and changed: $1 guild */
#define SQL_NOTICE_SETTINGS                                                                        \
	"json_build_object('is_enabled', n.is_enabled, 'delay_s', n.delay_s, 'repeat_s', n.repeat_s, " \
	" 'repeat_cap', n.repeat_cap, 'channel_id', n.channel_id::text, "                          \
	" 'channel_guild_id', n.channel_guild_id::text, 'roles', to_json(n.roles::text[]), "       \
	" 'zone', n.zone, 'weekdays', n.weekdays, 'quiet_from', n.quiet_from, 'quiet_to', n.quiet_to, " \
	" 'holds_for_shift', n.holds_for_shift, 'storm', n.storm, "                                \
	" 'report_channel_id', n.report_channel_id::text, 'report_minute', n.report_minute, "      \
	" 'system_channel_id', n.system_channel_id::text, "                                        \
	" 'escalation', (SELECT coalesce(json_agg(json_build_object('wait_s', e.wait_s, 'kind', e.kind, " \
	"   'target_id', e.target_id::text) ORDER BY e.step), '[]') FROM app.escalation e WHERE e.guild_id = $1))"

/* $1 guild, $2 now. One row, JSON. A guild that never set anything has the defaults. */
const char sql_notices[] =
	"WITH n AS ("
	" SELECT r.* FROM (SELECT) one LEFT JOIN app.notice_settings s ON s.guild_id = $1 "
	" CROSS JOIN LATERAL jsonb_populate_record(NULL::app.notice_settings, jsonb_build_object("
	"  'is_enabled', false, 'delay_s', 600, 'repeat_s', 0, 'repeat_cap', 3, 'roles', '[]'::jsonb, "
	"  'zone', '', 'weekdays', 127, 'holds_for_shift', false, 'storm', 5) || coalesce(to_jsonb(s), '{}')) r"
	") "
	"SELECT json_build_object('settings', " SQL_NOTICE_SETTINGS ", "
	" 'guild_zone', coalesce(g.timezone, 'UTC'), "
	" 'language', CASE WHEN coalesce(nullif(g.language, ''), a.locale, '') LIKE 'ru%' THEN 'ru' ELSE 'en' END, "
	" 'keeps_excerpts', coalesce(g.wants_excerpts, false), "
	" 'is_desk_enabled', coalesce((SELECT is_enabled FROM app.desk_settings WHERE guild_id = $1), false), "
	" 'held_until', CASE WHEN app.notice_from($1, public.ms_to_ts($2)) > public.ms_to_ts($2) THEN "
	SQL_ISO("app.notice_from($1, public.ms_to_ts($2))") " END, "
	" 'has_shifts', EXISTS (SELECT FROM app.shift WHERE guild_id = $1), "
	" 'waiting', (SELECT count(*) FROM response.notice WHERE guild_id = $1 AND state = 'waiting'), "
	" 'target_guild', (SELECT json_build_object('id', t.guild_id::text, 'name', t.name) "
	"  FROM analytics.guild t WHERE t.guild_id = n.channel_guild_id AND t.guild_id <> $1), "
	" 'channels', (SELECT coalesce(json_agg(json_build_object('id', channel_id::text, 'name', name) "
	"   ORDER BY position, channel_id), '[]') FROM (SELECT * FROM analytics.channel WHERE guild_id = $1 "
	"   AND " SQL_TEXT_CHANNELS " ORDER BY position, channel_id LIMIT 500) c), "
	" 'roles', (SELECT coalesce(json_agg(json_build_object('id', role_id::text, 'name', name, 'color', color) "
	"   ORDER BY position DESC, role_id), '[]') FROM analytics.role WHERE guild_id = $1 AND role_id <> $1 "
	"   AND deleted_at IS NULL), "
	" 'webhooks', (SELECT coalesce(json_agg(json_build_object('id', webhook_id::text, 'name', name, "
	"   'host', host, 'is_on', disabled_at IS NULL) ORDER BY name, webhook_id), '[]') "
	"  FROM app.webhook WHERE guild_id = $1)) "
	"FROM n LEFT JOIN app.guild_settings g ON g.guild_id = $1 LEFT JOIN analytics.guild a ON a.guild_id = $1";

/* $1 guild, $2 account, $3 guild of the channel, $4 zone, $5 its channel or 0, $6 channels of this guild,
 * $7 roles of the channel's guild, $8 channels of either, $9 webhooks. What is not there, as JSON; what
 * is set now. */
const char sql_notices_check[] =
	"SELECT $4 = '' OR EXISTS (SELECT FROM pg_timezone_names WHERE name = $4::text AND name !~ '^(posix|right)/' "
	"  AND name NOT IN ('localtime', 'posixrules', 'Factory')), "
	" $5::bigint = 0 OR EXISTS (SELECT FROM analytics.channel WHERE guild_id = $3 AND channel_id = $5 AND " SQL_TEXT_CHANNELS "), "
	" (SELECT json_agg(id::text) FROM unnest($6::bigint[]) id WHERE NOT EXISTS (SELECT FROM analytics.channel "
	"  WHERE guild_id = $1 AND channel_id = id AND " SQL_TEXT_CHANNELS ")), "
	" (SELECT json_agg(id::text) FROM unnest($7::bigint[]) id WHERE NOT EXISTS (SELECT FROM analytics.role "
	"  WHERE guild_id = $3 AND role_id = id AND deleted_at IS NULL)), "
	" (SELECT json_agg(id::text) FROM unnest($8::bigint[]) id WHERE NOT EXISTS (SELECT FROM analytics.channel "
	"  WHERE guild_id IN ($1, $3) AND channel_id = id AND " SQL_TEXT_CHANNELS ")), "
	" (SELECT json_agg(id::text) FROM unnest($9::bigint[]) id WHERE NOT EXISTS (SELECT FROM app.webhook "
	"  WHERE guild_id = $1 AND webhook_id = id)), "
	" a.is_owner, a.permissions, EXISTS (SELECT FROM analytics.guild WHERE guild_id = $3 AND removed_at IS NULL), "
	" (SELECT " SQL_NOTICE_SETTINGS " FROM app.notice_settings n WHERE n.guild_id = $1) "
	"FROM (SELECT) one LEFT JOIN app.account_guild a ON a.user_id = $2 AND a.guild_id = $3";

enum check_column { IS_ZONE, IS_CHANNEL, OWN_CHANNELS, ROLES, CHANNELS, WEBHOOKS, IS_OWNER, PERMISSIONS,
	IS_BOT_THERE, WAS };

/* $1 guild, $2 settings, $3 account, $4 now */
const char sql_notices_set[] =
	"WITH w AS (SELECT (jsonb_populate_record(NULL::app.notice_settings, $2::jsonb)).*) "
	"INSERT INTO app.notice_settings (guild_id, is_enabled, delay_s, repeat_s, repeat_cap, channel_id, "
	" channel_guild_id, set_by, roles, zone, weekdays, quiet_from, quiet_to, holds_for_shift, storm, "
	" report_channel_id, report_minute, system_channel_id, updated_at) "
	"SELECT $1, is_enabled, delay_s, repeat_s, repeat_cap, channel_id, channel_guild_id, $3::bigint, roles, zone, "
	" weekdays, quiet_from, quiet_to, holds_for_shift, storm, report_channel_id, report_minute, "
	" system_channel_id, public.ms_to_ts($4) FROM w "
	"ON CONFLICT (guild_id) DO UPDATE SET is_enabled = excluded.is_enabled, delay_s = excluded.delay_s, "
	" repeat_s = excluded.repeat_s, repeat_cap = excluded.repeat_cap, channel_id = excluded.channel_id, "
	" channel_guild_id = excluded.channel_guild_id, set_by = excluded.set_by, roles = excluded.roles, "
	" zone = excluded.zone, weekdays = excluded.weekdays, quiet_from = excluded.quiet_from, "
	" quiet_to = excluded.quiet_to, holds_for_shift = excluded.holds_for_shift, storm = excluded.storm, "
	" report_channel_id = excluded.report_channel_id, report_minute = excluded.report_minute, "
	" system_channel_id = excluded.system_channel_id, "
	" updated_at = excluded.updated_at";

/* $1 guild, $2 the steps */
const char sql_escalation_set[] =
	"WITH gone AS (DELETE FROM app.escalation WHERE guild_id = $1 "
	"  AND step > jsonb_array_length($2::jsonb)) "
	"INSERT INTO app.escalation (guild_id, step, wait_s, kind, target_id) "
	"SELECT $1, n, (e ->> 'wait_s')::int, e ->> 'kind', (e ->> 'target_id')::bigint "
	"FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY x (e, n) "
	"ON CONFLICT (guild_id, step) DO UPDATE SET wait_s = excluded.wait_s, kind = excluded.kind, "
	" target_id = excluded.target_id";
/* clang-format on */

static const char *const ways[] = { "on_call", "role", "lead", "channel", "webhook" };
enum way { ON_CALL, ROLE, LEAD, CHANNEL, WEBHOOK };

struct change {
	struct visit *visit; /* borrowed */
	json_t *settings;    /* owned; as app.notice_settings has them, the chain in "escalation" */
	const char *zone;
	uint64_t channel, channel_guild;
	/* What the wish names and has to be there. */
	uint64_t own[2], roles[ROLES_MAX + STEPS_MAX], channels[STEPS_MAX], webhooks[STEPS_MAX];
	size_t own_count, role_count, channel_count, webhook_count;
};

/* --- looking --- */

void notices_get(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, visit->now_ms);
	if (db_ask(visit->api->db, STMT_notices, &p, visit_reply_row, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- changing --- */

static void fail(struct change *change, int status)
{
	json_decref(change->settings);
	reply_failure(change->visit->api, change->visit->req, status);
}

static void on_changed(void *ctx, int status, const struct ra_err *err)
{
	struct change *change = ctx;
	(void)err;
	if (status < 0) {
		fail(change, status);
		return;
	}
	json_decref(change->settings);
	notices_get(change->visit);
}

static struct ra_str dump(struct change *change, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	struct ra_str copy = ra_str_of(ra_arena_strdup(change->visit->arena, ra_str_of(text)));
	free(text);
	return copy;
}

static void write_change(struct change *change, json_t *was)
{
	struct visit *visit = change->visit;
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_pg_params set = { .arena = visit->arena }, chain = { .arena = visit->arena };
	const struct audit audit = { .action = "notices.change",
				     .before = was,
				     .after = json_deep_copy(change->settings) };
	ra_pg_i64(&set, (int64_t)visit->access->guild.id);
	ra_pg_text(&set, dump(change, change->settings));
	ra_pg_i64(&set, (int64_t)visit->access->user_id);
	ra_pg_i64(&set, visit->now_ms);
	ra_pg_i64(&chain, (int64_t)visit->access->guild.id);
	ra_pg_text(&chain, dump(change, json_object_get(change->settings, "escalation")));
	int rc = pg ? audit_note(pg, visit, &audit) : RA_EDOWN;
	if (rc == 0)
		rc = ra_pg_send(pg, STMT_notices_set, &set, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_send(pg, STMT_escalation_set, &chain, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_changed, change);
	if (rc < 0)
		fail(change, rc);
}

/* --- is it there? --- */

static void need_all(struct body *mistakes, const PGresult *rows, int column, const char *what,
		     const char *hint)
{
	if (!ra_pg_is_null(rows, 0, column))
		body_fail(mistakes, hint, "%s not there: %.200s", what,
			  ra_arena_strdup(mistakes->visit->arena, ra_pg_get_str(rows, 0, column)));
}

static void check_elsewhere(struct body *mistakes, const PGresult *rows)
{
	bool is_owner = ra_pg_get_bool(rows, 0, IS_OWNER);
	uint64_t permissions = ra_pg_get_u64(rows, 0, PERMISSIONS);
	if (!access_may_manage(is_owner, permissions))
		body_fail(mistakes, "Choose one that you manage.",
			  "channel_guild_id is a server you do not manage");
	else if (!ra_pg_get_bool(rows, 0, IS_BOT_THERE))
		body_fail(mistakes, "Add the bot to it first.",
			  "channel_guild_id is a server without the bot");
}

static void on_checked(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	static const char channel_hint[] = "Use text channels.";
	struct change *change = ctx;
	struct visit *visit = change->visit;
	struct body mistakes = { .visit = visit };
	(void)err;
	if (status < 0) {
		fail(change, status);
		return;
	}
	if (!ra_pg_get_bool(rows, 0, IS_ZONE))
		body_fail(&mistakes, "Use an IANA zone like Europe/Berlin.", "no such time zone");
	if (change->channel_guild != visit->access->guild.id)
		check_elsewhere(&mistakes, rows);
	if (mistakes.rc == 0 && !ra_pg_get_bool(rows, 0, IS_CHANNEL))
		body_fail(&mistakes, "Use the id of a text channel of that server.",
			  "channel_id names no channel to write to");
	need_all(&mistakes, rows, OWN_CHANNELS, "channels of this server", channel_hint);
	need_all(&mistakes, rows, ROLES, "roles", "Use roles of the server the channel is in.");
	need_all(&mistakes, rows, CHANNELS, "channels of the escalation", channel_hint);
	need_all(&mistakes, rows, WEBHOOKS, "webhooks", "Add them under Alerts first.");
	if (!body_close(&mistakes)) {
		json_decref(change->settings);
		return;
	}
	write_change(change, json_column(rows, 0, WAS));
}

static void check(struct change *change)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, (int64_t)change->channel_guild);
	ra_pg_text(&p, ra_str_of(change->zone));
	ra_pg_i64(&p, (int64_t)change->channel);
	ra_pg_u64_array(&p, change->own, change->own_count, sizeof(*change->own));
	ra_pg_u64_array(&p, change->roles, change->role_count, sizeof(*change->roles));
	ra_pg_u64_array(&p, change->channels, change->channel_count, sizeof(*change->channels));
	ra_pg_u64_array(&p, change->webhooks, change->webhook_count, sizeof(*change->webhooks));
	if (db_ask(visit->api->db, STMT_notices_check, &p, on_checked, change) < 0)
		fail(change, RA_EDOWN);
}

/* --- the wish --- */

/* 0 where it is missing or null. */
static uint64_t read_id(struct body *body, const char *name)
{
	uint64_t id = 0;
	if (!body_has(body, name)) {
		json_object_del(body->json, name);
		return 0;
	}
	const char *text = body_text(body, name, 20);
	if (*text && (ra_str_to_u64(ra_str_of(text), &id) < 0 || id == 0 || id > INT64_MAX)) {
		body_fail(body, "Use an id.", "%s is no id", name);
		id = 0;
	}
	return id;
}

static json_t *id_or_null(uint64_t id)
{
	return id ? json_id(id) : json_null();
}

/* A minute of the day, or null. */
static json_t *read_minute(struct body *body, const char *name)
{
	bool is_set = body_has(body, name);
	int64_t minute = body_number(body, name, 0, 1439, 0);
	return is_set ? json_integer(minute) : json_null();
}

static void read_numbers(struct body *body, json_t *out)
{
	static const struct {
		const char *name;
		int64_t least, most, usual;
	} numbers[] = {
		{ "delay_s", 30, 86400, 600 }, { "repeat_s", 0, 86400, 0 },
		{ "repeat_cap", 1, 20, 3 },    { "weekdays", 1, 127, 127 },
		{ "storm", 2, 50, 5 },
	};
	for (size_t i = 0; i < RA_COUNT(numbers); i++)
		json_object_set_new(
			out, numbers[i].name,
			json_integer(body_number(body, numbers[i].name, numbers[i].least,
						 numbers[i].most, numbers[i].usual)));
	int64_t repeat_s = json_integer_value(json_object_get(out, "repeat_s"));
	if (repeat_s > 0 && repeat_s < 60)
		body_fail(body, "Use 0 for none, or 60 and more.", "repeat_s is too short");
}

static void read_roles(struct body *body, struct change *change)
{
	json_t *ids = body_ids(body, "roles", ROLES_MAX), *one;
	size_t i;
	json_t *roles = json_array();
	json_array_foreach(ids, i, one)
	{
		uint64_t id = 0;
		if (ra_str_to_u64(ra_str_of(json_string_value(one)), &id) < 0)
			continue; /* body_ids has looked */
		change->roles[change->role_count++] = id;
		json_array_append_new(roles, json_id(id));
	}
	json_decref(ids);
	json_object_set_new(change->settings, "roles", roles);
}

static void note_target(struct change *change, enum way way, uint64_t target)
{
	if (way == ROLE)
		change->roles[change->role_count++] = target;
	else if (way == CHANNEL)
		change->channels[change->channel_count++] = target;
	else if (way == WEBHOOK)
		change->webhooks[change->webhook_count++] = target;
}

static void read_step(struct body *body, struct change *change, size_t i, json_t *json)
{
	struct body step = { .visit = body->visit, .json = json };
	if (!json_is_object(json)) {
		body_fail(body, "Use objects like {\"wait_s\":300,\"kind\":\"lead\"}.",
			  "escalation has something else in it");
		return;
	}
	int64_t wait_s = body_number(&step, "wait_s", 60, 604800, BODY_REQUIRED);
	enum way way = (enum way)body_choice(&step, "kind", ways, RA_COUNT(ways));
	uint64_t target = read_id(&step, "target_id");
	bool needs_target = way == ROLE || way == CHANNEL || way == WEBHOOK;
	const char *unknown = json_object_iter_key(json_object_iter(json));
	if (step.rc == 0 && needs_target && !target)
		body_fail(&step, "Name the role, channel or webhook.", "target_id is missing");
	if (unknown)
		body_fail(&step, "Leave it out.", "%.40s is not a member we know", unknown);
	if (step.rc < 0) {
		body_fail(body, step.err.hint, "step %zu: %s", i + 1, step.err.msg);
		json_decref(step.mistakes);
		return;
	}
	note_target(change, way, target);
	json_array_append_new(json_object_get(change->settings, "escalation"),
			      json_pack("{s:I, s:s, s:o}", "wait_s", (json_int_t)wait_s, "kind",
					ways[way], "target_id",
					id_or_null(needs_target ? target : 0)));
}

static void read_steps(struct body *body, struct change *change)
{
	json_t *list = json_object_get(body->json, "escalation"), *one;
	size_t i;
	json_object_set_new(change->settings, "escalation", json_array());
	if (list && (!json_is_array(list) || json_array_size(list) > STEPS_MAX))
		body_fail(body, "Use a list of 10 steps at most.", "escalation is none");
	else
		json_array_foreach(list, i, one) read_step(body, change, i, one);
	json_object_del(body->json, "escalation");
}

static void read_places(struct body *body, struct change *change)
{
	json_t *out = change->settings;
	uint64_t guild = read_id(body, "channel_guild_id"), report, system;
	change->channel = read_id(body, "channel_id");
	change->channel_guild = guild ? guild : change->visit->access->guild.id;
	report = read_id(body, "report_channel_id");
	system = read_id(body, "system_channel_id");
	if (report)
		change->own[change->own_count++] = report;
	if (system)
		change->own[change->own_count++] = system;
	json_object_set_new(out, "channel_id", id_or_null(change->channel));
	json_object_set_new(out, "channel_guild_id",
			    id_or_null(change->channel ? change->channel_guild : 0));
	json_object_set_new(out, "report_channel_id", id_or_null(report));
	json_object_set_new(out, "system_channel_id", id_or_null(system));
}

static void read_times(struct body *body, struct change *change)
{
	json_t *out = change->settings;
	bool has_zone = body_has(body, "zone") &&
			json_string_length(json_object_get(body->json, "zone")) > 0;
	if (!has_zone)
		json_object_del(body->json, "zone");
	change->zone = has_zone ? body_text(body, "zone", 64) : "";
	json_object_set_new(out, "zone", json_string(change->zone));
	json_t *from = read_minute(body, "quiet_from"), *to = read_minute(body, "quiet_to");
	json_object_set_new(out, "quiet_from", from);
	json_object_set_new(out, "quiet_to", to);
	json_object_set_new(out, "report_minute", read_minute(body, "report_minute"));
	if (json_is_null(from) != json_is_null(to))
		body_fail(body, "Send both, or none.", "quiet hours lack their beginning or end");
	else if (json_is_integer(from) && json_equal(from, to))
		body_fail(body, "Choose two different times.", "quiet hours have no length");
}

static void check_sense(struct body *body, struct change *change, bool is_enabled)
{
	const json_t *out = change->settings;
	if (is_enabled && !change->channel)
		body_fail(body, "Choose a channel.", "channel_id is missing");
	if (json_is_integer(json_object_get(out, "report_minute")) && !change->channel &&
	    json_is_null(json_object_get(out, "report_channel_id")))
		body_fail(body, "Choose a channel for it.", "the daily report has no channel");
}

void notices_put(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	struct body body;
	*change = (struct change){ .visit = visit, .settings = json_object(), .zone = "" };
	body_open(&body, visit);
	if (body.rc == 0) {
		bool is_enabled = body_bool(&body, "is_enabled", false);
		json_object_set_new(change->settings, "is_enabled", json_boolean(is_enabled));
		json_object_set_new(change->settings, "holds_for_shift",
				    json_boolean(body_bool(&body, "holds_for_shift", false)));
		read_numbers(&body, change->settings);
		read_places(&body, change);
		read_times(&body, change);
		read_roles(&body, change);
		read_steps(&body, change);
		check_sense(&body, change, is_enabled);
	}
	if (body_close(&body))
		check(change);
	else
		json_decref(change->settings);
}
