/*
 * migrate: brings a database from the last migration it has seen to the last
 * one there is a file of, each file in its own transaction.
 *
 * It refuses, before it changes anything, a database that has seen a
 * migration which this release has in other words, or that is newer in a way
 * which these programs do not run on (libshared/pg/schema.h). One that is only
 * newer it leaves alone: so an older release comes back after a newer one.
 */
#pragma once
#include "libshared/base/err.h"
#include "services/migrate/conf.h"
#include <stdio.h>

/* Says on `out` what it did. */
int migrate_run(const struct conf *conf, FILE *out, struct ra_err *err) RA_MUST_CHECK;
/* Prints a line a migration and changes nothing. RA_ENOTFOUND when there is something to apply. */
int migrate_status(const struct conf *conf, FILE *out, struct ra_err *err) RA_MUST_CHECK;
/* Runs the SQL of `in` in one transaction: what a demo begins with. */
int migrate_load(const struct conf *conf, FILE *in, struct ra_err *err) RA_MUST_CHECK;
