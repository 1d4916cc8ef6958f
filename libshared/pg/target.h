/*
 * target: where the database is: the URL taken apart, its host names turned
 * into addresses outside of libpq (which would block), and put together
 * again for PQconnectStartParams.
 *
 *	pg_target_rewind(t);
 *	while ((name = pg_target_next(t)))
 *		...resolve name, then pg_target_add(t, address) for each...
 *	conn = pg_target_connect(t, attempt, application_name);
 */
#pragma once
#include "libshared/base/arena.h"
#include "libshared/base/err.h"
#include <libpq-fe.h>

struct pg_target {
	PQconninfoOption *options; /* owned */
	struct ra_arena names;     /* what hosts and ports point into */
	const char **hosts;        /* as the URL lists them */
	const char **ports;        /* one a host; "" is libpq's default */
	size_t host_count;         /* 0: libpq finds the server, without any name service */
	size_t at;                 /* the host that pg_target_next looks at next */

	struct ra_arena arena; /* of this round's places */
	struct pg_place *places, **last;
	size_t place_count;
};

/* 0, or RA_EINVAL with *err filled and nothing to release. The message never quotes the URL. */
int pg_target_parse(struct pg_target *target, const char *url, struct ra_err *err) RA_MUST_CHECK;
void pg_target_fini(struct pg_target *target);

void pg_target_rewind(struct pg_target *target);
/* The next name to resolve; NULL when all are. */
const char *pg_target_next(struct pg_target *target);
/* A numeric address of that name. */
void pg_target_add(struct pg_target *target, const char *address);

/* Begins to connect to all places in turn, `attempt` tells with which to start. NULL when no name
 * could be resolved. */
PGconn *pg_target_connect(const struct pg_target *target, unsigned attempt,
			  const char *application_name);
