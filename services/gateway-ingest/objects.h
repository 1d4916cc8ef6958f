/*
 * objects: Discord's objects, as far as we want them. Docs:
 * https://discord.com/developers/docs/resources/message and its neighbours.
 * Texts are borrowed from the JSON or from the `texts` given while reading.
 */
#pragma once
#include "services/gateway-ingest/fields.h"

struct user {
	uint64_t id;
	struct ra_str username, global_name, avatar;
	bool is_bot, is_system;
};

#define MEMBER_DID_REJOIN (1 << 0)

struct member {
	uint64_t guild_id; /* in events */
	struct user user;
	struct ra_str nick, roles;
	int64_t joined_at, boosting_since, timeout_until;
	int64_t flags;
	bool is_pending;
};

#define MESSAGE_REPLY    19
#define MESSAGE_IS_VOICE (1 << 13)

struct message {
	uint64_t id, channel_id, guild_id, webhook_id;
	int64_t kind, flags;
	int64_t edited_at;
	int64_t attachments;
	struct ra_str content; /* as it lies */
	struct user author;
	struct member member; /* without its user */
	struct ra_str mentions, mention_roles;
	struct {
		uint64_t message_id;
	} reference;
	struct {
		struct user author;
	} referenced; /* its id only */
	struct {
		uint64_t id;
		struct user user; /* its id only */
		struct ra_str name;
	} interaction;
};

struct emoji {
	uint64_t id;
	struct ra_str name;
};

struct reaction {
	uint64_t guild_id, channel_id, message_id, user_id, author_id;
	struct emoji emoji;
	struct member member;
	bool is_burst;
};

#define CHANNEL_OBFUSCATED (1 << 17)

struct channel {
	uint64_t id, guild_id, parent_id, last_message_id;
	int64_t kind, position, flags;
	struct ra_str name;
	bool is_nsfw, is_newly_created;
	struct {
		bool is_archived;
	} thread;
};

struct role {
	uint64_t id;
	struct ra_str name, permissions;
	int64_t color, position;
	bool is_managed;
};

struct voice_state {
	uint64_t guild_id, channel_id, user_id;
	struct ra_str session_id;
	struct member member;
	bool mute, deaf, self_mute, self_deaf, self_stream, self_video, suppress;
};

struct guild {
	uint64_t id, owner_id, afk_channel_id;
	struct ra_str name, icon, locale;
	int64_t premium_tier, premium_count, member_count, joined_at;
	struct ra_str unavailable; /* raw; empty when absent */
	struct ra_str roles, channels, threads, members, voice_states,
		scheduled_events; /* raw arrays */
};

/* GUILD_ROLE_CREATE, _UPDATE, _DELETE */
struct role_change {
	uint64_t guild_id, role_id;
	struct role role;
};

/* THREAD_LIST_SYNC, GUILD_MEMBERS_CHUNK */
struct listing {
	uint64_t guild_id;
	struct ra_str threads, members; /* raw arrays */
};

/* MESSAGE_DELETE, _DELETE_BULK */
struct deletion {
	uint64_t guild_id, channel_id, message_id;
	struct ra_str ids;
};

/* PRESENCE_UPDATE */
struct presence {
	uint64_t guild_id;
	struct user user;
	struct ra_str status;
	struct ra_str activities; /* raw array */
};

struct activity {
	struct ra_str name;
	int64_t kind;
};

struct invite {
	uint64_t guild_id, channel_id;
	struct user inviter;
	struct ra_str code;
	int64_t created_at, max_age_s, max_uses;
	bool is_temporary;
};

struct scheduled_event {
	uint64_t id, guild_id, channel_id, creator_id;
	struct ra_str name;
	int64_t status, starts_at, ends_at, interested;
};

/* GUILD_SCHEDULED_EVENT_USER_ADD, _REMOVE */
struct interest {
	uint64_t guild_id, event_id, user_id;
};

struct interaction {
	uint64_t id, guild_id, channel_id;
	int64_t kind;
	struct member member;
	struct {
		struct ra_str name, custom_id;
	} data;
};

/* READY */
struct ready {
	struct user user;
	struct ra_str session_id, resume_url;
	struct ra_str guilds; /* raw array */
	struct {
		int64_t flags;
	} application;
};

extern const struct field_table user_table, member_table, message_table, reaction_table,
	channel_table, role_table, voice_state_table, guild_table, role_change_table, listing_table,
	deletion_table, presence_table, activity_table, invite_table, scheduled_event_table,
	interest_table, interaction_table, ready_table;
