/* rest_lanes: see the header. */
#include "libshared/discord/rest_lanes.h"
#include <stdio.h>

#define SWEEP_AT 256

static struct rest_route *find_route(struct rest_lanes *lanes, const char *name)
{
	struct rest_route *route;
	HASH_FIND_STR(lanes->routes, name, route);
	if (!route) {
		route = ra_new(struct rest_route);
		route->name = ra_strdup(name);
		HASH_ADD_KEYPTR(hh, lanes->routes, route->name, strlen(name), route);
	}
	return route;
}

/* `key` is taken. */
static struct rest_pool *find_bucket(struct rest_lanes *lanes, char *key, uint64_t limit)
{
	struct rest_pool *bucket;
	HASH_FIND_STR(lanes->buckets, key, bucket);
	if (bucket) {
		ra_free(key);
		return bucket;
	}
	bucket = ra_new(struct rest_pool);
	bucket->key = key;
	bucket->state.limit = limit;
	HASH_ADD_KEYPTR(hh, lanes->buckets, bucket->key, strlen(key), bucket);
	return bucket;
}

static struct rest_pool *bucket_of(struct rest_lanes *lanes, const struct rest_lane *lane)
{
	const struct rest_route *route = lane->route;
	char *key =
		*route->hash ? ra_format("%s|%s", route->hash, lane->whose) : ra_strdup(lane->key);
	return find_bucket(lanes, key, *route->hash ? route->limit : 0);
}

static void link_bucket(struct rest_lane *lane, struct rest_pool *bucket)
{
	if (lane->bucket)
		lane->bucket->users--;
	lane->bucket = bucket;
	bucket->users++;
}

static void free_lane(struct rest_lanes *lanes, struct rest_lane *lane)
{
	HASH_DEL(lanes->lanes, lane);
	lane->bucket->users--;
	ra_free(lane->key);
	ra_free(lane);
}

static void free_bucket(struct rest_lanes *lanes, struct rest_pool *bucket)
{
	HASH_DEL(lanes->buckets, bucket);
	ra_free(bucket->key);
	ra_free(bucket);
}

static bool is_remembering(const struct rest_pool *bucket, uint64_t now_ms)
{
	const struct rest_bucket *state = &bucket->state;
	return bucket->users > 0 || now_ms < state->closed_until_ms ||
	       (state->reset_at_ms != REST_NEVER && now_ms < state->reset_at_ms);
}

/* Forgets what nobody holds and nothing depends on. */
static void sweep(struct rest_lanes *lanes, uint64_t now_ms)
{
	struct rest_lane *lane, *next_lane;
	struct rest_pool *bucket, *next_bucket;
	HASH_ITER(hh, lanes->lanes, lane, next_lane)
	{
		if (lane->users == 0 && now_ms >= lane->closed_until_ms &&
		    now_ms >= lane->gone_until_ms)
			free_lane(lanes, lane);
	}
	HASH_ITER(hh, lanes->buckets, bucket, next_bucket)
	{
		if (!is_remembering(bucket, now_ms))
			free_bucket(lanes, bucket);
	}
	lanes->sweep_at = 2 * (HASH_COUNT(lanes->lanes) + HASH_COUNT(lanes->buckets)) + SWEEP_AT;
}

struct rest_lane *rest_lane_hold(struct rest_lanes *lanes, const char *route, struct ra_str whose,
				 uint64_t now_ms)
{
	struct rest_lane *lane;
	char *key = ra_format("%s|%.*s", route, (int)whose.len, whose.ptr);
	HASH_FIND_STR(lanes->lanes, key, lane);
	if (lane) {
		ra_free(key);
		lane->users++;
		return lane;
	}
	if (HASH_COUNT(lanes->lanes) + HASH_COUNT(lanes->buckets) >= lanes->sweep_at)
		sweep(lanes, now_ms);
	lane = ra_new(struct rest_lane);
	*lane = (struct rest_lane){
		.key = key,
		.whose = key + strlen(route) + 1,
		.route = find_route(lanes, route),
		.users = 1,
	};
	link_bucket(lane, bucket_of(lanes, lane));
	HASH_ADD_KEYPTR(hh, lanes->lanes, lane->key, strlen(key), lane);
	return lane;
}

void rest_lane_release(struct rest_lane *lane)
{
	lane->users--;
}

bool rest_lane_is_unknown(const struct rest_lane *lane)
{
	return lane->bucket->state.limit == 0 && !lane->route->is_unlimited;
}

uint64_t rest_lane_wait(const struct rest_lane *lane, uint64_t spare, uint64_t now_ms)
{
	if (now_ms < lane->closed_until_ms)
		return lane->closed_until_ms - now_ms;
	return lane->route->is_unlimited ? 0
					 : rest_bucket_wait(&lane->bucket->state, spare, now_ms);
}

struct rest_pool *rest_lane_take(struct rest_lane *lane, uint64_t now_ms)
{
	rest_bucket_take(&lane->bucket->state, now_ms);
	lane->bucket->users++;
	return lane->bucket;
}

struct rest_route *rest_route_told(struct rest_lanes *lanes, const char *name, const char *hash,
				   uint64_t limit)
{
	struct rest_route *route = find_route(lanes, name);
	struct rest_lane *lane, *next;
	bool is_news = strcmp(route->hash, hash) != 0;
	route->limit = limit;
	route->is_unlimited = false;
	if (!is_news)
		return route;
	snprintf(route->hash, sizeof(route->hash), "%s", hash);
	route->is_published = false;
	HASH_ITER(hh, lanes->lanes, lane, next)
	{
		if (lane->route == route)
			link_bucket(lane, bucket_of(lanes, lane));
	}
	return route;
}

/* An answer that is Discord's own: what it does not say about buckets is so. */
static bool is_telling(int status, const struct rest_limits *limits)
{
	return status > 0 && status < 500 && limits->limited == REST_NOT_LIMITED;
}

static void learn(struct rest_lanes *lanes, struct rest_lane *lane, int status,
		  const struct rest_limits *limits, uint64_t now_ms)
{
	struct rest_route *route = lane->route;
	if (!limits->has_bucket) {
		route->is_unlimited |= is_telling(status, limits) && !*route->hash;
		return;
	}
	rest_route_told(lanes, route->name, limits->bucket, limits->limit);
	rest_bucket_learn(&lane->bucket->state, limits, now_ms);
}

static void obey(struct rest_lane *lane, const struct rest_limits *limits, uint64_t now_ms)
{
	uint64_t until_ms = now_ms + limits->retry_after_ms + REST_MARGIN_MS;
	if (limits->limited == REST_LIMITED_BUCKET)
		rest_bucket_close(&lane->bucket->state, until_ms);
	else if (limits->limited == REST_LIMITED_KIND || limits->limited == REST_LIMITED_SHARED)
		lane->closed_until_ms =
			until_ms > lane->closed_until_ms ? until_ms : lane->closed_until_ms;
}

void rest_lane_land(struct rest_lanes *lanes, struct rest_lane *lane, struct rest_pool *taken,
		    int status, const struct rest_limits *limits, uint64_t now_ms)
{
	rest_bucket_land(&taken->state);
	taken->users--;
	if (!limits)
		return;
	learn(lanes, lane, status, limits, now_ms);
	obey(lane, limits, now_ms);
}

void rest_lanes_fini(struct rest_lanes *lanes)
{
	struct rest_lane *lane, *next_lane;
	struct rest_pool *bucket, *next_bucket;
	struct rest_route *route, *next_route;
	HASH_ITER(hh, lanes->lanes, lane, next_lane)
	{
		free_lane(lanes, lane);
	}
	HASH_ITER(hh, lanes->buckets, bucket, next_bucket)
	{
		free_bucket(lanes, bucket);
	}
	HASH_ITER(hh, lanes->routes, route, next_route)
	{
		HASH_DEL(lanes->routes, route);
		ra_free(route->name);
		ra_free(route);
	}
}
