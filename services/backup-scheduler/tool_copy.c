/*
 * tool_copy: backup-scheduler --upload FILE, --download KEY [FILE] and
 * --delete KEY; see tools.h. A file is read whole and checked before it is
 * taken, and again when it has arrived.
 */
#include "libshared/base/buf.h"
#include "services/backup-scheduler/places.h"
#include "services/backup-scheduler/tools.h"
#include "services/backup-scheduler/verify.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)256 << 10)

/* What each of these tools has. */
struct copying {
	struct places places;
	struct key *key;
	const char *argument; /* FILE, or KEY */
	const char *target;   /* of --download: FILE; NULL: as it is called */
};

/* --- --upload ---------------------------------------------------------------------- */

static int put_file(struct store *store, const char *object, int fd, uint64_t size,
		    struct ra_err *err)
{
	struct store_put *put = store_put_begin(store, object, size, err);
	char *data = ra_alloc(COPY_BYTES);
	ssize_t n = 1;
	int rc = put ? 0 : err->code;
	if (rc == 0 && lseek(fd, 0, SEEK_SET) < 0)
		rc = ra_fail(err, -errno, "Choose a file, not a pipe.", "cannot read it twice");
	while (rc == 0 && (n = archive_in_fd(&fd, data, COPY_BYTES, err)) > 0)
		rc = store_put_write(put, data, (size_t)n, err);
	if (rc == 0 && n < 0)
		rc = (int)n;
	if (rc == 0)
		rc = store_put_commit(&put, err);
	store_put_abort(&put);
	ra_free(data);
	return rc;
}

/* Read back: what lies there now is what we checked. */
static int put_and_read(struct store *store, const char *object, int fd, const struct key *key,
			const struct verified *file, struct ra_err *err)
{
	struct verified there;
	int rc = put_file(store, object, fd, file->sum.size, err);
	if (rc == 0)
		rc = verify_object(store, object, key, NULL, NULL, &there, err);
	if (rc < 0)
		return rc;
	bool is_same = strcmp(there.sum.sha256, file->sum.sha256) == 0;
	verified_fini(&there);
	return is_same ? 0
		       : ra_fail(err, RA_EDAMAGED, "Was the file changed meanwhile?",
				 "what arrived is another file");
}

static int upload_to_places(struct copying *c, const char *object, int fd,
			    const struct verified *file)
{
	int code = 0;
	for (size_t i = 0; i < c->places.count; i++) {
		struct ra_err err = { 0 };
		struct store *store = c->places.list[i];
		int rc = store_sweep(store, &err); /* an earlier one may have been killed */
		if (rc >= 0)
			rc = put_and_read(store, object, fd, c->key, file, &err);
		if (rc == 0)
			printf("%s: %s: %" PRIu64 " bytes\n", store_where(store), object,
			       file->sum.size);
		else
			printf("%s: %s: %s\n  %s\n", store_where(store), object, err.msg, err.hint);
		code |= rc < 0;
	}
	return code;
}

/* Its name is the one its manifest says: whatever the file is called, it is that backup. */
static int upload(struct copying *c, struct ra_err *err)
{
	struct verified file;
	int fd = open(c->argument, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ra_fail(err, -errno, "Choose another file.", "cannot open %s: %s",
			       c->argument, strerror(errno));
	int rc = verify_archive(archive_in_fd, &fd, c->key, NULL, NULL, &file, err);
	if (rc == 0) {
		const char *id = json_string_value(json_object_get(file.told, "backup_id"));
		char *object = ra_format("%s" STORE_SUFFIX, id ? id : "");
		rc = id && store_key_is_valid(ra_str_of(object))
			     ? upload_to_places(c, object, fd, &file)
			     : ra_fail(err, RA_EDAMAGED, "Choose another file.",
				       "its manifest does not say which backup it is");
		ra_free(object);
		verified_fini(&file);
	}
	close(fd);
	return rc;
}

/* --- --download ----------------------------------------------------------------------- */

static int get_file(struct store *store, const char *object, int fd, struct ra_err *err)
{
	struct store_get *get = store_get_begin(store, object, 0, err);
	char *data = ra_alloc(COPY_BYTES);
	ssize_t n = 1;
	int rc = get ? 0 : err->code;
	while (rc == 0 && (n = store_get_read(get, data, COPY_BYTES, err)) != 0)
		rc = n < 0 ? (int)n : archive_out_fd(&fd, data, (size_t)n, err);
	if (rc == 0 && fsync(fd) < 0)
		rc = ra_fail(err, -errno, "Look at the disk.", "cannot write: %s", strerror(errno));
	store_get_end(&get);
	ra_free(data);
	return rc;
}

static int check_file(const struct copying *c, int fd, struct ra_err *err)
{
	struct verified file;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return ra_fail(err, -errno, "Name a file, not a pipe.", "cannot read it again");
	int rc = verify_archive(archive_in_fd, &fd, c->key, NULL, NULL, &file, err);
	if (rc == 0)
		verified_fini(&file);
	return rc;
}

/* The first place that has it whole. A file of that name is not overwritten. */
static int download_to(struct copying *c, const char *object, const char *path, struct ra_err *err)
{
	int rc = RA_ENOTFOUND;
	for (size_t i = 0; rc < 0 && i < c->places.count; i++) {
		int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return ra_fail(err, -errno, "Choose another name for it.",
				       "cannot write %s: %s", path, strerror(errno));
		rc = get_file(c->places.list[i], object, fd, err);
		if (rc == 0)
			rc = check_file(c, fd, err);
		close(fd);
		if (rc < 0)
			unlink(path);
		else
			printf("%s: %s from %s\n", path, object, store_where(c->places.list[i]));
	}
	return rc;
}

static int download(struct copying *c, struct ra_err *err)
{
	char *object = store_key_of(c->argument);
	int rc = download_to(c, object, c->target ? c->target : object, err);
	ra_free(object);
	return rc;
}

/* --- --delete -------------------------------------------------------------------------- */

static int delete (struct copying *c, struct ra_err *err)
{
	char *object = store_key_of(c->argument);
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < c->places.count; i++) {
		rc = store_remove(c->places.list[i], object, err);
		if (rc == 0)
			printf("%s: %s is gone\n", store_where(c->places.list[i]), object);
	}
	ra_free(object);
	return rc;
}

/* --- the command lines --------------------------------------------------------------------- */

static int run(const struct conf *conf, char **argv, int (*tool)(struct copying *, struct ra_err *))
{
	struct copying c = { .argument = argv[0], .target = argv[1] };
	struct ra_err err = { 0 };
	int rc = key_load(&c.key, conf->key_file, &err);
	if (rc == 0)
		rc = places_open(&c.places, conf, false, &err);
	if (rc == 0) {
		rc = tool(&c, &err);
		places_close(&c.places);
	}
	key_free(&c.key);
	if (rc < 0)
		fprintf(stderr, "backup-scheduler: %s\n  %s\n", err.msg, err.hint);
	return rc != 0;
}

static int refuse(const char *what)
{
	fprintf(stderr, "backup-scheduler: %s\n", what);
	return EX_USAGE;
}

int tool_upload(const void *conf, int argc, char **argv)
{
	return argc == 1 ? run(conf, argv, upload) : refuse("--upload takes a file");
}

int tool_download(const void *conf, int argc, char **argv)
{
	return argc == 1 || argc == 2
		       ? run(conf, argv, download)
		       : refuse("--download takes the name of a backup, and a file's for it");
}

int tool_delete(const void *conf, int argc, char **argv)
{
	return argc == 1 ? run(conf, argv, delete) : refuse("--delete takes the name of a backup");
}
