/*
 * guild_restore_stage: STAGE of guild_restore.h. The payload goes into COPY as
 * it comes, in pieces that end anywhere: a small machine finds where a table
 * begins and ends, and hands on what is between.
 */
#include "libshared/base/buf.h"
#include "services/backup-scheduler/guild_restore_internal.h"

enum { PIECE = 65536, NAME_MAX_CHARS = 140 };

/* --- tables to stage in --- */

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

/* --- the payload: "=" and a name, its rows as COPY has them, "\\.", the next --- */

/* Where in the payload we are. */
struct payload {
	const struct guild_restore *g; /* borrowed */
	enum { NAME, ROWS } in;
	char line[NAME_MAX_CHARS]; /* a name; or the first bytes of a row, that may be its end */
	size_t line_len;
	bool is_line_start;
	const char *name; /* of the table; borrowed from the manifest */
	int64_t rows;     /* of the table */
	json_t *counts;   /* owned */
};

static int fail_copy(struct payload *p, struct ra_err *err)
{
	const char *said = PQerrorMessage(p->g->db);
	return ra_fail(err, RA_EDAMAGED, "Export it again where it came from.",
		       "the rows of %s can not be read: %.*s", p->name, (int)strcspn(said, "\n"),
		       said);
}

static int begin_table(struct payload *p, struct ra_err *err)
{
	struct ra_buf sql = { 0 };
	const json_t *table = NULL;
	p->line[p->line_len] = '\0';
	if (p->line[0] == '=')
		table = find_table(p->g, p->line + 1);
	if (!table || json_object_get(p->counts, p->line + 1))
		return guild_restore_damaged(err, "a table that was not announced");
	p->name = json_string_value(json_object_get(table, "name"));
	p->rows = 0;
	p->in = ROWS;
	p->line_len = 0;
	p->is_line_start = true;
	ra_buf_add_text(&sql, "COPY ");
	add_stage(&sql, p->name);
	ra_buf_add_text(&sql, " (");
	add_columns(&sql, p->g->db, json_object_get(table, "columns"));
	ra_buf_add_text(&sql, ") FROM STDIN");
	PGresult *begun = PQexec(p->g->db, ra_buf_text(&sql));
	bool has_begun = PQresultStatus(begun) == PGRES_COPY_IN;
	PQclear(begun);
	ra_buf_fini(&sql);
	return has_begun ? 0 : fail_copy(p, err);
}

static int end_table(struct payload *p, struct ra_err *err)
{
	if (PQputCopyEnd(p->g->db, NULL) != 1)
		return fail_copy(p, err);
	PGresult *ended = PQgetResult(p->g->db);
	int rc = PQresultStatus(ended) == PGRES_COMMAND_OK ? 0 : fail_copy(p, err);
	PQclear(ended);
	PQclear(PQgetResult(p->g->db));
	json_object_set_new(p->counts, p->name, json_integer(p->rows));
	p->in = NAME;
	p->line_len = 0;
	return rc;
}

static int put_rows(struct payload *p, const char *data, size_t len, struct ra_err *err)
{
	return len == 0 || PQputCopyData(p->g->db, data, (int)len) == 1 ? 0 : fail_copy(p, err);
}

/* The line of a name, byte after byte. Returns how many were taken. */
static ssize_t take_name(struct payload *p, const char *data, size_t len, struct ra_err *err)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n') {
			int rc = begin_table(p, err);
			return rc < 0 ? rc : (ssize_t)i + 1;
		}
		if (p->line_len == sizeof(p->line) - 1)
			return guild_restore_damaged(err, "a name without an end");
		p->line[p->line_len++] = data[i];
	}
	return (ssize_t)len;
}

/* Three bytes tell whether a line is "\.": they may come in pieces. */
static ssize_t take_line_start(struct payload *p, const char *data, struct ra_err *err)
{
	static const char end[] = "\\.\n";
	p->line[p->line_len++] = *data;
	if (memcmp(p->line, end, p->line_len) == 0) {
		int rc = p->line_len == 3 ? end_table(p, err) : 0;
		return rc < 0 ? rc : 1;
	}
	int rc = put_rows(p, p->line, p->line_len, err);
	p->is_line_start = *data == '\n';
	p->rows += *data == '\n';
	p->line_len = 0;
	return rc < 0 ? rc : 1;
}

/* Whole rows, and the beginning of one. */
static ssize_t take_rows(struct payload *p, const char *data, size_t len, struct ra_err *err)
{
	size_t taken = 0;
	while (taken < len) {
		const char *newline = memchr(data + taken, '\n', len - taken);
		if (!newline) {
			taken = len;
			break;
		}
		taken = (size_t)(newline - data) + 1;
		p->rows++;
		if (taken < len && data[taken] == '\\') {
			p->is_line_start = true;
			break;
		}
		p->is_line_start = taken == len;
	}
	int rc = put_rows(p, data, taken, err);
	return rc < 0 ? rc : (ssize_t)taken;
}

static int take(struct payload *p, const char *data, size_t len, struct ra_err *err)
{
	while (len > 0) {
		ssize_t n = p->in == NAME      ? take_name(p, data, len, err)
			    : p->is_line_start ? take_line_start(p, data, err)
					       : take_rows(p, data, len, err);
		if (n < 0)
			return (int)n;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* --- all of it --- */

/* Every table that was announced, with as many rows as were written. */
static int check_counts(const struct payload *p, struct ra_err *err)
{
	const json_t *told = json_object_get(archive_tail(p->g->file), "tables");
	if (p->in != NAME || p->line_len > 0 || !json_equal(told, p->counts) ||
	    json_object_size(p->counts) != json_array_size(p->g->tables))
		return guild_restore_damaged(err, "rows are missing");
	return 0;
}

int guild_restore_stage(struct guild_restore *g, struct ra_err *err)
{
	struct payload payload = { .g = g, .counts = json_object() };
	char *piece = ra_alloc(PIECE);
	ssize_t n = 1;
	int rc = make_stages(g, err);
	while (rc == 0 && n > 0) {
		n = archive_read(g->file, piece, PIECE, err);
		rc = n < 0 ? (int)n : take(&payload, piece, (size_t)n, err);
		if (rc == 0 && job_is_cancelled(g->job))
			rc = ra_fail(err, RA_ESTOPPED, "", "cancelled");
		job_progress(g->job, (double)archive_position(g->file) / (double)g->file_bytes);
	}
	if (rc == 0)
		rc = check_counts(&payload, err);
	json_decref(payload.counts);
	ra_free(piece);
	return rc;
}
