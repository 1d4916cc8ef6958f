/*
 * history_job: one thing to do for a guild's history: what Discord is asked,
 * and what the answer changes. All of an answer is one transaction: rows, the
 * cursor behind which they lie, progress. A crash loses a request, no row.
 */
#pragma once
#include "libshared/discord/rest.h"
#include "services/analytics/history_read.h"

enum history_kind {
	HISTORY_NOTHING,
	HISTORY_PLAN,     /* find out what there is to read; asks Discord nothing */
	HISTORY_MEMBERS,  /* a page of the member list */
	HISTORY_THREADS,  /* a page of a channel's archived threads */
	HISTORY_MESSAGES, /* a page of a range of messages */
	HISTORY_FINISH,   /* nothing is left; asks Discord nothing */
};

struct history_job {
	enum history_kind kind;
	uint64_t guild;
	uint64_t shard_count, shard_id;
	int64_t snapshot_at;
	uint64_t members_after;
	uint64_t parent; /* HISTORY_THREADS */
	bool is_private;
	int64_t before_at, until_at;             /* 0: none */
	uint64_t channel, after, newest, cursor; /* HISTORY_MESSAGES */
};

/* What came of asking. */
struct history_result {
	struct history_page page;
	struct history_thread threads[HISTORY_PAGE];
	const char *skipped; /* a word of the tables, when Discord does not show it; else NULL */
	char trouble[160];   /* when it has to be asked again; else "" */
	int64_t retry_ms;    /* with trouble: not before; 0: nobody knows */
	int64_t busy_ms;     /* time it took, for the estimate */
};

void history_job_read(const PGresult *row, struct history_job *job);
bool history_job_asks(const struct history_job *job);
void history_job_call(const struct history_job *job, struct ra_rest_call *call, char query[96]);
/* Reads an answer into *result and the batch. */
void history_job_take(const struct history_job *job, int status,
		      const struct ra_rest_answer *answer, struct batch *batch,
		      struct history_result *result);
/* Sends what there is to write, batch included; the caller syncs. `result` is not read for jobs
 * that ask nothing. 0 or RA_EDOWN. */
int history_job_write(const struct history_job *job, const struct history_result *result,
		      struct ra_pg *pg, struct batch *batch) RA_MUST_CHECK;
