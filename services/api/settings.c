/* settings: one guild, and what its managers decide about it. */
#include "services/api/visit.h"

/* $1 guild, $2 zone, $3 account, $4 now. A row when the zone is a name PostgreSQL knows; its own
 * files hold a few that are no places. */
const char sql_settings_set_timezone[] =
	"INSERT INTO app.guild_settings AS s (guild_id, timezone, updated_at, updated_by) "
	"SELECT $1, name, public.ms_to_ts($4), $3 FROM pg_timezone_names "
	"WHERE name = $2 AND name !~ '^(posix|right)/' "
	" AND name NOT IN ('localtime', 'posixrules', 'Factory') "
	"ON CONFLICT (guild_id) DO UPDATE SET timezone = excluded.timezone, "
	" updated_at = excluded.updated_at, updated_by = excluded.updated_by "
	"RETURNING timezone";

struct change {
	struct visit *visit; /* borrowed */
	char *timezone;      /* in the visit's arena; NULL: unchanged */
};

static void reply_guild(const struct visit *visit, const char *zone)
{
	const struct access_guild *guild = &visit->access->guild;
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:o, s:o, s:s, s:I, s:b, s:b, s:b, s:o, s:o, s:o}",
				     "id", json_id(guild->id), "name", json_text(guild->name),
				     "icon_url",
				     json_icon(visit->api, guild->id, ra_str_of(guild->icon)),
				     "timezone", zone, "members", (json_int_t)guild->members,
				     "can_manage", guild->can_manage, "can_see_people",
				     guild->can_see_people, "is_available", guild->is_available,
				     "first_event_at", json_instant(guild->first_event_ms),
				     "first_message_at", json_instant(guild->first_message_ms),
				     "last_event_at", json_instant(guild->last_event_ms)));
}

void guild_get(struct visit *visit)
{
	reply_guild(visit, visit->access->guild.timezone);
}

static int read_member(struct change *change, const char *name, const json_t *value,
		       struct ra_err *err)
{
	if (strcmp(name, "timezone") != 0)
		return ra_fail(err, RA_EINVAL, "Settings are: timezone.", "unknown setting");
	if (!json_is_string(value) || json_string_length(value) > 64)
		return ra_fail(err, RA_EINVAL, "Use an IANA zone like Europe/Berlin.",
			       "timezone is not a text");
	change->timezone =
		ra_arena_strdup(change->visit->arena, ra_str_of(json_string_value(value)));
	return 0;
}

static int read_change(struct change *change, struct ra_err *err)
{
	struct ra_str body = ra_http_body(change->visit->req);
	json_t *json = json_loadb(body.ptr ? body.ptr : "", body.len, JSON_REJECT_DUPLICATES, NULL);
	const char *name;
	json_t *value;
	int rc = 0;
	if (!json_is_object(json))
		rc = ra_fail(err, RA_EINVAL,
			     "Send an object like {\"timezone\":\"Europe/Berlin\"}.",
			     "the body is not a JSON object");
	json_object_foreach(json, name, value) if (rc == 0) rc =
		read_member(change, name, value, err);
	json_decref(json);
	return rc;
}

static void on_set(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct change *change = ctx;
	struct visit *visit = change->visit;
	struct ra_err bad = { 0 };
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
	} else if (PQntuples(rows) == 0) {
		ra_fail(&bad, RA_EINVAL, "Use an IANA zone like Europe/Berlin.",
			"no such time zone");
		reply_bad_argument(visit->req, &bad);
	} else {
		ra_info(visit->api->log, "time zone changed",
			ra_f_u64("guild", visit->access->guild.id),
			ra_f_text("timezone", change->timezone));
		reply_guild(visit, change->timezone);
	}
}

static void set_timezone(struct change *change)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_text(&p, ra_str_of(change->timezone));
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	if (db_ask(visit->api->db, STMT_settings_set_timezone, &p, on_set, change) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void guild_patch(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	struct ra_err err = { 0 };
	change->visit = visit;
	if (read_change(change, &err) < 0)
		reply_bad_argument(visit->req, &err);
	else if (change->timezone)
		set_timezone(change);
	else
		guild_get(visit);
}
