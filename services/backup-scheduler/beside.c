/* beside: see the header. */
#include "services/backup-scheduler/beside.h"

/* How often whoever waits looks whether the job is cancelled. */
#define LOOK_NS (200 * 1000 * 1000ULL)

static void run(void *arg)
{
	struct beside *b = arg;
	b->rc = b->work(b->ctx, b, &b->err);
	uv_mutex_lock(&b->lock);
	b->has_ended = true;
	uv_cond_signal(&b->ended);
	uv_mutex_unlock(&b->lock);
}

int beside_start(struct beside *b, PGconn *db, beside_work work, void *ctx, struct ra_err *err)
{
	*b = (struct beside){ .db = db, .work = work, .ctx = ctx };
	uv_mutex_init(&b->lock);
	uv_cond_init(&b->ended);
	int rc = uv_thread_create(&b->thread, run, b);
	if (rc < 0) {
		uv_cond_destroy(&b->ended);
		uv_mutex_destroy(&b->lock);
		return ra_fail(err, rc, "", "cannot start a thread: %s", uv_strerror(rc));
	}
	b->is_running = true;
	return 0;
}

bool beside_is_stopped(const struct beside *b)
{
	return atomic_load(&b->is_stopped);
}

/* What it asks next it does not ask any more; what it asks now PostgreSQL is told to give up. */
static void tell_to_stop(struct beside *b)
{
	char why[256];
	atomic_store(&b->is_stopped, true);
	PGcancel *cancel = PQgetCancel(b->db);
	if (cancel)
		PQcancel(cancel, why, sizeof(why));
	PQfreeCancel(cancel);
}

static void join(struct beside *b)
{
	uv_thread_join(&b->thread);
	uv_cond_destroy(&b->ended);
	uv_mutex_destroy(&b->lock);
	b->is_running = false;
}

static bool has_ended_soon(struct beside *b)
{
	uv_mutex_lock(&b->lock);
	if (!b->has_ended)
		uv_cond_timedwait(&b->ended, &b->lock, LOOK_NS);
	bool has_ended = b->has_ended;
	uv_mutex_unlock(&b->lock);
	return has_ended;
}

int beside_wait(struct beside *b, struct job *job, struct ra_err *err)
{
	while (!has_ended_soon(b))
		if (!beside_is_stopped(b) && job_is_cancelled(job))
			tell_to_stop(b);
	join(b);
	if (b->rc < 0 && beside_is_stopped(b))
		return ra_fail(err, RA_ESTOPPED, "", "cancelled");
	if (b->rc < 0)
		*err = b->err;
	return b->rc;
}

void beside_stop(struct beside *b)
{
	if (!b->is_running)
		return;
	tell_to_stop(b);
	join(b);
}
