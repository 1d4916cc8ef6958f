-- What a community is besides talk: bans, timeouts, boosts, invites and who came by them, scheduled events, commands,
-- and marks on the time line.

CREATE TABLE analytics.moderation (
	guild_id bigint NOT NULL,
	at       timestamptz NOT NULL,
	user_id  bigint NOT NULL,
	kind     text NOT NULL CHECK (kind IN ('ban', 'unban', 'timeout', 'timeout_end')),
	until_at timestamptz,
	seq      bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, at, user_id, kind, seq)
);
COMMENT ON TABLE analytics.moderation IS 'bans and timeouts, one row each, when we were told';
COMMENT ON COLUMN analytics.moderation.user_id IS 'whom it happened to; Discord does not say here who did it';
COMMENT ON COLUMN analytics.moderation.kind IS 'timeout_end: lifted before its time; one that ran out has no row of its own';
COMMENT ON COLUMN analytics.moderation.until_at IS 'timeout: when it runs out by itself';
COMMENT ON COLUMN analytics.moderation.seq IS 'the gateway''s number of the dispatch; tells apart what happened at the same time';

CREATE TABLE analytics.boost_flow (
	guild_id bigint NOT NULL,
	at       timestamptz NOT NULL,
	user_id  bigint NOT NULL,
	kind     text NOT NULL CHECK (kind IN ('start', 'end')),
	PRIMARY KEY (guild_id, at, user_id, kind)
);
COMMENT ON TABLE analytics.boost_flow IS 'when members began to boost and when they ceased';
COMMENT ON COLUMN analytics.boost_flow.at IS 'start: as Discord says, before we came, too; end: when we were told';

-- Who boosts or is timed out, for the start of a consumer.
CREATE INDEX member_standing ON analytics.member (guild_id)
	WHERE (boosting_since IS NOT NULL OR timeout_until IS NOT NULL) AND left_at IS NULL;

ALTER TABLE analytics.member_flow
	ADD is_ban        boolean NOT NULL DEFAULT false,
	ADD invite_code   text,
	ADD invite_source text CHECK (invite_source IN ('invite', 'unknown'));
COMMENT ON COLUMN analytics.member_flow.is_ban IS 'a leave that was a ban';
COMMENT ON COLUMN analytics.member_flow.invite_code IS 'join: the invite that explains it; NULL when none does';
COMMENT ON COLUMN analytics.member_flow.invite_source IS 'join: NULL while nobody has looked; unknown: none, or more than one, explains it';
UPDATE analytics.member_flow SET invite_source = 'unknown' WHERE kind = 'join';
CREATE INDEX member_flow_unexplained ON analytics.member_flow (guild_id)
	WHERE kind = 'join' AND NOT is_bot AND invite_source IS NULL;

CREATE TABLE analytics.invite (
	guild_id   bigint NOT NULL,
	code       text NOT NULL,
	channel_id bigint,
	inviter_id bigint,
	created_at timestamptz,
	expires_at timestamptz,
	deleted_at timestamptz,
	max_uses   integer NOT NULL DEFAULT 0,
	is_temporary boolean NOT NULL DEFAULT false,
	uses       bigint NOT NULL DEFAULT 0,
	uses_at    timestamptz,
	PRIMARY KEY (guild_id, code)
);
COMMENT ON TABLE analytics.invite IS 'an invite of a guild, as far as the bot may see them (Manage Server, or Manage Channels for news of them)';
COMMENT ON COLUMN analytics.invite.max_uses IS '0: without limit';
COMMENT ON COLUMN analytics.invite.uses IS 'as Discord last said';
COMMENT ON COLUMN analytics.invite.uses_at IS 'when it was last listed; NULL: not yet, and then it is new and was used by nobody';
COMMENT ON COLUMN analytics.invite.deleted_at IS 'when it was deleted, or was first missing from the list';

CREATE TABLE analytics.invite_watch (
	guild_id    bigint PRIMARY KEY,
	looked_at   timestamptz,
	snapshot_at timestamptz,
	tries       integer NOT NULL DEFAULT 0,
	retry_at    timestamptz,
	skipped     text CHECK (skipped IN ('forbidden', 'gone'))
);
COMMENT ON TABLE analytics.invite_watch IS 'when a guild''s invites were last listed, to tell by which of them somebody came';
COMMENT ON COLUMN analytics.invite_watch.snapshot_at IS 'the guild''s snapshot that was newest then: a later one means that joins may have been missed';
COMMENT ON COLUMN analytics.invite_watch.tries IS 'looks since joins were last explained: more uses than joins may mean that a join is still on its way';
COMMENT ON COLUMN analytics.invite_watch.skipped IS 'why Discord does not list them: forbidden: the bot may not Manage Server';

CREATE TABLE analytics.scheduled_event (
	guild_id   bigint NOT NULL,
	event_id   bigint NOT NULL,
	channel_id bigint,
	user_id    bigint,
	name       text NOT NULL DEFAULT '',
	status     smallint NOT NULL DEFAULT 1,
	starts_at  timestamptz,
	ends_at    timestamptz,
	deleted_at timestamptz,
	told_at    timestamptz NOT NULL,
	interested integer NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, event_id)
);
CREATE INDEX scheduled_event_starts_at ON analytics.scheduled_event (guild_id, starts_at);
COMMENT ON TABLE analytics.scheduled_event IS 'events people plan in Discord';
COMMENT ON COLUMN analytics.scheduled_event.status IS '1 scheduled, 2 active, 3 completed, 4 canceled';
COMMENT ON COLUMN analytics.scheduled_event.user_id IS 'who made it';
COMMENT ON COLUMN analytics.scheduled_event.told_at IS 'when it was last described; a snapshot that does not list it ends it';
COMMENT ON COLUMN analytics.scheduled_event.interested IS 'how many said they are';

CREATE TABLE analytics.scheduled_event_user (
	guild_id bigint NOT NULL,
	event_id bigint NOT NULL,
	user_id  bigint NOT NULL,
	is_interested boolean NOT NULL,
	PRIMARY KEY (guild_id, event_id, user_id)
);
COMMENT ON TABLE analytics.scheduled_event_user IS 'who said what of an event, so that nobody counts twice';

CREATE TABLE analytics.command_hourly (
	guild_id bigint NOT NULL,
	hour     timestamptz NOT NULL,
	bot_id   bigint NOT NULL,
	name     text NOT NULL,
	user_id  bigint NOT NULL,
	uses     integer NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, hour, bot_id, name, user_id)
);
COMMENT ON TABLE analytics.command_hourly IS 'application commands used in a UTC hour: ours, and those other bots answered where we can read';
COMMENT ON COLUMN analytics.command_hourly.name IS 'empty where Discord does not tell it';
COMMENT ON COLUMN analytics.command_hourly.user_id IS 'who used it; 0 unknown';

CREATE TABLE analytics.wave (
	guild_id bigint NOT NULL,
	hour     timestamptz NOT NULL,
	joins    integer NOT NULL,
	leaves   integer NOT NULL,
	usual_joins  real NOT NULL,
	usual_leaves real NOT NULL,
	PRIMARY KEY (guild_id, hour)
);
COMMENT ON TABLE analytics.wave IS 'UTC hours in which unusually many people joined or left';
COMMENT ON COLUMN analytics.wave.usual_joins IS 'mean of an hour in the 28 days before';

CREATE TABLE app.annotation (
	annotation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id   bigint NOT NULL,
	at         timestamptz NOT NULL,
	until_at   timestamptz CHECK (until_at >= at),
	kind       text NOT NULL DEFAULT 'note' CHECK (kind IN ('note', 'downtime', 'raid', 'boost', 'join_wave', 'leave_wave')),
	text       text NOT NULL,
	created_by bigint NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX annotation_guild_at ON app.annotation (guild_id, at);
COMMENT ON TABLE app.annotation IS 'what people wrote on the time line; what is found by itself is computed when asked';
COMMENT ON COLUMN app.annotation.until_at IS 'NULL: a moment';
