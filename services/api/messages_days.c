/*
 * messages_days: what messages.c tells, from what is kept of days, where nobody
 * filters. A compared range's last day, cut short, is read from its hours.
 */
#include "services/api/messages_days.h"
#include "services/api/filter_sql.h"
#include "services/api/tops_days.h"

/* clang-format off */
#define SQL_WROTE_SUMS                                                                             \
	SQL_ACT_TOTAL("messages") ", " SQL_ACT_TOTAL("replies") ", " SQL_ACT_TOTAL("attachments") ", " \
	SQL_ACT_TOTAL("characters") ", " SQL_ACT_TOTAL("edits") ", "                               \
	SQL_ACT_TOTAL("reactions_given") ", " SQL_ACT_TOTAL("reactions_received")

/* The last day from `lo` to before `behind` on which somebody wrote; null: on none. Looked up one by
 * one, whatever the planner thinks how many they are. */
#define SQL_LAST_WROTE(user, lo, behind)                                                           \
	"LEFT JOIN LATERAL (SELECT w.day FROM analytics.member_daily w "                           \
	" WHERE w.guild_id = $1 AND w.user_id = " user " AND w.day >= " lo " AND w.day < " behind " " \
	" AND w.messages > 0 AND NOT w.is_bot ORDER BY w.day DESC LIMIT 1) last ON true "

/*
 * $1 guild, $2 from, $3 to, $4 now, $5 first day, $6 behind the last whole one,
 * $7 zone, $8 starts of the buckets. Rows as those of sql_messages.
 *
 * Who wrote is told by whom people_daily counts for having said something, in
 * writing or by talking, less those who only talked: these are few, and found
 * by the index of who was in voice. How many reactions were received nobody
 * keeps, so days of members are added up.
 */
const char sql_messages_days[] =
	"WITH " SQL_BUCKETS("$8") ", asked AS ("
	" SELECT " SQL_DAY("$5") " AS first, " SQL_DAY("$6") " AS behind WHERE $4::bigint IS NOT NULL"
	"), day AS MATERIALIZED ("
	" SELECT day, bucket, greatest(first, ((SELECT starts FROM bucket)[bucket + 1] AT TIME ZONE $7)::date) AS lo "
	" FROM asked CROSS JOIN generate_series($5::int, $6::int - 1) n CROSS JOIN LATERAL ("
	"  SELECT " SQL_DAY("n") " AS day, " SQL_BUCKET_OF(SQL_MIDNIGHT("n", "$7")) " AS bucket) b"
	"), stretch AS MATERIALIZED ("
	" SELECT bucket, min(lo) AS lo, max(day) + 1 AS behind FROM day GROUP BY 1"
	"), talked AS MATERIALIZED ("
	" SELECT user_id, bucket, bool_or(messages > 0) AS wrote FROM analytics.member_daily m JOIN day USING (day) "
	" WHERE guild_id = $1 AND day >= (SELECT first FROM asked) AND day < (SELECT behind FROM asked) "
	"  AND voice_class > 0 AND talking_ms > 0 AND NOT is_bot GROUP BY 1, 2"
	"), late AS MATERIALIZED ("
	" SELECT user_id, " SQL_BUCKET_OF("hour") " AS bucket, " SQL_WROTE_SUMS " FROM analytics.message_hourly "
	" WHERE guild_id = $1 AND author_kind = 0 AND hour < public.ms_to_ts($3) "
	"  AND hour >= greatest(public.ms_to_ts($2), " SQL_MIDNIGHT("$6", "$7") ") GROUP BY 1, 2"
	"), late_writer AS MATERIALIZED ("
	" SELECT l.user_id, l.bucket, last.day, s.lo FROM late l CROSS JOIN asked LEFT JOIN stretch s USING (bucket) "
	SQL_LAST_WROTE("l.user_id", "first", "asked.behind") "WHERE l.messages > 0"
	"), written AS ("
	" SELECT bucket, messages, replies, attachments, characters, edits, reactions AS reactions_given, "
	"  0 AS reactions_received FROM analytics.guild_daily JOIN day USING (day) WHERE guild_id = $1"
	" UNION ALL "
	" SELECT bucket, 0, 0, 0, 0, 0, 0, received FROM ("
	"  SELECT day, analytics.total(reactions_received) AS received FROM analytics.member_daily "
	"  WHERE guild_id = $1 AND day >= (SELECT first FROM asked) AND day < (SELECT behind FROM asked) "
	"   AND NOT is_bot GROUP BY 1) r JOIN day USING (day)"
	" UNION ALL "
	" SELECT bucket, " SQL_ACT_WROTE " FROM late"
	"), writers AS ("
	" SELECT bucket, analytics.total(members) AS writers FROM analytics.people_daily JOIN day USING (day) "
	" WHERE guild_id = $1 AND measure = 2 AND was_from < lo GROUP BY 1"
	" UNION ALL "
	" SELECT -1, analytics.total(members) FROM analytics.people_daily CROSS JOIN asked "
	" WHERE guild_id = $1 AND measure = 2 AND day >= first AND day < behind AND was_from < first"
	" UNION ALL "
	" SELECT bucket, -count(*) FROM (SELECT * FROM talked WHERE NOT wrote) t JOIN stretch s USING (bucket) "
	SQL_LAST_WROTE("t.user_id", "s.lo", "s.behind") "WHERE last.day IS NULL GROUP BY 1"
	" UNION ALL "
	" SELECT -1, -count(*) FROM (SELECT user_id FROM talked GROUP BY 1 HAVING NOT bool_or(wrote)) t CROSS JOIN asked "
	SQL_LAST_WROTE("t.user_id", "first", "asked.behind") "WHERE last.day IS NULL"
	" UNION ALL "
	" SELECT bucket, count(*) FROM late_writer WHERE day IS NULL OR lo IS NULL OR day < lo GROUP BY 1"
	" UNION ALL "
	" SELECT -1, count(DISTINCT user_id) FROM late_writer WHERE day IS NULL"
	") "
	"SELECT coalesce(bucket, -1), " SQL_ACT_WROTE ", coalesce(writers, 0) "
	"FROM (SELECT coalesce(bucket, -1) AS bucket, " SQL_WROTE_SUMS " FROM written "
	" GROUP BY GROUPING SETS ((bucket), ())) w "
	"LEFT JOIN (SELECT bucket, analytics.total(writers) AS writers FROM writers GROUP BY 1) p USING (bucket)";
/* clang-format on */

bool messages_days_know(const struct visit *visit, const struct filter *filter,
			const struct range *range)
{
	return !filter->is_any && range->bucket != BUCKET_HOUR && tops_have_days(visit, range);
}

int messages_days_send(struct ra_pg *pg, const struct visit *visit, const struct range *range,
		       const struct span *span, ra_pg_result_cb result, void *ctx)
{
	struct ra_pg_params p = { .arena = visit->arena };
	struct filter_days days = filter_days(range, span);
	range_params(visit, span, &p);
	ra_pg_i64(&p, days.first);
	ra_pg_i64(&p, days.end);
	ra_pg_text(&p, ra_str_of(visit->access->guild.timezone));
	ra_pg_i64_array(&p, span->starts_ms, span->count, sizeof(*span->starts_ms));
	return ra_pg_send(pg, STMT_messages_days, &p, result, ctx);
}
