/* transfer_file: see the header. */
#include "services/backup-scheduler/transfer_file.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/places.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ROOM_BYTES ((uint64_t)256 << 20) /* that an upload leaves free */

char *transfer_folder(const struct conf *conf)
{
	return *conf->backup_dir ? ra_format("%s/uploads", conf->backup_dir)
				 : ra_format("/tmp/rations-uploads-%u", (unsigned)geteuid());
}

/* Where everybody may write, somebody else may have been faster. */
static int make_folder(const char *folder, struct ra_err *err)
{
	struct stat st;
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return ra_fail(err, -errno, "", "cannot make a folder for uploads: %s",
			       strerror(errno));
	if (lstat(folder, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return ra_fail(err, RA_EDENIED, "", "the folder for uploads is somebody else's");
	return 0;
}

char *transfer_path(const struct conf *conf, const char *upload)
{
	char *folder = transfer_folder(conf);
	char *path = ra_format("%s/%s", folder, upload);
	ra_free(folder);
	return path;
}

/* --- down ----------------------------------------------------------------------------- */

static int read_piece(struct store *store, const char *key, uint64_t offset, struct ra_buf *piece,
		      uint64_t *size, struct ra_err *err)
{
	struct store_get *get = store_get_begin(store, key, offset, err);
	ssize_t n = 1;
	if (!get)
		return err->code;
	*size = store_get_size(get);
	while (n > 0 && piece->len < RA_TRANSFER_DOWN_BYTES) {
		size_t room = RA_TRANSFER_DOWN_BYTES - piece->len;
		n = store_get_read(get, ra_buf_reserve(piece, room), room, err);
		piece->len += n > 0 ? (size_t)n : 0;
	}
	store_get_end(&get);
	return n < 0 ? (int)n : 0;
}

int transfer_read(const struct conf *conf, const char *place, const char *key, uint64_t offset,
		  struct ra_buf *piece, uint64_t *size, struct ra_err *err)
{
	struct places places;
	int rc = places_open(&places, conf, false, err);
	if (rc < 0)
		return rc;
	struct store *store = places_find(&places, place);
	rc = store ? read_piece(store, key, offset, piece, size, err)
		   : ra_fail(err, RA_ENOTFOUND, "", "its place is not configured");
	places_close(&places);
	return rc;
}

/* --- up --------------------------------------------------------------------------------- */

static int check_room(const struct conf *conf, int fd, uint64_t missing, uint64_t size,
		      struct ra_err *err)
{
	struct statvfs fs;
	if (size > (uint64_t)conf->upload_max)
		return ra_fail(err, RA_ETOOBIG, "", "it is larger than UPLOAD_MAX_BYTES");
	if (fstatvfs(fd, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < missing + ROOM_BYTES)
		return ra_fail(err, RA_ETOOBIG, "", "there is no room for it");
	return 0;
}

static int append(int fd, struct ra_str piece, struct ra_err *err)
{
	while (piece.len > 0) {
		ssize_t n = write(fd, piece.ptr, piece.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ra_fail(err, -errno, "", "cannot write: %s", strerror(errno));
		piece.ptr += n;
		piece.len -= (size_t)n;
	}
	return 0;
}

/* One writes at a time; what a torn write left behind `offset` is what the next piece begins with.
 */
static int write_next(const struct conf *conf, int fd, uint64_t offset, uint64_t size,
		      struct ra_str piece, uint64_t *received, struct ra_err *err)
{
	struct stat st;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0)
		return ra_fail(err, RA_EINVAL, "", "another piece is being written");
	*received = (uint64_t)st.st_size;
	if (*received != offset)
		return ra_fail(err, RA_EINVAL, "", "it is not the next piece");
	int rc = check_room(conf, fd, size - offset, size, err);
	if (rc == 0)
		rc = append(fd, piece, err);
	if (rc == 0)
		*received += piece.len;
	else if (ftruncate(fd, (off_t)offset) < 0)
		ra_warn(NULL, "upload not cut back", ra_f_text("why", strerror(errno)));
	return rc;
}

int transfer_write(const struct conf *conf, const char *upload, uint64_t offset, uint64_t size,
		   struct ra_str piece, uint64_t *received, struct ra_err *err)
{
	char *folder = transfer_folder(conf), *path = transfer_path(conf, upload);
	int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | (offset == 0 ? O_CREAT : 0);
	*received = 0;
	int made = make_folder(folder, err);
	int fd = made == 0 ? open(path, flags, 0600) : -1;
	int rc = made < 0  ? made
		 : fd >= 0 ? write_next(conf, fd, offset, size, piece, received, err)
		 : errno == ENOENT
			 ? ra_fail(err, RA_EINVAL, "", "it has been given up, begin again")
			 : ra_fail(err, -errno, "", "cannot write an upload: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	if (rc < 0 && offset == 0 && *received == 0)
		unlink(path);
	ra_free(path);
	ra_free(folder);
	return rc;
}

/* --- away --------------------------------------------------------------------------------- */

void transfer_sweep(const struct conf *conf, int64_t idle_ms)
{
	char *folder = transfer_folder(conf);
	DIR *dir = opendir(folder);
	struct stat st;
	for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode) ||
		    ra_wall_ms() - (int64_t)st.st_mtim.tv_sec * 1000 < idle_ms)
			continue;
		if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			ra_info(NULL, "upload given up", ra_f_text("upload", entry->d_name));
	}
	if (dir)
		closedir(dir);
	ra_free(folder);
}
