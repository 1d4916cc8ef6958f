/*
 * tops_days: see tops_days.h. Whole months are read from months, what lies
 * around them from days. Of a compared range the day it is cut short on is
 * read from hours: those that belong to it, or of a whole day those that do not.
 * Who wrote most is found by lists of each month's and day's most active
 * (best_sql.h); where somebody may have been missed tops.c asks again with
 * longer ones.
 */
#include "services/api/tops_days.h"
#include "services/api/best_sql.h"
#include "services/api/filter.h"
#include "services/api/reads.h"
#include "services/api/sql.h"

/* clang-format off */
/*
 * $5 limit; as numbers since 1970: $6 the first day, $7 behind the last one, $8
 * and $9 the whole months between them; $10 to $15 the same of the compared
 * range: from and to in milliseconds (null: none), days, months; $16 zone.
 */
#define SQL_CUT_END   "public.ms_to_ts($11)"
#define SQL_CUT_DAY   SQL_MIDNIGHT("$13", "$16")
#define SQL_CUT_HOURS SQL_BETWEEN("hour", "public.ms_to_ts($10)", SQL_CUT_END, SQL_CUT_DAY)
#define SQL_CUT_SUM   "messages * " SQL_SIGN(SQL_CUT_END, SQL_CUT_DAY)

#define SQL_CHANNELS(figures, first, end, months, months_end)                                      \
	"SELECT channel_id, " figures SQL_SUMS_OF("channel_monthly", "month", months, months_end)  \
	"UNION ALL "                                                                               \
	"SELECT channel_id, " figures SQL_SUMS_OF("channel_daily", "day", first, months)           \
	"UNION ALL "                                                                               \
	"SELECT channel_id, " figures SQL_SUMS_OF("channel_daily", "day", months_end, end)

const char sql_top_channels_days[] =
	"WITH part AS (" SQL_CHANNELS("messages, 0 AS before ", "$6", "$7", "$8", "$9")
	" UNION ALL " SQL_CHANNELS("0, messages ", "$12", "$13", "$14", "$15")
	" UNION ALL SELECT channel_id, 0, " SQL_CUT_SUM " FROM analytics.message_hourly "
	" WHERE guild_id = $1 AND author_kind = 0 AND " SQL_CUT_HOURS
	"), ranked AS ("
	" SELECT CASE WHEN c.kind IN (10, 11, 12) THEN coalesce(c.parent_id, p.channel_id) "
	"   ELSE p.channel_id END AS channel_id, sum(messages) AS messages, sum(before) AS before, "
	"  sum(sum(messages)) OVER () AS total "
	" FROM part p LEFT JOIN analytics.channel c ON c.guild_id = $1 AND c.channel_id = p.channel_id "
	" WHERE coalesce($2::bigint, $3::bigint, $4::bigint) IS NOT NULL GROUP BY 1"
	"), top AS ("
	" SELECT * FROM ranked WHERE messages > 0 ORDER BY messages DESC, channel_id LIMIT $5"
	") "
	"SELECT t.channel_id, coalesce(c.name, ''), coalesce(c.kind, 0), c.deleted_at IS NOT NULL, "
	" messages, 0, before, total "
	"FROM top t LEFT JOIN analytics.channel c ON c.guild_id = $1 AND c.channel_id = t.channel_id "
	"ORDER BY messages DESC, t.channel_id";

/* How many different people wrote in each of the channels $2, from day $3 to behind day $4. */
const char sql_top_channels_people[] =
	"SELECT id, coalesce(sum(members), 0)::bigint FROM unnest($2::bigint[]) c (id) "
	"CROSS JOIN generate_series($3::int, $4::int - 1) d "
	"CROSS JOIN LATERAL (SELECT sum(members) AS members FROM analytics.channel_people_daily p "
	" WHERE p.guild_id = $1 AND p.channel_id = c.id AND p.day = " SQL_DAY("d")
	"  AND p.was_from < " SQL_DAY("$3") ") p GROUP BY 1";

/* $17 by voice instead of messages, $18 how long the lists are. The last column: nobody was missed. */
const char sql_top_members_days[] =
	"WITH " SQL_RUNNING ", " SQL_BEST("$17::boolean", "$18") ", talking AS ("
	" SELECT user_id, sum(present_ms) AS present_ms FROM running WHERE " SQL_IN_SPAN("hour") " GROUP BY 1"
	"), who AS ("
	" SELECT user_id FROM best UNION SELECT user_id FROM talking WHERE $17"
	"), ranked AS ("
	" SELECT w.user_id, coalesce(s.messages, 0) AS messages, coalesce(s.replies, 0) AS replies, "
	"  coalesce(s.reactions, 0) AS reactions, coalesce(s.voice_ms, 0) + coalesce(t.present_ms, 0) AS voice_ms "
	" FROM who w LEFT JOIN talking t USING (user_id) CROSS JOIN LATERAL ("
	"  SELECT sum(messages) AS messages, sum(replies) AS replies, sum(reactions_given) AS reactions, "
	"   sum(present_ms) AS voice_ms FROM ("
	SQL_MEMBER_ROWS("messages, replies, reactions_given, present_ms ", "$6", "$7", "$8", "$9")
	"  ) r) s"
	"), top AS MATERIALIZED ("
	" SELECT *, CASE WHEN $17 THEN voice_ms ELSE messages END AS rank FROM ranked "
	" WHERE CASE WHEN $17 THEN voice_ms ELSE messages END > 0 "
	" ORDER BY rank DESC, messages DESC, user_id LIMIT $5"
	"), cut AS ("
	" SELECT user_id, sum(" SQL_CUT_SUM ") AS messages FROM analytics.message_hourly "
	" WHERE guild_id = $1 AND author_kind = 0 AND " SQL_CUT_HOURS
	"  AND user_id IN (SELECT user_id FROM top) GROUP BY 1"
	") "
	"SELECT w.user_id, coalesce(m.nick, m.global_name, m.username, ''), m.avatar, m.left_at IS NOT NULL, "
	" w.messages, w.replies, w.reactions, w.voice_ms, "
	" (SELECT coalesce(sum(messages), 0) FROM ("
	SQL_MEMBER_ROWS("messages ", "$12", "$13", "$14", "$15")
	" ) r) + coalesce(cut.messages, 0), "
	" u.most = 0 OR ((SELECT count(*) FROM top) = $5 AND (SELECT min(rank) FROM top) > u.most) "
	"FROM top w CROSS JOIN unseen u LEFT JOIN cut USING (user_id) " SQL_NAMED("w.user_id")
	"ORDER BY w.rank DESC, w.messages DESC, w.user_id";
/* clang-format on */

/* The days of a range that has some. */
static struct filter_days days_of(const struct range *range)
{
	struct range by_day = *range;
	by_day.bucket = BUCKET_DAY;
	return filter_days(&by_day, &by_day.now);
}

bool tops_have_days(const struct visit *visit, const struct range *range)
{
	return visit->access->guild.has_days && !range->days.is_rolling;
}

/* Days and the whole months in them. */
static void add_days(struct filter_days days, int today, struct ra_pg_params *p)
{
	int from, to;
	days_whole_months((int)days.first, (int)days.end, today, &from, &to);
	ra_pg_i64(p, days.first);
	ra_pg_i64(p, days.end);
	ra_pg_i64(p, from);
	ra_pg_i64(p, to);
}

void tops_days_params(const struct visit *visit, const struct range *range, int64_t limit,
		      struct ra_pg_params *p)
{
	struct range by_day = *range;
	int today = visit->access->guild.today;
	by_day.bucket = BUCKET_DAY;
	range_params(visit, &range->now, p);
	ra_pg_i64(p, limit);
	add_days(days_of(range), today, p);
	if (range->has_before) {
		ra_pg_i64(p, range->before.from_ms);
		ra_pg_i64(p, range->before.to_ms);
		add_days(filter_days_rounded(&by_day, &by_day.before), today, p);
	} else {
		ra_pg_null(p);
		ra_pg_null(p);
		add_days((struct filter_days){ 0, 0 }, today, p);
	}
	ra_pg_text(p, ra_str_of(visit->access->guild.timezone));
}

int tops_days_ask_people(const struct visit *visit, const struct range *range,
			 const struct filter_ids *channels, ra_pg_result_cb result,
			 ra_pg_synced_cb done, void *ctx)
{
	struct ra_pg *pg = reads_pick(visit);
	struct ra_pg_params p = { .arena = visit->arena };
	struct filter_days days = days_of(range);
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64_array(&p, channels->ids, channels->count, sizeof(*channels->ids));
	ra_pg_i64(&p, days.first);
	ra_pg_i64(&p, days.end);
	int rc = pg ? ra_pg_send(pg, STMT_top_channels_people, &p, result, ctx) : RA_EDOWN;
	return rc < 0 ? rc : ra_pg_sync(pg, done, ctx);
}
