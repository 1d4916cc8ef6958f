/*
 * import_govtracker: moving in from GovTracker2. What its rows mean to us; how
 * they are read is import_govtracker_source.h, where they go import_desk.h.
 *
 *	learn     servers, curators, settings: few, kept in memory, read each time
 *	settings  what we propose of them
 *	people    who is excluded, who is a curator
 *	work      activities, requests, task reports, one by one
 *
 * Its rows point at servers and curators by numbers of its own, some by names
 * only, an archive at servers that are not in it. Each is found as well as can
 * be (gov_guild_of, gov_person_of); what can not be found is left out, counted.
 */
#pragma once
#include "libshared/base/table.h"
#include "services/backup-scheduler/import_desk.h"
#include "services/backup-scheduler/import_govtracker_source.h"

#define GOV_SERVERS_MAX  10000
#define GOV_CURATORS_MAX 100000
#define GOV_SETTINGS_MAX 200
#define GOV_SHORT_MAX    80

struct gov_server {
	int64_t id; /* GovTracker2's own */
	/* key above */
	uint64_t guild;
	char name[GOV_SHORT_MAX]; /* lower case, letters and digits only */
	bool is_active, wants_reminders;
	uint64_t role, tasks_channel, notice_channel;
	int64_t reminder_s; /* 0: not said */
};

struct gov_person {
	int64_t id; /* GovTracker2's own; below zero Discord's */
	/* key above */
	uint64_t user;
	char name[GOV_SHORT_MAX];
	bool is_automatic; /* made by a reaction, by nobody's decision */
};

struct gov_setting {
	char key[GOV_NAME_MAX];
	struct ra_str value;
};

struct gov {
	struct import *import;     /* borrowed */
	struct gov_source *source; /* owned */
	int64_t now_ms;
	struct import_cursor from; /* where it was left */
	int64_t part;              /* being read */
	struct ra_table servers, people, channels;
	struct ra_arena arena;
	struct gov_setting settings[GOV_SETTINGS_MAX];
	size_t setting_count;
	struct gov_row notices, points; /* the newest row of each; empty: none */
	struct gov_row *levels;         /* owned */
	size_t level_count;
};

extern const struct import_source import_govtracker, import_govtracker_database;

/* The server a row is about; 0: counted as left out. */
uint64_t gov_guild_of(struct gov *gov, const struct gov_row *row);
/* The curator of a row, by id, number or name: `ids`, `numbers`, `names` as gov_text() takes them.
 * NULL: nobody that is known. */
const struct gov_person *gov_person_of(struct gov *gov, const struct gov_row *row, const char *ids,
				       const char *names);
/* A name as it is compared. */
void gov_short_name(struct ra_str name, char out[GOV_SHORT_MAX]);
/* Of the bot's settings; empty: not said. */
struct ra_str gov_setting(const struct gov *gov, const char *key);
/* As import_skip(), with a number or a name of GovTracker2's. */
void gov_skip(struct gov *gov, const char *why, const struct gov_row *row);

/* import_govtracker_work.c: a row each. */
void gov_activity(struct gov *gov, const struct gov_row *row);
void gov_request(struct gov *gov, const struct gov_row *row);
void gov_report(struct gov *gov, const struct gov_row *row);
/* import_govtracker_settings.c: of every server. */
void gov_propose(struct gov *gov);
