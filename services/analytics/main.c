/*
 * analytics: folds gateway events into rollups, voice segments, snapshots and
 * the directory, exactly once. One consumer a shard's stream; see consumer.h
 * for how one lives, fold.h for what is counted.
 */
#include "libshared/loop/service.h"
#include "libshared/pg/pg.h"
#include "libshared/redis/redis.h"
#include "services/analytics/conf.h"
#include "services/analytics/streams.h"

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

static int start(struct ra_service *service)
{
	struct streams *streams = streams_start(service);
	service->ctx = streams;
	ra_service_ready_check(service, "streams", streams_are_ready, streams);
	return 0;
}

static void stop(struct ra_service *service)
{
	streams_stop(service->ctx);
}

static void fini(struct ra_service *service)
{
	struct streams *streams = service->ctx;
	streams_free(&streams);
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
		.check = check,
		.start = start,
		.stop = stop,
		.fini = fini,
	};
	return ra_service_main(&spec, argc, argv);
}
