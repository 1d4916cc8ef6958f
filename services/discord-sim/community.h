/*
 * community: the people. Fills a world with guilds as of the epoch, then
 * makes them live: chat, help requests and answers, voice evenings,
 * newcomers, leavers, a raid.
 *
 * All of it follows from (preset, seed, epoch): the same three give the same
 * events with the same ids at the same moments, however the steps are cut
 * and whatever else is done to the world meanwhile. It never looks at a clock.
 */
#pragma once
#include "services/discord-sim/world.h"

struct community;

struct community_conf {
	const char *preset; /* "demo", "tiny", "crowd", "bench" */
	uint64_t seed;
	int64_t epoch_ms;
	uint32_t bench_guilds, bench_members; /* crowd, bench; 0: 10 and 1000 */
	double activity;                      /* how much of everything; 0: 1.0 */
};

/* Builds the guilds in `world` (borrowed; must be new, and outlive it), time set to the epoch, the
 * bot in them. Nothing is dispatched while it builds. NULL and *err when the preset is unknown. */
struct community *community_new(const struct community_conf *conf, struct world *world,
				struct ra_err *err);
void community_free(struct community **community);

/* When the next thing happens. There always is a next thing. */
int64_t community_next_ms(const struct community *community);
/* Lets happen what is due up to and including until_ms, about max_events things at most (it stops
 * between milliseconds). Sets world time to each thing's own moment. Returns how many happened: 0
 * when nothing is due. */
size_t community_step(struct community *community, int64_t until_ms, size_t max_events);
