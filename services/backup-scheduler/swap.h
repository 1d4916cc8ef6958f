/*
 * swap: one database takes the place of another, in one transaction: the old
 * one is renamed aside, the new one gets its name. Whenever somebody dies,
 * under the name is either the one or the other, whole.
 *
 *	mover: BEGIN, rename target aside   its lock lets nobody new in; it waits for who is still
 *there cutter: ends every session of target but `old` `old` is closed: what it kept others from
 *writing is lost to nobody mover: rename scratch to target, close what is aside, COMMIT
 *
 * Services find the name gone or their connection cut, and connect again.
 */
#pragma once
#include "services/backup-scheduler/job.h"

struct swap {
	const char *target;  /* the name that counts; borrowed, like the others */
	const char *scratch; /* what takes its place; nobody is connected to it */
	PGconn **old; /* a connection to target which holds its locks; *old NULL: there is none.
			 Closed on the way */
};

/* What a database kept aside is called: target_old_20261121T101500Z; yours to ra_free. */
char *swap_aside_name(const char *target, int64_t at_ms);
/* `aside`: the name target gets; NULL: there is no target yet. Fails with everything as it was. */
int swap_into_place(struct job *job, const struct swap *swap, const char *aside,
		    struct ra_err *err) RA_MUST_CHECK;
/* Drops a database that was kept aside of `target`; of no other name. */
int swap_drop_aside(struct job *job, const char *target, const char *name,
		    struct ra_err *err) RA_MUST_CHECK;
