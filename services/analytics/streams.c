#include "services/analytics/streams.h"
#include "libshared/redis/redis.h"
#include "services/analytics/conf.h"
#include "services/analytics/consumer.h"
#include <stdio.h>
#include <stdlib.h>

enum { IDLE_TICK_MS = 1000 };

struct stream {
	struct consumer_conf conf;
	struct consumer *consumer; /* owned; NULL once stopped */
	struct stream *next;
};

struct streams {
	struct ra_service *service;
	const struct conf *conf; /* borrowed */
	struct ra_redis *redis;  /* owned */
	uv_timer_t timer;
	struct stream *list; /* owned */
};

static bool is_known(const struct streams *s, uint32_t count, uint32_t id)
{
	for (const struct stream *stream = s->list; stream; stream = stream->next) {
		if (stream->conf.shard_count == count && stream->conf.shard_id == id)
			return true;
	}
	return false;
}

static void add(struct streams *s, uint32_t count, uint32_t id)
{
	struct stream *stream = ra_new(struct stream);
	stream->conf = (struct consumer_conf){
		.redis_url = s->conf->redis_url,
		.database_url = s->conf->database_url,
		.shard_id = id,
		.shard_count = count,
		.batch_entries = s->conf->batch_entries,
		.idle_tick_ms = IDLE_TICK_MS,
	};
	stream->next = s->list;
	s->list = stream;
	stream->consumer = consumer_start(s->service->loop, &stream->conf);
	ra_info(NULL, "shard found", ra_f_u64("shard_id", id), ra_f_u64("shard_count", count));
}

static void on_shards(void *ctx, const redisReply *reply)
{
	struct streams *s = ctx;
	for (size_t i = 0; reply && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
		unsigned count, id;
		if (reply->element[i]->str &&
		    sscanf(reply->element[i]->str, "%u.%u", &count, &id) == 2 && id < count &&
		    !is_known(s, count, id))
			add(s, count, id);
	}
}

static void look(struct streams *s)
{
	if (ra_redis_is_up(s->redis) &&
	    ra_redis_sendf(s->redis, on_shards, s, "SMEMBERS shards") < 0)
		ra_debug(NULL, "redis went away", ra_f_text("why", ra_redis_trouble(s->redis)));
}

static void on_timer(uv_timer_t *timer)
{
	look(ra_container_of(timer, struct streams, timer));
}

static void on_redis_up(void *ctx)
{
	look(ctx);
}

struct streams *streams_start(struct ra_service *service)
{
	static const struct ra_redis_ops ops = { .on_up = on_redis_up };
	struct streams *s = ra_new(struct streams);
	s->service = service;
	s->conf = service->conf;
	s->redis = ra_redis_open(service->loop, s->conf->redis_url, "shards", NULL, &ops, s, NULL);
	uv_timer_init(service->loop, &s->timer);
	uv_timer_start(&s->timer, on_timer, (uint64_t)s->conf->discover,
		       (uint64_t)s->conf->discover);
	return s;
}

static void on_stopped(void *ctx)
{
	((struct stream *)ctx)->consumer = NULL;
}

void streams_stop(struct streams *s)
{
	uv_close((uv_handle_t *)&s->timer, NULL);
	ra_redis_close(s->redis, NULL, NULL);
	for (struct stream *stream = s->list; stream; stream = stream->next)
		consumer_stop(stream->consumer, on_stopped, stream);
}

void streams_free(struct streams **streams)
{
	struct streams *s = *streams;
	while (s && s->list) {
		struct stream *stream = s->list;
		s->list = stream->next;
		ra_free(stream);
	}
	ra_free(s);
	*streams = NULL;
}

size_t streams_at_ease(const struct streams *s, int64_t *shard_ids, int64_t *shard_counts,
		       size_t max)
{
	size_t count = 0;
	for (const struct stream *stream = s->list; stream && count < max; stream = stream->next) {
		if (!stream->consumer || !consumer_is_at_ease(stream->consumer))
			continue;
		shard_ids[count] = stream->conf.shard_id;
		shard_counts[count++] = stream->conf.shard_count;
	}
	return count;
}

bool streams_are_ready(void *ctx, char why[128])
{
	const struct streams *s = ctx;
	if (!ra_redis_is_up(s->redis)) {
		snprintf(why, 128, "Redis: %s", ra_redis_trouble(s->redis));
		return false;
	}
	if (!s->list) {
		snprintf(why, 128, "no shard has published yet");
		return false;
	}
	for (const struct stream *stream = s->list; stream; stream = stream->next) {
		if (!consumer_is_ready(stream->consumer, why))
			return false;
	}
	return true;
}
