/* session: see session.h. */
#include "services/api/session.h"
#include "services/api/device.h"

const char sql_session_end[] = "DELETE FROM app.session WHERE token_hash = $1";

/* Tokens of somebody who is logged in nowhere are of no more use to us. */
const char sql_session_logout[] =
	"WITH gone AS (DELETE FROM app.session WHERE token_hash = $1 RETURNING user_id) "
	"UPDATE app.account a SET access_sealed = NULL, refresh_sealed = NULL "
	"FROM gone WHERE a.user_id = gone.user_id AND NOT EXISTS "
	"(SELECT FROM app.session s WHERE s.user_id = a.user_id AND s.token_hash <> $1)";

const char sql_session_open[] =
	"INSERT INTO app.session "
	" (token_hash, user_id, csrf_token, created_at, last_seen_at, expires_at, browser, system) "
	"SELECT $1, $2, $3, now_at, now_at, public.ms_to_ts($4::bigint + $5::bigint), $6, $7 "
	"FROM public.ms_to_ts($4) now_at";

/* $1 account, $2 how many it may have: those used least recently end. */
const char sql_session_crowd[] =
	"DELETE FROM app.session WHERE token_hash IN (SELECT token_hash FROM app.session "
	"WHERE user_id = $1 ORDER BY last_seen_at DESC, created_at DESC OFFSET $2)";

const char sql_session_touch[] = "UPDATE app.session SET last_seen_at = public.ms_to_ts($2) "
				 "WHERE token_hash = $1 AND last_seen_at < public.ms_to_ts($2)";

bool session_of(const struct ra_http_request *req, unsigned char hash[TOKEN_HASH_BYTES])
{
	struct ra_str token = ra_http_cookie(req, SESSION_COOKIE);
	if (token.len != TOKEN_TEXT_LEN)
		return false;
	token_hash(token, hash);
	return true;
}

static struct ra_str hash_str(const unsigned char hash[TOKEN_HASH_BYTES])
{
	return (struct ra_str){ (const char *)hash, TOKEN_HASH_BYTES };
}

/* A login replaces the session it was made in: nobody can plant one beforehand. */
static int send_end_old(struct ra_pg *pg, struct ra_http_request *req)
{
	unsigned char hash[TOKEN_HASH_BYTES];
	if (!session_of(req, hash))
		return 0;
	struct ra_pg_params p = { .arena = ra_http_arena(req) };
	ra_pg_bytes(&p, hash_str(hash));
	return ra_pg_send(pg, STMT_session_end, &p, NULL, NULL);
}

static int send_end_crowd(struct ra_pg *pg, struct ra_arena *arena, uint64_t user_id)
{
	struct ra_pg_params p = { .arena = arena };
	ra_pg_i64(&p, (int64_t)user_id);
	ra_pg_i64(&p, SESSIONS_MAX - 1);
	return ra_pg_send(pg, STMT_session_crowd, &p, NULL, NULL);
}

int session_send_open(struct api *api, struct ra_pg *pg, struct ra_http_request *req,
		      uint64_t user_id, char token[TOKEN_TEXT_LEN + 1])
{
	unsigned char hash[TOKEN_HASH_BYTES];
	char csrf[TOKEN_TEXT_LEN + 1];
	token_make(token);
	token_make(csrf);
	token_hash(ra_str_of(token), hash);
	struct ra_pg_params p = { .arena = ra_http_arena(req) };
	ra_pg_bytes(&p, hash_str(hash));
	ra_pg_i64(&p, (int64_t)user_id);
	ra_pg_text(&p, ra_str_of(csrf));
	ra_pg_i64(&p, api->now_ms());
	ra_pg_i64(&p, SESSION_MAX_MS);
	struct device device = device_of(ra_http_header(req, "user-agent"));
	ra_pg_text(&p, ra_str_of(device.browser));
	ra_pg_text(&p, ra_str_of(device.system));
	int rc = send_end_old(pg, req);
	if (rc == 0)
		rc = send_end_crowd(pg, ra_http_arena(req), user_id);
	if (rc == 0)
		rc = ra_pg_send(pg, STMT_session_open, &p, NULL, NULL);
	return rc;
}

void cookie_set(const struct api *api, struct ra_http_request *req, const char *name,
		const char *value, const char *path, long long max_age_s)
{
	char *line = ra_arena_format(
		ra_http_arena(req), "%s=%s; Path=%s%s; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
		name, value, api->urls.base, path, max_age_s, api->urls.is_https ? "; Secure" : "");
	ra_http_set_header(req, "set-cookie", line);
}

void session_set_cookie(const struct api *api, struct ra_http_request *req, const char *token)
{
	cookie_set(api, req, SESSION_COOKIE, token, "/", SESSION_MAX_MS / 1000);
}

void session_clear_cookie(const struct api *api, struct ra_http_request *req)
{
	cookie_set(api, req, SESSION_COOKIE, "", "/", 0);
}

void session_touch(struct api *api, const unsigned char hash[TOKEN_HASH_BYTES])
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_bytes(&p, hash_str(hash));
	ra_pg_i64(&p, api->now_ms());
	if (db_ask(api->db, STMT_session_touch, &p, NULL, NULL) < 0)
		ra_debug(api->log, "session not touched");
	ra_arena_fini(&arena);
}
