/* sql: every statement of this service, by name; the numbers index sql_stmts. */
#pragma once
#include "libshared/pg/pg.h"

enum sql {
	/* of load.c */
	SQL_LOAD_VERSIONS,
	SQL_SYNC_STAFF,
	SQL_LOAD_GUILDS,
	SQL_LOAD_PEOPLE,
	SQL_LOAD_CHANNELS,
	SQL_LOAD_RULES,
	SQL_LOAD_BURSTS,
	SQL_LOAD_REQUESTS,
	SQL_LOAD_TASKS,
	/* of watch.c */
	SQL_WANTS_TEXT,
	/* of write.c; SQL_ACT + enum act_kind */
	SQL_TURN,
	SQL_ACT,
	SQL_ACTIVITY = SQL_ACT + 12,
	SQL_TASK_STEP,
	/* of carry.c */
	SQL_COMMAND_TAKE,
	SQL_COMMAND_ACT,
	SQL_COMMAND_ASK,
	SQL_COMMAND_NOTICE_TEST,
	SQL_COMMAND_TASK,
	SQL_COMMAND_UNKNOWN,
	SQL_COUNT,
};

extern const struct ra_pg_stmt sql_stmts[SQL_COUNT];
