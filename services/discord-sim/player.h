/*
 * player: lets the community live. It first catches up in silence with what
 * was told in an earlier life, then plays history as fast as sessions take
 * it, then keeps to the clock.
 */
#pragma once
#include "libshared/base/err.h"
#include <jansson.h>
#include <uv.h>

struct community;
struct player;
struct sim;

typedef void (*player_ready_cb)(void *ctx);

/* Builds world and community of `sim`. `ready` is called once, from the loop, when the world has
 * caught up and may be shown. NULL and *err when the state file is unusable. */
struct player *player_start(struct sim *sim, player_ready_cb ready, void *ctx, struct ra_err *err);
/* The world and the community that player_start would play, as of their first day; a timeline that
 * is not there yet begins. Both yours; NULL and *err as there. */
struct community *player_build(struct sim *sim, struct ra_err *err);
/* Writes down how far it came, and closes its handles. */
void player_stop(struct player *player);
void player_free(struct player **player);

/* Brings the world to the present, when it is live: somebody is about to act in it. */
void player_touch(struct player *player);
/* History has been told. If not, how far it is. */
bool player_is_live(const struct player *player, char why[128]);
void player_pause(struct player *player, bool is_paused);
/* Of live time: 1 the wall clock, 60 a minute a second, 0 stands still. */
void player_set_speed(struct player *player, double speed);
/* The next `events` happen as fast as sessions take them, whatever the clock says. */
void player_burst(struct player *player, uint64_t events);
/* World time follows the clock up to this moment, and no further; 0: no end. */
void player_run_until(struct player *player, int64_t world_ms);
/* {"state", "now_ms", "target_ms", "speed", ...}; yours. */
json_t *player_json(const struct player *player);
