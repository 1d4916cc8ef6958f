#include "services/discord-sim/logins.h"
#include "libshared/base/log.h"
#include "services/discord-sim/secret.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* A line each; scopes have spaces between them and none is long. */
#define LINE_OUT  "%s %s %" PRIu64 " %" PRId64 " %s\n"
#define LINE_IN   "%30s %30s %" SCNu64 " %" SCNd64 " %255[^\n]"
#define SCOPE_MAX 256

static struct login *add(struct login **logins, const struct login *what)
{
	struct login *login = ra_new(struct login);
	*login = *what;
	login->grant.scope = ra_strdup(what->grant.scope);
	HASH_ADD_STR(*logins, access, login);
	return login;
}

struct login *login_add(struct login **logins, uint64_t user_id, const char *scope,
			int64_t expires_at_ms)
{
	char *borrowed = ra_strdup(scope);
	struct login login = {
		.grant = { .user_id = user_id, .scope = borrowed, .expires_at_ms = expires_at_ms }
	};
	secret_hex(login.access, sizeof(login.access));
	secret_hex(login.refresh, sizeof(login.refresh));
	struct login *added = add(logins, &login);
	ra_free(borrowed);
	return added;
}

void login_remove(struct login **logins, struct login *login)
{
	HASH_DEL(*logins, login);
	ra_free(login->grant.scope);
	ra_free(login);
}

void logins_load(struct login **logins, const char *path)
{
	char scope[SCOPE_MAX];
	struct login login = { .grant.scope = scope };
	FILE *file = *path ? fopen(path, "re") : NULL;
	if (!file) {
		if (*path && errno != ENOENT)
			ra_warn(NULL, "logins not read", ra_f_text("why", strerror(errno)));
		return;
	}
	while (fscanf(file, LINE_IN, login.access, login.refresh, &login.grant.user_id,
		      &login.grant.expires_at_ms, scope) == 5)
		add(logins, &login);
	fclose(file);
}

static int write_all(FILE *file, const struct login *logins)
{
	int rc = 0;
	for (const struct login *login = logins; login; login = login->hh.next)
		if (strlen(login->grant.scope) < SCOPE_MAX &&
		    fprintf(file, LINE_OUT, login->access, login->refresh, login->grant.user_id,
			    login->grant.expires_at_ms, login->grant.scope) < 0)
			rc = -errno;
	return fclose(file) < 0 ? -errno : rc;
}

/* Beside the file first, then in its place, readable by us alone. */
void logins_save(const struct login *logins, const char *path)
{
	if (!*path)
		return;
	char *fresh = ra_format("%s.new", path);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	int rc = file ? write_all(file, logins) : -errno;
	if (rc == 0 && rename(fresh, path) < 0)
		rc = -errno;
	if (rc < 0)
		ra_warn(NULL, "logins not kept", ra_f_text("why", strerror(-rc)));
	ra_free(fresh);
}
