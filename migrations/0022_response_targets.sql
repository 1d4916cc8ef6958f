-- By when a first answer is wanted: one place that knows which target is a request's.

CREATE FUNCTION app.target_of(guild bigint, channel bigint, parent bigint, category bigint, urgency integer)
	RETURNS TABLE (first_response_s integer, is_business boolean)
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT t.first_response_s, t.is_business FROM app.response_target t
	WHERE t.guild_id = guild AND t.channel_id IN (0, channel, parent, category) AND t.priority IN (0, urgency)
	ORDER BY CASE t.channel_id WHEN 0 THEN 0 WHEN channel THEN 3 WHEN parent THEN 2 ELSE 1 END DESC, t.priority DESC
	LIMIT 1
$$;
COMMENT ON FUNCTION app.target_of IS 'the target of a request in that channel or thread (parent: its channel, 0 none; category: that of the channel): the most particular row';
