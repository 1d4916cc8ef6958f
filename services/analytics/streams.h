/* streams: finds the shards that publish (set "shards" in Redis) and keeps a consumer for each. */
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
