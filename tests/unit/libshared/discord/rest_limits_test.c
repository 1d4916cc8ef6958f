/* rest_limits: what answers say, of every kind the protocol knows. */
#include "libshared/discord/rest_limits.h"
#include "tests/harness/cmocka.h"

#define BUCKET                                                                                     \
	"X-RateLimit-Limit: 5\r\nX-RateLimit-Remaining: 3\r\nX-RateLimit-Reset: "                  \
	"1795256130.123\r\n"                                                                       \
	"X-RateLimit-Reset-After: 1.001\r\nX-RateLimit-Bucket: abcd1234\r\n"
#define EMPTY                                                                                      \
	"x-ratelimit-limit: 5\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1795256130.5\r\n"  \
	"x-ratelimit-reset-after: 4.2\r\nx-ratelimit-bucket: abcd1234\r\n"
#define VIA "Via: 1.1 google\r\n"

static struct rest_limits parse(int status, const char *headers, const char *body)
{
	return rest_limits_parse(status, ra_str_of(headers), ra_str_of(body));
}

static void test_bucket(void **state)
{
	(void)state;
	struct rest_limits l = parse(200, "HTTP/1.1 200 OK\r\n" VIA BUCKET "\r\n", "{}");
	assert_true(l.has_bucket);
	assert_string_equal(l.bucket, "abcd1234");
	assert_int_equal(l.limit, 5);
	assert_int_equal(l.remaining, 3);
	assert_int_equal(l.reset_ms, 1795256130123);
	assert_int_equal(l.reset_after_ms, 1001);
	assert_int_equal(l.limited, REST_NOT_LIMITED);
	assert_int_equal(l.retry_after_ms, 0);
}

static void test_no_bucket(void **state)
{
	static const char *const headers[] = {
		"",
		VIA,
		"x-ratelimit-bucket: b\r\nx-ratelimit-limit: 0\r\nx-ratelimit-remaining: 0\r\n",
		"x-ratelimit-bucket: b\r\nx-ratelimit-limit: 5\r\n",
		"x-ratelimit-bucket: b\r\nx-ratelimit-limit: many\r\nx-ratelimit-remaining: 1\r\n",
	};
	(void)state;
	for (size_t i = 0; i < RA_COUNT(headers); i++)
		assert_false(parse(200, headers[i], "{}").has_bucket);
	char *longer = ra_format("x-ratelimit-bucket: %070d\r\nx-ratelimit-limit: 5\r\n"
				 "x-ratelimit-remaining: 1\r\n",
				 1);
	assert_false(parse(200, longer, "{}").has_bucket);
	ra_free(longer);
}

static void test_numbers_are_bounded(void **state)
{
	(void)state;
	struct rest_limits l = parse(200,
				     "x-ratelimit-bucket: b\r\nx-ratelimit-limit: 5\r\n"
				     "x-ratelimit-remaining: 50000\r\n"
				     "x-ratelimit-reset-after: 99999999999\r\n",
				     "{}");
	assert_int_equal(l.remaining, 5);
	assert_int_equal(l.reset_after_ms, REST_WAIT_MAX_MS);
	l = parse(200, "retry-after: -1\r\n", "");
	assert_int_equal(l.retry_after_ms, 0);
	l = parse(200, "retry-after: nan\r\n", "");
	assert_int_equal(l.retry_after_ms, 0);
}

/* A 429, what it is, and how long it asks to wait. */
static void test_429(void **state)
{
	static const struct {
		const char *headers, *body;
		enum rest_429 limited;
		uint64_t retry_ms;
	} cases[] = {
		{ VIA EMPTY "Retry-After: 5\r\nX-RateLimit-Scope: user\r\n",
		  "{\"message\":\"You are being rate "
		  "limited.\",\"retry_after\":4.2,\"global\":false}",
		  REST_LIMITED_BUCKET, 4200 },
		/* a limit that the headers do not show */
		{ VIA BUCKET "Retry-After: 600\r\nX-RateLimit-Scope: user\r\n",
		  "{\"retry_after\":599.5,\"global\":false}", REST_LIMITED_KIND, 599500 },
		{ VIA "Retry-After: 2\r\nX-RateLimit-Scope: shared\r\n", "{\"retry_after\":1.5}",
		  REST_LIMITED_SHARED, 1500 },
		{ VIA EMPTY "Retry-After: 2\r\nX-RateLimit-Scope: global\r\n"
			    "X-RateLimit-Global: true\r\n",
		  "{\"retry_after\":1.5,\"global\":true}", REST_LIMITED_GLOBAL, 1500 },
		/* each of the three ways to say global is enough */
		{ VIA "Retry-After: 2\r\nX-RateLimit-Global: true\r\n", "", REST_LIMITED_GLOBAL,
		  2000 },
		{ VIA, "{\"retry_after\":0.25,\"global\":true}", REST_LIMITED_GLOBAL, 250 },
		/* nothing is said but the header, or not even that */
		{ VIA "Retry-After: 3\r\n", "", REST_LIMITED_KIND, 3000 },
		{ VIA, "", REST_LIMITED_KIND, REST_RETRY_MS },
		{ VIA "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n", "", REST_LIMITED_KIND,
		  REST_RETRY_MS },
		/* no Via, but Discord's own words */
		{ "", "{\"message\":\"You are being rate limited.\",\"retry_after\":0}",
		  REST_LIMITED_KIND, 1 },
		/* Cloudflare */
		{ "Content-Type: text/html\r\n", "error code: 1015", REST_BANNED, REST_BAN_MS },
		{ "Retry-After: 3600\r\n", "error code: 1015", REST_BANNED, 3600000 },
		{ "Retry-After: 1\r\n",
		  "{\"code\":0,\"message\":\"You are being blocked from accessing our API "
		  "temporarily\"}",
		  REST_BANNED, REST_BAN_MS },
		{ "", "{\"retry_after\":1e300}", REST_LIMITED_KIND, REST_WAIT_MAX_MS },
		{ "", "{\"retry_after\":\"1\"}", REST_BANNED, REST_BAN_MS },
		{ "", "{\"retry_after\":1", REST_BANNED, REST_BAN_MS },
	};
	(void)state;
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		struct rest_limits l = parse(429, cases[i].headers, cases[i].body);
		if (l.limited != cases[i].limited || l.retry_after_ms != cases[i].retry_ms)
			fail_msg("case %zu: kind %d, %llu ms", i, (int)l.limited,
				 (unsigned long long)l.retry_after_ms);
	}
}

static void test_error_code(void **state)
{
	(void)state;
	assert_int_equal(rest_error_code(RA_STR("{\"message\":\"x\",\"code\":50001}")), 50001);
	assert_int_equal(rest_error_code(RA_STR("{\"code\":0}")), 0);
	assert_int_equal(rest_error_code(RA_STR("{\"code\":-5}")), 0);
	assert_int_equal(rest_error_code(RA_STR("{\"code\":99999999999}")), 0);
	assert_int_equal(rest_error_code(RA_STR("{\"code\":50001")), 0);
	assert_int_equal(rest_error_code(RA_STR("<html>")), 0);
	assert_int_equal(rest_error_code(RA_STR("")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bucket),
		cmocka_unit_test(test_no_bucket),
		cmocka_unit_test(test_numbers_are_bounded),
		cmocka_unit_test(test_429),
		cmocka_unit_test(test_error_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
