#include "services/backup-scheduler/upkeep.h"
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/pg.h"
#include "services/backup-scheduler/conf.h"
#include "services/backup-scheduler/upkeep_reindex.h"

RA_COUNTER_BY(upkeep_steps, "rations_upkeep_steps_total", "task", "pieces of maintenance done");
RA_COUNTER_BY(upkeep_rows, "rations_upkeep_rows_total", "task",
	      "rows maintenance changed or deleted");
RA_COUNTER_BY(upkeep_failures, "rations_upkeep_failures_total", "task",
	      "pieces of maintenance that have to be tried again");

enum { SQL_LISTEN, SQL_SEED, SQL_STEP, SQL_NO_REINDEX, SQL_COUNT };

static const struct ra_pg_stmt statements[] = {
	[SQL_LISTEN] = { "LISTEN upkeep", 0 },
	[SQL_SEED] = { "SELECT backup.upkeep_seed()", 0 },
	[SQL_STEP] = { "SELECT task, rows, outcome, EXISTS (SELECT FROM backup.upkeep "
		       "WHERE task = 'reindex' AND next_at <= now()) FROM backup.upkeep_step()",
		       0 },
	[SQL_NO_REINDEX] = { "SELECT backup.upkeep_reindexed('off', '{}')", 0 },
};

struct upkeep {
	const struct conf *conf; /* borrowed */
	struct ra_pg *pg;        /* owned */
	uv_timer_t timer;
	bool is_stopped, is_asking;
	struct ra_backoff backoff;
	struct upkeep_reindex *reindex; /* owned */
};

static void ask(struct upkeep *u);

static bool send_one(struct upkeep *u, int stmt, ra_pg_result_cb answer)
{
	int rc = ra_pg_send(u->pg, stmt, NULL, answer, u);
	if (rc == 0)
		rc = ra_pg_sync(u->pg, NULL, NULL);
	return rc == 0;
}

static void on_timer(uv_timer_t *timer)
{
	ask(ra_container_of(timer, struct upkeep, timer));
}

static void ask_later(struct upkeep *u, uint64_t ms)
{
	uv_timer_start(&u->timer, on_timer, ms, 0);
}

/* The word of ours that it says: the name of a counter lives as long as the process. */
static const char *word_of(struct ra_str task)
{
	static const char *const words[] = { "erase",   "leave",  "retain", "expire",
					     "orphans", "months", "drop",   "analyze" };
	for (size_t i = 0; i < RA_COUNT(words); i++)
		if (ra_str_is(task, words[i]))
			return words[i];
	return NULL;
}

/* Counts what came of a step. Returns whether there was one that did something, or another is due.
 */
static bool note(const PGresult *result)
{
	const char *task = word_of(ra_pg_get_str(result, 0, 0));
	struct ra_str outcome = ra_pg_get_str(result, 0, 2);
	if (!task)
		return false;
	ra_count_by(&upkeep_steps, task, 1);
	ra_count_by(&upkeep_rows, task, (double)ra_pg_get_i64(result, 0, 1));
	if (ra_str_is(outcome, "failed")) {
		ra_count_by(&upkeep_failures, task, 1);
		ra_error(NULL, "upkeep failed", ra_f_text("task", task));
	}
	return true;
}

static void on_step(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct upkeep *u = ctx;
	u->is_asking = false;
	if (u->is_stopped || status == RA_EDOWN)
		return; /* on_up asks again */
	if (status < 0) {
		ra_count_by(&upkeep_failures, "step", 1);
		ra_warn(NULL, "upkeep failed", ra_f_text("error", err->msg));
		ask_later(u, ra_backoff_next_ms(&u->backoff));
		return;
	}
	ra_backoff_reset(&u->backoff);
	if (ra_pg_get_bool(result, 0, 3) && !upkeep_reindex_begin(u->reindex))
		send_one(u, SQL_NO_REINDEX, NULL);
	ask_later(u, note(result) ? 0 : (uint64_t)u->conf->upkeep);
}

static void ask(struct upkeep *u)
{
	if (u->is_asking || u->is_stopped)
		return;
	u->is_asking = send_one(u, SQL_STEP, on_step);
}

static void on_up(void *ctx)
{
	struct upkeep *u = ctx;
	if (send_one(u, SQL_LISTEN, NULL) && send_one(u, SQL_SEED, NULL))
		ask(u);
}

/* Somebody made a task due (backup.upkeep_now). */
static void on_notify(void *ctx, const char *channel, const char *payload)
{
	(void)channel, (void)payload;
	ask_later(ctx, 0);
}

struct upkeep *upkeep_start(struct ra_service *service)
{
	static const struct ra_pg_ops ops = { .on_up = on_up, .on_notify = on_notify };
	const struct conf *conf = service->conf;
	struct upkeep *u = ra_new(struct upkeep);
	u->conf = conf;
	u->backoff = (struct ra_backoff){ .min_ms = 200, .max_ms = 60000 };
	u->reindex = upkeep_reindex_new(service->loop, conf->admin_url);
	uv_timer_init(service->loop, &u->timer);
	/* The URL was checked when the program started: opening can not fail. */
	u->pg = ra_pg_open(service->loop, conf->database_url, "rations-upkeep", statements,
			   SQL_COUNT, NULL, &ops, u, NULL);
	return u;
}

void upkeep_stop(struct upkeep *u)
{
	u->is_stopped = true;
	upkeep_reindex_stop(u->reindex);
	ra_pg_close(u->pg, NULL, NULL);
	uv_close((uv_handle_t *)&u->timer, NULL);
}

void upkeep_free(struct upkeep **upkeep)
{
	upkeep_reindex_free(&(*upkeep)->reindex);
	ra_free(*upkeep);
	*upkeep = NULL;
}
