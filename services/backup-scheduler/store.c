/* store: see the header. Keys are checked here, once for every kind. */
#include "libshared/base/buf.h"
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/store_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)256 << 10)

static bool ends_with(struct ra_str text, const char *end)
{
	size_t len = strlen(end);
	return text.len >= len && memcmp(text.ptr + text.len - len, end, len) == 0;
}

bool store_key_is_valid(struct ra_str key)
{
	if (key.len == 0 || key.len > STORE_KEY_MAX || key.ptr[0] == '.')
		return false;
	for (size_t i = 0; i < key.len; i++) {
		char c = key.ptr[i];
		bool is_word =
			(c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
		if (!is_word && c != '.' && c != '_' && c != '-')
			return false;
	}
	return !ends_with(key, STORE_PART_SUFFIX);
}

char *store_key_of(const char *name)
{
	return ra_format("%s%s", name,
			 ends_with(ra_str_of(name), STORE_SUFFIX) ? "" : STORE_SUFFIX);
}

static int check_key(const char *key, struct ra_err *err)
{
	return store_key_is_valid(ra_str_of(key))
		       ? 0
		       : ra_fail(err, RA_EINVAL, "A key has letters, digits, dots, _ and - only.",
				 "this is no name of a backup");
}

void store_close(struct store **store)
{
	struct store *s = *store;
	*store = NULL;
	if (!s)
		return;
	ra_free(s->where);
	s->kind->close(s);
}

const char *store_place(const struct store *store)
{
	return store->kind->place;
}

const char *store_where(const struct store *store)
{
	return store->where;
}

struct store_put *store_put_begin(struct store *store, const char *key, uint64_t about_bytes,
				  struct ra_err *err)
{
	return check_key(key, err) < 0 ? NULL
				       : store->kind->put_begin(store, key, about_bytes, err);
}

int store_put_write(void *put, const void *data, size_t len, struct ra_err *err)
{
	struct store_put *p = put;
	return p->store->kind->put_write(p, data, len, err);
}

int store_put_commit(struct store_put **put, struct ra_err *err)
{
	struct store_put *p = *put;
	*put = NULL;
	return p->store->kind->put_commit(p, err);
}

void store_put_abort(struct store_put **put)
{
	struct store_put *p = *put;
	*put = NULL;
	if (p)
		p->store->kind->put_abort(p);
}

struct store_get *store_get_begin(struct store *store, const char *key, uint64_t offset,
				  struct ra_err *err)
{
	return check_key(key, err) < 0 ? NULL : store->kind->get_begin(store, key, offset, err);
}

ssize_t store_get_read(void *get, void *data, size_t len, struct ra_err *err)
{
	struct store_get *g = get;
	return g->store->kind->get_read(g, data, len, err);
}

uint64_t store_get_size(const struct store_get *get)
{
	return get->size;
}

void store_get_end(struct store_get **get)
{
	struct store_get *g = *get;
	*get = NULL;
	if (g)
		g->store->kind->get_end(g);
}

int store_list(struct store *store, store_each each, void *ctx, struct ra_err *err)
{
	return store->kind->list(store, each, ctx, err);
}

int store_remove(struct store *store, const char *key, struct ra_err *err)
{
	int rc = check_key(key, err);
	return rc < 0 ? rc : store->kind->remove(store, key, err);
}

int64_t store_free_bytes(struct store *store)
{
	return store->kind->free_bytes(store);
}

int store_sweep(struct store *store, struct ra_err *err)
{
	return store->kind->sweep(store, err);
}

/* --- a local copy ---------------------------------------------------------------- */

static int copy_out(struct store_get *get, int fd, struct ra_err *err)
{
	char *data = ra_alloc(COPY_BYTES);
	ssize_t n;
	int rc = 0;
	while (rc == 0 && (n = store_get_read(get, data, COPY_BYTES, err)) != 0)
		rc = n < 0 ? (int)n : archive_out_fd(&fd, data, (size_t)n, err);
	ra_free(data);
	if (rc == 0 && lseek(fd, 0, SEEK_SET) < 0)
		rc = ra_fail(err, -errno, "", "cannot go back in a temporary file");
	return rc;
}

/* A file without a name: it goes when it is closed. */
static int open_unnamed(const char *dir, int *fd, struct ra_err *err)
{
	char *path = ra_format("%s/.fetched-XXXXXX", *dir ? dir : "/tmp");
	*fd = mkostemp(path, O_CLOEXEC);
	int rc = *fd < 0 ? ra_fail(err, -errno, "Make the folder writable for this user.",
				   "cannot write %s: %s", path, strerror(errno))
			 : 0;
	if (rc == 0)
		unlink(path);
	ra_free(path);
	return rc;
}

int store_fetch(struct store *store, const char *key, const char *dir, int *fd, struct ra_err *err)
{
	int rc = check_key(key, err);
	*fd = -1;
	if (rc < 0)
		return rc;
	if (store->kind->open)
		return store->kind->open(store, key, fd, err);
	struct store_get *get = store_get_begin(store, key, 0, err);
	if (!get)
		return err->code;
	rc = open_unnamed(dir, fd, err);
	if (rc == 0)
		rc = copy_out(get, *fd, err);
	store_get_end(&get);
	if (rc < 0 && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return rc;
}
