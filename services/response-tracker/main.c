/*
 * response-tracker: finds requests for help in the stream of events, and who
 * answered them; keeps who is staff, and what staff did. One reader a shard's
 * stream (libshared/stream), beside it the commands of people (commands.h) and
 * the notifier, which tells Discord of what nobody answers (notify.h).
 */
#include "libshared/loop/service.h"
#include "libshared/pg/pg.h"
#include "libshared/redis/redis.h"
#include "libshared/stream/streams.h"
#include "services/response-tracker/commands.h"
#include "services/response-tracker/conf.h"
#include "services/response-tracker/notify.h"
#include "services/response-tracker/tracker.h"
#include "services/response-tracker/watch.h"

static const struct ra_option options[] = {
#define X RA_CONF_TABLE
#include "services/response-tracker/conf.def"
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

struct tracker {
	struct ra_streams *streams; /* owned */
	struct watch *watch;        /* owned */
	struct commands *commands;  /* owned */
	struct notify *notify;      /* owned */
};

static size_t at_ease(const void *streams, int64_t *shard_ids, int64_t *shard_counts, size_t max)
{
	return ra_streams_at_ease(streams, shard_ids, shard_counts, max);
}

static int begin_notify(struct ra_service *service, struct tracker *t)
{
	const struct conf *conf = service->conf;
	struct ra_err err = { 0 };
	t->notify = notify_start(service->loop,
				 &(struct notify_conf){ .database_url = conf->database_url,
							.redis_url = conf->redis_url,
							.discord_api = conf->discord_api,
							.discord_token = conf->discord_token,
							.locales_dir = conf->locales_dir,
							.at_ease = at_ease,
							.at_ease_ctx = t->streams },
				 &err);
	if (!t->notify)
		ra_error(NULL, "notices can not be written", ra_f_text("why", err.msg),
			 ra_f_text("hint", err.hint));
	return err.code;
}

static int start(struct ra_service *service)
{
	const struct conf *conf = service->conf;
	struct tracker *t = ra_new(struct tracker);
	t->streams = ra_streams_start(service->loop, &(struct ra_streams_conf){
							     .redis_url = conf->redis_url,
							     .database_url = conf->database_url,
							     .ops = &tracker_ops,
							     .batch_entries = conf->batch_entries,
							     .discover_ms = conf->discover,
							     .retired_keep_ms = conf->retired_keep,
						     });
	t->watch = watch_start(service, t->streams);
	t->commands = commands_start(service);
	service->ctx = t;
	ra_service_ready_check(service, "streams", ra_streams_are_ready, t->streams);
	ra_service_ready_check(service, "commands", commands_are_ready, t->commands);
	return begin_notify(service, t);
}

static void stop(struct ra_service *service)
{
	struct tracker *t = service->ctx;
	notify_stop(t->notify);
	commands_stop(t->commands);
	watch_stop(t->watch);
	ra_streams_stop(t->streams);
}

static void fini(struct ra_service *service)
{
	struct tracker *t = service->ctx;
	notify_free(&t->notify);
	commands_free(&t->commands);
	watch_free(&t->watch);
	ra_streams_free(&t->streams);
	ra_free(t);
}

int main(int argc, char **argv)
{
	static const struct ra_service_spec spec = {
		.name = "response-tracker",
		.summary = "finds requests for help and who answers them, exactly once",
		.options = options,
		.option_count = RA_COUNT(options),
		.conf_size = sizeof(struct conf),
		.admin_port = 5104,
		.has_schema = true,
		.check = check,
		.start = start,
		.stop = stop,
		.fini = fini,
	};
	return ra_service_main(&spec, argc, argv);
}
