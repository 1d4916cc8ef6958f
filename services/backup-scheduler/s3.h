/*
 * s3: calls of an S3-compatible store, one after the other over one
 * connection: signed, bounded, tried again when that may help. TLS is always
 * verified; nothing secret is in an error.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include "services/backup-scheduler/s3_sign.h"

/* Borrowed while a function takes it. */
struct s3_conf {
	const char *endpoint; /* https://host[:port][/path] */
	const char *region, *bucket;
	const char *prefix; /* of every key; "" */
	const char *access_key, *secret_key;
	bool is_path_style; /* endpoint/bucket/key; else bucket.endpoint/key */
	unsigned tries;     /* of a call, the waits between them growing to 20 s; 0: 8 */
};

struct s3;

struct s3_request {
	const char *method;
	const char *key; /* behind the prefix; NULL: of the bucket */
	const struct s3_field *query;
	size_t query_count;
	struct ra_str body;
	uint64_t from;       /* first byte wanted */
	size_t count;        /* of so many; 0: no range */
	const char *if_etag; /* only while it is this; NULL: any */
	size_t answer_max;   /* bytes of its body; 0: S3_ANSWER_MAX */
};

#define S3_ANSWER_MAX ((size_t)8 << 20)

struct s3_answer {
	long status;
	struct ra_buf body; /* yours: s3_answer_fini */
	char etag[132];     /* as it was, in quotes; "" */
	uint64_t size;      /* of the whole object, where that was told */
};

/* NULL with *err filled when `conf` can not be meant. */
struct s3 *s3_new(const struct s3_conf *conf, struct ra_err *err) RA_MUST_CHECK;
void s3_free(struct s3 **s3);
const char *s3_prefix(const struct s3 *s3);

/* 0 with *answer (begun anew); or what the last try failed with, *err filled and *answer->status
 * the last status there was (0: none): RA_ENOTFOUND for 404, RA_EDENIED for 401 and 403, RA_EHTTP
 * for any other, RA_EDOWN when nobody answered, RA_ETOOBIG. */
int s3_call(struct s3 *s3, const struct s3_request *request, struct s3_answer *answer,
	    struct ra_err *err) RA_MUST_CHECK;
void s3_answer_fini(struct s3_answer *answer);
