#include "services/analytics/consumer.h"
#include "libshared/base/clock.h"
#include "services/analytics/consumer_internal.h"
#include "services/analytics/handover.h"
#include "services/analytics/load.h"
#include "services/analytics/sql.h"
#include <stdio.h>

enum { LOCK_RETRY_MS = 2000 };

RA_COUNTER(batches_failed, "rations_batches_failed_total", "transactions that did not commit");

/* --- ways back ------------------------------------------------------------- */

void consumer_end_handover(struct consumer *c)
{
	handover_free(&c->handover);
	c->fold.handover = NULL;
	c->is_handover_ready = false;
	c->state.position.handover_from[0] = '\0';
}

static void forget(struct consumer *c)
{
	consumer_end_handover(c);
	state_fini(&c->state);
	state_init(&c->state, c->conf->shard_id, c->conf->shard_count);
	batch_clear(&c->batch);
	c->batch_entries = 0;
	ra_table_clear(&c->fold.known);
	ra_entries_clear(&c->entries);
	c->fold.is_cut_off = false;
	c->needed[0] = '\0';
	c->ready_from = c->ready_to = 0; /* old months are dropped when they are empty */
	c->is_current = c->is_drained = false;
	c->is_stale = c->is_asking;
}

static void on_timer(uv_timer_t *timer)
{
	struct consumer *c = ra_container_of(timer, struct consumer, timer);
	consumer_enter(c, c->step);
}

void consumer_again_later(struct consumer *c, enum step step, uint64_t ms)
{
	c->step = step;
	uv_timer_start(&c->timer, on_timer, ms, 0);
}

void consumer_fall_back(struct consumer *c, const struct ra_err *err)
{
	ra_count(&batches_failed, 1);
	if (err && strncmp(err->msg, "40001", 5) == 0)
		ra_info(&c->log, "the rules have changed");
	else if (err && err->code == RA_EDB)
		ra_error(&c->log, "database refused a statement", ra_f_text("error", err->msg));
	forget(c);
	if (ra_pg_is_up(c->pg))
		consumer_again_later(c, LOAD, ra_backoff_next_ms(&c->backoff));
	else
		c->step = CONNECT;
}

/* --- CONNECT, LOCK, LOAD ----------------------------------------------------- */

static void on_pg_up(void *ctx)
{
	struct consumer *c = ctx;
	if (c->step == CONNECT)
		consumer_enter(c, LOCK);
}

static void on_pg_down(void *ctx, const char *why)
{
	struct consumer *c = ctx;
	if (c->step == STOPPED)
		return;
	ra_warn(&c->log, "database connection lost", ra_f_text("why", why));
	uv_timer_stop(&c->timer);
	c->step = CONNECT;
	forget(c);
}

static void wait_for_turn(struct consumer *c)
{
	c->is_current = true;
	consumer_again_later(c, LOCK, LOCK_RETRY_MS);
}

static void on_lock(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct consumer *c = ctx;
	if (c->step != LOCK)
		return;
	if (status < 0)
		consumer_fall_back(c, err);
	else if (ra_pg_get_bool(result, 0, 0))
		consumer_enter(c, LOAD);
	else
		wait_for_turn(c);
}

static void enter_lock(struct consumer *c)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_text(&p, ra_str_of(c->stream));
	int rc = ra_pg_send(c->pg, SQL_LOCK, &p, on_lock, c);
	if (rc == 0)
		rc = ra_pg_sync(c->pg, NULL, NULL);
	if (rc < 0)
		c->step = CONNECT;
	ra_arena_fini(&arena);
}

static void on_loaded(void *ctx, int status, const struct ra_err *err)
{
	struct consumer *c = ctx;
	if (c->step != LOAD)
		return;
	if (status < 0) {
		consumer_fall_back(c, err);
		return;
	}
	ra_info(&c->log, "stream taken", ra_f_text("from", c->state.position.entry_id));
	consumer_enter(c, CHECK);
}

static void enter_load(struct consumer *c)
{
	forget(c);
	int rc = load_state(c->pg, c->stream, &c->state);
	if (rc == 0)
		rc = ra_pg_sync(c->pg, on_loaded, c);
	if (rc < 0)
		c->step = CONNECT;
}

/* --- Redis is there, and there again ------------------------------------------------ */

static void on_redis_up(void *ctx)
{
	struct consumer *c = ctx;
	if (!consumer_is_redis_step(c->step))
		return;
	uv_timer_stop(&c->timer);
	consumer_enter(c, CHECK);
}

/* --- the machine -------------------------------------------------------------------- */

static void enter_nothing(struct consumer *c)
{
	(void)c;
}

static void enter_done(struct consumer *c)
{
	c->is_current = true;
	if (c->conf->done)
		c->conf->done(c->conf->ctx);
}

static void (*const steps[])(struct consumer *c) = {
	[CONNECT] = enter_nothing,
	[LOCK] = enter_lock,
	[LOAD] = enter_load,
	[CHECK] = consumer_enter_check,
	[HANDOVER] = consumer_enter_handover,
	[SEED] = consumer_enter_seed,
	[READ] = consumer_enter_read,
	[LOOK_UP] = consumer_enter_look_up,
	[MONTHS] = consumer_enter_months,
	[COMMIT] = consumer_enter_commit,
	[DONE] = enter_done,
	[STOPPED] = enter_nothing,
};

void consumer_enter(struct consumer *c, enum step step)
{
	c->step = step;
	steps[step](c);
}

bool consumer_is_at_ease(const struct consumer *c)
{
	return c->is_current && c->step >= SEED && c->step < DONE && ra_redis_is_up(c->redis);
}

static void say_behind(const struct consumer *c, char why[128])
{
	char at[33];
	ra_iso8601_format(c->state.position.event_at, at);
	if (c->state.position.event_at > 0)
		snprintf(why, 128, "%s: catching up, has read to %.16s", c->name, at);
	else
		snprintf(why, 128, "%s: nothing read yet", c->name);
}

void consumer_set_abandoned(struct consumer *c, bool is_abandoned)
{
	c->is_abandoned = is_abandoned;
}

bool consumer_holds(const struct consumer *c)
{
	return c->step > LOCK && c->step < STOPPED;
}

bool consumer_is_ready(const struct consumer *c, char why[128])
{
	if (!ra_pg_is_up(c->pg))
		snprintf(why, 128, "%s: PostgreSQL: %s", c->name, ra_pg_trouble(c->pg));
	else if (!ra_redis_is_up(c->redis))
		snprintf(why, 128, "%s: Redis: %s", c->name, ra_redis_trouble(c->redis));
	else if (!c->is_current)
		say_behind(c, why);
	else
		return true;
	return false;
}

struct consumer *consumer_start(uv_loop_t *loop, const struct consumer_conf *conf)
{
	static const struct ra_pg_ops pg_ops = { .on_up = on_pg_up, .on_down = on_pg_down };
	static const struct ra_redis_ops redis_ops = { .on_up = on_redis_up };
	struct consumer *c = ra_new(struct consumer);
	c->conf = conf;
	c->loop = loop;
	c->backoff = (struct ra_backoff){ .min_ms = 200, .max_ms = 10000 };
	snprintf(c->name, sizeof c->name, "%u.%u", conf->shard_count, conf->shard_id);
	snprintf(c->stream, sizeof c->stream, "events:{%s}", c->name);
	c->fields[0] = ra_f_text("stream", c->stream);
	c->log.fields = c->fields;
	state_init(&c->state, conf->shard_id, conf->shard_count);
	batch_init(&c->batch);
	fold_init(&c->fold, &c->state, &c->batch);
	uv_timer_init(loop, &c->timer);
	/* The URLs were checked when the program started: opening can not fail. */
	c->pg = ra_pg_open(loop, conf->database_url, "rations-analytics", sql_stmts, SQL_COUNT,
			   &c->log, &pg_ops, c, NULL);
	c->redis = ra_redis_open(loop, conf->redis_url, c->stream, &c->log, &redis_ops, c, NULL);
	c->pending = 3;
	return c;
}

static void unref(struct consumer *c)
{
	if (--c->pending > 0)
		return;
	void (*stopped)(void *ctx) = c->stopped;
	void *ctx = c->stopped_ctx;
	fold_fini(&c->fold);
	ra_entries_fini(&c->entries);
	batch_fini(&c->batch);
	state_fini(&c->state);
	ra_free(c);
	stopped(ctx);
}

static void on_connection_closed(void *ctx)
{
	unref(ctx);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct consumer, timer));
}

void consumer_stop(struct consumer *c, void (*stopped)(void *ctx), void *ctx)
{
	c->step = STOPPED;
	consumer_end_handover(c);
	c->stopped = stopped;
	c->stopped_ctx = ctx;
	ra_pg_close(c->pg, on_connection_closed, c);
	ra_redis_close(c->redis, on_connection_closed, c);
	uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}
