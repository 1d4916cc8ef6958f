-- When notices may be sent, how they reach webhooks, and what tells a sent one that it was answered.

-- --- when ---

-- The minutes of each local day on which something is sent, as times.
CREATE FUNCTION app.notice_hours(guild bigint, from_at timestamptz, to_at timestamptz) RETURNS tstzmultirange
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH settings AS (
		SELECT coalesce(nullif(n.zone, ''), g.timezone, 'UTC') AS zone, weekdays,
		       CASE WHEN quiet_from IS NULL OR quiet_to IS NULL OR quiet_from = quiet_to THEN '{}'::int4multirange
			    WHEN quiet_from < quiet_to THEN int4multirange(int4range(quiet_from, quiet_to))
			    ELSE int4multirange(int4range(0, quiet_to), int4range(quiet_from, 1440)) END AS quiet
		FROM app.notice_settings n LEFT JOIN app.guild_settings g USING (guild_id) WHERE n.guild_id = guild
	), spans AS (
		SELECT tstzrange(app.local_minute(d::date, lower(r), zone), app.local_minute(d::date, upper(r), zone)) AS span
		FROM settings
		CROSS JOIN LATERAL generate_series((from_at AT TIME ZONE zone)::date - 1, (to_at AT TIME ZONE zone)::date + 1, '1 day') d
		CROSS JOIN LATERAL unnest(int4multirange(int4range(0, 1440)) - quiet) r
		WHERE weekdays >> (extract(isodow FROM d)::int - 1) & 1 = 1
		  AND app.local_minute(d::date, lower(r), zone) < app.local_minute(d::date, upper(r), zone)
	)
	SELECT coalesce(range_agg(span), '{}') * tstzmultirange(tstzrange(from_at, to_at)) FROM spans
$$;
COMMENT ON FUNCTION app.notice_hours IS 'when a guild''s notices may be sent, between two times: weekdays and quiet hours by its clock';

CREATE FUNCTION app.shift_hours(guild bigint, from_at timestamptz, to_at timestamptz) RETURNS tstzmultirange
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH spans AS (
		SELECT tstzrange(app.local_minute(d::date, lower(r) - s.starts, zone),
				 app.local_minute(d::date, upper(r) - s.starts, zone)) AS span
		FROM app.shift
		CROSS JOIN LATERAL generate_series(
			greatest(valid_from, (from_at AT TIME ZONE zone)::date - 1),
			least(valid_until, (to_at AT TIME ZONE zone)::date + 1), '1 day') d
		CROSS JOIN LATERAL (SELECT (extract(isodow FROM d)::int - 1) * 1440) s (starts)
		CROSS JOIN LATERAL unnest(week * int4multirange(int4range(s.starts, s.starts + 1440))) r
		WHERE guild_id = guild
		  AND app.local_minute(d::date, lower(r) - s.starts, zone) < app.local_minute(d::date, upper(r) - s.starts, zone)
	)
	SELECT coalesce(range_agg(span), '{}') * tstzmultirange(tstzrange(from_at, to_at)) FROM spans
$$;
COMMENT ON FUNCTION app.shift_hours IS 'when somebody of the staff is on, between two times';

CREATE FUNCTION app.on_call(guild bigint, at timestamptz) RETURNS bigint[]
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
	RETURN ARRAY(
		SELECT DISTINCT user_id FROM app.shift
		WHERE guild_id = guild AND is_on_call AND (at AT TIME ZONE zone)::date >= valid_from
		  AND (valid_until IS NULL OR (at AT TIME ZONE zone)::date <= valid_until)
		  AND week @> ((extract(isodow FROM at AT TIME ZONE zone)::int - 1) * 1440
			       + extract(hour FROM at AT TIME ZONE zone)::int * 60 + extract(minute FROM at AT TIME ZONE zone)::int)
		ORDER BY user_id);
COMMENT ON FUNCTION app.on_call IS 'whose shift it is to be called, then';

-- Who waits for a shift that never comes waits for nothing: without one in the days ahead only the clock counts.
CREATE FUNCTION app.notice_from(guild bigint, at timestamptz) RETURNS timestamptz
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH hours AS (
		SELECT holds_for_shift, app.notice_hours(guild, at, at + interval '8 days') AS clock,
		       CASE WHEN holds_for_shift THEN app.shift_hours(guild, at, at + interval '8 days') END AS shifts
		FROM app.notice_settings WHERE guild_id = guild
	)
	SELECT coalesce(CASE WHEN holds_for_shift THEN lower(clock * shifts) END, lower(clock), at) FROM hours
$$;
COMMENT ON FUNCTION app.notice_from IS 'the first moment from then on at which a notice of the guild may be sent';

-- --- to webhooks ---

-- api's courier takes over what response-tracker wrote for a webhook, each once.
ALTER TABLE app.webhook_delivery ADD COLUMN notice_id bigint UNIQUE;
COMMENT ON COLUMN app.webhook_delivery.notice_id IS 'the notice (response.notice) that it delivers; NULL: it is something else';
GRANT SELECT ON app.webhook_delivery TO rations_response;
REVOKE SELECT ON app.webhook FROM rations_response;
GRANT SELECT (webhook_id, guild_id, name, host, disabled_at) ON app.webhook TO rations_response;

-- --- answered ---

ALTER TABLE response.notice ADD COLUMN marked_at timestamptz;
COMMENT ON COLUMN response.notice.marked_at IS 'when the message was changed to say that its request was answered';
CREATE INDEX notice_sent ON response.notice (finished_at) WHERE state = 'sent' AND marked_at IS NULL AND kind IN ('reminder', 'escalation');
CREATE INDEX notice_webhook ON response.notice (notice_id) WHERE state = 'waiting' AND webhook_id IS NOT NULL;

-- --- the test button ---

-- What it says is composed when it is sent, by the settings of then.
CREATE FUNCTION response.notice_test(id text, guild bigint, channel bigint, at timestamptz) RETURNS text
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO response.notice (guild_id, kind, channel_id, payload, nonce, created_at)
	SELECT guild, 'test', c.channel_id, '{}', 't' || left(id, 24), at
	FROM (SELECT coalesce(nullif(channel, 0), (SELECT n.channel_id FROM app.notice_settings n WHERE n.guild_id = guild)) AS channel_id) c
	WHERE c.channel_id IS NOT NULL;
	SELECT CASE WHEN channel <> 0 OR EXISTS (SELECT FROM app.notice_settings n WHERE n.guild_id = guild AND n.channel_id IS NOT NULL)
		THEN 'done' ELSE 'no_channel' END
$$;
COMMENT ON FUNCTION response.notice_test IS 'a test notice into the outbox; what came of it: done, no_channel';

-- --- levels of curators ---

CREATE TABLE response.staff_level (
	guild_id   bigint NOT NULL,
	user_id    bigint NOT NULL,
	score_from bigint NOT NULL,
	PRIMARY KEY (guild_id, user_id)
);
COMMENT ON TABLE response.staff_level IS 'the level somebody of the staff had when it was last looked at, to tell of a better one';
COMMENT ON COLUMN response.staff_level.score_from IS 'the score it begins at; the least bigint: the last level';

CREATE TABLE response.level_day (
	guild_id   bigint PRIMARY KEY,
	day        integer NOT NULL,
	looked_at  timestamptz NOT NULL
);
COMMENT ON TABLE response.level_day IS 'the local day, since 1970-01-01, on which the levels of a guild were last looked at';
