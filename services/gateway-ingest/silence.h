/*
 * silence: notices a connection whose heartbeats are answered while nothing
 * else comes, although something should: Discord has forgotten to tell us.
 *
 * What should come is known from the shard's own past. Silence is suspicious
 * when it lasts longer than the limit, and twice as long as any silence of
 * the last day or two. Asking (a RESUME, which replays what was missed) costs
 * little; when it brings nothing the silence was real, and is remembered: so
 * a quiet shard asks ever more rarely, and soon not at all.
 */
#pragma once
#include "libshared/base/base.h"

#define SILENCE_ENOUGH 100 /* dispatches make a past */

struct silence {
	uint64_t limit_ms;      /* 0: never suspicious */
	uint64_t last_ms;       /* the last dispatch, or the beginning */
	uint64_t longest_ms[2]; /* silence of this day, and of the day before */
	uint64_t day_ms;        /* when this day began */
	uint64_t heard;         /* dispatches */
	bool is_asking;         /* we left because of it; the RESUME will tell */
};

/* Times are monotonic, in ms. */

/* In a new session: from now on we listen. */
void silence_begin(struct silence *s, uint64_t now_ms);
/* A dispatch came, of what happens in guilds. */
void silence_heard(struct silence *s, uint64_t now_ms);
/* Resumed: what was missed has come by now. */
void silence_resumed(struct silence *s, uint64_t now_ms);
/* At a heartbeat's answer: true when it is time to ask. */
bool silence_is_suspicious(struct silence *s, uint64_t now_ms);
