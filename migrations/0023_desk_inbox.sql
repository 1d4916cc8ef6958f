-- By when a target wants its answer, for the few requests that wait: many are counted in C (libshared/desk/hours.h).

CREATE FUNCTION app.open_after(guild bigint, from_at timestamptz, open interval) RETURNS timestamptz
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT open_at + (open - before)
	FROM (SELECT open_at, close_at, coalesce(sum(close_at - open_at) OVER (ORDER BY open_at
			ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), interval '0') AS before
		FROM app.open_hours(guild, from_at, from_at + interval '21 days' + 8 * open)) h
	WHERE before + (close_at - open_at) >= open
	ORDER BY open_at LIMIT 1
$$;
COMMENT ON FUNCTION app.open_after IS 'when so much business time has passed since; NULL: not within weeks';

-- /ask is an interaction, not a message: what the bot shows of it in the channel is what staff reply to.

CREATE FUNCTION response.shown(guild bigint, request bigint, message bigint, changed timestamptz) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO response.request_message (guild_id, message_id, request_id)
	SELECT guild, message, request FROM response.request r WHERE r.guild_id = guild AND r.request_id = request
	ON CONFLICT DO NOTHING;
	IF FOUND THEN
		UPDATE response.request r SET changed_at = changed WHERE r.guild_id = guild AND r.request_id = request;
		PERFORM response.told(guild, request);
	END IF;
END $$;
COMMENT ON FUNCTION response.shown IS 'a message of the bot that stands for the request of the use of a command it answers';
