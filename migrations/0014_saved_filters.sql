-- Filters kept under a name; and the way to what one member did, which filters by member take.

CREATE TABLE app.saved_filter (
	filter_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id   bigint NOT NULL,
	user_id    bigint NOT NULL,
	name       text NOT NULL,
	filter     jsonb NOT NULL,
	is_shared  boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL,
	UNIQUE (guild_id, user_id, name)
);
COMMENT ON TABLE app.saved_filter IS 'filters people keep, for themselves or for all who see the guild''s figures';
COMMENT ON COLUMN app.saved_filter.user_id IS 'whose it is; only they change it';
COMMENT ON COLUMN app.saved_filter.filter IS 'as in proto/api.yaml, FilterWish';

CREATE INDEX activity_daily_user ON analytics.activity_daily (guild_id, user_id, day);
