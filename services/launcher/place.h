/*
 * place: where things lie on this machine, and whether we may use it: the
 * folder under VAR_DIR, who runs PostgreSQL, ports, disk, other launchers.
 * Everything is checked before anything is started.
 */
#pragma once
#include "libshared/base/err.h"
#include "services/launcher/conf.h"

struct place {
	char *var, *bin;           /* absolute; owned */
	char *postgres, *redis;    /* folders: data and socket of each; owned */
	const char *postgres_user; /* NULL: ourselves */
	bool has_database;         /* initdb was done by an earlier start */
	bool is_demo;              /* no bot token: Discord is simulated */
	char secret[65];           /* of sessions, kept in VAR_DIR */
	int lock_fd;
};

/* Makes the folders and takes the lock. 0, or the first thing that stands in the way. */
int place_init(struct place *place, const struct conf *conf, struct ra_err *err) RA_MUST_CHECK;
void place_fini(struct place *place);
