/* gauges: how backups are, as /metrics tells it: read from the tables, so that a restart forgets
 * nothing. */
#pragma once
#include <libpq-fe.h>
#include <stdbool.h>
#include <uv.h>

extern const char gauges_sql[];

/* Every few seconds, once asked. */
bool gauges_are_due(void);
/* What gauges_sql gave. */
void gauges_set(const PGresult *rows);
/* How much room there is in the folder of the backups; "": they have none. */
void gauges_look_at_disk(uv_loop_t *loop, const char *dir);
