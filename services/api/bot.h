/* bot: the bot's own name, asked once from Discord and asked again until it is known. */
#pragma once
#include "services/api/api.h"

struct bot;

/* Without DISCORD_BOT_TOKEN it stays unknown. */
struct bot *bot_start(struct api *api);
/* `stopped` comes from the loop when the memory is gone. */
void bot_stop(struct bot *bot, void (*stopped)(void *ctx), void *ctx);
/* 0 and NULL while unknown. */
uint64_t bot_id(const struct bot *bot);
const char *bot_name(const struct bot *bot);
