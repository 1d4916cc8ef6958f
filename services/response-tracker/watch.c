/*
 * watch: see watch.h. A look, and the next one a moment later:
 *
 *	versions   PostgreSQL: another one -> the readers load anew
 *	wanted     PostgreSQL: whose messages have to be read, when that may differ
 *	told       Redis: gateway-ingest puts their texts into events (libshared/fleet/wants_text.h)
 */
#include "services/response-tracker/watch.h"
#include "libshared/base/clock.h"
#include "libshared/fleet/wants_text.h"
#include "services/response-tracker/conf.h"
#include "services/response-tracker/sql.h"

/* A Redis that lost its data is told again after so long at the latest. */
enum { TELL_AGAIN_MS = 30 * 1000 };

struct watch {
	const struct conf *conf;             /* borrowed */
	struct ra_streams *streams;          /* borrowed */
	struct ra_pg *pg;                    /* owned */
	struct ra_redis *redis;              /* owned */
	int64_t desk_version, rules_version; /* last seen; 0: never */
	bool is_changed;                     /* Redis has not been told of them */
	uint64_t told_at_ms;                 /* monotonic; 0: never */
	bool is_looking, is_stopped;
	uv_timer_t timer;
};

static void look(struct watch *w);

static void on_timer(uv_timer_t *timer)
{
	look(ra_container_of(timer, struct watch, timer));
}

/* --- told --------------------------------------------------------------------------- */

static void on_told(void *ctx, int status, bool is_news)
{
	struct watch *w = ctx;
	(void)is_news;
	if (status == 0) {
		w->is_changed = false;
		w->told_at_ms = ra_monotonic_ms();
	}
}

static void on_wanted(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	struct watch *w = ctx;
	if (status < 0)
		return;
	size_t count = (size_t)PQntuples(r);
	uint64_t *guilds = ra_alloc((count + 1) * sizeof *guilds);
	for (size_t i = 0; i < count; i++)
		guilds[i] = ra_pg_get_u64(r, (int)i, 0);
	int rc = ra_wants_text_send(w->redis, guilds, count, on_told, w);
	(void)rc; /* refused: the next look tells it */
	ra_free(guilds);
}

/* --- versions -------------------------------------------------------------------------- */

static void on_versions(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	struct watch *w = ctx;
	if (status < 0 || PQntuples(r) == 0)
		return;
	int64_t desk = ra_pg_get_i64(r, 0, 0), rules = ra_pg_get_i64(r, 0, 1);
	if (desk == w->desk_version && rules == w->rules_version)
		return;
	if (w->desk_version != 0)
		ra_streams_load_anew(w->streams);
	w->desk_version = desk;
	w->rules_version = rules;
	w->is_changed = true;
}

static void on_looked(void *ctx, int status, const struct ra_err *err)
{
	(void)err;
	struct watch *w = ctx;
	w->is_looking = false;
	if (!w->is_stopped && status != RA_EDOWN) /* else on_up looks again */
		uv_timer_start(&w->timer, on_timer, (uint64_t)w->conf->settings, 0);
}

static bool has_to_tell(const struct watch *w)
{
	return w->is_changed || w->told_at_ms == 0 ||
	       ra_monotonic_ms() - w->told_at_ms >= TELL_AGAIN_MS;
}

static void look(struct watch *w)
{
	if (w->is_looking || w->is_stopped)
		return;
	int rc = ra_pg_send(w->pg, SQL_LOAD_VERSIONS, NULL, on_versions, w);
	if (rc == 0 && has_to_tell(w))
		rc = ra_pg_send(w->pg, SQL_WANTS_TEXT, NULL, on_wanted, w);
	if (rc == 0)
		rc = ra_pg_sync(w->pg, on_looked, w);
	w->is_looking = rc == 0;
}

/* --- life -------------------------------------------------------------------------------- */

static void on_pg_up(void *ctx)
{
	look(ctx);
}

static void on_redis_up(void *ctx)
{
	((struct watch *)ctx)->told_at_ms = 0;
}

struct watch *watch_start(struct ra_service *service, struct ra_streams *streams)
{
	static const struct ra_pg_ops pg_ops = { .on_up = on_pg_up };
	static const struct ra_redis_ops redis_ops = { .on_up = on_redis_up };
	const struct conf *conf = service->conf;
	struct watch *w = ra_new(struct watch);
	w->conf = conf;
	w->streams = streams;
	uv_timer_init(service->loop, &w->timer);
	/* The URLs were checked when the program started: opening can not fail. */
	w->pg = ra_pg_open(service->loop, conf->database_url, "rations-settings", sql_stmts,
			   SQL_COUNT, NULL, &pg_ops, w, NULL);
	w->redis = ra_redis_open(service->loop, conf->redis_url, RA_WANTS_TEXT_KEY, NULL,
				 &redis_ops, w, NULL);
	return w;
}

void watch_stop(struct watch *w)
{
	w->is_stopped = true;
	ra_pg_close(w->pg, NULL, NULL);
	ra_redis_close(w->redis, NULL, NULL);
	uv_close((uv_handle_t *)&w->timer, NULL);
}

void watch_free(struct watch **watch)
{
	ra_free(*watch);
	*watch = NULL;
}
