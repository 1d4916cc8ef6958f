/* store_s3: what the files of a bucket have of each other. */
#pragma once
#include "services/backup-scheduler/s3.h"
#include "services/backup-scheduler/store_internal.h"

/* Borrowed. */
struct s3 *bucket_s3(const struct store *store);
/* A call whose answer is not wanted. */
int bucket_call(struct store *store, const struct s3_request *request, struct ra_err *err);
/* The answer is none of S3: RA_EPROTO, with *err filled. */
int bucket_misread(struct ra_err *err, const char *what);

/* As of struct store_kind. */
struct store_put *bucket_put_begin(struct store *store, const char *key, uint64_t about_bytes,
				   struct ra_err *err);
int bucket_put_write(struct store_put *put, const void *data, size_t len, struct ra_err *err);
int bucket_put_commit(struct store_put *put, struct ra_err *err);
void bucket_put_abort(struct store_put *put);
int bucket_list(struct store *store, store_each each, void *ctx, struct ra_err *err);
int bucket_sweep(struct store *store, struct ra_err *err);

/* Takes back a multipart upload; 0 as well when there is none. */
int bucket_abort_upload(struct store *store, const char *key, const char *upload_id,
			struct ra_err *err);
/* How large the parts of an upload are, when so much is expected. */
size_t bucket_part_bytes(uint64_t about_bytes);
