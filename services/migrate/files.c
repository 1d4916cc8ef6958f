/* files: see the header. */
#include "services/migrate/files.h"
#include "libshared/base/buf.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define VERSION_DIGITS 4

static int is_sql(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return len > 4 && strcmp(entry->d_name + len - 4, ".sql") == 0;
}

/* "0001_base.sql" */
static bool is_migration_name(const char *file)
{
	for (int i = 0; i < VERSION_DIGITS; i++)
		if (!isdigit((unsigned char)file[i]))
			return false;
	return file[VERSION_DIGITS] == '_' && strlen(file) > VERSION_DIGITS + strlen("_.sql");
}

static int read_file(struct ra_buf *content, const char *path, struct ra_err *err)
{
	FILE *file = fopen(path, "re");
	size_t len = 1;
	while (file && len > 0) {
		len = fread(ra_buf_reserve(content, 65536), 1, 65536, file);
		content->len += len;
	}
	bool failed = !file || ferror(file);
	if (failed)
		ra_fail(err, RA_ECONF, "Make the file readable for this user.",
			"cannot read %s: %s", path, strerror(errno));
	if (file)
		fclose(file);
	return failed ? RA_ECONF : 0;
}

static int read_contract(struct migration *m, struct ra_err *err)
{
	const char head[] = "-- contract:";
	if (strncmp(m->sql, head, strlen(head)) != 0)
		return 0;
	m->needs = atoi(m->sql + strlen(head));
	if (m->needs > 0 && m->needs <= m->version)
		return 0;
	return ra_fail(err, RA_ECONF,
		       "Write -- contract: NNNN, NNNN being the first version whose programs do "
		       "without what it takes away.",
		       "%s contracts, but does not say who runs on it", m->path);
}

static int read_migration(struct migration *m, const char *dir, const char *file,
			  struct ra_err *err)
{
	struct ra_buf content = { 0 };
	unsigned char hash[crypto_hash_sha256_BYTES];

	if (!is_migration_name(file))
		return ra_fail(err, RA_ECONF,
			       "Name it NNNN_what.sql, NNNN being its number in the order.",
			       "%s/%s is not named like a migration", dir, file);
	m->version = atoi(file);
	m->name = ra_strndup(file + VERSION_DIGITS + 1,
			     strlen(file) - VERSION_DIGITS - strlen("_.sql"));
	m->path = ra_format("%s/%s", dir, file);
	int rc = read_file(&content, m->path, err);
	if (rc == 0) {
		m->sql = ra_strdup(ra_buf_text(&content));
		crypto_hash_sha256(hash, (const unsigned char *)content.ptr, content.len);
		sodium_bin2hex(m->sha256, sizeof(m->sha256), hash, sizeof(hash));
		rc = read_contract(m, err);
	}
	ra_buf_fini(&content);
	return rc;
}

int migrations_read(struct migrations *migrations, const char *dir, struct ra_err *err)
{
	struct dirent **entries = NULL;
	int rc = 0;
	int count = scandir(dir, &entries, is_sql, alphasort);

	*migrations = (struct migrations){ 0 };
	if (count <= 0) {
		free(entries);
		return ra_fail(err, RA_ECONF,
			       "Set MIGRATIONS_DIR to the folder of the NNNN_name.sql files.",
			       "no migrations in %s: %s", dir,
			       count < 0 ? strerror(errno) : "it holds no .sql file");
	}
	migrations->list = ra_alloc((size_t)count * sizeof(*migrations->list));
	for (int i = 0; i < count; i++) {
		struct migration *m = &migrations->list[migrations->count];
		if (rc == 0) {
			migrations->count++;
			rc = read_migration(m, dir, entries[i]->d_name, err);
		}
		if (rc == 0 && i > 0 && m->version == m[-1].version)
			rc = ra_fail(err, RA_ECONF, "Give one of them the next free number.",
				     "%s and %s have the same number", m[-1].path, m->path);
		free(entries[i]);
	}
	free(entries);
	if (rc < 0)
		migrations_fini(migrations);
	return rc;
}

void migrations_fini(struct migrations *migrations)
{
	for (size_t i = 0; i < migrations->count; i++) {
		ra_free(migrations->list[i].name);
		ra_free(migrations->list[i].path);
		ra_free(migrations->list[i].sql);
	}
	ra_free(migrations->list);
	*migrations = (struct migrations){ 0 };
}

const struct migration *migrations_find(const struct migrations *migrations, int version)
{
	for (size_t i = 0; i < migrations->count; i++)
		if (migrations->list[i].version == version)
			return &migrations->list[i];
	return NULL;
}
