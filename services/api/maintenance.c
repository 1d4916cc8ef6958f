/*
 * maintenance: what backup-scheduler does again and again (its upkeep.h): when
 * it last ran, what came of it, when it runs next; and, where an owner does
 * not want to wait, that it is due now. The rest of a row is backup-scheduler's
 * own: that is why a function of its schema makes the mark.
 */
#include "services/api/sql.h"
#include "services/api/visit.h"

/* clang-format off */
/* No parameters. One row, JSON. */
const char sql_maintenance[] =
	"SELECT json_build_object('at', " SQL_ISO("now()") ", 'tasks', coalesce(json_agg(json_build_object("
	" 'task', task, 'every_s', every_s, 'started_at', " SQL_ISO("started_at") ", 'finished_at', " SQL_ISO("finished_at") ", "
	" 'next_at', " SQL_ISO("next_at") ", 'outcome', outcome, "
	" 'is_running', started_at IS NOT NULL AND (finished_at IS NULL OR started_at > finished_at), "
	" 'rows', coalesce((detail ->> 'rows')::bigint, 0), 'steps', coalesce((detail ->> 'steps')::bigint, 0), "
	" 'why', coalesce(detail ->> 'why', ''), 'worked_at', " SQL_ISO("(detail ->> 'worked_at')::timestamptz") ", "
	" 'worked_rows', (detail ->> 'worked_rows')::bigint) ORDER BY every_s), '[]')) FROM backup.upkeep";

/* $1 task */
const char sql_maintenance_now[] = "SELECT backup.upkeep_now($1)";
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

void maintenance_list(struct visit *visit)
{
	if (db_ask(visit->api->db, STMT_maintenance, NULL, on_list, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static void on_asked(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (!ra_pg_get_bool(rows, 0, 0))
		ra_http_problem(visit->req, 404, "task", "No such task", NULL);
	else
		ra_http_reply(visit->req, 202, "application/json", RA_STR("{}"));
}

void maintenance_now(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_text(&p, ra_http_param(visit->req, "task"));
	if (db_ask(visit->api->db, STMT_maintenance_now, &p, on_asked, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
