/*
 * fold: what each event adds up to. Changes the state and the batch, nothing
 * else; no I/O, no clock. Definitions: metrics.md; delivery rules: Discord
 * docs, Gateway (an event may arrive more than once).
 *
 * Before folding, the caller collects with fold_wants() whose membership must
 * be known, and fills `known` from the database.
 */
#pragma once
#include "libshared/stream/reading.h"
#include "services/analytics/state.h"

/* What the database said about a member, kept true while folding. */
struct known_row {
	struct user_key key;
	bool is_loaded; /* the database was asked */
	bool is_known;  /* there is a row */
	bool is_bot;
	int64_t joined_at; /* 0 unknown */
	int64_t left_at;   /* 0 still a member, as far as known */
	/* Within the batch (newcomer.h): */
	int64_t stay_began_at; /* the stay that began in it and goes on; 0 none */
	int64_t stays;         /* that began in it */
};

struct fold {
	struct state *state;
	struct batch *batch;
	struct ra_reading *reading; /* borrowed */
	struct ra_table known;      /* of known_row; owned */
	bool is_hearsay;            /* what is being folded is older than what may be known */
};

/* What a message adds up to, told live or read from history (batch->source). True: it is a message
 * of a person (metrics.md). */
bool fold_message(struct batch *batch, uint64_t guild, int64_t at,
		  const struct ra_ev_message_created *message);

/* All three are borrowed. */
void fold_init(struct fold *fold, struct state *state, struct batch *batch,
	       struct ra_reading *reading);
void fold_fini(struct fold *fold);
/* Adds an empty known_row when folding the event needs one. */
void fold_wants(struct fold *fold, const struct ra_event *event);
/* The database has been asked for all of `known`: puts on top what the batch knows better. */
void fold_known_loaded(struct fold *fold);
/* Folds one event that counts (ra_reading_take). */
void fold_event(struct fold *fold, const struct ra_event *event, bool is_hearsay);
/* Fills state->recent from an event folded in earlier. */
void fold_remember(struct state *state, const struct ra_event *event);
/* The stream has come to its end for good: the shard was given up for those of another plan. */
void fold_finish(struct fold *fold);
/* It is `at` now: takes the 5-minute snapshots that became due, cuts voice at the hour. */
void fold_tick(struct fold *fold, int64_t at);
