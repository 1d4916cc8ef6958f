-- Days and months from the hours that lie in the tables, for tests that lay hours by hand.
TRUNCATE analytics.guild_daily, analytics.guild_weekly, analytics.guild_monthly, analytics.heat_monthly, analytics.channel_daily, analytics.channel_monthly,
	analytics.member_daily, analytics.member_monthly, analytics.activity_daily, analytics.people_daily, analytics.channel_people_daily, analytics.people_monthly, analytics.day_work;
UPDATE analytics.guild g SET day_zone = coalesce((SELECT timezone FROM app.guild_settings s WHERE s.guild_id = g.guild_id), 'UTC');

INSERT INTO analytics.activity_daily
SELECT guild_id, channel_id, (hour AT TIME ZONE day_zone)::date, user_id, max(kind), sum(messages), sum(replies), sum(attachments), sum(characters),
	sum(edits), sum(given), sum(received), sum(raw_ms), sum(present_ms), sum(engaged_ms), sum(talking_ms)
FROM (
	SELECT guild_id, channel_id, hour, user_id, author_kind AS kind, messages, replies, attachments, characters, edits, reactions_given AS given,
		reactions_received AS received, 0 AS raw_ms, 0 AS present_ms, 0 AS engaged_ms, 0 AS talking_ms
	FROM analytics.message_hourly
	UNION ALL
	SELECT guild_id, channel_id, hour, user_id, 0, 0, 0, 0, 0, 0, 0, 0, raw_ms, present_ms, engaged_ms, talking_ms FROM analytics.voice_hourly
) h JOIN analytics.guild USING (guild_id) GROUP BY 1, 2, 3, 4;

INSERT INTO analytics.channel_daily
SELECT guild_id, channel_id, day, coalesce(sum(messages) FILTER (WHERE author_kind = 0), 0), coalesce(sum(messages) FILTER (WHERE author_kind IN (1, 2)), 0),
	coalesce(sum(replies) FILTER (WHERE author_kind = 0), 0), coalesce(sum(attachments) FILTER (WHERE author_kind = 0), 0), sum(edits),
	sum(reactions_given), sum(raw_ms), sum(present_ms), sum(engaged_ms), sum(talking_ms)
FROM analytics.activity_daily GROUP BY 1, 2, 3;
INSERT INTO analytics.channel_monthly
SELECT guild_id, channel_id, date_trunc('month', day), sum(messages), sum(bot_messages), sum(replies), sum(attachments), sum(edits), sum(reactions),
	sum(voice_raw_ms), sum(voice_present_ms), sum(voice_engaged_ms), sum(voice_talking_ms)
FROM analytics.channel_daily GROUP BY 1, 2, 3;

INSERT INTO analytics.member_daily (guild_id, user_id, day, is_bot, messages, replies, attachments, characters, edits, reactions_given,
	reactions_received, raw_ms, present_ms, engaged_ms, talking_ms)
SELECT guild_id, user_id, day, bool_or(author_kind > 0), sum(messages), sum(replies), sum(attachments), sum(characters), sum(edits),
	sum(reactions_given), sum(reactions_received), sum(raw_ms), sum(present_ms), sum(engaged_ms), sum(talking_ms)
FROM analytics.activity_daily GROUP BY 1, 2, 3;
UPDATE analytics.member_daily m SET block_bits = b.bits FROM (
	SELECT guild_id, user_id, (hour AT TIME ZONE day_zone)::date AS day,
		bit_or(blocks::int::bit(156) << 6 * extract(hour FROM hour AT TIME ZONE day_zone)::int) AS bits
	FROM analytics.message_hourly JOIN analytics.guild USING (guild_id) GROUP BY 1, 2, 3) b
WHERE (m.guild_id, m.user_id, m.day) = (b.guild_id, b.user_id, b.day);
INSERT INTO analytics.member_monthly
SELECT guild_id, user_id, date_trunc('month', day), bool_or(is_bot), sum(messages), sum(replies), sum(attachments), sum(characters), sum(edits),
	sum(reactions_given), sum(reactions_received), sum(raw_ms), sum(present_ms), sum(engaged_ms), sum(talking_ms), sum(blocks)
FROM analytics.member_daily GROUP BY 1, 2, 3;
UPDATE analytics.member_monthly m SET active_days = (SELECT count(*) FROM analytics.member_daily d JOIN analytics.guild USING (guild_id)
	WHERE (d.guild_id, d.user_id) = (m.guild_id, m.user_id) AND date_trunc('month', d.day) = m.month
		AND (messages > 0 AND active_rule & 1 > 0 OR present_ms >= 60000 AND active_rule & 2 > 0 OR reactions_given > 0 AND active_rule & 4 > 0));

WITH said AS (
	SELECT *, lag(day) OVER w AS day_1, lag(day, 2) OVER w AS day_2, lag(words) OVER w AS words_1 FROM (
		SELECT guild_id, user_id, day, CASE WHEN talking_ms > 0 THEN 3 ELSE least(messages, 3) END AS words FROM analytics.member_daily WHERE NOT is_bot
	) m WHERE words > 0 WINDOW w AS (PARTITION BY guild_id, user_id ORDER BY day)
), three AS (
	SELECT guild_id, user_id, day, coalesce(CASE WHEN words = 3 THEN day WHEN words + words_1 >= 3 THEN day_1 ELSE day_2 END, '-infinity') AS is_from FROM said
), step AS (
	SELECT guild_id, 0 AS measure, day, lag(day) OVER (PARTITION BY guild_id, user_id ORDER BY day) AS was_from, day AS is_from FROM analytics.member_daily JOIN analytics.guild USING (guild_id)
	WHERE NOT is_bot AND (messages > 0 AND active_rule & 1 > 0 OR present_ms >= 60000 AND active_rule & 2 > 0 OR reactions_given > 0 AND active_rule & 4 > 0)
	UNION ALL
	SELECT guild_id, 1, day, lag(is_from) OVER (PARTITION BY guild_id, user_id ORDER BY day), is_from FROM three
	UNION ALL
	SELECT guild_id, 2, day, day_1, day FROM said
)
INSERT INTO analytics.people_daily
SELECT guild_id, measure, day, coalesce(was_from, '-infinity'), is_from, count(*) FROM step WHERE is_from > coalesce(was_from, '-infinity') GROUP BY 1, 2, 3, 4, 5;

INSERT INTO analytics.people_monthly
SELECT guild_id, measure, date_trunc('month', day), was_from, least(is_from, date_trunc('month', day)::date), sum(members)
FROM analytics.people_daily WHERE was_from < date_trunc('month', day) GROUP BY 1, 2, 3, 4, 5;

INSERT INTO analytics.guild_weekly
SELECT guild_id, first, coalesce(sum(members) FILTER (WHERE measure = 0), 0), coalesce(sum(members) FILTER (WHERE measure = 1), 0),
	coalesce(sum(members) FILTER (WHERE measure = 2), 0)
FROM analytics.people_daily CROSS JOIN generate_series(0, 6) n CROSS JOIN LATERAL (SELECT day - n AS first) w
WHERE was_from < first AND is_from >= first GROUP BY 1, 2;

INSERT INTO analytics.channel_people_daily
SELECT guild_id, channel_id, day, coalesce(was_from, '-infinity'), count(*) FROM (
	SELECT guild_id, channel_id, day, lag(day) OVER (PARTITION BY guild_id, channel_id, user_id ORDER BY day) AS was_from FROM (
		SELECT DISTINCT a.guild_id, CASE WHEN c.kind IN (10, 11, 12) THEN coalesce(c.parent_id, a.channel_id) ELSE a.channel_id END AS channel_id, a.day, a.user_id
		FROM analytics.activity_daily a LEFT JOIN analytics.channel c USING (guild_id, channel_id) WHERE a.messages > 0 AND a.author_kind = 0
	) there
) step GROUP BY 1, 2, 3, 4;

INSERT INTO analytics.guild_daily
SELECT guild_id, day, sum(messages), sum(bot_messages), sum(replies), sum(attachments), sum(characters), sum(edits), sum(deletions), sum(reactions),
	sum(joins), sum(leaves), sum(rejoins), sum(raw), sum(present), sum(engaged), sum(talking), sum(active), sum(three), sum(one)
FROM (
	SELECT guild_id, (hour AT TIME ZONE day_zone)::date AS day, messages, bot_messages, replies, attachments, 0 AS characters, edits, deletions,
		reactions, 0 AS joins, 0 AS leaves, 0 AS rejoins, voice_raw_ms AS raw, voice_present_ms AS present, voice_engaged_ms AS engaged,
		voice_talking_ms AS talking, 0 AS active, 0 AS three, 0 AS one
	FROM analytics.guild_hourly JOIN analytics.guild USING (guild_id)
	UNION ALL
	SELECT guild_id, day, 0, 0, 0, 0, characters, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM analytics.member_daily WHERE NOT is_bot
	UNION ALL
	SELECT guild_id, (at AT TIME ZONE day_zone)::date, 0, 0, 0, 0, 0, 0, 0, 0, (kind = 'join')::int, (kind = 'leave')::int, (kind = 'join' AND is_rejoin)::int,
		0, 0, 0, 0, 0, 0, 0
	FROM analytics.member_flow JOIN analytics.guild USING (guild_id) WHERE NOT is_bot
	UNION ALL
	SELECT guild_id, day, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, CASE measure WHEN 0 THEN members ELSE 0 END, CASE measure WHEN 1 THEN members ELSE 0 END,
		CASE measure WHEN 2 THEN members ELSE 0 END
	FROM analytics.people_daily WHERE is_from = day
) d GROUP BY 1, 2;
INSERT INTO analytics.guild_monthly
SELECT guild_id, date_trunc('month', day), sum(messages), sum(bot_messages), sum(replies), sum(attachments), sum(characters), sum(edits), sum(deletions),
	sum(reactions), sum(joins), sum(leaves), sum(rejoins), sum(voice_raw_ms), sum(voice_present_ms), sum(voice_engaged_ms), sum(voice_talking_ms), 0, 0, 0
FROM analytics.guild_daily GROUP BY 1, 2;
UPDATE analytics.guild_monthly g SET active = p.active, communicators = p.three, communicators_1 = p.one FROM (
	SELECT guild_id, month, coalesce(sum(members) FILTER (WHERE measure = 0), 0) AS active, coalesce(sum(members) FILTER (WHERE measure = 1), 0) AS three,
		coalesce(sum(members) FILTER (WHERE measure = 2), 0) AS one
	FROM analytics.people_daily CROSS JOIN LATERAL (SELECT date_trunc('month', day)::date AS month) m
	WHERE was_from < month AND is_from >= month GROUP BY 1, 2) p
WHERE (g.guild_id, g.month) = (p.guild_id, p.month);
UPDATE analytics.guild_monthly SET active = coalesce(active, 0), communicators = coalesce(communicators, 0), communicators_1 = coalesce(communicators_1, 0);

INSERT INTO analytics.heat_monthly
SELECT guild_id, date_trunc('month', local), extract(isodow FROM local) - 1, extract(hour FROM local), sum(messages), sum(reactions), sum(joins),
	sum(voice_raw_ms), sum(voice_present_ms), sum(voice_engaged_ms), sum(voice_talking_ms)
FROM analytics.guild_hourly JOIN analytics.guild USING (guild_id) CROSS JOIN LATERAL (SELECT hour AT TIME ZONE day_zone AS local) l
GROUP BY 1, 2, 3, 4;
