/*
 * store_s3_put: an object comes into a bucket.
 *
 * A put gathers a part in memory. What fits in one part becomes an object in
 * one call; what does not, a multipart upload: begun with the first full part,
 * each part tried again by itself (s3.h), put together at the commit, taken
 * back when anything fails. Parts are of one size, as some stores demand, made
 * large enough for what is expected; only if that was far too little do they
 * grow.
 */
#include "libshared/base/log.h"
#include "services/backup-scheduler/s3_xml.h"
#include "services/backup-scheduler/store_s3.h"
#include <inttypes.h>
#include <stdio.h>

#define MIB           ((size_t)1 << 20)
#define PART_BYTES    (8 * MIB) /* at least; S3 allows 5 */
#define PART_MAX      (1024 * MIB)
#define PARTS_MAX     10000
#define PARTS_PLANNED 9000 /* of the expected size; beyond them they grow */

struct upload {
	struct store_put put;
	char *key;            /* owned */
	struct ra_buf part;   /* gathered */
	size_t part_bytes;    /* so large they are */
	unsigned part_number; /* of the last one uploaded; 0: none */
	char *upload_id;      /* owned; NULL: none begun */
	struct ra_buf parts;  /* XML: those there are */
	uint64_t size;        /* uploaded */
};

size_t bucket_part_bytes(uint64_t about_bytes)
{
	uint64_t bytes = about_bytes / PARTS_PLANNED + 1;
	bytes = (bytes + MIB - 1) / MIB * MIB;
	if (bytes < PART_BYTES)
		bytes = PART_BYTES;
	return bytes > PART_MAX ? PART_MAX : (size_t)bytes;
}

struct store_put *bucket_put_begin(struct store *store, const char *key, uint64_t about_bytes,
				   struct ra_err *err)
{
	(void)err;
	struct upload *put = ra_new(struct upload);
	*put = (struct upload){
		.put.store = store,
		.key = ra_strdup(key),
		.part_bytes = bucket_part_bytes(about_bytes),
	};
	return &put->put;
}

static void on_upload_id(void *ctx, const char *parent, const char *name, struct ra_str text)
{
	char **id = ctx;
	if (strcmp(parent, "InitiateMultipartUploadResult") == 0 && strcmp(name, "UploadId") == 0 &&
	    !*id && text.len > 0)
		*id = ra_str_dup(text);
}

static int begin_upload(struct upload *put, struct ra_err *err)
{
	struct s3_answer answer = { 0 };
	const struct s3_field query[] = { { "uploads", "" } };
	const struct s3_request request = {
		.method = "POST", .key = put->key, .query = query, .query_count = RA_COUNT(query)
	};
	int rc = s3_call(bucket_s3(put->put.store), &request, &answer, err);
	if (rc == 0 && (s3_xml_parse(ra_buf_str(&answer.body), on_upload_id, &put->upload_id) < 0 ||
			!put->upload_id))
		rc = bucket_misread(err, "S3 began an upload without saying which");
	s3_answer_fini(&answer);
	return rc;
}

static void note_part(struct upload *put, const char *etag)
{
	ra_buf_printf(&put->parts, "<Part><PartNumber>%u</PartNumber><ETag>", put->part_number);
	for (; *etag; etag++) {
		if (*etag == '"')
			ra_buf_add_text(&put->parts, "&quot;");
		else if (*etag > ' ' && *etag < 127 && !strchr("<>&", *etag))
			ra_buf_add(&put->parts, etag, 1);
	}
	ra_buf_add_text(&put->parts, "</ETag></Part>");
}

/* What was gathered, as the next part. */
static int upload_part(struct upload *put, struct ra_err *err)
{
	struct s3_answer answer = { 0 };
	char number[12];
	if (!put->upload_id) {
		int rc = begin_upload(put, err);
		if (rc < 0)
			return rc;
	}
	if (put->part_number == PARTS_MAX)
		return ra_fail(err, RA_ETOOBIG, "Tell the developers.",
			       "an object has more parts than S3 takes");
	snprintf(number, sizeof(number), "%u", ++put->part_number);
	const struct s3_field query[] = { { "partNumber", number },
					  { "uploadId", put->upload_id } };
	const struct s3_request request = { .method = "PUT",
					    .key = put->key,
					    .query = query,
					    .query_count = RA_COUNT(query),
					    .body = ra_buf_str(&put->part) };
	int rc = s3_call(bucket_s3(put->put.store), &request, &answer, err);
	if (rc == 0) {
		note_part(put, answer.etag);
		put->size += put->part.len;
		ra_buf_clear(&put->part);
		if (put->part_number >= PARTS_PLANNED && put->part_bytes < PART_MAX &&
		    put->part_number % 100 == 0)
			put->part_bytes *= 2;
	}
	s3_answer_fini(&answer);
	return rc;
}

int bucket_put_write(struct store_put *base, const void *data, size_t len, struct ra_err *err)
{
	struct upload *put = (struct upload *)base;
	const char *from = data;
	while (len > 0) {
		size_t room = put->part_bytes - put->part.len;
		size_t n = len < room ? len : room;
		ra_buf_add(&put->part, from, n);
		from += n;
		len -= n;
		int rc = put->part.len == put->part_bytes ? upload_part(put, err) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void free_put(struct upload *put)
{
	ra_buf_fini(&put->part);
	ra_buf_fini(&put->parts);
	ra_free(put->upload_id);
	ra_free(put->key);
	ra_free(put);
}

int bucket_abort_upload(struct store *store, const char *key, const char *upload_id,
			struct ra_err *err)
{
	const struct s3_field query[] = { { "uploadId", upload_id } };
	const struct s3_request request = {
		.method = "DELETE", .key = key, .query = query, .query_count = RA_COUNT(query)
	};
	int rc = bucket_call(store, &request, err);
	return rc == RA_ENOTFOUND ? 0 : rc;
}

void bucket_put_abort(struct store_put *base)
{
	struct upload *put = (struct upload *)base;
	struct ra_err err;
	if (put->upload_id && bucket_abort_upload(base->store, put->key, put->upload_id, &err) < 0)
		ra_warn(NULL, "s3 upload not taken back", ra_f_text("key", put->key),
			ra_f_text("why", err.msg));
	free_put(put);
}

/* The object has the size it should. */
static int check_size(struct upload *put, struct ra_err *err)
{
	struct s3_answer answer = { 0 };
	const struct s3_request request = { .method = "HEAD", .key = put->key };
	int rc = s3_call(bucket_s3(put->put.store), &request, &answer, err);
	if (rc == 0 && answer.size != put->size)
		rc = ra_fail(err, RA_EHTTP, "Back up again.",
			     "S3 has %" PRIu64 " bytes of %" PRIu64 " of %s", answer.size,
			     put->size, put->key);
	s3_answer_fini(&answer);
	return rc;
}

/* When the answer was lost and asked for again, the upload is not there any more, but the object
 * is. */
static int complete_upload(struct upload *put, struct ra_err *err)
{
	struct ra_buf body = { 0 };
	const struct s3_field query[] = { { "uploadId", put->upload_id } };
	ra_buf_add_text(&body, "<CompleteMultipartUpload "
			       "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
	ra_buf_add_str(&body, ra_buf_str(&put->parts));
	ra_buf_add_text(&body, "</CompleteMultipartUpload>");
	const struct s3_request request = { .method = "POST",
					    .key = put->key,
					    .query = query,
					    .query_count = RA_COUNT(query),
					    .body = ra_buf_str(&body) };
	int rc = bucket_call(put->put.store, &request, err);
	ra_buf_fini(&body);
	if (rc < 0 && rc != RA_ENOTFOUND)
		return rc;
	return check_size(put, err);
}

static int put_whole(struct upload *put, struct ra_err *err)
{
	const struct s3_request request = { .method = "PUT",
					    .key = put->key,
					    .body = ra_buf_str(&put->part) };
	return bucket_call(put->put.store, &request, err);
}

int bucket_put_commit(struct store_put *base, struct ra_err *err)
{
	struct upload *put = (struct upload *)base;
	int rc;
	if (!put->upload_id) {
		rc = put_whole(put, err);
	} else {
		rc = put->part.len > 0 ? upload_part(put, err) : 0;
		if (rc == 0)
			rc = complete_upload(put, err);
	}
	if (rc < 0)
		bucket_put_abort(base);
	else
		free_put(put);
	return rc;
}
