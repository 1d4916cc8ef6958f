/*
 * rest: see rest.h. How a call lives:
 *
 *	send -> WAITING in the queue of its priority -> (lane, pace and guard let
 *	it) -> FLYING (rest_attempt.c) -> done, or WAITING again
 *
 * The pump runs when something may have changed: a call was asked for, one
 * came back, the earliest wait is over. It goes through the queues in order
 * and sends what may leave; calls whose lane is closed are passed over.
 */
#include "libshared/discord/rest_internal.h"
#include "libshared/base/clock.h"
#include "libshared/discord/rest_route.h"
#include "libshared/loop/service.h"
#include "libshared/metrics/metrics.h"
#include <sodium.h>
#include <stdio.h>
#include <utlist.h>

#define RATE        42
#define DEADLINE_MS 60000
#define MAX_WAITING 2000
#define MAX_FLYING  64

RA_GAUGE(waiting, "rations_discord_calls_waiting", "calls that wait for their turn");

/* How far each priority may run ahead of the beat of the global limit. When replicas share it, the
 * less urgent only get what the others leave. */
static const unsigned slack[REST_PRIORITIES] = { 3, 2, 0 };

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
	struct ra_rest *rest = ra_new(struct ra_rest);
	(void)err;
	*rest = (struct ra_rest){
		.loop = loop,
		.log = options->log,
		.base_url = ra_strdup(options->base_url),
		.rate = options->rate ? options->rate : RATE,
		.pending = 2, /* the timer, and http */
	};
	if (options->token && *options->token)
		rest->authorization = ra_format("Authorization: Bot %s", options->token);
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

/* How long until it may leave; REST_NEVER: until another one has come back. */
static uint64_t wait_of(const struct rest_call *call, uint64_t now_ms)
{
	const struct ra_rest *rest = call->rest;
	uint64_t lane_ms = rest_lane_wait(call->lane, 0, now_ms);
	uint64_t pace_ms = call->is_bots ? rest_pace_wait(&rest->pace, rest->rate,
							  slack[call->priority], now_ms)
					 : 0;
	uint64_t own_ms = call->not_before_ms > now_ms ? call->not_before_ms - now_ms : 0;
	uint64_t wait_ms = lane_ms > pace_ms ? lane_ms : pace_ms;
	return wait_ms > own_ms ? wait_ms : own_ms;
}

static struct refusal refuse(struct rest_call *call, uint64_t wait_ms, uint64_t now_ms)
{
	struct refusal refusal = { 0 };
	if (call->refusal) {
		refusal = (struct refusal){ call->refusal, 0, ra_strerror(call->refusal) };
	} else if (now_ms < call->lane->gone_until_ms) {
		refusal = (struct refusal){ RA_ENOTFOUND, call->lane->gone_until_ms - now_ms,
					    "Discord does not know it any more" };
	} else if (now_ms >= call->expires_at_ms ||
		   (wait_ms != REST_NEVER && now_ms + wait_ms >= call->expires_at_ms)) {
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

/* The first call that can be dealt with; NULL: none now. *sleep_ms shrinks to when to look again.
 */
static struct rest_call *next_call(struct ra_rest *rest, uint64_t now_ms, uint64_t *sleep_ms,
				   struct refusal *refusal)
{
	for (unsigned p = 0; p < REST_PRIORITIES; p++) {
		struct rest_call *call;
		DL_FOREACH(rest->queue[p], call)
		{
			uint64_t wait_ms = wait_of(call, now_ms);
			uint64_t left_ms = call->expires_at_ms - now_ms;
			*refusal = refuse(call, wait_ms, now_ms);
			if (refusal->status || (wait_ms == 0 && rest->flying_count < MAX_FLYING))
				return call;
			wait_ms = wait_ms < left_ms && wait_ms > 0 ? wait_ms : left_ms;
			*sleep_ms = wait_ms < *sleep_ms ? wait_ms : *sleep_ms;
		}
	}
	return NULL;
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
		} else {
			dequeue(call);
			rest_attempt(call);
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
	uv_close((uv_handle_t *)&rest->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct ra_rest *rest = ra_container_of((uv_timer_t *)handle, struct ra_rest, timer);
	stop_waiting(rest);
	unref(rest);
}
