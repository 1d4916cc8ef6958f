-- For the lists of channels and for who stayed: what overview_fill.sql leaves out, of its large guild. Days of people by
-- the channel, one of text and one of five of voice each day, and its newcomers. Takes some minutes and 2 GB.
\set ON_ERROR_STOP 1
\set large 1099511627776
SET work_mem = '256MB';
INSERT INTO analytics.activity_daily (guild_id, channel_id, day, user_id, messages, replies, characters, reactions_given)
SELECT guild_id, guild_id + (user_id + (day - date '2020-01-01') % 3) % 50 + 1, day, user_id, messages, replies, characters, reactions_given
FROM analytics.member_daily WHERE guild_id = :large ORDER BY day;
INSERT INTO analytics.activity_daily AS d (guild_id, channel_id, day, user_id, raw_ms, present_ms, engaged_ms, talking_ms)
SELECT guild_id, guild_id + 1 + user_id % 5, day, user_id, raw_ms, present_ms, engaged_ms, talking_ms
FROM analytics.member_daily WHERE guild_id = :large AND raw_ms > 0 ORDER BY day
ON CONFLICT (guild_id, channel_id, day, user_id) DO UPDATE SET raw_ms = EXCLUDED.raw_ms, present_ms = EXCLUDED.present_ms,
	engaged_ms = EXCLUDED.engaged_ms, talking_ms = EXCLUDED.talking_ms;
UPDATE analytics.channel_daily SET voice_raw_ms = 0, voice_present_ms = 0, voice_engaged_ms = 0, voice_talking_ms = 0
WHERE guild_id = :large AND channel_id > :large + 5;
INSERT INTO analytics.newcomer (guild_id, user_id, joined_at, left_at, message_1_at, message_3_at)
SELECT guild_id, user_id, at, CASE WHEN user_id % 10 = 0 THEN at + interval '20 days' END,
	CASE WHEN user_id % 6 < 2 THEN at + user_id % 1000 * interval '3 minutes' END,
	CASE WHEN user_id % 6 = 0 THEN at + user_id % 1000 * interval '9 minutes' END
FROM analytics.member_flow WHERE kind = 'join' AND guild_id = :large;
VACUUM ANALYZE analytics.activity_daily, analytics.channel_daily, analytics.newcomer;
