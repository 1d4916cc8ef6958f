/*
 * job: what a worker has: one row of backup.job, and the connection that
 * holds the lock on being the only worker. Everything in here blocks.
 *
 * Life: job_open() takes the lock and the row (waiting -> running), the
 * kind's job_run works, job_close() writes how it ended. Killed in between,
 * the lock is gone with the connection: that is how the queue knows, and what
 * lies about is swept (sweep.h) before the next one begins.
 */
#pragma once
#include "libshared/base/err.h"
#include "libshared/base/trace.h"
#include "services/backup-scheduler/conf.h"
#include <jansson.h>
#include <libpq-fe.h>

/* Keys of advisory locks: (the first, one of the others). */
#define JOB_LOCKS       5105
#define JOB_LOCK_LEADER 1
#define JOB_LOCK_WORKER 2

struct job {
	int64_t id;
	const struct conf *conf; /* borrowed */
	PGconn *db;              /* as rations_backup; owned */
	char kind[16];
	json_t *parameters; /* an object; owned */
	char *backup_id;    /* owned; NULL: none */
	int64_t asked_by;
	int tries;                            /* 1: it is begun for the first time */
	char traceparent[RA_TRACEPARENT_MAX]; /* of the trace it belongs to; in every line of the
						 log */

	/* job.c's own */
	json_t *detail; /* owned; NULL: nothing to report */
	char why[576];
	char step[24];
	double share; /* < 0: not known */
	uint64_t beat_at_ms;
	bool is_cancelled;
	struct ra_field log_fields[2];
};

/* 0 or RA_E*; *err filled. */
typedef int (*job_run)(struct job *, struct ra_err *);

/* RA_ELOCKED: another worker is at work; RA_ENOTFOUND: it waits no more. */
int job_open(struct job *job, const struct conf *conf, int64_t id,
	     struct ra_err *err) RA_MUST_CHECK;
/* Writes how it ended: `rc` 0 done, RA_ESTOPPED cancelled, else failed. */
void job_close(struct job *job, int rc, const struct ra_err *err);

/* What is done now, a word the page translates: counting, dumping, storing, verifying, restoring,
 * migrating, comparing, swapping, reading, writing, done. Progress begins at 0. */
void job_step(struct job *job, const char *step);
/* Into the row at most once a second; `share` < 0: not known. */
void job_progress(struct job *job, double share);
/* Somebody wants it to end; end with RA_ESTOPPED then. Looks once a second. */
bool job_is_cancelled(struct job *job);
/* What came of it, for the page; taken: yours no longer. */
void job_report(struct job *job, json_t *detail);
/* Why it failed, for the page: no secrets. Keeps what *err says already behind it; returns err's
 * code, or RA_EINVAL when it has none. */
int job_fail(struct job *job, struct ra_err *err, const char *fmt, ...) RA_PRINTF(3, 4);
/* The job is about this backup: written into its row, and there when it is begun again. */
int job_set_backup(struct job *job, const char *backup_id, struct ra_err *err) RA_MUST_CHECK;

/* What is done beside everything else does not take its processors. Whom it starts likewise. */
void job_be_modest(void);
/* As ADMIN_DATABASE_URL says, to another database when one is named. NULL and *err. PQfinish it. */
PGconn *job_owner_db(struct job *job, const char *dbname, struct ra_err *err);
/* The name of this job's scratch database, `what` being drill or restore: whatever becomes of us,
 * sweep.h knows it. Yours to ra_free. */
char *job_scratch(const struct job *job, const char *what);
/* After job->db was cut off on purpose: connects again, and takes the lock again. */
int job_reconnect(struct job *job, struct ra_err *err) RA_MUST_CHECK;

/* --- what blocking code asks PostgreSQL with --- */

/* NULL and *err when it fails. No secrets are in it. */
PGconn *db_connect(const char *url, const char *dbname, struct ra_err *err);
/* Rows or none; NULL and *err ("SQLSTATE: message") on an error. Parameters are texts, NULL is
 * NULL. PQclear it. */
PGresult *db_query(PGconn *db, struct ra_err *err, const char *sql, int count,
		   const char *const *values);
/* The same, nothing wanted of it. */
int db_run(PGconn *db, struct ra_err *err, const char *sql, int count,
	   const char *const *values) RA_MUST_CHECK;
#define DB_VALUES(...)                                                                             \
	(int)(sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *)),                \
		(const char *const[])                                                              \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
