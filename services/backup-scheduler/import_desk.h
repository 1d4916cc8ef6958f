/*
 * import_desk: the sinks of the desk - curators, who is excluded, activities,
 * requests and their answers, task reports, settings. Staged as they are read,
 * then put into app and response (docs/why/imports-desk.md).
 *
 * What was imported is labelled (source 2) and lies before the first thing our
 * own desk saw in that guild, so nothing counts twice. A request of the past
 * that nobody answered stays unanswered and is closed when it is put in place:
 * no notice is ever sent about one (migrations/0035_import_desk.sql).
 */
#pragma once
#include "services/backup-scheduler/import.h"

struct import_curator {
	uint64_t guild, user;
	struct ra_str name, kind, subdivision;
	bool is_active;
	int64_t created_ms; /* 0: not known */
};

struct import_excluded {
	uint64_t guild, user;
	struct ra_str reason;
	int64_t at_ms; /* 0: not known */
};

struct import_activity {
	uint64_t guild, user, channel;
	const char *kind; /* message, reply, reaction, task_verification; static */
	uint64_t message; /* of a reaction: that it is on; of a verification: the report */
	uint64_t target;  /* of a reply: what it answers; of a verification: the reply; 0: none */
	int64_t at_ms;
	struct ra_str emoji, text;
};

struct import_request {
	uint64_t guild, channel; /* channel 0: not known, looked for among the activities */
	uint64_t request;        /* the message */
	bool is_keyword;         /* else a role was mentioned */
	int64_t asked_ms;
	uint64_t answered_by, answer; /* 0: nobody; the answering message, or the request */
	int64_t answered_ms;
	const char *answer_kind; /* reply, reaction; static */
};

struct import_task_report {
	uint64_t guild, channel, report, author;
	int64_t reported_ms, tasks;
	const char *state; /* pending, reviewing, verified, archived; static */
	uint64_t curator;  /* 0: nobody, or not known */
	int64_t claimed_ms, verified_ms;
	int64_t approved; /* below 0: not said */
	struct ra_str text;
};

/* Each counts, or leaves out and says why. */
void import_curator(struct import *, const struct import_curator *);
void import_excluded(struct import *, const struct import_excluded *);
void import_activity(struct import *, const struct import_activity *);
void import_request(struct import *, const struct import_request *);
void import_task_report(struct import *, const struct import_task_report *);
/* Columns of a table of app (desk_settings, request_rule, task_settings, notice_settings,
 * rating_settings) as an object; they count where the guild has decided nothing yet. */
void import_desk_settings(struct import *, uint64_t guild, const char *table, struct ra_str json);

extern const struct import_sink import_curators, import_exclusions, import_activities,
	import_requests, import_task_reports, import_desk_decisions;
