/*
 * beside: one thing a worker has done on a thread and a connection of its
 * own, while it does another itself: rows are counted while they are copied,
 * tables are measured while they are compared.
 *
 *	beside_start(&beside, db, work, ctx)
 *	...
 *	beside_wait(&beside, job, &err)    what came of it; job's cancel is heard meanwhile
 *
 * Whoever gives up before that calls beside_stop(). The thread uses nothing
 * of the job: neither its connection nor its row.
 */
#pragma once
#include "services/backup-scheduler/job.h"
#include <stdatomic.h>
#include <uv.h>

struct beside;

/* On the thread, once. Between queries it looks whether beside_is_stopped(); then RA_ESTOPPED. */
typedef int (*beside_work)(void *ctx, const struct beside *beside, struct ra_err *err);

struct beside {
	PGconn *db; /* borrowed; the thread's alone until it has ended */
	beside_work work;
	void *ctx; /* borrowed */

	/* beside.c's own */
	uv_thread_t thread;
	uv_mutex_t lock;
	uv_cond_t ended;
	bool is_running, has_ended;
	atomic_bool is_stopped;
	int rc;
	struct ra_err err;
};

/* `beside` is filled in; it stays where it is until it has ended. */
int beside_start(struct beside *beside, PGconn *db, beside_work work, void *ctx,
		 struct ra_err *err) RA_MUST_CHECK;
bool beside_is_stopped(const struct beside *beside);
/* Until it has ended: what its work returned, with its *err. RA_ESTOPPED when the job was
 * cancelled. */
int beside_wait(struct beside *beside, struct job *job, struct ra_err *err) RA_MUST_CHECK;
/* Ends what it asks PostgreSQL at the moment, and waits for it. Safe when it never was started, and
 * after beside_wait(). */
void beside_stop(struct beside *beside);
