-- What the bot does in Discord by itself: its slash commands, and digests.

CREATE TABLE app.command_set (
	application_id bigint PRIMARY KEY,
	digest         text NOT NULL,
	checked_at     timestamptz NOT NULL,
	is_done        boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE app.command_set IS 'which slash commands Discord was told of, so that one replica looks after it';
COMMENT ON COLUMN app.command_set.digest IS 'of the commands as they were wanted';
COMMENT ON COLUMN app.command_set.checked_at IS 'when a replica last began to look';
COMMENT ON COLUMN app.command_set.is_done IS 'Discord has them';
