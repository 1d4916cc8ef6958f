-- Backups, drills, restores, imports and upkeep: what the owner decides (app) and what backup-scheduler did (backup).

CREATE TABLE app.backup_settings (
	is_only      boolean PRIMARY KEY DEFAULT true CHECK (is_only),
	is_enabled   boolean NOT NULL DEFAULT true,
	schedule     text NOT NULL DEFAULT '0 2 * * *',
	zone         text NOT NULL DEFAULT 'UTC',
	keep_last    integer NOT NULL DEFAULT 3 CHECK (keep_last BETWEEN 1 AND 1000),
	keep_hourly  integer NOT NULL DEFAULT 0 CHECK (keep_hourly BETWEEN 0 AND 1000),
	keep_daily   integer NOT NULL DEFAULT 7 CHECK (keep_daily BETWEEN 0 AND 1000),
	keep_weekly  integer NOT NULL DEFAULT 4 CHECK (keep_weekly BETWEEN 0 AND 1000),
	keep_monthly integer NOT NULL DEFAULT 6 CHECK (keep_monthly BETWEEN 0 AND 1000),
	drill        text NOT NULL DEFAULT 'nightly' CHECK (drill IN ('after_each', 'nightly', 'never')),
	drill_minute integer NOT NULL DEFAULT 240 CHECK (drill_minute BETWEEN 0 AND 1439),
	updated_at   timestamptz NOT NULL DEFAULT now()
);
INSERT INTO app.backup_settings DEFAULT VALUES;
COMMENT ON TABLE app.backup_settings IS 'one row: when backups are made, and which are kept; where to is configuration (BACKUP_DIR, S3_*)';
COMMENT ON COLUMN app.backup_settings.schedule IS 'five fields as cron has them: minute hour day month weekday';
COMMENT ON COLUMN app.backup_settings.zone IS 'IANA zone of the schedule, of the ladder''s days and of drill_minute';
COMMENT ON COLUMN app.backup_settings.keep_last IS 'the newest so many are kept, then the newest of so many hours, days, weeks, months; the last good one always';
COMMENT ON COLUMN app.backup_settings.drill IS 'when a backup is restored into a scratch database and compared';
COMMENT ON COLUMN app.backup_settings.drill_minute IS 'minute of the local day of a nightly drill';

CREATE SCHEMA backup;
COMMENT ON SCHEMA backup IS 'what was backed up, drilled, restored, imported and tidied; written by backup-scheduler';
GRANT USAGE ON SCHEMA backup TO rations_backup, rations_api;
GRANT USAGE ON SCHEMA app, analytics, response TO rations_backup;
GRANT pg_read_all_data TO rations_backup;
ALTER DEFAULT PRIVILEGES IN SCHEMA backup GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rations_backup;
ALTER DEFAULT PRIVILEGES IN SCHEMA backup GRANT SELECT ON TABLES TO rations_api;

CREATE TABLE backup.backup (
	backup_id   text PRIMARY KEY CHECK (backup_id ~ '^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$'),
	kind        text NOT NULL CHECK (kind IN ('scheduled', 'manual', 'before_restore', 'upload', 'guild')),
	guild_id    bigint,
	name        text NOT NULL DEFAULT '' CHECK (length(name) <= 80),
	description text NOT NULL DEFAULT '' CHECK (length(description) <= 500),
	state       text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'ready', 'failed', 'damaged', 'deleted')),
	why         text NOT NULL DEFAULT '',
	started_at  timestamptz NOT NULL,
	finished_at timestamptz,
	size_bytes  bigint,
	sha256      text,
	is_encrypted boolean NOT NULL DEFAULT false,
	manifest    jsonb,
	drilled_at  timestamptz,
	drill_state text CHECK (drill_state IN ('passed', 'failed')),
	drill       jsonb
);
COMMENT ON TABLE backup.backup IS 'a backup, there or gone';
COMMENT ON COLUMN backup.backup.guild_id IS 'of kind guild: the one guild in it';
COMMENT ON COLUMN backup.backup.size_bytes IS 'of the file as stored; sha256 likewise';
COMMENT ON COLUMN backup.backup.manifest IS 'versions, schema, rows a table, sizes, duration; the same as in the file''s head';
COMMENT ON COLUMN backup.backup.drill IS 'tables, rows, different rows, seconds; what differed';

CREATE TABLE backup.copy (
	backup_id text NOT NULL REFERENCES backup.backup ON DELETE CASCADE,
	place     text NOT NULL CHECK (place IN ('folder', 's3')),
	key       text NOT NULL,
	stored_at timestamptz NOT NULL,
	state     text NOT NULL DEFAULT 'good' CHECK (state IN ('good', 'damaged', 'missing')),
	read_at   timestamptz,
	PRIMARY KEY (backup_id, place)
);
COMMENT ON TABLE backup.copy IS 'where a backup lies';
COMMENT ON COLUMN backup.copy.key IS 'file name in the folder, or object key; made by us, never taken from outside';
COMMENT ON COLUMN backup.copy.state IS 'as it was when last read; a backup without a good copy is damaged';
COMMENT ON COLUMN backup.copy.read_at IS 'when every byte of it was last read and compared';

CREATE TABLE backup.job (
	job_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	command_id  text UNIQUE,
	kind        text NOT NULL CHECK (kind IN ('backup', 'drill', 'verify', 'restore', 'delete', 'upload', 'import', 'export')),
	backup_id   text,
	parameters  jsonb NOT NULL DEFAULT '{}',
	state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
	step        text NOT NULL DEFAULT '',
	progress    real CHECK (progress BETWEEN 0 AND 1),
	detail      jsonb,
	why         text NOT NULL DEFAULT '',
	asked_by    bigint NOT NULL DEFAULT 0,
	created_at  timestamptz NOT NULL,
	started_at  timestamptz,
	beat_at     timestamptz,
	finished_at timestamptz
);
CREATE INDEX job_waiting ON backup.job (job_id) WHERE state IN ('waiting', 'running');
CREATE UNIQUE INDEX job_running ON backup.job ((true)) WHERE state = 'running';
COMMENT ON TABLE backup.job IS 'what backup-scheduler is to do, does and did; one at a time';
COMMENT ON COLUMN backup.job.asked_by IS 'the account; 0: the schedule';
COMMENT ON COLUMN backup.job.progress IS 'share done; NULL: not known';
COMMENT ON COLUMN backup.job.beat_at IS 'when who works on it was last alive; taken over when that is long ago';
COMMENT ON COLUMN backup.job.detail IS 'the report: of an import what, how many, what was skipped and why';

CREATE TABLE backup.upkeep (
	task        text PRIMARY KEY,
	every_s     integer NOT NULL,
	started_at  timestamptz,
	finished_at timestamptz,
	next_at     timestamptz NOT NULL,
	outcome     text NOT NULL DEFAULT '',
	detail      jsonb
);
COMMENT ON TABLE backup.upkeep IS 'maintenance that comes again: when it last ran, what came of it, when it runs next';

GRANT SELECT ON app.backup_settings TO rations_backup;
