-- Coverage of a guild: which shards served it and when, where they did not, and what the guild itself was missing.
-- Several plans (numbers of shards) may have served a guild; it was watched while any of them did.

CREATE TABLE analytics.shard_service (
	shard_count integer NOT NULL,
	shard_id    integer NOT NULL,
	started_at  timestamptz NOT NULL,
	ended_at    timestamptz,
	PRIMARY KEY (shard_count, shard_id, started_at)
);
COMMENT ON TABLE analytics.shard_service IS 'when a shard was in service: from its first READY until its plan was given up for another; gaps in it are in coverage_gap';
COMMENT ON COLUMN analytics.shard_service.ended_at IS 'NULL while in service';

INSERT INTO analytics.shard_service (shard_count, shard_id, started_at)
SELECT s.shard_count, s.shard_id,
	coalesce((SELECT min(g.first_event_at) FROM analytics.guild g WHERE (g.guild_id >> 22) % s.shard_count = s.shard_id), s.changed_at)
FROM analytics.shard s;

ALTER TABLE analytics.coverage_gap ADD lost_entries bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN analytics.coverage_gap.lost_entries IS 'stream entries that were cut off before they were read (cause stream_cut)';

CREATE TABLE analytics.guild_gap (
	guild_id   bigint NOT NULL,
	started_at timestamptz NOT NULL,
	ended_at   timestamptz,
	cause      text NOT NULL,
	PRIMARY KEY (guild_id, started_at, cause)
);
COMMENT ON TABLE analytics.guild_gap IS 'when one guild told nothing though its shard was connected';
COMMENT ON COLUMN analytics.guild_gap.cause IS 'guild_unavailable: an outage at Discord; guild_removed: the bot was not in it';
COMMENT ON COLUMN analytics.guild_gap.ended_at IS 'NULL while it lasts';

INSERT INTO analytics.guild_gap (guild_id, started_at, cause)
SELECT guild_id, unavailable_at, 'guild_unavailable' FROM analytics.guild WHERE unavailable_at IS NOT NULL
UNION ALL
SELECT guild_id, removed_at, 'guild_removed' FROM analytics.guild WHERE removed_at IS NOT NULL;

ALTER TABLE analytics.position
	ADD entries       bigint,
	ADD handover_from text,
	ADD finished_at   timestamptz;
COMMENT ON COLUMN analytics.position.entries IS 'the number of the entry among all the stream ever had, from 1; NULL: not known';
COMMENT ON COLUMN analytics.position.handover_from IS 'behind which entry the stream began to tell what streams of an earlier plan told as well; NULL: it does not';
COMMENT ON COLUMN analytics.position.finished_at IS 'when the stream, given up for those of another plan, was folded in to its end; NULL: it lives';

-- The stretches between two times that are missing from a guild's figures, and those that RESUME healed. They may
-- overlap: what is missing in all is the union of those not healed.
CREATE FUNCTION analytics.gaps_of(guild bigint, from_at timestamptz, to_at timestamptz)
	RETURNS TABLE (started_at timestamptz, ended_at timestamptz, cause text, is_healed boolean, lost_entries bigint)
	LANGUAGE sql STABLE PARALLEL SAFE AS $$
WITH asked AS (
	SELECT tstzmultirange(tstzrange(from_at, greatest(from_at, to_at))) AS whole
), served AS (
	SELECT s.shard_count, s.shard_id,
		range_agg(tstzrange(s.started_at, greatest(s.started_at, coalesce(s.ended_at, 'infinity')))) AS spans
	FROM analytics.shard_service s
	WHERE (guild >> 22) % s.shard_count = s.shard_id AND s.started_at < to_at AND coalesce(s.ended_at, 'infinity') > from_at
	GROUP BY 1, 2
), shard_gap AS (
	SELECT c.shard_count, c.shard_id, c.cause, c.is_healed, c.lost_entries,
		tstzmultirange(tstzrange(c.started_at, greatest(c.started_at, coalesce(c.ended_at, 'infinity')))) * s.spans AS spans
	FROM served s JOIN analytics.coverage_gap c USING (shard_count, shard_id)
	WHERE c.started_at < to_at AND coalesce(c.ended_at, 'infinity') > from_at
), down AS (
	SELECT shard_count, shard_id, range_agg(spans) AS spans FROM shard_gap WHERE NOT is_healed GROUP BY 1, 2
), watched AS (
	SELECT coalesce(range_agg(s.spans - coalesce(d.spans, '{}')), '{}') AS spans
	FROM served s LEFT JOIN down d USING (shard_count, shard_id)
), missing AS (
	SELECT a.whole - w.spans AS spans FROM asked a CROSS JOIN watched w
)
SELECT lower(r), upper(r), g.cause, false, g.lost_entries
FROM shard_gap g CROSS JOIN missing m CROSS JOIN LATERAL unnest(g.spans * m.spans) r WHERE NOT g.is_healed
UNION ALL
SELECT lower(r), upper(r), 'no_shard', false, 0
FROM missing m CROSS JOIN LATERAL unnest(m.spans - coalesce((SELECT range_agg(d.spans) FROM down d), '{}')) r
UNION ALL
SELECT lower(r), upper(r), g.cause, true, 0
FROM shard_gap g CROSS JOIN asked a CROSS JOIN LATERAL unnest(g.spans * a.whole) r WHERE g.is_healed
UNION ALL
SELECT lower(r), upper(r), g.cause, false, 0
FROM analytics.guild_gap g CROSS JOIN asked a CROSS JOIN LATERAL
	unnest(tstzmultirange(tstzrange(g.started_at, greatest(g.started_at, coalesce(g.ended_at, 'infinity')))) * a.whole) r
WHERE g.guild_id = guild AND g.started_at < to_at AND coalesce(g.ended_at, 'infinity') > from_at
$$;
COMMENT ON FUNCTION analytics.gaps_of IS 'when a guild was not watched between two times, and why (metrics: coverage); no_shard: none was in service';
