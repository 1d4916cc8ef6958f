/* guild_restore_check: CHECK of guild_restore.h, before a row is read. */
#include "libshared/base/clock.h"
#include "services/backup-scheduler/guild_export.h"
#include "services/backup-scheduler/guild_restore_internal.h"

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
	json_array_foreach(columns, i, column)
	{
		if (strcmp(json_string_value(column), name) == 0)
			return json_string_value(json_array_get(types, i));
	}
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
		return guild_restore_damaged(err, "a table without columns");
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

static int check_manifest(struct guild_restore *g, const char *wanted, struct ra_err *err)
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
	    strlen(g->guild) > 19 || !made || ra_iso8601_parse(ra_str_of(made), &g->made_ms) < 0)
		return guild_restore_damaged(err, "whose it is, or when it was made");
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
			rc = guild_restore_damaged(err, "a table twice");
		if (rc == 0)
			json_object_set_new(seen, name, json_true());
	}
	json_decref(seen);
	return rc;
}

int guild_restore_check(struct guild_restore *g, const char *wanted, struct ra_err *err)
{
	g->ours = db_query(g->db, err,
			   "SELECT name, to_json(columns), to_json(types) "
			   "FROM backup.guild_tables(0)",
			   0, NULL);
	int rc = g->ours ? check_manifest(g, wanted, err) : err->code;
	return rc < 0 ? rc : check_tables(g, err);
}
