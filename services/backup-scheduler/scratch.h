/*
 * scratch: a database that is filled beside the one that counts: a drill's,
 * or what takes its place. Whatever becomes of us, sweep.h knows its name
 * (job_scratch()).
 */
#pragma once
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/job.h"

/* An empty one, whatever there was of that name. */
int scratch_create(struct job *job, const char *name, struct ra_err *err) RA_MUST_CHECK;
int scratch_drop(struct job *job, const char *name, struct ra_err *err) RA_MUST_CHECK;

/* pg_restore of a file's payload into it, which a reader has just begun; `size` of the file, for
 * progress; `option`: one more of pg_restore's, or NULL. Block by block, each checked before it is
 * handed on: a file that is found damaged in the middle ends it, and nothing but the scratch
 * database has seen it. */
int scratch_fill(struct job *job, const char *name, struct archive_reader *reader, uint64_t size,
		 const char *option, struct ra_err *err) RA_MUST_CHECK;
