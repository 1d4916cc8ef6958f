/* import_job: who lets an import begin, and go on: a job of the queue, or the command line. */
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/import_internal.h"
#include "services/backup-scheduler/job.h"
#include "services/backup-scheduler/transfer_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

enum { MEMORY_MAX_MB = 1024, FILE_NAME_MAX = 100 };

/* Files come from outside: whatever a parser makes of one, the machine does not suffer. (The
 * sanitizers want all the addresses there are.) */
static void limit_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
	struct rlimit limit = { (rlim_t)MEMORY_MAX_MB << 20, (rlim_t)MEMORY_MAX_MB << 20 };
	setrlimit(RLIMIT_AS, &limit);
#endif
}

/* --- a job ----------------------------------------------------------------------------------- */

static const char *text_of(const struct job *job, const char *key)
{
	const char *text = json_string_value(json_object_get(job->parameters, key));
	return text ? text : "";
}

/* Names in BACKUP_DIR/import are made by us; who asks may have made up another. */
static bool is_our_name(const char *name)
{
	size_t len = strlen(name);
	return len > 0 && len <= FILE_NAME_MAX && name[0] != '.' &&
	       strspn(name, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-") ==
		       len;
}

/* What was uploaded lies with the other uploads (transfer.h), where nothing stays long. */
static void fetch_upload(const struct conf *conf, const char *name, const char *path)
{
	char *folder = ra_format("%s/import", conf->backup_dir);
	char *upload = transfer_path(conf, name);
	mkdir(folder, 0700);
	if (access(path, F_OK) < 0 && rename(upload, path) == 0)
		ra_info(NULL, "upload taken", ra_f_text("file", name));
	ra_free(upload);
	ra_free(folder);
}

static void locate(struct import *im, const struct job *job)
{
	const char *name = im->file_name;
	im->location = name[0] == '/' ? ra_strdup(name)
				      : ra_format("%s/import/%s", job->conf->backup_dir, name);
	if (name[0] != '/')
		fetch_upload(job->conf, name, im->location);
}

static void report(struct import *im)
{
	json_t *json = import_report_json(&im->report);
	json_object_set_new(json, "import", json_integer(im->id));
	json_object_set_new(json, "state", json_string(im->state));
	job_report(im->job, json);
}

static int run_read(struct import *im, struct job *job, struct ra_err *err)
{
	const char *file = text_of(job, "file"), *url = text_of(job, "url");
	if (!*url && !is_our_name(file))
		return ra_fail(err, RA_EINVAL, "", "no file is named");
	/* What is none would be opened as a file, anywhere on this machine. */
	if (*url && !import_is_address(url))
		return ra_fail(err, RA_EINVAL, "Write postgresql://user:password@host:5432/name.",
			       "that is no address of a database");
	int rc = import_make(im, *url ? "" : file, text_of(job, "name"), err);
	if (rc < 0)
		return rc;
	if (*url)
		im->location = ra_strdup(url);
	else
		locate(im, job);
	/* killed between the last row and the end of the job */
	return strcmp(im->state, "reading") == 0 ? import_read_all(im, err) : 0;
}

static int run_other(struct import *im, struct job *job, struct ra_err *err)
{
	int rc = import_load(im, json_integer_value(json_object_get(job->parameters, "import")),
			     err);
	if (rc < 0)
		return rc;
	if (im->file_name[0])
		locate(im, job);
	if (strcmp(text_of(job, "do"), "drop") == 0)
		return import_drop(im, err);
	return strcmp(im->state, "done") == 0 && job->tries > 1 ? 0 : import_merge_all(im, err);
}

int import_run(struct job *job, struct ra_err *err)
{
	struct import im;
	limit_memory();
	int rc = import_open(&im, job, NULL, err);
	if (rc == 0)
		rc = strcmp(text_of(job, "do"), "read") == 0 ? run_read(&im, job, err)
							     : run_other(&im, job, err);
	if (im.id)
		report(&im);
	import_close(&im);
	return rc < 0 && rc != RA_ESTOPPED ? job_fail(job, err, "the import did not work") : rc;
}

/* --- the command line --------------------------------------------------------------------------
 */

static void print_kinds(json_t *report)
{
	const char *name;
	json_t *kind;
	json_object_foreach(json_object_get(report, "kinds"), name, kind)
	{
		int64_t from = json_integer_value(json_object_get(kind, "from"));
		int64_t to = json_integer_value(json_object_get(kind, "to"));
		printf("%-16s %12lld", name,
		       (long long)json_integer_value(json_object_get(kind, "count")));
		if (from) {
			char first[33], last[33];
			ra_iso8601_format(from, first);
			ra_iso8601_format(to, last);
			printf("  %.10s .. %.10s", first, last);
		}
		printf("\n");
	}
}

static void print_report(const struct import *im)
{
	const char *why;
	json_t *skipped, *report = import_report_json(&im->report);
	print_kinds(report);
	json_object_foreach(json_object_get(report, "skipped"), why, skipped)
	{
		json_t *samples = json_object_get(skipped, "samples");
		const char *sample = json_string_value(json_array_get(samples, 0));
		printf("left out         %12lld  %s%s%s\n",
		       (long long)json_integer_value(json_object_get(skipped, "count")), why,
		       sample ? ": " : "", sample ? sample : "");
	}
	json_decref(report);
}

/* Nobody else imports, restores or backs up meanwhile. */
static int lock_out(struct import *im, struct ra_err *err)
{
	PGresult *rows = db_query(im->db, err, "SELECT pg_try_advisory_lock($1::int, $2::int)",
				  DB_VALUES("5105", "2"));
	if (!rows)
		return err->code;
	bool is_ours = *PQgetvalue(rows, 0, 0) == 't';
	PQclear(rows);
	return is_ours ? 0
		       : ra_fail(err, RA_ELOCKED, "Wait until it has ended.",
				 "backup-scheduler is at work");
}

static int run_command(const struct conf *conf, const char *path, bool is_dry, struct ra_err *err)
{
	struct import im;
	int rc = import_open(&im, NULL, *conf->admin_url ? conf->admin_url : conf->database_url,
			     err);
	rc = rc == 0 ? lock_out(&im, err) : rc;
	rc = rc == 0 ? import_make(&im, path, strrchr(path, '/') + 1, err) : rc;
	if (rc == 0) {
		im.location = ra_strdup(path);
		rc = import_read_all(&im, err);
	}
	if (rc == 0)
		print_report(&im);
	if (rc == 0)
		rc = is_dry ? import_drop(&im, err) : import_merge_all(&im, err);
	import_close(&im);
	return rc;
}

int import_command(const void *conf, int argc, char **argv)
{
	struct ra_err err = { 0 };
	bool is_dry = argc == 2 && strcmp(argv[1], "--dry-run") == 0;
	if (argc < 1 || (argc > 1 && !is_dry))
		return 64;
	char *path = realpath(argv[0], NULL);
	if (!path) {
		fprintf(stderr, "there is no file %s\n", argv[0]);
		return 66;
	}
	limit_memory();
	int rc = run_command(conf, path, is_dry, &err);
	if (rc < 0)
		fprintf(stderr, "%s\n%s%s", err.msg, err.hint, *err.hint ? "\n" : "");
	else
		printf(is_dry ? "nothing was imported: a dry run\n" : "imported\n");
	free(path);
	return rc < 0 ? 1 : 0;
}
