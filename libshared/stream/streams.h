/*
 * streams: finds the shards that publish (set "shards" in Redis), shares
 * their streams out among the replicas of a service, and keeps a reader for
 * each that is ours.
 *
 *	every discover_ms: shards, the fleet's plan, who holds what -> take, give up, drop
 *
 * A replica is a shared advisory lock on a connection of its own, so everybody
 * sees how many there are, and one that dies is gone at once. The fair share
 * of each is the streams divided by the replicas, the first by pid take one
 * more; who has more gives up one a round, who has less takes free ones. Which
 * of two takes a stream the stream's lock decides (reader.h), so a round
 * judged by old news costs time and nothing else.
 *
 * A stream of another plan waits until those of the plan before are folded to
 * their ends (handover.h). Streams of former plans are dropped from Redis
 * retired_keep_ms after they ended, by whichever service is the last to have
 * read them.
 */
#pragma once
#include "libshared/stream/reader.h"

struct ra_streams;

struct ra_streams_conf {
	const char *redis_url, *database_url; /* borrowed, as is ops */
	const struct ra_reader_ops *ops;
	int64_t batch_entries; /* folded into one transaction at most */
	int64_t discover_ms;
	int64_t retired_keep_ms;
	void *ctx; /* of ops->open; borrowed */
};

/* Everything in `conf` must outlive it, `conf` itself is copied. Never NULL. */
struct ra_streams *ra_streams_start(uv_loop_t *loop, const struct ra_streams_conf *conf);
/* Stops every reader; the loop runs dry when all are gone. */
void ra_streams_stop(struct ra_streams *streams);
void ra_streams_free(struct ra_streams **streams);
/* The shards whose streams this process folds and is up to date with; returns how many, `max` at
 * most. */
size_t ra_streams_at_ease(const struct ra_streams *streams, int64_t *shard_ids,
			  int64_t *shard_counts, size_t max);
/* ra_reader_load_anew() for every reader. */
void ra_streams_load_anew(struct ra_streams *streams);
/* For ra_service_ready_check. */
bool ra_streams_are_ready(void *streams, char why[128]);
