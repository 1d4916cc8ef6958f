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
#define SQL_NUMBER_OF(day) day " - date '1970-01-01'"
#define SQL_BEHIND(at)                                                                             \
	at " >= greatest(public.ms_to_ts($2), " SQL_DAY("$7") "::timestamp AT TIME ZONE $8::text) " \
	"AND " at " < public.ms_to_ts($3)"
#define SQL_MONTH_OF(number, later) "date_trunc('month', " SQL_DAY(number) " + " later ")::date"
/* How many days the month has that begins on `lo`; 0 where none does. */
#define SQL_DAYS_OF_MONTH                                                                          \
	"CASE WHEN extract(day FROM " SQL_DAY("lo") ") = 1 THEN "                                  \
	SQL_NUMBER_OF(SQL_MONTH_OF("lo", "interval '1 month'")) " - lo ELSE 0 END"
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

#define SQL_IS_ACTIVE "NOT is_bot AND " SQL_HAS_ACTED("messages", "reactions_given", "present_ms")
#define SQL_THREE_OF(messages, talking_ms)                                                         \
	"CASE WHEN " talking_ms " > 0 THEN 3 ELSE least(greatest(" messages ", 0), 3) END"
#define SQL_HAS_SAID "CASE WHEN is_bot THEN 0 ELSE " SQL_THREE_OF("messages", "talking_ms") " END"

/* People are counted by days up to $7, and what lies between there and the end of the span is put right.
 * Behind now lies nothing: a day that still runs is as whole as it can be. */
#define SQL_END      "CASE WHEN $3 < $4 THEN public.ms_to_ts($3) ELSE greatest(public.ms_to_ts($3), " SQL_LAST ") END"
#define SQL_LAST     SQL_MIDNIGHT("$7", "$8")
#define SQL_TO_MEND(at) SQL_BETWEEN(at, "public.ms_to_ts($2)", SQL_END, SQL_LAST)
#define SQL_MEND     SQL_SIGN(SQL_END, SQL_LAST)
/* The first day whose row says something else than counts. */
#define SQL_CUT_DAY "(CASE WHEN (" SQL_END ") < " SQL_LAST " THEN $7 - 1 ELSE $7 END)"

/*
 * Rows ('span', 0, active, communicators), ('bucket', n, ...) for buckets of
 * more than a day, which must be told by $9, and ('day', day, ...) for what
 * figures_days does not know of, which is days from $10 on and who is in voice.
 * They may come of two statements at once, to be added up: one for what is
 * kept of days ($11), one for who has to be counted from the hours ($12).
 *
 * whole: those of the whole days, by guild_weekly or guild_monthly where they
 * are just that, else by people_daily, and by people_monthly where there are
 * whole months. late: who was there in what is missing of a last day that is
 * cut short, or in what is too much, or is in voice now: what they are with
 * that, and what they were counted for. later: of them those of a level for
 * whom this differs. more: what it changes, which their own last days before say.
 */
const char sql_figures_day_people[] =
	"WITH " SQL_RUNNING ", place AS MATERIALIZED ("
	" SELECT n - 1 AS bucket, greatest(start, $6::int) AS lo, "
	"  least(coalesce(lead(start) OVER (ORDER BY n), $7::int), $7::int) AS hi, "
	"  coalesce(lead(start) OVER (ORDER BY n) - 1, $7::int) AS last "
	" FROM unnest($5::int[]) WITH ORDINALITY AS s (start, n)"
	"), level AS MATERIALIZED ("
	" SELECT 'span' AS kind, 0 AS place, $6::int AS lo, $7::int AS hi, $7::int AS last "
	" UNION ALL SELECT 'bucket', bucket, lo, hi, last FROM place WHERE $9::boolean"
	"), months AS MATERIALIZED ("
	" SELECT l.*, CASE WHEN m_hi > m_lo THEN m_lo ELSE hi END AS m_lo, "
	"  CASE WHEN m_hi > m_lo THEN m_hi ELSE hi END AS m_hi FROM level l "
	" CROSS JOIN LATERAL (SELECT " SQL_NUMBER_OF(SQL_MONTH_OF("lo", "interval '1 month - 1 day'")) " AS m_lo, "
	"  " SQL_NUMBER_OF(SQL_MONTH_OF("hi", "interval '0'")) " AS m_hi) m "
	" WHERE hi - lo <> 7 AND hi - lo <> " SQL_DAYS_OF_MONTH
	"), piece AS ("
	" SELECT kind, place, lo, measure, members FROM level LEFT JOIN analytics.guild_weekly w "
	"  ON w.guild_id = $1 AND w.day = " SQL_DAY("lo")
	" CROSS JOIN LATERAL (VALUES (0, w.active), (1, w.communicators)) AS m (measure, members) "
	" WHERE hi - lo = 7 "
	" UNION ALL "
	" SELECT kind, place, lo, measure, members FROM level LEFT JOIN analytics.guild_monthly g "
	"  ON g.guild_id = $1 AND g.month = " SQL_DAY("lo")
	" CROSS JOIN LATERAL (VALUES (0, g.active), (1, g.communicators)) AS m (measure, members) "
	" WHERE hi - lo = " SQL_DAYS_OF_MONTH
	" UNION ALL "
	" SELECT kind, place, lo, measure, p.members FROM months "
	" CROSS JOIN (VALUES (0), (1)) AS m (measure) "
	" CROSS JOIN LATERAL (SELECT generate_series(lo, m_lo - 1) AS d UNION ALL SELECT generate_series(m_hi, hi - 1)) d "
	" CROSS JOIN LATERAL (SELECT sum(members) AS members FROM analytics.people_daily p "
	"  WHERE p.guild_id = $1 AND p.measure = m.measure AND p.day = " SQL_DAY("d")
	"   AND p.was_from < " SQL_DAY("lo") " AND p.is_from >= " SQL_DAY("lo") ") p "
	" UNION ALL "
	" SELECT kind, place, lo, measure, p.members FROM months "
	" CROSS JOIN (VALUES (0), (1)) AS m (measure) "
	" CROSS JOIN LATERAL generate_series(" SQL_DAY("m_lo") "::timestamp, "
	"  " SQL_DAY("m_hi") "::timestamp - interval '1 day', interval '1 month') d "
	" CROSS JOIN LATERAL (SELECT sum(members) AS members FROM analytics.people_monthly p "
	"  WHERE p.guild_id = $1 AND p.measure = m.measure AND p.month = d::date "
	"   AND p.was_from < " SQL_DAY("lo") " AND p.is_from >= " SQL_DAY("lo") ") p"
	"), whole AS ("
	" SELECT kind, place, coalesce(sum(members) FILTER (WHERE measure = 0), 0) AS active, "
	"  coalesce(sum(members) FILTER (WHERE measure = 1), 0) AS talkers FROM piece WHERE $11::boolean GROUP BY 1, 2"
	"), late AS MATERIALIZED ("
	" SELECT * FROM (SELECT l.user_id, l.day, "
	"  " SQL_HAS_ACTED("l.messages + coalesce(m.messages, 0)", "l.reactions + coalesce(m.reactions_given, 0)",
			   "l.present_ms + coalesce(m.present_ms, e.present_ms, 0)") " AS is_active, "
	"  c.is_cut AND " SQL_HAS_ACTED("m.messages", "m.reactions_given", "m.present_ms") " AS was_active, "
	"  " SQL_THREE_OF("l.messages + CASE WHEN c.is_cut THEN m.messages ELSE 0 END",
			  "l.talking_ms + CASE WHEN c.is_cut THEN m.talking_ms ELSE 0 END") " AS said, "
	"  CASE WHEN c.is_cut THEN " SQL_THREE_OF("m.messages", "m.talking_ms") " ELSE 0 END AS had_said "
	" FROM ("
	"  SELECT user_id, day, analytics.total(messages) AS messages, analytics.total(reactions) AS reactions, "
	"   analytics.total(present_ms) AS present_ms, analytics.total(talking_ms) AS talking_ms FROM ("
	"   SELECT user_id, " SQL_CUT_DAY " AS day, messages * " SQL_MEND " AS messages, "
	"    reactions_given * " SQL_MEND " AS reactions, 0::bigint AS present_ms, 0::bigint AS talking_ms "
	"   FROM analytics.message_hourly WHERE guild_id = $1 AND author_kind = 0 AND " SQL_TO_MEND("hour")
	"   UNION ALL "
	"   SELECT user_id, " SQL_CUT_DAY ", 0, 0, present_ms * " SQL_MEND ", talking_ms * " SQL_MEND
	"   FROM analytics.voice_hourly WHERE guild_id = $1 AND " SQL_TO_MEND("hour")
	"   UNION ALL "
	"   SELECT user_id, " SQL_NUMBER_OF("(hour AT TIME ZONE $8)::date") ", 0, 0, present_ms, talking_ms "
	"   FROM running WHERE " SQL_IN_SPAN("hour")
	"  ) a GROUP BY 1, 2) l "
	" LEFT JOIN analytics.member_daily m ON m.guild_id = $1 AND m.user_id = l.user_id AND NOT m.is_bot "
	"  AND m.day = " SQL_DAY("CASE WHEN " SQL_CUT_DAY " < $7 THEN " SQL_CUT_DAY " END") " AND l.day = " SQL_CUT_DAY
	" CROSS JOIN LATERAL (SELECT m.day IS NOT NULL AS is_cut) c"
	" CROSS JOIN LATERAL (SELECT CASE WHEN l.day < " SQL_CUT_DAY " THEN (SELECT n.present_ms "
	"  FROM analytics.member_daily n WHERE n.guild_id = $1 AND n.user_id = l.user_id "
	"   AND n.day = " SQL_DAY("l.day") ") END AS present_ms) e"
	" ) w WHERE $12::boolean AND (is_active <> was_active OR said <> had_said OR user_id IN (SELECT user_id FROM running))"
	"), later AS ("
	" SELECT kind, place, lo, least(hi, " SQL_CUT_DAY ") AS hi, user_id, bool_or(is_active) AS is_active, "
	"  bool_or(was_active) AS was_active, analytics.total(said) AS said, analytics.total(had_said) AS had_said "
	" FROM late JOIN ("
	"  SELECT * FROM level "
	"  UNION ALL SELECT DISTINCT 'day', day, day, day + 1, day FROM late WHERE day < " SQL_CUT_DAY ") l "
	" ON late.day BETWEEN l.lo AND l.last GROUP BY 1, 2, 3, 4, 5 "
	" HAVING bool_or(is_active) <> bool_or(was_active) "
	"  OR least(3, analytics.total(said)) <> least(3, analytics.total(had_said))"
	"), more AS ("
	" SELECT kind, place, sum(CASE WHEN before.active OR had.active IS TRUE THEN 0 "
	"  ELSE l.is_active::int - l.was_active::int END) AS active, "
	"  sum((l.said + had.said >= 3)::int - (l.had_said + had.said >= 3)::int) AS talkers "
	" FROM later l "
	" CROSS JOIN LATERAL (SELECT coalesce(sum(said), 0) AS said, bool_or(active) AS active "
	"  FROM (SELECT " SQL_HAS_SAID " AS said, " SQL_IS_ACTIVE " AS active "
	"  FROM analytics.member_daily m "
	"  WHERE m.guild_id = $1 AND m.user_id = l.user_id AND day >= " SQL_DAY("lo")
	"   AND day < " SQL_DAY("hi") " AND " SQL_HAS_SAID " > 0 ORDER BY day DESC LIMIT 3) s) had "
	" LEFT JOIN LATERAL (SELECT true AS active FROM analytics.member_daily m "
	"  WHERE m.guild_id = $1 AND m.user_id = l.user_id "
	"   AND day >= CASE WHEN had.active IS NOT TRUE AND l.is_active <> l.was_active THEN " SQL_DAY("lo") " END "
	"   AND day < " SQL_DAY("hi") " AND " SQL_IS_ACTIVE " ORDER BY day DESC LIMIT 1) before ON true "
	" GROUP BY 1, 2"
	") "
	"SELECT kind, place, sum(active), sum(talkers) FROM ("
	" SELECT * FROM whole UNION ALL SELECT * FROM more UNION ALL "
	" SELECT 'day', day, sum(is_active::int - was_active::int), sum((said >= 3)::int - (had_said >= 3)::int) "
	" FROM late WHERE day >= " SQL_CUT_DAY " GROUP BY day UNION ALL "
	" SELECT 'day', " SQL_NUMBER_OF("day") ", active, communicators FROM analytics.guild_daily "
	" WHERE $11 AND guild_id = $1 AND day >= " SQL_DAY("$10") " AND day < " SQL_DAY("$7")
	") a GROUP BY 1, 2";

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
	"), known AS ("
	" SELECT bucket, end_at, (SELECT array[public.ts_to_ms(at), members] "
	"  FROM analytics.guild_snapshot s "
	"  WHERE s.guild_id = $1 AND at <= end_at ORDER BY at DESC LIMIT 1) AS before "
	" FROM edge"
	"), anchor AS ("
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

/* Answers come in any order, and some figures from two of them. */
static void add(struct figures *f, enum figure figure, size_t bucket, int64_t value)
{
	if (bucket < f->span->count && f->values[figure][bucket] != FIGURE_UNKNOWN)
		f->values[figure][bucket] += value;
}

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
				add(f, columns[i].figure, bucket,
				    ra_pg_get_i64(rows, row, 1 + (int)i));
		int64_t joins = ra_pg_get_i64(rows, row, 8), leaves = ra_pg_get_i64(rows, row, 9);
		if (f->what & FIGURES_FLOW)
			add(f, FIGURE_NET_GROWTH, bucket, joins - leaves);
		if (f->what & FIGURES_PEOPLE)
			f->day_sum += ra_pg_get_i64(rows, row, 10);
	}
}

/* The bucket a day lies in. */
static size_t bucket_of(const struct span *span, int64_t day)
{
	size_t bucket = span->count;
	while (bucket > 0 && span->days[bucket - 1] > day)
		bucket--;
	return bucket ? bucket - 1 : 0;
}

static void on_people(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct figures *f = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		struct ra_str kind = ra_pg_get_str(rows, row, 0);
		int64_t place = ra_pg_get_i64(rows, row, 1);
		int64_t active = ra_pg_get_i64(rows, row, 2), talkers = ra_pg_get_i64(rows, row, 3);
		if (ra_str_is(kind, "span")) {
			f->active += active;
			f->communicators += talkers;
		} else if (ra_str_is(kind, "bucket")) {
			add(f, FIGURE_ACTIVE, (size_t)place, active);
			add(f, FIGURE_COMMUNICATORS, (size_t)place, talkers);
		} else {
			f->day_sum += active;
			if (f->is_by_day) {
				add(f, FIGURE_ACTIVE, bucket_of(f->span, place), active);
				add(f, FIGURE_COMMUNICATORS, bucket_of(f->span, place), talkers);
			}
		}
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

/* As the statements about days begin. */
static void day_params(const struct figures *f, struct filter_days days, struct ra_pg_params *p)
{
	const struct span *span = f->span;
	int32_t *starts = ra_arena_alloc(f->visit->arena, (span->count + 1) * sizeof *starts);
	for (size_t b = 0; b < span->count; b++)
		starts[b] = (int32_t)span->days[b];
	range_params(f->visit, span, p);
	ra_pg_i32_array(p, starts, span->count, sizeof *starts);
	ra_pg_i64(p, days.first);
	ra_pg_i64(p, days.end);
	ra_pg_text(p, ra_str_of(f->visit->access->guild.timezone));
}

int figures_send_day_people(struct figures *f, struct ra_pg *pg, struct filter_days days,
			    const struct day_people *which)
{
	struct ra_pg_params p = { .arena = f->visit->arena };
	day_params(f, days, &p);
	ra_pg_bool(&p, which->has_buckets);
	ra_pg_i64(&p, which->known_until);
	ra_pg_bool(&p, which->what & FIGURES_KEPT);
	ra_pg_bool(&p, which->what & FIGURES_COUNTED);
	return ra_pg_send(pg, STMT_figures_day_people, &p, on_people, f);
}

int figures_send_days(struct figures *f, struct ra_pg *pg, const struct range *range, unsigned what)
{
	const struct span *span = f->span;
	struct filter_days days = filter_days(range, span);
	struct ra_pg_params p = { .arena = f->visit->arena }, edges = p;
	int rc = 0;
	f->is_by_day = range->bucket == BUCKET_DAY;
	day_params(f, days, &p);
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
