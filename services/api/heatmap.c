/* heatmap: 7 x 24 hours of the guild's own week, added up over the range. */
#include "services/api/filter_sql.h"
#include "services/api/filter.h"
#include "services/api/reads.h"

#define WEEKDAYS  7
#define DAY_HOURS 24

/* clang-format off */
/*
 * The same parameters, whole months of $7 to $8 (days since 1970) by their
 * sums; only what lies around them by the hour.
 */
const char sql_heatmap_months[] =
	"WITH " SQL_RUNNING ", month AS ("
	" SELECT date '1970-01-01' + $7::int AS first, date '1970-01-01' + $8::int AS last"
	"), edge AS ("
	" SELECT public.ms_to_ts($2) AS lo, first::timestamp AT TIME ZONE $5 AS hi FROM month "
	" UNION ALL SELECT last::timestamp AT TIME ZONE $5, public.ms_to_ts($3) FROM month"
	"), cell AS ("
	" SELECT weekday::int AS weekday, h.hour::int AS clock, "
	"  CASE WHEN $6::boolean THEN voice_present_ms ELSE messages END AS value "
	" FROM month JOIN analytics.heat_monthly h ON h.guild_id = $1 AND h.month >= first "
	"  AND h.month < last "
	" UNION ALL "
	" SELECT extract(isodow FROM hour AT TIME ZONE $5)::int - 1, "
	"  extract(hour FROM hour AT TIME ZONE $5)::int, value FROM ("
	"  SELECT hour, CASE WHEN $6 THEN voice_present_ms ELSE messages END AS value "
	"  FROM edge JOIN analytics.guild_hourly ON guild_id = $1 AND hour >= lo AND hour < hi "
	"  UNION ALL "
	"  SELECT hour, present_ms FROM running WHERE $6 AND " SQL_IN_SPAN("hour") ") h"
	") "
	"SELECT weekday, clock, sum(value) FROM cell GROUP BY 1, 2";

/* $5 zone, $6 voice instead of messages. Rows: weekday (Monday 0), hour, value. */
const char sql_heatmap[] =
	"WITH " SQL_RUNNING ", hours AS ("
	" SELECT hour, CASE WHEN $6::boolean THEN voice_present_ms ELSE messages END AS value "
	" FROM analytics.guild_hourly WHERE guild_id = $1 AND " SQL_IN_SPAN("hour")
	" UNION ALL "
	" SELECT hour, present_ms FROM running WHERE $6 AND " SQL_IN_SPAN("hour")
	") "
	"SELECT extract(isodow FROM hour AT TIME ZONE $5::text)::int - 1, "
	" extract(hour FROM hour AT TIME ZONE $5)::int, sum(value) "
	"FROM hours GROUP BY 1, 2";

/* $13 voice instead of messages; everything by the hour. */
const char sql_heatmap_filtered[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT " "
	"SELECT extract(isodow FROM at AT TIME ZONE $12)::int - 1, "
	" extract(hour FROM at AT TIME ZONE $12)::int, "
	" sum(CASE WHEN $13::boolean THEN present_ms ELSE messages END) "
	"FROM act GROUP BY 1, 2";
/* clang-format on */

struct heatmap {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct filter filter;
	bool is_voice;
};

/* How many Mondays, Tuesdays ... of the range were watched: what averages have to divide by. */
static json_t *days_json(const struct heatmap *map)
{
	const struct access_guild *guild = &map->visit->access->guild;
	const struct days *days = &map->range->days;
	json_int_t counts[WEEKDAYS] = { 0 };
	int first = days->first;
	if (days->is_rolling)
		first--; /* 24 hours that begin yesterday */
	int first_day = map->is_voice ? guild->first_event_day : guild->first_day;
	int from = first_day > first ? first_day : first;
	for (int day = from; day < days->end && guild->first_event_ms != 0; day++)
		counts[day_weekday(day)]++;
	json_t *json = json_array();
	for (int i = 0; i < WEEKDAYS; i++)
		json_array_append_new(json, json_integer(counts[i]));
	return json;
}

static json_t *cells_json(const PGresult *rows)
{
	json_int_t cells[WEEKDAYS][DAY_HOURS] = { 0 };
	json_t *json = json_array();
	for (int row = 0; row < PQntuples(rows); row++)
		cells[ra_pg_get_i64(rows, row, 0)][ra_pg_get_i64(rows, row, 1)] =
			ra_pg_get_i64(rows, row, 2);
	for (int day = 0; day < WEEKDAYS; day++) {
		json_t *hours = json_array();
		for (int hour = 0; hour < DAY_HOURS; hour++)
			json_array_append_new(hours, json_integer(cells[day][hour]));
		json_array_append_new(json, hours);
	}
	return json;
}

static void on_cells(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct heatmap *map = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(map->visit->api, map->visit->req, status);
		return;
	}
	ra_http_reply_json(map->visit->req, 200,
			   json_pack("{s:o, s:s, s:o, s:o}", "range", range_json(&map->range->now),
				     "metric", map->is_voice ? "voice" : "messages", "cells",
				     cells_json(rows), "days", days_json(map)));
}

static int ask_filtered(struct heatmap *map)
{
	struct ra_pg_params p = { .arena = map->visit->arena };
	filter_params_by_the_hour(map->visit, &map->filter, &map->range->now, &p);
	ra_pg_bool(&p, map->is_voice);
	return reads_ask(map->visit, STMT_heatmap_filtered, &p, on_cells, map);
}

static int ask_cells(struct heatmap *map)
{
	const struct access_guild *guild = &map->visit->access->guild;
	const struct days *days = &map->range->days;
	struct ra_pg_params p = { .arena = map->visit->arena };
	int from, to;
	days_whole_months(days->first, days->end, guild->today, &from, &to);
	bool has_months = guild->has_days && !days->is_rolling && from < to;
	range_params(map->visit, &map->range->now, &p);
	ra_pg_text(&p, ra_str_of(guild->timezone));
	ra_pg_bool(&p, map->is_voice);
	if (has_months) {
		ra_pg_i64(&p, from);
		ra_pg_i64(&p, to);
	}
	return reads_ask(map->visit, has_months ? STMT_heatmap_months : STMT_heatmap, &p, on_cells,
			 map);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct heatmap *map = visit->state;
	map->range = range;
	if ((map->filter.is_any ? ask_filtered(map) : ask_cells(map)) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void heatmap_get(struct visit *visit)
{
	struct heatmap *map = ra_arena_new(visit->arena, struct heatmap);
	struct ra_str metric = ra_str_of(ra_http_query(visit->req, "metric"));
	struct ra_err err = { 0 };
	map->visit = visit;
	map->is_voice = ra_str_is(metric, "voice");
	visit->state = map;
	if (metric.len > 0 && !ra_str_is(metric, "messages") && !map->is_voice) {
		ra_fail(&err, RA_EINVAL, "Use messages or voice.", "metric is not one we know");
		reply_bad_argument(visit->req, &err);
	} else if (filter_read(visit, &map->filter)) {
		range_resolve(visit, &(struct range_wish){ .is_sparkline = true, .is_alone = true },
			      on_range);
	}
}
