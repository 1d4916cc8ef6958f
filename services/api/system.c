/* system: see system.h. What the replicas of gateway-ingest tell is read when somebody asks. */
#include "services/api/system.h"
#include "libshared/fleet/view.h"
#include "services/api/standby.h"

/* https://discord.com/developers/docs/events/gateway#list-of-intents */
#define INTENT_MESSAGE_CONTENT (1 << 15)

struct system {
	struct ra_redis *redis; /* owned */
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

static void reply_no_redis(struct visit *visit)
{
	ra_http_problem(visit->req, 503, "redis", "Redis is away", "Try again in a moment.");
}

static void on_view(void *ctx, int status, const struct ra_fleet_view *view)
{
	struct visit *visit = ctx;
	if (status == RA_EDOWN)
		reply_no_redis(visit);
	else if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else
		ra_http_reply_json(visit->req, 200, ra_fleet_view_json(view, json_instant));
}

void system_shards(struct visit *visit)
{
	if (ra_fleet_view_ask(visit->api->system->redis, on_view, visit) < 0)
		reply_no_redis(visit);
}

void system_database(struct visit *visit)
{
	const struct standby *standby = visit->api->standby;
	ra_http_reply_json(
		visit->req, 200,
		json_pack("{s:o}", "replica", standby ? standby_json(standby) : json_null()));
}

/* --- what the gateway lets us see --- */

struct sight {
	uint64_t guild;
	void (*done)(void *ctx, int sees);
	void *ctx; /* borrowed */
};

static int sees_texts(const struct ra_fleet_view *view, uint64_t guild)
{
	if (!view || view->count <= 0)
		return -1;
	size_t index = (size_t)((guild >> 22) % (uint64_t)view->count);
	if (index >= view->shard_count || view->shards[index].intents == 0)
		return -1;
	return (view->shards[index].intents & INTENT_MESSAGE_CONTENT) != 0;
}

static void on_sight(void *ctx, int status, const struct ra_fleet_view *view)
{
	struct sight *sight = ctx;
	sight->done(sight->ctx, status < 0 ? -1 : sees_texts(view, sight->guild));
	ra_free(sight);
}

void system_sees_texts(struct api *api, uint64_t guild, void (*done)(void *ctx, int sees),
		       void *ctx)
{
	struct sight *sight = ra_new(struct sight);
	*sight = (struct sight){ guild, done, ctx };
	if (ra_fleet_view_ask(api->system->redis, on_sight, sight) < 0) {
		done(ctx, -1);
		ra_free(sight);
	}
}

struct system *system_start(struct api *api, struct ra_err *err)
{
	static const struct ra_redis_ops ops = { 0 };
	struct system *system = ra_new(struct system);
	system->redis = ra_redis_open(api->loop, api->conf->redis_url, RA_FLEET_KEY, api->log, &ops,
				      system, err);
	if (system->redis)
		return system;
	ra_free(system);
	return NULL;
}

static void on_closed(void *ctx)
{
	struct system *system = ctx;
	system->stopped(system->stopped_ctx);
	ra_free(system);
}

void system_stop(struct system *system, void (*stopped)(void *ctx), void *ctx)
{
	system->stopped = stopped;
	system->stopped_ctx = ctx;
	ra_redis_close(system->redis, on_closed, system);
}
