/* members_best: see members_best.h. */
#include "services/api/members_best.h"
#include "services/api/best_sql.h"
#include "services/api/filter_sql.h"
#include "services/api/tops_days.h"
#include <limits.h>
#include <string.h>

/* How far down the list it is worth it; who reads on reads all of it. */
#define ROWS_MAX 200

/* clang-format off */
#define SQL_NO_TOTAL(name) ", 0"
#define SQL_TALKED_SUMS                                                                            \
	SQL_ACT_TOTAL("raw_ms") ", " SQL_ACT_TOTAL("present_ms") ", " SQL_ACT_TOTAL("engaged_ms") ", " \
	SQL_ACT_TOTAL("talking_ms")
#define SQL_IS_ACTIVE_IN(row) SQL_HAS_ACTED(row ".messages", row ".reactions_given", row ".present_ms")

/*
 * $1 guild, $2 from, $3 to, $4 now, $5 how many are wanted, $6 to $9 days
 * (best_sql.h), $10 sort, $11 how many of them to skip, $12 length of the
 * lists, $13 zone. The columns of sql_members, its sums left 0; then whether
 * nobody was missed. No row where somebody may have been.
 *
 * Who is in voice now has been so for a while that no row knows yet, which may
 * make a day of theirs an active one.
 */
const char sql_members_best[] =
	"WITH " SQL_RUNNING ", " SQL_BEST("($10::text <> 'messages')", "$12") ", talking AS MATERIALIZED ("
	" SELECT user_id, (hour AT TIME ZONE $13::text)::date AS day, " SQL_TALKED_SUMS
	" FROM running WHERE " SQL_IN_SPAN("hour") " GROUP BY 1, 2"
	"), who AS ("
	" SELECT user_id FROM best UNION SELECT user_id FROM talking WHERE $10 <> 'messages'"
	"), ranked AS ("
	" SELECT w.user_id, s.*, CASE $10 WHEN 'present_ms' THEN present_ms WHEN 'engaged_ms' THEN engaged_ms "
	"  WHEN 'talking_ms' THEN talking_ms ELSE messages END AS rank "
	" FROM who w CROSS JOIN LATERAL ("
	"  SELECT " SQL_ACT_SUMS ", analytics.total(blocks) AS blocks, analytics.total(active_days) AS active_days FROM ("
	"   SELECT " SQL_ACT_NAMES ", blocks, active_days "
	SQL_SUMS_OF("member_monthly", "month", "$8", "$9") "AND t.user_id = w.user_id AND NOT t.is_bot "
	"   UNION ALL "
	"   SELECT " SQL_ACT_NAMES ", blocks, " SQL_IS_ACTIVE "::int "
	SQL_SUMS_OF("member_daily", "day", "$6", "$8") "AND t.user_id = w.user_id AND NOT t.is_bot "
	"   UNION ALL "
	"   SELECT " SQL_ACT_NAMES ", blocks, " SQL_IS_ACTIVE "::int "
	SQL_SUMS_OF("member_daily", "day", "$9", "$7") "AND t.user_id = w.user_id AND NOT t.is_bot "
	"   UNION ALL "
	"   SELECT 0, 0, 0, 0, 0, 0, 0, t.raw_ms, t.present_ms, t.engaged_ms, t.talking_ms, 0, "
	"    (" SQL_IS_ACTIVE_IN("n") " AND NOT " SQL_IS_ACTIVE_IN("o") ")::int "
	"   FROM talking t LEFT JOIN analytics.member_daily d "
	"    ON d.guild_id = $1 AND d.user_id = t.user_id AND d.day = t.day "
	"   CROSS JOIN LATERAL (SELECT coalesce(d.messages, 0) AS messages, "
	"    coalesce(d.reactions_given, 0) AS reactions_given, coalesce(d.present_ms, 0) AS present_ms) o "
	"   CROSS JOIN LATERAL (SELECT o.messages, o.reactions_given, o.present_ms + t.present_ms AS present_ms) n "
	"   WHERE t.user_id = w.user_id"
	"  ) r) s"
	"), top AS MATERIALIZED ("
	" SELECT * FROM ranked WHERE rank > 0 ORDER BY rank DESC, messages DESC, user_id LIMIT $5"
	") "
	"SELECT p.user_id, 0" SQL_LIST_EACH(SQL_NO_TOTAL) ", " SQL_LIST_FIGURES
	" coalesce(m.nick, m.global_name, m.username, ''), coalesce(m.username, ''), m.avatar, "
	" coalesce(m.is_bot, false), public.ts_to_ms(m.joined_at), public.ts_to_ms(m.left_at), "
	" array_to_json(coalesce(m.roles, '{}')::text[]), p.blocks, p.active_days "
	"FROM (SELECT * FROM top ORDER BY rank DESC, messages DESC, user_id OFFSET $11) p "
	"LEFT JOIN LATERAL (SELECT * FROM analytics.member WHERE guild_id = $1 AND user_id = p.user_id LIMIT 1) m ON true "
	"WHERE (SELECT count(*) FROM top) = $5 AND (SELECT min(rank) FROM top) > (SELECT most FROM unseen) "
	"ORDER BY rank DESC, messages DESC, p.user_id";

#define SQL_GUILD_SUMS(table, column, from, to)                                                    \
	"SELECT messages, replies, attachments, characters, edits, reactions AS reactions_given, " \
	" voice_raw_ms AS raw_ms, voice_present_ms AS present_ms, voice_engaged_ms AS engaged_ms, " \
	" voice_talking_ms AS talking_ms " SQL_SUMS_OF(table, column, from, to)
#define SQL_ACTORS(table, column, from, to)                                                        \
	"SELECT user_id, reactions_received " SQL_SUMS_OF(table, column, from, to) "AND NOT t.is_bot"

/*
 * $1 to $4, $6 to $9 as before, $5 nothing. One row: members, those that left
 * and did something in the range among them, and the sums of sql_members. Nobody
 * keeps how many reactions a guild received, so that is added up from its people.
 */
const char sql_members_whole[] =
	"WITH " SQL_RUNNING ", acted AS MATERIALIZED ("
	" SELECT user_id, analytics.total(reactions_received) AS received FROM ("
	SQL_ACTORS("member_monthly", "month", "$8::int", "$9::int") " UNION ALL "
	SQL_ACTORS("member_daily", "day", "$6::int", "$8") " UNION ALL "
	SQL_ACTORS("member_daily", "day", "$9", "$7::int") " UNION ALL "
	" SELECT user_id, 0 FROM running WHERE $5::bigint IS NOT NULL AND " SQL_IN_SPAN("hour")
	" ) a GROUP BY 1"
	"), member AS MATERIALIZED ("
	" SELECT user_id FROM analytics.member WHERE guild_id = $1 AND left_at IS NULL AND NOT is_bot"
	"), kept AS ("
	SQL_GUILD_SUMS("guild_monthly", "month", "$8", "$9") " UNION ALL "
	SQL_GUILD_SUMS("guild_daily", "day", "$6", "$8") " UNION ALL "
	SQL_GUILD_SUMS("guild_daily", "day", "$9", "$7") " UNION ALL "
	" SELECT 0, 0, 0, 0, 0, 0, raw_ms, present_ms, engaged_ms, talking_ms FROM running WHERE " SQL_IN_SPAN("hour")
	") "
	"SELECT (SELECT count(*) FROM member) + (SELECT count(*) FROM acted a WHERE NOT EXISTS ("
	"  SELECT FROM member m WHERE m.user_id = a.user_id)), "
	" analytics.total(messages), analytics.total(replies), analytics.total(attachments), analytics.total(characters), "
	" analytics.total(edits), analytics.total(reactions_given), (SELECT analytics.total(received) FROM acted), "
	" analytics.total(raw_ms), analytics.total(present_ms), analytics.total(engaged_ms), analytics.total(talking_ms) "
	"FROM kept";
/* clang-format on */

bool members_best_know(const struct list *list)
{
	static const char *const sorts[] = { "messages", "present_ms", "engaged_ms", "talking_ms" };
	bool is_known = false;
	for (size_t i = 0; i < RA_COUNT(sorts); i++)
		is_known |= strcmp(list->order.sort, sorts[i]) == 0;
	return is_known && list->page.offset + list->page.limit <= ROWS_MAX &&
	       list->order.is_descending && !list->order.pattern && !list->filter.is_any &&
	       strcmp(list->group, "with") == 0 && tops_have_days(list->visit, list->range);
}

/* The days of the range, and the whole months of them that are over, as sql_members takes them: who
 * is a bot is known by the day there, and by the month. */
static void add_days(const struct list *list, struct ra_pg_params *p)
{
	struct range by_day = *list->range;
	int from, to;
	by_day.bucket = BUCKET_DAY;
	struct filter_days days = filter_days(&by_day, &by_day.now);
	days_whole_months((int)days.first, (int)days.end, INT_MAX, &from, &to);
	ra_pg_i64(p, days.first);
	ra_pg_i64(p, days.end);
	ra_pg_i64(p, from);
	ra_pg_i64(p, to);
}

void members_best_params(const struct list *list, int64_t rows, struct ra_pg_params *p)
{
	range_params(list->visit, &list->range->now, p);
	ra_pg_i64(p, list->page.limit + list->page.offset);
	add_days(list, p);
	ra_pg_text(p, ra_str_of(list->order.sort));
	ra_pg_i64(p, list->page.offset);
	ra_pg_i64(p, rows);
	ra_pg_text(p, ra_str_of(list->visit->access->guild.timezone));
}

void members_whole_params(const struct list *list, struct ra_pg_params *p)
{
	range_params(list->visit, &list->range->now, p);
	ra_pg_i64(p, 0);
	add_days(list, p);
}
