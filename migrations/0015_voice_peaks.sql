-- What hours of voice do not tell when they are added up: how many were there at once, how often somebody came,
-- how long there were streams and cameras.

CREATE TABLE analytics.voice_guild_hourly (
	guild_id   bigint NOT NULL,
	hour       timestamptz NOT NULL,
	sessions   integer NOT NULL DEFAULT 0,
	stream_ms  bigint NOT NULL DEFAULT 0,
	video_ms   bigint NOT NULL DEFAULT 0,
	raw_peak     integer NOT NULL DEFAULT 0,
	present_peak integer NOT NULL DEFAULT 0,
	engaged_peak integer NOT NULL DEFAULT 0,
	talking_peak integer NOT NULL DEFAULT 0,
	raw_peak_at     timestamptz,
	present_peak_at timestamptz,
	engaged_peak_at timestamptz,
	talking_peak_at timestamptz,
	PRIMARY KEY (guild_id, hour)
) PARTITION BY RANGE (hour);
COMMENT ON TABLE analytics.voice_guild_hourly IS 'one UTC hour of voice in a guild, people only (metrics: Voice)';
COMMENT ON COLUMN analytics.voice_guild_hourly.sessions IS 'how often somebody came into voice; going from channel to channel is one session';
COMMENT ON COLUMN analytics.voice_guild_hourly.stream_ms IS 'member-milliseconds of streaming (Go Live), in segments that have ended; video_ms: with the camera on';
COMMENT ON COLUMN analytics.voice_guild_hourly.raw_peak IS 'most people connected at one moment; likewise present, engaged, talking. Nobody is counted twice who changes channels';
COMMENT ON COLUMN analytics.voice_guild_hourly.raw_peak_at IS 'when it was so first in the hour';

SELECT analytics.ensure_months(min(started_at), now()) FROM analytics.voice_segment HAVING count(*) > 0;

-- What was recorded so far, from its segments: one comes when a segment begins and goes when it ends.
WITH segment AS (
	SELECT guild_id, started_at, ended_at, stream, video, is_present, is_present AND has_company AND has_unmuted AS is_engaged, is_unmuted
	FROM (SELECT *, NOT is_afk AND NOT self_deaf AND NOT deaf AS is_present, NOT mute AND NOT self_mute AND NOT suppress AS is_unmuted
		FROM analytics.voice_segment WHERE NOT is_bot AND ended_at > started_at) s
), step AS (
	SELECT guild_id, at, date_trunc('hour', started_at, 'UTC') AS hour, sum(n) AS raw, sum(n) FILTER (WHERE is_present) AS present,
		sum(n) FILTER (WHERE is_engaged) AS engaged, sum(n) FILTER (WHERE is_engaged AND is_unmuted) AS talking
	FROM segment CROSS JOIN LATERAL (VALUES (started_at, 1), (ended_at, -1)) e (at, n) GROUP BY 1, 2, 3
), crowd AS (
	SELECT guild_id, hour, at, sum(raw) OVER so_far AS raw, sum(present) OVER so_far AS present,
		sum(engaged) OVER so_far AS engaged, sum(talking) OVER so_far AS talking
	FROM step WINDOW so_far AS (PARTITION BY guild_id, hour ORDER BY at)
), peak AS (
	SELECT guild_id, hour, max(raw) AS raw, coalesce(max(present), 0) AS present,
		coalesce(max(engaged), 0) AS engaged, coalesce(max(talking), 0) AS talking
	FROM crowd GROUP BY 1, 2
), total AS (
	SELECT guild_id, date_trunc('hour', started_at, 'UTC') AS hour,
		round(sum(extract(epoch FROM ended_at - started_at)) FILTER (WHERE stream) * 1000) AS stream_ms,
		round(sum(extract(epoch FROM ended_at - started_at)) FILTER (WHERE video) * 1000) AS video_ms
	FROM segment GROUP BY 1, 2
), begun AS (
	SELECT guild_id, date_trunc('hour', started_at, 'UTC') AS hour, count(*) AS sessions
	FROM (SELECT guild_id, started_at, lag(ended_at) OVER (PARTITION BY guild_id, user_id ORDER BY started_at) AS before
		FROM analytics.voice_segment WHERE NOT is_bot) s
	WHERE before IS DISTINCT FROM started_at GROUP BY 1, 2
)
INSERT INTO analytics.voice_guild_hourly (guild_id, hour, sessions, stream_ms, video_ms, raw_peak, present_peak, engaged_peak, talking_peak,
	raw_peak_at, present_peak_at, engaged_peak_at, talking_peak_at)
SELECT p.guild_id, p.hour, coalesce(b.sessions, 0), coalesce(t.stream_ms, 0), coalesce(t.video_ms, 0), p.raw, p.present, p.engaged, p.talking,
	w.raw_at, w.present_at, w.engaged_at, w.talking_at
FROM peak p LEFT JOIN total t USING (guild_id, hour) LEFT JOIN begun b USING (guild_id, hour)
CROSS JOIN LATERAL (
	SELECT min(at) FILTER (WHERE c.raw = p.raw AND p.raw > 0) AS raw_at, min(at) FILTER (WHERE c.present = p.present AND p.present > 0) AS present_at,
		min(at) FILTER (WHERE c.engaged = p.engaged AND p.engaged > 0) AS engaged_at,
		min(at) FILTER (WHERE c.talking = p.talking AND p.talking > 0) AS talking_at
	FROM crowd c WHERE c.guild_id = p.guild_id AND c.hour = p.hour) w;
