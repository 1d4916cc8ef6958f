-- History: what was said before the bot came, or while it did not listen, read through REST.
-- Which ids are counted live and which are history's is decided once, when a snapshot is folded in.

-- Whatever is added up from messages says where they came from; readers add the sources up.
ALTER TABLE analytics.message_hourly
	ADD source smallint NOT NULL DEFAULT 0,
	DROP CONSTRAINT message_hourly_pkey,
	ADD PRIMARY KEY (guild_id, hour, channel_id, user_id, source);
ALTER TABLE analytics.guild_hourly
	ADD source smallint NOT NULL DEFAULT 0,
	DROP CONSTRAINT guild_hourly_pkey,
	ADD PRIMARY KEY (guild_id, hour, source);
COMMENT ON COLUMN analytics.message_hourly.source IS '0 counted live, 1 read from history';
COMMENT ON COLUMN analytics.guild_hourly.source IS '0 counted live, 1 read from history: messages only';
COMMENT ON COLUMN analytics.guild.messages_total IS 'messages of people ever counted live; history counts in analytics.history';

ALTER TABLE analytics.guild ADD snapshot_at timestamptz;
COMMENT ON COLUMN analytics.guild.snapshot_at IS 'when Discord last listed its channels; in a thread it did not list, live counting begins here';

CREATE TABLE analytics.channel_live (
	guild_id    bigint NOT NULL,
	channel_id  bigint NOT NULL,
	start_id    bigint NOT NULL,
	boundary_id bigint NOT NULL,
	last_id     bigint NOT NULL,
	has_hole    boolean NOT NULL DEFAULT false,
	PRIMARY KEY (guild_id, channel_id)
);
COMMENT ON TABLE analytics.channel_live IS 'which messages of a channel (or thread) are counted live';
COMMENT ON COLUMN analytics.channel_live.start_id IS 'the newest message when we first saw the channel: up to it, it is history';
COMMENT ON COLUMN analytics.channel_live.boundary_id IS 'the newest message when it was last listed after a gap: only newer ones are counted live from then on';
COMMENT ON COLUMN analytics.channel_live.last_id IS 'the newest message counted live, or listed';
COMMENT ON COLUMN analytics.channel_live.has_hole IS 'the stream was cut off behind last_id: what lies up to the next message was lost';

CREATE TABLE analytics.history_range (
	guild_id   bigint NOT NULL,
	channel_id bigint NOT NULL,
	after_id   bigint NOT NULL,
	newest_id  bigint NOT NULL,
	cursor_id  bigint NOT NULL,
	reason     text NOT NULL CHECK (reason IN ('start', 'gap')),
	is_done    boolean NOT NULL DEFAULT false,
	skipped    text CHECK (skipped IN ('forbidden', 'gone', 'empty')),
	messages   bigint NOT NULL DEFAULT 0,
	tries      integer NOT NULL DEFAULT 0,
	retry_at   timestamptz,
	PRIMARY KEY (guild_id, channel_id, newest_id)
);
CREATE INDEX history_range_open ON analytics.history_range (guild_id, newest_id) WHERE NOT is_done;
COMMENT ON TABLE analytics.history_range IS 'messages of a channel that were not counted live, to be read from the newest to the oldest';
COMMENT ON COLUMN analytics.history_range.after_id IS 'only newer ones';
COMMENT ON COLUMN analytics.history_range.newest_id IS 'and none newer than this';
COMMENT ON COLUMN analytics.history_range.cursor_id IS 'down to here it is counted; changes only in the transaction that counts';
COMMENT ON COLUMN analytics.history_range.reason IS 'start: before the first snapshot; gap: not told between two of them';
COMMENT ON COLUMN analytics.history_range.skipped IS 'why Discord does not show it: forbidden, channel gone, nothing there (emptied, or Read Message History is missing)';
COMMENT ON COLUMN analytics.history_range.messages IS 'messages read, of whatever type and author';
COMMENT ON COLUMN analytics.history_range.tries IS 'failures since the last page';
COMMENT ON COLUMN analytics.history_range.retry_at IS 'after a failure: not before; meanwhile others are read';

CREATE TABLE analytics.history_parent (
	guild_id   bigint NOT NULL,
	channel_id bigint NOT NULL,
	is_private boolean NOT NULL,
	before_at  timestamptz,
	until_at   timestamptz,
	is_done    boolean NOT NULL DEFAULT false,
	skipped    text CHECK (skipped IN ('forbidden', 'gone')),
	tries      integer NOT NULL DEFAULT 0,
	retry_at   timestamptz,
	PRIMARY KEY (guild_id, channel_id, is_private)
);
COMMENT ON TABLE analytics.history_parent IS 'channels whose archived threads have to be listed';
COMMENT ON COLUMN analytics.history_parent.before_at IS 'threads archived before this come next; NULL: the newest';
COMMENT ON COLUMN analytics.history_parent.until_at IS 'threads archived before this are known already; NULL: none is';

CREATE TABLE analytics.history (
	guild_id        bigint PRIMARY KEY,
	planned_for     timestamptz NOT NULL,
	planned_at      timestamptz NOT NULL DEFAULT now(),
	started_at      timestamptz NOT NULL DEFAULT now(),
	finished_at     timestamptz,
	messages        bigint NOT NULL DEFAULT 0,
	requests        bigint NOT NULL DEFAULT 0,
	busy_ms         bigint NOT NULL DEFAULT 0,
	oldest_at       timestamptz,
	members         bigint NOT NULL DEFAULT 0,
	members_after   bigint NOT NULL DEFAULT 0,
	members_done    boolean NOT NULL DEFAULT false,
	members_skipped text CHECK (members_skipped IN ('forbidden')),
	threads_at      timestamptz,
	tries           integer NOT NULL DEFAULT 0,
	retry_at        timestamptz,
	trouble         text NOT NULL DEFAULT '',
	trouble_at      timestamptz
);
COMMENT ON TABLE analytics.history IS 'how far the reading of a guild''s history is';
COMMENT ON COLUMN analytics.history.planned_for IS 'app.guild_history.requested_at of the wish this follows';
COMMENT ON COLUMN analytics.history.planned_at IS 'when it was last looked for channels to read';
COMMENT ON COLUMN analytics.history.messages IS 'messages of people read from history';
COMMENT ON COLUMN analytics.history.busy_ms IS 'time spent reading, waits for the rate included, pauses left out: for the estimate of the end';
COMMENT ON COLUMN analytics.history.oldest_at IS 'time of the oldest message read';
COMMENT ON COLUMN analytics.history.finished_at IS 'when nothing was left to read; NULL while there is';
COMMENT ON COLUMN analytics.history.members IS 'current members listed';
COMMENT ON COLUMN analytics.history.members_skipped IS 'why Discord does not list them: the Server Members intent is missing';
COMMENT ON COLUMN analytics.history.members_after IS 'members with smaller ids are listed';
COMMENT ON COLUMN analytics.history.threads_at IS 'the snapshot up to which archived threads are listed';
COMMENT ON COLUMN analytics.history.trouble IS 'what last went wrong; empty after a success';

-- A page is counted once, whoever else thinks it is theirs: the transaction of the second one fails here.
CREATE FUNCTION analytics.history_turn(guild bigint, channel bigint, newest bigint, from_id bigint, to_id bigint,
				       done boolean, why text, counted bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE analytics.history_range
	SET cursor_id = to_id, is_done = done, skipped = why, messages = messages + counted, tries = 0, retry_at = NULL
	WHERE guild_id = guild AND channel_id = channel AND newest_id = newest AND cursor_id = from_id AND NOT is_done;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'this page of history is counted already' USING ERRCODE = 'serialization_failure';
	END IF;
END $$;
COMMENT ON FUNCTION analytics.history_turn IS 'moves the cursor of a range; fails when somebody else has';
REVOKE ALL ON FUNCTION analytics.history_turn FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analytics.history_turn TO rations_analytics;

CREATE TABLE app.guild_history (
	guild_id     bigint PRIMARY KEY,
	days         integer CHECK (days > 0),
	since        timestamptz,
	is_paused    boolean NOT NULL DEFAULT false,
	requested_by bigint,
	requested_at timestamptz NOT NULL
);
COMMENT ON TABLE app.guild_history IS 'guilds whose history somebody wants to be read; no row: nobody does';
COMMENT ON COLUMN app.guild_history.days IS 'how far back was asked for; NULL: all of it';
COMMENT ON COLUMN app.guild_history.since IS 'that many days before the wish; NULL: the beginning';
COMMENT ON COLUMN app.guild_history.requested_at IS 'changes with every new wish, which also tries again what was skipped';
GRANT SELECT ON app.guild_history TO rations_analytics;

-- What was counted before there were boundaries: live from the first event to the last one.
UPDATE analytics.guild SET snapshot_at = first_event_at;
INSERT INTO analytics.channel_live (guild_id, channel_id, start_id, boundary_id, last_id)
SELECT guild_id, channel_id, first_id, first_id, greatest(last_id, first_id)
FROM analytics.channel JOIN (
	SELECT guild_id, (ts_to_ms(first_event_at) - 1420070400000) << 22 AS first_id,
		(ts_to_ms(last_event_at) - 1420070400000) << 22 AS last_id
	FROM analytics.guild WHERE first_event_at IS NOT NULL) g USING (guild_id)
WHERE kind NOT IN (4, 14, 15, 16);
