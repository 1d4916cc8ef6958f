/*
 * access: who asks, and what they may see. Asked on every request, and again
 * and again during a long stream: what Discord takes away is gone here within
 * a minute.
 *
 * The gate: owner, Administrator, Manage Server or View Server Insights, as
 * Discord said a moment ago (ten minutes while Discord does not answer), or
 * a role the guild lets look on; and the bot in the guild. A guild one may not
 * see does not exist. Who is staff of its desk (response.staff) sees that. What
 * is one's own, and what becomes of the data, can be decided when the bot has
 * left, too.
 *
 *	                          MEMBER  ANY  STAFF  GUILD  PEOPLE  MANAGER
 *	owner, Administrator,
 *	Manage Server              yes    yes   yes    yes    yes     yes
 *	View Server Insights       yes    yes   403    yes    yes     403
 *	a viewer role              yes    yes   403    yes    403     403
 *	staff, and nothing else    yes    yes   yes    403    403     403
 *	any other member, or
 *	somebody who was one       yes    404   404    404    404     404
 *	anybody else               404    404   404    404    404     404
 */
#pragma once
#include "services/api/api.h"

/* How old a list of guilds may be, and how often a stream asks: a minute together. */
#define ACCESS_FRESH_MS  (45LL * 1000)
#define ACCESS_STREAM_MS (15LL * 1000)

enum access_need {
	ACCESS_ACCOUNT, /* a session */
	ACCESS_OWNER,   /* and to be one of those who run this installation (owners.h) */
	ACCESS_GUILDS,  /* and a fresh list of guilds */
	ACCESS_MEMBER,  /* and to be, or have been, in this guild: what is one's own */
	ACCESS_ANY,     /* and something of this guild may be seen: its figures or its desk */
	ACCESS_STAFF,   /* and its desk: requests, tasks; staff or manager */
	ACCESS_GUILD,   /* and this guild's figures may be seen */
	ACCESS_PEOPLE,  /* and those of single members */
	ACCESS_MANAGER, /* and its settings changed */
	ACCESS_LEAVING, /* to manage this guild, which the bot may have left */
};

struct access_guild {
	uint64_t id;
	const char *name, *icon; /* icon: NULL when there is none */
	const char *timezone;
	int64_t members;
	bool is_available, can_manage, can_see_people, can_see_figures;
	bool is_staff;                                        /* of its desk, now */
	int64_t removed_ms;                                   /* when the bot left; 0: it is in */
	bool excludes_channels, excludes_people, counts_bots; /* of its settings (filter.h) */
	int week_start;                                       /* 1 Monday ... 7 Sunday */
	int64_t first_event_ms, last_event_ms;                /* 0: none yet */
	int64_t first_message_ms; /* first_event_ms, or earlier: the oldest message of history */
	bool has_days; /* cut in its zone: else hours have to be read (analytics.day_work) */
	/* On its calendar: of the two, or today. */
	int today, first_event_day, first_day;
};

struct access {
	uint64_t user_id;
	const char *username, *global_name, *avatar; /* the latter two: NULL when there is none */
	const char *csrf_token;
	struct access_guild guild; /* with ACCESS_MEMBER and what follows it */
};

/* 0, RA_EDENIED (no session), RA_ENOTFOUND (no such guild), RA_EFORBIDDEN (the guild may be seen,
 * but not this), RA_EHTTP (Discord does not say), RA_EDOWN or RA_EDB. *access is valid as long as
 * the arena. May come before access_check returns.
 */
typedef void (*access_cb)(void *ctx, int status, const struct access *access);

void access_check(struct api *api, struct ra_arena *arena,
		  const unsigned char hash[TOKEN_HASH_BYTES], enum access_need need,
		  uint64_t guild_id, access_cb done, void *ctx);

/* The same without a person, for what a guild let out (a token, a shared page): who asks is nobody,
 * who may see figures, and not those of single members. RA_ENOTFOUND when the bot is not there. */
void access_guest(struct api *api, struct ra_arena *arena, uint64_t guild_id, access_cb done,
		  void *ctx);
/* For who needs it longer. */
const struct access *access_copy(const struct access *access, struct ra_arena *arena);

/* Pure: permission bits of a member (Discord docs, Permissions). */
bool access_may_see(bool is_owner, uint64_t permissions);
bool access_may_manage(bool is_owner, uint64_t permissions);
