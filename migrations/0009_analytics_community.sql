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
	is_listed  boolean NOT NULL DEFAULT true,
	PRIMARY KEY (guild_id, code)
);
COMMENT ON TABLE analytics.invite IS 'an invite of a guild, as far as the bot may see them (Manage Server, or Manage Channels for news of them)';
COMMENT ON COLUMN analytics.invite.max_uses IS '0: without limit';
COMMENT ON COLUMN analytics.invite.uses IS 'as Discord last said';
COMMENT ON COLUMN analytics.invite.uses_at IS 'when it was last listed; NULL: not yet, and then it is new and was used by nobody';
COMMENT ON COLUMN analytics.invite.is_listed IS 'it was in the newest list, or was made since';
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

-- A guild's invites, as Discord lists them now, against what they were when we last looked. One change that explains
-- the joins since (those told up to until_at) is how they came; two, or one too many, is an honest "unknown". More uses
-- than joins: a join is still on its way, so it is looked at again, a few times.
CREATE FUNCTION analytics.explain_joins(guild bigint, snapshot timestamptz, until_at timestamptz, codes text[], uses_now bigint[],
					max_uses_now bigint[], channels bigint[], inviters bigint[], created timestamptz[],
					expire timestamptz[], temporary boolean[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	watch  analytics.invite_watch;
	joins  bigint;
	used   text[];
	total  bigint;
	gone   text[];
	answer text;
BEGIN
	SELECT * INTO watch FROM analytics.invite_watch w WHERE w.guild_id = guild;
	SELECT count(*) INTO joins FROM analytics.member_flow f
	WHERE f.guild_id = guild AND f.kind = 'join' AND NOT f.is_bot AND f.invite_source IS NULL AND f.at <= until_at;

	IF watch.looked_at IS NOT NULL AND watch.snapshot_at = snapshot AND watch.skipped IS NULL THEN
		SELECT coalesce(array_agg(n.code), '{}'), coalesce(sum(n.uses - coalesce(i.uses, 0)), 0) INTO used, total
		FROM unnest(codes, uses_now) AS n (code, uses)
		LEFT JOIN analytics.invite i ON i.guild_id = guild AND i.code = n.code
		WHERE n.uses > coalesce(i.uses, 0);
		-- Discord takes an invite away when it is used up.
		SELECT coalesce(array_agg(i.code), '{}') INTO gone FROM analytics.invite i
		WHERE i.guild_id = guild AND i.is_listed AND i.code <> ALL (codes) AND i.max_uses - i.uses = joins
		AND i.max_uses > 0 AND coalesce(i.expires_at, 'infinity') > until_at;
		IF total > joins AND watch.tries < 3 THEN
			UPDATE analytics.invite_watch w SET tries = w.tries + 1, retry_at = now() + interval '2 seconds' WHERE w.guild_id = guild;
			RETURN;
		END IF;
		IF cardinality(used) = 1 AND total = joins AND cardinality(gone) = 0 THEN
			answer := used[1];
		ELSIF cardinality(used) = 0 AND cardinality(gone) = 1 THEN
			answer := gone[1];
		END IF;
	END IF;

	UPDATE analytics.member_flow f
	SET invite_code = answer, invite_source = CASE WHEN answer IS NULL THEN 'unknown' ELSE 'invite' END
	WHERE f.guild_id = guild AND f.kind = 'join' AND NOT f.is_bot AND f.invite_source IS NULL AND f.at <= until_at;
	UPDATE analytics.invite i
	SET is_listed = false, deleted_at = coalesce(i.deleted_at, until_at),
		uses = CASE WHEN i.code = answer THEN i.max_uses ELSE i.uses END
	WHERE i.guild_id = guild AND i.is_listed AND i.code <> ALL (codes);
	INSERT INTO analytics.invite (guild_id, code, uses, max_uses, channel_id, inviter_id, created_at, expires_at, is_temporary, uses_at)
	SELECT guild, n.code, n.uses, n.max_uses, n.channel, n.inviter, n.created_at, n.expires_at, n.is_temporary, now()
	FROM unnest(codes, uses_now, max_uses_now, channels, inviters, created, expire, temporary)
		AS n (code, uses, max_uses, channel, inviter, created_at, expires_at, is_temporary)
	ON CONFLICT (guild_id, code) DO UPDATE
	SET uses = EXCLUDED.uses, max_uses = EXCLUDED.max_uses, channel_id = EXCLUDED.channel_id, inviter_id = EXCLUDED.inviter_id,
		created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at, is_temporary = EXCLUDED.is_temporary,
		uses_at = EXCLUDED.uses_at, is_listed = true, deleted_at = NULL;
	INSERT INTO analytics.invite_watch (guild_id, looked_at, snapshot_at, retry_at)
	VALUES (guild, now(), snapshot, now() + interval '1 second')
	ON CONFLICT (guild_id) DO UPDATE
	SET looked_at = EXCLUDED.looked_at, snapshot_at = EXCLUDED.snapshot_at, retry_at = EXCLUDED.retry_at, tries = 0, skipped = NULL;
END $$;
COMMENT ON FUNCTION analytics.explain_joins IS 'by which invite the joins not looked at yet came, and the list to compare the next with';
REVOKE ALL ON FUNCTION analytics.explain_joins FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analytics.explain_joins TO rations_analytics;

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

CREATE TABLE analytics.game_hourly (
	guild_id bigint NOT NULL,
	hour     timestamptz NOT NULL,
	game     text NOT NULL,
	user_id  bigint NOT NULL,
	PRIMARY KEY (guild_id, hour, game, user_id)
);
COMMENT ON TABLE analytics.game_hourly IS 'who was seen to play what in a UTC hour; only of guilds that opted in (app.guild_settings.wants_presence)';

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
