-- What a guild decides about requests for help: what is one, who answers, by when, whom to tell, what work counts.

GRANT USAGE ON SCHEMA app, analytics TO rations_response;

-- --- requests ---

CREATE TABLE app.desk_settings (
	guild_id         bigint PRIMARY KEY,
	is_enabled       boolean NOT NULL DEFAULT false,
	staff_roles      bigint[] NOT NULL DEFAULT '{}',
	ignored_users    bigint[] NOT NULL DEFAULT '{}',
	allowed_channels bigint[] NOT NULL DEFAULT '{}',
	denied_channels  bigint[] NOT NULL DEFAULT '{}',
	merge_window_s   integer NOT NULL DEFAULT 120 CHECK (merge_window_s BETWEEN 0 AND 3600),
	reopen_window_s  integer NOT NULL DEFAULT 86400 CHECK (reopen_window_s BETWEEN 0 AND 2592000),
	horizon_s        integer NOT NULL DEFAULT 86400 CHECK (horizon_s BETWEEN 600 AND 2592000),
	good_s           integer NOT NULL DEFAULT 60 CHECK (good_s BETWEEN 1 AND 86400),
	poor_s           integer NOT NULL DEFAULT 300 CHECK (poor_s BETWEEN 1 AND 604800),
	counts_replies   boolean NOT NULL DEFAULT true,
	counts_threads   boolean NOT NULL DEFAULT true,
	counts_reactions boolean NOT NULL DEFAULT true,
	counts_claims    boolean NOT NULL DEFAULT true,
	updated_at       timestamptz NOT NULL DEFAULT now(),
	CHECK (poor_s > good_s)
);
COMMENT ON TABLE app.desk_settings IS 'a guild whose requests for help are watched (metrics: Requests and answers)';
COMMENT ON COLUMN app.desk_settings.staff_roles IS 'members with one of these roles are staff';
COMMENT ON COLUMN app.desk_settings.ignored_users IS 'whose messages never are requests';
COMMENT ON COLUMN app.desk_settings.allowed_channels IS 'channels, categories and threads in which requests are looked for; empty: all';
COMMENT ON COLUMN app.desk_settings.denied_channels IS 'likewise where not; goes before allowed_channels';
COMMENT ON COLUMN app.desk_settings.merge_window_s IS 'seconds in which further messages of the same author in the same channel belong to the request; 0: never';
COMMENT ON COLUMN app.desk_settings.reopen_window_s IS 'seconds after it was resolved in which the author reopens a request by writing again; 0: never';
COMMENT ON COLUMN app.desk_settings.horizon_s IS 'seconds after which a request without an answer counts as unanswered';
COMMENT ON COLUMN app.desk_settings.good_s IS 'an answer within so many seconds is good';
COMMENT ON COLUMN app.desk_settings.poor_s IS 'an answer after so many seconds or more is poor';
COMMENT ON COLUMN app.desk_settings.counts_replies IS 'a reply is an answer; likewise a message in the request''s thread, a reaction on it, a claim of it';

CREATE TABLE app.request_rule (
	rule_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id   bigint NOT NULL,
	name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
	kind       text NOT NULL CHECK (kind IN ('mention', 'keyword', 'forum')),
	is_enabled boolean NOT NULL DEFAULT false,
	priority   smallint NOT NULL DEFAULT 2 CHECK (priority BETWEEN 1 AND 4),
	roles      bigint[] NOT NULL DEFAULT '{}',
	words      text[] NOT NULL DEFAULT '{}',
	stems      text[] NOT NULL DEFAULT '{}',
	phrases    text[] NOT NULL DEFAULT '{}',
	patterns   text[] NOT NULL DEFAULT '{}',
	allowed_channels bigint[] NOT NULL DEFAULT '{}',
	denied_channels  bigint[] NOT NULL DEFAULT '{}',
	position   integer NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX request_rule_guild ON app.request_rule (guild_id, position, rule_id);
COMMENT ON TABLE app.request_rule IS 'what makes a message a request; of several that match, the one with the highest priority, then the first';
COMMENT ON COLUMN app.request_rule.kind IS 'mention: of one of `roles`; keyword: of the texts; forum: a post in a forum';
COMMENT ON COLUMN app.request_rule.priority IS '1 low, 2 normal, 3 high, 4 urgent; what its requests get';
COMMENT ON COLUMN app.request_rule.roles IS 'roles whose mention counts; empty: the guild''s staff roles';
COMMENT ON COLUMN app.request_rule.words IS 'whole words, exactly; case, ё and zero-width characters aside';
COMMENT ON COLUMN app.request_rule.stems IS 'words in any of their forms (Russian and English)';
COMMENT ON COLUMN app.request_rule.phrases IS 'words one after the other';
COMMENT ON COLUMN app.request_rule.patterns IS 'regular expressions (PCRE2), matched with bounds';

CREATE TABLE app.response_target (
	target_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id   bigint NOT NULL,
	channel_id bigint NOT NULL DEFAULT 0,
	priority   smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 4),
	first_response_s integer NOT NULL CHECK (first_response_s BETWEEN 1 AND 2592000),
	is_business boolean NOT NULL DEFAULT false,
	UNIQUE (guild_id, channel_id, priority)
);
COMMENT ON TABLE app.response_target IS 'by when a first answer is wanted; the most particular row counts: channel and priority, channel, category, priority, all';
COMMENT ON COLUMN app.response_target.channel_id IS 'channel or category; 0: all';
COMMENT ON COLUMN app.response_target.priority IS '0: every';
COMMENT ON COLUMN app.response_target.first_response_s IS 'seconds from request to answer';
COMMENT ON COLUMN app.response_target.is_business IS 'seconds of business time (app.open_hours)';

-- --- when somebody is there ---

CREATE TABLE app.schedule (
	guild_id   bigint NOT NULL,
	valid_from date NOT NULL,
	zone       text NOT NULL,
	week       int4multirange NOT NULL DEFAULT '{[0,10080)}',
	PRIMARY KEY (guild_id, valid_from),
	CHECK (week <@ int4multirange(int4range(0, 10080)))
);
COMMENT ON TABLE app.schedule IS 'a guild''s business hours, in versions: the one with the newest valid_from up to a day is that day''s';
COMMENT ON COLUMN app.schedule.valid_from IS 'first local day of this version';
COMMENT ON COLUMN app.schedule.zone IS 'IANA zone';
COMMENT ON COLUMN app.schedule.week IS 'open minutes of the local week, Monday 00:00 being 0';

CREATE TABLE app.holiday (
	guild_id bigint NOT NULL,
	day      date NOT NULL,
	name     text NOT NULL DEFAULT '',
	open     int4multirange NOT NULL DEFAULT '{}',
	PRIMARY KEY (guild_id, day),
	CHECK (open <@ int4multirange(int4range(0, 1440)))
);
COMMENT ON TABLE app.holiday IS 'a day that is not as the schedule says';
COMMENT ON COLUMN app.holiday.open IS 'open minutes of that local day; empty: closed';

CREATE TABLE app.shift (
	shift_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id    bigint NOT NULL,
	user_id     bigint NOT NULL,
	zone        text NOT NULL,
	week        int4multirange NOT NULL CHECK (week <@ int4multirange(int4range(0, 10080))),
	valid_from  date NOT NULL,
	valid_until date,
	is_on_call  boolean NOT NULL DEFAULT false
);
CREATE INDEX shift_guild ON app.shift (guild_id, user_id);
COMMENT ON TABLE app.shift IS 'when somebody of the staff is on, week after week';
COMMENT ON COLUMN app.shift.week IS 'minutes of the local week, Monday 00:00 being 0';
COMMENT ON COLUMN app.shift.valid_until IS 'the last local day; NULL: until changed';
COMMENT ON COLUMN app.shift.is_on_call IS 'escalations to the person on call go to them';

-- Minutes of a local day [day, day+1) in a zone as times; a minute that a clock change skips is no time at all.
CREATE FUNCTION app.local_minute(day date, minute integer, zone text) RETURNS timestamptz
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
	RETURN (day::timestamp + make_interval(mins => minute)) AT TIME ZONE zone;
COMMENT ON FUNCTION app.local_minute IS 'when the clocks of a zone show that minute of that day';

CREATE FUNCTION app.open_hours(guild bigint, from_at timestamptz, to_at timestamptz)
	RETURNS TABLE (open_at timestamptz, close_at timestamptz)
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH versions AS (
		SELECT zone, week, valid_from, coalesce(lead(valid_from) OVER (ORDER BY valid_from), 'infinity') AS valid_before
		FROM app.schedule WHERE guild_id = guild
	), days AS (
		SELECT v.zone, v.week, d::date AS day, (extract(isodow FROM d)::int - 1) * 1440 AS starts
		FROM versions v CROSS JOIN LATERAL generate_series(
			greatest(v.valid_from, (from_at AT TIME ZONE v.zone)::date - 1),
			least(v.valid_before - 1, (to_at AT TIME ZONE v.zone)::date + 1), '1 day') d
	), parts AS (
		SELECT d.zone, d.day, coalesce(h.open, d.week * int4multirange(int4range(d.starts, d.starts + 1440))) AS open,
		       CASE WHEN h.open IS NULL THEN d.starts ELSE 0 END AS starts
		FROM days d LEFT JOIN app.holiday h ON h.guild_id = guild AND h.day = d.day
	), spans AS (
		SELECT tstzrange(app.local_minute(day, lower(r) - starts, zone), app.local_minute(day, upper(r) - starts, zone)) AS span
		FROM parts CROSS JOIN LATERAL unnest(open) r
		WHERE app.local_minute(day, lower(r) - starts, zone) < app.local_minute(day, upper(r) - starts, zone)
	), cut AS (
		SELECT unnest(range_agg(span) * tstzmultirange(tstzrange(from_at, to_at))) AS span FROM spans
	)
	SELECT lower(span), upper(span) FROM cut
	UNION ALL
	SELECT from_at, to_at WHERE from_at < to_at AND NOT EXISTS (SELECT FROM app.schedule WHERE guild_id = guild)
	ORDER BY 1
$$;
COMMENT ON FUNCTION app.open_hours IS 'the business hours of a guild between two times, in order; all of it without a schedule, nothing before the first version';

-- --- the staff ---

CREATE TABLE app.curator (
	guild_id    bigint NOT NULL,
	user_id     bigint NOT NULL,
	name        text NOT NULL DEFAULT '' CHECK (length(name) <= 80),
	kind        text NOT NULL DEFAULT '' CHECK (length(kind) <= 40),
	subdivision text NOT NULL DEFAULT '' CHECK (length(subdivision) <= 80),
	is_active   boolean NOT NULL DEFAULT true,
	is_lead     boolean NOT NULL DEFAULT false,
	created_at  timestamptz NOT NULL DEFAULT now(),
	updated_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (guild_id, user_id)
);
CREATE INDEX curator_user ON app.curator (user_id);
COMMENT ON TABLE app.curator IS 'staff of a guild by hand, or more about staff by role; one row a guild they are assigned to';
COMMENT ON COLUMN app.curator.name IS 'display name; empty: the one Discord shows';
COMMENT ON COLUMN app.curator.kind IS 'government, government_crimea, crime, or free text';
COMMENT ON COLUMN app.curator.is_active IS 'false: not staff, a staff role notwithstanding';
COMMENT ON COLUMN app.curator.is_lead IS 'escalations to the lead go to them';

CREATE TABLE app.curator_excluded (
	guild_id    bigint NOT NULL,
	user_id     bigint NOT NULL,
	reason      text NOT NULL DEFAULT '' CHECK (length(reason) <= 200),
	excluded_by bigint NOT NULL,
	excluded_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (guild_id, user_id)
);
COMMENT ON TABLE app.curator_excluded IS 'who never counts as staff';

CREATE TABLE app.rating_settings (
	guild_id         bigint PRIMARY KEY,
	points_message   smallint NOT NULL DEFAULT 3 CHECK (points_message BETWEEN 0 AND 1000),
	points_reply     smallint NOT NULL DEFAULT 2 CHECK (points_reply BETWEEN 0 AND 1000),
	points_reaction  smallint NOT NULL DEFAULT 1 CHECK (points_reaction BETWEEN 0 AND 1000),
	points_task      smallint NOT NULL DEFAULT 5 CHECK (points_task BETWEEN 0 AND 1000),
	block_cap        smallint CHECK (block_cap BETWEEN 1 AND 10000),
	levels           jsonb NOT NULL DEFAULT '[]',
	updated_at       timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE app.rating_settings IS 'what the work of staff is worth (heritage: Rating); a guild without a row has the defaults';
COMMENT ON COLUMN app.rating_settings.points_task IS 'for a verified task report';
COMMENT ON COLUMN app.rating_settings.block_cap IS 'most points of one person in ten minutes of the clock; NULL: no cap';
COMMENT ON COLUMN app.rating_settings.levels IS '[{"from": score, "ru": name, "en": name, "colour": green|blue|yellow|orange|red|grey}], best first; empty: the defaults';

-- --- task reports ---

CREATE TABLE app.task_settings (
	guild_id   bigint PRIMARY KEY,
	is_enabled boolean NOT NULL DEFAULT false,
	channels   bigint[] NOT NULL DEFAULT '{}',
	keywords   text[] NOT NULL DEFAULT '{}',
	needs_call boolean NOT NULL DEFAULT true,
	updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE app.task_settings IS 'where members report done tasks';
COMMENT ON COLUMN app.task_settings.keywords IS 'words that make a message with a number a report, as in request_rule.words';
COMMENT ON COLUMN app.task_settings.needs_call IS 'only with a staff role mentioned or a keyword; false: every message that names a number';

-- --- who is told ---

CREATE TABLE app.notice_settings (
	guild_id       bigint PRIMARY KEY,
	is_enabled     boolean NOT NULL DEFAULT false,
	delay_s        integer NOT NULL DEFAULT 600 CHECK (delay_s BETWEEN 30 AND 86400),
	repeat_s       integer NOT NULL DEFAULT 0 CHECK (repeat_s = 0 OR repeat_s BETWEEN 60 AND 86400),
	repeat_cap     smallint NOT NULL DEFAULT 3 CHECK (repeat_cap BETWEEN 1 AND 20),
	channel_id     bigint,
	channel_guild_id bigint,
	set_by         bigint NOT NULL DEFAULT 0,
	roles          bigint[] NOT NULL DEFAULT '{}',
	zone           text NOT NULL DEFAULT '',
	weekdays       smallint NOT NULL DEFAULT 127 CHECK (weekdays BETWEEN 1 AND 127),
	quiet_from     smallint CHECK (quiet_from BETWEEN 0 AND 1439),
	quiet_to       smallint CHECK (quiet_to BETWEEN 0 AND 1439),
	holds_for_shift boolean NOT NULL DEFAULT false,
	storm          smallint NOT NULL DEFAULT 5 CHECK (storm BETWEEN 2 AND 50),
	report_channel_id bigint,
	report_minute  smallint CHECK (report_minute BETWEEN 0 AND 1439),
	system_channel_id bigint,
	updated_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE app.notice_settings IS 'when and where Discord is told of a request nobody answers';
COMMENT ON COLUMN app.notice_settings.delay_s IS 'seconds from request to reminder';
COMMENT ON COLUMN app.notice_settings.repeat_s IS 'seconds between repeats; 0: none';
COMMENT ON COLUMN app.notice_settings.repeat_cap IS 'most repeats of one request';
COMMENT ON COLUMN app.notice_settings.channel_guild_id IS 'the guild of channel_id; another one only when set_by may manage that as well';
COMMENT ON COLUMN app.notice_settings.roles IS 'mentioned by reminders; empty: @here';
COMMENT ON COLUMN app.notice_settings.zone IS 'of the clock below; empty: the guild''s';
COMMENT ON COLUMN app.notice_settings.weekdays IS 'days on which something is sent: bit 0 Monday ... bit 6 Sunday';
COMMENT ON COLUMN app.notice_settings.quiet_from IS 'minute of the local day from which nothing is sent, until quiet_to; NULL: never quiet';
COMMENT ON COLUMN app.notice_settings.holds_for_shift IS 'what is due while no shift is on waits for the next';
COMMENT ON COLUMN app.notice_settings.storm IS 'so many due at once become one message';
COMMENT ON COLUMN app.notice_settings.report_minute IS 'minute of the local day at which the daily report is sent; NULL: none';
COMMENT ON COLUMN app.notice_settings.system_channel_id IS 'where notices of Rations itself go (backups, failing channels, level-ups)';

CREATE TABLE app.escalation (
	guild_id  bigint NOT NULL,
	step      smallint NOT NULL CHECK (step BETWEEN 1 AND 10),
	wait_s    integer NOT NULL CHECK (wait_s BETWEEN 60 AND 604800),
	kind      text NOT NULL CHECK (kind IN ('on_call', 'role', 'lead', 'channel', 'webhook')),
	target_id bigint,
	PRIMARY KEY (guild_id, step)
);
COMMENT ON TABLE app.escalation IS 'who is told when a request stays without an answer, step after step';
COMMENT ON COLUMN app.escalation.wait_s IS 'seconds after the step before; step 1: after the reminder';
COMMENT ON COLUMN app.escalation.target_id IS 'role: the role; channel: the channel; webhook: app.webhook; NULL otherwise';

-- Who reads requests by the settings of another moment can not commit (compare app.rules).
CREATE TABLE app.desk_version (
	is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
	version bigint NOT NULL DEFAULT 1
);
INSERT INTO app.desk_version DEFAULT VALUES;
COMMENT ON TABLE app.desk_version IS 'one row: the number of the settings that requests are found by';

CREATE FUNCTION app.on_desk_changed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('response.settings'));
	UPDATE app.desk_version SET version = version + 1;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION app.on_desk_changed IS 'makes response-tracker learn the settings anew';
REVOKE ALL ON FUNCTION app.on_desk_changed FROM PUBLIC;

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['desk_settings', 'request_rule', 'curator', 'curator_excluded', 'task_settings'] LOOP
		EXECUTE format('CREATE TRIGGER desk_changed AFTER INSERT OR UPDATE OR DELETE ON app.%I '
			       'FOR EACH STATEMENT EXECUTE FUNCTION app.on_desk_changed()', name);
	END LOOP;
END $$;

GRANT SELECT ON app.desk_settings, app.request_rule, app.response_target, app.schedule, app.holiday, app.shift, app.curator,
	app.curator_excluded, app.rating_settings, app.task_settings, app.notice_settings, app.escalation, app.desk_version,
	app.guild_settings, app.webhook, app.opt_out, app.erasure TO rations_response;
