/*
 * stickiness: how many people were active on each day of the range, in the 7
 * and in the 28 days that end with it, and the 7-day mean of the first divided
 * by the last (metrics: DAU / WAU / MAU, stickiness).
 *
 * A window that begins before anything was counted is unknown, not small. The
 * figures are those of the last day that is over.
 */
#include "services/api/filter.h"
#include "services/api/filter_sql.h"
#include "services/api/reads.h"
#include "services/api/sql.h"

/* clang-format off */
/*
 * From seen (s, gap, m) on. Rows: day, active on it, in 7 days, in 28 days, stickiness. No row
 * without days in that zone.
 *
 * Who is active on day s, and was `gap` days before, is one more in the 7 days
 * that end on the days from s + 7 - gap (s at least) to s + 6: a step up and a
 * step down, which add up as days pass. A gap of 28 is as good as any longer.
 */
#define SQL_STICKY(first, last, zone)                                                              \
	"step AS ("                                                                                \
	" SELECT day, sum(dau) AS dau, sum(wau) AS wau, sum(mau) AS mau "                          \
	" FROM seen CROSS JOIN LATERAL (VALUES (s, m, 0, 0), "                                     \
	"  (s + greatest(7 - gap, 0), 0, m, 0), (s + 7, 0, -m, 0), "                               \
	"  (s + 28 - gap, 0, 0, m), (s + 28, 0, 0, -m)) AS e (day, dau, wau, mau) GROUP BY 1"      \
	"), counted AS ("                                                                          \
	" SELECT day, coalesce(dau, 0) AS dau, coalesce(sum(wau) OVER days, 0) AS wau, "           \
	"  coalesce(sum(mau) OVER days, 0) AS mau "                                                \
	" FROM analytics.guild g CROSS JOIN generate_series(" first "::int - 33, " last "::int) day " \
	" LEFT JOIN step USING (day) "                                                             \
	" WHERE g.guild_id = $1 AND g.day_zone = " zone " WINDOW days AS (ORDER BY day)"           \
	") "                                                                                       \
	"SELECT day, dau, wau, mau, sticky FROM ("                                                 \
	" SELECT *, avg(dau) OVER (ORDER BY day ROWS 6 PRECEDING) / nullif(mau, 0) AS sticky "     \
	" FROM counted) c WHERE day >= " first

/* $1 guild, $2 first day, $3 last day, $4 zone. */
const char sql_stickiness[] =
	"WITH seen AS ("
	" SELECT day - date '1970-01-01' AS s, day - greatest(was_from, day - 28) AS gap, "
	"  sum(members) AS m "
	" FROM analytics.people_daily JOIN analytics.guild g USING (guild_id) "
	" WHERE guild_id = $1 AND measure = 0 AND g.day_zone = $4::text "
	"  AND day >= date '1970-01-01' + $2::int - 33 AND day <= date '1970-01-01' + $3::int "
	" GROUP BY 1, 2"
	"), " SQL_STICKY("$2", "$3", "$4");

/* The same of those under a filter, from what each of them did: $13 first day, $14 last day. Who was
 * not active in the days read before was not for long enough. */
const char sql_stickiness_filtered[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT_OF_PEOPLE ", life AS ("
	" SELECT user_id, day FROM act GROUP BY 1, 2 "
	" HAVING " SQL_HAS_ACTED("sum(messages)", "sum(reactions_given)", "sum(present_ms)")
	"), seen AS ("
	" SELECT s, gap, count(*) AS m FROM ("
	"  SELECT day - date '1970-01-01' AS s, coalesce(least(28, "
	"   day - lag(day) OVER (PARTITION BY user_id ORDER BY day)), 28) AS gap FROM life"
	" ) l GROUP BY 1, 2"
	"), " SQL_STICKY("$13", "$14", "$12");
/* clang-format on */

enum measure { DAU, WAU, MAU, STICKINESS, MEASURES };

static const struct {
	const char *key;
	int days; /* the window, its last day included */
} measures[MEASURES] = { { "dau", 1 }, { "wau", 7 }, { "mau", 28 }, { "stickiness", 28 } };

struct measured {
	bool is_there;
	double values[MEASURES];
	bool has_stickiness; /* somebody was active in 28 days */
};

/* The days of a question, one behind the other. */
struct line {
	int first, last;
	struct measured *days;
};

struct stickiness {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct line now;           /* from the day before the range on */
	struct line before;        /* one day, to compare with */
	struct filter filter;
};

static void on_days(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct line *line = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		int64_t day = ra_pg_get_i64(rows, row, 0);
		if (day < line->first || day > line->last)
			continue;
		struct measured *m = &line->days[day - line->first];
		m->is_there = true;
		m->has_stickiness = !ra_pg_is_null(rows, row, 4);
		for (int i = 0; i < MEASURES; i++)
			m->values[i] = ra_pg_get_double(rows, row, 1 + i);
	}
}

#define DAYS_BEFORE 33 /* days read before the first one asked for */

/* `to_ms`: of what is read by the hour, the day that runs. */
static int ask_filtered(struct line *line, struct ra_pg *pg, const struct stickiness *s,
			int64_t to_ms)
{
	const struct visit *visit = s->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	const struct filter_days days = { line->first - DAYS_BEFORE, line->last + 1 };
	filter_params_of_days(visit, &s->filter, days, &(struct span){ .to_ms = to_ms }, &p);
	ra_pg_i64(&p, line->first);
	ra_pg_i64(&p, line->last);
	return ra_pg_send(pg, STMT_stickiness_filtered, &p, on_days, line);
}

static int ask_all(struct line *line, struct ra_pg *pg, const struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, line->first);
	ra_pg_i64(&p, line->last);
	ra_pg_text(&p, ra_str_of(visit->access->guild.timezone));
	return ra_pg_send(pg, STMT_stickiness, &p, on_days, line);
}

static int ask(struct line *line, struct ra_pg *pg, const struct stickiness *s,
	       struct filter_days days)
{
	size_t size = (size_t)(days.end - days.first) * sizeof(*line->days);
	*line = (struct line){ (int)days.first, (int)days.end - 1,
			       ra_arena_alloc(s->visit->arena, size) };
	memset(line->days, 0, size);
	if (!s->filter.is_any)
		return ask_all(line, pg, s->visit);
	return ask_filtered(line, pg, s, line == &s->now ? s->range->now.to_ms : 0);
}

static json_t *value_json(const struct stickiness *s, const struct line *line, int day,
			  enum measure measure)
{
	const struct access_guild *guild = &s->visit->access->guild;
	bool is_watched =
		guild->first_event_ms != 0 && day - measures[measure].days + 1 >= guild->first_day;
	if (!is_watched || day < line->first || day > line->last)
		return json_null();
	const struct measured *m = &line->days[day - line->first];
	if (!m->is_there || (measure == STICKINESS && !m->has_stickiness))
		return json_null();
	return measure == STICKINESS ? json_real(m->values[measure])
				     : json_integer((json_int_t)m->values[measure]);
}

/* The last day of the range that is over; the day before it, when none is. */
static int last_whole_day(const struct range *range)
{
	return range->days.end - 1 - range->now.is_partial;
}

static json_t *figures_json(const struct stickiness *s)
{
	int day = last_whole_day(s->range);
	json_t *figures = json_array();
	for (int i = 0; i < MEASURES; i++) {
		enum measure measure = (enum measure)i;
		json_array_append_new(
			figures, json_pack("{s:s, s:o, s:o}", "key", measures[i].key, "value",
					   value_json(s, &s->now, day, measure), "previous",
					   s->range->has_before
						   ? value_json(s, &s->before,
								day - s->range->days.shift, measure)
						   : json_null()));
	}
	return figures;
}

static json_t *series_json(const struct stickiness *s)
{
	json_t *series = json_array();
	for (int i = 0; i < MEASURES; i++) {
		json_t *values = json_array();
		for (size_t b = 0; b < s->range->now.count; b++)
			json_array_append_new(values,
					      value_json(s, &s->now, s->range->days.first + (int)b,
							 (enum measure)i));
		json_array_append_new(series, json_pack("{s:s, s:o, s:n}", "key", measures[i].key,
							"values", values, "previous"));
	}
	return series;
}

static void on_stickiness(void *ctx, int status, const struct ra_err *err)
{
	struct stickiness *s = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(s->visit->api, s->visit->req, status);
		return;
	}
	json_t *answer = range_buckets_json(s->range);
	json_object_set_new(answer, "metric", json_string("stickiness"));
	json_object_set_new(answer, "is_ready", json_boolean(s->now.days[0].is_there));
	json_object_set_new(answer, "day", json_day(last_whole_day(s->range)));
	json_object_set_new(answer, "figures", figures_json(s));
	json_object_set_new(answer, "series", series_json(s));
	ra_http_reply_json(s->visit->req, 200, answer);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct stickiness *s = ra_arena_new(visit->arena, struct stickiness);
	const struct days *days = &range->days;
	struct ra_pg *pg = reads_pick(visit);
	if (days->is_rolling) { /* the last 24 hours are no day: today is */
		struct days today = { .first = days->first,
				      .end = days->end,
				      .shift = days->shift };
		range_resolve(visit, &(struct range_wish){ .bucket = "day", .days = &today },
			      on_range);
		return;
	}
	s->visit = visit;
	s->range = range;
	s->filter = *(struct filter *)visit->state;
	int then = last_whole_day(range) - days->shift;
	int rc = RA_EDOWN;
	if (pg)
		rc = ask(&s->now, pg, s, (struct filter_days){ days->first - 1, days->end });
	if (rc == 0 && range->has_before)
		rc = ask(&s->before, pg, s, (struct filter_days){ then, then + 1 });
	if (rc == 0)
		rc = ra_pg_sync(pg, on_stickiness, s);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

void stickiness_get(struct visit *visit)
{
	struct filter *filter = ra_arena_new(visit->arena, struct filter);
	visit->state = filter;
	if (filter_read(visit, filter))
		range_resolve(visit, &(struct range_wish){ .bucket = "day" }, on_range);
}
