/* export_open: see the header. */
#include "services/backup-scheduler/export_open.h"
#include "libshared/base/clock.h"
#include "libshared/loop/service.h"
#include "services/backup-scheduler/export_zip.h"
#include <stdio.h>
#include <stdlib.h>

struct open {
	struct export *x;  /* borrowed */
	struct zip *zip;   /* owned */
	json_t *resources; /* owned */
	int64_t rows;
};

static const char readme[] =
	"# What Rations has counted\n"
	"\n"
	"Each file in `data/` is one table, as CSV (RFC 4180, UTF-8, a line of names first); "
	"`datapackage.json` says what\n"
	"every table and column is, its type and its unit (Frictionless Data Package: "
	"<https://datapackage.org>).\n"
	"\n"
	"- An empty cell is no value; an empty text stands between quotes.\n"
	"- Times are UTC. Columns that end in `_ms` are milliseconds, in `_s` seconds.\n"
	"- Ids (guilds, channels, users, messages) are Discord's and have up to 19 digits: read "
	"them as whole numbers or\n"
	"  as text. A spreadsheet that takes them for decimals shows them rounded.\n"
	"- Users below 4194304 are anonymous: 1 is everybody who opted out, the others are people "
	"who were erased.\n"
	"- A text that a spreadsheet would take for a formula begins with an apostrophe.\n"
	"- Lists and structures are JSON.\n"
	"- Tables by the hour hold what was counted; those by day, week and month are the same, "
	"added up in the server's\n"
	"  time zone. `source` 0 was counted live, 1 read from history, 2 imported.\n"
	"\n"
	"Left out: logins, tokens, public links, addresses and keys of webhooks.\n";

static int take_row(void *ctx, const char *data, size_t len, struct ra_err *err)
{
	return zip_write(((struct open *)ctx)->zip, data, len, err);
}

static int write_table(struct open *o, const char *query, json_t *resource, struct ra_err *err)
{
	const char *path = json_string_value(json_object_get(resource, "path"));
	int rc = zip_file(o->zip, path, err);
	if (rc < 0)
		return rc;
	char *sql = ra_format("COPY (%s) TO STDOUT (FORMAT csv, HEADER)", query);
	int64_t lines = export_copy(o->x, sql, take_row, o, err);
	ra_free(sql);
	if (lines < 0)
		return (int)lines;
	json_object_set_new(resource, "rows", json_integer(lines - 1));
	o->rows += lines - 1;
	return 0;
}

static int write_tables(struct open *o, struct ra_err *err)
{
	struct export *x = o->x;
	PGresult *tables =
		db_query(x->db, err, "SELECT query, resource FROM backup.open_tables($1::bigint)",
			 DB_VALUES(x->guild));
	int rc = tables ? 0 : err->code;
	for (int i = 0, n = tables ? PQntuples(tables) : 0; rc == 0 && i < n; i++) {
		json_t *resource = json_loads(PQgetvalue(tables, i, 1), 0, NULL);
		job_progress(x->job, (double)i / n);
		rc = write_table(o, PQgetvalue(tables, i, 0), resource, err);
		json_array_append_new(o->resources, resource);
	}
	PQclear(tables);
	return rc;
}

static int write_text(struct open *o, const char *name, const char *text, struct ra_err *err)
{
	int rc = zip_file(o->zip, name, err);
	return rc == 0 ? zip_write(o->zip, text, strlen(text), err) : rc;
}

static int write_description(struct open *o, struct ra_err *err)
{
	char made[33];
	ra_iso8601_format(o->x->made_ms, made);
	json_t *package = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:O}", "$schema",
		"https://datapackage.org/profiles/1.0/datapackage.json", "profile", "data-package",
		"name", "rations-export", "created", made, "description",
		"What Rations has counted and what was set; README.md says how to read it",
		"version", ra_version(), "resources", o->resources);
	char *text = json_dumps(package, JSON_INDENT(1));
	int rc = write_text(o, "datapackage.json", text, err);
	free(text);
	json_decref(package);
	return rc;
}

int export_open_write(struct export *x, struct ra_err *err)
{
	struct open o = { .x = x, .zip = zip_new(export_out, x), .resources = json_array() };
	job_step(x->job, "writing");
	int rc = write_text(&o, "README.md", readme, err);
	if (rc == 0)
		rc = write_tables(&o, err);
	if (rc == 0)
		rc = write_description(&o, err);
	if (rc == 0)
		rc = zip_end(o.zip, err);
	if (rc == 0)
		x->manifest =
			json_pack("{s:s, s:I, s:I}", "payload", "open", "rows", (json_int_t)o.rows,
				  "tables", (json_int_t)json_array_size(o.resources));
	zip_free(&o.zip);
	json_decref(o.resources);
	return rc;
}
