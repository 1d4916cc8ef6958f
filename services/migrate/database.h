/*
 * database: what migrate asks of PostgreSQL, one blocking question after the
 * other. The table public.schema_migration remembers what was applied.
 */
#pragma once
#include "libshared/base/base.h"
#include "libshared/base/err.h"
#include "libshared/pg/schema.h"
#include "services/migrate/files.h"
#include <libpq-fe.h>

/* A row of schema_migration. */
struct applied {
	int version;
	char *name;   /* owned */
	char *sha256; /* owned */
	char *at;     /* owned; UTC, as text */
};

struct history {
	struct applied *list; /* owned; ascending versions */
	size_t count;
	struct ra_schema schema; /* what it comes to */
};

/* Tries until the database answers or `wait_ms` are over; says on stderr what it waits for. NULL
 * and *err when it did not. */
PGconn *database_open(const char *url, int64_t wait_ms, struct ra_err *err);
/* Waits until no other migrate works here. The lock goes with the connection. */
int database_lock(PGconn *conn, struct ra_err *err) RA_MUST_CHECK;
/* An empty history when there is no table yet. */
int database_history(PGconn *conn, struct history *history, struct ra_err *err) RA_MUST_CHECK;
void history_fini(struct history *history);
/* The table itself, before the first is applied. Not together with a migration: who connects asks
 * that table first, and would wait for the end of it. */
int database_make_table(PGconn *conn, struct ra_err *err) RA_MUST_CHECK;
/* Applies one migration and remembers it, in one transaction. */
int database_apply(PGconn *conn, const struct migration *migration,
		   struct ra_err *err) RA_MUST_CHECK;
/* Runs statements that are no migration, in one transaction. */
int database_load(PGconn *conn, const char *sql, struct ra_err *err) RA_MUST_CHECK;
/* The role logs in with this password from now on. The server is only told what it verifies it by:
 * no log can hold the password. */
int database_set_password(PGconn *conn, const char *role, const char *password,
			  struct ra_err *err) RA_MUST_CHECK;
