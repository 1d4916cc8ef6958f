/*
 * passwords: the services' roles get the passwords that a folder holds, a file
 * a role. Said again at every run: a changed file is a changed password.
 */
#pragma once
#include <libpq-fe.h>
#include "libshared/base/err.h"

/* RA_ECONF when the folder or one of its files can not be used. */
int passwords_set(PGconn *conn, const char *dir, struct ra_err *err) RA_MUST_CHECK;
