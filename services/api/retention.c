/*
 * retention: of those who joined in a week of the guild's calendar, how many
 * were still members on day k, or active in week k (metrics: membership
 * retention, activity retention). A return is a join of its own.
 *
 *	membership  still a member k days after the own join, at the same time of
 *	            day by the guild's clock
 *	activity    a message, a reaction given or a minute present in voice on one
 *	            of the days [7k, 7k + 7), the day of the own join being day 0
 *
 * A cell is about those whose day k, or week k, has passed; it is complete
 * when it has for all of the cohort.
 */
#include "services/api/page.h"
#include "services/api/range.h"
#include "services/api/reads.h"
#include "services/api/sql.h"
#include <stdio.h>

#define WEEKS_DEFAULT 12
#define WEEKS_MAX     53
#define OFFSETS_MAX   16

/* Days after the join; weeks after it. */
static const int membership_days[] = { 1, 3, 7, 14, 30, 60, 90 };
static const int activity_weeks[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 12 };

/* clang-format off */
/*
 * $1 guild, $2 now, $3 zone, $4 first day, $5 end day, $6 offsets. Rows:
 * cohort, its joins, offset, how many it is about, how many of them were kept,
 * and whether that is known: not while days are being cut anew in another zone.
 */
#define SQL_STAY                                                                                   \
	"asked AS ("                                                                               \
	" SELECT date '1970-01-01' + $4::int AS first_day, date '1970-01-01' + $5::int AS end_day, " \
	"  public.ms_to_ts($2) AT TIME ZONE $3::text AS local_now"                                 \
	"), stay AS MATERIALIZED ("                                                                \
	" SELECT ((joined_at AT TIME ZONE $3)::date - first_day) / 7 AS cohort, user_id, "         \
	"  joined_at AT TIME ZONE $3 AS joined, left_at AT TIME ZONE $3 AS gone "                  \
	" FROM analytics.newcomer CROSS JOIN asked "                                               \
	" WHERE guild_id = $1 AND joined_at >= first_day::timestamp AT TIME ZONE $3 "              \
	"  AND joined_at < least(end_day::timestamp AT TIME ZONE $3, public.ms_to_ts($2))"         \
	")"

#define SQL_DAYS_BETWEEN(from, to) "floor(extract(epoch FROM " to " - " from ") / 86400)::int"

#define SQL_CELLS(is_due, is_kept)                                                                 \
	"SELECT cohort, sum(people), k, coalesce(sum(people) FILTER (WHERE " is_due "), 0), "      \
	" coalesce(sum(people) FILTER (WHERE " is_due " AND " is_kept "), 0), "                    \
	" bool_and(age IS NOT NULL) "                                                              \
	"FROM life CROSS JOIN unnest($6::bigint[]) k GROUP BY cohort, k"

const char sql_retention_membership[] =
	"WITH " SQL_STAY ", life AS ("
	" SELECT cohort, " SQL_DAYS_BETWEEN("joined", "local_now") " AS age, "
	"  " SQL_DAYS_BETWEEN("joined", "gone") " AS stayed, count(*) AS people "
	" FROM stay CROSS JOIN asked GROUP BY 1, 2, 3"
	") " SQL_CELLS("age >= k", "(stayed IS NULL OR stayed >= k)");

/* A person's days are found by the person: the days of a guild are many. */
const char sql_retention_activity[] =
	"WITH " SQL_STAY ", newcomer AS ("
	" SELECT cohort, user_id, joined::date AS joined_on, "
	"  CASE WHEN g.day_zone = $3 THEN local_now::date - joined::date END AS age "
	" FROM stay CROSS JOIN asked JOIN analytics.guild g ON g.guild_id = $1"
	"), life AS ("
	" SELECT cohort, age, weeks, count(*) AS people FROM newcomer n CROSS JOIN LATERAL ("
	"  SELECT array_agg(DISTINCT (d.day - joined_on) / 7) AS weeks "
	"  FROM analytics.member_daily d "
	"  WHERE d.guild_id = $1 AND d.user_id = n.user_id AND d.day >= joined_on "
	"   AND d.day <= joined_on + 7 * (SELECT max(k)::int FROM unnest($6::bigint[]) k) + 6 "
	"   AND " SQL_HAS_ACTED("d.messages", "d.reactions_given", "d.present_ms")
	" ) active GROUP BY 1, 2, 3"
	") " SQL_CELLS("age >= 7 * k + 7", "k = ANY (weeks)");
/* clang-format on */

struct cell {
	int64_t n, kept;
};

struct cohort {
	int64_t joined;
	struct cell cells[OFFSETS_MAX];
};

struct retention {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed; of the cohorts shown */
	bool is_activity;
	const int *offsets;
	size_t offset_count;
	bool is_ready; /* false: nothing can be said now */
	int weeks;     /* shown; as many before them are compared with */
	struct days days;
	struct cohort *cohorts; /* 2 * weeks, oldest first */
};

/* --- the question --- */

/* Of the first cohort, those compared with included. */
static int first_day(const struct retention *r)
{
	return r->days.first - 7 * r->weeks;
}

static void on_cells(void *ctx, int status, const PGresult *rows, const struct ra_err *err);

static void on_range(struct visit *visit, const struct range *range)
{
	struct retention *r = visit->state;
	struct ra_pg_params p = { .arena = visit->arena };
	int64_t *offsets = ra_arena_alloc(visit->arena, r->offset_count * sizeof(*offsets));
	for (size_t i = 0; i < r->offset_count; i++)
		offsets[i] = r->offsets[i];
	r->range = range;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, visit->now_ms);
	ra_pg_text(&p, ra_str_of(visit->access->guild.timezone));
	ra_pg_i64(&p, first_day(r));
	ra_pg_i64(&p, r->days.end);
	ra_pg_i64_array(&p, offsets, r->offset_count, sizeof(*offsets));
	enum statement stmt = r->is_activity ? STMT_retention_activity : STMT_retention_membership;
	if (reads_ask(visit, stmt, &p, on_cells, r) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static bool read_kind(struct visit *visit, struct retention *r)
{
	struct ra_str kind = ra_str_of(ra_http_query(visit->req, "kind"));
	r->is_activity = ra_str_is(kind, "activity");
	r->offsets = r->is_activity ? activity_weeks : membership_days;
	r->offset_count = r->is_activity ? RA_COUNT(activity_weeks) : RA_COUNT(membership_days);
	return kind.len == 0 || r->is_activity || ra_str_is(kind, "membership");
}

void retention_get(struct visit *visit)
{
	struct retention *r = ra_arena_new(visit->arena, struct retention);
	struct ra_err err = { 0 };
	int today = visit->access->guild.today;
	int64_t weeks = WEEKS_DEFAULT;
	int rc = query_number(visit, "weeks", 1, WEEKS_MAX, &weeks, &err);
	r->visit = visit;
	r->is_ready = true;
	if (rc == 0 && !read_kind(visit, r))
		rc = ra_fail(&err, RA_EINVAL, "Use membership or activity.",
			     "kind is not one we know");
	if (rc < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	r->weeks = (int)weeks;
	r->days = (struct days){ .end = today + 1 };
	r->days.first = day_week_start(today, visit->access->guild.week_start) - 7 * (r->weeks - 1);
	r->cohorts = ra_arena_alloc(visit->arena, 2 * (size_t)weeks * sizeof(*r->cohorts));
	memset(r->cohorts, 0, 2 * (size_t)weeks * sizeof(*r->cohorts));
	visit->state = r;
	range_resolve(visit, &(struct range_wish){ .bucket = "week", .days = &r->days }, on_range);
}

/* --- the answer --- */

/* The day after the cohort's last one. */
static int end_of(const struct retention *r, int cohort)
{
	return first_day(r) + 7 * (cohort + 1);
}

static bool is_complete(const struct retention *r, int cohort, size_t i)
{
	int needed = r->is_activity ? 7 * r->offsets[i] + 6 : r->offsets[i];
	return r->is_ready && end_of(r, cohort) + needed <= r->visit->access->guild.today;
}

/* Joins are counted from the first event on. */
static bool is_counted(const struct retention *r, int cohort)
{
	const struct access_guild *guild = &r->visit->access->guild;
	return guild->first_event_ms != 0 && end_of(r, cohort) > guild->first_event_day;
}

static json_t *cohort_json(const struct retention *r, int number)
{
	const struct cohort *cohort = &r->cohorts[number];
	json_t *cells = json_array();
	for (size_t i = 0; i < r->offset_count; i++)
		json_array_append_new(cells, json_pack("{s:I, s:I, s:b}", "n",
						       (json_int_t)cohort->cells[i].n, "kept",
						       (json_int_t)cohort->cells[i].kept,
						       "is_complete", is_complete(r, number, i)));
	return json_pack("{s:o, s:o, s:o}", "day", json_day(end_of(r, number) - 7), "joined",
			 is_counted(r, number) ? json_integer(cohort->joined) : json_null(),
			 "cells", cells);
}

/* The complete cells of one offset, of `weeks` cohorts. */
static struct cell sum_cells(const struct retention *r, int first, size_t i)
{
	struct cell sum = { 0 };
	for (int number = first; number < first + r->weeks; number++) {
		if (!is_complete(r, number, i))
			continue;
		sum.n += r->cohorts[number].cells[i].n;
		sum.kept += r->cohorts[number].cells[i].kept;
	}
	return sum;
}

static json_t *share_json(const struct cell *cell)
{
	return cell->n ? json_real((double)cell->kept / (double)cell->n) : json_null();
}

static json_t *figure_json(const struct retention *r, size_t i)
{
	struct cell before = sum_cells(r, 0, i), now = sum_cells(r, r->weeks, i);
	int64_t joined = 0;
	char key[24];
	for (int number = r->weeks; number < 2 * r->weeks; number++)
		joined += r->cohorts[number].joined;
	snprintf(key, sizeof(key), "%s_%d", r->is_activity ? "week" : "day", r->offsets[i]);
	return json_pack("{s:s, s:o, s:I, s:I, s:o, s:I}", "key", key, "value", share_json(&now),
			 "n", (json_int_t)now.n, "left_out", (json_int_t)(joined - now.n),
			 "previous", share_json(&before), "previous_n", (json_int_t)before.n);
}

static void read_row(struct retention *r, const PGresult *rows, int row)
{
	int64_t number = ra_pg_get_i64(rows, row, 0), offset = ra_pg_get_i64(rows, row, 2);
	if (number < 0 || number >= 2 * (int64_t)r->weeks)
		return;
	struct cohort *cohort = &r->cohorts[number];
	cohort->joined = ra_pg_get_i64(rows, row, 1);
	r->is_ready &= ra_pg_get_bool(rows, row, 5);
	for (size_t i = 0; i < r->offset_count; i++)
		if (r->offsets[i] == offset)
			cohort->cells[i] = (struct cell){ ra_pg_get_i64(rows, row, 3),
							  ra_pg_get_i64(rows, row, 4) };
}

static void on_cells(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct retention *r = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(r->visit->api, r->visit->req, status);
		return;
	}
	json_t *offsets = json_array(), *cohorts = json_array(), *figures = json_array();
	for (int row = 0; row < PQntuples(rows); row++)
		read_row(r, rows, row);
	for (size_t i = 0; i < r->offset_count; i++) {
		json_array_append_new(offsets, json_integer(r->offsets[i]));
		json_array_append_new(figures, figure_json(r, i));
	}
	for (int number = r->weeks; number < 2 * r->weeks; number++)
		json_array_append_new(cohorts, cohort_json(r, number));
	ra_http_reply_json(r->visit->req, 200,
			   json_pack("{s:o, s:b, s:s, s:o, s:o, s:o}", "range",
				     range_json(&r->range->now), "is_ready", r->is_ready, "kind",
				     r->is_activity ? "activity" : "membership", "offsets", offsets,
				     "cohorts", cohorts, "figures", figures));
}
