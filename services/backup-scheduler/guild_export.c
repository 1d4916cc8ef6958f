/* guild_export: see the header. */
#include "services/backup-scheduler/guild_export.h"
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include "libshared/loop/service.h"
#include "services/backup-scheduler/archive.h"
#include <stdio.h>
#include <stdlib.h>

struct guild_export {
	struct export *x;            /* borrowed */
	struct archive_writer *file; /* owned */
	json_t *counts;              /* owned; table -> rows */
	int64_t rows;
};

/* --- the manifest ---------------------------------------------------------------------- */

int guild_schema(PGconn *db, struct ra_err *err)
{
	PGresult *rows = db_query(
		db, err, "SELECT coalesce(max(version), 0) FROM public.schema_migration", 0, NULL);
	int version = rows ? atoi(PQgetvalue(rows, 0, 0)) : err->code;
	PQclear(rows);
	return version;
}

static json_t *list_tables(const PGresult *tables)
{
	json_t *list = json_array();
	for (int i = 0; i < PQntuples(tables); i++)
		json_array_append_new(
			list, json_pack("{s:s, s:o, s:o}", "name", PQgetvalue(tables, i, 0),
					"columns", json_loads(PQgetvalue(tables, i, 2), 0, NULL),
					"types", json_loads(PQgetvalue(tables, i, 3), 0, NULL)));
	return list;
}

/* NULL: there is no such guild. */
static json_t *make_manifest(struct export *x, const PGresult *tables, struct ra_err *err)
{
	char made[33];
	int schema = guild_schema(x->db, err);
	PGresult *guild =
		db_query(x->db, err, "SELECT name FROM analytics.guild WHERE guild_id = $1::bigint",
			 DB_VALUES(x->guild));
	json_t *manifest = NULL;
	ra_iso8601_format(x->made_ms, made);
	if (guild && schema >= 0 && PQntuples(guild) == 1)
		manifest = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:o}", "format",
				     GUILD_FILE_FORMAT, "backup_id", x->id, "kind", "guild",
				     "payload", "guild", "name", PQgetvalue(guild, 0, 0), "made_at",
				     made, "program", ra_version(), "schema", schema, "guild_id",
				     x->guild, "tables", list_tables(tables));
	else if (guild)
		ra_fail(err, RA_ENOTFOUND, "", "there is no such guild");
	PQclear(guild);
	return manifest;
}

/* --- the payload ------------------------------------------------------------------------- */

static int take_row(void *ctx, const char *data, size_t len, struct ra_err *err)
{
	return archive_write(((struct guild_export *)ctx)->file, data, len, err);
}

/* Names and conditions are PostgreSQL's own, quoted where they have to be. */
static char *copy_statement(PGconn *db, const char *name, const char *condition,
			    const json_t *columns)
{
	struct ra_buf sql = { 0 };
	size_t i;
	json_t *column;
	json_array_foreach(columns, i, column)
	{
		const char *text = json_string_value(column);
		char *quoted = PQescapeIdentifier(db, text, strlen(text));
		ra_buf_printf(&sql, "%s%s", i ? ", " : "COPY (SELECT ", quoted);
		PQfreemem(quoted);
	}
	ra_buf_printf(&sql, " FROM %s WHERE %s) TO STDOUT", name, condition);
	char *text = ra_strdup(ra_buf_text(&sql));
	ra_buf_fini(&sql);
	return text;
}

static int write_table(struct guild_export *g, const PGresult *tables, int i, struct ra_err *err)
{
	const char *name = PQgetvalue(tables, i, 0);
	char head[160];
	int len = snprintf(head, sizeof(head), "=%s\n", name);
	int rc = archive_write(g->file, head, (size_t)len, err);
	if (rc < 0)
		return rc;
	json_t *columns = json_loads(PQgetvalue(tables, i, 2), 0, NULL);
	char *sql = copy_statement(g->x->db, name, PQgetvalue(tables, i, 1), columns);
	int64_t rows = export_copy(g->x, sql, take_row, g, err);
	ra_free(sql);
	json_decref(columns);
	if (rows < 0)
		return (int)rows;
	json_object_set_new(g->counts, name, json_integer(rows));
	g->rows += rows;
	return archive_write(g->file, "\\.\n", 3, err);
}

static int write_all(struct guild_export *g, const PGresult *tables, struct ra_err *err)
{
	int rc = 0;
	for (int i = 0, n = PQntuples(tables); rc == 0 && i < n; i++) {
		job_progress(g->x->job, (double)i / n);
		rc = write_table(g, tables, i, err);
	}
	if (rc < 0)
		return rc;
	json_t *tail = json_pack("{s:I, s:O}", "rows", (json_int_t)g->rows, "tables", g->counts);
	rc = archive_finish(g->file, tail, NULL, err);
	json_decref(tail);
	return rc;
}

int guild_export_write(struct export *x, struct ra_err *err)
{
	struct guild_export g = { .x = x, .counts = json_object() };
	PGresult *tables = db_query(x->db, err,
				    "SELECT name, condition, to_json(columns), to_json(types) "
				    "FROM backup.guild_tables($1::bigint)",
				    DB_VALUES(x->guild));
	if (tables)
		x->manifest = make_manifest(x, tables, err);
	int rc = x->manifest ? 0 : err->code;
	job_step(x->job, "writing");
	if (rc == 0)
		g.file = archive_create(x->manifest, NULL, export_out, x, err);
	if (rc == 0)
		rc = g.file ? write_all(&g, tables, err) : err->code;
	if (rc == 0)
		json_object_set_new(x->manifest, "rows", json_integer(g.rows));
	if (g.file)
		archive_writer_free(&g.file);
	PQclear(tables);
	json_decref(g.counts);
	return rc;
}
