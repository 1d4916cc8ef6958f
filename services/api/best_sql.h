/*
 * best_sql: who did most in a range, without adding everybody up. Each month
 * and day has its most active by an index; of those the sums are made.
 * Somebody who is in none of these lists can have no more than the last of
 * each list together: when that is less than the last one shown has, nobody
 * was missed (Fagin's threshold algorithm). Else longer lists are asked for.
 *
 * Statements take the days of the range as numbers since 1970: $6 the first
 * day, $7 behind the last one, $8 and $9 the whole months between them.
 */
#pragma once
#include "services/api/sql.h"

/* clang-format off */
#define SQL_SUMS_OF(table, column, from, to)                                                       \
	"FROM analytics." table " t WHERE t.guild_id = $1 AND t." column " >= " SQL_DAY(from)      \
	" AND t." column " < " SQL_DAY(to) " "

/* Of user w: the rows of one range. */
#define SQL_MEMBER_ROWS(figures, first, end, months, months_end)                                   \
	"SELECT " figures SQL_SUMS_OF("member_monthly", "month", months, months_end)               \
	"AND t.user_id = w.user_id UNION ALL "                                                     \
	"SELECT " figures SQL_SUMS_OF("member_daily", "day", first, months)                        \
	"AND t.user_id = w.user_id UNION ALL "                                                     \
	"SELECT " figures SQL_SUMS_OF("member_daily", "day", months_end, end)                      \
	"AND t.user_id = w.user_id"

#define SQL_BEST_OF(condition, table, column, class, length)                                       \
	"(SELECT user_id, " class " AS class FROM analytics." table " m "                          \
	" WHERE " condition " AND m.guild_id = $1 AND m." column " = l.first AND NOT m.is_bot "    \
	"  AND " class " > 0 ORDER BY " class " DESC LIMIT " length ")"

/* best: the lists, by voice or by messages. unseen: the most that somebody can have who is in none. */
#define SQL_BEST(by_voice, length)                                                                 \
	"list AS MATERIALIZED ("                                                                   \
	" SELECT true AS is_month, m::date AS first FROM generate_series(" SQL_DAY("$8") "::timestamp, " \
	"  " SQL_DAY("$9") "::timestamp - interval '1 day', interval '1 month') m "                \
	" UNION ALL SELECT false, " SQL_DAY("d") " FROM generate_series($6::int, $8::int - 1) d "  \
	" UNION ALL SELECT false, " SQL_DAY("d") " FROM generate_series($9::int, $7::int - 1) d"   \
	"), best AS MATERIALIZED ("                                                                \
	" SELECT l.is_month, l.first, b.user_id, b.class FROM list l CROSS JOIN LATERAL ("         \
	"  " SQL_BEST_OF("l.is_month AND NOT " by_voice, "member_monthly", "month", "message_class", length) \
	"  UNION ALL " SQL_BEST_OF("l.is_month AND " by_voice, "member_monthly", "month", "voice_class", length) \
	"  UNION ALL " SQL_BEST_OF("NOT l.is_month AND NOT " by_voice, "member_daily", "day", "message_class", length) \
	"  UNION ALL " SQL_BEST_OF("NOT l.is_month AND " by_voice, "member_daily", "day", "voice_class", length) \
	" ) b"                                                                                     \
	"), unseen AS ("                                                                           \
	" SELECT coalesce(sum(CASE WHEN rows < " length " THEN 0 ELSE ceil(power(2::float8, class / 2.0) " \
	"  * CASE WHEN " by_voice " THEN 60000 ELSE 4 END) END), 0) AS most "                      \
	" FROM (SELECT count(*) AS rows, min(class) AS class FROM best GROUP BY is_month, first) b" \
	")"
/* clang-format on */
