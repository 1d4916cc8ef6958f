/* program: see the header. */
#include "services/backup-scheduler/program.h"
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENV_MAX = 512, SAID_MAX = 4096, EXIT_NO_PROGRAM = 127 };

/* --- its environment ------------------------------------------------------------------ */

struct env {
	const char *list[ENV_MAX + 1];
	char *owned[64];
	size_t count, owned_count;
};

static void env_add(struct env *env, const char *entry)
{
	if (env->count < ENV_MAX)
		env->list[env->count++] = entry;
}

static void env_set(struct env *env, const char *name, const char *value)
{
	if (env->owned_count == sizeof(env->owned) / sizeof(*env->owned))
		return;
	char *entry = ra_format("%s=%s", name, value);
	env->owned[env->owned_count++] = entry;
	env_add(env, entry);
}

/* Whoever is run has no use for our secrets. */
static bool is_passed_on(const char *entry)
{
	static const char *const ours[] = { "DATABASE_URL", "ADMIN_DATABASE_URL", "S3_",
					    "BACKUP_",      "REDIS_URL",          "SESSION_SECRET",
					    "DISCORD_" };
	for (size_t i = 0; i < RA_COUNT(ours); i++)
		if (strncmp(entry, ours[i], strlen(ours[i])) == 0)
			return false;
	return true;
}

static int env_init(struct env *env, const struct program_with *with, struct ra_err *err)
{
	*env = (struct env){ .count = 0 };
	PQconninfoOption *options = with->url ? PQconninfoParse(with->url, NULL) : NULL;
	if (with->url && !options)
		return ra_fail(err, RA_ECONF, "Write it like postgresql://user@host/database.",
			       "the address of the database is malformed");
	for (PQconninfoOption *o = options; o && o->keyword; o++)
		if (o->envvar && o->val && !(with->dbname && strcmp(o->keyword, "dbname") == 0))
			env_set(env, o->envvar, o->val);
	if (with->dbname)
		env_set(env, "PGDATABASE", with->dbname);
	for (const char *const *more = with->env; more && *more; more++)
		env_add(env, *more);
	for (char **entry = environ; *entry; entry++) /* of two, the first counts */
		if (is_passed_on(*entry))
			env_add(env, *entry);
	PQconninfoFree(options);
	return 0;
}

static void env_fini(struct env *env)
{
	for (size_t i = 0; i < env->owned_count; i++)
		ra_free(env->owned[i]);
}

/* --- start ------------------------------------------------------------------------------ */

/* After fork(), before exec(). `theirs`: their end of the pipe, -1: none. */
static _Noreturn void become(const char *path, const char *const *argv, const struct env *env,
			     int theirs, int errors, bool is_reading)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	dup2(theirs >= 0 && !is_reading ? theirs : null, STDIN_FILENO);
	dup2(theirs >= 0 && is_reading ? theirs : null, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	execve(path, (char *const *)argv, (char *const *)env->list);
	dprintf(STDERR_FILENO, "cannot run %s: %s", path, strerror(errno));
	_exit(EXIT_NO_PROGRAM);
}

int program_start(struct program *program, const char *path, const char *const *argv,
		  const struct program_with *with, struct ra_err *err)
{
	int ends[2] = { -1, -1 };
	struct env env;
	bool is_reading = with->pipe == PROGRAM_READ;
	*program = (struct program){ .name = argv[0], .fd = -1, .errors = -1 };
	int rc = env_init(&env, with, err);
	if (rc < 0)
		return rc;
	program->errors = memfd_create("stderr", MFD_CLOEXEC);
	if (program->errors < 0 || (with->pipe != PROGRAM_ALONE && pipe2(ends, O_CLOEXEC) < 0))
		rc = ra_fail(err, -errno, "", "cannot run %s: %s", argv[0], strerror(errno));
	int theirs = is_reading ? ends[1] : ends[0];
	program->fd = is_reading ? ends[0] : ends[1];
	if (rc == 0 && (program->pid = fork()) == 0)
		become(path, argv, &env, theirs, program->errors, is_reading);
	if (rc == 0 && program->pid < 0)
		rc = ra_fail(err, -errno, "", "cannot run %s: %s", argv[0], strerror(errno));
	if (theirs >= 0)
		close(theirs);
	env_fini(&env);
	if (rc < 0)
		program_kill(program);
	return rc;
}

/* --- end ---------------------------------------------------------------------------------- */

static void close_ends(struct program *program)
{
	if (program->fd >= 0)
		close(program->fd);
	program->fd = -1;
}

/* Its first complaint says most; what follows comes of it. */
static void first_line(const struct program *program, char said[SAID_MAX])
{
	ssize_t len = pread(program->errors, said, SAID_MAX - 1, 0);
	said[len > 0 ? len : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
}

int program_end(struct program *program, struct ra_err *err)
{
	int status = -1;
	char said[SAID_MAX];
	close_ends(program);
	while (waitpid(program->pid, &status, 0) < 0 && errno == EINTR)
		;
	first_line(program, said);
	close(program->errors);
	*program = (struct program){ .name = program->name, .fd = -1, .errors = -1 };
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return ra_fail(err, RA_EINVAL, "Look who ended it: the machine may lack memory.",
			       "%s was ended by signal %d", program->name, WTERMSIG(status));
	return ra_fail(err, RA_EINVAL, "See PostgreSQL's log.", "%.200s",
		       *said ? said : "it failed without a word");
}

void program_kill(struct program *program)
{
	close_ends(program);
	if (program->pid > 0) {
		kill(program->pid, SIGKILL);
		waitpid(program->pid, NULL, 0);
	}
	if (program->errors >= 0)
		close(program->errors);
	*program = (struct program){ .name = program->name, .fd = -1, .errors = -1 };
}

int program_write(struct program *program, const void *data, size_t len, struct ra_err *err)
{
	for (const char *at = data; len > 0;) {
		ssize_t n = write(program->fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ra_fail(err, errno == EPIPE ? RA_EDOWN : -errno, "",
				       "%s reads no more: %s", program->name, strerror(errno));
		at += n;
		len -= (size_t)n;
	}
	return 0;
}
