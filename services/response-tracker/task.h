/*
 * task: reports of done tasks (heritage: Task reports).
 *
 *	a member writes how many -> pending -- a curator reacts -> reviewing
 *	    -- the same curator replies how many of them -> verified
 *
 * Says what an event means to a report that may be there; whether the step is
 * possible is decided by the statement that takes it
 * (migrations/0024_task_reports.sql), so that replays and two curators at once
 * do no harm.
 */
#pragma once
#include "libshared/pg/pg.h"
#include "services/response-tracker/fold.h"

struct task_desk;

void task_desk_free(struct task_desk **desk);

/* Sends the query that fills guild->tasks of those in `state`. 0 or RA_EDOWN. */
int task_load(struct ra_pg *pg, const struct ra_pg_params *shard,
	      struct state *state) RA_MUST_CHECK;

/* True: this is a report, and no request. */
bool task_fold_event(struct fold *fold, const struct guild *guild, const struct ra_event *event);

/* Sends the steps of the batch. 0 or RA_EDOWN. */
int task_write(struct ra_pg *pg, struct ra_arena *arena, const struct batch *batch,
	       int64_t now) RA_MUST_CHECK;
