/* guild_restore: see the header. */
#include "services/backup-scheduler/guild_restore.h"
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/backup_file.h"
#include "services/backup-scheduler/guild_export.h"
#include <stdio.h>
#include <stdlib.h>

enum { PIECE = 65536, NAME_MAX_CHARS = 140 };

struct guild_restore {
	struct job *job;             /* borrowed; NULL: nobody is told */
	PGconn *db;                  /* borrowed */
	struct archive_reader *file; /* borrowed */
	const char *guild;           /* borrowed from the manifest */
	const json_t *tables;        /* likewise */
	PGresult *ours;              /* owned; name, columns, types of what the guild has here */
	uint64_t file_bytes;

	/* STAGE: where in the payload we are */
	enum { NAME, ROWS } in;
	char line[NAME_MAX_CHARS]; /* a name; or the first bytes of a row, that may be its end */
	size_t line_len;
	bool is_line_start;
	const char *name; /* of the table; borrowed from the manifest */
	int64_t rows;     /* of the table */
	json_t *counts;   /* owned */
};

static int damaged(struct ra_err *err, const char *what)
{
	return ra_fail(err, RA_EDAMAGED, "Export it again where it came from.",
		       "the file is not as it should be: %s", what);
}

/* --- CHECK ------------------------------------------------------------------------------ */

static int find_ours(const struct guild_restore *g, const char *name)
{
	for (int i = 0; i < PQntuples(g->ours); i++)
		if (strcmp(PQgetvalue(g->ours, i, 0), name) == 0)
			return i;
	return -1;
}

/* The type of our column of that name, or NULL. */
static const char *type_here(const json_t *columns, const json_t *types, const char *name)
{
	size_t i;
	json_t *column;
	json_array_foreach(columns, i,
			   column) if (strcmp(json_string_value(column), name) ==
				       0) return json_string_value(json_array_get(types, i));
	return NULL;
}

static int mismatch(struct ra_err *err, const char *name, const char *column)
{
	return ra_fail(err, RA_EDENIED,
		       "Install the release it was made with, and export it there once more after "
		       "an update.",
		       "the file has %s%s%s, which this release keeps otherwise", name,
		       *column ? "." : "", column);
}

static int check_table(const struct guild_restore *g, const json_t *table, struct ra_err *err)
{
	const char *name = json_string_value(json_object_get(table, "name"));
	const json_t *columns = json_object_get(table, "columns");
	const json_t *types = json_object_get(table, "types");
	int i = name ? find_ours(g, name) : -1, rc = 0;
	if (!name || !json_array_size(columns) ||
	    json_array_size(columns) != json_array_size(types))
		return damaged(err, "a table without columns");
	if (i < 0)
		return mismatch(err, name, "");
	json_t *our_columns = json_loads(PQgetvalue(g->ours, i, 1), 0, NULL);
	json_t *our_types = json_loads(PQgetvalue(g->ours, i, 2), 0, NULL);
	for (size_t k = 0; rc == 0 && k < json_array_size(columns); k++) {
		const char *column = json_string_value(json_array_get(columns, k));
		const char *type = json_string_value(json_array_get(types, k));
		const char *here = column ? type_here(our_columns, our_types, column) : NULL;
		if (!column || !type || !here || strcmp(type, here) != 0)
			rc = mismatch(err, name, column ? column : "");
	}
	json_decref(our_columns);
	json_decref(our_types);
	return rc;
}

static int check_manifest(struct guild_restore *g, const char *wanted, int64_t *made_ms,
			  struct ra_err *err)
{
	const json_t *manifest = archive_manifest(g->file);
	const char *payload = json_string_value(json_object_get(manifest, "payload"));
	const char *made = json_string_value(json_object_get(manifest, "made_at"));
	g->guild = json_string_value(json_object_get(manifest, "guild_id"));
	g->tables = json_object_get(manifest, "tables");
	if (!payload || strcmp(payload, "guild") != 0)
		return ra_fail(err, RA_EDENIED, "Restore it on the page Backups.",
			       "this is not a file of one server");
	if (!g->guild || strspn(g->guild, "0123456789") != strlen(g->guild) || !*g->guild ||
	    strlen(g->guild) > 19 || !made || ra_iso8601_parse(ra_str_of(made), made_ms) < 0)
		return damaged(err, "whose it is, or when it was made");
	if (wanted && strcmp(wanted, g->guild) != 0)
		return ra_fail(err, RA_EDENIED, "Restore it on the page of that server.",
			       "the file is of another server");
	int ours = guild_schema(g->db, err);
	if (ours < 0)
		return ours;
	if (json_integer_value(json_object_get(manifest, "schema")) > ours)
		return ra_fail(err, RA_EDENIED,
			       "Install the release it was made with, or a newer one.",
			       "the file is of a newer release than this");
	return 0;
}

/* A table is named once, and is one that a guild has. */
static int check_tables(struct guild_restore *g, struct ra_err *err)
{
	json_t *seen = json_object(), *table;
	size_t i;
	int rc = 0;
	json_array_foreach(g->tables, i, table)
	{
		if (rc == 0)
			rc = check_table(g, table, err);
		const char *name = json_string_value(json_object_get(table, "name"));
		if (rc == 0 && json_object_get(seen, name))
			rc = damaged(err, "a table twice");
		if (rc == 0)
			json_object_set_new(seen, name, json_true());
	}
	json_decref(seen);
	return rc;
}

/* --- STAGE ------------------------------------------------------------------------------- */

static void add_columns(struct ra_buf *sql, PGconn *db, const json_t *columns)
{
	size_t i;
	json_t *column;
	json_array_foreach(columns, i, column)
	{
		char *quoted = PQescapeIdentifier(db, json_string_value(column),
						  json_string_length(column));
		ra_buf_printf(sql, "%s%s", i ? ", " : "", quoted);
		PQfreemem(quoted);
	}
}

/* app.guild_settings is staged in pg_temp.app_guild_settings. */
static void add_stage(struct ra_buf *sql, const char *name)
{
	ra_buf_add_text(sql, "pg_temp.");
	for (const char *at = name; *at; at++)
		ra_buf_add(sql, *at == '.' ? "_" : at, 1);
}

static int run_buf(struct guild_restore *g, struct ra_buf *sql, struct ra_err *err)
{
	int rc = db_run(g->db, err, ra_buf_text(sql), 0, NULL);
	ra_buf_fini(sql);
	return rc;
}

static const json_t *find_table(const struct guild_restore *g, const char *name)
{
	size_t i;
	json_t *table;
	json_array_foreach(g->tables, i, table)
	{
		if (strcmp(json_string_value(json_object_get(table, "name")), name) == 0)
			return table;
	}
	return NULL;
}

/* All that a guild may have, with the columns of the file where it has that table. */
static int make_stages(struct guild_restore *g, struct ra_err *err)
{
	int rc = 0;
	for (int i = 0; rc == 0 && i < PQntuples(g->ours); i++) {
		struct ra_buf sql = { 0 };
		const char *name = PQgetvalue(g->ours, i, 0);
		const json_t *table = find_table(g, name);
		json_t *ours = json_loads(PQgetvalue(g->ours, i, 1), 0, NULL);
		ra_buf_add_text(&sql, "CREATE TEMP TABLE ");
		add_stage(&sql, name);
		ra_buf_add_text(&sql, " AS SELECT ");
		add_columns(&sql, g->db, table ? json_object_get(table, "columns") : ours);
		ra_buf_printf(&sql, " FROM %s WITH NO DATA", name);
		rc = run_buf(g, &sql, err);
		json_decref(ours);
	}
	return rc;
}

static int fail_copy(struct guild_restore *g, struct ra_err *err)
{
	const char *said = PQerrorMessage(g->db);
	return ra_fail(err, RA_EDAMAGED, "Export it again where it came from.",
		       "the rows of %s can not be read: %.*s", g->name, (int)strcspn(said, "\n"),
		       said);
}

static int begin_table(struct guild_restore *g, struct ra_err *err)
{
	struct ra_buf sql = { 0 };
	const json_t *table = NULL;
	g->line[g->line_len] = '\0';
	if (g->line[0] == '=')
		table = find_table(g, g->line + 1);
	if (!table || json_object_get(g->counts, g->line + 1))
		return damaged(err, "a table that was not announced");
	g->name = json_string_value(json_object_get(table, "name"));
	g->rows = 0;
	g->in = ROWS;
	g->line_len = 0;
	g->is_line_start = true;
	ra_buf_add_text(&sql, "COPY ");
	add_stage(&sql, g->name);
	ra_buf_add_text(&sql, " (");
	add_columns(&sql, g->db, json_object_get(table, "columns"));
	ra_buf_add_text(&sql, ") FROM STDIN");
	PGresult *begun = PQexec(g->db, ra_buf_text(&sql));
	bool has_begun = PQresultStatus(begun) == PGRES_COPY_IN;
	PQclear(begun);
	ra_buf_fini(&sql);
	return has_begun ? 0 : fail_copy(g, err);
}

static int end_table(struct guild_restore *g, struct ra_err *err)
{
	if (PQputCopyEnd(g->db, NULL) != 1)
		return fail_copy(g, err);
	PGresult *ended = PQgetResult(g->db);
	int rc = PQresultStatus(ended) == PGRES_COMMAND_OK ? 0 : fail_copy(g, err);
	PQclear(ended);
	PQclear(PQgetResult(g->db));
	json_object_set_new(g->counts, g->name, json_integer(g->rows));
	g->in = NAME;
	g->line_len = 0;
	return rc;
}

static int put_rows(struct guild_restore *g, const char *data, size_t len, struct ra_err *err)
{
	return len == 0 || PQputCopyData(g->db, data, (int)len) == 1 ? 0 : fail_copy(g, err);
}

/* The line of a name, byte after byte. Returns how many were taken. */
static ssize_t take_name(struct guild_restore *g, const char *data, size_t len, struct ra_err *err)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n') {
			int rc = begin_table(g, err);
			return rc < 0 ? rc : (ssize_t)i + 1;
		}
		if (g->line_len == sizeof(g->line) - 1)
			return damaged(err, "a name without an end");
		g->line[g->line_len++] = data[i];
	}
	return (ssize_t)len;
}

/* Three bytes tell whether a line is "\.": they may come in pieces. */
static ssize_t take_line_start(struct guild_restore *g, const char *data, struct ra_err *err)
{
	static const char end[] = "\\.\n";
	g->line[g->line_len++] = *data;
	if (memcmp(g->line, end, g->line_len) == 0) {
		int rc = g->line_len == 3 ? end_table(g, err) : 0;
		return rc < 0 ? rc : 1;
	}
	int rc = put_rows(g, g->line, g->line_len, err);
	g->is_line_start = *data == '\n';
	g->rows += *data == '\n';
	g->line_len = 0;
	return rc < 0 ? rc : 1;
}

/* Whole rows, and the beginning of one. */
static ssize_t take_rows(struct guild_restore *g, const char *data, size_t len, struct ra_err *err)
{
	size_t taken = 0;
	while (taken < len) {
		const char *newline = memchr(data + taken, '\n', len - taken);
		if (!newline) {
			taken = len;
			break;
		}
		taken = (size_t)(newline - data) + 1;
		g->rows++;
		if (taken < len && data[taken] == '\\') {
			g->is_line_start = true;
			break;
		}
		g->is_line_start = taken == len;
	}
	int rc = put_rows(g, data, taken, err);
	return rc < 0 ? rc : (ssize_t)taken;
}

static int take(struct guild_restore *g, const char *data, size_t len, struct ra_err *err)
{
	while (len > 0) {
		ssize_t n = g->in == NAME      ? take_name(g, data, len, err)
			    : g->is_line_start ? take_line_start(g, data, err)
					       : take_rows(g, data, len, err);
		if (n < 0)
			return (int)n;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Every table that was announced, with as many rows as were written. */
static int check_counts(const struct guild_restore *g, struct ra_err *err)
{
	const json_t *told = json_object_get(archive_tail(g->file), "tables");
	if (g->in != NAME || g->line_len > 0 || !json_equal(told, g->counts) ||
	    json_object_size(g->counts) != json_array_size(g->tables))
		return damaged(err, "rows are missing");
	return 0;
}

static int stage(struct guild_restore *g, struct ra_err *err)
{
	char *piece = ra_alloc(PIECE);
	ssize_t n = 1;
	int rc = make_stages(g, err);
	while (rc == 0 && n > 0) {
		n = archive_read(g->file, piece, PIECE, err);
		rc = n < 0 ? (int)n : take(g, piece, (size_t)n, err);
		if (rc == 0 && g->job && job_is_cancelled(g->job))
			rc = ra_fail(err, RA_ESTOPPED, "", "cancelled");
		if (g->job && g->file_bytes)
			job_progress(g->job,
				     (double)archive_position(g->file) / (double)g->file_bytes);
	}
	ra_free(piece);
	return rc < 0 ? rc : check_counts(g, err);
}

/* --- SWAP -------------------------------------------------------------------------------- */

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
		return damaged(err, "rows of another server are in it");
	return err->code;
}

/* The report commits with the rows: a job that is begun again knows that it was done. */
static int note(struct guild_restore *g, const json_t *report, struct ra_err *err)
{
	char id[24];
	if (!g->job)
		return 0;
	snprintf(id, sizeof(id), "%lld", (long long)g->job->id);
	char *text = json_dumps(report, JSON_COMPACT);
	int rc = db_run(g->db, err,
			"UPDATE backup.job SET detail = $2::jsonb WHERE job_id = $1::bigint",
			DB_VALUES(id, text));
	free(text);
	return rc;
}

static int swap(struct guild_restore *g, int64_t made_ms, bool is_forced, json_t **report,
		struct ra_err *err)
{
	char made[24];
	snprintf(made, sizeof(made), "%lld", (long long)made_ms);
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

int guild_restore(struct job *job, PGconn *db, struct archive_reader *file,
		  const struct guild_restore_wish *wish, json_t **report, struct ra_err *err)
{
	struct guild_restore g = { .job = job, .db = db, .file = file, .counts = json_object() };
	int64_t made_ms = 0;
	*report = NULL;
	g.ours = db_query(db, err,
			  "SELECT name, to_json(columns), to_json(types) FROM "
			  "backup.guild_tables(0)",
			  0, NULL);
	int rc = g.ours ? check_manifest(&g, wish->guild, &made_ms, err) : err->code;
	if (rc == 0)
		rc = check_tables(&g, err);
	if (job)
		job_step(job, "reading");
	if (rc == 0)
		rc = stage(&g, err);
	if (job)
		job_step(job, "swapping");
	if (rc == 0)
		rc = swap(&g, made_ms, wish->is_forced, report, err);
	PQclear(g.ours);
	json_decref(g.counts);
	return rc;
}

/* --- the job ------------------------------------------------------------------------------- */

static int restore_from(struct job *job, struct backup_file *from, struct ra_err *err)
{
	const struct guild_restore_wish wish = {
		.guild = json_string_value(json_object_get(job->parameters, "guild")),
		.is_forced = json_is_true(json_object_get(job->parameters, "force")),
	};
	json_t *report = NULL;
	struct archive_reader *file = backup_file_read(from, err);
	PGconn *db = file ? job_owner_db(job, NULL, err) : NULL;
	int rc = db ? guild_restore(job, db, file, &wish, &report, err) : err->code;
	if (rc == 0) {
		ra_info(NULL, "guild restored",
			ra_f_text("guild", json_string_value(json_object_get(report, "guild"))));
		job_report(job, report);
	}
	PQfinish(db);
	if (file)
		archive_reader_free(&file);
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
