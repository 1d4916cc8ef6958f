/* policy: see policy.h. */
#include "services/gateway-ingest/policy.h"

#define NO_WAIT 0, 0, NULL, NULL

static const struct policy policies[] = {
	{ END_LOST, "network", NEXT_RESUME, NO_WAIT },
	{ END_REFUSED, "refused", NEXT_RESUME, NO_WAIT },
	{ END_ZOMBIE, "zombie", NEXT_RESUME, NO_WAIT },
	{ END_TIMEOUT, "timeout", NEXT_RESUME, NO_WAIT },
	{ END_GARBAGE, "garbage", NEXT_RESUME, NO_WAIT },
	{ END_RECONNECT, "reconnect_requested", NEXT_RESUME, NO_WAIT },
	{ END_INVALID_RESUMABLE, "invalid_session_resumable", NEXT_RESUME, 1000, 5000, NULL, NULL },
	{ END_INVALID, "invalid_session", NEXT_IDENTIFY, 1000, 5000, NULL, NULL },
	{ END_SILENT, "silent", NEXT_RESUME, NO_WAIT },
	{ END_GAP, "gap", NEXT_RESUME, NO_WAIT },
	{ END_REWIND, "redis_behind", NEXT_RESUME, NO_WAIT },
	{ END_DEGRADED, "intents_changed", NEXT_IDENTIFY, NO_WAIT },
	{ END_STOPPED, "stopped", NEXT_RESUME, NO_WAIT },
	{ END_RESHARDED, "resharded", NEXT_RESUME, NO_WAIT },
	{ END_TAKEN, "taken_over", NEXT_RESUME, NO_WAIT },
	{ 1000, "closed_normally", NEXT_RESUME, NO_WAIT },
	{ 1001, "going_away", NEXT_RESUME, NO_WAIT },
	{ 4000, "unknown_error", NEXT_RESUME, NO_WAIT },
	{ 4001, "unknown_opcode", NEXT_RESUME, NO_WAIT },
	{ 4002, "decode_error", NEXT_RESUME, NO_WAIT },
	{ 4003, "not_authenticated", NEXT_IDENTIFY, NO_WAIT },
	{ 4004, "authentication_failed", NEXT_FATAL, 0, 0, "Discord rejected the bot token",
	  "Set DISCORD_BOT_TOKEN to the token shown in the Developer Portal under Bot (Reset Token "
	  "makes a new one)." },
	{ 4005, "already_authenticated", NEXT_IDENTIFY, NO_WAIT },
	{ 4007, "invalid_seq", NEXT_IDENTIFY, NO_WAIT },
	{ 4008, "rate_limited", NEXT_RESUME, 5000, 10000, NULL, NULL },
	{ 4009, "session_timed_out", NEXT_RESUME, NO_WAIT },
	{ 4010, "invalid_shard", NEXT_FATAL, 0, 0, "Discord rejected the shard",
	  "Discord assigns large bots a number of shards: unset SHARDS, or set it to a multiple of "
	  "that number." },
	{ 4011, "sharding_required", NEXT_FATAL, 0, 0,
	  "the bot is in too many servers for this many shards",
	  "Unset SHARDS, or raise it: Discord allows 2500 servers a shard." },
	{ 4012, "invalid_version", NEXT_FATAL, 0, 0, "Discord no longer speaks gateway version 10",
	  "Update Rations." },
	{ 4013, "invalid_intents", NEXT_FATAL, 0, 0, "Discord does not know one of the intents",
	  "Correct DISCORD_INTENTS or unset it; the default is right for most." },
	{ 4014, "disallowed_intents", NEXT_FATAL, 0, 0,
	  "the bot may not use a privileged intent it asks for",
	  "Switch on Server Members Intent and Message Content Intent in the Developer Portal "
	  "under Bot, or take their bits out of DISCORD_INTENTS." },
};

static const struct policy otherwise = { 0, "closed", NEXT_RESUME, NO_WAIT };

const struct policy *policy_of(int ending)
{
	for (size_t i = 0; i < RA_COUNT(policies); i++)
		if (policies[i].ending == ending)
			return &policies[i];
	return &otherwise;
}
