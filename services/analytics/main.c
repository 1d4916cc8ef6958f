/*
 * analytics: folds gateway events into rollups, voice segments, snapshots and
 * the directory, exactly once. One reader a shard's stream; see
 * libshared/stream/reader.h for how one lives, fold.h for what is counted. Beside them, history.h
 * reads what they were not told, and recut.h makes days anew in another zone.
 */
#include "libshared/discord/rest.h"
#include "libshared/loop/service.h"
#include "libshared/pg/pg.h"
#include "libshared/redis/redis.h"
#include "libshared/stream/streams.h"
#include "services/analytics/conf.h"
#include "services/analytics/history.h"
#include "services/analytics/invites.h"
#include "services/analytics/online.h"
#include "services/analytics/recut.h"
#include "services/analytics/stream.h"

static const struct ra_option options[] = {
#define X RA_CONF_TABLE
#include "services/analytics/conf.def"
#undef X
};

static int check(const void *ptr)
{
	const struct conf *conf = ptr;
	struct ra_err err;
	int mistakes = 0;
	if (ra_pg_check_url(conf->database_url, &err) < 0)
		mistakes += ra_conf_mistake("DATABASE_URL", err.msg, err.hint);
	if (ra_redis_check_url(conf->redis_url, &err) < 0)
		mistakes += ra_conf_mistake("REDIS_URL", err.msg, err.hint);
	return mistakes;
}

struct analytics {
	struct ra_streams *streams; /* owned */
	struct ra_rest *rest;       /* owned; NULL without a bot token */
	struct history *history;    /* owned; likewise */
	struct invites *invites;    /* likewise */
	struct online *online;      /* likewise */
	struct recut *recut;        /* owned */
};

/* The URLs were checked: opening can not fail. */
static struct ra_rest *open_rest(struct ra_service *service)
{
	const struct conf *conf = service->conf;
	const struct ra_rest_options rest = {
		.base_url = conf->discord_api,
		.token = conf->discord_token,
		.redis_url = conf->redis_url,
	};
	return conf->discord_token[0] ? ra_rest_open(service->loop, &rest, NULL) : NULL;
}

static int start(struct ra_service *service)
{
	struct analytics *a = ra_new(struct analytics);
	const struct conf *conf = service->conf;
	const struct ra_streams_conf streams = {
		.redis_url = conf->redis_url,
		.database_url = conf->database_url,
		.ops = &stream_ops,
		.batch_entries = conf->batch_entries,
		.discover_ms = conf->discover,
		.retired_keep_ms = conf->retired_keep,
	};
	a->streams = ra_streams_start(service->loop, &streams);
	a->rest = open_rest(service);
	a->history = history_start(service, a->streams, a->rest);
	a->invites = invites_start(service, a->streams, a->rest);
	a->online = online_start(service, a->streams, a->rest);
	a->recut = recut_start(service, a->streams);
	service->ctx = a;
	ra_service_ready_check(service, "streams", ra_streams_are_ready, a->streams);
	return 0;
}

static void stop(struct ra_service *service)
{
	struct analytics *a = service->ctx;
	recut_stop(a->recut);
	history_stop(a->history);
	invites_stop(a->invites);
	online_stop(a->online);
	if (a->rest)
		ra_rest_close(a->rest, NULL, NULL);
	ra_streams_stop(a->streams);
}

static void fini(struct ra_service *service)
{
	struct analytics *a = service->ctx;
	recut_free(&a->recut);
	history_free(&a->history);
	invites_free(&a->invites);
	online_free(&a->online);
	ra_streams_free(&a->streams);
	ra_free(a);
}

int main(int argc, char **argv)
{
	static const struct ra_service_spec spec = {
		.name = "analytics",
		.summary = "folds gateway events into rollups, exactly once",
		.options = options,
		.option_count = RA_COUNT(options),
		.conf_size = sizeof(struct conf),
		.admin_port = 5102,
		.has_schema = true,
		.check = check,
		.start = start,
		.stop = stop,
		.fini = fini,
	};
	return ra_service_main(&spec, argc, argv);
}
