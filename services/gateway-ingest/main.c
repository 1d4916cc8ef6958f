/*
 * gateway-ingest: holds the bot's connection to Discord, turns what arrives
 * into events and publishes them, exactly once. A list of what it is made of;
 * the story is in shard.c.
 */
#include "libshared/loop/service.h"
#include "libshared/redis/redis.h"
#include "services/gateway-ingest/shard.h"
#include <stdio.h>

#define USER_AGENT "DiscordBot (rations, 1)"

static const struct ra_option options[] = {
#define X RA_CONF_TABLE
#include "services/gateway-ingest/conf.def"
#undef X
};

struct ingest {
	struct ra_http_client *http;          /* owned; NULL once closed */
	struct websocket_context *websockets; /* owned */
	struct gateway *gateway;              /* owned */
	struct seen *seen;                    /* owned */
	struct shard *shard;                  /* owned; NULL once stopped */
};

/* "index/count" */
static bool parse_shard(const char *text, unsigned *index, unsigned *count)
{
	char rest;
	return sscanf(text, "%u/%u%c", index, count, &rest) == 2 && *index < *count;
}

static int check(const void *ctx)
{
	const struct conf *conf = ctx;
	unsigned index, count;
	struct ra_err err;
	int mistakes = 0;
	if (!parse_shard(conf->shard, &index, &count))
		mistakes +=
			ra_conf_mistake("SHARD", "is not a shard",
					"Set it to index/count with index below count, as in 0/1.");
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
	if (ingest->shard)
		return shard_is_ready(ingest->shard, why);
	snprintf(why, 128, "stopping");
	return false;
}

static int start(struct ra_service *service)
{
	const struct conf *conf = service->conf;
	struct ingest *ingest = ra_new(struct ingest);
	struct ra_err err = { 0 };
	unsigned index = 0, count = 1;
	service->ctx = ingest;
	parse_shard(conf->shard, &index, &count);
	const struct gateway_options gateway_options = {
		.api_base = conf->api_base,
		.fixed_url = conf->gateway_url,
		.token = conf->token,
	};
	ingest->http = ra_http_client_open(service->loop, USER_AGENT, NULL);
	ingest->gateway = gateway_new(&gateway_options, ingest->http);
	ingest->seen = seen_new();
	ingest->websockets = websocket_context_open(service->loop, 1, &err);
	if (ingest->websockets) {
		const struct shard_env env = {
			.loop = service->loop,
			.conf = conf,
			.gateway = ingest->gateway,
			.websockets = ingest->websockets,
			.seen = ingest->seen,
		};
		ingest->shard = shard_start(&env, index, count, &err);
	}
	if (!ingest->shard) {
		ra_error(NULL, err.msg, ra_f_text("hint", err.hint));
		return 1;
	}
	ra_service_ready_check(service, "gateway", is_ready, ingest);
	return 0;
}

static void on_shard_stopped(void *ctx)
{
	struct ingest *ingest = ctx;
	ingest->shard = NULL;
	websocket_context_close(ingest->websockets);
}

static void on_http_closed(void *ctx)
{
	struct ingest *ingest = ctx;
	ingest->http = NULL;
}

static void stop(struct ra_service *service)
{
	struct ingest *ingest = service->ctx;
	/* a question in the air ends here */
	ra_http_client_close(ingest->http, on_http_closed, ingest);
	shard_stop(ingest->shard, on_shard_stopped, ingest);
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
