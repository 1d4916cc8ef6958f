/*
 * bearer: see bearer.h.
 *
 *	is it one of ours -> not too often -> the row -> this guild -> the scope -> access_guest
 */
#include "services/api/bearer.h"
#include "libshared/metrics/metrics.h"
#include <sodium.h>
#include <stdio.h>

RA_COUNTER_BY(tokens, "rations_api_token_requests_total", "outcome",
	      "requests that showed an API token");

/* $1 hash, $2 now. That it is in use is noted to the minute. */
const char sql_token_use[] =
	"WITH good AS ("
	" SELECT token_id, guild_id, sees_figures, sees_people, last_used_at FROM app.api_token "
	" WHERE token_hash = $1 AND revoked_at IS NULL "
	"  AND (expires_at IS NULL OR expires_at > public.ms_to_ts($2))"
	"), used AS ("
	" UPDATE app.api_token t SET last_used_at = public.ms_to_ts($2) FROM good "
	" WHERE t.token_id = good.token_id AND (good.last_used_at IS NULL "
	"  OR good.last_used_at < public.ms_to_ts($2) - interval '1 minute')"
	") "
	"SELECT guild_id, sees_figures, sees_people FROM good";

enum column { GUILD_ID, SEES_FIGURES, SEES_PEOPLE };

struct bearer {
	struct visit *visit; /* borrowed */
	uint64_t guild_id;   /* of the path */
	bool sees_people;
	void (*passed)(void *visit, const struct access *access);
};

void bearer_make(char text[BEARER_TEXT_LEN + 1])
{
	char random[TOKEN_TEXT_LEN + 1];
	token_make(random);
	snprintf(text, BEARER_TEXT_LEN + 1, TOKEN_PREFIX "%s", random);
	sodium_memzero(random, sizeof(random));
}

static struct ra_str credentials_of(const struct ra_http_request *req)
{
	static const char scheme[] = "Bearer ";
	struct ra_str header = ra_http_header(req, "authorization");
	if (!ra_str_starts(header, scheme))
		return RA_STR("");
	return (struct ra_str){ header.ptr + strlen(scheme), header.len - strlen(scheme) };
}

bool bearer_is_shown(const struct ra_http_request *req)
{
	return ra_http_header(req, "authorization").len > 0;
}

/* --- no --- */

static void refuse_unknown(struct visit *visit)
{
	ra_count_by(&tokens, "unknown", 1);
	ra_http_set_header(visit->req, "www-authenticate", "Bearer error=\"invalid_token\"");
	ra_http_problem(visit->req, 401, "token", "This token is not valid",
			"It is not one of ours, has expired, or was revoked.");
}

static void refuse_scope(struct visit *visit, const char *why)
{
	ra_count_by(&tokens, "scope", 1);
	ra_http_set_header(visit->req, "www-authenticate", "Bearer error=\"insufficient_scope\"");
	ra_http_problem(visit->req, 403, "scope", "This token may not do that", why);
}

/* --- yes --- */

static void on_guild(void *ctx, int status, const struct access *access)
{
	struct bearer *bearer = ctx;
	struct visit *visit = bearer->visit;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	struct access *mine = ra_arena_new(visit->arena, struct access);
	*mine = *access;
	mine->guild.can_see_people = bearer->sees_people;
	ra_count_by(&tokens, "passed", 1);
	bearer->passed(visit, mine);
}

static void judge(struct bearer *bearer, const PGresult *rows)
{
	struct visit *visit = bearer->visit;
	enum access_need need = visit->endpoint->need;
	bool is_of_people = need == ACCESS_PEOPLE || need == ACCESS_STAFF;
	bearer->sees_people = ra_pg_get_bool(rows, 0, SEES_PEOPLE);
	if (ra_pg_get_u64(rows, 0, GUILD_ID) != bearer->guild_id) {
		ra_count_by(&tokens, "no_guild", 1);
		reply_failure(visit->api, visit->req, RA_ENOTFOUND);
	} else if (is_of_people && !bearer->sees_people) {
		refuse_scope(visit, "It lacks the scope people.");
	} else if (!is_of_people && !ra_pg_get_bool(rows, 0, SEES_FIGURES)) {
		refuse_scope(visit, "It lacks the scope figures.");
	} else {
		access_guest(visit->api, visit->arena, bearer->guild_id, on_guild, bearer);
	}
}

static void on_token(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct bearer *bearer = ctx;
	struct visit *visit = bearer->visit;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (PQntuples(rows) == 0)
		refuse_unknown(visit);
	else if (bearer->guild_id == 0)
		refuse_scope(visit, "A token reads the figures of its server, nothing else.");
	else
		judge(bearer, rows);
}

/* Live streams ask again and again who listens; that is for people. */
static bool is_for_tokens(const struct endpoint *endpoint)
{
	enum access_need need = endpoint->need;
	bool is_read = need == ACCESS_ANY || need == ACCESS_GUILD || need == ACCESS_PEOPLE ||
		       need == ACCESS_STAFF;
	return is_read && !endpoint->is_change && endpoint->handle != live_stream;
}

void bearer_check(struct visit *visit, uint64_t guild_id,
		  void (*passed)(void *visit, const struct access *access))
{
	struct ra_str token = credentials_of(visit->req);
	struct ra_pg_params p = { .arena = visit->arena };
	if (token.len != BEARER_TEXT_LEN || !ra_str_starts(token, TOKEN_PREFIX)) {
		refuse_unknown(visit);
		return;
	}
	token_hash(token, visit->hash);
	struct ra_str hash = { (const char *)visit->hash, TOKEN_HASH_BYTES };
	struct bearer *bearer = ra_arena_new(visit->arena, struct bearer);
	*bearer = (struct bearer){ visit, is_for_tokens(visit->endpoint) ? guild_id : 0, false,
				   passed };
	ra_pg_bytes(&p, hash);
	ra_pg_i64(&p, visit->now_ms);
	if (!throttle_token(visit->api, visit->req, hash))
		ra_count_by(&tokens, "often", 1);
	else if (db_ask(visit->api->db, STMT_token_use, &p, on_token, bearer) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
