#include "services/analytics/online.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/pg.h"
#include "services/analytics/at_ease.h"
#include "services/analytics/conf.h"
#include "services/analytics/sql.h"
#include <jansson.h>

enum { IDLE_MS = 2000, TROUBLE_MS = 10000 };

RA_COUNTER(online_looks, "rations_online_looks_total",
	   "times Discord said how many of a guild are online");
RA_COUNTER(online_failed, "rations_online_failures_total", "times it did not say");

struct online {
	struct ra_streams *streams; /* borrowed */
	struct ra_pg *pg;           /* owned */
	struct ra_rest *rest;       /* borrowed */
	uv_timer_t timer;           /* runs while nothing is asked */
	uint64_t guild;             /* that is looked at */
	bool is_stopping;
};

static void on_timer(uv_timer_t *timer);

static void pick_later(struct online *o, uint64_t ms)
{
	if (!o->is_stopping)
		uv_timer_start(&o->timer, on_timer, ms, 0);
}

/* --- a look is kept ----------------------------------------------------------------- */

static void on_stored(void *ctx, int status, const struct ra_err *err)
{
	struct online *o = ctx;
	if (status < 0)
		ra_warn(NULL, "a look at who is online was not kept",
			ra_f_text("error", err ? err->msg : ""));
	pick_later(o, status < 0 ? TROUBLE_MS : 0);
}

static void store(struct online *o, int64_t count)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_i64(&p, (int64_t)o->guild);
	ra_pg_i64(&p, count);
	int rc = ra_pg_send(o->pg, SQL_ONLINE_ADD, &p, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(o->pg, on_stored, o);
	if (rc < 0)
		pick_later(o, TROUBLE_MS);
	ra_arena_fini(&arena);
}

/* --- Discord is asked --------------------------------------------------------------- */

static void on_answer(void *ctx, int status, const struct ra_rest_answer *answer)
{
	struct online *o = ctx;
	json_t *guild =
		status == 0 ? json_loadb(answer->body.ptr, answer->body.len, 0, NULL) : NULL;
	const json_t *count = json_object_get(guild, "approximate_presence_count");
	int64_t online = json_integer_value(count);
	if (!o->is_stopping && json_is_integer(count) && online >= 0 && online <= INT32_MAX) {
		ra_count(&online_looks, 1);
		store(o, online);
	} else {
		ra_count(&online_failed, 1);
		pick_later(o, status == 0 ? 0 : TROUBLE_MS);
	}
	json_decref(guild);
}

static void ask(struct online *o)
{
	const struct ra_rest_call call = {
		.route = "GET /guilds/{guild.id}",
		.query = "with_counts=true",
		.ids = { o->guild },
		.priority = RA_REST_BACKGROUND,
		.deadline_ms = 15000,
	};
	ra_rest_send(o->rest, &call, on_answer, o);
}

/* --- a guild is picked -------------------------------------------------------------- */

static void on_picked(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct online *o = ctx;
	(void)err;
	o->guild = status == 0 && PQntuples(rows) > 0 ? ra_pg_get_u64(rows, 0, 0) : 0;
}

/* Only what is committed is acted on. */
static void on_pick_over(void *ctx, int status, const struct ra_err *err)
{
	struct online *o = ctx;
	(void)err;
	if (status == 0 && o->guild && !o->is_stopping)
		ask(o);
	else
		pick_later(o, status < 0 ? TROUBLE_MS : IDLE_MS);
}

static void on_timer(uv_timer_t *timer)
{
	struct online *o = ra_container_of(timer, struct online, timer);
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	int rc = ra_pg_is_up(o->pg) && at_ease_add(&p, o->streams) ? 0 : RA_EDOWN;
	if (rc == 0)
		rc = ra_pg_send(o->pg, SQL_ONLINE_PICK, &p, on_picked, o);
	if (rc == 0)
		rc = ra_pg_sync(o->pg, on_pick_over, o);
	if (rc < 0)
		pick_later(o, IDLE_MS);
	ra_arena_fini(&arena);
}

/* --- life ----------------------------------------------------------------------------- */

struct online *online_start(struct ra_service *service, struct ra_streams *streams,
			    struct ra_rest *rest)
{
	const struct conf *conf = service->conf;
	if (!rest)
		return NULL;
	struct online *o = ra_new(struct online);
	o->streams = streams;
	o->rest = rest;
	uv_timer_init(service->loop, &o->timer);
	/* The URL was checked when the program started: opening can not fail. */
	o->pg = ra_pg_open(service->loop, conf->database_url, "rations-online", sql_stmts,
			   SQL_COUNT, NULL, NULL, o, NULL);
	pick_later(o, IDLE_MS);
	return o;
}

void online_stop(struct online *o)
{
	if (!o)
		return;
	o->is_stopping = true;
	ra_pg_close(o->pg, NULL, NULL);
	uv_close((uv_handle_t *)&o->timer, NULL);
}

void online_free(struct online **online)
{
	ra_free(*online);
	*online = NULL;
}
