/*
 * warm: what a new connection is asked before anybody waits for it.
 *
 * PostgreSQL reads its catalogue for each connection anew, when something is
 * asked for the first time, and makes the plan of a prepared statement then: the
 * first Overview of a connection took a tenth of a second longer than its second.
 * So the first one is nobody's.
 */
#pragma once
#include "services/api/db.h"

struct warm;

struct warm *warm_new(void);
/* When its connection has closed: answers may come until then. */
void warm_free(struct warm *warm);

/* Asks a connection that is up for an Overview, by days and by hours, of a guild that is not there.
 * 0, then `done` comes once, whatever becomes of it; or RA_EDOWN, and it does not. */
int warm_up(struct warm *warm, struct ra_pg *pg, ra_pg_synced_cb done, void *ctx) RA_MUST_CHECK;
