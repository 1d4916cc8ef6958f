/*
 * manifest: what a backup says of itself. The head of the file (archive.h)
 * has what is known before it is made, its tail what was counted meanwhile;
 * both together (archive_told()) stand in backup.backup.
 *
 *	head	{ "format": 2, "backup_id", "kind", "payload": "full" | "guild", "name",
 *		  "description", "made_at", "program", "postgres", "database", "database_bytes",
 *		  "schema": 31, "installation", "roles": ["rations_api" ...] }
 *	tail	{ "rows": 123,
 *		  "tables": [{ "schema", "name", "rows", "bytes", "samples": [
 *			{ "from": ["1", "2"] | null, "most": 500 | null, "rows", "sum" }] }],
 *		  "seconds", "dumped_bytes" }
 *
 * Format 1 had rows and tables in the head.
 *
 * A sample is the first `most` rows, in the order of the primary key, from a
 * key on that was picked at random when the backup was made; small tables are
 * summed up whole. The sum does not depend on how a server keeps or orders
 * its rows, so a restored database must give the same.
 */
#pragma once
#include "services/backup-scheduler/beside.h"
#include "services/backup-scheduler/job.h"

#define MANIFEST_FORMAT 2

/* What pg_dump is told to leave out, as manifest_tables() does: it is of the moment, and would be
 * wrong in any other database. */
#define MANIFEST_OMITS(X)                                                                          \
	X("backup.job")                                                                            \
	X("backup.plan")                                                                           \
	X("backup.alarm")                                                                          \
	X("backup.upkeep")

/* What is to be said of it that the database does not know. */
struct manifest_about {
	const char *backup_id, *kind, *name, *description; /* borrowed */
	int64_t made_ms;
};

/* The head: what `db` and `about` know. NULL and *err. */
json_t *manifest_describe(PGconn *db, const struct manifest_about *about, struct ra_err *err);
/* Counts and sums up what `snapshot` sees, a connection inside a REPEATABLE READ transaction:
 * { "rows", "tables" }. NULL and *err, RA_ESTOPPED when `beside` is. */
json_t *manifest_count(PGconn *snapshot, const struct beside *beside, struct ra_err *err);
/* Counts and sums up the same in `db`, before anything changed it. 0 when that could be done: the
 * report says what came of it, { "tables", "rows", "samples", "different", "what": [{ "table",
 * "rows", "expected", "why" }] }; yours. */
int manifest_compare(struct job *job, PGconn *db, const json_t *manifest, json_t **report,
		     struct ra_err *err) RA_MUST_CHECK;

/* The last migration `db` has seen; 0: none. Negative and *err. */
int manifest_schema(PGconn *db, struct ra_err *err);
/* Which installation `db` is of, wherever it is restored: when its first migration was applied,
 * which no two share. Yours to ra_free; NULL and *err. */
char *manifest_installation(PGconn *db, struct ra_err *err);
