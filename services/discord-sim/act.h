/*
 * act: everything that can happen in the world. Each function changes the
 * state and tells the listener what Discord would have dispatched, in
 * Discord's order.
 *
 * Acts are Discord's own hand: permissions are the caller's business
 * (world_permissions). An act that makes no sense (no such member, already
 * left) changes nothing, dispatches nothing and returns RA_ENOTFOUND or
 * RA_EINVAL. Strings and structs passed in are copied.
 */
#pragma once
#include "services/discord-sim/world.h"

/* Any dispatch at all, for tests and interactions: to every session that passes its gates.
 * Nothing happens while the world is silent, or the guild is not in view. */
void act_emit(struct world *world, const struct dispatch *dispatch);

/* --- users --- */

/* Makes one, or updates it. `locale` NULL: en-US. */
struct user_conf {
	uint64_t id;
	const char *username, *global_name, *avatar, *locale;
	bool is_bot, is_system;
};
struct user *act_user(struct world *world, const struct user_conf *conf);
/* `note` is borrowed for good. */
void act_account(struct world *world, uint64_t user_id, const char *note);

/* --- messages --- */

struct post {
	uint64_t id; /* 0: new; a forum post's first message has its thread's */
	uint64_t channel_id;
	uint64_t author_id; /* a user; the webhook's id when webhook_name is set */
	struct ra_str text;
	int type;           /* MESSAGE_DEFAULT becomes MESSAGE_REPLY when reply_to is set */
	uint64_t reply_to;  /* a message of the same channel, deleted or not; 0: none */
	bool no_reply_ping; /* do not mention the author replied to */
	const struct mentions *mentions; /* NULL: whom the text mentions */
	const char *webhook_name;
	uint32_t attachments;
	uint32_t flags;
	struct ra_str embeds, components; /* JSON arrays, trusted; empty: [] */
	struct ra_str nonce;
	const struct command_use *command; /* NULL: none */
};
/* MESSAGE_CREATE; an archived thread is unarchived first (THREAD_UPDATE). `out` may be NULL;
 * borrowed. */
int act_post(struct world *world, const struct post *post, struct message **out);
/* A notice of Discord's (types 6, 7, 8, 18) in somebody's name. `target` may be NULL. */
struct notice_target {
	uint64_t channel_id, message_id; /* what it points at; 0: not */
	const char *text;                /* NULL: none */
};
int act_notice(struct world *world, uint64_t channel_id, uint64_t author_id, int type,
	       const struct notice_target *target);
/* MESSAGE_UPDATE with edited_timestamp. Empty `embeds` / `components`: unchanged. */
struct edit {
	uint64_t channel_id, message_id;
	struct ra_str text;
	struct ra_str embeds, components;
};
int act_edit(struct world *world, const struct edit *edit);
/* MESSAGE_UPDATE that is not an edit: Discord adds a link preview. */
int act_embed(struct world *world, uint64_t channel_id, uint64_t message_id);
/* MESSAGE_UPDATE, CHANNEL_PINS_UPDATE, and when pinning the notice (type 6) by `user_id`. */
int act_pin(struct world *world, uint64_t channel_id, uint64_t message_id, uint64_t user_id,
	    bool pin);
int act_delete(struct world *world, uint64_t channel_id, uint64_t message_id);
/* MESSAGE_DELETE_BULK of those ids that exist. */
int act_delete_bulk(struct world *world, uint64_t channel_id, const uint64_t *ids, size_t count);

struct act_reaction {
	uint64_t channel_id, message_id, user_id;
	const char *
		emoji; /* unicode, or the name of a custom one; act_clear_reactions: NULL for all */
	uint64_t emoji_id; /* 0: unicode */
};
int act_react(struct world *world, const struct act_reaction *r);
int act_unreact(struct world *world, const struct act_reaction *r);
/* MESSAGE_REACTION_REMOVE_ALL, or _REMOVE_EMOJI when emoji is set; user_id is ignored. */
int act_clear_reactions(struct world *world, const struct act_reaction *r);

/* --- members --- */

struct join {
	uint64_t guild_id, user_id;
	int64_t joined_at_ms; /* 0: now */
	const uint64_t *roles;
	size_t role_count;
	bool is_pending, is_rejoin;
	bool no_notice;          /* without the message of type 7 in the system channel */
	const char *invite_code; /* which one was used; NULL: none, or nobody knows */
};
/* GUILD_MEMBER_ADD, then the join notice. A ban refuses (RA_EDENIED), and so does an invite that is
 * not there (RA_ENOTFOUND); one used up is deleted (INVITE_DELETE). Our own bot: act_add_bot. */
int act_join(struct world *world, const struct join *join);
/* The same GUILD_MEMBER_ADD once more, joined_at a little later (sheet, section 4). */
int act_join_again(struct world *world, uint64_t guild_id, uint64_t user_id);
/* GUILD_MEMBER_REMOVE, then, from voice, VOICE_STATE_UPDATE with no channel. */
int act_leave(struct world *world, uint64_t guild_id, uint64_t user_id);
/* Like leaving; plus GUILD_AUDIT_LOG_ENTRY_CREATE (20) by `by_id`. */
int act_kick(struct world *world, uint64_t guild_id, uint64_t user_id, uint64_t by_id);
/* GUILD_BAN_ADD, audit entry, then leaving where they were a member. */
int act_ban(struct world *world, uint64_t guild_id, uint64_t user_id, uint64_t by_id);
int act_unban(struct world *world, uint64_t guild_id, uint64_t user_id, uint64_t by_id);
/* Each: GUILD_MEMBER_UPDATE. */
int act_nick(struct world *world, uint64_t guild_id, uint64_t user_id, const char *nick);
int act_set_roles(struct world *world, uint64_t guild_id, uint64_t user_id, const uint64_t *roles,
		  size_t count);
int act_add_role(struct world *world, uint64_t guild_id, uint64_t user_id, uint64_t role_id);
int act_remove_role(struct world *world, uint64_t guild_id, uint64_t user_id, uint64_t role_id);
/* 0 ends it. */
int act_timeout(struct world *world, uint64_t guild_id, uint64_t user_id, int64_t until_ms);
/* Passed membership screening. */
int act_accept(struct world *world, uint64_t guild_id, uint64_t user_id);
/* Boosts, with the notice (type 8); GUILD_UPDATE follows. */
int act_boost(struct world *world, uint64_t guild_id, uint64_t user_id);
/* No longer boosts; GUILD_UPDATE follows. */
int act_unboost(struct world *world, uint64_t guild_id, uint64_t user_id);
/* PRESENCE_UPDATE. */
int act_presence(struct world *world, uint64_t guild_id, uint64_t user_id, enum presence presence);

/* --- voice --- */

/* VOICE_STATE_UPDATE: joins, moves (same session), or changes flags, whatever `v` says beside what
 * is; v->channel_id 0 leaves; v->session 0 keeps or makes one. A full channel is not refused. */
int act_voice(struct world *world, uint64_t guild_id, uint64_t user_id, const struct voice *v);
/* By the server: VOICE_STATE_UPDATE when in voice. */
int act_voice_mute(struct world *world, uint64_t guild_id, uint64_t user_id, bool mute, bool deaf);

/* --- guilds, roles, channels --- */

struct guild_conf {
	uint64_t id; /* 0: new */
	const char *name, *icon, *description, *locale;
	const char *features; /* inside of a JSON array; borrowed for good; NULL: none */
	uint64_t owner_id;
	uint64_t everyone_permissions; /* 0: what Discord gives by default */
	uint32_t afk_timeout_s;
	int verification_level;
};
/* Silent: the bot is not in it yet. Holds @everyone and nobody. */
struct guild *act_create_guild(struct world *world, const struct guild_conf *conf);
/* The bot is installed: its managed role with these permissions, itself as a member, GUILD_CREATE
 * without `unavailable`. joined_at_ms 0: now. */
int act_add_bot(struct world *world, uint64_t guild_id, uint64_t permissions, int64_t joined_at_ms);
/* GUILD_DELETE without `unavailable`. */
int act_remove_bot(struct world *world, uint64_t guild_id);
/* GUILD_DELETE with `unavailable`; and back: GUILD_CREATE. What happens between is never told. */
int act_outage(struct world *world, uint64_t guild_id, bool is_down);
/* GUILD_UPDATE after `name` (NULL: unchanged) or icon (NULL: unchanged) changed. */
int act_update_guild(struct world *world, uint64_t guild_id, const char *name, const char *icon);
/* Which channels have a part to play; 0: none. GUILD_UPDATE. */
int act_guild_channels(struct world *world, uint64_t guild_id, uint64_t system_id, uint64_t afk_id,
		       uint64_t rules_id);

struct role_conf {
	uint64_t guild_id;
	uint64_t id; /* 0: new; else the role to update */
	const char *name;
	uint32_t color;
	uint64_t permissions;
	int position; /* 0: above those there are (new) or unchanged */
	bool is_hoisted, is_managed, is_mentionable;
	uint64_t bot_id;
};
/* GUILD_ROLE_CREATE / UPDATE; NULL when there is no such guild or role. */
struct role *act_role(struct world *world, const struct role_conf *conf);
/* GUILD_ROLE_DELETE; members lose it without further dispatches. */
int act_delete_role(struct world *world, uint64_t guild_id, uint64_t role_id);

struct channel_conf {
	uint64_t guild_id;
	uint64_t id; /* new: 0, or the wished id; update: whose */
	uint64_t parent_id;
	int type;
	const char *name, *topic;
	int position;
	bool is_nsfw;
	uint32_t slowmode_s, user_limit;
	const struct overwrite *overwrites;
	size_t overwrite_count;
};
/* CHANNEL_CREATE; NULL when the guild is missing. */
struct channel *act_create_channel(struct world *world, const struct channel_conf *conf);
/* CHANNEL_UPDATE: everything but the type is replaced. */
int act_update_channel(struct world *world, const struct channel_conf *conf);
/* CHANNEL_DELETE, or THREAD_DELETE; threads of it go silently; whoever was in voice there is thrown
 * out after it. */
int act_delete_channel(struct world *world, uint64_t channel_id);

struct thread_conf {
	uint64_t parent_id;
	uint64_t message_id; /* the message it starts from (its id becomes the thread's); 0: none */
	uint64_t owner_id;
	const char *name;
	int type;                      /* 0: CHANNEL_PUBLIC_THREAD */
	struct ra_str text;            /* forum: the first message, whose id is the thread's */
	uint32_t auto_archive_minutes; /* 0: 4320 */
};
/* THREAD_CREATE (newly_created). From a message: MESSAGE_UPDATE with its flag. Without one in a
 * text channel: the notice (type 18). In a forum: the post's first MESSAGE_CREATE. NULL when the
 * parent can not have it. */
struct channel *act_thread(struct world *world, const struct thread_conf *conf);
/* THREAD_UPDATE. name NULL: unchanged. */
int act_update_thread(struct world *world, uint64_t thread_id, const char *name, bool is_archived,
		      bool is_locked);

/* --- scheduled events and invites --- */

struct event_conf {
	uint64_t guild_id;
	uint64_t id; /* 0: new (GUILD_SCHEDULED_EVENT_CREATE); else update */
	uint64_t channel_id, creator_id;
	const char *name, *description, *location;
	int64_t starts_at_ms, ends_at_ms;
	int status;      /* 0: 1, scheduled */
	int entity_type; /* 0: by channel and location */
};
/* The event's id; 0 when refused. */
uint64_t act_event(struct world *world, const struct event_conf *conf);
int act_delete_event(struct world *world, uint64_t guild_id, uint64_t event_id);
/* GUILD_SCHEDULED_EVENT_USER_ADD / REMOVE. RA_EINVAL when nothing changes. */
int act_interest(struct world *world, uint64_t guild_id, uint64_t event_id, uint64_t user_id,
		 bool is_interested);

struct invite_conf {
	uint64_t channel_id, inviter_id;
	const char *code; /* NULL: made from the new id */
	uint32_t max_age_s, max_uses;
	bool is_temporary;
};
const struct invite *act_invite(struct world *world, const struct invite_conf *conf);
int act_delete_invite(struct world *world, uint64_t guild_id, const char *code);
/* An address of its own, and the feature; another one begins at no uses. NULL: none any more. */
int act_vanity(struct world *world, uint64_t guild_id, const char *code);
