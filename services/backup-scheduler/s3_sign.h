/*
 * s3_sign: who we are, as S3 wants it proved: AWS Signature Version 4 in the
 * Authorization header, over the method, the path, the query, the headers and
 * the SHA-256 of the body
 * (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
 */
#pragma once
#include "libshared/base/buf.h"

#define S3_FIELDS_MAX 16

/* A parameter of a query, or a header; borrowed. */
struct s3_field {
	const char *name, *value;
};

struct s3_signing {
	const char *access_key, *secret_key, *region;
	const char *method;
	const char *path;  /* encoded, as in the URL */
	const char *query; /* as s3_query() writes it */
	/* All that are signed: host, x-amz-content-sha256, x-amz-date, and more. Names in lower
	 * case, in any order; at most S3_FIELDS_MAX. */
	const struct s3_field *headers;
	size_t header_count;
	const char *body_sha256; /* in hex */
	const char *timestamp;   /* s3_timestamp(), as in the header x-amz-date */
};

/* Appends the value of the Authorization header. */
void s3_sign(const struct s3_signing *signing, struct ra_buf *authorization);
/* "20130524T000000Z" */
void s3_timestamp(int64_t at_ms, char out[17]);
/* Appends `text`, all but unreserved characters (RFC 3986) as %XX; slashes stay in a path. */
void s3_encode(struct ra_buf *out, struct ra_str text, bool is_path);
/* Appends the parameters in the order they are signed in, encoded; at most S3_FIELDS_MAX. */
void s3_query(struct ra_buf *out, const struct s3_field *fields, size_t count);
/* SHA-256 in hex. */
void s3_sha256(struct ra_str bytes, char hex[65]);
