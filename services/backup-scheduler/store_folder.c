/*
 * store_folder: backups in a folder. A put writes NAME.part, held by flock()
 * as long as somebody writes it, syncs it, renames it to NAME and syncs the
 * folder. Everything is asked of the folder's descriptor, by names that were
 * checked, and no link is followed.
 */
#include "libshared/base/buf.h"
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/store_internal.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define HINT "Look at the disk's free space and at who owns the folder BACKUP_DIR."

struct folder {
	struct store store;
	int fd; /* owned; of the folder */
};

struct folder_put {
	struct store_put put;
	int fd;     /* owned; locked */
	char *key;  /* owned */
	char *part; /* owned; the name until it is whole */
};

struct folder_get {
	struct store_get get;
	int fd; /* owned */
};

static int fail_errno(struct ra_err *err, const char *what, const char *name)
{
	int code = errno ? -errno : RA_EINVAL;
	return ra_fail(err, code, HINT, "cannot %s %s: %s", what, name, strerror(-code));
}

static int folder_fd(const struct store *store)
{
	return ((const struct folder *)store)->fd;
}

static void folder_close(struct store *store)
{
	struct folder *folder = (struct folder *)store;
	close(folder->fd);
	ra_free(folder);
}

/* --- put ---------------------------------------------------------------------------- */

static void free_put(struct folder_put *put)
{
	if (put->fd >= 0)
		close(put->fd);
	ra_free(put->key);
	ra_free(put->part);
	ra_free(put);
}

/* The file of a put that died is begun anew; that of one which lives is its own. */
static int open_part(struct folder_put *put, int dir, struct ra_err *err)
{
	put->fd = openat(dir, put->part, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (put->fd < 0)
		return fail_errno(err, "write", put->part);
	if (flock(put->fd, LOCK_EX | LOCK_NB) < 0)
		return ra_fail(err, RA_ELOCKED, "Wait until it is done.",
			       "another process writes %s", put->part);
	if (ftruncate(put->fd, 0) < 0)
		return fail_errno(err, "write", put->part);
	return 0;
}

static struct store_put *folder_put_begin(struct store *store, const char *key,
					  uint64_t about_bytes, struct ra_err *err)
{
	(void)about_bytes;
	struct folder_put *put = ra_new(struct folder_put);
	*put = (struct folder_put){
		.put.store = store,
		.fd = -1,
		.key = ra_strdup(key),
		.part = ra_format("%s" STORE_PART_SUFFIX, key),
	};
	if (open_part(put, folder_fd(store), err) < 0) {
		free_put(put);
		return NULL;
	}
	return &put->put;
}

static int folder_put_write(struct store_put *base, const void *data, size_t len,
			    struct ra_err *err)
{
	struct folder_put *put = (struct folder_put *)base;
	return archive_out_fd(&put->fd, data, len, err);
}

static void folder_put_abort(struct store_put *base)
{
	struct folder_put *put = (struct folder_put *)base;
	unlinkat(folder_fd(base->store), put->part, 0);
	free_put(put);
}

static int folder_put_commit(struct store_put *base, struct ra_err *err)
{
	struct folder_put *put = (struct folder_put *)base;
	int dir = folder_fd(base->store), rc = 0;
	if (fsync(put->fd) < 0)
		rc = fail_errno(err, "write", put->part);
	else if (renameat(dir, put->part, dir, put->key) < 0)
		rc = fail_errno(err, "rename", put->part);
	else if (fsync(dir) < 0)
		rc = fail_errno(err, "sync the folder of", put->key);
	if (rc < 0)
		unlinkat(dir, put->part, 0);
	free_put(put);
	return rc;
}

/* --- get ---------------------------------------------------------------------------- */

static int folder_open(struct store *store, const char *key, int *fd, struct ra_err *err)
{
	struct stat st;
	*fd = openat(folder_fd(store), key, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0 && errno != ENOENT)
		return fail_errno(err, "open", key);
	if (*fd >= 0 && fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return ra_fail(err, RA_ENOTFOUND, "backup-scheduler --list says what there is.",
		       "there is no %s in %s", key, store->where);
}

static struct store_get *folder_get_begin(struct store *store, const char *key, uint64_t offset,
					  struct ra_err *err)
{
	int fd;
	if (folder_open(store, key, &fd, err) < 0)
		return NULL;
	off_t size = lseek(fd, 0, SEEK_END);
	if (size < 0 || lseek(fd, (off_t)offset, SEEK_SET) < 0) {
		fail_errno(err, "read", key);
		close(fd);
		return NULL;
	}
	struct folder_get *get = ra_new(struct folder_get);
	*get = (struct folder_get){ .get = { store, (uint64_t)size }, .fd = fd };
	return &get->get;
}

static ssize_t folder_get_read(struct store_get *base, void *data, size_t len, struct ra_err *err)
{
	return archive_in_fd(&((struct folder_get *)base)->fd, data, len, err);
}

static void folder_get_end(struct store_get *base)
{
	struct folder_get *get = (struct folder_get *)base;
	close(get->fd);
	ra_free(get);
}

/* --- the folder ------------------------------------------------------------------------ */

/* Reads the folder through a descriptor of its own. */
static DIR *read_folder(const struct store *store, struct ra_err *err)
{
	int fd = openat(folder_fd(store), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	if (!entries) {
		fail_errno(err, "read", store->where);
		if (fd >= 0)
			close(fd);
	}
	return entries;
}

static int folder_list(struct store *store, store_each each, void *ctx, struct ra_err *err)
{
	DIR *entries = read_folder(store, err);
	const struct dirent *entry;
	struct stat st;
	int rc = 0;
	if (!entries)
		return err->code;
	while (rc == 0 && (entry = readdir(entries))) {
		if (!store_key_is_valid(ra_str_of(entry->d_name)) ||
		    fstatat(folder_fd(store), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		struct store_object object = {
			.key = entry->d_name,
			.size = (uint64_t)st.st_size,
			.stored_ms = st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000,
		};
		rc = each(ctx, &object, err);
	}
	closedir(entries);
	return rc;
}

static int folder_remove(struct store *store, const char *key, struct ra_err *err)
{
	if (unlinkat(folder_fd(store), key, 0) < 0 && errno != ENOENT)
		return fail_errno(err, "remove", key);
	return fsync(folder_fd(store)) < 0 ? fail_errno(err, "sync", store->where) : 0;
}

static int64_t folder_free_bytes(struct store *store)
{
	struct statvfs fs;
	if (fstatvfs(folder_fd(store), &fs) < 0)
		return -1;
	return (int64_t)(fs.f_bavail * fs.f_frsize);
}

/* Nobody holds its lock: its writer is gone. */
static bool sweep_part(int dir, const char *part)
{
	struct stat st;
	int fd = openat(dir, part, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool is_left = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		       flock(fd, LOCK_EX | LOCK_NB) == 0 && unlinkat(dir, part, 0) == 0;
	close(fd);
	return is_left;
}

static bool is_part(const char *name)
{
	size_t len = strlen(name), end = strlen(STORE_PART_SUFFIX);
	return len > end && strcmp(name + len - end, STORE_PART_SUFFIX) == 0 &&
	       store_key_is_valid((struct ra_str){ name, len - end });
}

static int folder_sweep(struct store *store, struct ra_err *err)
{
	DIR *entries = read_folder(store, err);
	const struct dirent *entry;
	int swept = 0;
	if (!entries)
		return err->code;
	while ((entry = readdir(entries)))
		if (is_part(entry->d_name))
			swept += sweep_part(folder_fd(store), entry->d_name);
	closedir(entries);
	return swept;
}

static const struct store_kind folder_kind = {
	.place = "folder",
	.close = folder_close,
	.put_begin = folder_put_begin,
	.put_write = folder_put_write,
	.put_commit = folder_put_commit,
	.put_abort = folder_put_abort,
	.get_begin = folder_get_begin,
	.get_read = folder_get_read,
	.get_end = folder_get_end,
	.open = folder_open,
	.list = folder_list,
	.remove = folder_remove,
	.free_bytes = folder_free_bytes,
	.sweep = folder_sweep,
};

struct store *store_folder_open(const char *dir, struct ra_err *err)
{
	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		fail_errno(err, "make the folder", dir);
		return NULL;
	}
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		fail_errno(err, "open the folder", dir);
		return NULL;
	}
	struct folder *folder = ra_new(struct folder);
	*folder = (struct folder){ .store = { &folder_kind, ra_strdup(dir) }, .fd = fd };
	return &folder->store;
}
