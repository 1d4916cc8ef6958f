/* restore: see the header. */
#include "services/backup-scheduler/restore.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/backup_file.h"
#include "services/backup-scheduler/beside.h"
#include "services/backup-scheduler/carry.h"
#include "services/backup-scheduler/manifest.h"
#include "services/backup-scheduler/program.h"
#include "services/backup-scheduler/scratch.h"
#include "services/backup-scheduler/swap.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SWAP_TRIES = 3 };

struct restore {
	struct job *job;
	struct backup_file file;
	bool may_replace;
	long long schema; /* the newest migration the backup has seen */
	int64_t backed_up_ms;
	char *target, *scratch,
		*aside; /* names of databases; owned; no aside: there is no target */
	bool has_scratch;
	int64_t erased;
};

static const char *said(const struct restore *r, const char *name)
{
	return backup_file_text(&r->file, name);
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
	long long ours = our_schema(r);
	r->schema = json_integer_value(json_object_get(r->file.told, "schema"));
	if (strcmp(said(r, "payload"), "full") != 0)
		return ra_fail(err, RA_EDENIED, "Restore it on the page of that server.",
			       "this is a backup of one server, not of everything");
	if (ours == 0)
		return ra_fail(err, RA_ECONF, "Set MIGRATIONS_DIR to the folder of the migrations.",
			       "no migrations in %s", r->job->conf->migrations_dir);
	if (r->schema <= 0 || r->schema > ours)
		return ra_fail(err, RA_EDENIED,
			       "Install the release it was made with, or a newer one.",
			       "the backup's schema is at version %lld, this release knows %lld",
			       r->schema, ours);
	if (!json_is_array(json_object_get(r->file.told, "tables")))
		return ra_fail(err, RA_EDAMAGED, "", "the backup does not say what is in it");
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

static int create_scratch(struct restore *r, struct ra_err *err)
{
	r->has_scratch = true;
	return scratch_create(r->job, r->scratch, err);
}

static int drop_scratch(struct restore *r, struct ra_err *err)
{
	r->has_scratch = false;
	return scratch_drop(r->job, r->scratch, err);
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
	char *roles = json_dumps(json_object_get(r->file.told, "roles"), JSON_COMPACT);
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

static int run_pg_restore(struct restore *r, struct ra_err *err)
{
	struct archive_reader *reader = backup_file_read(&r->file, err);
	if (!reader)
		return err->code;
	int rc = scratch_fill(r->job, r->scratch, reader, r->file.size, NULL, err);
	archive_reader_free(&reader);
	return rc;
}

/* --- COMPARE, MIGRATE ---------------------------------------------------------------------- */

static int compare(struct restore *r, struct ra_err *err)
{
	json_t *report = NULL;
	PGconn *db = job_owner_db(r->job, r->scratch, err);
	int rc = db ? manifest_compare(r->job, db, r->file.told, &report, err) : err->code;
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

static int measure(void *ctx, const struct beside *beside, struct ra_err *err)
{
	(void)ctx;
	return db_run(beside->db, err, "ANALYZE", 0, NULL);
}

/* Both only read, and take about as long. */
static int compare_and_measure(struct restore *r, struct ra_err *err)
{
	struct beside measuring = { 0 };
	job_step(r->job, "comparing");
	PGconn *db = job_owner_db(r->job, r->scratch, err);
	int rc = db ? beside_start(&measuring, db, measure, NULL, err) : err->code;
	if (rc == 0)
		rc = compare(r, err);
	if (rc == 0)
		rc = beside_wait(&measuring, r->job, err);
	beside_stop(&measuring);
	PQfinish(db);
	return rc;
}

/* Where readers had read to when the backup was made, they are to go back to; and a backup lists
 * itself as not yet made. */
static int settle(struct restore *r, PGconn *db, struct ra_err *err)
{
	char now[24], size[24], id[24];
	snprintf(now, sizeof(now), "%lld", (long long)ra_wall_ms());
	snprintf(size, sizeof(size), "%llu", (unsigned long long)r->file.sum.size);
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
			DB_VALUES(said(r, "backup_id"), size, r->file.sum.sha256));
	return rc == 0 && r->schema < our_schema(r) ? db_run(db, err, "ANALYZE", 0, NULL) : rc;
}

/* --- SWAP ------------------------------------------------------------------------------------ */

static json_t *report(const struct restore *r)
{
	return json_pack("{s:s, s:s, s:I, s:s*, s:I}", "backup", said(r, "backup_id"), "made_at",
			 said(r, "made_at"), "rows",
			 json_integer_value(json_object_get(r->file.told, "rows")), "aside",
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
	return rc == 0 ? compare_and_measure(r, err) : rc;
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
	backup_file_close(&r->file);
	ra_free(r->target);
	ra_free(r->scratch);
	ra_free(r->aside);
}

/* --- as a job ------------------------------------------------------------------------------- */

static int restore_backup(struct job *job, struct ra_err *err)
{
	struct restore r = { .job = job,
			     .may_replace =
				     json_is_true(json_object_get(job->parameters, "force")) };
	struct ra_err reconnect_err;
	job_step(job, "reading");
	int rc = backup_file_open(&r.file, job, true, err);
	if (rc == 0)
		rc = backup_file_of_job(&r.file, err);
	if (rc == 0)
		rc = restore_file(&r, err);
	if (rc == 0)
		job_report(job, report(&r));
	if (PQstatus(job->db) != CONNECTION_OK || rc == 0)
		rc = job_reconnect(job, &reconnect_err) < 0 && rc == 0 ? 0 : rc;
	restore_fini(&r);
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
	int rc = backup_file_open(&r->file, r->job, false, err);
	if (rc == 0)
		rc = stand_in_for_worker(r->job, err);
	if (rc == 0)
		rc = backup_file_find(&r->file, what, err);
	return rc == 0 ? restore_file(r, err) : rc;
}

int restore_tool(const void *conf, int argc, char **argv)
{
	struct job job = { .id = ra_wall_ms(), .conf = conf, .share = -1 };
	bool is_forced = argc == 2 && strcmp(argv[1], "--force") == 0;
	if (argc < 1 || argc > 2 || (argc == 2 && !is_forced)) {
		fprintf(stderr, "usage: backup-scheduler --restore FILE|KEY [--force]\n");
		return 64;
	}
	struct restore r = { .job = &job, .may_replace = is_forced };
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
