-- Days and months: the hours added up once more, in the guild's own zone, so that a question about years reads
-- few rows. Hours stay the truth: days are kept in their transactions, and can be made from them again.

ALTER TABLE analytics.message_hourly ADD blocks smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN analytics.message_hourly.blocks IS 'in which ten minutes of the hour there was a message: bit 0 the first (metrics: activity blocks)';

-- --- in which zone ---

ALTER TABLE analytics.guild ADD day_zone text NOT NULL DEFAULT 'UTC';
COMMENT ON COLUMN analytics.guild.day_zone IS 'the zone in which its days are cut; while it is not the one of app.guild_settings, days tell nothing and hours have to be read; empty while days are made anew';

CREATE TABLE analytics.day_work (
	guild_id   bigint PRIMARY KEY,
	zone       text NOT NULL,
	is_cleared boolean NOT NULL DEFAULT false,
	made_from  timestamptz NOT NULL DEFAULT 'infinity',
	next_from  timestamptz,
	started_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE analytics.day_work IS 'guilds whose days are being made anew, in another zone; gone when that is done';
COMMENT ON COLUMN analytics.day_work.is_cleared IS 'the days of the zone before are gone';
COMMENT ON COLUMN analytics.day_work.made_from IS 'hours since then are in the days, older ones are still to be added; changes only in the transaction that adds them';
COMMENT ON COLUMN analytics.day_work.next_from IS 'how far the step under way goes back';

-- --- a guild ---

CREATE TABLE analytics.guild_daily (
	guild_id      bigint NOT NULL,
	day           date NOT NULL,
	messages      bigint NOT NULL DEFAULT 0,
	bot_messages  bigint NOT NULL DEFAULT 0,
	replies       bigint NOT NULL DEFAULT 0,
	attachments   bigint NOT NULL DEFAULT 0,
	characters    bigint NOT NULL DEFAULT 0,
	edits         bigint NOT NULL DEFAULT 0,
	deletions     bigint NOT NULL DEFAULT 0,
	reactions     bigint NOT NULL DEFAULT 0,
	joins         bigint NOT NULL DEFAULT 0,
	leaves        bigint NOT NULL DEFAULT 0,
	rejoins       bigint NOT NULL DEFAULT 0,
	voice_raw_ms     bigint NOT NULL DEFAULT 0,
	voice_present_ms bigint NOT NULL DEFAULT 0,
	voice_engaged_ms bigint NOT NULL DEFAULT 0,
	voice_talking_ms bigint NOT NULL DEFAULT 0,
	active          bigint NOT NULL DEFAULT 0,
	communicators   bigint NOT NULL DEFAULT 0,
	communicators_1 bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, day)
) WITH (fillfactor = 85);
COMMENT ON TABLE analytics.guild_daily IS 'one local day of a guild (guild.day_zone); people only, bots only where the name says so';
COMMENT ON COLUMN analytics.guild_daily.joins IS 'of people, rejoins included; cut to the millisecond, like leaves (metrics: joins / leaves / net)';
COMMENT ON COLUMN analytics.guild_daily.active IS 'different people active on the day (metrics: active member)';
COMMENT ON COLUMN analytics.guild_daily.communicators IS 'different people with three messages on the day, or who talked; communicators_1: with one message';

CREATE TABLE analytics.guild_monthly (
	LIKE analytics.guild_daily INCLUDING DEFAULTS
) WITH (fillfactor = 85);
ALTER TABLE analytics.guild_monthly RENAME day TO month;
ALTER TABLE analytics.guild_monthly ADD PRIMARY KEY (guild_id, month);
COMMENT ON TABLE analytics.guild_monthly IS 'one local month of a guild: guild_daily added up, people counted once';
COMMENT ON COLUMN analytics.guild_monthly.month IS 'its first day';

CREATE TABLE analytics.heat_monthly (
	guild_id  bigint NOT NULL,
	month     date NOT NULL,
	weekday   smallint NOT NULL,
	hour      smallint NOT NULL,
	messages  bigint NOT NULL DEFAULT 0,
	reactions bigint NOT NULL DEFAULT 0,
	joins     bigint NOT NULL DEFAULT 0,
	voice_raw_ms     bigint NOT NULL DEFAULT 0,
	voice_present_ms bigint NOT NULL DEFAULT 0,
	voice_engaged_ms bigint NOT NULL DEFAULT 0,
	voice_talking_ms bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, month, weekday, hour)
) WITH (fillfactor = 85);
COMMENT ON TABLE analytics.heat_monthly IS 'the local hours of the week in one local month of a guild, people only (metrics: heatmap)';
COMMENT ON COLUMN analytics.heat_monthly.weekday IS 'Monday 0 ... Sunday 6';

-- --- channels ---

CREATE TABLE analytics.channel_daily (
	guild_id     bigint NOT NULL,
	channel_id   bigint NOT NULL,
	day          date NOT NULL,
	messages     bigint NOT NULL DEFAULT 0,
	bot_messages bigint NOT NULL DEFAULT 0,
	replies      bigint NOT NULL DEFAULT 0,
	attachments  bigint NOT NULL DEFAULT 0,
	edits        bigint NOT NULL DEFAULT 0,
	reactions    bigint NOT NULL DEFAULT 0,
	voice_raw_ms     bigint NOT NULL DEFAULT 0,
	voice_present_ms bigint NOT NULL DEFAULT 0,
	voice_engaged_ms bigint NOT NULL DEFAULT 0,
	voice_talking_ms bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, channel_id, day)
) WITH (fillfactor = 85);
CREATE INDEX channel_daily_day ON analytics.channel_daily (guild_id, day);
COMMENT ON TABLE analytics.channel_daily IS 'one local day of a channel (or thread, by itself: analytics.channel.parent_id rolls it up)';
COMMENT ON COLUMN analytics.channel_daily.reactions IS 'reactions given by people';

CREATE TABLE analytics.channel_monthly (
	LIKE analytics.channel_daily INCLUDING DEFAULTS
) WITH (fillfactor = 85);
ALTER TABLE analytics.channel_monthly RENAME day TO month;
ALTER TABLE analytics.channel_monthly ADD PRIMARY KEY (guild_id, channel_id, month);
CREATE INDEX channel_monthly_month ON analytics.channel_monthly (guild_id, month);
COMMENT ON TABLE analytics.channel_monthly IS 'one local month of a channel (or thread, by itself)';
COMMENT ON COLUMN analytics.channel_monthly.month IS 'its first day';

-- --- members ---

CREATE TABLE analytics.member_daily (
	guild_id    bigint NOT NULL,
	user_id     bigint NOT NULL,
	day         date NOT NULL,
	is_bot      boolean NOT NULL DEFAULT false,
	messages    integer NOT NULL DEFAULT 0,
	replies     integer NOT NULL DEFAULT 0,
	attachments integer NOT NULL DEFAULT 0,
	characters  bigint NOT NULL DEFAULT 0,
	edits       integer NOT NULL DEFAULT 0,
	reactions_given    integer NOT NULL DEFAULT 0,
	reactions_received integer NOT NULL DEFAULT 0,
	raw_ms      bigint NOT NULL DEFAULT 0,
	present_ms  bigint NOT NULL DEFAULT 0,
	engaged_ms  bigint NOT NULL DEFAULT 0,
	talking_ms  bigint NOT NULL DEFAULT 0,
	block_bits  bit(156) NOT NULL DEFAULT B'0'::bit(156),
	blocks      smallint NOT NULL GENERATED ALWAYS AS (bit_count(block_bits)::smallint) STORED,
	message_class smallint NOT NULL GENERATED ALWAYS AS (floor(4 * ln((messages + 1)::float8) / ln(2::float8))::smallint) STORED,
	voice_class   smallint NOT NULL GENERATED ALWAYS AS (floor(4 * ln((present_ms + 1)::float8) / ln(2::float8))::smallint) STORED,
	PRIMARY KEY (guild_id, user_id, day)
) WITH (fillfactor = 85);
CREATE INDEX member_daily_messages ON analytics.member_daily (guild_id, day, message_class);
CREATE INDEX member_daily_voice ON analytics.member_daily (guild_id, day, voice_class);
COMMENT ON TABLE analytics.member_daily IS 'one local day of somebody who wrote, reacted or was in voice';
COMMENT ON COLUMN analytics.member_daily.is_bot IS 'a bot, a webhook or Discord itself';
COMMENT ON COLUMN analytics.member_daily.block_bits IS 'its ten minutes with a message, six a local hour of the day (a day has 23 to 25)';
COMMENT ON COLUMN analytics.member_daily.message_class IS 'how many messages, roughly: four classes from one power of two to the next; an index on it finds those with most and is seldom written';
COMMENT ON COLUMN analytics.member_daily.voice_class IS 'the same of present_ms';
COMMENT ON COLUMN analytics.member_daily.blocks IS 'how many of them (metrics: activity blocks)';

CREATE TABLE analytics.member_monthly (
	guild_id    bigint NOT NULL,
	user_id     bigint NOT NULL,
	month       date NOT NULL,
	is_bot      boolean NOT NULL DEFAULT false,
	messages    integer NOT NULL DEFAULT 0,
	replies     integer NOT NULL DEFAULT 0,
	attachments integer NOT NULL DEFAULT 0,
	characters  bigint NOT NULL DEFAULT 0,
	edits       integer NOT NULL DEFAULT 0,
	reactions_given    integer NOT NULL DEFAULT 0,
	reactions_received integer NOT NULL DEFAULT 0,
	raw_ms      bigint NOT NULL DEFAULT 0,
	present_ms  bigint NOT NULL DEFAULT 0,
	engaged_ms  bigint NOT NULL DEFAULT 0,
	talking_ms  bigint NOT NULL DEFAULT 0,
	blocks      integer NOT NULL DEFAULT 0,
	message_class smallint NOT NULL GENERATED ALWAYS AS (floor(4 * ln((messages + 1)::float8) / ln(2::float8))::smallint) STORED,
	voice_class   smallint NOT NULL GENERATED ALWAYS AS (floor(4 * ln((present_ms + 1)::float8) / ln(2::float8))::smallint) STORED,
	PRIMARY KEY (guild_id, user_id, month)
) WITH (fillfactor = 85);
CREATE INDEX member_monthly_messages ON analytics.member_monthly (guild_id, month, message_class);
CREATE INDEX member_monthly_voice ON analytics.member_monthly (guild_id, month, voice_class);
COMMENT ON TABLE analytics.member_monthly IS 'one local month of somebody: member_daily added up';
COMMENT ON COLUMN analytics.member_monthly.month IS 'its first day';

CREATE TABLE analytics.activity_daily (
	guild_id    bigint NOT NULL,
	channel_id  bigint NOT NULL,
	day         date NOT NULL,
	user_id     bigint NOT NULL,
	author_kind smallint NOT NULL DEFAULT 0,
	messages    integer NOT NULL DEFAULT 0,
	replies     integer NOT NULL DEFAULT 0,
	attachments integer NOT NULL DEFAULT 0,
	characters  bigint NOT NULL DEFAULT 0,
	edits       integer NOT NULL DEFAULT 0,
	reactions_given    integer NOT NULL DEFAULT 0,
	reactions_received integer NOT NULL DEFAULT 0,
	raw_ms      bigint NOT NULL DEFAULT 0,
	present_ms  bigint NOT NULL DEFAULT 0,
	engaged_ms  bigint NOT NULL DEFAULT 0,
	talking_ms  bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, channel_id, day, user_id)
) WITH (fillfactor = 85);
COMMENT ON TABLE analytics.activity_daily IS 'what one user did in one channel (or thread) on one local day: what filters read';
COMMENT ON COLUMN analytics.activity_daily.author_kind IS '0 human, 1 bot, 2 webhook, 3 Discord itself';

CREATE TABLE analytics.people_daily (
	guild_id bigint NOT NULL,
	measure  smallint NOT NULL,
	day      date NOT NULL,
	was_from date NOT NULL,
	is_from  date NOT NULL,
	members  integer NOT NULL,
	PRIMARY KEY (guild_id, measure, day, was_from, is_from)
) WITH (fillfactor = 85);
COMMENT ON TABLE analytics.people_daily IS 'how many different people in any range of days, without reading people: in [a, b) it is sum(members) where day >= a and day < b and was_from < a and is_from >= a (docs/why/people-by-the-day.md)';
COMMENT ON COLUMN analytics.people_daily.measure IS '0 active, 1 communicators with three messages, 2 with one (metrics)';
COMMENT ON COLUMN analytics.people_daily.is_from IS 'with what they did on the day these members qualify for every range that ends behind it and begins then or before';
COMMENT ON COLUMN analytics.people_daily.was_from IS 'with what they had done before the day they qualified only for ranges that begin then or before; -infinity: for none';
COMMENT ON COLUMN analytics.people_daily.members IS 'so many; 0 when they moved to other rows';

CREATE TABLE analytics.people_monthly (
	guild_id bigint NOT NULL,
	measure  smallint NOT NULL,
	month    date NOT NULL,
	was_from date NOT NULL,
	is_from  date NOT NULL,
	members  integer NOT NULL,
	PRIMARY KEY (guild_id, measure, month, was_from, is_from)
) WITH (fillfactor = 85);
COMMENT ON TABLE analytics.people_monthly IS 'people_daily added up by the month, for ranges that hold the whole month: rows with was_from in the month are left out, is_from is the first of the month where it is later';

CREATE TABLE analytics.channel_people_daily (
	guild_id   bigint NOT NULL,
	channel_id bigint NOT NULL,
	day        date NOT NULL,
	was_from   date NOT NULL,
	members    integer NOT NULL,
	PRIMARY KEY (guild_id, channel_id, day, was_from)
) WITH (fillfactor = 85);
COMMENT ON TABLE analytics.channel_people_daily IS 'how many different people wrote in a channel (threads count for theirs) in any range of days: in [a, b) it is sum(members) where day >= a and day < b and was_from < a';
COMMENT ON COLUMN analytics.channel_people_daily.was_from IS 'the day they had written there last before; -infinity: never';

-- What was counted so far becomes days in the background.
INSERT INTO analytics.day_work (guild_id, zone, is_cleared)
SELECT guild_id, coalesce(s.timezone, 'UTC'), true
FROM analytics.guild g LEFT JOIN app.guild_settings s USING (guild_id);
UPDATE analytics.guild SET day_zone = '';
