#include "services/analytics/history.h"
#include "libshared/base/clock.h"
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "services/analytics/at_ease.h"
#include "services/analytics/conf.h"
#include "services/analytics/history_job.h"
#include "services/analytics/sql.h"

enum {
	IDLE_MS = 2000,
	MONTHS_MAX = 12 * 200,
};

RA_COUNTER(pages_stored, "rations_history_pages_total", "answers about the past stored");
RA_COUNTER(messages_read, "rations_history_messages_total", "messages counted from history");
RA_COUNTER(pages_failed, "rations_history_failures_total",
	   "questions about the past that have to be asked again");

enum step { DOWN, PICK, ASK, MONTHS, STORE, STOPPED };

struct history {
	const struct conf *conf;    /* borrowed */
	struct ra_streams *streams; /* borrowed */
	struct ra_pg *pg;           /* owned */
	struct ra_rest *rest;       /* borrowed */
	uv_timer_t timer;
	enum step step;
	struct history_job job;
	struct history_result result;
	struct batch batch;
	struct unnamed unnamed;
	bool is_asking;                    /* a call is in flight; never more than one */
	bool ready_months[MONTHS_MAX];     /* since 1970; their partitions exist */
	uint64_t round_at_ms, asked_at_ms; /* monotonic */
	uint64_t last_guild;
	struct ra_backoff backoff;
};

static void enter(struct history *h, enum step step);

static void on_timer(uv_timer_t *timer)
{
	struct history *h = ra_container_of(timer, struct history, timer);
	if (h->step == PICK)
		enter(h, PICK);
}

static void pick_later(struct history *h, uint64_t ms)
{
	h->step = PICK;
	uv_timer_start(&h->timer, on_timer, ms, 0);
}

/* The database refused: whatever it was will be picked again. */
static void fall_back(struct history *h, const struct ra_err *err)
{
	batch_clear(&h->batch);
	memset(h->ready_months, 0, sizeof h->ready_months);
	if (!ra_pg_is_up(h->pg)) {
		h->step = DOWN;
		return;
	}
	ra_warn(NULL, "history was not stored", ra_f_text("error", err ? err->msg : ""));
	pick_later(h, ra_backoff_next_ms(&h->backoff));
}

/* --- PICK ------------------------------------------------------------------------- */

static void on_picked(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct history *h = ctx;
	if (h->step != PICK)
		return;
	if (status < 0) {
		fall_back(h, err);
		return;
	}
	history_job_read(result, &h->job);
	if (h->job.kind == HISTORY_NOTHING) {
		h->round_at_ms = 0;
		pick_later(h, IDLE_MS);
		return;
	}
	h->last_guild = h->job.guild;
	enter(h, history_job_asks(&h->job) ? ASK : STORE);
}

static void on_unnamed(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct history *h = ctx;
	(void)err;
	if (status == 0)
		unnamed_read(&h->unnamed, result);
}

static void enter_pick(struct history *h)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	if (h->is_asking || !at_ease_add(&p, h->streams)) {
		h->round_at_ms = 0;
		pick_later(h, IDLE_MS);
		ra_arena_fini(&arena);
		return;
	}
	if (h->round_at_ms == 0)
		h->round_at_ms = ra_monotonic_ms();
	ra_pg_i64(&p, (int64_t)h->last_guild);
	int rc = ra_pg_send(h->pg, SQL_LOAD_UNNAMED, NULL, on_unnamed, h);
	if (rc == 0)
		rc = ra_pg_send(h->pg, SQL_HISTORY_PICK, &p, on_picked, h);
	if (rc == 0)
		rc = ra_pg_sync(h->pg, NULL, NULL);
	if (rc < 0)
		h->step = DOWN;
	ra_arena_fini(&arena);
}

/* --- ASK -------------------------------------------------------------------------- */

static void on_answer(void *ctx, int status, const struct ra_rest_answer *answer)
{
	struct history *h = ctx;
	h->is_asking = false;
	if (h->step != ASK)
		return; /* the database went away meanwhile */
	history_job_take(&h->job, status, answer, &h->batch, &h->result);
	if (h->result.trouble[0]) {
		ra_count(&pages_failed, 1);
		ra_warn(NULL, "history was not told", ra_f_u64("guild", h->job.guild),
			ra_f_u64("channel", h->job.channel), ra_f_text("why", h->result.trouble));
	}
	enter(h, MONTHS);
}

static void enter_ask(struct history *h)
{
	struct ra_rest_call call;
	char query[96];
	history_job_call(&h->job, &call, query);
	h->is_asking = true;
	h->asked_at_ms = ra_monotonic_ms();
	ra_rest_send(h->rest, &call, on_answer, h);
}

/* --- MONTHS: partitions, in a transaction of their own because of their locks ------- */

/* Its number since 1970. */
static size_t month_of(int64_t ms)
{
	time_t at = (time_t)(ms / 1000);
	struct tm tm = { 0 };
	gmtime_r(&at, &tm);
	size_t month = (size_t)(tm.tm_year - 70) * 12 + (size_t)tm.tm_mon;
	return month < MONTHS_MAX ? month : MONTHS_MAX - 1;
}

static bool months_are_ready(const struct history *h)
{
	const struct batch *b = &h->batch;
	if (b->first_hour == 0)
		return true;
	for (size_t m = month_of(b->first_hour); m <= month_of(b->last_hour); m++) {
		if (!h->ready_months[m])
			return false;
	}
	return true;
}

static void on_months(void *ctx, int status, const struct ra_err *err)
{
	struct history *h = ctx;
	if (h->step != MONTHS)
		return;
	if (status < 0) {
		fall_back(h, err);
		return;
	}
	for (size_t m = month_of(h->batch.first_hour); m <= month_of(h->batch.last_hour); m++)
		h->ready_months[m] = true;
	enter(h, STORE);
}

static void enter_months(struct history *h)
{
	const struct batch *b = &h->batch;
	if (months_are_ready(h)) {
		enter(h, STORE);
		return;
	}
	struct ra_pg_params p = { .arena = &h->batch.arena };
	ra_pg_i64(&p, b->first_hour);
	ra_pg_i64(&p, b->last_hour);
	int rc = ra_pg_send(h->pg, SQL_ENSURE_MONTHS, &p, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(h->pg, on_months, h);
	if (rc < 0)
		h->step = DOWN;
}

/* --- STORE ------------------------------------------------------------------------ */

static void count(const struct history *h)
{
	ra_count(&pages_stored, 1);
	if (h->job.kind == HISTORY_MESSAGES)
		ra_count(&messages_read, (double)h->result.page.counted);
}

static void on_stored(void *ctx, int status, const struct ra_err *err)
{
	struct history *h = ctx;
	if (h->step != STORE)
		return;
	if (status < 0) {
		fall_back(h, err);
		return;
	}
	ra_backoff_reset(&h->backoff);
	batch_clear(&h->batch);
	h->round_at_ms = ra_monotonic_ms();
	if (!history_job_asks(&h->job)) {
		pick_later(h, 0);
		return;
	}
	count(h);
	uint64_t slot_ms = 1000 / (uint64_t)h->conf->backfill_rate;
	uint64_t gone_ms = h->round_at_ms - h->asked_at_ms;
	pick_later(h, gone_ms < slot_ms ? slot_ms - gone_ms : 0);
}

static void enter_store(struct history *h)
{
	h->result.busy_ms = (int64_t)(ra_monotonic_ms() - h->round_at_ms);
	int rc = history_job_write(&h->job, &h->result, h->pg, &h->batch);
	if (rc == 0)
		rc = ra_pg_sync(h->pg, on_stored, h);
	if (rc < 0)
		h->step = DOWN;
}

/* --- the machine ------------------------------------------------------------------ */

static void enter_nothing(struct history *h)
{
	(void)h;
}

static void (*const steps[])(struct history *h) = {
	[DOWN] = enter_nothing,  [PICK] = enter_pick,   [ASK] = enter_ask,
	[MONTHS] = enter_months, [STORE] = enter_store, [STOPPED] = enter_nothing,
};

static void enter(struct history *h, enum step step)
{
	h->step = step;
	steps[step](h);
}

static void on_pg_up(void *ctx)
{
	struct history *h = ctx;
	if (h->step == DOWN)
		enter(h, PICK);
}

static void on_pg_down(void *ctx, const char *why)
{
	struct history *h = ctx;
	(void)why;
	if (h->step == STOPPED)
		return;
	uv_timer_stop(&h->timer);
	batch_clear(&h->batch);
	h->round_at_ms = 0;
	h->step = DOWN;
}

struct history *history_start(struct ra_service *service, struct ra_streams *streams,
			      struct ra_rest *rest)
{
	static const struct ra_pg_ops pg_ops = { .on_up = on_pg_up, .on_down = on_pg_down };
	const struct conf *conf = service->conf;
	if (!rest) {
		ra_info(NULL, "no history is read: no DISCORD_BOT_TOKEN");
		return NULL;
	}
	struct history *h = ra_new(struct history);
	h->conf = conf;
	h->streams = streams;
	h->rest = rest;
	h->backoff = (struct ra_backoff){ .min_ms = 200, .max_ms = 10000 };
	unnamed_init(&h->unnamed);
	batch_init(&h->batch);
	h->batch.unnamed = &h->unnamed;
	h->batch.source = 1;
	uv_timer_init(service->loop, &h->timer);
	/* The URL was checked when the program started: opening can not fail. */
	h->pg = ra_pg_open(service->loop, conf->database_url, "rations-history", sql_stmts,
			   SQL_COUNT, NULL, &pg_ops, h, NULL);
	return h;
}

void history_stop(struct history *h)
{
	if (!h)
		return;
	h->step = STOPPED;
	ra_pg_close(h->pg, NULL, NULL);
	uv_close((uv_handle_t *)&h->timer, NULL);
}

void history_free(struct history **history)
{
	if (*history) {
		batch_fini(&(*history)->batch);
		unnamed_fini(&(*history)->unnamed);
	}
	ra_free(*history);
	*history = NULL;
}
