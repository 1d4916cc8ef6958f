/* login: the OAuth2 dance with a Discord of our own, and what becomes of its tokens afterwards. */
#include "tests/unit/services/api/fixture.h"
#include "services/api/access.h"
#include "services/api/oauth.h"
#include "services/api/roster.h"

static int open_fixture(void **state)
{
	(void)state;
	fixture_open();
	fixture_guild("UTC");
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	set_now("2026-03-30T10:20:00Z");
	fixture_sql("DELETE FROM app.session; UPDATE app.account SET access_sealed = NULL");
	struct ra_http_server *server = fx.discord.server;
	fx.discord =
		(struct fake_discord){ .server = server, .status = 200, .guilds = ALICE_GUILDS };
	limit_init(&fx.api->throttle.logins, 1, 60);
	limit_init(&fx.api->throttle.accounts, 0, 0);
	limit_init(&fx.api->throttle.addresses, 0, 0);
	fx.forwarded = NULL;
	roster_free(fx.api->roster); /* it remembers times of the test before */
	fx.api->roster = roster_new(fx.api);
	fx.cookie[0] = fx.csrf[0] = '\0';
	return 0;
}

/* The value of a Set-Cookie line among the headers; fails when there is none. */
static void take_cookie(const struct page *page, const char *name, char *out, size_t size)
{
	char *start = ra_format("set-cookie: %s=", name);
	const char *line = strcasestr(page->headers, start);
	if (!line)
		give_up("no cookie %s in %s", name, page->headers);
	line += strlen(start);
	snprintf(out, size, "%.*s", (int)strcspn(line, ";\r"), line);
	ra_free(start);
}

/* The value of an argument in an address, not decoded. */
static void take_arg(const char *url, const char *name, char *out, size_t size)
{
	char *start = ra_format("%s=", name);
	const char *at = strstr(url, start);
	if (!at)
		give_up("no %s in %s", name, url);
	at += strlen(start);
	snprintf(out, size, "%.*s", (int)strcspn(at, "&"), at);
	ra_free(start);
}

struct beginning {
	char cookie[1500], state[64], challenge[64];
};

static struct beginning begin_login(const char *path)
{
	struct beginning b;
	struct page page = get(path);
	assert_int_equal(page.status, 302);
	take_cookie(&page, "rations_login", b.cookie, sizeof(b.cookie));
	take_arg(page.location, "&state", b.state, sizeof(b.state));
	take_arg(page.location, "code_challenge", b.challenge, sizeof(b.challenge));
	page_free(&page);
	return b;
}

static struct page come_back(const struct beginning *b, const char *query)
{
	char *path = ra_format("/callback?%s", query);
	snprintf(fx.cookie, sizeof(fx.cookie), "rations_login=%.1500s", b->cookie);
	struct page page = get(path);
	ra_free(path);
	return page;
}

static struct page come_back_with_code(const struct beginning *b, const char *code)
{
	char *query = ra_format("code=%s&state=%s", code, b->state);
	struct page page = come_back(b, query);
	ra_free(query);
	return page;
}

static void log_in(void)
{
	char token[64];
	struct beginning b = begin_login("/login");
	struct page page = come_back_with_code(&b, "good-code");
	assert_string_equal(page.location, "/guilds");
	take_cookie(&page, "rations_session", token, sizeof(token));
	snprintf(fx.cookie, sizeof(fx.cookie), "rations_session=%s", token);
	page_free(&page);
}

static void test_authorize_address(void **state)
{
	(void)state;
	struct page page = get("/login?next=/g/4194304000");
	char *start =
		ra_format("http://127.0.0.1:%u/oauth2/authorize?response_type=code&client_id=42"
			  "&scope=identify%%20guilds&redirect_uri=http%%3A%%2F%%2Frations.test%%"
			  "2Fcallback&state=",
			  ra_http_server_port(fx.discord.server));
	assert_int_equal(page.status, 302);
	assert_memory_equal(page.location, start, strlen(start));
	assert_non_null(strstr(page.location, "&code_challenge_method=S256"));
	assert_non_null(
		strstr(page.headers, "; Path=/callback; Max-Age=600; HttpOnly; SameSite=Lax"));
	assert_null(strstr(page.headers, "Secure"));
	ra_free(start);
	page_free(&page);
}

static void test_login_from_end_to_end(void **state)
{
	char verifier[128], challenge[TOKEN_TEXT_LEN + 1], token[64];
	(void)state;
	struct beginning b = begin_login("/login?next=/g/1?period%3D7d");
	struct page page = come_back_with_code(&b, "good-code");
	assert_int_equal(page.status, 302);
	assert_string_equal(page.location, "/g/1?period=7d");
	assert_non_null(strstr(page.headers, "rations_login=; Path=/callback; Max-Age=0"));
	assert_non_null(strstr(page.headers, "Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"));
	take_cookie(&page, "rations_session", token, sizeof(token));
	page_free(&page);

	/* RFC 7636: what was sent now hashes to what was announced then */
	take_arg(fx.discord.last_form, "code_verifier", verifier, sizeof(verifier));
	pkce_challenge(ra_str_of(verifier), challenge);
	assert_string_equal(challenge, b.challenge);
	assert_non_null(strstr(fx.discord.last_form,
			       "grant_type=authorization_code&code=good-code"
			       "&redirect_uri=http%3A%2F%2Frations.test%2Fcallback"));
	assert_string_equal(fx.discord.last_auth, "Basic NDI6aHVzaA=="); /* 42:hush */

	/* neither token lies about in the open */
	assert_int_equal(
		test_pg_number(&fx.pg,
			       "SELECT count(*) FROM app.account WHERE user_id = 101 "
			       "AND position('access-1' IN encode(access_sealed, 'escape')) = 0 "
			       "AND global_name = 'Alice' AND refresh_sealed IS NOT NULL"),
		1);
	char *sql = ra_format("SELECT count(*) FROM app.session WHERE token_hash = sha256('%s')",
			      token);
	assert_int_equal(test_pg_number(&fx.pg, sql), 1);
	ra_free(sql);

	snprintf(fx.cookie, sizeof(fx.cookie), "rations_session=%s", token);
	page = get("/api/v1/me");
	assert_string_equal(text(&page, "id"), "101");
	assert_string_equal(text(&page, "name"), "Alice");
	assert_string_equal(text(&page, "avatar_url"),
			    "https://cdn.test/avatars/101/abc.webp?size=64");
	snprintf(fx.csrf, sizeof(fx.csrf), "%s", text(&page, "csrf_token"));
	page_free(&page);
	assert_int_equal(status_of("POST", "/logout", NULL), 204);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
}

static void test_guild_list(void **state)
{
	(void)state;
	log_in();
	fixture_sql("INSERT INTO analytics.guild_hourly (guild_id, hour, messages) VALUES "
		    "(4194304000, '2026-03-30 09:00Z', 5), (4194304000, '2026-03-23 10:00Z', 100), "
		    "(4194304000, '2026-03-23 11:00Z', 7)");
	struct page page = get("/api/v1/guilds");
	assert_int_equal(page.status, 200);
	assert_int_equal(json_array_size(at(page.json, "guilds")),
			 2); /* not the one anybody may read in */
	assert_string_equal(text(&page, "guilds.0.id"), "4194304000");
	assert_true(json_is_true(at(page.json, "guilds.0.has_bot")));
	assert_true(json_is_null(at(page.json, "guilds.0.invite_url")));
	assert_int_equal(number(&page, "guilds.0.members"), 50);
	assert_int_equal(number(&page, "guilds.0.messages_7d"), 12);
	assert_string_equal(text(&page, "guilds.1.name"), "No bot");
	assert_false(json_is_true(at(page.json, "guilds.1.is_available")));
	assert_true(json_is_true(at(page.json, "guilds.1.can_manage")));
	assert_true(json_is_null(at(page.json, "guilds.1.members")));
	assert_non_null(strstr(text(&page, "guilds.1.invite_url"),
			       "scope=bot%20applications.commands&permissions=274879204480"
			       "&guild_id=12582912000&disable_guild_select=true"));
	page_free(&page);
	assert_int_equal(fx.discord.guild_calls, 1); /* the login's own reading served */
}

static void expect_error(struct page page, const char *location)
{
	assert_int_equal(page.status, 302);
	assert_string_equal(page.location, location);
	assert_null(strcasestr(page.headers, "rations_session="));
	page_free(&page);
	assert_int_equal(test_pg_number(&fx.pg, "SELECT count(*) FROM app.session"), 0);
}

static void test_what_can_go_wrong(void **state)
{
	(void)state;
	struct beginning b = begin_login("/login"), other = begin_login("/login");
	expect_error(come_back(&b, "code=good-code"), "/?login_error=state");
	expect_error(come_back(&b, "code=good-code&state=x"), "/?login_error=state");
	expect_error(come_back_with_code(&b, "bad-code"), "/?login_error=state");

	/* a link somebody else began must not log this browser in */
	memcpy(other.state, b.state, sizeof(b.state));
	expect_error(come_back_with_code(&other, "good-code"), "/?login_error=state");
	snprintf(other.cookie, sizeof(other.cookie), "%s", "bm90IG91cnM");
	expect_error(come_back_with_code(&other, "good-code"), "/?login_error=state");

	char *denied = ra_format("error=access_denied&state=%s", b.state);
	expect_error(come_back(&b, denied), "/?login_error=denied");
	ra_free(denied);

	fx.discord.status = 500;
	expect_error(come_back_with_code(&b, "good-code"), "/?login_error=discord");
	fx.discord.status = 200;
	fx.discord.guilds = "{}";
	expect_error(come_back_with_code(&b, "good-code"), "/?login_error=discord");
	fx.discord.guilds = ALICE_GUILDS;

	fixture_now_ms += LOGIN_MAX_MS + 1;
	expect_error(come_back_with_code(&b, "good-code"), "/?login_error=state");
}

static void test_next_stays_here(void **state)
{
	static const char *const away[] = { "//evil.test",        "https://evil.test",
					    "/%5Cevil.test",      "evil",
					    "/a%0D%0Ax:y",        "/%09/evil.test",
					    "javascript:alert(1)" };
	(void)state;
	for (size_t i = 0; i < RA_COUNT(away); i++) {
		char *path = ra_format("/login?next=%s", away[i]);
		struct beginning b = begin_login(path);
		struct page page = come_back_with_code(&b, "good-code");
		assert_string_equal(page.location, "/guilds");
		page_free(&page);
		ra_free(path);
		fx.cookie[0] = '\0';
	}
}

static void test_session_is_new_with_every_login(void **state)
{
	char first[256];
	(void)state;
	log_in();
	snprintf(first, sizeof(first), "%.255s", fx.cookie);
	struct beginning b = begin_login("/login");
	char *path = ra_format("/callback?code=good-code&state=%s", b.state);
	snprintf(fx.cookie, sizeof(fx.cookie), "%s; rations_login=%.1500s", first, b.cookie);
	struct page page = get(path);
	assert_string_equal(page.location, "/guilds");
	page_free(&page);
	assert_int_equal(test_pg_number(&fx.pg, "SELECT count(*) FROM app.session"), 1);
	snprintf(fx.cookie, sizeof(fx.cookie), "%s", first);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401); /* the first one is over */
	ra_free(path);
}

/* Logs in with a browser that has no session yet. */
static void log_in_anew(char cookie[256])
{
	fx.cookie[0] = '\0';
	log_in();
	snprintf(cookie, 256, "%.255s", fx.cookie);
}

static void become(const char *cookie)
{
	snprintf(fx.cookie, sizeof(fx.cookie), "%s", cookie);
	struct page page = get("/api/v1/me");
	if (page.status == 200)
		snprintf(fx.csrf, sizeof(fx.csrf), "%s", text(&page, "csrf_token"));
	page_free(&page);
}

#define SESSIONS "/api/v1/me/sessions"

static void test_sessions_are_listed_and_ended(void **state)
{
	char phone[256], desk[256], stranger[256];
	(void)state;
	fixture_log_in(555);
	snprintf(stranger, sizeof(stranger), "%.255s", fx.cookie);
	log_in_anew(phone);
	fixture_now_ms += 60000;
	log_in_anew(desk);
	fixture_sql("UPDATE app.session SET system = 'Android' WHERE created_at < "
		    "'2026-03-30 10:21Z'");
	become(desk);
	struct page page = get(SESSIONS);
	assert_int_equal(json_array_size(at(page.json, "sessions")), 2);
	assert_true(json_is_true(at(page.json, "sessions.0.is_current")));
	assert_false(json_is_true(at(page.json, "sessions.1.is_current")));
	assert_string_equal(text(&page, "sessions.1.system"), "Android");
	assert_string_equal(text(&page, "sessions.1.created_at"), "2026-03-30T10:20:00.000Z");
	assert_string_equal(text(&page, "sessions.1.expires_at"), "2026-04-06T10:20:00.000Z");
	char *path = ra_format(SESSIONS "/%s", text(&page, "sessions.1.id"));
	page_free(&page);

	become(stranger); /* whose name for it is known to somebody else can not end it */
	assert_int_equal(status_of("DELETE", path, NULL), 404);
	assert_int_equal(status_of("DELETE", SESSIONS "/x", NULL), 404);
	become(desk);
	page = ask("DELETE", path, NULL);
	assert_int_equal(page.status, 204);
	assert_null(strcasestr(page.headers, "set-cookie")); /* this one goes on */
	page_free(&page);
	assert_int_equal(status_of("DELETE", path, NULL), 404);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 200);
	become(phone);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
	ra_free(path);
}

static void test_log_out_everywhere(void **state)
{
	char phone[256], desk[256], stranger[256];
	(void)state;
	fixture_log_in(555);
	snprintf(stranger, sizeof(stranger), "%.255s", fx.cookie);
	log_in_anew(phone);
	log_in_anew(desk);
	become(desk);
	struct page page = ask("DELETE", SESSIONS, NULL);
	assert_int_equal(page.status, 204);
	assert_non_null(strcasestr(page.headers, "rations_session=; Path=/; Max-Age=0"));
	page_free(&page);
	become(desk);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
	become(phone);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
	become(stranger);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 200);
	/* what Discord gave us for somebody who is logged in nowhere is gone */
	assert_int_equal(test_pg_number(&fx.pg, "SELECT count(*) FROM app.account WHERE "
						"access_sealed IS NOT NULL AND user_id = 101"),
			 0);
	assert_int_equal(test_pg_number(&fx.pg, "SELECT count(*) FROM app.account WHERE "
						"access_sealed IS NOT NULL AND user_id = 555"),
			 1);
}

static void test_sessions_do_not_pile_up(void **state)
{
	char cookie[256];
	(void)state;
	log_in_anew(cookie);
	fixture_sql("INSERT INTO app.session (token_hash, user_id, csrf_token, created_at, "
		    "last_seen_at, expires_at) SELECT int4send(i), 101, '', '2026-03-30Z', "
		    "'2026-03-30Z', '2026-04-20Z' FROM generate_series(1, 60) i");
	log_in_anew(cookie);
	assert_int_equal(test_pg_number(&fx.pg, "SELECT count(*) FROM app.session"), SESSIONS_MAX);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 200);
}

static void test_logins_are_limited(void **state)
{
	int status = 0, allowed = 0;
	(void)state;
	for (; allowed < 100 && (status = status_of("GET", "/login", NULL)) == 302; allowed++)
		;
	assert_int_equal(status, 429);
	assert_int_equal(allowed, 60);
	fixture_now_ms += 1000;
	assert_int_equal(status_of("GET", "/login", NULL), 302);
	assert_int_equal(status_of("GET", "/callback", NULL), 429);
}

static void expect_too_often(const char *path, const char *retry_after)
{
	struct page page = get(path);
	assert_int_equal(page.status, 429);
	assert_string_equal(text(&page, "type"), "/problems/rate");
	assert_non_null(strcasestr(page.headers, retry_after));
	page_free(&page);
}

/* Wherever it is logged in; and one account is not another. */
static void test_an_account_is_limited(void **state)
{
	char phone[256], desk[256];
	(void)state;
	log_in_anew(phone);
	log_in_anew(desk);
	limit_init(&fx.api->throttle.accounts, 0.2, 3);
	become(phone);
	assert_int_equal(status_of("GET", "/api/v1/guilds/1/overview", NULL), 404);
	become(desk);
	expect_too_often("/api/v1/me", "retry-after: 5\r\n");
	expect_too_often(GUILD_PATH, "retry-after: 5\r\n");
	fixture_log_in(555);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 200);
	fixture_now_ms += 5001;
	become(desk);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 429);
	fixture_now_ms += 5001;
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 200);
}

/* Before anything is looked at: who is not logged in, too. IPv6 by the network of a household. */
static void test_an_address_is_limited(void **state)
{
	(void)state;
	limit_init(&fx.api->throttle.addresses, 1, 2);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
	assert_int_equal(status_of("GET", "/api/v1/instance", NULL), 200);
	expect_too_often("/api/v1/me", "retry-after: 1\r\n");
	expect_too_often("/api/v1/instance", "retry-after: 1\r\n");
	expect_too_often("/api/v1/shares/x", "retry-after: 1\r\n");
	assert_int_equal(status_of("GET", "/healthz", NULL), 200);
	fx.forwarded = "10.0.0.1, 2001:db8:1:2::1";
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
	fx.forwarded = "10.0.0.2, 2001:db8:1:2:ffff::9";
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 429);
	fx.forwarded = "2001:db8:1:3::1";
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
}

static void test_list_is_read_again(void **state)
{
	(void)state;
	log_in();
	fx.discord.guild_calls = 0;
	fixture_now_ms += ACCESS_FRESH_MS;
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 200);
	assert_int_equal(fx.discord.guild_calls, 0);
	fixture_now_ms += 1;
	/* many at once: one call */
	struct page pages[5];
	for (size_t i = 0; i < RA_COUNT(pages); i++)
		begin(&pages[i], "GET", GUILD_PATH, NULL);
	for (size_t i = 0; i < RA_COUNT(pages); i++) {
		test_run_until(&fx.loop, pages[i].is_done);
		assert_int_equal(pages[i].status, 200);
		page_free(&pages[i]);
	}
	assert_int_equal(fx.discord.guild_calls, 1);
	/* thrown out of the guild: within a minute the door is shut */
	fx.discord.guilds = "[]";
	fixture_now_ms += 60000;
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 404);
}

static void on_refreshed(void *ctx, int status)
{
	assert_int_equal(status, 0);
	(*(int *)ctx)++;
}

/* Somebody who read the table before the refresh had ended, and asks for one after. */
static void test_latecomers_are_served(void **state)
{
	int done = 0;
	(void)state;
	log_in();
	fixture_now_ms += 61000;
	fx.discord.guild_calls = 0;
	roster_refresh(fx.api->roster, ALICE, on_refreshed, &done);
	test_run_until(&fx.loop, done == 1);
	roster_refresh(fx.api->roster, ALICE, on_refreshed, &done);
	test_run_until(&fx.loop, done == 2);
	assert_int_equal(fx.discord.guild_calls, 1);
}

static void test_discord_in_trouble(void **state)
{
	(void)state;
	log_in();
	fx.discord.guild_calls = 0;
	fx.discord.status = 429;
	fixture_now_ms += 61000;
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 200); /* stale, but good enough */
	assert_int_equal(fx.discord.guild_calls, 1);
	fixture_now_ms += 1100; /* Retry-After was 1.2 s */
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 200);
	assert_int_equal(fx.discord.guild_calls, 1);
	fixture_now_ms += 200;
	test_run_for(&fx.loop, 1300); /* on the real clock as well */
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 200);
	assert_int_equal(fx.discord.guild_calls, 2);
	fx.discord.status = 500;
	fixture_now_ms += 600000;
	test_run_for(&fx.loop, 1300);
	struct page page = get(GUILD_PATH);
	assert_int_equal(page.status, 503);
	assert_string_equal(text(&page, "type"), "/problems/discord");
	page_free(&page);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 200);
	fx.discord.status = 200;
	fixture_now_ms += 60000;
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 200);
}

static void test_dead_token_ends_the_session(void **state)
{
	(void)state;
	log_in();
	fx.discord.status = 401;
	fixture_now_ms += 61000;
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 401);
	assert_int_equal(test_pg_number(&fx.pg, "SELECT count(*) FROM app.session"), 0);
	fx.discord.guild_calls = 0;
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 401);
	assert_int_equal(fx.discord.guild_calls, 0);
}

static void test_tokens_are_refreshed_once(void **state)
{
	struct page pages[4];
	(void)state;
	log_in();
	fx.discord.granted = "refresh-1";
	fixture_now_ms += 7LL * 24 * 3600 * 1000 - 70000;
	fixture_sql("UPDATE app.session SET last_seen_at = '2026-04-06 10:00Z'");
	fixture_now_ms += 61000;
	for (size_t i = 0; i < RA_COUNT(pages); i++)
		begin(&pages[i], "GET", GUILD_PATH, NULL);
	for (size_t i = 0; i < RA_COUNT(pages); i++) {
		test_run_until(&fx.loop, pages[i].is_done);
		assert_int_equal(pages[i].status, 200);
		page_free(&pages[i]);
	}
	assert_int_equal(fx.discord.token_calls, 2); /* the login, and one refresh */
	assert_int_equal(fx.discord.refusals, 0);
	/* the new pair is the one in the table */
	fx.discord.granted = "refresh-2";
	fixture_now_ms += 7LL * 24 * 3600 * 1000;
	fixture_sql("UPDATE app.session SET last_seen_at = '2026-04-13 10:00Z'");
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 200);
	assert_int_equal(fx.discord.token_calls, 3);
	/* and a pair that is refused is the end */
	fx.discord.granted = NULL;
	fixture_now_ms += 7LL * 24 * 3600 * 1000;
	fixture_sql("UPDATE app.session SET last_seen_at = '2026-04-20 10:00Z'");
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 401);
	assert_int_equal(fx.discord.refusals, 1);
}

static void test_without_client_id(void **state)
{
	(void)state;
	fx.conf.discord_client_id = fx.conf.discord_client_secret = "";
	struct page page = get("/login");
	assert_int_equal(page.status, 503);
	assert_non_null(strstr(text(&page, "detail"), "DISCORD_CLIENT_ID"));
	page_free(&page);
	page = get("/api/v1/instance");
	assert_false(json_is_true(at(page.json, "is_configured")));
	assert_true(json_is_null(at(page.json, "invite_url")));
	page_free(&page);
	fx.conf.discord_client_id = "42";
	fx.conf.discord_client_secret = "hush";
}

static void test_instance(void **state)
{
	(void)state;
	struct page page = get("/api/v1/instance");
	assert_int_equal(page.status, 200);
	assert_true(json_is_true(at(page.json, "is_configured")));
	assert_string_equal(text(&page, "bot.id"), "7");
	assert_string_equal(text(&page, "bot.name"), "Rations Bot");
	assert_int_equal(number(&page, "bot.guilds"), 2);
	assert_non_null(strstr(text(&page, "invite_url"), "client_id=42"));
	assert_null(strstr(text(&page, "invite_url"), "guild_id"));
	page_free(&page);
}

static void test_settings(void **state)
{
	(void)state;
	log_in();
	struct page page = get("/api/v1/me");
	snprintf(fx.csrf, sizeof(fx.csrf), "%s", text(&page, "csrf_token"));
	page_free(&page);
	page = ask("PATCH", GUILD_PATH, "{\"timezone\":\"Asia/Kathmandu\"}");
	assert_int_equal(page.status, 200);
	assert_string_equal(text(&page, "timezone"), "Asia/Kathmandu");
	assert_string_equal(text(&page, "first_event_at"), "2026-01-01T00:00:00.000000+00:00");
	page_free(&page);
	page = get(GUILD_PATH);
	assert_string_equal(text(&page, "timezone"), "Asia/Kathmandu");
	page_free(&page);
	static const char *const bad[] = { "{\"timezone\":\"Mars/Base\"}",
					   "{\"timezone\":\"posix/UTC\"}",
					   "{\"timezone\":7}",
					   "{\"zone\":\"UTC\"}",
					   "[]",
					   "",
					   "{\"timezone\":\"UTC\"",
					   "{\"timezone\":\"UTC'; DROP TABLE app.account; --\"}" };
	for (size_t i = 0; i < RA_COUNT(bad); i++)
		assert_int_equal(status_of("PATCH", GUILD_PATH, bad[i]), 400);
	assert_int_equal(status_of("PATCH", GUILD_PATH, "{}"), 200);
	assert_int_equal(test_pg_number(&fx.pg,
					"SELECT count(*) FROM app.guild_settings "
					"WHERE timezone = 'Asia/Kathmandu' AND updated_by = 101"),
			 1);
}

static void test_files_and_unknown_paths(void **state)
{
	(void)state;
	struct page page = get("/api/v1/nothing");
	assert_int_equal(page.status, 404);
	assert_non_null(strstr(page.headers, "application/problem+json"));
	page_free(&page);
	page = get("/fixture.h");
	assert_int_equal(page.status, 200);
	assert_non_null(strstr(page.headers, "img-src 'self' data: https://cdn.test;"));
	assert_non_null(strstr(page.headers, "script-src 'self'"));
	page_free(&page);
	page = get("/healthz");
	assert_int_equal(page.status, 200);
	page_free(&page);
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_authorize_address),
		TEST(test_login_from_end_to_end),
		TEST(test_guild_list),
		TEST(test_what_can_go_wrong),
		TEST(test_next_stays_here),
		TEST(test_session_is_new_with_every_login),
		TEST(test_sessions_are_listed_and_ended),
		TEST(test_log_out_everywhere),
		TEST(test_sessions_do_not_pile_up),
		TEST(test_logins_are_limited),
		TEST(test_an_account_is_limited),
		TEST(test_an_address_is_limited),
		TEST(test_list_is_read_again),
		TEST(test_latecomers_are_served),
		TEST(test_discord_in_trouble),
		TEST(test_dead_token_ends_the_session),
		TEST(test_tokens_are_refreshed_once),
		TEST(test_without_client_id),
		TEST(test_instance),
		TEST(test_settings),
		TEST(test_files_and_unknown_paths),
	};
	return cmocka_run_group_tests(tests, open_fixture, fixture_end);
}
