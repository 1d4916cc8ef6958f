/*
 * verify: reads every byte of a backup and says whether it is as written.
 * Jobs of kind `verify` do so with every copy of a backup, or of all of them,
 * and write down what came of it: a copy is good, damaged or missing; a backup
 * without a good copy is damaged, and one that was and has one again is not.
 */
#pragma once
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/job.h"
#include "services/backup-scheduler/store.h"

/* What was read. */
struct verified {
	struct archive_head head;
	struct archive_sum sum;
	uint64_t payload_bytes;
	json_t *told; /* archive_told(); owned */
};

/* Told now and then how many bytes of the file were read; false ends it with RA_ESTOPPED. */
typedef bool (*verify_progress)(void *ctx, uint64_t bytes);

/* The file `in` reads. 0 with *verified, verified_fini() it; or what archive.h fails with, and
 * *verified is empty. `progress` may be NULL. */
int verify_archive(archive_in in, void *in_ctx, const struct key *key, verify_progress progress,
		   void *progress_ctx, struct verified *verified, struct ra_err *err) RA_MUST_CHECK;
/* Likewise an object of a store. */
int verify_object(struct store *store, const char *object, const struct key *key,
		  verify_progress progress, void *progress_ctx, struct verified *verified,
		  struct ra_err *err) RA_MUST_CHECK;
void verified_fini(struct verified *verified);

/* The job: of its backup; of all when it names none, those that nobody knew yet (adopt.h) among
 * them. Fails when a copy is not good. */
int verify_run(struct job *job, struct ra_err *err);
