/*
 * schedules: when somebody is there - business hours in versions, holidays,
 * shifts - and by when an answer is wanted. All of it is read at once and
 * written part by part: a version, a holiday, somebody's shifts, the targets.
 *
 *	body -> the part as it is, and are its zones known? -> the part as it shall be, and a note
 *of it
 */
#include "services/api/audit.h"
#include "services/api/body.h"
#include "services/api/period.h"
#include "services/api/sql.h"
#include <stdio.h>

#define ZONE_MAX    64
#define SPANS_MAX   100
#define SHIFTS_MAX  20
#define TARGETS_MAX 100
#define WEEK_MIN    10080
#define DAY_MIN     1440
#define LONGEST_S   2592000

/* clang-format off */
#define SQL_SPANS(ranges)                                                                          \
	"(SELECT coalesce(json_agg(json_build_object('from', lower(x), 'to', upper(x)) ORDER BY x), '[]') " \
	" FROM unnest(" ranges ") x)"
#define SQL_VERSION                                                                                \
	"json_build_object('valid_from', v.valid_from, 'zone', v.zone, 'week', " SQL_SPANS("v.week") ")"
#define SQL_HOLIDAY                                                                                \
	"json_build_object('day', h.day, 'name', h.name, 'open', " SQL_SPANS("h.open") ")"
#define SQL_SHIFT                                                                                  \
	"json_build_object('zone', s.zone, 'week', " SQL_SPANS("s.week") ", 'valid_from', s.valid_from, " \
	" 'valid_until', s.valid_until, 'is_on_call', s.is_on_call)"
#define SQL_TARGET                                                                                 \
	"json_build_object('channel_id', nullif(t.channel_id, 0)::text, "                          \
	" 'priority', (ARRAY['low', 'normal', 'high', 'urgent'])[t.priority], "                    \
	" 'first_response_s', t.first_response_s, 'is_business', t.is_business)"

/* $1 guild. One row: JSON. */
const char sql_schedule[] =
	"SELECT json_build_object("
	" 'versions', (SELECT coalesce(json_agg(" SQL_VERSION " ORDER BY valid_from), '[]') "
	"   FROM app.schedule v WHERE guild_id = $1), "
	" 'holidays', (SELECT coalesce(json_agg(" SQL_HOLIDAY " ORDER BY day), '[]') "
	"   FROM app.holiday h WHERE guild_id = $1), "
	" 'targets', (SELECT coalesce(json_agg(" SQL_TARGET " ORDER BY channel_id, priority), '[]') "
	"   FROM app.response_target t WHERE guild_id = $1), "
	" 'staff', (SELECT coalesce(json_agg(json_build_object('id', p.user_id::text, 'name', "
	"   coalesce(nullif(c.name, ''), m.nick, m.global_name, m.username, ''), 'avatar', m.avatar, "
	"   'is_staff', p.is_staff, 'shifts', p.shifts) ORDER BY p.user_id), '[]') "
	"  FROM (SELECT user_id, bool_or(is_staff) AS is_staff, "
	"    coalesce(json_agg(shift ORDER BY valid_from) FILTER (WHERE shift IS NOT NULL), '[]') AS shifts "
	"   FROM (SELECT user_id, true AS is_staff, NULL::json AS shift, NULL::date AS valid_from "
	"     FROM response.staff WHERE guild_id = $1 AND ended_at IS NULL "
	"    UNION ALL SELECT user_id, true, NULL, NULL FROM app.curator WHERE guild_id = $1 AND is_active "
	"    UNION ALL SELECT user_id, false, " SQL_SHIFT ", valid_from FROM app.shift s WHERE guild_id = $1) o "
	"   GROUP BY 1) p "
	"  LEFT JOIN app.curator c ON c.guild_id = $1 AND c.user_id = p.user_id "
	"  LEFT JOIN analytics.member m ON m.guild_id = $1 AND m.user_id = p.user_id), "
	" 'channels', (SELECT coalesce(json_agg(json_build_object('id', channel_id::text, 'name', name, "
	"   'is_category', kind = 4) ORDER BY position), '[]') FROM analytics.channel "
	"  WHERE guild_id = $1 AND deleted_at IS NULL AND kind IN (0, 2, 4, 5, 13, 15)))";

/* $1 guild, $2 which part, $3 day or null, $4 member or null, $5 zones. One row: the part as it is
 * (JSON, or null), and are these zones PostgreSQL's? */
const char sql_schedule_part[] =
	"SELECT CASE $2::int "
	" WHEN 0 THEN (SELECT " SQL_VERSION " FROM app.schedule v WHERE guild_id = $1 AND valid_from = $3::text::date) "
	" WHEN 1 THEN (SELECT " SQL_HOLIDAY " FROM app.holiday h WHERE guild_id = $1 AND day = $3::date) "
	" WHEN 2 THEN (SELECT json_build_object('shifts', json_agg(" SQL_SHIFT " ORDER BY shift_id)) "
	"  FROM app.shift s WHERE guild_id = $1 AND user_id = $4::bigint HAVING count(*) > 0) "
	" ELSE (SELECT json_build_object('targets', json_agg(" SQL_TARGET " ORDER BY channel_id, priority)) "
	"  FROM app.response_target t WHERE guild_id = $1 HAVING count(*) > 0) END, "
	"NOT EXISTS (SELECT FROM unnest($5::text[]) z WHERE z NOT IN "
	" (SELECT name FROM pg_timezone_names WHERE name !~ '^(posix|right)/'))";

/* $1 guild, $2 part, $3 day or null, $4 member or null. */
const char sql_schedule_clear[] =
	"WITH v AS (DELETE FROM app.schedule WHERE $2::int = 0 AND guild_id = $1 AND valid_from = $3::text::date), "
	"h AS (DELETE FROM app.holiday WHERE $2 = 1 AND guild_id = $1 AND day = $3::date), "
	"s AS (DELETE FROM app.shift WHERE $2 = 2 AND guild_id = $1 AND user_id = $4::bigint) "
	"DELETE FROM app.response_target WHERE $2 = 3 AND guild_id = $1";

/* The same, $5 what it shall be: an array of rows. Ranges are PostgreSQL's own. */
const char sql_schedule_set[] =
	"WITH given AS (SELECT * FROM json_to_recordset($5::text::json) AS g (zone text, week int4multirange, "
	"  name text, valid_from date, valid_until date, is_on_call boolean, channel_id bigint, priority smallint, "
	"  first_response_s integer, is_business boolean)"
	"), v AS (INSERT INTO app.schedule (guild_id, valid_from, zone, week) "
	"  SELECT $1, $3::text::date, zone, week FROM given WHERE $2::int = 0"
	"), h AS (INSERT INTO app.holiday (guild_id, day, name, open) "
	"  SELECT $1, $3::date, name, week FROM given WHERE $2 = 1"
	"), s AS (INSERT INTO app.shift (guild_id, user_id, zone, week, valid_from, valid_until, is_on_call) "
	"  SELECT $1, $4::bigint, zone, week, valid_from, valid_until, is_on_call FROM given WHERE $2 = 2"
	") INSERT INTO app.response_target (guild_id, channel_id, priority, first_response_s, is_business) "
	"SELECT $1, channel_id, priority, first_response_s, is_business FROM given WHERE $2 = 3";
/* clang-format on */

enum part { PART_VERSION, PART_HOLIDAY, PART_SHIFTS, PART_TARGETS };

static const struct {
	const char *change, *end; /* what the audit log calls it */
} actions[] = {
	[PART_VERSION] = { "schedule.change", "schedule.delete" },
	[PART_HOLIDAY] = { "holiday.change", "holiday.delete" },
	[PART_SHIFTS] = { "shift.change", "shift.change" },
	[PART_TARGETS] = { "target.change", "target.change" },
};

/* --- all of it --- */

static void on_schedule(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	json_t *json, *person;
	size_t i;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	json = json_column(rows, 0, 0);
	json_array_foreach(json_object_get(json, "staff"), i, person)
		json_dress_person(visit->api, person);
	json_object_set_new(json, "timezone", json_string(visit->access->guild.timezone));
	ra_http_reply_json(visit->req, 200, json);
}

void schedule_get(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	if (db_ask(visit->api->db, STMT_schedule, &p, on_schedule, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- reading a part --- */

struct edit {
	struct visit *visit; /* borrowed */
	enum part part;
	const char *day; /* NULL: the part has none */
	int64_t member;  /* 0: none */
	bool is_removal;
	struct ra_str *zones; /* in the arena */
	size_t zone_count;
	json_t *after; /* as the contract has it; owned */
	json_t *given; /* rows as sql_schedule_set wants them; owned */
};

static void take_zone(struct edit *e, struct body *body, json_t *shown, json_t *given)
{
	const char *zone = body_text(body, "zone", ZONE_MAX);
	e->zones[e->zone_count++] = ra_str_of(zone);
	json_object_set_new(shown, "zone", json_string(zone));
	json_object_set_new(given, "zone", json_string(zone));
}

/* [{from, to}, ...] in minutes, as {[a,b),[c,d)}: PostgreSQL joins what touches. */
static void take_spans(struct body *body, const char *name, int64_t most, json_t *shown,
		       json_t *given)
{
	struct ra_buf text = { 0 };
	json_t *list = json_object_get(body->json, name), *span;
	size_t i;
	ra_buf_add_text(&text, "{");
	if (!json_is_array(list) || json_array_size(list) > SPANS_MAX)
		body_fail(body, "Use an array of up to 100 {from, to} in minutes.",
			  "%s is no such array", name);
	json_array_foreach(list, i, span)
	{
		int64_t from = json_integer_value(json_object_get(span, "from"));
		int64_t to = json_integer_value(json_object_get(span, "to"));
		if (json_object_size(span) != 2 || from < 0 || from >= to || to > most)
			body_fail(body, "Let each begin before it ends, within the day or week.",
				  "%s holds something that is no span", name);
		ra_buf_printf(&text, "%s[%lld,%lld)", i ? "," : "", (long long)from, (long long)to);
	}
	ra_buf_add_text(&text, "}");
	json_object_set(shown, name, list);
	json_object_set_new(given, "week", json_string(ra_buf_text(&text)));
	json_object_del(body->json, name);
	ra_buf_fini(&text);
}

/* "2026-03-29" of a body; missing is NULL where `is_optional`. */
static const char *take_day(struct body *body, const char *name, bool is_optional)
{
	int day;
	const char *text;
	if (is_optional && !body_has(body, name)) {
		json_object_del(body->json, name);
		return NULL;
	}
	text = body_text(body, name, 10);
	if (day_parse(text, &day) < 0)
		body_fail(body, "Use a day like 2026-03-29.", "%s is not a day", name);
	return text;
}

static void set_day(json_t *shown, json_t *given, const char *name, const char *day)
{
	json_object_set_new(shown, name, json_text(day));
	json_object_set_new(given, name, json_text(day));
}

static void take_version(struct edit *e, struct body *body, json_t *shown, json_t *given)
{
	set_day(shown, given, "valid_from", e->day);
	take_zone(e, body, shown, given);
	take_spans(body, "week", WEEK_MIN, shown, given);
}

static void take_holiday(struct edit *e, struct body *body, json_t *shown, json_t *given)
{
	const char *name = body_has(body, "name") ? body_text(body, "name", 80) : "";
	json_object_del(body->json, "name");
	json_object_set_new(shown, "day", json_string(e->day));
	json_object_set_new(shown, "name", json_string(name));
	json_object_set_new(given, "name", json_string(name));
	take_spans(body, "open", DAY_MIN, shown, given);
}

static void take_shift(struct edit *e, struct body *body, json_t *shown, json_t *given)
{
	const char *from = take_day(body, "valid_from", false);
	const char *until = take_day(body, "valid_until", true);
	bool is_on_call = body_bool(body, "is_on_call", false);
	take_zone(e, body, shown, given);
	take_spans(body, "week", WEEK_MIN, shown, given);
	set_day(shown, given, "valid_from", from);
	set_day(shown, given, "valid_until", until);
	json_object_set_new(shown, "is_on_call", json_boolean(is_on_call));
	json_object_set_new(given, "is_on_call", json_boolean(is_on_call));
	if (until && strcmp(until, from) < 0)
		body_fail(body, "Let it end after it begins.", "valid_until is before valid_from");
}

static void take_target(struct edit *e, struct body *body, json_t *shown, json_t *given)
{
	static const char *const words[] = { "low", "normal", "high", "urgent" };
	int64_t seconds = body_number(body, "first_response_s", 1, LONGEST_S, BODY_REQUIRED);
	bool is_business = body_bool(body, "is_business", false);
	size_t priority = body_has(body, "priority")
				  ? body_choice(body, "priority", words, RA_COUNT(words)) + 1
				  : 0;
	const char *channel =
		body_has(body, "channel_id") ? body_text(body, "channel_id", 20) : NULL;
	uint64_t id = 0;
	(void)e;
	json_object_del(body->json, "priority");
	json_object_del(body->json, "channel_id");
	if (channel && (ra_str_to_u64(ra_str_of(channel), &id) < 0 || id == 0 || id > INT64_MAX))
		body_fail(body, "Use the id of a channel or category, or null.",
			  "channel_id is not an id");
	json_object_set_new(shown, "channel_id", json_text(channel));
	json_object_set_new(shown, "priority", json_text(priority ? words[priority - 1] : NULL));
	json_object_set_new(shown, "first_response_s", json_integer(seconds));
	json_object_set_new(shown, "is_business", json_boolean(is_business));
	json_object_update(given, shown);
	json_object_set_new(given, "channel_id", json_integer((json_int_t)id));
	json_object_set_new(given, "priority", json_integer((json_int_t)priority));
}

typedef void (*take_fn)(struct edit *e, struct body *body, json_t *shown, json_t *given);

/* An array of objects, each read like a body of its own; its mistakes are the body's. */
static void take_list(struct edit *e, struct body *body, const char *name, size_t most,
		      take_fn take)
{
	json_t *list = json_object_get(body->json, name), *shown = json_array(), *item;
	size_t i;
	if (!json_is_array(list) || json_array_size(list) > most)
		body_fail(body, "Send an array, not longer than the contract says.",
			  "%s is no such array", name);
	json_array_foreach(list, i, item)
	{
		json_t *one = json_object(), *row = json_object();
		struct body part = { .visit = body->visit, .json = json_deep_copy(item) };
		if (i >= most || !json_is_object(item))
			body_fail(body, "Send objects.", "%s holds something else", name);
		else
			take(e, &part, one, row);
		if (part.rc == 0 && json_object_size(part.json) > 0)
			body_fail(&part, "Leave it out.", "%s holds a member we do not know", name);
		body_take_mistakes(body, &part);
		json_decref(part.json);
		json_array_append_new(shown, one);
		json_array_append_new(e->given, row);
	}
	json_object_set_new(e->after, name, shown);
	json_object_del(body->json, name);
}

/* False: answered already. */
static bool read_part(struct edit *e)
{
	struct body body;
	body_open(&body, e->visit);
	e->after = json_object();
	e->given = json_array();
	e->zones = ra_arena_alloc(e->visit->arena, (SHIFTS_MAX + 1) * sizeof(*e->zones));
	if (body.rc == 0 && e->part == PART_SHIFTS)
		take_list(e, &body, "shifts", SHIFTS_MAX, take_shift);
	if (body.rc == 0 && e->part == PART_TARGETS)
		take_list(e, &body, "targets", TARGETS_MAX, take_target);
	if (body.rc == 0 && e->part <= PART_HOLIDAY) {
		json_t *row = json_object();
		(e->part == PART_VERSION ? take_version : take_holiday)(e, &body, e->after, row);
		json_array_append_new(e->given, row);
	}
	if (body_close(&body))
		return true;
	json_decref(e->after);
	json_decref(e->given);
	return false;
}

/* --- writing it --- */

static void part_params(const struct edit *e, struct ra_pg_params *p)
{
	ra_pg_i64(p, (int64_t)e->visit->access->guild.id);
	ra_pg_i64(p, e->part);
	if (e->day)
		ra_pg_text(p, ra_str_of(e->day));
	else
		ra_pg_null(p);
	if (e->member)
		ra_pg_i64(p, e->member);
	else
		ra_pg_null(p);
}

static void fail(struct edit *e, int status)
{
	json_decref(e->after);
	json_decref(e->given);
	reply_failure(e->visit->api, e->visit->req, status);
}

static void on_committed(void *ctx, int status, const struct ra_err *err)
{
	struct edit *e = ctx;
	(void)err;
	if (status < 0) {
		fail(e, status);
	} else if (e->is_removal) {
		ra_http_reply(e->visit->req, 204, NULL, RA_STR(""));
	} else {
		json_decref(e->given);
		ra_http_reply_json(e->visit->req, 200, e->after);
	}
}

static int send_rows(struct edit *e, struct ra_pg *pg)
{
	struct ra_pg_params p = { .arena = e->visit->arena };
	char *rows;
	if (e->is_removal)
		return 0;
	rows = json_dumps(e->given, JSON_COMPACT);
	part_params(e, &p);
	ra_pg_text(&p, ra_str_of(rows));
	int rc = ra_pg_send(pg, STMT_schedule_set, &p, NULL, NULL);
	free(rows);
	return rc;
}

static void commit(struct edit *e, json_t *before)
{
	struct visit *visit = e->visit;
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_pg_params p = { .arena = visit->arena };
	const struct audit audit = {
		.action = e->is_removal ? actions[e->part].end : actions[e->part].change,
		.target = e->day      ? e->day
			  : e->member ? ra_arena_format(visit->arena, "%lld", (long long)e->member)
				      : NULL,
		.before = before,
		.after = e->is_removal ? NULL : json_incref(e->after),
	};
	part_params(e, &p);
	if (!pg || ra_pg_send(pg, STMT_schedule_clear, &p, NULL, NULL) < 0 ||
	    send_rows(e, pg) < 0 || audit_note(pg, visit, &audit) < 0 ||
	    ra_pg_sync(pg, on_committed, e) < 0)
		fail(e, RA_EDOWN);
}

static void on_part(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct edit *e = ctx;
	(void)err;
	if (status < 0) {
		fail(e, status);
	} else if (!ra_pg_get_bool(rows, 0, 1)) {
		struct ra_err bad = { 0 };
		json_decref(e->after);
		json_decref(e->given);
		ra_fail(&bad, RA_EINVAL, "Use an IANA zone like Europe/Berlin.",
			"no such time zone");
		reply_bad_argument(e->visit->req, &bad);
	} else {
		commit(e, json_column(rows, 0, 0));
	}
}

static void find(struct edit *e)
{
	struct ra_pg_params p = { .arena = e->visit->arena };
	part_params(e, &p);
	ra_pg_text_array(&p, e->zones, e->zone_count, sizeof(*e->zones));
	if (db_ask(e->visit->api->db, STMT_schedule_part, &p, on_part, e) < 0)
		fail(e, RA_EDOWN);
}

/* The day or the member that the path names; false: answered with 404. */
static bool read_path(struct edit *e)
{
	struct visit *visit = e->visit;
	struct ra_str day = ra_http_param(visit->req, "day");
	struct ra_str member = ra_http_param(visit->req, "user_id");
	uint64_t id = 0;
	int number;
	e->day = day.len ? ra_arena_strdup(visit->arena, day) : NULL;
	bool is_fine = !e->day || day_parse(e->day, &number) == 0;
	if (member.len)
		is_fine = ra_str_to_u64(member, &id) == 0 && id > 0 && id <= INT64_MAX;
	e->member = (int64_t)id;
	if (!is_fine)
		ra_http_problem(visit->req, 404, "missing", "There is no such thing",
				"Days are written like 2026-03-29, members by their ids.");
	return is_fine;
}

static void begin(struct visit *visit, enum part part, bool is_removal)
{
	struct edit *e = ra_arena_new(visit->arena, struct edit);
	*e = (struct edit){ .visit = visit, .part = part, .is_removal = is_removal };
	if (read_path(e) && (is_removal || read_part(e)))
		find(e);
}

void schedule_version_put(struct visit *visit)
{
	begin(visit, PART_VERSION, false);
}
void schedule_version_delete(struct visit *visit)
{
	begin(visit, PART_VERSION, true);
}
void holiday_put(struct visit *visit)
{
	begin(visit, PART_HOLIDAY, false);
}
void holiday_delete(struct visit *visit)
{
	begin(visit, PART_HOLIDAY, true);
}
void shifts_put(struct visit *visit)
{
	begin(visit, PART_SHIFTS, false);
}
void targets_put(struct visit *visit)
{
	begin(visit, PART_TARGETS, false);
}
