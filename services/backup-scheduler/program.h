/*
 * program: another program (pg_dump, pg_restore, migrate), run by a worker
 * with a pipe to or from it. It dies with the worker.
 *
 *	program_start(&program, path, argv, &with, &err);
 *	read(program.fd ...) or write(program.fd ...)
 *	program_end(&program, &err);
 */
#pragma once
#include "libshared/base/err.h"
#include <sys/types.h>

struct program {
	const char *name; /* borrowed; of argv */
	pid_t pid;
	int fd;     /* our end of the pipe; -1: none, or closed */
	int errors; /* a file in memory: what it wrote on stderr */
};

struct program_with {
	enum { PROGRAM_ALONE, PROGRAM_READ, PROGRAM_WRITE } pipe; /* what we do at our end */
	/* A database: told in the environment, as libpq takes it, for a command line is everybody's
	 * to read. NULL: none. */
	const char *url;
	const char *dbname;     /* NULL: the URL's */
	const char *const *env; /* more of it, "NAME=value", NULL at the end; may be NULL */
};

/* `argv` ends with NULL; everything is borrowed for the call, argv[0] until the end. */
int program_start(struct program *program, const char *path, const char *const *argv,
		  const struct program_with *with, struct ra_err *err) RA_MUST_CHECK;
/* Closes the pipe and waits. RA_EINVAL with the last it said on stderr in *err when it did not end
 * well. */
int program_end(struct program *program, struct ra_err *err) RA_MUST_CHECK;
/* Kills it, and waits. Of one that has ended: nothing. */
void program_kill(struct program *program);
/* All of `data`; RA_EDOWN when it does not read any more (program_end() says why). */
int program_write(struct program *program, const void *data, size_t len,
		  struct ra_err *err) RA_MUST_CHECK;
