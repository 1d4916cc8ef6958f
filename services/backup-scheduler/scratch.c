/* scratch: see the header. */
#include "services/backup-scheduler/scratch.h"
#include "services/backup-scheduler/program.h"
#include <unistd.h>

enum { PIECE = 256 * 1024, CREATE_TRIES = 20, CREATE_PAUSE_US = 250 * 1000 };

/* --- there and gone ----------------------------------------------------------------------- */

static int run(PGconn *owner, const char *before, const char *name, const char *after,
	       struct ra_err *err)
{
	char *quoted = PQescapeIdentifier(owner, name, strlen(name));
	char *sql = ra_format("%s %s %s", before, quoted, after);
	int rc = db_run(owner, err, sql, 0, NULL);
	ra_free(sql);
	PQfreemem(quoted);
	return rc;
}

/* Of one that is not there it need not tell. */
static PGconn *open_server(struct job *job, struct ra_err *err)
{
	PGconn *owner = job_owner_db(job, "postgres", err);
	if (owner && db_run(owner, err, "SET client_min_messages TO warning", 0, NULL) < 0) {
		PQfinish(owner);
		owner = NULL;
	}
	return owner;
}

static int drop(PGconn *owner, const char *name, struct ra_err *err)
{
	return run(owner, "DROP DATABASE IF EXISTS", name, "WITH (FORCE)", err);
}

/* The server may still be at what a worker asked for that was killed meanwhile: the same database.
 */
static int create(PGconn *owner, const char *name, struct ra_err *err)
{
	int rc = RA_EBUSY;
	for (int i = 0; rc < 0 && i < CREATE_TRIES; i++) {
		if (i > 0)
			usleep(CREATE_PAUSE_US);
		rc = drop(owner, name, err);
		if (rc == 0)
			rc = run(owner, "CREATE DATABASE", name, "TEMPLATE template0", err);
	}
	return rc;
}

int scratch_create(struct job *job, const char *name, struct ra_err *err)
{
	PGconn *owner = open_server(job, err);
	int rc = owner ? create(owner, name, err) : err->code;
	PQfinish(owner);
	return rc;
}

int scratch_drop(struct job *job, const char *name, struct ra_err *err)
{
	PGconn *owner = open_server(job, err);
	int rc = owner ? drop(owner, name, err) : err->code;
	PQfinish(owner);
	return rc;
}

/* --- filled -------------------------------------------------------------------------------- */

/* When pg_restore does not listen any more, it says itself why, at its end; the file is read on, as
 * what is wrong with that says more. */
static int feed(struct job *job, struct archive_reader *reader, uint64_t size,
		struct program *program, struct ra_err *err)
{
	char *piece = ra_alloc(PIECE);
	ssize_t n = 1;
	int rc = 0;
	bool is_deaf = false;
	while (rc == 0 && (n = archive_read(reader, piece, PIECE, err)) > 0) {
		if (!is_deaf)
			rc = program_write(program, piece, (size_t)n, err);
		if (rc == RA_EDOWN) {
			is_deaf = true;
			rc = 0;
		}
		job_progress(job, (double)archive_position(reader) / (double)(size + 1));
		if (rc == 0 && job_is_cancelled(job))
			rc = ra_fail(err, RA_ESTOPPED, "", "cancelled");
	}
	ra_free(piece);
	return rc == 0 && n < 0 ? (int)n : rc;
}

int scratch_fill(struct job *job, const char *name, struct archive_reader *reader, uint64_t size,
		 const char *option, struct ra_err *err)
{
	char *path = ra_format("%s/pg_restore", job->conf->postgres_dir);
	const char *const argv[] = { "pg_restore",
				     "--format=custom",
				     "--exit-on-error",
				     "--no-owner",
				     "--no-password",
				     "--dbname",
				     name,
				     option,
				     NULL };
	const struct program_with with = { .pipe = PROGRAM_WRITE,
					   .url = job->conf->admin_url,
					   .dbname = name };
	struct program program;
	int rc = program_start(&program, path, argv, &with, err);
	if (rc == 0) {
		rc = feed(job, reader, size, &program, err);
		if (rc == 0)
			rc = program_end(&program, err);
		else
			program_kill(&program);
	}
	ra_free(path);
	return rc;
}
