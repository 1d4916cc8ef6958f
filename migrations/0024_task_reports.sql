-- The way of a task report. Each step is one statement that checks the state it leaves (compare 0018): reactions, replies and
-- the web may come at once, twice, and in either order.

CREATE FUNCTION response.task_told(guild bigint) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT pg_notify('response', format('%s 0 -', guild))
$$;

CREATE FUNCTION response.task_claim(guild bigint, report bigint, person bigint, at timestamptz, changed timestamptz) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE response.task_report t SET state = 'reviewing', curator_id = person, claimed_at = greatest(at, t.reported_at), changed_at = changed
	WHERE t.guild_id = guild AND t.report_id = report AND t.state = 'pending' AND t.author_id <> person;
	IF FOUND THEN
		PERFORM response.task_told(guild);
	END IF;
	RETURN FOUND;
END $$;
COMMENT ON FUNCTION response.task_claim IS 'a curator takes it; of two at once one does';

-- `number` above what was reported is all of it.
CREATE FUNCTION response.task_verify(guild bigint, report bigint, person bigint, number bigint, at timestamptz, reply bigint, is_work boolean,
	changed timestamptz) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t response.task_report;
BEGIN
	UPDATE response.task_report r SET state = 'verified', approved = least(number, r.tasks), verified_at = greatest(at, r.claimed_at),
		verification_id = reply, changed_at = changed
	WHERE r.guild_id = guild AND r.report_id = report AND r.state = 'reviewing' AND r.curator_id = person
	RETURNING r.* INTO t;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO response.activity (guild_id, user_id, at, kind, message_id, channel_id, target_id, target_user_id)
	SELECT guild, person, t.verified_at, 'task_verification', report, t.channel_id, reply, t.author_id WHERE is_work
	ON CONFLICT DO NOTHING;
	IF FOUND THEN
		INSERT INTO response.activity_hourly AS h (guild_id, hour, user_id, tasks)
		VALUES (guild, date_trunc('hour', t.verified_at, 'UTC'), person, 1)
		ON CONFLICT (guild_id, hour, user_id) DO UPDATE SET tasks = h.tasks + 1;
	END IF;
	PERFORM response.task_told(guild);
	RETURN true;
END $$;
COMMENT ON FUNCTION response.task_verify IS 'the curator who took it says how many are approved; is_work: it counts for them';

-- What Discord told.
CREATE FUNCTION response.task_step(step text, guild bigint, report bigint, person bigint, channel bigint, number bigint, reply bigint, words text,
	at timestamptz, changed timestamptz) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	CASE step
	WHEN 'reported' THEN
		INSERT INTO response.task_report (guild_id, report_id, channel_id, author_id, reported_at, tasks, excerpt, changed_at)
		VALUES (guild, report, channel, person, at, number, words, changed) ON CONFLICT DO NOTHING;
	WHEN 'corrected' THEN
		UPDATE response.task_report t SET tasks = number, excerpt = CASE WHEN t.excerpt IS NOT NULL THEN words END, changed_at = changed
		WHERE t.guild_id = guild AND t.report_id = report AND t.state = 'pending' AND t.source = 0;
	WHEN 'withdrawn' THEN
		DELETE FROM response.task_report t WHERE t.guild_id = guild AND t.report_id = report AND t.state = 'pending' AND t.source = 0;
	WHEN 'claimed' THEN
		PERFORM response.task_claim(guild, report, person, at, changed);
		RETURN;
	WHEN 'verified' THEN
		PERFORM response.task_verify(guild, report, person, number, at, reply, true, changed);
		RETURN;
	END CASE;
	IF FOUND THEN
		PERFORM response.task_told(guild);
	END IF;
END $$;
COMMENT ON FUNCTION response.task_step IS 'reported, corrected, withdrawn, claimed or verified, by messages and reactions';

-- --- by hand ---

CREATE FUNCTION response.task_archive(t response.task_report, is_archived boolean, changed timestamptz) RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE response.task_report r SET changed_at = changed, state = CASE WHEN is_archived THEN 'archived' WHEN t.approved IS NOT NULL THEN 'verified'
		WHEN t.curator_id IS NOT NULL THEN 'reviewing' ELSE 'pending' END
	WHERE r.guild_id = t.guild_id AND r.report_id = t.report_id;
	PERFORM response.task_told(t.guild_id);
	RETURN 'done';
END $$;

CREATE FUNCTION response.act_on_task(guild bigint, report bigint, actor bigint, what text, number bigint, wanted text, at timestamptz, changed timestamptz)
	RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := response.person(guild, actor);
	t response.task_report;
BEGIN
	SELECT * INTO t FROM response.task_report r WHERE r.guild_id = guild AND r.report_id = report FOR UPDATE;
	IF NOT FOUND THEN
		RETURN 'not_found';
	END IF;
	IF what = 'task_state' THEN
		CASE wanted
		WHEN 'archived' THEN
			RETURN CASE WHEN t.state = 'archived' THEN 'done' ELSE response.task_archive(t, true, changed) END;
		WHEN 'pending' THEN
			IF t.state = 'pending' THEN
				RETURN 'done';
			ELSIF t.approved IS NOT NULL THEN
				RETURN 'closed';
			END IF;
			UPDATE response.task_report r SET state = 'pending', curator_id = NULL, claimed_at = NULL, changed_at = changed
			WHERE r.guild_id = guild AND r.report_id = report;
			PERFORM response.task_told(guild);
			RETURN 'done';
		ELSE
			IF t.state = 'archived' THEN
				RETURN response.task_archive(t, false, changed);
			END IF;
			what := CASE wanted WHEN 'reviewing' THEN 'task_claim' WHEN 'verified' THEN 'task_verify' END;
			number := -1;
		END CASE;
	END IF;
	IF t.state IN ('verified', 'archived') THEN
		RETURN 'closed';
	ELSIF t.author_id = actor THEN
		RETURN 'own';
	ELSIF t.state = 'reviewing' AND t.curator_id <> person THEN
		RETURN 'taken';
	END IF;
	PERFORM response.task_claim(guild, report, person, at, changed);
	IF what = 'task_verify' THEN
		PERFORM response.task_verify(guild, report, person, CASE WHEN number < 0 THEN t.tasks ELSE number END, at, NULL,
			response.is_staff(guild, actor), changed);
	END IF;
	RETURN 'done';
END $$;
COMMENT ON FUNCTION response.act_on_task IS 'task_claim, task_verify, task_state; what came of it: done, not_found, closed, own, taken';
