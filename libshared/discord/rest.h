/*
 * rest: calls of Discord's REST API, within Discord's limits.
 *
 *	struct ra_rest *rest = ra_rest_open(loop, &(struct ra_rest_options){
 *		.base_url = conf->api_base, .token = conf->token }, &err);
 *	ra_rest_send(rest, &(struct ra_rest_call){
 *		.route = "GET /channels/{channel.id}/messages", .ids = { channel },
 *		.query = "limit=100", .priority = RA_REST_BACKGROUND }, on_messages, ctx);
 *
 * A call waits its turn (people before live work before background work) until
 * its bucket, the global limit and, with Redis, the other replicas of the same
 * token leave room for it. A 429 is waited out, a 5xx or a lost connection is
 * tried again when that can do no harm. Whatever happens, there is exactly one
 * answer, and not later than the deadline.
 *
 * What is dangerous is not done: a refused token stops all calls made with it,
 * and so do too many refusals and a ban, long before Discord would ban us
 * (docs/why/rest-limits.md).
 * https://discord.com/developers/docs/topics/rate-limits
 */
#pragma once
#include "libshared/base/err.h"
#include "libshared/base/log.h"
#include <uv.h>

struct ra_rest;

struct ra_rest_options {
	const char *base_url;     /* "https://discord.com/api/v10" */
	const char *token;        /* of the bot; NULL or "": calls bring their own authorization */
	const char *redis_url;    /* where replicas share their limits; NULL: alone */
	unsigned rate;            /* calls a second; default 45, of the 50 Discord allows */
	const struct ra_log *log; /* borrowed; may be NULL */
};

enum ra_rest_priority { RA_REST_PEOPLE, RA_REST_LIVE, RA_REST_BACKGROUND };

struct ra_rest_call {
	/* "METHOD /path" as Discord documents it; must be a literal: it is the bucket's name until
	 * Discord tells a better one, and a label of metrics. Each {... .id} takes the next of
	 * `ids`, any other {...} the next of `texts`, percent-encoded. A "#word" at the end names a
	 * kind of request that has a limit of its own ("PATCH /channels/{channel.id}#name"). */
	const char *route;
	uint64_t ids[4];
	const char *texts[2];
	const char *query; /* "limit=100&before=1"; NULL: none */
	struct ra_str body;
	const char *content_type;  /* of the body; default application/json */
	const char *authorization; /* "Bearer ...": not the bot's call; limits of its own */
	enum ra_rest_priority priority;
	/* GET, PUT and DELETE are tried again after a failure; a POST or PATCH only when this says
	 * that twice does no harm (a nonce that is enforced). */
	bool is_repeatable;
	uint64_t deadline_ms; /* from now, for everything; default 60000 */
	/* How much of that may pass before a request is sent, or sent again; default all of it. For
	 * who has something else to show meanwhile. */
	uint64_t patience_ms;
	size_t max_body; /* of the answer; default 4 MiB */
};

/*
 * What a callback is told as `status`:
 *
 *	0             answered with 2xx
 *	RA_EDENIED    401: the token (or authorization) is no good. Perhaps known before.
 *	RA_EFORBIDDEN 403
 *	RA_ENOTFOUND  404
 *	RA_EINVAL     another 4xx: the call makes no sense to Discord
 *	RA_EHTTP      not to be had: 5xx or no connection, and again and again
 *	RA_ETIMEOUT   too late: the deadline would pass or has passed
 *	RA_EBUSY      not taken: too many calls wait
 *	RA_ETOOBIG    the answer is
 *	RA_ESTOPPED   closed
 */
struct ra_rest_answer {
	int http_status;         /* 0: there was no answer */
	int code;                /* Discord's own (50001 ...) in an error's JSON; else 0 */
	struct ra_str body;      /* borrowed until you return */
	uint64_t retry_after_ms; /* not before; 0: nobody knows */
	const char *why;         /* for a human; "" with status 0. No secrets. */
};

/* Exactly once, from the loop. `answer` is never NULL. */
typedef void (*ra_rest_done_cb)(void *ctx, int status, const struct ra_rest_answer *answer);

/* Everything but `log` is copied. NULL and *err when redis_url is malformed. */
struct ra_rest *ra_rest_open(uv_loop_t *loop, const struct ra_rest_options *options,
			     struct ra_err *err);
/* Calls waiting and in flight end with RA_ESTOPPED, then `closed` (may be NULL) comes; both from
 * the loop. */
void ra_rest_close(struct ra_rest *rest, void (*closed)(void *ctx), void *ctx);

/* Everything but the route is copied. */
void ra_rest_send(struct ra_rest *rest, const struct ra_rest_call *call, ra_rest_done_cb done,
		  void *ctx);

/* "DiscordBot (rations, 1.2)": for those who talk to Discord otherwise. */
const char *ra_rest_user_agent(void);
