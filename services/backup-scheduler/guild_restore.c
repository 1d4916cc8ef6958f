/* guild_restore: the way through its steps, and the last one; see the header. */
#include "libshared/base/log.h"
#include "services/backup-scheduler/backup_file.h"
#include "services/backup-scheduler/guild_restore_internal.h"
#include <stdio.h>
#include <stdlib.h>

int guild_restore_damaged(struct ra_err *err, const char *what)
{
	return ra_fail(err, RA_EDAMAGED, "Export it again where it came from.",
		       "the file is not as it should be: %s", what);
}

/* --- SWAP --- */

static json_t *make_report(const struct guild_restore *g, json_t *counts)
{
	json_int_t total = 0;
	const char *name;
	json_t *count;
	json_object_foreach(counts, name, count) total += json_integer_value(count);
	return json_pack("{s:s, s:O, s:I, s:o}", "guild", g->guild, "made_at",
			 json_object_get(archive_manifest(g->file), "made_at"), "rows", total,
			 "tables", counts);
}

static int say_refused(struct ra_err *err)
{
	if (strncmp(err->msg, "RA409", 5) == 0)
		return ra_fail(err, RA_EDENIED, "Confirm that what it has may be replaced.",
			       "the server has figures or settings here");
	if (strncmp(err->msg, "RA400", 5) == 0)
		return guild_restore_damaged(err, "rows of another server are in it");
	return err->code;
}

/* The report commits with the rows: a job that is begun again knows that it was done. */
static int note(struct guild_restore *g, const json_t *report, struct ra_err *err)
{
	char id[24];
	snprintf(id, sizeof(id), "%lld", (long long)g->job->id);
	char *text = json_dumps(report, JSON_COMPACT);
	int rc = db_run(g->db, err,
			"UPDATE backup.job SET detail = $2::jsonb WHERE job_id = $1::bigint",
			DB_VALUES(id, text));
	free(text);
	return rc;
}

static int swap(struct guild_restore *g, bool is_forced, json_t **report, struct ra_err *err)
{
	char made[24];
	snprintf(made, sizeof(made), "%lld", (long long)g->made_ms);
	int rc = db_run(g->db, err, "BEGIN", 0, NULL);
	if (rc < 0)
		return rc;
	PGresult *rows = db_query(
		g->db, err,
		"SELECT backup.guild_swap($1::bigint, public.ms_to_ts($2::bigint), $3::boolean)",
		DB_VALUES(g->guild, made, is_forced ? "t" : "f"));
	if (!rows)
		return say_refused(err);
	*report = make_report(g, json_loads(PQgetvalue(rows, 0, 0), 0, NULL));
	PQclear(rows);
	rc = note(g, *report, err);
	return rc < 0 ? rc : db_run(g->db, err, "COMMIT", 0, NULL);
}

/* --- the job --- */

static int run_steps(struct guild_restore *g, struct ra_err *err)
{
	const json_t *wish = g->job->parameters;
	const char *guild = json_string_value(json_object_get(wish, "guild"));
	bool is_forced = json_is_true(json_object_get(wish, "force"));
	json_t *report = NULL;
	int rc = guild_restore_check(g, guild, err);
	if (rc < 0)
		return rc;
	job_step(g->job, "reading");
	rc = guild_restore_stage(g, err);
	if (rc < 0)
		return rc;
	job_step(g->job, "swapping");
	rc = swap(g, is_forced, &report, err);
	if (rc < 0) {
		json_decref(report);
		return rc;
	}
	ra_info(NULL, "guild restored", ra_f_text("guild", g->guild));
	job_report(g->job, report);
	return 0;
}

static int restore_from(struct job *job, struct backup_file *from, struct ra_err *err)
{
	struct guild_restore g = { .job = job, .file_bytes = from->size };
	g.file = backup_file_read(from, err);
	g.db = g.file ? job_owner_db(job, NULL, err) : NULL;
	int rc = g.db ? run_steps(&g, err) : err->code;
	PQclear(g.ours);
	PQfinish(g.db);
	if (g.file)
		archive_reader_free(&g.file);
	return rc;
}

int guild_restore_run(struct job *job, struct ra_err *err)
{
	struct backup_file file;
	if (!job->backup_id)
		return job_fail(job, err, "no file was named");
	if (json_object_get(job->detail, "tables"))
		return 0; /* it was killed after it had been done */
	int rc = backup_file_open(&file, job, true, err);
	if (rc == 0)
		rc = backup_file_of_job(&file, err);
	if (rc == 0)
		rc = restore_from(job, &file, err);
	backup_file_close(&file);
	return rc;
}
