/*
 * place: the folder VAR_DIR, and whether this machine lets us run: other
 * launchers, the disk, ports. Everything is checked before anything is
 * started.
 */
#pragma once
#include "libshared/base/err.h"
#include "services/launcher/conf.h"

struct place {
	char *var, *bin; /* absolute; owned */
	char *redis;     /* what starts a Redis, absolute; owned; NULL: we start none */
	char secret[65]; /* of sessions, kept in VAR_DIR */
	int lock_fd;     /* held as long as we live; -1: not */
};

/* Makes the folder and takes the lock. 0, or the first thing that stands in the way; then too
 * place_fini gives everything back. */
int place_init(struct place *place, const struct conf *conf, struct ra_err *err) RA_MUST_CHECK;
void place_fini(struct place *place);
