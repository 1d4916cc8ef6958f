/* passwords: see the header. */
#include "services/migrate/passwords.h"
#include "libshared/base/base.h"
#include "services/migrate/database.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PASSWORD_MAX 256
#define HINT                                                                                       \
	"Set ROLE_PASSWORDS_DIR to a folder of files named like roles, one line with the "         \
	"password in each."

/* Ours alone, whatever else lies there. */
static int is_role(const struct dirent *entry)
{
	return strncmp(entry->d_name, "rations_", strlen("rations_")) == 0;
}

static int read_password(const char *dir, const char *role, char out[PASSWORD_MAX],
			 struct ra_err *err)
{
	char *path = ra_format("%s/%s", dir, role);
	FILE *file = fopen(path, "re");
	int rc = 0;
	out[0] = '\0';
	if (!file)
		rc = ra_fail(err, RA_ECONF, HINT, "cannot read %s: %s", path, strerror(errno));
	else if (fgets(out, PASSWORD_MAX, file))
		out[strcspn(out, "\r\n")] = '\0';
	if (rc == 0 && !*out)
		rc = ra_fail(err, RA_ECONF, HINT, "%s is not one line of text", path);
	if (file)
		fclose(file);
	ra_free(path);
	return rc;
}

static int set_one(PGconn *conn, const char *dir, const char *role, struct ra_err *err)
{
	char password[PASSWORD_MAX];
	int rc = read_password(dir, role, password, err);
	return rc == 0 ? database_set_password(conn, role, password, err) : rc;
}

int passwords_set(PGconn *conn, const char *dir, struct ra_err *err)
{
	struct dirent **entries = NULL;
	int rc = 0, count = scandir(dir, &entries, is_role, alphasort);

	if (count < 0)
		rc = ra_fail(err, RA_ECONF, HINT, "cannot read %s: %s", dir, strerror(errno));
	for (int i = 0; i < count; i++) {
		if (rc == 0)
			rc = set_one(conn, dir, entries[i]->d_name, err);
		free(entries[i]);
	}
	free(entries);
	return rc;
}
