/*
 * oracle: the exact truth about what was told, to hold everybody else's
 * numbers against. It is fed the deeds behind dispatches, not their JSON, and
 * computes by the definitions of metrics.md on its own.
 *
 * People only, unless the name says otherwise: bots, webhooks and system
 * notices are out.
 */
#pragma once
#include "services/discord-sim/world.h"
#include <jansson.h>

struct oracle;

struct oracle_conf {
	bool totals_only; /* nothing per person: for benches */
};

struct oracle *oracle_new(const struct oracle_conf *conf);
void oracle_free(struct oracle **oracle);

/* This dispatch was put into a session (or several: count it once). */
void oracle_count(struct oracle *oracle, const struct dispatch *dispatch);
/* The guild as it is now was told to a session in its GUILD_CREATE: sets member_count, opens the
 * voice sessions listed, closes those that vanished (at the last moment the guild was heard of).
 * Counts the GUILD_CREATE too. Dispatches with `create` set: oracle_count does this itself. */
void oracle_snapshot(struct oracle *oracle, const struct guild *guild, int64_t at_ms);
/* The bot lost sight of the guild at that moment: voice sessions that the next snapshot does not
 * confirm (same channel, same session) end there. */
void oracle_gap(struct oracle *oracle, uint64_t guild_id, int64_t at_ms);

/* What to tell about; zeroes mean everything. */
struct oracle_query {
	uint64_t guild_id;      /* 0: all guilds */
	int64_t from_ms, to_ms; /* UTC hours that begin in [from, to); 0: unbounded */
	int64_t now_ms; /* voice still open is counted up to here (not beyond world time); 0: up to
			   what was heard last */
	bool with_rows; /* "rows" and "people" too */
};

/*
 * {"dispatches": {"MESSAGE_CREATE": n, ...},          everything told, whatever the time
 *  "guilds": {"<id>": {
 *    "dispatches": {...}, "member_count": n,          whatever the time
 *    "messages", "bot_messages" (bots and webhooks, types 0 and 19), "notices" (other types),
 * "replies", "attachments", "characters", "edits", "bot_edits", "deletions" (everybody's),
 * "reactions", "bot_reactions", "reactions_removed", "joins", "leaves", "bans", "unbans",
 * "timeouts", "timeout_ends" (lifted early), "boosts", "boost_ends" (leaving, too), "commands" (of
 * other bots), "voice": {"raw_ms", "present_ms", "engaged_ms", "talking_ms"}, "communicators" (3
 * messages or a minute talking), "communicators_1" (1 message or a minute talking), "active": n,
 * "active_days": {"2026-11-21": n} a message, a reaction, or a minute present (in the day)
 * "people": {"<user>": {"messages", "reactions", "voice": {...}}}, and with rows: "rows":
 * [[channel, user, hour_ms, messages, replies, attachments, characters, edits, reactions given],
 * ...] "voice_rows": [[user, hour_ms, raw_ms, present_ms, engaged_ms, talking_ms], ...] "hours":
 * {"<hour_ms>": {"messages", ... "bans", "voice": {...}}}
 * }}} Ids are strings; days are UTC. Yours to decref.
 */
json_t *oracle_json(struct oracle *oracle, const struct oracle_query *query);
