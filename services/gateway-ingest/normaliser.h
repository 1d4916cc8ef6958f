/* normaliser: what the handlers of normalise_*.c share. See normalise.h. */
#pragma once
#include "services/gateway-ingest/normalise.h"

struct normaliser {
	struct seen *seen;               /* borrowed */
	const struct id_set *wants_text; /* borrowed; guilds; NULL: none */
	const struct ra_log *log;        /* borrowed */
	event_cb emit;
	void *ctx;            /* borrowed */
	struct id_set guilds; /* that we are in */
	struct id_set listed; /* members of the snapshot being read */
	struct id_set bots;   /* those of them that are bots */
	struct texts texts;
	int64_t at;         /* of the dispatch being read */
	uint64_t *received; /* owned; dispatches since the last report, by handler */
	bool *has_warned;   /* owned; of a malformed one, by handler */
};

/* Positioned at `d`. 0 or RA_EINVAL. */
typedef int (*handler_cb)(struct normaliser *n, struct ra_json *j);

int on_guild_create(struct normaliser *n, struct ra_json *j);
int on_guild_update(struct normaliser *n, struct ra_json *j);
int on_guild_delete(struct normaliser *n, struct ra_json *j);
int on_channel_create(struct normaliser *n, struct ra_json *j);
int on_channel_update(struct normaliser *n, struct ra_json *j);
int on_channel_delete(struct normaliser *n, struct ra_json *j);
int on_thread_create(struct normaliser *n, struct ra_json *j);
int on_thread_list_sync(struct normaliser *n, struct ra_json *j);
int on_role_upsert(struct normaliser *n, struct ra_json *j);
int on_role_delete(struct normaliser *n, struct ra_json *j);
int on_member_add(struct normaliser *n, struct ra_json *j);
int on_member_remove(struct normaliser *n, struct ra_json *j);
int on_member_update(struct normaliser *n, struct ra_json *j);
int on_members_chunk(struct normaliser *n, struct ra_json *j);
int on_voice_state_update(struct normaliser *n, struct ra_json *j);
int on_presence_update(struct normaliser *n, struct ra_json *j);
int on_ban_add(struct normaliser *n, struct ra_json *j);
int on_ban_remove(struct normaliser *n, struct ra_json *j);
int on_message_create(struct normaliser *n, struct ra_json *j);
int on_message_update(struct normaliser *n, struct ra_json *j);
int on_message_delete(struct normaliser *n, struct ra_json *j);
int on_message_delete_bulk(struct normaliser *n, struct ra_json *j);
int on_reaction_add(struct normaliser *n, struct ra_json *j);
int on_reaction_remove(struct normaliser *n, struct ra_json *j);
int on_reactions_clear(struct normaliser *n, struct ra_json *j);
int on_invite_create(struct normaliser *n, struct ra_json *j);
int on_invite_delete(struct normaliser *n, struct ra_json *j);
int on_scheduled_event(struct normaliser *n, struct ra_json *j);
int on_scheduled_event_delete(struct normaliser *n, struct ra_json *j);
int on_interest_add(struct normaliser *n, struct ra_json *j);
int on_interest_remove(struct normaliser *n, struct ra_json *j);
int on_interaction_create(struct normaliser *n, struct ra_json *j);

/* Numbers that Discord may add to: those we know, a bit each. */
#define MESSAGE_KINDS 0x50f1bfffdfffULL /* 0-12, 14-29, 31, 32, 36-39, 44, 46 */
#define CHANNEL_KINDS 0x1fc3fULL        /* 0-5, 10-16 */

/* Counts a `kind` that is none of the `known`; `of` says what it is a kind of. */
void note_kind(int64_t kind, uint64_t known, const char *of);

/* Snapshot parts, by the file that knows the object. */
enum telling { TOLD_ALONE, TOLD_IN_LIST, TOLD_IN_SNAPSHOT };
void emit_member(struct normaliser *n, uint64_t guild, struct member *member, enum telling telling);
void emit_voice_state(struct normaliser *n, uint64_t guild, const struct voice_state *state,
		      bool is_snapshot);

void emit_scheduled_event(struct normaliser *n, uint64_t guild, const struct scheduled_event *s,
			  bool is_deleted, bool is_snapshot);

/* Reads the object at `j`; false when it is none. */
static inline bool read_object(struct normaliser *n, struct ra_json *j,
			       const struct field_table *table, void *out)
{
	return fields_read(j, table, out, &n->texts);
}

static inline void emit(struct normaliser *n, struct ra_event *event)
{
	n->emit(n->ctx, event);
}

/* member_seen, when the names are news. */
void emit_seen(struct normaliser *n, uint64_t guild, int64_t at, const struct user *user,
	       const struct member *member);
