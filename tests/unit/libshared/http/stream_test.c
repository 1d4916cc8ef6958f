/* stream: events arrive in order, slow readers and leavers are noticed, ends are told once. */
#include "libshared/http/server_internal.h"
#include "tests/unit/libshared/http/fixture.h"

struct feed {
	struct ra_http_stream *stream;
	int gone;
};

static void on_gone(void *ctx)
{
	struct feed *feed = ctx;

	feed->stream = NULL;
	feed->gone++;
}

static void on_subscribe(struct ra_http_request *req, void *ctx)
{
	struct feed *feed = ctx;

	feed->stream = ra_http_stream_start(req, on_gone, feed);
	assert_non_null(feed->stream);
}

static void open_feed(struct feed *feed)
{
	*feed = (struct feed){ 0 };
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/live", on_subscribe, feed);
}

static void test_events_in_order(void **state)
{
	struct feed feed;
	struct raw raw;

	(void)state;
	open_feed(&feed);
	raw_open(&raw, "GET /live HTTP/1.0\r\n\r\n");
	test_run_until(&fx.loop, feed.stream && raw_has(&raw, ":\n\n"));
	assert_true(raw_has(&raw, "content-type: text/event-stream\r\n"));
	assert_true(raw_has(&raw, "cache-control: no-store\r\n"));
	ra_http_stream_send(feed.stream, "counts", "7", RA_STR("{\"a\":1}"));
	ra_http_stream_send(feed.stream, NULL, NULL, RA_STR("x"));
	test_run_until(&fx.loop, raw_has(&raw, "data: x\n\n"));
	ra_http_stream_send(feed.stream, NULL, NULL, RA_STR("y"));
	ra_http_stream_end(feed.stream);
	test_run_until(&fx.loop, raw.is_eof);
	assert_true(raw_has(&raw, "\r\n\r\n:\n\n"
				  "event: counts\nid: 7\ndata: {\"a\":1}\n\n"
				  "data: x\n\n"
				  "data: y\n\n"));
	raw_close(&raw);
	fixture_close();
	assert_int_equal(feed.gone, 0); /* whoever ends it knows */
}

static void test_chunked_end(void **state)
{
	struct feed feed;
	struct raw raw;

	(void)state;
	open_feed(&feed);
	raw_open(&raw, "GET /live HTTP/1.1\r\n\r\n");
	test_run_until(&fx.loop, feed.stream && raw_has(&raw, ":\n\n"));
	ra_http_stream_end(feed.stream);
	test_run_until(&fx.loop, raw.is_eof);
	assert_true(raw_has(&raw, "3\r\n:\n\n\r\n0\r\n\r\n"));
	raw_close(&raw);
	fixture_close();
}

static void test_reader_leaves(void **state)
{
	struct feed feed;
	struct raw raw;

	(void)state;
	open_feed(&feed);
	raw_open(&raw, "GET /live HTTP/1.1\r\n\r\n");
	test_run_until(&fx.loop, feed.stream && raw_has(&raw, ":\n\n"));
	raw_close(&raw);
	test_run_until(&fx.loop, feed.gone == 1);
	fixture_close();
	assert_int_equal(feed.gone, 1);
}

static void test_reader_too_slow(void **state)
{
	struct feed feed;
	struct raw raw;
	char *text = ra_alloc(100000);
	int sent = 0;

	(void)state;
	memset(text, 'x', 100000);
	open_feed(&feed);
	raw_connect(&raw, 4096);
	raw_write(&raw, "GET /live HTTP/1.1\r\n\r\n", 22);
	test_run_until(&fx.loop, feed.stream);
	while (feed.stream && sent++ < 1000) {
		ra_http_stream_send(feed.stream, NULL, NULL, (struct ra_str){ text, 100000 });
		uv_run(&fx.loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(feed.gone, 1);
	assert_true(sent < 200); /* the kernel's buffers and ours, not the whole of it */
	raw_close(&raw);
	fixture_close();
	ra_free(text);
}

static void test_heartbeat(void **state)
{
	struct feed feed;
	struct raw raw;

	(void)state;
	open_feed(&feed);
	raw_open(&raw, "GET /live HTTP/1.0\r\n\r\n");
	test_run_until(&fx.loop, feed.stream && raw_has(&raw, ":\n\n"));
	http_stream_tick(feed.stream, uv_now(&fx.loop) + 14000);
	test_run_for(&fx.loop, 20);
	assert_false(raw_has(&raw, ":\n\n:\n\n"));
	http_stream_tick(feed.stream, uv_now(&fx.loop) + 15000);
	test_run_until(&fx.loop, raw_has(&raw, ":\n\n:\n\n"));
	raw_close(&raw);
	fixture_close();
}

static void test_drain_ends_streams(void **state)
{
	struct feed feed;
	struct raw raw;

	(void)state;
	open_feed(&feed);
	raw_open(&raw, "GET /live HTTP/1.1\r\n\r\n");
	test_run_until(&fx.loop, feed.stream && raw_has(&raw, ":\n\n"));
	ra_http_stream_send(feed.stream, NULL, NULL, RA_STR("last"));
	fixture_stop_server(60000);
	test_run_until(&fx.loop, raw.is_eof && fx.is_server_closed);
	assert_true(raw_has(&raw, "data: last\n\n\r\n0\r\n\r\n"));
	assert_int_equal(feed.gone, 1);
	raw_close(&raw);
	fixture_close();
}

static void test_head(void **state)
{
	struct feed feed;
	struct raw raw;

	(void)state;
	open_feed(&feed);
	raw_open(&raw, "HEAD /live HTTP/1.1\r\n\r\n");
	test_run_until(&fx.loop, raw.is_eof && feed.gone == 1);
	assert_true(raw_has(&raw, "content-type: text/event-stream\r\n"));
	assert_false(raw_has(&raw, ":\n\n"));
	raw_close(&raw);
	fixture_close();
}

/* --- files --- */

struct file {
	struct ra_http_stream *stream;
	int drained, gone, left; /* pieces not written yet */
	bool breaks;             /* half way */
};

static void on_file_drained(void *ctx)
{
	struct file *file = ctx;
	char piece[10000];
	memset(piece, 'x', sizeof(piece));
	file->drained++;
	if (file->breaks && file->left == 50)
		ra_http_file_abort(file->stream);
	else if (file->left-- > 0)
		ra_http_file_write(file->stream, (struct ra_str){ piece, sizeof(piece) });
	else
		ra_http_stream_end(file->stream);
}

static void on_file_gone(void *ctx)
{
	((struct file *)ctx)->gone++;
}

static void on_get_file(struct ra_http_request *req, void *ctx)
{
	struct file *file = ctx;
	file->stream = ra_http_file_start(req, "text/csv", on_file_drained, on_file_gone, file);
	assert_non_null(file->stream);
	ra_http_file_write(file->stream, RA_STR("begin\r\n"));
}

static void test_file(void **state)
{
	struct file file = { .left = 100 };
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/file", on_get_file, &file);
	struct reply reply = get("/file");
	assert_int_equal(reply.status, 0);
	assert_int_equal(reply.body.len, 7 + 100 * 10000);
	assert_string_equal(reply.type, "text/csv");
	assert_int_equal(file.drained, 101);
	assert_int_equal(file.gone, 0);
	ra_buf_fini(&reply.body);
	fixture_close();
}

/* Who reads half of it must not think that was all. */
static void test_file_breaks(void **state)
{
	struct file file = { .left = 100, .breaks = true };
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/file", on_get_file, &file);
	struct reply reply = get("/file");
	assert_int_equal(reply.status, RA_EDOWN);
	ra_buf_fini(&reply.body);
	fixture_close();
}

/* The writer waits for a reader who does not read, and is told when he leaves. */
static void test_file_reader_leaves(void **state)
{
	struct file file = { .left = 100000 };
	struct raw raw;
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/file", on_get_file, &file);
	raw_connect(&raw, 4096);
	raw_write(&raw, "GET /file HTTP/1.1\r\n\r\n", 22);
	test_run_until(&fx.loop, file.drained > 3);
	raw_close(&raw);
	test_run_until(&fx.loop, file.gone == 1);
	assert_true(file.left > 90000);
	fixture_close();
}

/* A drain lets a file be finished. */
static void test_file_outlives_drain(void **state)
{
	struct file file = { .left = 100 };
	struct reply reply;
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/file", on_get_file, &file);
	begin(&reply, (struct ra_http_call){ .method = "GET" }, "/file");
	test_run_until(&fx.loop, file.drained > 3);
	fixture_stop_server(5000);
	test_run_until(&fx.loop, reply.calls == 1);
	assert_int_equal(reply.body.len, 7 + 100 * 10000);
	ra_buf_fini(&reply.body);
	fixture_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_in_order),
		cmocka_unit_test(test_chunked_end),
		cmocka_unit_test(test_reader_leaves),
		cmocka_unit_test(test_reader_too_slow),
		cmocka_unit_test(test_heartbeat),
		cmocka_unit_test(test_drain_ends_streams),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_breaks),
		cmocka_unit_test(test_file_reader_leaves),
		cmocka_unit_test(test_file_outlives_drain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
