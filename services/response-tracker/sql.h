/* sql: every statement of this service, by name; the numbers index sql_stmts. */
#pragma once
#include "libshared/pg/pg.h"

enum sql {
	/* of carry.c */
	SQL_COMMAND_TAKE,
	SQL_COMMAND_ACT,
	SQL_COMMAND_ASK,
	SQL_COMMAND_NOTICE_TEST,
	SQL_COMMAND_UNKNOWN,
	SQL_COMMANDS_OLD,
	SQL_COUNT,
};

extern const struct ra_pg_stmt sql_stmts[SQL_COUNT];
