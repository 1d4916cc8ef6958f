-- How a request goes from state to state: each step is one statement that checks the state it leaves, so that the
-- stream of events and people's commands may come at once, twice, and in either order. Times are given, never now().

ALTER TABLE response.request ADD burst_id bigint;
COMMENT ON COLUMN response.request.burst_id IS 'the newest message merged into it; NULL: there is only the first';

CREATE TABLE response.settings_read (
	stream        text PRIMARY KEY,
	desk_version  bigint NOT NULL,
	rules_version bigint NOT NULL
);
COMMENT ON TABLE response.settings_read IS 'the settings that the staff of a stream''s guilds was last worked out from';

-- Excerpts are kept or not by a setting of the guild's own.
CREATE TRIGGER desk_changed AFTER UPDATE OF wants_excerpts ON app.guild_settings
	FOR EACH STATEMENT EXECUTE FUNCTION app.on_desk_changed();
GRANT SELECT ON app.rules, analytics.unnamed TO rations_response;
GRANT EXECUTE ON FUNCTION analytics.rules_turn TO rations_response;

-- --- turns: nobody writes by settings that have changed ---

CREATE FUNCTION response.settings_turn(known_desk bigint, known_rules bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM analytics.rules_turn(known_rules);
	PERFORM pg_advisory_xact_lock_shared(hashtext('response.settings'));
	IF known_desk <> (SELECT version FROM app.desk_version) THEN
		RAISE EXCEPTION 'the settings have changed' USING ERRCODE = 'serialization_failure';
	END IF;
END $$;
COMMENT ON FUNCTION response.settings_turn IS 'first in every transaction that folds: fails when it went by settings that are not those of now';

CREATE FUNCTION response.people_turn() RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT pg_advisory_xact_lock_shared(hashtext('analytics.rules'))
$$;
COMMENT ON FUNCTION response.people_turn IS 'first in every transaction that asks response.person: who opts out or is erased meanwhile waits for its end';

CREATE FUNCTION response.person(guild bigint, person bigint) RETURNS bigint
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN EXISTS (SELECT FROM analytics.unnamed u WHERE u.guild_id = guild AND u.user_id = person) THEN 1 ELSE person END
$$;
COMMENT ON FUNCTION response.person IS 'whose row it is that counts for somebody: their own, or the anonymous member''s';

CREATE FUNCTION response.is_staff(guild bigint, person bigint) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM response.staff s WHERE s.guild_id = guild AND s.user_id = person AND s.ended_at IS NULL)
$$;

CREATE FUNCTION response.told(guild bigint, request bigint) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT pg_notify('response', format('%s %s -', guild, request))
$$;
COMMENT ON FUNCTION response.told IS 'whoever looks at requests learns of the change when it is committed';

-- --- the life of a request ---

CREATE FUNCTION response.wait_for_answer(guild bigint, request bigint, since timestamptz) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO response.due (guild_id, request_id, kind, step, due_at)
	SELECT guild, request, 'reminder', 0, since + n.delay_s * interval '1 second'
	FROM app.notice_settings n WHERE n.guild_id = guild AND n.is_enabled
	ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION response.wait_for_answer IS 'its reminder, where the guild wants to be told';

-- A message that stands for a request already (merged, or told twice) opens none.
CREATE FUNCTION response.ask(asked response.request) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM response.request_message m WHERE m.guild_id = asked.guild_id AND m.message_id = asked.request_id) THEN
		RETURN false;
	END IF;
	INSERT INTO response.request (guild_id, request_id, channel_id, parent_id, author_id, rule_id, kind, priority, asked_at, excerpt,
		thread_id, clock_at, changed_at)
	VALUES (asked.guild_id, asked.request_id, asked.channel_id, asked.parent_id, asked.author_id, asked.rule_id, asked.kind, asked.priority,
		asked.asked_at, asked.excerpt, asked.thread_id, asked.asked_at, asked.changed_at)
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO response.request_message (guild_id, message_id, request_id) VALUES (asked.guild_id, asked.request_id, asked.request_id)
	ON CONFLICT DO NOTHING;
	PERFORM response.wait_for_answer(asked.guild_id, asked.request_id, asked.asked_at);
	PERFORM response.told(asked.guild_id, asked.request_id);
	RETURN true;
END $$;
COMMENT ON FUNCTION response.ask IS 'opens a request; false: it is one already, or part of one';

CREATE FUNCTION response.merge(guild bigint, request bigint, message bigint, is_burst boolean, changed timestamptz) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO response.request_message (guild_id, message_id, request_id) VALUES (guild, message, request) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE response.request r SET messages = r.messages + 1, changed_at = changed,
		burst_id = CASE WHEN is_burst THEN greatest(r.burst_id, message) ELSE r.burst_id END
	WHERE r.guild_id = guild AND r.request_id = request;
	PERFORM response.told(guild, request);
	RETURN true;
END $$;
COMMENT ON FUNCTION response.merge IS 'one more message of the same author about the same; is_burst: the burst goes on from it';

-- The first answer counts; after a reopening the first one since. A reaction has no time but that of its arrival, by another
-- clock than the request's: an answer comes a second after the question at the earliest.
CREATE FUNCTION response.answer(guild bigint, request bigint, person bigint, how text, at timestamptz, answer bigint, changed timestamptz)
	RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r response.request;
BEGIN
	IF how = 'reply' THEN -- the answer or not: who replies to it means the request
		INSERT INTO response.request_message (guild_id, message_id, request_id) VALUES (guild, answer, request) ON CONFLICT DO NOTHING;
	END IF;
	UPDATE response.request q SET state = 'answered', changed_at = changed,
		answered_at = CASE WHEN q.reopened = 0 THEN greatest(at, q.asked_at + interval '1 second') ELSE q.answered_at END,
		answered_by = CASE WHEN q.reopened = 0 THEN person ELSE q.answered_by END,
		answer_kind = CASE WHEN q.reopened = 0 THEN how ELSE q.answer_kind END,
		answer_id = CASE WHEN q.reopened = 0 THEN answer ELSE q.answer_id END
	WHERE q.guild_id = guild AND q.request_id = request AND q.state = 'open' AND q.author_id <> person
		AND (q.reopened = 0 OR at >= q.clock_at)
	RETURNING q.* INTO r;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE response.reopening o SET answered_at = greatest(at, o.reopened_at + interval '1 second'), answered_by = person,
		answer_kind = how, answer_id = answer
	WHERE r.reopened > 0 AND o.guild_id = guild AND o.request_id = request AND o.reopened_at = r.clock_at AND o.answered_at IS NULL;
	DELETE FROM response.due d WHERE d.guild_id = guild AND d.request_id = request;
	PERFORM response.told(guild, request);
	RETURN true;
END $$;
COMMENT ON FUNCTION response.answer IS 'an act of staff that answers; false: it does not wait for one';

CREATE FUNCTION response.community_answer(guild bigint, request bigint, person bigint, at timestamptz, message bigint, is_reply boolean,
	changed timestamptz) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF is_reply THEN
		INSERT INTO response.request_message (guild_id, message_id, request_id) VALUES (guild, message, request) ON CONFLICT DO NOTHING;
	END IF;
	UPDATE response.request q SET community_at = greatest(at, q.asked_at + interval '1 second'), community_by = person,
		community_id = message, changed_at = changed
	WHERE q.guild_id = guild AND q.request_id = request AND q.community_at IS NULL AND q.author_id <> person
		AND q.state IN ('open', 'answered', 'resolved');
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM response.told(guild, request);
	RETURN true;
END $$;
COMMENT ON FUNCTION response.community_answer IS 'the first answer by somebody who is neither staff nor the author';

-- Whoever was answered once stays in the figures: a request that was reopened and is then deleted is over, not undone.
CREATE FUNCTION response.cancel(guild bigint, request bigint, at timestamptz, changed timestamptz) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE response.request q SET state = CASE WHEN q.answered_at IS NULL THEN 'cancelled' ELSE 'resolved' END,
		closed_at = greatest(at, q.clock_at), closed_by = q.author_id, changed_at = changed
	WHERE q.guild_id = guild AND q.request_id = request AND q.state = 'open';
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	DELETE FROM response.due d WHERE d.guild_id = guild AND d.request_id = request;
	PERFORM response.told(guild, request);
	RETURN true;
END $$;
COMMENT ON FUNCTION response.cancel IS 'its message was deleted; one that was answered stays';

CREATE FUNCTION response.cancel_channel(guild bigint, channel bigint, at timestamptz, changed timestamptz) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT response.cancel(guild, q.request_id, at, changed) FROM response.request q
	WHERE q.guild_id = guild AND q.state = 'open' AND (q.channel_id = channel OR q.parent_id = channel)
$$;
COMMENT ON FUNCTION response.cancel_channel IS 'the channel or thread was deleted, and with it what was asked there';

CREATE FUNCTION response.close(guild bigint, request bigint, person bigint, end_state text, at timestamptz, changed timestamptz) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE response.request q SET state = end_state, closed_at = greatest(at, q.clock_at), closed_by = person, changed_at = changed
	WHERE q.guild_id = guild AND q.request_id = request
		AND (q.state IN ('open', 'answered') OR q.state = 'resolved' AND end_state = 'not_a_request');
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	DELETE FROM response.due d WHERE d.guild_id = guild AND d.request_id = request;
	PERFORM response.told(guild, request);
	RETURN true;
END $$;
COMMENT ON FUNCTION response.close IS 'staff say it is resolved, or not_a_request';

CREATE FUNCTION response.reopen(guild bigint, request bigint, person bigint, from_states text[], at timestamptz, changed timestamptz)
	RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r response.request;
BEGIN
	UPDATE response.request q SET state = 'open', clock_at = at, reopened = q.reopened + 1, closed_at = NULL, closed_by = NULL,
		claimed_at = NULL, claimed_by = NULL, snoozed_until = NULL, changed_at = changed
	WHERE q.guild_id = guild AND q.request_id = request AND q.state = ANY (from_states)
		AND at > greatest(q.clock_at, q.answered_at, q.closed_at)
	RETURNING q.* INTO r;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO response.reopening (guild_id, request_id, reopened_at, by_id) VALUES (guild, request, at, person) ON CONFLICT DO NOTHING;
	PERFORM response.wait_for_answer(guild, request, at);
	PERFORM response.told(guild, request);
	RETURN true;
END $$;
COMMENT ON FUNCTION response.reopen IS 'it waits for an answer again, from now on; told twice it does not';

-- Its author writes again: within the guild's time only.
CREATE FUNCTION response.author_reopens(guild bigint, request bigint, message bigint, at timestamptz, changed timestamptz) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM FROM response.request q JOIN app.desk_settings d USING (guild_id)
	WHERE q.guild_id = guild AND q.request_id = request AND q.closed_at + d.reopen_window_s * interval '1 second' >= at;
	IF NOT FOUND OR NOT response.reopen(guild, request,
		(SELECT author_id FROM response.request q WHERE q.guild_id = guild AND q.request_id = request), '{resolved}', at, changed) THEN
		RETURN false;
	END IF;
	PERFORM response.merge(guild, request, message, false, changed);
	RETURN true;
END $$;

CREATE FUNCTION response.thread_made(guild bigint, request bigint, thread bigint, changed timestamptz) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE response.request q SET thread_id = thread, changed_at = changed
	WHERE q.guild_id = guild AND q.request_id = request AND q.thread_id IS NULL;
	IF FOUND THEN
		PERFORM response.told(guild, request);
	END IF;
END $$;
COMMENT ON FUNCTION response.thread_made IS 'somebody opened a thread from one of its messages';

-- --- the staff ---

CREATE FUNCTION response.staff_begins(guild bigint, person bigint, at timestamptz, is_by_role boolean) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO response.staff (guild_id, user_id, started_at, by_role)
	SELECT guild, person, greatest(at, (SELECT max(s.ended_at) FROM response.staff s WHERE s.guild_id = guild AND s.user_id = person)), is_by_role
	ON CONFLICT (guild_id, user_id) WHERE ended_at IS NULL DO UPDATE SET by_role = EXCLUDED.by_role
$$;

CREATE FUNCTION response.staff_ends(guild bigint, person bigint, at timestamptz) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE response.staff s SET ended_at = greatest(at, s.started_at + interval '1 millisecond')
	WHERE s.guild_id = guild AND s.user_id = person AND s.ended_at IS NULL
$$;

CREATE VIEW response.not_staff AS
	SELECT guild_id, user_id FROM app.curator_excluded
	UNION SELECT guild_id, user_id FROM app.curator WHERE NOT is_active;
COMMENT ON VIEW response.not_staff IS 'people who are not staff whatever their roles';

-- Who would be staff by the settings of now, as far as the directory knows their roles.
CREATE FUNCTION response.wanted_staff(shard bigint, shards bigint) RETURNS TABLE (guild_id bigint, user_id bigint, by_role boolean, by_hand boolean)
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT n.guild_id, n.user_id, bool_or(n.by_role), bool_or(NOT n.by_role)
	FROM (SELECT c.guild_id, c.user_id, false AS by_role FROM app.curator c WHERE c.is_active
		UNION ALL
		SELECT m.guild_id, m.user_id, true FROM app.desk_settings d
		JOIN analytics.member m ON m.guild_id = d.guild_id AND m.roles && d.staff_roles AND m.left_at IS NULL) n
	WHERE (n.guild_id >> 22) % shards = shard
		AND NOT EXISTS (SELECT FROM response.not_staff b WHERE b.guild_id = n.guild_id AND b.user_id = n.user_id)
		AND NOT EXISTS (SELECT FROM analytics.member b WHERE b.guild_id = n.guild_id AND b.user_id = n.user_id AND b.is_bot)
	GROUP BY 1, 2
$$;

-- analytics may not have read so far as we: what began or ended after it had is known better here. Of people who opted out
-- the directory keeps nothing: theirs stays as it is, but nobody of them becomes staff by role in a table.
CREATE FUNCTION response.sync_staff(stream_name text, shard bigint, shards bigint, wall timestamptz) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	desk bigint := (SELECT version FROM app.desk_version);
	rules bigint := (SELECT version FROM app.rules);
	read_at timestamptz := coalesce((SELECT p.event_at FROM response.position p WHERE p.stream = stream_name), '-infinity');
	directory_at timestamptz := coalesce((SELECT p.event_at FROM analytics.position p WHERE p.stream = stream_name), '-infinity');
BEGIN
	PERFORM FROM response.settings_read s WHERE s.stream = stream_name AND s.desk_version = desk AND s.rules_version = rules;
	IF FOUND THEN
		RETURN;
	END IF;
	PERFORM response.staff_ends(s.guild_id, s.user_id, wall) FROM response.staff s
	LEFT JOIN app.desk_settings d USING (guild_id)
	WHERE s.ended_at IS NULL AND (s.guild_id >> 22) % shards = shard
		AND NOT EXISTS (SELECT FROM response.wanted_staff(shard, shards) w WHERE w.guild_id = s.guild_id AND w.user_id = s.user_id)
		AND (NOT s.by_role OR coalesce(d.staff_roles, '{}') = '{}'
			OR EXISTS (SELECT FROM response.not_staff b WHERE b.guild_id = s.guild_id AND b.user_id = s.user_id)
			OR NOT (s.started_at > directory_at AND s.started_at <= read_at)
				AND NOT EXISTS (SELECT FROM analytics.unnamed u WHERE u.guild_id = s.guild_id AND u.user_id = s.user_id));
	PERFORM response.staff_begins(w.guild_id, w.user_id, wall, w.by_role) FROM response.wanted_staff(shard, shards) w
	WHERE w.by_hand
		OR NOT EXISTS (SELECT FROM analytics.unnamed u WHERE u.guild_id = w.guild_id AND u.user_id = w.user_id)
			AND NOT EXISTS (SELECT FROM response.staff e WHERE e.guild_id = w.guild_id AND e.user_id = w.user_id
				AND e.ended_at > directory_at AND e.ended_at <= read_at);
	INSERT INTO response.settings_read VALUES (stream_name, desk, rules)
	ON CONFLICT (stream) DO UPDATE SET desk_version = EXCLUDED.desk_version, rules_version = EXCLUDED.rules_version;
END $$;
COMMENT ON FUNCTION response.sync_staff IS 'works the staff of a stream''s guilds out anew when settings have changed since it was';

-- Whoever had it only is staff no longer; that changes the settings, so the staff is worked out anew.
CREATE FUNCTION response.role_gone(guild bigint, role bigint, at timestamptz) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	had bigint[];
BEGIN
	SELECT staff_roles INTO had FROM app.desk_settings WHERE guild_id = guild AND role = ANY (staff_roles);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	UPDATE app.desk_settings SET staff_roles = array_remove(had, role), updated_at = at WHERE guild_id = guild;
	INSERT INTO app.audit_log (guild_id, at, actor_id, action, before, after)
	VALUES (guild, at, 0, 'desk.change', jsonb_build_object('staff_roles', had::text[]),
		jsonb_build_object('staff_roles', array_remove(had, role)::text[]));
END $$;
COMMENT ON FUNCTION response.role_gone IS 'a staff role was deleted in Discord';
REVOKE ALL ON FUNCTION response.role_gone FROM PUBLIC;
GRANT EXECUTE ON FUNCTION response.role_gone TO rations_response;

-- --- commands: each is carried out once, whoever reads it how often ---

CREATE FUNCTION response.command_take(id text, guild bigint, actor bigint, what text, target bigint, at timestamptz) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT response.people_turn();
	INSERT INTO response.command (command_id, guild_id, actor_id, kind, target_id, outcome, at)
	VALUES (id, guild, response.person(guild, actor), what, target, '', at) ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION response.command_take IS 'first in the transaction of a command; a second reader of it waits here for the end of the first''s';

-- Committed ones have an outcome: only the transaction that took it sees one without.
CREATE FUNCTION response.command_is_new(id text) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM response.command c WHERE c.command_id = id AND c.outcome = '')
$$;

CREATE FUNCTION response.command_done(id text, result text, request bigint) RETURNS text
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE response.command c SET outcome = result WHERE c.command_id = id;
	SELECT pg_notify('response', format('%s %s %s', c.guild_id, request, id)) FROM response.command c WHERE c.command_id = id;
	SELECT result
$$;
COMMENT ON FUNCTION response.command_done IS 'last in it: SELECT command_done(id, what came of it, request or 0) WHERE command_is_new(id)';

CREATE FUNCTION response.claim(r response.request, actor bigint, person bigint, at timestamptz, changed timestamptz) RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF r.claimed_by IS NOT NULL THEN
		RETURN CASE WHEN r.claimed_by = person THEN 'done' ELSE 'taken' END;
	ELSIF r.state <> 'open' THEN
		RETURN 'not_open';
	ELSIF r.author_id = actor THEN
		RETURN 'own';
	END IF;
	UPDATE response.request q SET claimed_at = greatest(at, q.clock_at), claimed_by = person, changed_at = changed
	WHERE q.guild_id = r.guild_id AND q.request_id = r.request_id;
	IF response.is_staff(r.guild_id, actor) AND (SELECT d.counts_claims FROM app.desk_settings d WHERE d.guild_id = r.guild_id) THEN
		PERFORM response.answer(r.guild_id, r.request_id, person, 'claim', greatest(at, r.clock_at), r.request_id, changed);
	END IF;
	RETURN 'done';
END $$;

-- A claim that is taken back has answered nobody: the request waits on, since when it did.
CREATE FUNCTION response.unclaim(r response.request, changed timestamptz) RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF r.claimed_by IS NULL THEN
		RETURN 'not_claimed';
	END IF;
	UPDATE response.request q SET claimed_at = NULL, claimed_by = NULL, changed_at = changed
	WHERE q.guild_id = r.guild_id AND q.request_id = r.request_id;
	IF r.state <> 'answered' THEN
		RETURN 'done';
	END IF;
	IF r.reopened = 0 THEN
		UPDATE response.request q SET state = 'open', answered_at = NULL, answered_by = NULL, answer_kind = NULL, answer_id = NULL
		WHERE q.guild_id = r.guild_id AND q.request_id = r.request_id AND q.answer_kind = 'claim';
	ELSE
		UPDATE response.reopening o SET answered_at = NULL, answered_by = NULL, answer_kind = NULL, answer_id = NULL
		WHERE o.guild_id = r.guild_id AND o.request_id = r.request_id AND o.reopened_at = r.clock_at AND o.answer_kind = 'claim';
		UPDATE response.request q SET state = 'open'
		WHERE FOUND AND q.guild_id = r.guild_id AND q.request_id = r.request_id;
	END IF;
	IF FOUND THEN
		PERFORM response.wait_for_answer(r.guild_id, r.request_id, r.clock_at);
	END IF;
	RETURN 'done';
END $$;

-- Marked by mistake: it is again what it was.
CREATE FUNCTION response.unmark(r response.request, changed timestamptz) RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_answered boolean := CASE WHEN r.reopened = 0 THEN r.answered_at IS NOT NULL ELSE EXISTS (
		SELECT FROM response.reopening o WHERE o.guild_id = r.guild_id AND o.request_id = r.request_id
			AND o.reopened_at = r.clock_at AND o.answered_at IS NOT NULL) END;
BEGIN
	UPDATE response.request q SET state = CASE WHEN is_answered THEN 'answered' ELSE 'open' END, closed_at = NULL, closed_by = NULL,
		changed_at = changed
	WHERE q.guild_id = r.guild_id AND q.request_id = r.request_id;
	IF NOT is_answered THEN
		PERFORM response.wait_for_answer(r.guild_id, r.request_id, r.clock_at);
	END IF;
	RETURN 'done';
END $$;

CREATE FUNCTION response.act_on_request(guild bigint, request bigint, actor bigint, what text, value bigint, at timestamptz, changed timestamptz)
	RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := response.person(guild, actor);
	r response.request;
	is_done boolean;
BEGIN
	SELECT * INTO r FROM response.request q WHERE q.guild_id = guild AND q.request_id = request FOR UPDATE;
	IF NOT FOUND THEN
		RETURN 'not_found';
	END IF;
	CASE what
	WHEN 'claim' THEN
		RETURN response.claim(r, actor, person, at, changed);
	WHEN 'unclaim' THEN
		RETURN response.unclaim(r, changed);
	WHEN 'resolve' THEN
		is_done := response.close(guild, request, person, 'resolved', at, changed);
	WHEN 'not_a_request' THEN
		is_done := response.close(guild, request, person, 'not_a_request', at, changed);
	WHEN 'reopen' THEN
		IF r.state = 'not_a_request' THEN
			RETURN response.unmark(r, changed);
		END IF;
		is_done := response.reopen(guild, request, person, '{answered,resolved}', greatest(at,
			greatest(r.clock_at, r.answered_at, r.closed_at) + interval '1 millisecond'), changed);
		RETURN CASE WHEN is_done THEN 'done' WHEN r.state = 'open' THEN 'open' ELSE 'closed' END;
	WHEN 'snooze' THEN
		UPDATE response.request q SET snoozed_until = CASE WHEN value > 0 THEN public.ms_to_ts(value) END, changed_at = changed
		WHERE q.guild_id = guild AND q.request_id = request AND q.state = 'open';
		RETURN CASE WHEN FOUND THEN 'done' ELSE 'not_open' END;
	END CASE;
	RETURN CASE WHEN is_done THEN 'done' ELSE 'closed' END;
END $$;
COMMENT ON FUNCTION response.act_on_request IS 'claim, unclaim, resolve, reopen, not_a_request, snooze; what came of it: done, not_found, not_open, taken, own, not_claimed, open, closed';

-- A request by somebody's own command, or by staff who mark a message.
CREATE FUNCTION response.ask_by_command(asked response.request) RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d app.desk_settings := (SELECT s FROM app.desk_settings s WHERE s.guild_id = asked.guild_id);
	r response.request;
BEGIN
	IF NOT coalesce(d.is_enabled, false) THEN
		RETURN 'disabled';
	ELSIF response.person(asked.guild_id, asked.author_id) <> asked.author_id THEN
		RETURN 'opted_out';
	ELSIF response.is_staff(asked.guild_id, asked.author_id) THEN
		RETURN 'is_staff';
	ELSIF asked.kind = 'command' AND asked.author_id = ANY (d.ignored_users) THEN
		RETURN 'ignored';
	END IF;
	IF NOT (SELECT g.wants_excerpts FROM app.guild_settings g WHERE g.guild_id = asked.guild_id) IS TRUE THEN
		asked.excerpt := NULL;
	END IF;
	IF response.ask(asked) THEN
		RETURN 'done';
	END IF;
	SELECT q.* INTO r FROM response.request q WHERE q.guild_id = asked.guild_id AND q.request_id = asked.request_id AND q.state = 'not_a_request'
	FOR UPDATE;
	RETURN CASE WHEN FOUND THEN response.unmark(r, asked.changed_at) ELSE 'exists' END;
END $$;
COMMENT ON FUNCTION response.ask_by_command IS 'what came of it: done, disabled, opted_out, is_staff, ignored, exists';
