/*
 * shard: see shard.h.
 *
 *   LOAD ---session in Redis----------------------.
 *     | none                                      v
 *     '--> ASK --> SLOT --our turn to IDENTIFY--> CONNECT --HELLO--> RESUME ---RESUMED--> LIVE
 *           ^                                      ^         '-> TURN -> IDENTIFY --READY--^
 *           | no session                           | session
 *           '----------------- WAIT ---------------'
 *                               ^
 *                               '--- the connection ended, at any step
 *
 * Whether there is a session (publisher_session) is looked up when it
 * matters, because Redis may take it back at any time (on_rewound). What an
 * ending means for it stands in policy.c.
 */
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "services/gateway-ingest/intents.h"
#include "services/gateway-ingest/shard_internal.h"
#include <assert.h>

#define STABLE_MS          2000  /* live for as long, a connection was no failure */
#define LASTING_MS         60000 /* nor was its session */
#define RESUME_ATTEMPTS    3     /* refused so often, or for so long, the session is given up */
#define RESUME_PATIENCE_MS 300000
#define SPENT_MS           900000  /* no start left today: look again after so long at most */
#define DEGRADED_MS        3600000 /* a younger session goes on without privileged intents */
#define URL_ATTEMPTS       3       /* then the session is sought at the general address */

RA_COUNTER_BY(endings, "rations_gateway_disconnects_total", "cause",
	      "gateway connections that ended")
RA_COUNTER(identifies, "rations_gateway_identifies_total", "IDENTIFYs sent")
RA_COUNTER(resumes, "rations_gateway_resumes_total", "RESUMEs sent")
RA_GAUGE(shards_live, "rations_gateway_live_shards", "shards in a live session")
RA_GAUGE(intents_withheld, "rations_gateway_withheld_intents",
	 "bits of DISCORD_INTENTS that Discord disallowed")

static void enter_ask(struct shard *s);
static void enter_slot(struct shard *s);
static void enter_connect(struct shard *s);
static void enter_turn(struct shard *s);
static void enter_identify(struct shard *s);
static void enter_resume(struct shard *s);
static void enter_live(struct shard *s);
static void enter_stop(struct shard *s);

static const struct {
	const char *name, *state;       /* for people; for the status */
	void (*enter)(struct shard *s); /* NULL: whoever enters has begun what we wait for */
	uint64_t timeout_ms;            /* without a dispatch; 0: somebody else's */
} steps[] = {
	[LOAD] = { "waiting for Redis", "loading", NULL, 0 },
	[ASK] = { "asking for the gateway", "asking", enter_ask, 0 },
	[SLOT] = { "waiting for our turn to identify", "slot", enter_slot, 0 },
	[CONNECT] = { "connecting to the gateway", "connecting", enter_connect, 45000 },
	[TURN] = { "waiting for our turn to identify", "slot", enter_turn, 0 },
	[IDENTIFY] = { "identifying", "identifying", enter_identify, 30000 },
	[RESUME] = { "resuming", "resuming", enter_resume, 60000 },
	[LIVE] = { "live", "live", enter_live, 0 },
	[WAIT] = { "waiting to reconnect", "waiting", NULL, 0 },
	[STOP] = { "stopping", "stopping", enter_stop, 0 },
};

static void on_timer(uv_timer_t *timer);

void shard_enter(struct shard *s, enum step step)
{
	if (s->step == STOP)
		return;
	ra_debug(&s->log, "shard step", ra_f_text("to", steps[step].name));
	ra_gauge_set(&shards_live, shards_live.value + (step == LIVE) - (s->step == LIVE));
	s->step = step;
	s->figures.live_since = step == LIVE ? ra_wall_ms() : 0;
	s->dispatches_at_enter = s->dispatches;
	uv_timer_stop(&s->timer);
	if (steps[step].timeout_ms > 0)
		uv_timer_start(&s->timer, on_timer, steps[step].timeout_ms, 0);
	if (steps[step].enter)
		steps[step].enter(s);
}

static void wait_ms(struct shard *s, enum step step, uint64_t ms)
{
	shard_enter(s, step);
	if (s->step == step)
		uv_timer_start(&s->timer, on_timer, ms, 0);
}

/* The session's own address, unless it has failed us. */
static bool uses_session_url(const struct shard *s)
{
	return shard_has_session(s) && publisher_session(s->publisher)->resume_url[0] &&
	       s->url_failures < URL_ATTEMPTS;
}

/* From LOAD and WAIT: the way to the next connection. */
static void go_on(struct shard *s)
{
	shard_enter(s, uses_session_url(s) ? CONNECT : ASK);
}

/* From ASK: the gateway is known. */
static void go_to_gateway(struct shard *s)
{
	shard_enter(s, shard_has_session(s) ? CONNECT : SLOT);
}

static void on_timer(uv_timer_t *timer)
{
	struct shard *s = ra_container_of(timer, struct shard, timer);
	switch (s->step) {
	case WAIT: go_on(s); break;
	case SLOT: shard_enter(s, s->has_turn ? CONNECT : SLOT); break;
	case TURN: shard_enter(s, TURN); break;
	default:
		if (s->dispatches == s->dispatches_at_enter && !s->is_full)
			connection_leave(s->connection, END_TIMEOUT);
		else /* a long replay, or it is us who do not read */
			uv_timer_start(&s->timer, on_timer, steps[s->step].timeout_ms, 0);
		s->dispatches_at_enter = s->dispatches;
	}
}

static void set_trouble(struct shard *s, const char *why)
{
	snprintf(s->trouble, sizeof(s->trouble), "%s", why);
}

/* Only a person can help: say it loud, and spare Discord. */
static void wait_for_help(struct shard *s, const struct policy *policy)
{
	uint64_t ms = ra_backoff_next_ms(&s->fatal_backoff);
	set_trouble(s, policy->trouble);
	ra_error(&s->log, policy->trouble, ra_f_text("hint", policy->hint),
		 ra_f_u64("retry_ms", ms));
	wait_ms(s, WAIT, ms);
}

/* ASK */

static void on_asked(void *ctx, int status, const struct gateway_answer *answer, const char *why)
{
	struct shard *s = ctx;
	if (status == RA_EDENIED) {
		wait_for_help(s, policy_of(4004));
	} else if (status < 0) {
		uint64_t ms = ra_backoff_next_ms(&s->reconnect_backoff);
		if (ms < answer->retry_after_ms)
			ms = answer->retry_after_ms;
		set_trouble(s, why);
		ra_warn(&s->log, "cannot ask Discord for its gateway", ra_f_text("why", why),
			ra_f_text("hint", "Is the network up, and is DISCORD_API_BASE right?"),
			ra_f_u64("retry_ms", ms));
		wait_ms(s, WAIT, ms);
	} else {
		budget_told(s->env.budget, answer);
		go_to_gateway(s);
	}
}

static void enter_ask(struct shard *s)
{
	if (gateway_is_known(s->env.gateway)) {
		go_to_gateway(s);
		return;
	}
	gateway_ask(s->env.gateway, on_asked, s);
}

/* SLOT: our turn among all shards of the bot. */

static void on_spent(struct shard *s, uint64_t ms)
{
	if (ms > SPENT_MS)
		ms = SPENT_MS;
	gateway_outdate(s->env.gateway);
	set_trouble(s, "the session starts of the day are spent");
	ra_error(&s->log, "no session start left but the reserve", ra_f_u64("retry_ms", ms),
		 ra_f_text("hint", "Something identifies too often with this token; is another bot "
				   "using it? IDENTIFY_RESERVE says how many are kept back."));
	wait_ms(s, WAIT, ms + ra_random(5000));
}

static void on_turn(void *ctx, enum budget_verdict verdict, uint64_t ms)
{
	struct shard *s = ctx;
	if (verdict == BUDGET_SPENT) {
		on_spent(s, ms);
		return;
	}
	s->has_turn = verdict == BUDGET_TURN;
	uv_timer_start(&s->timer, on_timer, ms, 0);
}

static void enter_slot(struct shard *s)
{
	budget_ask(s->env.budget, s->index, on_turn, s);
}

/* CONNECT */

static void enter_connect(struct shard *s)
{
	s->is_connected = true;
	s->live_at_ms = 0;
	s->dispatches_at_open = s->dispatches;
	connection_open(s->connection, uses_session_url(s)
					       ? publisher_session(s->publisher)->resume_url
					       : gateway_url(s->env.gateway));
}

static void on_hello(void *ctx)
{
	struct shard *s = ctx;
	if (s->step == CONNECT)
		shard_enter(s, shard_has_session(s) ? RESUME : TURN);
}

/* TURN: connecting may have taken longer than it does others. */

static void on_confirmed(void *ctx, enum budget_verdict verdict, uint64_t ms)
{
	struct shard *s = ctx;
	if (verdict == BUDGET_TURN)
		shard_enter(s, IDENTIFY);
	else
		uv_timer_start(&s->timer, on_timer, ms, 0);
}

static void enter_turn(struct shard *s)
{
	budget_confirm(s->env.budget, s->index, on_confirmed, s);
}

/* IDENTIFY, RESUME */

static void enter_identify(struct shard *s)
{
	ra_count(&identifies, 1);
	s->figures.identifies++;
	s->has_identified = true;
	ra_buf_clear(&s->out);
	frame_add_identify(&s->out, &(struct identify){ .token = s->env.conf->token,
							.intents = s->intents,
							.shard = s->index,
							.shards = s->count,
							.presence = s->line });
	memcpy(s->told_line, s->line, sizeof(s->told_line));
	connection_send(s->connection, ra_buf_str(&s->out));
}

static void enter_resume(struct shard *s)
{
	const struct session *session = publisher_session(s->publisher);
	ra_count(&resumes, 1);
	s->figures.resumes++;
	if (s->resume_failures == 0)
		s->first_resume_ms = ra_monotonic_ms();
	s->resume_failures++; /* until something comes of it */
	ra_buf_clear(&s->out);
	frame_add_resume(&s->out, s->env.conf->token, session->id, session->seq);
	connection_send(s->connection, ra_buf_str(&s->out));
}

/* LIVE */

static void enter_live(struct shard *s)
{
	s->live_at_ms = ra_monotonic_ms();
	s->resume_failures = 0;
	s->url_failures = 0;
	s->is_crowded = false;
	s->trouble[0] = '\0';
	ra_backoff_reset(&s->fatal_backoff);
	ra_gauge_set(&intents_withheld, (double)s->withheld);
}

static bool last_seq(void *ctx, uint64_t *seq)
{
	struct shard *s = ctx;
	*seq = publisher_session(s->publisher)->seq;
	return shard_has_session(s);
}

static void on_ack(void *ctx)
{
	struct shard *s = ctx;
	if (s->step != LIVE)
		return;
	publisher_alive(s->publisher, shard_now(s));
	publisher_touch(s->publisher);
	if (silence_is_suspicious(&s->silence, ra_monotonic_ms()))
		connection_leave(s->connection, END_SILENT);
}

static bool is_listening(void *ctx)
{
	const struct shard *s = ctx;
	return s->step == LIVE && !s->is_full;
}

static bool ask_for_members(void *ctx, uint64_t guild)
{
	struct shard *s = ctx;
	ra_buf_clear(&s->out);
	frame_add_member_request(&s->out, guild);
	return connection_send_later(s->connection, ra_buf_str(&s->out));
}

static const struct chunks_ops chunks_ops = {
	.is_listening = is_listening,
	.ask = ask_for_members,
};

void shard_show(struct shard *s, const char *line)
{
	snprintf(s->line, sizeof(s->line), "%s", line);
	if (s->step != LIVE || strcmp(s->line, s->told_line) == 0)
		return;
	ra_buf_clear(&s->out);
	frame_add_presence(&s->out, s->line);
	if (connection_send_later(s->connection, ra_buf_str(&s->out)))
		memcpy(s->told_line, s->line, sizeof(s->told_line));
}

/* The end of a connection, and what it means for the session. */

/* A replay that was cut short but got somewhere is none either: it goes on from there. */
static void forgive(struct shard *s)
{
	if (s->dispatches > s->dispatches_at_open)
		s->resume_failures = 0;
	uint64_t live_ms = s->live_at_ms == 0 ? 0 : ra_monotonic_ms() - s->live_at_ms;
	if (live_ms >= STABLE_MS)
		ra_backoff_reset(&s->reconnect_backoff);
	if (live_ms >= LASTING_MS) {
		s->has_identified = false;
		ra_backoff_reset(&s->identify_backoff);
	}
}

static bool resume_is_hopeless(const struct shard *s)
{
	return s->resume_failures >= RESUME_ATTEMPTS ||
	       (s->resume_failures > 0 &&
		ra_monotonic_ms() - s->first_resume_ms > RESUME_PATIENCE_MS);
}

/* Without privileged intents there are still figures; with none of them allowed, all of Discord's
 * are. */
static bool withhold_intents(struct shard *s)
{
	int64_t refused = s->intents & INTENTS_PRIVILEGED;
	char names[128];
	if (refused == 0)
		return false;
	s->withheld |= refused;
	s->intents &= ~refused;
	intents_describe(refused, names);
	ra_error(&s->log, "Discord refused privileged intents, going on without",
		 ra_f_text("refused", names), ra_f_text("hint", policy_of(4014)->hint));
	return true;
}

static uint64_t pause_before_next(struct shard *s, const struct policy *policy)
{
	uint64_t ms =
		policy->wait_min_ms + ra_random(policy->wait_max_ms - policy->wait_min_ms + 1);
	uint64_t backoff_ms = ra_backoff_next_ms(&s->reconnect_backoff);
	/* fewer and fewer IDENTIFYs when no session lasts */
	if (!shard_has_session(s) && s->has_identified)
		backoff_ms = ra_backoff_next_ms(&s->identify_backoff);
	return ms > backoff_ms ? ms : backoff_ms;
}

/* Until when what happened is known: to a connection that had fallen silent, or has left something
 * out, or to a Redis that lost its tail, not until now. What Discord then tells again must not come
 * before that. */
static int64_t last_known(const struct shard *s, int ending)
{
	int64_t alive_at = publisher_session(s->publisher)->alive_at;
	bool is_past = ending == END_ZOMBIE || ending == END_GAP || ending == END_REWIND;
	return is_past && alive_at != 0 ? alive_at : shard_now(s);
}

static void tell_ending(struct shard *s, const struct policy *policy, int ending, const char *why)
{
	ra_count_by(&endings, policy->cause, 1);
	s->figures.endings++;
	s->figures.last_cause = policy->cause;
	ra_warn(&s->log, "gateway connection ended", ra_f_text("cause", policy->cause),
		ra_f_text("why", why), ra_f_text("step", steps[s->step].name),
		ra_f_u64("seq", publisher_session(s->publisher)->seq));
	snprintf(s->trouble, sizeof(s->trouble), "%s (%s)", policy->cause, why);
	if (s->live_at_ms == 0)
		return;
	shard_tell_disconnected(s, policy->cause, last_known(s, ending));
}

static void on_ended(void *ctx, int ending, const char *why)
{
	struct shard *s = ctx;
	const struct policy *policy = policy_of(ending);
	s->is_connected = false;
	budget_forget(s->env.budget, s);
	if (s->step == STOP) {
		enter_stop(s);
		return;
	}
	s->is_crowded = s->is_crowded || ending == 4010 || ending == 4011;
	tell_ending(s, policy, ending, why);
	forgive(s);
	if (s->step == CONNECT && uses_session_url(s))
		s->url_failures++;
	if (policy->next == NEXT_IDENTIFY || resume_is_hopeless(s)) {
		publisher_forget_session(s->publisher);
		s->resume_failures = 0;
	}
	if (policy->next == NEXT_FATAL && !(ending == 4014 && withhold_intents(s)))
		wait_for_help(s, policy);
	else
		wait_ms(s, WAIT, pause_before_next(s, policy));
}

static const struct connection_ops connection_ops = {
	.on_hello = on_hello,
	.on_dispatch = shard_on_dispatch,
	.last_seq = last_seq,
	.on_ack = on_ack,
	.on_ended = on_ended,
};

/* The end of the shard, not of the connection alone. */

static void leave(struct shard *s, int ending)
{
	if (s->is_connected)
		connection_leave(s->connection, ending);
	shard_enter(s, STOP);
}

/* Whoever held it last may have done it already. */
static void end_stream(struct shard *s)
{
	s->is_retired = publisher_is_retired(s->publisher);
	if (!s->is_retired) {
		shard_tell_disconnected(s, policy_of(END_RESHARDED)->cause, shard_now(s));
		publisher_retire(s->publisher);
	}
	leave(s, END_RESHARDED);
}

/* Redis */

/* A session keeps the intents it was begun with. When others are wanted by now, or it is time to
 * see whether Discord allows those it did not, it is of no use. */
static bool has_our_intents(const struct shard *s, const struct session *session)
{
	bool is_as_wanted = (session->intents | session->withheld) == s->intents;
	bool is_fresh = ra_wall_ms() - session->began_at < DEGRADED_MS;
	return session->intents == 0 || (is_as_wanted && (session->withheld == 0 || is_fresh));
}

static void adopt_session(struct shard *s, const struct session *session)
{
	if (!has_our_intents(s, session)) {
		ra_info(&s->log, "session has other intents, beginning a new one");
		publisher_forget_session(s->publisher);
		return;
	}
	ra_info(&s->log, "session found", ra_f_u64("seq", session->seq));
	s->withheld = session->withheld;
	s->intents &= ~session->withheld;
}

static void on_loaded(void *ctx)
{
	struct shard *s = ctx;
	if (s->is_retiring) {
		end_stream(s);
		return;
	}
	const struct session *session = publisher_session(s->publisher);
	s->down_since = session->alive_at;
	if (session_exists(session))
		adopt_session(s, session);
	go_on(s);
}

static void on_rewound(void *ctx)
{
	struct shard *s = ctx;
	seen_clear(s->env.seen); /* names that were dropped have not been sent */
	if (s->step != STOP)
		connection_leave(s->connection, END_REWIND);
}

static void on_landed(void *ctx)
{
	struct shard *s = ctx;
	s->is_retired = s->is_retiring && publisher_is_retired(s->publisher);
	normaliser_report(s->normaliser);
}

static void on_pressure(void *ctx, bool is_full)
{
	struct shard *s = ctx;
	s->is_full = is_full;
	if (s->step != STOP)
		connection_pause(s->connection, is_full);
}

static void on_lost(void *ctx)
{
	shard_drop(ctx);
}

static const struct publisher_ops publisher_ops = {
	.on_loaded = on_loaded,
	.on_rewound = on_rewound,
	.on_landed = on_landed,
	.on_lost = on_lost,
	.on_pressure = on_pressure,
};

/* Life */

struct shard *shard_start(const struct shard_env *env, unsigned index, unsigned count,
			  shard_ended_cb ended, void *ctx, struct ra_err *err)
{
	struct shard *s = ra_new(struct shard);
	*s = (struct shard){
		.env = *env,
		.index = index,
		.count = count,
		.ended = ended,
		.ended_ctx = ctx,
		.step = LOAD,
		.cause = "restart",
		.intents = env->conf->intents,
		.silence = { .limit_ms = (uint64_t)env->conf->silence_ms },
		.reconnect_backoff = { .min_ms = 250, .max_ms = 30000 },
		.identify_backoff = { .min_ms = 5000, .max_ms = 300000 },
		.fatal_backoff = { .min_ms = 60000, .max_ms = 1800000 },
	};
	snprintf(s->name, sizeof(s->name), "%u/%u", index, count);
	s->log_fields[0] = ra_f_text("shard", s->name);
	s->log.fields = s->log_fields;
	const struct publisher_options options = {
		.redis_url = env->conf->redis_url,
		.shard = index,
		.shards = count,
		.max_entries = env->conf->max_entries,
	};
	s->publisher = publisher_start(env->loop, &options, &publisher_ops, &s->log, s, err);
	if (!s->publisher) {
		ra_free(s);
		return NULL;
	}
	s->connection = connection_new(env->loop, env->websockets, env->conf->compress,
				       &connection_ops, &s->log, s);
	s->normaliser = normaliser_new(env->seen, env->wants_text, &s->log, shard_on_event, s);
	chunks_start(&s->chunks, env->loop, publisher_redis(s->publisher), index, count,
		     CHUNKS_EVERY_MS, &chunks_ops, s);
	uv_timer_init(env->loop, &s->timer);
	return s;
}

static void unref(struct shard *s)
{
	if (--s->pending > 0)
		return;
	s->ended(s->ended_ctx, s);
	shard_forget_metrics(s);
	roll_fini(&s->roll);
	normaliser_free(&s->normaliser);
	ra_buf_fini(&s->out);
	ra_free(s);
}

static void on_part_closed(void *ctx)
{
	unref(ctx);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct shard, timer));
}

static void on_chunks_stopped(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct shard, chunks.timer));
}

/* Again and again until nothing is in the air. */
static void enter_stop(struct shard *s)
{
	gateway_forget(s->env.gateway, s);
	budget_forget(s->env.budget, s);
	if (s->is_connected || s->pending > 0)
		return;
	s->pending = 4;
	chunks_stop(&s->chunks, on_chunks_stopped);
	publisher_stop(s->publisher, on_part_closed, s);
	connection_free(s->connection, on_part_closed, s);
	uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}

void shard_stop(struct shard *s)
{
	if (s->step == STOP)
		return;
	if (s->step == LIVE)
		shard_tell_disconnected(s, policy_of(END_STOPPED)->cause, shard_now(s));
	leave(s, END_STOPPED);
}

void shard_drop(struct shard *s)
{
	if (s->step != STOP)
		leave(s, END_TAKEN);
}

void shard_retire(struct shard *s)
{
	if (s->step == STOP || s->is_retiring)
		return;
	s->is_retiring = true;
	if (publisher_is_loaded(s->publisher))
		end_stream(s);
	else
		publisher_retire(s->publisher);
}

bool shard_is_retired(const struct shard *s)
{
	return s->is_retired;
}

void shard_hold_stream(struct shard *s, bool is_held)
{
	if (s->step != STOP)
		publisher_hold_stream(s->publisher, is_held);
}

bool shard_is_settled(const struct shard *s)
{
	return s->pending == 0 && s->step == LIVE &&
	       publisher_session(s->publisher)->guilds.pending == 0;
}

bool shard_is_crowded(const struct shard *s)
{
	return s->is_crowded;
}

const char *shard_state(const struct shard *s)
{
	return steps[s->step].state;
}

bool shard_is_ready(const struct shard *s, char why[128])
{
	if (s->pending > 0) { /* its parts are going */
		snprintf(why, 128, "%s", steps[STOP].name);
		return false;
	}
	const char *redis = publisher_trouble(s->publisher);
	if (redis[0])
		snprintf(why, 128, "redis: %s", redis);
	else if (s->step != LIVE)
		snprintf(why, 128, "%s", s->trouble[0] ? s->trouble : steps[s->step].name);
	return redis[0] == '\0' && s->step == LIVE;
}
