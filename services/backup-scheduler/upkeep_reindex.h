/*
 * upkeep_reindex: makes swollen indexes anew, one after the other, while
 * everybody goes on: REINDEX CONCURRENTLY, which no function and no role but
 * the owner's may run. So it has a connection of the owner (ADMIN_DATABASE_URL;
 * without, it says it is off) and, as it takes as long as it takes, a thread.
 *
 * A kill leaves an invalid half of an index behind, which the next run drops.
 * An advisory lock keeps a second replica from it, and a running job (a dump
 * holds an old snapshot for long) makes it come later.
 */
#pragma once
#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct upkeep_reindex;

/* `url`: borrowed; NULL or empty: it is off. */
struct upkeep_reindex *upkeep_reindex_new(uv_loop_t *loop, const char *url);
/* Begins a run, when none is on; what comes of it is in backup.upkeep. false: it is off. */
bool upkeep_reindex_begin(struct upkeep_reindex *r);
/* Cancels what is under way; the loop ends when that has ended. */
void upkeep_reindex_stop(struct upkeep_reindex *r);
void upkeep_reindex_free(struct upkeep_reindex **r);

/* An index is made anew when it is at least so large, and three times what it had to be. */
#define REINDEX_FROM_BYTES (16LL << 20)

/* The run itself; blocks. `conn`: of the owner. Returns how many were made anew, or -1 with `why`.
 */
int upkeep_reindex_run(PGconn *conn, int64_t from_bytes, const atomic_bool *is_stopped,
		       char why[256]);
