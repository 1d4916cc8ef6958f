/*
 * publisher: one shard's events into its Redis stream, exactly once.
 *
 * Everything between two acknowledgements goes out as one MULTI: the XADDs
 * and the session they bring us to (design, section 4). Redis has both or
 * neither, so what it holds in "session:{N.I}" is where we are, whatever
 * happened to us, to it, or to the connection:
 *
 *   LOADING -> IDLE <-> FLYING        one MULTI in the air at a time
 *      ^         |         |          what comes meanwhile fills the next
 *      '---------+-- Redis went away; when it is back, what it holds says
 *                    whether the flight landed (go on), did not (fly again),
 *                    or that Redis lost more than that (rewind)
 *
 * A shard has one publisher in the world, because it takes the shard's fence
 * before it reads anything: from then on the flights of whoever had it before
 * come to nothing, and he is told (on_lost).
 *
 * The session at the end of everything appended is publisher_session(); it
 * is the one truth in the process, the shard keeps no copy.
 */
#pragma once
#include "libshared/base/log.h"
#include "proto/events.h"
#include "proto/interaction.h"
#include "services/gateway-ingest/session.h"
#include <uv.h>

struct publisher;

struct publisher_options {
	const char *redis_url; /* borrowed */
	unsigned shard, shards;
	int64_t max_entries; /* the stream is trimmed to about as many */
};

struct publisher_ops {
	/* Redis is there and publisher_session() is what it held. Once, at the start. */
	void (*on_loaded)(void *ctx);
	/* Redis holds less than we had sent (or nothing): what was buffered is dropped and
	 * publisher_session() is what it holds. Continue from there. */
	void (*on_rewound)(void *ctx);
	/* A flight has landed. */
	void (*on_landed)(void *ctx);
	/* Another holds the shard now: nothing will be published any more. Only stop it. */
	void (*on_lost)(void *ctx);
	/* Too much is buffered; or no longer. */
	void (*on_pressure)(void *ctx, bool is_full);
};

/* Starts connecting. NULL and *err when the URL is malformed. Everything is borrowed. */
struct publisher *publisher_start(uv_loop_t *loop, const struct publisher_options *options,
				  const struct publisher_ops *ops, const struct ra_log *log,
				  void *ctx, struct ra_err *err);
/* Sends what is buffered if Redis takes it now (if not, Discord replays it to the next process),
 * then closes. `closed` comes from the loop; the memory goes after it. Appending is over. */
void publisher_stop(struct publisher *p, void (*closed)(void *ctx), void *ctx);

struct publisher_figures {
	uint64_t fence;
	uint64_t events;         /* acknowledged by Redis */
	uint64_t publish_ms;     /* how long Redis took for the last flight */
	uint64_t buffered_bytes; /* waiting, or in the air */
};

struct publisher_figures publisher_figures(const struct publisher *p);

/* The shard's plan is given up for another: what is appended so far is the last of its stream, and
 * the flight with it says so in Redis ("retired"). Before on_loaded: nothing will be appended. */
void publisher_retire(struct publisher *p);
/* That has landed, or had before we came. */
bool publisher_is_retired(const struct publisher *p);

const struct session *publisher_session(const struct publisher *p);
bool publisher_is_loaded(const struct publisher *p);
/* "" when Redis takes what we send. */
const char *publisher_trouble(const struct publisher *p);
/* The connection, for what belongs beside the events. Up to publisher_stop(). */
struct ra_redis *publisher_redis(const struct publisher *p);
/* Nothing is trimmed meanwhile (trim.h). */
void publisher_hold_stream(struct publisher *p, bool is_held);
/* In the stream, some seconds ago. */
uint64_t publisher_stream_entries(const struct publisher *p);

/* A dispatch: begin, events, end. Its events are never split over two MULTIs. `seq` may be the
 * current one: parts are then counted on. */
void publisher_begin(struct publisher *p, uint64_t seq);
/* Within begin and end: a new session begins with this dispatch. */
void publisher_enter_session(struct publisher *p, struct ra_str id, struct ra_str resume_url);
/* What it was begun with. */
void publisher_note_intents(struct publisher *p, int64_t intents, int64_t withheld);
/* Fills session, seq and part. */
void publisher_add(struct publisher *p, struct ra_event *event);
/* Within begin and end: what can be answered, for its own stream. */
void publisher_add_interaction(struct publisher *p, const struct ra_interaction *interaction);
/* `keep` false: forgets the events since begin; the number is used up all the same. */
void publisher_end(struct publisher *p, bool keep);

/* The session is gone; what is buffered stays. */
void publisher_forget_session(struct publisher *p);
/* What is known of the session's guilds, kept with it. */
void publisher_note_guilds(struct publisher *p, struct roll_count guilds);
/* The shard was connected at `at` (ms). */
void publisher_alive(struct publisher *p, int64_t at);
/* Stores the session soon, even without events. */
void publisher_touch(struct publisher *p);
