-- The desk of another system: what was read of it waits here, then goes to app and response, labelled and apart from what we saw.

CREATE TABLE backup.import_curator (
	row_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	import_id  bigint NOT NULL,
	guild_id   bigint NOT NULL,
	user_id    bigint NOT NULL,
	name       text NOT NULL,
	kind       text NOT NULL,
	subdivision text NOT NULL,
	is_active  boolean NOT NULL,
	created_at timestamptz
);
COMMENT ON TABLE backup.import_curator IS 'curators that were read; they go to app.curator and response.staff';
COMMENT ON COLUMN backup.import_curator.guild_id IS '0: nobody said; wherever they worked';

CREATE TABLE backup.import_excluded (
	row_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	import_id  bigint NOT NULL,
	guild_id   bigint NOT NULL,
	user_id    bigint NOT NULL,
	reason     text NOT NULL,
	excluded_at timestamptz
);
COMMENT ON TABLE backup.import_excluded IS 'excluded people that were read; they go to app.curator_excluded';

CREATE TABLE backup.import_activity (
	row_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	import_id  bigint NOT NULL,
	guild_id   bigint NOT NULL,
	user_id    bigint NOT NULL,
	at         timestamptz NOT NULL,
	kind       text NOT NULL,
	message_id bigint NOT NULL,
	emoji      text NOT NULL,
	channel_id bigint NOT NULL,
	target_id  bigint,
	excerpt    text
);
COMMENT ON TABLE backup.import_activity IS 'activities that were read; they go to response.activity';

CREATE TABLE backup.import_request (
	row_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	import_id  bigint NOT NULL,
	guild_id   bigint NOT NULL,
	request_id bigint NOT NULL,
	channel_id bigint NOT NULL,
	kind       text NOT NULL,
	asked_at   timestamptz NOT NULL,
	answered_at timestamptz,
	answered_by bigint,
	answer_kind text,
	answer_id  bigint
);
COMMENT ON TABLE backup.import_request IS 'requests that were read; they go to response.request';

CREATE TABLE backup.import_task_report (
	row_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	import_id  bigint NOT NULL,
	guild_id   bigint NOT NULL,
	report_id  bigint NOT NULL,
	channel_id bigint NOT NULL,
	author_id  bigint NOT NULL,
	reported_at timestamptz NOT NULL,
	tasks      bigint NOT NULL,
	state      text NOT NULL,
	curator_id bigint,
	claimed_at timestamptz,
	approved   bigint,
	verified_at timestamptz,
	excerpt    text
);
COMMENT ON TABLE backup.import_task_report IS 'task reports that were read; they go to response.task_report';

CREATE TABLE backup.import_decision (
	row_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	import_id  bigint NOT NULL,
	guild_id   bigint NOT NULL,
	target     text NOT NULL CHECK (target IN ('desk_settings', 'request_rule', 'task_settings', 'notice_settings', 'rating_settings')),
	columns    jsonb NOT NULL
);
COMMENT ON TABLE backup.import_decision IS 'settings that were read; they go to the table of app named by target, where the guild has decided nothing yet';

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['curator', 'excluded', 'activity', 'request', 'task_report', 'decision'] LOOP
		EXECUTE format('CREATE INDEX import_%1$s_import ON backup.import_%1$s (import_id, row_id)', name);
	END LOOP;
END $$;

-- --- what was imported is known as that ---

ALTER TABLE response.staff ADD source smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN response.staff.source IS '0 live, 2 imported';
COMMENT ON COLUMN response.request.channel_id IS 'channel or thread it was asked in; 0: not known, of an imported one';
COMMENT ON COLUMN response.request.author_id IS 'who asked; 1 (nobody in particular) where an import does not say';

CREATE FUNCTION response.live_since(guild bigint) RETURNS timestamptz
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(least((SELECT min(r.asked_at) FROM response.request r WHERE r.guild_id = guild AND r.source = 0),
		(SELECT min(a.at) FROM response.activity a WHERE a.guild_id = guild AND a.source = 0),
		(SELECT min(t.reported_at) FROM response.task_report t WHERE t.guild_id = guild AND t.source = 0)), 'infinity')
$$;
COMMENT ON FUNCTION response.live_since IS 'when the desk of a guild saw something itself for the first time: what is imported lies before; infinity: it has seen nothing';

-- Nobody is reminded of what was over before we came, not even when somebody opens it again.
CREATE OR REPLACE FUNCTION response.wait_for_answer(guild bigint, request bigint, since timestamptz) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO response.due (guild_id, request_id, kind, step, due_at)
	SELECT guild, request, 'reminder', 0, since + n.delay_s * interval '1 second'
	FROM app.notice_settings n WHERE n.guild_id = guild AND n.is_enabled
		AND NOT EXISTS (SELECT FROM response.request r WHERE r.guild_id = guild AND r.request_id = request AND r.source <> 0)
	ON CONFLICT DO NOTHING
$$;

-- The address of a database has its password in it: it is gone when the job is.
CREATE FUNCTION backup.on_job_over() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	NEW.parameters := NEW.parameters - 'url';
	RETURN NEW;
END $$;
COMMENT ON FUNCTION backup.on_job_over IS 'forgets the address a job was told: whoever ends it, however';
CREATE TRIGGER job_over BEFORE INSERT OR UPDATE ON backup.job FOR EACH ROW
	WHEN (NEW.state IN ('done', 'failed', 'cancelled')) EXECUTE FUNCTION backup.on_job_over();

-- Who is erased while something of theirs waits here does not come back with it.
CREATE FUNCTION backup.import_forgets() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM backup.import_curator WHERE guild_id IN (0, NEW.guild_id) AND user_id = NEW.user_id;
	DELETE FROM backup.import_excluded WHERE guild_id = NEW.guild_id AND user_id = NEW.user_id;
	DELETE FROM backup.import_activity WHERE guild_id = NEW.guild_id AND user_id = NEW.user_id;
	UPDATE backup.import_request SET answered_by = 1 WHERE guild_id = NEW.guild_id AND answered_by = NEW.user_id;
	UPDATE backup.import_task_report SET author_id = CASE author_id WHEN NEW.user_id THEN 1 ELSE author_id END,
		curator_id = CASE curator_id WHEN NEW.user_id THEN 1 ELSE curator_id END, excerpt = NULL
	WHERE guild_id = NEW.guild_id AND NEW.user_id IN (author_id, curator_id);
	RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION backup.import_forgets FROM PUBLIC;
CREATE TRIGGER import_forgets AFTER INSERT ON app.erasure FOR EACH ROW EXECUTE FUNCTION backup.import_forgets();
