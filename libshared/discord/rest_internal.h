/* rest_internal: what the files of rest share. */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/discord/rest.h"
#include "libshared/discord/rest_lanes.h"
#include "libshared/http/client.h"
#include "libshared/loop/backoff.h"

#define REST_PRIORITIES 3

struct rest_ask;
struct rest_shared;

struct rest_call {
	struct ra_rest *rest; /* borrowed */
	const char *route;    /* borrowed: a literal */
	char method[8];
	char *url;           /* owned */
	struct ra_buf body;  /* owned */
	char *content_type;  /* owned; NULL: no body */
	char *authorization; /* owned; a header line; NULL: none */
	bool is_bots;        /* made with the bot's token */
	bool is_repeatable;
	enum ra_rest_priority priority;
	uint64_t begun_ms, expires_at_ms;
	uint64_t leaves_by_ms;  /* or not at all */
	uint64_t not_before_ms; /* the next attempt */
	size_t max_body;
	struct ra_backoff backoff;
	unsigned failures; /* attempts that got nowhere */
	int refusal;       /* known from the start: it ends with this */
	struct rest_lane *lane;
	struct rest_pool *taken; /* while in the air */
	struct rest_ask *ask;    /* while the other replicas are asked */
	uint64_t ticket;         /* of this attempt, for them */
	char *shared_bucket;     /* owned: what was taken with them; NULL: nothing */
	ra_rest_done_cb done;
	void *ctx; /* borrowed */
	struct rest_call *prev, *next;
};

struct ra_rest {
	uv_loop_t *loop;
	const struct ra_log *log;
	char *base_url, *authorization; /* owned; the latter a header line, NULL without a token */
	double rate;
	struct ra_http_client *http; /* owned */
	struct rest_shared *shared;  /* owned; NULL: alone */
	struct rest_lanes lanes;
	uint64_t settle_until_ms; /* Redis is away: not before, the others may have been quick */
	struct rest_pace pace;
	struct rest_window window;
	uint64_t ask_at_ms[REST_PRIORITIES]; /* not before: the others keep the pace */
	struct rest_refusals refusals;
	uint64_t denied_until_ms;                 /* the token was refused */
	uint64_t banned_until_ms, ban_ms;         /* by Cloudflare; how long the last time */
	struct rest_call *queue[REST_PRIORITIES]; /* waiting, oldest first */
	struct rest_call *flying;
	unsigned waiting_count, flying_count;
	uv_timer_t timer; /* when the next call may leave, or must end */
	bool is_closing;
	int pending; /* parts still open */
	void (*closed)(void *ctx);
	void *closed_ctx; /* borrowed */
};

/* rest.c: the queue */

/* Lets go what may go. Soon: from the loop. */
void rest_pump_soon(struct ra_rest *rest);
/* Back to the head of its queue. */
void rest_requeue(struct rest_call *call);
/* The only end of a call; it is in no list. */
void rest_finish(struct rest_call *call, int status, const struct ra_rest_answer *answer);

/* The part of the pace that is ours. */
double rest_rate(const struct ra_rest *rest);

/* rest_attempt.c: one request */

/* Sends a call that has left the queue. */
void rest_attempt(struct rest_call *call);

/* rest_guard.c: what must not be risked */

/* 0, or why a call is not to be sent now (RA_EDENIED, RA_EHTTP); *wait_ms: for how long. */
int rest_guard(struct ra_rest *rest, const struct rest_call *call, uint64_t now_ms,
	       uint64_t *wait_ms, const char **why);
void rest_guard_learn(struct ra_rest *rest, const struct rest_call *call, int status,
		      const struct rest_limits *limits, uint64_t now_ms);
