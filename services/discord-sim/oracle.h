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
	bool totals_only; /* no per-user rows: for benches */
};

struct oracle *oracle_new(const struct oracle_conf *conf);
void oracle_free(struct oracle **oracle);

/* This dispatch was put into a session (or several: count it once). */
void oracle_count(struct oracle *oracle, const struct dispatch *dispatch);
/* The guild as of now was told to a session in its GUILD_CREATE: sets member_count, opens the voice
 * sessions listed, closes those that vanished (at the last moment the guild was heard of). Also
 * counts the GUILD_CREATE. For a dispatch with `create` set oracle_count does this itself. */
void oracle_snapshot(struct oracle *oracle, const struct guild *guild, int64_t at_ms);
/* The bot lost sight of everything at that moment: voice sessions that a later snapshot does not
 * confirm end there. */
void oracle_gap(struct oracle *oracle, int64_t at_ms);

/* What to tell about; zeroes mean everything. */
struct oracle_query {
	uint64_t guild_id;      /* 0: all guilds */
	int64_t from_ms, to_ms; /* whole UTC hours: [from, to); 0: unbounded */
	int64_t now_ms; /* voice sessions still open are counted up to here; 0: up to what was heard
			   last */
	bool with_rows; /* the per (channel, user, hour) rows too */
};
/*
 * {"dispatches": {"MESSAGE_CREATE": n, ...},      everything told, never filtered by time
 *  "guilds": {"<id>": {
 *    "member_count", "messages", "bot_messages", "replies", "attachments", "edits", "deletions",
 * "reactions", "joins", "leaves", "voice": {"raw_ms", "present_ms", "engaged_ms", "talking_ms"},
 *    "voice_users": {"<user>": {raw_ms ...}},
 *    "active_days": {"2026-11-21": n}, "communicators": n (3 messages, or talked),
 * "communicators_1": n, "dispatches": {...}, "rows": [[channel, user, hour_ms, messages], ...]}}}
 * Yours to decref.
 */
json_t *oracle_json(const struct oracle *oracle, const struct oracle_query *query);
