#include "services/analytics/consumer.h"
#include "libshared/base/clock.h"
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"
#include "services/analytics/entries.h"
#include "services/analytics/load.h"
#include "services/analytics/sql.h"
#include "services/analytics/write.h"
#include <stdio.h>
#include <time.h>

enum {
	LOCK_RETRY_MS = 2000,
	SEED_ENTRIES = 20000,
	/* Read at once; while a read comes back full, the next is folded into the same
	 * transaction: what is folded together touches a row once. */
	READ_ENTRIES = 4000,
	/* Silence longer than this is not "nothing happened" but "we do not know". */
	LIVE_MS = 10 * 60 * 1000,
	/* Snapshots by the wall clock leave late events time to arrive. */
	TICK_LAG_MS = 5000,
	/* Older than this when committed: there is more to catch up with. */
	BEHIND_MS = 60 * 1000,
};

RA_COUNTER(events_folded, "rations_events_folded_total", "events committed to the rollups");
RA_COUNTER(batches_committed, "rations_batches_committed_total", "transactions committed");
RA_COUNTER(batches_failed, "rations_batches_failed_total", "transactions that did not commit");
RA_HISTOGRAM(commit_seconds, "rations_commit_seconds", "from sending a batch to its commit");
RA_HISTOGRAM(lag_seconds, "rations_event_to_commit_seconds",
	     "age of a batch's newest event when committed");

enum step { CONNECT, LOCK, LOAD, CHECK, SEED, READ, LOOK_UP, MONTHS, COMMIT, STOPPED };

struct consumer {
	const struct consumer_conf *conf; /* borrowed */
	struct ra_field fields[2];
	struct ra_log log;
	char name[32];          /* "4.0" */
	char stream[48];        /* "events:{4.0}" */
	struct ra_pg *pg;       /* owned */
	struct ra_redis *redis; /* owned */
	enum step step;
	struct state state;
	struct batch batch;
	struct fold fold;
	struct entries entries;               /* read and not yet folded */
	int64_t asked_entries, batch_entries; /* of the last read; in the batch */
	int64_t ready_from, ready_to;         /* partitions exist from one to the other */
	uint64_t sent_at_ms;                  /* monotonic, of the batch being committed */
	bool is_current;                      /* has read what there is, or somebody else does */
	bool is_asking; /* a Redis command is in flight; never more than one */
	bool is_stale;  /* and was sent before memory was thrown away: ignore its answer */
	struct ra_backoff backoff;
	uv_timer_t timer;
	int pending; /* things to close before the memory may go */
	void (*stopped)(void *ctx);
	void *stopped_ctx;
};

static void enter(struct consumer *c, enum step step);

/* --- ways back ------------------------------------------------------------- */

static void forget(struct consumer *c)
{
	state_fini(&c->state);
	state_init(&c->state, c->conf->shard_id, c->conf->shard_count);
	batch_clear(&c->batch);
	c->batch_entries = 0;
	table_clear(&c->fold.known);
	entries_clear(&c->entries);
	c->is_current = false;
	c->is_stale = c->is_asking;
}

static void on_timer(uv_timer_t *timer)
{
	struct consumer *c = ra_container_of(timer, struct consumer, timer);
	enter(c, c->step);
}

static void again_later(struct consumer *c, enum step step, uint64_t ms)
{
	c->step = step;
	uv_timer_start(&c->timer, on_timer, ms, 0);
}

/* PostgreSQL said no: what is in memory may differ from what is stored, so load again. */
static void fall_back(struct consumer *c, const struct ra_err *err)
{
	ra_count(&batches_failed, 1);
	if (err && err->code == RA_EDB)
		ra_error(&c->log, "database refused a statement", ra_f_text("error", err->msg));
	forget(c);
	if (ra_pg_is_up(c->pg))
		again_later(c, LOAD, ra_backoff_next_ms(&c->backoff));
	else
		c->step = CONNECT;
}

/* --- CONNECT, LOCK, LOAD ----------------------------------------------------- */

static void on_pg_up(void *ctx)
{
	struct consumer *c = ctx;
	if (c->step == CONNECT)
		enter(c, LOCK);
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
	again_later(c, LOCK, LOCK_RETRY_MS);
}

static void on_lock(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct consumer *c = ctx;
	if (c->step != LOCK)
		return;
	if (status < 0)
		fall_back(c, err);
	else if (ra_pg_get_bool(result, 0, 0))
		enter(c, LOAD);
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
		fall_back(c, err);
		return;
	}
	ra_info(&c->log, "stream taken", ra_f_text("from", c->state.position.entry_id));
	enter(c, CHECK);
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

/* --- asking Redis: one command at a time, each answer exactly once ---------------- */

static bool is_redis_step(enum step step)
{
	return step == CHECK || step == SEED || step == READ;
}

/* The answer to the command of this step, or NULL when it is not to be used: it is stale, or the
 * connection is gone, and then on_redis_up begins again. */
static const redisReply *take_answer(struct consumer *c, const redisReply *reply)
{
	bool is_stale = c->is_stale;
	c->is_asking = c->is_stale = false;
	if (!is_redis_step(c->step))
		return NULL;
	if (!reply) {
		c->step = CHECK;
		return NULL;
	}
	if (is_stale) {
		enter(c, c->step);
		return NULL;
	}
	if (reply->type == REDIS_REPLY_ERROR && c->step != CHECK) {
		ra_error(&c->log, "cannot read the stream", ra_f_text("error", reply->str));
		c->step = CHECK;
		ra_redis_reset(c->redis, "stream command failed");
		return NULL;
	}
	return reply;
}

/* What enter_check, enter_seed and enter_read do with the result of sending. */
static void asked(struct consumer *c, int rc)
{
	c->is_asking = rc == 0;
	if (rc < 0)
		c->step = CHECK; /* wait for on_redis_up */
}

static void on_redis_up(void *ctx)
{
	struct consumer *c = ctx;
	if (is_redis_step(c->step))
		enter(c, CHECK);
}

/* --- CHECK: has Redis lost what we had already read? ------------------------------- */

static void on_info(void *ctx, const redisReply *reply)
{
	struct consumer *c = ctx;
	reply = take_answer(c, reply);
	if (!reply)
		return;
	struct position *position = &c->state.position;
	const char *last_id = entries_last_id(reply);
	if (entries_compare_ids(last_id, position->entry_id) < 0) {
		/* All that is left was folded already: go on behind it. What Discord replays has
		 * new ids and is told apart by its seq. */
		ra_warn(&c->log, "stream is shorter than what was read",
			ra_f_text("last_id", last_id), ra_f_text("position", position->entry_id));
		snprintf(position->entry_id, sizeof position->entry_id, "%s", last_id);
	}
	enter(c, SEED);
}

static void enter_check(struct consumer *c)
{
	if (!c->is_asking)
		asked(c, ra_redis_sendf(c->redis, on_info, c, "XINFO STREAM %s", c->stream));
}

/* --- SEED: remember what came last, so that a repeat is known for one --------------- */

/* The newest of them is what was read last. If Redis lost its tail (a replica took over), others
 * may have come in its place, and with a clock that is behind, under lower ids: then the last one
 * we know is further back. Returns its index; that of the newest when none is known. */
static size_t newest_known(const struct consumer *c, const redisReply *entries)
{
	for (size_t i = 0; i < entries->elements; i++) {
		struct ra_event event;
		if (entries_decode(entries->element[i], &event) == 0 &&
		    fold_has_seen(&c->state, &event))
			return i;
	}
	return 0;
}

static void go_back_to(struct consumer *c, const char *entry_id)
{
	struct position *position = &c->state.position;
	ra_warn(&c->log, "stream has other entries than were read", ra_f_text("known_id", entry_id),
		ra_f_text("position", position->entry_id));
	snprintf(position->entry_id, sizeof position->entry_id, "%s", entry_id);
}

/* From the newest to the oldest. */
static void on_seed(void *ctx, const redisReply *reply)
{
	struct consumer *c = ctx;
	reply = take_answer(c, reply);
	if (!reply)
		return;
	size_t known = reply->type == REDIS_REPLY_ARRAY ? newest_known(c, reply) : 0;
	if (known > 0)
		go_back_to(c, reply->element[known]->element[0]->str);
	for (size_t i = reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0; i-- > known;) {
		struct ra_event event;
		if (entries_decode(reply->element[i], &event) == 0)
			fold_remember(&c->state, &event);
	}
	enter(c, READ);
}

static void enter_seed(struct consumer *c)
{
	if (!c->is_asking)
		asked(c, ra_redis_sendf(c->redis, on_seed, c, "XREVRANGE %s %s - COUNT %d",
					c->stream, c->state.position.entry_id, SEED_ENTRIES));
}

/* --- READ ---------------------------------------------------------------------------- */

/* Nothing new: time passes all the same, for a stream that was live a moment ago. */
static void tick(struct consumer *c)
{
	int64_t now = ra_wall_ms() - TICK_LAG_MS;
	int64_t silence = now - c->state.position.event_at;
	if (c->batch.events == 0 && c->state.shard.is_connected && silence > 0 && silence < LIVE_MS)
		fold_tick(&c->fold, now);
}

static void on_read(void *ctx, const redisReply *reply)
{
	struct consumer *c = ctx;
	reply = take_answer(c, reply);
	if (!reply)
		return;
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1) {
		entries_read(&c->entries, &c->batch.arena, reply->element[0]->element[1]);
		enter(c, LOOK_UP);
		return;
	}
	c->is_current = true;
	tick(c);
	bool has_work = c->batch_entries > 0 || c->batch.snapshots.count > 0;
	enter(c, has_work ? MONTHS : READ);
}

static void enter_read(struct consumer *c)
{
	bool can_commit = c->batch_entries > 0 && c->state.open_snapshots == 0;
	int64_t room = c->conf->batch_entries - c->batch_entries;
	c->asked_entries = room > 0 && room < READ_ENTRIES ? room : READ_ENTRIES;
	if (!c->is_asking)
		asked(c, ra_redis_sendf(c->redis, on_read, c,
					"XREAD COUNT %lld BLOCK %lld STREAMS %s %s",
					(long long)c->asked_entries,
					can_commit ? 1LL : (long long)c->conf->idle_tick_ms,
					c->stream, c->state.position.entry_id));
}

/* --- LOOK_UP: what must be known of members before their joins and leaves count --- */

static void fold_all(struct consumer *c)
{
	struct position *position = &c->state.position;
	for (size_t i = 0; i < c->entries.count; i++) {
		struct entry *entry = &c->entries.list[i];
		if (entry->is_event)
			fold_event(&c->fold, &entry->event);
		snprintf(position->entry_id, sizeof position->entry_id, "%s", entry->id);
	}
	bool is_full = (int64_t)c->entries.count >= c->asked_entries;
	c->batch_entries += (int64_t)c->entries.count;
	bool has_room = c->batch_entries < c->conf->batch_entries;
	entries_clear(&c->entries);
	/* A guild's snapshot is one thing: it is committed whole, or read again. */
	bool reads_on = c->state.open_snapshots > 0 || (is_full && has_room);
	enter(c, reads_on ? READ : MONTHS);
}

static void on_looked_up(void *ctx, int status, const struct ra_err *err)
{
	struct consumer *c = ctx;
	if (c->step != LOOK_UP)
		return;
	if (status < 0) {
		fall_back(c, err);
		return;
	}
	fold_known_loaded(&c->fold);
	fold_all(c);
}

static void enter_look_up(struct consumer *c)
{
	size_t known_before = c->fold.known.count;
	for (size_t i = 0; i < c->entries.count; i++) {
		if (c->entries.list[i].is_event)
			fold_wants(&c->fold, &c->entries.list[i].event);
	}
	if (c->fold.known.count == known_before) {
		fold_all(c);
		return;
	}
	int rc = load_known(c->pg, &c->fold);
	if (rc == 0)
		rc = ra_pg_sync(c->pg, on_looked_up, c);
	if (rc < 0)
		c->step = CONNECT;
}

/* --- MONTHS: partitions, in a transaction of their own because of their locks ------ */

/* When the month of that time begins, or one of those after it. */
static int64_t month_of(int64_t at, int months_later)
{
	time_t seconds = at / 1000;
	struct tm tm;
	gmtime_r(&seconds, &tm);
	struct tm first = { .tm_year = tm.tm_year,
			    .tm_mon = tm.tm_mon + months_later,
			    .tm_mday = 1 };
	return (int64_t)timegm(&first) * 1000;
}

static void on_months(void *ctx, int status, const struct ra_err *err)
{
	struct consumer *c = ctx;
	if (c->step != MONTHS)
		return;
	if (status < 0) {
		fall_back(c, err);
		return;
	}
	c->ready_from = month_of(c->batch.first_hour, 0);
	c->ready_to = month_of(c->batch.last_hour, 1);
	enter(c, COMMIT);
}

static void enter_months(struct consumer *c)
{
	struct batch *b = &c->batch;
	if (b->first_hour == 0 || (b->first_hour >= c->ready_from && b->last_hour < c->ready_to)) {
		enter(c, COMMIT);
		return;
	}
	if (c->ready_from && c->ready_from < b->first_hour)
		b->first_hour = c->ready_from;
	if (c->ready_to > b->last_hour)
		b->last_hour = c->ready_to - 1;
	struct ra_pg_params p = { .arena = &b->arena };
	ra_pg_i64(&p, b->first_hour);
	ra_pg_i64(&p, b->last_hour);
	int rc = ra_pg_send(c->pg, SQL_ENSURE_MONTHS, &p, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(c->pg, on_months, c);
	if (rc < 0)
		c->step = CONNECT;
}

/* --- COMMIT ---------------------------------------------------------------------- */

static void on_committed(void *ctx, int status, const struct ra_err *err)
{
	struct consumer *c = ctx;
	if (c->step != COMMIT)
		return;
	if (status < 0) {
		fall_back(c, err);
		return;
	}
	ra_backoff_reset(&c->backoff);
	ra_count(&events_folded, (double)c->batch.events);
	ra_count(&batches_committed, 1);
	if (c->batch.events > 0)
		c->is_current = ra_wall_ms() - c->state.position.event_at < BEHIND_MS;
	ra_observe(&commit_seconds, (double)(ra_monotonic_ms() - c->sent_at_ms) / 1000.0);
	if (c->batch.events > 0)
		ra_observe(&lag_seconds,
			   (double)(ra_wall_ms() - c->state.position.event_at) / 1000.0);
	batch_clear(&c->batch);
	c->batch_entries = 0;
	table_clear(&c->fold.known);
	enter(c, READ);
}

static void enter_commit(struct consumer *c)
{
	c->sent_at_ms = ra_monotonic_ms();
	int rc = write_batch(c->pg, c->stream, &c->state, &c->batch);
	if (rc == 0)
		rc = ra_pg_sync(c->pg, on_committed, c);
	if (rc < 0)
		c->step = CONNECT;
}

/* --- the machine -------------------------------------------------------------------- */

static void enter_nothing(struct consumer *c)
{
	(void)c;
}

static void (*const steps[])(struct consumer *c) = {
	[CONNECT] = enter_nothing, [LOCK] = enter_lock,     [LOAD] = enter_load,
	[CHECK] = enter_check,     [SEED] = enter_seed,     [READ] = enter_read,
	[LOOK_UP] = enter_look_up, [MONTHS] = enter_months, [COMMIT] = enter_commit,
	[STOPPED] = enter_nothing,
};

static void enter(struct consumer *c, enum step step)
{
	c->step = step;
	steps[step](c);
}

bool consumer_is_at_ease(const struct consumer *c)
{
	return c->is_current && c->step > LOAD && c->step != STOPPED && ra_redis_is_up(c->redis);
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
	entries_fini(&c->entries);
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
	c->stopped = stopped;
	c->stopped_ctx = ctx;
	ra_pg_close(c->pg, on_connection_closed, c);
	ra_redis_close(c->redis, on_connection_closed, c);
	uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}
