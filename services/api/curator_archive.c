/*
 * curator_archive: taking somebody off the list of curators, with everything
 * known of their work in a file that can be downloaded, and the way back.
 *
 *	delete:  read it all -> gzip, beside the loop -> file, row and deletion in one transaction
 *	restore: the row of app.curator again, as it was
 *
 * What they did stays where it is; why that is enough: docs/why/curator-archive.md.
 */
#include "services/api/audit.h"
#include "services/api/outlet.h"
#include "services/api/page.h"
#include "services/api/sql.h"
#include <stdio.h>
#include <zlib.h>

/* Of activities, the newest; the file says how many there are. */
#define ROWS_MAX     200000
#define FILE_MAX     (32 * 1024 * 1024) /* as the table has it */
#define ARCHIVES_MAX 500                /* of a guild */

/* clang-format off */
/* Rows as objects; ids as texts, as everywhere in our JSON. */
#define SQL_ROWS(table, where, order)                                                              \
	"(SELECT coalesce(json_agg((SELECT json_object_agg(key, CASE WHEN key LIKE '%\\_id' OR key LIKE '%\\_by' " \
	" THEN to_jsonb(value #>> '{}') ELSE value END) FROM jsonb_each(to_jsonb(x) - 'guild_id')) ORDER BY " order "), '[]') " \
	"FROM (SELECT * FROM " table " WHERE guild_id = $1 AND " where " ORDER BY " order " DESC LIMIT $3) x)"

/* $1 guild, $2 person, $3 rows of a kind at most. No row: there is no such curator. */
const char sql_archive_read[] =
	"SELECT json_build_object('kind', 'rations-curator', 'version', 1, "
	" 'guild', (SELECT json_build_object('id', g.guild_id::text, 'name', g.name) FROM analytics.guild g WHERE g.guild_id = $1), "
	" 'person', json_build_object('id', c.user_id::text, 'username', m.username, 'global_name', m.global_name, 'nick', m.nick), "
	" 'curator', to_jsonb(c) - 'guild_id' - 'user_id', "
	" 'staff', (SELECT coalesce(json_agg(to_jsonb(s) - 'guild_id' - 'user_id' ORDER BY started_at), '[]') FROM response.staff s "
	"   WHERE s.guild_id = $1 AND s.user_id = $2), "
	" 'totals', json_build_object('activities', n.activities, 'answers', n.answers, 'task_reports', n.task_reports), "
	" 'activities', " SQL_ROWS("response.activity", "user_id = $2", "at") ", "
	" 'answers', " SQL_ROWS("response.request", "answered_by = $2", "asked_at") ", "
	" 'reopened_answers', " SQL_ROWS("response.reopening", "answered_by = $2", "reopened_at") ", "
	" 'task_reports', " SQL_ROWS("response.task_report", "curator_id = $2", "reported_at") ")::text, "
	" coalesce(nullif(c.name, ''), m.nick, m.global_name, m.username, ''), to_jsonb(c)::text, "
	" n.activities, n.answers, n.task_reports, "
	" (SELECT count(*) FROM app.curator_archive WHERE guild_id = $1) "
	"FROM app.curator c LEFT JOIN analytics.member m USING (guild_id, user_id) "
	"CROSS JOIN LATERAL (SELECT "
	"  (SELECT count(*) FROM response.activity WHERE guild_id = $1 AND user_id = $2) AS activities, "
	"  (SELECT count(*) FROM response.request WHERE guild_id = $1 AND answered_by = $2) AS answers, "
	"  (SELECT count(*) FROM response.task_report WHERE guild_id = $1 AND curator_id = $2) AS task_reports) n "
	"WHERE c.guild_id = $1 AND c.user_id = $2";

/* $1 guild, $2 person, $3 name, $4 their row, $5 activities, $6 answers, $7 task reports, $8 account, $9 now,
 * $10 content. Nothing when the row has changed or gone since it was read. */
const char sql_archive_keep[] =
	"WITH gone AS ("
	" DELETE FROM app.curator c WHERE guild_id = $1 AND user_id = $2 AND to_jsonb(c) = $4::jsonb RETURNING guild_id"
	"), kept AS ("
	" INSERT INTO app.curator_archive (guild_id, user_id, name, profile, activities, answers, task_reports, "
	"  bytes, archived_by, archived_at) "
	" SELECT $1, $2, $3, $4::jsonb, $5, $6, $7, octet_length($10::bytea), $8, public.ms_to_ts($9) FROM gone "
	" RETURNING archive_id"
	"), noted AS ("
	" INSERT INTO app.audit_log (guild_id, at, actor_id, action, target, before) "
	" SELECT $1, public.ms_to_ts($9), $8, 'curator.delete', $2::text, jsonb_build_object('name', $3::text, "
	"  'kind', $4::jsonb -> 'kind', 'subdivision', $4::jsonb -> 'subdivision') FROM gone"
	") "
	"INSERT INTO app.curator_archive_file (archive_id, content) SELECT archive_id, $10 FROM kept RETURNING archive_id";

/* $1 guild, $2 limit, $3 offset. One row, JSON. */
const char sql_archives[] =
	"SELECT json_build_object('total', (SELECT count(*) FROM app.curator_archive WHERE guild_id = $1), "
	" 'rows', coalesce((SELECT json_agg(json_build_object('id', x.archive_id::text, 'user_id', x.user_id::text, "
	"  'name', x.name, 'kind', x.profile ->> 'kind', 'subdivision', x.profile ->> 'subdivision', "
	"  'activities', x.activities, 'answers', x.answers, 'task_reports', x.task_reports, 'bytes', x.bytes, "
	"  'archived_at', " SQL_ISO("x.archived_at") ", 'restored_at', " SQL_ISO("x.restored_at") ", "
	"  'archived_by', json_build_object('id', x.archived_by::text, 'name', coalesce(w.global_name, w.username, '')), "
	"  'is_back', c.user_id IS NOT NULL) ORDER BY x.archive_id DESC) "
	"  FROM (SELECT * FROM app.curator_archive WHERE guild_id = $1 ORDER BY archive_id DESC LIMIT $2 OFFSET $3) x "
	"  LEFT JOIN app.account w ON w.user_id = x.archived_by "
	"  LEFT JOIN app.curator c ON c.guild_id = $1 AND c.user_id = x.user_id), '[]'))";

/* $1 guild, $2 archive */
const char sql_archive_file[] =
	"SELECT f.content, x.user_id, to_char(x.archived_at, 'YYYY-MM-DD') FROM app.curator_archive x "
	"JOIN app.curator_archive_file f USING (archive_id) WHERE x.guild_id = $1 AND x.archive_id = $2";

/* $1 guild, $2 archive, $3 account, $4 now. Who is on the list again stays as they are. Columns: is there such
 * an archive, was a row made, are they excluded. */
const char sql_archive_restore[] =
	"WITH wanted AS MATERIALIZED (SELECT x.*, EXISTS (SELECT FROM app.curator_excluded e WHERE e.guild_id = $1 "
	"  AND e.user_id = x.user_id) AS is_excluded FROM app.curator_archive x WHERE x.guild_id = $1 AND x.archive_id = $2"
	"), back AS ("
	" INSERT INTO app.curator (guild_id, user_id, name, kind, subdivision, is_active, is_lead, created_at, updated_at) "
	" SELECT $1, user_id, coalesce(profile ->> 'name', ''), coalesce(profile ->> 'kind', ''), "
	"  coalesce(profile ->> 'subdivision', ''), coalesce((profile ->> 'is_active')::boolean, true), "
	"  coalesce((profile ->> 'is_lead')::boolean, false), "
	"  coalesce((profile ->> 'created_at')::timestamptz, public.ms_to_ts($4)), public.ms_to_ts($4) "
	" FROM wanted WHERE NOT is_excluded ON CONFLICT (guild_id, user_id) DO NOTHING RETURNING user_id"
	"), stamped AS ("
	" UPDATE app.curator_archive SET restored_at = public.ms_to_ts($4) WHERE archive_id = $2 AND EXISTS (SELECT FROM back)"
	"), noted AS ("
	" INSERT INTO app.audit_log (guild_id, at, actor_id, action, target, after) "
	" SELECT $1, public.ms_to_ts($4), $3, 'curator.restore', user_id::text, jsonb_build_object('archive', $2::text) FROM back"
	") "
	"SELECT EXISTS (SELECT FROM back), is_excluded FROM wanted";

/* $1 guild, $2 archive, $3 account, $4 now */
const char sql_archive_delete[] =
	"WITH gone AS (DELETE FROM app.curator_archive WHERE guild_id = $1 AND archive_id = $2 RETURNING *) "
	"INSERT INTO app.audit_log (guild_id, at, actor_id, action, target, before) "
	"SELECT guild_id, public.ms_to_ts($4), $3, 'archive.delete', archive_id::text, "
	" jsonb_build_object('name', name) FROM gone RETURNING guild_id";
/* clang-format on */

static void reply_missing(struct visit *visit)
{
	ra_http_problem(visit->req, 404, "missing", "There is no such thing",
			"It was deleted, or belongs to another server.");
}

/* 0: none has it. */
static int64_t id_of(const struct visit *visit, const char *param)
{
	int64_t id;
	if (ra_str_to_i64(ra_http_param(visit->req, param), &id) < 0 || id < 0)
		return 0;
	return id;
}

/* --- delete --- */

/* Outlives the visit where the reader goes while it is being packed. */
struct packing {
	struct visit *visit; /* borrowed */
	uv_work_t work;
	int64_t person, activities, answers, task_reports;
	char *name, *profile, *text; /* owned */
	size_t text_len;
	unsigned char *file; /* owned */
	size_t file_len;
	int rc;
};

static void packing_free(struct packing *packing)
{
	ra_free(packing->name);
	ra_free(packing->profile);
	ra_free(packing->text);
	ra_free(packing->file);
	ra_free(packing);
}

static void on_kept(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (PQntuples(rows) == 0)
		ra_http_problem(visit->req, 409, "changed", "It was changed meanwhile",
				"Look again, then delete.");
	else
		ra_http_reply_json(
			visit->req, 200,
			json_pack("{s:o}", "archive_id", json_id(ra_pg_get_u64(rows, 0, 0))));
}

static void keep(struct packing *packing)
{
	struct visit *visit = packing->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, packing->person);
	ra_pg_text(&p, ra_str_of(packing->name));
	ra_pg_text(&p, ra_str_of(packing->profile));
	ra_pg_i64(&p, packing->activities);
	ra_pg_i64(&p, packing->answers);
	ra_pg_i64(&p, packing->task_reports);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	ra_pg_bytes(&p, (struct ra_str){ (const char *)packing->file, packing->file_len });
	if (db_ask(visit->api->db, STMT_archive_keep, &p, on_kept, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* In a thread of its own; 31 is what zlib calls gzip with the widest window. */
static void pack(uv_work_t *work)
{
	struct packing *packing = ra_container_of(work, struct packing, work);
	z_stream z = { .next_in = (Bytef *)packing->text, .avail_in = (uInt)packing->text_len };
	packing->rc = RA_ETOOBIG;
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	size_t room = deflateBound(&z, (uLong)packing->text_len);
	packing->file = ra_alloc(room);
	z.next_out = packing->file;
	z.avail_out = (uInt)room;
	bool is_whole = deflate(&z, Z_FINISH) == Z_STREAM_END;
	packing->file_len = z.total_out;
	deflateEnd(&z);
	if (is_whole && packing->file_len <= FILE_MAX)
		packing->rc = 0;
}

static void on_packed(uv_work_t *work, int status)
{
	struct packing *packing = ra_container_of(work, struct packing, work);
	struct visit *visit = packing->visit;
	if (status < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
	else if (packing->rc < 0)
		ra_http_problem(visit->req, 409, "too-large", "There is too much of it",
				"The file would have more than 32 MB. Nothing was deleted.");
	else
		keep(packing);
	packing_free(packing);
}

static void on_read(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	if (PQntuples(rows) == 0) {
		ra_http_problem(visit->req, 404, "curator", "Not on the list",
				"Only who was put on the list by hand can be taken off it.");
		return;
	}
	if (ra_pg_get_i64(rows, 0, 6) >= ARCHIVES_MAX) {
		ra_http_problem(visit->req, 409, "full", "There are enough of these",
				"There are 500 archives. Delete one first.");
		return;
	}
	struct packing *packing = ra_new(struct packing);
	struct ra_str text = ra_pg_get_str(rows, 0, 0);
	*packing = (struct packing){
		.visit = visit,
		.person = id_of(visit, "user_id"),
		.name = ra_str_dup(ra_pg_get_str(rows, 0, 1)),
		.profile = ra_str_dup(ra_pg_get_str(rows, 0, 2)),
		.text = ra_str_dup(text),
		.text_len = text.len,
		.activities = ra_pg_get_i64(rows, 0, 3),
		.answers = ra_pg_get_i64(rows, 0, 4),
		.task_reports = ra_pg_get_i64(rows, 0, 5),
	};
	uv_queue_work(visit->api->loop, &packing->work, pack, on_packed);
}

void curator_delete(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, id_of(visit, "user_id"));
	ra_pg_i64(&p, ROWS_MAX);
	if (db_ask(visit->api->db, STMT_archive_read, &p, on_read, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- what is kept --- */

void archives_list(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	struct page_of_list page = { 0 };
	struct ra_err err = { 0 };
	if (page_parse(visit, &page, &err) < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, page.limit);
	ra_pg_i64(&p, page.offset);
	if (db_ask(visit->api->db, STMT_archives, &p, visit_reply_row, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static void ask_about(struct visit *visit, enum statement stmt, bool is_change,
		      ra_pg_result_cb result)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, id_of(visit, "archive_id"));
	if (is_change) {
		ra_pg_i64(&p, (int64_t)visit->access->user_id);
		ra_pg_i64(&p, visit->now_ms);
	}
	if (db_ask(visit->api->db, stmt, &p, result, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* Results come as text: bytea is "\x" and hex. */
static struct ra_str bytes_of(const PGresult *rows, struct ra_arena *arena)
{
	struct ra_str text = ra_pg_get_str(rows, 0, 0);
	size_t len = 0;
	unsigned char *bytes = PQunescapeBytea((const unsigned char *)text.ptr, &len);
	char *copy = ra_arena_alloc(arena, len + 1);
	if (bytes)
		memcpy(copy, bytes, len);
	PQfreemem(bytes);
	return (struct ra_str){ copy, len };
}

static void on_file(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	if (PQntuples(rows) == 0) {
		reply_missing(visit);
		return;
	}
	struct ra_str day = ra_pg_get_str(rows, 0, 2);
	ra_http_set_header(visit->req, "cache-control", "no-store");
	ra_http_set_header(
		visit->req, "content-disposition",
		ra_arena_format(
			visit->arena, "attachment; filename=\"rations-curator-%llu-%.*s.json.gz\"",
			(unsigned long long)ra_pg_get_u64(rows, 0, 1), (int)day.len, day.ptr));
	ra_http_reply(visit->req, 200, "application/gzip", bytes_of(rows, visit->arena));
}

void archive_file(struct visit *visit)
{
	ask_about(visit, STMT_archive_file, false, on_file);
}

/* --- the way back --- */

static void on_restored(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (PQntuples(rows) == 0)
		reply_missing(visit);
	else if (ra_pg_get_bool(rows, 0, 1))
		ra_http_problem(visit->req, 409, "excluded", "This person is excluded",
				"Take them off the excluded list first.");
	else
		ra_http_reply_json(visit->req, 200,
				   json_pack("{s:b}", "is_restored", ra_pg_get_bool(rows, 0, 0)));
}

void archive_restore(struct visit *visit)
{
	ask_about(visit, STMT_archive_restore, true, on_restored);
}

static void on_deleted(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (PQntuples(rows) == 0)
		reply_missing(visit);
	else
		outlet_reply_gone(visit, 0, NULL);
}

void archive_delete(struct visit *visit)
{
	ask_about(visit, STMT_archive_delete, true, on_deleted);
}
