/*
 * filter_sql: the pieces of a statement under a filter. Its parameters begin
 * as filter_params() has them.
 *
 *	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT " SELECT ... FROM act"
 *
 * act: one row a day (or hour), channel, user: what that user did there.
 */
#pragma once
#include "services/api/sql.h"

/* clang-format off */
#define SQL_EXCLUDED(what)                                                                         \
	"coalesce((SELECT excluded_" what " FROM app.guild_settings WHERE guild_id = $1), '{}')"

/*
 * setting: one row. place: every channel, with the one its threads count for
 * and its category. wanted_place, wanted_who: who and where passes, where that
 * was asked for; barred_who: who is left out.
 */
#define SQL_FILTER                                                                                 \
	"setting AS MATERIALIZED ("                                                                \
	" SELECT cardinality($5::bigint[]) + cardinality($6::bigint[]) = 0 "                       \
	"   AND cardinality(x.channels) = 0 AS is_everywhere, "                                    \
	"  cardinality($7::bigint[]) + cardinality($8::bigint[]) = 0 AS is_everybody, "            \
	"  x.channels AS no_channels, x.roles AS no_roles, x.members AS no_members, "              \
	"  date '1970-01-01' + $10::int AS first_day, date '1970-01-01' + $11::int AS end_day, "   \
	"  CASE WHEN $10::int < $11::int "                                                         \
	"   THEN (date '1970-01-01' + $11::int)::timestamp AT TIME ZONE $12::text "                \
	"   ELSE public.ms_to_ts($2) END AS hours_from "                                           \
	" FROM (SELECT " SQL_EXCLUDED("channels") " AS channels, " SQL_EXCLUDED("roles") " AS roles, " \
	"  " SQL_EXCLUDED("members") " AS members) x"                                              \
	"), place AS MATERIALIZED ("                                                               \
	" SELECT c.channel_id, CASE WHEN c.kind IN (10, 11, 12) THEN coalesce(c.parent_id, c.channel_id) " \
	"   ELSE c.channel_id END AS top_id, "                                                     \
	"  CASE WHEN c.kind IN (10, 11, 12) THEN p.parent_id ELSE c.parent_id END AS category_id " \
	" FROM analytics.channel c LEFT JOIN analytics.channel p "                                 \
	"  ON p.guild_id = c.guild_id AND p.channel_id = c.parent_id AND c.kind IN (10, 11, 12) "  \
	" WHERE c.guild_id = $1 AND c.kind <> 4"                                                   \
	"), wanted_place AS MATERIALIZED ("                                                        \
	" SELECT p.channel_id FROM place p CROSS JOIN setting s "                                  \
	" WHERE (cardinality($5) + cardinality($6) = 0 OR p.channel_id = ANY ($5) "                \
	"   OR p.top_id = ANY ($5) OR p.category_id = ANY ($6)) "                                  \
	"  AND p.channel_id <> ALL (s.no_channels) AND p.top_id <> ALL (s.no_channels) "           \
	"  AND coalesce(p.category_id <> ALL (s.no_channels), true)"                               \
	"), wanted_who AS MATERIALIZED ("                                                          \
	" SELECT unnest($8) AS user_id UNION "                                                     \
	" SELECT user_id FROM analytics.member WHERE guild_id = $1 AND cardinality($7) > 0 "       \
	"  AND (roles && $7 OR ($1 = ANY ($7) AND left_at IS NULL))"                               \
	"), barred_who AS MATERIALIZED ("                                                          \
	" SELECT unnest(s.no_members) AS user_id FROM setting s UNION "                            \
	" SELECT m.user_id FROM analytics.member m CROSS JOIN setting s "                          \
	" WHERE m.guild_id = $1 AND cardinality(s.no_roles) > 0 AND m.roles && s.no_roles"         \
	")"

#define SQL_IS_WANTED_WHO                                                                          \
	"((SELECT is_everybody FROM setting) OR user_id IN (SELECT user_id FROM wanted_who)) "     \
	"AND user_id NOT IN (SELECT user_id FROM barred_who)"
#define SQL_IS_WANTED_PLACE                                                                        \
	"((SELECT is_everywhere FROM setting) OR channel_id IN (SELECT channel_id FROM wanted_place))"

#define SQL_ACT_WROTE                                                                              \
	"messages, replies, attachments, characters, edits, reactions_given, reactions_received"
#define SQL_ACT_TALKED "raw_ms, present_ms, engaged_ms, talking_ms"
#define SQL_ACT_DAY                                                                                \
	"a.day::timestamp AT TIME ZONE $12 AS at, a.day, a.channel_id, user_id, author_kind::int, " \
	SQL_ACT_WROTE ", " SQL_ACT_TALKED
#define SQL_ACT_IN_DAYS                                                                            \
	"a.guild_id = $1 AND a.day >= (SELECT first_day FROM setting) "                            \
	"AND a.day < (SELECT end_day FROM setting)"
#define SQL_ACT_IN_HOURS                                                                           \
	"hour >= (SELECT hours_from FROM setting) AND hour < public.ms_to_ts($3)"

/* Channels asked for are looked up one by one, so that nothing else is read. */
#define SQL_ACT                                                                                    \
	"act AS ("                                                                                 \
	" SELECT * FROM ("                                                                         \
	"  SELECT " SQL_ACT_DAY " FROM analytics.activity_daily a "                                \
	"  WHERE " SQL_ACT_IN_DAYS " AND (SELECT is_everywhere FROM setting) "                     \
	"  UNION ALL "                                                                             \
	"  SELECT " SQL_ACT_DAY " FROM wanted_place w JOIN analytics.activity_daily a "            \
	"   ON a.channel_id = w.channel_id AND " SQL_ACT_IN_DAYS                                   \
	"  WHERE NOT (SELECT is_everywhere FROM setting) "                                         \
	"  UNION ALL "                                                                             \
	"  SELECT hour, (hour AT TIME ZONE $12)::date, channel_id, user_id, author_kind, "         \
	SQL_ACT_WROTE ", 0, 0, 0, 0 FROM analytics.message_hourly "                                \
	"  WHERE guild_id = $1 AND " SQL_ACT_IN_HOURS " AND " SQL_IS_WANTED_PLACE                  \
	"  UNION ALL "                                                                             \
	"  SELECT hour, (hour AT TIME ZONE $12)::date, channel_id, user_id, 0, "                   \
	"   0, 0, 0, 0, 0, 0, 0, " SQL_ACT_TALKED " FROM ("                                        \
	"   SELECT hour, channel_id, user_id, " SQL_ACT_TALKED " FROM analytics.voice_hourly "     \
	"   WHERE guild_id = $1 AND " SQL_ACT_IN_HOURS                                             \
	"   UNION ALL "                                                                            \
	"   SELECT hour, channel_id, user_id, " SQL_ACT_TALKED " FROM running "                    \
	"   WHERE " SQL_IN_SPAN("hour") ") v WHERE " SQL_IS_WANTED_PLACE                           \
	" ) a WHERE author_kind = ANY ($9::int[]) AND " SQL_IS_WANTED_WHO                          \
	")"
/* clang-format on */
