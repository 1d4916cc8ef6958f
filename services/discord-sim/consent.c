/*
 *   GET  /oauth2/authorize?...   -> the page, or a refusal
 *   POST /oauth2/authorize       -> back to redirect_uri with a code or an error
 *
 * A wrong client or redirect_uri never redirects: one would send the person
 * to a stranger. Everything else that is wrong goes back as an error.
 */
#include "services/discord-sim/consent.h"
#include "libshared/http/server.h"
#include "services/discord-sim/act.h"
#include "services/discord-sim/consent_css.h"
#include "services/discord-sim/html.h"
#include "services/discord-sim/oauth.h"
#include "services/discord-sim/player.h"
#include "services/discord-sim/sim.h"
#include "services/discord-sim/world.h"
#include <stdio.h>

#define COOKIE "sim_user"

/* What the client asked for; from the query of GET, or the hidden fields of POST. */
struct ask {
	const char *client_id, *response_type, *scope, *redirect_uri, *state, *challenge, *method,
		*prompt, *permissions, *guild_id;
	bool is_install; /* the bot is to be added to a server */
};

typedef const char *(*read_arg)(struct ra_http_request *req, const char *name);

static const char *arg(struct ra_http_request *req, read_arg read, const char *name)
{
	const char *value = read(req, name);
	return value ? value : "";
}

static struct ask read_ask(struct ra_http_request *req, read_arg read)
{
	struct ask ask = {
		.client_id = arg(req, read, "client_id"),
		.response_type = arg(req, read, "response_type"),
		.scope = arg(req, read, "scope"),
		.redirect_uri = arg(req, read, "redirect_uri"),
		.state = arg(req, read, "state"),
		.challenge = arg(req, read, "code_challenge"),
		.method = arg(req, read, "code_challenge_method"),
		.prompt = arg(req, read, "prompt"),
		.permissions = arg(req, read, "permissions"),
		.guild_id = arg(req, read, "guild_id"),
	};
	ask.is_install = strcmp(ask.scope, "bot") == 0 || strstr(ask.scope, "bot ") == ask.scope ||
			 strstr(ask.scope, " bot") != NULL;
	return ask;
}

/* ---- going back ---- */

static void go_back(struct ra_http_request *req, const struct ask *ask, const char *name,
		    const char *value, const char *why)
{
	struct ra_buf to = { 0 };
	ra_buf_add_text(&to, ask->redirect_uri);
	ra_buf_printf(&to, "%c%s=", strchr(ask->redirect_uri, '?') ? '&' : '?', name);
	url_value(&to, value);
	if (why) {
		ra_buf_add_text(&to, "&error_description=");
		url_value(&to, why);
	}
	if (ask->state[0]) {
		ra_buf_add_text(&to, "&state=");
		url_value(&to, ask->state);
	}
	ra_http_redirect(req, 302, ra_buf_text(&to));
	ra_buf_fini(&to);
}

static void give_code(struct sim *sim, struct ra_http_request *req, const struct ask *ask,
		      uint64_t user_id)
{
	struct consent consent = {
		.scope = ask->scope,
		.redirect_uri = ask->redirect_uri,
		.state = ask->state,
		.challenge = ask->challenge[0] ? ask->challenge : NULL,
	};
	char cookie[96];
	snprintf(cookie, sizeof(cookie), COOKIE "=%llu; Path=/oauth2; HttpOnly; SameSite=Lax",
		 (unsigned long long)user_id);
	ra_http_set_header(req, "set-cookie", cookie);
	go_back(req, ask, "code", oauth_code(sim->oauth, user_id, &consent), NULL);
}

/* ---- pages ---- */

static void open_page(struct ra_buf *out, const char *title)
{
	ra_buf_add_text(out, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
			     "<meta name=\"viewport\" content=\"width=device-width\"><title>");
	html_text(out, title);
	ra_buf_add_text(out, "</title><link rel=\"stylesheet\" href=\"/oauth2/consent.css\">"
			     "<link rel=\"icon\" href=\"/cdn/embed/avatars/0.png\">"
			     "<main><p class=\"sim\">Simulated Discord: nothing here is real</p>"
			     "<div class=\"in\"><h1>");
	html_text(out, title);
	ra_buf_add_text(out, "</h1>");
}

/* scheme://host:port of the redirect: the browser checks form-action along redirects too. */
static size_t origin_len(const char *uri)
{
	const char *host = strstr(uri, "://");
	return host ? (size_t)(host + 3 - uri) + strcspn(host + 3, "/?#") : 0;
}

static void send_page(struct ra_http_request *req, int status, struct ra_buf *out,
		      const char *redirect_uri)
{
	struct ra_buf csp = { 0 };
	ra_buf_add_text(out, "</div></main>");
	ra_buf_printf(&csp,
		      "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
		      "frame-ancestors 'none'; form-action 'self' %.*s",
		      (int)origin_len(redirect_uri), redirect_uri);
	ra_http_set_header(req, "content-security-policy", ra_buf_text(&csp));
	ra_http_set_header(req, "referrer-policy", "no-referrer");
	ra_http_set_header(req, "cache-control", "no-store");
	ra_http_reply(req, status, "text/html; charset=utf-8", ra_buf_str(out));
	ra_buf_fini(&csp);
	ra_buf_fini(out);
}

static void send_error(struct ra_http_request *req, const char *title, const char *text)
{
	struct ra_buf out = { 0 };
	open_page(&out, title);
	ra_buf_add_text(&out, "<p>");
	html_text(&out, text);
	ra_buf_add_text(&out, "</p>");
	send_page(req, 400, &out, "");
}

static const struct {
	const char *scope, *text;
} scopes[] = {
	{ "identify", "Access your username and avatar" },
	{ "email", "Access your email address" },
	{ "guilds.members.read", "Read your roles in your servers" },
	{ "guilds", "Know what servers you are in" },
};

static void add_scopes(struct ra_buf *out, const char *asked)
{
	ra_buf_add_text(out, "<h2>It will be able to</h2><ul>");
	char *copy = ra_strdup(asked), *rest = copy, *word;
	while ((word = strsep(&rest, " ")))
		for (size_t i = 0; i < RA_COUNT(scopes); i++)
			if (strcmp(scopes[i].scope, word) == 0)
				ra_buf_printf(out, "<li>%s</li>", scopes[i].text);
	ra_free(copy);
	ra_buf_add_text(out, "</ul>");
}

static void add_hidden(struct ra_buf *out, const char *name, const char *value)
{
	ra_buf_printf(out, "<input type=\"hidden\" name=\"%s\" value=\"", name);
	html_text(out, value);
	ra_buf_add_text(out, "\">");
}

static void open_form(struct ra_buf *out, const struct ask *ask)
{
	ra_buf_add_text(out, "<form method=\"post\" action=\"/oauth2/authorize\">");
	add_hidden(out, "client_id", ask->client_id);
	add_hidden(out, "response_type", ask->response_type);
	add_hidden(out, "scope", ask->scope);
	add_hidden(out, "redirect_uri", ask->redirect_uri);
	add_hidden(out, "state", ask->state);
	add_hidden(out, "code_challenge", ask->challenge);
	add_hidden(out, "code_challenge_method", ask->method);
	add_hidden(out, "permissions", ask->permissions);
}

static void close_form(struct ra_buf *out)
{
	ra_buf_add_text(out, "<div class=\"row\">"
			     "<button name=\"action\" value=\"cancel\">Cancel</button>"
			     "<button class=\"go\" name=\"action\" value=\"authorize\">Authorize"
			     "</button></div></form>");
}

static void add_choice(struct ra_buf *out, const char *name, uint64_t id, bool is_checked)
{
	ra_buf_printf(out, "<label><input type=\"radio\" name=\"%s\" value=\"%llu\"%s>", name,
		      (unsigned long long)id, is_checked ? " checked" : "");
}

static void add_account(struct ra_buf *out, const struct world *world, size_t index)
{
	const struct account *account = &world->accounts[index];
	const struct user *user = world_user(world, account->user_id);
	add_choice(out, "user", user->id, index == 0);
	ra_buf_printf(out, "<img alt=\"\" src=\"/cdn/avatars/%llu/%s.png?size=80\"><span><b>",
		      (unsigned long long)user->id, user->avatar ? user->avatar : "0");
	html_text(out, user->global_name ? user->global_name : user->username);
	ra_buf_add_text(out, "</b><small>");
	html_text(out, account->note);
	ra_buf_add_text(out, "</small></span></label>");
}

static void send_login(struct sim *sim, struct ra_http_request *req, const struct ask *ask)
{
	const struct world *world = sim->world;
	struct ra_buf out = { 0 };
	struct ra_buf title = { 0 };
	ra_buf_printf(&title, "Sign in to %s", world->bot->username);
	open_page(&out, ra_buf_text(&title));
	ra_buf_fini(&title);
	add_scopes(&out, ask->scope);
	open_form(&out, ask);
	ra_buf_add_text(&out, "<fieldset><legend>Who do you want to be?</legend>");
	for (size_t i = 0; i < world->account_count; i++)
		add_account(&out, world, i);
	ra_buf_add_text(&out, "</fieldset>");
	close_form(&out);
	send_page(req, 200, &out, ask->redirect_uri);
}

static void send_install(struct sim *sim, struct ra_http_request *req, const struct ask *ask)
{
	const struct world *world = sim->world;
	struct ra_buf out = { 0 };
	bool is_first = true;
	struct ra_buf title = { 0 };
	ra_buf_printf(&title, "Add %s to a server", world->bot->username);
	open_page(&out, ra_buf_text(&title));
	ra_buf_fini(&title);
	open_form(&out, ask);
	ra_buf_add_text(&out, "<fieldset><legend>Which server?</legend>");
	for (const struct guild *g = world->guilds; g; g = g->hh.next) {
		if (g->is_bot_in)
			continue;
		add_choice(&out, "guild", g->id, is_first);
		ra_buf_add_text(&out, "<b>");
		html_text(&out, g->name);
		ra_buf_add_text(&out, "</b></label>");
		is_first = false;
	}
	if (is_first)
		ra_buf_add_text(&out, "<p class=\"soft\">It is in every server already.</p>");
	ra_buf_add_text(&out, "</fieldset>");
	close_form(&out);
	send_page(req, 200, &out, ask->redirect_uri);
}

/* ---- checks ---- */

static bool is_our_client(struct sim *sim, const struct ask *ask)
{
	char id[24];
	snprintf(id, sizeof(id), "%lld", (long long)sim->conf->client_id);
	return strcmp(ask->client_id, id) == 0;
}

/* What goes back to the client as an error; NULL when all is well. */
static const char *wrong(const struct ask *ask, const char **why)
{
	*why = NULL;
	if (ask->is_install)
		return NULL;
	if (strcmp(ask->response_type, "code") != 0)
		return "unsupported_response_type";
	if (!oauth_knows_scope(ask->scope)) {
		*why = "The requested scope is invalid, unknown, or malformed.";
		return "invalid_scope";
	}
	if (ask->challenge[0] && strcmp(ask->method, "S256") != 0) {
		*why = "code_challenge_method must be S256";
		return "invalid_request";
	}
	return NULL;
}

/* False after answering. */
static bool check(struct sim *sim, struct ra_http_request *req, const struct ask *ask)
{
	const char *why, *error = wrong(ask, &why);
	bool is_known = oauth_knows_redirect(sim->oauth, ask->redirect_uri) ||
			(ask->is_install && !ask->redirect_uri[0]);
	if (!is_our_client(sim, ask))
		send_error(req, "Unknown application", "The client_id is not of this simulator.");
	else if (!is_known)
		send_error(req, "Invalid OAuth2 redirect_uri",
			   "Redirect URI is not registered (SIM_REDIRECT_URIS).");
	else if (error)
		go_back(req, ask, "error", error, why);
	return is_our_client(sim, ask) && is_known && !error;
}

/* ---- handlers ---- */

static const struct user *remembered(struct sim *sim, struct ra_http_request *req)
{
	uint64_t id;
	if (ra_str_to_u64(ra_http_cookie(req, COOKIE), &id) < 0)
		return NULL;
	return world_user(sim->world, id);
}

static void on_get(struct ra_http_request *req, void *ctx)
{
	struct sim *sim = ctx;
	struct ask ask = read_ask(req, ra_http_query);
	const struct user *user = remembered(sim, req);
	if (!check(sim, req, &ask))
		return;
	if (ask.is_install)
		send_install(sim, req, &ask);
	else if (user && strcmp(ask.prompt, "none") == 0)
		give_code(sim, req, &ask, user->id);
	else
		send_login(sim, req, &ask);
}

static uint64_t chosen(struct ra_http_request *req, const char *name)
{
	uint64_t id = 0;
	return ra_str_to_u64(ra_str_of(arg(req, ra_http_form, name)), &id) == 0 ? id : 0;
}

static bool is_account(const struct world *world, uint64_t user_id)
{
	for (size_t i = 0; i < world->account_count; i++)
		if (world->accounts[i].user_id == user_id)
			return true;
	return false;
}

static void install(struct sim *sim, struct ra_http_request *req, const struct ask *ask)
{
	struct ra_buf out = { 0 };
	uint64_t guild_id = chosen(req, "guild"), permissions = 0;
	char id[24];
	player_touch(sim->player);
	if (ra_str_to_u64(ra_str_of(ask->permissions), &permissions) < 0)
		permissions = 0;
	if (act_add_bot(sim->world, guild_id, permissions, 0) < 0) {
		send_error(req, "Not added", "Choose a server the bot is not in.");
		return;
	}
	snprintf(id, sizeof(id), "%llu", (unsigned long long)guild_id);
	if (ask->redirect_uri[0]) {
		go_back(req, ask, "guild_id", id, NULL);
		return;
	}
	open_page(&out, "Done");
	ra_buf_add_text(&out, "<p>The bot is in. You may close this window.</p>");
	send_page(req, 200, &out, "");
}

static void on_post(struct ra_http_request *req, void *ctx)
{
	struct sim *sim = ctx;
	struct ask ask = read_ask(req, ra_http_form);
	bool is_yes = strcmp(arg(req, ra_http_form, "action"), "authorize") == 0;
	uint64_t user_id = chosen(req, "user");
	if (!check(sim, req, &ask))
		return;
	if (!is_yes && ask.redirect_uri[0])
		go_back(req, &ask, "error", "access_denied",
			"The resource owner or authorization server denied the request");
	else if (!is_yes)
		send_error(req, "Cancelled", "Nothing was changed. You may close this window.");
	else if (ask.is_install)
		install(sim, req, &ask);
	else if (is_account(sim->world, user_id))
		give_code(sim, req, &ask, user_id);
	else
		send_error(req, "Nobody chosen", "Go back and choose who to be.");
}

static void on_css(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	ra_http_set_header(req, "cache-control", "max-age=3600");
	ra_http_reply(req, 200, "text/css; charset=utf-8", ra_str_of(consent_css));
}

void consent_routes(struct sim *sim)
{
	ra_http_route(sim->http, "GET", "/oauth2/authorize", on_get, sim);
	ra_http_route(sim->http, "POST", "/oauth2/authorize", on_post, sim);
	ra_http_route(sim->http, "GET", "/oauth2/consent.css", on_css, NULL);
}
