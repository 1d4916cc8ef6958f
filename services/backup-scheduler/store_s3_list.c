/*
 * store_s3_list: what lies in a bucket, objects page after page, and uploads
 * that were begun and never ended.
 */
#include "libshared/base/clock.h"
#include "services/backup-scheduler/s3_xml.h"
#include "services/backup-scheduler/store_s3.h"

#define PAGES_MAX     1000
#define UPLOAD_AGE_MS 3600000

/* One page of a list, and the item of it that is being read. */
struct page {
	const struct store *store; /* borrowed */
	const char *item;          /* the element of one: Contents, or Upload */
	char key[STORE_KEY_MAX + 1];
	char upload_id[1025];
	uint64_t size;
	int64_t at_ms;
	bool is_truncated;
	char *next; /* owned; the token of the next page */
	int (*on_item)(void *ctx, const struct page *page);
	void *ctx; /* borrowed */
	int rc;    /* of the first on_item that failed */
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
	const char *prefix = s3_prefix(bucket_s3(page->store));
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
			page->rc = page->on_item(page->ctx, page);
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
	int rc = s3_call(bucket_s3(page->store), &request, &answer, err);
	page->is_truncated = false;
	if (rc == 0 && s3_xml_parse(ra_buf_str(&answer.body), on_page_end, page) < 0)
		rc = bucket_misread(err, "S3 answered with what is no list");
	if (rc < 0 && answer.status == 501)
		rc = 0; /* a store without it */
	s3_answer_fini(&answer);
	return rc < 0 ? rc : page->rc;
}

/* --- objects --- */

struct listing {
	store_each each;
	void *ctx;
	struct ra_err *err;
};

static int on_object(void *ctx, const struct page *page)
{
	const struct listing *listing = ctx;
	const struct store_object object = { page->key, page->size, page->at_ms };
	return listing->each(listing->ctx, &object, listing->err);
}

int bucket_list(struct store *store, store_each each, void *ctx, struct ra_err *err)
{
	struct listing listing = { each, ctx, err };
	struct page page = { .store = store,
			     .item = "Contents",
			     .on_item = on_object,
			     .ctx = &listing,
			     .is_truncated = true };
	int rc = 0;
	for (int i = 0; rc == 0 && page.is_truncated && i < PAGES_MAX; i++) {
		char *token = page.next;
		const struct s3_field query[] = { { "list-type", "2" },
						  { "delimiter", "/" },
						  { "prefix", s3_prefix(bucket_s3(store)) },
						  { "continuation-token", token } };
		page.next = NULL;
		rc = read_page(&page, query, RA_COUNT(query) - !token, err);
		if (rc == 0 && page.is_truncated && !page.next)
			rc = bucket_misread(err, "S3 has more to list and does not say how");
		ra_free(token);
	}
	ra_free(page.next);
	return rc;
}

/* --- uploads that nobody ends --- */

struct leftovers {
	int64_t before_ms; /* younger ones may be another's */
	struct ra_buf ids; /* owned; key, NUL, id, NUL */
};

static int on_upload(void *ctx, const struct page *page)
{
	struct leftovers *left = ctx;
	if (page->at_ms < left->before_ms && *page->upload_id) {
		ra_buf_add(&left->ids, page->key, strlen(page->key) + 1);
		ra_buf_add(&left->ids, page->upload_id, strlen(page->upload_id) + 1);
	}
	return 0;
}

static int abort_uploads(struct store *store, const struct ra_buf *ids, struct ra_err *err)
{
	int swept = 0;
	for (size_t at = 0; at < ids->len;) {
		const char *key = ids->ptr + at, *id = key + strlen(key) + 1;
		int rc = bucket_abort_upload(store, key, id, err);
		if (rc < 0)
			return rc;
		at += strlen(key) + strlen(id) + 2;
		swept++;
	}
	return swept;
}

/* One page of uploads is more than we ever leave; the next sweep finds the rest. */
int bucket_sweep(struct store *store, struct ra_err *err)
{
	const struct s3_field query[] = { { "uploads", "" },
					  { "prefix", s3_prefix(bucket_s3(store)) } };
	struct leftovers left = { .before_ms =
					  ra_wall_ms() - ra_clock_offset_ms() - UPLOAD_AGE_MS };
	struct page page = { .store = store, .item = "Upload", .on_item = on_upload, .ctx = &left };
	int rc = read_page(&page, query, RA_COUNT(query), err);
	if (rc == 0)
		rc = abort_uploads(store, &left.ids, err);
	ra_buf_fini(&left.ids);
	ra_free(page.next);
	return rc;
}
