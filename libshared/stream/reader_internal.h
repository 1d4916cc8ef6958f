/* reader_internal: what the parts of a reader share. reader.c lives and goes back, reader_begin.c
 * finds where to begin, reader_read.c reads on, both by reader_ask.c, reader_commit.c writes. */
#pragma once
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"
#include "libshared/stream/handover.h"
#include "libshared/stream/lookback.h"
#include "libshared/stream/reader.h"
#include "libshared/stream/reader_sql.h"

enum step {
	CONNECT,
	LOCK,
	LOAD,
	CHECK,
	HANDOVER,
	SEED,
	READ,
	LOOK_UP,
	PREPARE,
	COMMIT,
	DONE,
	STOPPED
};

struct ra_reader {
	const struct ra_reader_conf *conf; /* borrowed */
	const struct ra_reader_ops *ops;   /* borrowed */
	uv_loop_t *loop;
	struct ra_field fields[2];
	struct ra_log log;
	char name[32];            /* "4.0" */
	char stream[48];          /* "events:{4.0}" */
	char connection_name[48]; /* "rations-analytics" */
	struct reader_sql_table sql;
	struct ra_pg *pg;       /* owned */
	struct ra_redis *redis; /* owned */
	enum step step;
	struct ra_reading reading;
	void *fold;                           /* owned: of ops->open */
	struct ra_arena arena;                /* texts of what was read since the last commit */
	struct ra_entries entries;            /* read and not yet folded */
	bool is_handover_ready;               /* reading.handover is */
	int64_t asked_entries, batch_entries; /* of the last read; in the batch */
	uint64_t batch_events;                /* folded, hearsay aside */
	struct ra_lookback lookback;
	char needed[RA_ENTRY_ID_SIZE]; /* oldest entry we would read again; "" not known yet */
	uint64_t needed_told_ms;       /* monotonic */
	uint64_t sent_at_ms;           /* monotonic, of the batch being committed */
	bool is_current;               /* has read what there is, or somebody else does */
	bool is_drained;               /* the last look found nothing: wait for entries */
	bool is_placed;                /* a restored position was looked for in the stream */
	bool is_abandoned;             /* no plan has this shard any more */
	bool is_outdated;              /* what the fold knows has changed: load it anew */
	uint64_t full_until_ms;        /* monotonic; Redis has no memory left: look by script */
	bool is_asking;                /* a Redis command is in flight; never more than one */
	bool is_stale; /* and was sent before memory was thrown away: ignore its answer */
	struct ra_backoff backoff;
	uv_timer_t timer;
	int pending; /* things to close before the memory may go */
	void (*stopped)(void *ctx);
	void *stopped_ctx;
};

/* The only place where `step` goes on. */
void reader_enter(struct ra_reader *r, enum step step);
void reader_again_later(struct ra_reader *r, enum step step, uint64_t ms);
/* PostgreSQL said no: what is in memory may differ from what is stored, so load again. */
void reader_fall_back(struct ra_reader *r, const struct ra_err *err);
void reader_end_handover(struct ra_reader *r);
/* What was folded may be committed here. */
bool reader_is_whole(const struct ra_reader *r);

/* --- reader_ask.c --- */

bool reader_is_redis_step(enum step step);
/* What the enter functions do with the result of sending. */
void reader_asked(struct ra_reader *r, int rc);
/* The answer to the command of this step, or NULL when it is not to be used: it is stale, or the
 * connection is gone, and then on_redis_up begins again. */
const redisReply *reader_take_answer(struct ra_reader *r, const redisReply *reply);

/* One command of a look. */
struct question {
	struct ra_str words[6];
	size_t count;
};

#define QUESTION(...)                                                                              \
	(struct question)                                                                          \
	{                                                                                          \
		.words = { __VA_ARGS__ },                                                          \
		.count = sizeof((struct ra_str[]){ __VA_ARGS__ }) / sizeof(struct ra_str)          \
	}

/* Whether the shard was given up, then what else is asked: all of one moment. */
void reader_look(struct ra_reader *r, ra_redis_reply_cb done, const struct question *more,
		 size_t count);
/* `exec`: the answer to a look. */
bool reader_was_given_up(const struct ra_reader *r, const redisReply *exec);

/* --- reader_begin.c --- */

void reader_finish(struct ra_reader *r);
void reader_enter_check(struct ra_reader *r);
void reader_enter_handover(struct ra_reader *r);
void reader_enter_seed(struct ra_reader *r);

/* --- reader_read.c, reader_commit.c --- */

void reader_enter_read(struct ra_reader *r);
void reader_enter_look_up(struct ra_reader *r);
void reader_enter_prepare(struct ra_reader *r);
void reader_enter_commit(struct ra_reader *r);
