/* tokens: a key of one guild for programs - what it opens, what it does not, and how it ends. */
#include "tests/unit/services/api/fixture.h"

#define TOKENS "/api/v1/guilds/4194304000/tokens"

static int open_fixture(void **state)
{
	(void)state;
	fixture_open();
	fixture_guild("Europe/Berlin");
	fixture_log_in(ALICE);
	return 0;
}

static char id[32];

/* Alice makes a token and leaves; it is shown from now on. */
static void make_token(const char *body)
{
	fx.bearer[0] = '\0';
	fixture_log_in(ALICE);
	struct page page = ask("POST", TOKENS, body);
	assert_int_equal(page.status, 201);
	snprintf(id, sizeof(id), "%s", text(&page, "id"));
	snprintf(fx.bearer, sizeof(fx.bearer), "%s", text(&page, "token"));
	assert_int_equal(strlen(fx.bearer), 4 + 43);
	page_free(&page);
	fx.cookie[0] = fx.csrf[0] = '\0';
}

/* As Alice, without the token. */
static void be_alice(void)
{
	fx.bearer[0] = '\0';
	fixture_log_in(ALICE);
}

static void test_reads_figures(void **state)
{
	(void)state;
	make_token("{\"name\":\"Grafana\",\"scopes\":[\"figures\"]}");
	struct page page = get("/api/v1/guilds/4194304000/overview");
	assert_int_equal(page.status, 200);
	page_free(&page);
	assert_int_equal(status_of("GET", "/api/v1/guilds/4194304000", NULL), 200);
}

/* The database does not know it, and its use is seen. */
static void test_is_kept_as_hash(void **state)
{
	(void)state;
	make_token("{\"name\":\"Hidden\",\"scopes\":[\"figures\"]}");
	assert_int_equal(status_of("GET", "/api/v1/guilds/4194304000/overview", NULL), 200);
	PGresult *rows = PQexec(fx.conn, "SELECT t::text, last_used_at IS NOT NULL FROM "
					 "app.api_token t WHERE name = 'Hidden'");
	assert_int_equal(PQntuples(rows), 1);
	assert_null(strstr(PQgetvalue(rows, 0, 0), fx.bearer + 4));
	assert_string_equal(PQgetvalue(rows, 0, 1), "t");
	PQclear(rows);
}

static void test_opens_nothing_else(void **state)
{
	(void)state;
	make_token("{\"name\":\"Small\",\"scopes\":[\"figures\"]}");
	/* another guild, or none */
	assert_int_equal(status_of("GET", "/api/v1/guilds/8388608000/overview", NULL), 404);
	assert_int_equal(status_of("GET", "/api/v1/guilds/1/overview", NULL), 404);
	assert_int_equal(status_of("GET", "/api/v1/guilds", NULL), 403);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 403);
	/* people, who are another scope */
	assert_int_equal(status_of("GET", "/api/v1/guilds/4194304000/members/top", NULL), 403);
	/* changes, and what only managers see */
	assert_int_equal(status_of("PATCH", "/api/v1/guilds/4194304000", "{}"), 403);
	assert_int_equal(status_of("GET", TOKENS, NULL), 403);
	assert_int_equal(status_of("POST", TOKENS, "{}"), 403);
	assert_int_equal(status_of("POST", "/logout", NULL), 403);
	assert_int_equal(status_of("GET", "/api/v1/guilds/4194304000/live", NULL), 403);
}

static void test_people_are_a_scope(void **state)
{
	(void)state;
	make_token("{\"name\":\"Lists\",\"scopes\":[\"people\"]}");
	assert_int_equal(status_of("GET", "/api/v1/guilds/4194304000/members/top", NULL), 200);
	struct page page = get("/api/v1/guilds/4194304000/overview");
	assert_int_equal(page.status, 403);
	assert_string_equal(text(&page, "type"), "/problems/scope");
	page_free(&page);
}

static void test_session_beside_it_does_not_help(void **state)
{
	(void)state;
	be_alice();
	snprintf(fx.bearer, sizeof(fx.bearer), "rtn_%043d", 0);
	struct page page = get("/api/v1/guilds/4194304000/overview");
	assert_int_equal(page.status, 401);
	assert_non_null(strstr(page.headers, "Bearer error=\"invalid_token\""));
	page_free(&page);
	snprintf(fx.bearer, sizeof(fx.bearer), "x");
	assert_int_equal(status_of("GET", "/api/v1/guilds/4194304000/overview", NULL), 401);
}

static void test_expires(void **state)
{
	(void)state;
	make_token("{\"name\":\"Short\",\"scopes\":[\"figures\"],\"expires_in_days\":1}");
	assert_int_equal(status_of("GET", "/api/v1/guilds/4194304000/overview", NULL), 200);
	fixture_now_ms += 24 * 3600 * 1000;
	assert_int_equal(status_of("GET", "/api/v1/guilds/4194304000/overview", NULL), 401);
}

static void test_is_revoked(void **state)
{
	char path[128];
	(void)state;
	make_token("{\"name\":\"Leaked\",\"scopes\":[\"figures\"]}");
	char leaked[64];
	memcpy(leaked, fx.bearer, sizeof(leaked));
	be_alice();
	snprintf(path, sizeof(path), TOKENS "/%s", id);
	assert_int_equal(status_of("DELETE", "/api/v1/guilds/4194304000/tokens/999999", NULL), 404);
	assert_int_equal(status_of("DELETE", "/api/v1/guilds/4194304000/tokens/x", NULL), 404);
	assert_int_equal(status_of("DELETE", path, NULL), 204);
	memcpy(fx.bearer, leaked, sizeof(leaked));
	assert_int_equal(status_of("GET", "/api/v1/guilds/4194304000/overview", NULL), 401);
	be_alice();
	struct page page = get(TOKENS);
	json_t *tokens = at(page.json, "tokens");
	json_t *last = json_array_get(tokens, json_array_size(tokens) - 1);
	assert_string_equal(json_string_value(at(last, "name")), "Leaked");
	assert_false(json_is_null(at(last, "revoked_at")));
	assert_null(strstr(page.body, leaked + 4));
	page_free(&page);
	PGresult *rows = PQexec(fx.conn, "SELECT string_agg(action || ' ' || target, ',' ORDER BY "
					 "audit_id) FROM app.audit_log WHERE target = 'Leaked'");
	assert_string_equal(PQgetvalue(rows, 0, 0), "token.create Leaked,token.revoke Leaked");
	PQclear(rows);
}

static void test_the_bot_leaves(void **state)
{
	(void)state;
	make_token("{\"name\":\"Stays\",\"scopes\":[\"figures\"]}");
	fixture_sql("UPDATE analytics.guild SET removed_at = now() WHERE guild_id = 4194304000");
	assert_int_equal(status_of("GET", "/api/v1/guilds/4194304000/overview", NULL), 404);
	fixture_sql("UPDATE analytics.guild SET removed_at = NULL WHERE guild_id = 4194304000");
}

static void test_bad_wishes(void **state)
{
	static const char *const bodies[] = {
		"",
		"[]",
		"{}",
		"{\"name\":\"x\"}",
		"{\"name\":\"\",\"scopes\":[\"figures\"]}",
		"{\"name\":\"a\\nb\",\"scopes\":[\"figures\"]}",
		"{\"name\":\"x\",\"scopes\":[]}",
		"{\"name\":\"x\",\"scopes\":[\"everything\"]}",
		"{\"name\":\"x\",\"scopes\":\"figures\"}",
		"{\"name\":\"x\",\"scopes\":[\"figures\"],\"expires_in_days\":0}",
		"{\"name\":\"x\",\"scopes\":[\"figures\"],\"expires_in_days\":99999}",
		"{\"name\":\"x\",\"scopes\":[\"figures\"],\"guild_id\":\"8388608000\"}",
	};
	(void)state;
	be_alice();
	for (size_t i = 0; i < RA_COUNT(bodies); i++)
		assert_int_equal(status_of("POST", TOKENS, bodies[i]), 400);
	fx.csrf[0] = '\0';
	assert_int_equal(status_of("POST", TOKENS, "{\"name\":\"x\",\"scopes\":[\"figures\"]}"),
			 403);
}

static void test_too_often(void **state)
{
	int refused = 0;
	(void)state;
	make_token("{\"name\":\"Eager\",\"scopes\":[\"figures\"]}");
	for (int i = 0; i < 70; i++)
		refused += status_of("GET", "/api/v1/guilds/4194304000", NULL) == 429;
	assert_int_equal(refused, 10);
	struct page page = get("/api/v1/guilds/4194304000");
	assert_non_null(strcasestr(page.headers, "retry-after: 1\r\n"));
	page_free(&page);
	fixture_now_ms += 1000;
	page = get("/api/v1/guilds/4194304000");
	assert_int_equal(page.status, 200);
	assert_non_null(strcasestr(page.headers, "ratelimit-policy: \"token\";q=60;w=12\r\n"));
	assert_non_null(strcasestr(page.headers, "ratelimit: \"token\";r=4\r\n"));
	page_free(&page);
}

/* What an answer says of who may read it: the page, "*", or nobody (""); and with cookies? */
static void expect_readers(const char *method, const char *path, const char *origin,
			   const char *readers, bool has_cookies)
{
	fx.origin = origin;
	struct page page = ask(method, path, NULL);
	struct ra_str headers = ra_str_of(page.headers);
	struct ra_str named = ra_http_find_header(headers, "access-control-allow-origin");
	struct ra_str cookies = ra_http_find_header(headers, "access-control-allow-credentials");
	if (!ra_str_is(named, readers) || ra_str_is(cookies, "true") != has_cookies)
		fail_msg("%s of %s: %.*s", path, origin, (int)named.len, named.ptr);
	if (strcmp(method, "OPTIONS") == 0) {
		struct ra_str methods =
			ra_http_find_header(headers, "access-control-allow-methods");
		assert_int_equal(page.status, 204);
		assert_int_equal(methods.len > 0, *readers != '\0');
	}
	page_free(&page);
	fx.origin = NULL;
}

static void test_pages_of_other_sites(void **state)
{
	static const char page[] = "https://www.a.test", other[] = "https://b.test";
	static const char path[] = "/api/v1/guilds/4194304000/overview";
	(void)state;
	expect_readers("GET", "/api/v1/instance", page, "", false);
	expect_readers("OPTIONS", path, page, "", false);
	fx.conf.cors_origins = "https://www.a.test, http://c.test:8080";
	make_token("{\"name\":\"Page\",\"scopes\":[\"figures\"]}");
	expect_readers("GET", path, page, page, true);
	expect_readers("OPTIONS", path, page, page, true);
	expect_readers("GET", "/api/v1/nothing", page, page, true);
	expect_readers("GET", "/api/v1/shares/x", page, page, true);
	fx.bearer[0] = '\0';
	expect_readers("GET", path, page, page, true); /* that it may not, it may read */
	expect_readers("GET", "/api/v1/instance", "http://c.test:8080", "http://c.test:8080", true);
	static const char *const strangers[] = { other,
						 "https://www.a.test:8443",
						 "null",
						 "*",
						 "http://www.a.test",
						 "https://www.a.test.evil.test",
						 "https://www.a.tes" };
	for (size_t i = 0; i < RA_COUNT(strangers); i++) {
		expect_readers("GET", path, strangers[i], "", false);
		expect_readers("OPTIONS", path, strangers[i], "", false);
	}
	expect_readers("GET", "/healthz", page, "", false);
	expect_readers("GET", "/login", page, "", false);
	fx.conf.cors_origins = "*,https://www.a.test";
	expect_readers("GET", path, page, page, true);
	expect_readers("GET", path, other, "*", false);
	expect_readers("OPTIONS", path, "null", "*", false);
	fx.conf.cors_origins = "";
}

static void test_enough_is_enough(void **state)
{
	(void)state;
	be_alice();
	fixture_sql("DELETE FROM app.api_token; INSERT INTO app.api_token (guild_id, token_hash, "
		    "name, ending, created_by, created_at) SELECT 4194304000, i::text::bytea, 'x', "
		    "'x', 1, now() FROM generate_series(1, 49) i");
	make_token("{\"name\":\"Last\",\"scopes\":[\"figures\"]}");
	be_alice();
	assert_int_equal(status_of("POST", TOKENS, "{\"name\":\"x\",\"scopes\":[\"figures\"]}"),
			 409);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_figures),
		cmocka_unit_test(test_is_kept_as_hash),
		cmocka_unit_test(test_opens_nothing_else),
		cmocka_unit_test(test_people_are_a_scope),
		cmocka_unit_test(test_session_beside_it_does_not_help),
		cmocka_unit_test(test_expires),
		cmocka_unit_test(test_is_revoked),
		cmocka_unit_test(test_the_bot_leaves),
		cmocka_unit_test(test_bad_wishes),
		cmocka_unit_test(test_pages_of_other_sites),
		cmocka_unit_test(test_too_often),
		cmocka_unit_test(test_enough_is_enough),
	};
	return cmocka_run_group_tests(tests, open_fixture, fixture_end);
}
