/*
 * rest_shared: the limits that all processes with one token share, in Redis.
 * The same arithmetic as rest_bucket.c, by Redis's clock, one script a step:
 * `take` asks for leave before a request is sent, `land` tells what came back.
 *
 * Keys, all in one slot; {H} is a keyed hash of the token:
 *	rest:{H}                 next, closed, born: the pace of the global limit
 *	rest:{H}:clients         who asked in the last 30 s, and when
 *	rest:{H}:refusals        minute -> 401s, 403s and 429s
 *	rest:{H}:window          calls that count: when they were over; later: in the air
 *	rest:{H}:routes          route -> "hash limit" of its bucket, for who starts
 *	rest:{H}:lane:<lane>     exists while a kind of request is to wait
 *	rest:{H}:bucket:<bucket> limit, left, flying, version, reset, closed
 *
 * While Redis is away every process goes on alone with its share: of the global
 * limit one part of as many as there were, of a bucket all but a slot for each of
 * the others. Buckets are known locally all the while, so nothing is forgotten
 * in either direction; a Redis that lost them is told by the first who asks.
 */
#pragma once
#include "libshared/discord/rest_internal.h"

struct rest_shared;

enum rest_leave {
	REST_GO,
	REST_WAIT_LANE,
	REST_WAIT_PACE,
	REST_ALONE, /* Redis does not answer */
};

struct rest_shared_ops {
	void (*on_leave)(void *ctx, struct rest_call *call, enum rest_leave leave,
			 uint64_t wait_ms);
	void (*on_route)(void *ctx, const char *route, const char *hash, uint64_t limit);
	void (*on_change)(void *ctx); /* Redis came (after the routes it knows) or went */
};

/* NULL and *err when the url is malformed. */
struct rest_shared *rest_shared_open(uv_loop_t *loop, const char *url, const char *token,
				     const struct ra_log *log, const struct rest_shared_ops *ops,
				     void *ctx, struct ra_err *err);
/* Asks in the air end without a word. */
void rest_shared_close(struct rest_shared *shared, void (*closed)(void *ctx), void *ctx);

bool rest_shared_is_up(const struct rest_shared *shared);
/* How many may be calling when nobody can be asked: at least 1. */
unsigned rest_shared_clients(const struct rest_shared *shared);
/* Refusals of all together in the last ten minutes, as last told. */
unsigned rest_shared_refusals(const struct rest_shared *shared);

/* Asks for leave; on_leave follows from the loop, once, unless the call is forgotten before. */
void rest_shared_take(struct rest_shared *shared, struct rest_call *call, double rate,
		      unsigned most, unsigned slack);
/* Questions in the air. */
unsigned rest_shared_asking(const struct rest_shared *shared);
/* The call ends while it is being asked for. */
void rest_shared_forget(struct rest_call *call);
/* What became of a call, after its lane has landed; limits NULL: no answer. */
void rest_shared_land(struct rest_shared *shared, struct rest_call *call, int status,
		      const struct rest_limits *limits);
