#include "services/analytics/recut.h"
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/pg.h"
#include "services/analytics/at_ease.h"
#include "services/analytics/conf.h"
#include "services/analytics/recut_step.h"

enum {
	IDLE_MS = 5000,
	GRACE_MS = 5000,  /* from the end of the old days to their removal */
	STEP_ROWS = 5000, /* of the hours; those who count live wait for a step */
};

RA_COUNTER(recut_steps, "rations_recut_steps_total", "steps of making days anew");
RA_COUNTER(recut_guilds, "rations_recut_guilds_total", "guilds whose days were begun anew");

enum step { DOWN, PICK, STEP, STOPPED };

struct recut {
	struct ra_streams *streams; /* borrowed */
	struct ra_pg *pg;           /* owned */
	uv_timer_t timer;
	enum step step;
	struct recut_work work; /* the one picked */
	struct ra_backoff backoff;
};

static void enter(struct recut *r, enum step step);

static void on_timer(uv_timer_t *timer)
{
	struct recut *r = ra_container_of(timer, struct recut, timer);
	if (r->step == PICK)
		enter(r, PICK);
}

static void pick_later(struct recut *r, uint64_t ms)
{
	r->step = PICK;
	uv_timer_start(&r->timer, on_timer, ms, 0);
}

static void fall_back(struct recut *r, const struct ra_err *err)
{
	if (!ra_pg_is_up(r->pg)) {
		r->step = DOWN;
		return;
	}
	ra_warn(NULL, "days were not made anew", ra_f_text("error", err ? err->msg : ""));
	pick_later(r, ra_backoff_next_ms(&r->backoff));
}

/* --- PICK ------------------------------------------------------------------------- */

static void on_picked(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct recut *r = ctx;
	if (r->step != PICK)
		return;
	if (status < 0) {
		fall_back(r, err);
		return;
	}
	if (PQntuples(rows) == 0) {
		pick_later(r, IDLE_MS);
		return;
	}
	recut_step_read(rows, &r->work);
	enter(r, STEP);
}

static void enter_pick(struct recut *r)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	if (!at_ease_add(&p, r->streams)) {
		pick_later(r, IDLE_MS);
		ra_arena_fini(&arena);
		return;
	}
	ra_pg_i64(&p, r->work.guild);
	ra_pg_i64(&p, GRACE_MS);
	int rc = ra_pg_send(r->pg, RECUT_PICK, &p, on_picked, r);
	if (rc == 0)
		rc = ra_pg_sync(r->pg, NULL, NULL);
	if (rc < 0)
		r->step = DOWN;
	ra_arena_fini(&arena);
}

/* --- STEP ------------------------------------------------------------------------- */

static void on_stepped(void *ctx, int status, const struct ra_err *err)
{
	struct recut *r = ctx;
	if (r->step != STEP)
		return;
	if (status < 0) {
		fall_back(r, err);
		return;
	}
	ra_backoff_reset(&r->backoff);
	ra_count(&recut_steps, 1);
	if (r->work.job == RECUT_JOB_BEGIN) {
		ra_count(&recut_guilds, 1);
		ra_info(NULL, "days are made anew", ra_f_u64("guild", (uint64_t)r->work.guild),
			ra_f_text("zone", r->work.zone));
	}
	enter(r, PICK);
}

static void enter_step(struct recut *r)
{
	struct ra_arena arena = { 0 };
	int rc = recut_step_send(r->pg, &r->work, STEP_ROWS, &arena);
	if (rc == 0)
		rc = ra_pg_sync(r->pg, on_stepped, r);
	if (rc < 0)
		r->step = DOWN;
	ra_arena_fini(&arena);
}

static void enter(struct recut *r, enum step step)
{
	r->step = step;
	if (step == PICK)
		enter_pick(r);
	else if (step == STEP)
		enter_step(r);
}

/* --- life --------------------------------------------------------------------------- */

static void on_pg_up(void *ctx)
{
	struct recut *r = ctx;
	if (r->step == DOWN)
		enter(r, PICK);
}

static void on_pg_down(void *ctx, const char *why)
{
	struct recut *r = ctx;
	(void)why;
	if (r->step == STOPPED)
		return;
	uv_timer_stop(&r->timer);
	r->step = DOWN;
}

struct recut *recut_start(struct ra_service *service, struct ra_streams *streams)
{
	static const struct ra_pg_ops pg_ops = { .on_up = on_pg_up, .on_down = on_pg_down };
	const struct conf *conf = service->conf;
	struct recut *r = ra_new(struct recut);
	r->streams = streams;
	r->backoff = (struct ra_backoff){ .min_ms = 200, .max_ms = 10000 };
	uv_timer_init(service->loop, &r->timer);
	/* The URL was checked when the program started: opening can not fail. */
	r->pg = ra_pg_open(service->loop, conf->database_url, "rations-recut", recut_stmts,
			   RECUT_COUNT, NULL, &pg_ops, r, NULL);
	return r;
}

void recut_stop(struct recut *r)
{
	r->step = STOPPED;
	ra_pg_close(r->pg, NULL, NULL);
	uv_close((uv_handle_t *)&r->timer, NULL);
}

void recut_free(struct recut **recut)
{
	ra_free(*recut);
	*recut = NULL;
}
