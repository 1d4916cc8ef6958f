/*
 * visit: see visit.h.
 *
 *	address not too often -> cookie -> access_check -> account not too often
 *	-> owner, where one is needed -> CSRF token, where something changes -> the handler
 *	                      -> Authorization: Bearer -> bearer.h -> the handler
 */
#include "services/api/visit.h"
#include "libshared/metrics/metrics.h"
#include "services/api/bearer.h"
#include "services/api/cors.h"
#include "services/api/export.h"
#include "services/api/owners.h"
#include "services/api/reads.h"
#include "services/api/session.h"

#define BODY_MAX ((size_t)64 << 10)

RA_COUNTER_BY(visits, "rations_api_requests_total", "outcome",
	      "requests to /api/v1 that need a session");

/* Who asks may see the guild, but not this. */
static void refuse_need(struct ra_http_request *req, enum access_need need)
{
	if (need == ACCESS_PEOPLE)
		ra_http_problem(
			req, 403, "people", "Figures of single members are not for you",
			"They are for the owner, Administrator, Manage Server and View Server "
			"Insights.");
	else if (need == ACCESS_GUILD)
		ra_http_problem(req, 403, "figures", "The figures of this server are not for you",
				"Of this server you may see the desk, which you are staff of.");
	else if (need == ACCESS_STAFF)
		ra_http_problem(req, 403, "staff", "The desk is for its staff",
				"Staff are curators and members with a staff role; those who "
				"manage the server see it, too.");
	else
		ra_http_problem(req, 403, "manage", "You may look, but not change",
				"This is for the owner, Administrator and Manage Server.");
}

static void refuse(struct visit *visit, int status)
{
	ra_count_by(&visits,
		    status == RA_EDENIED      ? "no_session"
		    : status == RA_ENOTFOUND  ? "no_guild"
		    : status == RA_EFORBIDDEN ? "forbidden"
					      : "failed",
		    1);
	if (status == RA_EDENIED && ra_http_cookie(visit->req, SESSION_COOKIE).len > 0)
		session_clear_cookie(visit->api, visit->req);
	if (status == RA_EFORBIDDEN)
		refuse_need(visit->req, visit->endpoint->need);
	else
		reply_failure(visit->api, visit->req, status);
}

/* A foreign page can make a browser send our cookie, but can not read the token. */
static bool has_csrf_token(const struct visit *visit)
{
	return token_equal(ra_http_header(visit->req, "x-csrf-token"),
			   ra_str_of(visit->access->csrf_token));
}

static bool needs_another_owner(const struct visit *visit)
{
	return visit->endpoint->need == ACCESS_OWNER &&
	       !owners_have(visit->api->owners, visit->access->user_id);
}

/* It is asked for once and stays. */
static bool is_stream(const struct visit *visit)
{
	return visit->endpoint->handle == live_stream || visit->endpoint->handle == inbox_live;
}

/* The handler, or the handler behind a file made of its answers. */
static void enter(struct visit *visit)
{
	if (is_stream(visit) && !throttle_stream(visit->api, visit->req, visit->access->user_id))
		return;
	if (visit->endpoint->is_change)
		reads_note_change(visit);
	if (export_is_wanted(visit))
		export_begin(visit);
	else
		visit->endpoint->handle(visit);
}

/* A token was shown: it says what may be seen. */
static void on_bearer(void *ctx, const struct access *access)
{
	struct visit *visit = ctx;
	visit->access = access;
	ra_count_by(&visits, "passed", 1);
	enter(visit);
}

/* A file comes in many pieces, one after the other. */
static bool is_piece(const struct visit *visit)
{
	return visit->endpoint->handle == backup_file_put;
}

/* Whatever the answer will be: finding out has cost as much. */
static bool is_too_often(const struct visit *visit)
{
	uint64_t user_id = visit->access->user_id; /* 0: nobody is logged in */
	return user_id != 0 && !is_piece(visit) &&
	       !throttle_account(visit->api, visit->req, user_id);
}

static void on_access(void *ctx, int status, const struct access *access)
{
	struct visit *visit = ctx;
	visit->access = access;
	if (is_too_often(visit)) {
		ra_count_by(&visits, "often", 1);
	} else if (status < 0) {
		refuse(visit, status);
	} else if (needs_another_owner(visit)) {
		ra_count_by(&visits, "no_owner", 1);
		ra_http_problem(visit->req, 403, "owner",
				"Only for those who run this installation",
				"Set OWNER_IDS to the Discord user ids of who may see this.");
	} else if (visit->endpoint->is_change && !has_csrf_token(visit)) {
		ra_count_by(&visits, "no_csrf_token", 1);
		ra_http_problem(visit->req, 403, "csrf", "X-CSRF-Token is missing or wrong",
				"Send csrf_token of /api/v1/me in this header.");
	} else {
		ra_count_by(&visits, "passed", 1);
		enter(visit);
	}
}

/* 0 where the path names none; false when what stands there is no id. */
static bool guild_of(const struct ra_http_request *req, uint64_t *id)
{
	struct ra_str text = ra_http_param(req, "guild_id");
	*id = 0;
	return text.len == 0 || (ra_str_to_u64(text, id) == 0 && *id > 0 && *id <= INT64_MAX);
}

/* The server takes more, for pieces of files. */
static bool is_too_large(const struct visit *visit)
{
	return ra_http_body(visit->req).len > BODY_MAX && !is_piece(visit);
}

void visit_begin(struct ra_http_request *req, void *ctx)
{
	const struct route *route = ctx;
	struct visit *visit = ra_arena_new(ra_http_arena(req), struct visit);
	*visit = (struct visit){ .api = route->api,
				 .req = req,
				 .arena = ra_http_arena(req),
				 .endpoint = route->endpoint,
				 .now_ms = route->api->now_ms() };
	uint64_t guild_id;
	reply_set_security_headers(req);
	cors_admit(route->api, req);
	bool is_guild = guild_of(req, &guild_id);
	if (!throttle_address(route->api, req))
		ra_count_by(&visits, "often", 1);
	else if (is_too_large(visit))
		ra_http_problem(req, 413, NULL, "Payload Too Large", NULL);
	else if (bearer_is_shown(req))
		bearer_check(visit, guild_id, on_bearer);
	else if (!session_of(req, visit->hash))
		refuse(visit, RA_EDENIED);
	else if (!is_guild)
		refuse(visit, RA_ENOTFOUND);
	else
		access_check(route->api, visit->arena, visit->hash, route->endpoint->need, guild_id,
			     on_access, visit);
}

void visit_reply_row(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else
		ra_http_reply_json(visit->req, 200, json_column(rows, 0, 0));
}

void visit_inside(const struct visit *as)
{
	struct visit *visit = ra_arena_new(ra_http_arena(as->req), struct visit);
	*visit = *as;
	visit->arena = ra_http_arena(as->req);
	visit->endpoint->handle(visit);
}
