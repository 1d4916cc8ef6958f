-- What makes a member active is the guild's to say (metrics: active member), and months know on how many days each was,
-- so that a list of members over years need not read days.

ALTER TABLE analytics.guild ADD active_rule smallint NOT NULL DEFAULT 7 CHECK (active_rule BETWEEN 1 AND 7);
COMMENT ON COLUMN analytics.guild.active_rule IS 'what made members active in its days, added up: 1 a message, 2 a minute in voice, 4 a reaction given; follows app.guild_settings.is_active_by_* when the days are made anew';

ALTER TABLE analytics.member_monthly ADD active_days smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN analytics.member_monthly.active_days IS 'days of the month with a message, a minute in voice or a reaction given, as guild.active_rule says; of bots, too';
UPDATE analytics.member_monthly m SET active_days = d.days
FROM (SELECT guild_id, user_id, date_trunc('month', day)::date AS month, count(*) AS days FROM analytics.member_daily
	WHERE messages > 0 OR present_ms >= 60000 OR reactions_given > 0 GROUP BY 1, 2, 3) d
WHERE (m.guild_id, m.user_id, m.month) = (d.guild_id, d.user_id, d.month);
