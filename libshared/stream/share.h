/* share: which streams may be read now, and how many of them are ours. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is known of a stream. */
struct ra_share_stream {
	uint32_t shard_count, shard_id;
	int64_t first_ms; /* when its first entry came; 0 not known */
	bool is_finished; /* folded to its end */
	bool is_held;     /* somebody holds its lock, or is about to */
	bool is_mine;     /* a reader of ours reads it, or waits for its lock */
};

/* What is known of the fleet of gateway-ingest; 0: nothing. */
struct ra_share_plan {
	uint32_t count; /* serves */
	uint32_t next;  /* is being brought up */
};

/* In no plan of the fleet. */
bool ra_share_is_left(const struct ra_share_plan *plan, uint32_t shard_count);
/* More than one plan was left behind before it was read: their order must be known. */
bool ra_share_needs_order(const struct ra_share_plan *plan, const struct ra_share_stream *streams,
			  size_t count);
/* May it be read now? Not if it is at its end, or has to wait for a plan before it. */
bool ra_share_may_read(const struct ra_share_plan *plan, const struct ra_share_stream *streams,
		       size_t count, size_t which);
/* How many streams of `wanted` the replica `rank` (from 0) of `replicas` should hold. */
size_t ra_share_of(size_t wanted, size_t replicas, size_t rank);
