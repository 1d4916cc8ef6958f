/*
 * dms: rooms for the bot and one other. The world knows guilds only, so what
 * is said in private is kept here: the last few messages of each room.
 */
#pragma once
#include "services/discord-sim/world.h"
#include <jansson.h>

struct dms;

struct dm {
	uint64_t id;
	const struct user *recipient; /* borrowed from the world */
	json_t *messages;             /* owned; newest first */
	bool is_closed;               /* takes nothing from bots (50007) */
	UT_hash_handle hh;
};

struct dms *dms_new(void);
void dms_free(struct dms **dms);
/* The room with that user, made when there is none. */
struct dm *dms_open(struct dms *dms, struct world *world, const struct user *user);
struct dm *dms_find(struct dms *dms, uint64_t channel_id);
/* {"id", "type": 1, "recipients": [..], ...} */
void dm_render(struct ra_buf *json, const struct dm *dm);
/* A message of the bot that stands in no channel of the world, with what `body` (as POSTed) says.
 * Yours. */
json_t *private_message(struct world *world, uint64_t channel_id, const json_t *body);
/* The bot says something: MESSAGE_CREATE on shard 0. `body` as POSTed. Borrowed. */
json_t *dm_post(struct dm *dm, struct world *world, const json_t *body);
