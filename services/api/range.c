/* range: see range.h. */
#include "services/api/range.h"
#include "services/api/sql.h"
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
/*
 * $1 zone, $2 now, $3 first day (null: the last 24 hours), $4 end day, $5 shift in days (0: nothing
 * to compare with), $6 bucket, $7 guild, $8 first event (null: none yet), $9 the
 * weekday weeks begin on. One row for the range,
 * one for the compared range.
 *
 * Days are added to local time, then converted: 24 hours are not a day where clocks change.
 */
const char sql_range[] =
	"WITH asked AS ("
	" SELECT public.ms_to_ts($2) AS now_at, $1::text AS tz, public.ms_to_ts($8) AS first_at, "
	"  $5::int AS shift, $3::int IS NULL AS is_rolling, "
	"  (date '1970-01-01' + $3::int)::timestamp AT TIME ZONE $1 AS first_day_at, "
	"  (date '1970-01-01' + $4::int)::timestamp AT TIME ZONE $1 AS end_day_at"
	"), whole AS ("
	" SELECT tz, first_at, shift, now_at, is_rolling OR end_day_at > now_at AS is_partial, "
	"  CASE WHEN is_rolling THEN date_trunc('hour', now_at, 'UTC') - interval '23 hours' "
	"   ELSE first_day_at END AS from_at, "
	"  CASE WHEN is_rolling THEN now_at ELSE least(end_day_at, now_at) END AS to_at "
	" FROM asked"
	"), back AS ("
	" SELECT is_partial, "
	"  (from_at AT TIME ZONE tz - make_interval(days => shift)) AT TIME ZONE tz AS from_at, "
	"  (to_at AT TIME ZONE tz - make_interval(days => shift)) AT TIME ZONE tz AS to_at "
	" FROM whole WHERE shift > 0"
	"), span AS ("
	" SELECT 0 AS place, from_at, to_at, is_partial FROM whole "
	" UNION ALL "
	" SELECT 1, from_at, CASE WHEN is_partial THEN greatest(from_at + interval '1 hour', "
	"  date_trunc('hour', to_at + interval '30 minutes', 'UTC')) ELSE to_at END, false FROM back"
	"), local_start AS ("
	" SELECT l FROM whole CROSS JOIN LATERAL (SELECT "
	"   make_interval(days => CASE $6 WHEN 'week' THEN $9::int - 1 ELSE 0 END) AS week_shift) s "
	"  CROSS JOIN LATERAL generate_series("
	"  date_trunc(CASE $6 WHEN 'hour' THEN 'day' ELSE $6 END, "
	"   (from_at AT TIME ZONE tz) - week_shift) + week_shift, "
	"  to_at AT TIME ZONE tz, ('1 ' || $6)::interval) l WHERE $6::text <> 'hour'"
	"), start AS ("
	" SELECT place, at FROM span CROSS JOIN LATERAL "
	"  generate_series(from_at, to_at, interval '1 hour') at WHERE $6 = 'hour' AND at < to_at "
	" UNION ALL "
	" SELECT place, greatest(at, s.from_at) FROM span s CROSS JOIN whole w CROSS JOIN local_start "
	"  CROSS JOIN LATERAL (SELECT "
	"   (l - make_interval(days => place * shift)) AT TIME ZONE tz AS at) moved "
	"  WHERE at < s.to_at"
	"), gap AS ("
	" SELECT s.place, g.started_at AS lo, g.ended_at AS hi, g.cause "
	" FROM span s CROSS JOIN whole w CROSS JOIN LATERAL "
	"  analytics.gaps_of($7::bigint, greatest(s.from_at, w.first_at), s.to_at) g "
	" WHERE w.first_at < s.to_at AND NOT g.is_healed"
	"), lost AS ("
	" SELECT place, extract(epoch FROM (SELECT sum(upper(r) - lower(r)) "
	"   FROM unnest(range_agg(tstzrange(lo, hi))) r)) AS seconds, "
	"  json_agg(json_build_object('from', " SQL_ISO("lo") ", 'to', " SQL_ISO("hi") ", "
	"   'cause', cause) ORDER BY lo) AS gaps "
	" FROM gap GROUP BY place"
	") "
	"SELECT s.place, public.ts_to_ms(s.from_at), public.ts_to_ms(s.to_at), s.is_partial, "
	" b.starts, b.days, last.day - date '1970-01-01', "
	" public.ts_to_ms(last.day::timestamp AT TIME ZONE w.tz), json_build_object("
	"  'from', " SQL_ISO("s.from_at") ", 'to', " SQL_ISO("s.to_at") ", 'timezone', w.tz, "
	"  'coverage', CASE WHEN w.first_at < s.to_at THEN greatest(0, 1 - coalesce(l.seconds "
	"   / nullif(extract(epoch FROM s.to_at - greatest(s.from_at, w.first_at)), 0), 0))::float8 "
	"   ELSE 0 END, "
	"  'gaps', coalesce(l.gaps, '[]'), 'is_partial', s.is_partial) "
	"FROM span s CROSS JOIN whole w LEFT JOIN lost l USING (place) "
	"CROSS JOIN LATERAL (SELECT (s.to_at AT TIME ZONE w.tz)::date AS day) last "
	"CROSS JOIN LATERAL (SELECT array_agg(public.ts_to_ms(at) ORDER BY at) AS starts, "
	"  array_agg((at AT TIME ZONE w.tz)::date - date '1970-01-01' ORDER BY at) AS days "
	" FROM start WHERE start.place = s.place) b "
	"ORDER BY s.place";
/* clang-format on */

enum column { PLACE, FROM, TO, IS_PARTIAL, STARTS, DAYS, LAST_DAY, LAST_DAY_MS, JSON };

struct resolution {
	struct visit *visit; /* borrowed */
	struct range range;
	range_cb done;
};

/* PostgreSQL's text form of a bigint[] without nulls: {1,2,3}. */
static size_t read_array(struct ra_str text, struct ra_arena *arena, int64_t **out)
{
	size_t count = 0, room = 1;
	for (size_t i = 0; i < text.len; i++)
		room += text.ptr[i] == ',';
	*out = ra_arena_alloc(arena, room * sizeof(**out));
	if (text.len <= 2)
		return 0;
	for (const char *at = text.ptr + 1; count < room; at++) {
		char *end;
		(*out)[count++] = strtoll(at, &end, 10);
		at = end;
	}
	return count;
}

static void read_span(struct visit *visit, const PGresult *rows, int row, struct span *span)
{
	struct ra_str json = ra_pg_get_str(rows, row, JSON);
	span->json = (struct ra_str){ ra_arena_strdup(visit->arena, json), json.len };
	span->from_ms = ra_pg_get_i64(rows, row, FROM);
	span->to_ms = ra_pg_get_i64(rows, row, TO);
	span->is_partial = ra_pg_get_bool(rows, row, IS_PARTIAL);
	span->last_day = ra_pg_get_i64(rows, row, LAST_DAY);
	span->last_day_ms = ra_pg_get_i64(rows, row, LAST_DAY_MS);
	span->count = read_array(ra_pg_get_str(rows, row, STARTS), visit->arena, &span->starts_ms);
	read_array(ra_pg_get_str(rows, row, DAYS), visit->arena, &span->days);
}

static void on_range(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct resolution *r = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(r->visit->api, r->visit->req, status);
		return;
	}
	read_span(r->visit, rows, 0, &r->range.now);
	r->range.has_before = PQntuples(rows) == 2;
	if (r->range.has_before)
		read_span(r->visit, rows, 1, &r->range.before);
	/* The last 24 hours are one day, though they touch two dates. */
	for (size_t i = 0; r->range.days.is_rolling && i < r->range.now.count; i++)
		r->range.now.days[i] = 0;
	for (size_t i = 0; r->range.days.is_rolling && i < r->range.before.count; i++)
		r->range.before.days[i] = 0;
	r->done(r->visit, &r->range);
}

static int ask(struct resolution *r)
{
	const struct access_guild *guild = &r->visit->access->guild;
	const struct days *days = &r->range.days;
	struct ra_pg_params p = { .arena = r->visit->arena };
	ra_pg_text(&p, ra_str_of(guild->timezone));
	ra_pg_i64(&p, r->visit->now_ms);
	if (days->is_rolling)
		ra_pg_null(&p);
	else
		ra_pg_i64(&p, days->first);
	ra_pg_i64(&p, days->end);
	ra_pg_i64(&p, days->shift);
	ra_pg_text(&p, ra_str_of(bucket_name(r->range.bucket)));
	ra_pg_i64(&p, (int64_t)guild->id);
	if (guild->first_event_ms)
		ra_pg_i64(&p, guild->first_event_ms);
	else
		ra_pg_null(&p);
	ra_pg_i64(&p, guild->week_start);
	return db_ask(r->visit->api->db, STMT_range, &p, on_range, r);
}

static int read_days(const struct visit *visit, const struct range_wish *wish, struct days *days,
		     struct ra_err *err)
{
	struct ra_http_request *req = visit->req;
	const struct access_guild *guild = &visit->access->guild;
	struct period period;
	if (wish->days) {
		*days = *wish->days;
		return 0;
	}
	int rc = period_parse(
		ra_http_query(req, "period"), ra_http_query(req, "from"), ra_http_query(req, "to"),
		wish->is_alone ? "none" : ra_http_query(req, "compare"), &period, err);
	return rc < 0 ? rc : period_days(&period, guild->today, guild->first_day, days, err);
}

void range_resolve(struct visit *visit, const struct range_wish *wish, range_cb done)
{
	struct ra_http_request *req = visit->req;
	struct resolution *r = ra_arena_new(visit->arena, struct resolution);
	struct ra_err err = { 0 };
	r->visit = visit;
	r->done = done;
	int rc = read_days(visit, wish, &r->range.days, &err);
	if (rc == 0 && wish->is_sparkline)
		r->range.bucket = bucket_for_sparkline(&r->range.days);
	else if (rc == 0)
		rc = bucket_choose(wish->bucket, &r->range.days, &r->range.bucket, &err);
	if (rc < 0)
		reply_bad_argument(req, &err);
	else if (ask(r) < 0)
		reply_failure(visit->api, req, RA_EDOWN);
}

void range_params(const struct visit *visit, const struct span *span, struct ra_pg_params *p)
{
	ra_pg_i64(p, (int64_t)visit->access->guild.id);
	ra_pg_i64(p, span->from_ms);
	ra_pg_i64(p, span->to_ms);
	ra_pg_i64(p, visit->now_ms);
}

json_t *range_json(const struct span *span)
{
	return span->json.len ? json_loadb(span->json.ptr, span->json.len, 0, NULL) : json_null();
}

json_t *json_day(int day)
{
	int year, month, mday;
	char text[48];
	day_split(day, &year, &month, &mday);
	snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, mday);
	return json_string(text);
}

json_t *range_buckets_json(const struct range *range)
{
	json_t *starts = json_array();
	for (size_t b = 0; b < range->now.count; b++)
		json_array_append_new(starts, json_instant(range->now.starts_ms[b]));
	return json_pack("{s:o, s:o, s:s, s:o, s:b}", "range", range_json(&range->now),
			 "compare_range", range_json(&range->before), "bucket",
			 bucket_name(range->bucket), "starts", starts, "is_last_partial",
			 range->now.is_partial);
}
