/*
 * holes: when nothing that happened on a shard was told to anybody, because
 * its session was lost. What Discord itself loses stands here, and nowhere
 * else: everything outside was told, or is kept for RESUME.
 */
#pragma once
#include <jansson.h>
#include <stdint.h>

struct hole {
	uint32_t shard, shard_count;
	int64_t from_ms, to_ms; /* world time: the last dispatch before, READY after; 0: open */
};

struct holes {
	struct hole *list; /* owned; in order of their beginning */
	size_t count;
};

void holes_fini(struct holes *holes);
void holes_open(struct holes *holes, uint32_t shard, uint32_t shard_count, int64_t at_ms);
/* A new session of the shard begins. */
void holes_close(struct holes *holes, uint32_t shard, uint32_t shard_count, int64_t at_ms);
/* [{"shard": [i, n], "from_ms", "to_ms"}, ..]. Yours to decref. */
json_t *holes_json(const struct holes *holes);
