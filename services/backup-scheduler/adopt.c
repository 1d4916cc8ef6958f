/* adopt: see the header. */
#include "services/backup-scheduler/adopt.h"
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/manifest.h"
#include <stdio.h>
#include <stdlib.h>

#define ID_CHARS 25 /* of "20261121T020000Z-0a1b2c3d" */

/* The keys of a place that the database does not know there. */
#define SQL_UNKNOWN                                                                                \
	"SELECT k FROM unnest($2::text[]) k "                                                      \
	"WHERE k ~ '^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\\.rations$' "                                  \
	" AND NOT EXISTS (SELECT FROM backup.copy c WHERE c.place = $1 AND c.key = k)"

/* One that we ourselves have finished but could not say so is there after all; so is a deleted one
 * that somebody put back. */
#define SQL_BACKUP                                                                                 \
	"INSERT INTO backup.backup AS b (backup_id, kind, guild_id, name, description, state, "    \
	" started_at, finished_at, size_bytes, is_encrypted, manifest) "                           \
	"VALUES ($1, CASE WHEN $2::text IS NULL THEN 'upload' ELSE 'guild' END, $2::bigint, "      \
	" left($3, 80), left($4, 500), 'ready', to_timestamp(left($1, 16), "                       \
	" 'YYYYMMDD\"T\"HH24MISS\"Z\"')::timestamp AT TIME ZONE 'UTC', "                           \
	" public.ms_to_ts($5::bigint), $6::bigint, $7::boolean, $8::jsonb) "                       \
	"ON CONFLICT (backup_id) DO UPDATE SET state = 'ready', why = '', "                        \
	" finished_at = coalesce(b.finished_at, EXCLUDED.finished_at), "                           \
	" size_bytes = EXCLUDED.size_bytes, is_encrypted = EXCLUDED.is_encrypted, "                \
	" manifest = coalesce(EXCLUDED.manifest, b.manifest) "                                     \
	"WHERE b.state IN ('running', 'failed', 'deleted')"
/* Found again are those of this installation, which the ladder and the nightly drill go on with,
 * also when that came back itself from one of them. What somebody uploaded, and so has a checksum
 * from the beginning, stays that. */
#define SQL_OURS                                                                                   \
	"UPDATE backup.backup SET kind = manifest ->> 'kind' "                                     \
	"WHERE kind = 'upload' AND sha256 IS NULL AND manifest ->> 'payload' = 'full' "            \
	" AND manifest ->> 'kind' IN ('scheduled', 'manual', 'before_restore') "                   \
	" AND manifest ->> 'installation' = $1"
#define SQL_COPY                                                                                   \
	"INSERT INTO backup.copy (backup_id, place, key, stored_at) "                              \
	"VALUES ($1, $2, $3, public.ms_to_ts($4::bigint)) "                                        \
	"ON CONFLICT (backup_id, place) DO UPDATE SET key = EXCLUDED.key, "                        \
	" stored_at = EXCLUDED.stored_at, state = 'good', read_at = NULL"

struct adopting {
	PGconn *db;
	struct store *store;
	const struct key *key;
	json_t *found; /* key -> [size, stored_ms]; owned */
};

/* What a head and a manifest tell. */
struct told {
	bool is_encrypted;
	json_t *manifest; /* owned; NULL: sealed with a key we have not */
};

static int read_head(struct store *store, const char *object, const struct key *key,
		     struct told *told, struct ra_err *err)
{
	struct store_get *get = store_get_begin(store, object, 0, err);
	if (!get)
		return err->code;
	struct archive_reader *reader = archive_open(store_get_read, get, key, err);
	int rc = reader ? 0 : err->code;
	*told = (struct told){ .is_encrypted = rc == RA_EKEY };
	if (reader) {
		told->is_encrypted = archive_reader_head(reader)->is_encrypted;
		told->manifest = json_deep_copy(archive_manifest(reader));
	}
	archive_reader_free(&reader);
	store_get_end(&get);
	return rc == RA_EKEY ? 0 : rc;
}

static const char *text_of(const json_t *manifest, const char *name)
{
	const char *text = json_string_value(json_object_get(manifest, name));
	return text ? text : "";
}

/* A file may call itself something else than what it is called; then it is none of ours. */
static int check_name(const struct told *told, const char *id, struct ra_err *err)
{
	return !told->manifest || strcmp(text_of(told->manifest, "backup_id"), id) == 0
		       ? 0
		       : ra_fail(err, RA_EINVAL, "", "its manifest names another backup");
}

static int write_rows(const struct adopting *a, const char *object, const char *id,
		      const struct told *told, struct ra_err *err)
{
	const json_t *facts = json_object_get(a->found, object);
	char size[24], at[24];
	uint64_t guild = 0;
	const char *guild_id = text_of(told->manifest, "guild_id");
	bool is_guild = ra_str_to_u64(ra_str_of(guild_id), &guild) == 0;
	char *manifest = told->manifest ? json_dumps(told->manifest, JSON_COMPACT) : NULL;
	snprintf(size, sizeof(size), "%lld",
		 (long long)json_integer_value(json_array_get(facts, 0)));
	/* a file of one server is kept for a week, from when it was found */
	snprintf(at, sizeof(at), "%lld",
		 is_guild ? (long long)ra_wall_ms()
			  : (long long)json_integer_value(json_array_get(facts, 1)));
	int rc = db_run(a->db, err, SQL_BACKUP,
			DB_VALUES(id, is_guild ? guild_id : NULL, text_of(told->manifest, "name"),
				  text_of(told->manifest, "description"), at, size,
				  told->is_encrypted ? "t" : "f", manifest));
	free(manifest);
	return rc < 0 ? rc
		      : db_run(a->db, err, SQL_COPY,
			       DB_VALUES(id, store_place(a->store), object, at));
}

static void adopt_one(const struct adopting *a, const char *object)
{
	struct told told = { .manifest = NULL };
	struct ra_err err = { 0 };
	char id[ID_CHARS + 1];
	snprintf(id, sizeof(id), "%s", object); /* cuts its end off */
	int rc = read_head(a->store, object, a->key, &told, &err);
	if (rc == 0)
		rc = check_name(&told, id, &err);
	if (rc == 0)
		rc = write_rows(a, object, id, &told, &err);
	if (rc == 0)
		ra_info(NULL, "backup found", ra_f_text("backup", id),
			ra_f_text("place", store_place(a->store)));
	else
		ra_warn(NULL, "file that is no backup", ra_f_text("file", object),
			ra_f_text("place", store_place(a->store)), ra_f_text("why", err.msg));
	json_decref(told.manifest);
}

static int on_object(void *ctx, const struct store_object *object, struct ra_err *err)
{
	struct adopting *a = ctx;
	(void)err;
	json_object_set_new(
		a->found, object->key,
		json_pack("[I, I]", (json_int_t)object->size, (json_int_t)object->stored_ms));
	return 0;
}

/* As PostgreSQL writes an array; keys need no quotes. */
static void add_keys(struct ra_buf *out, const json_t *found)
{
	const char *key;
	const json_t *facts;
	ra_buf_add_text(out, "{");
	json_object_foreach((json_t *)found, key, facts)
		ra_buf_printf(out, "%s%s", out->len > 1 ? "," : "", key);
	ra_buf_add_text(out, "}");
}

static int adopt_place(struct adopting *a, struct ra_err *err)
{
	struct ra_buf keys = { 0 };
	int rc = store_list(a->store, on_object, a, err);
	if (rc < 0)
		return rc;
	add_keys(&keys, a->found);
	PGresult *rows = db_query(a->db, err, SQL_UNKNOWN,
				  DB_VALUES(store_place(a->store), ra_buf_text(&keys)));
	for (int i = 0; rows && i < PQntuples(rows); i++)
		adopt_one(a, PQgetvalue(rows, i, 0));
	rc = rows ? 0 : err->code;
	PQclear(rows);
	ra_buf_fini(&keys);
	return rc;
}

static int recognise(PGconn *db, struct ra_err *err)
{
	char *installation = manifest_installation(db, err);
	int rc = installation ? db_run(db, err, SQL_OURS, DB_VALUES(installation)) : err->code;
	ra_free(installation);
	return rc;
}

void adopt(PGconn *db, const struct places *places, const struct key *key)
{
	for (size_t i = 0; i < places->count; i++) {
		struct adopting a = {
			.db = db, .store = places->list[i], .key = key, .found = json_object()
		};
		struct ra_err err = { 0 };
		if (adopt_place(&a, &err) < 0)
			ra_warn(NULL, "place not looked through",
				ra_f_text("place", store_where(a.store)),
				ra_f_text("why", err.msg));
		json_decref(a.found);
	}
	struct ra_err err = { 0 };
	if (recognise(db, &err) < 0)
		ra_warn(NULL, "backups not recognised", ra_f_text("why", err.msg));
}
