/* account: who is logged in, and the way out. */
#include "services/api/owners.h"
#include "services/api/session.h"
#include "services/api/visit.h"

void me_get(struct visit *visit)
{
	const struct access *who = visit->access;
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:o, s:o, s:o, s:s, s:b}", "id", json_id(who->user_id),
				     "name",
				     json_text(who->global_name ? who->global_name : who->username),
				     "username", json_text(who->username), "avatar_url",
				     json_avatar(visit->api, who->user_id, ra_str_of(who->avatar)),
				     "csrf_token", who->csrf_token, "is_owner",
				     owners_have(visit->api->owners, who->user_id)));
}

static void on_logged_out(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)rows;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	session_clear_cookie(visit->api, visit->req);
	ra_http_set_header(visit->req, "cache-control", "no-store");
	ra_http_reply(visit->req, 204, NULL, RA_STR(""));
}

void logout(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_bytes(&p, (struct ra_str){ (const char *)visit->hash, TOKEN_HASH_BYTES });
	if (db_ask(visit->api->db, STMT_session_logout, &p, on_logged_out, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
