/*
 * trim: keeps a shard's stream as short as its readers allow.
 *
 * Every reader says in "needs:{N.I}" which entry is the oldest it would read
 * again; what is older than the oldest of these goes, every few seconds. With
 * no reader registered nothing goes: then only the cap of the XADDs bounds the
 * stream (STREAM_MAX_ENTRIES). When the cap took what somebody still needed,
 * that is counted, and said once a minute.
 *
 * While two plans of shards tell the same, nothing goes either: who reads the
 * new streams will want to know all that the old ones told meanwhile.
 *
 *   timer -> HGETALL needs, XINFO STREAM -> XTRIM MINID -> timer
 */
#pragma once
#include "libshared/base/log.h"
#include <uv.h>

#define TRIM_EVERY_MS 5000

struct ra_redis;

struct stream_id {
	uint64_t ms, seq;
};

struct trim {
	struct ra_redis *redis;   /* borrowed */
	const struct ra_log *log; /* borrowed */
	char shard[24];           /* "N.I" */
	uv_timer_t timer;
	bool is_held; /* two plans run: looks, and trims nothing */
	bool is_asking;
	bool has_readers;
	struct stream_id needed; /* by the slowest of them */
	char slowest[64];        /* its name */
	bool has_looked;         /* at this stream, on this connection */
	uint64_t removed;        /* entries that had left the stream, then */
	uint64_t trimmed;        /* those of them that we removed since */
	uint64_t discarded;      /* needed, and gone; not told yet */
	uint64_t told_at_ms;     /* monotonic; 0: never */
	uint64_t entries;        /* in the stream, when we last looked */
};

/* Commands go out on `redis` whenever it is up. The timer is embedded: trim_stop() before its
 * owner's memory goes. */
void trim_start(struct trim *t, uv_loop_t *loop, struct ra_redis *redis, unsigned shard,
		unsigned shards, uint64_t every_ms, const struct ra_log *log);
void trim_stop(struct trim *t, uv_close_cb closed);
