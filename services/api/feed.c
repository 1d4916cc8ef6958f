/*
 * feed: see feed.h. While it is wanted, once a second:
 *
 *	half a minute since the last time, or no shard known --> SMEMBERS shards;
 *	                                   the new ones get a feed_stream each
 *	every stream is told to go on, should an error have stopped it
 *
 * A shard once known stays: its stream may come back.
 */
#include "services/api/feed.h"
#include "services/api/feed_stream.h"
#include <stdio.h>

#define TICK_MS    1000
#define RELIST_MS  30000
#define SHARDS_MAX 4096

struct feed {
	struct feed_stream_conf conf; /* of all streams */
	const struct feed_ops *ops;
	void *ctx;              /* borrowed */
	struct ra_redis *redis; /* owned; for the set "shards" */
	uv_timer_t timer;
	bool is_wanted, is_asking, is_caught_up;
	int64_t listed_ms;            /* 0: never */
	struct feed_stream **streams; /* owned */
	size_t count;
	int pending; /* the timer handle and the connections, while closing */
	void (*closed)(void *ctx);
	void *closed_ctx; /* borrowed */
};

void feed_entry_id(struct ra_str text, uint64_t *entry_ms, uint64_t *entry)
{
	const char *dash = text.len ? memchr(text.ptr, '-', text.len) : NULL;
	size_t left = dash ? (size_t)(dash - text.ptr) : 0;
	*entry_ms = *entry = 0;
	if (!dash || ra_str_to_u64((struct ra_str){ text.ptr, left }, entry_ms) < 0 ||
	    ra_str_to_u64((struct ra_str){ dash + 1, text.len - left - 1 }, entry) < 0)
		*entry_ms = *entry = 0;
}

static void on_event(void *ctx, const struct feed_place *place, const struct ra_event *event)
{
	const struct feed *feed = ctx;
	feed->ops->on_event(feed->ctx, place, event);
}

/* All that is known of has caught up? */
static void on_turn(void *ctx)
{
	struct feed *feed = ctx;
	bool was = feed->is_caught_up;
	feed->is_caught_up = feed->listed_ms != 0;
	for (size_t i = 0; i < feed->count && feed->is_caught_up; i++)
		feed->is_caught_up = feed_stream_is_caught_up(feed->streams[i]);
	if (feed->is_caught_up && !was)
		feed->ops->on_caught_up(feed->ctx);
}

/* --- the shards there are --- */

static bool is_shard_name(struct ra_str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!strchr("0123456789.", name.ptr[i]))
			return false;
	return name.len > 0 && name.len < 24;
}

static void add_stream(struct feed *feed, struct ra_str shard)
{
	char key[40];
	if (!is_shard_name(shard) || feed->count == SHARDS_MAX)
		return;
	snprintf(key, sizeof(key), "events:{%.*s}", (int)shard.len, shard.ptr);
	for (size_t i = 0; i < feed->count; i++)
		if (strcmp(feed_stream_key(feed->streams[i]), key) == 0)
			return;
	struct feed_stream *stream = feed_stream_open(&feed->conf, shard, NULL);
	if (!stream)
		return; /* the URL was good for the set */
	feed->streams = ra_realloc(feed->streams, (feed->count + 1) * sizeof(struct feed_stream *));
	feed->streams[feed->count++] = stream;
	feed_stream_want(stream, feed->is_wanted);
}

static void on_shards(void *ctx, const redisReply *reply)
{
	struct feed *feed = ctx;
	feed->is_asking = false;
	if (!reply || reply->type != REDIS_REPLY_ARRAY || feed->closed)
		return;
	for (size_t i = 0; i < reply->elements; i++)
		add_stream(feed, ra_reply_str(reply->element[i]));
	feed->listed_ms = feed->conf.now_ms();
	on_turn(feed);
}

static void list(struct feed *feed)
{
	bool is_old = feed->count == 0 || feed->conf.now_ms() - feed->listed_ms > RELIST_MS;
	if (feed->is_wanted && is_old && !feed->is_asking)
		feed->is_asking =
			ra_redis_sendf(feed->redis, on_shards, feed, "SMEMBERS shards") == 0;
}

static void on_up(void *ctx)
{
	list(ctx);
}

static void on_timer(uv_timer_t *timer)
{
	struct feed *feed = ra_container_of(timer, struct feed, timer);
	list(feed);
	for (size_t i = 0; i < feed->count; i++)
		feed_stream_want(feed->streams[i], true);
}

/* --- life --- */

struct feed *feed_open(uv_loop_t *loop, const char *redis_url, const struct ra_log *log,
		       int64_t (*now_ms)(void), const struct feed_ops *ops, void *ctx,
		       struct ra_err *err)
{
	static const struct ra_redis_ops redis_ops = { .on_up = on_up };
	struct feed *feed = ra_new(struct feed);
	*feed = (struct feed){
		.conf = { .loop = loop,
			  .redis_url = redis_url,
			  .log = log,
			  .now_ms = now_ms,
			  .on_event = on_event,
			  .on_turn = on_turn,
			  .ctx = feed },
		.ops = ops,
		.ctx = ctx,
	};
	feed->redis = ra_redis_open(loop, redis_url, "shards", log, &redis_ops, feed, err);
	if (!feed->redis) {
		ra_free(feed);
		return NULL;
	}
	uv_timer_init(loop, &feed->timer);
	return feed;
}

static void unref(void *ctx)
{
	struct feed *feed = ctx;
	if (--feed->pending > 0)
		return;
	feed->closed(feed->closed_ctx);
	ra_free(feed->streams);
	ra_free(feed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct feed, timer));
}

void feed_close(struct feed *feed, void (*closed)(void *ctx), void *ctx)
{
	feed->closed = closed;
	feed->closed_ctx = ctx;
	feed->pending = 2 + (int)feed->count;
	uv_close((uv_handle_t *)&feed->timer, on_timer_closed);
	ra_redis_close(feed->redis, unref, feed);
	for (size_t i = 0; i < feed->count; i++)
		feed_stream_close(feed->streams[i], unref, feed);
}

void feed_want(struct feed *feed, bool is_wanted)
{
	if (is_wanted == feed->is_wanted)
		return;
	feed->is_wanted = is_wanted;
	list(feed);
	for (size_t i = 0; i < feed->count; i++)
		feed_stream_want(feed->streams[i], is_wanted);
	if (is_wanted)
		uv_timer_start(&feed->timer, on_timer, TICK_MS, TICK_MS);
	else
		uv_timer_stop(&feed->timer);
}

bool feed_is_caught_up(const struct feed *feed)
{
	return feed->is_caught_up;
}

bool feed_is_ready(void *ctx, char why[128])
{
	const struct feed *feed = ctx;
	const char *trouble = ra_redis_trouble(feed->redis);
	for (size_t i = 0; i < feed->count && !*trouble; i++)
		trouble = feed_stream_trouble(feed->streams[i]);
	snprintf(why, 128, "%s", trouble);
	return !*trouble;
}
