-- The directory: guilds, channels, roles, members, as the gateway last described them.

CREATE TABLE analytics.guild (
	guild_id       bigint PRIMARY KEY,
	name           text NOT NULL,
	icon           text,
	owner_id       bigint,
	member_count   bigint NOT NULL DEFAULT 0,
	messages_total bigint NOT NULL DEFAULT 0,
	afk_channel_id bigint,
	locale         text,
	premium_tier   smallint NOT NULL DEFAULT 0,
	premium_count  integer NOT NULL DEFAULT 0,
	bot_joined_at  timestamptz,
	first_event_at timestamptz,
	last_event_at  timestamptz,
	is_available   boolean NOT NULL DEFAULT true,
	unavailable_at timestamptz,
	removed_at     timestamptz
);
COMMENT ON TABLE analytics.guild IS 'a Discord server the bot is or was in';
COMMENT ON COLUMN analytics.guild.member_count IS 'members, bots included: GUILD_CREATE, kept up by joins and leaves';
COMMENT ON COLUMN analytics.guild.messages_total IS 'messages of people ever counted';
COMMENT ON COLUMN analytics.guild.first_event_at IS 'since when we count';
COMMENT ON COLUMN analytics.guild.removed_at IS 'when the bot left; NULL while it is in';

CREATE TABLE analytics.channel (
	guild_id    bigint NOT NULL,
	channel_id  bigint NOT NULL,
	parent_id   bigint,
	kind        smallint NOT NULL,
	name        text NOT NULL,
	position    integer NOT NULL DEFAULT 0,
	is_hidden   boolean NOT NULL DEFAULT false,
	is_nsfw     boolean NOT NULL DEFAULT false,
	is_archived boolean NOT NULL DEFAULT false,
	created_at  timestamptz,
	deleted_at  timestamptz,
	PRIMARY KEY (guild_id, channel_id)
);
COMMENT ON TABLE analytics.channel IS 'a channel, category or thread';
COMMENT ON COLUMN analytics.channel.kind IS 'Discord channel type';
COMMENT ON COLUMN analytics.channel.parent_id IS 'category of a channel, channel of a thread';
COMMENT ON COLUMN analytics.channel.is_hidden IS 'the bot can not view it; name and parent are the last real ones';

CREATE TABLE analytics.role (
	guild_id    bigint NOT NULL,
	role_id     bigint NOT NULL,
	name        text NOT NULL,
	color       integer NOT NULL DEFAULT 0,
	position    integer NOT NULL DEFAULT 0,
	permissions bigint NOT NULL DEFAULT 0,
	is_managed  boolean NOT NULL DEFAULT false,
	deleted_at  timestamptz,
	PRIMARY KEY (guild_id, role_id)
);
COMMENT ON TABLE analytics.role IS 'a role; role_id = guild_id is @everyone';

CREATE TABLE analytics.member (
	guild_id       bigint NOT NULL,
	user_id        bigint NOT NULL,
	username       text NOT NULL DEFAULT '',
	global_name    text,
	nick           text,
	avatar         text,
	roles          bigint[] NOT NULL DEFAULT '{}',
	is_bot         boolean NOT NULL DEFAULT false,
	is_pending     boolean NOT NULL DEFAULT false,
	joined_at      timestamptz,
	left_at        timestamptz,
	boosting_since timestamptz,
	timeout_until  timestamptz,
	PRIMARY KEY (guild_id, user_id)
);
COMMENT ON TABLE analytics.member IS 'somebody who is, or was, a member; the gateway shows a part of them until they act';
COMMENT ON COLUMN analytics.member.left_at IS 'NULL while a member';

CREATE TABLE analytics.member_flow (
	guild_id  bigint NOT NULL,
	at        timestamptz NOT NULL,
	user_id   bigint NOT NULL,
	kind      text NOT NULL CHECK (kind IN ('join', 'leave')),
	is_bot    boolean NOT NULL DEFAULT false,
	is_rejoin boolean NOT NULL DEFAULT false,
	tenure_ms bigint,
	PRIMARY KEY (guild_id, at, user_id, kind)
);
COMMENT ON TABLE analytics.member_flow IS 'joins and leaves, one row each (metrics: joins / leaves / net)';
COMMENT ON COLUMN analytics.member_flow.tenure_ms IS 'leave: milliseconds since the join; NULL when the join is unknown';

CREATE TABLE analytics.guild_snapshot (
	guild_id       bigint NOT NULL,
	at             timestamptz NOT NULL,
	members        bigint NOT NULL,
	channels       integer NOT NULL,
	voice_members  integer NOT NULL,
	messages_total bigint NOT NULL,
	voice_ms_open  bigint NOT NULL,
	PRIMARY KEY (guild_id, at)
);
COMMENT ON TABLE analytics.guild_snapshot IS 'every 5 minutes: how things stood';
COMMENT ON COLUMN analytics.guild_snapshot.channels IS 'live text-bearing and voice channels, threads and categories left out';
COMMENT ON COLUMN analytics.guild_snapshot.messages_total IS 'messages of people ever counted; the difference of two snapshots is what came between';
COMMENT ON COLUMN analytics.guild_snapshot.voice_ms_open IS 'milliseconds of the voice sessions in progress';
