-- What is kept of curators who were taken off the list.

CREATE TABLE app.curator_archive (
	archive_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id    bigint NOT NULL,
	user_id     bigint NOT NULL,
	name        text NOT NULL,
	profile     jsonb NOT NULL,
	activities  bigint NOT NULL,
	answers     bigint NOT NULL,
	task_reports bigint NOT NULL,
	bytes       bigint NOT NULL,
	archived_by bigint NOT NULL,
	archived_at timestamptz NOT NULL,
	restored_at timestamptz
);
CREATE INDEX curator_archive_guild ON app.curator_archive (guild_id, archive_id DESC);
COMMENT ON TABLE app.curator_archive IS 'curators who were deleted, to be downloaded or brought back';
COMMENT ON COLUMN app.curator_archive.profile IS 'their row of app.curator as it was';
COMMENT ON COLUMN app.curator_archive.activities IS 'rows in the file; likewise answers and task reports';
COMMENT ON COLUMN app.curator_archive.bytes IS 'of the file';
COMMENT ON COLUMN app.curator_archive.restored_at IS 'when they were last brought back from it';

CREATE TABLE app.curator_archive_file (
	archive_id bigint PRIMARY KEY REFERENCES app.curator_archive ON DELETE CASCADE,
	content    bytea NOT NULL CHECK (octet_length(content) <= 33554432)
);
ALTER TABLE app.curator_archive_file ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE app.curator_archive_file IS 'the file of an archive: gzipped JSON';
