/*
 * guild_file: all of one guild as a file, to go elsewhere with, or for other
 * programs; and a file of a guild in again. Files are made by backup-scheduler
 * (its export.h, guild_restore.h) and kept for a week.
 *
 * A guild's owner may have them made, and so may owners of the installation;
 * only these may put one in. What is asked for is noted in the audit log.
 */
#include "services/api/audit.h"
#include "services/api/backup_order.h"
#include "services/api/body.h"
#include "services/api/owners.h"
#include "services/api/sql.h"
#include <inttypes.h>
#include <stdio.h>

#define A_DAY_MAX 10 /* files of a guild */

/* clang-format off */
/* $1 guild, $2 account, $3 a backup or null. One row: a JSON of what there is; whether the account owns the guild; whether
 * a file is being made, how many were asked for in a day; whether the backup is a file of this guild, there to be had, and one that can be put in again. */
const char sql_guild_files[] =
	"SELECT json_build_object("
	" 'files', coalesce((SELECT json_agg(json_build_object('id', b.backup_id, 'kind', b.kind, 'state', b.state, 'why', b.why, "
	"   'made_at', " SQL_ISO("b.started_at") ", 'size_bytes', b.size_bytes, 'rows', (b.manifest ->> 'rows')::bigint) ORDER BY b.started_at DESC) "
	"  FROM (SELECT * FROM backup.backup WHERE guild_id = $1 AND kind IN ('guild', 'export') AND state <> 'deleted' "
	"   ORDER BY started_at DESC LIMIT 20) b), '[]'), "
	" 'job', (SELECT json_build_object('kind', j.kind, 'state', j.state, 'step', j.step, 'progress', j.progress, 'why', j.why) "
	"  FROM backup.job j WHERE j.kind IN ('export', 'guild') AND j.parameters ->> 'guild' = $1::bigint::text ORDER BY j.job_id DESC LIMIT 1)), "
	"EXISTS (SELECT FROM app.account_guild WHERE guild_id = $1 AND user_id = $2 AND is_owner), "
	"EXISTS (SELECT FROM backup.job WHERE kind = 'export' AND state IN ('waiting', 'running') AND parameters ->> 'guild' = $1::bigint::text), "
	"(SELECT count(*) FROM backup.job WHERE kind = 'export' AND parameters ->> 'guild' = $1::bigint::text AND created_at > now() - interval '1 day'), "
	"EXISTS (SELECT FROM backup.backup WHERE backup_id = $3::text AND guild_id = $1 AND kind IN ('guild', 'export') AND state = 'ready'), "
	"EXISTS (SELECT FROM backup.backup WHERE backup_id = $3::text AND guild_id = $1 AND kind = 'guild' AND state = 'ready')";
/* clang-format on */

enum { FILES, IS_OWNER, IS_MAKING, IN_A_DAY, IS_THERE, IS_WAY_BACK };

struct file_visit {
	struct visit *visit; /* borrowed */
	const char *action;  /* of the audit log */
	const char *backup;  /* in the arena; "": none */
	enum ra_backup_kind kind;
	json_t *parameters; /* owned until it is ordered; NULL: nothing is */
};

static bool runs_installation(const struct visit *visit)
{
	return owners_have(visit->api->owners, visit->access->user_id);
}

static void ask(struct file_visit *f, ra_pg_result_cb answered)
{
	struct visit *visit = f->visit;
	struct ra_str backup = ra_http_param(visit->req, "backup_id");
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	if (backup.len > 0)
		ra_pg_text(&p, backup);
	else
		ra_pg_null(&p);
	if (db_ask(visit->api->db, STMT_guild_files, &p, answered, f) == 0)
		return;
	json_decref(f->parameters);
	reply_failure(visit->api, visit->req, RA_EDOWN);
}

static void refuse(struct file_visit *f, int status, const char *title, const char *detail)
{
	json_decref(f->parameters);
	ra_http_problem(f->visit->req, status, "file", title, detail);
}

/* Those who get to see the page at all manage the guild; the file is for fewer. */
static bool may(struct file_visit *f, int status, const PGresult *rows)
{
	struct visit *visit = f->visit;
	if (status < 0) {
		json_decref(f->parameters);
		reply_failure(visit->api, visit->req, status);
	} else if (ra_pg_get_bool(rows, 0, IS_OWNER) || runs_installation(visit)) {
		return true;
	} else {
		refuse(f, 403, "This is for the server's owner", NULL);
	}
	return false;
}

static struct file_visit *begin(struct visit *visit)
{
	struct file_visit *f = ra_arena_new(visit->arena, struct file_visit);
	*f = (struct file_visit){
		.visit = visit,
		.backup = ra_arena_strdup(visit->arena, ra_http_param(visit->req, "backup_id")),
	};
	return f;
}

/* --- what there is -------------------------------------------------------------------- */

static void on_list(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct file_visit *f = ctx;
	struct visit *visit = f->visit;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	json_t *json = json_column(rows, 0, FILES);
	bool may_make = ra_pg_get_bool(rows, 0, IS_OWNER) || runs_installation(visit);
	if (!may_make)
		json_object_set_new(json, "files", json_array());
	json_object_set_new(json, "may_make", json_boolean(may_make));
	json_object_set_new(json, "may_restore", json_boolean(runs_installation(visit)));
	ra_http_set_header(visit->req, "cache-control", "no-store");
	ra_http_reply_json(visit->req, 200, json);
}

void guild_files_list(struct visit *visit)
{
	ask(begin(visit), on_list);
}

static void on_download(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct file_visit *f = ctx;
	(void)err;
	if (!may(f, status, rows))
		return;
	if (ra_pg_get_bool(rows, 0, IS_THERE))
		backup_file_get(f->visit);
	else
		refuse(f, 404, "No such file", "Files are kept for a week.");
}

void guild_file_get(struct visit *visit)
{
	ask(begin(visit), on_download);
}

/* --- what is wanted -------------------------------------------------------------------- */

static void on_noted(void *ctx, int status, const struct ra_err *err)
{
	struct file_visit *f = ctx;
	(void)err;
	if (status == 0) {
		backup_order(f->visit, f->kind, f->backup, f->parameters);
		return;
	}
	json_decref(f->parameters);
	reply_failure(f->visit->api, f->visit->req, status);
}

/* The note first: what nobody can read about is not done. */
static void order(struct file_visit *f)
{
	struct visit *visit = f->visit;
	struct ra_pg *pg = db_pick(visit->api->db);
	int rc = pg ? audit_note(pg, visit,
				 &(struct audit){ .action = f->action,
						  .target = f->backup,
						  .after = json_incref(f->parameters) })
		    : RA_EDOWN;
	if (rc == 0)
		rc = ra_pg_sync(pg, on_noted, f);
	if (rc == 0)
		return;
	json_decref(f->parameters);
	reply_failure(visit->api, visit->req, rc);
}

static void on_make(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct file_visit *f = ctx;
	(void)err;
	if (!may(f, status, rows))
		return;
	if (ra_pg_get_bool(rows, 0, IS_MAKING))
		refuse(f, 409, "A file is being made", "Wait until it is there.");
	else if (ra_pg_get_i64(rows, 0, IN_A_DAY) >= A_DAY_MAX)
		refuse(f, 429, "That is enough for a day", "Take one of those there are.");
	else
		order(f);
}

static const char *const formats[] = { "rations", "open" };

static json_t *guild_text(uint64_t id)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, id);
	return json_string(text);
}

void guild_file_make(struct visit *visit)
{
	struct file_visit *f = begin(visit);
	struct body body;
	body_open(&body, visit);
	size_t format = body_choice(&body, "format", formats, RA_COUNT(formats));
	if (!body_close(&body))
		return;
	f->action = "guild.export";
	f->kind = RA_BACKUP_export;
	f->parameters = json_pack("{s:o, s:s}", "guild", guild_text(visit->access->guild.id),
				  "format", formats[format]);
	ask(f, on_make);
}

static void on_restore(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct file_visit *f = ctx;
	(void)err;
	if (!may(f, status, rows))
		return;
	if (!runs_installation(f->visit))
		refuse(f, 403, "This is for those who run the installation", NULL);
	else if (!ra_pg_get_bool(rows, 0, IS_WAY_BACK))
		refuse(f, 404, "No such file", "Files are kept for a week.");
	else
		order(f);
}

/* The word is typed by whoever confirms, as for a whole restore. */
static bool read_confirm(struct visit *visit)
{
	struct body body;
	body_open(&body, visit);
	if (strcmp(body_text(&body, "confirm", 20), "restore") != 0)
		body_fail(&body, "Send the word restore.", "confirm does not say restore");
	return body_close(&body);
}

void guild_file_restore(struct visit *visit)
{
	struct file_visit *f = begin(visit);
	if (!read_confirm(visit))
		return;
	f->action = "guild.restore";
	f->kind = RA_BACKUP_guild;
	f->parameters = json_pack("{s:o, s:b}", "guild", guild_text(visit->access->guild.id),
				  "force", true);
	ask(f, on_restore);
}

/* --- of the whole installation ----------------------------------------------------------- */

/* A file of a guild that may not be here any more; refused when it is, and has rows, unless forced.
 */
void backup_guild_restore(struct visit *visit)
{
	struct body body;
	body_open(&body, visit);
	bool is_forced = body_bool(&body, "force", false);
	if (strcmp(body_text(&body, "confirm", 20), "restore") != 0)
		body_fail(&body, "Send the word restore.", "confirm does not say restore");
	if (body_close(&body))
		backup_order(visit, RA_BACKUP_guild,
			     ra_arena_strdup(visit->arena, ra_http_param(visit->req, "backup_id")),
			     json_pack("{s:b}", "force", is_forced));
}

/* All guilds, in open formats. */
void backup_export(struct visit *visit)
{
	backup_order(visit, RA_BACKUP_export, "", json_pack("{s:s}", "format", "open"));
}
