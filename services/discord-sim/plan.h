/*
 * plan: what kind of places there are, as data: how many people, which
 * channels and roles, how much of everything on an average day, and what is
 * special about them. The engine makes towns of these.
 */
#pragma once
#include "services/discord-sim/texts.h"

enum room_kind {
	ROOM_CATEGORY,
	ROOM_LOBBY, /* where Discord announces who joined */
	ROOM_CHAT,
	ROOM_MEDIA,   /* pictures */
	ROOM_HELP,    /* people ask, staff answers */
	ROOM_FORUM,   /* likewise, one thread a question */
	ROOM_REPORTS, /* done tasks, to be approved by staff */
	ROOM_NEWS,    /* announcements by staff */
	ROOM_FEED,    /* a webhook posts */
	ROOM_BOTS,    /* commands and answers */
	ROOM_STAFF,   /* hidden from everybody else, our bot included */
	ROOM_VOICE,
	ROOM_AFK,
	ROOM_STAGE,
	ROOM_THREAD, /* grown, never planned */
};

/* In order; a category holds what follows it. */
struct room_plan {
	const char *name;
	enum room_kind kind;
	double weight; /* how much of the talk it draws */
	const char *topic;
};

enum role_kind {
	ROLE_PLAIN,
	ROLE_STAFF,    /* who answers; mentioned in requests */
	ROLE_MANAGER,  /* MANAGE_GUILD */
	ROLE_INSIGHTS, /* VIEW_GUILD_INSIGHTS */
	ROLE_MEMBER,   /* given to everybody who passed the screening */
	ROLE_DIVISION, /* one of them to some */
	ROLE_BOT,
};

struct role_plan {
	const char *name;
	enum role_kind kind;
	uint32_t color;
};

/* When people are up: a day's shape and a week's. */
enum rhythm { RHYTHM_EVENING, RHYTHM_OFFICE, RHYTHM_STUDENT, RHYTHM_FLAT };

/* What happens once in its life, on a day of the history. */
enum story {
	STORY_WAVE = 1,   /* day 23: everybody talks about it, many join */
	STORY_RAID = 2,   /* day 17: sixty accounts come, spam, and are banned */
	STORY_QUIET = 4,  /* day 26: hardly anybody is there */
	STORY_OUTAGE = 8, /* day 12, early morning: Discord loses the guild for half an hour */
	STORY_BUILD = 16, /* day 9: a new channel; day 14: a promotion */
};

struct town_plan {
	const char *name, *description, *locale, *features, *webhook_name;
	const char *vanity; /* the address of its own; NULL: none */
	enum lang lang;
	enum theme theme;
	enum rhythm rhythm;
	int zone_min; /* minutes east of UTC; clock changes are not lived */
	unsigned members, staff, age_days;
	unsigned stories;
	bool has_no_bot;    /* ours was never invited */
	bool has_screening; /* newcomers are pending first */
	uint64_t bot_permissions;
	const char *emoji[8]; /* the usual reactions; NULL ends */
	const struct room_plan *rooms;
	size_t room_count;
	const struct role_plan *roles;
	size_t role_count;
	/* on an average day */
	struct {
		double messages, voice, joins, requests, posts, reports, feed, bot, admin;
	} daily;
};

/* Fewer kinds than towns: they come over and over, numbered. */
struct plan {
	const struct town_plan *kinds;
	size_t kind_count, town_count;
};

/* No kinds when there is no such preset ("bench" is not one: it is made to measure). */
struct plan plan_of(const char *preset);
/* The town that is copied `bench_guilds` times. */
struct town_plan plan_bench(unsigned members);
