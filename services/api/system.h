/* system: how the installation itself is, for those who run it. */
#pragma once
#include "services/api/visit.h"

struct system;

/* Connects to Redis. NULL and *err when its URL is malformed. */
struct system *system_start(struct api *api, struct ra_err *err);
/* `stopped` comes from the loop when the memory is gone. */
void system_stop(struct system *system, void (*stopped)(void *ctx), void *ctx);

/* Whether texts of this guild reach us (the Message Content Intent): 1, 0, or -1 when its shard
 * does not say. From the loop, or before system_sees_texts returns. */
void system_sees_texts(struct api *api, uint64_t guild, void (*done)(void *ctx, int sees),
		       void *ctx);
