/*
 * world: the Discord that is simulated: guilds, channels, roles, members,
 * messages, voice. One struct world holds all of it. This header is how to
 * look at it; act.h has the only functions that change it, render.h the ones
 * that write it as Discord's JSON.
 *
 * The community engine, the REST API and the control API all act through
 * act.h, and each change is told to the listener as the dispatches Discord
 * would send for it (discord-protocol sheet, section 5). So what a client
 * sees, what REST answers and what the oracle counted can not disagree.
 *
 * Time is the caller's: world_set_now before acting; ids are snowflakes of
 * that moment. Nothing here draws random numbers.
 */
#pragma once
#include "libshared/base/base.h"
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include <uthash.h>

/* Permission bits (sheet, section 7): those the simulator asks about. */
#define PERM_CREATE_INSTANT_INVITE (1ULL << 0)
#define PERM_KICK_MEMBERS          (1ULL << 1)
#define PERM_BAN_MEMBERS           (1ULL << 2)
#define PERM_ADMINISTRATOR         (1ULL << 3)
#define PERM_MANAGE_CHANNELS       (1ULL << 4)
#define PERM_MANAGE_GUILD          (1ULL << 5)
#define PERM_ADD_REACTIONS         (1ULL << 6)
#define PERM_VIEW_AUDIT_LOG        (1ULL << 7)
#define PERM_STREAM                (1ULL << 9)
#define PERM_VIEW_CHANNEL          (1ULL << 10)
#define PERM_SEND_MESSAGES         (1ULL << 11)
#define PERM_MANAGE_MESSAGES       (1ULL << 13)
#define PERM_EMBED_LINKS           (1ULL << 14)
#define PERM_ATTACH_FILES          (1ULL << 15)
#define PERM_READ_HISTORY          (1ULL << 16)
#define PERM_MENTION_EVERYONE      (1ULL << 17)
#define PERM_VIEW_GUILD_INSIGHTS   (1ULL << 19)
#define PERM_CONNECT               (1ULL << 20)
#define PERM_SPEAK                 (1ULL << 21)
#define PERM_MUTE_MEMBERS          (1ULL << 22)
#define PERM_MOVE_MEMBERS          (1ULL << 24)
#define PERM_CHANGE_NICKNAME       (1ULL << 26)
#define PERM_MANAGE_ROLES          (1ULL << 28)
#define PERM_USE_COMMANDS          (1ULL << 31)
#define PERM_MANAGE_THREADS        (1ULL << 34)
#define PERM_CREATE_PUBLIC_THREADS (1ULL << 35)
#define PERM_SEND_IN_THREADS       (1ULL << 38)
#define PERM_MODERATE_MEMBERS      (1ULL << 40)
#define PERM_ALL                   ((1ULL << 53) - 1)

enum channel_type {
	CHANNEL_TEXT = 0,
	CHANNEL_VOICE = 2,
	CHANNEL_CATEGORY = 4,
	CHANNEL_ANNOUNCEMENT = 5,
	CHANNEL_ANNOUNCEMENT_THREAD = 10,
	CHANNEL_PUBLIC_THREAD = 11,
	CHANNEL_PRIVATE_THREAD = 12,
	CHANNEL_STAGE = 13,
	CHANNEL_FORUM = 15,
};

enum message_type {
	MESSAGE_DEFAULT = 0,
	MESSAGE_PINNED = 6,
	MESSAGE_USER_JOIN = 7,
	MESSAGE_BOOST = 8,
	MESSAGE_THREAD_CREATED = 18,
	MESSAGE_REPLY = 19,
	MESSAGE_COMMAND = 20,
	MESSAGE_THREAD_STARTER = 21,
};

#define MESSAGE_FLAG_HAS_THREAD (1U << 5)

struct user {
	uint64_t id;
	char *username;    /* owned, as all strings below */
	char *global_name; /* NULL: none */
	char *avatar;      /* NULL: none */
	char *locale;      /* NULL: "en-US" */
	bool is_bot, is_system;
	UT_hash_handle hh;
};

struct voice {
	uint64_t channel_id; /* 0: not in voice */
	uint64_t session;    /* survives moves; written as 32 hex digits */
	bool self_mute, self_deaf, suppress, stream, video;
};

enum presence { PRESENCE_OFFLINE, PRESENCE_ONLINE, PRESENCE_IDLE, PRESENCE_DND };

struct member {
	uint64_t user_id;
	struct user *user; /* borrowed from the world */
	char *nick;        /* NULL: none */
	uint64_t *roles;   /* without @everyone */
	size_t role_count;
	int64_t joined_at_ms;
	int64_t boosting_since_ms; /* 0: not */
	int64_t timeout_until_ms;  /* 0: none */
	uint32_t flags;            /* 1: DID_REJOIN */
	bool mute, deaf;           /* by the server */
	bool is_pending;
	enum presence presence;
	struct voice voice;
	UT_hash_handle hh;
};

struct role {
	uint64_t id;
	char *name;
	uint32_t color;
	int position;
	uint64_t permissions;
	bool is_hoisted, is_managed, is_mentionable;
	uint64_t bot_id; /* 0: not a bot's own role */
};

struct overwrite {
	uint64_t id;
	bool is_member; /* else a role */
	uint64_t allow, deny;
};

/* Whom a message pings. */
#define MENTIONS_MAX 16
struct mentions {
	uint64_t users[MENTIONS_MAX], roles[MENTIONS_MAX];
	size_t user_count, role_count;
	bool everyone;
};

struct reaction {
	char *emoji;       /* unicode, or the name of a custom one */
	uint64_t emoji_id; /* 0: unicode */
	uint64_t *users;
	size_t user_count;
};

/* The use of a bot's command that a message answers. */
struct command_use {
	uint64_t interaction_id, user_id;
	char *name;
};

struct message {
	uint64_t id;
	uint64_t author_id; /* a user; the webhook when webhook_name is set */
	int type;
	uint32_t flags;
	char *text; /* never NULL */
	uint64_t reply_to, reply_channel_id;
	int64_t edited_at_ms;        /* 0: never */
	struct mentions *mentions;   /* NULL: none */
	char *webhook_name;          /* NULL: a user's message */
	char *embeds, *components;   /* JSON arrays; NULL: [] */
	char *nonce;                 /* NULL: none */
	struct command_use *command; /* NULL: none; types 20 and 23 */
	uint32_t attachments;        /* how many */
	bool is_pinned;
	bool is_told; /* its MESSAGE_CREATE went into a session */
	struct reaction *reactions;
	size_t reaction_count;
};

struct channel {
	uint64_t id;
	struct guild *guild; /* borrowed: its owner */
	uint64_t parent_id;  /* category, or the channel of a thread; 0: none */
	int type;
	char *name, *topic; /* topic: NULL none */
	int position;
	bool is_nsfw;
	struct overwrite *overwrites;
	size_t overwrite_count;
	uint32_t slowmode_s, bitrate, user_limit;
	uint64_t last_message_id;
	/* threads */
	uint64_t owner_id;
	bool is_archived, is_locked;
	int64_t archived_at_ms; /* last change of is_archived */
	uint32_t auto_archive_minutes;
	uint32_t message_count, member_count;
	/* The newest messages, by ascending id; world->conf.history_per_channel at most. */
	struct message **messages;
	size_t message_first, message_len,
		message_cap; /* messages[first] .. messages[first + len - 1] */
	UT_hash_handle hh;
};

enum event_status { EVENT_SCHEDULED = 1, EVENT_ACTIVE, EVENT_COMPLETED, EVENT_CANCELED };
enum event_entity { EVENT_STAGE = 1, EVENT_VOICE, EVENT_ELSEWHERE };

struct scheduled_event {
	uint64_t id, channel_id, creator_id;
	char *name, *description, *location; /* description, location: NULL none */
	int64_t starts_at_ms, ends_at_ms;    /* ends: 0 none */
	enum event_status status;
	enum event_entity entity_type;
	uint64_t *interested; /* users */
	size_t interested_count;
};

struct invite {
	char *code;
	uint64_t channel_id, inviter_id;
	int64_t created_at_ms;
	uint32_t max_age_s, max_uses, uses;
	bool is_temporary;
};

struct guild {
	uint64_t id;
	char *name, *icon, *description; /* icon, description: NULL none */
	uint64_t owner_id;
	const char *features; /* inside of a JSON array: "\"COMMUNITY\""; a literal, may be "" */
	char *locale;
	uint64_t afk_channel_id, system_channel_id, rules_channel_id; /* 0: none */
	uint32_t afk_timeout_s;
	int premium_tier, premium_count, verification_level;
	bool is_bot_in;      /* our bot is a member; otherwise nothing of it is dispatched */
	bool is_unavailable; /* outage: nothing is dispatched until it is back */
	struct role **roles; /* roles[0] is @everyone */
	size_t role_count;
	struct channel **channels; /* threads too, archived ones included */
	size_t channel_count;
	struct member *members; /* uthash by user_id, in order of joining; HASH_COUNT is the member
				   count */
	struct scheduled_event **events;
	size_t event_count;
	struct invite **invites;
	size_t invite_count;
	struct invite *vanity; /* the address of its own; NULL: none, nor the feature */
	uint64_t *bans;
	size_t ban_count;
	UT_hash_handle hh;
};

/* Somebody the OAuth consent page lets you be. */
struct account {
	uint64_t user_id;
	const char *note; /* "owns every server", for the page */
};

struct world_conf {
	uint64_t application_id;    /* also the id of the bot's user */
	const char *bot_name;       /* borrowed for the time of world_new */
	size_t history_per_channel; /* messages kept for REST; 0: 400 */
};

/* What really happened, in our own words, for the oracle: independent of how JSON tells it. */
enum deed_kind {
	DEED_MESSAGE,
	DEED_EDIT, /* an edit by somebody, not a link preview */
	DEED_DELETE,
	DEED_REACT,
	DEED_UNREACT,
	DEED_CLEAR_REACTIONS,
	DEED_JOIN,
	DEED_JOIN_AGAIN, /* Discord repeating itself: the member was there already */
	DEED_LEAVE,
	DEED_VOICE,
	DEED_BAN,
	DEED_UNBAN,
	DEED_TIMEOUT,
	DEED_TIMEOUT_END, /* lifted before its time */
	DEED_BOOST,
	DEED_BOOST_END,
	DEED_GUILD, /* the guild came into view (GUILD_CREATE); `guild` is set */
	DEED_OTHER,
};

struct deed {
	enum deed_kind kind;
	uint64_t guild_id, channel_id, user_id, message_id; /* user_id: who did it */
	uint64_t parent_id;                                 /* of a thread: its channel; else 0 */
	int64_t at_ms;
	int message_type;                  /* DEED_MESSAGE */
	bool is_bot, is_webhook, is_reply; /* of who did it, of the message */
	uint32_t attachments, characters;  /* DEED_MESSAGE */
	uint32_t count;                    /* DEED_DELETE: how many */
	int64_t joined_at_ms;              /* DEED_LEAVE: for the tenure */
	bool is_command;                   /* DEED_MESSAGE: answers a command */
	bool was_boosting;                 /* DEED_LEAVE */
	/* DEED_VOICE: the new state; channel_id 0 = left */
	uint64_t voice_session;
	bool is_afk; /* in the AFK channel */
	bool mute, deaf, self_mute, self_deaf, suppress, stream, video;
	const struct guild *guild; /* DEED_GUILD; borrowed */
};

/*
 * One dispatch for whoever holds a session that may see it.
 *
 * GUILD_CREATE depends on the session (large_threshold, presences): `create`
 * is set, `d` is empty, and the gateway renders it with render_guild_create.
 */
struct dispatch {
	const char *type;    /* "MESSAGE_CREATE"; a literal, or borrowed like the rest */
	uint64_t guild_id;   /* 0: not of a guild; then it is for shard 0 */
	uint64_t channel_id; /* 0: not of a channel */
	uint64_t intents;    /* one of these bits lets it through (intents.h); 0: always */
	bool has_content;    /* d holds what MESSAGE_CONTENT masks; `masked` is d without it */
	struct ra_str d;     /* JSON; borrowed until the listener returns */
	struct ra_str masked;
	int64_t at_ms;           /* world time */
	const struct deed *deed; /* the truth behind it, for the oracle; NULL: nothing countable */
	const struct guild *create; /* GUILD_CREATE; borrowed */
	bool is_new_guild; /* GUILD_CREATE: the bot was just added (no `unavailable` key) */
};

/* Called for every dispatch of a guild the bot is in, in order, inside the act that caused it.
 * Must not act on the world. */
typedef void (*world_listener)(void *ctx, const struct dispatch *dispatch);

/* Who acts, in the worker bits of new ids: so the community's ids stay the same whatever else is
 * done. */
enum world_lane { LANE_COMMUNITY, LANE_VISITORS, LANES };

struct world {
	struct world_conf conf;
	int64_t now_ms;
	enum world_lane lane; /* LANE_VISITORS, except while the community acts */
	int64_t id_ms[LANES];
	uint32_t id_seq[LANES];
	struct user *users;       /* uthash by id */
	struct guild *guilds;     /* uthash by id, in order of creation */
	struct channel *channels; /* uthash by id, over all guilds; threads too */
	struct account *accounts;
	size_t account_count;
	struct user *bot;        /* our bot */
	world_listener listener; /* NULL: silent, and nothing is rendered */
	void *listener_ctx;
	struct ra_buf d, masked; /* of the dispatch being made */
};

/* Empty but for our bot's user. `conf` is copied. */
struct world *world_new(const struct world_conf *conf);
void world_free(struct world **world);
/* NULL turns dispatches off: state changes silently, and much faster. */
void world_listen(struct world *world, world_listener listener, void *ctx);
/* Time never goes back: an earlier moment is ignored. */
void world_set_now(struct world *world, int64_t now_ms);
/* A fresh snowflake of now_ms. */
uint64_t world_new_id(struct world *world);

/* Lookups: NULL when there is none. Borrowed, valid until the next act. */
struct user *world_user(const struct world *world, uint64_t user_id);
struct guild *world_guild(const struct world *world, uint64_t guild_id);
struct channel *world_channel(const struct world *world, uint64_t channel_id);
struct member *world_member(const struct guild *guild, uint64_t user_id);
struct role *world_role(const struct guild *guild, uint64_t role_id);
struct invite *world_invite(const struct guild *guild, const char *code);
struct scheduled_event *world_event(const struct guild *guild, uint64_t event_id);
/* Among the messages still kept. */
struct message *world_message(const struct channel *channel, uint64_t message_id);
/* The author's message of the last few minutes that carried this nonce (enforce_nonce). */
struct message *world_message_by_nonce(const struct world *world, const struct channel *channel,
				       uint64_t author_id, struct ra_str nonce);
bool world_is_banned(const struct guild *guild, uint64_t user_id);

static inline bool channel_is_thread(const struct channel *channel)
{
	return channel->type >= CHANNEL_ANNOUNCEMENT_THREAD &&
	       channel->type <= CHANNEL_PRIVATE_THREAD;
}
static inline bool channel_is_voice(const struct channel *channel)
{
	return channel->type == CHANNEL_VOICE || channel->type == CHANNEL_STAGE;
}
/* Whether messages may stand in it: not in categories and forums. */
bool channel_holds_messages(const struct channel *channel);

/* What a member may do in the guild, or in a channel of it (threads: their parent's overwrites,
 * timeouts applied; channel NULL: guild level). 0 for somebody who is not a member. */
uint64_t world_permissions(const struct world *world, const struct guild *guild,
			   const struct channel *channel, uint64_t user_id);
/* Whether our bot sees the channel; if not it is obfuscated and its messages are not dispatched. */
bool world_bot_sees(const struct world *world, const struct channel *channel);

/* Whom `text` mentions, of those who exist in the guild. */
void world_scan_mentions(const struct guild *guild, struct ra_str text, struct mentions *out);
