/*
 * db: a handful of PostgreSQL connections that share the questions. Each
 * pipelines, so the least busy one is as good as a free one.
 */
#pragma once
#include "libshared/pg/pg.h"

/* Every statement of this service; its text is sql_<name>, defined in the file of its noun. */
enum statement {
#define STATEMENT(name, params) STMT_##name,
#include "services/api/statements.def"
	STATEMENT_COUNT,
};

/* libshared/cron/zone.h has this one. */
#define sql_backup_zone         zone_sql
#define STATEMENT(name, params) extern const char sql_##name[];
#include "services/api/statements.def"

/* All of them, for connections. */
extern const struct ra_pg_stmt db_statements[];

struct db;

struct db *db_open(uv_loop_t *loop, const char *url, int size, const struct ra_log *log,
		   struct ra_err *err);
/* `up` is called each time a connection is ready, and warm (warm.h); `ctx` is borrowed. */
void db_on_up(struct db *db, void (*up)(void *ctx), void *ctx);
void db_close(struct db *db, ra_pg_closed_cb closed, void *ctx);

/* The connection to send the next group on; NULL while none is up. */
struct ra_pg *db_pick(struct db *db);

/* One statement by itself. 0 or RA_EDOWN (then no callback). */
int db_ask(struct db *db, enum statement stmt, const struct ra_pg_params *params,
	   ra_pg_result_cb result, void *ctx) RA_MUST_CHECK;

/* The same, of a connection that was picked; RA_EDOWN when it is NULL. */
int db_ask_on(struct ra_pg *pg, enum statement stmt, const struct ra_pg_params *params,
	      ra_pg_result_cb result, void *ctx) RA_MUST_CHECK;

/* A ra_ready_cb: at least one connection is up. */
bool db_is_ready(void *db, char why[128]);
