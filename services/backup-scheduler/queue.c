/* queue: see the header. */
#include "services/backup-scheduler/queue.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/pg.h"
#include "services/backup-scheduler/conf.h"
#include "services/backup-scheduler/worker.h"
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOOK_MS = 500, LATER_MS = 3000, ARGS_MAX = 4, KINDS_MAX = 16 };

RA_COUNTER_BY(workers_ended, "rations_backup_workers_total", "outcome",
	      "workers that ended: well, badly, killed, or before they could begin")
RA_GAUGE(is_leading, "rations_backup_leader", "1 where this replica does the work")

enum step { STANDBY, IDLE, SWEEP, WORK };

enum { SQL_LEAD, SQL_REAP, SQL_NEXT, SQL_COUNT };

/* clang-format off */
static const struct ra_pg_stmt stmts[] = {
	[SQL_LEAD] = { "SELECT pg_try_advisory_lock(5105, 1)", 0 },
	/* $1 kinds, $2 how often they are begun, $3 now. What is running, and by nobody. */
	[SQL_REAP] = {
		"WITH dead AS ("
		" SELECT job_id, is_cancelled, tries >= coalesce(u.max, 1) AS is_enough FROM backup.job j "
		" LEFT JOIN unnest($1::text[], $2::bigint[]) u (kind, max) USING (kind) "
		" WHERE state = 'running' AND NOT EXISTS (SELECT FROM pg_locks l "
		"  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = 5105 AND l.objid = 2 "
		"   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())) FOR UPDATE OF j"
		"), ended AS ("
		" UPDATE backup.job j SET "
		"  state = CASE WHEN d.is_cancelled THEN 'cancelled' WHEN d.is_enough THEN 'failed' ELSE 'waiting' END, "
		"  why = CASE WHEN d.is_enough AND NOT d.is_cancelled THEN 'interrupted' ELSE '' END, "
		"  finished_at = CASE WHEN d.is_enough OR d.is_cancelled THEN public.ms_to_ts($3) END "
		" FROM dead d WHERE j.job_id = d.job_id RETURNING j.job_id, j.kind, j.state, j.backup_id"
		"), alarm AS ("
		" INSERT INTO backup.alarm (kind, backup_id, why, raised_at, last_at) "
		" SELECT kind || '_failed', backup_id, 'interrupted', public.ms_to_ts($3), public.ms_to_ts($3) "
		" FROM ended WHERE kind IN ('backup', 'drill') AND state = 'failed' "
		" ON CONFLICT (kind) WHERE ended_at IS NULL DO UPDATE SET times = alarm.times + 1, last_at = excluded.last_at"
		") SELECT job_id, kind, state FROM ended", 3 },
	[SQL_NEXT] = {
		"SELECT job_id FROM backup.job WHERE state = 'waiting' AND NOT is_cancelled "
		" AND NOT EXISTS (SELECT FROM backup.job WHERE state = 'running') ORDER BY job_id LIMIT 1", 0 },
};
/* clang-format on */

struct queue {
	uv_loop_t *loop;
	struct ra_pg *pg; /* owned */
	uv_timer_t timer;
	enum step step;
	uv_process_t child;
	bool has_child, is_asking, is_stopped;
	bool needs_sweep;  /* somebody was killed, or may have been before our time */
	bool is_answered;  /* what was asked: the lock is ours; the dead are reaped */
	int64_t next;      /* the job to begin; 0: none */
	uint64_t later_ms; /* monotonic: not before */
	char program[PATH_MAX];
};

static void enter(struct queue *q, enum step step);
static void look(struct queue *q);

/* --- the child ------------------------------------------------------------------- */

static void close_up(struct queue *q)
{
	ra_pg_close(q->pg, NULL, NULL);
	uv_close((uv_handle_t *)&q->timer, NULL);
}

static void on_child_closed(uv_handle_t *handle)
{
	struct queue *q = ra_container_of((uv_process_t *)handle, struct queue, child);
	q->has_child = false;
	if (q->is_stopped)
		close_up(q);
	else if (q->step != STANDBY) /* else the lock is to be had again first */
		enter(q, IDLE);
}

static void on_child_ended(uv_process_t *child, int64_t status, int signal)
{
	struct queue *q = ra_container_of(child, struct queue, child);
	bool is_later = signal == 0 && status == WORKER_EXIT_LATER;
	q->needs_sweep = signal != 0 || (is_later && q->step == SWEEP);
	if (is_later)
		q->later_ms = ra_monotonic_ms() + LATER_MS;
	if (signal != 0)
		ra_warn(NULL, "worker killed", ra_f_int("signal", signal));
	ra_count_by(&workers_ended,
		    signal != 0   ? "killed"
		    : is_later    ? "later"
		    : status == 0 ? "well"
				  : "badly",
		    1);
	uv_close((uv_handle_t *)child, on_child_closed);
}

static void spawn(struct queue *q, const char *mode, int64_t job)
{
	char id[24], self[] = "backup-scheduler", *what = ra_strdup(mode);
	snprintf(id, sizeof(id), "%lld", (long long)job);
	char *args[ARGS_MAX] = { self, what, job ? id : NULL, NULL };
	uv_stdio_container_t stdio[3] = {
		{ .flags = UV_IGNORE },
		{ .flags = UV_INHERIT_FD, .data.fd = STDOUT_FILENO },
		{ .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
	};
	uv_process_options_t options = { .exit_cb = on_child_ended,
					 .file = q->program,
					 .args = args,
					 .stdio_count = 3,
					 .stdio = stdio };
	int rc = uv_spawn(q->loop, &q->child, &options);
	ra_free(what);
	q->has_child = true;
	if (rc == 0)
		return;
	ra_error(NULL, "cannot start a worker", ra_f_err(rc));
	q->later_ms = ra_monotonic_ms() + LATER_MS;
	uv_close((uv_handle_t *)&q->child, on_child_closed);
}

/* --- steps -------------------------------------------------------------------------- */

static void enter_standby(struct queue *q)
{
	(void)q;
	ra_gauge_set(&is_leading, 0);
}

static void enter_sweep(struct queue *q)
{
	ra_gauge_set(&is_leading, 1);
	spawn(q, "--sweep", 0);
}

static void enter_idle(struct queue *q)
{
	look(q);
}

static void enter_work(struct queue *q)
{
	spawn(q, "--worker", q->next);
}

static void enter(struct queue *q, enum step step)
{
	static void (*const steps[])(struct queue *) = {
		[STANDBY] = enter_standby,
		[IDLE] = enter_idle,
		[SWEEP] = enter_sweep,
		[WORK] = enter_work,
	};
	q->step = step;
	if (!q->is_stopped)
		steps[step](q);
}

/* --- what is asked, and when ---------------------------------------------------------- */

static bool is_true(const PGresult *rows)
{
	return PQntuples(rows) == 1 && ra_pg_get_bool(rows, 0, 0);
}

static void on_lead(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct queue *q = ctx;
	(void)err;
	q->is_answered = status == 0 && is_true(rows);
}

static void on_reaped(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct queue *q = ctx;
	(void)err;
	if (status == 0 && PQntuples(rows) > 0)
		q->needs_sweep = true;
	for (int i = 0; status == 0 && i < PQntuples(rows); i++)
		ra_warn(NULL, "job was interrupted", ra_f_int("job", ra_pg_get_i64(rows, i, 0)),
			ra_f_str("kind", ra_pg_get_str(rows, i, 1)),
			ra_f_str("state", ra_pg_get_str(rows, i, 2)));
}

static void on_next(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct queue *q = ctx;
	(void)err;
	q->is_answered = status == 0;
	q->next = status == 0 && PQntuples(rows) == 1 ? ra_pg_get_i64(rows, 0, 0) : 0;
}

static void on_looked(void *ctx, int status, const struct ra_err *err)
{
	struct queue *q = ctx;
	(void)err;
	q->is_asking = false;
	if (status < 0 || !q->is_answered || q->is_stopped || q->has_child)
		return;
	if (q->step == STANDBY) {
		ra_info(NULL, "this replica works");
		q->needs_sweep = true; /* whoever worked before us may have been killed */
		enter(q, IDLE);
	} else if (q->step == IDLE && q->needs_sweep) {
		enter(q, SWEEP);
	} else if (q->step == IDLE && q->next) {
		enter(q, WORK);
	}
}

static int send_reap(struct queue *q)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	struct ra_str kinds[KINDS_MAX];
	int64_t tries[KINDS_MAX];
	size_t count = 0;
	for (; count < KINDS_MAX && worker_kinds[count].kind; count++) {
		kinds[count] = ra_str_of(worker_kinds[count].kind);
		tries[count] = worker_kinds[count].tries;
	}
	ra_pg_text_array(&p, kinds, count, sizeof(*kinds));
	ra_pg_i64_array(&p, tries, count, sizeof(*tries));
	ra_pg_i64(&p, ra_wall_ms());
	int rc = ra_pg_send(q->pg, SQL_REAP, &p, on_reaped, q);
	ra_arena_fini(&arena);
	return rc;
}

/* One question at a time, and none while a child is at work. */
static void look(struct queue *q)
{
	if (q->is_asking || q->has_child || q->is_stopped || !ra_pg_is_up(q->pg))
		return;
	if (q->step == IDLE && ra_monotonic_ms() < q->later_ms)
		return;
	q->is_answered = false;
	int rc = q->step == STANDBY ? ra_pg_send(q->pg, SQL_LEAD, NULL, on_lead, q) : send_reap(q);
	if (rc == 0 && q->step == IDLE)
		rc = ra_pg_send(q->pg, SQL_NEXT, NULL, on_next, q);
	if (rc == 0)
		rc = ra_pg_sync(q->pg, on_looked, q);
	q->is_asking = rc == 0;
}

static void on_timer(uv_timer_t *timer)
{
	look(ra_container_of(timer, struct queue, timer));
}

void queue_poke(struct queue *q)
{
	look(q);
}

/* --- life ------------------------------------------------------------------------------- */

static void on_up(void *ctx)
{
	look(ctx);
}

/* The lock went with the connection. A child goes on: it has a lock of its own, and may be the one
 * who cut us off (a restore puts another database into the place of this one). */
static void on_down(void *ctx, const char *why)
{
	struct queue *q = ctx;
	(void)why;
	q->is_asking = false;
	enter(q, STANDBY);
}

bool queue_is_leader(const struct queue *q)
{
	return q->step != STANDBY;
}

bool queue_is_ready(void *ctx, char why[128])
{
	const struct queue *q = ctx;
	if (ra_pg_is_up(q->pg))
		return true;
	snprintf(why, 128, "PostgreSQL: %s", ra_pg_trouble(q->pg));
	return false;
}

struct queue *queue_start(struct ra_service *service)
{
	static const struct ra_pg_ops ops = { .on_up = on_up, .on_down = on_down };
	const struct conf *conf = service->conf;
	struct queue *q = ra_new(struct queue);
	q->loop = service->loop;
	ssize_t len = readlink("/proc/self/exe", q->program, sizeof(q->program) - 1);
	if (len <= 0)
		snprintf(q->program, sizeof(q->program), "backup-scheduler");
	uv_timer_init(service->loop, &q->timer);
	uv_timer_start(&q->timer, on_timer, LOOK_MS, LOOK_MS);
	/* The URL was checked when the program started: opening can not fail. */
	q->pg = ra_pg_open(service->loop, conf->database_url, "rations-backup-queue", stmts,
			   SQL_COUNT, NULL, &ops, q, NULL);
	return q;
}

void queue_stop(struct queue *q)
{
	if (q->is_stopped)
		return;
	q->is_stopped = true;
	uv_timer_stop(&q->timer);
	if (q->has_child)
		uv_process_kill(&q->child, SIGTERM);
	else
		close_up(q);
}

void queue_free(struct queue **queue)
{
	ra_free(*queue);
	*queue = NULL;
}
