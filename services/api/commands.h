/* commands: the bot's slash commands, answered by whichever replica is free. */
#pragma once
#include "services/api/api.h"

struct commands;

/* Without DISCORD_BOT_TOKEN nothing is read or registered. NULL and *err when texts or Redis are
 * not to be had. */
struct commands *commands_start(struct api *api, struct ra_err *err);
/* Nothing new is taken; `stopped` comes from the loop when what is being answered is over. */
void commands_stop(struct commands *commands, void (*stopped)(void *ctx), void *ctx);
