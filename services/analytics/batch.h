/*
 * batch: what one transaction will write. Events are folded into it in
 * memory; write.c turns it into one statement a table. A batch lives from the
 * first entry read to the commit, then it is cleared and used again.
 *
 * Rows begin with their key (table.h). Texts lie in the arena; a NULL ptr is
 * NULL. Times are milliseconds since the epoch, 0 is NULL where the column
 * may be NULL.
 */
#pragma once
#include "libshared/base/arena.h"
#include "libshared/base/table.h"
#include "libshared/pg/pg.h"
#include "services/analytics/facts.h"
#include "services/analytics/unnamed.h"

struct hour_key {
	uint64_t guild;
	int64_t hour; /* start of the UTC hour */
};

struct user_hour_key {
	uint64_t guild;
	int64_t hour;
	uint64_t channel;
	uint64_t user;
};

struct message_row {
	struct user_hour_key key;
	int32_t author_kind, messages, replies, attachments, notices, edits, reactions_given,
		reactions_received;
	int32_t blocks; /* bit n: there was a message in ten minutes n of the hour */
	int64_t characters;
};

struct guild_hour_row {
	struct hour_key key;
	int32_t messages, bot_messages, replies, attachments, edits, deletions, reactions, joins,
		leaves;
	int64_t characters; /* for the days */
	int64_t voice_raw_ms, voice_present_ms, voice_engaged_ms, voice_talking_ms;
};

struct event_hour_key {
	uint64_t guild;
	int64_t hour;
	int64_t type;
};

struct event_hour_row {
	struct event_hour_key key;
	struct ra_str name;
	int64_t events;
};

struct voice_hour_row {
	struct user_hour_key key;
	int64_t raw_ms, present_ms, engaged_ms, talking_ms;
};

enum voice_rule { VOICE_RAW, VOICE_PRESENT, VOICE_ENGAGED, VOICE_TALKING, VOICE_RULES };

/* An hour of voice in a guild: what can not be added up from its members'. */
struct voice_guild_hour_row {
	struct hour_key key;
	int32_t sessions;
	int32_t peak[VOICE_RULES];
	int64_t peak_at[VOICE_RULES]; /* 0: nobody was there */
	int64_t stream_ms, video_ms;
};

struct voice_flags {
	bool self_mute, mute, self_deaf, deaf, suppress, stream, video;
};

struct segment_row {
	uint64_t guild, user;
	int64_t started_at;
	/* key above */
	int64_t ended_at;
	uint64_t channel;
	struct voice_flags flags;
	bool is_bot, is_afk, has_company, has_unmuted;
};

struct user_key {
	uint64_t guild, user;
};

/* The voice state of a member after the batch; channel 0: not in voice. */
struct voice_row {
	struct user_key key;
	uint64_t channel;
	int64_t joined_at, started_at;
	struct ra_str voice_session;
	struct voice_flags flags;
	bool is_bot;
};

struct guild_row {
	uint64_t guild;
	/* key above */
	struct ra_str name, icon, locale;
	uint64_t owner, afk_channel;
	int64_t member_count, messages_total, premium_tier, premium_count;
	int64_t bot_joined_at, first_event_at, last_event_at, unavailable_at, removed_at;
	int64_t snapshot_at, unseen_since;
	bool is_available;
};

struct channel_key {
	uint64_t guild, channel;
};

struct channel_row {
	struct channel_key key;
	uint64_t parent;
	int64_t kind, position, created_at, deleted_at;
	struct ra_str name;
	bool is_hidden, is_nsfw, is_archived;
	bool is_described; /* false: only deleted_at and is_archived are known */
};

struct role_row {
	uint64_t guild, role;
	/* key above */
	int64_t color, position, deleted_at;
	uint64_t permissions;
	struct ra_str name;
	bool is_managed;
	bool is_described; /* false: only deleted_at is known */
};

struct member_row {
	struct user_key key;
	struct ra_str username, global_name, nick, avatar, roles;
	int64_t joined_at, left_at, boosting_since, timeout_until;
	bool is_bot, is_pending;
	bool has_names;  /* username, global_name, avatar, is_bot are known */
	bool has_nick;   /* nick is known */
	bool is_full;    /* the rest is known too, left_at aside */
	bool has_left;   /* left_at is known: 0 is a member again */
	bool is_hearsay; /* written only when nothing is known of them yet */
};

struct flow_row {
	uint64_t guild, user;
	int64_t at;
	int64_t is_leave;
	uint64_t seq; /* a replay may bring two leaves at the same time */
	/* key above */
	struct ra_str kind;
	int64_t tenure_ms; /* -1 unknown */
	bool is_bot, is_rejoin;
};

/* A stay that began in the batch (newcomer.h). */
struct newcomer_row {
	uint64_t guild, user;
	int64_t joined_at;
	/* key above */
	int64_t left_at; /* 0: it goes on */
};

/* The end of a stay that began before the batch. */
struct departure_row {
	struct user_key key;
	int64_t left_at;
};

/* The first things somebody did in a part of the batch. */
struct first_row {
	uint64_t guild, user;
	int64_t part;
	/* key above */
	int64_t message_at[3], talk_at; /* 0: none */
};

struct snapshot_row {
	uint64_t guild;
	int64_t at;
	/* key above */
	int64_t members, channels, voice_members, messages_total, voice_ms_open;
};

struct gap_row {
	int64_t started_at;
	/* key above */
	int64_t ended_at, lost_entries;
	struct ra_str cause;
	bool is_healed;
};

/* What live counting has reached in a channel (boundary.h). */
struct reach_row {
	struct channel_key key;
	uint64_t start;   /* where it begins, should the channel be new to the database */
	uint64_t revived; /* not 0: what lies between the last_id stored and this was missed */
	uint64_t boundary, last;
	bool has_hole;
};

/* Messages that were not told: newer than `after`, up to and with `newest`. */
struct missed_row {
	uint64_t guild, channel, newest;
	/* key above */
	uint64_t after;
};

/* When the shard was in service. */
struct service_row {
	int64_t started_at;
	/* key above */
	int64_t ended_at;
};

enum guild_gap { GUILD_UNAVAILABLE, GUILD_REMOVED };

struct guild_gap_row {
	uint64_t guild;
	int64_t started_at;
	int64_t cause; /* enum guild_gap */
	/* key above */
	int64_t ended_at;
	struct ra_str name; /* of the cause */
};

struct batch {
	struct ra_arena arena;
	const struct unnamed *unnamed; /* borrowed; who is counted anonymously, NULL: nobody */
	struct ra_table messages, guild_hours, event_hours, voice_hours, segments, voices;
	struct ra_table voice_guild_hours;
	struct ra_table guilds, channels, roles, members, flows, snapshots, reaches, missed;
	struct ra_table newcomers, departures, firsts;
	struct ra_table gaps, services, guild_gaps;
	struct facts facts;
	int32_t source;                /* of messages and guild_hours: 0 live, 1 history */
	int64_t first_hour, last_hour; /* the partitions it needs; 0 none */
};

void batch_init(struct batch *batch);
void batch_clear(struct batch *batch);
void batch_fini(struct batch *batch);

/* The start of the UTC hour of `at`, noted for the partitions. */
int64_t batch_hour(struct batch *batch, int64_t at);
struct message_row *batch_message(struct batch *batch, uint64_t guild, int64_t at, uint64_t channel,
				  uint64_t user);
struct guild_hour_row *batch_guild_hour(struct batch *batch, uint64_t guild, int64_t at);
struct voice_guild_hour_row *batch_voice_guild_hour(struct batch *batch, uint64_t guild,
						    int64_t at);
struct member_row *batch_member(struct batch *batch, uint64_t guild, uint64_t user);
/* The same for what is older than what may be known already: NULL when the batch knows better. */
struct member_row *batch_member_hearsay(struct batch *batch, uint64_t guild, uint64_t user);
struct channel_row *batch_channel(struct batch *batch, uint64_t guild, uint64_t channel);
/* The guild told nothing from `started_at` to `ended_at`, 0 while it lasts. */
void batch_guild_gap(struct batch *batch, uint64_t guild, enum guild_gap cause, int64_t started_at,
		     int64_t ended_at);
/* Whose row counts for a user: their own, or the anonymous member's (unnamed.h). Every row about a
 * person that stays goes by it. */
uint64_t batch_person(const struct batch *batch, uint64_t guild, uint64_t user);
/* A copy in the arena; an empty text becomes NULL. */
struct ra_str batch_text(struct batch *batch, struct ra_str text);
