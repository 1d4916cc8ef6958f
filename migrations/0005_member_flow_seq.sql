-- Somebody may leave, come back and leave within one millisecond: what a RESUME replays arrives all at once.

ALTER TABLE analytics.member_flow
	ADD seq bigint NOT NULL DEFAULT 0,
	DROP CONSTRAINT member_flow_pkey,
	ADD PRIMARY KEY (guild_id, at, user_id, kind, seq);
COMMENT ON COLUMN analytics.member_flow.seq IS 'the gateway''s number of the dispatch; tells apart what happened at the same time';
