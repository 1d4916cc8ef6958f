/*
 * rest_attempt: one request and what is made of its answer.
 *
 *	2xx                      done
 *	429                      waits as long as it says, and again
 *	5xx, connection lost     again after a while, when that can do no harm
 *	404 of a webhook         done, and for a while not asked again
 *	anything else            done
 */
#include "libshared/base/clock.h"
#include "libshared/discord/rest_shared.h"
#include "libshared/metrics/metrics.h"
#include <stdio.h>
#include <utlist.h>

#define ATTEMPT_MS       15000
#define ATTEMPT_LEAST_MS 100
#define FAILURES_MAX     4
#define GONE_MS          3600000
#define UNKNOWN_WEBHOOK  10015

RA_COUNTER_BY(requests, "rations_discord_requests_total", "route", "requests sent to Discord");
RA_COUNTER_BY(failures, "rations_discord_request_failures_total", "route",
	      "requests without an answer, or with one that is not 2xx");
RA_COUNTER_BY(answers, "rations_discord_answers_total", "class", "answers by class of status");
RA_COUNTER_BY(limited, "rations_discord_limited_total", "scope", "answers 429 by scope");
RA_COUNTER(retries, "rations_discord_retries_total", "requests sent again after a failure");
RA_HISTOGRAM(waits, "rations_discord_wait_seconds",
	     "from asking for a call to sending its request");

static void on_answer(void *ctx, int status, const struct ra_http_answer *http,
		      const struct ra_err *err);

/* Leave may have come at the last moment: it is used, for others have gone without. */
static uint64_t time_for(const struct rest_call *call, uint64_t now_ms)
{
	uint64_t left_ms = call->expires_at_ms > now_ms ? call->expires_at_ms - now_ms : 0;
	return left_ms < ATTEMPT_LEAST_MS ? ATTEMPT_LEAST_MS
	       : left_ms < ATTEMPT_MS     ? left_ms
					  : ATTEMPT_MS;
}

void rest_attempt(struct rest_call *call)
{
	struct ra_rest *rest = call->rest;
	uint64_t now_ms = ra_monotonic_ms();
	const char *headers[4];
	size_t count = 0;
	if (call->authorization)
		headers[count++] = call->authorization;
	if (call->content_type)
		headers[count++] = call->content_type;
	headers[count++] = "Accept: application/json";
	headers[count] = NULL;
	call->taken = rest_lane_take(call->lane, now_ms);
	if (call->is_bots) {
		rest_window_take(&rest->window);
		rest_pace_take(&rest->pace, rest_rate(rest), now_ms);
	}
	DL_APPEND(rest->flying, call);
	rest->flying_count++;
	ra_count_by(&requests, call->route, 1);
	ra_observe(&waits, (double)(now_ms - call->begun_ms) / 1000);
	ra_http_send(rest->http,
		     &(struct ra_http_call){
			     .method = call->method,
			     .url = call->url,
			     .headers = headers,
			     .body = ra_buf_str(&call->body),
			     .timeout_ms = time_for(call, now_ms),
			     .max_body = call->max_body,
		     },
		     on_answer, call);
}

static void count_answer(const struct rest_call *call, int status, const struct rest_limits *limits)
{
	static const char *const classes[] = { "none", "1xx", "2xx", "3xx", "4xx", "5xx" };
	static const char *const scopes[] = {
		[REST_LIMITED_BUCKET] = "user",
		[REST_LIMITED_KIND] = "kind",
		[REST_LIMITED_SHARED] = "shared",
		[REST_LIMITED_GLOBAL] = "global",
		[REST_BANNED] = "ban",
	};
	ra_count_by(&answers, classes[status / 100 < 6 ? status / 100 : 0], 1);
	if (status / 100 != 2)
		ra_count_by(&failures, call->route, 1);
	if (limits && limits->limited)
		ra_count_by(&limited, scopes[limits->limited], 1);
}

static const char *explain(int status, int http_status)
{
	switch (status) {
	case 0: return "";
	case RA_EDENIED: return "Discord refuses the token";
	case RA_EFORBIDDEN: return "Discord forbids it";
	case RA_ENOTFOUND: return "Discord does not know it";
	case RA_EINVAL: return "Discord does not understand it";
	default: return http_status == 429 ? "Discord says: too many requests" : "Discord fails";
	}
}

static int status_of(int http_status)
{
	switch (http_status) {
	case 401: return RA_EDENIED;
	case 403: return RA_EFORBIDDEN;
	case 404: return RA_ENOTFOUND;
	case 429: return RA_ETIMEOUT;
	default: break;
	}
	return http_status / 100 == 2 ? 0 : http_status / 100 == 4 ? RA_EINVAL : RA_EHTTP;
}

static void finish(struct rest_call *call, int status, const struct ra_http_answer *http,
		   uint64_t retry_after_ms, const char *why)
{
	struct ra_rest_answer answer = {
		.http_status = http ? http->status : 0,
		.code = http && http->status >= 400 ? rest_error_code(http->body) : 0,
		.body = http ? http->body : RA_STR(""),
		.retry_after_ms = retry_after_ms,
		.why = why,
	};
	rest_finish(call, status, &answer);
}

/* Sends it again at `not_before_ms`; false when that would be too late. */
static bool try_again(struct rest_call *call, uint64_t not_before_ms)
{
	if (call->rest->is_closing || not_before_ms >= call->leaves_by_ms)
		return false;
	call->not_before_ms = not_before_ms;
	rest_requeue(call);
	return true;
}

static bool is_worth_repeating(struct rest_call *call)
{
	return call->is_repeatable && ++call->failures < FAILURES_MAX;
}

/* No answer, or a 5xx. */
static void on_failure(struct rest_call *call, int status, const struct ra_http_answer *http,
		       uint64_t retry_after_ms, const char *why)
{
	uint64_t wait_ms = ra_backoff_next_ms(&call->backoff);
	if (retry_after_ms > wait_ms)
		wait_ms = retry_after_ms;
	if (is_worth_repeating(call) && try_again(call, ra_monotonic_ms() + wait_ms))
		ra_count(&retries, 1);
	else
		finish(call, status, http, wait_ms, why);
}

static void on_limited(struct rest_call *call, const struct ra_http_answer *http,
		       const struct rest_limits *limits)
{
	uint64_t until_ms = ra_monotonic_ms() + limits->retry_after_ms + REST_MARGIN_MS;
	ra_info(call->rest->log, "discord limits our calls", ra_f_text("route", call->route),
		ra_f_u64("retry_ms", limits->retry_after_ms));
	if (limits->limited == REST_LIMITED_GLOBAL && call->is_bots &&
	    until_ms > call->rest->pace.closed_until_ms)
		call->rest->pace.closed_until_ms = until_ms;
	if (limits->limited == REST_BANNED || !try_again(call, until_ms))
		finish(call, limits->limited == REST_BANNED ? RA_EHTTP : RA_ETIMEOUT, http,
		       limits->retry_after_ms, explain(RA_EHTTP, 429));
}

static void on_http(struct rest_call *call, const struct ra_http_answer *http,
		    const struct rest_limits *limits)
{
	int status = status_of(http->status);
	if (limits->limited) {
		on_limited(call, http, limits);
	} else if (http->status >= 500) {
		on_failure(call, RA_EHTTP, http, limits->retry_after_ms, explain(RA_EHTTP, 500));
	} else {
		if (status == RA_ENOTFOUND && rest_error_code(http->body) == UNKNOWN_WEBHOOK)
			call->lane->gone_until_ms = ra_monotonic_ms() + GONE_MS;
		finish(call, status, http, limits->retry_after_ms, explain(status, http->status));
	}
}

static void on_answer(void *ctx, int status, const struct ra_http_answer *http,
		      const struct ra_err *err)
{
	struct rest_call *call = ctx;
	struct ra_rest *rest = call->rest;
	uint64_t now_ms = ra_monotonic_ms();
	struct rest_limits limits = { 0 };
	int http_status = http ? http->status : 0;
	if (http)
		limits = rest_limits_parse(http_status, http->headers, http->body);
	DL_DELETE(rest->flying, call);
	rest->flying_count--;
	rest_lane_land(&rest->lanes, call->lane, call->taken, http_status, http ? &limits : NULL,
		       now_ms);
	if (call->is_bots)
		rest_window_land(&rest->window, now_ms);
	if (rest->shared && call->is_bots && !rest->is_closing)
		rest_shared_land(rest->shared, call, http_status, http ? &limits : NULL);
	count_answer(call, http_status, &limits);
	rest_guard_learn(rest, call, http_status, &limits, now_ms);
	if (http)
		on_http(call, http, &limits);
	else if (status == RA_ESTOPPED || status == RA_ETOOBIG)
		finish(call, status, NULL, 0, err->msg);
	else
		on_failure(call, now_ms >= call->expires_at_ms ? RA_ETIMEOUT : RA_EHTTP, NULL, 0,
			   err->msg);
	rest_pump_soon(rest);
}
