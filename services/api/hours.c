/*
 * hours: when a guild is awake - 7 x 24 hours of its own week, what happened in them over the range
 * and how often each of them came. Where clocks change an hour comes twice or not at all, and today
 * has had only some: so hours are counted, not days.
 *
 * Whole months are read from what is kept by the month; people can not be added up, they are
 * counted anew from the newest four weeks of the range. Under a filter, and where a guild leaves
 * something out, everything is counted by the hour; who joined is told of the whole guild.
 */
#include "services/api/filter.h"
#include "services/api/filter_sql.h"
#include "services/api/range.h"
#include "services/api/reads.h"

#define WEEKDAYS    7
#define DAY_HOURS   24
#define PEOPLE_DAYS 28
#define DAY_MS      (24LL * 3600 * 1000)

/* clang-format off */
/* How often each hour of the week came, as far as something was counted since then. */
#define SQL_CAME(zone, since)                                                                      \
	"came (weekday, hour, times) AS ("                                                         \
	" SELECT " SQL_HOUR_OF_WEEK("h", zone) ", count(*) "                                          \
	" FROM generate_series(date_trunc('hour', greatest(public.ms_to_ts($2), "                  \
	"  public.ms_to_ts(" since "::bigint)) + interval '3599 seconds', 'UTC'), "                \
	"  public.ms_to_ts($3) - interval '1 millisecond', interval '1 hour') h GROUP BY 1, 2"     \
	")"

/* $5 zone, $7 since when is counted; $6: messages, reactions, joins, or raw ... talking of voice. Rows: weekday (Monday 0), hour, value,
 * how often it came. */
const char sql_hours[] =
	"WITH " SQL_RUNNING ", " SQL_CAME("$5", "$7") ", month AS ("
	" SELECT first, greatest(first, last) AS last, first::timestamp AT TIME ZONE $5 AS first_at, "
	"  greatest(first, last)::timestamp AT TIME ZONE $5 AS last_at "
	" FROM (SELECT date_trunc('month', f + interval '1 month' - interval '1 millisecond')::date AS first, "
	"   CASE WHEN (SELECT day_zone FROM analytics.guild WHERE guild_id = $1) = $5 "
	"    THEN date_trunc('month', t)::date ELSE '-infinity' END AS last "
	"  FROM (SELECT public.ms_to_ts($2) AT TIME ZONE $5 AS f, public.ms_to_ts($3) AT TIME ZONE $5 AS t) l) m"
	"), part AS ("
	" SELECT weekday, h.hour::int AS hour, CASE $6::text WHEN 'messages' THEN messages "
	"   WHEN 'reactions' THEN reactions WHEN 'joins' THEN joins WHEN 'raw' THEN voice_raw_ms "
	"   WHEN 'present' THEN voice_present_ms WHEN 'engaged' THEN voice_engaged_ms "
	"   ELSE voice_talking_ms END AS value "
	" FROM analytics.heat_monthly h WHERE guild_id = $1 "
	"  AND h.month >= (SELECT first FROM month) AND h.month < (SELECT last FROM month) "
	" UNION ALL "
	" SELECT " SQL_HOUR_OF_WEEK("hour", "$5") ", CASE $6 WHEN 'messages' THEN messages "
	"   WHEN 'reactions' THEN reactions WHEN 'joins' THEN joins WHEN 'raw' THEN voice_raw_ms "
	"   WHEN 'present' THEN voice_present_ms WHEN 'engaged' THEN voice_engaged_ms "
	"   ELSE voice_talking_ms END "
	" FROM analytics.guild_hourly WHERE guild_id = $1 AND " SQL_IN_SPAN("hour")
	"  AND (hour < (SELECT first_at FROM month) OR hour >= (SELECT last_at FROM month)) "
	" UNION ALL "
	" SELECT " SQL_HOUR_OF_WEEK("hour", "$5") ", CASE $6 WHEN 'raw' THEN raw_ms WHEN 'present' THEN present_ms "
	"   WHEN 'engaged' THEN engaged_ms WHEN 'talking' THEN talking_ms ELSE 0 END "
	" FROM running WHERE " SQL_IN_SPAN("hour")
	"), total AS (SELECT weekday, hour, sum(value) AS value FROM part GROUP BY 1, 2) "
	"SELECT c.weekday, c.hour, coalesce(t.value, 0), c.times "
	"FROM came c LEFT JOIN total t USING (weekday, hour)";

/* The same for people: who wrote, reacted or was in voice for a minute of the hour, each once. */
const char sql_hours_active[] =
	"WITH " SQL_RUNNING ", " SQL_CAME("$5", "$7") ", act AS ("
	" SELECT hour FROM ("
	"  SELECT hour, user_id, messages, reactions_given AS reactions, 0 AS ms "
	"  FROM analytics.message_hourly "
	"  WHERE guild_id = $1 AND author_kind = 0 AND " SQL_IN_SPAN("hour")
	"  UNION ALL "
	"  SELECT hour, user_id, 0, 0, present_ms FROM analytics.voice_hourly "
	"  WHERE guild_id = $1 AND " SQL_IN_SPAN("hour")
	"  UNION ALL "
	"  SELECT hour, user_id, 0, 0, present_ms FROM running WHERE " SQL_IN_SPAN("hour")
	" ) a GROUP BY hour, user_id HAVING " SQL_HAS_ACTED("sum(messages)", "sum(reactions)", "sum(ms)")
	"), total (weekday, hour, value) AS ("
	" SELECT " SQL_HOUR_OF_WEEK("hour", "$5") ", count(*) FROM act WHERE $6::text IS NOT NULL GROUP BY 1, 2"
	") "
	"SELECT c.weekday, c.hour, coalesce(t.value, 0), c.times "
	"FROM came c LEFT JOIN total t USING (weekday, hour)";

/* $13 as $6 above, but joins; $14 since when is counted. */
const char sql_hours_filtered[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT ", " SQL_CAME("$12", "$14") ", spent AS ("
	" SELECT at, user_id, " SQL_ACT_SUMS " FROM act GROUP BY 1, 2"
	"), total (weekday, hour, value) AS ("
	" SELECT " SQL_HOUR_OF_WEEK("at", "$12") ", sum(CASE $13::text WHEN 'messages' THEN messages "
	"   WHEN 'reactions' THEN reactions_given WHEN 'active' THEN " SQL_IS_ACTIVE "::int "
	"   WHEN 'raw' THEN raw_ms WHEN 'present' THEN present_ms WHEN 'engaged' THEN engaged_ms "
	"   ELSE talking_ms END) FROM spent GROUP BY 1, 2"
	") "
	"SELECT c.weekday, c.hour, coalesce(t.value, 0), c.times "
	"FROM came c LEFT JOIN total t USING (weekday, hour)";
/* clang-format on */

static const char *const metrics[] = { "messages", "reactions", "joins",   "active",
				       "raw",      "present",   "engaged", "talking" };

struct week {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	const char *metric;        /* static */
	struct filter filter;
	int64_t from_ms; /* what is read begins here */
};

static const char *find_metric(const char *name)
{
	if (!name)
		return metrics[0];
	for (size_t i = 0; i < RA_COUNT(metrics); i++)
		if (strcmp(metrics[i], name) == 0)
			return metrics[i];
	return NULL;
}

/* 7 x 24 of a column of the rows. */
static json_t *grid_json(const PGresult *rows, int column)
{
	json_int_t cells[WEEKDAYS][DAY_HOURS] = { 0 };
	json_t *json = json_array();
	for (int row = 0; row < PQntuples(rows); row++)
		cells[ra_pg_get_i64(rows, row, 0)][ra_pg_get_i64(rows, row, 1)] =
			ra_pg_get_i64(rows, row, column);
	for (int day = 0; day < WEEKDAYS; day++) {
		json_t *hours = json_array();
		for (int hour = 0; hour < DAY_HOURS; hour++)
			json_array_append_new(hours, json_integer(cells[day][hour]));
		json_array_append_new(json, hours);
	}
	return json;
}

static void on_week(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct week *week = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(week->visit->api, week->visit->req, status);
		return;
	}
	ra_http_reply_json(week->visit->req, 200,
			   json_pack("{s:o, s:s, s:o, s:o, s:o}", "range",
				     range_json(&week->range->now), "metric", week->metric,
				     "counted_from", json_instant(week->from_ms), "cells",
				     grid_json(rows, 2), "times", grid_json(rows, 3)));
}

static int ask_filtered(struct week *week, const struct span *span, int64_t first_ms)
{
	struct ra_pg_params p = { .arena = week->visit->arena };
	filter_params_by_the_hour(week->visit, &week->filter, span, &p);
	ra_pg_text(&p, ra_str_of(week->metric));
	ra_pg_i64(&p, first_ms);
	return reads_ask(week->visit, STMT_hours_filtered, &p, on_week, week);
}

static int ask(struct week *week, enum statement stmt, const struct span *span, int64_t first_ms)
{
	struct ra_pg_params p = { .arena = week->visit->arena };
	range_params(week->visit, span, &p);
	ra_pg_text(&p, ra_str_of(week->visit->access->guild.timezone));
	ra_pg_text(&p, ra_str_of(week->metric));
	ra_pg_i64(&p, first_ms);
	return reads_ask(week->visit, stmt, &p, on_week, week);
}

static void on_range(struct visit *visit, const struct range *range)
{
	const struct access_guild *guild = &visit->access->guild;
	struct week *week = visit->state;
	struct span span = range->now;
	week->range = range;
	bool is_of_people = strcmp(week->metric, "active") == 0;
	bool is_written = is_of_people || strcmp(week->metric, "messages") == 0;
	bool is_filtered = week->filter.is_any && strcmp(week->metric, "joins") != 0;
	int64_t first_ms = is_written ? guild->first_message_ms : guild->first_event_ms;
	if (is_of_people && span.from_ms < span.to_ms - PEOPLE_DAYS * DAY_MS)
		span.from_ms = span.to_ms - PEOPLE_DAYS * DAY_MS;
	week->from_ms = first_ms > span.from_ms ? first_ms : span.from_ms;
	int64_t since_ms = first_ms ? first_ms : span.to_ms;
	int rc = is_filtered ? ask_filtered(week, &span, since_ms)
			     : ask(week, is_of_people ? STMT_hours_active : STMT_hours, &span,
				   since_ms);
	if (rc < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void hours_get(struct visit *visit)
{
	static const struct range_wish wish = { .is_sparkline = true, .is_alone = true };
	struct week *week = ra_arena_new(visit->arena, struct week);
	struct ra_err err = { 0 };
	week->visit = visit;
	week->metric = find_metric(ra_http_query(visit->req, "metric"));
	visit->state = week;
	if (week->metric) {
		if (filter_read(visit, &week->filter))
			range_resolve(visit, &wish, on_range);
		return;
	}
	ra_fail(&err, RA_EINVAL,
		"Use messages, reactions, joins, active, raw, present, engaged or talking.",
		"metric is not one we know");
	reply_bad_argument(visit->req, &err);
}
