/*
 * chunks: asks for the members that GUILD_CREATE did not list: without
 * GUILD_PRESENCES that is nearly all of them (op 8,
 * https://discord.com/developers/docs/events/gateway-events#request-guild-members).
 *
 * One guild after the other, slowly, and none twice in 30 s:
 *
 *   guild_synced with fewer members than there are -> waiting -> asked -> chunks ... -> done
 *                                                        ^          |
 *                                                        '----------' RATE_LIMITED, or no answer
 *
 * The chunks are dispatches like any other: a RESUME brings what was missed.
 * Which guilds are still to be asked for stands in Redis, "unlisted:{N.I}",
 * so that whoever goes on with the session goes on asking; a new session
 * begins anew, because it lists all guilds again.
 */
#pragma once
#include "libshared/base/fifo.h"
#include "proto/events.h"
#include "services/gateway-ingest/id_set.h"
#include <uv.h>

#define CHUNKS_EVERY_MS 1200  /* between requests; 120 sends in 60 s are allowed, all in all */
#define CHUNKS_GUILD_MS 30000 /* between requests for one guild */
#define CHUNKS_PATIENCE 25    /* turns of CHUNKS_EVERY_MS to wait for an answer, then once more */
#define CHUNKS_ATTEMPTS 3
#define CHUNKS_RECENT   32    /* more than are asked for in CHUNKS_GUILD_MS */
#define CHUNKS_MAX      20000 /* guilds waiting; a shard has 2,500 */

struct ra_redis;

struct chunks_ops {
	/* false: what was asked for would not be heard now. */
	bool (*is_listening)(void *ctx);
	/* true: the request is on its way. false: not now, ask again later. */
	bool (*ask)(void *ctx, uint64_t guild);
};

struct chunks {
	const struct chunks_ops *ops; /* borrowed */
	void *ctx;                    /* borrowed */
	struct ra_redis *redis;       /* borrowed */
	char key[48];                 /* unlisted:{N.I} */
	uint64_t every_ms;
	uv_timer_t timer;
	bool is_known;          /* what Redis holds is what we have */
	struct id_set unlisted; /* to be asked for, or asked */
	struct ra_fifo queue;   /* of them, those waiting */
	uint64_t guild;         /* asked; 0: none */
	unsigned attempts;
	unsigned patience; /* turns left */
	struct {
		uint64_t guild, at_ms;
	} recent[CHUNKS_RECENT];
	unsigned next_recent;
	uint64_t listing; /* the guild being listed, and its members */
	int64_t members;
};

/* The timer is embedded: chunks_stop() before its owner's memory goes. `every_ms`: CHUNKS_EVERY_MS,
 * less in tests. */
void chunks_start(struct chunks *c, uv_loop_t *loop, struct ra_redis *redis, unsigned shard,
		  unsigned shards, uint64_t every_ms, const struct chunks_ops *ops, void *ctx);
void chunks_stop(struct chunks *c, uv_close_cb closed);

/* A new session: all guilds will be listed. */
void chunks_begin(struct chunks *c);
/* The session was resumed. */
void chunks_resume(struct chunks *c);
/* What the normaliser made of a dispatch: finds the guilds with members that were not listed. */
void chunks_on_event(struct chunks *c, const struct ra_event *event);
/* GUILD_MEMBERS_CHUNK, RATE_LIMITED: `d` of the dispatch. */
void chunks_on_chunk(struct chunks *c, struct ra_str d);
void chunks_on_limited(struct chunks *c, struct ra_str d);
