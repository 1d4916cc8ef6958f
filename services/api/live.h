/*
 * live: what happens in a guild right now, as server-sent events, at most one
 * a second and at least one every 15 s.
 *
 * The minutes come from the event streams; totals come from the database, read
 * again when an event has touched the guild, until the database has folded
 * that event in: so a live figure never says anything the next page would not.
 */
#pragma once
#include "services/api/visit.h"

struct live;

struct live *live_start(struct api *api, struct ra_err *err);
/* Call when no stream is left. `stopped` comes from the loop when the memory is gone. */
void live_stop(struct live *live, void (*stopped)(void *ctx), void *ctx);
/* A ra_ready_cb: Redis answers. */
bool live_is_ready(void *live, char why[128]);
