/*
 * imports: what owners of the installation move in from other systems. All of
 * it is backup-scheduler's work (its import.h): here it is read, and orders
 * are given (backup_order.h). Files come the way files of backups come.
 */
#include "services/api/backup_order.h"
#include "services/api/body.h"
#include "services/api/sql.h"

#define SHOWN_MAX "200"

enum { FILE_CHARS = 100, NAME_CHARS = 200, URL_CHARS = 500 };

/* clang-format off */
/* Of a job its parameters are never told: an address of a database holds a password. */
#define SQL_IMPORT_JOB                                                                             \
	"json_build_object('id', j.job_id::text, 'state', j.state, 'step', j.step, "               \
	" 'progress', j.progress, 'why', j.why, 'is_cancelled', j.is_cancelled)"

/* No parameters. One row, JSON: all the page shows. A job has no import before it has begun. */
const char sql_imports[] =
	"SELECT json_build_object('imports', coalesce((SELECT json_agg(json_build_object("
	" 'id', i.import_id::text, 'source', i.source, 'name', i.name, 'size_bytes', i.size_bytes, "
	" 'state', i.state, 'why', i.why, 'report', i.report, 'created_at', " SQL_ISO("i.created_at") ", "
	" 'finished_at', " SQL_ISO("i.finished_at") ", 'guilds', coalesce((SELECT json_object_agg(g.guild_id::text, g.name) "
	"  FROM analytics.guild g WHERE i.report -> 'guilds' ? g.guild_id::text), '{}'), "
	" 'asked_by', (SELECT coalesce(a.global_name, a.username) FROM app.account a WHERE a.user_id = i.asked_by), "
	" 'job', (SELECT " SQL_IMPORT_JOB " FROM backup.job j WHERE j.kind = 'import' "
	"  AND (j.job_id = i.job_id OR j.parameters ->> 'import' = i.import_id::text) ORDER BY j.job_id DESC LIMIT 1)) "
	" ORDER BY i.import_id DESC) FROM (SELECT * FROM backup.import WHERE state <> 'dropped' "
	"  ORDER BY import_id DESC LIMIT " SHOWN_MAX ") i), '[]'), "
	"'waiting', coalesce((SELECT json_agg(" SQL_IMPORT_JOB " ORDER BY j.job_id) FROM backup.job j "
	" WHERE j.kind = 'import' AND j.parameters ->> 'do' = 'read' "
	" AND (j.state IN ('waiting', 'running') OR j.state = 'failed' AND j.finished_at > now() - interval '1 hour') "
	" AND NOT EXISTS (SELECT FROM backup.import i WHERE i.job_id = j.job_id)), '[]'))";
/* clang-format on */

static void on_list(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	ra_http_set_header(visit->req, "cache-control", "no-store");
	ra_http_reply(visit->req, 200, "application/json", ra_pg_get_str(rows, 0, 0));
}

void imports_list(struct visit *visit)
{
	if (db_ask(visit->api->db, STMT_imports, NULL, on_list, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* Of a file that lies in BACKUP_DIR/import, or of a database. */
void import_read_order(struct visit *visit)
{
	struct body body;
	body_open(&body, visit);
	bool has_file = body_has(&body, "file"), has_url = body_has(&body, "url");
	if (has_file == has_url)
		body_fail(&body, "Send one of the two.", "file or url");
	const char *where = has_file  ? body_text(&body, "file", FILE_CHARS)
			    : has_url ? body_text(&body, "url", URL_CHARS)
				      : "";
	const char *name = body_has(&body, "name") ? body_text(&body, "name", NAME_CHARS)
			   : has_file              ? where
						   : "";
	if (body_close(&body))
		backup_order(visit, RA_BACKUP_import, "",
			     json_pack("{s:s, s:s, s:s}", "do", "read", has_file ? "file" : "url",
				       where, "name", name));
}

static void order(struct visit *visit, const char *what)
{
	uint64_t id;
	if (ra_str_to_u64(ra_http_param(visit->req, "import_id"), &id) < 0 || id > INT64_MAX) {
		ra_http_problem(visit->req, 404, "import", "No such import", NULL);
		return;
	}
	backup_order(visit, RA_BACKUP_import, "",
		     json_pack("{s:s, s:I}", "do", what, "import", (json_int_t)id));
}

void import_merge_order(struct visit *visit)
{
	order(visit, "merge");
}

void import_drop_order(struct visit *visit)
{
	order(visit, "drop");
}
