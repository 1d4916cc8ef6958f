/* intents: which dispatches a session asked for, and what it may read in them (sheet, section 2).
 */
#pragma once
#include "libshared/base/buf.h"

#define INTENT_GUILDS          (1ULL << 0)
#define INTENT_GUILD_MEMBERS   (1ULL << 1)
#define INTENT_GUILD_PRESENCES (1ULL << 8)
#define INTENT_MESSAGE_CONTENT (1ULL << 15)

#define INTENTS_VALID      53608447ULL
#define INTENTS_PRIVILEGED (INTENT_GUILD_MEMBERS | INTENT_GUILD_PRESENCES | INTENT_MESSAGE_CONTENT)

/* The bits of which one is enough for this event; 0: never gated. `in_guild` false: of a DM. */
uint64_t intents_of_event(const char *type, bool in_guild);

/* Appends a message (or message event) as a session without MESSAGE_CONTENT gets it. */
void intents_mask_message(struct ra_buf *out, struct ra_str message);
