/*
 * store_s3: backups as objects of a bucket. How they come there: store_s3_put.c;
 * what there is: store_s3_list.c.
 *
 * A get asks for ranges, a small one first: whoever wants the head of a file
 * does not wait for all of it, and a line that breaks costs one range.
 */
#include "services/backup-scheduler/store_s3.h"

#define FIRST_RANGE ((size_t)64 << 10)
#define RANGE       ((size_t)4 << 20)

struct bucket {
	struct store store;
	struct s3 *s3; /* owned */
};

struct s3 *bucket_s3(const struct store *store)
{
	return ((const struct bucket *)store)->s3;
}

static void bucket_close(struct store *store)
{
	struct bucket *bucket = (struct bucket *)store;
	s3_free(&bucket->s3);
	ra_free(bucket);
}

int bucket_call(struct store *store, const struct s3_request *request, struct ra_err *err)
{
	struct s3_answer answer = { 0 };
	int rc = s3_call(bucket_s3(store), request, &answer, err);
	s3_answer_fini(&answer);
	return rc;
}

int bucket_misread(struct ra_err *err, const char *what)
{
	return ra_fail(err, RA_EPROTO, "Is S3_ENDPOINT an S3-compatible store?", "%s", what);
}

/* --- get --- */

struct download {
	struct store_get get;
	char *key;               /* owned */
	uint64_t at;             /* the next byte to ask for */
	struct s3_answer window; /* what was asked for last */
	size_t used;             /* of it */
	char etag[132];
};

/* The next range. `size` is not known before the first answer. */
static int ask(struct download *get, size_t count, struct ra_err *err)
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
	int rc = s3_call(bucket_s3(get->get.store), &request, &get->window, err);
	if (rc < 0 && get->window.status == 416) { /* at its end: nothing is there */
		ra_buf_clear(&get->window.body);
		return 0;
	}
	if (rc < 0)
		return rc;
	if (get->window.status != 206 && get->at > 0)
		return bucket_misread(err, "S3 does not give parts of objects");
	get->at += get->window.body.len;
	return 0;
}

static void bucket_get_end(struct store_get *base)
{
	struct download *get = (struct download *)base;
	s3_answer_fini(&get->window);
	ra_free(get->key);
	ra_free(get);
}

static struct store_get *bucket_get_begin(struct store *store, const char *key, uint64_t offset,
					  struct ra_err *err)
{
	struct download *get = ra_new(struct download);
	*get = (struct download){ .get.store = store, .key = ra_strdup(key), .at = offset };
	int rc = ask(get, FIRST_RANGE, err);
	if (rc == RA_ENOTFOUND)
		ra_fail(err, RA_ENOTFOUND, "backup-scheduler --list says what there is.",
			"there is no %s in %s", key, store->where);
	if (rc < 0) {
		bucket_get_end(&get->get);
		return NULL;
	}
	get->get.size = get->window.size;
	memcpy(get->etag, get->window.etag, sizeof(get->etag));
	return &get->get;
}

static ssize_t bucket_get_read(struct store_get *base, void *data, size_t len, struct ra_err *err)
{
	struct download *get = (struct download *)base;
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

/* --- the rest --- */

static int bucket_remove(struct store *store, const char *key, struct ra_err *err)
{
	const struct s3_request request = { .method = "DELETE", .key = key };
	int rc = bucket_call(store, &request, err);
	return rc == RA_ENOTFOUND ? 0 : rc;
}

static int64_t bucket_free_bytes(struct store *store)
{
	(void)store;
	return -1;
}

static const struct store_kind bucket_kind = {
	.place = "s3",
	.close = bucket_close,
	.put_begin = bucket_put_begin,
	.put_write = bucket_put_write,
	.put_commit = bucket_put_commit,
	.put_abort = bucket_put_abort,
	.get_begin = bucket_get_begin,
	.get_read = bucket_get_read,
	.get_end = bucket_get_end,
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
