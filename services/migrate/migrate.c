/* migrate: see the header. */
#include "services/migrate/migrate.h"
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include "services/migrate/database.h"
#include "services/migrate/files.h"
#include "services/migrate/passwords.h"

/* Both sides, read. */
struct work {
	PGconn *conn;
	struct migrations migrations;
	struct history history;
};

static void work_fini(struct work *work)
{
	PQfinish(work->conn);
	migrations_fini(&work->migrations);
	history_fini(&work->history);
}

static int work_init(struct work *work, const struct conf *conf, struct ra_err *err)
{
	*work = (struct work){ 0 };
	int rc = migrations_read(&work->migrations, conf->migrations_dir, err);
	if (rc < 0)
		return rc;
	work->conn = database_open(conf->database_url, conf->wait, err);
	return work->conn ? 0 : err->code;
}

static int newest(const struct migrations *migrations)
{
	return migrations->list[migrations->count - 1].version;
}

/* What the database has seen must be what we have, or newer. */
static int check_applied(const struct migrations *migrations, const struct applied *a,
			 struct ra_err *err)
{
	const struct migration *m = migrations_find(migrations, a->version);
	if (!m && a->version > newest(migrations))
		return 0;
	if (!m)
		return ra_fail(
			err, RA_EDENIED,
			"Run the release that the database belongs to, or a newer one.",
			"the database has seen migration %04d_%s, which this release does not have",
			a->version, a->name);
	if (strcmp(m->sha256, a->sha256) != 0)
		return ra_fail(
			err, RA_EDENIED,
			"Bring back the file as it was released; put changes into a new migration.",
			"%s was changed after it was applied on %s", m->path, a->at);
	return 0;
}

static int check(const struct work *work, struct ra_err *err)
{
	for (size_t i = 0; i < work->history.count; i++) {
		int rc = check_applied(&work->migrations, &work->history.list[i], err);
		if (rc < 0)
			return rc;
	}
	if (ra_schema_judge(newest(&work->migrations), &work->history.schema, err) ==
	    RA_SCHEMA_TOO_NEW)
		return err->code;
	size_t skipped = 0;
	while (skipped < work->history.count && skipped < work->migrations.count &&
	       work->migrations.list[skipped].version == work->history.list[skipped].version)
		skipped++;
	if (skipped < work->history.count && skipped < work->migrations.count)
		return ra_fail(err, RA_EDENIED, "Give it a number after the last applied one.",
			       "%s was never applied, though the database is at version %d",
			       work->migrations.list[skipped].path, work->history.schema.version);
	return 0;
}

static int apply_missing(const struct work *work, FILE *out, struct ra_err *err)
{
	size_t first = work->history.count;
	int made = first < work->migrations.count ? database_make_table(work->conn, err) : 0;
	if (made < 0)
		return made;
	for (size_t i = first; i < work->migrations.count; i++) {
		const struct migration *m = &work->migrations.list[i];
		uint64_t began_ms = ra_monotonic_ms();
		int rc = database_apply(work->conn, m, err);
		if (rc < 0)
			return rc;
		fprintf(out, "applied %04d_%s in %llu ms\n", m->version, m->name,
			(unsigned long long)(ra_monotonic_ms() - began_ms));
		fflush(out);
	}
	if (first > work->migrations.count)
		fprintf(out,
			"the schema is at version %d, newer than the %d of this release, which "
			"runs on it\n",
			work->history.schema.version, newest(&work->migrations));
	else
		fprintf(out, "the schema is at version %d%s\n", newest(&work->migrations),
			first == work->migrations.count ? ", nothing to do" : "");
	return 0;
}

int migrate_run(const struct conf *conf, FILE *out, struct ra_err *err)
{
	struct work work;
	int rc = work_init(&work, conf, err);
	if (rc == 0)
		rc = database_lock(work.conn, err);
	if (rc == 0)
		rc = database_history(work.conn, &work.history, err);
	if (rc == 0)
		rc = check(&work, err);
	if (rc == 0)
		rc = apply_missing(&work, out, err);
	if (rc == 0 && conf->passwords_dir && *conf->passwords_dir)
		rc = passwords_set(work.conn, conf->passwords_dir, err);
	work_fini(&work);
	return rc;
}

static void print_status(const struct work *work, FILE *out)
{
	for (size_t i = 0; i < work->migrations.count; i++) {
		const struct migration *m = &work->migrations.list[i];
		const char *state = "missing", *at = "";
		for (size_t k = 0; k < work->history.count; k++) {
			const struct applied *a = &work->history.list[k];
			if (a->version != m->version)
				continue;
			state = strcmp(a->sha256, m->sha256) == 0 ? "applied " : "changed since ";
			at = a->at;
		}
		fprintf(out, "%04d  %-28s %s%s\n", m->version, m->name, state, at);
	}
	for (size_t k = 0; k < work->history.count; k++) {
		const struct applied *a = &work->history.list[k];
		if (a->version > newest(&work->migrations))
			fprintf(out, "%04d  %-28s applied %s, by a newer release\n", a->version,
				a->name, a->at);
	}
}

int migrate_status(const struct conf *conf, FILE *out, struct ra_err *err)
{
	struct work work;
	int rc = work_init(&work, conf, err);
	if (rc == 0)
		rc = database_history(work.conn, &work.history, err);
	if (rc == 0) {
		print_status(&work, out);
		rc = check(&work, err);
	}
	if (rc == 0 && work.history.count < work.migrations.count)
		rc = ra_fail(err, RA_ENOTFOUND, "Run migrate.", "the schema is at version %d of %d",
			     work.history.schema.version, newest(&work.migrations));
	work_fini(&work);
	return rc;
}

int migrate_load(const struct conf *conf, FILE *in, struct ra_err *err)
{
	struct ra_buf sql = { 0 };
	char part[4096];
	for (size_t n; (n = fread(part, 1, sizeof(part), in)) > 0;)
		ra_buf_add(&sql, part, n);
	PGconn *conn = database_open(conf->database_url, conf->wait, err);
	int rc = conn ? database_load(conn, ra_buf_text(&sql), err) : err->code;
	PQfinish(conn);
	ra_buf_fini(&sql);
	return rc;
}
