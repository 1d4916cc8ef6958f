-- A guild that is unavailable at READY was last seen when the session before was lost, not at READY: who left voice in between was
-- counted until READY. When it is an outage of the guild alone, it is unavailable_at, as before.

ALTER TABLE analytics.guild ADD COLUMN unseen_since timestamptz;
COMMENT ON COLUMN analytics.guild.unseen_since IS 'since when nobody told what happens in it: an outage of the guild began, or the session was lost that knew it; NULL: it was described since';
