/*
 * heartbeat: keeps a gateway connection alive and notices when it is dead.
 *
 *   HELLO -> wait interval x random -> beat -> wait interval -> beat ...
 *
 * Dead is: no ACK for the last beat and not a byte since it was sent. ACKs
 * alone are not asked for, because they queue behind megabytes of guilds.
 * While we do not read on purpose, silence proves nothing.
 */
#pragma once
#include "libshared/base/base.h"
#include <uv.h>

struct heartbeat {
	uv_timer_t timer;
	uint64_t interval_ms;
	uint64_t sent_at_ms; /* last beat, monotonic; 0: none yet */
	uint64_t latency_ms; /* of the last one that was acknowledged */
	bool is_acked;       /* that beat was */
	bool has_life;       /* bytes came since it */
	/* false: it could not be sent, so there is nothing to wait for. */
	bool (*beat)(void *ctx);
	void (*died)(void *ctx);
	void *ctx; /* borrowed */
};

/* The timer is embedded: heartbeat_close() before its owner's memory goes. */
void heartbeat_init(struct heartbeat *h, uv_loop_t *loop, bool (*beat)(void *ctx),
		    void (*died)(void *ctx), void *ctx);
void heartbeat_close(struct heartbeat *h, uv_close_cb closed);
/* HELLO came. */
void heartbeat_start(struct heartbeat *h, uint64_t interval_ms);
void heartbeat_stop(struct heartbeat *h);
/* Bytes came, or reading is paused. */
static inline void heartbeat_life(struct heartbeat *h)
{
	h->has_life = true;
}
/* How many there are in so long, at most. */
static inline uint64_t heartbeat_beats_in(const struct heartbeat *h, uint64_t ms)
{
	return h->interval_ms > 0 ? ms / h->interval_ms + 1 : 1;
}
void heartbeat_ack(struct heartbeat *h);
