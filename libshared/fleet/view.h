/*
 * view: the fleet of gateway-ingest as it tells of itself in Redis: its plan,
 * its shards and replicas, what is left of the day's IDENTIFYs. For those who
 * look: the System page and rationsctl.
 *
 * Keys: fleet:{fleet}, identify:{fleet}, status:{fleet} (proto/status.def).
 */
#pragma once
#include "libshared/redis/redis.h"
#include "proto/status.h"

/* The key whose slot the connection must serve. */
#define RA_FLEET_KEY "fleet:{fleet}"

/* More shards than Discord's largest bots have; what claims more is not believed. */
#define RA_FLEET_SHARDS_MAX 16384

struct ra_fleet_view {
	int64_t now_ms;        /* Redis's clock, which all times are told by */
	int64_t count;         /* shards of the plan that serves; 0: none yet */
	int64_t next;          /* shards of the plan being brought up; 0: none */
	int64_t next_since_ms; /* since when it is */
	struct {
		int64_t remaining, total; /* IDENTIFYs; total 0: not known yet */
		int64_t used;             /* by us, since the last reset */
		int64_t resets_at_ms;
		int64_t max_concurrency;
	} identify;
	/* Every shard of both plans, the serving one first, by index. Who has not told anything
	 * within RA_STATUS_FRESH_MS is in state "lost", who never did is "unassigned". */
	struct ra_shard_status *shards; /* owned by the view */
	size_t shard_count;
	struct ra_replica_status *replicas; /* owned; the fresh ones, by id */
	size_t replica_count;
};

/* `status`: 0, or RA_EDOWN when Redis went away, RA_EPROTO when it holds something else under these
 * keys; view is NULL then. The view lives until you return. */
typedef void (*ra_fleet_view_cb)(void *ctx, int status, const struct ra_fleet_view *view);

/* Exactly one answer, from the loop, when it returns 0; RA_EDOWN: Redis is not up, no answer
 * comes. */
int ra_fleet_view_ask(struct ra_redis *redis, ra_fleet_view_cb done, void *ctx) RA_MUST_CHECK;

/* All of it as the API and rationsctl give it; `instant` turns a time (ms, 0 never) into JSON. */
json_t *ra_fleet_view_json(const struct ra_fleet_view *view, json_t *(*instant)(int64_t ms));
