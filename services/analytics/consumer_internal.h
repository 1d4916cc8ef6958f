/* consumer_internal: what the parts of a consumer share. consumer.c lives and goes back,
 * consumer_read.c asks Redis, consumer_commit.c writes. */
#pragma once
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"
#include "services/analytics/consumer.h"
#include "libshared/stream/entries.h"
#include "services/analytics/fold.h"
#include "services/analytics/lookback.h"

enum step {
	CONNECT,
	LOCK,
	LOAD,
	CHECK,
	HANDOVER,
	SEED,
	READ,
	LOOK_UP,
	MONTHS,
	COMMIT,
	DONE,
	STOPPED
};

struct consumer {
	const struct consumer_conf *conf; /* borrowed */
	uv_loop_t *loop;
	struct ra_field fields[2];
	struct ra_log log;
	char name[32];          /* "4.0" */
	char stream[48];        /* "events:{4.0}" */
	struct ra_pg *pg;       /* owned */
	struct ra_redis *redis; /* owned */
	enum step step;
	struct state state;
	struct batch batch;
	struct fold fold;
	struct ra_entries entries; /* read and not yet folded */
	struct handover *handover; /* owned; NULL: none, or not begun */
	bool is_handover_ready;
	int64_t asked_entries, batch_entries; /* of the last read; in the batch */
	struct lookback lookback;
	char needed[ENTRY_ID_SIZE];   /* oldest entry we would read again; "" not known yet */
	uint64_t needed_told_ms;      /* monotonic */
	int64_t ready_from, ready_to; /* partitions exist from one to the other */
	uint64_t sent_at_ms;          /* monotonic, of the batch being committed */
	bool is_current;              /* has read what there is, or somebody else does */
	bool is_drained;              /* the last look found nothing: wait for entries */
	bool is_abandoned;            /* no plan has this shard any more */
	uint64_t full_until_ms;       /* monotonic; Redis has no memory left: look by script */
	bool is_asking;               /* a Redis command is in flight; never more than one */
	bool is_stale; /* and was sent before memory was thrown away: ignore its answer */
	struct ra_backoff backoff;
	uv_timer_t timer;
	int pending; /* things to close before the memory may go */
	void (*stopped)(void *ctx);
	void *stopped_ctx;
};

/* The only place where `step` goes on. */
void consumer_enter(struct consumer *c, enum step step);
void consumer_again_later(struct consumer *c, enum step step, uint64_t ms);
/* PostgreSQL said no: what is in memory may differ from what is stored, so load again. */
void consumer_fall_back(struct consumer *c, const struct ra_err *err);
void consumer_end_handover(struct consumer *c);

bool consumer_is_redis_step(enum step step);
void consumer_enter_check(struct consumer *c);
void consumer_enter_handover(struct consumer *c);
void consumer_enter_seed(struct consumer *c);
void consumer_enter_read(struct consumer *c);

void consumer_enter_look_up(struct consumer *c);
void consumer_enter_months(struct consumer *c);
void consumer_enter_commit(struct consumer *c);
