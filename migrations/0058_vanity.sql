-- A guild's own address (discord.gg/<name>) is one invite more, which Discord tells apart from the others: its uses are compared
-- like theirs. Only guilds with the feature have one, so who has it is remembered for an hour.

ALTER TABLE analytics.invite ADD COLUMN is_vanity boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN analytics.invite.is_vanity IS 'the guild''s own address, listed by itself';

ALTER TABLE analytics.invite_watch ADD COLUMN features_at timestamptz, ADD COLUMN has_vanity boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN analytics.invite_watch.features_at IS 'when Discord was last asked what the guild may do';
COMMENT ON COLUMN analytics.invite_watch.has_vanity IS 'it may have an address of its own (VANITY_URL)';
