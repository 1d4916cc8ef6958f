/*
 * sessions: where somebody is logged in, and the way out of there - of one
 * session, or of all, this one included. Whoever fears that somebody else got
 * in wants no exceptions. Streams of an ended session end within a minute
 * (access.h).
 */
#include "services/api/session.h"
#include "services/api/sql.h"
#include "services/api/visit.h"

/* clang-format off */
/* $1 account, $2 hash of the session that asks, $3 now, $4 idle time. One row, JSON: {"sessions"}. */
const char sql_sessions[] =
	"SELECT json_build_object('sessions', coalesce(json_agg(json_build_object('id', session_id, 'browser', browser, "
	" 'system', system, 'is_current', token_hash = $2, 'created_at', " SQL_ISO("created_at") ", "
	" 'last_seen_at', " SQL_ISO("last_seen_at") ", 'expires_at', " SQL_ISO("ends_at") ") "
	" ORDER BY token_hash = $2 DESC, last_seen_at DESC), '[]')) "
	"FROM (SELECT *, least(expires_at, last_seen_at + $4 * interval '1 ms') AS ends_at "
	" FROM app.session WHERE user_id = $1) s WHERE ends_at > public.ms_to_ts($3)";

/* $1 account, $2 which, null: all, $3 hash of the session that asks. A row for each that ended: was
 * it that one? Tokens of somebody who is logged in nowhere are of no more use to us. */
const char sql_sessions_end[] =
	"WITH gone AS (DELETE FROM app.session WHERE user_id = $1 "
	"  AND ($2::text IS NULL OR session_id::text = $2) RETURNING token_hash), "
	"useless AS (UPDATE app.account SET access_sealed = NULL, refresh_sealed = NULL "
	" WHERE user_id = $1 AND NOT EXISTS (SELECT FROM app.session s WHERE s.user_id = $1 "
	"  AND s.token_hash NOT IN (SELECT token_hash FROM gone))) "
	"SELECT token_hash = $3 FROM gone";
/* clang-format on */

static struct ra_str hash_of(const struct visit *visit)
{
	return (struct ra_str){ (const char *)visit->hash, TOKEN_HASH_BYTES };
}

void sessions_list(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_bytes(&p, hash_of(visit));
	ra_pg_i64(&p, visit->now_ms);
	ra_pg_i64(&p, SESSION_IDLE_MS);
	if (db_ask(visit->api->db, STMT_sessions, &p, visit_reply_row, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static void on_ended(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	int count = status < 0 ? 0 : PQntuples(rows);
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	if (count == 0) {
		ra_http_problem(visit->req, 404, "session", "No such login",
				"It has ended already, or was never one of yours.");
		return;
	}
	for (int i = 0; i < count; i++)
		if (ra_pg_get_bool(rows, i, 0))
			session_clear_cookie(visit->api, visit->req);
	ra_http_set_header(visit->req, "cache-control", "no-store");
	ra_http_reply(visit->req, 204, NULL, RA_STR(""));
}

/* `id` empty: all of them. */
static void end(struct visit *visit, struct ra_str id)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	if (id.len > 0)
		ra_pg_text(&p, id);
	else
		ra_pg_null(&p);
	ra_pg_bytes(&p, hash_of(visit));
	if (db_ask(visit->api->db, STMT_sessions_end, &p, on_ended, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void session_end(struct visit *visit)
{
	end(visit, ra_http_param(visit->req, "session_id"));
}

void sessions_end(struct visit *visit)
{
	end(visit, RA_STR(""));
}
