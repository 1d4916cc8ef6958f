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

CREATE TABLE app.digest (
	guild_id   bigint PRIMARY KEY,
	channel_id bigint NOT NULL,
	every      text NOT NULL CHECK (every IN ('day', 'week')),
	weekday    smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
	hour       smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
	next_at    timestamptz NOT NULL,
	set_by     bigint NOT NULL,
	set_at     timestamptz NOT NULL
);
CREATE INDEX digest_next_at ON app.digest (next_at);
COMMENT ON TABLE app.digest IS 'guilds that want a digest posted: where, and when on their own clocks';
COMMENT ON COLUMN app.digest.weekday IS '1 Monday ... 7 Sunday; of a weekly one';
COMMENT ON COLUMN app.digest.next_at IS 'when the next one is due';

CREATE TABLE app.digest_post (
	digest_post_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id     bigint NOT NULL,
	channel_id   bigint NOT NULL,
	every        text NOT NULL CHECK (every IN ('day', 'week')),
	due_at       timestamptz NOT NULL,
	is_test      boolean NOT NULL DEFAULT false,
	state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
	why          text NOT NULL DEFAULT '',
	tries        integer NOT NULL DEFAULT 0,
	held_until   timestamptz,
	attempted_at timestamptz,
	message_id   bigint,
	finished_at  timestamptz,
	UNIQUE (guild_id, due_at, is_test)
);
CREATE INDEX digest_post_waiting ON app.digest_post (due_at) WHERE state = 'waiting';
COMMENT ON TABLE app.digest_post IS 'digests to be posted, and what became of them';
COMMENT ON COLUMN app.digest_post.held_until IS 'a replica works on it, or it is not to be tried again before';
COMMENT ON COLUMN app.digest_post.attempted_at IS 'when it was first sent, whatever came of that: who takes it after that looks for it first';
COMMENT ON COLUMN app.digest_post.why IS 'what stood in the way: forbidden, no_channel, no_guild, refused, late, or what was said';

-- The first moment after, and the last one up to, a time at which that digest is due on the clocks of a zone.
CREATE FUNCTION app.digest_next(zone text, every text, weekday integer, hour integer, after_at timestamptz) RETURNS timestamptz
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT min(at) FROM generate_series((after_at AT TIME ZONE zone)::date, (after_at AT TIME ZONE zone)::date + 8, '1 day') day
	CROSS JOIN LATERAL (SELECT (day::timestamp + make_interval(hours => hour)) AT TIME ZONE zone AS at) due
	WHERE at > after_at AND (every = 'day' OR extract(isodow FROM day) = weekday)
$$;
CREATE FUNCTION app.digest_last(zone text, every text, weekday integer, hour integer, until_at timestamptz) RETURNS timestamptz
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT max(at) FROM generate_series((until_at AT TIME ZONE zone)::date - 8, (until_at AT TIME ZONE zone)::date, '1 day') day
	CROSS JOIN LATERAL (SELECT (day::timestamp + make_interval(hours => hour)) AT TIME ZONE zone AS at) due
	WHERE at <= until_at AND (every = 'day' OR extract(isodow FROM day) = weekday)
$$;
