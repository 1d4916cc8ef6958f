-- Maintenance in one place, and one guild alone.
-- Maintenance: backup-scheduler calls backup.upkeep_step() again and again, each call does a bounded piece of
-- whatever is due, and backup.upkeep says what came of it. Each piece is one transaction that learns from the tables where
-- the one before stopped, so it may be killed at any moment; an advisory lock lets one replica work.

DROP FUNCTION analytics.upkeep_step;

-- A backup leaves what upkeep did behind: a restored database begins anew.
CREATE FUNCTION backup.upkeep_seed() RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO backup.upkeep (task, every_s, next_at)
	SELECT task, every_s, now() FROM (VALUES ('erase', 10), ('leave', 60), ('retain', 61), ('expire', 3600), ('orphans', 3601),
		('months', 21600), ('analyze', 21601), ('drop', 86400), ('reindex', 86401)) known (task, every_s)
	ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION backup.upkeep_seed IS 'makes the tasks known; whoever works calls it when it connects';
SELECT backup.upkeep_seed();
COMMENT ON COLUMN backup.upkeep.task IS 'erase: people; leave: guilds the bot left; retain: what a guild keeps no longer; expire: sessions, tokens and logs; orphans: rows that belong to nothing; months: partitions ahead; drop: empty old ones; analyze; reindex';
COMMENT ON COLUMN backup.upkeep.every_s IS 'of tasks due at once the one that comes most often goes first';
COMMENT ON COLUMN backup.upkeep.started_at IS 'of the last run, or of the one under way: then it is later than finished_at';
COMMENT ON COLUMN backup.upkeep.outcome IS 'done; busy: something is in its way, it comes back soon; failed; off: it is not set up';
COMMENT ON COLUMN backup.upkeep.detail IS 'rows changed or deleted and steps so far in this run; names of what was made or measured; why; when it last found something to do, and how many rows that were';

-- Rows that this session has changed and the statistics do not have yet; the difference of two calls is what was changed between.
CREATE FUNCTION backup.rows_changed() RETURNS bigint
	LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(sum(pg_stat_get_xact_tuples_updated(oid) + pg_stat_get_xact_tuples_deleted(oid)), 0)::bigint FROM pg_class
	WHERE relkind = 'r' AND relnamespace IN ('app'::regnamespace, 'analytics'::regnamespace, 'response'::regnamespace, 'backup'::regnamespace)
		AND oid NOT IN ('analytics.erasure'::regclass, 'analytics.retention'::regclass, 'app.rules'::regclass, 'backup.upkeep'::regclass)
$$;

-- What has had its time. Ten thousand rows a call at most, of each.
CREATE FUNCTION backup.expire_step() RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old record;
	n bigint;
	total bigint := 0;
BEGIN
	FOR old IN VALUES
		('app.session', 'expires_at <= now() OR last_seen_at <= now() - interval ''7 days'''),
		('app.api_token', 'least(revoked_at, expires_at) < now() - interval ''90 days'''),
		('app.share_link', 'least(revoked_at, expires_at) < now() - interval ''90 days'''),
		('app.webhook_delivery', 'created_at < now() - interval ''30 days'''),
		('app.digest_post', 'finished_at < now() - interval ''90 days'''),
		('response.command', 'at < now() - interval ''7 days'''),
		('backup.job', 'finished_at < now() - interval ''90 days'''),
		('backup.backup', 'state IN (''deleted'', ''failed'') AND coalesce(finished_at, started_at) < now() - interval ''90 days''')
	LOOP
		EXECUTE format('DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE %s LIMIT 10000))', old.column1, old.column2);
		GET DIAGNOSTICS n = ROW_COUNT;
		total := total + n;
	END LOOP;
	-- files made for somebody to fetch
	INSERT INTO backup.job (kind, backup_id, created_at) SELECT 'delete', b.backup_id, now() FROM backup.backup b
	WHERE b.kind IN ('guild', 'export') AND b.state = 'ready' AND b.finished_at < now() - interval '7 days'
		AND NOT EXISTS (SELECT FROM backup.job j WHERE j.backup_id = b.backup_id AND j.kind = 'delete' AND j.state IN ('waiting', 'running'));
	RETURN total > 0;
END $$;
COMMENT ON FUNCTION backup.expire_step IS 'deletes sessions, tokens, links and log entries that have had their time; false: there are none';

-- What nothing leads to any more.
CREATE FUNCTION backup.orphan_step() RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	part text;
	n bigint;
	total bigint := 0;
BEGIN
	FOREACH part IN ARRAY '{request_message,reopening,due}'::text[] LOOP
		EXECUTE format('DELETE FROM response.%I WHERE ctid = ANY (ARRAY(SELECT p.ctid FROM response.%1$I p WHERE NOT EXISTS '
			'(SELECT FROM response.request r WHERE r.guild_id = p.guild_id AND r.request_id = p.request_id) LIMIT 10000))', part);
		GET DIAGNOSTICS n = ROW_COUNT;
		total := total + n;
	END LOOP;
	-- of a kind its guild does not limit any more
	DELETE FROM analytics.retention r WHERE NOT EXISTS
		(SELECT FROM app.guild_settings s WHERE s.guild_id = r.guild_id AND s.retention_days ? r.kind);
	-- Discord's tokens of people who are logged in nowhere
	UPDATE app.account a SET access_sealed = NULL, refresh_sealed = NULL
	WHERE (access_sealed IS NOT NULL OR refresh_sealed IS NOT NULL) AND NOT EXISTS (SELECT FROM app.session s WHERE s.user_id = a.user_id);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN total + n > 0;
END $$;
COMMENT ON FUNCTION backup.orphan_step IS 'deletes what belongs to something that is gone; false: there is nothing';

-- autovacuum never measures a partitioned table as a whole, and may be behind with others.
CREATE FUNCTION backup.analyze_step(done jsonb) RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass;
BEGIN
	SELECT c.oid INTO target FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
	WHERE n.nspname IN ('app', 'analytics', 'response', 'backup') AND NOT done ? c.oid::regclass::text AND CASE c.relkind
		WHEN 'r' THEN s.n_mod_since_analyze > 20000 + s.n_live_tup / 5
		WHEN 'p' THEN coalesce(s.last_analyze, '-infinity') < now() - interval '20 hours' AND EXISTS (
			SELECT FROM pg_inherits i JOIN pg_stat_all_tables m ON m.relid = i.inhrelid WHERE i.inhparent = c.oid AND m.n_live_tup > 0
				AND (m.n_mod_since_analyze > 0 OR greatest(m.last_analyze, m.last_autoanalyze) > coalesce(s.last_analyze, '-infinity')))
		ELSE false END
	ORDER BY c.relkind = 'p', s.n_mod_since_analyze DESC NULLS LAST, 1 LIMIT 1;
	IF FOUND THEN
		EXECUTE format('ANALYZE %s', target);
	END IF;
	RETURN target::text;
END $$;
COMMENT ON FUNCTION backup.analyze_step IS 'measures one table for the planner and says which; NULL: none needs it';

-- The months that begin before long are there when they begin.
CREATE FUNCTION backup.months_step() RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	was oid[] := ARRAY(SELECT inhrelid FROM pg_inherits);
BEGIN
	PERFORM analytics.ensure_months(now(), now() + interval '2 months');
	RETURN (SELECT jsonb_agg(i.inhrelid::regclass::text ORDER BY c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE c.relkind = 'r' AND inhrelid <> ALL (was));
END $$;
COMMENT ON FUNCTION backup.months_step IS 'makes the partitions of this month and the next two and says which; NULL: they are there';

CREATE FUNCTION backup.upkeep_note(of_task text, has_ended boolean, came_of_it text, retry_s integer, told jsonb) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE backup.upkeep u SET outcome = came_of_it,
		started_at = CASE WHEN u.started_at > u.finished_at OR u.started_at IS NOT NULL AND u.finished_at IS NULL THEN u.started_at ELSE now() END,
		finished_at = CASE WHEN has_ended THEN clock_timestamp() ELSE u.finished_at END,
		next_at = CASE WHEN has_ended OR retry_s > 0 THEN now() + retry_s * interval '1 second' ELSE u.next_at END,
		detail = told
	WHERE u.task = of_task
$$;

CREATE FUNCTION backup.upkeep_piece(task text, names jsonb, OUT is_more boolean, OUT made jsonb)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	CASE task
	WHEN 'erase' THEN is_more := analytics.erase_step();
	WHEN 'leave' THEN is_more := analytics.leave_step();
	WHEN 'retain' THEN is_more := analytics.retain_step();
	WHEN 'drop' THEN is_more := analytics.drop_step();
	WHEN 'expire' THEN is_more := backup.expire_step();
	WHEN 'orphans' THEN is_more := backup.orphan_step();
	WHEN 'months' THEN
		made := backup.months_step();
		is_more := false;
	WHEN 'analyze' THEN
		made := jsonb_build_array(backup.analyze_step(names));
		is_more := made <> '[null]';
		made := CASE WHEN is_more THEN made END;
	END CASE;
END $$;

-- Whatever goes wrong with one task is that one's: it is told, and the others go on.
CREATE FUNCTION backup.upkeep_step(OUT task text, OUT rows bigint, OUT outcome text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	due backup.upkeep;
	piece record;
	told jsonb;
	before bigint;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtext('analytics.upkeep')) THEN
		RETURN;
	END IF;
	SELECT u.* INTO due FROM backup.upkeep u WHERE u.next_at <= now() AND u.task <> 'reindex' ORDER BY u.every_s LIMIT 1;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	task := due.task;
	before := backup.rows_changed();
	told := CASE WHEN due.started_at > due.finished_at OR due.finished_at IS NULL THEN coalesce(due.detail, '{}')
		ELSE coalesce(due.detail, '{}') - '{rows,steps,names,why}'::text[] END;
	SET LOCAL lock_timeout = '2s';
	BEGIN
		piece := backup.upkeep_piece(due.task, coalesce(told -> 'names', '[]'));
		rows := greatest(backup.rows_changed() - before, 0);
		told := (told - 'why') || jsonb_build_object('rows', coalesce((told ->> 'rows')::bigint, 0) + rows,
			'steps', coalesce((told ->> 'steps')::bigint, 0) + (piece.is_more OR piece.made IS NOT NULL)::int);
		IF piece.made IS NOT NULL THEN
			told := told || jsonb_build_object('names', coalesce(told -> 'names', '[]') || piece.made);
		END IF;
		IF (told ->> 'steps')::bigint > 0 THEN
			told := told || jsonb_build_object('worked_at', now(), 'worked_rows', told -> 'rows');
		END IF;
		PERFORM backup.upkeep_note(due.task, NOT piece.is_more, CASE WHEN piece.is_more THEN '' ELSE 'done' END,
			CASE WHEN piece.is_more THEN 0 ELSE due.every_s END, told);
		outcome := CASE WHEN piece.is_more THEN 'more' ELSE 'done' END;
	EXCEPTION
		WHEN serialization_failure OR lock_not_available OR deadlock_detected THEN
			outcome := 'busy';
			PERFORM backup.upkeep_note(due.task, false, 'busy', 5, told || jsonb_build_object('why', left(SQLERRM, 200)));
		WHEN OTHERS THEN
			outcome := 'failed';
			PERFORM backup.upkeep_note(due.task, true, 'failed', 300, told || jsonb_build_object('why', left(SQLERRM, 200)));
	END;
END $$;
COMMENT ON FUNCTION backup.upkeep_step IS 'does a bounded piece of the most urgent task that is due; no task: nothing is, or another replica works; outcome: more, done, busy, failed';

-- Indexes that take much more room than their entries would in a fresh one, and halves of one that a kill has left behind.
CREATE VIEW backup.index_bloat AS
	SELECT i.indexrelid AS index_id, i.indexrelid::regclass::text AS name, pg_relation_size(i.indexrelid) AS bytes,
		ceil(c.reltuples * (16 + 8 * ceil(sum(coalesce(s.avg_width, 8)) / 8)) / 0.9 / 8140) * 8192 AS fresh_bytes,
		NOT i.indisvalid AND c.relname ~ '_ccnew[0-9]*$' AS is_left_behind
	FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
	JOIN pg_am m ON m.oid = c.relam AND m.amname = 'btree'
	JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey)
	LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = t.relname AND s.attname = a.attname AND NOT s.inherited
	WHERE n.nspname IN ('app', 'analytics', 'response', 'backup') AND c.relkind = 'i' AND (c.reltuples >= 0 OR NOT i.indisvalid)
	GROUP BY i.indexrelid, c.reltuples, c.relname, i.indisvalid;
COMMENT ON VIEW backup.index_bloat IS 'B-trees: how large they are, and how large they would be if made anew (an estimate from the statistics)';

CREATE FUNCTION backup.upkeep_reindexed(came_of_it text, told jsonb) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT backup.upkeep_note('reindex', came_of_it <> '', came_of_it, CASE WHEN came_of_it IN ('done', 'off') THEN 86400 ELSE 3600 END, told)
$$;
COMMENT ON FUNCTION backup.upkeep_reindexed IS 'REINDEX CONCURRENTLY runs in no function: who did it, tells; empty: it begins';

CREATE FUNCTION backup.upkeep_now(wanted text) RETURNS boolean
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE backup.upkeep u SET next_at = least(u.next_at, now()) WHERE u.task = wanted;
	PERFORM pg_notify('upkeep', wanted) WHERE FOUND;
	RETURN FOUND;
END $$;
COMMENT ON TABLE app.erasure IS 'people whose rows in a guild are to go over to an anonymous member; backup-scheduler does it, and takes the row away';
COMMENT ON FUNCTION backup.upkeep_now IS 'makes a task due; false: there is none of that name';

REVOKE ALL ON FUNCTION backup.rows_changed, backup.expire_step, backup.orphan_step, backup.analyze_step, backup.months_step,
	backup.upkeep_seed, backup.upkeep_note, backup.upkeep_piece, backup.upkeep_step, backup.upkeep_reindexed, backup.upkeep_now FROM PUBLIC;
GRANT EXECUTE ON FUNCTION backup.upkeep_seed, backup.upkeep_step, backup.upkeep_reindexed TO rations_backup;
GRANT EXECUTE ON FUNCTION backup.upkeep_now TO rations_api;

ALTER TABLE backup.backup DROP CONSTRAINT backup_kind_check,
	ADD CONSTRAINT backup_kind_check CHECK (kind IN ('scheduled', 'manual', 'before_restore', 'upload', 'guild', 'export'));
COMMENT ON COLUMN backup.backup.kind IS 'guild: one guild alone, to be restored; export: tables and their description in a ZIP file, for other programs. Both are made for somebody to fetch and go after a week';
ALTER TABLE backup.job DROP CONSTRAINT job_kind_check, ADD CONSTRAINT job_kind_check
	CHECK (kind IN ('backup', 'drill', 'verify', 'restore', 'delete', 'upload', 'import', 'export', 'guild'));
COMMENT ON COLUMN backup.job.kind IS 'export: a file of one guild, or in open formats; guild: a file of one guild takes the place of its rows';
CREATE INDEX backup_guild ON backup.backup (guild_id, started_at DESC) WHERE guild_id IS NOT NULL;

-- --- one guild alone: out of the database, and in again (docs/why/one-guild.md) ---

-- Whatever is not listed here has a guild's rows in its file: a table that comes tomorrow is not forgotten.
CREATE FUNCTION backup.guild_left_out() RETURNS TABLE (name text, why text)
	LANGUAGE sql IMMUTABLE AS $$
	VALUES ('app.account', 'of people, not of a guild'), ('app.account_guild', 'of accounts: Discord is asked again'),
		('app.session', 'a secret'), ('app.backup_ticket', 'a secret'), ('app.api_token', 'a secret'), ('app.share_link', 'a secret'), ('app.webhook', 'a secret'),
		('app.webhook_delivery', 'of a webhook'), ('app.command_set', 'of the bot'), ('app.rules', 'of the whole database'),
		('app.desk_version', 'of the whole database'), ('app.backup_settings', 'of the whole database'),
		('analytics.position', 'of a stream'), ('response.position', 'of a stream'), ('response.settings_read', 'of a stream'),
		('analytics.shard', 'of a shard'), ('analytics.shard_service', 'of a shard'), ('analytics.coverage_gap', 'of a shard'),
		('analytics.voice_open', 'the present'), ('analytics.retention', 'when upkeep looks next'), ('response.command', 'so that none is carried out twice')
$$;
COMMENT ON FUNCTION backup.guild_left_out IS 'tables that are not in the file of a guild, and why';

-- Parents before their children. Of the tables that are merged, what is here stays: Discord told it since, or people wished it.
CREATE FUNCTION backup.guild_tables(guild bigint)
	RETURNS TABLE (name text, place regclass, condition text, columns text[], types text[], parent regclass, parent_column text, is_merged boolean)
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH our AS (
		SELECT c.oid, n.nspname || '.' || c.relname AS name, EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = c.oid AND a.attname = 'guild_id' AND NOT a.attisdropped) AS has_guild
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('app', 'analytics', 'response') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
	), owned AS (
		SELECT * FROM our WHERE name NOT IN (SELECT l.name FROM backup.guild_left_out() l)
	), child AS (
		SELECT k.conrelid, k.confrelid, a.attname AS own, b.attname AS its FROM pg_constraint k
		JOIN owned p ON p.oid = k.confrelid AND p.has_guild
		JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
		JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
		WHERE k.contype = 'f' AND cardinality(k.conkey) = 1
	)
	SELECT o.name, o.oid, CASE WHEN o.has_guild THEN format('guild_id = %s', guild)
			ELSE format('%I IN (SELECT %I FROM %s WHERE guild_id = %s)', d.own, d.its, d.confrelid::regclass, guild) END,
		x.columns, x.types, d.confrelid, d.own,
		o.name IN ('analytics.guild', 'analytics.channel', 'analytics.role', 'analytics.member', 'analytics.invite', 'analytics.invite_watch',
			'analytics.scheduled_event', 'analytics.scheduled_event_user', 'analytics.guild_gap', 'analytics.erasure', 'app.opt_out', 'app.erasure')
	FROM owned o LEFT JOIN child d ON d.conrelid = o.oid CROSS JOIN LATERAL (
		SELECT array_agg(a.attname::text ORDER BY attnum) AS columns, array_agg(format_type(atttypid, atttypmod) ORDER BY attnum) AS types
		FROM pg_attribute a WHERE a.attrelid = o.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') x
	WHERE o.has_guild OR d.own IS NOT NULL
	ORDER BY d.own IS NOT NULL, o.name
$$;
COMMENT ON FUNCTION backup.guild_tables IS 'the tables that have rows of a guild, in the order they are written; parent: the rows belong to rows of that table';

-- Neither of a guild nor explained: a mistake of whoever made the table.
CREATE VIEW backup.guild_forgotten AS
	SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname IN ('app', 'analytics', 'response') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		AND c.oid NOT IN (SELECT place FROM backup.guild_tables(0))
		AND n.nspname || '.' || c.relname NOT IN (SELECT name FROM backup.guild_left_out());

CREATE FUNCTION backup.guild_has_rows(guild bigint) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target record;
	is_found boolean;
BEGIN
	FOR target IN SELECT * FROM backup.guild_tables(guild) t WHERE t.name NOT IN ('app.opt_out', 'app.guild_settings', 'app.audit_log') LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %s)', target.place, target.condition) INTO is_found;
		IF is_found THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;
COMMENT ON FUNCTION backup.guild_has_rows IS 'whether anything would be replaced by a file of that guild';

-- What the file says of the present is of then: notices that wait are late, gaps that were open end with the file, and
-- whoever counts goes on behind a hole, which history may fill.
CREATE FUNCTION backup.guild_age(guild bigint, exported timestamptz) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE pg_temp.response_notice SET state = 'dropped', why = 'late', payload = '{}', finished_at = exported, held_until = NULL WHERE state = 'waiting';
	UPDATE pg_temp.app_digest_post SET state = 'failed', why = 'late', finished_at = exported, held_until = NULL WHERE state = 'waiting';
	UPDATE pg_temp.analytics_guild_gap SET ended_at = greatest(started_at, exported) WHERE ended_at IS NULL;
	UPDATE pg_temp.analytics_channel_live SET has_hole = true;
	INSERT INTO pg_temp.analytics_channel_live SELECT (jsonb_populate_record(NULL::pg_temp.analytics_channel_live,
		to_jsonb(l) || jsonb_build_object('last_id', l.start_id, 'has_hole', true))).* FROM analytics.channel_live l
	WHERE l.guild_id = guild AND NOT EXISTS (SELECT FROM pg_temp.analytics_channel_live s WHERE s.channel_id = l.channel_id);
END $$;

-- Numbers that are given here, and taken here by another guild: all of the file's move behind the last one.
CREATE FUNCTION backup.guild_renumber(target regclass, stage text, number_column text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	counter text := pg_get_serial_sequence(target::text, number_column);
	is_taken boolean;
	behind bigint;
	r record;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %s t JOIN pg_temp.%I s USING (%I)), coalesce((SELECT max(%3$I) FROM %1$s), 0)',
		target, stage, number_column) INTO is_taken, behind;
	IF is_taken THEN
		FOR r IN SELECT stage AS child, number_column AS own UNION ALL
			SELECT replace(k.conrelid::regclass::text, '.', '_'), a.attname FROM pg_constraint k
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] WHERE k.contype = 'f' AND k.confrelid = target
			UNION ALL SELECT 'response_request', 'rule_id' WHERE target = 'app.request_rule'::regclass LOOP
			IF to_regclass('pg_temp.' || r.child) IS NOT NULL THEN
				EXECUTE format('UPDATE pg_temp.%I SET %I = %2$I + %s', r.child, r.own, behind);
			END IF;
		END LOOP;
	END IF;
	EXECUTE format('SELECT setval(%L, greatest((SELECT last_value FROM %s), (SELECT max(%I) FROM pg_temp.%I)))', counter, counter, number_column, stage);
END $$;

-- A file may come from anybody: rows of other guilds are not let in.
CREATE FUNCTION backup.guild_check(guild bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target record;
	is_foreign boolean;
BEGIN
	FOR target IN SELECT t.*, replace(t.name, '.', '_') AS stage FROM backup.guild_tables(guild) t LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM pg_temp.%I s WHERE %s OR %s)', target.stage,
			CASE WHEN 'guild_id' = ANY (target.columns) THEN format('guild_id IS DISTINCT FROM %s', guild) ELSE 'false' END,
			CASE WHEN target.parent IS NULL THEN 'false' ELSE format('NOT EXISTS (SELECT FROM pg_temp.%I p WHERE p.%I = s.%2$I)',
				replace(target.parent::text, '.', '_'), target.parent_column) END) INTO is_foreign;
		IF is_foreign THEN
			RAISE EXCEPTION 'rows of % are not of this guild', target.name USING ERRCODE = 'RA400';
		END IF;
	END LOOP;
END $$;

-- The figures of the guild's row belong to the rows; the rest of it is the present.
CREATE FUNCTION backup.guild_row(guild bigint, exported timestamptz, was_here boolean, at timestamptz) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE analytics.guild g SET messages_total = s.messages_total, first_event_at = s.first_event_at, day_zone = s.day_zone,
		anonymous_members = greatest(g.anonymous_members, s.anonymous_members)
	FROM pg_temp.analytics_guild s WHERE g.guild_id = guild AND s.guild_id = guild;
	IF NOT was_here THEN
		UPDATE analytics.guild g SET removed_at = at, is_available = true, unavailable_at = NULL WHERE g.guild_id = guild;
		INSERT INTO analytics.guild_gap (guild_id, started_at, cause) VALUES (guild, at, 'guild_removed') ON CONFLICT DO NOTHING;
	END IF;
	INSERT INTO analytics.guild_gap (guild_id, started_at, ended_at, cause) VALUES (guild, exported, at, 'restore') ON CONFLICT DO NOTHING;
	-- nobody comes back who was erased since (compare backup.erase_again)
	INSERT INTO app.erasure (guild_id, user_id, requested_at) SELECT guild, p.user_id, e.at
	FROM (SELECT user_id FROM pg_temp.analytics_member UNION SELECT user_id FROM pg_temp.analytics_member_monthly) p
	JOIN backup.erased e ON e.guild_id = guild AND e.person = backup.person_hash(guild, p.user_id)
	WHERE e.at >= exported AND p.user_id >= 4194304 ON CONFLICT DO NOTHING;
END $$;

-- The rows of a file lie in temporary tables, named schema_table; here they take the place of those the guild has. Who
-- counts waits for the end of it, and then loads again what it knows (app.rules_changed), so that what comes after is
-- counted on top of the new rows, and what came between the file and now is a gap.
CREATE FUNCTION backup.guild_swap(guild bigint, exported timestamptz, is_forced boolean) RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target record;
	was_here boolean;
	at timestamptz;
	told jsonb := '{}';
	columns text;
	n bigint;
	numbered text;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('analytics.upkeep'));
	PERFORM app.rules_changed();
	LOCK TABLE analytics.day_work IN SHARE ROW EXCLUSIVE MODE;
	PERFORM backup.guild_check(guild);
	at := date_trunc('milliseconds', clock_timestamp());
	IF backup.guild_has_rows(guild) AND NOT is_forced THEN
		RAISE EXCEPTION 'the guild has rows here' USING ERRCODE = 'RA409';
	END IF;
	was_here := EXISTS (SELECT FROM analytics.guild g WHERE g.guild_id = guild AND g.removed_at IS NULL);
	PERFORM backup.guild_age(guild, exported);
	FOR target IN SELECT * FROM backup.guild_tables(guild) WITH ORDINALITY t WHERE NOT t.is_merged ORDER BY t.ordinality DESC LOOP
		EXECUTE format('DELETE FROM %s WHERE %s%s', target.place, target.condition,
			CASE target.name WHEN 'app.audit_log' THEN format(' AND at <= %L', exported) ELSE '' END);
	END LOOP;
	FOR target IN SELECT t.*, replace(t.name, '.', '_') AS stage FROM backup.guild_tables(guild) t
		WHERE to_regclass('pg_temp.' || replace(t.name, '.', '_')) IS NOT NULL LOOP
		SELECT attname INTO numbered FROM pg_attribute WHERE attrelid = target.place AND attidentity <> '';
		IF FOUND THEN
			PERFORM backup.guild_renumber(target.place, target.stage, numbered);
		END IF;
		SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
		WHERE attrelid = to_regclass('pg_temp.' || target.stage) AND attnum > 0;
		EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM pg_temp.%I%s', target.place, columns, target.stage,
			CASE WHEN target.is_merged THEN ' ON CONFLICT DO NOTHING' ELSE '' END);
		GET DIAGNOSTICS n = ROW_COUNT;
		told := told || jsonb_build_object(target.name, n);
	END LOOP;
	PERFORM backup.guild_row(guild, exported, was_here, at);
	RETURN told;
END $$;
COMMENT ON FUNCTION backup.guild_swap IS 'puts the staged rows in the place of a guild''s own, all or none; rows written, by table. RA409: it has some, and this was not to replace them';

REVOKE ALL ON FUNCTION backup.guild_has_rows, backup.guild_check, backup.guild_age, backup.guild_renumber, backup.guild_row, backup.guild_swap FROM PUBLIC;
GRANT EXECUTE ON FUNCTION backup.guild_has_rows TO rations_backup;

-- --- in open formats, for other programs ---

-- A cell that a spreadsheet would take for a formula begins with an apostrophe.
CREATE FUNCTION backup.open_cell(name text, kind text) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format(CASE WHEN kind = 'timestamp with time zone' THEN 'to_char(%1$I AT TIME ZONE ''UTC'', ''YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'')'
		WHEN kind = 'text' THEN 'CASE WHEN %1$I ~ ''^[=+@\t\r-]'' THEN '''''''' || %1$I ELSE %1$I END'
		WHEN kind = 'bytea' THEN 'encode(%1$I, ''base64'')' WHEN kind LIKE '%[]' THEN 'to_jsonb(%1$I)' ELSE '%1$I' END || ' AS %1$I', name)
$$;

CREATE FUNCTION backup.open_field(place regclass, number smallint, name text, kind text) RETURNS jsonb
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('name', name, 'type', CASE WHEN kind IN ('bigint', 'integer', 'smallint') THEN 'integer'
			WHEN kind IN ('double precision', 'real', 'numeric') THEN 'number' WHEN kind IN ('boolean', 'date') THEN kind
			WHEN kind LIKE 'timestamp%' THEN 'datetime' WHEN kind LIKE '%[]' THEN 'array' WHEN kind LIKE 'json%' THEN 'any' ELSE 'string' END,
		'format', CASE WHEN kind LIKE 'timestamp%' THEN 'any' END,
		'unit', CASE WHEN name LIKE '%\_ms' OR name LIKE '%\_ms\_%' THEN 'ms' WHEN name LIKE '%\_s' THEN 's' WHEN name LIKE '%\_days' THEN 'd'
			WHEN name LIKE '%\_hours' THEN 'h' WHEN name = 'bytes' OR name LIKE '%\_bytes' THEN 'By' END,
		'trueValues', CASE WHEN kind = 'boolean' THEN '["t"]'::jsonb END, 'falseValues', CASE WHEN kind = 'boolean' THEN '["f"]'::jsonb END,
		'description', col_description(place, number)))
$$;

CREATE FUNCTION backup.open_tables(guild bigint) RETURNS TABLE (name text, query text, resource jsonb)
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT t.name, format('SELECT %s FROM %s WHERE %s', c.cells, t.place, CASE WHEN guild IS NULL THEN 'true' ELSE t.condition END),
		jsonb_strip_nulls(jsonb_build_object('name', replace(t.name, '_', '-'), 'path', 'data/' || t.name || '.csv', 'format', 'csv',
			'mediatype', 'text/csv', 'encoding', 'utf-8', 'description', obj_description(t.place),
			'schema', jsonb_build_object('fields', c.fields, 'missingValues', '[""]'::jsonb, 'primaryKey', (SELECT jsonb_agg(a.attname)
				FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
				WHERE i.indrelid = t.place AND i.indisprimary))))
	FROM backup.guild_tables(coalesce(guild, 0)) t CROSS JOIN LATERAL (
		SELECT string_agg(backup.open_cell(attname, format_type(atttypid, NULL)), ', ' ORDER BY attnum) AS cells,
			jsonb_agg(backup.open_field(t.place, attnum, attname, format_type(atttypid, NULL)) ORDER BY attnum) AS fields
		FROM pg_attribute WHERE attrelid = t.place AND attnum > 0 AND NOT attisdropped AND attname = ANY (t.columns)) c
$$;
COMMENT ON FUNCTION backup.open_tables IS 'the tables of an export in open formats, how to ask for one as CSV, and what it is as a Frictionless resource; NULL: of all guilds';
