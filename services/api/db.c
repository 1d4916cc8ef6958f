/*
 * db: see db.h. Opened at start, closed when the last request is answered;
 * the memory goes when the last connection has closed.
 *
 *	down --up--> warming --answered--> lent
 */
#include "services/api/db.h"
#include "services/api/warm.h"
#include <stdio.h>

const struct ra_pg_stmt db_statements[] = {
#define STATEMENT(name, params) [STMT_##name] = { sql_##name, params },
#define QUESTION(name, params)  [STMT_##name] = { sql_##name, (params) | RA_PG_ANEW },
#define PROBE(name, params)     [STMT_##name] = { sql_##name, (params) | RA_PG_HERE },
#include "services/api/statements.def"
};

struct link {
	struct db *db;     /* borrowed: it owns us */
	struct ra_pg *pg;  /* owned */
	struct warm *warm; /* owned */
	bool is_warm;
};

struct db {
	const struct ra_log *log; /* borrowed */
	struct link *links;       /* owned */
	int count;
	int open; /* links not yet closed */
	void (*up)(void *ctx);
	void *up_ctx; /* borrowed */
	ra_pg_closed_cb closed;
	void *closed_ctx; /* borrowed */
};

/* A connection that would not be warmed is lent all the same: it answers, if later. */
static void on_warm(void *ctx, int status, const struct ra_err *err)
{
	struct link *link = ctx;
	struct db *db = link->db;
	if (status == RA_EDOWN)
		return;
	if (status < 0)
		ra_warn(db->log, "connection not warmed", ra_f_text("why", err->msg));
	link->is_warm = true;
	if (db->up)
		db->up(db->up_ctx);
}

static void on_link_up(void *ctx)
{
	struct link *link = ctx;
	link->is_warm = false;
	if (warm_up(link->warm, link->pg, on_warm, link) < 0)
		ra_pg_reset(link->pg, "not warmed");
}

static const struct ra_pg_ops ops = { .on_up = on_link_up };

void db_on_up(struct db *db, void (*up)(void *ctx), void *ctx)
{
	db->up = up;
	db->up_ctx = ctx;
}

struct db *db_open(uv_loop_t *loop, const char *url, int size, const struct ra_log *log,
		   struct ra_err *err)
{
	struct db *db = ra_new(struct db);
	db->log = log;
	db->links = ra_alloc((size_t)size * sizeof(struct link));
	for (; db->count < size; db->count++) {
		struct link *link = &db->links[db->count];
		struct ra_pg *pg = ra_pg_open(loop, url, "rations-api", db_statements,
					      STATEMENT_COUNT, log, &ops, link, err);
		if (!pg)
			goto fail;
		*link = (struct link){ .db = db, .pg = pg, .warm = warm_new() };
	}
	return db;
fail:
	db_close(db, NULL, NULL);
	return NULL;
}

static void db_free(struct db *db)
{
	if (db->closed)
		db->closed(db->closed_ctx);
	ra_free(db->links);
	ra_free(db);
}

static void on_link_closed(void *ctx)
{
	struct link *link = ctx;
	struct db *db = link->db;
	warm_free(link->warm);
	if (--db->open == 0)
		db_free(db);
}

void db_close(struct db *db, ra_pg_closed_cb closed, void *ctx)
{
	db->closed = closed;
	db->closed_ctx = ctx;
	db->open = db->count;
	if (db->count == 0) {
		db_free(db);
		return;
	}
	for (int i = 0; i < db->count; i++)
		ra_pg_close(db->links[i].pg, on_link_closed, &db->links[i]);
}

struct ra_pg *db_pick(struct db *db)
{
	struct ra_pg *best = NULL;
	for (int i = 0; i < db->count; i++) {
		struct ra_pg *pg = db->links[i].pg;
		bool is_lent = db->links[i].is_warm && ra_pg_is_up(pg);
		if (is_lent && (!best || ra_pg_in_flight(pg) < ra_pg_in_flight(best)))
			best = pg;
	}
	return best;
}

int db_ask(struct db *db, enum statement stmt, const struct ra_pg_params *params,
	   ra_pg_result_cb result, void *ctx)
{
	return db_ask_on(db_pick(db), stmt, params, result, ctx);
}

int db_ask_on(struct ra_pg *pg, enum statement stmt, const struct ra_pg_params *params,
	      ra_pg_result_cb result, void *ctx)
{
	int rc = pg ? ra_pg_send(pg, (int)stmt, params, result, ctx) : RA_EDOWN;
	/* From here the callback comes whatever happens to the sync. */
	if (rc == 0 && ra_pg_sync(pg, NULL, NULL) < 0)
		ra_pg_reset(pg, "sync refused");
	return rc;
}

bool db_is_ready(void *ctx, char why[128])
{
	struct db *db = ctx;
	if (db_pick(db))
		return true;
	const struct ra_pg *pg = db->links[0].pg;
	snprintf(why, 128, "%s", ra_pg_is_up(pg) ? "warming up" : ra_pg_trouble(pg));
	return false;
}
