/* data: see the header. */
#include "services/launcher/data.h"
#include "services/launcher/terminal.h"
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LEFTOVER_PATIENCE_MS 15000
#define LEFTOVER_POLL_MS     50
#define HINT_ELSEWHERE       "Set VAR_DIR to another folder."

/* --- what an earlier start left behind ------------------------------------------ */

/* In a container root may not look where another user's process stands, but what it was started
 * with is there for all to read. */
static bool was_started_with(int pid, const char *folder)
{
	char *path = ra_format("/proc/%d/cmdline", pid), words[4096] = "";
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(words, 1, sizeof words - 1, file) : 0;
	bool is_named = false;
	for (size_t at = 0; at < n && !is_named; at += strlen(words + at) + 1)
		is_named = strcmp(words + at, folder) == 0;
	if (file)
		fclose(file);
	ra_free(path);
	return is_named;
}

/* Both servers change into their folder: a pid that was given to another process since is told by
 * that. */
static bool runs_in(int pid, const char *folder)
{
	struct stat theirs, ours;
	char *cwd = ra_format("/proc/%d/cwd", pid);
	bool is_there = false;
	if (pid > 1 && stat(cwd, &theirs) == 0)
		is_there = stat(folder, &ours) == 0 && theirs.st_dev == ours.st_dev &&
			   theirs.st_ino == ours.st_ino;
	else if (pid > 1 && errno == EACCES)
		is_there = was_started_with(pid, folder);
	ra_free(cwd);
	return is_there;
}

static int read_pid(const char *path)
{
	FILE *file = fopen(path, "re");
	int pid = 0;
	if (file && fscanf(file, "%d", &pid) != 1)
		pid = 0;
	if (file)
		fclose(file);
	return pid;
}

/* `pid_file` is stale when nobody runs there: PostgreSQL would be afraid of whoever has that pid
 * now. */
static int stop_leftover(const char *name, const char *folder, const char *pid_file,
			 struct ra_err *err)
{
	int pid = read_pid(pid_file);
	if (pid > 0 && runs_in(pid, folder)) {
		terminal_say("stopping the %s of an earlier start (pid %d)", name, pid);
		kill(pid, SIGINT);
	}
	for (int ms = 0; runs_in(pid, folder); ms += LEFTOVER_POLL_MS) {
		if (ms > LEFTOVER_PATIENCE_MS)
			return ra_fail(err, RA_ELOCKED, "Stop it by hand.",
				       "the %s of an earlier start does not end (pid %d, see %s)",
				       name, pid, pid_file);
		usleep(LEFTOVER_POLL_MS * 1000);
	}
	if (pid > 0)
		unlink(pid_file);
	return 0;
}

/* --- folders --------------------------------------------------------------------- */

static int make_folder(const char *path, mode_t mode, struct ra_err *err)
{
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return ra_fail(err, RA_EDENIED, HINT_ELSEWHERE, "VAR_DIR: cannot create %s: %s",
			       path, strerror(errno));
	return 0;
}

static bool can_enter(const struct passwd *user, const char *folder)
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0)
		_exit(initgroups(user->pw_name, user->pw_gid) < 0 || setgid(user->pw_gid) < 0 ||
		      setuid(user->pw_uid) < 0 || access(folder, X_OK) < 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* A folder of its own each time: what lies there from a VAR_DIR that was deleted since belongs to
 * other streams. */
static int link_elsewhere(const char *link, struct ra_err *err)
{
	char home[] = "/var/lib/rations-XXXXXX";
	if (!mkdtemp(home) || symlink(home, link) < 0)
		return ra_fail(err, RA_EDENIED, HINT_ELSEWHERE,
			       "VAR_DIR: cannot make %s a link to %s: %s", link, home,
			       strerror(errno));
	terminal_say("user postgres can not reach VAR_DIR: its data goes to %s", home);
	return 0;
}

/* PostgreSQL refuses to run as root, so for root it runs as Debian's user postgres, who can not
 * look into root's home: then its folder lies in /var/lib, with a link to it here. */
static int make_folder_of_postgres(struct data *data, struct ra_err *err)
{
	struct stat there;
	char target[PATH_MAX];
	int rc = 0;
	const struct passwd *user = getpwnam("postgres");
	if (!user)
		return ra_fail(err, RA_ENOTFOUND,
			       "Install postgresql-15, or start as another user than root.",
			       "PostgreSQL can not run as root and there is no user postgres");
	data->postgres_user = "postgres";
	if (lstat(data->postgres, &there) < 0)
		rc = can_enter(user, data->folder) ? make_folder(data->postgres, 0700, err)
						   : link_elsewhere(data->postgres, err);
	if (rc < 0)
		return rc;
	/* only a link is resolved: the path must stay short */
	if (lstat(data->postgres, &there) == 0 && S_ISLNK(there.st_mode) &&
	    realpath(data->postgres, target)) {
		ra_free(data->postgres);
		data->postgres = ra_strdup(target);
	}
	if (chown(data->postgres, user->pw_uid, user->pw_gid) < 0)
		return ra_fail(err, RA_EDENIED, HINT_ELSEWHERE,
			       "VAR_DIR: cannot give %s to user postgres: %s", data->postgres,
			       strerror(errno));
	return 0;
}

static int find_postgres(struct data *data, struct ra_err *err)
{
	data->postgres = ra_format("%s/postgres", data->folder);
	int rc = geteuid() == 0 ? make_folder_of_postgres(data, err)
				: make_folder(data->postgres, 0700, err);
	if (rc < 0)
		return rc;
	char *cluster = ra_format("%s/data", data->postgres);
	char *pid_file = ra_format("%s/postmaster.pid", cluster);
	data->has_database = access(cluster, F_OK) == 0;
	rc = stop_leftover("PostgreSQL", cluster, pid_file, err);
	ra_free(cluster);
	ra_free(pid_file);
	return rc;
}

static int find_redis(struct data *data, struct ra_err *err)
{
	data->redis = ra_format("%s/redis", data->folder);
	char *pid_file = ra_format("%s/redis.pid", data->redis);
	int rc = make_folder(data->redis, 0700, err);
	if (rc == 0)
		rc = stop_leftover("Redis", data->redis, pid_file, err);
	ra_free(pid_file);
	return rc;
}

int data_init(struct data *data, const struct conf *conf, const char *var, struct ra_err *err)
{
	*data = (struct data){ 0 };
	data->folder = ra_format("%s/%s", var, conf_is_demo(conf) ? "demo" : "live");
	int rc = make_folder(data->folder, 0755, err);
	if (rc == 0 && !*conf->database_url)
		rc = find_postgres(data, err);
	if (rc == 0 && !*conf->redis_url)
		rc = find_redis(data, err);
	return rc;
}

void data_fini(struct data *data)
{
	ra_free(data->folder);
	ra_free(data->postgres);
	ra_free(data->redis);
}
