#include "libshared/stream/reader.h"
#include "libshared/base/clock.h"
#include "libshared/stream/reader_internal.h"
#include <inttypes.h>
#include <stdio.h>

enum { LOCK_RETRY_MS = 2000 };

RA_COUNTER(batches_failed, "rations_batches_failed_total", "transactions that did not commit");

/* --- ways back ------------------------------------------------------------- */

void reader_end_handover(struct ra_reader *r)
{
	ra_handover_free(&r->reading.handover);
	r->is_handover_ready = false;
	r->reading.position.handover_from[0] = '\0';
}

static void forget(struct ra_reader *r)
{
	reader_end_handover(r);
	ra_reading_fini(&r->reading);
	ra_reading_init(&r->reading, r->conf->shard_id, r->conf->shard_count);
	r->ops->forget(r->fold);
	r->batch_entries = 0;
	r->batch_events = 0;
	ra_entries_clear(&r->entries);
	ra_arena_reset(&r->arena);
	r->needed[0] = '\0';
	r->is_current = r->is_drained = r->is_placed = false;
	r->is_stale = r->is_asking;
}

static void on_timer(uv_timer_t *timer)
{
	struct ra_reader *r = ra_container_of(timer, struct ra_reader, timer);
	reader_enter(r, r->step);
}

void reader_again_later(struct ra_reader *r, enum step step, uint64_t ms)
{
	r->step = step;
	uv_timer_start(&r->timer, on_timer, ms, 0);
}

void reader_fall_back(struct ra_reader *r, const struct ra_err *err)
{
	ra_count(&batches_failed, 1);
	if (err && strncmp(err->msg, "40001", 5) == 0)
		ra_info(&r->log, "the rules have changed");
	else if (err && err->code == RA_EDB)
		ra_error(&r->log, "database refused a statement", ra_f_text("error", err->msg));
	forget(r);
	if (ra_pg_is_up(r->pg))
		reader_again_later(r, LOAD, ra_backoff_next_ms(&r->backoff));
	else
		r->step = CONNECT;
}

bool reader_is_whole(const struct ra_reader *r)
{
	return !r->ops->is_whole || r->ops->is_whole(r->fold);
}

/* --- CONNECT, LOCK, LOAD ----------------------------------------------------- */

static void on_pg_up(void *ctx)
{
	struct ra_reader *r = ctx;
	if (r->step == CONNECT)
		reader_enter(r, LOCK);
}

static void on_pg_down(void *ctx, const char *why)
{
	struct ra_reader *r = ctx;
	if (r->step == STOPPED)
		return;
	ra_warn(&r->log, "database connection lost", ra_f_text("why", why));
	uv_timer_stop(&r->timer);
	r->step = CONNECT;
	forget(r);
}

static void wait_for_turn(struct ra_reader *r)
{
	r->is_current = true;
	reader_again_later(r, LOCK, LOCK_RETRY_MS);
}

static void on_lock(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct ra_reader *r = ctx;
	if (r->step != LOCK)
		return;
	if (status < 0)
		reader_fall_back(r, err);
	else if (ra_pg_get_bool(result, 0, 0))
		reader_enter(r, LOAD);
	else
		wait_for_turn(r);
}

static void enter_lock(struct ra_reader *r)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_text(&p, ra_str_of(r->stream));
	int rc = ra_pg_send(r->pg, reader_sql(r->ops, READER_LOCK), &p, on_lock, r);
	if (rc == 0)
		rc = ra_pg_sync(r->pg, NULL, NULL);
	if (rc < 0)
		r->step = CONNECT;
	ra_arena_fini(&arena);
}

static void on_loaded(void *ctx, int status, const struct ra_err *err)
{
	struct ra_reader *r = ctx;
	if (r->step != LOAD)
		return;
	if (status < 0) {
		reader_fall_back(r, err);
		return;
	}
	ra_info(&r->log, "stream taken", ra_f_text("from", r->reading.position.entry_id));
	reader_enter(r, CHECK);
}

static void copy_text(char *out, size_t size, struct ra_str text)
{
	size_t len = text.len < size ? text.len : size - 1;
	memcpy(out, text.ptr, len);
	out[len] = '\0';
}

static void on_position(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	(void)err;
	struct ra_position *position = &((struct ra_reading *)ctx)->position;
	if (status < 0 || PQntuples(result) == 0)
		return;
	copy_text(position->entry_id, sizeof(position->entry_id), ra_pg_get_str(result, 0, 0));
	copy_text(position->session, sizeof(position->session), ra_pg_get_str(result, 0, 1));
	position->seq = ra_pg_get_u64(result, 0, 2);
	position->part = ra_pg_get_u64(result, 0, 3);
	position->event_at = ra_pg_get_i64(result, 0, 4);
	position->entries = ra_pg_is_null(result, 0, 5) ? -1 : ra_pg_get_i64(result, 0, 5);
	copy_text(position->handover_from, sizeof(position->handover_from),
		  ra_pg_get_str(result, 0, 6));
	position->is_finished = ra_pg_get_bool(result, 0, 7);
	position->restored_at = ra_pg_get_i64(result, 0, 8);
}

static void on_old_streams(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	(void)err;
	struct ra_reading *reading = ctx;
	int n = status < 0 ? 0 : PQntuples(result);
	reading->old = ra_alloc((size_t)(n + 1) * sizeof(*reading->old));
	for (int i = 0; i < n; i++) {
		struct ra_old_stream *old = &reading->old[reading->old_count];
		copy_text(old->name, sizeof(old->name), ra_pg_get_str(result, i, 0));
		copy_text(old->last_id, sizeof(old->last_id), ra_pg_get_str(result, i, 1));
		old->event_at = ra_pg_get_i64(result, i, 2);
		if (sscanf(old->name, "events:{%" SCNu32 ".%" SCNu32 "}", &old->shard_count,
			   &old->shard_id) == 2 &&
		    old->shard_count != 0)
			reading->old_count++;
	}
}

static int load_reading(struct ra_reader *r)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params key = { .arena = &arena };
	ra_pg_text(&key, ra_str_of(r->stream));
	int rc = ra_pg_send(r->pg, reader_sql(r->ops, READER_LOAD_POSITION), &key, on_position,
			    &r->reading);
	if (rc == 0)
		rc = ra_pg_send(r->pg, reader_sql(r->ops, READER_LOAD_OLD_STREAMS), &key,
				on_old_streams, &r->reading);
	ra_arena_fini(&arena);
	return rc;
}

static void enter_load(struct ra_reader *r)
{
	forget(r);
	r->is_outdated = false;
	int rc = load_reading(r);
	if (rc == 0)
		rc = r->ops->load(r->fold, r->pg);
	if (rc >= 0)
		rc = ra_pg_sync(r->pg, on_loaded, r);
	if (rc < 0)
		r->step = CONNECT;
}

/* --- Redis is there, and there again ------------------------------------------------ */

static void on_redis_up(void *ctx)
{
	struct ra_reader *r = ctx;
	if (!reader_is_redis_step(r->step))
		return;
	uv_timer_stop(&r->timer);
	reader_enter(r, CHECK);
}

/* --- the machine -------------------------------------------------------------------- */

static void enter_nothing(struct ra_reader *r)
{
	(void)r;
}

static void enter_done(struct ra_reader *r)
{
	r->is_current = true;
	if (r->conf->done)
		r->conf->done(r->conf->done_ctx);
}

static void (*const steps[])(struct ra_reader *r) = {
	[CONNECT] = enter_nothing,
	[LOCK] = enter_lock,
	[LOAD] = enter_load,
	[CHECK] = reader_enter_check,
	[HANDOVER] = reader_enter_handover,
	[SEED] = reader_enter_seed,
	[READ] = reader_enter_read,
	[LOOK_UP] = reader_enter_look_up,
	[PREPARE] = reader_enter_prepare,
	[COMMIT] = reader_enter_commit,
	[DONE] = enter_done,
	[STOPPED] = enter_nothing,
};

void reader_enter(struct ra_reader *r, enum step step)
{
	r->step = step;
	steps[step](r);
}

void ra_reader_load_anew(struct ra_reader *r)
{
	r->is_outdated = true;
}

bool ra_reader_is_at_ease(const struct ra_reader *r)
{
	return r->is_current && r->step >= SEED && r->step < DONE && ra_redis_is_up(r->redis);
}

static void say_behind(const struct ra_reader *r, char why[128])
{
	char at[33];
	ra_iso8601_format(r->reading.position.event_at, at);
	if (r->reading.position.event_at > 0)
		snprintf(why, 128, "%s: catching up, has read to %.16s", r->name, at);
	else
		snprintf(why, 128, "%s: nothing read yet", r->name);
}

void ra_reader_set_abandoned(struct ra_reader *r, bool is_abandoned)
{
	r->is_abandoned = is_abandoned;
}

bool ra_reader_holds(const struct ra_reader *r)
{
	return r->step > LOCK && r->step < STOPPED;
}

bool ra_reader_is_ready(const struct ra_reader *r, char why[128])
{
	if (!ra_pg_is_up(r->pg))
		snprintf(why, 128, "%s: PostgreSQL: %s", r->name, ra_pg_trouble(r->pg));
	else if (!ra_redis_is_up(r->redis))
		snprintf(why, 128, "%s: Redis: %s", r->name, ra_redis_trouble(r->redis));
	else if (!r->is_current)
		say_behind(r, why);
	else
		return true;
	return false;
}

struct ra_reader *ra_reader_start(uv_loop_t *loop, const struct ra_reader_conf *conf)
{
	static const struct ra_pg_ops pg_ops = { .on_up = on_pg_up, .on_down = on_pg_down };
	static const struct ra_redis_ops redis_ops = { .on_up = on_redis_up };
	struct ra_reader *r = ra_new(struct ra_reader);
	r->conf = conf;
	r->ops = conf->ops;
	r->loop = loop;
	r->backoff = (struct ra_backoff){ .min_ms = 200, .max_ms = 10000 };
	snprintf(r->name, sizeof r->name, "%u.%u", conf->shard_count, conf->shard_id);
	snprintf(r->stream, sizeof r->stream, "events:{%s}", r->name);
	snprintf(r->connection_name, sizeof r->connection_name, "rations-%s", conf->ops->name);
	r->fields[0] = ra_f_text("stream", r->stream);
	r->log.fields = r->fields;
	ra_reading_init(&r->reading, conf->shard_id, conf->shard_count);
	r->fold = conf->ops->open(conf->ctx, &r->reading);
	reader_sql_init(&r->sql, conf->ops);
	uv_timer_init(loop, &r->timer);
	/* The URLs were checked when the program started: opening can not fail. */
	r->pg = ra_pg_open(loop, conf->database_url, r->connection_name, r->sql.stmts, r->sql.count,
			   &r->log, &pg_ops, r, NULL);
	r->redis = ra_redis_open(loop, conf->redis_url, r->stream, &r->log, &redis_ops, r, NULL);
	r->pending = 3;
	return r;
}

static void unref(struct ra_reader *r)
{
	if (--r->pending > 0)
		return;
	void (*stopped)(void *ctx) = r->stopped;
	void *ctx = r->stopped_ctx;
	r->ops->close(r->fold);
	ra_entries_fini(&r->entries);
	ra_reading_fini(&r->reading);
	ra_arena_fini(&r->arena);
	reader_sql_fini(&r->sql);
	ra_free(r);
	stopped(ctx);
}

static void on_connection_closed(void *ctx)
{
	unref(ctx);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct ra_reader, timer));
}

void ra_reader_stop(struct ra_reader *r, void (*stopped)(void *ctx), void *ctx)
{
	r->step = STOPPED;
	reader_end_handover(r);
	r->stopped = stopped;
	r->stopped_ctx = ctx;
	ra_pg_close(r->pg, on_connection_closed, r);
	ra_redis_close(r->redis, on_connection_closed, r);
	uv_close((uv_handle_t *)&r->timer, on_timer_closed);
}
