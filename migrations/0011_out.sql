-- What leaves the dashboard: API tokens, share links, alert rules and their history, webhooks and what was sent to them.
-- Secrets that only have to be recognised are kept as hashes; those we must use again are sealed (SESSION_SECRET).

CREATE TABLE app.api_token (
	token_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id     bigint NOT NULL,
	token_hash   bytea NOT NULL UNIQUE,
	name         text NOT NULL,
	ending       text NOT NULL,
	sees_figures boolean NOT NULL DEFAULT true,
	sees_people  boolean NOT NULL DEFAULT false,
	created_by   bigint NOT NULL,
	created_at   timestamptz NOT NULL,
	expires_at   timestamptz,
	last_used_at timestamptz,
	revoked_at   timestamptz
);
CREATE INDEX api_token_guild ON app.api_token (guild_id, created_at);
COMMENT ON TABLE app.api_token IS 'a key of one guild for programs (rtn_...); reads only';
COMMENT ON COLUMN app.api_token.token_hash IS 'SHA-256 of the token, which is shown once and kept nowhere';
COMMENT ON COLUMN app.api_token.ending IS 'its last four characters, to tell tokens apart';
COMMENT ON COLUMN app.api_token.sees_figures IS 'scope figures: answers that name nobody';
COMMENT ON COLUMN app.api_token.sees_people IS 'scope people: lists of members, and rows that say who';
COMMENT ON COLUMN app.api_token.last_used_at IS 'to the minute';

CREATE TABLE app.share_link (
	share_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id      bigint NOT NULL,
	token_hash    bytea NOT NULL UNIQUE,
	title         text NOT NULL,
	period        text NOT NULL,
	widgets       text[] NOT NULL,
	is_embeddable boolean NOT NULL DEFAULT false,
	created_by    bigint NOT NULL,
	created_at    timestamptz NOT NULL,
	expires_at    timestamptz,
	last_used_at  timestamptz,
	revoked_at    timestamptz
);
CREATE INDEX share_link_guild ON app.share_link (guild_id, created_at);
COMMENT ON TABLE app.share_link IS 'a page of chosen figures for whoever has its address; groups smaller than 5 are left out, nobody is named';
COMMENT ON COLUMN app.share_link.token_hash IS 'SHA-256 of what stands in the address, which is shown once';
COMMENT ON COLUMN app.share_link.is_embeddable IS 'other sites may show it in a frame, at /embed/';

CREATE TABLE app.alert_rule (
	rule_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id     bigint NOT NULL,
	name         text NOT NULL,
	figure       text NOT NULL,
	condition    text NOT NULL CHECK (condition IN ('above', 'below', 'unusual')),
	window_hours smallint NOT NULL,
	threshold    double precision,
	sensitivity  double precision,
	direction    text NOT NULL DEFAULT 'both' CHECK (direction IN ('both', 'up', 'down')),
	is_on        boolean NOT NULL DEFAULT true,
	created_by   bigint NOT NULL,
	created_at   timestamptz NOT NULL,
	due_at       timestamptz NOT NULL,
	firing_since timestamptz,
	checked_at   timestamptz,
	verdict      text,
	value        double precision,
	expected     double precision,
	weeks        smallint
);
CREATE INDEX alert_rule_guild ON app.alert_rule (guild_id, created_at);
CREATE INDEX alert_rule_due ON app.alert_rule (due_at) WHERE is_on;
COMMENT ON TABLE app.alert_rule IS 'when a guild wants to hear that a figure leaves its bounds, and what was found last';
COMMENT ON COLUMN app.alert_rule.window_hours IS 'over how many hours the figure is taken';
COMMENT ON COLUMN app.alert_rule.threshold IS 'above, below: the bound';
COMMENT ON COLUMN app.alert_rule.sensitivity IS 'unusual: how many deviations from the median of that hour of the week';
COMMENT ON COLUMN app.alert_rule.due_at IS 'when to look next; who takes the row moves it, so that one replica looks';
COMMENT ON COLUMN app.alert_rule.firing_since IS 'of the running episode; NULL: all is well';
COMMENT ON COLUMN app.alert_rule.verdict IS 'what the last look found: fine, firing, unknown (too little history, or not watched)';

CREATE TABLE app.alert_episode (
	episode_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	rule_id    bigint NOT NULL REFERENCES app.alert_rule ON DELETE CASCADE,
	guild_id   bigint NOT NULL,
	fired_at   timestamptz NOT NULL,
	cleared_at timestamptz,
	value      double precision NOT NULL,
	extreme    double precision NOT NULL,
	expected   double precision
);
CREATE INDEX alert_episode_guild ON app.alert_episode (guild_id, fired_at DESC);
CREATE UNIQUE INDEX alert_episode_open ON app.alert_episode (rule_id) WHERE cleared_at IS NULL;
COMMENT ON TABLE app.alert_episode IS 'one time a rule fired, from crossing the bound to coming back';
COMMENT ON COLUMN app.alert_episode.value IS 'the figure when it fired';
COMMENT ON COLUMN app.alert_episode.extreme IS 'the furthest it went';
COMMENT ON COLUMN app.alert_episode.expected IS 'unusual: the median of that hour of the week; else the bound';

CREATE TABLE app.webhook (
	webhook_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id      bigint NOT NULL,
	name          text NOT NULL,
	url_sealed    bytea NOT NULL,
	host          text NOT NULL,
	secret_sealed bytea NOT NULL,
	created_by    bigint NOT NULL,
	created_at    timestamptz NOT NULL,
	failing_since timestamptz,
	disabled_at   timestamptz
);
CREATE INDEX webhook_guild ON app.webhook (guild_id, created_at);
COMMENT ON TABLE app.webhook IS 'where a guild wants alerts sent';
COMMENT ON COLUMN app.webhook.url_sealed IS 'the address, sealed: the addresses of many services are secrets';
COMMENT ON COLUMN app.webhook.host IS 'the host of it, to be shown';
COMMENT ON COLUMN app.webhook.secret_sealed IS 'the key of X-Rations-Signature, sealed; shown once';
COMMENT ON COLUMN app.webhook.disabled_at IS 'NULL while it is used; set by people, or after three days without one success';

CREATE TABLE app.webhook_delivery (
	delivery_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	webhook_id   bigint NOT NULL REFERENCES app.webhook ON DELETE CASCADE,
	guild_id     bigint NOT NULL,
	event        text NOT NULL,
	body         text NOT NULL,
	created_at   timestamptz NOT NULL,
	due_at       timestamptz,
	attempts     smallint NOT NULL DEFAULT 0,
	http_status  smallint,
	trouble      text,
	delivered_at timestamptz
);
CREATE INDEX webhook_delivery_due ON app.webhook_delivery (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_delivery_webhook ON app.webhook_delivery (webhook_id, created_at DESC);
COMMENT ON TABLE app.webhook_delivery IS 'what is to be sent to a webhook, and what became of it; kept for 30 days';
COMMENT ON COLUMN app.webhook_delivery.due_at IS 'when to try next; NULL: delivered, or given up';
COMMENT ON COLUMN app.webhook_delivery.trouble IS 'why the last attempt failed';
