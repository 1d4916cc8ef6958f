/*
 * import_file: the bytes of a file, unpacked when it is gzip. What comes from
 * outside is hostile: nothing is unpacked to more than IMPORT_UNPACKED_MAX, and
 * never more than a buffer of it is in memory.
 */
#include "services/backup-scheduler/import_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t read_raw(struct import_file *f, void *to, size_t len, struct ra_err *err)
{
	ssize_t n;
	do
		n = read(f->fd, to, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ra_fail(err, -errno, "", "can not read the file");
	f->taken += n;
	return n;
}

static bool starts_as_gzip(int fd)
{
	unsigned char magic[2];
	return pread(fd, magic, sizeof magic, 0) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
}

int import_file_open(struct import_file *f, const char *path, struct ra_err *err)
{
	struct stat st;
	*f = (struct import_file){ .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) };
	if (f->fd < 0 || fstat(f->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		import_file_close(f);
		return ra_fail(err, RA_ENOTFOUND, "Upload it again.", "the file is not there");
	}
	f->size = st.st_size;
	f->is_gzip = starts_as_gzip(f->fd);
	if (!f->is_gzip)
		return 0;
	f->packed = ra_alloc(IMPORT_BUFFER);
	if (inflateInit2(&f->z, 16 + MAX_WBITS) == Z_OK)
		return 0;
	f->is_gzip = false;
	import_file_close(f);
	return ra_fail(err, RA_EINVAL, "", "zlib does not work");
}

void import_file_close(struct import_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->is_gzip)
		inflateEnd(&f->z);
	ra_free(f->packed);
	*f = (struct import_file){ .fd = -1 };
}

static int refill(struct import_file *f, struct ra_err *err)
{
	ssize_t n = read_raw(f, f->packed, IMPORT_BUFFER, err);
	if (n < 0)
		return (int)n;
	if (n == 0)
		return ra_fail(err, RA_EPROTO, "Get the file again.",
			       "the packed file ends too early");
	f->z.next_in = f->packed;
	f->z.avail_in = (uInt)n;
	return 0;
}

/* A gzip file may be several, one behind the other. */
static bool has_another(struct import_file *f, struct ra_err *err)
{
	if (f->z.avail_in == 0) {
		ssize_t n = read_raw(f, f->packed, IMPORT_BUFFER, err);
		f->z.next_in = f->packed;
		f->z.avail_in = n > 0 ? (uInt)n : 0;
	}
	return f->z.avail_in > 0 && f->z.next_in[0] == 0x1F && inflateReset(&f->z) == Z_OK;
}

static ssize_t read_gzip(struct import_file *f, void *to, size_t len, struct ra_err *err)
{
	f->z.next_out = to;
	f->z.avail_out = (uInt)(len > IMPORT_BUFFER ? IMPORT_BUFFER : len);
	size_t asked = f->z.avail_out;
	while (!f->is_ended && f->z.avail_out == asked) {
		int rc = f->z.avail_in == 0 ? refill(f, err) : 0;
		if (rc < 0)
			return rc;
		rc = inflate(&f->z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			f->is_ended = !has_another(f, err);
		else if (rc != Z_OK)
			return ra_fail(err, RA_EPROTO, "Get the file again.",
				       "the packed file is damaged");
	}
	return (ssize_t)(asked - f->z.avail_out);
}

ssize_t import_file_read(struct import_file *f, void *to, size_t len, struct ra_err *err)
{
	ssize_t n = f->is_gzip ? read_gzip(f, to, len, err) : read_raw(f, to, len, err);
	if (n > 0)
		f->unpacked += n;
	if (f->unpacked > IMPORT_UNPACKED_MAX)
		return ra_fail(err, RA_ETOOBIG, "", "the file unpacks to more than 1 TiB");
	return n;
}

/* --- whose is it --------------------------------------------------------------------- */

static ssize_t read_head(const char *path, char *head, struct ra_err *err)
{
	struct import_file file;
	ssize_t n = import_file_open(&file, path, err), got = 0;
	while (n >= 0 && got < IMPORT_HEAD) {
		n = import_file_read(&file, head + got, (size_t)(IMPORT_HEAD - got), err);
		if (n <= 0)
			break;
		got += n;
	}
	import_file_close(&file);
	/* The rest may be damaged: its source says where. */
	return n < 0 && got == 0 ? n : got;
}

static const struct import_source *recognise_file(struct ra_str head, struct ra_err *err)
{
	for (size_t i = 0; import_sources[i]; i++)
		if (import_sources[i]->is_mine && import_sources[i]->is_mine(head))
			return import_sources[i];
	(void)ra_fail(err, RA_EINVAL, "The page Import lists what can be moved in.",
		      "this is no file we know");
	return NULL;
}

static const struct import_source *recognise_address(const char *location)
{
	for (size_t i = 0; import_sources[i]; i++)
		if (import_sources[i]->is_my_address && import_sources[i]->is_my_address(location))
			return import_sources[i];
	return NULL;
}

bool import_is_address(const char *location)
{
	return recognise_address(location) != NULL;
}

const struct import_source *import_recognise(const char *location, struct ra_err *err)
{
	const struct import_source *of_address = recognise_address(location);
	if (of_address)
		return of_address;
	char *head = ra_alloc(IMPORT_HEAD);
	ssize_t n = read_head(location, head, err);
	const struct import_source *source =
		n < 0 ? NULL : recognise_file((struct ra_str){ head, (size_t)n }, err);
	ra_free(head);
	return source;
}
