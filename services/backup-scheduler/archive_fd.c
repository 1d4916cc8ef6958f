/* archive_fd: a file descriptor as the in or out of an archive; see archive.h. */
#include "services/backup-scheduler/archive.h"
#include <errno.h>
#include <unistd.h>

int archive_out_fd(void *fd, const void *data, size_t len, struct ra_err *err)
{
	const char *from = data;
	while (len > 0) {
		ssize_t n = write(*(const int *)fd, from, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ra_fail(err, -errno, "Look at the disk's free space and health.",
				       "cannot write: %s", strerror(errno));
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t archive_in_fd(void *fd, void *data, size_t len, struct ra_err *err)
{
	ssize_t n;
	do
		n = read(*(const int *)fd, data, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? ra_fail(err, -errno, "Look at the disk's health.", "cannot read: %s",
			       strerror(errno))
		     : n;
}
