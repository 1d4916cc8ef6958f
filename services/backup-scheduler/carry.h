/*
 * carry: what does not go back in time when a backup takes the database's
 * place: what is known of backups and jobs, who may come in (accounts, logins,
 * tokens, public links: what was ended since stays ended), who opted out, and
 * whose rows were to be erased. It is copied from the database there is into
 * the one that takes its place, while nobody can write it.
 *
 * A backup of another installation keeps what it brings; ours is added to it.
 */
#pragma once
#include "services/backup-scheduler/job.h"

struct carry {
	PGconn *old; /* the database there is; borrowed; NULL: there is none */
	PGconn *new; /* the one that takes its place, migrated; borrowed */
	int64_t backed_up_ms;
};

/* Locks what is carried in `old` against writing, until its connection ends, and copies it, in one
 * transaction of `new`. May be done again. *erased: how many people are erased once more. */
int carry_over(const struct carry *carry, int64_t *erased, struct ra_err *err) RA_MUST_CHECK;
