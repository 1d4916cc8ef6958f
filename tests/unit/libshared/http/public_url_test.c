/* public_url: what may be written there, and what hosting platforms say. */
#include "libshared/http/public_url.h"
#include "tests/harness/cmocka.h"
#include <stdlib.h>

static void test_mistakes(void **state)
{
	static const struct {
		const char *url;
		bool is_good;
	} cases[] = {
		{ "http://localhost:5000", true },
		{ "https://stats.example.org/", true },
		{ "https://example.org/rations", true },
		{ "https://example.org/rations/", true },
		{ "https://[2001:db8::1]:8443/a/b-c/d_e~f.g", true },
		{ "https://example.org/rationsapi", true },
		{ "", false },
		{ "stats", false },
		{ "ftp://example.org", false },
		{ "https://", false },
		{ "https:///rations", false },
		{ "https://a b", false },
		{ "https://user@example.org", false },
		{ "https://example.org/?x", false },
		{ "https://example.org/#x", false },
		{ "https://example.org/a?x=1", false },
		{ "https://example.org//", false },
		{ "https://example.org/a//b", false },
		{ "https://example.org/../a", false },
		{ "https://example.org/a/.", false },
		{ "https://example.org/a%2fb", false },
		{ "https://example.org/\"><script>", false },
		{ "https://example.org/\xd1\x8f", false },
		{ "https://example.org/api", false }, /* is it ours, or did a proxy leave it? */
		{ "https://example.org/share/x", false },
	};
	(void)state;
	for (size_t i = 0; i < RA_COUNT(cases); i++)
		if (!ra_public_url_mistake(cases[i].url) != cases[i].is_good)
			fail_msg("%s: %s", cases[i].url, cases[i].is_good ? "refused" : "taken");
}

static void expect_url(const char *told, const char *url, const char *base)
{
	char *found = ra_public_url(told, 5000);
	assert_string_equal(found, url);
	assert_string_equal(ra_public_url_base(found), base);
	ra_free(found);
}

static void test_told(void **state)
{
	(void)state;
	expect_url("", "http://localhost:5000", "");
	expect_url("https://own.test/", "https://own.test", "");
	expect_url("https://own.test:8443/rations/", "https://own.test:8443/rations", "/rations");
	expect_url("http://own.test/a/b", "http://own.test/a/b", "/a/b");
	assert_null(ra_platform_here());
	assert_string_equal(ra_listen_host(""), "127.0.0.1");
}

static void test_hosting_platforms(void **state)
{
	static const struct {
		const char *name, *variables[4], *url;
	} cases[] = {
		{ "Render",
		  { "RENDER", "true", "RENDER_EXTERNAL_URL", "https://a.onrender.com" },
		  "https://a.onrender.com" },
		{ "Railway",
		  { "RAILWAY_PROJECT_ID", "1", "RAILWAY_PUBLIC_DOMAIN", "a.up.railway.app" },
		  "https://a.up.railway.app" },
		{ "Replit",
		  { "REPL_ID", "1", "REPLIT_DOMAINS", "a.replit.app,b.example.org" },
		  "https://a.replit.app" },
		{ "Replit",
		  { "REPL_ID", "1", "REPLIT_DEV_DOMAIN", "a.janeway.replit.dev" },
		  "https://a.janeway.replit.dev" },
		{ "Fly.io", { "FLY_MACHINE_ID", "1", "FLY_APP_NAME", "a" }, "https://a.fly.dev" },
		{ "Heroku",
		  { "DYNO", "web.1", "HEROKU_APP_DEFAULT_DOMAIN_NAME", "a-12ab.herokuapp.com" },
		  "https://a-12ab.herokuapp.com" },
		{ "Koyeb",
		  { "KOYEB_APP_NAME", "a", "KOYEB_PUBLIC_DOMAIN", "a-org.koyeb.app" },
		  "https://a-org.koyeb.app" },
		/* without dyno metadata, and what is no host */
		{ "Heroku", { "DYNO", "web.1", "PORT", "" }, "http://localhost:5000" },
		{ "Railway",
		  { "RAILWAY_PROJECT_ID", "1", "RAILWAY_PUBLIC_DOMAIN", "a b" },
		  "http://localhost:5000" },
	};
	(void)state;
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		const char *const *set = cases[i].variables;
		setenv(set[0], set[1], 1);
		setenv(set[2], set[3], 1);
		assert_non_null(ra_platform_here());
		assert_string_equal(ra_platform_here()->name, cases[i].name);
		assert_string_equal(ra_listen_host(""), "0.0.0.0");
		assert_string_equal(ra_listen_host("::"), "::");
		expect_url("", cases[i].url, "");
		expect_url("https://own.test/x", "https://own.test/x", "/x");
		unsetenv(set[0]);
		unsetenv(set[2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_hosting_platforms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
