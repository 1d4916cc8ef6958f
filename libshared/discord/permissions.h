/*
 * permissions: what the bot may do in a guild and in a channel, from what
 * Discord says of roles and overwrites, and what it is to be allowed. Pure.
 * https://discord.com/developers/docs/topics/permissions
 */
#pragma once
#include "libshared/base/base.h"
#include <jansson.h>

/* X(bit, name as Discord shows it, what is missing without it) */
#define RA_PERMISSIONS_WANTED(X)                                                                   \
	X(7, "View Audit Log", "who banned, kicked and timed out whom")                            \
	X(10, "View Channels", "everything that happens in them")                                  \
	X(11, "Send Messages", "answers, digests and notices")                                     \
	X(14, "Embed Links", "figures in answers and digests")                                     \
	X(15, "Attach Files", "charts in answers and digests")                                     \
	X(16, "Read Message History",                                                              \
	  "what was written before the bot came, and while it was away")                           \
	X(17, "Mention Everyone", "reminding staff by a role that nobody else may mention")        \
	X(20, "Connect", "who is in voice channels")                                               \
	X(38, "Send Messages in Threads", "notices in threads and forums")

#define RA_PERM_ADMINISTRATOR (1ULL << 3)
#define RA_PERM_VIEW_CHANNEL  (1ULL << 10)
#define RA_PERM_READ_HISTORY  (1ULL << 16)
#define RA_PERM_CONNECT       (1ULL << 20)

/* What the invite link asks for. */
#define RA_PERMISSION_OR_(bit, name, use) | 1ULL << (bit)
#define RA_PERMISSIONS_ALL_WANTED         (0 RA_PERMISSIONS_WANTED(RA_PERMISSION_OR_))

/* A member's permissions in the guild as a whole: `roles` are the guild's, `member` holds the ids
 * of its own. Administrators may everything. */
uint64_t ra_permissions_of_guild(const char *guild_id, const json_t *roles, const json_t *member);
/* In a channel: `base` with the overwrites of everyone, of the member's roles, of the member. */
uint64_t ra_permissions_of_channel(uint64_t base, const char *guild_id, const char *user_id,
				   const json_t *channel, const json_t *member);
/* A bit mask as Discord writes it, in a string; 0: it is none. */
uint64_t ra_permissions_read(const json_t *text);
