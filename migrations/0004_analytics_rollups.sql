-- Rollups by UTC hour, voice segments, coverage, and the consumer's position.
-- Large tables are partitioned by month; analytics.ensure_months makes what is missing.

CREATE TABLE analytics.message_hourly (
	guild_id    bigint NOT NULL,
	hour        timestamptz NOT NULL,
	channel_id  bigint NOT NULL,
	user_id     bigint NOT NULL,
	author_kind smallint NOT NULL,
	messages    integer NOT NULL DEFAULT 0,
	replies     integer NOT NULL DEFAULT 0,
	attachments integer NOT NULL DEFAULT 0,
	characters  bigint NOT NULL DEFAULT 0,
	notices     integer NOT NULL DEFAULT 0,
	edits       integer NOT NULL DEFAULT 0,
	reactions_given    integer NOT NULL DEFAULT 0,
	reactions_received integer NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, hour, channel_id, user_id)
) PARTITION BY RANGE (hour);
COMMENT ON TABLE analytics.message_hourly IS 'what one user did in one channel (or thread) in one UTC hour';
COMMENT ON COLUMN analytics.message_hourly.author_kind IS '0 human, 1 bot, 2 webhook, 3 Discord itself';
COMMENT ON COLUMN analytics.message_hourly.messages IS 'messages of type 0 or 19 (metrics: message)';
COMMENT ON COLUMN analytics.message_hourly.notices IS 'messages of other types (join notice, pin, boost ...)';
COMMENT ON COLUMN analytics.message_hourly.characters IS 'code points of counted messages; 0 where the text is hidden from the bot';
COMMENT ON COLUMN analytics.message_hourly.edits IS 'distinct edits, at the hour of the edit';

CREATE TABLE analytics.guild_hourly (
	guild_id      bigint NOT NULL,
	hour          timestamptz NOT NULL,
	messages      integer NOT NULL DEFAULT 0,
	bot_messages  integer NOT NULL DEFAULT 0,
	replies       integer NOT NULL DEFAULT 0,
	attachments   integer NOT NULL DEFAULT 0,
	edits         integer NOT NULL DEFAULT 0,
	deletions     integer NOT NULL DEFAULT 0,
	reactions     integer NOT NULL DEFAULT 0,
	joins         integer NOT NULL DEFAULT 0,
	leaves        integer NOT NULL DEFAULT 0,
	voice_raw_ms     bigint NOT NULL DEFAULT 0,
	voice_present_ms bigint NOT NULL DEFAULT 0,
	voice_engaged_ms bigint NOT NULL DEFAULT 0,
	voice_talking_ms bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, hour)
) PARTITION BY RANGE (hour);
COMMENT ON TABLE analytics.guild_hourly IS 'one UTC hour of a guild; people only, bots only where the name says so';
COMMENT ON COLUMN analytics.guild_hourly.reactions IS 'reactions given by people';
COMMENT ON COLUMN analytics.guild_hourly.deletions IS 'messages deleted, bots'' too (Discord does not say whose)';
COMMENT ON COLUMN analytics.guild_hourly.voice_raw_ms IS 'connected, member-milliseconds (metrics: Voice); likewise present, engaged, talking';

CREATE TABLE analytics.event_hourly (
	guild_id bigint NOT NULL,
	hour     timestamptz NOT NULL,
	type     text NOT NULL,
	events   bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, hour, type)
) PARTITION BY RANGE (hour);
COMMENT ON TABLE analytics.event_hourly IS 'events consumed, by type of proto/events.def: what every other count can be held against';

CREATE TABLE analytics.voice_hourly (
	guild_id   bigint NOT NULL,
	hour       timestamptz NOT NULL,
	channel_id bigint NOT NULL,
	user_id    bigint NOT NULL,
	raw_ms     bigint NOT NULL DEFAULT 0,
	present_ms bigint NOT NULL DEFAULT 0,
	engaged_ms bigint NOT NULL DEFAULT 0,
	talking_ms bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, hour, channel_id, user_id)
) PARTITION BY RANGE (hour);
COMMENT ON TABLE analytics.voice_hourly IS 'closed voice segments of people added up under the four rules (metrics: Voice)';

CREATE TABLE analytics.voice_segment (
	guild_id   bigint NOT NULL,
	user_id    bigint NOT NULL,
	started_at timestamptz NOT NULL,
	ended_at   timestamptz NOT NULL,
	channel_id bigint NOT NULL,
	is_bot     boolean NOT NULL DEFAULT false,
	self_mute  boolean NOT NULL DEFAULT false,
	mute       boolean NOT NULL DEFAULT false,
	self_deaf  boolean NOT NULL DEFAULT false,
	deaf       boolean NOT NULL DEFAULT false,
	suppress   boolean NOT NULL DEFAULT false,
	stream     boolean NOT NULL DEFAULT false,
	video      boolean NOT NULL DEFAULT false,
	is_afk     boolean NOT NULL DEFAULT false,
	has_company  boolean NOT NULL DEFAULT false,
	has_unmuted  boolean NOT NULL DEFAULT false,
	PRIMARY KEY (guild_id, user_id, started_at)
) PARTITION BY RANGE (started_at);
COMMENT ON TABLE analytics.voice_segment IS 'a stretch of one member''s time in voice in which nothing changed; cut at UTC hours';
COMMENT ON COLUMN analytics.voice_segment.has_company IS 'at least two people in the channel';
COMMENT ON COLUMN analytics.voice_segment.has_unmuted IS 'at least one person in the channel is unmuted';

CREATE TABLE analytics.voice_open (
	guild_id   bigint NOT NULL,
	user_id    bigint NOT NULL,
	channel_id bigint NOT NULL,
	joined_at  timestamptz NOT NULL,
	started_at timestamptz NOT NULL,
	voice_session text NOT NULL DEFAULT '',
	is_bot     boolean NOT NULL DEFAULT false,
	self_mute  boolean NOT NULL DEFAULT false,
	mute       boolean NOT NULL DEFAULT false,
	self_deaf  boolean NOT NULL DEFAULT false,
	deaf       boolean NOT NULL DEFAULT false,
	suppress   boolean NOT NULL DEFAULT false,
	stream     boolean NOT NULL DEFAULT false,
	video      boolean NOT NULL DEFAULT false,
	PRIMARY KEY (guild_id, user_id)
);
COMMENT ON TABLE analytics.voice_open IS 'who is in voice now';
COMMENT ON COLUMN analytics.voice_open.joined_at IS 'start of the session in this channel';
COMMENT ON COLUMN analytics.voice_open.started_at IS 'start of the segment not yet written';

CREATE TABLE analytics.shard (
	shard_count  integer NOT NULL,
	shard_id     integer NOT NULL,
	is_connected boolean NOT NULL,
	changed_at   timestamptz NOT NULL,
	session      text NOT NULL DEFAULT '',
	bot_id       bigint,
	down_since   timestamptz,
	PRIMARY KEY (shard_count, shard_id)
);
COMMENT ON TABLE analytics.shard IS 'the last thing heard of each shard''s connection';

CREATE TABLE analytics.coverage_gap (
	shard_count integer NOT NULL,
	shard_id    integer NOT NULL,
	started_at  timestamptz NOT NULL,
	ended_at    timestamptz,
	cause       text NOT NULL DEFAULT '',
	is_healed   boolean NOT NULL DEFAULT false,
	PRIMARY KEY (shard_count, shard_id, started_at)
);
COMMENT ON COLUMN analytics.shard.down_since IS 'when the newest session found the shard to have been last connected; what vanished meanwhile ended then';

COMMENT ON TABLE analytics.coverage_gap IS 'when a shard was not connected (metrics: coverage)';
COMMENT ON COLUMN analytics.coverage_gap.is_healed IS 'RESUME replayed what was missed';

CREATE TABLE analytics.position (
	stream     text PRIMARY KEY,
	entry_id   text NOT NULL,
	session    text NOT NULL,
	seq        bigint NOT NULL,
	part       bigint NOT NULL,
	event_at   timestamptz,
	updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE analytics.position IS 'how far each stream is folded in; changes only in the transaction that writes what was folded';
COMMENT ON COLUMN analytics.position.event_at IS 'time of the newest event folded in';

-- Makes the monthly partitions of every partitioned analytics table for the months between the two times.
CREATE FUNCTION analytics.ensure_months(from_at timestamptz, to_at timestamptz) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	month timestamp;
	parent text;
	child text;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('analytics.ensure_months'));
	FOR month IN SELECT generate_series(date_trunc('month', from_at AT TIME ZONE 'UTC'),
					    date_trunc('month', to_at AT TIME ZONE 'UTC'), '1 month') LOOP
		FOR parent IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			      WHERE n.nspname = 'analytics' AND c.relkind = 'p' LOOP
			child := parent || to_char(month, '_YYYYMM');
			IF to_regclass('analytics.' || child) IS NULL THEN
				EXECUTE format('CREATE TABLE analytics.%I PARTITION OF analytics.%I FOR VALUES FROM (%L) TO (%L)',
					       child, parent, month AT TIME ZONE 'UTC',
					       (month + interval '1 month') AT TIME ZONE 'UTC');
			END IF;
		END LOOP;
	END LOOP;
END $$;
COMMENT ON FUNCTION analytics.ensure_months IS 'monthly partitions from one time to another, made where missing';
REVOKE ALL ON FUNCTION analytics.ensure_months FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analytics.ensure_months TO rations_analytics;
