-- All that a guild decides about its desk in one file, and the way back from it.

CREATE FUNCTION app.desk_sections() RETURNS TABLE (section text, target text, is_single boolean)
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	VALUES ('desk', 'desk_settings', true), ('rules', 'request_rule', false), ('targets', 'response_target', false),
		('schedules', 'schedule', false), ('holidays', 'holiday', false), ('shifts', 'shift', false),
		('curators', 'curator', false), ('excluded', 'curator_excluded', false), ('rating', 'rating_settings', true),
		('tasks', 'task_settings', true), ('notices', 'notice_settings', true), ('escalation', 'escalation', false)
$$;
COMMENT ON FUNCTION app.desk_sections IS 'the parts of a desk''s file and their tables; a single one is one row, the others are lists';

-- Whose row it is, its own number, and who made it when, is not in the file.
CREATE FUNCTION app.desk_columns(target text) RETURNS TABLE (name text, kind text)
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute
	WHERE attrelid = format('app.%I', target)::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''
		AND attname NOT IN ('guild_id', 'created_at', 'updated_at', 'set_by', 'excluded_by', 'excluded_at')
	ORDER BY attnum
$$;
COMMENT ON FUNCTION app.desk_columns IS 'the columns of a table that are in the file';

CREATE FUNCTION app.desk_file(guild bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	part record;
	rows jsonb;
	file jsonb := '{}';
BEGIN
	FOR part IN SELECT s.*, (SELECT string_agg(format(CASE kind WHEN 'bigint' THEN '%1$I::text' WHEN 'bigint[]' THEN '%1$I::text[]'
			WHEN 'int4multirange' THEN '%1$I::text' ELSE '%1$I' END, name), ', ') FROM app.desk_columns(s.target)) AS wanted
		FROM app.desk_sections() s LOOP
		EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(r)), ''[]'') FROM (SELECT %s FROM app.%I WHERE guild_id = $1 ORDER BY 1, 2) r',
			part.wanted, part.target) INTO rows USING guild;
		file := file || jsonb_build_object(part.section, CASE WHEN part.is_single THEN coalesce(rows -> 0, 'null') ELSE rows END);
	END LOOP;
	RETURN file;
END $$;
COMMENT ON FUNCTION app.desk_file IS 'the settings of a guild''s desk, by section; ids as texts';

-- What a file names has to be there, and the importer's to name.
CREATE FUNCTION app.desk_check(guild bigint, actor bigint) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH mine AS (
		SELECT guild AS id UNION SELECT guild_id FROM app.account_guild a JOIN analytics.guild g USING (guild_id)
		WHERE a.user_id = actor AND g.removed_at IS NULL AND (a.is_owner OR a.permissions & 40 <> 0)
	), notice AS (SELECT *, coalesce(channel_guild_id, guild) AS home FROM app.notice_settings WHERE guild_id = guild
	), zone AS (
		SELECT zone FROM app.schedule WHERE guild_id = guild UNION SELECT zone FROM app.shift WHERE guild_id = guild
		UNION SELECT nullif(zone, '') FROM notice
	), place AS (
		SELECT home, channel_id AS id FROM notice UNION SELECT guild, report_channel_id FROM notice
		UNION SELECT guild, system_channel_id FROM notice
	)
	SELECT why FROM (
		SELECT 1, 'no such time zone: ' || zone AS why FROM zone WHERE zone NOT IN (SELECT name FROM pg_timezone_names
			WHERE name !~ '^(posix|right)/' AND name NOT IN ('localtime', 'posixrules', 'Factory'))
		UNION ALL SELECT 2, 'notices go to a server you do not manage' FROM notice WHERE home NOT IN (SELECT id FROM mine)
		UNION ALL SELECT 3, 'notices go to a channel that is not there: ' || id FROM place WHERE id IS NOT NULL AND NOT EXISTS
			(SELECT FROM analytics.channel c WHERE c.guild_id = home AND c.channel_id = id AND c.kind IN (0, 5) AND c.deleted_at IS NULL)
		UNION ALL SELECT 4, 'a step of the escalation goes nowhere: ' || step FROM app.escalation e LEFT JOIN notice n USING (guild_id)
			WHERE e.guild_id = guild AND CASE kind
				WHEN 'channel' THEN NOT EXISTS (SELECT FROM analytics.channel c WHERE c.guild_id IN (guild, n.home)
					AND c.channel_id = target_id AND c.kind IN (0, 5) AND c.deleted_at IS NULL)
				WHEN 'webhook' THEN NOT EXISTS (SELECT FROM app.webhook w WHERE w.guild_id = guild AND w.webhook_id = target_id)
				WHEN 'role' THEN target_id IS NULL ELSE false END
	) trouble (n, why) ORDER BY n LIMIT 1
$$;
COMMENT ON FUNCTION app.desk_check IS 'what is wrong with the settings of a guild''s desk as they stand; NULL: nothing';

CREATE FUNCTION app.desk_import(guild bigint, actor bigint, at timestamptz, file jsonb, is_trial boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	asked record;
	part record;
	names text[];
	wrong text;
	told jsonb := '{}';
BEGIN
	FOR asked IN SELECT f.key AS section, CASE jsonb_typeof(f.value) WHEN 'object' THEN jsonb_build_array(f.value)
			WHEN 'null' THEN '[]' ELSE f.value END AS rows FROM jsonb_each(file) f LOOP
		SELECT * INTO part FROM app.desk_sections() s WHERE s.section = asked.section;
		IF NOT FOUND OR jsonb_typeof(asked.rows) <> 'array' OR (jsonb_array_length(asked.rows) > CASE WHEN part.is_single THEN 1 ELSE 1000 END) THEN
			RAISE EXCEPTION '%: no such section', left(asked.section, 40) USING ERRCODE = 'RA400';
		END IF;
		SELECT array_agg(name) INTO names FROM app.desk_columns(part.target);
		SELECT coalesce(k.key, n.name) INTO wrong FROM jsonb_array_elements(asked.rows) r (value)
			CROSS JOIN LATERAL jsonb_object_keys(CASE jsonb_typeof(r.value) WHEN 'object' THEN r.value ELSE '{"?": 0}' END) k (key)
			FULL JOIN unnest(names) n (name) ON n.name = k.key
			WHERE jsonb_array_length(asked.rows) > 0 AND (k.key IS NULL OR n.name IS NULL) LIMIT 1;
		IF wrong IS NULL THEN
			SELECT 'a row' INTO wrong FROM jsonb_array_elements(asked.rows) r (value)
			WHERE (SELECT count(*) FROM jsonb_object_keys(r.value)) <> cardinality(names) LIMIT 1;
		END IF;
		IF wrong IS NOT NULL THEN
			RAISE EXCEPTION '%: % is missing, or not known', asked.section, left(wrong, 40) USING ERRCODE = 'RA400';
		END IF;
		EXECUTE format('DELETE FROM app.%I WHERE guild_id = $1', part.target) USING guild;
		EXECUTE format('INSERT INTO app.%I (guild_id, %s%s) SELECT $1, %2$s%4$s FROM jsonb_populate_recordset(NULL::app.%1$I, $2)', part.target,
			(SELECT string_agg(quote_ident(name), ', ') FROM unnest(names) name),
			CASE part.target WHEN 'curator_excluded' THEN ', excluded_by' WHEN 'notice_settings' THEN ', set_by' ELSE '' END,
			CASE WHEN part.target IN ('curator_excluded', 'notice_settings') THEN ', $3' ELSE '' END) USING guild, asked.rows, actor;
		told := told || jsonb_build_object(asked.section, jsonb_array_length(asked.rows));
	END LOOP;
	wrong := app.desk_check(guild, actor);
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION '%', wrong USING ERRCODE = 'RA400';
	END IF;
	IF is_trial THEN
		RAISE EXCEPTION 'it fits' USING ERRCODE = 'RA200';
	END IF;
	INSERT INTO app.audit_log (guild_id, at, actor_id, action, after) VALUES (guild, at, actor, 'desk.import', told);
END $$;
COMMENT ON FUNCTION app.desk_import IS 'puts the sections of a file in the place of what is set, all of them or, with an error, none; a trial ends with RA200 where it would have gone well';
