-- What a community decides beside its zone, who changed what, and what a person wants done with what is kept about them.

ALTER TABLE app.guild_settings
	ADD language text NOT NULL DEFAULT '' CHECK (language IN ('', 'en', 'ru')),
	ADD week_start smallint NOT NULL DEFAULT 1 CHECK (week_start BETWEEN 1 AND 7),
	ADD excluded_channels bigint[] NOT NULL DEFAULT '{}',
	ADD excluded_roles bigint[] NOT NULL DEFAULT '{}',
	ADD excluded_members bigint[] NOT NULL DEFAULT '{}',
	ADD excludes_bots boolean NOT NULL DEFAULT true,
	ADD afk_rule boolean NOT NULL DEFAULT true,
	ADD is_active_by_messages boolean NOT NULL DEFAULT true,
	ADD is_active_by_voice boolean NOT NULL DEFAULT true,
	ADD is_active_by_reactions boolean NOT NULL DEFAULT true,
	ADD wants_presence boolean NOT NULL DEFAULT false,
	ADD wants_excerpts boolean NOT NULL DEFAULT false,
	ADD retention_days jsonb NOT NULL DEFAULT '{}',
	ADD leave_grace_days integer DEFAULT 30 CHECK (leave_grace_days BETWEEN 0 AND 3650),
	ADD viewer_roles bigint[] NOT NULL DEFAULT '{}',
	ADD CONSTRAINT guild_settings_active
		CHECK (is_active_by_messages OR is_active_by_voice OR is_active_by_reactions);
COMMENT ON COLUMN app.guild_settings.language IS 'of what is posted to the guild; empty: the language Discord knows of it';
COMMENT ON COLUMN app.guild_settings.week_start IS 'the weekday weeks begin on: 1 Monday ... 7 Sunday';
COMMENT ON COLUMN app.guild_settings.excluded_channels IS 'channels (and categories) left out of every figure; applied when asking, so it can be undone';
COMMENT ON COLUMN app.guild_settings.excluded_roles IS 'likewise members who have one of these roles';
COMMENT ON COLUMN app.guild_settings.excluded_members IS 'likewise these members';
COMMENT ON COLUMN app.guild_settings.excludes_bots IS 'bots are left out unless asked for';
COMMENT ON COLUMN app.guild_settings.afk_rule IS 'who sits in the AFK channel is not present';
COMMENT ON COLUMN app.guild_settings.is_active_by_messages IS 'a message makes its author active (metrics: active member); likewise voice, reactions';
COMMENT ON COLUMN app.guild_settings.wants_presence IS 'online status and games may be counted';
COMMENT ON COLUMN app.guild_settings.wants_excerpts IS 'parts of message texts may be kept';
COMMENT ON COLUMN app.guild_settings.retention_days IS 'kind of data -> days it is kept; a kind that is not named is kept for good';
COMMENT ON COLUMN app.guild_settings.leave_grace_days IS 'how long the data outlives the bot''s removal; NULL: for good';
COMMENT ON COLUMN app.guild_settings.viewer_roles IS 'roles whose members may see figures, those of single members left out; the guild''s own id is everybody';

CREATE TABLE app.audit_log (
	audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id bigint NOT NULL,
	at       timestamptz NOT NULL,
	actor_id bigint NOT NULL,
	action   text NOT NULL,
	target   text NOT NULL DEFAULT '',
	before   jsonb,
	after    jsonb
);
CREATE INDEX audit_log_guild ON app.audit_log (guild_id, audit_id DESC);
COMMENT ON TABLE app.audit_log IS 'who changed what in a guild; written in the transaction of the change';
COMMENT ON COLUMN app.audit_log.actor_id IS 'the account; 0: Rations itself';
COMMENT ON COLUMN app.audit_log.action IS 'noun.verb, like settings.change, token.create';
COMMENT ON COLUMN app.audit_log.target IS 'what was changed: the id or name of the token, rule, link';
COMMENT ON COLUMN app.audit_log.before IS 'what is now different, as it was; NULL: it did not exist. Never a secret';
COMMENT ON COLUMN app.audit_log.after IS 'the same, as it is now; NULL: it is gone';

-- --- what a person wants ---

CREATE TABLE app.opt_out (
	user_id  bigint NOT NULL,
	guild_id bigint NOT NULL,
	at       timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (guild_id, user_id)
);
CREATE INDEX opt_out_user ON app.opt_out (user_id);
COMMENT ON TABLE app.opt_out IS 'people of whom a guild''s figures keep nothing: what they do counts for the anonymous member, user 1';

CREATE TABLE app.erasure (
	user_id      bigint NOT NULL,
	guild_id     bigint NOT NULL,
	requested_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (guild_id, user_id)
);
CREATE INDEX erasure_user ON app.erasure (user_id);
COMMENT ON TABLE app.erasure IS 'people whose rows in a guild are to go over to an anonymous member; analytics does it, and takes the row away';
GRANT SELECT ON app.opt_out, app.erasure TO rations_analytics;

CREATE TABLE app.rules (
	is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
	version bigint NOT NULL DEFAULT 1
);
INSERT INTO app.rules DEFAULT VALUES;
COMMENT ON TABLE app.rules IS 'one row: the number of the rules events are counted by; whoever counts by other ones can not commit';
GRANT SELECT ON app.rules TO rations_analytics;

-- Users below 2^22 do not exist (Discord docs, Snowflakes): 1 is everybody who opted out, then come those who were
-- erased, from 2^21 on the voice sessions of those who opted out.
CREATE FUNCTION analytics.voice_alias(session text) RETURNS bigint
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN 2097152 + ((get_byte(sha256(convert_to(session, 'UTF8')), 0) & 31) << 16)
		+ (get_byte(sha256(convert_to(session, 'UTF8')), 1) << 8) + get_byte(sha256(convert_to(session, 'UTF8')), 2);
COMMENT ON FUNCTION analytics.voice_alias IS 'who a voice session belongs to, of somebody who opted out';

-- The lock is shared by whoever counts (analytics.rules_turn): once this has run, nobody counts by the old rules.
CREATE FUNCTION app.rules_changed() RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT pg_advisory_xact_lock(hashtext('analytics.rules'));
	UPDATE app.rules SET version = version + 1;
$$;
COMMENT ON FUNCTION app.rules_changed IS 'makes everybody who counts learn the rules anew';

CREATE FUNCTION app.on_person_chose() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM app.rules_changed();
	IF TG_OP = 'INSERT' THEN
		UPDATE analytics.voice_open SET user_id = analytics.voice_alias(voice_session)
		WHERE guild_id = NEW.guild_id AND user_id = NEW.user_id;
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION app.on_person_chose IS 'from now on somebody is, or is not, counted anonymously; in voice too';
CREATE TRIGGER chose AFTER INSERT OR DELETE ON app.opt_out FOR EACH ROW EXECUTE FUNCTION app.on_person_chose();
CREATE TRIGGER chose AFTER INSERT OR DELETE ON app.erasure FOR EACH ROW EXECUTE FUNCTION app.on_person_chose();

CREATE FUNCTION app.on_rule_changed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM app.rules_changed();
	RETURN NULL;
END $$;
COMMENT ON FUNCTION app.on_rule_changed IS 'a guild decided something that events are counted by';
CREATE TRIGGER rule_changed AFTER UPDATE OF afk_rule ON app.guild_settings FOR EACH ROW
	WHEN (OLD.afk_rule IS DISTINCT FROM NEW.afk_rule) EXECUTE FUNCTION app.on_rule_changed();
CREATE TRIGGER rule_made AFTER INSERT ON app.guild_settings FOR EACH ROW
	WHEN (NOT NEW.afk_rule) EXECUTE FUNCTION app.on_rule_changed();

CREATE VIEW analytics.unnamed AS
	SELECT guild_id, user_id FROM app.opt_out UNION SELECT guild_id, user_id FROM app.erasure;
COMMENT ON VIEW analytics.unnamed IS 'who is counted anonymously: for good, or while they are being erased';
GRANT SELECT ON analytics.unnamed TO rations_analytics, rations_api;

CREATE FUNCTION analytics.rules_turn(known bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM pg_advisory_xact_lock_shared(hashtext('analytics.rules'));
	IF known <> (SELECT version FROM app.rules) THEN
		RAISE EXCEPTION 'the rules have changed' USING ERRCODE = 'serialization_failure';
	END IF;
END $$;
COMMENT ON FUNCTION analytics.rules_turn IS 'first in every transaction that counts: fails when the rules it counted by are not those of now';
REVOKE ALL ON FUNCTION app.rules_changed, app.on_person_chose, app.on_rule_changed, analytics.rules_turn FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analytics.rules_turn TO rations_analytics;

-- --- upkeep: what is taken away again, a bounded piece in each call ---

ALTER TABLE analytics.guild ADD anonymous_members integer NOT NULL DEFAULT 1;
COMMENT ON COLUMN analytics.guild.anonymous_members IS 'the last user number given to somebody who was erased; 1 is everybody who opted out';

CREATE TABLE analytics.erasure (
	guild_id bigint NOT NULL,
	user_id  bigint NOT NULL,
	alias    bigint NOT NULL,
	through  text NOT NULL DEFAULT '',
	changed  bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, user_id)
);
COMMENT ON TABLE analytics.erasure IS 'erasures under way; gone, and with it who the alias was, when nothing is left to do';
COMMENT ON COLUMN analytics.erasure.through IS 'tables are done in the order of their names, up to this one';
COMMENT ON COLUMN analytics.erasure.changed IS 'rows changed in this round through the tables; a round that changes none is the last';

CREATE TABLE analytics.retention (
	guild_id bigint NOT NULL,
	kind     text NOT NULL,
	deleted  bigint NOT NULL DEFAULT 0,
	ran_at   timestamptz,
	next_at  timestamptz NOT NULL,
	PRIMARY KEY (guild_id, kind)
);
COMMENT ON TABLE analytics.retention IS 'when old data of a kind was last looked for in a guild, and will be next';
COMMENT ON COLUMN analytics.retention.deleted IS 'rows the last run has deleted';

-- Leaves only: the partitions, not the tables they belong to.
CREATE FUNCTION analytics.tables_with(wanted text[]) RETURNS TABLE (name text, columns text[])
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.relname::text COLLATE "C", array_agg(a.attname::text)
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE c.relnamespace = 'analytics'::regnamespace AND c.relkind = 'r' AND a.attname = ANY (wanted)
		AND c.relname NOT IN ('erasure')
		AND EXISTS (SELECT FROM pg_attribute g WHERE g.attrelid = c.oid AND g.attname = 'guild_id' AND NOT g.attisdropped)
	GROUP BY 1 ORDER BY 1
$$;
COMMENT ON FUNCTION analytics.tables_with IS 'tables of guilds that have some of these columns, and which';

-- One table of one erasure. Renaming keeps every total, of people too; docs/why/erasure.md says why not one for all.
CREATE FUNCTION analytics.erase_step() RETURNS boolean
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
	SELECT * INTO target FROM analytics.tables_with('{user_id,inviter_id}') t WHERE t.name > e.through LIMIT 1;
	IF FOUND THEN
		IF target.name = 'member' THEN
			-- Who stays out stays one of the guild's members, without a name; others are met again.
			UPDATE analytics.member SET username = '', global_name = NULL, nick = NULL, avatar = NULL, roles = '{}',
				boosting_since = NULL, timeout_until = NULL
			WHERE guild_id = e.guild_id AND user_id = e.user_id;
			DELETE FROM analytics.member WHERE guild_id = e.guild_id AND user_id = e.user_id AND NOT EXISTS
				(SELECT FROM app.opt_out o WHERE o.guild_id = e.guild_id AND o.user_id = e.user_id);
		END IF;
		FOREACH person IN ARRAY target.columns LOOP
			EXECUTE format('UPDATE analytics.%I SET %I = $1 WHERE guild_id = $2 AND %2$I = $3', target.name, person)
			USING e.alias, e.guild_id, e.user_id;
			GET DIAGNOSTICS n = ROW_COUNT;
			e.changed := e.changed + n;
		END LOOP;
		UPDATE analytics.erasure SET through = target.name, changed = e.changed
		WHERE guild_id = e.guild_id AND user_id = e.user_id;
	ELSIF e.changed > 0 THEN
		UPDATE analytics.erasure SET through = '', changed = 0 WHERE guild_id = e.guild_id AND user_id = e.user_id;
	ELSE
		UPDATE app.guild_settings SET excluded_members = array_remove(excluded_members, e.user_id)
		WHERE guild_id = e.guild_id AND e.user_id = ANY (excluded_members);
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
COMMENT ON FUNCTION analytics.erase_step IS 'does the next piece of an erasure; false: there is none to do';

-- What each kind of data is, and by which column it is old.
CREATE FUNCTION analytics.kinds() RETURNS TABLE (kind text, name text, age text)
	LANGUAGE sql IMMUTABLE AS $$
	VALUES ('segments', 'voice_segment', 'started_at'),
		('hours', 'message_hourly', 'hour'), ('hours', 'voice_hourly', 'hour'),
		('days', 'activity_daily', 'day'), ('days', 'member_daily', 'day'), ('days', 'member_monthly', 'month'),
		('hours', 'command_hourly', 'hour'), ('hours', 'game_hourly', 'hour'),
		('moves', 'member_flow', 'at'), ('moves', 'newcomer', 'joined_at'), ('moves', 'moderation', 'at'),
		('moves', 'boost_flow', 'at'),
		('snapshots', 'guild_snapshot', 'at'), ('snapshots', 'event_hourly', 'hour'),
		('former', 'member', 'left_at')
$$;
COMMENT ON FUNCTION analytics.kinds IS 'the kinds of data a guild may limit (app.guild_settings.retention_days), and the tables they are in';

CREATE FUNCTION analytics.delete_some(parent text, condition text, guild bigint, before timestamptz) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('DELETE FROM analytics.%I WHERE (tableoid, ctid) IN (SELECT tableoid, ctid FROM analytics.%1$I '
		'WHERE guild_id = $1 AND %s LIMIT 10000)', parent, condition) USING guild, before;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;

-- A piece of one kind of one guild.
CREATE FUNCTION analytics.retain_step() RETURNS boolean
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
	FOR target IN SELECT * FROM analytics.kinds() k WHERE k.kind = due.kind AND to_regclass('analytics.' || k.name) IS NOT NULL LOOP
		n := analytics.delete_some(target.name, format('%I < $2', target.age), due.guild_id, before);
		UPDATE analytics.retention SET deleted = deleted + n WHERE guild_id = due.guild_id AND kind = due.kind;
		IF n > 0 THEN
			RETURN true;
		END IF;
	END LOOP;
	UPDATE analytics.retention SET ran_at = now(), next_at = now() + interval '1 day'
	WHERE guild_id = due.guild_id AND kind = due.kind;
	RETURN true;
END $$;
COMMENT ON FUNCTION analytics.retain_step IS 'deletes the next piece of what a guild does not want to be kept so long; false: nothing is due';

-- A month that nobody has rows of any more. Whoever counts is not made to wait for it.
CREATE FUNCTION analytics.drop_step() RETURNS boolean
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	child text;
	is_empty boolean;
BEGIN
	FOR child IN SELECT c.relname FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent
		WHERE p.relnamespace = 'analytics'::regnamespace AND p.relkind = 'p'
			AND right(c.relname, 6) < to_char(now() - interval '2 months', 'YYYYMM') ORDER BY 1 LOOP
		EXECUTE format('SELECT NOT EXISTS (SELECT FROM analytics.%I)', child) INTO is_empty;
		IF is_empty THEN
			SET LOCAL lock_timeout = '200ms';
			BEGIN
				EXECUTE format('LOCK TABLE analytics.%I IN ACCESS EXCLUSIVE MODE', child);
				EXECUTE format('SELECT NOT EXISTS (SELECT FROM analytics.%I)', child) INTO is_empty;
				IF is_empty THEN
					EXECUTE format('DROP TABLE analytics.%I', child);
					RETURN true;
				END IF;
			EXCEPTION WHEN lock_not_available THEN
				RETURN false;
			END;
		END IF;
	END LOOP;
	RETURN false;
END $$;
COMMENT ON FUNCTION analytics.drop_step IS 'drops an old monthly partition in which nothing is left; false: there is none, or it is in use';

-- A piece of a guild the bot is not in any more, and whose time is over.
CREATE FUNCTION analytics.leave_step() RETURNS boolean
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
	FOR target IN SELECT * FROM analytics.tables_with('{guild_id}') t WHERE t.name <> 'guild' LOOP
		IF analytics.delete_some(target.name, '$2::timestamptz IS NULL', gone, NULL) > 0 THEN
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
COMMENT ON FUNCTION analytics.leave_step IS 'deletes the next piece of a guild the bot was removed from; false: of none the time is over';

CREATE FUNCTION analytics.upkeep_step() RETURNS text
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN NOT pg_try_advisory_xact_lock(hashtext('analytics.upkeep')) THEN ''
		WHEN analytics.erase_step() THEN 'erase' WHEN analytics.leave_step() THEN 'leave'
		WHEN analytics.retain_step() THEN 'retain' WHEN analytics.drop_step() THEN 'drop' ELSE '' END
$$;
COMMENT ON FUNCTION analytics.upkeep_step IS 'does a bounded piece of what is to be taken away and says of what; empty: nothing to do, or another does it';
REVOKE ALL ON FUNCTION analytics.erase_step, analytics.retain_step, analytics.drop_step, analytics.leave_step,
	analytics.upkeep_step, analytics.delete_some, analytics.tables_with FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analytics.upkeep_step TO rations_analytics;

-- --- what is kept about somebody, all of it ---

CREATE FUNCTION app.person_data(guild bigint, person bigint, most integer)
	RETURNS TABLE (name text, total bigint, content json)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target record;
BEGIN
	FOR target IN SELECT n.nspname AS schema, c.relname::text AS name, string_agg(format('%I = $2', a.attname), ' OR ') AS theirs
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE n.nspname IN ('analytics', 'app') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
			AND a.attname IN ('user_id', 'inviter_id')
			AND EXISTS (SELECT FROM pg_attribute g WHERE g.attrelid = c.oid AND g.attname = 'guild_id' AND NOT g.attisdropped)
		GROUP BY 1, 2 ORDER BY 1, 2 LOOP
		RETURN QUERY EXECUTE format('SELECT %L::text, count(*), json_agg(row_to_json(t)) FILTER (WHERE number <= $3) '
			'FROM (SELECT s.*, row_number() OVER () AS number FROM %I.%I s WHERE guild_id = $1 AND (%s)) t HAVING count(*) > 0',
			target.name, target.schema, target.name, target.theirs) USING guild, person, most;
	END LOOP;
END $$;
COMMENT ON FUNCTION app.person_data IS 'every table that has rows of somebody in a guild, how many, and the first of them';
REVOKE ALL ON FUNCTION app.person_data FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.person_data TO rations_api;
