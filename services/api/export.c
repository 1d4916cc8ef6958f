/*
 * export: see export.h.
 *
 *	ask a page --problem--> the same problem to the reader
 *	     ^    `--rows--> write --reader has it--> more to come? --no--> end
 *	     `-------------------------------------------- yes'
 *
 * It lives while a page is being asked for or somebody reads. A page that
 * fails half way cuts the connection: half a file must not look like one.
 */
#include "services/api/export.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "services/api/sheet.h"
#include <stdio.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

RA_COUNTER_BY(exports, "rations_api_exports_total", "outcome", "files asked for");

struct export
{
	struct api *api; /* borrowed */
	const struct visit
		*visit; /* borrowed; valid before the file begins, and while it is read */
	struct ra_http_stream *file; /* NULL: not begun, or nobody reads any more */
	struct ra_arena arena;
	const struct access *access; /* in the arena: pages may outlive the visit */
	const struct endpoint *endpoint;
	int64_t now_ms, rows;
	bool is_csv, is_begun, is_asking, is_last;
	enum sheet_reader reader; /* of CSV */
	json_t *columns;          /* owned */
	struct ra_buf out;
};

static void on_page(void *ctx, int status, const json_t *body);

bool export_is_wanted(const struct visit *visit)
{
	enum access_need need = visit->endpoint->need;
	return (need == ACCESS_GUILDS || need >= ACCESS_ANY) && !visit->endpoint->is_change &&
	       ra_http_query(visit->req, "format") != NULL;
}

static void release(struct export *e)
{
	if (e->is_asking || e->file)
		return;
	e->api->exports--;
	json_decref(e->columns);
	ra_buf_fini(&e->out);
	ra_arena_fini(&e->arena);
	ra_free(e);
}

/* The first of two arguments with one name counts: ours come first. */
static void ask_page(struct export *e)
{
	struct ra_buf query = { 0 };
	ra_buf_printf(&query, "limit=%d&offset=%lld&", EXPORT_PAGE_ROWS, (long long)e->rows);
	ra_buf_add_str(&query, ra_http_raw_query(e->visit->req));
	struct ra_http_request *req = ra_http_inside(e->visit->req, ra_buf_str(&query), on_page, e);
	ra_buf_fini(&query);
	e->is_asking = true;
	visit_inside(&(struct visit){ .api = e->api,
				      .req = req,
				      .endpoint = e->endpoint,
				      .now_ms = e->now_ms,
				      .access = e->access,
				      .export_rows = EXPORT_PAGE_ROWS });
}

/* --- what goes wrong --- */

static void pass_on(struct export *e, int status, const json_t *problem)
{
	static const char folder[] = "/problems/";
	const char *type = json_string_value(json_object_get(problem, "type"));
	const char *title = json_string_value(json_object_get(problem, "title"));
	bool has_slug = type && strncmp(type, folder, strlen(folder)) == 0;
	if (title)
		ra_http_problem(e->visit->req, status, has_slug ? type + strlen(folder) : NULL,
				title, json_string_value(json_object_get(problem, "detail")));
	else
		ra_http_problem(e->visit->req, 400, "format", "There is no file of this",
				"Leave format out.");
}

static void fail(struct export *e, int status, const json_t *problem)
{
	ra_count_by(&exports, "failed", 1);
	if (!e->is_begun) {
		pass_on(e, status, problem);
	} else if (e->file) {
		ra_warn(e->api->log, "export cut", ra_f_int("status", status),
			ra_f_int("rows", e->rows));
		ra_http_file_abort(e->file);
		e->file = NULL;
	}
}

/* --- the file --- */

/* rations-<guild>-<the end of the path>-<day>.csv; of no single guild: 0 */
static char *file_name(struct export *e)
{
	struct ra_str path = ra_http_path(e->visit->req);
	char day[33];
	size_t at = path.len;
	while (at > 0 && path.ptr[at - 1] != '/')
		at--;
	char *name = ra_arena_strdup(&e->arena, (struct ra_str){ path.ptr + at, path.len - at });
	for (char *c = name; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", *c))
			*c = '_';
	ra_iso8601_format(e->now_ms, day);
	return ra_arena_format(&e->arena, "attachment; filename=\"rations-%llu-%s-%.10s.%s\"",
			       (unsigned long long)e->access->guild.id, name, day,
			       e->is_csv ? "csv" : "json");
}

static void on_drained(void *ctx)
{
	struct export *e = ctx;
	if (!e->is_asking)
		ask_page(e);
}

static void on_gone(void *ctx)
{
	struct export *e = ctx;
	ra_count_by(&exports, "left", 1);
	e->file = NULL;
	release(e);
}

static void begin_file(struct export *e, const json_t *rows)
{
	struct ra_str bom = ra_str_of(ra_http_query(e->visit->req, "bom"));
	e->is_begun = true;
	ra_http_set_header(e->visit->req, "content-disposition", file_name(e));
	e->reader = ra_str_is(bom, "true") ? SHEET_FOR_SPREADSHEETS : SHEET_FOR_PROGRAMS;
	if (e->is_csv && e->reader == SHEET_FOR_SPREADSHEETS)
		ra_buf_add_text(&e->out, BYTE_ORDER_MARK);
	e->columns = sheet_columns(rows);
	if (!e->is_csv)
		ra_buf_add_text(&e->out, "[");
	else if (json_array_size(e->columns) > 0)
		sheet_add_head(&e->out, e->columns);
	e->file = ra_http_file_start(e->visit->req,
				     e->is_csv ? "text/csv; charset=utf-8" : "application/json",
				     on_drained, on_gone, e);
}

static void add_json_row(struct export *e, const json_t *row)
{
	char *text = json_dumps(row, JSON_COMPACT);
	ra_buf_add_text(&e->out, e->rows > 0 ? ",\n" : "\n");
	ra_buf_add_text(&e->out, text);
	free(text);
}

static void write_rows(struct export *e, const json_t *rows)
{
	size_t i;
	const json_t *row;
	json_array_foreach(rows, i, row)
	{
		if (e->is_csv)
			sheet_add_row(&e->out, e->columns, row, e->reader);
		else
			add_json_row(e, row);
		e->rows++;
	}
	if (e->is_last && !e->is_csv)
		ra_buf_add_text(&e->out, "\n]\n");
	ra_http_file_write(e->file, ra_buf_str(&e->out));
	ra_buf_clear(&e->out);
}

static void end_file(struct export *e)
{
	ra_count_by(&exports, "whole", 1);
	ra_http_stream_end(e->file);
	e->file = NULL;
}

/* A list says how many rows it has; every other answer is whole. */
static bool is_last_page(const struct export *e, const json_t *body, const json_t *rows)
{
	const json_t *total = json_object_get(body, "total");
	bool is_list = json_is_integer(total) && json_object_get(body, "rows") == rows;
	int64_t known = e->rows + (int64_t)json_array_size(rows);
	return !is_list || json_array_size(rows) == 0 || known >= json_integer_value(total);
}

static void on_rows(struct export *e, const json_t *body)
{
	json_t *rows = sheet_rows(body);
	e->is_last = is_last_page(e, body, rows);
	if (!e->is_begun)
		begin_file(e, rows);
	if (e->file) /* else the reader has gone */
		write_rows(e, rows);
	if (e->file && e->is_last)
		end_file(e);
	json_decref(rows);
}

static void on_page(void *ctx, int status, const json_t *body)
{
	struct export *e = ctx;
	e->is_asking = false;
	if (status == 200)
		on_rows(e, body);
	else
		fail(e, status, body);
	release(e);
}

void export_begin(struct visit *visit)
{
	struct ra_str format = ra_str_of(ra_http_query(visit->req, "format"));
	struct api *api = visit->api;
	struct ra_err err = { 0 };
	bool is_csv = ra_str_is(format, "csv");
	if (!is_csv && !ra_str_is(format, "json")) {
		ra_fail(&err, RA_EINVAL, "Use csv or json.", "format is not one we know");
		reply_bad_argument(visit->req, &err);
		return;
	}
	if (api->exports >= EXPORTS_MAX) {
		ra_count_by(&exports, "busy", 1);
		ra_http_set_header(visit->req, "retry-after", "30");
		ra_http_problem(visit->req, 429, "busy", "Other files are being made",
				"Try again in half a minute.");
		return;
	}
	struct export *e = ra_new(struct export);
	*e = (struct export){ .api = api,
			      .visit = visit,
			      .endpoint = visit->endpoint,
			      .now_ms = visit->now_ms,
			      .is_csv = is_csv };
	e->access = access_copy(visit->access, &e->arena);
	api->exports++;
	ask_page(e);
}
