/*
 * consumer: folds one shard's stream into PostgreSQL, exactly once (design,
 * section 4). The connection that writes holds the stream's advisory lock, so
 * of many replicas one works and the others wait their turn.
 *
 *   CONNECT -> LOCK -> LOAD -> CHECK -> HANDOVER -> SEED -> READ -> LOOK_UP -> MONTHS -> COMMIT
 *                ^                 ^                        ^  |                           |
 *                | held by another |                        |  '-- the stream has ended -->|
 *                                                           +------------------------------+-> DONE
 *   PostgreSQL lost, or a commit refused: back to CONNECT, memory thrown away
 *   Redis lost: back to CHECK
 *
 * In needs:{N.I} it tells about once a second which entry it would read again,
 * so that nobody trims what it needs. A stream cut off beyond its position is
 * told, counted, and a gap of coverage.
 */
#pragma once
#include "libshared/base/log.h"
#include <uv.h>

struct consumer;

struct consumer_conf {
	const char *redis_url, *database_url; /* borrowed */
	uint32_t shard_id, shard_count;
	int64_t batch_entries; /* folded into one transaction at most */
	int64_t idle_tick_ms;  /* how long a read waits for entries */
	/* The shard was given up for those of another plan, and all it told is folded in: nothing
	 * comes any more. Stop the consumer, though not from within. May be NULL. */
	void (*done)(void *ctx);
	void *ctx; /* borrowed */
};

/* Everything in `conf` must outlive the consumer. Never NULL. */
struct consumer *consumer_start(uv_loop_t *loop, const struct consumer_conf *conf);
/* Lets go of both connections; `stopped` comes from the loop when the memory is gone. What was not
 * committed will be read again by whoever holds the stream next. */
void consumer_stop(struct consumer *consumer, void (*stopped)(void *ctx), void *ctx);
/* No plan of the fleet has this shard: the stream ends where it ends, though nobody says so. */
void consumer_set_abandoned(struct consumer *consumer, bool is_abandoned);
/* It holds the stream's lock. */
bool consumer_holds(const struct consumer *consumer);
/* It holds the stream and has read what there is: history may be read beside it. */
bool consumer_is_at_ease(const struct consumer *consumer);
/* False, and why, while it can neither work nor wait for its turn, and while what it reads is old.
 */
bool consumer_is_ready(const struct consumer *consumer, char why[128]);
