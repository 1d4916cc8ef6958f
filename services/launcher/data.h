/*
 * data: where the private PostgreSQL and Redis keep their data, and who runs
 * them. The demo has a folder of its own below VAR_DIR, so that what is
 * simulated never mixes with what is real. A server that an earlier launcher left behind is stopped
 * first: two on the same files would ruin them.
 */
#pragma once
#include "libshared/base/err.h"
#include "services/launcher/conf.h"

struct data {
	char *folder;              /* VAR_DIR/demo or VAR_DIR/live; owned */
	char *postgres, *redis;    /* folders: data and socket of each; owned; NULL: not ours */
	const char *postgres_user; /* NULL: ourselves */
	bool has_database;         /* initdb was done by an earlier start */
};

/* Makes the folders below `var`. May wait some seconds for a leftover to end. */
int data_init(struct data *data, const struct conf *conf, const char *var,
	      struct ra_err *err) RA_MUST_CHECK;
void data_fini(struct data *data);
