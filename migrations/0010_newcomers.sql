-- Newcomers: what people do first after they joined, one row a join (metrics: activation, retention).

CREATE TABLE analytics.newcomer (
	guild_id      bigint NOT NULL,
	user_id       bigint NOT NULL,
	joined_at     timestamptz NOT NULL,
	left_at       timestamptz,
	message_1_at  timestamptz,
	message_2_at  timestamptz,
	message_3_at  timestamptz,
	first_talk_at timestamptz,
	has_firsts    boolean NOT NULL DEFAULT true,
	PRIMARY KEY (guild_id, user_id, joined_at)
) WITH (fillfactor = 80);
CREATE INDEX newcomer_joined ON analytics.newcomer (guild_id, joined_at);
COMMENT ON TABLE analytics.newcomer IS 'a person''s stay, from a join that was told; a return is another one';
COMMENT ON COLUMN analytics.newcomer.joined_at IS 'member_flow.at of the join';
COMMENT ON COLUMN analytics.newcomer.left_at IS 'when this stay ended; NULL: still a member, as far as was told';
COMMENT ON COLUMN analytics.newcomer.message_1_at IS 'the first message of the stay, live or from history; likewise the second and the third';
COMMENT ON COLUMN analytics.newcomer.first_talk_at IS 'the first voice segment of the stay under the rule talking';
COMMENT ON COLUMN analytics.newcomer.has_firsts IS 'false: joined before first messages were noted; of no use for activation';

-- Those who joined while nobody noted what they did first. A stay ends with the next leave told.
INSERT INTO analytics.newcomer (guild_id, user_id, joined_at, left_at, has_firsts)
SELECT guild_id, user_id, at, CASE WHEN next_kind = 'leave' THEN next_at END, false
FROM (
	SELECT guild_id, user_id, at, kind,
		lead(kind) OVER stays AS next_kind, lead(at) OVER stays AS next_at
	FROM analytics.member_flow WHERE NOT is_bot
	WINDOW stays AS (PARTITION BY guild_id, user_id ORDER BY at, seq)
) flow
WHERE kind = 'join'
ON CONFLICT DO NOTHING;
