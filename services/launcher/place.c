/* place: see the header. */
#include "services/launcher/place.h"
#include "services/launcher/ports.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIN_FREE_MB 200
#define REDIS_START "deploy/redis/start.sh"

#define HINT_WRITABLE "Set VAR_DIR to a folder this user may write."
#define HINT_ROOM     "Make room there, or set VAR_DIR to a folder on another disk."

static const char *hint_for(int error)
{
	return error == ENOSPC || error == EDQUOT ? HINT_ROOM : HINT_WRITABLE;
}

static int find_var(struct place *place, const struct conf *conf, struct ra_err *err)
{
	place->var = conf_var_path(conf);
	if (mkdir(place->var, 0755) < 0 && errno != EEXIST)
		return ra_fail(err, RA_EDENIED, hint_for(errno), "VAR_DIR: cannot create %s: %s",
			       place->var, strerror(errno));
	return 0;
}

static void find_programs(struct place *place, const struct conf *conf)
{
	char path[PATH_MAX] = "";
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n > 0 && strrchr(path, '/'))
		*strrchr(path, '/') = '\0';
	place->bin = ra_strdup(*conf->bin_dir ? conf->bin_dir : path);
}

/* Not Redis itself: the end of its file wants mending first (docs/why/torn-journal.md). */
static int find_redis_start(struct place *place, const struct conf *conf, struct ra_err *err)
{
	char path[PATH_MAX];
	if (*conf->redis_url)
		return 0;
	if (!realpath(REDIS_START, path))
		return ra_fail(err, RA_EINVAL,
			       "Start Rations in the folder it came in, or set REDIS_URL.",
			       "there is no " REDIS_START " here");
	place->redis = ra_strdup(path);
	return 0;
}

static int write_pid(const struct place *place, struct ra_err *err)
{
	char pid[16];
	int len = snprintf(pid, sizeof(pid), "%d\n", getpid());
	if (ftruncate(place->lock_fd, 0) == 0 && pwrite(place->lock_fd, pid, (size_t)len, 0) == len)
		return 0;
	return ra_fail(err, RA_EDENIED, hint_for(errno), "VAR_DIR: cannot write in %s: %s",
		       place->var, strerror(errno));
}

static int fail_locked(const struct place *place, int fd, struct ra_err *err)
{
	char pid[16] = "";
	if (read(fd, pid, sizeof(pid) - 1) < 0)
		pid[0] = '\0';
	return ra_fail(err, RA_ELOCKED,
		       "Stop that one first, or set VAR_DIR and the ports to run a second one.",
		       "Rations is already running in VAR_DIR %s (pid %d)", place->var, atoi(pid));
}

/* One launcher a folder. The lock goes when we go, however we go: a stale pid can not fool it. */
static int take_lock(struct place *place, struct ra_err *err)
{
	char *path = ra_format("%s/launcher.pid", place->var);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	ra_free(path);
	if (fd < 0)
		return ra_fail(err, RA_EDENIED, hint_for(errno), "VAR_DIR: cannot write in %s: %s",
			       place->var, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int rc = fail_locked(place, fd, err);
		close(fd);
		return rc;
	}
	place->lock_fd = fd;
	return write_pid(place, err);
}

static int check_disk(const struct place *place, struct ra_err *err)
{
	struct statvfs disk;
	if (statvfs(place->var, &disk) < 0)
		return 0;
	unsigned long long free_mb =
		(unsigned long long)disk.f_bavail * disk.f_frsize / (1024 * 1024);
	if (free_mb >= MIN_FREE_MB)
		return 0;
	return ra_fail(err, RA_ETOOBIG, HINT_ROOM,
		       "VAR_DIR: the disk of %s is nearly full: %llu MB free, %d needed",
		       place->var, free_mb, MIN_FREE_MB);
}

/* Made once, so that a second start does not log everybody out. */
static int find_secret(struct place *place, struct ra_err *err)
{
	size_t len = sizeof(place->secret) - 1;
	char *path = ra_format("%s/session.secret", place->var);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	bool is_there = fd >= 0 && read(fd, place->secret, len) == (ssize_t)len;
	if (fd >= 0 && !is_there) {
		unsigned char bytes[32];
		randombytes_buf(bytes, sizeof(bytes));
		sodium_bin2hex(place->secret, sizeof(place->secret), bytes, sizeof(bytes));
		is_there = pwrite(fd, place->secret, len, 0) == (ssize_t)len;
	}
	int rc = is_there ? 0
			  : ra_fail(err, RA_EDENIED, hint_for(errno),
				    "VAR_DIR: cannot keep the session secret in %s: %s", path,
				    strerror(errno));
	if (fd >= 0)
		close(fd);
	ra_free(path);
	return rc;
}

int place_init(struct place *place, const struct conf *conf, struct ra_err *err)
{
	*place = (struct place){ .lock_fd = -1 };
	if (sodium_init() < 0)
		return ra_fail(err, RA_EINVAL, "Check that the kernel gives random bytes.",
			       "libsodium does not start");
	find_programs(place, conf);
	int rc = find_var(place, conf, err);
	if (rc == 0)
		rc = find_redis_start(place, conf, err);
	if (rc == 0)
		rc = take_lock(place, err);
	if (rc == 0)
		rc = check_disk(place, err);
	if (rc == 0)
		rc = ports_check(conf, err);
	return rc == 0 ? find_secret(place, err) : rc;
}

void place_fini(struct place *place)
{
	if (place->lock_fd >= 0) {
		/* the file stays: unlinking it could take the lock of the next one away */
		(void)!ftruncate(place->lock_fd, 0);
		close(place->lock_fd);
	}
	ra_free(place->var);
	ra_free(place->bin);
	ra_free(place->redis);
}
