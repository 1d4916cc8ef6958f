/*
 * inbox: see inbox.h. How many shards there are stands in the fleet's plan; it
 * is asked for every few seconds, and every shard gets an inbox_stream. One
 * whose plan is given up is closed.
 */
#include "services/api/inbox.h"
#include "libshared/fleet/view.h"
#include "libshared/redis/redis.h"
#include "services/api/inbox_stream.h"
#include <stdio.h>

#define LIST_MS 3000

struct inbox {
	struct inbox_conf conf;
	struct ra_redis *redis; /* owned; for the plan */
	uv_timer_t timer;
	struct inbox_stream **streams; /* owned */
	size_t count;
	int pending; /* streams closing; while stopping, everything else, too */
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

static void unref(void *ctx)
{
	struct inbox *inbox = ctx;
	if (--inbox->pending > 0 || !inbox->stopped)
		return;
	inbox->stopped(inbox->stopped_ctx);
	ra_free(inbox->streams);
	ra_free(inbox);
}

/* --- the shards there are --- */

static struct inbox_stream *find(const struct inbox *inbox, const char *key)
{
	for (size_t i = 0; i < inbox->count; i++)
		if (strcmp(inbox_stream_key(inbox->streams[i]), key) == 0)
			return inbox->streams[i];
	return NULL;
}

static void add_plan(struct inbox *inbox, unsigned shards)
{
	for (unsigned i = 0; i < shards; i++) {
		char key[RA_INTERACTION_KEY_MAX];
		ra_interaction_key(key, shards, i);
		if (find(inbox, key))
			continue;
		struct inbox_stream *stream = inbox_stream_open(&inbox->conf, key, NULL);
		if (!stream)
			return; /* the URL was good for the plan */
		inbox->streams = ra_realloc(inbox->streams,
					    (inbox->count + 1) * sizeof(struct inbox_stream *));
		inbox->streams[inbox->count++] = stream;
	}
}

static bool is_of(const struct inbox_stream *stream, unsigned shards)
{
	char prefix[RA_INTERACTION_KEY_MAX];
	snprintf(prefix, sizeof(prefix), "interactions:{%u.", shards);
	return ra_str_starts(ra_str_of(inbox_stream_key(stream)), prefix);
}

static void close_others(struct inbox *inbox, unsigned count, unsigned next)
{
	size_t kept = 0;
	for (size_t i = 0; i < inbox->count; i++) {
		struct inbox_stream *stream = inbox->streams[i];
		if (is_of(stream, count) || is_of(stream, next)) {
			inbox->streams[kept++] = stream;
		} else {
			inbox->pending++;
			inbox_stream_close(stream, unref, inbox);
		}
	}
	inbox->count = kept;
}

static unsigned number_of(const redisReply *reply)
{
	uint64_t n;
	return ra_str_to_u64(ra_reply_str(reply), &n) == 0 && n <= RA_FLEET_SHARDS_MAX ? (unsigned)n
										       : 0;
}

static void on_plan(void *ctx, const redisReply *reply)
{
	struct inbox *inbox = ctx;
	if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || inbox->stopped)
		return;
	unsigned count = number_of(reply->element[0]), next = number_of(reply->element[1]);
	if (count == 0 && next == 0)
		return; /* nobody has begun, or Redis was emptied: what is there stays */
	close_others(inbox, count, next);
	add_plan(inbox, count);
	add_plan(inbox, next);
}

static void list(struct inbox *inbox)
{
	(void)!ra_redis_sendf(inbox->redis, on_plan, inbox, "HMGET " RA_FLEET_KEY " count next");
}

static void on_up(void *ctx)
{
	list(ctx);
}

static void on_timer(uv_timer_t *timer)
{
	list(ra_container_of(timer, struct inbox, timer));
}

void inbox_done(struct inbox *inbox, const struct inbox_place *place)
{
	struct inbox_stream *stream = find(inbox, place->key);
	if (stream)
		inbox_stream_done(stream, place->entry);
}

/* --- life --- */

struct inbox *inbox_start(const struct inbox_conf *conf, struct ra_err *err)
{
	static const struct ra_redis_ops ops = { .on_up = on_up };
	struct inbox *inbox = ra_new(struct inbox);
	inbox->conf = *conf;
	inbox->redis = ra_redis_open(conf->loop, conf->redis_url, RA_FLEET_KEY, conf->log, &ops,
				     inbox, err);
	if (!inbox->redis) {
		ra_free(inbox);
		return NULL;
	}
	uv_timer_init(conf->loop, &inbox->timer);
	uv_timer_start(&inbox->timer, on_timer, LIST_MS, LIST_MS);
	return inbox;
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct inbox, timer));
}

void inbox_stop(struct inbox *inbox, void (*stopped)(void *ctx), void *ctx)
{
	inbox->stopped = stopped;
	inbox->stopped_ctx = ctx;
	inbox->pending += 2 + (int)inbox->count;
	uv_close((uv_handle_t *)&inbox->timer, on_timer_closed);
	ra_redis_close(inbox->redis, unref, inbox);
	for (size_t i = 0; i < inbox->count; i++)
		inbox_stream_close(inbox->streams[i], unref, inbox);
	inbox->count = 0;
}
