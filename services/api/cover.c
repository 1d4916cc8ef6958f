/*
 * cover: the coverage planner. For each hour of the guild's own week: how many
 * requests came, how many of the staff did something, how many were on shift,
 * and how long nine tenths waited. Hours with requests and nobody there are
 * what one looks for.
 */
#include "services/api/range.h"
#include "services/api/reads.h"
#include "services/api/sql.h"
#include "libshared/desk/survival.h"
#include <string.h>

#define WEEKDAYS   7
#define DAY_HOURS  24
#define WEEK_HOURS (WEEKDAYS * DAY_HOURS)

/* clang-format off */
#define SQL_WEEK_HOUR(at)                                                                          \
	"(extract(isodow FROM " at " AT TIME ZONE $5::text)::int - 1) * 24 + extract(hour FROM " at " AT TIME ZONE $5)::int"

/* $1 guild, $2 from, $3 to, $4 now, $5 zone. Rows: hour of the week, how often it came, requests,
 * staff active (hours of single people, added up), on shift (likewise). A shift covers an hour in
 * which it has a minute. */
const char sql_cover[] =
	"WITH hour AS ("
	" SELECT h AS at, " SQL_WEEK_HOUR("h") " AS slot FROM generate_series("
	"  date_trunc('hour', public.ms_to_ts($2) + interval '3599 seconds', 'UTC'), "
	"  public.ms_to_ts($3) - interval '1 millisecond', "
	"  interval '1 hour') h WHERE $4::bigint IS NOT NULL"
	"), came AS (SELECT slot, count(*) AS times FROM hour GROUP BY 1"
	"), asked AS ("
	" SELECT " SQL_WEEK_HOUR("asked_at") " AS slot, count(*) AS n FROM response.request "
	" WHERE guild_id = $1 AND " SQL_IN_SPAN("asked_at") " AND state NOT IN ('cancelled', 'not_a_request') GROUP BY 1"
	"), active AS ("
	" SELECT " SQL_WEEK_HOUR("hour") " AS slot, count(*) AS n FROM response.activity_hourly "
	" WHERE guild_id = $1 AND " SQL_IN_SPAN("hour") " AND messages + replies + reactions + tasks > 0 GROUP BY 1"
	"), day AS ("
	" SELECT s.shift_id, s.user_id, s.zone, s.week, d::date AS day, (extract(isodow FROM d)::int - 1) * 1440 AS starts "
	" FROM app.shift s CROSS JOIN LATERAL generate_series("
	"  greatest(s.valid_from, (public.ms_to_ts($2) AT TIME ZONE s.zone)::date - 1), "
	"  least(coalesce(s.valid_until, 'infinity'), (public.ms_to_ts($3) AT TIME ZONE s.zone)::date + 1), '1 day') d "
	" WHERE s.guild_id = $1"
	"), stint AS ("
	" SELECT user_id, app.local_minute(day, lower(r) - starts, zone) AS from_at, "
	"  app.local_minute(day, upper(r) - starts, zone) AS to_at "
	" FROM day CROSS JOIN LATERAL unnest(week * int4multirange(int4range(starts, starts + 1440))) r"
	"), shift AS ("
	" SELECT h.slot, count(*) AS n FROM (SELECT DISTINCT user_id, h FROM stint "
	"   CROSS JOIN LATERAL generate_series(date_trunc('hour', from_at, 'UTC'), to_at - interval '1 second', "
	"    interval '1 hour') h WHERE from_at < to_at) o JOIN hour h ON h.at = o.h GROUP BY 1"
	") "
	"SELECT c.slot, c.times, coalesce(a.n, 0), coalesce(v.n, 0), coalesce(s.n, 0) "
	"FROM came c LEFT JOIN asked a USING (slot) LEFT JOIN active v USING (slot) LEFT JOIN shift s USING (slot)";

/* The same. Rows: hour of the week, waited, answered. */
const char sql_cover_waits[] =
	"SELECT " SQL_WEEK_HOUR("asked_at") ", greatest(1000, public.ts_to_ms(coalesce(answered_at, closed_at, "
	" public.ms_to_ts($4))) - public.ts_to_ms(asked_at)), answered_at IS NOT NULL FROM response.request "
	"WHERE guild_id = $1 AND " SQL_IN_SPAN("asked_at") " AND state NOT IN ('cancelled', 'not_a_request') "
	"ORDER BY asked_at DESC LIMIT 100000";
/* clang-format on */

enum { TIMES, REQUESTS, ACTIVE, ON_SHIFT, COUNTS };

struct cover {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	int64_t counts[WEEK_HOURS][COUNTS];
	int64_t p90_ms[WEEK_HOURS];
};

/* 7 x 24 of what `value` says of an hour. */
static json_t *grid_json(const struct cover *c, json_t *(*value)(const struct cover *c, int hour))
{
	json_t *days = json_array();
	for (int day = 0; day < WEEKDAYS; day++) {
		json_t *hours = json_array();
		for (int hour = 0; hour < DAY_HOURS; hour++)
			json_array_append_new(hours, value(c, day * DAY_HOURS + hour));
		json_array_append_new(days, hours);
	}
	return days;
}

static json_t *requests_of(const struct cover *c, int hour)
{
	return json_integer(c->counts[hour][REQUESTS]);
}
/* People an hour, on average over the times that hour came. */
static json_t *mean_of(const struct cover *c, int hour, int which)
{
	int64_t times = c->counts[hour][TIMES];
	return times ? json_real((double)c->counts[hour][which] / (double)times) : json_null();
}
static json_t *active_of(const struct cover *c, int hour)
{
	return mean_of(c, hour, ACTIVE);
}
static json_t *on_shift_of(const struct cover *c, int hour)
{
	return mean_of(c, hour, ON_SHIFT);
}
static json_t *p90_of(const struct cover *c, int hour)
{
	return c->p90_ms[hour] < 0 ? json_null() : json_integer(c->p90_ms[hour]);
}
static json_t *times_of(const struct cover *c, int hour)
{
	return json_integer(c->counts[hour][TIMES]);
}
/* Requests came, and nobody of the staff was seen nor on shift. */
static json_t *is_bare_of(const struct cover *c, int hour)
{
	const int64_t *counts = c->counts[hour];
	return json_boolean(counts[REQUESTS] > 0 && counts[ACTIVE] == 0 && counts[ON_SHIFT] == 0);
}

static void on_counts(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct cover *c = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++)
		for (int i = 0; i < COUNTS; i++)
			c->counts[ra_pg_get_i64(rows, row, 0)][i] = ra_pg_get_i64(rows, row, 1 + i);
}

static void on_waits(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	static const double most = 0.9;
	struct cover *c = ctx;
	size_t count = status < 0 ? 0 : (size_t)PQntuples(rows);
	struct survival_time *times = ra_arena_alloc(c->visit->arena, (count + 1) * sizeof(*times));
	(void)err;
	for (int hour = 0; hour < WEEK_HOURS; hour++) {
		size_t n = 0;
		for (size_t i = 0; i < count; i++)
			if (ra_pg_get_i64(rows, (int)i, 0) == hour)
				times[n++] = (struct survival_time){
					ra_pg_get_i64(rows, (int)i, 1),
					ra_pg_get_bool(rows, (int)i, 2),
				};
		survival_sort(times, n);
		c->p90_ms[hour] = SURVIVAL_NOT_REACHED;
		if (n >= SURVIVAL_LEAST)
			survival_percentiles(times, n, &most, 1, &c->p90_ms[hour]);
	}
}

static void on_all(void *ctx, int status, const struct ra_err *err)
{
	struct cover *c = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(c->visit->api, c->visit->req, status);
		return;
	}
	ra_http_reply_json(c->visit->req, 200,
			   json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "range",
				     range_json(&c->range->now), "times", grid_json(c, times_of),
				     "cells", grid_json(c, requests_of), "active",
				     grid_json(c, active_of), "on_shift", grid_json(c, on_shift_of),
				     "p90_ms", grid_json(c, p90_of), "is_bare",
				     grid_json(c, is_bare_of)));
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct cover *c = ra_arena_new(visit->arena, struct cover);
	struct ra_pg *pg = reads_pick(visit);
	struct ra_pg_params p = { .arena = visit->arena };
	memset(c, 0, sizeof(*c));
	c->visit = visit;
	c->range = range;
	range_params(visit, &range->now, &p);
	ra_pg_text(&p, ra_str_of(visit->access->guild.timezone));
	if (!pg || ra_pg_send(pg, STMT_cover, &p, on_counts, c) < 0 ||
	    ra_pg_send(pg, STMT_cover_waits, &p, on_waits, c) < 0 || ra_pg_sync(pg, on_all, c) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void cover_get(struct visit *visit)
{
	range_resolve(visit, &(struct range_wish){ .is_sparkline = true, .is_alone = true },
		      on_range);
}
