/* intents: the privileged ones, which Discord may refuse.
 * https://discord.com/developers/docs/events/gateway#privileged-intents */
#pragma once
#include "libshared/base/base.h"

#define INTENT_GUILD_MEMBERS   (1 << 1)
#define INTENT_GUILD_PRESENCES (1 << 8)
#define INTENT_MESSAGE_CONTENT (1 << 15)
#define INTENTS_PRIVILEGED     (INTENT_GUILD_MEMBERS | INTENT_GUILD_PRESENCES | INTENT_MESSAGE_CONTENT)

/* The privileged intents that an application's flags (in READY) allow. */
int64_t intents_allowed_by(int64_t application_flags);
/* Their names as the Developer Portal has them, comma-separated. */
void intents_describe(int64_t intents, char out[128]);
