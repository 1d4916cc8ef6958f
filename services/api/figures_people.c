/*
 * figures_people: different people by the day, see figures_days.h. Two answers
 * that add up: of the whole days, from what is kept, and what is to be put right
 * of them, of a last day that is cut short and of who is in voice now.
 */
#include "services/api/figures_days.h"
#include "services/api/sql.h"

/* clang-format off */
#define SQL_MONTH_OF(number, later) "date_trunc('month', " SQL_DAY(number) " + " later ")::date"
/* How many days the month has that begins on `lo`; 0 where none does. */
#define SQL_DAYS_OF_MONTH                                                                                           \
	"CASE WHEN extract(day FROM " SQL_DAY("lo") ") = 1 THEN "                                                   \
	SQL_NUMBER_OF(SQL_MONTH_OF("lo", "interval '1 month'")) " - lo ELSE 0 END"

/* The stretches to count people of: the span, and each bucket, where they are asked for. */
#define SQL_LEVELS(starts, first, end, has_span, has_buckets)                                                       \
	"place AS MATERIALIZED ("                                                                                   \
	" SELECT n - 1 AS bucket, greatest(start, " first "::int) AS lo, "                                          \
	"  least(coalesce(lead(start) OVER (ORDER BY n), " end "::int), " end "::int) AS hi, "                      \
	"  coalesce(lead(start) OVER (ORDER BY n) - 1, " end "::int) AS last "                                      \
	" FROM unnest(" starts "::int[]) WITH ORDINALITY AS s (start, n)"                                           \
	"), level AS MATERIALIZED ("                                                                                \
	" SELECT 'span' AS kind, 0 AS place, " first "::int AS lo, " end "::int AS hi, " end "::int AS last "       \
	" WHERE " has_span "::boolean "                                                                             \
	" UNION ALL SELECT 'bucket', bucket, lo, hi, last FROM place WHERE " has_buckets "::boolean)"

/*
 * Rows ('span', 0, active, communicators) if $5, ('bucket', n, ...) if $6, for
 * buckets of more than a day, and ('day', day, ...) for days from $7 on, which
 * figures_days does not know of. $2 the day each bucket begins on, $3 the
 * first day, $4 behind the last one.
 *
 * By guild_weekly or guild_monthly where they are just that, else by people_daily,
 * and by people_monthly where there are whole months.
 */
const char sql_figures_day_people[] =
	"WITH " SQL_LEVELS("$2", "$3", "$4", "$5", "$6") ", months AS MATERIALIZED ("
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
	") "
	"SELECT kind, place, active, talkers FROM ("
	" SELECT kind, place, coalesce(sum(members) FILTER (WHERE measure = 0), 0) AS active, "
	"  coalesce(sum(members) FILTER (WHERE measure = 1), 0) AS talkers FROM piece GROUP BY 1, 2"
	" UNION ALL "
	" SELECT 'day', " SQL_NUMBER_OF("day") ", active, communicators FROM analytics.guild_daily "
	" WHERE guild_id = $1 AND day >= " SQL_DAY("$7") " AND day < " SQL_DAY("$4")
	") a";

#define SQL_IS_ACTIVE "NOT is_bot AND " SQL_HAS_ACTED("messages", "reactions_given", "present_ms")
#define SQL_THREE_OF(messages, talking_ms)                                                                          \
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
 * The same rows, to be added; $9: for the span, $10: for the buckets.
 *
 * late: who was there in what is missing of a last day that is cut short, or in
 * what is too much, or is in voice now: what they are with that, and what they
 * were counted for. later: of them those of a level for whom this differs. more:
 * what it changes, which their own last days before say.
 */
#define SQL_LATE(acts)                                                                                              \
	"WITH " SQL_RUNNING ", " SQL_LEVELS("$5", "$6", "$7", "$9", "$10") ", late AS MATERIALIZED ("                      \
	" SELECT * FROM (SELECT l.user_id, l.day, "                                                                 \
	"  " SQL_HAS_ACTED("l.messages + coalesce(m.messages, 0)", "l.reactions + coalesce(m.reactions_given, 0)",  \
			   "l.present_ms + coalesce(m.present_ms, e.present_ms, 0)") " AS is_active, "              \
	"  c.is_cut AND " SQL_HAS_ACTED("m.messages", "m.reactions_given", "m.present_ms") " AS was_active, "       \
	"  " SQL_THREE_OF("l.messages + CASE WHEN c.is_cut THEN m.messages ELSE 0 END",                             \
			  "l.talking_ms + CASE WHEN c.is_cut THEN m.talking_ms ELSE 0 END") " AS said, "            \
	"  CASE WHEN c.is_cut THEN " SQL_THREE_OF("m.messages", "m.talking_ms") " ELSE 0 END AS had_said "          \
	" FROM ("                                                                                                   \
	"  SELECT user_id, day, analytics.total(messages) AS messages, analytics.total(reactions) AS reactions, "   \
	"   analytics.total(present_ms) AS present_ms, analytics.total(talking_ms) AS talking_ms FROM ("            \
	acts                                                                                                        \
	"   SELECT user_id, " SQL_NUMBER_OF("(hour AT TIME ZONE $8)::date") " AS day, 0 AS messages, "              \
	"    0 AS reactions, present_ms, talking_ms "                                                               \
	"   FROM running WHERE " SQL_IN_SPAN("hour")                                                                \
	"  ) a GROUP BY 1, 2) l "                                                                                   \
	" LEFT JOIN analytics.member_daily m ON m.guild_id = $1 AND m.user_id = l.user_id AND NOT m.is_bot "        \
	"  AND m.day = " SQL_DAY("CASE WHEN " SQL_CUT_DAY " < $7 THEN " SQL_CUT_DAY " END") " AND l.day = " SQL_CUT_DAY \
	" CROSS JOIN LATERAL (SELECT m.day IS NOT NULL AS is_cut) c"                                                \
	" CROSS JOIN LATERAL (SELECT CASE WHEN l.day < " SQL_CUT_DAY " THEN (SELECT n.present_ms "                  \
	"  FROM analytics.member_daily n WHERE n.guild_id = $1 AND n.user_id = l.user_id "                          \
	"   AND n.day = " SQL_DAY("l.day") ") END AS present_ms) e"                                                 \
	" ) w WHERE (is_active <> was_active OR said <> had_said OR user_id IN (SELECT user_id FROM running))"      \
	"), later AS ("                                                                                             \
	" SELECT kind, place, lo, least(hi, " SQL_CUT_DAY ") AS hi, user_id, bool_or(is_active) AS is_active, "     \
	"  bool_or(was_active) AS was_active, analytics.total(said) AS said, analytics.total(had_said) AS had_said " \
	" FROM late JOIN ("                                                                                         \
	"  SELECT * FROM level "                                                                                    \
	"  UNION ALL SELECT DISTINCT 'day', day, day, day + 1, day FROM late WHERE day < " SQL_CUT_DAY ") l "       \
	" ON late.day BETWEEN l.lo AND l.last GROUP BY 1, 2, 3, 4, 5 "                                              \
	" HAVING bool_or(is_active) <> bool_or(was_active) "                                                        \
	"  OR least(3, analytics.total(said)) <> least(3, analytics.total(had_said))"                               \
	"), more AS ("                                                                                              \
	" SELECT kind, place, sum(CASE WHEN before.active OR had.active IS TRUE THEN 0 "                            \
	"  ELSE l.is_active::int - l.was_active::int END) AS active, "                                              \
	"  sum((l.said + had.said >= 3)::int - (l.had_said + had.said >= 3)::int) AS talkers "                      \
	" FROM later l "                                                                                            \
	" CROSS JOIN LATERAL (SELECT coalesce(sum(said), 0) AS said, bool_or(active) AS active "                    \
	"  FROM (SELECT " SQL_HAS_SAID " AS said, " SQL_IS_ACTIVE " AS active "                                     \
	"  FROM analytics.member_daily m "                                                                          \
	"  WHERE m.guild_id = $1 AND m.user_id = l.user_id AND day >= " SQL_DAY("lo")                               \
	"   AND day < " SQL_DAY("hi") " AND " SQL_HAS_SAID " > 0 ORDER BY day DESC LIMIT 3) s) had "                \
	" LEFT JOIN LATERAL (SELECT true AS active FROM analytics.member_daily m "                                  \
	"  WHERE m.guild_id = $1 AND m.user_id = l.user_id "                                                        \
	"   AND day >= CASE WHEN had.active IS NOT TRUE AND l.is_active <> l.was_active THEN " SQL_DAY("lo") " END " \
	"   AND day < " SQL_DAY("hi") " AND " SQL_IS_ACTIVE " ORDER BY day DESC LIMIT 1) before ON true "           \
	" GROUP BY 1, 2"                                                                                            \
	") "                                                                                                        \
	"SELECT kind, place, sum(active), sum(talkers) FROM ("                                                      \
	" SELECT * FROM more UNION ALL "                                                                            \
	" SELECT 'day', day, sum(is_active::int - was_active::int), sum((said >= 3)::int - (had_said >= 3)::int) "  \
	" FROM late WHERE day >= " SQL_CUT_DAY " GROUP BY day"                                                      \
	") a GROUP BY 1, 2"

/* What was said and done in the hours to mend. */
#define SQL_ACTS                                                                                                    \
	"   SELECT user_id, " SQL_CUT_DAY " AS day, messages * " SQL_MEND " AS messages, "                          \
	"    reactions_given * " SQL_MEND " AS reactions, 0::bigint AS present_ms, 0::bigint AS talking_ms "        \
	"   FROM analytics.message_hourly WHERE guild_id = $1 AND author_kind = 0 AND " SQL_TO_MEND("hour")         \
	"   UNION ALL "                                                                                             \
	"   SELECT user_id, " SQL_CUT_DAY ", 0, 0, present_ms * " SQL_MEND ", talking_ms * " SQL_MEND               \
	"   FROM analytics.voice_hourly WHERE guild_id = $1 AND " SQL_TO_MEND("hour")                               \
	"   UNION ALL "

const char sql_figures_day_late[] = SQL_LATE(SQL_ACTS);
/* Nothing is to be mended: only who is in voice now. It reads no hours, so one plan does. */
const char sql_figures_day_talking[] = SQL_LATE("");
/* clang-format on */

/* The bucket a day lies in. */
static size_t bucket_of(const struct span *span, int64_t day)
{
	size_t bucket = span->count;
	while (bucket > 0 && span->days[bucket - 1] > day)
		bucket--;
	return bucket ? bucket - 1 : 0;
}

static void add(struct figures *f, size_t bucket, int64_t active, int64_t talkers)
{
	figures_add(f, FIGURE_ACTIVE, bucket, active);
	figures_add(f, FIGURE_COMMUNICATORS, bucket, talkers);
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
			add(f, (size_t)place, active, talkers);
		} else {
			f->day_sum += active;
			if (f->is_by_day)
				add(f, bucket_of(f->span, place), active, talkers);
		}
	}
}

/* Its last day is whole, or runs still: nothing is to be mended. */
static bool ends_with_a_day(const struct figures *f, struct filter_days days)
{
	const struct span *span = f->span;
	bool is_midnight = days.end == span->last_day && span->to_ms == span->last_day_ms;
	return is_midnight || span->to_ms >= f->visit->now_ms;
}

static int send_kept(struct figures *f, struct ra_pg *pg, struct filter_days days,
		     const struct day_people *which)
{
	struct ra_pg_params p = { .arena = f->visit->arena };
	ra_pg_i64(&p, (int64_t)f->visit->access->guild.id);
	figures_days_param(f, days, &p);
	ra_pg_bool(&p, f->what & FIGURES_SPAN);
	ra_pg_bool(&p, which->has_buckets);
	ra_pg_i64(&p, which->known_until);
	return ra_pg_send(pg, STMT_figures_day_people, &p, on_people, f);
}

static int send_counted(struct figures *f, struct ra_pg *pg, struct filter_days days,
			const struct day_people *which)
{
	struct ra_pg_params p = { .arena = f->visit->arena };
	range_params(f->visit, f->span, &p);
	figures_days_param(f, days, &p);
	ra_pg_text(&p, ra_str_of(f->visit->access->guild.timezone));
	ra_pg_bool(&p, f->what & FIGURES_SPAN);
	ra_pg_bool(&p, which->has_buckets);
	bool is_whole = ends_with_a_day(f, days);
	return ra_pg_send(pg, is_whole ? STMT_figures_day_talking : STMT_figures_day_late, &p,
			  on_people, f);
}

int figures_send_day_people(struct figures *f, struct ra_pg *pg, struct filter_days days,
			    const struct day_people *which)
{
	bool has_levels = f->what & FIGURES_SPAN || which->has_buckets;
	int rc = 0;
	if (which->what & FIGURES_KEPT && (has_levels || which->known_until < days.end))
		rc = send_kept(f, pg, days, which);
	if (rc == 0 && which->what & FIGURES_COUNTED)
		rc = send_counted(f, pg, days, which);
	return rc;
}
