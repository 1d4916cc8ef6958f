#include "services/launcher/place.h"
#include "libshared/base/log.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	/* sockaddr_un holds 108 bytes; "/postgres/run/.s.PGSQL.5432" follows the folder. */
	MAX_VAR_PATH = 78,
	MIN_FREE_MB = 200,
	ADMIN_PORTS = 4,
};

static int make_folder(const char *path, mode_t mode, struct ra_err *err)
{
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return ra_fail(err, RA_EDENIED, "Set VAR_DIR to a folder this user may write.",
			       "cannot create %s: %s", path, strerror(errno));
	return 0;
}

static int find_var(struct place *place, const struct conf *conf, struct ra_err *err)
{
	char path[PATH_MAX];
	int rc = make_folder(conf->var_dir, 0755, err);
	if (rc < 0)
		return rc;
	if (!realpath(conf->var_dir, path))
		return ra_fail(err, RA_EINVAL, "Set VAR_DIR to a folder.", "cannot use %s: %s",
			       conf->var_dir, strerror(errno));
	if (strlen(path) > MAX_VAR_PATH)
		return ra_fail(
			err, RA_ETOOBIG, "Set VAR_DIR to a folder with a shorter path.",
			"the path of VAR_DIR is too long for a Unix socket (%zu bytes, at most %d)",
			strlen(path), MAX_VAR_PATH);
	place->var = ra_strdup(path);
	return 0;
}

static int find_programs(struct place *place, const struct conf *conf, struct ra_err *err)
{
	char path[PATH_MAX] = "";
	if (*conf->bin_dir) {
		place->bin = ra_strdup(conf->bin_dir);
	} else {
		ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
		if (n > 0 && strrchr(path, '/'))
			*strrchr(path, '/') = '\0';
		place->bin = ra_strdup(path);
	}
	char *postgres = ra_format("%s/postgres", conf->postgres_dir);
	const char *missing =
		access(postgres, X_OK) < 0 && !*conf->database_url          ? "POSTGRES_BIN_DIR"
		: access(conf->redis_server, X_OK) < 0 && !*conf->redis_url ? "REDIS_SERVER"
									    : NULL;
	ra_free(postgres);
	if (missing)
		return ra_fail(
			err, RA_ENOTFOUND,
			"Install postgresql-15 and redis-server, or set it to where they are.",
			"%s names no program", missing);
	return 0;
}

/* One launcher a folder. The lock goes when we go, however we go: a stale pid can not fool it. */
static int take_lock(struct place *place, struct ra_err *err)
{
	char *path = ra_format("%s/launcher.pid", place->var);
	place->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	ra_free(path);
	if (place->lock_fd < 0)
		return ra_fail(err, RA_EDENIED, "Set VAR_DIR to a folder this user may write.",
			       "cannot write to %s: %s", place->var, strerror(errno));
	char pid[16] = "";
	if (flock(place->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (read(place->lock_fd, pid, sizeof pid - 1) < 0)
			pid[0] = '\0';
		return ra_fail(
			err, RA_ELOCKED,
			"Stop that one first, or set VAR_DIR (and PORT) to run a second one.",
			"Rations is already running in %s (pid %d)", place->var, atoi(pid));
	}
	int n = snprintf(pid, sizeof pid, "%d\n", getpid());
	if (ftruncate(place->lock_fd, 0) < 0 || write(place->lock_fd, pid, (size_t)n) != n)
		return ra_fail(err, RA_ETOOBIG, "Make room there, or set VAR_DIR to another disk.",
			       "cannot write to %s: %s", place->var, strerror(errno));
	return 0;
}

static int check_disk(const struct place *place, struct ra_err *err)
{
	struct statvfs disk;
	if (statvfs(place->var, &disk) < 0)
		return 0;
	unsigned long long free_mb =
		(unsigned long long)disk.f_bavail * disk.f_frsize / (1024 * 1024);
	if (free_mb < MIN_FREE_MB)
		return ra_fail(err, RA_ETOOBIG, "Make room there, or set VAR_DIR to another disk.",
			       "the disk of VAR_DIR (%s) is nearly full: %llu MB free, %d needed",
			       place->var, free_mb, MIN_FREE_MB);
	return 0;
}

static int check_port(const char *host, int64_t port, const char *option, struct ra_err *err)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		address.sin_addr.s_addr = htonl(INADDR_ANY);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, rc = 0;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
		rc = ra_fail(err, RA_EDENIED,
			     errno == EADDRINUSE
				     ? "Stop the program that uses it, or choose another port."
				     : "Choose a port and address this user may listen on.",
			     "%s: cannot listen on %s port %d: %s", option, host, (int)port,
			     strerror(errno));
	close(fd);
	return rc;
}

static int check_ports(const struct place *place, const struct conf *conf, struct ra_err *err)
{
	int rc = check_port(conf->host, conf->port, "PORT", err);
	if (rc == 0 && place->is_demo)
		rc = check_port("127.0.0.1", conf->sim_port, "SIM_PORT", err);
	for (int64_t i = 0; i < ADMIN_PORTS && rc == 0; i++)
		rc = check_port("127.0.0.1", conf->admin_base + i, "ADMIN_PORT", err);
	return rc;
}

/* A server of an earlier launcher that was killed without a chance to take it along. */
static int stop_leftover(const char *pid_file, const char *what, struct ra_err *err)
{
	FILE *file = fopen(pid_file, "r");
	int pid = 0;
	if (!file)
		return 0;
	if (fscanf(file, "%d", &pid) != 1)
		pid = 0;
	fclose(file);
	char *exe = ra_format("/proc/%d/comm", pid), name[32] = "";
	FILE *comm = pid > 1 ? fopen(exe, "r") : NULL;
	ra_free(exe);
	if (comm) {
		if (!fgets(name, sizeof name, comm))
			name[0] = '\0';
		fclose(comm);
	}
	if (strncmp(name, what, strlen(what)) != 0)
		return 0; /* stale, the server itself copes with that */
	ra_warn(NULL, "stopping a server an earlier start left behind", ra_f_text("server", what),
		ra_f_int("pid", pid));
	kill(pid, SIGINT);
	for (int tenths = 0; tenths < 150 && kill(pid, 0) == 0; tenths++)
		usleep(100 * 1000);
	if (kill(pid, 0) == 0)
		return ra_fail(err, RA_ELOCKED, "Stop it by hand.",
			       "a %s of an earlier start still runs (pid %d, see %s)", what, pid,
			       pid_file);
	return 0;
}

static bool can_enter(const char *user, const char *folder)
{
	char *command = ra_format("setpriv --reuid=%s --regid=%s --init-groups test -x '%s'", user,
				  user, folder);
	int status = system(command);
	ra_free(command);
	return status == 0;
}

/* PostgreSQL refuses to run as root, so for root it runs as Debian's user postgres, who can not
 * look into root's home: then its folder lies in /var/lib, with a link to it here. */
static int find_postgres(struct place *place, struct ra_err *err)
{
	place->postgres = ra_format("%s/postgres", place->var);
	if (geteuid() != 0)
		return make_folder(place->postgres, 0700, err);
	const struct passwd *user = getpwnam("postgres");
	if (!user)
		return ra_fail(err, RA_ENOTFOUND,
			       "Install postgresql-15, or start as another user.",
			       "PostgreSQL can not run as root and there is no user postgres");
	place->postgres_user = "postgres";
	struct stat there;
	if (lstat(place->postgres, &there) < 0 && !can_enter("postgres", place->var)) {
		uint64_t hash = 0;
		for (const char *c = place->var; *c; c++)
			hash = hash * 31 + (unsigned char)*c;
		char *home = ra_format("/var/lib/rations-%08x", (unsigned)(hash & 0xFFFFFFFF));
		ra_info(NULL, "user postgres can not reach VAR_DIR, its data goes elsewhere",
			ra_f_text("folder", home));
		int rc = symlink(home, place->postgres) < 0
				 ? ra_fail(err, RA_EDENIED, "Set VAR_DIR to another folder.",
					   "cannot link %s: %s", place->postgres, strerror(errno))
				 : 0;
		ra_free(home);
		if (rc < 0)
			return rc;
	}
	char target[PATH_MAX];
	ssize_t n = readlink(place->postgres, target, sizeof target - 1);
	if (n > 0) {
		target[n] = '\0';
		ra_free(place->postgres);
		place->postgres = ra_strdup(target);
	}
	int rc = make_folder(place->postgres, 0700, err);
	if (rc == 0 && chown(place->postgres, user->pw_uid, user->pw_gid) < 0)
		rc = ra_fail(err, RA_EDENIED, "Set VAR_DIR to another folder.",
			     "cannot give %s to user postgres: %s", place->postgres,
			     strerror(errno));
	return rc;
}

static int find_servers(struct place *place, const struct conf *conf, struct ra_err *err)
{
	int rc = 0;
	place->redis = ra_format("%s/redis", place->var);
	if (!*conf->redis_url)
		rc = make_folder(place->redis, 0700, err);
	if (rc == 0 && !*conf->database_url)
		rc = find_postgres(place, err);
	if (rc < 0 || *conf->database_url)
		return rc;
	char *version = ra_format("%s/data/PG_VERSION", place->postgres);
	char *postmaster = ra_format("%s/data/postmaster.pid", place->postgres);
	char *redis = ra_format("%s/redis.pid", place->redis);
	place->has_database = access(version, F_OK) == 0;
	rc = stop_leftover(postmaster, "postgres", err);
	if (rc == 0)
		rc = stop_leftover(redis, "redis-server", err);
	ra_free(version);
	ra_free(postmaster);
	ra_free(redis);
	return rc;
}

/* Made once, so that a second start does not log everybody out. */
static int find_secret(struct place *place, struct ra_err *err)
{
	char *path = ra_format("%s/session.secret", place->var);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), rc = 0;
	ssize_t n = fd < 0 ? -1 : read(fd, place->secret, sizeof place->secret - 1);
	if (n != (ssize_t)sizeof place->secret - 1) {
		unsigned char bytes[32];
		randombytes_buf(bytes, sizeof bytes);
		sodium_bin2hex(place->secret, sizeof place->secret, bytes, sizeof bytes);
		n = fd < 0 ? -1 : pwrite(fd, place->secret, sizeof place->secret - 1, 0);
	}
	if (n != (ssize_t)sizeof place->secret - 1)
		rc = ra_fail(err, RA_EDENIED,
			     "Set VAR_DIR to a folder with room that this user may write.",
			     "cannot keep the session secret in %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	ra_free(path);
	return rc;
}

int place_init(struct place *place, const struct conf *conf, struct ra_err *err)
{
	*place = (struct place){ .lock_fd = -1, .is_demo = !*conf->bot_token };
	if (sodium_init() < 0)
		return ra_fail(err, RA_EINVAL, "", "libsodium does not start");
	int rc = find_var(place, conf, err);
	if (rc == 0)
		rc = find_programs(place, conf, err);
	if (rc == 0)
		rc = take_lock(place, err);
	if (rc == 0)
		rc = check_disk(place, err);
	if (rc == 0)
		rc = check_ports(place, conf, err);
	if (rc == 0)
		rc = find_secret(place, err);
	return rc == 0 ? find_servers(place, conf, err) : rc;
}

void place_fini(struct place *place)
{
	if (place->lock_fd >= 0)
		close(place->lock_fd);
	ra_free(place->var);
	ra_free(place->bin);
	ra_free(place->postgres);
	ra_free(place->redis);
}
