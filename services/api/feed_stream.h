/*
 * feed_stream: one shard's stream, read as it grows over a connection of its
 * own, for in a Redis Cluster every stream may be on another node.
 */
#pragma once
#include "services/api/feed.h"

struct feed_stream;

/* All streams of a feed have the same. */
struct feed_stream_conf {
	uv_loop_t *loop;
	const char *redis_url;
	const struct ra_log *log;
	int64_t (*now_ms)(void);
	void (*on_event)(void *ctx, const struct feed_place *place, const struct ra_event *event);
	void (*on_turn)(void *ctx); /* it has caught up, or no longer */
	void *ctx;
};

/* `shard`: "N.I". Everything in `conf` is borrowed. NULL and *err when the URL is malformed. */
struct feed_stream *feed_stream_open(const struct feed_stream_conf *conf, struct ra_str shard,
				     struct ra_err *err);
/* `closed` comes from the loop when the memory is gone. */
void feed_stream_close(struct feed_stream *stream, void (*closed)(void *ctx), void *ctx);

/* Begins or ends reading; said again it goes on after an error. */
void feed_stream_want(struct feed_stream *stream, bool is_wanted);
/* Has everything that was in it been read? */
bool feed_stream_is_caught_up(const struct feed_stream *stream);
/* "events:{N.I}" */
const char *feed_stream_key(const struct feed_stream *stream);
/* "" when Redis answers. */
const char *feed_stream_trouble(const struct feed_stream *stream);
