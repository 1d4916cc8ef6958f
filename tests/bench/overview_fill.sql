-- Days and months of some years for the bench of the overview: 2,000 guilds, the first of them with 500,000 members of
-- whom some ten thousand a day say what makes 200 million messages in three years. Psql variables: days (of history),
-- scale (1 is all of it). Rows are what analytics would have made of such hours; hours themselves lie only where a
-- question reads them: on days at which a compared range is cut, and by the guild for the heatmap's edges. They lie in
-- the order of time, as they would have been written.
\set ON_ERROR_STOP 1
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '512MB';
SELECT setseed(0.42);
SELECT analytics.ensure_months(now() - (:days + 40) * interval '1 day', now() + interval '1 day');

CREATE UNLOGGED TABLE bench_day AS SELECT (now() AT TIME ZONE 'UTC')::date - n AS day FROM generate_series(0, :days - 1) n;
CREATE UNLOGGED TABLE bench_guild AS
SELECT n, (n::bigint << 40) AS guild_id, CASE WHEN n = 1 THEN (500000 * :scale)::int ELSE 20 + n % 80 END AS members,
	CASE WHEN n = 1 THEN (15000 * :scale)::int ELSE 1 + n % 5 END AS draws
FROM generate_series(1, greatest(20, (2000 * :scale)::int)) n;
INSERT INTO analytics.guild (guild_id, name, member_count, first_event_at, last_event_at, snapshot_at)
SELECT guild_id, 'guild ' || n, members, now() - :days * interval '1 day', now(), now() FROM bench_guild;
INSERT INTO analytics.shard_service VALUES (1, 0, now() - :days * interval '1 day', NULL);
INSERT INTO analytics.channel (guild_id, channel_id, kind, name)
SELECT guild_id, guild_id + c, 0, 'channel ' || c FROM bench_guild, generate_series(1, 50) c WHERE n = 1 OR c <= 5;
INSERT INTO analytics.member (guild_id, user_id, username)
SELECT guild_id, m, 'member ' || m FROM bench_guild, generate_series(1, members) m WHERE n = 1 OR m <= 20;

-- Indexes are faster made afterwards.
CREATE TABLE bench_index AS SELECT indexname, indexdef, con.conname, c.relname,
	con.conname IS NOT NULL AS is_key, pg_get_constraintdef(con.oid) AS condef
FROM pg_indexes i JOIN pg_class c ON c.relname = i.tablename AND c.relnamespace = 'analytics'::regnamespace
LEFT JOIN pg_constraint con ON con.conrelid = c.oid AND con.conname = i.indexname
WHERE schemaname = 'analytics' AND tablename IN ('member_daily', 'member_monthly', 'people_daily', 'people_monthly', 'channel_people_daily', 'guild_snapshot', 'heat_monthly');
DO $$ DECLARE r record; BEGIN
	FOR r IN SELECT * FROM bench_index LOOP
		IF r.is_key THEN EXECUTE format('ALTER TABLE analytics.%I DROP CONSTRAINT %I', r.relname, r.conname);
		ELSE EXECUTE format('DROP INDEX analytics.%I', r.indexname); END IF;
	END LOOP;
END $$;

-- Who says how much: the rank of a member by a Zipf law, so that some are there every day and most seldom.
INSERT INTO analytics.member_daily (guild_id, user_id, day, messages, replies, characters, reactions_given, raw_ms, present_ms, engaged_ms, talking_ms)
SELECT guild_id, user_id, day, sum(words), sum(words) / 5, sum(words) * 40, sum(words) / 3, max(voice), max(voice), max(voice), max(voice) / 2
FROM (
	SELECT guild_id, day, greatest(1, floor(exp(random() * ln(members))))::bigint AS user_id, 1 + floor(random() * 23)::int AS words,
		CASE WHEN random() < 0.05 THEN (random() * 7200000)::int ELSE 0 END AS voice
	FROM bench_guild CROSS JOIN bench_day CROSS JOIN LATERAL generate_series(1, draws)
	WHERE n <= 500 OR (n + extract(day FROM day)::int) % 4 = 0
) said GROUP BY 1, 2, 3 ORDER BY day, guild_id;

INSERT INTO analytics.member_monthly (guild_id, user_id, month, messages, replies, characters, reactions_given, raw_ms, present_ms, engaged_ms, talking_ms,
	active_days)
SELECT guild_id, user_id, date_trunc('month', day), sum(messages), sum(replies), sum(characters), sum(reactions_given), sum(raw_ms), sum(present_ms),
	sum(engaged_ms), sum(talking_ms), count(*)
FROM analytics.member_daily GROUP BY 1, 2, 3 ORDER BY 3, 1;

CREATE UNLOGGED TABLE bench_step AS
SELECT guild_id, day, coalesce(day_1, '-infinity') AS was_from, is_from, coalesce(lag(is_from) OVER (PARTITION BY guild_id, user_id ORDER BY day), '-infinity') AS was_three,
	channel, coalesce(lag(day) OVER (PARTITION BY guild_id, user_id, channel ORDER BY day), '-infinity') AS was_there
FROM (
	SELECT guild_id, user_id, day, lag(day) OVER w AS day_1, (user_id + (day - date '2020-01-01') % 3) % 50 % CASE WHEN guild_id = 1::bigint << 40 THEN 50 ELSE 5 END + 1 AS channel,
		coalesce(CASE WHEN words >= 3 THEN day WHEN words + lag(words) OVER w >= 3 THEN lag(day) OVER w ELSE lag(day, 2) OVER w END, '-infinity') AS is_from
	FROM (SELECT guild_id, user_id, day, CASE WHEN talking_ms > 0 THEN 3 ELSE least(messages, 3) END AS words FROM analytics.member_daily) m WINDOW w AS (PARTITION BY guild_id, user_id ORDER BY day)
) d;
INSERT INTO analytics.people_daily
SELECT guild_id, 0, day, was_from, day, count(*) FROM bench_step GROUP BY 1, 3, 4
UNION ALL SELECT guild_id, 2, day, was_from, day, count(*) FROM bench_step GROUP BY 1, 3, 4
UNION ALL SELECT guild_id, 1, day, was_three, is_from, count(*) FROM bench_step WHERE is_from > was_three GROUP BY 1, 3, 4, 5
ORDER BY 3, 1;
INSERT INTO analytics.guild_weekly
SELECT guild_id, first, coalesce(sum(members) FILTER (WHERE measure = 0), 0), coalesce(sum(members) FILTER (WHERE measure = 1), 0),
	coalesce(sum(members) FILTER (WHERE measure = 2), 0)
FROM analytics.people_daily CROSS JOIN generate_series(0, 6) n CROSS JOIN LATERAL (SELECT day - n AS first) w
WHERE was_from < first AND is_from >= first GROUP BY 1, 2;
INSERT INTO analytics.people_monthly
SELECT guild_id, measure, date_trunc('month', day), was_from, least(is_from, date_trunc('month', day)::date), sum(members)
FROM analytics.people_daily WHERE was_from < date_trunc('month', day) GROUP BY 1, 2, 3, 4, 5
ORDER BY 3, 1;
INSERT INTO analytics.channel_people_daily SELECT guild_id, guild_id + channel, day, was_there, count(*) FROM bench_step GROUP BY 1, 2, 3, 4
ORDER BY 3, 1;

INSERT INTO analytics.guild_daily (guild_id, day, messages, replies, characters, reactions, joins, leaves, voice_raw_ms, voice_present_ms, voice_engaged_ms,
	voice_talking_ms, active, communicators, communicators_1)
SELECT guild_id, day, sum(messages), sum(replies), sum(characters), sum(reactions_given), count(*) / 20, count(*) / 25, sum(raw_ms), sum(present_ms), sum(engaged_ms),
	sum(talking_ms), count(*), count(*) FILTER (WHERE messages >= 3 OR talking_ms > 0), count(*)
FROM analytics.member_daily GROUP BY 1, 2;
INSERT INTO analytics.guild_monthly (guild_id, month, messages, replies, characters, reactions, joins, leaves, voice_raw_ms, voice_present_ms, voice_engaged_ms,
	voice_talking_ms)
SELECT guild_id, date_trunc('month', day), sum(messages), sum(replies), sum(characters), sum(reactions), sum(joins), sum(leaves), sum(voice_raw_ms),
	sum(voice_present_ms), sum(voice_engaged_ms), sum(voice_talking_ms)
FROM analytics.guild_daily GROUP BY 1, 2;
UPDATE analytics.guild_monthly g SET active = p.active, communicators = p.active, communicators_1 = p.active FROM (
	SELECT guild_id, month, count(*) AS active FROM analytics.member_monthly GROUP BY 1, 2) p
WHERE (g.guild_id, g.month) = (p.guild_id, p.month);

INSERT INTO analytics.channel_daily (guild_id, channel_id, day, messages, replies, reactions, voice_raw_ms, voice_present_ms, voice_engaged_ms, voice_talking_ms)
SELECT guild_id, guild_id + c, day, messages / 8 / c, replies / 8 / c, reactions / 8 / c, voice_raw_ms / 50, voice_present_ms / 50, voice_engaged_ms / 50, voice_talking_ms / 50
FROM analytics.guild_daily JOIN bench_guild USING (guild_id) CROSS JOIN generate_series(1, 50) c WHERE n = 1 OR c <= 3 AND n <= 500;
INSERT INTO analytics.channel_monthly (guild_id, channel_id, month, messages, replies, reactions, voice_raw_ms, voice_present_ms, voice_engaged_ms, voice_talking_ms)
SELECT guild_id, channel_id, date_trunc('month', day), sum(messages), sum(replies), sum(reactions), sum(voice_raw_ms), sum(voice_present_ms), sum(voice_engaged_ms),
	sum(voice_talking_ms)
FROM analytics.channel_daily GROUP BY 1, 2, 3;
INSERT INTO analytics.heat_monthly (guild_id, month, weekday, hour, messages, voice_present_ms)
SELECT guild_id, month, w, h, messages / 168, voice_present_ms / 168
FROM analytics.guild_monthly JOIN bench_guild USING (guild_id) CROSS JOIN generate_series(0, 6) w CROSS JOIN generate_series(0, 23) h
WHERE n <= 50 OR (w + h + n) % 8 = 0;

INSERT INTO analytics.guild_hourly (guild_id, hour, messages, reactions, voice_raw_ms, voice_present_ms, voice_engaged_ms, voice_talking_ms)
SELECT guild_id, (day + h * interval '1 hour') AT TIME ZONE 'UTC', messages / 24, reactions / 24, voice_raw_ms / 24, voice_present_ms / 24, voice_engaged_ms / 24,
	voice_talking_ms / 24
FROM analytics.guild_daily JOIN bench_guild USING (guild_id) CROSS JOIN generate_series(0, 23) h WHERE n <= 20;
-- Where hours are read: of the last days, up to now, and of the day a compared range ends on, which is as many whole weeks
-- ago as the range is long (services/api/period.c): of 7, 28, 30 and 91 days, of this month, this year and twelve months.
CREATE UNLOGGED TABLE bench_cut AS
WITH t AS (SELECT (now() AT TIME ZONE 'UTC')::date AS today)
SELECT today - d AS day FROM t, generate_series(0, 2) d UNION
SELECT today - ceil(length / 7.0)::int * 7 FROM t CROSS JOIN LATERAL unnest(array[7, 28, 30, 91, today - date_trunc('month', today)::date + 1, today - date_trunc('year', today)::date + 1,
	today - (date_trunc('month', today) - interval '11 months')::date + 1]) length;
INSERT INTO analytics.message_hourly (guild_id, hour, channel_id, user_id, author_kind, messages, reactions_given)
SELECT guild_id, hour, guild_id + (user_id + c) % 5 + 1, user_id, 0, greatest(1, messages / 6), reactions_given / 6
FROM analytics.member_daily JOIN bench_cut USING (day) JOIN bench_guild USING (guild_id) CROSS JOIN generate_series(1, 6) c
CROSS JOIN LATERAL (SELECT (day + ((user_id + c) * 7 % 24) * interval '1 hour') AT TIME ZONE 'UTC' AS hour) h
WHERE n <= 20 AND c <= messages AND hour <= now() ORDER BY 2, 1;
INSERT INTO analytics.voice_hourly (guild_id, hour, channel_id, user_id, raw_ms, present_ms, engaged_ms, talking_ms)
SELECT guild_id, hour, guild_id + 1, user_id, raw_ms, present_ms, engaged_ms, talking_ms
FROM analytics.member_daily JOIN bench_cut USING (day) JOIN bench_guild USING (guild_id)
CROSS JOIN LATERAL (SELECT (day + (user_id % 24) * interval '1 hour') AT TIME ZONE 'UTC' AS hour) h
WHERE n <= 20 AND raw_ms > 0 AND hour <= now();
INSERT INTO analytics.guild_snapshot
SELECT guild_id, at, members, 50, 10, 0, 0 FROM bench_guild CROSS JOIN LATERAL
	generate_series(now() - :days * interval '1 day', now(), CASE WHEN n <= 20 THEN interval '1 hour' ELSE interval '1 day' END) at;
INSERT INTO analytics.member_flow (guild_id, at, user_id, kind)
SELECT guild_id, now() - :days * random() * interval '1 day', m, CASE WHEN m % 2 = 0 THEN 'join' ELSE 'leave' END
FROM bench_guild CROSS JOIN LATERAL generate_series(1, members) m WHERE n <= 20;

DO $$ DECLARE r record; BEGIN
	FOR r IN SELECT * FROM bench_index LOOP
		IF r.is_key THEN EXECUTE format('ALTER TABLE analytics.%I ADD CONSTRAINT %I %s', r.relname, r.conname, r.condef);
		ELSE EXECUTE r.indexdef; END IF;
	END LOOP;
END $$;
DROP TABLE bench_step, bench_index, bench_cut;

INSERT INTO app.account (user_id, username, guilds_fetched_at) VALUES (101, 'alice', now() + interval '1 day');
INSERT INTO app.account_guild SELECT 101, guild_id, 'guild', NULL, true, 0 FROM bench_guild;
INSERT INTO app.session (token_hash, user_id, csrf_token, expires_at) VALUES (sha256(:'token'::bytea), 101, 'x', now() + interval '1 day');
VACUUM ANALYZE;
