/* restore: see the header. */
#include "services/backup-scheduler/restore.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/carry.h"
#include "services/backup-scheduler/key.h"
#include "services/backup-scheduler/manifest.h"
#include "services/backup-scheduler/places.h"
#include "services/backup-scheduler/program.h"
#include "services/backup-scheduler/swap.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SWAP_TRIES = 3, PIECE = 65536 };

struct restore {
	struct job *job;
	int fd;          /* of the file; owned by whoever opened it */
	struct key *key; /* owned; NULL: none */
	bool may_replace;
	json_t *manifest; /* owned */
	struct archive_sum sum;
	int64_t backed_up_ms;
	char *target, *scratch,
		*aside; /* names of databases; owned; no aside: there is no target */
	bool has_scratch;
	int64_t erased;
};

/* --- VERIFY ---------------------------------------------------------------------------- */

static void tell_share(const struct restore *r, const struct archive_reader *reader)
{
	struct stat st;
	if (fstat(r->fd, &st) == 0 && st.st_size > 0)
		job_progress(r->job, (double)archive_position(reader) / (double)st.st_size);
}

static struct archive_reader *begin_reading(struct restore *r, struct ra_err *err)
{
	lseek(r->fd, 0, SEEK_SET);
	return archive_open(archive_in_fd, &r->fd, r->key, err);
}

static int verify(struct restore *r, struct ra_err *err)
{
	char piece[PIECE];
	ssize_t n = 1;
	job_step(r->job, "verifying");
	struct archive_reader *reader = begin_reading(r, err);
	if (!reader)
		return err->code;
	while (n > 0) {
		n = archive_read(reader, piece, sizeof(piece), err);
		tell_share(r, reader);
		if (n > 0 && job_is_cancelled(r->job))
			n = ra_fail(err, RA_ESTOPPED, "", "cancelled");
	}
	if (n == 0) {
		archive_reader_sum(reader, &r->sum);
		r->manifest = json_deep_copy(archive_manifest(reader));
	}
	archive_reader_free(&reader);
	return (int)n;
}

static const char *said(const struct restore *r, const char *name)
{
	const char *text = json_string_value(json_object_get(r->manifest, name));
	return text ? text : "";
}

/* Of a copy in a place: reads all of it, and holds it against what is known of it beside the file;
 * `sha256` is "" where that is nothing. What is not it is let go. */
static int verify_copy(struct restore *r, struct store *store, const char *key, const char *sha256,
		       struct ra_err *err)
{
	int rc = store_fetch(store, key, r->job->conf->backup_dir, &r->fd, err);
	if (rc == 0)
		rc = verify(r, err);
	if (rc == 0) {
		char *named = store_key_of(said(r, "backup_id"));
		if (strcmp(named, key) != 0 || (*sha256 && strcmp(r->sum.sha256, sha256) != 0))
			rc = ra_fail(err, RA_EDAMAGED, "Restore another backup.",
				     "it is whole, but not the file that was written");
		ra_free(named);
	}
	if (rc == 0)
		return 0;
	if (rc != RA_ESTOPPED)
		ra_warn(NULL, "copy of a backup not good", ra_f_text("key", key),
			ra_f_text("place", store_place(store)), ra_f_text("why", err->msg));
	json_decref(r->manifest);
	r->manifest = NULL;
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	return rc;
}

/* --- CHECK ----------------------------------------------------------------------------- */

/* The newest migration of this release. */
static long long our_schema(const struct restore *r)
{
	long long newest = 0;
	DIR *dir = opendir(r->job->conf->migrations_dir);
	for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
		long long version = strtoll(entry->d_name, NULL, 10);
		if (version > newest)
			newest = version;
	}
	if (dir)
		closedir(dir);
	return newest;
}

static int check_manifest(struct restore *r, struct ra_err *err)
{
	long long theirs = json_integer_value(json_object_get(r->manifest, "schema"));
	long long ours = our_schema(r);
	if (strcmp(said(r, "payload"), "full") != 0)
		return ra_fail(err, RA_EDENIED, "Restore it on the page of that server.",
			       "this is a backup of one server, not of everything");
	if (ours == 0)
		return ra_fail(err, RA_ECONF, "Set MIGRATIONS_DIR to the folder of the migrations.",
			       "no migrations in %s", r->job->conf->migrations_dir);
	if (theirs <= 0 || theirs > ours)
		return ra_fail(err, RA_EDENIED,
			       "Install the release it was made with, or a newer one.",
			       "the backup's schema is at version %lld, this release knows %lld",
			       theirs, ours);
	if (ra_iso8601_parse(ra_str_of(said(r, "made_at")), &r->backed_up_ms) < 0)
		return ra_fail(err, RA_EDAMAGED, "", "the backup does not say when it was made");
	return 0;
}

static int ask(PGconn *db, bool *answer, struct ra_err *err, const char *sql, const char *value)
{
	PGresult *rows = db_query(db, err, sql, value ? 1 : 0, &value);
	*answer = rows && PQntuples(rows) == 1 && *PQgetvalue(rows, 0, 0) == 't';
	PQclear(rows);
	return rows ? 0 : err->code;
}

/* Is there a database, and anything in it that somebody would miss? */
static int check_target(struct restore *r, struct ra_err *err)
{
	bool is_there = false, has_tables = false, has_guilds = false;
	PGconn *db = job_owner_db(r->job, "postgres", err);
	int rc = db ? ask(db, &is_there, err,
			  "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", r->target)
		    : err->code;
	PQfinish(db);
	if (rc < 0 || !is_there)
		return rc;
	r->aside = swap_aside_name(r->target, ra_wall_ms());
	db = job_owner_db(r->job, r->target, err);
	rc = db ? ask(db, &has_tables, err, "SELECT to_regclass('analytics.guild') IS NOT NULL",
		      NULL)
		: err->code;
	if (rc == 0 && has_tables)
		rc = ask(db, &has_guilds, err, "SELECT EXISTS (SELECT FROM analytics.guild)", NULL);
	PQfinish(db);
	if (rc == 0 && has_guilds && !r->may_replace)
		rc = ra_fail(err, RA_EDENIED,
			     "Confirm that it may be put aside; it is kept until you delete it.",
			     "the database is not empty");
	return rc;
}

/* --- scratch databases ------------------------------------------------------------------- */

static int on_server(struct restore *r, const char *fmt, const char *name, struct ra_err *err)
{
	PGconn *db = job_owner_db(r->job, "postgres", err);
	if (!db)
		return err->code;
	char *quoted = PQescapeIdentifier(db, name, strlen(name));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	char *sql = ra_format(fmt, quoted);
#pragma GCC diagnostic pop
	int rc = db_run(db, err, sql, 0, NULL);
	ra_free(sql);
	PQfreemem(quoted);
	PQfinish(db);
	return rc;
}

static int create_scratch(struct restore *r, struct ra_err *err)
{
	r->has_scratch = true;
	return on_server(r, "CREATE DATABASE %s TEMPLATE template0", r->scratch, err);
}

static int drop_scratch(struct restore *r, struct ra_err *err)
{
	r->has_scratch = false;
	return on_server(r, "DROP DATABASE IF EXISTS %s WITH (FORCE)", r->scratch, err);
}

static int migrate(struct restore *r, struct ra_err *err)
{
	struct program program;
	const char *admin = r->job->conf->admin_url;
	char *path = conf_migrate_program(r->job->conf);
	char *url = ra_format("DATABASE_URL=%s%cdbname=%s", admin, strchr(admin, '?') ? '&' : '?',
			      r->scratch);
	char *dir = ra_format("MIGRATIONS_DIR=%s", r->job->conf->migrations_dir);
	const char *const argv[] = { "migrate", NULL };
	const char *const env[] = { url, dir, NULL };
	const struct program_with with = { .pipe = PROGRAM_ALONE, .env = env };
	int rc = program_start(&program, path, argv, &with, err);
	if (rc == 0)
		rc = program_end(&program, err);
	ra_free(dir);
	ra_free(url);
	ra_free(path);
	return rc;
}

/* Roles belong to the server and are in no backup; what is granted to them is. On an empty server
 * the migrations make them, in a database that is thrown away. */
static int make_roles(struct restore *r, struct ra_err *err)
{
	bool is_one_missing = false;
	char *roles = json_dumps(json_object_get(r->manifest, "roles"), JSON_COMPACT);
	PGconn *db = roles ? job_owner_db(r->job, "postgres", err) : NULL;
	int rc = !roles ? 0
		 : db   ? ask(db, &is_one_missing, err,
			      "SELECT EXISTS (SELECT FROM json_array_elements_text($1::json) AS n "
				"(name) WHERE n.name NOT IN (SELECT rolname FROM pg_roles))",
			      roles)
			: err->code;
	PQfinish(db);
	free(roles);
	if (rc < 0 || !is_one_missing)
		return rc;
	rc = create_scratch(r, err);
	if (rc == 0)
		rc = migrate(r, err);
	return rc == 0 ? drop_scratch(r, err) : rc;
}

/* --- RESTORE ------------------------------------------------------------------------------ */

static int feed(struct restore *r, struct archive_reader *reader, struct program *program,
		struct ra_err *err)
{
	char piece[PIECE];
	ssize_t n;
	int rc = 0;
	while (rc == 0 && (n = archive_read(reader, piece, sizeof(piece), err)) != 0) {
		rc = n < 0 ? (int)n : program_write(program, piece, (size_t)n, err);
		tell_share(r, reader);
		if (rc == 0 && job_is_cancelled(r->job))
			rc = ra_fail(err, RA_ESTOPPED, "", "cancelled");
	}
	return rc;
}

static int run_pg_restore(struct restore *r, struct ra_err *err)
{
	struct program program;
	struct archive_reader *reader = begin_reading(r, err);
	if (!reader)
		return err->code;
	const struct conf *conf = r->job->conf;
	char *path = ra_format("%s/pg_restore", conf->postgres_dir);
	const char *const argv[] = { "pg_restore",      "--format=custom",
				     "--exit-on-error", "--no-owner",
				     "--no-password",   "--dbname",
				     r->scratch,        NULL };
	const struct program_with with = { .pipe = PROGRAM_WRITE,
					   .url = conf->admin_url,
					   .dbname = r->scratch };
	int rc = program_start(&program, path, argv, &with, err);
	if (rc == 0) {
		rc = feed(r, reader, &program, err);
		if (rc == 0 || rc == RA_EDOWN)
			rc = program_end(&program, err);
		else
			program_kill(&program);
	}
	archive_reader_free(&reader);
	ra_free(path);
	return rc;
}

/* --- COMPARE, MIGRATE ---------------------------------------------------------------------- */

static int compare(struct restore *r, struct ra_err *err)
{
	json_t *report = NULL;
	job_step(r->job, "comparing");
	PGconn *db = job_owner_db(r->job, r->scratch, err);
	int rc = db ? manifest_compare(r->job, db, r->manifest, &report, err) : err->code;
	if (rc == 0 && json_integer_value(json_object_get(report, "different")) != 0) {
		char *text = json_dumps(json_object_get(report, "what"), JSON_COMPACT);
		ra_error(NULL, "restored database differs", ra_f_text("what", text));
		free(text);
		rc = ra_fail(err, RA_EDAMAGED, "Restore another backup, and keep this one.",
			     "what was restored is not what was backed up");
	}
	json_decref(report);
	PQfinish(db);
	return rc;
}

/* Where readers had read to when the backup was made, they are to go back to; and a backup lists
 * itself as not yet made. */
static int settle(struct restore *r, PGconn *db, struct ra_err *err)
{
	char now[24], size[24], id[24];
	snprintf(now, sizeof(now), "%lld", (long long)ra_wall_ms());
	snprintf(size, sizeof(size), "%llu", (unsigned long long)r->sum.size);
	snprintf(id, sizeof(id), "%lld", (long long)r->job->id);
	static const char *const positions[] = {
		"UPDATE analytics.position SET restored_at = public.ms_to_ts($1::bigint) "
		"WHERE session <> '' AND finished_at IS NULL",
		"UPDATE response.position SET restored_at = public.ms_to_ts($1::bigint) "
		"WHERE session <> '' AND finished_at IS NULL",
	};
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < RA_COUNT(positions); i++)
		rc = db_run(db, err, positions[i], DB_VALUES(now));
	if (rc == 0)
		rc = db_run(
			db, err,
			"UPDATE backup.backup SET state = 'ready', finished_at = "
			"coalesce(finished_at, started_at), size_bytes = $2::bigint, sha256 = $3 "
			"WHERE backup_id = $1 AND state = 'running'",
			DB_VALUES(said(r, "backup_id"), size, r->sum.sha256));
	return rc == 0 ? db_run(db, err, "ANALYZE", 0, NULL) : rc;
}

/* --- SWAP ------------------------------------------------------------------------------------ */

static json_t *report(const struct restore *r)
{
	return json_pack("{s:s, s:s, s:I, s:s*, s:I}", "backup", said(r, "backup_id"), "made_at",
			 said(r, "made_at"), "rows",
			 json_integer_value(json_object_get(r->manifest, "rows")), "aside",
			 r->aside, "erased", (json_int_t)r->erased);
}

/* In the restored database this job is done: when that one counts, it is. */
static int end_job(struct restore *r, PGconn *db, struct ra_err *err)
{
	char id[24], now[24];
	json_t *json = report(r);
	char *detail = json_dumps(json, JSON_COMPACT);
	snprintf(id, sizeof(id), "%lld", (long long)r->job->id);
	snprintf(now, sizeof(now), "%lld", (long long)ra_wall_ms());
	int rc = db_run(db, err,
			"UPDATE backup.job SET state = 'done', step = 'done', progress = 1, "
			"detail = $2::jsonb, finished_at = public.ms_to_ts($3::bigint) "
			"WHERE job_id = $1::bigint",
			DB_VALUES(id, detail, now));
	free(detail);
	json_decref(json);
	return rc;
}

static int try_swap(struct restore *r, struct ra_err *err)
{
	PGconn *new = job_owner_db(r->job, r->scratch, err);
	PGconn *old = new && r->aside ? job_owner_db(r->job, r->target, err) : NULL;
	int rc = new && (old || !r->aside) ? 0 : err->code;
	const struct carry carry = { .old = old, .new = new, .backed_up_ms = r->backed_up_ms };
	if (rc == 0)
		rc = carry_over(&carry, &r->erased, err);
	if (rc == 0)
		rc = end_job(r, new, err);
	PQfinish(new);
	const struct swap swap = { .target = r->target, .scratch = r->scratch, .old = &old };
	if (rc == 0)
		rc = swap_into_place(r->job, &swap, r->aside, err);
	PQfinish(old);
	return rc;
}

static int swap_places(struct restore *r, struct ra_err *err)
{
	job_step(r->job, "swapping");
	if (job_is_cancelled(r->job))
		return ra_fail(err, RA_ESTOPPED, "", "cancelled");
	int rc = try_swap(r, err);
	for (int tries = 1; rc < 0 && tries < SWAP_TRIES; tries++) {
		ra_warn(NULL, "databases not swapped, trying again", ra_f_text("why", err->msg));
		usleep(200000);
		rc = try_swap(r, err);
	}
	r->has_scratch = rc < 0;
	return rc;
}

/* --- all of it ---------------------------------------------------------------------------------
 */

static int fill_scratch(struct restore *r, struct ra_err *err)
{
	int rc = make_roles(r, err);
	if (rc == 0)
		rc = create_scratch(r, err);
	job_step(r->job, "restoring");
	if (rc == 0)
		rc = run_pg_restore(r, err);
	return rc == 0 ? compare(r, err) : rc;
}

static int bring_up_to_date(struct restore *r, struct ra_err *err)
{
	job_step(r->job, "migrating");
	int rc = migrate(r, err);
	PGconn *db = rc == 0 ? job_owner_db(r->job, r->scratch, err) : NULL;
	if (rc == 0)
		rc = db ? settle(r, db, err) : err->code;
	PQfinish(db);
	return rc;
}

/* The database of DATABASE_URL: services of that name are to find what was restored. */
static char *target_of(const struct conf *conf)
{
	char *name = NULL;
	PQconninfoOption *options = PQconninfoParse(conf->database_url, NULL);
	for (PQconninfoOption *o = options; o && o->keyword; o++)
		if (strcmp(o->keyword, "dbname") == 0 && o->val && *o->val)
			name = ra_strdup(o->val);
	PQconninfoFree(options);
	return name ? name : ra_strdup("rations");
}

/* After all of the file was verified. */
static int restore_file(struct restore *r, struct ra_err *err)
{
	r->target = target_of(r->job->conf);
	r->scratch = ra_format("%s_restore_%lld", r->target, (long long)r->job->id);
	int rc = check_manifest(r, err);
	if (rc == 0)
		rc = check_target(r, err);
	if (rc == 0)
		rc = fill_scratch(r, err);
	if (rc == 0)
		rc = bring_up_to_date(r, err);
	if (rc == 0)
		rc = swap_places(r, err);
	struct ra_err drop_err;
	if (r->has_scratch && drop_scratch(r, &drop_err) < 0)
		ra_warn(NULL, "scratch database not dropped", ra_f_text("why", drop_err.msg));
	return rc;
}

static void restore_fini(struct restore *r)
{
	if (r->fd >= 0)
		close(r->fd);
	json_decref(r->manifest);
	key_free(&r->key);
	ra_free(r->target);
	ra_free(r->scratch);
	ra_free(r->aside);
}

static int open_places(struct restore *r, struct places *places, bool is_patient,
		       struct ra_err *err)
{
	int rc = key_load(&r->key, r->job->conf->key_file, err);
	return rc == 0 ? places_open(places, r->job->conf, is_patient, err) : rc;
}

/* --- as a job ------------------------------------------------------------------------------------
 */

/* Of its copies the first that is whole. */
static int open_copy(struct restore *r, const struct places *places, struct ra_err *err)
{
	struct job *job = r->job;
	PGresult *rows = db_query(
		job->db, err,
		"SELECT place, key, coalesce(sha256, '') FROM backup.copy JOIN backup.backup USING "
		"(backup_id) WHERE backup_id = $1 AND backup.state = 'ready' "
		"ORDER BY copy.state = 'good' DESC, place",
		DB_VALUES(job->backup_id ? job->backup_id : ""));
	int rc = rows ? ra_fail(err, RA_ENOTFOUND, "", "there is no such backup") : err->code;
	for (int i = 0; rows && rc < 0 && rc != RA_ESTOPPED && i < PQntuples(rows); i++) {
		struct store *store = places_find(places, PQgetvalue(rows, i, 0));
		rc = store ? verify_copy(r, store, PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2),
					 err)
			   : ra_fail(err, RA_ECONF, "Configure that place again.",
				     "its place (%s) is not configured", PQgetvalue(rows, i, 0));
	}
	PQclear(rows);
	return rc;
}

static int restore_backup(struct job *job, struct ra_err *err)
{
	struct restore r = { .job = job,
			     .fd = -1,
			     .may_replace =
				     json_is_true(json_object_get(job->parameters, "force")) };
	struct places places = { .count = 0 };
	struct ra_err reconnect_err;
	int rc = open_places(&r, &places, true, err);
	if (rc < 0)
		return rc;
	job_step(job, "reading");
	rc = open_copy(&r, &places, err);
	if (rc == 0)
		rc = restore_file(&r, err);
	if (rc == 0)
		job_report(job, report(&r));
	if (PQstatus(job->db) != CONNECTION_OK || rc == 0)
		rc = job_reconnect(job, &reconnect_err) < 0 && rc == 0 ? 0 : rc;
	restore_fini(&r);
	places_close(&places);
	return rc;
}

static int drop_aside(struct job *job, const char *name, struct ra_err *err)
{
	char *target = target_of(job->conf);
	int rc = swap_drop_aside(job, target, name, err);
	ra_free(target);
	return rc;
}

int restore_run(struct job *job, struct ra_err *err)
{
	const char *drop = json_string_value(json_object_get(job->parameters, "drop"));
	return drop ? drop_aside(job, drop, err) : restore_backup(job, err);
}

/* --- from the command line
 * -------------------------------------------------------------------------- */

static int open_file_or_key(struct restore *r, const struct places *places, const char *what,
			    struct ra_err *err)
{
	r->fd = open(what, O_RDONLY | O_CLOEXEC);
	if (r->fd >= 0)
		return verify(r, err);
	int rc = ra_fail(err, RA_ENOTFOUND, "backup-scheduler --list tells what there is.",
			 "no such file, and no such backup: %s", what);
	char *key = store_key_of(what);
	for (size_t i = 0; rc < 0 && i < places->count; i++) {
		struct ra_err why = { 0 };
		int one = verify_copy(r, places->list[i], key, "", &why);
		if (one == RA_ENOTFOUND || one == RA_EINVAL)
			continue; /* another place may have it */
		rc = one;
		*err = why;
	}
	ra_free(key);
	return rc;
}

/* Where there is a database, its workers' lock keeps a running backup-scheduler from beginning
 * anything, and from clearing away what we make. */
static int stand_in_for_worker(struct job *job, struct ra_err *err)
{
	bool is_ours = true;
	struct ra_err none;
	job->db = db_connect(job->conf->database_url, NULL, &none);
	int rc = job->db ? ask(job->db, &is_ours, err, "SELECT pg_try_advisory_lock(5105, 2)", NULL)
			 : 0;
	if (rc == 0 && !is_ours)
		rc = ra_fail(err, RA_ELOCKED, "Wait for it, or stop backup-scheduler.",
			     "a job is at work");
	return rc;
}

static int restore_what(struct restore *r, const char *what, struct ra_err *err)
{
	struct places places = { .count = 0 };
	int rc = open_places(r, &places, false, err);
	if (rc < 0)
		return rc;
	rc = stand_in_for_worker(r->job, err);
	if (rc == 0)
		rc = open_file_or_key(r, &places, what, err);
	if (rc == 0)
		rc = restore_file(r, err);
	places_close(&places);
	return rc;
}

int restore_tool(const void *conf, int argc, char **argv)
{
	struct job job = { .id = ra_wall_ms(), .conf = conf, .share = -1 };
	bool is_forced = argc == 2 && strcmp(argv[1], "--force") == 0;
	if (argc < 1 || argc > 2 || (argc == 2 && !is_forced)) {
		fprintf(stderr, "usage: backup-scheduler --restore FILE|KEY [--force]\n");
		return 64;
	}
	struct restore r = { .job = &job, .fd = -1, .may_replace = is_forced };
	struct ra_err err = { 0 };
	int rc = restore_what(&r, argv[0], &err);
	if (rc < 0)
		fprintf(stderr, "not restored: %s\n  %s\n", err.msg, err.hint);
	else
		printf("restored %s, made at %s; %s%s\n", said(&r, "backup_id"),
		       said(&r, "made_at"),
		       r.aside ? "the database before is kept as " : "there was no database before",
		       r.aside ? r.aside : "");
	restore_fini(&r);
	PQfinish(job.db);
	return rc == 0 ? 0 : 1;
}
