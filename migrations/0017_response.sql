-- Requests for help, answers, the staff's work, task reports, and what Discord was told of them; written by response-tracker.

CREATE SCHEMA response;
COMMENT ON SCHEMA response IS 'who asked, who answered and how fast, what staff did; written by response-tracker';
GRANT USAGE ON SCHEMA response TO rations_response, rations_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA response GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rations_response;
ALTER DEFAULT PRIVILEGES IN SCHEMA response GRANT USAGE ON SEQUENCES TO rations_response;
ALTER DEFAULT PRIVILEGES IN SCHEMA response GRANT SELECT ON TABLES TO rations_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA analytics GRANT SELECT ON TABLES TO rations_response;
GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO rations_response;

CREATE TABLE response.position (LIKE analytics.position INCLUDING ALL);
COMMENT ON TABLE response.position IS 'how far response-tracker has read each stream (compare analytics.position)';

-- --- requests ---

CREATE TABLE response.request (
	guild_id   bigint NOT NULL,
	request_id bigint NOT NULL,
	channel_id bigint NOT NULL,
	parent_id  bigint NOT NULL DEFAULT 0,
	author_id  bigint NOT NULL,
	rule_id    bigint,
	kind       text NOT NULL CHECK (kind IN ('mention', 'keyword', 'forum', 'command', 'menu')),
	priority   smallint NOT NULL DEFAULT 2 CHECK (priority BETWEEN 1 AND 4),
	state      text NOT NULL DEFAULT 'open'
		CHECK (state IN ('open', 'answered', 'resolved', 'cancelled', 'not_a_request')),
	asked_at   timestamptz NOT NULL,
	messages   integer NOT NULL DEFAULT 1,
	excerpt    text,
	thread_id  bigint,
	clock_at   timestamptz NOT NULL,
	reopened   integer NOT NULL DEFAULT 0,
	answered_at timestamptz,
	answered_by bigint,
	answer_kind text CHECK (answer_kind IN ('reply', 'thread', 'reaction', 'claim')),
	answer_id   bigint,
	community_at timestamptz,
	community_by bigint,
	community_id bigint,
	claimed_at  timestamptz,
	claimed_by  bigint,
	closed_at   timestamptz,
	closed_by   bigint,
	snoozed_until timestamptz,
	source      smallint NOT NULL DEFAULT 0,
	changed_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (guild_id, request_id)
);
CREATE INDEX request_asked ON response.request (guild_id, asked_at);
CREATE INDEX request_open ON response.request (guild_id, clock_at) WHERE state = 'open';
CREATE INDEX request_answered_by ON response.request (guild_id, answered_by, asked_at) WHERE answered_by IS NOT NULL;
COMMENT ON TABLE response.request IS 'a request for help (metrics: request)';
COMMENT ON COLUMN response.request.request_id IS 'its first message; of a slash command the interaction; of a forum post the thread, whose first message has the same id';
COMMENT ON COLUMN response.request.channel_id IS 'channel or thread it was asked in';
COMMENT ON COLUMN response.request.parent_id IS 'the channel of that thread; 0: it is none';
COMMENT ON COLUMN response.request.rule_id IS 'the rule that found it (app.request_rule); NULL: nobody''s rule, or one that is gone';
COMMENT ON COLUMN response.request.state IS 'open: waits for an answer, the first or the one after a reopening; answered; resolved; cancelled: deleted by its author; not_a_request: marked so by staff, counts nowhere';
COMMENT ON COLUMN response.request.asked_at IS 'the snowflake''s time';
COMMENT ON COLUMN response.request.messages IS 'messages merged into it';
COMMENT ON COLUMN response.request.excerpt IS 'its beginning, where the guild keeps excerpts';
COMMENT ON COLUMN response.request.thread_id IS 'the thread that belongs to it, if any: messages of staff there are answers';
COMMENT ON COLUMN response.request.clock_at IS 'asked_at, or when it was last reopened: what the present wait counts from';
COMMENT ON COLUMN response.request.answered_at IS 'the first answer of staff (metrics: answer); an answer after a reopening is in response.reopening';
COMMENT ON COLUMN response.request.answer_id IS 'the answering message; the request itself for a reaction or claim';
COMMENT ON COLUMN response.request.community_at IS 'the first answer by somebody who is not staff, nor the author; likewise who and which message';
COMMENT ON COLUMN response.request.closed_at IS 'when it left open and answered: resolved, cancelled or marked';
COMMENT ON COLUMN response.request.snoozed_until IS 'no notices before';
COMMENT ON COLUMN response.request.source IS '0 live, 2 imported';
COMMENT ON COLUMN response.request.changed_at IS 'the last change of anything; Inbox goes by it';

CREATE TABLE response.request_message (
	guild_id   bigint NOT NULL,
	message_id bigint NOT NULL,
	request_id bigint NOT NULL,
	PRIMARY KEY (guild_id, message_id)
);
CREATE INDEX request_message_request ON response.request_message (guild_id, request_id);
COMMENT ON TABLE response.request_message IS 'messages that stand for a request: its own, those merged, its thread, community answers and the bot''s own messages about it; a reply or reaction to one of them is to the request';

CREATE TABLE response.reopening (
	guild_id    bigint NOT NULL,
	request_id  bigint NOT NULL,
	reopened_at timestamptz NOT NULL,
	by_id       bigint NOT NULL,
	answered_at timestamptz,
	answered_by bigint,
	answer_kind text CHECK (answer_kind IN ('reply', 'thread', 'reaction', 'claim')),
	answer_id   bigint,
	PRIMARY KEY (guild_id, request_id, reopened_at)
);
COMMENT ON TABLE response.reopening IS 'each time a request was reopened, and the answer that followed';
COMMENT ON COLUMN response.reopening.by_id IS 'who reopened it: the author by writing again, or staff';

-- --- staff ---

CREATE TABLE response.staff (
	guild_id   bigint NOT NULL,
	user_id    bigint NOT NULL,
	started_at timestamptz NOT NULL,
	ended_at   timestamptz,
	by_role    boolean NOT NULL DEFAULT false,
	PRIMARY KEY (guild_id, user_id, started_at)
);
CREATE UNIQUE INDEX staff_now ON response.staff (guild_id, user_id) WHERE ended_at IS NULL;
COMMENT ON TABLE response.staff IS 'who was staff from when to when: active curators (app.curator) and members with a staff role, those excluded left out';

CREATE TABLE response.activity (
	guild_id   bigint NOT NULL,
	user_id    bigint NOT NULL,
	at         timestamptz NOT NULL,
	kind       text NOT NULL CHECK (kind IN ('message', 'reply', 'reaction', 'task_verification')),
	message_id bigint NOT NULL,
	emoji      text NOT NULL DEFAULT '',
	channel_id bigint NOT NULL,
	target_id  bigint,
	target_user_id bigint,
	excerpt    text,
	source     smallint NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, user_id, kind, message_id, emoji)
);
CREATE INDEX activity_at ON response.activity (guild_id, at);
CREATE INDEX activity_user ON response.activity (guild_id, user_id, at);
COMMENT ON TABLE response.activity IS 'what staff did: the activity log, and what points are given for (heritage: Activity log and points)';
COMMENT ON COLUMN response.activity.message_id IS 'the message written; of a reaction the message reacted to; of a verification the report';
COMMENT ON COLUMN response.activity.target_id IS 'of a reply: the message replied to';
COMMENT ON COLUMN response.activity.source IS '0 live, 2 imported';

CREATE TABLE response.activity_hourly (
	guild_id  bigint NOT NULL,
	hour      timestamptz NOT NULL,
	user_id   bigint NOT NULL,
	messages  integer NOT NULL DEFAULT 0,
	replies   integer NOT NULL DEFAULT 0,
	reactions integer NOT NULL DEFAULT 0,
	tasks     integer NOT NULL DEFAULT 0,
	PRIMARY KEY (guild_id, hour, user_id)
);
COMMENT ON TABLE response.activity_hourly IS 'response.activity added up by UTC hour, in the transaction that writes it';

-- --- task reports ---

CREATE TABLE response.task_report (
	guild_id    bigint NOT NULL,
	report_id   bigint NOT NULL,
	channel_id  bigint NOT NULL,
	author_id   bigint NOT NULL,
	reported_at timestamptz NOT NULL,
	tasks       integer NOT NULL CHECK (tasks >= 0),
	state       text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'reviewing', 'verified', 'archived')),
	curator_id  bigint,
	claimed_at  timestamptz,
	approved    integer CHECK (approved BETWEEN 0 AND tasks),
	verified_at timestamptz,
	verification_id bigint,
	excerpt     text,
	source      smallint NOT NULL DEFAULT 0,
	changed_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (guild_id, report_id)
);
CREATE INDEX task_report_at ON response.task_report (guild_id, reported_at);
COMMENT ON TABLE response.task_report IS 'tasks a member reports as done (heritage: Task reports)';
COMMENT ON COLUMN response.task_report.report_id IS 'the message';
COMMENT ON COLUMN response.task_report.verification_id IS 'the curator''s reply; NULL: from the web';

-- --- what Discord is told ---

CREATE TABLE response.due (
	guild_id   bigint NOT NULL,
	request_id bigint NOT NULL,
	kind       text NOT NULL CHECK (kind IN ('reminder', 'escalation')),
	step       smallint NOT NULL DEFAULT 0,
	due_at     timestamptz NOT NULL,
	PRIMARY KEY (guild_id, request_id, kind)
);
CREATE INDEX due_at ON response.due (due_at);
COMMENT ON TABLE response.due IS 'the next reminder and the next escalation of an open request; taken away when it is answered or closed';
COMMENT ON COLUMN response.due.step IS 'of a reminder: 0 the first, then the repeats; of an escalation: app.escalation.step';

CREATE TABLE response.notice (
	notice_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id   bigint NOT NULL,
	kind       text NOT NULL CHECK (kind IN ('reminder', 'escalation', 'storm', 'report', 'system', 'level_up', 'test')),
	requests   bigint[] NOT NULL DEFAULT '{}',
	step       smallint NOT NULL DEFAULT 0,
	channel_id bigint,
	webhook_id bigint,
	payload    jsonb NOT NULL,
	nonce      text NOT NULL UNIQUE,
	state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed', 'dropped')),
	why        text NOT NULL DEFAULT '',
	tries      integer NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL,
	held_until timestamptz,
	attempted_at timestamptz,
	finished_at timestamptz,
	message_id bigint
);
CREATE INDEX notice_waiting ON response.notice (channel_id, notice_id) WHERE state = 'waiting';
CREATE INDEX notice_guild ON response.notice (guild_id, notice_id DESC);
COMMENT ON TABLE response.notice IS 'the outbox: what is to be sent, and what became of it; also the delivery log';
COMMENT ON COLUMN response.notice.payload IS 'the body of Create Message, allowed_mentions and all; {} once nothing is to be done with it: it names people';
COMMENT ON COLUMN response.notice.nonce IS 'makes a retry the same message (Discord docs, Create Message, enforce_nonce)';
COMMENT ON COLUMN response.notice.held_until IS 'a replica works on it, or it is not to be tried again before';
COMMENT ON COLUMN response.notice.why IS 'what stood in the way: forbidden, no_channel, no_guild, rate_limited, refused, or what was said; of dropped: answered, late';

CREATE TABLE response.channel_trouble (
	channel_id bigint PRIMARY KEY,
	guild_id   bigint NOT NULL,
	why        text NOT NULL,
	since      timestamptz NOT NULL,
	retry_at   timestamptz
);
COMMENT ON TABLE response.channel_trouble IS 'channels that can not be sent to, and why; the row goes when one is sent';

CREATE TABLE response.command (
	command_id text PRIMARY KEY,
	guild_id   bigint NOT NULL,
	actor_id   bigint NOT NULL,
	kind       text NOT NULL,
	target_id  bigint,
	outcome    text NOT NULL,
	at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX command_at ON response.command (at);
COMMENT ON TABLE response.command IS 'commands that were carried out, so that none is twice; kept for a week';
COMMENT ON COLUMN response.command.outcome IS 'done, or why not: not_found, not_open, not_staff, taken ...';
