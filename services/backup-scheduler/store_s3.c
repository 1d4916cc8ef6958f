/*
 * store_s3: backups as objects of a bucket.
 *
 * A put gathers a part in memory. What fits in one part becomes an object in
 * one call; what does not, a multipart upload: begun with the first full part,
 * each part tried again by itself (s3.h), put together at the commit, taken
 * back when anything fails. Parts are of one size, as some stores demand, made
 * large enough for what is expected; only if that was far too little do they
 * grow.
 *
 * A get asks for ranges, a small one first: whoever wants the head of a file
 * does not wait for all of it, and a line that breaks costs one range.
 */
#include "services/backup-scheduler/store_s3.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/s3_xml.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MIB           ((size_t)1 << 20)
#define PART_BYTES    (8 * MIB) /* at least; S3 allows 5 */
#define PART_MAX      (1024 * MIB)
#define PARTS_MAX     10000
#define PARTS_PLANNED 9000 /* of the expected size; beyond them they grow */
#define FIRST_RANGE   ((size_t)64 << 10)
#define RANGE         (4 * MIB)
#define PAGES_MAX     1000
#define UPLOAD_AGE_MS 3600000 /* younger ones may be another's */

struct bucket {
	struct store store;
	struct s3 *s3; /* owned */
};

struct s3_put {
	struct store_put put;
	char *key;            /* owned */
	struct ra_buf part;   /* gathered */
	size_t part_bytes;    /* so large they are */
	unsigned part_number; /* of the last one uploaded; 0: none */
	char *upload_id;      /* owned; NULL: none begun */
	struct ra_buf parts;  /* XML: those there are */
	uint64_t size;        /* uploaded */
};

struct s3_get {
	struct store_get get;
	char *key;               /* owned */
	uint64_t at;             /* the next byte to ask for */
	struct s3_answer window; /* what was asked for last */
	size_t used;             /* of it */
	char etag[132];
};

static struct s3 *s3_of(const struct store *store)
{
	return ((const struct bucket *)store)->s3;
}

static void bucket_close(struct store *store)
{
	struct bucket *bucket = (struct bucket *)store;
	s3_free(&bucket->s3);
	ra_free(bucket);
}

/* A call whose answer is not wanted. */
static int call(struct store *store, const struct s3_request *request, struct ra_err *err)
{
	struct s3_answer answer = { 0 };
	int rc = s3_call(s3_of(store), request, &answer, err);
	s3_answer_fini(&answer);
	return rc;
}

/* --- put -------------------------------------------------------------------------------- */

size_t store_s3_part_bytes(uint64_t about_bytes)
{
	uint64_t bytes = about_bytes / PARTS_PLANNED + 1;
	bytes = (bytes + MIB - 1) / MIB * MIB;
	if (bytes < PART_BYTES)
		bytes = PART_BYTES;
	return bytes > PART_MAX ? PART_MAX : (size_t)bytes;
}

static struct store_put *s3_put_begin(struct store *store, const char *key, uint64_t about_bytes,
				      struct ra_err *err)
{
	(void)err;
	struct s3_put *put = ra_new(struct s3_put);
	*put = (struct s3_put){
		.put.store = store,
		.key = ra_strdup(key),
		.part_bytes = store_s3_part_bytes(about_bytes),
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

static int begin_upload(struct s3_put *put, struct ra_err *err)
{
	struct s3_answer answer = { 0 };
	const struct s3_field query[] = { { "uploads", "" } };
	const struct s3_request request = {
		.method = "POST", .key = put->key, .query = query, .query_count = RA_COUNT(query)
	};
	int rc = s3_call(s3_of(put->put.store), &request, &answer, err);
	if (rc == 0 && (s3_xml_parse(ra_buf_str(&answer.body), on_upload_id, &put->upload_id) < 0 ||
			!put->upload_id))
		rc = ra_fail(err, RA_EPROTO, "Is S3_ENDPOINT an S3-compatible store?",
			     "S3 began an upload without saying which");
	s3_answer_fini(&answer);
	return rc;
}

static void note_part(struct s3_put *put, const char *etag)
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
static int upload_part(struct s3_put *put, struct ra_err *err)
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
	int rc = s3_call(s3_of(put->put.store), &request, &answer, err);
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

static int s3_put_write(struct store_put *base, const void *data, size_t len, struct ra_err *err)
{
	struct s3_put *put = (struct s3_put *)base;
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

static void free_put(struct s3_put *put)
{
	ra_buf_fini(&put->part);
	ra_buf_fini(&put->parts);
	ra_free(put->upload_id);
	ra_free(put->key);
	ra_free(put);
}

static int abort_upload(struct store *store, const char *key, const char *upload_id,
			struct ra_err *err)
{
	const struct s3_field query[] = { { "uploadId", upload_id } };
	const struct s3_request request = {
		.method = "DELETE", .key = key, .query = query, .query_count = RA_COUNT(query)
	};
	int rc = call(store, &request, err);
	return rc == RA_ENOTFOUND ? 0 : rc;
}

static void s3_put_abort(struct store_put *base)
{
	struct s3_put *put = (struct s3_put *)base;
	struct ra_err err;
	if (put->upload_id && abort_upload(base->store, put->key, put->upload_id, &err) < 0)
		ra_warn(NULL, "s3 upload not taken back", ra_f_text("key", put->key),
			ra_f_text("why", err.msg));
	free_put(put);
}

/* The object has the size it should. */
static int check_size(struct s3_put *put, struct ra_err *err)
{
	struct s3_answer answer = { 0 };
	const struct s3_request request = { .method = "HEAD", .key = put->key };
	int rc = s3_call(s3_of(put->put.store), &request, &answer, err);
	if (rc == 0 && answer.size != put->size)
		rc = ra_fail(err, RA_EHTTP, "Back up again.",
			     "S3 has %" PRIu64 " bytes of %" PRIu64 " of %s", answer.size,
			     put->size, put->key);
	s3_answer_fini(&answer);
	return rc;
}

/* When the answer was lost and asked for again, the upload is not there any more, but the object
 * is. */
static int complete_upload(struct s3_put *put, struct ra_err *err)
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
	int rc = call(put->put.store, &request, err);
	ra_buf_fini(&body);
	if (rc < 0 && rc != RA_ENOTFOUND)
		return rc;
	return check_size(put, err);
}

static int put_whole(struct s3_put *put, struct ra_err *err)
{
	const struct s3_request request = { .method = "PUT",
					    .key = put->key,
					    .body = ra_buf_str(&put->part) };
	return call(put->put.store, &request, err);
}

static int s3_put_commit(struct store_put *base, struct ra_err *err)
{
	struct s3_put *put = (struct s3_put *)base;
	int rc;
	if (!put->upload_id) {
		rc = put_whole(put, err);
	} else {
		rc = put->part.len > 0 ? upload_part(put, err) : 0;
		if (rc == 0)
			rc = complete_upload(put, err);
	}
	if (rc < 0)
		s3_put_abort(base);
	else
		free_put(put);
	return rc;
}

/* --- get --------------------------------------------------------------------------------- */

/* The next range. `size` is not known before the first answer. */
static int ask(struct s3_get *get, size_t count, struct ra_err *err)
{
	const struct s3_request request = {
		.method = "GET",
		.key = get->key,
		.from = get->at,
		.count = count,
		.if_etag = *get->etag ? get->etag : NULL,
		.answer_max = count,
	};
	get->used = 0;
	int rc = s3_call(s3_of(get->get.store), &request, &get->window, err);
	if (rc < 0 && get->window.status == 416) { /* at its end: nothing is there */
		ra_buf_clear(&get->window.body);
		return 0;
	}
	if (rc < 0)
		return rc;
	if (get->window.status != 206 && get->at > 0)
		return ra_fail(err, RA_EPROTO, "Is S3_ENDPOINT an S3-compatible store?",
			       "S3 does not give parts of objects");
	get->at += get->window.body.len;
	return 0;
}

static void s3_get_end(struct store_get *base)
{
	struct s3_get *get = (struct s3_get *)base;
	s3_answer_fini(&get->window);
	ra_free(get->key);
	ra_free(get);
}

static struct store_get *s3_get_begin(struct store *store, const char *key, uint64_t offset,
				      struct ra_err *err)
{
	struct s3_get *get = ra_new(struct s3_get);
	*get = (struct s3_get){ .get.store = store, .key = ra_strdup(key), .at = offset };
	int rc = ask(get, FIRST_RANGE, err);
	if (rc == RA_ENOTFOUND)
		ra_fail(err, RA_ENOTFOUND, "backup-scheduler --list says what there is.",
			"there is no %s in %s", key, store->where);
	if (rc < 0) {
		s3_get_end(&get->get);
		return NULL;
	}
	get->get.size = get->window.size;
	memcpy(get->etag, get->window.etag, sizeof(get->etag));
	return &get->get;
}

static ssize_t s3_get_read(struct store_get *base, void *data, size_t len, struct ra_err *err)
{
	struct s3_get *get = (struct s3_get *)base;
	if (get->used == get->window.body.len && get->at < base->size) {
		uint64_t left = base->size - get->at;
		int rc = ask(get, left < RANGE ? (size_t)left : RANGE, err);
		if (rc < 0)
			return rc;
	}
	size_t left = get->window.body.len - get->used;
	size_t n = len < left ? len : left;
	if (n > 0)
		memcpy(data, get->window.body.ptr + get->used, n);
	get->used += n;
	return (ssize_t)n;
}

/* --- what lies there ------------------------------------------------------------------------ */

/* One page of a list: of objects, or of uploads. */
struct page {
	const struct store *store;
	const char *item; /* the element: Contents, or Upload */
	char key[STORE_KEY_MAX + 1];
	char upload_id[1025];
	uint64_t size;
	int64_t at_ms;
	bool is_truncated;
	char *next; /* owned; the token of the next page */
	void (*on_item)(struct page *page);
	void *ctx;
	store_each each;    /* of objects */
	int64_t before_ms;  /* of uploads */
	struct ra_buf left; /* uploads: key, NUL, id, NUL */
	int rc;
	struct ra_err *err;
};

static void keep(char *to, size_t cap, struct ra_str text)
{
	size_t len = text.len < cap ? text.len : 0; /* longer than any of ours */
	if (len > 0)
		memcpy(to, text.ptr, len);
	to[len] = '\0';
}

static void keep_key(struct page *page, struct ra_str key)
{
	const char *prefix = s3_prefix(s3_of(page->store));
	size_t len = strlen(prefix);
	page->key[0] = '\0';
	if (ra_str_starts(key, prefix))
		keep(page->key, sizeof(page->key), (struct ra_str){ key.ptr + len, key.len - len });
}

static void on_item_field(struct page *page, const char *name, struct ra_str text)
{
	if (strcmp(name, "Key") == 0)
		keep_key(page, text);
	else if (strcmp(name, "UploadId") == 0)
		keep(page->upload_id, sizeof(page->upload_id), text);
	else if (strcmp(name, "Size") == 0)
		(void)!ra_str_to_u64(text, &page->size);
	else if (strcmp(name, "LastModified") == 0 || strcmp(name, "Initiated") == 0)
		(void)!ra_iso8601_parse(text, &page->at_ms);
}

static void on_page_end(void *ctx, const char *parent, const char *name, struct ra_str text)
{
	struct page *page = ctx;
	if (strcmp(parent, page->item) == 0) {
		on_item_field(page, name, text);
	} else if (strcmp(name, page->item) == 0) {
		if (page->rc == 0 && store_key_is_valid(ra_str_of(page->key)))
			page->on_item(page);
		page->key[0] = page->upload_id[0] = '\0';
		page->size = 0;
		page->at_ms = 0;
	} else if (strcmp(name, "IsTruncated") == 0) {
		page->is_truncated = ra_str_is(text, "true");
	} else if (strcmp(name, "NextContinuationToken") == 0) {
		ra_free(page->next);
		page->next = ra_str_dup(text);
	}
}

static int read_page(struct page *page, const struct s3_field *query, size_t count,
		     struct ra_err *err)
{
	struct s3_answer answer = { 0 };
	const struct s3_request request = { .method = "GET", .query = query, .query_count = count };
	int rc = s3_call(s3_of(page->store), &request, &answer, err);
	page->is_truncated = false;
	if (rc == 0 && s3_xml_parse(ra_buf_str(&answer.body), on_page_end, page) < 0)
		rc = ra_fail(err, RA_EPROTO, "Is S3_ENDPOINT an S3-compatible store?",
			     "S3 answered with what is no list");
	if (rc < 0 && answer.status == 501)
		rc = 0; /* a store without it */
	s3_answer_fini(&answer);
	return rc < 0 ? rc : page->rc;
}

static void page_fini(struct page *page)
{
	ra_free(page->next);
	ra_buf_fini(&page->left);
}

static void on_object(struct page *page)
{
	const struct store_object object = { page->key, page->size, page->at_ms };
	page->rc = page->each(page->ctx, &object, page->err);
}

static int bucket_list(struct store *store, store_each each, void *ctx, struct ra_err *err)
{
	struct page page = { .store = store,
			     .item = "Contents",
			     .on_item = on_object,
			     .each = each,
			     .ctx = ctx,
			     .err = err };
	int rc = 0;
	page.is_truncated = true;
	for (int i = 0; rc == 0 && page.is_truncated && i < PAGES_MAX; i++) {
		char *token = page.next;
		const struct s3_field query[] = { { "list-type", "2" },
						  { "delimiter", "/" },
						  { "prefix", s3_prefix(s3_of(store)) },
						  { "continuation-token", token } };
		page.next = NULL;
		rc = read_page(&page, query, RA_COUNT(query) - !token, err);
		if (rc == 0 && page.is_truncated && !page.next)
			rc = ra_fail(err, RA_EPROTO, "Is S3_ENDPOINT an S3-compatible store?",
				     "S3 has more to list and does not say how");
		ra_free(token);
	}
	page_fini(&page);
	return rc;
}

static int bucket_remove(struct store *store, const char *key, struct ra_err *err)
{
	const struct s3_request request = { .method = "DELETE", .key = key };
	int rc = call(store, &request, err);
	return rc == RA_ENOTFOUND ? 0 : rc;
}

static int64_t bucket_free_bytes(struct store *store)
{
	(void)store;
	return -1;
}

/* --- what was left behind ----------------------------------------------------------------------
 */

static void on_upload(struct page *page)
{
	if (page->at_ms >= page->before_ms || !*page->upload_id)
		return;
	ra_buf_add(&page->left, page->key, strlen(page->key) + 1);
	ra_buf_add(&page->left, page->upload_id, strlen(page->upload_id) + 1);
}

static int abort_uploads(struct store *store, const struct ra_buf *left, struct ra_err *err)
{
	int swept = 0;
	for (size_t at = 0; at < left->len;) {
		const char *key = left->ptr + at, *id = key + strlen(key) + 1;
		int rc = abort_upload(store, key, id, err);
		if (rc < 0)
			return rc;
		at += strlen(key) + strlen(id) + 2;
		swept++;
	}
	return swept;
}

/* One page of uploads is more than we ever leave; the next sweep finds the rest. */
static int bucket_sweep(struct store *store, struct ra_err *err)
{
	const struct s3_field query[] = { { "uploads", "" },
					  { "prefix", s3_prefix(s3_of(store)) } };
	struct page page = { .store = store,
			     .item = "Upload",
			     .on_item = on_upload,
			     .before_ms = ra_wall_ms() - ra_clock_offset_ms() - UPLOAD_AGE_MS };
	int rc = read_page(&page, query, RA_COUNT(query), err);
	if (rc == 0)
		rc = abort_uploads(store, &page.left, err);
	page_fini(&page);
	return rc;
}

static const struct store_kind bucket_kind = {
	.place = "s3",
	.close = bucket_close,
	.put_begin = s3_put_begin,
	.put_write = s3_put_write,
	.put_commit = s3_put_commit,
	.put_abort = s3_put_abort,
	.get_begin = s3_get_begin,
	.get_read = s3_get_read,
	.get_end = s3_get_end,
	.list = bucket_list,
	.remove = bucket_remove,
	.free_bytes = bucket_free_bytes,
	.sweep = bucket_sweep,
};

struct store *store_s3_open(const struct s3_conf *conf, struct ra_err *err)
{
	struct s3 *s3 = s3_new(conf, err);
	if (!s3)
		return NULL;
	struct bucket *bucket = ra_new(struct bucket);
	*bucket = (struct bucket){
		.store = { &bucket_kind, ra_format("s3://%s/%s", conf->bucket, conf->prefix) },
		.s3 = s3,
	};
	return &bucket->store;
}
