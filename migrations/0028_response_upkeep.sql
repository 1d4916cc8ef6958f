-- What is taken away again in schema response: people who want to be erased, what is older than a guild wants, guilds the bot
-- has left. The steps of analytics.upkeep_step go through both schemas, so that an erasure is one thing with one alias.

DROP FUNCTION analytics.tables_with;
DROP FUNCTION analytics.delete_some;
DROP FUNCTION analytics.kinds;

-- Leaves only: the partitions, not the tables they belong to.
CREATE FUNCTION analytics.tables_with(wanted text[]) RETURNS TABLE (name text, place regclass, columns text[])
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (CASE WHEN c.relnamespace = 'response'::regnamespace THEN 'response.' ELSE '' END || c.relname) COLLATE "C", c.oid,
		array_agg(a.attname::text ORDER BY a.attnum)
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE c.relnamespace IN ('analytics'::regnamespace, 'response'::regnamespace) AND c.relkind = 'r' AND a.attname = ANY (wanted)
		AND c.oid <> 'analytics.erasure'::regclass
		AND EXISTS (SELECT FROM pg_attribute g WHERE g.attrelid = c.oid AND g.attname = 'guild_id' AND NOT g.attisdropped)
	GROUP BY c.oid ORDER BY 1
$$;
COMMENT ON FUNCTION analytics.tables_with IS 'tables of guilds, in analytics and response, that have some of these columns, and which';

CREATE FUNCTION analytics.person_columns() RETURNS text[]
	LANGUAGE sql IMMUTABLE
	RETURN '{user_id,inviter_id,author_id,answered_by,community_by,claimed_by,closed_by,by_id,target_user_id,curator_id,actor_id}'::text[];
COMMENT ON FUNCTION analytics.person_columns IS 'the columns of analytics and response that are somebody';

-- What they said goes; that they were staff ends.
CREATE FUNCTION response.forget_words(guild bigint, person bigint) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE response.request SET excerpt = NULL WHERE guild_id = guild AND author_id = person AND excerpt IS NOT NULL;
	UPDATE response.activity SET excerpt = NULL WHERE guild_id = guild AND user_id = person AND excerpt IS NOT NULL;
	UPDATE response.task_report SET excerpt = NULL WHERE guild_id = guild AND author_id = person AND excerpt IS NOT NULL;
	UPDATE response.staff SET ended_at = greatest(now(), started_at + interval '1 millisecond')
	WHERE guild_id = guild AND user_id = person AND ended_at IS NULL;
$$;

-- Notices and the audit log name people within texts.
CREATE FUNCTION app.rename_in_texts(guild bigint, person bigint, alias bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old text := '(?<![0-9])' || person || '(?![0-9])';
BEGIN
	UPDATE response.notice n SET payload = regexp_replace(n.payload::text, old, alias::text, 'g')::jsonb
	WHERE n.guild_id = guild AND n.payload::text ~ old;
	UPDATE app.audit_log a SET target = regexp_replace(a.target, old, alias::text, 'g'),
		before = regexp_replace(a.before::text, old, alias::text, 'g')::jsonb, after = regexp_replace(a.after::text, old, alias::text, 'g')::jsonb
	WHERE a.guild_id = guild AND concat_ws(' ', a.target, a.before, a.after) ~ old;
	UPDATE app.audit_log a SET actor_id = alias WHERE a.guild_id = guild AND a.actor_id = person;
	UPDATE app.guild_settings SET excluded_members = array_remove(excluded_members, person)
	WHERE guild_id = guild AND person = ANY (excluded_members);
	UPDATE app.desk_settings SET ignored_users = array_remove(ignored_users, person) WHERE guild_id = guild AND person = ANY (ignored_users);
END $$;
COMMENT ON FUNCTION app.rename_in_texts IS 'the last of an erasure: where a number stands among others';

-- One table of one erasure. Renaming keeps every total, of people too; docs/why/erasure.md says why not one for all.
CREATE OR REPLACE FUNCTION analytics.erase_step() RETURNS boolean
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	e analytics.erasure;
	target record;
	person text;
	n bigint;
BEGIN
	SELECT r.* INTO e FROM analytics.erasure r ORDER BY r.guild_id, r.user_id LIMIT 1;
	IF NOT FOUND THEN
		-- days that are being made anew come first, and wait while somebody is erased (recut_step.c)
		SELECT w.guild_id, w.user_id INTO e.guild_id, e.user_id FROM app.erasure w
		WHERE NOT EXISTS (SELECT FROM analytics.day_work d WHERE d.guild_id = w.guild_id) ORDER BY w.requested_at LIMIT 1;
		IF NOT FOUND THEN
			RETURN false;
		END IF;
		UPDATE analytics.guild SET anonymous_members = anonymous_members + 1 WHERE guild_id = e.guild_id
		RETURNING anonymous_members INTO e.alias;
		INSERT INTO analytics.erasure (guild_id, user_id, alias) VALUES (e.guild_id, e.user_id, coalesce(e.alias, 1));
		IF EXISTS (SELECT FROM analytics.day_work d WHERE d.guild_id = e.guild_id) THEN
			RAISE EXCEPTION 'days are made anew' USING ERRCODE = 'serialization_failure';
		END IF;
		RETURN true;
	END IF;
	SELECT * INTO target FROM analytics.tables_with(analytics.person_columns()) t WHERE t.name > e.through LIMIT 1;
	IF FOUND THEN
		IF target.name = 'member' THEN
			-- Who stays out stays one of the guild's members, without a name; others are met again.
			UPDATE analytics.member SET username = '', global_name = NULL, nick = NULL, avatar = NULL, roles = '{}',
				boosting_since = NULL, timeout_until = NULL
			WHERE guild_id = e.guild_id AND user_id = e.user_id;
			DELETE FROM analytics.member WHERE guild_id = e.guild_id AND user_id = e.user_id AND NOT EXISTS
				(SELECT FROM app.opt_out o WHERE o.guild_id = e.guild_id AND o.user_id = e.user_id);
		ELSIF target.name LIKE 'response.%' THEN
			PERFORM response.forget_words(e.guild_id, e.user_id);
		END IF;
		FOREACH person IN ARRAY target.columns LOOP
			EXECUTE format('UPDATE %s SET %I = $1 WHERE guild_id = $2 AND %2$I = $3', target.place, person)
			USING e.alias, e.guild_id, e.user_id;
			GET DIAGNOSTICS n = ROW_COUNT;
			e.changed := e.changed + n;
		END LOOP;
		UPDATE analytics.erasure SET through = target.name, changed = e.changed
		WHERE guild_id = e.guild_id AND user_id = e.user_id;
	ELSIF e.changed > 0 THEN
		UPDATE analytics.erasure SET through = '', changed = 0 WHERE guild_id = e.guild_id AND user_id = e.user_id;
	ELSE
		PERFORM app.rename_in_texts(e.guild_id, e.user_id, e.alias);
		-- what they kept for themselves
		FOR target IN SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE c.relnamespace = 'app'::regnamespace AND c.relkind = 'r' AND a.attname IN ('guild_id', 'user_id')
				AND NOT a.attisdropped AND c.relname NOT IN ('account_guild', 'opt_out', 'erasure')
			GROUP BY 1 HAVING count(*) = 2 LOOP
			EXECUTE format('DELETE FROM app.%I WHERE guild_id = $1 AND user_id = $2', target.name)
			USING e.guild_id, e.user_id;
		END LOOP;
		DELETE FROM analytics.erasure WHERE guild_id = e.guild_id AND user_id = e.user_id;
		DELETE FROM app.erasure WHERE guild_id = e.guild_id AND user_id = e.user_id;
	END IF;
	RETURN true;
END $$;

-- What each kind of data is, and what of a row says how old it is.
CREATE FUNCTION analytics.kinds() RETURNS TABLE (kind text, name text, age text)
	LANGUAGE sql IMMUTABLE AS $$
	VALUES ('segments', 'analytics.voice_segment', 'started_at'),
		('hours', 'analytics.message_hourly', 'hour'), ('hours', 'analytics.voice_hourly', 'hour'),
		('days', 'analytics.activity_daily', 'day'), ('days', 'analytics.member_daily', 'day'), ('days', 'analytics.member_monthly', 'month'),
		('hours', 'analytics.command_hourly', 'hour'), ('hours', 'analytics.game_hourly', 'hour'),
		('moves', 'analytics.member_flow', 'at'), ('moves', 'analytics.newcomer', 'joined_at'), ('moves', 'analytics.moderation', 'at'),
		('moves', 'analytics.boost_flow', 'at'),
		('snapshots', 'analytics.guild_snapshot', 'at'), ('snapshots', 'analytics.event_hourly', 'hour'),
		('former', 'analytics.member', 'left_at'),
		('requests', 'response.request', 'asked_at'), ('requests', 'response.notice', 'created_at'),
		('requests', 'response.request_message', 'public.ms_to_ts((request_id >> 22) + 1420070400000)'),
		('requests', 'response.reopening', 'public.ms_to_ts((request_id >> 22) + 1420070400000)'),
		('requests', 'response.due', 'public.ms_to_ts((request_id >> 22) + 1420070400000)'),
		('activity', 'response.activity', 'at'), ('activity', 'response.activity_hourly', 'hour'),
		('activity', 'response.task_report', 'reported_at')
$$;
COMMENT ON FUNCTION analytics.kinds IS 'the kinds of data a guild may limit (app.guild_settings.retention_days), and the tables they are in';

CREATE FUNCTION analytics.delete_some(place regclass, condition text, guild bigint, before timestamptz) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('DELETE FROM %s WHERE (tableoid, ctid) IN (SELECT tableoid, ctid FROM %1$s '
		'WHERE guild_id = $1 AND %s LIMIT 10000)', place, condition) USING guild, before;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;

-- A piece of one kind of one guild.
CREATE OR REPLACE FUNCTION analytics.retain_step() RETURNS boolean
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	due record;
	target record;
	before timestamptz;
	n bigint;
BEGIN
	SELECT s.guild_id, l.key AS kind, l.value::int AS days INTO due
	FROM app.guild_settings s CROSS JOIN LATERAL jsonb_each_text(s.retention_days) l
	LEFT JOIN analytics.retention r ON r.guild_id = s.guild_id AND r.kind = l.key
	WHERE r.next_at IS NULL OR r.next_at <= now()
	ORDER BY r.next_at NULLS FIRST LIMIT 1;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO analytics.retention (guild_id, kind, next_at) VALUES (due.guild_id, due.kind, '-infinity')
	ON CONFLICT DO NOTHING;
	-- a new run begins where the last one had ended
	UPDATE analytics.retention SET deleted = 0, next_at = '-infinity'
	WHERE guild_id = due.guild_id AND kind = due.kind AND next_at > '-infinity';
	before := date_trunc('day', now() - due.days * interval '1 day', 'UTC');
	FOR target IN SELECT * FROM analytics.kinds() k WHERE k.kind = due.kind AND to_regclass(k.name) IS NOT NULL LOOP
		n := analytics.delete_some(target.name::regclass, format('%s < $2', target.age), due.guild_id, before);
		UPDATE analytics.retention SET deleted = deleted + n WHERE guild_id = due.guild_id AND kind = due.kind;
		IF n > 0 THEN
			RETURN true;
		END IF;
	END LOOP;
	UPDATE analytics.retention SET ran_at = now(), next_at = now() + interval '1 day'
	WHERE guild_id = due.guild_id AND kind = due.kind;
	RETURN true;
END $$;

-- A piece of a guild the bot is not in any more, and whose time is over.
CREATE OR REPLACE FUNCTION analytics.leave_step() RETURNS boolean
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	gone bigint;
	target record;
BEGIN
	SELECT g.guild_id INTO gone FROM analytics.guild g LEFT JOIN app.guild_settings s USING (guild_id)
	WHERE g.removed_at IS NOT NULL AND CASE WHEN s.guild_id IS NULL THEN g.removed_at + interval '30 days'
		ELSE g.removed_at + s.leave_grace_days * interval '1 day' END <= now()
	ORDER BY g.removed_at LIMIT 1;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	FOR target IN SELECT * FROM analytics.tables_with('{guild_id}') t WHERE t.place <> 'analytics.guild'::regclass LOOP
		IF analytics.delete_some(target.place, '$2::timestamptz IS NULL', gone, NULL) > 0 THEN
			RETURN true;
		END IF;
	END LOOP;
	FOR target IN SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'app'::regnamespace AND c.relkind = 'r'
		AND c.relname NOT IN ('account_guild', 'opt_out')
		AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'guild_id' AND NOT a.attisdropped) LOOP
		EXECUTE format('DELETE FROM app.%I WHERE guild_id = $1', target.name) USING gone;
	END LOOP;
	DELETE FROM analytics.erasure WHERE guild_id = gone;
	DELETE FROM analytics.guild WHERE guild_id = gone;
	-- those who count must forget it, too
	PERFORM app.rules_changed();
	RETURN true;
END $$;

REVOKE ALL ON FUNCTION analytics.tables_with, analytics.delete_some, response.forget_words, app.rename_in_texts FROM PUBLIC;

-- --- what is kept about somebody, all of it ---

CREATE OR REPLACE FUNCTION app.person_data(guild bigint, person bigint, most integer)
	RETURNS TABLE (name text, total bigint, content json)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target record;
BEGIN
	FOR target IN SELECT n.nspname AS schema, c.relname::text AS name, string_agg(format('%I = $2', a.attname), ' OR ') AS theirs
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE n.nspname IN ('analytics', 'app', 'response') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
			AND (a.attname IN ('user_id', 'inviter_id') OR n.nspname = 'response' AND a.attname = ANY (analytics.person_columns()))
			AND EXISTS (SELECT FROM pg_attribute g WHERE g.attrelid = c.oid AND g.attname = 'guild_id' AND NOT g.attisdropped)
		GROUP BY 1, 2 ORDER BY 1, 2 LOOP
		RETURN QUERY EXECUTE format('SELECT %L::text, count(*), json_agg(row_to_json(t)) FILTER (WHERE number <= $3) '
			'FROM (SELECT s.*, row_number() OVER () AS number FROM %I.%I s WHERE guild_id = $1 AND (%s)) t HAVING count(*) > 0',
			target.name, target.schema, target.name, target.theirs) USING guild, person, most;
	END LOOP;
END $$;
