/*
 * feed: the event streams of all shards, read as they grow, half an hour back
 * at first. Reads only while somebody wants it to.
 */
#pragma once
#include "libshared/redis/redis.h"
#include "proto/events.h"

struct feed;

/* Where an event stands. */
struct feed_place {
	const char *stream;       /* "events:{N.I}"; lives as long as the feed */
	uint64_t entry_ms, entry; /* the entry id, "entry_ms-entry" */
};

struct feed_ops {
	void (*on_event)(void *ctx, const struct feed_place *place, const struct ra_event *event);
	/* Everything there was has been read; from now on it is live. */
	void (*on_caught_up)(void *ctx);
};

/* The window read back when reading begins. */
#define FEED_WINDOW_MS (30LL * 60 * 1000)

struct feed *feed_open(uv_loop_t *loop, const char *redis_url, const struct ra_log *log,
		       int64_t (*now_ms)(void), const struct feed_ops *ops, void *ctx,
		       struct ra_err *err);
/* `closed` comes from the loop when the memory is gone. */
void feed_close(struct feed *feed, void (*closed)(void *ctx), void *ctx);

/* Begins or ends reading. What was read stays known: it goes on where it ended, or at the window's
 * start. */
void feed_want(struct feed *feed, bool is_wanted);
/* Has everything that was in the streams been read? */
bool feed_is_caught_up(const struct feed *feed);
/* A ra_ready_cb: Redis answers. */
bool feed_is_ready(void *feed, char why[128]);
/* "ms-n" apart; zeros when it is no entry id. */
void feed_entry_id(struct ra_str text, uint64_t *entry_ms, uint64_t *entry);
