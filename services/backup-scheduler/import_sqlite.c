/* import_sqlite: see the header (SQLite docs: Defense Against The Dark Arts). */
#include "services/backup-scheduler/import_sqlite.h"
#include <stdio.h>

enum { ROW_MAX = 1 << 20, OPS_AT_ONCE = 1000000, PATIENCE = 50 };

int import_sqlite_fail(sqlite3 *db, struct ra_err *err)
{
	return ra_fail(err, RA_EPROTO, "Copy the file again while the bot is stopped.",
		       "the SQLite file is damaged: %s", sqlite3_errmsg(db));
}

/* Of what a name in a file may hold, these mean something in an address. */
static char *address_of(const char *path)
{
	char *address = ra_alloc(strlen(path) * 3 + 32), *to = address;
	to += sprintf(to, "file:");
	for (; *path; path++)
		to += sprintf(to, strchr("?#%", *path) ? "%%%02X" : "%c", (unsigned char)*path);
	sprintf(to, "?mode=ro&immutable=1");
	return address;
}

/* A row costs some dozens; fifty million is something that was made to never end. */
static int on_ops(void *ctx)
{
	struct import_sqlite *file = ctx;
	return ++file->patience > PATIENCE;
}

static void disarm(struct import_sqlite *file)
{
	sqlite3 *db = file->db;
	static const int off[] = {
		SQLITE_DBCONFIG_ENABLE_TRIGGER,  SQLITE_DBCONFIG_ENABLE_VIEW,
		SQLITE_DBCONFIG_TRUSTED_SCHEMA,  SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
		SQLITE_DBCONFIG_WRITABLE_SCHEMA, SQLITE_DBCONFIG_DQS_DML,
		SQLITE_DBCONFIG_DQS_DDL
	};
	static const int limits[][2] = {
		{ SQLITE_LIMIT_LENGTH, ROW_MAX },
		{ SQLITE_LIMIT_SQL_LENGTH, 100000 },
		{ SQLITE_LIMIT_COLUMN, 100 },
		{ SQLITE_LIMIT_EXPR_DEPTH, 10 },
		{ SQLITE_LIMIT_COMPOUND_SELECT, 3 },
		{ SQLITE_LIMIT_VDBE_OP, 25000 },
		{ SQLITE_LIMIT_FUNCTION_ARG, 8 },
		{ SQLITE_LIMIT_ATTACHED, 0 },
		{ SQLITE_LIMIT_VARIABLE_NUMBER, 10 },
		{ SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
		{ SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50 },
		{ SQLITE_LIMIT_WORKER_THREADS, 0 },
	};
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	for (size_t i = 0; i < RA_COUNT(off); i++)
		sqlite3_db_config(db, off[i], 0, NULL);
	for (size_t i = 0; i < RA_COUNT(limits); i++)
		sqlite3_limit(db, limits[i][0], limits[i][1]);
	sqlite3_exec(db,
		     "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA query_only = ON",
		     NULL, NULL, NULL);
	sqlite3_progress_handler(db, OPS_AT_ONCE, on_ops, file);
}

int import_sqlite_open(struct import_sqlite *file, const char *path, struct ra_err *err)
{
	char *address = address_of(path);
	*file = (struct import_sqlite){ 0 };
	int rc = sqlite3_open_v2(address, &file->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
	ra_free(address);
	if (rc == SQLITE_OK) {
		disarm(file);
		rc = sqlite3_exec(file->db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	}
	return rc == SQLITE_OK ? 0 : import_sqlite_fail(file->db, err);
}

void import_sqlite_close(struct import_sqlite *file)
{
	sqlite3_close(file->db);
	file->db = NULL;
}

static bool ask(sqlite3 *db, const char *sql, const char *one, const char *two)
{
	sqlite3_stmt *stmt = NULL;
	bool is = false;
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK) {
		sqlite3_bind_text(stmt, 1, one, -1, SQLITE_STATIC);
		if (two)
			sqlite3_bind_text(stmt, 2, two, -1, SQLITE_STATIC);
		is = sqlite3_step(stmt) == SQLITE_ROW;
	}
	sqlite3_finalize(stmt);
	return is;
}

bool import_sqlite_has_table(sqlite3 *db, const char *table)
{
	return ask(db,
		   "SELECT 1 FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name = ?",
		   table, NULL);
}

const char *import_sqlite_column(sqlite3 *db, const char *table, const char *names, char out[64])
{
	while (*names) {
		size_t len = strcspn(names, " ");
		snprintf(out, 64, "%.*s", (int)len, names);
		if (ask(db, "SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, out))
			return out;
		names += len + (names[len] == ' ');
	}
	return NULL;
}
