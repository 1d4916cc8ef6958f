/*
 * filter_sql: the pieces of a statement under a filter. Its parameters begin
 * as filter_params() has them.
 *
 *	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT " SELECT ... FROM act"
 *
 * act: what somebody did somewhere on one day (or in one hour), a row each.
 * With SQL_ACT_OF_PEOPLE the same, read from what is kept by the member where
 * the place does not matter; channel_id is then 0.
 */
#pragma once
#include "services/api/sql.h"

/* clang-format off */
#define SQL_EXCLUDED(what)                                                                         \
	"coalesce((SELECT excluded_" what " FROM app.guild_settings WHERE guild_id = $1), '{}')"

/* Where acts are read one by one: whether the guild's settings let somebody count, or a channel (one
 * that is no thread; null is everywhere). Columns are to be named with their table. */
#define SQL_COUNTS_WHO(user)                                                                       \
	"(" user " <> ALL (" SQL_EXCLUDED("members") ") AND NOT EXISTS ("                          \
	" SELECT FROM analytics.member o WHERE o.guild_id = $1 AND o.user_id = " user " "    \
	" AND (o.roles && " SQL_EXCLUDED("roles") " OR o.is_bot AND coalesce("                 \
	"  (SELECT excludes_bots FROM app.guild_settings WHERE guild_id = $1), true))))"
#define SQL_COUNTS_WHERE(channel)                                                                  \
	"(" channel " IS NULL OR " channel " <> ALL (" SQL_EXCLUDED("channels") ") AND NOT EXISTS (" \
	" SELECT FROM analytics.channel o WHERE o.guild_id = $1 AND o.channel_id = " channel " " \
	" AND o.parent_id = ANY (" SQL_EXCLUDED("channels") ")))"

/*
 * setting: one row. Days are read only while they are cut in the guild's zone; first_month to
 * end_month are the whole months among them.
 * place: every channel, the one its threads count for, its category; also the
 * ones the directory never saw. wanted_place, wanted_who: where and who passes;
 * barred_who: who is left out.
 */
#define SQL_FILTER                                                                                 \
	"setting AS MATERIALIZED ("                                                                \
	" SELECT cardinality($5::bigint[]) + cardinality($6::bigint[]) = 0 "                       \
	"   AND cardinality(x.channels) = 0 AS is_everywhere, "                                    \
	"  cardinality($7::bigint[]) + cardinality($8::bigint[]) = 0 AS is_everybody, "            \
	"  cardinality($7) = 0 AND cardinality($8) > 0 AS is_named, "                              \
	"  x.channels AS no_channels, x.roles AS no_roles, x.members AS no_members, "              \
	"  " SQL_DAY("$10") " AS first_day, "                                                      \
	"  CASE WHEN x.is_cut THEN " SQL_DAY("$11") " ELSE " SQL_DAY("$10") " END AS end_day, "    \
	"  CASE WHEN m.first < m.behind THEN m.first ELSE " SQL_DAY("$11") " END AS first_month, " \
	"  CASE WHEN m.first < m.behind THEN m.behind ELSE " SQL_DAY("$11") " END AS end_month, "  \
	"  CASE WHEN x.is_cut AND $10::int < $11::int "                                            \
	"   THEN (" SQL_DAY("$11") ")::timestamp AT TIME ZONE $12::text "                          \
	"   ELSE public.ms_to_ts($2) END AS hours_from "                                           \
	" FROM (SELECT " SQL_EXCLUDED("channels") " AS channels, " SQL_EXCLUDED("roles") " AS roles, " \
	"  " SQL_EXCLUDED("members") " AS members, (SELECT g.day_zone = $12 "                      \
	"   FROM analytics.guild g WHERE g.guild_id = $1) AS is_cut) x "                           \
	" CROSS JOIN LATERAL (SELECT date_trunc('month', " SQL_DAY("$10") " + interval '1 month - 1 day')::date AS first, " \
	"  CASE WHEN x.is_cut THEN date_trunc('month', " SQL_DAY("$11") ")::date END AS behind) m"      \
	"), place AS MATERIALIZED ("                                                               \
	" SELECT c.channel_id, CASE WHEN c.kind IN (10, 11, 12) THEN coalesce(c.parent_id, c.channel_id) " \
	"   ELSE c.channel_id END AS top_id, "                                                     \
	"  CASE WHEN c.kind IN (10, 11, 12) THEN p.parent_id ELSE c.parent_id END AS category_id " \
	" FROM analytics.channel c LEFT JOIN analytics.channel p "                                 \
	"  ON p.guild_id = c.guild_id AND p.channel_id = c.parent_id AND c.kind IN (10, 11, 12) "  \
	" WHERE c.guild_id = $1 AND c.kind <> 4"                                                   \
	" UNION ALL "                                                                              \
	" SELECT m.channel_id, m.channel_id, NULL FROM analytics.channel_monthly m "               \
	" WHERE m.guild_id = $1 AND NOT EXISTS (SELECT FROM analytics.channel c "                  \
	"  WHERE c.guild_id = $1 AND c.channel_id = m.channel_id) GROUP BY m.channel_id"           \
	"), wanted_place AS MATERIALIZED ("                                                        \
	" SELECT p.channel_id FROM place p CROSS JOIN setting s "                                  \
	" WHERE (cardinality($5) + cardinality($6) = 0 OR p.channel_id = ANY ($5) "                \
	"   OR p.top_id = ANY ($5) OR p.category_id = ANY ($6)) "                                  \
	"  AND p.channel_id <> ALL (s.no_channels) AND p.top_id <> ALL (s.no_channels) "           \
	"  AND coalesce(p.category_id <> ALL (s.no_channels), true)"                               \
	"), wanted_who AS MATERIALIZED ("                                                          \
	" SELECT unnest($8) AS user_id UNION "                                                     \
	" SELECT user_id FROM analytics.member WHERE guild_id = $1 AND cardinality($7) > 0 "       \
	"  AND left_at IS NULL AND (roles && $7 OR $1 = ANY ($7))"                                 \
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
/* Sums that stay bigint: sum(bigint) is numeric, which takes twice the time of a list of everybody. */
#define SQL_ACT_TOTAL(name) "analytics.total(" name ") AS " name
#define SQL_ACT_SUMS                                                                               \
	SQL_ACT_TOTAL("messages") ", " SQL_ACT_TOTAL("replies") ", " SQL_ACT_TOTAL("attachments") ", " \
	SQL_ACT_TOTAL("characters") ", " SQL_ACT_TOTAL("edits") ", "                               \
	SQL_ACT_TOTAL("reactions_given") ", " SQL_ACT_TOTAL("reactions_received") ", "             \
	SQL_ACT_TOTAL("raw_ms") ", " SQL_ACT_TOTAL("present_ms") ", "                              \
	SQL_ACT_TOTAL("engaged_ms") ", " SQL_ACT_TOTAL("talking_ms")

#define SQL_ACT_NAMES SQL_ACT_WROTE ", " SQL_ACT_TALKED

/* The same figures in a list (list.h): each by its name, their sums, those of a row p. */
#define SQL_LIST_EACH(X)                                                                           \
	X("messages") X("replies") X("attachments") X("characters") X("edits") X("reactions_given") \
	X("reactions_received") X("raw_ms") X("present_ms") X("engaged_ms") X("talking_ms")
#define SQL_LIST_SORT(name)   "WHEN '" name "' THEN " name " "
#define SQL_LIST_TOTAL(name)  ", analytics.total(" name ")"
#define SQL_LIST_FIGURE(name) "p." name ", "
#define SQL_LIST_SORTS        SQL_LIST_EACH(SQL_LIST_SORT)
#define SQL_LIST_TOTALS       "count(*)" SQL_LIST_EACH(SQL_LIST_TOTAL)
#define SQL_LIST_FIGURES      SQL_LIST_EACH(SQL_LIST_FIGURE)

#define SQL_ACT_DAY(channel, kind)                                                                 \
	"a.day::timestamp AT TIME ZONE $12 AS at, a.day, " channel " AS channel_id, a.user_id, "   \
	kind " AS author_kind, " SQL_ACT_WROTE ", " SQL_ACT_TALKED
#define SQL_ACT_IN_DAYS                                                                            \
	"a.guild_id = $1 AND a.day >= (SELECT first_day FROM setting) "                            \
	"AND a.day < (SELECT end_day FROM setting)"
#define SQL_ACT_IN_HOURS                                                                           \
	"hour >= (SELECT hours_from FROM setting) AND hour < public.ms_to_ts($3)"

/* Those named are looked up one by one, else the places are: nothing else is read. */
#define SQL_ACT_DAYS                                                                               \
	"SELECT " SQL_ACT_DAY("a.channel_id", "a.author_kind::int")                                \
	" FROM unnest($8) w (user_id) JOIN analytics.activity_daily a "                            \
	" ON a.user_id = w.user_id AND " SQL_ACT_IN_DAYS                                           \
	" WHERE (SELECT is_named FROM setting) AND " SQL_IS_WANTED_PLACE                           \
	" UNION ALL "                                                                              \
	"SELECT " SQL_ACT_DAY("a.channel_id", "a.author_kind::int")                                \
	" FROM wanted_place w JOIN analytics.activity_daily a "                                    \
	" ON a.channel_id = w.channel_id AND " SQL_ACT_IN_DAYS                                     \
	" WHERE NOT (SELECT is_named FROM setting)"

#define SQL_ACT_HOURS                                                                              \
	"SELECT hour, (hour AT TIME ZONE $12)::date, channel_id, user_id, author_kind, "           \
	SQL_ACT_WROTE ", 0, 0, 0, 0 FROM analytics.message_hourly "                                \
	"WHERE guild_id = $1 AND " SQL_ACT_IN_HOURS " AND " SQL_IS_WANTED_PLACE                    \
	" UNION ALL "                                                                              \
	"SELECT hour, (hour AT TIME ZONE $12)::date, channel_id, user_id, 0, "                     \
	" 0, 0, 0, 0, 0, 0, 0, " SQL_ACT_TALKED " FROM ("                                          \
	" SELECT hour, channel_id, user_id, " SQL_ACT_TALKED " FROM analytics.voice_hourly "       \
	" WHERE guild_id = $1 AND " SQL_ACT_IN_HOURS                                               \
	" UNION ALL "                                                                              \
	" SELECT hour, channel_id, user_id, " SQL_ACT_TALKED " FROM running "                      \
	" WHERE " SQL_IN_SPAN("hour") ") v WHERE " SQL_IS_WANTED_PLACE

#define SQL_ACT_FROM(days)                                                                         \
	"act AS (SELECT * FROM (" days " UNION ALL " SQL_ACT_HOURS ") a "                          \
	"WHERE author_kind = ANY ($9::int[]) AND " SQL_IS_WANTED_WHO ")"

#define SQL_ACT SQL_ACT_FROM(SQL_ACT_DAYS)

#define SQL_ACT_OF_PEOPLE SQL_ACT_OF_PEOPLE_ON("true")
#define SQL_ACT_OF_PEOPLE_ON(days)                                                                 \
	SQL_ACT_FROM("SELECT * FROM (" SQL_ACT_DAYS ") d WHERE NOT (SELECT is_everywhere FROM setting) " \
	"UNION ALL "                                                                               \
	"SELECT " SQL_ACT_DAY("0::bigint", "a.is_bot::int")                                        \
	" FROM unnest($8) w (user_id) JOIN analytics.member_daily a "                              \
	" ON a.user_id = w.user_id AND " SQL_ACT_IN_DAYS                                           \
	" WHERE (SELECT is_named AND is_everywhere FROM setting) "                                 \
	"UNION ALL "                                                                               \
	"SELECT " SQL_ACT_DAY("0::bigint", "a.is_bot::int") " FROM analytics.member_daily a "      \
	" WHERE " SQL_ACT_IN_DAYS " AND (" days ") AND (SELECT NOT is_named AND is_everywhere FROM setting)")

/* The same but for the whole months of those read by the member and not by their names: these are in
 * analytics.member_monthly. */
#define SQL_ACT_BESIDE_MONTHS                                                                      \
	SQL_ACT_OF_PEOPLE_ON("a.day < (SELECT first_month FROM setting) "                          \
			     "OR a.day >= (SELECT end_month FROM setting)")
#define SQL_IN_MONTHS                                                                              \
	"a.guild_id = $1 AND a.month >= (SELECT first_month FROM setting) "                        \
	"AND a.month < (SELECT end_month FROM setting) "                                           \
	"AND (SELECT NOT is_named AND is_everywhere FROM setting)"

/* metrics: active member; communicator */
#define SQL_IS_ACTIVE          SQL_HAS_ACTED("messages", "reactions_given", "present_ms")
#define SQL_COUNT_COMMUNICATORS "count(*) FILTER (WHERE messages >= 3 OR talking_ms > 0)"
/* clang-format on */
