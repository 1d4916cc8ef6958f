/*
 * worker: `backup-scheduler --worker <job_id>`: one job, in a process of its
 * own, so that the loop of the service never waits and whatever a job does
 * ends with it. It dies with the scheduler that started it.
 */
#pragma once
#include "services/backup-scheduler/job.h"

struct worker_kind {
	const char *kind; /* of backup.job */
	job_run run;
	int tries; /* how often it is begun when who worked on it was killed */
};

/* Ends with a kind of NULL. */
extern const struct worker_kind worker_kinds[];

/* Exit codes of a worker: it could not begin, and the queue tries again later. */
#define WORKER_EXIT_LATER 75

/* The whole process: returns its exit code. */
int worker_main(const struct conf *conf, int64_t job_id);
/* The same, once, before a first job: `backup-scheduler --sweep`. */
int worker_sweep(const struct conf *conf);
