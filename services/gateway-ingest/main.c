/*
 * gateway-ingest: holds the bot's connections to Discord, turns what arrives
 * into events and publishes them, exactly once. A list of what it is made of;
 * the story of one shard is in shard.c, which of them run here in fleet.c.
 */
#include "libshared/loop/service.h"
#include "libshared/redis/redis.h"
#include "services/gateway-ingest/fleet.h"
#include <stdio.h>

#define REPLICA_ID_MAX  80
#define MAX_CONNECTIONS 4096 /* of one process; a lot more than it could serve */

static const struct ra_option options[] = {
#define X RA_CONF_TABLE
#include "services/gateway-ingest/conf.def"
#undef X
};

struct ingest {
	struct ra_rest *rest;                 /* owned; NULL once closed */
	struct websocket_context *websockets; /* owned */
	struct gateway *gateway;              /* owned */
	struct budget *budget;                /* owned; NULL once stopped */
	struct seen *seen;                    /* owned */
	struct fleet *fleet;                  /* owned; NULL once stopped */
};

static int check(const void *ctx)
{
	const struct conf *conf = ctx;
	struct plan plan;
	struct ra_err err;
	int mistakes = 0;
	if (plan_parse(&plan, conf->shards) < 0)
		mistakes += ra_conf_mistake("SHARDS", "says not how many shards there are",
					    "Set it to auto, to a number, or to a part of a number "
					    "as in 0-3/8.");
	if (strlen(conf->replica_id) > REPLICA_ID_MAX || strpbrk(conf->replica_id, " \t\r\n"))
		mistakes += ra_conf_mistake("REPLICA_ID", "is too long, or holds white space",
					    "Set it to one short word, or unset it.");
	if (strpbrk(conf->token, " \t\r\n"))
		mistakes += ra_conf_mistake("DISCORD_BOT_TOKEN", "holds white space",
					    "Set it to the bare token from the Developer Portal, "
					    "without \"Bot\" before it.");
	if (ra_redis_check_url(conf->redis_url, &err) < 0)
		mistakes += ra_conf_mistake("REDIS_URL", err.msg, err.hint);
	return mistakes;
}

static bool is_ready(void *ctx, char why[128])
{
	const struct ingest *ingest = ctx;
	if (ingest->fleet)
		return fleet_is_ready(ingest->fleet, why);
	snprintf(why, 128, "stopping");
	return false;
}

static int start(struct ra_service *service)
{
	const struct conf *conf = service->conf;
	struct ingest *ingest = ra_new(struct ingest);
	struct ra_err err = { 0 };
	service->ctx = ingest;
	ra_file_limit(); /* two a shard */
	const struct ra_rest_options rest = {
		.base_url = conf->api_base,
		.token = conf->token,
		.redis_url = conf->redis_url,
	};
	ingest->rest = ra_rest_open(service->loop, &rest, &err);
	if (!ingest->rest) {
		ra_error(NULL, err.msg, ra_f_text("hint", err.hint));
		return err.code;
	}
	ingest->gateway = gateway_new(ingest->rest, conf->gateway_url);
	ingest->budget = budget_start(service->loop, conf->redis_url, conf->reserve, &err);
	ingest->seen = seen_new();
	ingest->websockets = websocket_context_open(service->loop, MAX_CONNECTIONS, &err);
	if (ingest->websockets) {
		const struct shard_env env = {
			.loop = service->loop,
			.conf = conf,
			.gateway = ingest->gateway,
			.budget = ingest->budget,
			.websockets = ingest->websockets,
			.seen = ingest->seen,
		};
		ingest->fleet = fleet_start(&env, &err);
	}
	if (!ingest->fleet) {
		ra_error(NULL, err.msg, ra_f_text("hint", err.hint));
		return err.code;
	}
	ra_service_ready_check(service, "gateway", is_ready, ingest);
	return 0;
}

static void on_budget_stopped(void *ctx)
{
	struct ingest *ingest = ctx;
	ingest->budget = NULL;
}

static void on_fleet_stopped(void *ctx)
{
	struct ingest *ingest = ctx;
	ingest->fleet = NULL;
	budget_stop(ingest->budget, on_budget_stopped, ingest);
	websocket_context_close(ingest->websockets);
}

static void on_rest_closed(void *ctx)
{
	struct ingest *ingest = ctx;
	ingest->rest = NULL;
}

static void stop(struct ra_service *service)
{
	struct ingest *ingest = service->ctx;
	/* a question in the air ends here */
	ra_rest_close(ingest->rest, on_rest_closed, ingest);
	fleet_stop(ingest->fleet, on_fleet_stopped, ingest);
}

static void fini(struct ra_service *service)
{
	struct ingest *ingest = service->ctx;
	websocket_context_free(&ingest->websockets);
	gateway_free(&ingest->gateway);
	seen_free(&ingest->seen);
	ra_free(ingest);
}

int main(int argc, char **argv)
{
	static const struct ra_service_spec spec = {
		.name = "gateway-ingest",
		.summary = "holds the connection to Discord and publishes what happens there",
		.options = options,
		.option_count = RA_COUNT(options),
		.conf_size = sizeof(struct conf),
		.admin_port = 5101,
		.check = check,
		.start = start,
		.stop = stop,
		.fini = fini,
	};
	return ra_service_main(&spec, argc, argv);
}
