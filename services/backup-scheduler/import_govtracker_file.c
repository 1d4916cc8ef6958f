/*
 * import_govtracker_file: a JSON file of GovTracker2 as a source. It is looked
 * at where it lies (mmap): no more of it is in memory than the kernel likes.
 *
 *	open:  unpack, when packed -> map -> where each section lies
 *	each:  the sections of a kind, row by row
 *
 * Sections are found by their names wherever they are: at the top
 * (full-backup.json, archives), or in "data" (backups of the Python version)
 * or "fullData" (exports of a curator or a server).
 */
#include "libshared/base/json.h"
#include "services/backup-scheduler/import_govtracker_source.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTIONS_MAX 64
#define PIECE        (256 * 1024)

const char *const gov_tables[GOV_KINDS] = {
	[GOV_SERVERS] = "discord_servers",
	[GOV_CURATORS] = "curators",
	[GOV_EXCLUDED] = "excluded_curators",
	[GOV_BOT_SETTINGS] = "bot_settings",
	[GOV_NOTICE_SETTINGS] = "notification_settings",
	[GOV_RATING_LEVELS] = "rating_settings",
	[GOV_RATING_POINTS] = "global_rating_config",
	[GOV_ACTIVITIES] = "activities",
	[GOV_REQUESTS] = "response_tracking",
	[GOV_REPORTS] = "task_reports",
};

struct section {
	enum gov_kind kind;
	struct ra_str text;
};

struct file {
	struct gov_source source;
	char *map; /* mapped; NULL: nothing is */
	size_t size;
	struct section sections[SECTIONS_MAX];
	size_t count;
	struct gov_row row;
	struct ra_buf text; /* of a value, its escapes resolved */
};

/* --- unpacking --- */

static int fail_io(struct ra_err *err, const char *what)
{
	return ra_fail(err, -errno,
		       "Look whether the disk is full, and whether the file can be read.",
		       "cannot %s the file: %s", what, strerror(errno));
}

static int fail_size(struct ra_err *err)
{
	return ra_fail(err, RA_ETOOBIG, "No backup of GovTracker2 is like that; it was not read.",
		       "the file is, or unpacks to, too much");
}

/* In the folder of `path`, without a name: gone with the process. */
static int open_scratch(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = ra_format("%.*s/import-XXXXXX", slash ? (int)(slash - path) : 1,
			       slash ? path : ".");
	int fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	ra_free(name);
	return fd;
}

static int unpack(int out, int64_t packed_size, gov_bytes_cb bytes, void *ctx, struct ra_err *err)
{
	static char piece[PIECE];
	int64_t total = 0;
	ssize_t len;
	while ((len = bytes(ctx, piece, sizeof(piece), err)) > 0) {
		total += len;
		if (total > GOV_FILE_MAX ||
		    (total > GOV_RATIO_FROM && total / GOV_RATIO_MAX > packed_size))
			return fail_size(err);
		if (write(out, piece, (size_t)len) != len)
			return fail_io(err, "unpack");
	}
	return (int)len;
}

/* The new descriptor, or what failed. */
static int unpacked(int packed, const char *path, gov_bytes_cb bytes, void *ctx, struct ra_err *err)
{
	struct stat stat;
	int out = fstat(packed, &stat) < 0 ? -1 : open_scratch(path);
	if (out < 0)
		return fail_io(err, "unpack");
	int rc = unpack(out, stat.st_size, bytes, ctx, err);
	if (rc < 0)
		close(out);
	return rc < 0 ? rc : out;
}

static bool is_packed(int fd)
{
	unsigned char magic[2];
	return pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
}

/* --- where what lies --- */

/* false: no section of ours. */
static bool kind_of(struct ra_str key, enum gov_kind *out)
{
	static const struct {
		const char *name;
		enum gov_kind kind;
	} singles[] = { { "curator", GOV_CURATORS }, { "server", GOV_SERVERS } };
	struct gov_row name = { 0 };
	bool is_found = false;
	for (size_t i = 0; i < RA_COUNT(singles) && !is_found; i++)
		if ((is_found = ra_str_is(key, singles[i].name)))
			*out = singles[i].kind;
	gov_row_add(&name, key, RA_STR(""), RA_STR("x"));
	for (int kind = 0; kind < GOV_KINDS && !is_found; kind++) {
		struct gov_row table = { 0 };
		gov_row_add(&table, ra_str_of(gov_tables[kind]), RA_STR(""), RA_STR("x"));
		if ((is_found = strcmp(table.fields[0].name, name.fields[0].name) == 0))
			*out = (enum gov_kind)kind;
		gov_row_fini(&table);
	}
	gov_row_fini(&name);
	return is_found;
}

static void find_sections(struct file *file, struct ra_json *json, bool is_inside)
{
	struct ra_str key;
	enum gov_kind kind;
	while (ra_json_next_key(json, &key)) {
		bool is_nested =
			!is_inside && (ra_str_is(key, "data") || ra_str_is(key, "fullData"));
		if (is_nested && ra_json_peek(json) == RA_JSON_OBJECT) {
			if (ra_json_enter_object(json))
				find_sections(file, json, true);
		} else if (file->count < SECTIONS_MAX && kind_of(key, &kind)) {
			file->sections[file->count++] = (struct section){ kind, ra_json_raw(json) };
		} else {
			ra_json_skip(json);
		}
	}
}

static int index_file(struct file *file, struct ra_err *err)
{
	struct ra_json json;
	ra_json_init(&json, (struct ra_str){ file->map, file->size });
	if (ra_json_enter_object(&json))
		find_sections(file, &json, false);
	if (json.failed || ra_json_peek(&json) != RA_JSON_END)
		return ra_fail(err, RA_EINVAL, "It is damaged, or not of GovTracker2.",
			       "the file is not JSON from beginning to end");
	if (file->count == 0)
		return ra_fail(err, RA_EINVAL,
			       "Choose full-backup.json, an archive, or a backup ({id}.json.gz).",
			       "nothing of GovTracker2 is in the file");
	return 0;
}

/* --- rows --- */

static struct ra_str value_of(struct file *file, struct ra_json *json)
{
	ra_buf_clear(&file->text);
	switch (ra_json_peek(json)) {
	case RA_JSON_NULL: ra_json_skip(json); return RA_STR("");
	case RA_JSON_STRING: {
		struct ra_str raw = ra_json_string(json);
		raw.len = raw.len < 2 * GOV_TEXT_MAX ? raw.len : 2 * GOV_TEXT_MAX;
		ra_json_unescape(&file->text, raw);
		return ra_buf_str(&file->text);
	}
	case RA_JSON_ARRAY: {
		struct ra_str raw = ra_json_raw(json);
		raw.len = raw.len < 2 * GOV_TEXT_MAX ? raw.len : 2 * GOV_TEXT_MAX;
		ra_json_unescape(&file->text, raw);
		return ra_buf_str(&file->text);
	}
	default: return ra_json_raw(json);
	}
}

/* Objects within a row (the curator of an activity) are read one level deep. */
static void read_fields(struct file *file, struct ra_json *json, struct ra_str within)
{
	struct ra_str key;
	while (ra_json_next_key(json, &key)) {
		if (ra_json_peek(json) != RA_JSON_OBJECT)
			gov_row_add(&file->row, within, key, value_of(file, json));
		else if (within.len > 0)
			ra_json_skip(json);
		else if (ra_json_enter_object(json))
			read_fields(file, json, key);
	}
}

static int tell_row(struct file *file, struct ra_json *json, gov_row_cb cb, void *ctx,
		    struct ra_err *err)
{
	gov_row_clear(&file->row);
	if (ra_json_enter_object(json)) /* anything else was skipped: a row without fields */
		read_fields(file, json, RA_STR(""));
	if (json->failed)
		return ra_fail(err, RA_EINVAL, "It is damaged.", "a row of the file is not JSON");
	file->source.at = json->at - file->map;
	file->source.share = (double)file->source.at / (double)file->size;
	return cb(ctx, &file->row, err);
}

static int tell_section(struct file *file, struct ra_str text, gov_row_cb cb, void *ctx,
			struct ra_err *err)
{
	struct ra_json json;
	int rc = 0;
	ra_json_init(&json, text);
	if (ra_json_peek(&json) == RA_JSON_OBJECT)
		return tell_row(file, &json, cb, ctx, err);
	if (ra_json_enter_array(&json))
		while (rc == 0 && ra_json_next_element(&json))
			rc = tell_row(file, &json, cb, ctx, err);
	return rc;
}

static int each(struct gov_source *source, enum gov_kind kind, gov_row_cb cb, void *ctx,
		struct ra_err *err)
{
	struct file *file = ra_container_of(source, struct file, source);
	int rc = 0;
	for (size_t i = 0; i < file->count && rc == 0; i++)
		if (file->sections[i].kind == kind)
			rc = tell_section(file, file->sections[i].text, cb, ctx, err);
	return rc;
}

/* --- life --- */

static void close_file(struct gov_source **source)
{
	struct file *file = ra_container_of(*source, struct file, source);
	if (file->map)
		munmap(file->map, file->size);
	gov_row_fini(&file->row);
	ra_buf_fini(&file->text);
	ra_free(file);
	*source = NULL;
}

static int map_file(struct file *file, int fd, struct ra_err *err)
{
	struct stat stat;
	if (fstat(fd, &stat) < 0)
		return fail_io(err, "read");
	if (stat.st_size == 0)
		return ra_fail(err, RA_EINVAL, "Choose another one.", "the file is empty");
	if (stat.st_size > GOV_FILE_MAX)
		return fail_size(err);
	void *map = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return fail_io(err, "read");
	file->map = map;
	file->size = (size_t)stat.st_size;
	return 0;
}

static int open_plain(struct file *file, const char *path, gov_bytes_cb bytes, void *ctx,
		      struct ra_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_io(err, "open");
	if (is_packed(fd)) {
		int plain = unpacked(fd, path, bytes, ctx, err);
		close(fd);
		if (plain < 0)
			return plain;
		fd = plain;
	}
	int rc = map_file(file, fd, err);
	close(fd);
	return rc < 0 ? rc : index_file(file, err);
}

struct gov_source *gov_file_open(const char *path, gov_bytes_cb bytes, void *ctx,
				 struct ra_err *err)
{
	struct file *file = ra_new(struct file);
	struct gov_source *source = &file->source;
	*source = (struct gov_source){ .each = each, .close = close_file };
	if (open_plain(file, path, bytes, ctx, err) < 0)
		source->close(&source);
	return source;
}

bool gov_file_is_ours(struct ra_str head)
{
	static const char *const words[] = { "\"botSettings\"",     "\"discordServers\"",
					     "\"discord_servers\"", "\"curatorType\"",
					     "\"curator_type\"",    "\"responseTracking\"",
					     "\"GovTracker2",       "\"discordId\"",
					     "\"roleTagId\"" };
	size_t at = 0;
	while (at < head.len && strchr(" \t\r\n", head.ptr[at]))
		at++;
	if (at == head.len || head.ptr[at] != '{')
		return false;
	for (size_t i = 0; i < RA_COUNT(words); i++)
		if (memmem(head.ptr, head.len, words[i], strlen(words[i])))
			return true;
	return false;
}
