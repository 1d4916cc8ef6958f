/* files: a dashboard's directory, as a browser asks for it. */
#include "tests/unit/libshared/http/fixture.h"
#include <sys/stat.h>
#include <zlib.h>

static char dir[] = "/tmp/files_test.XXXXXX";

static void put(const char *name, const char *text)
{
	char *path = ra_format("%s/%s", dir, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	ra_free(path);
}

static void remove_file(const char *name)
{
	char *path = ra_format("%s/%s", dir, name);

	assert_int_equal(unlink(path), 0);
	ra_free(path);
}

static void put_gzip(const char *name, const char *text)
{
	char *path = ra_format("%s/%s", dir, name);
	gzFile file = gzopen(path, "w");

	gzputs(file, text);
	gzclose(file);
	ra_free(path);
}

static int make_dir(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	char *assets = ra_format("%s/assets", dir);
	mkdir(assets, 0755);
	ra_free(assets);
	put("index.html", "<home>");
	put("robots.txt", "robots");
	put("big-settings.js", "word");
	put(".secret", "secret");
	put("empty.css", "");
	put("assets/main-Ab3_x-9Z.js", "plain");
	put_gzip("assets/main-Ab3_x-9Z.js.gz", "packed");
	return 0;
}

static int remove_dir(void **state)
{
	char *command = ra_format("rm -r %s", dir);

	(void)state;
	int rc = system(command);
	ra_free(command);
	return rc;
}

static void open_files(void)
{
	static const char *const headers[] = { "Content-Security-Policy", "default-src 'self'",
					       NULL };

	fixture_open(NULL);
	ra_http_route_files(fx.server, "/", dir, "index.html", headers);
}

static struct reply get_header(const char *path, const char *header)
{
	wanted_header = header;
	struct reply reply = get(path);
	wanted_header = "content-type";
	return reply;
}

static void expect_header(const char *path, const char *header, const char *value)
{
	struct reply reply = get_header(path, header);

	assert_string_equal(reply.header, value);
	ra_buf_fini(&reply.body);
}

static void test_what_is_served(void **state)
{
	(void)state;
	open_files();
	expect(get("/"), 200, "<home>");
	expect(get("/guilds/17?tab=voice"), 200, "<home>");
	expect(get("/assets"), 200, "<home>");
	expect(get("/robots.txt"), 200, "robots");
	expect(get("/empty.css"), 200, "");
	expect(get("/missing.js"), 404, NULL);
	expect(get("/.secret"), 404, NULL);
	expect(get("/assets/../.secret"), 404, NULL);
	expect(get("/robots.txt%00"), 404, NULL);
	expect(get("/assets%2fmain-Ab3_x-9Z.js"), 200, "packed");
	expect(ask((struct ra_http_call){ .method = "POST" }, "/"), 405, NULL);
	fixture_close();
}

static void test_outside_is_out_of_reach(void **state)
{
	struct raw raw;

	(void)state;
	open_files();
	raw_open(&raw, "GET /../../../../../../etc/passwd HTTP/1.1\r\n\r\n"
		       "GET /assets/%2e%2e/%2e%2e/%2e%2e/etc/hosts.conf HTTP/1.1\r\n"
		       "Connection: close\r\n\r\n");
	test_run_until(&fx.loop, raw.is_eof);
	assert_false(raw_has(&raw, "root:"));
	assert_true(raw_has(&raw, "HTTP/1.1 404"));
	raw_close(&raw);
	fixture_close();
}

static void test_headers(void **state)
{
	(void)state;
	open_files();
	expect_header("/", "content-type", "text/html; charset=utf-8");
	expect_header("/", "cache-control", "no-cache");
	expect_header("/big-settings.js", "cache-control", "no-cache");
	expect_header("/assets/main-Ab3_x-9Z.js", "cache-control",
		      "public, max-age=31536000, immutable");
	expect_header("/assets/main-Ab3_x-9Z.js", "content-type", "text/javascript; charset=utf-8");
	expect_header("/assets/main-Ab3_x-9Z.js", "content-encoding", "gzip");
	expect_header("/assets/main-Ab3_x-9Z.js", "vary", "accept-encoding");
	expect_header("/robots.txt", "content-encoding", "");
	expect_header("/", "content-security-policy", "default-src 'self'");
	expect_header("/missing.js", "content-security-policy", "default-src 'self'");
	fixture_close();
}

static void test_plain_for_who_takes_no_gzip(void **state)
{
	struct raw raw;

	(void)state;
	open_files();
	raw_open(&raw, "GET /assets/main-Ab3_x-9Z.js HTTP/1.1\r\nConnection: close\r\n\r\n");
	test_run_until(&fx.loop, raw.is_eof);
	assert_true(raw_has(&raw, "\r\n\r\nplain"));
	raw_close(&raw);
	fixture_close();
}

static void test_not_modified(void **state)
{
	const char *lines[] = { NULL, NULL };

	(void)state;
	open_files();
	struct reply reply = get_header("/robots.txt", "etag");
	char *line = ra_format("If-None-Match: \"other\", W/%s", reply.header);
	lines[0] = line;
	expect(reply, 200, "robots");
	wanted_header = "content-security-policy";
	reply = ask((struct ra_http_call){ .method = "GET", .headers = lines }, "/robots.txt");
	assert_string_equal(reply.header, "default-src 'self'");
	expect(reply, 304, "");
	wanted_header = "content-type";
	put("robots.txt", "other robots");
	expect(ask((struct ra_http_call){ .method = "GET", .headers = lines }, "/robots.txt"), 200,
	       "other robots");
	put("robots.txt", "robots");
	ra_free(line);
	fixture_close();
}

static void test_head(void **state)
{
	(void)state;
	open_files();
	wanted_header = "content-length";
	struct reply reply = ask((struct ra_http_call){ .method = "HEAD" }, "/robots.txt");
	assert_string_equal(reply.header, "6");
	expect(reply, 200, "");
	wanted_header = "content-type";
	fixture_close();
}

/* The page is the same file wherever it lies; what it names is below the base path. Proxies may
 * leave the base path or take it away. */
static void test_base_path(void **state)
{
	const char *page = "<script src=\"/rations/app.js\"><a href=\"https://x/\">"
			   "<html data-base=\"/rations/\">";

	(void)state;
	put("index.html", "<script src=\"/app.js\"><a href=\"https://x/\">"
			  "<html data-base=\"/\">");
	put_gzip("index.html.gz", "<packed>");
	fixture_open(&(struct ra_http_options){ .base_path = "/rations" });
	ra_http_route_files(fx.server, "/", dir, "index.html", NULL);
	expect(get("/rations/"), 200, page);
	expect(get("/rations"), 200, page);
	expect(get("/rations/guilds/17?tab=voice"), 200, page);
	expect(get("/"), 200, page);
	expect(get("/guilds/17"), 200, page);
	expect(get("/rations/robots.txt"), 200, "robots");
	expect(get("/robots.txt"), 200, "robots");
	expect(get("/rations/assets/main-Ab3_x-9Z.js"), 200, "packed");
	expect(get("/rationsrobots.txt"), 404, NULL);
	expect(get("/rations/rations/robots.txt"), 404, NULL);
	fixture_close();
	remove_file("index.html.gz");
	put("index.html", "<home>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_served),
		cmocka_unit_test(test_outside_is_out_of_reach),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_plain_for_who_takes_no_gzip),
		cmocka_unit_test(test_not_modified),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_base_path),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
