-- Who logs in, with what session, and which guilds Discord says they may manage.

CREATE TABLE app.account (
	user_id       bigint PRIMARY KEY,
	username      text NOT NULL,
	global_name   text,
	avatar        text,
	access_sealed  bytea,
	refresh_sealed bytea,
	token_expires_at timestamptz,
	guilds_fetched_at timestamptz,
	created_at    timestamptz NOT NULL DEFAULT now(),
	last_login_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE app.account IS 'a person who logged in with Discord';
COMMENT ON COLUMN app.account.access_sealed IS 'OAuth2 access token, sealed (libsodium secretbox, key from SESSION_SECRET)';
COMMENT ON COLUMN app.account.refresh_sealed IS 'OAuth2 refresh token, sealed; single use';
COMMENT ON COLUMN app.account.guilds_fetched_at IS 'when account_guild was last read from Discord';

CREATE TABLE app.session (
	token_hash   bytea PRIMARY KEY,
	user_id      bigint NOT NULL REFERENCES app.account ON DELETE CASCADE,
	csrf_token   text NOT NULL,
	created_at   timestamptz NOT NULL DEFAULT now(),
	last_seen_at timestamptz NOT NULL DEFAULT now(),
	expires_at   timestamptz NOT NULL
);
CREATE INDEX session_user_id ON app.session (user_id);
CREATE INDEX session_expires_at ON app.session (expires_at);
COMMENT ON TABLE app.session IS 'a login; the cookie holds the token, the table only its SHA-256';

CREATE TABLE app.account_guild (
	user_id     bigint NOT NULL REFERENCES app.account ON DELETE CASCADE,
	guild_id    bigint NOT NULL,
	name        text NOT NULL,
	icon        text,
	is_owner    boolean NOT NULL,
	permissions bigint NOT NULL,
	PRIMARY KEY (user_id, guild_id)
);
COMMENT ON TABLE app.account_guild IS 'guilds of an account as GET /users/@me/guilds said; replaced whole at each fetch';
COMMENT ON COLUMN app.account_guild.permissions IS 'guild-level permission bits of that member';

CREATE TABLE app.guild_settings (
	guild_id   bigint PRIMARY KEY,
	timezone   text NOT NULL DEFAULT 'UTC',
	updated_at timestamptz NOT NULL DEFAULT now(),
	updated_by bigint
);
COMMENT ON TABLE app.guild_settings IS 'what a community decides';
COMMENT ON COLUMN app.guild_settings.timezone IS 'IANA zone in which days and weeks are cut';
GRANT SELECT ON app.guild_settings TO rations_analytics;
