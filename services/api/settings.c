/*
 * settings: one guild, and what its managers decide about it. A change names
 * the settings it changes, and no others:
 *
 *	read the body -> ask what is set now -> change, note who did (audit.h) -> the guild as it is
 */
#include "services/api/audit.h"
#include "services/api/body.h"
#include "services/api/sql.h"

#define IDS_MAX   200
#define DAYS_MIN  7
#define DAYS_MAX  3650
#define GRACE_MAX 365
#define ZONE_MAX  64
#define RETENTION_ALL                                                                              \
	"segments", "hours", "days", "moves", "snapshots", "former", "requests", "activity"

/* clang-format off */
#define SQL_IDS(column) "to_jsonb(s." column "::text[])"

/* $1 guild, $2 zone or null. One row: what is set, JSON; and is the zone one PostgreSQL knows? Its own
 * files hold a few that are no places. */
const char sql_settings[] =
	"SELECT jsonb_build_object('timezone', s.timezone, 'language', s.language, "
	" 'week_start', s.week_start, 'excluded_channels', " SQL_IDS("excluded_channels") ", "
	" 'excluded_roles', " SQL_IDS("excluded_roles") ", "
	" 'excluded_members', " SQL_IDS("excluded_members") ", 'excludes_bots', s.excludes_bots, "
	" 'afk_rule', s.afk_rule, 'is_active_by_messages', s.is_active_by_messages, "
	" 'is_active_by_voice', s.is_active_by_voice, "
	" 'is_active_by_reactions', s.is_active_by_reactions, 'wants_presence', s.wants_presence, "
	" 'wants_excerpts', s.wants_excerpts, 'retention_days', s.retention_days, "
	" 'leave_grace_days', s.leave_grace_days, 'viewer_roles', " SQL_IDS("viewer_roles") "), "
	" EXISTS (SELECT FROM pg_timezone_names WHERE name = $2::text AND name !~ '^(posix|right)/' "
	"  AND name NOT IN ('localtime', 'posixrules', 'Factory')), "
	" (SELECT coalesce(json_agg(json_build_object('kind', kind, 'deleted', deleted, "
	"   'ran_at', " SQL_ISO("ran_at") ", 'next_at', CASE WHEN next_at > '-infinity' THEN "
	SQL_ISO("next_at") " END) ORDER BY kind), '[]') "
	"  FROM analytics.retention r WHERE r.guild_id = $1 AND s.retention_days ? r.kind) "
	"FROM (SELECT (jsonb_populate_record(t, '{}')).* FROM app.guild_settings t "
	" WHERE t.guild_id = $1) s";

/* $1 guild */
const char sql_settings_make[] =
	"INSERT INTO app.guild_settings (guild_id) VALUES ($1) ON CONFLICT DO NOTHING";

/* $1 guild, $2 what changes, $3 account, $4 now. Data of a kind with a new limit is looked for at once. */
const char sql_settings_change[] =
	"UPDATE app.guild_settings s SET (timezone, language, week_start, excluded_channels, "
	" excluded_roles, excluded_members, excludes_bots, afk_rule, is_active_by_messages, "
	" is_active_by_voice, is_active_by_reactions, wants_presence, wants_excerpts, "
	" retention_days, leave_grace_days, viewer_roles, updated_at, updated_by) = ("
	" SELECT n.timezone, n.language, n.week_start, n.excluded_channels, n.excluded_roles, "
	"  n.excluded_members, n.excludes_bots, n.afk_rule, n.is_active_by_messages, "
	"  n.is_active_by_voice, n.is_active_by_reactions, n.wants_presence, n.wants_excerpts, "
	"  n.retention_days, n.leave_grace_days, n.viewer_roles, public.ms_to_ts($4), $3::bigint "
	" FROM jsonb_populate_record(s, $2::jsonb) n) "
	"WHERE guild_id = $1";
/* clang-format on */

enum column { SETTINGS, IS_ZONE, RETENTION };

struct change {
	struct visit *visit; /* borrowed */
	json_t *after;       /* owned; what changes */
	const char *zone;    /* in the visit's arena; NULL: unchanged */
	bool is_form;        /* a question for all settings, not a change */
};

/* --- the guild ---------------------------------------------------------------------- */

static void reply_guild(const struct visit *visit, const char *zone)
{
	const struct access_guild *guild = &visit->access->guild;
	ra_http_reply_json(
		visit->req, 200,
		json_pack("{s:o, s:o, s:o, s:s, s:I, s:b, s:b, s:b, s:b, s:b, s:o, s:o, s:o}", "id",
			  json_id(guild->id), "name", json_text(guild->name), "icon_url",
			  json_icon(visit->api, guild->id, ra_str_of(guild->icon)), "timezone",
			  zone, "members", (json_int_t)guild->members, "can_manage",
			  guild->can_manage, "can_see_people", guild->can_see_people,
			  "can_see_figures", guild->can_see_figures, "is_staff", guild->is_staff,
			  "is_available", guild->is_available, "first_event_at",
			  json_instant(guild->first_event_ms), "first_message_at",
			  json_instant(guild->first_message_ms), "last_event_at",
			  json_instant(guild->last_event_ms)));
}

void guild_get(struct visit *visit)
{
	reply_guild(visit, visit->access->guild.timezone);
}

/* --- what is set ----------------------------------------------------------------------- */

static void fail(struct change *change, int status)
{
	json_decref(change->after);
	reply_failure(change->visit->api, change->visit->req, status);
}

static void reply_form(struct change *change, const PGresult *rows)
{
	json_t *form = json_column(rows, 0, SETTINGS);
	json_object_set_new(form, "retention", json_column(rows, 0, RETENTION));
	ra_http_reply_json(change->visit->req, 200, form);
}

static void apply(struct change *change, const json_t *now);

static void on_settings(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct change *change = ctx;
	struct ra_err bad = { 0 };
	(void)err;
	if (status < 0) {
		fail(change, status);
	} else if (change->is_form) {
		reply_form(change, rows);
	} else if (change->zone && !ra_pg_get_bool(rows, 0, IS_ZONE)) {
		json_decref(change->after);
		ra_fail(&bad, RA_EINVAL, "Use an IANA zone like Europe/Berlin.",
			"no such time zone");
		reply_bad_argument(change->visit->req, &bad);
	} else {
		json_t *now = json_column(rows, 0, SETTINGS);
		apply(change, now);
		json_decref(now);
	}
}

/* A guild that never set anything gets its row here. */
static void ask_settings(struct change *change)
{
	struct visit *visit = change->visit;
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_pg_params make = { .arena = visit->arena }, ask = { .arena = visit->arena };
	ra_pg_i64(&make, (int64_t)visit->access->guild.id);
	ra_pg_i64(&ask, (int64_t)visit->access->guild.id);
	if (change->zone)
		ra_pg_text(&ask, ra_str_of(change->zone));
	else
		ra_pg_null(&ask);
	int rc = pg ? ra_pg_send(pg, STMT_settings_make, &make, NULL, NULL) : RA_EDOWN;
	if (rc == 0)
		rc = ra_pg_send(pg, STMT_settings, &ask, on_settings, change);
	if (rc == 0)
		rc = ra_pg_sync(pg, NULL, NULL);
	if (rc < 0)
		fail(change, rc);
}

void settings_get(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	*change = (struct change){ .visit = visit, .is_form = true };
	ask_settings(change);
}

/* --- a change ----------------------------------------------------------------------------- */

static void on_changed(void *ctx, int status, const struct ra_err *err)
{
	struct change *change = ctx;
	(void)err;
	if (status < 0) {
		fail(change, status);
		return;
	}
	ra_info(change->visit->api->log, "settings changed",
		ra_f_u64("guild", change->visit->access->guild.id));
	json_decref(change->after);
	reply_guild(change->visit,
		    change->zone ? change->zone : change->visit->access->guild.timezone);
}

static int send_change(struct change *change, struct ra_pg *pg)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	char *text = json_dumps(change->after, JSON_COMPACT);
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_text(&p, ra_str_of(ra_arena_strdup(visit->arena, ra_str_of(text))));
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	free(text);
	return ra_pg_send(pg, STMT_settings_change, &p, NULL, NULL);
}

/* Of what is set now, the settings that change. */
static json_t *before_of(const struct change *change, const json_t *now)
{
	json_t *before = json_object();
	const char *name;
	json_t *value;
	json_object_foreach(change->after, name, value)
		json_object_set(before, name, json_object_get(now, name));
	return before;
}

/* Whoever switches all three off would have no active members at all. */
static bool has_active(const struct change *change, const json_t *now)
{
	static const char *const names[] = { "is_active_by_messages", "is_active_by_voice",
					     "is_active_by_reactions" };
	for (size_t i = 0; i < RA_COUNT(names); i++) {
		const json_t *value = json_object_get(change->after, names[i]);
		if (json_is_true(value ? value : json_object_get(now, names[i])))
			return true;
	}
	return false;
}

static void apply(struct change *change, const json_t *now)
{
	struct visit *visit = change->visit;
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_err bad = { 0 };
	if (!has_active(change, now)) {
		json_decref(change->after);
		ra_fail(&bad, RA_EINVAL, "Leave one of is_active_by_* true.",
			"something has to make a member active");
		reply_bad_argument(visit->req, &bad);
		return;
	}
	const struct audit audit = { .action = "settings.change",
				     .before = before_of(change, now),
				     .after = json_deep_copy(change->after) };
	int rc = pg ? send_change(change, pg) : RA_EDOWN;
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

/* --- reading one ---------------------------------------------------------------------------- */

static void read_text_and_numbers(struct body *body, struct change *change)
{
	static const char *const languages[] = { "", "en", "ru" };
	if (body_has(body, "timezone")) {
		change->zone = body_text(body, "timezone", ZONE_MAX);
		json_object_set_new(change->after, "timezone", json_string(change->zone));
	}
	if (body_has(body, "language")) {
		size_t i = body_choice(body, "language", languages, RA_COUNT(languages));
		json_object_set_new(change->after, "language", json_string(languages[i]));
	}
	if (body_has(body, "week_start"))
		json_object_set_new(change->after, "week_start",
				    json_integer(body_number(body, "week_start", 1, 7, 1)));
	if (json_object_get(body->json, "leave_grace_days")) {
		bool is_kept = !body_has(body, "leave_grace_days");
		int64_t days = body_number(body, "leave_grace_days", 0, GRACE_MAX, 0);
		json_object_set_new(change->after, "leave_grace_days",
				    is_kept ? json_null() : json_integer(days));
	}
}

static void read_switches(struct body *body, struct change *change)
{
	static const char *const names[] = {
		"excludes_bots",          "afk_rule",
		"is_active_by_messages",  "is_active_by_voice",
		"is_active_by_reactions", "wants_presence",
		"wants_excerpts",
	};
	for (size_t i = 0; i < RA_COUNT(names); i++)
		if (body_has(body, names[i]))
			json_object_set_new(change->after, names[i],
					    json_boolean(body_bool(body, names[i], false)));
}

static void read_lists(struct body *body, struct change *change)
{
	static const char *const names[] = { "excluded_channels", "excluded_roles",
					     "excluded_members", "viewer_roles" };
	for (size_t i = 0; i < RA_COUNT(names); i++) {
		json_t *ids = body_ids(body, names[i], IDS_MAX);
		if (ids)
			json_object_set_new(change->after, names[i], ids);
	}
}

/* Kinds that are not named, or null, are kept for good. */
static void read_retention(struct body *body, struct change *change)
{
	static const char *const kinds[] = { RETENTION_ALL };
	if (!body_has(body, "retention_days"))
		return;
	struct body limits = { .visit = body->visit,
			       .json = json_object_get(body->json, "retention_days") };
	json_t *days = json_object();
	if (!json_is_object(limits.json))
		body_fail(body, "Use an object like {\"hours\":365}.", "retention_days is none");
	for (size_t i = 0; i < RA_COUNT(kinds); i++)
		if (body_has(&limits, kinds[i]))
			json_object_set_new(days, kinds[i],
					    json_integer(body_number(&limits, kinds[i], DAYS_MIN,
								     DAYS_MAX, 0)));
	void *member;
	const char *name;
	json_t *value;
	json_object_foreach_safe(limits.json, member, name, value) if (!json_is_null(value))
		body_fail(body, "Leave it out.", "%.40s is no kind of data", name);
	body_take_mistakes(body, &limits);
	json_object_del(body->json, "retention_days");
	json_object_set_new(change->after, "retention_days", days);
}

void guild_patch(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	struct body body;
	*change = (struct change){ .visit = visit, .after = json_object() };
	body_open(&body, visit);
	if (body.rc == 0) {
		read_text_and_numbers(&body, change);
		read_switches(&body, change);
		read_lists(&body, change);
		read_retention(&body, change);
	}
	if (!body_close(&body))
		json_decref(change->after);
	else if (json_object_size(change->after) > 0)
		ask_settings(change);
	else
		on_changed(change, 0, NULL);
}
