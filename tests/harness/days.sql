-- Where days and months are not what the hours say: one row for each side of a difference. Everything is counted from
-- the hours and the joins and leaves, one by one; different people by count(DISTINCT) over some ranges of days.
-- Guilds whose days are being made anew are left out.
WITH zoned AS (
	SELECT guild_id, day_zone, active_rule FROM analytics.guild WHERE day_zone <> ''
), act AS MATERIALIZED (
	SELECT guild_id, (hour AT TIME ZONE day_zone)::date AS day, hour, channel_id, user_id, author_kind, messages, replies, attachments,
		characters, edits, reactions_given, reactions_received, 0::bigint AS raw_ms, 0::bigint AS present_ms, 0::bigint AS engaged_ms,
		0::bigint AS talking_ms, blocks
	FROM analytics.message_hourly JOIN zoned USING (guild_id)
	WHERE messages + edits + reactions_given + reactions_received > 0
	UNION ALL
	SELECT guild_id, (hour AT TIME ZONE day_zone)::date, hour, channel_id, user_id, 0, 0, 0, 0, 0, 0, 0, 0, raw_ms, present_ms, engaged_ms,
		talking_ms, 0
	FROM analytics.voice_hourly JOIN zoned USING (guild_id) WHERE raw_ms > 0
), hourly AS MATERIALIZED (
	SELECT h.*, (hour AT TIME ZONE day_zone)::date AS day, hour AT TIME ZONE day_zone AS local FROM analytics.guild_hourly h JOIN zoned USING (guild_id)
), flow AS MATERIALIZED (
	SELECT f.*, (at AT TIME ZONE day_zone)::date AS day FROM analytics.member_flow f JOIN zoned USING (guild_id) WHERE NOT is_bot
), is_activity AS (
	SELECT guild_id, channel_id, day, user_id, max(author_kind) AS author_kind, sum(messages) AS messages, sum(replies) AS replies,
		sum(attachments) AS attachments, sum(characters) AS characters, sum(edits) AS edits, sum(reactions_given) AS given,
		sum(reactions_received) AS received, sum(raw_ms) AS raw, sum(present_ms) AS present, sum(engaged_ms) AS engaged, sum(talking_ms) AS talking
	FROM act GROUP BY 1, 2, 3, 4
), in_activity AS (
	SELECT guild_id, channel_id, day, user_id, author_kind, messages::bigint, replies::bigint, attachments::bigint, characters::numeric,
		edits::bigint, reactions_given::bigint, reactions_received::bigint, raw_ms::numeric, present_ms::numeric, engaged_ms::numeric, talking_ms::numeric
	FROM analytics.activity_daily JOIN zoned USING (guild_id)
), ten_minutes AS (
	SELECT guild_id, user_id, day, count(DISTINCT (hour, bit)) AS blocks
	FROM act JOIN generate_series(0, 5) bit ON blocks & (1 << bit) > 0 GROUP BY 1, 2, 3
), is_member AS MATERIALIZED (
	SELECT guild_id, user_id, day, bool_or(author_kind > 0) AS is_bot, sum(messages) AS messages, sum(replies) AS replies,
		sum(attachments) AS attachments, sum(characters) AS characters, sum(edits) AS edits, sum(reactions_given) AS given,
		sum(reactions_received) AS received, sum(raw_ms) AS raw, sum(present_ms) AS present, sum(engaged_ms) AS engaged, sum(talking_ms) AS talking,
		coalesce(min(t.blocks), 0) AS blocks
	FROM act LEFT JOIN ten_minutes t USING (guild_id, user_id, day) GROUP BY 1, 2, 3
), in_member AS (
	SELECT guild_id, user_id, day, is_bot, messages::bigint, replies::bigint, attachments::bigint, characters::numeric, edits::bigint,
		reactions_given::bigint, reactions_received::bigint, raw_ms::numeric, present_ms::numeric, engaged_ms::numeric, talking_ms::numeric, blocks::bigint
	FROM analytics.member_daily JOIN zoned USING (guild_id)
), is_member_month AS (
	SELECT guild_id, user_id, date_trunc('month', day)::date, bool_or(is_bot), sum(messages), sum(replies), sum(attachments), sum(characters),
		sum(edits), sum(given), sum(received), sum(raw), sum(present), sum(engaged), sum(talking), sum(blocks),
		count(*) FILTER (WHERE messages > 0 AND active_rule & 1 > 0 OR present >= 60000 AND active_rule & 2 > 0 OR given > 0 AND active_rule & 4 > 0)
	FROM is_member JOIN zoned USING (guild_id) GROUP BY 1, 2, 3
), in_member_month AS (
	SELECT guild_id, user_id, month, is_bot, messages::numeric, replies::numeric, attachments::numeric, characters::numeric, edits::numeric,
		reactions_given::numeric, reactions_received::numeric, raw_ms::numeric, present_ms::numeric, engaged_ms::numeric, talking_ms::numeric, blocks::numeric, active_days::bigint
	FROM analytics.member_monthly JOIN zoned USING (guild_id)
), is_channel AS MATERIALIZED (
	SELECT guild_id, channel_id, day, coalesce(sum(messages) FILTER (WHERE author_kind = 0), 0) AS messages,
		coalesce(sum(messages) FILTER (WHERE author_kind IN (1, 2)), 0) AS bot_messages, coalesce(sum(replies) FILTER (WHERE author_kind = 0), 0) AS replies,
		coalesce(sum(attachments) FILTER (WHERE author_kind = 0), 0) AS attachments, sum(edits) AS edits, sum(reactions_given) AS reactions,
		sum(raw_ms) AS raw, sum(present_ms) AS present, sum(engaged_ms) AS engaged, sum(talking_ms) AS talking
	FROM act GROUP BY 1, 2, 3
), in_channel AS (
	SELECT guild_id, channel_id, day, messages, bot_messages, replies, attachments, edits, reactions, voice_raw_ms::numeric, voice_present_ms::numeric,
		voice_engaged_ms::numeric, voice_talking_ms::numeric
	FROM analytics.channel_daily JOIN zoned USING (guild_id)
), is_channel_month AS (
	SELECT guild_id, channel_id, date_trunc('month', day)::date, sum(messages), sum(bot_messages), sum(replies), sum(attachments), sum(edits),
		sum(reactions), sum(raw), sum(present), sum(engaged), sum(talking)
	FROM is_channel GROUP BY 1, 2, 3
), in_channel_month AS (
	SELECT guild_id, channel_id, month, messages::numeric, bot_messages::numeric, replies::numeric, attachments::numeric, edits::numeric,
		reactions::numeric, voice_raw_ms::numeric, voice_present_ms::numeric, voice_engaged_ms::numeric, voice_talking_ms::numeric
	FROM analytics.channel_monthly JOIN zoned USING (guild_id)
), is_guild AS MATERIALIZED (
	SELECT guild_id, day, sum(messages) AS messages, sum(bot_messages) AS bot_messages, sum(replies) AS replies, sum(attachments) AS attachments,
		sum(characters) AS characters, sum(edits) AS edits, sum(deletions) AS deletions, sum(reactions) AS reactions, sum(joins) AS joins,
		sum(leaves) AS leaves, sum(rejoins) AS rejoins, sum(raw) AS raw, sum(present) AS present, sum(engaged) AS engaged, sum(talking) AS talking
	FROM (
		SELECT guild_id, day, messages, bot_messages, replies, attachments, 0 AS characters, edits, deletions, reactions, 0 AS joins, 0 AS leaves,
			0 AS rejoins, voice_raw_ms AS raw, voice_present_ms AS present, voice_engaged_ms AS engaged, voice_talking_ms AS talking
		FROM hourly
		UNION ALL
		SELECT guild_id, day, 0, 0, 0, 0, characters, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM act WHERE author_kind = 0
		UNION ALL
		SELECT guild_id, day, 0, 0, 0, 0, 0, 0, 0, 0, (kind = 'join')::int, (kind = 'leave')::int, (kind = 'join' AND is_rejoin)::int, 0, 0, 0, 0
		FROM flow
	) parts GROUP BY 1, 2
), in_guild AS (
	SELECT guild_id, day, messages, bot_messages, replies, attachments, characters::numeric, edits, deletions, reactions, joins, leaves, rejoins,
		voice_raw_ms::numeric, voice_present_ms::numeric, voice_engaged_ms::numeric, voice_talking_ms::numeric
	FROM analytics.guild_daily JOIN zoned USING (guild_id)
), is_guild_month AS (
	SELECT guild_id, date_trunc('month', day)::date, sum(messages), sum(bot_messages), sum(replies), sum(attachments), sum(characters), sum(edits),
		sum(deletions), sum(reactions), sum(joins), sum(leaves), sum(rejoins), sum(raw), sum(present), sum(engaged), sum(talking)
	FROM is_guild GROUP BY 1, 2
), in_guild_month AS (
	SELECT guild_id, month, messages::numeric, bot_messages::numeric, replies::numeric, attachments::numeric, characters::numeric, edits::numeric,
		deletions::numeric, reactions::numeric, joins::numeric, leaves::numeric, rejoins::numeric, voice_raw_ms::numeric, voice_present_ms::numeric,
		voice_engaged_ms::numeric, voice_talking_ms::numeric
	FROM analytics.guild_monthly JOIN zoned USING (guild_id)
), is_heat AS (
	SELECT guild_id, date_trunc('month', local)::date, extract(isodow FROM local)::int - 1, extract(hour FROM local)::int, sum(messages), sum(reactions),
		sum(joins), sum(voice_raw_ms), sum(voice_present_ms), sum(voice_engaged_ms), sum(voice_talking_ms)
	FROM hourly GROUP BY 1, 2, 3, 4
), in_heat AS (
	SELECT guild_id, month, weekday::int, hour::int, messages, reactions, joins, voice_raw_ms::numeric, voice_present_ms::numeric,
		voice_engaged_ms::numeric, voice_talking_ms::numeric
	FROM analytics.heat_monthly JOIN zoned USING (guild_id)
), edge AS (
	SELECT min(day) - 1 AS first, max(day) + 2 AS last FROM is_member
), range AS MATERIALIZED (
	SELECT a, a + 1 AS b FROM edge, generate_series(first::timestamp, last, '1 day') at, LATERAL (SELECT at::date AS a) d
	UNION
	SELECT first, last FROM edge
	UNION
	SELECT a - 6, a + 1 FROM edge, generate_series(first::timestamp, last + 6, '1 day') at, LATERAL (SELECT at::date AS a) d
	UNION
	SELECT date_trunc('month', at)::date, (date_trunc('month', at) + interval '1 month')::date FROM edge, generate_series(first::timestamp, last, '1 day') at
	UNION
	SELECT first + (random() * (last - first))::int / 2, last - (random() * (last - first))::int / 2 FROM edge, generate_series(1, 40)
), counted AS MATERIALIZED (
	SELECT guild_id, a, b, count(*) FILTER (WHERE is_active) AS active, count(*) FILTER (WHERE messages >= 3 OR talking > 0) AS three,
		count(*) FILTER (WHERE messages > 0 OR talking > 0) AS one
	FROM (
		SELECT guild_id, a, b, user_id, bool_or(messages > 0 AND active_rule & 1 > 0 OR present >= 60000 AND active_rule & 2 > 0 OR given > 0 AND active_rule & 4 > 0) AS is_active,
			sum(messages) AS messages, sum(talking) AS talking
		FROM range JOIN is_member ON day >= a AND day < b JOIN zoned USING (guild_id) WHERE NOT is_bot GROUP BY 1, 2, 3, 4
	) person GROUP BY 1, 2, 3
), is_people AS (
	SELECT guild_id, a, b, measure, members FROM counted CROSS JOIN LATERAL (VALUES (0, active), (1, three), (2, one)) v (measure, members) WHERE members > 0
), in_people AS (
	SELECT guild_id, a, b, measure::int, sum(members)
	FROM range JOIN analytics.people_daily ON day >= a AND day < b AND was_from < a AND is_from >= a JOIN zoned USING (guild_id)
	GROUP BY 1, 2, 3, 4 HAVING sum(members) <> 0
), in_people_by_month AS (
	SELECT guild_id, a, b, measure::int, sum(members) FROM (
		SELECT *, date_trunc('month', a + interval '1 month - 1 day')::date AS from_month, date_trunc('month', b)::date AS to_month FROM range
	) r JOIN (
		SELECT guild_id, measure, day, day + 1 AS day_end, was_from, is_from, members, false AS is_month FROM analytics.people_daily UNION ALL
		SELECT guild_id, measure, month, (month + interval '1 month')::date, was_from, is_from, members, true FROM analytics.people_monthly
	) p ON day >= a AND day_end <= b AND was_from < a AND is_from >= a
		AND (day >= from_month AND day_end <= to_month) = is_month JOIN zoned USING (guild_id)
	GROUP BY 1, 2, 3, 4 HAVING sum(members) <> 0
), is_people_day AS (
	SELECT guild_id, a, active, three, one FROM counted WHERE b = a + 1 AND active + three + one > 0
), in_people_day AS (
	SELECT guild_id, day, active, communicators, communicators_1 FROM analytics.guild_daily JOIN zoned USING (guild_id)
	WHERE active <> 0 OR communicators <> 0 OR communicators_1 <> 0
), is_people_week AS (
	SELECT guild_id, a, active, three, one FROM counted WHERE b = a + 7 AND active + three + one > 0
), in_people_week AS (
	SELECT guild_id, day, active, communicators, communicators_1 FROM analytics.guild_weekly JOIN zoned USING (guild_id)
	WHERE active <> 0 OR communicators <> 0 OR communicators_1 <> 0
), is_people_month AS (
	SELECT guild_id, a, active, three, one FROM counted WHERE date_trunc('month', a) = a AND a + interval '1 month' = b AND active + three + one > 0
), in_people_month AS (
	SELECT guild_id, month, active, communicators, communicators_1 FROM analytics.guild_monthly JOIN zoned USING (guild_id)
	WHERE active <> 0 OR communicators <> 0 OR communicators_1 <> 0
), channel_day AS MATERIALIZED (
	SELECT DISTINCT a.guild_id, CASE WHEN c.kind IN (10, 11, 12) THEN coalesce(c.parent_id, a.channel_id) ELSE a.channel_id END AS channel_id, a.day, a.user_id
	FROM act a LEFT JOIN analytics.channel c USING (guild_id, channel_id) WHERE a.messages > 0 AND a.author_kind = 0
), is_channel_people AS (
	SELECT guild_id, a, b, channel_id, count(DISTINCT user_id) FROM range JOIN channel_day ON day >= a AND day < b GROUP BY 1, 2, 3, 4
), in_channel_people AS (
	SELECT guild_id, a, b, channel_id, sum(members)
	FROM range JOIN analytics.channel_people_daily ON day >= a AND day < b AND was_from < a JOIN zoned USING (guild_id)
	GROUP BY 1, 2, 3, 4 HAVING sum(members) <> 0
), is_people_monthly AS (
	SELECT guild_id, measure, date_trunc('month', day)::date AS month, was_from, least(is_from, date_trunc('month', day)::date), sum(members)
	FROM analytics.people_daily JOIN zoned USING (guild_id) WHERE was_from < date_trunc('month', day) GROUP BY 1, 2, 3, 4, 5 HAVING sum(members) <> 0
), in_people_monthly AS (
	SELECT guild_id, measure, month, was_from, is_from, members::bigint FROM analytics.people_monthly JOIN zoned USING (guild_id) WHERE members <> 0
), difference AS (
	SELECT 'activity_daily lacks' AS what, d::text AS line FROM (SELECT * FROM is_activity EXCEPT SELECT * FROM in_activity) d UNION ALL
	SELECT 'activity_daily has', d::text FROM (SELECT * FROM in_activity EXCEPT SELECT * FROM is_activity) d UNION ALL
	SELECT 'member_daily lacks', d::text FROM (SELECT * FROM is_member EXCEPT SELECT * FROM in_member) d UNION ALL
	SELECT 'member_daily has', d::text FROM (SELECT * FROM in_member EXCEPT SELECT * FROM is_member) d UNION ALL
	SELECT 'member_monthly lacks', d::text FROM (SELECT * FROM is_member_month EXCEPT SELECT * FROM in_member_month) d UNION ALL
	SELECT 'member_monthly has', d::text FROM (SELECT * FROM in_member_month EXCEPT SELECT * FROM is_member_month) d UNION ALL
	SELECT 'channel_daily lacks', d::text FROM (SELECT * FROM is_channel EXCEPT SELECT * FROM in_channel) d UNION ALL
	SELECT 'channel_daily has', d::text FROM (SELECT * FROM in_channel EXCEPT SELECT * FROM is_channel) d UNION ALL
	SELECT 'channel_monthly lacks', d::text FROM (SELECT * FROM is_channel_month EXCEPT SELECT * FROM in_channel_month) d UNION ALL
	SELECT 'channel_monthly has', d::text FROM (SELECT * FROM in_channel_month EXCEPT SELECT * FROM is_channel_month) d UNION ALL
	SELECT 'guild_daily lacks', d::text FROM (SELECT * FROM is_guild EXCEPT SELECT * FROM in_guild) d UNION ALL
	SELECT 'guild_daily has', d::text FROM (SELECT * FROM in_guild EXCEPT SELECT * FROM is_guild) d UNION ALL
	SELECT 'guild_monthly lacks', d::text FROM (SELECT * FROM is_guild_month EXCEPT SELECT * FROM in_guild_month) d UNION ALL
	SELECT 'guild_monthly has', d::text FROM (SELECT * FROM in_guild_month EXCEPT SELECT * FROM is_guild_month) d UNION ALL
	SELECT 'heat_monthly lacks', d::text FROM (SELECT * FROM is_heat EXCEPT SELECT * FROM in_heat) d UNION ALL
	SELECT 'heat_monthly has', d::text FROM (SELECT * FROM in_heat EXCEPT SELECT * FROM is_heat) d UNION ALL
	SELECT 'people_daily lacks', d::text FROM (SELECT * FROM is_people EXCEPT SELECT * FROM in_people) d UNION ALL
	SELECT 'people_daily has', d::text FROM (SELECT * FROM in_people EXCEPT SELECT * FROM is_people) d UNION ALL
	SELECT 'people by the month lacks', d::text FROM (SELECT * FROM is_people EXCEPT SELECT * FROM in_people_by_month) d UNION ALL
	SELECT 'people by the month has', d::text FROM (SELECT * FROM in_people_by_month EXCEPT SELECT * FROM is_people) d UNION ALL
	SELECT 'people of days lacks', d::text FROM (SELECT * FROM is_people_day EXCEPT SELECT * FROM in_people_day) d UNION ALL
	SELECT 'people of days has', d::text FROM (SELECT * FROM in_people_day EXCEPT SELECT * FROM is_people_day) d UNION ALL
	SELECT 'people of weeks lacks', d::text FROM (SELECT * FROM is_people_week EXCEPT SELECT * FROM in_people_week) d UNION ALL
	SELECT 'people of weeks has', d::text FROM (SELECT * FROM in_people_week EXCEPT SELECT * FROM is_people_week) d UNION ALL
	SELECT 'people of months lacks', d::text FROM (SELECT * FROM is_people_month EXCEPT SELECT * FROM in_people_month) d UNION ALL
	SELECT 'people of months has', d::text FROM (SELECT * FROM in_people_month EXCEPT SELECT * FROM is_people_month) d UNION ALL
	SELECT 'people_monthly lacks', d::text FROM (SELECT * FROM is_people_monthly EXCEPT SELECT * FROM in_people_monthly) d UNION ALL
	SELECT 'people_monthly has', d::text FROM (SELECT * FROM in_people_monthly EXCEPT SELECT * FROM is_people_monthly) d UNION ALL
	SELECT 'channel_people_daily lacks', d::text FROM (SELECT * FROM is_channel_people EXCEPT SELECT * FROM in_channel_people) d UNION ALL
	SELECT 'channel_people_daily has', d::text FROM (SELECT * FROM in_channel_people EXCEPT SELECT * FROM is_channel_people) d UNION ALL
	SELECT 'people_daily is below zero at', p::text FROM analytics.people_daily p WHERE members < 0
)
SELECT what, line FROM difference ORDER BY what, line LIMIT 20
