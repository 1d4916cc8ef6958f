/* intents: see intents.h. */
#include "services/gateway-ingest/intents.h"
#include <stdio.h>

static const struct {
	int64_t intent, flags; /* approved, or limited to small bots */
	const char *name;
} privileged[] = {
	{ INTENT_GUILD_MEMBERS, 1 << 14 | 1 << 15, "Server Members Intent" },
	{ INTENT_GUILD_PRESENCES, 1 << 12 | 1 << 13, "Presence Intent" },
	{ INTENT_MESSAGE_CONTENT, 1 << 18 | 1 << 19, "Message Content Intent" },
};

int64_t intents_allowed_by(int64_t application_flags)
{
	int64_t allowed = 0;
	for (size_t i = 0; i < RA_COUNT(privileged); i++)
		if (application_flags & privileged[i].flags)
			allowed |= privileged[i].intent;
	return allowed;
}

void intents_describe(int64_t intents, char out[128])
{
	size_t len = 0;
	out[0] = '\0';
	for (size_t i = 0; i < RA_COUNT(privileged); i++)
		if (intents & privileged[i].intent)
			len += (size_t)snprintf(out + len, 128 - len, "%s%s", len ? ", " : "",
						privileged[i].name);
}
