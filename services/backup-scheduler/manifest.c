/* manifest: see the header. */
#include "services/backup-scheduler/manifest.h"
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include "libshared/loop/service.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	WHOLE_ROWS = 2000, /* a table of up to so many rows is one sample */
	SAMPLE_ROWS = 500, /* else a sample has so many */
	SAMPLES = 3,
	SAMPLE_PAGES = 8, /* where keys are picked from */
	TOLD_MAX = 20,    /* tables that a report names */
	KEY_MAX = 32,     /* columns of an index, PostgreSQL says */
};

/* How rows look as text must not depend on who asks. */
#define SQL_SAME_LOOKS                                                                             \
	"SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', "        \
	"false), "                                                                                 \
	"set_config('IntervalStyle', 'postgres', false), set_config('bytea_output', 'hex', "       \
	"false), "                                                                                 \
	"set_config('extra_float_digits', '1', false), set_config('search_path', '', false), "     \
	"set_config('jit', 'off', false)"

/* clang-format off */
#define OMIT(table) "'" table "', "
/* The tables that have rows of their own, and of their primary keys the columns: all of them in order, quoted, texts
 * by their bytes (collations differ between machines); and how many of them come before the first text. */
static const char sql_tables[] =
	"SELECT n.nspname, c.relname, pg_relation_size(c.oid), greatest(c.relpages, 1), k.columns, k.prefix "
	"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
	"LEFT JOIN LATERAL ("
	" SELECT string_agg(quote_ident(a.attname) || CASE WHEN a.attcollation <> 0 THEN ' COLLATE \"C\"' ELSE '' END, ', ' ORDER BY u.at) AS columns, "
	"  coalesce(min(u.at) FILTER (WHERE a.attcollation <> 0) - 1, count(*)) AS prefix "
	" FROM pg_catalog.pg_index i CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY u (number, at) "
	" JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number "
	" WHERE i.indrelid = c.oid AND i.indisprimary) k ON true "
	"WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
	" AND n.nspname || '.' || c.relname NOT IN (" MANIFEST_OMITS(OMIT) "'') "
	"ORDER BY 1, 2";

enum table_column { T_SCHEMA, T_NAME, T_BYTES, T_PAGES, T_KEY, T_PREFIX };

static const char sql_about[] =
	"SELECT current_setting('server_version'), current_database(), pg_database_size(current_database()), "
	" (SELECT coalesce(json_agg(rolname ORDER BY rolname), '[]') FROM pg_catalog.pg_roles WHERE rolname LIKE 'rations\\_%')";
/* clang-format on */

/* --- a table ----------------------------------------------------------------------- */

/* As the catalog has it. Texts are borrowed from the list of tables. */
struct table {
	const char *schema, *name;
	const char *key; /* its columns for ORDER BY; "": none */
	int prefix;      /* so many of them a sample's beginning names */
	int64_t bytes, pages;
	char *quoted; /* owned */
};

static struct table read_table(PGconn *db, const PGresult *rows, int i)
{
	struct table t = { .schema = PQgetvalue(rows, i, T_SCHEMA),
			   .name = PQgetvalue(rows, i, T_NAME),
			   .key = PQgetvalue(rows, i, T_KEY),
			   .prefix = atoi(PQgetvalue(rows, i, T_PREFIX)),
			   .bytes = atoll(PQgetvalue(rows, i, T_BYTES)),
			   .pages = atoll(PQgetvalue(rows, i, T_PAGES)) };
	char *schema = PQescapeIdentifier(db, t.schema, strlen(t.schema));
	char *name = PQescapeIdentifier(db, t.name, strlen(t.name));
	t.quoted = ra_format("%s.%s", schema, name);
	PQfreemem(schema);
	PQfreemem(name);
	return t;
}

static int count_rows(PGconn *db, const struct table *t, int64_t *count, struct ra_err *err)
{
	char *sql = ra_format("SELECT count(*) FROM %s", t->quoted);
	PGresult *rows = db_query(db, err, sql, 0, NULL);
	ra_free(sql);
	if (!rows)
		return err->code;
	*count = atoll(PQgetvalue(rows, 0, 0));
	PQclear(rows);
	return 0;
}

/* The first `prefix` columns of the key, which are no texts and so have nothing behind their names.
 */
static struct ra_str key_prefix(const struct table *t)
{
	const char *at = t->key;
	bool is_quoted = false;
	for (int left = t->prefix; *at; at++) {
		is_quoted ^= *at == '"';
		if (*at == ',' && !is_quoted && --left == 0)
			break;
	}
	return (struct ra_str){ t->key, (size_t)(at - t->key) };
}

/* "$1, $2 ..." take the type of the columns that they are compared with. */
static void add_where(struct ra_buf *sql, const struct table *t, size_t count)
{
	struct ra_str prefix = key_prefix(t);
	ra_buf_printf(sql, " WHERE (%.*s) >= (", (int)prefix.len, prefix.ptr);
	for (size_t i = 0; i < count; i++)
		ra_buf_printf(sql, "%s$%zu", i ? ", " : "", i + 1);
	ra_buf_add_text(sql, ")");
}

/* Rows of a sample and their sum: of the MD5 of each the first 60 bits, added up. */
static int sum_up(PGconn *db, const struct table *t, const json_t *sample, json_t **result,
		  struct ra_err *err)
{
	const char *values[KEY_MAX];
	const json_t *from = json_object_get(sample, "from");
	size_t count = json_array_size(from);
	json_int_t most = json_integer_value(json_object_get(sample, "most"));
	struct ra_buf sql = { 0 };
	if (count > KEY_MAX || (count > 0 && count != (size_t)t->prefix))
		return ra_fail(err, RA_EINVAL, "", "the key of %s is another one", t->quoted);
	for (size_t i = 0; i < count; i++)
		values[i] = json_string_value(json_array_get(from, i));
	ra_buf_printf(&sql,
		      "SELECT count(*), coalesce(sum(('x' || left(md5(r.row_of_it::text), "
		      "15))::bit(60)::bigint), 0) "
		      "FROM (SELECT row_of_it FROM %s row_of_it",
		      t->quoted);
	if (count > 0)
		add_where(&sql, t, count);
	if (most > 0)
		ra_buf_printf(&sql, " ORDER BY %s LIMIT %lld", t->key, (long long)most);
	ra_buf_add_text(&sql, ") r");
	PGresult *rows = db_query(db, err, ra_buf_text(&sql), (int)count, values);
	ra_buf_fini(&sql);
	if (!rows)
		return err->code;
	*result = json_pack("{s:I, s:s}", "rows", (json_int_t)atoll(PQgetvalue(rows, 0, 0)), "sum",
			    PQgetvalue(rows, 0, 1));
	PQclear(rows);
	return 0;
}

/* --- making ------------------------------------------------------------------------ */

static int add_sample(PGconn *db, const struct table *t, json_t *samples, json_t *sample,
		      struct ra_err *err)
{
	json_t *sums = NULL;
	int rc = sum_up(db, t, sample, &sums, err);
	if (rc == 0)
		json_object_update(sample, sums);
	json_decref(sums);
	json_array_append_new(samples, sample);
	return rc;
}

static json_t *new_sample(json_t *from, json_int_t most)
{
	return json_pack("{s:o, s:o}", "from", from, "most",
			 most ? json_integer(most) : json_null());
}

/* Keys of rows on pages picked by chance. */
static PGresult *pick_keys(PGconn *db, const struct table *t, struct ra_err *err)
{
	struct ra_str prefix = key_prefix(t);
	double percent = 100.0 * SAMPLE_PAGES / (double)t->pages;
	char *sql = ra_format(
		"SELECT %.*s FROM %s TABLESAMPLE SYSTEM (%f) ORDER BY random() LIMIT %d",
		(int)prefix.len, prefix.ptr, t->quoted, percent > 100 ? 100 : percent, SAMPLES);
	PGresult *rows = db_query(db, err, sql, 0, NULL);
	ra_free(sql);
	return rows;
}

static int sample_large(PGconn *db, const struct table *t, json_t *samples, struct ra_err *err)
{
	if (!*t->key)
		return 0; /* in no order: counted alone */
	int rc = add_sample(db, t, samples, new_sample(json_null(), SAMPLE_ROWS), err);
	PGresult *keys = rc == 0 && t->prefix > 0 ? pick_keys(db, t, err) : NULL;
	if (rc == 0 && t->prefix > 0 && !keys)
		rc = err->code;
	for (int i = 0; keys && rc == 0 && i < PQntuples(keys); i++) {
		json_t *from = json_array();
		for (int k = 0; k < PQnfields(keys); k++)
			json_array_append_new(from, json_string(PQgetvalue(keys, i, k)));
		rc = add_sample(db, t, samples, new_sample(from, SAMPLE_ROWS), err);
	}
	PQclear(keys);
	return rc;
}

static int make_table(PGconn *db, const struct table *t, json_t *tables, json_int_t *total,
		      struct ra_err *err)
{
	int64_t count;
	json_t *samples = json_array();
	int rc = count_rows(db, t, &count, err);
	if (rc == 0 && count > 0 && count <= WHOLE_ROWS)
		rc = add_sample(db, t, samples, new_sample(json_null(), 0), err);
	else if (rc == 0 && count > 0)
		rc = sample_large(db, t, samples, err);
	if (rc == 0) {
		*total += count;
		json_array_append_new(tables,
				      json_pack("{s:s, s:s, s:I, s:I, s:O}", "schema", t->schema,
						"name", t->name, "rows", (json_int_t)count, "bytes",
						(json_int_t)t->bytes, "samples", samples));
	}
	json_decref(samples);
	return rc;
}

static int make_tables(PGconn *db, const struct beside *beside, json_t *tables, json_int_t *total,
		       struct ra_err *err)
{
	PGresult *rows = db_query(db, err, sql_tables, 0, NULL);
	int rc = rows ? 0 : err->code;
	for (int i = 0; rows && rc == 0 && i < PQntuples(rows); i++) {
		struct table t = read_table(db, rows, i);
		rc = make_table(db, &t, tables, total, err);
		ra_free(t.quoted);
		if (rc == 0 && beside_is_stopped(beside))
			rc = ra_fail(err, RA_ESTOPPED, "", "stopped");
	}
	PQclear(rows);
	return rc;
}

int manifest_schema(PGconn *db, struct ra_err *err)
{
	PGresult *rows = db_query(
		db, err, "SELECT 1 WHERE to_regclass('public.schema_migration') IS NOT NULL", 0,
		NULL);
	bool is_there = PQntuples(rows) == 1;
	PQclear(rows);
	if (!rows || !is_there)
		return rows ? 0 : err->code;
	rows = db_query(db, err, "SELECT coalesce(max(version), 0) FROM public.schema_migration", 0,
			NULL);
	int version = rows ? atoi(PQgetvalue(rows, 0, 0)) : err->code;
	PQclear(rows);
	return version;
}

char *manifest_installation(PGconn *db, struct ra_err *err)
{
	PGresult *rows = db_query(db, err,
				  "SELECT coalesce(public.ts_to_ms(min(applied_at))::text, '') "
				  "FROM public.schema_migration",
				  0, NULL);
	char *installation = rows ? ra_strdup(PQgetvalue(rows, 0, 0)) : NULL;
	PQclear(rows);
	return installation;
}

json_t *manifest_describe(PGconn *db, const struct manifest_about *about, struct ra_err *err)
{
	char at[33];
	ra_iso8601_format(about->made_ms, at);
	int schema = manifest_schema(db, err);
	char *installation = schema >= 0 ? manifest_installation(db, err) : NULL;
	PGresult *rows = installation ? db_query(db, err, sql_about, 0, NULL) : NULL;
	if (!rows) {
		ra_free(installation);
		return NULL;
	}
	json_t *all = json_pack(
		"{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:i, s:s, s:o}", "format",
		MANIFEST_FORMAT, "backup_id", about->backup_id, "kind", about->kind, "payload",
		"full", "name", about->name, "description", about->description, "made_at", at,
		"program", ra_version(), "postgres", PQgetvalue(rows, 0, 0), "database",
		PQgetvalue(rows, 0, 1), "database_bytes", (json_int_t)atoll(PQgetvalue(rows, 0, 2)),
		"schema", schema, "installation", installation, "roles",
		json_loads(PQgetvalue(rows, 0, 3), 0, NULL));
	PQclear(rows);
	ra_free(installation);
	return all;
}

json_t *manifest_count(PGconn *snapshot, const struct beside *beside, struct ra_err *err)
{
	json_t *tables = json_array();
	json_int_t total = 0;
	int rc = db_run(snapshot, err, SQL_SAME_LOOKS, 0, NULL);
	if (rc == 0)
		rc = make_tables(snapshot, beside, tables, &total, err);
	if (rc == 0)
		return json_pack("{s:I, s:o}", "rows", total, "tables", tables);
	err->code = rc;
	json_decref(tables);
	return NULL;
}

/* --- comparing --------------------------------------------------------------------- */

struct comparison {
	PGconn *db;
	json_int_t tables, rows, samples, different;
	json_t *what;
};

static void differs(struct comparison *c, const json_t *told, int64_t count, const char *why)
{
	c->different++;
	if (json_array_size(c->what) >= TOLD_MAX)
		return;
	char *name = ra_format("%s.%s", json_string_value(json_object_get(told, "schema")),
			       json_string_value(json_object_get(told, "name")));
	json_array_append_new(c->what, json_pack("{s:s, s:I, s:O?, s:s}", "table", name, "rows",
						 (json_int_t)count, "expected",
						 json_object_get(told, "rows"), "why", why));
	ra_free(name);
}

/* *is_same: what the sample says. A key that does not fit is a difference, too. */
static int compare_samples(struct comparison *c, const struct table *t, const json_t *told,
			   bool *is_same, struct ra_err *err)
{
	size_t i;
	json_t *sample, *found = NULL;
	int rc = 0;
	*is_same = true;
	json_array_foreach(json_object_get(told, "samples"), i, sample)
	{
		rc = sum_up(c->db, t, sample, &found, err);
		if (rc < 0)
			break;
		c->samples += json_integer_value(json_object_get(found, "rows"));
		*is_same &=
			json_equal(json_object_get(found, "rows"),
				   json_object_get(sample, "rows")) &&
			json_equal(json_object_get(found, "sum"), json_object_get(sample, "sum"));
		json_decref(found);
	}
	return rc;
}

static int compare_table(struct comparison *c, const struct table *t, const json_t *told,
			 struct ra_err *err)
{
	int64_t count;
	bool is_same;
	int rc = count_rows(c->db, t, &count, err);
	if (rc < 0)
		return rc;
	c->tables++;
	c->rows += count;
	if (count != json_integer_value(json_object_get(told, "rows"))) {
		differs(c, told, count, "rows");
		return 0;
	}
	rc = compare_samples(c, t, told, &is_same, err);
	if (rc == 0 && !is_same)
		differs(c, told, count, "content");
	return rc;
}

static const json_t *find_told(const json_t *tables, const struct table *t)
{
	size_t i;
	json_t *one;
	json_array_foreach(tables, i, one)
	{
		const char *schema = json_string_value(json_object_get(one, "schema"));
		const char *name = json_string_value(json_object_get(one, "name"));
		if (schema && name && strcmp(schema, t->schema) == 0 && strcmp(name, t->name) == 0)
			return one;
	}
	return NULL;
}

static bool has_table(const PGresult *rows, const json_t *told)
{
	const char *schema = json_string_value(json_object_get(told, "schema"));
	const char *name = json_string_value(json_object_get(told, "name"));
	for (int i = 0; schema && name && i < PQntuples(rows); i++)
		if (strcmp(PQgetvalue(rows, i, T_SCHEMA), schema) == 0 &&
		    strcmp(PQgetvalue(rows, i, T_NAME), name) == 0)
			return true;
	return false;
}

static int compare_all(struct job *job, struct comparison *c, const json_t *manifest,
		       struct ra_err *err)
{
	const json_t *tables = json_object_get(manifest, "tables");
	PGresult *rows = db_query(c->db, err, sql_tables, 0, NULL);
	int rc = rows ? 0 : err->code;
	size_t k;
	json_t *told;
	for (int i = 0; rows && rc == 0 && i < PQntuples(rows); i++) {
		struct table t = read_table(c->db, rows, i);
		const json_t *expected = find_told(tables, &t);
		if (expected)
			rc = compare_table(c, &t, expected, err);
		ra_free(t.quoted);
		job_progress(job, (double)(i + 1) / PQntuples(rows));
		if (rc == 0 && job_is_cancelled(job))
			rc = RA_ESTOPPED;
	}
	if (rc == 0)
		json_array_foreach(tables, k, told) if (!has_table(rows, told))
			differs(c, told, 0, "missing");
	PQclear(rows);
	return rc;
}

int manifest_compare(struct job *job, PGconn *db, const json_t *manifest, json_t **report,
		     struct ra_err *err)
{
	struct comparison c = { .db = db, .what = json_array() };
	int rc = db_run(db, err, SQL_SAME_LOOKS, 0, NULL);
	if (rc == 0)
		rc = compare_all(job, &c, manifest, err);
	*report = json_pack("{s:I, s:I, s:I, s:I, s:o}", "tables", c.tables, "rows", c.rows,
			    "samples", c.samples, "different", c.different, "what", c.what);
	return rc;
}
