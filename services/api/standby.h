/*
 * standby: the connections to DATABASE_REPLICA_URL, a streaming replica of
 * our database, and how far behind each of them is.
 *
 * A connection is used only while we know that what it shows is younger than
 * DATABASE_REPLICA_LAG. How we know: twice a second the primary says where its
 * log ends, and the standby how far it has replayed. What has been replayed
 * past a place the primary named at a time shows all that was committed
 * before. So an idle primary makes nobody late, a standby that has lost its
 * primary is, and no two clocks are compared. Both say whose log it is, too:
 * one that was promoted, or follows another primary, is not used.
 */
#pragma once
#include "services/api/db.h"
#include <jansson.h>

struct standby;

/* In the order of how near they are to being used. */
enum standby_state {
	STANDBY_USED,
	STANDBY_BEHIND,  /* by more than the bound, or not yet known by how much */
	STANDBY_FOREIGN, /* it follows another primary, or another's past */
	STANDBY_LEADS,   /* it is no standby: it was promoted, or is the primary itself */
	STANDBY_AWAY,
};

/* `url`: of the replica; `db`: the primary, and where questions go that the standby fails.
 * `max_lag_ms`: see above. All borrowed. */
struct standby *standby_open(uv_loop_t *loop, const char *url, int size, int64_t max_lag_ms,
			     struct db *db, const struct ra_log *log, struct ra_err *err);
void standby_close(struct standby *standby, ra_pg_closed_cb closed, void *ctx);

/* A connection to read from; NULL while none is young enough. */
struct ra_pg *standby_pick(struct standby *standby);

enum standby_state standby_state(const struct standby *standby);
/* How far behind it is at most, to a second; while it is not followed, for how long we know of
 * nothing younger. */
int64_t standby_lag_ms(const struct standby *standby);
/* {state, lag_ms, max_lag_ms, connections, connections_used} */
json_t *standby_json(const struct standby *standby);
/* A ra_ready_cb: it is used; else why not. */
bool standby_is_used(void *standby, char why[128]);

/* Pure. A place in the log of the primary, and when it was named: that or more was committed. */
struct standby_mark {
	uint64_t at_ms;
	int64_t place;
};
#define STANDBY_MARKS 128
/* The marks of the last minute, the longest bound there is. */
struct standby_marks {
	struct standby_mark ring[STANDBY_MARKS];
	size_t count; /* ever */
};
void standby_marks_add(struct standby_marks *marks, struct standby_mark mark);
/* When the youngest mark that `place` has reached was named; 0: none, it is older than all. */
uint64_t standby_marks_reached(const struct standby_marks *marks, int64_t place);
