/*
 * lifecycle: the active members of every week by what they were before
 * (metrics: lifecycle).
 *
 *	new           never active before
 *	returning     active in the week before, too
 *	resurrected   active before, not in the week before
 *	dormant       active in the week before, not in this one
 *
 * Nothing of it reads people: analytics.people_daily says when those who were
 * active on a day had been active last.
 */
#include "services/api/page.h"
#include "services/api/range.h"
#include "services/api/reads.h"
#include "services/api/sql.h"

#define WEEKS_DEFAULT 12
#define WEEKS_MAX     106

/* clang-format off */
/* $1 guild, $2 first day of the week before the first one, $3 zone. Rows: week from there; active,
 * new, returning and resurrected members. No row without days in that zone. */
const char sql_lifecycle[] =
	"WITH life AS ("
	" SELECT (day - first_day) / 7 AS week, members, was_from, "
	"  day - (day - first_day) % 7 AS began "
	" FROM analytics.people_daily JOIN analytics.guild g USING (guild_id) "
	" CROSS JOIN (SELECT date '1970-01-01' + $2::int AS first_day) asked "
	" WHERE guild_id = $1 AND measure = 0 AND day >= first_day AND g.day_zone = $3::text"
	") "
	"SELECT week, coalesce(sum(members) FILTER (WHERE was_from < began), 0), "
	" coalesce(sum(members) FILTER (WHERE was_from = '-infinity'), 0), "
	" coalesce(sum(members) FILTER (WHERE was_from < began AND was_from >= began - 7), 0), "
	" coalesce(sum(members) FILTER (WHERE was_from < began - 7 AND was_from > '-infinity'), 0) "
	"FROM life GROUP BY 1";

/* $1 guild, $2 zone. */
const char sql_days_ready[] =
	"SELECT day_zone = $2::text FROM analytics.guild WHERE guild_id = $1";
/* clang-format on */

enum stage { ACTIVE, NEW, RETURNING, RESURRECTED, DORMANT, STAGES };

static const char *const stages[STAGES] = { "active", "new", "returning", "resurrected",
					    "dormant" };

struct lifecycle {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct days days;
	int weeks;
	bool is_ready;
	int64_t (*counts)[STAGES]; /* of each week, after the one before them */
};

static void on_weeks(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct lifecycle *life = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		int64_t week = ra_pg_get_i64(rows, row, 0);
		if (week > life->weeks)
			continue;
		for (int i = ACTIVE; i <= RESURRECTED; i++)
			life->counts[week][i] = ra_pg_get_i64(rows, row, 1 + i);
	}
	for (int week = 1; week <= life->weeks; week++)
		life->counts[week][DORMANT] =
			life->counts[week - 1][ACTIVE] - life->counts[week][RETURNING];
}

static void on_ready(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	(void)err;
	((struct lifecycle *)ctx)->is_ready = status == 0 && ra_pg_get_bool(rows, 0, 0);
}

/* Before counting began nobody was seen; in the week it did, nobody knows who had been there
 * before.
 */
static json_t *count_json(const struct lifecycle *life, int week, enum stage stage)
{
	int first_day = life->visit->access->guild.first_day;
	int begins = life->days.first + 7 * (week - 1);
	bool is_seen = begins + 7 > first_day, is_told_apart = begins > first_day;
	bool is_known = life->is_ready && (stage == ACTIVE ? is_seen : is_told_apart);
	return is_known ? json_integer(life->counts[week][stage]) : json_null();
}

/* The last whole week beside the one before it. */
static json_t *figures_json(const struct lifecycle *life)
{
	int last = life->weeks - 1;
	json_t *figures = json_array();
	for (int i = 0; i < STAGES; i++)
		json_array_append_new(
			figures,
			json_pack("{s:s, s:o, s:o}", "key", stages[i], "value",
				  last >= 1 ? count_json(life, last, (enum stage)i) : json_null(),
				  "previous",
				  last >= 2 ? count_json(life, last - 1, (enum stage)i)
					    : json_null()));
	return figures;
}

static json_t *series_json(const struct lifecycle *life)
{
	json_t *series = json_array();
	for (int i = 0; i < STAGES; i++) {
		json_t *values = json_array();
		for (int week = 1; week <= life->weeks; week++)
			json_array_append_new(values, count_json(life, week, (enum stage)i));
		json_array_append_new(series, json_pack("{s:s, s:o, s:n}", "key", stages[i],
							"values", values, "previous"));
	}
	return series;
}

static void on_lifecycle(void *ctx, int status, const struct ra_err *err)
{
	struct lifecycle *life = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(life->visit->api, life->visit->req, status);
		return;
	}
	json_t *answer = range_buckets_json(life->range);
	json_object_set_new(answer, "metric", json_string("lifecycle"));
	json_object_set_new(answer, "is_ready", json_boolean(life->is_ready));
	json_object_set_new(answer, "figures", figures_json(life));
	json_object_set_new(answer, "series", series_json(life));
	ra_http_reply_json(life->visit->req, 200, answer);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct lifecycle *life = visit->state;
	struct ra_pg *pg = reads_pick(visit);
	struct ra_pg_params p = { .arena = visit->arena }, ready = p;
	struct ra_str zone = ra_str_of(visit->access->guild.timezone);
	life->range = range;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, life->days.first - 7);
	ra_pg_text(&p, zone);
	ra_pg_i64(&ready, (int64_t)visit->access->guild.id);
	ra_pg_text(&ready, zone);
	int rc = pg ? ra_pg_send(pg, STMT_lifecycle, &p, on_weeks, life) : RA_EDOWN;
	if (rc == 0)
		rc = ra_pg_send(pg, STMT_days_ready, &ready, on_ready, life);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_lifecycle, life);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

void lifecycle_get(struct visit *visit)
{
	struct lifecycle *life = ra_arena_new(visit->arena, struct lifecycle);
	struct ra_err err = { 0 };
	int today = visit->access->guild.today;
	int64_t weeks = WEEKS_DEFAULT;
	if (query_number(visit, "weeks", 2, WEEKS_MAX, &weeks, &err) < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	life->visit = visit;
	life->weeks = (int)weeks;
	life->days = (struct days){ .end = today + 1 };
	life->days.first =
		day_week_start(today, visit->access->guild.week_start) - 7 * (life->weeks - 1);
	life->counts = ra_arena_alloc(visit->arena, ((size_t)weeks + 1) * sizeof(*life->counts));
	memset(life->counts, 0, ((size_t)weeks + 1) * sizeof(*life->counts));
	visit->state = life;
	range_resolve(visit, &(struct range_wish){ .bucket = "week", .days = &life->days },
		      on_range);
}
