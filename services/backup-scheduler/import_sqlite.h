/*
 * import_sqlite: somebody else's SQLite file, opened so that nothing in it
 * can do anything: read-only, no views, triggers, extensions or functions of
 * its schema, rows and statements bounded, time bounded.
 */
#pragma once
#include "libshared/base/err.h"
#include <sqlite3.h>

struct import_sqlite {
	sqlite3 *db;  /* owned */
	int patience; /* set it to 0 after each row: what takes too long for one is given up */
};

/* RA_EPROTO when it is no database. Close it in any case. */
int import_sqlite_open(struct import_sqlite *file, const char *path,
		       struct ra_err *err) RA_MUST_CHECK;
void import_sqlite_close(struct import_sqlite *file);
/* Whether there is a real table of that name: no view, no virtual one. */
bool import_sqlite_has_table(sqlite3 *db, const char *table);
/* The first of `names` (words with spaces between) that is a column of the table; NULL: none is. */
const char *import_sqlite_column(sqlite3 *db, const char *table, const char *names, char out[64]);
/* Fills *err with what SQLite says. */
int import_sqlite_fail(sqlite3 *db, struct ra_err *err);
