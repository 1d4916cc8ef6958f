#include "services/response-tracker/tracker.h"
#include "libshared/base/clock.h"
#include "services/response-tracker/load.h"
#include "services/response-tracker/sql.h"
#include "services/response-tracker/write.h"
#include <stdio.h>

/* The fold of one stream. */
struct tracked {
	struct ra_reading *reading; /* borrowed */
	char stream[48];            /* "events:{N.I}" */
	struct fold fold;
};

static void *open_fold(void *ctx, struct ra_reading *reading)
{
	(void)ctx;
	struct tracked *t = ra_new(struct tracked);
	t->reading = reading;
	snprintf(t->stream, sizeof t->stream, "events:{%u.%u}", reading->shard_count,
		 reading->shard_id);
	fold_init(&t->fold);
	return t;
}

static void close_fold(void *ctx)
{
	struct tracked *t = ctx;
	fold_fini(&t->fold);
	ra_free(t);
}

static void forget(void *ctx)
{
	fold_clear(&((struct tracked *)ctx)->fold);
}

static int load(void *ctx, struct ra_pg *pg)
{
	struct tracked *t = ctx;
	int rc = load_state(pg, t->stream, t->reading->shard_id, t->reading->shard_count,
			    ra_wall_ms(), &t->fold.state);
	return rc < 0 ? rc : 1;
}

static int look_up(void *ctx, struct ra_pg *pg, const struct ra_entries *entries)
{
	struct tracked *t = ctx;
	for (size_t i = 0; i < entries->count; i++)
		if (entries->list[i].is_event)
			fold_wants(&t->fold, &entries->list[i].event);
	return load_requests(pg, &t->fold);
}

static void looked_up(void *ctx)
{
	fold_loaded(&((struct tracked *)ctx)->fold);
}

static void on_event(void *ctx, const struct ra_event *event, bool is_hearsay)
{
	fold_event(&((struct tracked *)ctx)->fold, event, is_hearsay);
}

static int write_rows(void *ctx, struct ra_pg *pg)
{
	return write_batch(pg, &((struct tracked *)ctx)->fold, ra_wall_ms());
}

static void committed(void *ctx)
{
	struct tracked *t = ctx;
	fold_committed(&t->fold, t->reading->position.event_at);
}

const struct ra_reader_ops tracker_ops = {
	.name = "response",
	.stmts = sql_stmts,
	.stmt_count = SQL_COUNT,
	.begins_late = true,
	.open = open_fold,
	.close = close_fold,
	.forget = forget,
	.load = load,
	.look_up = look_up,
	.looked_up = looked_up,
	.event = on_event,
	.write = write_rows,
	.committed = committed,
};
