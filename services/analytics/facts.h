/*
 * facts: the part of a batch that is about a community beside its talk: bans
 * and timeouts, boosts, invites, scheduled events, commands. fold_facts.c fills
 * it, write_facts.c writes it, in the transaction of the batch.
 */
#pragma once
#include "libshared/base/base.h"
#include "libshared/base/table.h"

enum moderation { MODERATION_BAN, MODERATION_UNBAN, MODERATION_TIMEOUT, MODERATION_TIMEOUT_END };

struct moderation_row {
	uint64_t guild, user;
	int64_t at;
	int64_t kind; /* enum moderation */
	uint64_t seq;
	/* key above */
	struct ra_str name; /* of the kind */
	int64_t until_at;
};

struct boost_row {
	uint64_t guild, user;
	int64_t at;
	int64_t is_end;
	/* key above */
	struct ra_str kind;
};

struct invite_row {
	uint64_t guild, code_hash;
	/* key above */
	struct ra_str code;
	uint64_t channel, inviter;
	int64_t created_at, expires_at, deleted_at, max_uses;
	bool is_temporary;
	bool is_described; /* false: only deleted_at is known */
};

struct plan_row {
	uint64_t guild, event;
	/* key above */
	uint64_t channel, user;
	struct ra_str name;
	int64_t status, starts_at, ends_at, deleted_at, told_at;
	int64_t interested; /* as Discord says; 0: it does not */
};

/* What somebody said of a scheduled event last. */
struct interest_row {
	uint64_t guild, event, user;
	/* key above */
	bool is_interested;
	bool is_settled; /* told since with the number of all: changes it no more */
	/* What they had said before: when the number of all was told in this batch, for certain;
	 * else before its first event, if the table does not know better. */
	bool was_interested, is_certain;
};

/* A snapshot was told whole: events not described since it began are over. */
struct synced_row {
	uint64_t guild;
	/* key above */
	int64_t began_at, at;
};

struct command_row {
	uint64_t guild;
	int64_t hour;
	uint64_t bot, user, name_hash;
	/* key above */
	struct ra_str name;
	int32_t uses;
};

/* Somebody was seen to play. Written only where the guild wants that. */
struct game_row {
	uint64_t guild;
	int64_t hour;
	uint64_t user, name_hash;
	/* key above */
	struct ra_str name;
};

struct facts {
	struct ra_table moderations, boosts, invites, plans, interests, synced, commands, games;
};

void facts_init(struct facts *facts);
void facts_clear(struct facts *facts);
void facts_fini(struct facts *facts);

/* FNV-1a; of what is kept by its text. */
uint64_t facts_hash(struct ra_str text);
