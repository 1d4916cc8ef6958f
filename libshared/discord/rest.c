/*
 * rest: see rest.h. How a call lives:
 *
 *	send -> WAITING in the queue of its priority -> (lane, pace and guard let
 *	it) -> ASKED for with the other replicas (rest_shared.c), if there are any
 *	-> FLYING (rest_attempt.c) -> done, or WAITING again
 *
 * The pump runs when something may have changed: a call was asked for, one
 * came back, the earliest wait is over. It goes through the queues in order
 * and sends what may leave; calls whose lane is closed are passed over.
 */
#include "libshared/discord/rest_shared.h"
#include "libshared/base/clock.h"
#include "libshared/discord/rest_route.h"
#include "libshared/loop/service.h"
#include "libshared/metrics/metrics.h"
#include <sodium.h>
#include <stdio.h>
#include <utlist.h>

#define RATE        45
#define DEADLINE_MS 60000
#define MAX_WAITING 2000
#define MAX_FLYING  64
#define MAX_ASKING  4
/* So long Redis is waited for, at the start and when it goes: what the others sent before that does
 * not count any more. */
#define SETTLE_MS (REST_WINDOW_MS + 200)

RA_GAUGE(waiting, "rations_discord_calls_waiting", "calls that wait for their turn");

/* How far each priority may run ahead of the beat of the global limit. When replicas share it, the
 * less urgent only get what the others leave. */
static const unsigned slack[REST_PRIORITIES] = { 3, 2, 0 };

static void on_leave(void *ctx, struct rest_call *call, enum rest_leave leave, uint64_t wait_ms);
static void on_route(void *ctx, const char *route, const char *hash, uint64_t limit);
static void on_change(void *ctx);
static void on_timer(uv_timer_t *timer);
static void on_timer_closed(uv_handle_t *handle);

const char *ra_rest_user_agent(void)
{
	static char text[128];
	if (!*text)
		snprintf(text, sizeof(text), "DiscordBot (rations, %s)", ra_version());
	return text;
}

struct ra_rest *ra_rest_open(uv_loop_t *loop, const struct ra_rest_options *options,
			     struct ra_err *err)
{
	static const struct rest_shared_ops shared_ops = { on_leave, on_route, on_change };
	struct ra_rest *rest = ra_new(struct ra_rest);
	bool has_token = options->token && *options->token;
	*rest = (struct ra_rest){
		.loop = loop,
		.log = options->log,
		.rate = options->rate ? options->rate : RATE,
		.pending = 2, /* the timer, and http */
	};
	if (has_token && options->redis_url) {
		rest->shared = rest_shared_open(loop, options->redis_url, options->token,
						options->log, &shared_ops, rest, err);
		if (!rest->shared) {
			ra_free(rest);
			return NULL;
		}
		rest->settle_until_ms = ra_monotonic_ms() + SETTLE_MS;
		rest->pending++;
	}
	if (has_token)
		rest->authorization = ra_format("Authorization: Bot %s", options->token);
	rest->base_url = ra_strdup(options->base_url);
	rest->http = ra_http_client_open(loop, ra_rest_user_agent(), options->log);
	uv_timer_init(loop, &rest->timer);
	return rest;
}

/* ---- taking a call ---- */

static bool is_repeatable(const struct ra_rest_call *wanted, const char *method)
{
	return wanted->is_repeatable ||
	       (strcmp(method, "POST") != 0 && strcmp(method, "PATCH") != 0);
}

/* Whose limits: the bot's or, by hash, of who else it is made for; and the major parameter. */
static struct rest_lane *lane_of(struct ra_rest *rest, const struct ra_rest_call *wanted,
				 uint64_t now_ms)
{
	struct ra_buf whose = { 0 };
	char hash[17];
	if (wanted->authorization) {
		rest_hash(ra_str_of(wanted->authorization), hash);
		ra_buf_printf(&whose, "%s:", hash);
	}
	rest_route_major(wanted, &whose);
	struct rest_lane *lane =
		rest_lane_hold(&rest->lanes, wanted->route, ra_buf_str(&whose), now_ms);
	ra_buf_fini(&whose);
	return lane;
}

static struct rest_call *call_new(struct ra_rest *rest, const struct ra_rest_call *wanted,
				  uint64_t now_ms)
{
	struct rest_call *call = ra_new(struct rest_call);
	*call = (struct rest_call){
		.rest = rest,
		.route = wanted->route,
		.is_bots = !wanted->authorization && rest->authorization,
		.priority = wanted->priority,
		.begun_ms = now_ms,
		.expires_at_ms = now_ms + (wanted->deadline_ms ? wanted->deadline_ms : DEADLINE_MS),
		.max_body = wanted->max_body,
		.backoff = { .min_ms = 500, .max_ms = 15000 },
	};
	call->leaves_by_ms = call->expires_at_ms;
	if (wanted->patience_ms && now_ms + wanted->patience_ms < call->leaves_by_ms)
		call->leaves_by_ms = now_ms + wanted->patience_ms;
	rest_route_method(wanted->route, call->method);
	call->is_repeatable = is_repeatable(wanted, call->method);
	ra_buf_add_str(&call->body, wanted->body);
	if (wanted->body.len)
		call->content_type =
			ra_format("Content-Type: %s",
				  wanted->content_type ? wanted->content_type : "application/json");
	call->authorization = wanted->authorization
				      ? ra_format("Authorization: %s", wanted->authorization)
				      : ra_strdup(rest->authorization);
	call->lane = lane_of(rest, wanted, now_ms);
	return call;
}

static void enqueue(struct rest_call *call)
{
	DL_APPEND(call->rest->queue[call->priority], call);
	ra_gauge_set(&waiting, ++call->rest->waiting_count);
}

void rest_requeue(struct rest_call *call)
{
	DL_PREPEND(call->rest->queue[call->priority], call);
	ra_gauge_set(&waiting, ++call->rest->waiting_count);
}

static void dequeue(struct rest_call *call)
{
	DL_DELETE(call->rest->queue[call->priority], call);
	ra_gauge_set(&waiting, --call->rest->waiting_count);
}

void ra_rest_send(struct ra_rest *rest, const struct ra_rest_call *wanted, ra_rest_done_cb done,
		  void *ctx)
{
	struct rest_call *call = call_new(rest, wanted, ra_monotonic_ms());
	struct ra_buf url = { 0 };
	call->done = done;
	call->ctx = ctx;
	ra_buf_add_text(&url, rest->base_url);
	if (rest_route_path(wanted, &url) < 0)
		call->refusal = RA_EINVAL;
	else if (rest->waiting_count >= MAX_WAITING)
		call->refusal = RA_EBUSY;
	call->url = ra_strdup(ra_buf_text(&url));
	ra_buf_fini(&url);
	enqueue(call);
	rest_pump_soon(rest);
}

/* ---- the pump ---- */

void rest_finish(struct rest_call *call, int status, const struct ra_rest_answer *answer)
{
	call->done(call->ctx, status, answer);
	rest_shared_forget(call);
	ra_free(call->shared_bucket);
	rest_lane_release(call->lane);
	if (call->authorization)
		sodium_memzero(call->authorization, strlen(call->authorization));
	ra_free(call->authorization);
	ra_free(call->content_type);
	ra_free(call->url);
	ra_buf_fini(&call->body);
	ra_free(call);
}

/* Why a call ends unsent. */
struct refusal {
	int status; /* 0: it does not end */
	uint64_t retry_after_ms;
	const char *why;
};

static bool is_alone(const struct ra_rest *rest)
{
	return rest->shared && !rest_shared_is_up(rest->shared);
}

static bool must_ask(const struct rest_call *call)
{
	return call->is_bots && call->rest->shared && !is_alone(call->rest);
}

double rest_rate(const struct ra_rest *rest)
{
	return is_alone(rest) ? rest->rate / rest_shared_clients(rest->shared) : rest->rate;
}

/* Discord's own limit: a little more than the pace. */
static unsigned most_in_window(const struct ra_rest *rest)
{
	unsigned most = (unsigned)(rest_rate(rest) * 10 / 9);
	return most ? most : 1;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t until(uint64_t at_ms, uint64_t now_ms)
{
	return at_ms > now_ms ? at_ms - now_ms : 0;
}

/* How long until it may leave; REST_NEVER: until another one has come back. */
static uint64_t wait_of(const struct rest_call *call, uint64_t now_ms)
{
	const struct ra_rest *rest = call->rest;
	uint64_t spare =
		call->is_bots && is_alone(rest) ? rest_shared_clients(rest->shared) - 1 : 0;
	if (rest_lane_is_unknown(call->lane) && call->lane->asking > 0)
		return REST_NEVER; /* one at a time, and that one is about to leave */
	uint64_t wait_ms = later(rest_lane_wait(call->lane, spare, now_ms),
				 until(call->not_before_ms, now_ms));
	if (call->is_bots)
		wait_ms = later(wait_ms,
				rest_window_wait(&rest->window, most_in_window(rest), now_ms));
	if (call->is_bots)
		wait_ms = later(wait_ms, rest_pace_wait(&rest->pace, rest_rate(rest),
							slack[call->priority], now_ms));
	if (call->is_bots && is_alone(rest))
		wait_ms = later(wait_ms, until(rest->settle_until_ms, now_ms));
	if (call->is_bots) /* holds when Redis is gone as well */
		wait_ms = later(wait_ms, until(call->lane->ask_at_ms, now_ms));
	if (must_ask(call))
		wait_ms = later(wait_ms, until(rest->ask_at_ms[call->priority], now_ms));
	return wait_ms;
}

static struct refusal refuse(struct rest_call *call, uint64_t wait_ms, uint64_t now_ms)
{
	struct refusal refusal = { 0 };
	if (call->refusal) {
		refusal = (struct refusal){ call->refusal, 0, ra_strerror(call->refusal) };
	} else if (now_ms < call->lane->gone_until_ms) {
		refusal = (struct refusal){ RA_ENOTFOUND, call->lane->gone_until_ms - now_ms,
					    "Discord does not know it any more" };
	} else if (now_ms >= call->leaves_by_ms ||
		   (wait_ms != REST_NEVER && now_ms + wait_ms >= call->leaves_by_ms)) {
		refusal = (struct refusal){ RA_ETIMEOUT, wait_ms == REST_NEVER ? 0 : wait_ms,
					    "no room within Discord's limits in time" };
	} else {
		refusal.status =
			rest_guard(call->rest, call, now_ms, &refusal.retry_after_ms, &refusal.why);
	}
	return refusal;
}

static void end_unsent(struct rest_call *call, const struct refusal *refusal)
{
	struct ra_rest_answer answer = {
		.body = RA_STR(""),
		.retry_after_ms = refusal->retry_after_ms,
		.why = refusal->why,
	};
	dequeue(call);
	rest_finish(call, refusal->status, &answer);
}

static bool has_room(const struct ra_rest *rest)
{
	unsigned asking = rest->shared ? rest_shared_asking(rest->shared) : 0;
	return rest->flying_count + asking < MAX_FLYING && asking < MAX_ASKING;
}

/* The first call that can be dealt with; NULL: none now. *sleep_ms shrinks to when to look again.
 */
static struct rest_call *next_call(struct ra_rest *rest, uint64_t now_ms, uint64_t *sleep_ms,
				   struct refusal *refusal)
{
	for (unsigned p = 0; p < REST_PRIORITIES; p++) {
		struct rest_call *call;
		DL_FOREACH(rest->queue[p], call)
		{
			if (call->ask)
				continue;
			uint64_t wait_ms = wait_of(call, now_ms);
			uint64_t left_ms = until(call->leaves_by_ms, now_ms);
			*refusal = refuse(call, wait_ms, now_ms);
			if (refusal->status || (wait_ms == 0 && has_room(rest)))
				return call;
			wait_ms = wait_ms < left_ms && wait_ms > 0 ? wait_ms : left_ms;
			*sleep_ms = wait_ms < *sleep_ms ? wait_ms : *sleep_ms;
		}
	}
	return NULL;
}

static void leave_queue(struct rest_call *call)
{
	dequeue(call);
	rest_attempt(call);
}

static void pump(struct ra_rest *rest)
{
	uint64_t sleep_ms = REST_NEVER;
	struct refusal refusal;
	struct rest_call *call;
	while (!rest->is_closing) {
		sleep_ms = REST_NEVER;
		call = next_call(rest, ra_monotonic_ms(), &sleep_ms, &refusal);
		if (!call)
			break;
		if (refusal.status) {
			end_unsent(call, &refusal);
		} else if (must_ask(call)) {
			rest_shared_take(rest->shared, call, rest->rate, most_in_window(rest),
					 slack[call->priority]);
		} else {
			leave_queue(call);
		}
	}
	if (!rest->is_closing && sleep_ms != REST_NEVER)
		uv_timer_start(&rest->timer, on_timer, sleep_ms, 0);
}

static void on_timer(uv_timer_t *timer)
{
	pump(ra_container_of(timer, struct ra_rest, timer));
}

void rest_pump_soon(struct ra_rest *rest)
{
	if (!rest->is_closing)
		uv_timer_start(&rest->timer, on_timer, 0, 0);
}

/* ---- what the other replicas leave to us ---- */

/* What is too early for a call is so for the less urgent. */
static void keep_pace(struct ra_rest *rest, enum ra_rest_priority priority, uint64_t at_ms)
{
	for (unsigned p = priority; p < REST_PRIORITIES; p++)
		rest->ask_at_ms[p] = at_ms;
}

static void on_leave(void *ctx, struct rest_call *call, enum rest_leave leave, uint64_t wait_ms)
{
	struct ra_rest *rest = ctx;
	uint64_t at_ms = ra_monotonic_ms() + wait_ms;
	switch (leave) {
	case REST_GO: leave_queue(call); break;
	case REST_WAIT_LANE: call->lane->ask_at_ms = at_ms; break;
	case REST_WAIT_PACE: keep_pace(rest, call->priority, at_ms); break;
	case REST_ALONE: break;
	}
	rest_pump_soon(rest);
}

static void on_route(void *ctx, const char *route, const char *hash, uint64_t limit)
{
	struct ra_rest *rest = ctx;
	rest_route_told(&rest->lanes, route, hash, limit)->is_published = true;
}

/* A Redis that was away may have lost what we told it. */
static void on_change(void *ctx)
{
	struct ra_rest *rest = ctx;
	struct rest_route *route, *next;
	if (is_alone(rest)) {
		rest->settle_until_ms = ra_monotonic_ms() + SETTLE_MS;
		HASH_ITER(hh, rest->lanes.routes, route, next)
		{
			route->is_published = false;
		}
	}
	rest_pump_soon(rest);
}

/* ---- closing, in the order it happens ---- */

static void stop_waiting(struct ra_rest *rest)
{
	const struct refusal stopped = { RA_ESTOPPED, 0, "stopped" };
	for (unsigned p = 0; p < REST_PRIORITIES; p++)
		while (rest->queue[p])
			end_unsent(rest->queue[p], &stopped);
}

static void unref(void *ctx)
{
	struct ra_rest *rest = ctx;
	if (--rest->pending > 0)
		return;
	stop_waiting(rest); /* those asked for meanwhile */
	rest_lanes_fini(&rest->lanes);
	if (rest->closed)
		rest->closed(rest->closed_ctx);
	if (rest->authorization)
		sodium_memzero(rest->authorization, strlen(rest->authorization));
	ra_free(rest->authorization);
	ra_free(rest->base_url);
	ra_free(rest);
}

void ra_rest_close(struct ra_rest *rest, void (*closed)(void *ctx), void *ctx)
{
	rest->is_closing = true;
	rest->closed = closed;
	rest->closed_ctx = ctx;
	ra_http_client_close(rest->http, unref, rest);
	if (rest->shared)
		rest_shared_close(rest->shared, unref, rest);
	uv_close((uv_handle_t *)&rest->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct ra_rest *rest = ra_container_of((uv_timer_t *)handle, struct ra_rest, timer);
	stop_waiting(rest);
	unref(rest);
}
