/*
 * untold: the other half of the truth. The oracle counts what the gateway
 * told; this counts what stands in channels the bot may read and was never
 * told: said before the bot came, or while nobody listened.
 */
#pragma once
#include "services/discord-sim/world.h"
#include <jansson.h>

/* {"messages", "bot_messages", "notices", "replies", "attachments", "characters",
 *  "rows": [[channel, user, hour_ms, messages], ...]}, as the oracle has them; yours. */
json_t *untold_json(const struct world *world, const struct guild *guild);
