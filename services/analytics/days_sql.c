/*
 * days_sql: hours become days and months.
 *
 * Each statement has the same shape: the hours told, each with its place on
 * the guild's calendar, summed up once for each table, added to its rows. In
 * one statement every part sees the tables as they were before, so what
 * people were is read while what they are now is written.
 *
 * Hours of a guild whose days are being made anew count when recut.c gets to
 * them: `made_from` says which those are.
 */
#include "services/analytics/days_sql.h"

/* clang-format off */
/* The zone of each guild told, who is active there, and since when its hours are to be added. */
#define SQL_PLACE                                                                                  \
	"place AS MATERIALIZED ("                                                                  \
	" SELECT g.guild_id, g.active_rule AS rule, coalesce(w.zone, g.day_zone) AS zone, "        \
	"  coalesce(w.made_from, '-infinity') AS made_from "                                       \
	" FROM (SELECT DISTINCT guild_id FROM told) t JOIN analytics.guild g USING (guild_id) "    \
	" LEFT JOIN analytics.day_work w USING (guild_id)"                                         \
	")"

/* Each hour told on the guild's calendar: an hour counts where it begins. `at` is the time of `hour`. */
#define SQL_CUT(at)                                                                                \
	"cut AS MATERIALIZED ("                                                                    \
	" SELECT guild_id, hour, rule, local::date AS day, date_trunc('month', local)::date AS month, " \
	"  extract(isodow FROM local)::int - 1 AS weekday, extract(hour FROM local)::int AS clock, " \
	"  least(25, greatest(0, extract(epoch FROM "                                              \
	"   " at " - local::date::timestamp AT TIME ZONE zone)::int / 3600)) AS place_in_day "     \
	" FROM (SELECT DISTINCT guild_id, hour FROM told) h JOIN place USING (guild_id) "          \
	" CROSS JOIN LATERAL (SELECT " at " AT TIME ZONE zone AS local) l "                        \
	" WHERE " at " >= made_from"                                                               \
	")"

/* --- joins and leaves ------------------------------------------------------------- */

#define SQL_FLOW_SUMS                                                                              \
	"count(*) FILTER (WHERE kind = 'join'), count(*) FILTER (WHERE kind = 'leave'), "          \
	"count(*) FILTER (WHERE kind = 'join' AND is_rejoin)"

#define SQL_ADD_FLOWS                                                                              \
	"UPDATE SET joins = d.joins + EXCLUDED.joins, leaves = d.leaves + EXCLUDED.leaves, "       \
	"rejoins = d.rejoins + EXCLUDED.rejoins"

/* From `flow`: guild_id, day, kind, is_rejoin; of people. */
#define SQL_FLOW_DAYS                                                                              \
	"daily AS ("                                                                               \
	" INSERT INTO analytics.guild_daily AS d (guild_id, day, joins, leaves, rejoins) "         \
	" SELECT guild_id, day, " SQL_FLOW_SUMS " FROM flow GROUP BY 1, 2 "                        \
	" ON CONFLICT (guild_id, day) DO " SQL_ADD_FLOWS                                           \
	") "                                                                                       \
	"INSERT INTO analytics.guild_monthly AS d (guild_id, month, joins, leaves, rejoins) "      \
	"SELECT guild_id, date_trunc('month', day)::date, " SQL_FLOW_SUMS " FROM flow GROUP BY 1, 2 " \
	"ON CONFLICT (guild_id, month) DO " SQL_ADD_FLOWS

const char sql_flows[] =
	"WITH told AS ("
	" INSERT INTO analytics.member_flow (guild_id, at, user_id, kind, is_bot, is_rejoin, "
	"  tenure_ms, seq) "
	" SELECT guild_id, ms_to_ts(at), user_id, kind, is_bot, is_rejoin, tenure_ms, seq "
	" FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::boolean[], "
	"  $6::boolean[], $7::bigint[], $8::bigint[]) "
	"  AS n (guild_id, at, user_id, kind, is_bot, is_rejoin, tenure_ms, seq) "
	" ON CONFLICT DO NOTHING RETURNING guild_id, at, kind, is_bot, is_rejoin"
	"), " SQL_PLACE ", flow AS ("
	" SELECT guild_id, (at AT TIME ZONE zone)::date AS day, kind, is_rejoin "
	" FROM told JOIN place USING (guild_id) WHERE NOT is_bot AND at >= made_from"
	"), " SQL_FLOW_DAYS;

/* --- guilds ------------------------------------------------------------------------- */

#define SQL_GUILD_COLUMNS                                                                          \
	"messages, bot_messages, replies, attachments, characters, edits, deletions, reactions, "  \
	"voice_raw_ms, voice_present_ms, voice_engaged_ms, voice_talking_ms"

#define SQL_GUILD_SUMS                                                                             \
	"analytics.total(messages), analytics.total(bot_messages), analytics.total(replies), analytics.total(attachments), analytics.total(characters), "      \
	"analytics.total(edits), analytics.total(deletions), analytics.total(reactions), analytics.total(voice_raw_ms), analytics.total(voice_present_ms), "   \
	"analytics.total(voice_engaged_ms), analytics.total(voice_talking_ms)"

#define SQL_ADD_VOICE                                                                              \
	"voice_raw_ms = d.voice_raw_ms + EXCLUDED.voice_raw_ms, "                                  \
	"voice_present_ms = d.voice_present_ms + EXCLUDED.voice_present_ms, "                      \
	"voice_engaged_ms = d.voice_engaged_ms + EXCLUDED.voice_engaged_ms, "                      \
	"voice_talking_ms = d.voice_talking_ms + EXCLUDED.voice_talking_ms"

#define SQL_ADD_GUILD                                                                              \
	"UPDATE SET messages = d.messages + EXCLUDED.messages, "                                   \
	"bot_messages = d.bot_messages + EXCLUDED.bot_messages, "                                  \
	"replies = d.replies + EXCLUDED.replies, "                                                 \
	"attachments = d.attachments + EXCLUDED.attachments, "                                     \
	"characters = d.characters + EXCLUDED.characters, edits = d.edits + EXCLUDED.edits, "      \
	"deletions = d.deletions + EXCLUDED.deletions, "                                           \
	"reactions = d.reactions + EXCLUDED.reactions, " SQL_ADD_VOICE

/* From `told`, hours of guilds, and `cut`. */
#define SQL_GUILD_DAYS_OF_TOLD                                                                     \
	"placed AS MATERIALIZED (SELECT * FROM told JOIN cut USING (guild_id, hour)), "            \
	"daily AS ("                                                                               \
	" INSERT INTO analytics.guild_daily AS d (guild_id, day, " SQL_GUILD_COLUMNS ") "          \
	" SELECT guild_id, day, " SQL_GUILD_SUMS " FROM placed GROUP BY 1, 2 "                     \
	" ON CONFLICT (guild_id, day) DO " SQL_ADD_GUILD                                           \
	"), monthly AS ("                                                                          \
	" INSERT INTO analytics.guild_monthly AS d (guild_id, month, " SQL_GUILD_COLUMNS ") "      \
	" SELECT guild_id, month, " SQL_GUILD_SUMS " FROM placed GROUP BY 1, 2 "                   \
	" ON CONFLICT (guild_id, month) DO " SQL_ADD_GUILD                                         \
	") "                                                                                       \
	"INSERT INTO analytics.heat_monthly AS d (guild_id, month, weekday, hour, messages, "      \
	" reactions, joins, voice_raw_ms, voice_present_ms, voice_engaged_ms, voice_talking_ms) "  \
	"SELECT guild_id, month, weekday, clock, analytics.total(messages), analytics.total(reactions), analytics.total(joins), "      \
	" analytics.total(voice_raw_ms), analytics.total(voice_present_ms), analytics.total(voice_engaged_ms), analytics.total(voice_talking_ms) " \
	"FROM placed GROUP BY 1, 2, 3, 4 "                                                         \
	"ON CONFLICT (guild_id, month, weekday, hour) DO "                                         \
	"UPDATE SET messages = d.messages + EXCLUDED.messages, "                                   \
	"reactions = d.reactions + EXCLUDED.reactions, joins = d.joins + EXCLUDED.joins, " SQL_ADD_VOICE

const char sql_guild_days[] =
	"WITH told AS MATERIALIZED ("
	" SELECT guild_id, ms_to_ts(hour_ms) AS hour, messages, bot_messages, replies, attachments, "
	"  characters, edits, deletions, reactions, joins, voice_raw_ms, voice_present_ms, "
	"  voice_engaged_ms, voice_talking_ms "
	" FROM (SELECT unnest($1::bigint[]) AS guild_id, unnest($2::bigint[]) AS hour_ms, "
	"  unnest($3::int[]) AS messages, unnest($4::int[]) AS bot_messages, unnest($5::int[]) AS replies, "
	"  unnest($6::int[]) AS attachments, unnest($7::bigint[]) AS characters, unnest($8::int[]) AS edits, "
	"  unnest($9::int[]) AS deletions, unnest($10::int[]) AS reactions, unnest($11::int[]) AS joins, "
	"  unnest($12::bigint[]) AS voice_raw_ms, unnest($13::bigint[]) AS voice_present_ms, "
	"  unnest($14::bigint[]) AS voice_engaged_ms, unnest($15::bigint[]) AS voice_talking_ms) n"
	"), " SQL_PLACE ", " SQL_CUT("hour") ", " SQL_GUILD_DAYS_OF_TOLD;

/* --- what users did ------------------------------------------------------------------- */

#define SQL_ACT_COLUMNS                                                                            \
	"messages, replies, attachments, characters, edits, reactions_given, reactions_received, " \
	"raw_ms, present_ms, engaged_ms, talking_ms"

#define SQL_ACT_SUMS                                                                               \
	"analytics.total(messages) AS messages, analytics.total(replies) AS replies, analytics.total(attachments) AS attachments, "    \
	"analytics.total(characters) AS characters, analytics.total(edits) AS edits, "                                     \
	"analytics.total(reactions_given) AS reactions_given, analytics.total(reactions_received) AS reactions_received, " \
	"analytics.total(raw_ms) AS raw_ms, analytics.total(present_ms) AS present_ms, analytics.total(engaged_ms) AS engaged_ms, "    \
	"analytics.total(talking_ms) AS talking_ms"

#define SQL_ADD_ACTS                                                                               \
	"messages = d.messages + EXCLUDED.messages, replies = d.replies + EXCLUDED.replies, "      \
	"attachments = d.attachments + EXCLUDED.attachments, "                                     \
	"characters = d.characters + EXCLUDED.characters, edits = d.edits + EXCLUDED.edits, "      \
	"reactions_given = d.reactions_given + EXCLUDED.reactions_given, "                         \
	"reactions_received = d.reactions_received + EXCLUDED.reactions_received, "                \
	"raw_ms = d.raw_ms + EXCLUDED.raw_ms, present_ms = d.present_ms + EXCLUDED.present_ms, "   \
	"engaged_ms = d.engaged_ms + EXCLUDED.engaged_ms, "                                        \
	"talking_ms = d.talking_ms + EXCLUDED.talking_ms"

/* Of a channel: people's, and how much bots wrote. */
#define SQL_CHANNEL_SUMS                                                                           \
	"analytics.total(messages) FILTER (WHERE author_kind = 0) AS messages, "                               \
	"analytics.total(messages) FILTER (WHERE author_kind IN (1, 2)) AS bot_messages, "                     \
	"analytics.total(replies) FILTER (WHERE author_kind = 0) AS replies, "                                 \
	"analytics.total(attachments) FILTER (WHERE author_kind = 0) AS attachments, analytics.total(edits) AS edits, "    \
	"analytics.total(reactions_given) AS reactions, analytics.total(raw_ms) AS raw_ms, analytics.total(present_ms) AS present_ms, " \
	"analytics.total(engaged_ms) AS engaged_ms, analytics.total(talking_ms) AS talking_ms"

#define SQL_CHANNEL_VALUES                                                                         \
	"coalesce(messages, 0), coalesce(bot_messages, 0), coalesce(replies, 0), "                 \
	"coalesce(attachments, 0), edits, reactions, raw_ms, present_ms, engaged_ms, talking_ms"

#define SQL_CHANNEL_COLUMNS                                                                        \
	"messages, bot_messages, replies, attachments, edits, reactions, "                         \
	"voice_raw_ms, voice_present_ms, voice_engaged_ms, voice_talking_ms"

#define SQL_ADD_CHANNEL                                                                            \
	"UPDATE SET messages = d.messages + EXCLUDED.messages, "                                   \
	"bot_messages = d.bot_messages + EXCLUDED.bot_messages, "                                  \
	"replies = d.replies + EXCLUDED.replies, "                                                 \
	"attachments = d.attachments + EXCLUDED.attachments, edits = d.edits + EXCLUDED.edits, "   \
	"reactions = d.reactions + EXCLUDED.reactions, " SQL_ADD_VOICE

/* Whether a day of a member counts for a measure; of a row with those columns. `rule`: guild.active_rule. */
#define SQL_DID(row, rule)                                                                         \
	"(" row ".messages > 0 AND " rule " & 1 > 0 OR " row ".present_ms >= 60000 AND " rule      \
	" & 2 > 0 OR " row ".reactions_given > 0 AND " rule " & 4 > 0)"
#define SQL_IS_ACTIVE(row, rule) "(NOT " row ".is_bot AND " SQL_DID(row, rule) ")"
#define SQL_SAID(row)                                                                              \
	"CASE WHEN " row ".is_bot THEN 0 WHEN " row ".talking_ms > 0 THEN 3 "                      \
	"ELSE least(" row ".messages, 3) END"

/* The channel somebody wrote in: a thread is its channel's; of a row with guild_id and channel_id. */
#define SQL_TOP_CHANNEL(row)                                                                       \
	"coalesce((SELECT c.parent_id FROM analytics.channel c WHERE c.guild_id = " row ".guild_id " \
	"AND c.channel_id = " row ".channel_id AND c.kind IN (10, 11, 12)), " row ".channel_id)"

/*
 * From `told`, hours of users in channels, and `cut`. Steps:
 *
 *	acts      a day of a user in a channel: what is added
 *	days      a day of a user: what is added, beside what was
 *	changed   of them those that count otherwise than before: few, for a
 *	          fourth message of a day changes nothing about people
 *	around    the stretch of such a member's days that may matter: three days
 *	          of saying something before and behind
 *	line      those days as they were (sign -1) and as they are (sign 1); no step joins
 *		  two others on their keys, for the planner thinks them small
 *	moved     what that takes from and adds to rows of people_daily
 *
 * And the same once more for those who wrote in a channel, where a day is
 * changed (`fresh`) when it is their first message there.
 */
#define SQL_ACT_DAYS_OF_TOLD                                                                       \
	"acts AS MATERIALIZED ("                                                                   \
	" SELECT guild_id, channel_id, day, user_id, max(author_kind) AS author_kind, " SQL_ACT_SUMS ", " \
	"  bit_or(blocks::bit(156) << 6 * place_in_day) AS block_bits, min(month) AS month, min(rule) AS rule " \
	" FROM told JOIN cut USING (guild_id, hour) GROUP BY 1, 2, 3, 4"                           \
	"), by_channel AS ("                                                                       \
	" INSERT INTO analytics.activity_daily AS d "                                              \
	"  (guild_id, channel_id, day, user_id, author_kind, " SQL_ACT_COLUMNS ") "                \
	" SELECT guild_id, channel_id, day, user_id, author_kind, " SQL_ACT_COLUMNS " FROM acts "  \
	" ON CONFLICT (guild_id, channel_id, day, user_id) DO "                                    \
	" UPDATE SET author_kind = greatest(d.author_kind, EXCLUDED.author_kind), " SQL_ADD_ACTS   \
	" RETURNING guild_id, channel_id, user_id, day, messages"                                  \
	"), channel_days AS ("                                                                     \
	" SELECT guild_id, channel_id, day, min(month) AS month, " SQL_CHANNEL_SUMS                \
	" FROM acts GROUP BY 1, 2, 3"                                                              \
	"), channel_day AS ("                                                                      \
	" INSERT INTO analytics.channel_daily AS d (guild_id, channel_id, day, " SQL_CHANNEL_COLUMNS ") " \
	" SELECT guild_id, channel_id, day, " SQL_CHANNEL_VALUES " FROM channel_days "             \
	" ON CONFLICT (guild_id, channel_id, day) DO " SQL_ADD_CHANNEL                             \
	"), channel_month AS ("                                                                    \
	" INSERT INTO analytics.channel_monthly AS d (guild_id, channel_id, month, " SQL_CHANNEL_COLUMNS ") " \
	" SELECT guild_id, channel_id, month, " SQL_CHANNEL_VALUES " FROM ("                       \
	"  SELECT guild_id, channel_id, month, analytics.total(messages) AS messages, "                        \
	"   analytics.total(bot_messages) AS bot_messages, analytics.total(replies) AS replies, "                          \
	"   analytics.total(attachments) AS attachments, analytics.total(edits) AS edits, analytics.total(reactions) AS reactions, "   \
	"   analytics.total(raw_ms) AS raw_ms, analytics.total(present_ms) AS present_ms, analytics.total(engaged_ms) AS engaged_ms, " \
	"   analytics.total(talking_ms) AS talking_ms FROM channel_days GROUP BY 1, 2, 3) m "                  \
	" ON CONFLICT (guild_id, channel_id, month) DO " SQL_ADD_CHANNEL                           \
	"), more AS ("                                                                             \
	" SELECT guild_id, user_id, day, min(month) AS month, min(rule) AS rule, bool_or(author_kind > 0) AS is_bot, " \
	"  bit_or(block_bits) AS block_bits, " SQL_ACT_SUMS " FROM acts GROUP BY 1, 2, 3"          \
	"), days AS MATERIALIZED ("                                                                \
	" SELECT m.*, w.day IS NOT NULL AND " SQL_IS_ACTIVE("w", "m.rule") " AS was_active, "      \
	"  w.day IS NOT NULL AND " SQL_DID("w", "m.rule") " AS had_done, " SQL_DID("n", "m.rule") " AS has_done, " \
	"  CASE WHEN w.day IS NULL THEN 0 ELSE " SQL_SAID("w") " END AS had_said, "                \
	"  " SQL_IS_ACTIVE("n", "m.rule") " AS is_active, " SQL_SAID("n") " AS has_said, "         \
	"  bit_count(n.block_bits) - coalesce(w.blocks, 0) AS new_blocks "                         \
	" FROM more m LEFT JOIN analytics.member_daily w USING (guild_id, user_id, day) "          \
	" CROSS JOIN LATERAL (SELECT m.is_bot OR coalesce(w.is_bot, false) AS is_bot, "            \
	"  m.messages + coalesce(w.messages, 0) AS messages, "                                     \
	"  m.reactions_given + coalesce(w.reactions_given, 0) AS reactions_given, "                \
	"  m.present_ms + coalesce(w.present_ms, 0) AS present_ms, "                               \
	"  m.talking_ms + coalesce(w.talking_ms, 0) AS talking_ms, "                               \
	"  m.block_bits | coalesce(w.block_bits, m.block_bits) AS block_bits) n"                   \
	"), member_day AS ("                                                                       \
	" INSERT INTO analytics.member_daily AS d "                                                \
	"  (guild_id, user_id, day, is_bot, block_bits, " SQL_ACT_COLUMNS ") "                     \
	" SELECT guild_id, user_id, day, is_bot, block_bits, " SQL_ACT_COLUMNS " FROM days "       \
	" ON CONFLICT (guild_id, user_id, day) DO "                                                \
	" UPDATE SET is_bot = d.is_bot OR EXCLUDED.is_bot, "                                       \
	"  block_bits = d.block_bits | EXCLUDED.block_bits, " SQL_ADD_ACTS                         \
	"), member_month AS ("                                                                     \
	" INSERT INTO analytics.member_monthly AS d "                                              \
	"  (guild_id, user_id, month, is_bot, blocks, active_days, " SQL_ACT_COLUMNS ") "          \
	" SELECT guild_id, user_id, month, bool_or(is_bot), analytics.total(new_blocks), "         \
	"  analytics.total(has_done::int - had_done::int), " SQL_ACT_SUMS                          \
	" FROM days GROUP BY 1, 2, 3 "                                                             \
	" ON CONFLICT (guild_id, user_id, month) DO "                                              \
	" UPDATE SET is_bot = d.is_bot OR EXCLUDED.is_bot, blocks = d.blocks + EXCLUDED.blocks, "  \
	"  active_days = d.active_days + EXCLUDED.active_days, " SQL_ADD_ACTS                                                                          \
	"), changed AS MATERIALIZED ("                                                             \
	" SELECT guild_id, user_id, min(rule) AS rule, min(day) AS first, max(day) AS last FROM days " \
	" WHERE was_active <> is_active OR had_said <> has_said GROUP BY 1, 2"                     \
	"), around AS MATERIALIZED ("                                                              \
	" SELECT c.*, least(first, a.day, b.day) AS lo, greatest(last, y.day, z.day) AS hi FROM changed c " \
	" LEFT JOIN LATERAL (SELECT day FROM analytics.member_daily a "                            \
	"  WHERE a.guild_id = c.guild_id AND a.user_id = c.user_id AND a.day < first "             \
	"   AND " SQL_IS_ACTIVE("a", "c.rule") " ORDER BY day DESC LIMIT 1) a ON true "            \
	" LEFT JOIN LATERAL (SELECT min(day) AS day FROM (SELECT day FROM analytics.member_daily b " \
	"  WHERE b.guild_id = c.guild_id AND b.user_id = c.user_id AND b.day < first "             \
	"   AND " SQL_SAID("b") " > 0 ORDER BY day DESC LIMIT 3) b) b ON true "                    \
	" LEFT JOIN LATERAL (SELECT day FROM analytics.member_daily y "                            \
	"  WHERE y.guild_id = c.guild_id AND y.user_id = c.user_id AND y.day > last "              \
	"   AND " SQL_IS_ACTIVE("y", "c.rule") " ORDER BY day LIMIT 1) y ON true "                 \
	" LEFT JOIN LATERAL (SELECT max(day) AS day FROM (SELECT day FROM analytics.member_daily z " \
	"  WHERE z.guild_id = c.guild_id AND z.user_id = c.user_id AND z.day > last "              \
	"   AND " SQL_SAID("z") " > 0 ORDER BY day LIMIT 3) z) z ON true"                          \
	"), before AS MATERIALIZED ("                                                              \
	" SELECT c.guild_id, c.user_id, first, w.day, " SQL_IS_ACTIVE("w", "c.rule") " AS is_active, " \
	"  " SQL_SAID("w") " AS said "                                                             \
	" FROM around c CROSS JOIN LATERAL (SELECT * FROM analytics.member_daily w "               \
	"  WHERE w.guild_id = c.guild_id AND w.user_id = c.user_id AND w.day BETWEEN lo AND hi) w" \
	"), line AS MATERIALIZED ("                                                                \
	" SELECT -1 AS sign, * FROM before "                                                       \
	" UNION ALL "                                                                              \
	" SELECT 1, guild_id, user_id, first, day, coalesce(d.is_active, b.is_active), "           \
	"  coalesce(d.has_said, b.said) "                                                          \
	" FROM before b FULL JOIN (SELECT guild_id, user_id, day, is_active, has_said, "            \
	"  min(day) OVER (PARTITION BY guild_id, user_id) AS first FROM days "                     \
	"  WHERE was_active <> is_active OR had_said <> has_said) d "                              \
	" USING (guild_id, user_id, first, day)"                                                   \
	"), said AS ("                                                                             \
	" SELECT *, CASE WHEN said >= 3 THEN day "                                                 \
	"  WHEN said + lag(said) OVER w >= 3 THEN lag(day) OVER w "                                \
	"  ELSE coalesce(lag(day, 2) OVER w, '-infinity') END AS is_from "                         \
	" FROM line WHERE said > 0 WINDOW w AS (PARTITION BY sign, guild_id, user_id ORDER BY day)" \
	"), step AS ("                                                                             \
	" SELECT sign, guild_id, first, 0 AS measure, day, coalesce(lag(day) OVER w, '-infinity') "   \
	"  AS was_from, day AS is_from FROM line WHERE is_active "                                 \
	" WINDOW w AS (PARTITION BY sign, guild_id, user_id ORDER BY day) "                        \
	" UNION ALL "                                                                              \
	" SELECT sign, guild_id, first, 1, day, coalesce(lag(is_from) OVER w, '-infinity'), is_from "  \
	"  FROM said WINDOW w AS (PARTITION BY sign, guild_id, user_id ORDER BY day) "             \
	" UNION ALL "                                                                              \
	" SELECT sign, guild_id, first, 2, day, coalesce(lag(day) OVER w, '-infinity'), day "          \
	"  FROM said WINDOW w AS (PARTITION BY sign, guild_id, user_id ORDER BY day)"              \
	"), moved AS MATERIALIZED ("                                                               \
	" SELECT guild_id, measure, day, was_from, is_from, analytics.total(sign) AS members FROM step "       \
	" WHERE day >= first AND is_from > was_from GROUP BY 1, 2, 3, 4, 5 HAVING analytics.total(sign) <> 0"  \
	"), fresh AS MATERIALIZED ("                                                               \
	" SELECT guild_id, channel_id, user_id, day, "                                             \
	"  min(day) OVER (PARTITION BY guild_id, channel_id, user_id) AS first FROM ("             \
	"  SELECT DISTINCT guild_id, " SQL_TOP_CHANNEL("a") " AS channel_id, user_id, day FROM ("  \
	"   SELECT guild_id, channel_id, user_id, day FROM ("                                      \
	"    SELECT guild_id, channel_id, user_id, day, messages, 0 AS added FROM by_channel UNION ALL " \
	"    SELECT guild_id, channel_id, user_id, day, 0, messages FROM acts WHERE author_kind = 0) n " \
	"   GROUP BY 1, 2, 3, 4 HAVING analytics.total(added) > 0 "                                \
	"    AND analytics.total(added) = analytics.total(messages)) a) f "                        \
	" WHERE NOT EXISTS (SELECT FROM analytics.activity_daily w WHERE w.guild_id = f.guild_id " \
	"  AND w.user_id = f.user_id AND w.day = f.day AND w.messages > 0 "                        \
	"  AND " SQL_TOP_CHANNEL("w") " = f.channel_id)"                                           \
	"), there AS MATERIALIZED ("                                                               \
	" SELECT f.*, least(first, p.day) AS lo, greatest(last, n.day) AS hi FROM ("               \
	"  SELECT guild_id, channel_id, user_id, min(day) AS first, max(day) AS last FROM fresh "  \
	"  GROUP BY 1, 2, 3) f "                                                                   \
	" LEFT JOIN LATERAL (SELECT day FROM analytics.activity_daily w "                          \
	"  WHERE w.guild_id = f.guild_id AND w.user_id = f.user_id AND w.day < first AND w.messages > 0 " \
	"   AND " SQL_TOP_CHANNEL("w") " = f.channel_id ORDER BY day DESC LIMIT 1) p ON true "     \
	" LEFT JOIN LATERAL (SELECT day FROM analytics.activity_daily w "                          \
	"  WHERE w.guild_id = f.guild_id AND w.user_id = f.user_id AND w.day > last AND w.messages > 0 " \
	"   AND " SQL_TOP_CHANNEL("w") " = f.channel_id ORDER BY day LIMIT 1) n ON true"           \
	"), there_before AS MATERIALIZED ("                                                        \
	" SELECT t.guild_id, t.channel_id, t.user_id, first, w.day FROM there t "                  \
	" CROSS JOIN LATERAL (SELECT DISTINCT day FROM analytics.activity_daily w "                \
	"  WHERE w.guild_id = t.guild_id AND w.user_id = t.user_id AND w.day BETWEEN lo AND hi "   \
	"   AND w.messages > 0 AND " SQL_TOP_CHANNEL("w") " = t.channel_id) w"                     \
	"), there_moved AS ("                                                                      \
	" SELECT guild_id, channel_id, day, was_from, analytics.total(sign) AS members FROM ("                 \
	"  SELECT guild_id, channel_id, first, day, sign, coalesce(lag(day) OVER ("                \
	"   PARTITION BY sign, guild_id, channel_id, user_id ORDER BY day), '-infinity') AS was_from " \
	"  FROM (SELECT -1 AS sign, * FROM there_before UNION ALL SELECT 1, * FROM there_before "  \
	"   UNION ALL SELECT 1, guild_id, channel_id, user_id, first, day FROM fresh) line) step " \
	" WHERE day >= first GROUP BY 1, 2, 3, 4 HAVING analytics.total(sign) <> 0"                            \
	"), channel_people AS ("                                                                   \
	" INSERT INTO analytics.channel_people_daily AS p (guild_id, channel_id, day, was_from, members) " \
	" SELECT * FROM there_moved ON CONFLICT (guild_id, channel_id, day, was_from) DO "         \
	" UPDATE SET members = p.members + EXCLUDED.members"                                       \
	"), people AS ("                                                                           \
	" INSERT INTO analytics.people_daily AS p (guild_id, measure, day, was_from, is_from, members) " \
	" SELECT * FROM moved ON CONFLICT (guild_id, measure, day, was_from, is_from) DO "         \
	" UPDATE SET members = p.members + EXCLUDED.members"                                       \
	"), people_month AS ("                                                                     \
	" INSERT INTO analytics.people_monthly AS p (guild_id, measure, month, was_from, is_from, members) " \
	" SELECT guild_id, measure, month, was_from, least(is_from, month), analytics.total(members) "      \
	" FROM moved CROSS JOIN LATERAL (SELECT date_trunc('month', day)::date AS month) m "       \
	" WHERE was_from < month GROUP BY 1, 2, 3, 4, 5 HAVING analytics.total(members) <> 0 "                 \
	" ON CONFLICT (guild_id, measure, month, was_from, is_from) DO "                           \
	" UPDATE SET members = p.members + EXCLUDED.members"                                       \
	"), people_week AS ("                                                                      \
	" INSERT INTO analytics.guild_weekly AS d (guild_id, day, active, communicators, communicators_1) " \
	" SELECT guild_id, first, " SQL_MEASURES " FROM moved CROSS JOIN generate_series(0, 6) n "  \
	" CROSS JOIN LATERAL (SELECT day - n AS first) w "                                         \
	" WHERE was_from < first AND is_from >= first GROUP BY 1, 2 "                              \
	" ON CONFLICT (guild_id, day) DO " SQL_ADD_PEOPLE                                          \
	"), people_day AS ("                                                                       \
	" INSERT INTO analytics.guild_daily AS d (guild_id, day, active, communicators, communicators_1) " \
	" SELECT guild_id, day, " SQL_MEASURES " FROM moved WHERE is_from = day GROUP BY 1, 2 "    \
	" ON CONFLICT (guild_id, day) DO " SQL_ADD_PEOPLE                                          \
	") "                                                                                       \
	"INSERT INTO analytics.guild_monthly AS d (guild_id, month, active, communicators, "       \
	" communicators_1) "                                                                       \
	"SELECT guild_id, month, " SQL_MEASURES " FROM moved "                                     \
	"CROSS JOIN LATERAL (SELECT date_trunc('month', day)::date AS month) m "                   \
	"WHERE is_from >= month AND was_from < month GROUP BY 1, 2 "                               \
	"ON CONFLICT (guild_id, month) DO " SQL_ADD_PEOPLE

#define SQL_MEASURES                                                                               \
	"analytics.total(members) FILTER (WHERE measure = 0), "                                   \
	"analytics.total(members) FILTER (WHERE measure = 1), "                                   \
	"analytics.total(members) FILTER (WHERE measure = 2)"

#define SQL_ADD_PEOPLE                                                                             \
	"UPDATE SET active = d.active + EXCLUDED.active, "                                         \
	"communicators = d.communicators + EXCLUDED.communicators, "                               \
	"communicators_1 = d.communicators_1 + EXCLUDED.communicators_1"

/* Arrays are taken apart in lockstep: as functions in FROM each would be written down on its own first. */
const char sql_acts[] =
	"WITH wrote AS MATERIALIZED ("
	" SELECT unnest($1::bigint[]) AS guild_id, unnest($2::bigint[]) AS hour, "
	"  unnest($3::bigint[]) AS channel_id, unnest($4::bigint[]) AS user_id, "
	"  unnest($5::int[]) AS author_kind, unnest($6::int[]) AS messages, unnest($7::int[]) AS replies, "
	"  unnest($8::int[]) AS attachments, unnest($9::int[]) AS notices, unnest($10::int[]) AS edits, "
	"  unnest($11::int[]) AS reactions_given, unnest($12::int[]) AS reactions_received, "
	"  unnest($13::bigint[]) AS characters, unnest($14::int[]) AS blocks"
	"), spoke AS MATERIALIZED ("
	" SELECT unnest($15::bigint[]) AS guild_id, unnest($16::bigint[]) AS hour, "
	"  unnest($17::bigint[]) AS channel_id, unnest($18::bigint[]) AS user_id, "
	"  unnest($19::bigint[]) AS raw_ms, unnest($20::bigint[]) AS present_ms, "
	"  unnest($21::bigint[]) AS engaged_ms, unnest($22::bigint[]) AS talking_ms"
	"), wrote_hour AS ("
	" INSERT INTO analytics.message_hourly AS m (guild_id, hour, channel_id, user_id, author_kind, "
	"  messages, replies, attachments, notices, edits, reactions_given, reactions_received, "
	"  characters, blocks, source) "
	" SELECT guild_id, ms_to_ts(hour), channel_id, user_id, author_kind, messages, replies, "
	"  attachments, notices, edits, reactions_given, reactions_received, characters, blocks, $23::int "
	" FROM wrote ON CONFLICT (guild_id, hour, channel_id, user_id, source) DO "
	" UPDATE SET author_kind = greatest(m.author_kind, EXCLUDED.author_kind), "
	"  messages = m.messages + EXCLUDED.messages, replies = m.replies + EXCLUDED.replies, "
	"  attachments = m.attachments + EXCLUDED.attachments, "
	"  notices = m.notices + EXCLUDED.notices, edits = m.edits + EXCLUDED.edits, "
	"  reactions_given = m.reactions_given + EXCLUDED.reactions_given, "
	"  reactions_received = m.reactions_received + EXCLUDED.reactions_received, "
	"  characters = m.characters + EXCLUDED.characters, blocks = m.blocks | EXCLUDED.blocks"
	"), spoke_hour AS ("
	" INSERT INTO analytics.voice_hourly AS v (guild_id, hour, channel_id, user_id, "
	"  raw_ms, present_ms, engaged_ms, talking_ms) "
	" SELECT guild_id, ms_to_ts(hour), channel_id, user_id, raw_ms, present_ms, engaged_ms, talking_ms "
	" FROM spoke ON CONFLICT (guild_id, hour, channel_id, user_id) DO "
	" UPDATE SET raw_ms = v.raw_ms + EXCLUDED.raw_ms, present_ms = v.present_ms + EXCLUDED.present_ms, "
	"  engaged_ms = v.engaged_ms + EXCLUDED.engaged_ms, talking_ms = v.talking_ms + EXCLUDED.talking_ms"
	"), told AS NOT MATERIALIZED ("
	" SELECT guild_id, hour, channel_id, user_id, author_kind, messages, replies, attachments, "
	"  characters, edits, reactions_given, reactions_received, blocks, 0::bigint AS raw_ms, "
	"  0::bigint AS present_ms, 0::bigint AS engaged_ms, 0::bigint AS talking_ms FROM wrote "
	" WHERE messages > 0 OR edits > 0 OR reactions_given > 0 OR reactions_received > 0 "
	" UNION ALL "
	" SELECT guild_id, hour, channel_id, user_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
	"  raw_ms, present_ms, engaged_ms, talking_ms FROM spoke WHERE raw_ms > 0"
	"), " SQL_PLACE ", " SQL_CUT("ms_to_ts(hour)") ", " SQL_ACT_DAYS_OF_TOLD;

/* --- made anew ------------------------------------------------------------------------ */

#define SQL_WORK_PLACE                                                                             \
	"place AS MATERIALIZED ("                                                                  \
	" SELECT guild_id, g.active_rule AS rule, zone, next_from AS made_from "                   \
	" FROM analytics.day_work JOIN analytics.guild g USING (guild_id) "                        \
	" WHERE guild_id = $1::bigint AND is_cleared"                                              \
	")"

#define SQL_IN_STEP(at)                                                                            \
	at " >= (SELECT next_from FROM analytics.day_work WHERE guild_id = $1) AND "               \
	at " < (SELECT made_from FROM analytics.day_work WHERE guild_id = $1)"

const char sql_recut_flows[] =
	"WITH " SQL_WORK_PLACE ", flow AS ("
	" SELECT guild_id, (at AT TIME ZONE zone)::date AS day, kind, is_rejoin "
	" FROM analytics.member_flow JOIN place USING (guild_id) "
	" WHERE guild_id = $1 AND NOT is_bot AND " SQL_IN_STEP("at")
	"), " SQL_FLOW_DAYS;

const char sql_recut_guild_hours[] =
	"WITH written AS ("
	" SELECT hour, analytics.total(characters) AS characters FROM analytics.message_hourly "
	" WHERE guild_id = $1 AND author_kind = 0 AND " SQL_IN_STEP("hour") " GROUP BY 1"
	"), told AS MATERIALIZED ("
	" SELECT guild_id, hour, analytics.total(messages) AS messages, analytics.total(bot_messages) AS bot_messages, "
	"  analytics.total(replies) AS replies, analytics.total(attachments) AS attachments, "
	"  coalesce(min(characters), 0) AS characters, analytics.total(edits) AS edits, "
	"  analytics.total(deletions) AS deletions, analytics.total(reactions) AS reactions, analytics.total(joins) AS joins, "
	"  analytics.total(voice_raw_ms) AS voice_raw_ms, analytics.total(voice_present_ms) AS voice_present_ms, "
	"  analytics.total(voice_engaged_ms) AS voice_engaged_ms, analytics.total(voice_talking_ms) AS voice_talking_ms "
	" FROM analytics.guild_hourly LEFT JOIN written USING (hour) "
	" WHERE guild_id = $1 AND " SQL_IN_STEP("hour") " GROUP BY 1, 2"
	"), " SQL_WORK_PLACE ", " SQL_CUT("hour") ", " SQL_GUILD_DAYS_OF_TOLD;

const char sql_recut_acts[] =
	"WITH told AS MATERIALIZED ("
	" SELECT guild_id, hour, channel_id, user_id, author_kind, " SQL_ACT_COLUMNS ", blocks::int "
	" FROM (SELECT *, 0 AS raw_ms, 0 AS present_ms, 0 AS engaged_ms, 0 AS talking_ms "
	"  FROM analytics.message_hourly WHERE guild_id = $1 AND " SQL_IN_STEP("hour") ") m "
	" WHERE messages > 0 OR edits > 0 OR reactions_given > 0 OR reactions_received > 0 "
	" UNION ALL "
	" SELECT guild_id, hour, channel_id, user_id, 0, 0, 0, 0, 0, 0, 0, 0, raw_ms, present_ms, "
	"  engaged_ms, talking_ms, 0 "
	" FROM analytics.voice_hourly WHERE guild_id = $1 AND raw_ms > 0 AND " SQL_IN_STEP("hour")
	"), " SQL_WORK_PLACE ", " SQL_CUT("hour") ", " SQL_ACT_DAYS_OF_TOLD;
/* clang-format on */
