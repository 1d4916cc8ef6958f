/*
 * backups: what there is of backups, what is being done about them and what
 * owners of the installation want done. All of it but the settings belongs to
 * backup-scheduler: here it is read, and orders are given (backup_order.h).
 */
#include "services/api/backup_order.h"
#include "services/api/body.h"
#include "services/api/sql.h"

#define SHOWN_MAX "1000" /* backups; the ladder keeps far fewer */
#define JOBS_MAX  "20"   /* that have ended */

/* clang-format off */
#define SQL_BACKUP                                                                                 \
	"json_build_object('id', b.backup_id, 'kind', b.kind, 'guild_id', b.guild_id::text, 'name', b.name, " \
	" 'description', b.description, 'state', b.state, 'why', b.why, 'started_at', " SQL_ISO("b.started_at") ", " \
	" 'finished_at', " SQL_ISO("b.finished_at") ", 'size_bytes', b.size_bytes, 'sha256', b.sha256, " \
	" 'is_encrypted', b.is_encrypted, 'schema', b.manifest -> 'schema', 'rows', b.manifest -> 'rows', " \
	" 'program', b.manifest -> 'program', 'tables', CASE jsonb_typeof(b.manifest -> 'tables') WHEN 'array' THEN jsonb_array_length(b.manifest -> 'tables') " \
	" WHEN 'number' THEN (b.manifest -> 'tables')::int ELSE 0 END, " \
	" 'drilled_at', " SQL_ISO("b.drilled_at") ", 'drill_state', b.drill_state, 'drill', b.drill, " \
	" 'copies', coalesce((SELECT json_agg(json_build_object('place', c.place, 'key', c.key, 'state', c.state, " \
	"   'stored_at', " SQL_ISO("c.stored_at") ", 'read_at', " SQL_ISO("c.read_at") ") ORDER BY c.place) " \
	"  FROM backup.copy c WHERE c.backup_id = b.backup_id), '[]'))"

#define SQL_JOB                                                                                    \
	"json_build_object('id', j.job_id::text, 'command', j.command_id, 'kind', j.kind, 'backup', j.backup_id, " \
	" 'state', j.state, 'step', j.step, 'progress', j.progress, 'detail', j.detail, 'why', j.why, " \
	" 'is_cancelled', j.is_cancelled, " \
	" 'asked_by', (SELECT coalesce(a.global_name, a.username) FROM app.account a WHERE a.user_id = j.asked_by), " \
	" 'created_at', " SQL_ISO("j.created_at") ", 'started_at', " SQL_ISO("j.started_at") ", " \
	" 'beat_at', " SQL_ISO("j.beat_at") ", 'finished_at', " SQL_ISO("j.finished_at") ")"

/* No parameters. One row, JSON: all the page shows. */
const char sql_backups[] =
	"SELECT json_build_object("
	" 'backups', coalesce((SELECT json_agg(" SQL_BACKUP " ORDER BY b.started_at DESC, b.backup_id) "
	"  FROM (SELECT * FROM backup.backup WHERE state <> 'deleted' ORDER BY started_at DESC LIMIT " SHOWN_MAX ") b), '[]'), "
	" 'jobs', coalesce((SELECT json_agg(" SQL_JOB " ORDER BY j.job_id DESC) "
	"  FROM (SELECT * FROM backup.job WHERE kind <> 'import' AND (state IN ('waiting', 'running') OR job_id IN "
	"   (SELECT job_id FROM backup.job ORDER BY job_id DESC LIMIT " JOBS_MAX "))) j), '[]'), "
	" 'alarms', coalesce((SELECT json_agg(json_build_object('kind', a.kind, 'backup', a.backup_id, 'why', a.why, "
	"   'times', a.times, 'raised_at', " SQL_ISO("a.raised_at") ", 'last_at', " SQL_ISO("a.last_at") ") ORDER BY a.raised_at) "
	"  FROM backup.alarm a WHERE a.ended_at IS NULL), '[]'), "
	" 'plans', coalesce((SELECT json_agg(json_build_object('kind', p.kind, 'next_at', " SQL_ISO("p.next_at") ", "
	"   'why', p.why) ORDER BY p.kind) FROM backup.plan p), '[]'), "
	" 'database', json_build_object('name', current_database(), 'bytes', pg_database_size(current_database())), "
	" 'aside', coalesce((SELECT json_agg(json_build_object('name', d.datname, "
	"   'bytes', CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) END) ORDER BY d.datname DESC) "
	"  FROM pg_database d WHERE left(d.datname, length(current_database()) + 5) = current_database() || '_old_'), '[]'))";

/* $1 backup. One row, JSON, or none. */
const char sql_backup[] = "SELECT " SQL_BACKUP " FROM backup.backup b WHERE backup_id = $1 AND state <> 'deleted'";

/* $1 job. One row, JSON, or none. */
const char sql_backup_job[] = "SELECT " SQL_JOB " FROM backup.job j WHERE job_id = $1";
/* clang-format on */

/* --- what there is --- */

static void reply_unknown(struct visit *visit)
{
	ra_http_problem(visit->req, 404, "backup", "No such backup", "It may have been deleted.");
}

static void on_json(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
	} else if (PQntuples(rows) == 0) {
		reply_unknown(visit);
	} else {
		ra_http_set_header(visit->req, "cache-control", "no-store");
		ra_http_reply(visit->req, 200, "application/json", ra_pg_get_str(rows, 0, 0));
	}
}

static void ask(struct visit *visit, enum statement stmt, const struct ra_pg_params *p)
{
	if (db_ask(visit->api->db, stmt, p, on_json, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void backups_list(struct visit *visit)
{
	ask(visit, STMT_backups, NULL);
}

void backup_get(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_text(&p, ra_http_param(visit->req, "backup_id"));
	ask(visit, STMT_backup, &p);
}

/* False: answered already. */
static bool read_job_id(struct visit *visit, uint64_t *id)
{
	if (ra_str_to_u64(ra_http_param(visit->req, "job_id"), id) == 0 && *id <= INT64_MAX)
		return true;
	ra_http_problem(visit->req, 404, "job", "No such job", NULL);
	return false;
}

void backup_job_get(struct visit *visit)
{
	uint64_t id;
	struct ra_pg_params p = { .arena = visit->arena };
	if (!read_job_id(visit, &id))
		return;
	ra_pg_i64(&p, (int64_t)id);
	ask(visit, STMT_backup_job, &p);
}

/* --- what is wanted --- */

void backup_now(struct visit *visit)
{
	struct body body;
	body_open(&body, visit);
	const char *name = body_has(&body, "name") ? body_text(&body, "name", 80) : "";
	const char *text =
		body_has(&body, "description") ? body_text(&body, "description", 500) : "";
	if (body_close(&body))
		backup_order(visit, RA_BACKUP_backup, "",
			     json_pack("{s:s, s:s, s:s}", "kind", "manual", "name", name,
				       "description", text));
}

/* An order about a backup there is. */
struct wish {
	struct visit *visit; /* borrowed */
	enum ra_backup_kind kind;
	json_t *parameters; /* owned; NULL: none */
};

static void on_known(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct wish *wish = ctx;
	struct visit *visit = wish->visit;
	(void)err;
	if (status == 0 && PQntuples(rows) == 1) {
		backup_order(visit, wish->kind,
			     ra_arena_strdup(visit->arena, ra_http_param(visit->req, "backup_id")),
			     wish->parameters);
		return;
	}
	json_decref(wish->parameters);
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else
		reply_unknown(visit);
}

static void order_about(struct visit *visit, enum ra_backup_kind kind, json_t *parameters)
{
	struct wish *wish = ra_arena_new(visit->arena, struct wish);
	struct ra_pg_params p = { .arena = visit->arena };
	*wish = (struct wish){ visit, kind, parameters };
	ra_pg_text(&p, ra_http_param(visit->req, "backup_id"));
	if (db_ask(visit->api->db, STMT_backup, &p, on_known, wish) == 0)
		return;
	json_decref(parameters);
	reply_failure(visit->api, visit->req, RA_EDOWN);
}

void backup_verify(struct visit *visit)
{
	order_about(visit, RA_BACKUP_verify, NULL);
}

void backup_drill(struct visit *visit)
{
	order_about(visit, RA_BACKUP_drill, NULL);
}

void backup_delete(struct visit *visit)
{
	order_about(visit, RA_BACKUP_delete, NULL);
}

/* The word is typed by whoever confirms: a restore is no slip of the mouse. */
void backup_restore(struct visit *visit)
{
	struct body body;
	body_open(&body, visit);
	const char *word = body_text(&body, "confirm", 20);
	if (strcmp(word, "restore") != 0)
		body_fail(&body, "Send the word restore.", "confirm does not say restore");
	if (body_close(&body))
		order_about(visit, RA_BACKUP_restore, json_pack("{s:b}", "force", true));
}

void backup_drop_aside(struct visit *visit)
{
	struct ra_str name = ra_http_param(visit->req, "name");
	json_t *text = json_stringn(name.ptr, name.len);
	if (name.len >= 64 || !text) {
		json_decref(text);
		ra_http_problem(visit->req, 404, "aside", "No such database", NULL);
		return;
	}
	backup_order(visit, RA_BACKUP_restore, "", json_pack("{s:o}", "drop", text));
}

void backup_job_cancel(struct visit *visit)
{
	uint64_t id;
	if (read_job_id(visit, &id))
		backup_order(visit, RA_BACKUP_cancel, "",
			     json_pack("{s:I}", "job", (json_int_t)id));
}
