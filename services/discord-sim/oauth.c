#include "services/discord-sim/oauth.h"
#include "libshared/base/clock.h"
#include "libshared/http/server.h"
#include "services/discord-sim/consent.h"
#include "services/discord-sim/logins.h"
#include "services/discord-sim/conf.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/secret.h"
#include "services/discord-sim/sim.h"
#include "services/discord-sim/world.h"
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <uthash.h>

#define CODE_MS      60000
#define ACCESS_MS    (604800LL * 1000)
#define VERIFIER_MIN 43
#define VERIFIER_MAX 128

struct code {
	char text[TOKEN_LEN];
	uint64_t user_id;
	char *scope, *redirect_uri; /* owned */
	char *challenge;            /* owned; NULL: no PKCE */
	int64_t expires_at_ms;
	UT_hash_handle hh;
};

struct oauth {
	struct sim *sim;      /* borrowed */
	struct code *codes;   /* owned */
	struct login *logins; /* owned */
	char *path;           /* owned; where they are kept; "": nowhere */
};

struct oauth *oauth_new(struct sim *sim)
{
	struct oauth *oauth = ra_new(struct oauth);
	oauth->sim = sim;
	oauth->path =
		ra_format("%s%s", sim->conf->state_file, sim->conf->state_file[0] ? ".logins" : "");
	logins_load(&oauth->logins, oauth->path);
	return oauth;
}

static void code_free(struct oauth *oauth, struct code *code)
{
	HASH_DEL(oauth->codes, code);
	ra_free(code->scope);
	ra_free(code->redirect_uri);
	ra_free(code->challenge);
	ra_free(code);
}

void oauth_free(struct oauth **oauth)
{
	if (!*oauth)
		return;
	struct code *code, *next_code;
	struct login *login, *next_login;
	HASH_ITER(hh, (*oauth)->codes, code, next_code)
	{
		code_free(*oauth, code);
	}
	HASH_ITER(hh, (*oauth)->logins, login, next_login)
	{
		login_remove(&(*oauth)->logins, login);
	}
	ra_free((*oauth)->path);
	ra_free(*oauth);
	*oauth = NULL;
}

/* ---- words and lists ---- */

static bool list_holds(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

bool grant_has(const struct grant *grant, const char *scope)
{
	return list_holds(grant->scope, scope);
}

bool oauth_knows_redirect(const struct oauth *oauth, const char *redirect_uri)
{
	return redirect_uri[0] && list_holds(oauth->sim->conf->redirect_uris, redirect_uri);
}

bool oauth_knows_scope(const char *scope)
{
	static const char known[] = "identify email guilds guilds.members.read connections openid";
	char *copy = ra_strdup(scope), *rest = copy, *word;
	bool is_known = scope[0] != '\0';
	while (is_known && (word = strsep(&rest, " ")))
		is_known = word[0] != '\0' && list_holds(known, word);
	ra_free(copy);
	return is_known;
}

bool pkce_matches(const char *verifier, const char *challenge)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES,
					    sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
	size_t len = verifier ? strlen(verifier) : 0;
	if (len < VERIFIER_MIN || len > VERIFIER_MAX)
		return false;
	crypto_hash_sha256(hash, (const unsigned char *)verifier, len);
	sodium_bin2base64(text, sizeof(text), hash, sizeof(hash),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return strcmp(text, challenge) == 0;
}

/* ---- codes and tokens ---- */

static void forget_old(struct oauth *oauth)
{
	int64_t now = ra_wall_ms();
	struct code *code, *next_code;
	struct login *login, *next_login;
	HASH_ITER(hh, oauth->codes, code, next_code)
	{
		if (code->expires_at_ms < now)
			code_free(oauth, code);
	}
	/* A refresh token outlives its access token; Discord does not say for how long. */
	HASH_ITER(hh, oauth->logins, login, next_login)
	{
		if (login->grant.expires_at_ms + 4 * ACCESS_MS < now)
			login_remove(&oauth->logins, login);
	}
}

const char *oauth_code(struct oauth *oauth, uint64_t user_id, const struct consent *consent)
{
	forget_old(oauth);
	struct code *code = ra_new(struct code);
	*code = (struct code){
		.user_id = user_id,
		.scope = ra_strdup(consent->scope),
		.redirect_uri = ra_strdup(consent->redirect_uri),
		.challenge = ra_strdup(consent->challenge),
		.expires_at_ms = ra_wall_ms() + CODE_MS,
	};
	secret_hex(code->text, sizeof(code->text));
	HASH_ADD_STR(oauth->codes, text, code);
	return code->text;
}

/* Whoever gave it may be gone. */
const struct grant *oauth_grant(struct oauth *oauth, struct ra_str access_token)
{
	struct login *login;
	HASH_FIND(hh, oauth->logins, access_token.ptr, access_token.len, login);
	if (!login || login->grant.expires_at_ms <= ra_wall_ms() ||
	    !world_user(oauth->sim->world, login->grant.user_id))
		return NULL;
	return &login->grant;
}

static struct login *find_refresh(struct oauth *oauth, const char *refresh)
{
	for (struct login *login = oauth->logins; login; login = login->hh.next)
		if (strcmp(login->refresh, refresh) == 0)
			return login;
	return NULL;
}

/* ---- POST /oauth2/token ---- */

static void refuse(struct ra_http_request *req, int status, const char *error, const char *what)
{
	json_t *json = json_pack("{s:s}", "error", error);
	if (what)
		json_object_set_new(json, "error_description", json_string(what));
	ra_http_reply_json(req, status, json);
}

static const char *form(struct ra_http_request *req, const char *name)
{
	const char *value = ra_http_form(req, name);
	return value ? value : "";
}

static bool is_form(struct ra_http_request *req)
{
	return ra_str_starts(ra_http_header(req, "content-type"),
			     "application/x-www-form-urlencoded");
}

static bool is_basic(const struct oauth *oauth, struct ra_str header)
{
	char plain[256], wanted[256];
	size_t len;
	if (!ra_str_starts(header, "Basic ") ||
	    sodium_base642bin((unsigned char *)plain, sizeof(plain) - 1, header.ptr + 6,
			      header.len - 6, NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) < 0)
		return false;
	plain[len] = '\0';
	snprintf(wanted, sizeof(wanted), "%lld:%s", (long long)oauth->sim->conf->client_id,
		 oauth->sim->conf->client_secret);
	return strcmp(plain, wanted) == 0;
}

static bool is_client(const struct oauth *oauth, struct ra_http_request *req)
{
	char id[24];
	struct ra_str header = ra_http_header(req, "authorization");
	if (header.len > 0)
		return is_basic(oauth, header);
	snprintf(id, sizeof(id), "%lld", (long long)oauth->sim->conf->client_id);
	return strcmp(form(req, "client_id"), id) == 0 &&
	       strcmp(form(req, "client_secret"), oauth->sim->conf->client_secret) == 0;
}

static void reply_login(struct oauth *oauth, struct ra_http_request *req, uint64_t user_id,
			const char *scope)
{
	const struct login *login =
		login_add(&oauth->logins, user_id, scope, ra_wall_ms() + ACCESS_MS);
	logins_save(oauth->logins, oauth->path);
	ra_http_reply_json(req, 200,
			   json_pack("{s:s, s:s, s:I, s:s, s:s}", "token_type", "Bearer",
				     "access_token", login->access, "expires_in",
				     (json_int_t)(ACCESS_MS / 1000), "refresh_token",
				     login->refresh, "scope", login->grant.scope));
}

#define INVALID_CODE "Invalid \"code\" in request."

/* NULL, or what Discord says is wrong. */
static const char *check_code(struct ra_http_request *req, const struct code *code)
{
	if (code->expires_at_ms < ra_wall_ms())
		return INVALID_CODE;
	if (strcmp(form(req, "redirect_uri"), code->redirect_uri) != 0)
		return "Invalid \"redirect_uri\" in request.";
	if (code->challenge && !pkce_matches(ra_http_form(req, "code_verifier"), code->challenge))
		return "Invalid \"code_verifier\" in request.";
	return NULL;
}

/* Tried once, a code is spent, whatever came of it. */
static void exchange_code(struct oauth *oauth, struct ra_http_request *req)
{
	struct code *code;
	HASH_FIND_STR(oauth->codes, form(req, "code"), code);
	if (!code) {
		refuse(req, 400, "invalid_grant", INVALID_CODE);
		return;
	}
	const char *wrong = check_code(req, code);
	if (wrong)
		refuse(req, 400, strstr(wrong, "verifier") ? "invalid_request" : "invalid_grant",
		       wrong);
	else
		reply_login(oauth, req, code->user_id, code->scope);
	code_free(oauth, code);
}

static void exchange_refresh(struct oauth *oauth, struct ra_http_request *req)
{
	struct login *old = find_refresh(oauth, form(req, "refresh_token"));
	if (!old) {
		refuse(req, 400, "invalid_grant", "Invalid \"refresh_token\" in request.");
		return;
	}
	uint64_t user_id = old->grant.user_id;
	char *scope = ra_strdup(old->grant.scope);
	login_remove(&oauth->logins, old);
	reply_login(oauth, req, user_id, scope);
	ra_free(scope);
}

static void on_token(struct ra_http_request *req, void *ctx)
{
	struct oauth *oauth = ctx;
	const char *type = is_form(req) ? form(req, "grant_type") : "";
	if (!is_form(req))
		refuse(req, 400, "invalid_request", "Content type must be a form.");
	else if (!is_client(oauth, req))
		refuse(req, 401, "invalid_client", NULL);
	else if (strcmp(type, "authorization_code") == 0)
		exchange_code(oauth, req);
	else if (strcmp(type, "refresh_token") == 0)
		exchange_refresh(oauth, req);
	else
		refuse(req, 400, "unsupported_grant_type", NULL);
}

/* ---- POST /oauth2/token/revoke ---- */

static void revoke_user(struct oauth *oauth, uint64_t user_id)
{
	struct login *login, *next;
	HASH_ITER(hh, oauth->logins, login, next)
	{
		if (login->grant.user_id == user_id)
			login_remove(&oauth->logins, login);
	}
	logins_save(oauth->logins, oauth->path);
}

/* Whichever token is given, all of that person's go. */
static void on_revoke(struct ra_http_request *req, void *ctx)
{
	struct oauth *oauth = ctx;
	if (!is_form(req)) {
		refuse(req, 400, "invalid_request", "Content type must be a form.");
		return;
	}
	if (!is_client(oauth, req)) {
		refuse(req, 401, "invalid_client", NULL);
		return;
	}
	struct login *login = find_refresh(oauth, form(req, "token"));
	if (!login)
		HASH_FIND_STR(oauth->logins, form(req, "token"), login);
	if (login)
		revoke_user(oauth, login->grant.user_id);
	ra_http_reply_json(req, 200, json_object());
}

/* ---- GET /oauth2/@me ---- */

static json_t *words(const char *list)
{
	json_t *out = json_array();
	char *copy = ra_strdup(list), *rest = copy, *word;
	while ((word = strsep(&rest, " ")))
		json_array_append_new(out, json_string(word));
	ra_free(copy);
	return out;
}

static json_t *user_json(const struct world *world, uint64_t user_id)
{
	struct ra_buf out = { 0 };
	const struct user *user = world_user(world, user_id);
	if (!user)
		return json_null();
	render_user(&out, user);
	json_t *json = json_loadb(out.ptr, out.len, 0, NULL);
	ra_buf_fini(&out);
	return json;
}

static void on_me(struct ra_http_request *req, void *ctx)
{
	struct oauth *oauth = ctx;
	const struct world *world = oauth->sim->world;
	struct ra_str header = ra_http_header(req, "authorization");
	const struct grant *grant = NULL;
	char id[24], until[33];
	if (ra_str_starts(header, "Bearer "))
		grant = oauth_grant(oauth, (struct ra_str){ header.ptr + 7, header.len - 7 });
	if (!grant) {
		ra_http_reply_json(
			req, 401,
			json_pack("{s:s, s:i}", "message", "401: Unauthorized", "code", 0));
		return;
	}
	snprintf(id, sizeof(id), "%llu", (unsigned long long)world->conf.application_id);
	ra_iso8601_format(grant->expires_at_ms, until);
	json_t *json =
		json_pack("{s:{s:s, s:s}, s:o, s:s}", "application", "id", id, "name",
			  world->bot->username, "scopes", words(grant->scope), "expires", until);
	if (grant_has(grant, "identify"))
		json_object_set_new(json, "user", user_json(world, grant->user_id));
	ra_http_reply_json(req, 200, json);
}

void oauth_routes(struct oauth *oauth)
{
	static const struct {
		const char *method, *path;
		ra_http_handler handler;
	} routes[] = {
		{ "POST", "/api/oauth2/token", on_token },
		{ "POST", "/api/v10/oauth2/token", on_token },
		{ "POST", "/api/v9/oauth2/token", on_token },
		{ "POST", "/api/oauth2/token/revoke", on_revoke },
		{ "POST", "/api/v10/oauth2/token/revoke", on_revoke },
		{ "POST", "/api/v9/oauth2/token/revoke", on_revoke },
		{ "GET", "/api/oauth2/@me", on_me },
		{ "GET", "/api/v10/oauth2/@me", on_me },
		{ "GET", "/api/v9/oauth2/@me", on_me },
	};
	for (size_t i = 0; i < RA_COUNT(routes); i++)
		ra_http_route(oauth->sim->http, routes[i].method, routes[i].path, routes[i].handler,
			      oauth);
	consent_routes(oauth->sim);
}
