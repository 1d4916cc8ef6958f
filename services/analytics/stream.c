#include "services/analytics/stream.h"
#include "services/analytics/fold.h"
#include "services/analytics/fold_shard.h"
#include "services/analytics/load.h"
#include "services/analytics/sql.h"
#include "services/analytics/write.h"
#include <stdio.h>
#include <time.h>

struct stream {
	char name[48]; /* "events:{4.0}" */
	struct state state;
	struct batch batch;
	struct fold fold;
	int64_t ready_from, ready_to; /* partitions exist from one to the other */
};

/* --- life -------------------------------------------------------------------- */

static void *open_stream(void *ctx, struct ra_reading *reading)
{
	(void)ctx;
	struct stream *s = ra_new(struct stream);
	snprintf(s->name, sizeof(s->name), "events:{%u.%u}", reading->shard_count,
		 reading->shard_id);
	state_init(&s->state, reading->shard_id, reading->shard_count);
	batch_init(&s->batch);
	fold_init(&s->fold, &s->state, &s->batch, reading);
	return s;
}

static void close_stream(void *ctx)
{
	struct stream *s = ctx;
	fold_fini(&s->fold);
	batch_fini(&s->batch);
	state_fini(&s->state);
	ra_free(s);
}

static void forget_rows(void *ctx)
{
	struct stream *s = ctx;
	batch_clear(&s->batch);
	ra_table_clear(&s->fold.known);
}

static void forget(void *ctx)
{
	struct stream *s = ctx;
	const struct ra_reading *reading = s->fold.reading;
	state_fini(&s->state);
	state_init(&s->state, reading->shard_id, reading->shard_count);
	forget_rows(s);
	s->ready_from = s->ready_to = 0; /* old months are dropped when they are empty */
}

static int load(void *ctx, struct ra_pg *pg)
{
	struct stream *s = ctx;
	return load_state(pg, &s->state);
}

/* --- what is read ------------------------------------------------------------- */

static void remember(void *ctx, const struct ra_event *event)
{
	struct stream *s = ctx;
	fold_remember(&s->state, event);
}

static bool is_here(const void *ctx, uint64_t id)
{
	const struct stream *s = ctx;
	const struct guild *guild = state_guild(&s->state, id);
	return guild && guild->is_available && guild->removed_at == 0;
}

/* What must be known of members before their joins and leaves count. */
static int look_up(void *ctx, struct ra_pg *pg, const struct ra_entries *entries)
{
	struct stream *s = ctx;
	size_t known_before = s->fold.known.count;
	for (size_t i = 0; i < entries->count; i++)
		if (entries->list[i].is_event)
			fold_wants(&s->fold, &entries->list[i].event);
	if (s->fold.known.count == known_before)
		return 0;
	int rc = load_known(pg, &s->fold);
	return rc < 0 ? rc : 1;
}

static void looked_up(void *ctx)
{
	struct stream *s = ctx;
	fold_known_loaded(&s->fold);
}

static void event(void *ctx, const struct ra_event *told, bool is_hearsay)
{
	struct stream *s = ctx;
	fold_event(&s->fold, told, is_hearsay);
}

/* Time passes all the same, for a shard that is connected. */
static bool tick(void *ctx, int64_t at)
{
	struct stream *s = ctx;
	if (s->state.shard.is_connected)
		fold_tick(&s->fold, at);
	return s->batch.snapshots.count > 0;
}

static void finish(void *ctx)
{
	struct stream *s = ctx;
	fold_finish(&s->fold);
}

/* A guild's snapshot is one thing: it is committed whole, or read again. */
static bool is_whole(const void *ctx)
{
	const struct stream *s = ctx;
	return s->state.open_snapshots == 0;
}

/* --- what is written: the partitions first ------------------------------------- */

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

static int prepare_months(void *ctx, struct ra_pg *pg)
{
	struct stream *s = ctx;
	struct batch *b = &s->batch;
	if (b->first_hour == 0 || (b->first_hour >= s->ready_from && b->last_hour < s->ready_to))
		return 0;
	if (s->ready_from && s->ready_from < b->first_hour)
		b->first_hour = s->ready_from;
	if (s->ready_to > b->last_hour)
		b->last_hour = s->ready_to - 1;
	struct ra_pg_params p = { .arena = &b->arena };
	ra_pg_i64(&p, b->first_hour);
	ra_pg_i64(&p, b->last_hour);
	int rc = ra_pg_send(pg, SQL_ENSURE_MONTHS, &p, NULL, NULL);
	return rc < 0 ? rc : 1;
}

static void months_prepared(void *ctx)
{
	struct stream *s = ctx;
	s->ready_from = month_of(s->batch.first_hour, 0);
	s->ready_to = month_of(s->batch.last_hour, 1);
}

static int write_all(void *ctx, struct ra_pg *pg)
{
	struct stream *s = ctx;
	return write_batch(pg, s->name, s->fold.reading->position.session, &s->state, &s->batch);
}

const struct ra_reader_ops stream_ops = {
	.name = "analytics",
	.stmts = sql_stmts,
	.stmt_count = SQL_COUNT,
	.open = open_stream,
	.close = close_stream,
	.forget = forget,
	.load = load,
	.remember = remember,
	.is_here = is_here,
	.look_up = look_up,
	.looked_up = looked_up,
	.event = event,
	.tick = tick,
	.finish = finish,
	.is_whole = is_whole,
	.prepare = prepare_months,
	.prepared = months_prepared,
	.write = write_all,
	.committed = forget_rows,
};
