-- What a community decides beside its zone, who changed what, and what a person wants done with what is kept about them.

ALTER TABLE app.guild_settings
	ADD language text NOT NULL DEFAULT '' CHECK (language IN ('', 'en', 'ru')),
	ADD week_start smallint NOT NULL DEFAULT 1 CHECK (week_start BETWEEN 1 AND 7),
	ADD excluded_channels bigint[] NOT NULL DEFAULT '{}',
	ADD excluded_roles bigint[] NOT NULL DEFAULT '{}',
	ADD excluded_members bigint[] NOT NULL DEFAULT '{}',
	ADD excludes_bots boolean NOT NULL DEFAULT true,
	ADD afk_rule boolean NOT NULL DEFAULT true,
	ADD is_active_by_messages boolean NOT NULL DEFAULT true,
	ADD is_active_by_voice boolean NOT NULL DEFAULT true,
	ADD is_active_by_reactions boolean NOT NULL DEFAULT true,
	ADD wants_presence boolean NOT NULL DEFAULT false,
	ADD wants_excerpts boolean NOT NULL DEFAULT false,
	ADD retention_days jsonb NOT NULL DEFAULT '{}',
	ADD leave_grace_days integer DEFAULT 30 CHECK (leave_grace_days BETWEEN 0 AND 3650),
	ADD viewer_roles bigint[] NOT NULL DEFAULT '{}',
	ADD CONSTRAINT guild_settings_active
		CHECK (is_active_by_messages OR is_active_by_voice OR is_active_by_reactions);
COMMENT ON COLUMN app.guild_settings.language IS 'of what is posted to the guild; empty: the language Discord knows of it';
COMMENT ON COLUMN app.guild_settings.week_start IS 'the weekday weeks begin on: 1 Monday ... 7 Sunday';
COMMENT ON COLUMN app.guild_settings.excluded_channels IS 'channels (and categories) left out of every figure; applied when asking, so it can be undone';
COMMENT ON COLUMN app.guild_settings.excluded_roles IS 'likewise members who have one of these roles';
COMMENT ON COLUMN app.guild_settings.excluded_members IS 'likewise these members';
COMMENT ON COLUMN app.guild_settings.excludes_bots IS 'bots are left out unless asked for';
COMMENT ON COLUMN app.guild_settings.afk_rule IS 'who sits in the AFK channel is not present';
COMMENT ON COLUMN app.guild_settings.is_active_by_messages IS 'a message makes its author active (metrics: active member); likewise voice, reactions';
COMMENT ON COLUMN app.guild_settings.wants_presence IS 'online status and games may be counted';
COMMENT ON COLUMN app.guild_settings.wants_excerpts IS 'parts of message texts may be kept';
COMMENT ON COLUMN app.guild_settings.retention_days IS 'kind of data -> days it is kept; a kind that is not named is kept for good';
COMMENT ON COLUMN app.guild_settings.leave_grace_days IS 'how long the data outlives the bot''s removal; NULL: for good';
COMMENT ON COLUMN app.guild_settings.viewer_roles IS 'roles whose members may see figures, those of single members left out; the guild''s own id is everybody';

CREATE TABLE app.audit_log (
	audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id bigint NOT NULL,
	at       timestamptz NOT NULL,
	actor_id bigint NOT NULL,
	action   text NOT NULL,
	target   text NOT NULL DEFAULT '',
	before   jsonb,
	after    jsonb
);
CREATE INDEX audit_log_guild ON app.audit_log (guild_id, audit_id DESC);
COMMENT ON TABLE app.audit_log IS 'who changed what in a guild; written in the transaction of the change';
COMMENT ON COLUMN app.audit_log.actor_id IS 'the account; 0: Rations itself';
COMMENT ON COLUMN app.audit_log.action IS 'noun.verb, like settings.change, token.create';
COMMENT ON COLUMN app.audit_log.target IS 'what was changed: the id or name of the token, rule, link';
COMMENT ON COLUMN app.audit_log.before IS 'what is now different, as it was; NULL: it did not exist. Never a secret';
COMMENT ON COLUMN app.audit_log.after IS 'the same, as it is now; NULL: it is gone';
