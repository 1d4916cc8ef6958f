/* client: what comes back, and what is said when nothing does. */
#include "tests/unit/libshared/http/fixture.h"

static void on_echo(struct ra_http_request *req, void *ctx)
{
	struct ra_buf text = { 0 };

	(void)ctx;
	ra_buf_add_str(&text, ra_http_method(req));
	ra_buf_add_text(&text, "|");
	ra_buf_add_str(&text, ra_http_header(req, "x-a"));
	ra_buf_add_text(&text, "|");
	ra_buf_add_str(&text, ra_http_header(req, "expect"));
	ra_buf_add_text(&text, "|");
	ra_buf_add_str(&text, ra_http_body(req));
	ra_http_set_header(req, "X-Answer", "  yes ");
	ra_http_reply(req, 418, "text/plain", ra_buf_str(&text));
	ra_buf_fini(&text);
}

static void on_silence(struct ra_http_request *req, void *ctx)
{
	*(struct ra_http_request **)ctx = req;
}

static void on_many(struct ra_http_request *req, void *ctx)
{
	static char bytes[5000];

	(void)ctx;
	ra_http_reply(req, 200, "text/plain", (struct ra_str){ bytes, sizeof(bytes) });
}

static void test_request_and_answer(void **state)
{
	static const char *const headers[] = { "X-A: b", NULL };
	const struct ra_http_call call = {
		.method = "PATCH",
		.headers = headers,
		.body = RA_STR("{\"a\":1}"),
	};

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, NULL, "/echo", on_echo, NULL);
	wanted_header = "x-answer";
	struct reply reply = ask(call, "/echo");
	assert_string_equal(reply.header, "yes");
	expect(reply, 418, "PATCH|b||{\"a\":1}");
	wanted_header = "content-type";
	expect(get("/echo"), 418, "GET|||");
	expect(ask((struct ra_http_call){ .method = "POST" }, "/echo"), 418, "POST|||");
	expect(ask((struct ra_http_call){ .method = "DELETE" }, "/echo"), 418, "DELETE|||");
	fixture_close();
}

static void test_many_at_once(void **state)
{
	struct reply replies[50];
	int done = 0;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, NULL, "/many", on_many, NULL);
	for (size_t i = 0; i < RA_COUNT(replies); i++)
		begin(&replies[i], (struct ra_http_call){ .method = "GET" }, "/many");
	for (; done < (int)RA_COUNT(replies); done++) {
		test_run_until(&fx.loop, replies[done].calls == 1);
		assert_int_equal(replies[done].body.len, 5000);
		expect(replies[done], 200, NULL);
	}
	fixture_close();
}

static void test_timeout(void **state)
{
	struct ra_http_request *held = NULL;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/silence", on_silence, &held);
	struct reply reply = ask((struct ra_http_call){ .method = "GET", .timeout_ms = 30 },
				 "/silence?token=secret");
	assert_int_equal(reply.status, RA_ETIMEOUT);
	char *msg =
		ra_format("http://127.0.0.1:%u/silence: timed out", ra_http_server_port(fx.server));
	assert_string_equal(reply.err.msg, msg);
	ra_free(msg);
	ra_http_reply(held, 200, NULL, RA_STR(""));
	fixture_close();
}

static void test_too_large(void **state)
{
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/many", on_many, NULL);
	struct reply reply =
		ask((struct ra_http_call){ .method = "GET", .max_body = 4999 }, "/many");
	assert_int_equal(reply.status, RA_ETOOBIG);
	expect(ask((struct ra_http_call){ .method = "GET", .max_body = 5000 }, "/many"), 200, NULL);
	fixture_close();
}

static struct reply ask_url(const char *url)
{
	struct reply reply = { 0 };

	ra_http_send(fx.client, &(struct ra_http_call){ .method = "GET", .url = url }, on_reply,
		     &reply);
	assert_int_equal(reply.calls, 0);
	test_run_until(&fx.loop, reply.calls == 1);
	return reply;
}

static void test_cannot_reach(void **state)
{
	(void)state;
	fixture_open(NULL);
	char *url = url_of("/gone?token=secret");
	fixture_stop_server(0);
	test_run_until(&fx.loop, fx.is_server_closed);
	struct reply reply = ask_url(url);
	assert_int_equal(reply.status, RA_EDOWN);
	assert_non_null(strstr(reply.err.msg, "/gone: connection refused"));
	assert_null(strstr(reply.err.msg, "secret"));
	assert_true(*reply.err.hint);
	reply = ask_url("http://no.such.host.invalid/x");
	assert_int_equal(reply.status, RA_EDOWN);
	assert_string_equal(reply.err.msg, "http://no.such.host.invalid/x: no such host");
	reply = ask_url("ftp://127.0.0.1/x");
	assert_int_equal(reply.status, RA_EINVAL);
	reply = ask_url("http://user:secret@:0:0");
	assert_int_equal(reply.status, RA_EINVAL);
	assert_string_equal(reply.err.msg, "url: not a URL");
	ra_free(url);
	fixture_close();
}

static void test_close_stops_calls(void **state)
{
	struct ra_http_request *held = NULL;
	struct reply sent, late;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/silence", on_silence, &held);
	begin(&sent, (struct ra_http_call){ .method = "GET" }, "/silence");
	test_run_until(&fx.loop, held);
	ra_http_client_close(fx.client, set_flag, &fx.is_client_closed);
	begin(&late, (struct ra_http_call){ .method = "GET" }, "/silence");
	assert_int_equal(sent.calls, 0);
	test_run_until(&fx.loop, fx.is_client_closed);
	assert_int_equal(sent.calls, 1);
	assert_int_equal(sent.status, RA_ESTOPPED);
	assert_int_equal(late.calls, 1);
	assert_int_equal(late.status, RA_ESTOPPED);
	ra_http_reply(held, 200, NULL, RA_STR(""));
	fixture_stop_server(5000);
	test_run_until(&fx.loop, fx.is_server_closed);
	test_loop_close(&fx.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_and_answer),
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_cannot_reach),
		cmocka_unit_test(test_close_stops_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
