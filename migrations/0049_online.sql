-- How many members are online over time, of guilds that opted in to presence (metrics: only where opted in). Discord counts
-- them itself and tells a number, nobody's name; we look every ten minutes and keep sums by the hour.

CREATE TABLE analytics.online_hourly (
	guild_id bigint NOT NULL,
	hour     timestamptz NOT NULL,
	looks    integer NOT NULL,
	total    bigint NOT NULL,
	peak     integer NOT NULL,
	PRIMARY KEY (guild_id, hour)
);
COMMENT ON TABLE analytics.online_hourly IS 'members online in a UTC hour, as Discord approximately counts them; only of guilds that opted in (app.guild_settings.wants_presence)';
COMMENT ON COLUMN analytics.online_hourly.looks IS 'how often we looked';
COMMENT ON COLUMN analytics.online_hourly.total IS 'what we saw, added up: the mean is total / looks';
COMMENT ON COLUMN analytics.online_hourly.peak IS 'the most we saw at once';

CREATE TABLE analytics.online_watch (
	guild_id bigint PRIMARY KEY,
	due_at   timestamptz NOT NULL
);
COMMENT ON TABLE analytics.online_watch IS 'when a guild that opted in is looked at again';
