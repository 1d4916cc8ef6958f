-- Whoever is logged in sees where, and can end it there.

ALTER TABLE app.session
	ADD COLUMN session_id uuid NOT NULL DEFAULT gen_random_uuid(),
	ADD COLUMN browser text NOT NULL DEFAULT '',
	ADD COLUMN system text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX session_session_id ON app.session (session_id);
COMMENT ON COLUMN app.session.session_id IS 'its name in lists; opens nothing';
COMMENT ON COLUMN app.session.browser IS 'name of the browser that logged in, without a version; empty: none we know';
COMMENT ON COLUMN app.session.system IS 'name of what it ran on; neither address nor User-Agent is kept';
