-- Days and months cost half of what PostgreSQL does for an event; here is what their indexes cost of it.

-- A class that changes with almost every message of somebody who writes ten a day makes almost every update write all
-- indexes. Two from one power of two to the next, the first of them up to five messages or a minute and a half,
-- change a few times a day, and still tell who cannot be among the first (services/api/tops_days.c).
ALTER TABLE analytics.member_daily
	DROP COLUMN message_class, DROP COLUMN voice_class,
	ADD COLUMN message_class smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN messages > 0
		THEN 1 + greatest(0, floor(2 * ln(messages / 4::float8) / ln(2::float8))) ELSE 0 END::smallint) STORED,
	ADD COLUMN voice_class smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN present_ms > 0
		THEN 1 + greatest(0, floor(2 * ln(present_ms / 60000::float8) / ln(2::float8))) ELSE 0 END::smallint) STORED;
ALTER TABLE analytics.member_monthly
	DROP COLUMN message_class, DROP COLUMN voice_class,
	ADD COLUMN message_class smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN messages > 0
		THEN 1 + greatest(0, floor(2 * ln(messages / 4::float8) / ln(2::float8))) ELSE 0 END::smallint) STORED,
	ADD COLUMN voice_class smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN present_ms > 0
		THEN 1 + greatest(0, floor(2 * ln(present_ms / 60000::float8) / ln(2::float8))) ELSE 0 END::smallint) STORED;
CREATE INDEX member_daily_messages ON analytics.member_daily (guild_id, day, message_class);
CREATE INDEX member_daily_voice ON analytics.member_daily (guild_id, day, voice_class) WHERE voice_class > 0;
CREATE INDEX member_monthly_messages ON analytics.member_monthly (guild_id, month, message_class);
CREATE INDEX member_monthly_voice ON analytics.member_monthly (guild_id, month, voice_class) WHERE voice_class > 0;
COMMENT ON COLUMN analytics.member_daily.message_class IS 'how many messages, roughly: of class c are fewer than 4 * 2^(c/2), of class 0 none; an index on it finds those with most and is seldom written';
COMMENT ON COLUMN analytics.member_daily.voice_class IS 'the same of present_ms, by the minute: less than 60000 * 2^(c/2)';

-- While a table is small, and before it was analyzed, two indexes look equally good for a row that has to be found by its
-- whole key; PostgreSQL then takes the one that was made last. In a flood it keeps to it for a minute, so that should be
-- the one that leads to the row, and not to everybody of that day.
ALTER TABLE analytics.member_daily DROP CONSTRAINT member_daily_pkey, ADD PRIMARY KEY (guild_id, user_id, day);
ALTER TABLE analytics.activity_daily DROP CONSTRAINT activity_daily_pkey, ADD PRIMARY KEY (guild_id, channel_id, day, user_id);

-- sum() of bigint is numeric, and sums of sums are then added digit by digit.
CREATE AGGREGATE analytics.total (bigint) (SFUNC = int8pl, STYPE = bigint, INITCOND = '0', PARALLEL = SAFE);
COMMENT ON AGGREGATE analytics.total (bigint) IS 'sum() that stays bigint, and is 0 of nothing';
