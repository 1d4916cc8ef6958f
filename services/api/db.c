/*
 * db: see db.h. Opened at start, closed when the last request is answered;
 * the memory goes when the last connection has closed.
 */
#include "services/api/db.h"
#include <stdio.h>

const struct ra_pg_stmt db_statements[] = {
#define STATEMENT(name, params) [STMT_##name] = { sql_##name, params },
#define QUESTION(name, params)  [STMT_##name] = { sql_##name, (params) | RA_PG_ANEW },
#define PROBE(name, params)     [STMT_##name] = { sql_##name, (params) | RA_PG_HERE },
#include "services/api/statements.def"
};

struct db {
	struct ra_pg **links; /* owned */
	int count;
	int open; /* links not yet closed */
	void (*up)(void *ctx);
	void *up_ctx; /* borrowed */
	ra_pg_closed_cb closed;
	void *closed_ctx; /* borrowed */
};

static void on_link_up(void *ctx)
{
	struct db *db = ctx;
	if (db->up)
		db->up(db->up_ctx);
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
	db->links = ra_alloc((size_t)size * sizeof(struct ra_pg *));
	for (; db->count < size; db->count++) {
		struct ra_pg *pg = ra_pg_open(loop, url, "rations-api", db_statements,
					      STATEMENT_COUNT, log, &ops, db, err);
		if (!pg)
			goto fail;
		db->links[db->count] = pg;
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
	struct db *db = ctx;
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
		ra_pg_close(db->links[i], on_link_closed, db);
}

struct ra_pg *db_pick(struct db *db)
{
	struct ra_pg *best = NULL;
	for (int i = 0; i < db->count; i++) {
		struct ra_pg *pg = db->links[i];
		if (ra_pg_is_up(pg) && (!best || ra_pg_in_flight(pg) < ra_pg_in_flight(best)))
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
	snprintf(why, 128, "%s", ra_pg_trouble(db->links[0]));
	return false;
}
