/*
 * streams: finds the shards that publish (set "shards" in Redis), shares
 * their streams out among the replicas of this service, and keeps a consumer
 * for each that is ours.
 *
 *	every DISCOVER_INTERVAL: shards, the fleet's plan, who holds what -> take, give up, drop
 *
 * A replica is a shared advisory lock on a connection of its own, so everybody
 * sees how many there are, and one that dies is gone at once. The fair share
 * of each is the streams divided by the replicas, the first by pid take one
 * more; who has more gives up one a round, who has less takes free ones. Which
 * of two takes a stream the stream's lock decides (consumer.h), so a round
 * judged by old news costs time and nothing else.
 *
 * A stream of another plan waits until those of the plan before are folded to
 * their ends (handover.h). Streams of former plans are dropped from Redis
 * RETIRED_KEEP after they ended.
 */
#pragma once
#include "libshared/loop/service.h"

struct streams;

struct streams *streams_start(struct ra_service *service);
/* Stops every consumer; the loop runs dry when all are gone. */
void streams_stop(struct streams *streams);
void streams_free(struct streams **streams);
/* The shards whose streams this process folds and is up to date with; returns how many, `max` at
 * most. */
size_t streams_at_ease(const struct streams *streams, int64_t *shard_ids, int64_t *shard_counts,
		       size_t max);
bool streams_are_ready(void *streams, char why[128]);
