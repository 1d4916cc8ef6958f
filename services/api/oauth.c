/*
 * oauth: see oauth.h.
 *
 *	/login     -> cookie with state, verifier, next -> Discord's consent page
 *	/callback  -> the cookie's state must match
 *	  1 exchange   code + verifier for tokens
 *	  2 who        GET /users/@me
 *	  3 guilds     GET /users/@me/guilds (after the other: the limits are tight)
 *	  4 store      account, guilds and session, one transaction
 *	           -> session cookie -> next
 *
 * A login lives in the arena of its callback request and ends with the
 * redirect. Whatever goes wrong ends at /?login_error=denied|state|discord.
 */
#include "services/api/oauth.h"
#include "libshared/metrics/metrics.h"
#include "services/api/discord.h"
#include "services/api/reply.h"
#include "services/api/roster.h"
#include "services/api/session.h"
#include "services/api/url.h"
#include <stdio.h>
#include <strings.h>

#define LOGIN_COOKIE "rations_login"
#define LOGIN_PATH   "/callback" /* the only place that cookie is for */
#define SCOPES       "identify guilds"

RA_COUNTER_BY(logins, "rations_logins_total", "outcome", "logins that came back from Discord");

const char sql_account_upsert[] =
	"INSERT INTO app.account AS a (user_id, username, global_name, avatar, access_sealed, "
	" refresh_sealed, token_expires_at, created_at, last_login_at) "
	"SELECT $1, $2, $3, $4, $5, $6, public.ms_to_ts($7), now_at, now_at "
	"FROM public.ms_to_ts($8) now_at "
	"ON CONFLICT (user_id) DO UPDATE SET username = excluded.username, "
	" global_name = excluded.global_name, avatar = excluded.avatar, "
	" access_sealed = excluded.access_sealed, refresh_sealed = excluded.refresh_sealed, "
	" token_expires_at = excluded.token_expires_at, last_login_at = excluded.last_login_at";

struct login {
	struct api *api;             /* borrowed */
	struct ra_http_request *req; /* borrowed */
	struct ra_arena *arena;      /* the request's */
	struct login_intent intent;
	struct ra_str access, refresh; /* tokens */
	int64_t token_expires_ms;
	uint64_t user_id;
	const char *username, *global_name, *avatar; /* the latter two: NULL when there is none */
	char session_token[TOKEN_TEXT_LEN + 1];
};

/* --- the cookie of a login in progress --- */

char *login_intent_seal(const struct login_intent *intent, const unsigned char *key,
			struct ra_arena *arena)
{
	char *text = ra_arena_format(arena, "%lld\n%s\n%s\n%s", (long long)intent->started_ms,
				     intent->state, intent->verifier, intent->next);
	return base64url_of(seal(key, ra_str_of(text), arena), arena);
}

/* Cuts the next line off *rest. */
static char *next_line(char **rest)
{
	char *line = strsep(rest, "\n");
	return line ? line : "";
}

int login_intent_open(struct ra_str cookie, const unsigned char *key, int64_t now_ms,
		      struct ra_arena *arena, struct login_intent *intent)
{
	struct ra_str sealed, text;
	if (base64url_to(cookie, arena, &sealed) < 0 || seal_open(key, sealed, arena, &text) < 0)
		return RA_EDENIED;
	char *rest = ra_arena_strdup(arena, text);
	if (ra_str_to_i64(ra_str_of(next_line(&rest)), &intent->started_ms) < 0)
		return RA_EDENIED;
	intent->state = next_line(&rest);
	intent->verifier = next_line(&rest);
	intent->next = next_line(&rest);
	int64_t age_ms = now_ms - intent->started_ms;
	return age_ms >= 0 && age_ms <= LOGIN_MAX_MS ? 0 : RA_EDENIED;
}

/* --- /login --- */

static bool is_allowed(struct api *api, struct ra_http_request *req)
{
	reply_set_security_headers(req);
	ra_http_set_header(req, "cache-control", "no-store");
	return throttle_login(api, req);
}

/* Logins by another address than PUBLIC_URL fail: the cookie stays there. Said once, because it is
 * a setting. */
static void note_origin(struct api *api, struct ra_http_request *req)
{
	const char *asked = ra_http_asked_origin(req), *ours = api->urls.public_url;
	size_t len = strlen(ours) - strlen(api->urls.base);
	struct ra_str told = { asked, strnlen(asked, 100) };
	if (api->has_noted_origin || !*asked ||
	    (strlen(asked) == len && strncasecmp(asked, ours, len) == 0))
		return;
	api->has_noted_origin = true;
	ra_warn(api->log, "people come by another address than PUBLIC_URL", ra_f_str("asked", told),
		ra_f_text("public_url", ours),
		ra_f_text("hint", "Set PUBLIC_URL to what they ask for; or let the proxy pass Host "
				  "and X-Forwarded-Proto on, and name it in TRUSTED_PROXIES."));
}

static void redirect_to_discord(struct api *api, struct ra_http_request *req,
				const struct login_intent *intent)
{
	char challenge[TOKEN_TEXT_LEN + 1];
	struct ra_buf url = { 0 };
	pkce_challenge(ra_str_of(intent->verifier), challenge);
	ra_buf_printf(&url, "%s?", api->urls.authorize_url);
	url_add_arg(&url, "response_type", RA_STR("code"));
	url_add_arg(&url, "client_id", ra_str_of(api->conf->discord_client_id));
	url_add_arg(&url, "scope", RA_STR(SCOPES));
	url_add_arg(&url, "redirect_uri", ra_str_of(api->urls.redirect_uri));
	url_add_arg(&url, "state", ra_str_of(intent->state));
	url_add_arg(&url, "code_challenge", ra_str_of(challenge));
	url_add_arg(&url, "code_challenge_method", RA_STR("S256"));
	url_add_arg(&url, "prompt", RA_STR("none"));
	ra_http_redirect(req, 302, ra_buf_text(&url));
	ra_buf_fini(&url);
}

void oauth_login(struct ra_http_request *req, void *ctx)
{
	struct api *api = ctx;
	if (!is_allowed(api, req))
		return;
	if (!conf_can_login(api->conf)) {
		ra_http_problem(req, 503, "unconfigured", "Login is not set up",
				"Set DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET "
				"(Discord developer portal, OAuth2) and restart.");
		return;
	}
	note_origin(api, req);
	char state[TOKEN_TEXT_LEN + 1], verifier[TOKEN_TEXT_LEN + 1];
	token_make(state);
	token_make(verifier);
	const char *next = ra_http_query(req, "next");
	struct login_intent intent = { api->now_ms(), state, verifier,
				       next && url_is_local(ra_str_of(next)) ? next : "/guilds" };
	cookie_set(api, req, LOGIN_COOKIE,
		   login_intent_seal(&intent, api->keys.login, ra_http_arena(req)), LOGIN_PATH,
		   LOGIN_MAX_MS / 1000);
	redirect_to_discord(api, req, &intent);
}

/* --- /callback --- */

static void end(struct login *login, const char *error)
{
	const char *base = login->api->urls.base;
	ra_count_by(&logins, error ? error : "ok", 1);
	cookie_set(login->api, login->req, LOGIN_COOKIE, "", LOGIN_PATH, 0);
	if (error)
		ra_http_redirect(login->req, 302,
				 ra_arena_format(login->arena, "%s/?login_error=%s", base, error));
	else
		ra_http_redirect(login->req, 302,
				 ra_arena_format(login->arena, "%s%s", base, login->intent.next));
}

/* A code or token refused is a stale tab or somebody's tampering; anything else is Discord's
 * trouble. */
static void end_with(struct login *login, int status)
{
	end(login, status == RA_EDENIED ? "state" : "discord");
}

static void on_tokens(void *ctx, int status, const struct discord_answer *answer);
static void on_user(void *ctx, int status, const struct discord_answer *answer);
static void on_guilds(void *ctx, int status, const struct discord_answer *answer);
static void on_stored(void *ctx, int status, const struct ra_err *err);

/* Did this very browser begin this login, a moment ago? */
static bool is_ours(struct login *login)
{
	struct api *api = login->api;
	struct ra_str state = ra_str_of(ra_http_query(login->req, "state"));
	int rc = login_intent_open(ra_http_cookie(login->req, LOGIN_COOKIE), api->keys.login,
				   api->now_ms(), login->arena, &login->intent);
	return rc == 0 && token_equal(state, ra_str_of(login->intent.state));
}

void oauth_callback(struct ra_http_request *req, void *ctx)
{
	struct api *api = ctx;
	if (!is_allowed(api, req))
		return;
	struct login *login = ra_arena_new(ra_http_arena(req), struct login);
	*login = (struct login){ .api = api, .req = req, .arena = ra_http_arena(req) };
	const char *code = ra_http_query(req, "code"), *error = ra_http_query(req, "error");
	if (!is_ours(login) || (!code && !error))
		end(login, "state");
	else if (error)
		end(login, strcmp(error, "access_denied") == 0 ? "denied" : "discord");
	else
		discord_exchange(api, code, login->intent.verifier, on_tokens, login);
}

static void on_tokens(void *ctx, int status, const struct discord_answer *answer)
{
	struct login *login = ctx;
	struct discord_tokens tokens;
	if (status < 0 || discord_read_tokens(answer->body, &tokens) < 0) {
		end_with(login, status);
		return;
	}
	login->access = ra_str_of(ra_arena_strdup(login->arena, tokens.access));
	login->refresh = ra_str_of(ra_arena_strdup(login->arena, tokens.refresh));
	login->token_expires_ms = login->api->now_ms() + tokens.expires_in_ms;
	discord_ask_user(login->api, login->access, "GET /users/@me", NULL, on_user, login);
}

static const char *keep(struct login *login, struct ra_str text)
{
	return text.len ? ra_arena_strdup(login->arena, text) : NULL;
}

static void on_user(void *ctx, int status, const struct discord_answer *answer)
{
	struct login *login = ctx;
	login->user_id = status == 0 ? discord_id(answer->body, "id") : 0;
	if (login->user_id == 0) {
		end(login, "discord");
		return;
	}
	login->username = ra_arena_strdup(login->arena, discord_text(answer->body, "username"));
	login->global_name = keep(login, discord_text(answer->body, "global_name"));
	login->avatar = keep(login, discord_text(answer->body, "avatar"));
	discord_ask_user(login->api, login->access, "GET /users/@me/guilds", "limit=200", on_guilds,
			 login);
}

static void add_text_or_null(struct ra_pg_params *p, const char *text)
{
	if (text)
		ra_pg_text(p, ra_str_of(text));
	else
		ra_pg_null(p);
}

static int send_account(struct login *login, struct ra_pg *pg)
{
	struct api *api = login->api;
	struct ra_pg_params p = { .arena = login->arena };
	ra_pg_i64(&p, (int64_t)login->user_id);
	ra_pg_text(&p, ra_str_of(login->username));
	add_text_or_null(&p, login->global_name);
	add_text_or_null(&p, login->avatar);
	ra_pg_bytes(&p, seal(api->keys.tokens, login->access, login->arena));
	ra_pg_bytes(&p, seal(api->keys.tokens, login->refresh, login->arena));
	ra_pg_i64(&p, login->token_expires_ms);
	ra_pg_i64(&p, api->now_ms());
	return ra_pg_send(pg, STMT_account_upsert, &p, NULL, NULL);
}

static int store(struct login *login, const struct guild_list *list)
{
	struct api *api = login->api;
	struct ra_pg *pg = db_pick(api->db);
	int rc = pg ? send_account(login, pg) : RA_EDOWN;
	if (rc == 0)
		rc = guild_list_send(pg, login->arena, login->user_id, list, api->now_ms());
	if (rc == 0)
		rc = session_send_open(api, pg, login->req, login->user_id, login->session_token);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_stored, login);
	return rc;
}

static void on_guilds(void *ctx, int status, const struct discord_answer *answer)
{
	struct login *login = ctx;
	struct guild_list list;
	if (status < 0 || guild_list_read(answer->body, login->arena, &list) < 0) {
		end(login, "discord");
		return;
	}
	int rc = store(login, &list);
	if (rc < 0)
		reply_failure(login->api, login->req, rc);
}

static void on_stored(void *ctx, int status, const struct ra_err *err)
{
	struct login *login = ctx;
	if (status < 0) {
		ra_error(login->api->log, "login not stored",
			 ra_f_text("why", err ? err->msg : ""));
		reply_failure(login->api, login->req, status);
		return;
	}
	session_set_cookie(login->api, login->req, login->session_token);
	end(login, NULL);
}
