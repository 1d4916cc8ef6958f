/*
 * state: what must be known of a stream's guilds to find requests in it: their
 * settings and rules, who is staff, where channels lie, which bursts go on.
 * All of it is in PostgreSQL too; after any failure, and when settings have
 * changed, it is thrown away and loaded again (load.h).
 *
 * Only guilds with settings of the desk are here: any other costs one look
 * into a table.
 */
#pragma once
#include "libshared/base/table.h"

#define ANONYMOUS 1ULL /* who opted out or is erased (docs/why/erasure.md) */

struct match_rules;
struct task_desk;

struct id_list {
	uint64_t *ids; /* owned */
	size_t count;
};

struct guild {
	uint64_t id;
	/* key above */
	bool is_enabled; /* requests are looked for, the staff's work is noted */
	bool wants_excerpts;
	bool counts_replies, counts_threads, counts_reactions;
	int64_t merge_window_ms, reopen_window_ms;
	struct id_list staff_roles, ignored;
	char *allowed, *denied;    /* owned; channels, as match_allows() takes them */
	struct match_rules *rules; /* owned; NULL: nothing is a request */
	struct task_desk *tasks;   /* owned; NULL: nobody reports tasks (task.h) */
};

struct person_key {
	uint64_t guild, user;
};

struct person {
	struct person_key key;
	bool is_staff;
	bool is_by_role; /* has a staff role */
	bool is_by_hand; /* an active curator */
	bool is_barred;  /* excluded, or an inactive curator */
	bool is_unnamed; /* opted out, or being erased */
};

struct channel {
	uint64_t id;
	/* key above */
	uint64_t parent; /* category, or the channel of a thread; 0 none */
	int64_t kind;    /* Discord channel type */
};

struct burst_key {
	uint64_t guild, channel, author;
};

/* Messages of one author in one channel, one soon after the other: one request. */
struct burst {
	struct burst_key key;
	uint64_t request;
	int64_t last_at; /* ms, of its newest message */
};

struct state {
	int64_t desk_version, rules_version; /* of the settings below; 0: not loaded */
	struct ra_table guilds, people, channels, bursts;
};

void state_init(struct state *state);
/* Back to nothing. */
void state_clear(struct state *state);
void state_fini(struct state *state);

/* NULL: it has no settings. */
struct guild *state_guild(const struct state *state, uint64_t guild);
/* NULL: neither staff, nor barred, nor unnamed, nor ever any of it. */
struct person *state_person(const struct state *state, uint64_t guild, uint64_t user);
struct person *state_person_add(struct state *state, uint64_t guild, uint64_t user);
bool state_is_staff(const struct state *state, uint64_t guild, uint64_t user);
bool state_is_unnamed(const struct state *state, uint64_t guild, uint64_t user);
/* Whose row it is that counts for `user`. */
uint64_t state_named(const struct state *state, uint64_t guild, uint64_t user);
/* All zero but the id when nothing is known. */
struct channel state_channel(const struct state *state, uint64_t channel);
bool channel_is_thread(const struct channel *channel);
void state_channel_put(struct state *state, const struct channel *channel);
/* Forgets bursts that ended before `before`, when there are many. */
void state_sweep(struct state *state, int64_t before);

void id_list_set(struct id_list *list, const uint64_t *ids, size_t count);
bool id_list_has(const struct id_list *list, uint64_t id);
