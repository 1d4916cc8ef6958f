/*
 * rest_lanes: who waits for what. A route's calls about one channel (guild,
 * webhook) share a lane; lanes whose answers named the same bucket share that.
 * https://discord.com/developers/docs/topics/rate-limits#header-format
 *
 * A lane is kept while calls hold it or it remembers something, so there are
 * never many more than there are calls.
 */
#pragma once
#include "libshared/discord/rest.h"
#include "libshared/discord/rest_bucket.h"
#include <uthash.h>

/* Of a route, whatever it is asked about: its bucket's name and size. */
struct rest_route {
	char *name;    /* owned */
	char hash[64]; /* X-RateLimit-Bucket; "" not told yet */
	uint64_t limit;
	bool is_unlimited; /* answered, and without a bucket */
	bool is_published; /* the other replicas know */
	UT_hash_handle hh;
};

struct rest_pool {
	char *key; /* owned: "hash|whose", or the lane's while the hash is unknown */
	struct rest_bucket state;
	unsigned users; /* lanes and calls in the air */
	UT_hash_handle hh;
};

struct rest_lane {
	char *key;         /* owned: "route|whose" */
	const char *whose; /* in `key`: who calls and about what */
	struct rest_route *route;
	struct rest_pool *bucket;
	uint64_t closed_until_ms; /* a limit of this kind of request alone */
	uint64_t gone_until_ms;   /* what it is about does not exist: a dead webhook */
	uint64_t ask_at_ms;       /* not before: the other replicas have used it up */
	unsigned asking;          /* calls for which the other replicas are being asked */
	unsigned users;           /* calls */
	UT_hash_handle hh;
};

struct rest_lanes {
	struct rest_route *routes;
	struct rest_pool *buckets;
	struct rest_lane *lanes;
	unsigned sweep_at; /* when there are so many, what is not needed is forgotten */
};

/* The lane of a call; held until rest_lane_release. */
struct rest_lane *rest_lane_hold(struct rest_lanes *lanes, const char *route, struct ra_str whose,
				 uint64_t now_ms);
void rest_lane_release(struct rest_lane *lane);

/* Nothing is known of its bucket, not even whether there is one. */
bool rest_lane_is_unknown(const struct rest_lane *lane);
uint64_t rest_lane_wait(const struct rest_lane *lane, uint64_t spare, uint64_t now_ms);
/* A call leaves; give back what this returns when it is over. */
struct rest_pool *rest_lane_take(struct rest_lane *lane, uint64_t now_ms);
/* It is over; NULL: without an answer. */
void rest_lane_land(struct rest_lanes *lanes, struct rest_lane *lane, struct rest_pool *taken,
		    int status, const struct rest_limits *limits, uint64_t now_ms);

/* What a route's bucket is, from an answer or from another replica. */
struct rest_route *rest_route_told(struct rest_lanes *lanes, const char *name, const char *hash,
				   uint64_t limit);

void rest_lanes_fini(struct rest_lanes *lanes);
