/* figures_days: see figures_days.h. */
#include "services/api/figures_days.h"
#include "services/api/sql.h"

/* clang-format off */
/*
 * $5 the day each bucket begins on, $6 the first day, $7 behind the last whole
 * day, $8 zone; days are numbers since 1970. What is behind the last whole day
 * is read from the hours.
 */
#define SQL_WHOLE_DAYS  "day >= " SQL_DAY("$6") " AND day < " SQL_DAY("$7")
#define SQL_BEHIND(at)                                                                             \
	at " >= greatest(public.ms_to_ts($2), " SQL_DAY("$7") "::timestamp AT TIME ZONE $8::text) " \
	"AND " at " < public.ms_to_ts($3)"
#define SQL_BUCKET_OF_DAY(number) "width_bucket(" number ", $5::int[]) - 1"

/* One row a bucket in which something happened. */
const char sql_figures_days[] =
	"WITH " SQL_RUNNING " "
	"SELECT " SQL_BUCKET_OF_DAY("day") " AS bucket, sum(messages), sum(bot_messages), "
	" sum(reactions), sum(raw_ms), sum(present_ms), sum(engaged_ms), sum(talking_ms), "
	" sum(joins), sum(leaves), sum(active), sum(communicators) "
	"FROM ("
	" SELECT " SQL_NUMBER_OF("day") " AS day, messages, bot_messages, reactions, "
	"  voice_raw_ms AS raw_ms, voice_present_ms AS present_ms, voice_engaged_ms AS engaged_ms, "
	"  voice_talking_ms AS talking_ms, joins, leaves, active, communicators "
	" FROM analytics.guild_daily WHERE guild_id = $1 AND " SQL_WHOLE_DAYS
	" UNION ALL "
	" SELECT $7::int, messages, bot_messages, reactions, voice_raw_ms, voice_present_ms, "
	"  voice_engaged_ms, voice_talking_ms, 0, 0, 0, 0 "
	" FROM analytics.guild_hourly WHERE guild_id = $1 AND " SQL_BEHIND("hour")
	" UNION ALL "
	" SELECT $7::int, 0, 0, 0, 0, 0, 0, 0, (kind = 'join')::int, (kind = 'leave')::int, 0, 0 "
	" FROM analytics.member_flow WHERE guild_id = $1 AND NOT is_bot AND " SQL_BEHIND("at")
	" UNION ALL "
	" SELECT " SQL_NUMBER_OF("(hour AT TIME ZONE $8)::date") ", 0, 0, 0, raw_ms, present_ms, "
	"  engaged_ms, talking_ms, 0, 0, 0, 0 FROM running WHERE " SQL_IN_SPAN("hour")
	") d GROUP BY 1";

/*
 * Members at the end of each bucket, bots included, as Discord counts them: the
 * last snapshot before it plus the joins and leaves since; where there is none,
 * the first one after it (or what is known now) minus those in between. A
 * snapshot is taken before the events of its millisecond.
 */
const char sql_figures_edges[] =
	"WITH edge AS ("
	" SELECT n - 1 AS bucket, coalesce(lead(public.ms_to_ts(start)) OVER (ORDER BY n), "
	"  public.ms_to_ts($3)) AS end_at "
	" FROM unnest($5::bigint[]) WITH ORDINALITY AS s (start, n) WHERE $2::bigint IS NOT NULL"
	"), known AS MATERIALIZED ("
	" SELECT bucket, end_at, (SELECT array[public.ts_to_ms(at), members] "
	"  FROM analytics.guild_snapshot s "
	"  WHERE s.guild_id = $1 AND at <= end_at ORDER BY at DESC LIMIT 1) AS before "
	" FROM edge"
	"), anchor AS MATERIALIZED ("
	" SELECT bucket, end_at, coalesce(before, (SELECT array[public.ts_to_ms(at), members] "
	"  FROM analytics.guild_snapshot s "
	"  WHERE s.guild_id = $1 AND at > end_at ORDER BY at LIMIT 1), "
	"  array[$4::bigint, g.member_count]) AS known, g.member_count "
	" FROM known JOIN analytics.guild g ON g.guild_id = $1"
	") "
	"SELECT bucket, CASE WHEN end_at >= public.ms_to_ts($4) THEN member_count "
	" ELSE known[2] + (SELECT count(*) FILTER (WHERE kind = 'join') "
	"  - count(*) FILTER (WHERE kind = 'leave') FROM analytics.member_flow m "
	"  WHERE m.guild_id = $1 AND m.at >= least(public.ms_to_ts(known[1]), end_at) "
	"   AND m.at < greatest(public.ms_to_ts(known[1]), end_at)) "
	"  * CASE WHEN public.ms_to_ts(known[1]) <= end_at THEN 1 ELSE -1 END END "
	"FROM anchor";
/* clang-format on */

/* The columns of sql_figures_days behind the bucket, and who asks for them. */
static const struct {
	enum figure figure;
	unsigned what;
} columns[] = {
	{ FIGURE_MESSAGES, FIGURES_HOURS },       { FIGURE_BOT_MESSAGES, FIGURES_HOURS },
	{ FIGURE_REACTIONS, FIGURES_HOURS },      { FIGURE_VOICE_RAW, FIGURES_HOURS },
	{ FIGURE_VOICE_PRESENT, FIGURES_HOURS },  { FIGURE_VOICE_ENGAGED, FIGURES_HOURS },
	{ FIGURE_VOICE_TALKING, FIGURES_HOURS },  { FIGURE_JOINS, FIGURES_FLOW },
	{ FIGURE_LEAVES, FIGURES_FLOW },          { FIGURE_ACTIVE, FIGURES_PEOPLE },
	{ FIGURE_COMMUNICATORS, FIGURES_PEOPLE },
};

static void on_days(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct figures *f = ctx;
	/* people of more than a day are no sum */
	unsigned wanted = f->is_by_day ? f->what : f->what & ~FIGURES_PEOPLE;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		size_t bucket = (size_t)ra_pg_get_i64(rows, row, 0);
		for (size_t i = 0; i < RA_COUNT(columns); i++)
			if (wanted & columns[i].what)
				figures_add(f, columns[i].figure, bucket,
					    ra_pg_get_i64(rows, row, 1 + (int)i));
		int64_t joins = ra_pg_get_i64(rows, row, 8), leaves = ra_pg_get_i64(rows, row, 9);
		if (f->what & FIGURES_FLOW)
			figures_add(f, FIGURE_NET_GROWTH, bucket, joins - leaves);
		if (f->what & FIGURES_PEOPLE)
			f->day_sum += ra_pg_get_i64(rows, row, 10);
	}
}

static void on_edges(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct figures *f = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++)
		figures_set(f, FIGURE_MEMBERS, (size_t)ra_pg_get_i64(rows, row, 0),
			    ra_pg_get_i64(rows, row, 1));
}

void figures_days_param(const struct figures *f, struct filter_days days, struct ra_pg_params *p)
{
	const struct span *span = f->span;
	int32_t *starts = ra_arena_alloc(f->visit->arena, (span->count + 1) * sizeof *starts);
	for (size_t b = 0; b < span->count; b++)
		starts[b] = (int32_t)span->days[b];
	ra_pg_i32_array(p, starts, span->count, sizeof *starts);
	ra_pg_i64(p, days.first);
	ra_pg_i64(p, days.end);
}

int figures_send_days(struct figures *f, struct ra_pg *pg, const struct range *range, unsigned what)
{
	const struct span *span = f->span;
	struct filter_days days = filter_days(range, span);
	struct ra_pg_params p = { .arena = f->visit->arena }, edges = p;
	int rc = 0;
	f->is_by_day = range->bucket == BUCKET_DAY;
	range_params(f->visit, span, &p);
	figures_days_param(f, days, &p);
	ra_pg_text(&p, ra_str_of(f->visit->access->guild.timezone));
	if (what & ~FIGURES_COUNTED)
		rc = ra_pg_send(pg, STMT_figures_days, &p, on_days, f);
	if (rc == 0 && what & FIGURES_PEOPLE)
		rc = figures_send_day_people(f, pg, filter_days_rounded(range, span),
					     &(struct day_people){ .what = what,
								   .known_until = days.end,
								   .has_buckets = !f->is_by_day });
	if (rc == 0 && what & FIGURES_FLOW) {
		range_params(f->visit, span, &edges);
		ra_pg_i64_array(&edges, span->starts_ms, span->count, sizeof *span->starts_ms);
		rc = ra_pg_send(pg, STMT_figures_edges, &edges, on_edges, f);
	}
	return rc;
}
