-- Moving in: what another system counted (docs/why/imports.md). Read into staging tables of schema backup first; what
-- is imported is labelled as such (source 2) and lies before the first moment we counted ourselves.

ALTER TABLE analytics.voice_hourly ADD source smallint NOT NULL DEFAULT 0;
ALTER TABLE analytics.member_flow ADD source smallint NOT NULL DEFAULT 0;
ALTER TABLE analytics.guild_snapshot ADD source smallint NOT NULL DEFAULT 0;
ALTER TABLE analytics.guild ADD imported_from timestamptz;
COMMENT ON COLUMN analytics.message_hourly.source IS '0 counted live, 1 read from history, 2 imported from another system';
COMMENT ON COLUMN analytics.guild_hourly.source IS '0 counted live, 1 read from history: messages only, 2 imported from another system';
COMMENT ON COLUMN analytics.voice_hourly.source IS '0 counted live, 2 imported: only how long somebody was connected';
COMMENT ON COLUMN analytics.member_flow.source IS '0 told live, 2 imported';
COMMENT ON COLUMN analytics.guild_snapshot.source IS '0 seen live, 2 imported: members and channels, the rest is 0';
COMMENT ON COLUMN analytics.guild.imported_from IS 'the earliest moment of what was imported; NULL: nothing was';

CREATE TABLE analytics.import_span (
	claim      bigint GENERATED ALWAYS AS IDENTITY,
	guild_id   bigint NOT NULL,
	kind       text NOT NULL CHECK (kind IN ('messages', 'voice', 'flows', 'snapshots')),
	channel_id bigint NOT NULL,
	from_id    bigint NOT NULL,
	to_id      bigint NOT NULL CHECK (to_id >= from_id),
	import_id  bigint NOT NULL,
	PRIMARY KEY (guild_id, kind, channel_id, from_id)
);
COMMENT ON TABLE analytics.import_span IS 'what imports cover, without overlaps: it is not imported again, nor read from history';
COMMENT ON COLUMN analytics.import_span.claim IS 'later claims have greater numbers';
COMMENT ON COLUMN analytics.import_span.channel_id IS '0: the whole guild (all kinds but messages)';
COMMENT ON COLUMN analytics.import_span.from_id IS 'the first message covered, or millisecond (all kinds but messages); to_id the last one';

-- Those who fold the guild's streams wait meanwhile, and nobody may opt out.
CREATE FUNCTION analytics.import_turn(guild bigint) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT pg_advisory_xact_lock(hashtext('analytics.turn'), hashtext(stream)) FROM (
		SELECT DISTINCT format('events:{%s.%s}', shard_count, (guild >> 22) % shard_count) AS stream
		FROM analytics.shard ORDER BY 1) s;
	SELECT pg_advisory_xact_lock_shared(hashtext('analytics.rules'));
$$;
COMMENT ON FUNCTION analytics.import_turn IS 'first in a transaction that adds imported rows to a guild';

CREATE FUNCTION analytics.days_anew(guild bigint) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO analytics.day_work AS w (guild_id, zone)
	SELECT $1, coalesce((SELECT timezone FROM app.guild_settings WHERE guild_id = $1), 'UTC')
	ON CONFLICT (guild_id) DO UPDATE SET zone = EXCLUDED.zone, is_cleared = false, made_from = 'infinity', next_from = NULL, started_at = now();
	UPDATE analytics.guild SET day_zone = '' WHERE guild_id = $1;
$$;
COMMENT ON FUNCTION analytics.days_anew IS 'has the days of a guild made from its hours again, after hours came that nobody added to days; until then hours are read';
REVOKE ALL ON FUNCTION analytics.import_turn, analytics.days_anew FROM PUBLIC;

-- --- reading ---

CREATE TABLE backup.import (
	import_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	job_id      bigint UNIQUE,
	source      text NOT NULL DEFAULT '',
	file        text NOT NULL DEFAULT '',
	name        text NOT NULL DEFAULT '' CHECK (length(name) <= 200),
	size_bytes  bigint,
	state       text NOT NULL DEFAULT 'reading' CHECK (state IN ('reading', 'ready', 'importing', 'done', 'failed', 'dropped')),
	why         text NOT NULL DEFAULT '',
	part        bigint NOT NULL DEFAULT 0,
	at          bigint NOT NULL DEFAULT 0,
	claims      bigint NOT NULL DEFAULT 0,
	report      jsonb NOT NULL DEFAULT '{}',
	asked_by    bigint NOT NULL DEFAULT 0,
	created_at  timestamptz NOT NULL DEFAULT now(),
	read_at     timestamptz,
	finished_at timestamptz
);
COMMENT ON TABLE backup.import IS 'one file (or database) somebody moves in from';
COMMENT ON COLUMN backup.import.job_id IS 'the job that reads it; NULL: the command line does';
COMMENT ON COLUMN backup.import.source IS 'which system it is of, once it was recognised';
COMMENT ON COLUMN backup.import.file IS 'our name of the file in BACKUP_DIR/import; a path when the command line named it';
COMMENT ON COLUMN backup.import.name IS 'what its owner calls it: only ever shown';
COMMENT ON COLUMN backup.import.state IS 'reading (the dry run), ready (to be imported: the report is whole), importing, done; dropped: not wanted after all';
COMMENT ON COLUMN backup.import.part IS 'with at: up to where it is read and staged; changes only in the transaction that stages';
COMMENT ON COLUMN backup.import.claims IS 'the newest analytics.import_span.claim when reading began';
COMMENT ON COLUMN backup.import.report IS 'what, how many, from when to when, what is left out and why';

CREATE TABLE backup.import_message (
	import_id   bigint NOT NULL,
	guild_id    bigint NOT NULL,
	hour        timestamptz NOT NULL,
	channel_id  bigint NOT NULL,
	user_id     bigint NOT NULL,
	author_kind smallint NOT NULL,
	messages    integer NOT NULL,
	replies     integer NOT NULL,
	attachments integer NOT NULL,
	notices     integer NOT NULL,
	characters  bigint NOT NULL,
	blocks      smallint NOT NULL
);
CREATE INDEX import_message_month ON backup.import_message (import_id, guild_id, hour);
COMMENT ON TABLE backup.import_message IS 'staged for analytics.message_hourly; an hour of a user may come in several rows';

CREATE TABLE backup.import_voice (
	import_id  bigint NOT NULL,
	guild_id   bigint NOT NULL,
	hour       timestamptz NOT NULL,
	channel_id bigint NOT NULL,
	user_id    bigint NOT NULL,
	ms         bigint NOT NULL
);
CREATE INDEX import_voice_month ON backup.import_voice (import_id, guild_id, hour);
COMMENT ON TABLE backup.import_voice IS 'staged for analytics.voice_hourly; likewise';

CREATE TABLE backup.import_flow (
	import_id bigint NOT NULL,
	guild_id  bigint NOT NULL,
	at        timestamptz NOT NULL,
	user_id   bigint NOT NULL,
	kind      text NOT NULL,
	is_bot    boolean NOT NULL
);
CREATE INDEX import_flow_month ON backup.import_flow (import_id, guild_id, at);
COMMENT ON TABLE backup.import_flow IS 'staged for analytics.member_flow';

CREATE TABLE backup.import_snapshot (
	import_id bigint NOT NULL,
	guild_id  bigint NOT NULL,
	at        timestamptz NOT NULL,
	members   bigint NOT NULL,
	channels  integer NOT NULL,
	voice_members integer NOT NULL
);
CREATE INDEX import_snapshot_month ON backup.import_snapshot (import_id, guild_id, at);
COMMENT ON TABLE backup.import_snapshot IS 'staged for analytics.guild_snapshot';

CREATE TABLE backup.import_channel (
	import_id  bigint NOT NULL,
	guild_id   bigint NOT NULL,
	channel_id bigint NOT NULL,
	parent_id  bigint,
	kind       smallint NOT NULL,
	name       text NOT NULL
);
CREATE INDEX import_channel_import ON backup.import_channel (import_id);
COMMENT ON TABLE backup.import_channel IS 'staged for analytics.channel: those Discord has not described to us';

CREATE TABLE backup.import_member (
	import_id bigint NOT NULL,
	guild_id  bigint NOT NULL,
	user_id   bigint NOT NULL,
	username  text NOT NULL,
	nick      text,
	is_bot    boolean NOT NULL
);
CREATE INDEX import_member_import ON backup.import_member (import_id);
COMMENT ON TABLE backup.import_member IS 'staged for analytics.member: names of those Discord has not described to us';

CREATE TABLE backup.import_seen (
	import_id  bigint NOT NULL,
	guild_id   bigint NOT NULL,
	kind       text NOT NULL,
	channel_id bigint NOT NULL,
	from_id    bigint NOT NULL,
	to_id      bigint NOT NULL,
	PRIMARY KEY (import_id, guild_id, kind, channel_id)
);
COMMENT ON TABLE backup.import_seen IS 'from where to where what was staged goes: what the import will cover (analytics.import_span)';

-- What is staged for an import, wherever that is.
CREATE FUNCTION backup.import_forget(import bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stage text;
BEGIN
	FOR stage IN SELECT a.attrelid::regclass::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
			WHERE c.relnamespace = 'backup'::regnamespace AND c.relkind = 'r' AND a.attname = 'import_id'
			AND c.relname LIKE 'import\_%' LOOP
		EXECUTE format('DELETE FROM %s WHERE import_id = $1', stage) USING import;
	END LOOP;
END $$;
COMMENT ON FUNCTION backup.import_forget IS 'empties every staging table (backup.import_...) of what one import staged';
REVOKE ALL ON FUNCTION backup.import_forget FROM PUBLIC;
