/* oracle_state: what the oracle remembers; for its two halves, counting and telling. */
#pragma once
#include "services/discord-sim/oracle.h"

#define HOUR_MS 3600000LL
#define DAY_MS  86400000LL

/* The four rules of metrics.md, Voice. */
enum voice_rule { VOICE_RAW, VOICE_PRESENT, VOICE_ENGAGED, VOICE_TALKING, VOICE_RULES };

struct type_count {
	char *type;
	uint64_t count;
	UT_hash_handle hh;
};

#define ORACLE_COUNTS(X)                                                                           \
	X(messages)                                                                                \
	X(bot_messages)                                                                            \
	X(notices)                                                                                 \
	X(replies)                                                                                 \
	X(attachments)                                                                             \
	X(characters)                                                                              \
	X(edits)                                                                                   \
	X(bot_edits)                                                                               \
	X(deletions)                                                                               \
	X(reactions)                                                                               \
	X(bot_reactions)                                                                           \
	X(reactions_removed)                                                                       \
	X(joins)                                                                                   \
	X(leaves)                                                                                  \
	X(bans)                                                                                    \
	X(unbans)                                                                                  \
	X(timeouts)                                                                                \
	X(timeout_ends)                                                                            \
	X(boosts)                                                                                  \
	X(boost_ends)                                                                              \
	X(commands)

struct counts {
#define X(name) uint64_t name;
	ORACLE_COUNTS(X)
#undef X
};

/* One UTC hour of a guild. */
struct hour_count {
	int64_t hour_ms;
	struct counts counts;
	int64_t voice_ms[VOICE_RULES];
	UT_hash_handle hh;
};

/* What one person did in one UTC hour. */
struct person_hour {
	struct person_hour_key {
		uint64_t user_id;
		int64_t hour_ms;
	} key;
	uint64_t messages, reactions;
	int64_t voice_ms[VOICE_RULES];
	UT_hash_handle hh;
};

/* What one person wrote, changed and reacted to in one channel in one UTC hour. */
struct message_row {
	struct message_row_key {
		uint64_t channel_id, user_id;
		int64_t hour_ms;
	} key;
	uint64_t messages, replies, attachments, characters, edits, reactions;
	UT_hash_handle hh;
};

/* A person in voice. */
struct talker {
	uint64_t user_id, channel_id, session;
	bool is_afk, is_deaf, is_muted;
	int64_t since_ms; /* counted up to here */
	UT_hash_handle hh;
};

struct guild_truth {
	uint64_t guild_id;
	uint64_t member_count;
	int64_t heard_ms; /* the last moment something of it was told */
	struct type_count *types;
	struct hour_count *hours;
	struct person_hour *people;
	struct message_row *rows;
	struct talker *talkers;
	UT_hash_handle hh;
};

struct oracle {
	struct oracle_conf conf;
	int64_t heard_ms;
	struct type_count *types;
	struct guild_truth *guilds;
};

/* Counts everybody's voice in the guild up to that moment. */
void oracle_settle(struct oracle *oracle, struct guild_truth *guild, int64_t at_ms);
