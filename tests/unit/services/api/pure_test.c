/* pure: what needs neither loop nor database - seals, cookies of a login, the gate, addresses,
 * buckets, tallies. */
#include "services/api/access.h"
#include "services/api/device.h"
#include "services/api/limit.h"
#include "services/api/oauth.h"
#include "services/api/seal.h"
#include "services/api/site.h"
#include "services/api/tally.h"
#include "services/api/cors.h"
#include "services/api/url.h"
#include "tests/harness/capture.h"
#include "tests/harness/cmocka.h"
#include <sodium.h>
#include <stdlib.h>

static struct ra_arena arena;
static struct seal_keys keys;

static int open_arena(void **state)
{
	(void)state;
	assert_true(sodium_init() >= 0);
	seal_keys_init(&keys, "0123456789abcdef0123456789abcdef");
	return 0;
}

static int close_arena(void **state)
{
	(void)state;
	ra_arena_fini(&arena);
	return 0;
}

static void test_seal(void **state)
{
	struct ra_str sealed = seal(keys.tokens, RA_STR("a token"), &arena), text;
	struct seal_keys others;
	(void)state;
	assert_int_equal(seal_open(keys.tokens, sealed, &arena, &text), 0);
	assert_string_equal(text.ptr, "a token");
	assert_int_equal(text.len, 7);
	assert_null(memmem(sealed.ptr, sealed.len, "token", 5));
	/* another purpose, another secret */
	assert_int_equal(seal_open(keys.login, sealed, &arena, &text), RA_EDENIED);
	seal_keys_init(&others, "0123456789abcdef0123456789abcdeg");
	assert_int_equal(seal_open(others.tokens, sealed, &arena, &text), RA_EDENIED);
	/* every byte counts, and so does the length */
	for (size_t i = 0; i < sealed.len; i++) {
		char *bent = ra_arena_strdup(&arena, sealed);
		bent[i] = (char)(bent[i] ^ 1);
		struct ra_str tampered = { bent, sealed.len };
		assert_int_equal(seal_open(keys.tokens, tampered, &arena, &text), RA_EDENIED);
		struct ra_str cut = { sealed.ptr, i };
		assert_int_equal(seal_open(keys.tokens, cut, &arena, &text), RA_EDENIED);
	}
	struct ra_str again = seal(keys.tokens, RA_STR("a token"), &arena);
	assert_false(ra_str_eq(sealed, again));
}

static void test_pkce(void **state)
{
	char challenge[TOKEN_TEXT_LEN + 1], token[TOKEN_TEXT_LEN + 1], other[TOKEN_TEXT_LEN + 1];
	(void)state;
	/* RFC 7636, appendix B */
	pkce_challenge(RA_STR("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), challenge);
	assert_string_equal(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
	token_make(token);
	token_make(other);
	assert_int_equal(strlen(token), TOKEN_TEXT_LEN);
	assert_int_equal(
		strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
		TOKEN_TEXT_LEN);
	assert_string_not_equal(token, other);
	assert_true(token_equal(ra_str_of(token), ra_str_of(token)));
	assert_false(token_equal(ra_str_of(token), ra_str_of(other)));
	assert_false(token_equal(RA_STR(""), RA_STR("")));
	assert_false(token_equal(RA_STR("ab"), RA_STR("abc")));
}

static void test_login_cookie(void **state)
{
	const struct login_intent intent = { 1000000, "the-state", "the-verifier", "/g/1?a=b" };
	struct login_intent out;
	(void)state;
	struct ra_str cookie = ra_str_of(login_intent_seal(&intent, keys.login, &arena));
	assert_int_equal(login_intent_open(cookie, keys.login, 1000000, &arena, &out), 0);
	assert_string_equal(out.state, "the-state");
	assert_string_equal(out.verifier, "the-verifier");
	assert_string_equal(out.next, "/g/1?a=b");
	assert_int_equal(
		login_intent_open(cookie, keys.login, 1000000 + LOGIN_MAX_MS, &arena, &out), 0);
	assert_int_equal(
		login_intent_open(cookie, keys.login, 1000001 + LOGIN_MAX_MS, &arena, &out),
		RA_EDENIED);
	assert_int_equal(login_intent_open(cookie, keys.login, 999999, &arena, &out), RA_EDENIED);
	assert_int_equal(login_intent_open(cookie, keys.tokens, 1000000, &arena, &out), RA_EDENIED);
	assert_int_equal(login_intent_open(RA_STR(""), keys.login, 1000000, &arena, &out),
			 RA_EDENIED);
	assert_int_equal(login_intent_open(RA_STR("!!"), keys.login, 1000000, &arena, &out),
			 RA_EDENIED);
	/* sealed by us, but no login */
	struct ra_str odd =
		ra_str_of(base64url_of(seal(keys.login, RA_STR("x\ny"), &arena), &arena));
	assert_int_equal(login_intent_open(odd, keys.login, 1000000, &arena, &out), RA_EDENIED);
}

static void test_gate(void **state)
{
	(void)state;
	assert_true(access_may_see(true, 0));
	assert_true(access_may_see(false, 0x8));
	assert_true(access_may_see(false, 0x20));
	assert_true(access_may_see(false, 1ULL << 19));
	/* everything else there is */
	assert_false(access_may_see(false, ~(0x8ULL | 0x20ULL | 1ULL << 19)));
	assert_true(access_may_manage(true, 0));
	assert_true(access_may_manage(false, 0x8));
	assert_true(access_may_manage(false, 0x20));
	assert_false(access_may_manage(false, ~(0x8ULL | 0x20ULL)));
}

static void test_local_paths(void **state)
{
	static const char *const away[] = { "",     "x",    "//x",  "/\\x",  "http://x", "/a\nb",
					    "/a b", "/\tx", "\\/x", "/a\\b", "/a\x7f" };
	(void)state;
	assert_true(url_is_local(RA_STR("/")));
	assert_true(url_is_local(RA_STR("/g/1?period=7d&x=%2F%2F")));
	for (size_t i = 0; i < RA_COUNT(away); i++)
		if (url_is_local(ra_str_of(away[i])))
			fail_msg("taken for local: %s", away[i]);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *url, *origin;
	} cases[] = {
		{ "https://a.test", "https://a.test" },
		{ "https://a.test:8443/x/y?z", "https://a.test:8443" },
		{ "http://[::1]:5010/api", "http://[::1]:5010" },
		{ "ftp://a.test", NULL },
		{ "https://", NULL },
		{ "https:///x", NULL },
		{ "https://a;b/", NULL }, /* would end up in the content security policy */
		{ "https://user@a.test/", NULL },
		{ "a.test", NULL },
	};
	struct ra_buf out = { 0 };
	(void)state;
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		char *origin = url_origin(cases[i].url);
		if (cases[i].origin)
			assert_string_equal(origin, cases[i].origin);
		else
			assert_null(origin);
		ra_free(origin);
	}
	url_add_arg(&out, "a", RA_STR("b c&d=\xc3\xa9/~"));
	url_add_arg(&out, "e", RA_STR(""));
	assert_string_equal(ra_buf_text(&out), "a=b%20c%26d%3D%C3%A9%2F~&e=");
	ra_buf_fini(&out);
}

/* What they said of themselves in 2025. */
static void test_devices(void **state)
{
	static const struct {
		const char *agent, *browser, *system;
	} devices[] = {
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
		  "Gecko) "
		  "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
		  "Edge", "Windows" },
		{ "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		  "Firefox", "Linux" },
		{ "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
		  "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
		  "Safari", "iPhone" },
		{ "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like "
		  "Gecko) "
		  "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
		  "Samsung Internet", "Android" },
		{ "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like "
		  "Gecko) Chrome/126.0.0.0 Safari/537.36",
		  "Chrome", "macOS" },
		{ "<script>alert(1)</script>", "", "" },
		{ "", "", "" },
	};
	(void)state;
	for (size_t i = 0; i < RA_COUNT(devices); i++) {
		struct device device = device_of(ra_str_of(devices[i].agent));
		assert_string_equal(device.browser, devices[i].browser);
		assert_string_equal(device.system, devices[i].system);
	}
}

static const char *header_of(const char *const *pairs, const char *name)
{
	while (pairs[0] && strcmp(pairs[0], name) != 0)
		pairs += 2;
	return pairs[0] ? pairs[1] : "";
}

/* On https browsers are told to stay there; elsewhere that would lock people out. */
static void test_headers_of_files(void **state)
{
	struct urls urls = { .cdn_origin = "https://cdn.test" };
	struct site_headers headers;
	(void)state;
	site_headers_init(&headers, &urls);
	assert_string_equal(header_of(headers.pairs, "strict-transport-security"), "");
	const char *csp = header_of(headers.pairs, "content-security-policy");
	assert_non_null(strstr(csp, "default-src 'none'; script-src 'self'; style-src 'self';"));
	assert_null(strstr(csp, "unsafe"));
	assert_string_equal(header_of(headers.pairs, "x-content-type-options"), "nosniff");
	assert_string_equal(header_of(headers.pairs, "referrer-policy"), "no-referrer");
	site_headers_fini(&headers);
	urls.is_https = true;
	site_headers_init(&headers, &urls);
	assert_string_equal(header_of(headers.pairs, "strict-transport-security"),
			    "max-age=31536000");
	assert_string_equal(header_of(headers.embed_pairs, "strict-transport-security"),
			    "max-age=31536000");
	site_headers_fini(&headers);
}

static void test_limit(void **state)
{
	struct limit *limit = ra_new(struct limit);
	(void)state;
	limit_init(limit, 0.5, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(limit_take(limit, RA_STR("1.2.3.4"), 1000), 0);
	assert_int_equal(limit_left(limit, RA_STR("1.2.3.4")), 0);
	assert_int_equal(limit_take(limit, RA_STR("1.2.3.4"), 1000), 2000);
	assert_int_equal(limit_take(limit, RA_STR("1.2.3.4"), 2999), 1);
	assert_int_equal(limit_take(limit, RA_STR("1.2.3.4"), 3001), 0);
	assert_true(limit_take(limit, RA_STR("1.2.3.4"), 3001) > 0);
	/* a clock that steps back gives nothing away, and takes nothing */
	assert_true(limit_take(limit, RA_STR("1.2.3.4"), 0) > 0);
	assert_int_equal(limit_take(limit, RA_STR("1.2.3.4"), 1000000), 0);
	/* or there is none */
	limit_init(limit, 0, 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(limit_take(limit, RA_STR("1.2.3.4"), 1000), 0);
	ra_free(limit);
}

static void test_tally(void **state)
{
	struct tally tally = { .size = 3 };
	(void)state;
	tally_add(&tally, 100);
	tally_add(&tally, 100);
	tally_add(&tally, 101);
	assert_int_equal(tally_at(&tally, 100), 2);
	assert_int_equal(tally_sum(&tally, 101), 3);
	assert_int_equal(tally_sum(&tally, 102), 3);
	assert_int_equal(tally_sum(&tally, 103), 1);
	assert_int_equal(tally_sum(&tally, 104), 0);
	tally_add(&tally, 99); /* late, but within memory */
	assert_int_equal(tally_sum(&tally, 101), 4);
	tally_add(&tally, 98); /* too late */
	assert_int_equal(tally_sum(&tally, 101), 4);
	tally_add(&tally, 103); /* 102 is skipped, 99 and 100 forgotten */
	assert_int_equal(tally_at(&tally, 100), 0);
	assert_int_equal(tally_at(&tally, 101), 1);
	assert_int_equal(tally_at(&tally, 102), 0);
	assert_int_equal(tally_sum(&tally, 103), 2);
	tally_add(&tally, 9000000);
	assert_int_equal(tally_sum(&tally, 9000000), 1);
}

/* What conf_check prints about this configuration. */
static char *complaints(const struct conf *conf, int mistakes)
{
	struct capture capture = capture_begin(STDERR_FILENO);
	int found = conf_check(conf);
	char *text = capture_end(&capture);
	assert_int_equal(found, mistakes);
	return text;
}

static void test_configuration(void **state)
{
	struct conf conf = { .public_url = "",
			     .trusted_proxies = "",
			     .cors_origins = "",
			     .forwarded_header = "x-forwarded-for",
			     .discord_authorize_url = "",
			     .discord_client_id = "",
			     .discord_client_secret = "",
			     .owner_ids = "",
			     .discord_api_base = "https://discord.com/api/v10/",
			     .discord_cdn_base = "https://cdn.discordapp.com/",
			     .session_secret = "0123456789abcdef0123456789abcdef",
			     .port = 5000 };
	struct urls urls;
	(void)state;
	ra_free(complaints(&conf, 0));
	assert_false(conf_can_login(&conf));
	urls_init(&urls, &conf);
	assert_string_equal(urls.public_url, "http://localhost:5000");
	assert_string_equal(urls.redirect_uri, "http://localhost:5000/callback");
	assert_string_equal(urls.authorize_url, "https://discord.com/oauth2/authorize");
	assert_string_equal(urls.api_base, "https://discord.com/api/v10");
	assert_string_equal(urls.cdn_base, "https://cdn.discordapp.com");
	assert_false(urls.is_https);
	urls_fini(&urls);

	conf.public_url = "https://a.test/rations/";
	ra_free(complaints(&conf, 0));
	urls_init(&urls, &conf);
	assert_string_equal(urls.public_url, "https://a.test/rations");
	assert_string_equal(urls.base, "/rations");
	assert_string_equal(urls.redirect_uri, "https://a.test/rations/callback");
	assert_true(urls.is_https);
	urls_fini(&urls);

	conf.trusted_proxies = "10.0.0.0/8, everybody";
	conf.cors_origins = "https://a.test, https://b.test/";
	conf.session_secret = "short";
	conf.public_url = "https://a.test/path?query";
	conf.discord_client_id = "my-bot";
	conf.owner_ids = "me";
	conf.discord_authorize_url = "discord.com";
	char *text = complaints(&conf, 8);
	static const char *const named[] = { "SESSION_SECRET",        "OWNER_IDS",
					     "openssl rand",          "PUBLIC_URL",
					     "DISCORD_CLIENT_ID",     "DISCORD_CLIENT_SECRET",
					     "DISCORD_AUTHORIZE_URL", "TRUSTED_PROXIES",
					     "CORS_ORIGINS" };
	for (size_t i = 0; i < RA_COUNT(named); i++)
		assert_non_null(strstr(text, named[i]));
	ra_free(text);
}

static void test_origins(void **state)
{
	static const char *const good[] = { "", "*", "https://a.test", "http://a.test:8080,*",
					    " https://a.test  https://[2001:db8::1]:8443," };
	static const char *const bad[] = { "a.test",         "https://a.test/",
					   "https://A.test", "https://*.a.test",
					   "null",           "https://a.test;b",
					   "ftp://a.test" };
	struct ra_err err;
	(void)state;
	for (size_t i = 0; i < RA_COUNT(good); i++)
		if (cors_check(good[i], &err) < 0)
			fail_msg("%s: %s", good[i], err.msg);
	for (size_t i = 0; i < RA_COUNT(bad); i++)
		if (cors_check(bad[i], &err) == 0)
			fail_msg("%s is taken", bad[i]);
}

static void test_client_id_from_token(void **state)
{
	(void)state;
	static const struct {
		const char *token, *secret, *given, *id;
	} cases[] = {
		{ "MTEwMDAwMDAwMDAwMDAwMDA0Mg.GaBcDe.xyz", "s", "", "1100000000000000042" },
		{ "MTEwMDAwMDAwMDAwMDAwMDA0Mg.GaBcDe.xyz", "s", "7", "7" },
		{ "MTEwMDAwMDAwMDAwMDAwMDA0Mg.GaBcDe.xyz", "", "", "" },
		{ "MTEwMDAwMDAwMDAwMDAwMDA0Mg", "s", "", "" },
		{ "bm8gbnVtYmVy.a.b", "s", "", "" },
		{ "!!.a.b", "s", "", "" },
		{ ".a.b", "s", "", "" },
		{ "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTEx.a.b", "s", "", "" },
		{ "", "s", "", "" },
	};
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		struct conf conf = { .discord_bot_token = ra_strdup(cases[i].token),
				     .discord_client_secret = ra_strdup(cases[i].secret),
				     .discord_client_id = ra_strdup(cases[i].given),
				     .host = ra_strdup(""),
				     .public_url = ra_strdup(""),
				     .trusted_proxies = ra_strdup("10.0.0.1"),
				     .port = 5000 };
		conf_complete(&conf);
		assert_string_equal(conf.discord_client_id, cases[i].id);
		assert_string_equal(conf.host, "127.0.0.1");
		assert_string_equal(conf.public_url, "http://localhost:5000");
		assert_string_equal(conf.trusted_proxies, "10.0.0.1");
		ra_free(conf.host);
		ra_free(conf.public_url);
		ra_free(conf.trusted_proxies);
		ra_free(conf.discord_bot_token);
		ra_free(conf.discord_client_secret);
		ra_free(conf.discord_client_id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_pkce),
		cmocka_unit_test(test_login_cookie),
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_local_paths),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_headers_of_files),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_tally),
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_client_id_from_token),
	};
	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
