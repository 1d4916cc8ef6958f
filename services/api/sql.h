/*
 * sql: pieces several statements share. Statements about a span begin with
 * the same parameters: $1 guild, $2 from, $3 to, $4 now, milliseconds all but
 * the first.
 */
#pragma once

/* An instant as the contract writes it. */
#define SQL_ISO(at) "to_char(" at " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

/* Somebody by their id and row of analytics.member, which may be missing: {id, name, avatar,
 * has_left} or null. json_dress_person makes an address of the avatar. */
/* clang-format off */
#define SQL_PERSON(id, m)                                                                          \
	"CASE WHEN " id " IS NULL THEN NULL ELSE json_build_object('id', " id "::text, "           \
	"'name', coalesce(" m ".nick, " m ".global_name, " m ".username, ''), "                    \
	"'avatar', " m ".avatar, 'has_left', " m ".left_at IS NOT NULL) END"
/* {id, name} or null, likewise. */
#define SQL_CHANNEL(id, c)                                                                         \
	"CASE WHEN " id " IS NULL THEN NULL ELSE json_build_object('id', " id "::text, "           \
	"'name', coalesce(" c ".name, '')) END"
/* clang-format on */

/* A day by its number since 1970. */
#define SQL_DAY(number)    "(date '1970-01-01' + (" number ")::int)"
#define SQL_NUMBER_OF(day) day " - date '1970-01-01'"

#define SQL_IN_SPAN(at) at " >= public.ms_to_ts($2) AND " at " < public.ms_to_ts($3)"

/* Whether what somebody did on a day makes them active (metrics: active member), by the guild's
 * rule; of the columns named. */
#define SQL_RULE_HAS(bit)                                                                          \
	"(SELECT active_rule & " bit " > 0 FROM analytics.guild WHERE guild_id = $1)"
#define SQL_HAS_ACTED(messages, reactions, present_ms)                                             \
	"(" messages                                                                               \
	" > 0 AND " SQL_RULE_HAS("1") " OR " present_ms " >= 60000 AND " SQL_RULE_HAS(             \
		"2") " OR " reactions " > 0 AND " SQL_RULE_HAS("4") ")"

/*
 * A span that ends within a day, counted by days: where its last day ends (a number since 1970),
 * the hours between there and the span's end, and whether these are missing (1) or too much (-1).
 */
#define SQL_MIDNIGHT(day, zone) "(" SQL_DAY(day) "::timestamp AT TIME ZONE " zone "::text)"
#define SQL_BETWEEN(at, from, to, midnight)                                                        \
	at " >= greatest(" from ", least(" to ", " midnight ")) AND " at " < greatest(" to         \
	   ", " midnight ")"
#define SQL_SIGN(to, midnight) "(CASE WHEN " to " < " midnight " THEN -1 ELSE 1 END)"

/* The compared span, where a statement takes one: $5 from, $6 to, null when there is none. */
#define SQL_IN_COMPARED(at) at " >= public.ms_to_ts($5) AND " at " < public.ms_to_ts($6)"
#define SQL_IN_EITHER(at)   "((" SQL_IN_SPAN(at) ") OR (" SQL_IN_COMPARED(at) "))"

/* The starts of the buckets, once, as width_bucket wants them. */
#define SQL_BUCKETS(starts)                                                                        \
	"bucket AS MATERIALIZED (SELECT array_agg(public.ms_to_ts(s) ORDER BY s) AS starts "       \
	"FROM unnest(" starts "::bigint[]) s)"

/* The number of the bucket, from 0, in which a time of the span lies. */
#define SQL_BUCKET_OF(at) "width_bucket(" at ", (SELECT starts FROM bucket)) - 1"

/* The hour of the week by the clock of a zone: weekday (Monday 0), hour. */
#define SQL_HOUR_OF_WEEK(at, zone)                                                                 \
	"extract(isodow FROM " at " AT TIME ZONE " zone "::text)::int - 1, "                       \
	"extract(hour FROM " at " AT TIME ZONE " zone ")::int"

/* What is known of a user, beside a few rows of others: looked up one by one, whatever the planner
 * thinks how many they are; a guild may have half a million members. */
#define SQL_NAMED(user)                                                                            \
	"LEFT JOIN LATERAL (SELECT nick, global_name, username, avatar, left_at "                  \
	" FROM analytics.member WHERE guild_id = $1 AND user_id = " user " LIMIT 1) m ON true "

/*
 * running: the voice segments of people that have not ended, cut by UTC hours
 * and judged as analytics will judge them when they end (metrics.md, Voice).
 * They run up to now, or to where the shard's connection was lost.
 */
#define SQL_RUNNING                                                                                \
	"seated AS ("                                                                              \
	" SELECT v.user_id, v.channel_id, v.is_bot, v.started_at, "                                \
	"  least(public.ms_to_ts($4), (SELECT min(c.started_at) FROM analytics.coverage_gap c "    \
	"   WHERE c.ended_at IS NULL AND (v.guild_id >> 22) % c.shard_count = c.shard_id)) AS "    \
	"until, "                                                                                  \
	"  (v.channel_id IS DISTINCT FROM g.afk_channel_id OR NOT coalesce(o.afk_rule, true)) "    \
	"   AND NOT v.deaf AND NOT v.self_deaf AS is_present, "                                    \
	"  NOT v.mute AND NOT v.self_mute AND NOT v.suppress AS is_unmuted "                       \
	" FROM analytics.voice_open v JOIN analytics.guild g USING (guild_id) "                    \
	" LEFT JOIN app.guild_settings o USING (guild_id) "                                        \
	" WHERE v.guild_id = $1"                                                                   \
	"), judged AS ("                                                                           \
	" SELECT *, is_present AND bool_or(is_unmuted AND NOT is_bot) OVER room "                  \
	"  AND count(*) FILTER (WHERE NOT is_bot) OVER room >= 2 AS is_engaged "                   \
	" FROM seated WINDOW room AS (PARTITION BY channel_id)"                                    \
	"), running AS ("                                                                          \
	" SELECT user_id, channel_id, hour, ms AS raw_ms, "                                        \
	"  CASE WHEN is_present THEN ms ELSE 0 END AS present_ms, "                                \
	"  CASE WHEN is_engaged THEN ms ELSE 0 END AS engaged_ms, "                                \
	"  CASE WHEN is_engaged AND is_unmuted THEN ms ELSE 0 END AS talking_ms "                  \
	" FROM judged CROSS JOIN LATERAL generate_series("                                         \
	"  date_trunc('hour', started_at, 'UTC'), until, interval '1 hour') hour "                 \
	" CROSS JOIN LATERAL (SELECT (extract(epoch FROM least(until, hour + interval '1 hour') "  \
	"  - greatest(started_at, hour)) * 1000)::bigint AS ms) part "                             \
	" WHERE NOT is_bot AND ms > 0"                                                             \
	")"
