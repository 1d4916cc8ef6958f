/* schema: which one the database has, and which these programs were made for. */
#pragma once
#include "services/rationsctl/ctl.h"

/* The number of the newest NNNN_name.sql in the folder; -1: there is none. */
int64_t schema_newest_file(const char *folder);
/* The newest that the database has seen; -1 and *err: it can not be read. */
int64_t schema_of(PGconn *db, struct ra_err *err);
