/* reader_sql: the reader's own statements, numbered behind those of its service. */
#pragma once
#include "libshared/pg/pg.h"

enum reader_sql {
	READER_LOCK,
	READER_LOAD_POSITION,
	READER_LOAD_OLD_STREAMS,
	READER_POSITION,
	READER_SQL_COUNT,
};

enum roster_sql { ROSTER_JOIN, ROSTER_LOOK, ROSTER_DROP, ROSTER_COUNT };

struct ra_reader_ops;

struct reader_sql_table {
	struct ra_pg_stmt *stmts; /* owned; the service's, then ours */
	size_t count;
	char **texts; /* owned, each of them, too */
	size_t text_count;
};

/* For a connection that reads a stream. */
void reader_sql_init(struct reader_sql_table *table, const struct ra_reader_ops *ops);
/* For the one that sees who reads which. */
void roster_sql_init(struct reader_sql_table *table, const struct ra_reader_ops *ops);
void reader_sql_fini(struct reader_sql_table *table);
/* The number of one of ours. */
int reader_sql(const struct ra_reader_ops *ops, enum reader_sql which);
