-- How backup.job is worked through, when the next one is due, and what an owner has to hear of.

ALTER TABLE backup.job ADD COLUMN tries integer NOT NULL DEFAULT 0;
ALTER TABLE backup.job ADD COLUMN is_cancelled boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN backup.job.tries IS 'how often it was begun: who works on it may be killed';
COMMENT ON COLUMN backup.job.is_cancelled IS 'somebody wants it to end; who works on it will';

CREATE TABLE backup.plan (
	kind     text PRIMARY KEY CHECK (kind IN ('backup', 'drill')),
	schedule text NOT NULL,
	zone     text NOT NULL,
	next_at  timestamptz,
	why      text NOT NULL DEFAULT ''
);
COMMENT ON TABLE backup.plan IS 'when the schedule in app.backup_settings calls next';
COMMENT ON COLUMN backup.plan.schedule IS 'the five fields that next_at was worked out from; zone likewise';
COMMENT ON COLUMN backup.plan.next_at IS 'NULL: never; then why, if something is wrong with it';

CREATE TABLE backup.alarm (
	alarm_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind      text NOT NULL CHECK (kind IN ('backup_failed', 'drill_failed', 'no_space')),
	backup_id text,
	why       text NOT NULL,
	times     integer NOT NULL DEFAULT 1,
	raised_at timestamptz NOT NULL,
	last_at   timestamptz NOT NULL,
	ended_at  timestamptz
);
CREATE UNIQUE INDEX alarm_open ON backup.alarm (kind) WHERE ended_at IS NULL;
COMMENT ON TABLE backup.alarm IS 'what is wrong with backups, for the page and, by response-tracker, for Discord';
COMMENT ON COLUMN backup.alarm.times IS 'how often it happened, last at last_at, since it was well';
COMMENT ON COLUMN backup.alarm.ended_at IS 'when the next one went well; NULL: it still is wrong';

GRANT USAGE ON SCHEMA backup TO rations_response;
GRANT SELECT ON backup.alarm TO rations_response;
GRANT SELECT ON app.backup_settings TO rations_response;

ALTER TABLE app.backup_settings ADD COLUMN alarm_guild_id bigint;
COMMENT ON COLUMN app.backup_settings.alarm_guild_id IS 'the guild whose channel for system notices hears of alarms; NULL: none does';
