/* figures: see figures.h. Statements over the hours; those over days are in figures_days.c.
 */
#include "services/api/figures.h"
#include "services/api/figures_days.h"
#include "services/api/reads.h"
#include "services/api/sql.h"

/* clang-format off */
/* Active on a day, or in an hour: a message, a reaction given or a minute in voice under the rule
 * "present" (docs/metrics). */
#define SQL_IS_ACTIVE SQL_HAS_ACTED("messages", "reactions", "present_ms")

/* A communicator: three messages or a word in voice. */
#define SQL_IS_TALKER "(messages >= 3 OR talking_ms > 0)"

#define SQL_ACT_SUMS                                                                               \
	"analytics.total(messages) AS messages, analytics.total(reactions) AS reactions, "         \
	"analytics.total(present_ms) AS present_ms, analytics.total(talking_ms) AS talking_ms"

/* Of some of their days: active on one of them, and a communicator with all of them. */
#define SQL_PERSON_SUMS                                                                            \
	"bool_or(" SQL_IS_ACTIVE ") AS is_active, analytics.total(messages) AS messages, "         \
	"analytics.total(talking_ms) AS talking_ms"
#define SQL_PEOPLE(active) "count(*) FILTER (WHERE " active "), count(*) FILTER (WHERE " SQL_IS_TALKER ")"

/* One row a bucket in which something happened. */
const char sql_figures_hours[] =
	"WITH " SQL_BUCKETS("$5") ", " SQL_RUNNING " "
	"SELECT " SQL_BUCKET_OF("hour") " AS bucket, sum(messages), sum(bot_messages), sum(reactions), "
	" sum(raw_ms), sum(present_ms), sum(engaged_ms), sum(talking_ms) "
	"FROM ("
	" SELECT hour, messages, bot_messages, reactions, voice_raw_ms AS raw_ms, "
	"  voice_present_ms AS present_ms, voice_engaged_ms AS engaged_ms, "
	"  voice_talking_ms AS talking_ms "
	" FROM analytics.guild_hourly WHERE guild_id = $1 AND " SQL_IN_SPAN("hour")
	" UNION ALL "
	" SELECT hour, 0, 0, 0, raw_ms, present_ms, engaged_ms, talking_ms "
	" FROM running WHERE " SQL_IN_SPAN("hour")
	") h GROUP BY 1";

/* What people did, hour by hour and place by place. */
#define SQL_ACTS                                                                                   \
	"(SELECT user_id, hour, messages, reactions_given AS reactions, "                          \
	"  0::bigint AS present_ms, 0::bigint AS talking_ms "                                      \
	" FROM analytics.message_hourly "                                                          \
	" WHERE guild_id = $1 AND author_kind = 0 AND " SQL_IN_SPAN("hour")                        \
	" UNION ALL "                                                                              \
	" SELECT user_id, hour, 0, 0, present_ms, talking_ms "                                     \
	" FROM analytics.voice_hourly WHERE guild_id = $1 AND " SQL_IN_SPAN("hour")                \
	" UNION ALL "                                                                              \
	" SELECT user_id, hour, 0, 0, present_ms, talking_ms "                                     \
	" FROM running WHERE " SQL_IN_SPAN("hour") ") a"

/* Rows ('bucket', hour, ...). */
#define SQL_HOUR_PEOPLE(groups)                                                                    \
	"WITH " SQL_BUCKETS("$5") ", " SQL_RUNNING " "                                             \
	"SELECT CASE WHEN hour IS NULL THEN 'span' ELSE 'bucket' END, "                            \
	" coalesce(" SQL_BUCKET_OF("hour") ", 0)::bigint, " SQL_PEOPLE(SQL_IS_ACTIVE) " "          \
	"FROM (SELECT user_id, hour, " SQL_ACT_SUMS " FROM " SQL_ACTS " GROUP BY " groups ") u GROUP BY hour"
const char sql_figures_hour_people[] = SQL_HOUR_PEOPLE("user_id, hour");
/* And ('span', 0, ...): of all of it. */
const char sql_figures_rolling_people[] = SQL_HOUR_PEOPLE("GROUPING SETS ((user_id, hour), (user_id))");

/* Rows ('bucket', bucket, ...) if $7 asks for them (of a day or more each), ('day', local day, ...) and one
 * ('span', 0, ...); $6: zone, null when all is one day. */
const char sql_figures_people[] =
	"WITH " SQL_BUCKETS("$5") ", " SQL_RUNNING ", days AS MATERIALIZED ("
	" SELECT user_id, CASE WHEN $7::boolean THEN " SQL_BUCKET_OF("hour") " ELSE 0 END AS bucket, "
	"  coalesce((hour AT TIME ZONE $6::text)::date - date '1970-01-01', 0) AS day, " SQL_ACT_SUMS " "
	" FROM " SQL_ACTS " GROUP BY 1, 2, 3"
	") "
	"SELECT 'bucket', bucket::bigint, " SQL_PEOPLE("is_active") " FROM ("
	" SELECT user_id, bucket, " SQL_PERSON_SUMS " FROM days WHERE $7 GROUP BY 1, 2"
	") b GROUP BY bucket "
	"UNION ALL "
	"SELECT 'day', day, " SQL_PEOPLE(SQL_IS_ACTIVE) " FROM days GROUP BY day "
	"UNION ALL "
	"SELECT 'span', 0, " SQL_PEOPLE("is_active") " FROM ("
	" SELECT user_id, " SQL_PERSON_SUMS " FROM days GROUP BY 1"
	") s";

/*
 * One row a bucket. Joins and leaves are of people, members include bots, as
 * Discord counts them. Members at an instant: the last snapshot before it plus
 * the joins and leaves since; where there is none, the first one after it (or
 * what is known now) minus those in between. A snapshot is taken before the
 * events of its millisecond.
 */
const char sql_figures_flow[] =
	"WITH " SQL_BUCKETS("$5") ", edge AS ("
	" SELECT n - 1 AS bucket, "
	"  coalesce(lead(start) OVER (ORDER BY n), public.ms_to_ts($3)) AS end_at "
	" FROM bucket, unnest(starts) WITH ORDINALITY AS s (start, n)"
	"), flow AS ("
	" SELECT " SQL_BUCKET_OF("at") " AS bucket, "
	"  count(*) FILTER (WHERE kind = 'join') AS joins, "
	"  count(*) FILTER (WHERE kind = 'leave') AS leaves "
	" FROM analytics.member_flow "
	" WHERE guild_id = $1 AND NOT is_bot AND " SQL_IN_SPAN("at") " GROUP BY 1"
	") "
	"SELECT e.bucket, coalesce(f.joins, 0), coalesce(f.leaves, 0), "
	" CASE WHEN e.end_at >= public.ms_to_ts($4) THEN g.member_count "
	"  ELSE known.members + (SELECT count(*) FILTER (WHERE kind = 'join') "
	"   - count(*) FILTER (WHERE kind = 'leave') FROM analytics.member_flow m "
	"   WHERE m.guild_id = $1 AND m.at >= least(known.at, e.end_at) "
	"    AND m.at < greatest(known.at, e.end_at)) "
	"   * CASE WHEN known.at <= e.end_at THEN 1 ELSE -1 END END "
	"FROM edge e LEFT JOIN flow f USING (bucket) "
	"JOIN analytics.guild g ON g.guild_id = $1 "
	"CROSS JOIN LATERAL ("
	" (SELECT at, members, 0 AS choice FROM analytics.guild_snapshot s "
	"  WHERE s.guild_id = $1 AND at <= e.end_at ORDER BY at DESC LIMIT 1) "
	" UNION ALL "
	" (SELECT at, members, 1 FROM analytics.guild_snapshot s "
	"  WHERE s.guild_id = $1 AND at > e.end_at ORDER BY at LIMIT 1) "
	" UNION ALL "
	" (SELECT public.ms_to_ts($4), g.member_count, 2) "
	" ORDER BY choice LIMIT 1"
	") known";
/* clang-format on */

int64_t figure_first_ms(const struct visit *visit, enum figure figure)
{
	const struct access_guild *guild = &visit->access->guild;
	bool is_of_messages = figure == FIGURE_MESSAGES || figure == FIGURE_BOT_MESSAGES ||
			      figure == FIGURE_ACTIVE || figure == FIGURE_COMMUNICATORS;
	return is_of_messages ? guild->first_message_ms : guild->first_event_ms;
}

/* A bucket that ended before counting began was not counted: 0 there would be a lie. */
static bool is_counted(const struct figures *f, enum figure figure, size_t bucket)
{
	int64_t first_ms = figure_first_ms(f->visit, figure);
	int64_t end_ms =
		bucket + 1 < f->span->count ? f->span->starts_ms[bucket + 1] : f->span->to_ms;
	return first_ms != 0 && end_ms > first_ms;
}

void figures_begin(struct figures *f, const struct visit *visit, const struct span *span,
		   unsigned what)
{
	*f = (struct figures){ .visit = visit, .span = span, .what = what };
	for (int i = 0; i < FIGURES; i++)
		f->values[i] =
			ra_arena_alloc(f->visit->arena, (f->span->count + 1) * sizeof(int64_t));
	for (int i = 0; i < FIGURES; i++)
		for (size_t b = 0; b < f->span->count; b++)
			f->values[i][b] = is_counted(f, (enum figure)i, b) ? 0 : FIGURE_UNKNOWN;
}

void figures_set(struct figures *f, enum figure figure, size_t bucket, int64_t value)
{
	if (bucket < f->span->count && is_counted(f, figure, bucket))
		f->values[figure][bucket] = value;
}

void figures_add(struct figures *f, enum figure figure, size_t bucket, int64_t value)
{
	if (bucket < f->span->count && f->values[figure][bucket] != FIGURE_UNKNOWN)
		f->values[figure][bucket] += value;
}

static void on_hours(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct figures *f = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++)
		for (int i = FIGURE_MESSAGES; i <= FIGURE_VOICE_TALKING; i++)
			figures_set(f, (enum figure)i, (size_t)ra_pg_get_i64(rows, row, 0),
				    ra_pg_get_i64(rows, row, 1 + i - FIGURE_MESSAGES));
}

int64_t figures_days(const struct figures *f)
{
	int64_t days = 0;
	for (size_t b = 0; b < f->span->count; b++) {
		bool is_last_of_day =
			b + 1 == f->span->count || f->span->days[b] != f->span->days[b + 1];
		days += is_last_of_day && is_counted(f, FIGURE_ACTIVE, b);
	}
	return days;
}

double figures_dau(const struct figures *f)
{
	int64_t days = figures_days(f);
	return days > 0 ? (double)f->day_sum / (double)days : 0;
}

static void on_people(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct figures *f = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		struct ra_str kind = ra_pg_get_str(rows, row, 0);
		int64_t active = ra_pg_get_i64(rows, row, 2), talkers = ra_pg_get_i64(rows, row, 3);
		if (ra_str_is(kind, "day")) {
			f->day_sum += active;
		} else if (ra_str_is(kind, "span")) {
			f->active = active;
			f->communicators = talkers;
		} else {
			figures_set(f, FIGURE_ACTIVE, (size_t)ra_pg_get_i64(rows, row, 1), active);
			figures_set(f, FIGURE_COMMUNICATORS, (size_t)ra_pg_get_i64(rows, row, 1),
				    talkers);
		}
	}
}

/* The last 24 hours are one day. */
static void on_rolling_people(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct figures *f = ctx;
	on_people(ctx, status, rows, err);
	f->day_sum = f->active;
}

static void on_flow(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct figures *f = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		size_t bucket = (size_t)ra_pg_get_i64(rows, row, 0);
		int64_t joins = ra_pg_get_i64(rows, row, 1), leaves = ra_pg_get_i64(rows, row, 2);
		figures_set(f, FIGURE_JOINS, bucket, joins);
		figures_set(f, FIGURE_LEAVES, bucket, leaves);
		figures_set(f, FIGURE_NET_GROWTH, bucket, joins - leaves);
		figures_set(f, FIGURE_MEMBERS, bucket, ra_pg_get_i64(rows, row, 3));
	}
}

/* Different people of all of it and of its days: by days, where there are some; else from the
 * hours. */
static int send_span_people(struct figures *f, struct ra_pg *pg, const struct range *range,
			    struct ra_pg_params *p)
{
	const struct access_guild *guild = &f->visit->access->guild;
	bool is_by_hour = range->bucket == BUCKET_HOUR;
	if (guild->has_days && is_by_hour && !range->days.is_rolling) {
		struct range by_day = *range;
		const struct span *span = f->span == &range->now ? &by_day.now : &by_day.before;
		by_day.bucket = BUCKET_DAY;
		struct filter_days days = filter_days_rounded(&by_day, span);
		return figures_send_day_people(
			f, pg, days,
			&(struct day_people){ .what = FIGURES_PEOPLE, .known_until = days.first });
	}
	if (range->days.is_rolling)
		ra_pg_null(p);
	else
		ra_pg_text(p, ra_str_of(guild->timezone));
	ra_pg_bool(p, !is_by_hour);
	return ra_pg_send(pg, STMT_figures_people, p, on_people, f);
}

/* By the hour: of the hours, and of all of them. */
static int send_people(struct figures *f, struct ra_pg *pg, const struct range *range,
		       unsigned what, struct ra_pg_params *p)
{
	bool is_by_hour = range->bucket == BUCKET_HOUR, has_span = f->what & FIGURES_SPAN;
	int rc = 0;
	if (is_by_hour && has_span && range->days.is_rolling)
		return what & FIGURES_COUNTED ? ra_pg_send(pg, STMT_figures_rolling_people, p,
							   on_rolling_people, f)
					      : 0;
	if (is_by_hour && what & FIGURES_COUNTED)
		rc = ra_pg_send(pg, STMT_figures_hour_people, p, on_people, f);
	if (rc == 0 && what & FIGURES_KEPT && (has_span || !is_by_hour))
		rc = send_span_people(f, pg, range, p);
	return rc;
}

static int send_hours(struct figures *f, struct ra_pg *pg, const struct range *range, unsigned what)
{
	const struct span *span = f->span;
	struct ra_pg_params p = { .arena = f->visit->arena };
	range_params(f->visit, span, &p);
	ra_pg_i64_array(&p, span->starts_ms, span->count, sizeof(*span->starts_ms));
	int rc = 0;
	if (what & FIGURES_HOURS)
		rc = ra_pg_send(pg, STMT_figures_hours, &p, on_hours, f);
	if (rc == 0 && what & FIGURES_FLOW)
		rc = ra_pg_send(pg, STMT_figures_flow, &p, on_flow, f);
	return rc < 0 ? rc : send_people(f, pg, range, what, &p);
}

static int send_parts(struct figures *f, struct ra_pg *pg, const struct range *range, unsigned what)
{
	struct filter_days days = filter_days(range, f->span);
	bool has_days = f->visit->access->guild.has_days && days.first < days.end;
	return has_days ? figures_send_days(f, pg, range, what) : send_hours(f, pg, range, what);
}

int figures_send(struct figures *f, struct ra_pg *pg, const struct visit *visit,
		 const struct range *range, const struct span *span, unsigned what)
{
	figures_begin(f, visit, span, what);
	return send_parts(f, pg, range, what);
}

static void on_group(void *ctx, int status, const struct ra_err *err)
{
	struct figures_pair *pair = ctx;
	if (status < 0 && pair->status == 0)
		pair->status = status;
	if (--pair->pending == 0)
		pair->done(pair->ctx, pair->status, err);
}

static struct ra_pg *pick(struct figures_pair *pair, const struct visit *visit)
{
	struct ra_pg *pg = reads_pick(visit);
	if (!pg && pair->status == 0)
		pair->status = RA_EDOWN;
	return pg;
}

/* The end of a group whose statements were sent or not (`rc`). */
static void end_group(struct figures_pair *pair, struct ra_pg *pg, int rc)
{
	if (rc == 0)
		rc = ra_pg_sync(pg, on_group, pair);
	if (rc == 0)
		pair->pending++;
	else if (pair->status == 0)
		pair->status = rc;
}

/* What is worth a connection of its own: reading hours. A range that still runs has none behind its
 * days. */
static unsigned apart(const struct range *range, const struct span *span)
{
	bool is_cut = span == &range->before && range->now.is_partial;
	return is_cut || range->bucket == BUCKET_HOUR ? FIGURES_COUNTED : 0;
}

static void send_half(struct figures_pair *pair, const struct visit *visit,
		      const struct range *range, const struct span *span, unsigned what)
{
	struct figures *half = span == &range->now ? &pair->now : &pair->before;
	unsigned groups[] = { what & ~apart(range, span), what & apart(range, span) };
	figures_begin(half, visit, span, what);
	for (size_t i = 0; i < RA_COUNT(groups); i++) {
		struct ra_pg *pg = groups[i] ? pick(pair, visit) : NULL;
		if (pg)
			end_group(pair, pg, send_parts(half, pg, range, groups[i]));
	}
}

static void send_half_filtered(struct figures_pair *pair, const struct visit *visit,
			       const struct range *range, const struct span *span,
			       const struct filter *filter, unsigned what)
{
	struct figures *half = span == &range->now ? &pair->now : &pair->before;
	struct ra_pg *pg = pick(pair, visit);
	if (pg)
		end_group(pair, pg,
			  figures_send_filtered(half, pg, visit, range, span, filter, what));
}

int figures_send_pair(struct figures_pair *pair, const struct visit *visit,
		      const struct range *range, const struct filter *filter, unsigned what,
		      ra_pg_synced_cb done, void *ctx)
{
	const struct span *spans[] = { &range->now, range->has_before ? &range->before : NULL };
	pair->done = done;
	pair->ctx = ctx;
	for (size_t i = 0; i < RA_COUNT(spans) && spans[i] && pair->status == 0; i++)
		if (filter->is_any)
			send_half_filtered(pair, visit, range, spans[i], filter, what);
		else
			send_half(pair, visit, range, spans[i], what);
	return pair->pending ? 0 : pair->status;
}

int64_t figures_sum(const struct figures *f, enum figure figure)
{
	int64_t sum = FIGURE_UNKNOWN;
	for (size_t b = 0; b < f->span->count; b++)
		if (f->values[figure][b] != FIGURE_UNKNOWN)
			sum = (sum == FIGURE_UNKNOWN ? 0 : sum) + f->values[figure][b];
	return sum;
}

int64_t figures_last(const struct figures *f, enum figure figure)
{
	return f->span->count ? f->values[figure][f->span->count - 1] : FIGURE_UNKNOWN;
}

json_t *figure_json(int64_t value)
{
	return value == FIGURE_UNKNOWN ? json_null() : json_integer(value);
}
