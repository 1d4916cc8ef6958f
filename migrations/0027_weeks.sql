-- How many different people any seven days have: a year by the week asked for this 53 times, and read all of people_daily.

CREATE TABLE analytics.guild_weekly (
	guild_id        bigint NOT NULL,
	day             date NOT NULL,
	active          bigint NOT NULL DEFAULT 0,
	communicators   bigint NOT NULL DEFAULT 0,
	communicators_1 bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, day)
) WITH (fillfactor = 85);
COMMENT ON TABLE analytics.guild_weekly IS 'different people of the seven days that begin with a day, whatever day of the week that is: what people_daily adds up to';
COMMENT ON COLUMN analytics.guild_weekly.communicators IS 'with three messages in those days, or who talked; communicators_1: with one message';

INSERT INTO analytics.guild_weekly
SELECT guild_id, first, coalesce(sum(members) FILTER (WHERE measure = 0), 0), coalesce(sum(members) FILTER (WHERE measure = 1), 0),
	coalesce(sum(members) FILTER (WHERE measure = 2), 0)
FROM analytics.people_daily CROSS JOIN generate_series(0, 6) n CROSS JOIN LATERAL (SELECT day - n AS first) w
WHERE was_from < first AND is_from >= first GROUP BY 1, 2;

-- A range that holds a month whole begins on its first day or before, so all who qualify for ranges that begin later are one.
-- The later of the two was kept, by mistake: who qualified for a range that begins before the month only counted for those
-- that begin within the month before, too, and there were thirty times the rows.
TRUNCATE analytics.people_monthly;
INSERT INTO analytics.people_monthly
SELECT guild_id, measure, date_trunc('month', day), was_from, least(is_from, date_trunc('month', day)::date), sum(members)
FROM analytics.people_daily WHERE was_from < date_trunc('month', day) GROUP BY 1, 2, 3, 4, 5 HAVING sum(members) <> 0;
COMMENT ON TABLE analytics.people_monthly IS 'people_daily added up by the month, for ranges that hold the whole month: rows with was_from in the month are left out, is_from is the first of the month at the latest';
