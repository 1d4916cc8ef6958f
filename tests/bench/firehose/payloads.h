/*
 * payloads: what the firehose says, as Discord writes it: READY, guilds, and
 * an endless mix of dispatches, the same for the same options.
 *
 * Of a hundred dispatches 70 are messages of 1-2 KB, half of them in Russian,
 * 12 reactions, 6 voice states, 6 presences, 2 joins, 2 leaves, 1 edit and
 * 1 deletion. People have names in both scripts, some have roles and nicks,
 * some answer or mention others or attach a picture. As everywhere, a few
 * people and channels have most of it.
 */
#pragma once
#include "libshared/base/buf.h"

/* When each event of a shard is due: so many a second for so long, one phase after another. */
struct pace {
	struct phase {
		double per_ms, ms;
	} phases[8];
	unsigned count;
};

/* Milliseconds after the first. The last phase goes on for ever. */
double pace_due_ms(const struct pace *pace, uint64_t event);
/* How many are due by then. */
uint64_t pace_due_count(const struct pace *pace, double ms);

struct mix {
	unsigned shards;
	unsigned guilds;   /* of all shards together */
	unsigned members;  /* of each guild */
	unsigned channels; /* of each guild; the last is for voice */
	int64_t from_ms;   /* when the first event happens */
	struct pace pace;  /* of a shard, by the messages' own time */
};

/* One shard's share of it. */
struct teller {
	const struct mix *mix; /* borrowed */
	unsigned shard;
	unsigned *guilds; /* owned; numbers of the guilds on this shard */
	unsigned guild_count;
	uint64_t told;       /* events so far */
	uint64_t random;     /* state of the dice */
	uint64_t message_id; /* the last message, for edits, deletions and reactions */
	uint64_t message_channel, message_guild;
	uint64_t seq;
};

void teller_init(struct teller *t, const struct mix *mix, unsigned shard);
void teller_fini(struct teller *t);

/* Each appends one payload. */
void tell_hello(struct teller *t, struct ra_buf *out);
/* `port`: where a RESUME would go. */
void tell_ready(struct teller *t, struct ra_buf *out, int port);
/* The n-th guild of this shard. */
void tell_guild(struct teller *t, struct ra_buf *out, unsigned n);
void tell_event(struct teller *t, struct ra_buf *out);
/* A message that says "the end". */
void tell_end(struct teller *t, struct ra_buf *out);
