/*
 * state: what folding must remember between batches of one stream: its
 * guilds, who is in voice, the shard's connection.
 * Everything in it is also in PostgreSQL, written in the same transaction as
 * what it led to; after any failure it is thrown away and loaded again.
 */
#pragma once
#include "libshared/stream/recent.h"
#include "proto/events.h"
#include "services/analytics/unnamed.h"
#include "services/analytics/voice.h"

struct channel {
	uint64_t id;
	bool is_counted; /* text-bearing or voice; neither category nor thread */
	bool is_thread;
	bool is_listed; /* seen in the snapshot that is open */
	bool is_hidden;
	bool has_boundary; /* the next three are known */
	bool has_hole;     /* what lies between `reached` and the next message was lost */
	uint64_t boundary; /* only messages newer than this are counted live */
	uint64_t reached;  /* the newest counted live, or listed */
	UT_hash_handle hh;
};

struct role {
	uint64_t id;
	bool is_listed;
	UT_hash_handle hh;
};

/* A member who boosts or is timed out. */
struct standing {
	uint64_t user;
	int64_t boosting_since, timeout_until; /* 0: not */
	UT_hash_handle hh;
};

struct guild {
	uint64_t id;
	char *name, *icon, *locale; /* owned; "" when none */
	uint64_t owner;
	int64_t member_count, messages_total, premium_tier, premium_count;
	int64_t bot_joined_at, first_event_at, last_event_at, unavailable_at, removed_at;
	int64_t unseen_since; /* an outage of its own, or a lost session; 0: it was described since
			       */
	bool is_available;
	int64_t snapshot_at; /* when its channels were last listed; 0 never */
	bool is_changed;     /* since the last commit */
	int64_t gone_at; /* while a snapshot is open: when what it does not list had ended; else 0
			  */
	struct channel *channels;   /* owned */
	struct role *roles;         /* owned */
	struct standing *standings; /* owned */
	struct voice voice;
	UT_hash_handle hh;
};

struct shard_state {
	int64_t shard_id, shard_count;
	bool is_known, is_connected, is_changed;
	int64_t changed_at, down_since;
	int64_t gap_started_at;     /* 0: no gap is open */
	int64_t service_started_at; /* 0: not in service */
	uint64_t bot_id;
};

struct state {
	struct shard_state shard;
	struct guild *guilds; /* owned */
	struct ra_recent recent;
	struct unnamed unnamed;
	int open_snapshots;
};

void state_init(struct state *state, uint32_t shard_id, uint32_t shard_count);
void state_fini(struct state *state);
struct guild *state_guild(const struct state *state, uint64_t id);
/* The guild, made when unknown. */
struct guild *state_guild_add(struct state *state, uint64_t id);
/* Replaces an owned text. */
void guild_set_text(char **field, struct ra_str text);
/* NULL when it is not known to live. */
struct channel *guild_channel(struct guild *guild, uint64_t id);
struct channel *guild_channel_add(struct guild *guild, uint64_t id, int64_t kind);
void guild_channel_remove(struct guild *guild, uint64_t id);
struct role *guild_role_add(struct guild *guild, uint64_t id);
void guild_role_remove(struct guild *guild, uint64_t id);
/* NULL for those who neither boost nor are timed out. */
struct standing *guild_standing(struct guild *guild, uint64_t user);
struct standing *guild_standing_add(struct guild *guild, uint64_t user);
void guild_standing_remove(struct guild *guild, uint64_t user);
int64_t guild_channel_count(const struct guild *guild);
