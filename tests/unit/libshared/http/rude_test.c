/* server: requests that are none, or two in one: refused, handed to nobody, and the next is served.
 */
#include "tests/unit/libshared/http/fixture.h"

#define SMUGGLED "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

static int handled;

static void on_any(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	handled++;
	ra_http_reply(req, 200, "text/plain", RA_STR("hello"));
}

static const char *const rude[] = {
	"GET\r\n\r\n",
	"GET /\r\n\r\n",
	"GET / HTTP/9.9\r\n\r\n",
	"GET / HTTP/1.1\r\n: no name\r\n\r\n",
	"GET / HTTP/1.1\r\nA B: c\r\n\r\n",
	"GET / HTTP/1.1\r\nName : value\r\n\r\n",
	"GET / HTTP/1.1\r\nName: a\001b\r\n\r\n",
	"\026\003\001\002\001\001\001\374\003\003\r\n\r\n", /* somebody speaks TLS */
	"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
	"POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\nhello",
	"POST / HTTP/1.1\r\nContent-Length: five\r\n\r\nhello",
	"POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\nhello",
	"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
	"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFFF\r\n",
	"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
	"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nz\r\n",
	"POST / HTTP/1.1\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
	/* Two readers of these would see different requests (RFC 9112, 6.3). */
	"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 40\r\n\r\nhello" SMUGGLED,
	"POST / HTTP/1.1\r\ncontent-length: 40\r\nx: y\r\nCONTENT-LENGTH: 5\r\n\r\nhello" SMUGGLED,
	"POST / HTTP/1.1\r\nContent-Length: 5\nContent-Length: 40\n\nhello" SMUGGLED,
	"POST / HTTP/1.1\r\nContent-Length: 40\r\nTransfer-Encoding: "
	"chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
	"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: "
	"43\r\n\r\n0\r\n\r\n" SMUGGLED,
	"GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 35\r\n\r\n" SMUGGLED,
};

static void test_is_refused(void **state)
{
	const struct ra_http_options options = { .request_ms = 200 };

	(void)state;
	fixture_open(&options);
	ra_http_route(fx.server, NULL, "/*", on_any, NULL);
	for (size_t i = 0; i < sizeof(rude) / sizeof(rude[0]); i++) {
		struct raw raw;
		raw_open(&raw, rude[i]);
		test_run_until(&fx.loop, raw.is_eof);
		if (strncmp(ra_buf_text(&raw.in), "HTTP/1.1 400 ", 13) != 0 || handled > 0)
			fail_msg("%s\nis answered\n%s", rude[i], ra_buf_text(&raw.in));
		assert_null(strstr(ra_buf_text(&raw.in) + 1, "HTTP/1.1")); /* once */
		raw_close(&raw);
	}
	expect(get("/hello"), 200, "hello");
	fixture_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_is_refused) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
