/* tool_list: backup-scheduler --list [--json]; see tools.h. */
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/places.h"
#include "services/backup-scheduler/tools.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

struct list {
	const struct store *store; /* being listed */
	json_t *found;             /* of objects; owned */
};

static bool is_backup(const char *key)
{
	size_t len = strlen(key), end = strlen(STORE_SUFFIX);
	return len > end && strcmp(key + len - end, STORE_SUFFIX) == 0;
}

static int on_object(void *ctx, const struct store_object *object, struct ra_err *err)
{
	struct list *list = ctx;
	char stored_at[33];
	(void)err;
	if (!is_backup(object->key))
		return 0;
	ra_iso8601_format(object->stored_ms, stored_at);
	json_array_append_new(list->found,
			      json_pack("{s:s, s:s, s:I, s:s}", "key", object->key, "place",
					store_place(list->store), "size", (json_int_t)object->size,
					"stored_at", stored_at));
	return 0;
}

/* What its head and manifest say. A file that can not be read is listed all the same. */
static int read_manifest(struct store_get *get, const struct key *key, json_t *item,
			 struct ra_err *err)
{
	struct archive_reader *reader = archive_open(store_get_read, get, key, err);
	if (!reader)
		return err->code;
	json_object_set_new(item, "is_encrypted",
			    json_boolean(archive_reader_head(reader)->is_encrypted));
	json_object_set_new(item, "manifest", json_deep_copy(archive_manifest(reader)));
	archive_reader_free(&reader);
	return 0;
}

static void describe(struct store *store, const struct key *key, json_t *item)
{
	struct ra_err err = { 0 };
	struct store_get *get =
		store_get_begin(store, json_string_value(json_object_get(item, "key")), 0, &err);
	int rc = get ? read_manifest(get, key, item, &err) : err.code;
	if (rc == RA_EKEY)
		json_object_set_new(item, "is_encrypted", json_true());
	if (rc < 0)
		json_object_set_new(item, "error", json_string(err.msg));
	store_get_end(&get);
}

static int list_store(struct store *store, const struct key *key, json_t *all, struct ra_err *err)
{
	struct list list = { .store = store, .found = json_array() };
	size_t i;
	json_t *item;
	int rc = store_list(store, on_object, &list, err);
	if (rc == 0) {
		json_array_foreach(list.found, i, item) describe(store, key, item);
		json_array_extend(all, list.found);
	}
	json_decref(list.found);
	return rc;
}

/* --- how it looks -------------------------------------------------------------------- */

/* The newest first; of one backup, its places beside each other. */
static int by_key(const void *a, const void *b)
{
	json_t *const *left = a, *const *right = b;
	int order = strcmp(json_string_value(json_object_get(*right, "key")),
			   json_string_value(json_object_get(*left, "key")));
	return order ? order
		     : strcmp(json_string_value(json_object_get(*left, "place")),
			      json_string_value(json_object_get(*right, "place")));
}

static json_t *sorted(json_t *all)
{
	size_t count = json_array_size(all), i;
	json_t **items = ra_alloc((count + 1) * sizeof(json_t *)), *item, *list = json_array();
	json_array_foreach(all, i, item) items[i] = item;
	qsort(items, count, sizeof(json_t *), by_key);
	for (i = 0; i < count; i++)
		json_array_append(list, items[i]);
	ra_free(items);
	return list;
}

/* "12.3 MB" */
static void format_size(json_int_t bytes, char out[24])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double size = (double)bytes;
	size_t unit = 0;
	while (size >= 1000 && unit + 1 < RA_COUNT(units)) {
		size /= 1000;
		unit++;
	}
	snprintf(out, 24, unit ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

static void print_row(const json_t *item)
{
	char size[24];
	const char *error = json_string_value(json_object_get(item, "error"));
	const json_t *manifest = json_object_get(item, "manifest");
	const char *kind = json_string_value(json_object_get(manifest, "kind"));
	const char *program = json_string_value(json_object_get(manifest, "program"));
	format_size(json_integer_value(json_object_get(item, "size")), size);
	printf("%-40s %-6s %9s  %.16s  %s", json_string_value(json_object_get(item, "key")),
	       json_string_value(json_object_get(item, "place")), size,
	       json_string_value(json_object_get(item, "stored_at")),
	       json_is_true(json_object_get(item, "is_encrypted")) ? "encrypted" : "plain");
	if (error)
		printf("  %s\n", error);
	else
		printf("  %s  %s\n", kind ? kind : "", program ? program : "");
}

static void print_rows(const json_t *list)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item) print_row(item);
	if (json_array_size(list) == 0)
		printf("no backups\n");
}

/* --- all of it ------------------------------------------------------------------------- */

static int list_places(const struct conf *conf, const struct key *key, json_t *all,
		       struct ra_err *err)
{
	struct places places;
	int rc = places_open(&places, conf, false, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < places.count; i++)
		rc = list_store(places.list[i], key, all, err);
	places_close(&places);
	return rc;
}

static int run(const struct conf *conf, bool as_json, struct ra_err *err)
{
	struct key *key;
	json_t *all = json_array();
	int rc = key_load(&key, conf->key_file, err);
	if (rc == 0)
		rc = list_places(conf, key, all, err);
	if (rc == 0) {
		json_t *list = sorted(all);
		if (as_json) {
			json_dumpf(list, stdout, JSON_INDENT(1));
			putchar('\n');
		} else {
			print_rows(list);
		}
		json_decref(list);
	}
	key_free(&key);
	json_decref(all);
	return rc;
}

int tool_list(const void *conf, int argc, char **argv)
{
	struct ra_err err = { 0 };
	bool as_json = argc == 1 && strcmp(argv[0], "--json") == 0;
	if (argc > 1 || (argc == 1 && !as_json)) {
		fprintf(stderr, "backup-scheduler: --list takes --json, or nothing\n");
		return EX_USAGE;
	}
	int rc = run(conf, as_json, &err);
	if (rc < 0)
		fprintf(stderr, "backup-scheduler: %s\n  %s\n", err.msg, err.hint);
	return rc < 0 ? 1 : 0;
}
