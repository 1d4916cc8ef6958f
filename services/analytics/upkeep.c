#include "services/analytics/upkeep.h"
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "services/analytics/conf.h"
#include "services/analytics/sql.h"

RA_COUNTER_BY(upkeep_steps, "rations_upkeep_steps_total", "what",
	      "pieces of data taken away: erase, leave, retain, drop");
RA_COUNTER(upkeep_failures, "rations_upkeep_failures_total", "pieces that have to be tried again");

struct upkeep {
	const struct conf *conf; /* borrowed */
	struct ra_pg *pg;        /* owned */
	uv_timer_t timer;
	bool is_stopped, is_asking;
	struct ra_backoff backoff;
};

static void ask(struct upkeep *u);

static void on_timer(uv_timer_t *timer)
{
	ask(ra_container_of(timer, struct upkeep, timer));
}

static void ask_later(struct upkeep *u, uint64_t ms)
{
	uv_timer_start(&u->timer, on_timer, ms, 0);
}

/* One of the words it may say, for the counter. */
static const char *word_of(struct ra_str text)
{
	static const char *const words[] = { "erase", "leave", "retain", "drop" };
	for (size_t i = 0; i < RA_COUNT(words); i++)
		if (ra_str_is(text, words[i]))
			return words[i];
	return NULL;
}

static void on_step(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct upkeep *u = ctx;
	u->is_asking = false;
	if (u->is_stopped || status == RA_EDOWN)
		return; /* on_up asks again */
	if (status < 0) {
		ra_count(&upkeep_failures, 1);
		ra_warn(NULL, "upkeep failed", ra_f_text("error", err->msg));
		ask_later(u, ra_backoff_next_ms(&u->backoff));
		return;
	}
	ra_backoff_reset(&u->backoff);
	const char *word = word_of(ra_pg_get_str(result, 0, 0));
	if (word)
		ra_count_by(&upkeep_steps, word, 1);
	ask_later(u, word ? 0 : (uint64_t)u->conf->upkeep);
}

static void ask(struct upkeep *u)
{
	if (u->is_asking || u->is_stopped)
		return;
	u->is_asking = true;
	int rc = ra_pg_send(u->pg, SQL_UPKEEP_STEP, NULL, on_step, u);
	if (rc == 0)
		rc = ra_pg_sync(u->pg, NULL, NULL);
	if (rc < 0)
		u->is_asking = false;
}

static void on_up(void *ctx)
{
	ask(ctx);
}

struct upkeep *upkeep_start(struct ra_service *service)
{
	static const struct ra_pg_ops ops = { .on_up = on_up };
	const struct conf *conf = service->conf;
	struct upkeep *u = ra_new(struct upkeep);
	u->conf = conf;
	u->backoff = (struct ra_backoff){ .min_ms = 200, .max_ms = 60000 };
	uv_timer_init(service->loop, &u->timer);
	/* The URL was checked when the program started: opening can not fail. */
	u->pg = ra_pg_open(service->loop, conf->database_url, "rations-upkeep", sql_stmts,
			   SQL_COUNT, NULL, &ops, u, NULL);
	return u;
}

void upkeep_stop(struct upkeep *u)
{
	u->is_stopped = true;
	ra_pg_close(u->pg, NULL, NULL);
	uv_close((uv_handle_t *)&u->timer, NULL);
}

void upkeep_free(struct upkeep **upkeep)
{
	ra_free(*upkeep);
	*upkeep = NULL;
}
