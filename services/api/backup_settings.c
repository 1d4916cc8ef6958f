/*
 * backup_settings: when backups are made and which are kept, and what that
 * comes to: the next times, what would go. Where backups lie is configuration
 * of backup-scheduler, and no page's business.
 */
#include "libshared/cron/cron.h"
#include "libshared/cron/ladder.h"
#include "services/api/body.h"

#define KEEP_MAX 1000
#define NEXT_MAX 3
#define DAY_MS   (24LL * 3600 * 1000)
#define AHEAD_MS (5 * 366 * DAY_MS) /* of changes of the clock */

/* clang-format off */
/* No parameters. One row, JSON. */
const char sql_backup_settings[] =
	"SELECT json_build_object('is_enabled', is_enabled, 'schedule', schedule, 'zone', zone, 'keep_last', keep_last, "
	" 'keep_hourly', keep_hourly, 'keep_daily', keep_daily, 'keep_weekly', keep_weekly, 'keep_monthly', keep_monthly, "
	" 'drill', drill, 'drill_minute', drill_minute, 'alarm_guild_id', alarm_guild_id::text) FROM app.backup_settings";

/* $1 enabled, $2 schedule, $3 zone, $4 last, $5 hourly, $6 daily, $7 weekly, $8 monthly, $9 drill, $10 minute, $11 now,
 * $12 the guild that hears of alarms. No row: there is no such guild. */
const char sql_backup_settings_put[] =
	"UPDATE app.backup_settings SET is_enabled = $1, schedule = $2, zone = $3, keep_last = $4::int, keep_hourly = $5::int, "
	" keep_daily = $6::int, keep_weekly = $7::int, keep_monthly = $8::int, drill = $9, drill_minute = $10::int, "
	" updated_at = public.ms_to_ts($11), alarm_guild_id = $12::bigint "
	"WHERE $12::bigint IS NULL OR EXISTS (SELECT FROM analytics.guild WHERE guild_id = $12::bigint AND removed_at IS NULL) "
	"RETURNING 1";

/* No parameters. */
const char sql_backups_on_ladder[] = LADDER_SQL;
/* clang-format on */

static const char *const drills[] = { "after_each", "nightly", "never" };

static void on_settings(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	ra_http_set_header(visit->req, "cache-control", "no-store");
	ra_http_reply(visit->req, 200, "application/json", ra_pg_get_str(rows, 0, 0));
}

void backup_settings_get(struct visit *visit)
{
	if (db_ask(visit->api->db, STMT_backup_settings, NULL, on_settings, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- what is wished ---------------------------------------------------------------------- */

struct wish {
	struct visit *visit; /* borrowed */
	bool is_enabled;
	const char *schedule, *zone, *drill; /* in the visit's arena, or static */
	int64_t drill_minute;
	uint64_t alarm_guild; /* 0: none */
	bool is_put;
	struct ladder_rules rules;
	struct cron cron;
	struct zone clock; /* of the zone; owned while it is worked with */
	bool has_clock;
	json_t *next; /* owned */
};

static int keep(struct body *body, const char *name)
{
	return (int)body_number(body, name, 0, KEEP_MAX, BODY_REQUIRED);
}

/* False: answered already. */
static bool read_wish(struct visit *visit, struct wish *wish)
{
	struct body body;
	struct ra_err err = { 0 };
	body_open(&body, visit);
	*wish = (struct wish){
		.visit = visit,
		.is_enabled = body_bool(&body, "is_enabled", true),
		.schedule = body_text(&body, "schedule", CRON_TEXT_MAX),
		.zone = body_text(&body, "zone", 64),
		.drill = drills[body_choice(&body, "drill", drills, RA_COUNT(drills))],
		.drill_minute = body_number(&body, "drill_minute", 0, 1439, BODY_REQUIRED),
		.alarm_guild = body_id(&body, "alarm_guild_id"),
		.rules = { .last = (int)body_number(&body, "keep_last", 1, KEEP_MAX, BODY_REQUIRED),
			   .hourly = keep(&body, "keep_hourly"),
			   .daily = keep(&body, "keep_daily"),
			   .weekly = keep(&body, "keep_weekly"),
			   .monthly = keep(&body, "keep_monthly") },
	};
	if (*wish->schedule && cron_parse(&wish->cron, wish->schedule, &err) < 0)
		body_fail(&body, err.hint, "%s", err.msg);
	return body_close(&body);
}

static void reply_no_zone(struct visit *visit)
{
	ra_http_problem(visit->req, 400, "argument", "No such time zone",
			"Use a name like Europe/Berlin.");
}

/* An unknown zone is PostgreSQL's to know. */
static bool is_unknown_zone(const struct ra_err *err)
{
	return err && err->code == RA_EDB && strncmp(err->msg, "22", 2) == 0;
}

static int ask_zone(struct ra_pg *pg, const struct wish *wish, int64_t from_ms,
		    ra_pg_result_cb done, void *ctx)
{
	struct ra_pg_params p = { .arena = wish->visit->arena };
	ra_pg_text(&p, ra_str_of(wish->zone));
	ra_pg_i64(&p, from_ms);
	ra_pg_i64(&p, wish->visit->now_ms + AHEAD_MS);
	return ra_pg_send(pg, STMT_backup_zone, &p, done, ctx);
}

/* --- put ----------------------------------------------------------------------------------- */

static void on_put(void *ctx, int status, const struct ra_err *err)
{
	struct wish *wish = ctx;
	if (is_unknown_zone(err))
		reply_no_zone(wish->visit);
	else if (status < 0)
		reply_failure(wish->visit->api, wish->visit->req, status);
	else if (!wish->is_put)
		ra_http_problem(wish->visit->req, 400, "argument", "No such server",
				"Choose a server the bot is in.");
	else
		backup_settings_get(wish->visit);
}

static void on_row_put(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	(void)err;
	((struct wish *)ctx)->is_put = status == 0 && PQntuples(rows) == 1;
}

static int send_put(struct ra_pg *pg, struct wish *wish)
{
	struct ra_pg_params p = { .arena = wish->visit->arena };
	ra_pg_bool(&p, wish->is_enabled);
	ra_pg_text(&p, ra_str_of(wish->schedule));
	ra_pg_text(&p, ra_str_of(wish->zone));
	ra_pg_i64(&p, wish->rules.last);
	ra_pg_i64(&p, wish->rules.hourly);
	ra_pg_i64(&p, wish->rules.daily);
	ra_pg_i64(&p, wish->rules.weekly);
	ra_pg_i64(&p, wish->rules.monthly);
	ra_pg_text(&p, ra_str_of(wish->drill));
	ra_pg_i64(&p, wish->drill_minute);
	ra_pg_i64(&p, wish->visit->now_ms);
	if (wish->alarm_guild)
		ra_pg_i64(&p, (int64_t)wish->alarm_guild);
	else
		ra_pg_null(&p);
	return ra_pg_send(pg, STMT_backup_settings_put, &p, on_row_put, wish);
}

void backup_settings_put(struct visit *visit)
{
	struct wish *wish = ra_arena_new(visit->arena, struct wish);
	if (!read_wish(visit, wish))
		return;
	struct ra_pg *pg = db_pick(visit->api->db);
	int rc = pg ? ask_zone(pg, wish, visit->now_ms, NULL, NULL) : RA_EDOWN;
	if (rc == 0)
		rc = send_put(pg, wish);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_put, wish);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

/* --- what it comes to ---------------------------------------------------------------------------
 */

static json_t *next_times(const struct wish *wish, const struct zone *zone)
{
	json_t *times = json_array();
	int64_t at = wish->visit->now_ms;
	for (int i = 0; wish->is_enabled && i < NEXT_MAX; i++) {
		if (cron_next(&wish->cron, zone, at, &at) < 0)
			break;
		json_array_append_new(times, json_instant(at));
	}
	return times;
}

/* Every backup on the ladder, and whether it would stay. */
static json_t *sort_out(const struct wish *wish, const struct zone *zone, const PGresult *rows)
{
	size_t count = (size_t)PQntuples(rows);
	struct ladder_backup *list =
		ra_arena_alloc(wish->visit->arena, (count + 1) * sizeof(*list));
	json_t *sorted = json_array();
	for (size_t i = 0; i < count; i++)
		list[i] = (struct ladder_backup){ .at_ms = ra_pg_get_i64(rows, (int)i, 1),
						  .is_good = ra_pg_get_bool(rows, (int)i, 2) };
	ladder_mark(list, count, &wish->rules, zone);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(sorted, json_pack("{s:o, s:b}", "id",
							json_str(ra_pg_get_str(rows, (int)i, 0)),
							"is_kept", list[i].is_kept));
	return sorted;
}

static void on_clock(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct wish *wish = ctx;
	(void)err;
	wish->has_clock = status == 0;
	if (wish->has_clock)
		zone_load(&wish->clock, rows);
}

static void on_ladder(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct wish *wish = ctx;
	(void)err;
	if (status == 0 && wish->has_clock)
		wish->next = json_pack("{s:o, s:o}", "next", next_times(wish, &wish->clock),
				       "backups", sort_out(wish, &wish->clock, rows));
	zone_fini(&wish->clock);
}

static void on_previewed(void *ctx, int status, const struct ra_err *err)
{
	struct wish *wish = ctx;
	if (is_unknown_zone(err))
		reply_no_zone(wish->visit);
	else if (status < 0 || !wish->next)
		reply_failure(wish->visit->api, wish->visit->req, status < 0 ? status : RA_EDOWN);
	else
		ra_http_reply_json(wish->visit->req, 200, wish->next);
}

void backup_settings_preview(struct visit *visit)
{
	struct wish *wish = ra_arena_new(visit->arena, struct wish);
	if (!read_wish(visit, wish))
		return;
	struct ra_pg *pg = db_pick(visit->api->db);
	int rc = pg ? ask_zone(pg, wish, visit->now_ms - AHEAD_MS, on_clock, wish) : RA_EDOWN;
	if (rc == 0)
		rc = ra_pg_send(pg, STMT_backups_on_ladder, NULL, on_ladder, wish);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_previewed, wish);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}
