/*
 * reader: folds one shard's stream into PostgreSQL, exactly once (design,
 * section 4). The connection that writes holds the stream's advisory lock, so
 * of many replicas one works and the others wait their turn.
 *
 *   CONNECT -> LOCK -> LOAD -> CHECK -> HANDOVER -> SEED -> READ -> LOOK_UP -> PREPARE -> COMMIT
 *                ^                 ^                        ^  |                             |
 *                | held by another |                        |  '-- the stream has ended ---->|
 *                                                           +--------------------------------+->
 * DONE PostgreSQL lost, or a commit refused: back to CONNECT, memory thrown away Redis lost: back
 * to CHECK
 *
 * In needs:{N.I} it tells about once a second which entry it would read again,
 * so that nobody trims what it needs. A stream cut off beyond its position is
 * told, counted, and said to the fold (struct ra_reading).
 *
 * What is done with the events is the service's, by struct ra_reader_ops: it
 * keeps what it must remember of a stream in memory (its "fold"), folds events
 * into rows, and sends the rows; the position goes with them in one
 * transaction. All that is in memory is in PostgreSQL, too: after any failure
 * it is thrown away and loaded again.
 */
#pragma once
#include "libshared/base/log.h"
#include "libshared/pg/pg.h"
#include "libshared/stream/entries.h"
#include "libshared/stream/reading.h"
#include <uv.h>

/*
 * What a service fills in. All calls come from the loop, in this order:
 *
 *	open -> forget -> load -> [remember ...] -> { look_up -> looked_up -> event ...
 *	     -> prepare -> prepared -> write -> committed } ... -> close
 *
 * and forget -> load again after any failure, whatever was under way. `pg` is the connection that
 * holds the stream's lock: send statements by ra_pg_send, with numbers into `stmts`; the reader
 * syncs. Those that send return 1 when they did, 0 when there was nothing to ask, or what
 * ra_pg_send refused with.
 */
struct ra_reader_ops {
	/* Of the reader in needs:{N.I}, of its schema with table `position`, of the class of its
	 * advisory locks, and of its connections: one lower-case word. */
	const char *name;
	const struct ra_pg_stmt *stmts;
	size_t stmt_count;
	/* What was trimmed before it began for the first time is no loss to it. */
	bool begins_late;

	/* The fold of one stream. `reading` is the reader's and outlives it; all but its clock
	 * (ra_reading_pass_time) is only to be looked at. `ctx` is conf->ctx. */
	void *(*open)(void *ctx, struct ra_reading *reading);
	void (*close)(void *fold);
	/* Back to nothing: neither rows nor memory. */
	void (*forget)(void *fold);
	/* Sends the queries that fill the fold, in their callbacks. */
	int (*load)(void *fold, struct ra_pg *pg);
	/* An event folded in earlier, oldest first: for those who tell repeats apart. May be NULL.
	 */
	void (*remember)(void *fold, const struct ra_event *event);
	/* The guild is available, as far as was folded. NULL: what a snapshot tells after the plan
	 * before has told it too is folded all the same. */
	bool (*is_here)(const void *fold, uint64_t guild);

	/* Asks the database for what must be known before these are folded. Both may be NULL. */
	int (*look_up)(void *fold, struct ra_pg *pg, const struct ra_entries *entries);
	void (*looked_up)(void *fold);
	/* Each event once, in order. `is_hearsay`: it describes somebody, from before what may be
	 * known already: fold it only where nothing is known. */
	void (*event)(void *fold, const struct ra_event *event, bool is_hearsay);
	/* Nothing new came for a while, and the stream is live: it is `at` now. True: there is
	 * something to write. May be NULL. */
	bool (*tick)(void *fold, int64_t at);
	/* The stream has come to its end for good: the shard was given up. May be NULL. */
	void (*finish)(void *fold);
	/* False: what was folded belongs together with what comes next, do not commit here, unless
	 * nothing comes for a while. NULL: it never does. */
	bool (*is_whole)(const void *fold);

	/* A transaction of its own before the commit, for what takes locks (partitions). Both may
	 * be NULL. */
	int (*prepare)(void *fold, struct ra_pg *pg);
	void (*prepared)(void *fold);
	/* Sends the rows; those of the transaction that also moves the position. An SQLSTATE 40001
	 * raised by them means "load anew" and is no error. 0, or what ra_pg_send refused with. */
	int (*write)(void *fold, struct ra_pg *pg);
	/* It is so: forget the rows, keep the memory. */
	void (*committed)(void *fold);
};

struct ra_reader;

struct ra_reader_conf {
	const char *redis_url, *database_url; /* borrowed, as is ops */
	const struct ra_reader_ops *ops;
	uint32_t shard_id, shard_count;
	int64_t batch_entries; /* folded into one transaction at most */
	int64_t idle_tick_ms;  /* how long a read waits for entries */
	/* The shard was given up for those of another plan, and all it told is folded in: nothing
	 * comes any more. Stop the reader, though not from within. May be NULL. */
	void (*done)(void *done_ctx);
	void *done_ctx; /* borrowed */
	void *ctx;      /* of ops->open; borrowed */
};

/* Everything in `conf` must outlive the reader. Never NULL. */
struct ra_reader *ra_reader_start(uv_loop_t *loop, const struct ra_reader_conf *conf);
/* Lets go of both connections; `stopped` comes from the loop when the memory is gone. What was not
 * committed will be read again by whoever holds the stream next. */
void ra_reader_stop(struct ra_reader *reader, void (*stopped)(void *ctx), void *ctx);
/* No plan of the fleet has this shard: the stream ends where it ends, though nobody says so. */
void ra_reader_set_abandoned(struct ra_reader *reader, bool is_abandoned);
/* What the fold was loaded from has changed: between two batches it is loaded again. */
void ra_reader_load_anew(struct ra_reader *reader);
/* It holds the stream's lock. */
bool ra_reader_holds(const struct ra_reader *reader);
/* It holds the stream and has read what there is: other work may be done beside it. */
bool ra_reader_is_at_ease(const struct ra_reader *reader);
/* False, and why, while it can neither work nor wait for its turn, and while what it reads is old.
 */
bool ra_reader_is_ready(const struct ra_reader *reader, char why[128]);
