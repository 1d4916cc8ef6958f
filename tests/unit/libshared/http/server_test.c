/* server: routing, what a request tells, how it is answered, and the drain. */
#include "libshared/http/server_internal.h"
#include "tests/unit/libshared/http/fixture.h"

/* Handlers. */

static void on_hello(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	ra_http_reply(req, 200, "text/plain", RA_STR("hello"));
}

/* Says back what it was asked. */
static void on_echo(struct ra_http_request *req, void *ctx)
{
	json_t *body = json_object();
	struct ra_str cookie = ra_http_cookie(req, "session");
	struct ra_str agent = ra_http_header(req, "user-agent");
	const char *query = ra_http_query(req, "q");
	const char *form = ra_http_form(req, "f");

	json_object_set_new(body, "route", json_string(ctx));
	json_object_set_new(
		body, "id",
		json_stringn(ra_http_param(req, "id").ptr, ra_http_param(req, "id").len));
	json_object_set_new(body, "rest",
			    json_stringn(ra_http_param(req, "*").ptr, ra_http_param(req, "*").len));
	json_object_set_new(body, "cookie", json_stringn(cookie.ptr, cookie.len));
	json_object_set_new(body, "agent", json_stringn(agent.ptr, agent.len));
	json_object_set_new(body, "query", query ? json_string(query) : json_null());
	json_object_set_new(body, "form", form ? json_string(form) : json_null());
	json_object_set_new(body, "peer", json_string(ra_http_from(req)));
	json_object_set_new(body, "origin", json_string(ra_http_asked_origin(req)));
	ra_http_reply_json(req, 200, body);
}

static void on_size(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	ra_http_reply_json(req, 200, json_integer((json_int_t)ra_http_body(req).len));
}

static void expect_member(struct reply reply, const char *name, const char *value)
{
	json_t *body = json_loads(ra_buf_text(&reply.body), 0, NULL);

	assert_int_equal(reply.http, 200);
	assert_non_null(body);
	if (value)
		assert_string_equal(json_string_value(json_object_get(body, name)), value);
	else
		assert_true(json_is_null(json_object_get(body, name)));
	json_decref(body);
	ra_buf_fini(&reply.body);
}

static void test_routes(void **state)
{
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/hello", on_hello, NULL);
	ra_http_route(fx.server, "GET", "/users/@me", on_echo, "me");
	ra_http_route(fx.server, "GET", "/users/{id}", on_echo, "user");
	ra_http_route(fx.server, "GET", "/users/{id}/avatar", on_echo, "avatar");
	ra_http_route(fx.server, NULL, "/any/*", on_echo, "any");
	expect(get("/hello"), 200, "hello");
	expect(get("/hello?x=1"), 200, "hello");
	expect(get("/hello/"), 404, NULL);
	expect(get("/hell"), 404, NULL);
	expect_member(get("/users/@me"), "route", "me");
	expect_member(get("/users/17"), "id", "17");
	expect_member(get("/users/a%20b/avatar"), "id", "a b");
	expect_member(get("/users/a%20b/avatar"), "route", "avatar");
	expect(get("/users/"), 404, NULL);
	expect(get("/users/1/2"), 404, NULL);
	expect_member(get("/any/a/b"), "rest", "a/b");
	expect_member(ask((struct ra_http_call){ .method = "DELETE" }, "/any/"), "rest", "");
	expect_member(get("/any/../any/%2e%2e/any/x"), "rest", "x");
	fixture_close();
}

static void test_request_parts(void **state)
{
	static const char *const headers[] = { "Cookie: a=1; session=s%3D; sessionx=no", NULL };
	struct ra_http_call call = { .method = "POST",
				     .headers = headers,
				     .body = RA_STR("g=1&f=%D0%B4%D0%B0+%26+%zz%4") };

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, NULL, "/echo", on_echo, "");
	expect_member(ask(call, "/echo?q=a%2Bb+c&q=2"), "query", "a+b c");
	expect_member(ask(call, "/echo?q"), "query", "");
	expect_member(ask(call, "/echo?Q=1&qq=2"), "query", NULL);
	expect_member(ask(call, "/echo"), "query", NULL);
	expect_member(ask(call, "/echo"), "form", "да & %zz%4");
	expect_member(ask(call, "/echo"), "cookie", "s%3D");
	expect_member(get("/echo"), "cookie", "");
	expect_member(get("/echo"), "agent", "rations-test");
	expect_member(get("/echo"), "peer", "127.0.0.1");
	fixture_close();
}

static void on_later(struct ra_http_request *req, void *ctx)
{
	*(struct ra_http_request **)ctx = req;
}

static void on_abort(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	ra_http_abort(req);
}

static void on_redirect(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	ra_http_redirect(req, 302, "/there?x=1\r\nEvil: yes");
}

static void on_large(struct ra_http_request *req, void *ctx)
{
	json_t *list = json_array();

	(void)ctx;
	for (int i = 0; i < 1000; i++)
		json_array_append_new(list, json_integer(i));
	ra_http_reply_json(req, 200, list);
}

static void expect_problem(struct reply reply, int status, const char *title)
{
	json_t *body = json_loads(ra_buf_text(&reply.body), 0, NULL);

	assert_int_equal(reply.http, status);
	assert_string_equal(reply.type, "application/problem+json");
	assert_string_equal(json_string_value(json_object_get(body, "type")), "about:blank");
	assert_string_equal(json_string_value(json_object_get(body, "title")), title);
	assert_int_equal(json_integer_value(json_object_get(body, "status")), status);
	json_decref(body);
	ra_buf_fini(&reply.body);
}

static void test_problems(void **state)
{
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/a", on_hello, NULL);
	ra_http_route(fx.server, "PUT", "/a", on_hello, NULL);
	expect_problem(get("/b"), 404, "Not found");
	wanted_header = "allow";
	struct reply reply = ask((struct ra_http_call){ .method = "POST" }, "/a");
	assert_string_equal(reply.header, "GET, PUT");
	expect_problem(reply, 405, "Method not allowed");
	wanted_header = "content-type";
	fixture_close();
}

static void test_body_limit(void **state)
{
	const struct ra_http_options options = { .max_body = 1000 };
	static char bytes[1001];
	struct ra_http_call call = { .method = "POST", .body = { bytes, 1000 } };
	static const char *const chunked[] = { "Transfer-Encoding: chunked", NULL };

	(void)state;
	fixture_open(&options);
	ra_http_route(fx.server, "POST", "/size", on_size, NULL);
	expect(ask(call, "/size"), 200, "1000");
	call.body.len = 1001;
	expect_problem(ask(call, "/size"), 413, "Payload Too Large");
	call.headers = chunked;
	expect_problem(ask(call, "/size"), 413, "Payload Too Large");
	call.body.len = 999;
	expect(ask(call, "/size"), 200, "999");
	fixture_close();
}

static void test_header_limit(void **state)
{
	char *line = ra_alloc(33000);
	const char *headers[] = { line, NULL };

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/hello", on_hello, NULL);
	memset(line, 'x', 32999);
	line[1] = ':';
	expect_problem(ask((struct ra_http_call){ .method = "GET", .headers = headers }, "/hello"),
		       431, "Request headers too large");
	line[30000] = '\0';
	expect(ask((struct ra_http_call){ .method = "GET", .headers = headers }, "/hello"), 200,
	       "hello");
	fixture_close();
	ra_free(line);
}

static void test_slow_request_is_closed(void **state)
{
	const struct ra_http_options options = { .request_ms = 50 };
	struct raw raw;

	(void)state;
	fixture_open(&options);
	raw_open(&raw, "GET /hello HTTP/1.1\r\nHost: x\r\n");
	test_run_until(&fx.loop, raw.is_eof);
	assert_int_equal(raw.in.len, 0);
	raw_close(&raw);
	fixture_close();
}

/* Never silent, and never done. */
static void test_dribbled_request_is_cut(void **state)
{
	const struct ra_http_options options = { .request_ms = 300 };
	struct raw raw, body;

	(void)state;
	fixture_open(&options);
	ra_http_route(fx.server, "POST", "/size", on_size, NULL);
	raw_open(&raw, "GET /hello HTTP/1.1\r\nX: ");
	raw_open(&body, "POST /size HTTP/1.1\r\nContent-Length: 60000\r\n\r\n");
	for (int i = 0; i < 1000 && (!raw.is_eof || !body.is_eof); i++) {
		uv_buf_t x = uv_buf_init("x", 1);
		(void)uv_try_write((uv_stream_t *)&raw.tcp, &x, 1);
		(void)uv_try_write((uv_stream_t *)&body.tcp, &x, 1);
		test_run_for(&fx.loop, 20);
	}
	assert_true(raw.is_eof && body.is_eof);
	assert_int_equal(raw.in.len + body.in.len, 0);
	raw_close(&raw);
	raw_close(&body);
	fixture_close();
}

static void test_endless_headers_are_cut(void **state)
{
	char *line = ra_alloc(100001);
	struct raw raw;

	(void)state;
	fixture_open(NULL);
	memset(line, 'x', 100000);
	raw_open(&raw, "GET /hello HTTP/1.1\r\nX: ");
	raw_write(&raw, line, 100000);
	test_run_until(&fx.loop, raw.is_eof);
	assert_int_equal(raw.in.len, 0);
	raw_close(&raw);
	fixture_close();
	ra_free(line);
}

/* Who has waited longest makes room; who is being answered stays. */
static void test_room_is_made(void **state)
{
	const struct ra_http_options options = { .max_conns = 3 };
	struct ra_http_request *held = NULL;
	struct raw busy, first, second, third, fourth;

	(void)state;
	fixture_open(&options);
	ra_http_route(fx.server, "GET", "/hello", on_hello, NULL);
	ra_http_route(fx.server, "GET", "/later", on_later, &held);
	raw_open(&busy, "GET /later HTTP/1.1\r\n\r\n");
	test_run_until(&fx.loop, held);
	raw_open(&first, "GET /hello HTTP/1.1\r\n\r\n");
	test_run_until(&fx.loop, raw_has(&first, "hello"));
	test_run_for(&fx.loop, 5);
	raw_open(&second, "GET /hello HTTP/1.1\r\n");
	test_run_for(&fx.loop, 5);
	raw_open(&third, "GET /hello HTTP/1.1\r\n\r\n");
	test_run_until(&fx.loop, raw_has(&third, "hello") && first.is_eof);
	assert_false(second.is_eof);
	raw_open(&fourth, "GET /hello HTTP/1.1\r\n\r\n");
	test_run_until(&fx.loop, raw_has(&fourth, "hello") && second.is_eof);
	assert_false(third.is_eof);
	ra_http_reply(held, 200, NULL, RA_STR("kept"));
	test_run_until(&fx.loop, raw_has(&busy, "kept"));
	raw_close(&busy);
	raw_close(&first);
	raw_close(&second);
	raw_close(&third);
	raw_close(&fourth);
	fixture_close();
}

/* Where all are busy the new one is told so; and is welcome when one has gone. */
static void test_full(void **state)
{
	const struct ra_http_options options = { .max_conns = 1 };
	struct ra_http_request *held = NULL;
	struct raw busy, late, later;

	(void)state;
	fixture_open(&options);
	ra_http_route(fx.server, "GET", "/hello", on_hello, NULL);
	ra_http_route(fx.server, "GET", "/later", on_later, &held);
	raw_open(&busy, "GET /later HTTP/1.1\r\nConnection: close\r\n\r\n");
	test_run_until(&fx.loop, held);
	raw_open(&late, "");
	test_run_until(&fx.loop, late.is_eof);
	assert_true(raw_has(&late, "HTTP/1.1 503 "));
	ra_http_reply(held, 200, NULL, RA_STR(""));
	test_run_until(&fx.loop, busy.is_eof);
	raw_open(&later, "GET /hello HTTP/1.1\r\n\r\n");
	test_run_until(&fx.loop, raw_has(&later, "hello"));
	raw_close(&busy);
	raw_close(&late);
	raw_close(&later);
	fixture_close();
}

static int open_four(const struct ra_http_options *options)
{
	struct raw raw[4];
	int refused = 0;

	fixture_open(options);
	ra_http_route(fx.server, "GET", "/hello", on_hello, NULL);
	for (size_t i = 0; i < RA_COUNT(raw); i++) {
		raw_open(&raw[i], "");
		test_run_until(&fx.loop, raw[i].is_eof || fx.server->conn_count == i + 1);
	}
	for (size_t i = 0; i < RA_COUNT(raw); i++) {
		if (!raw[i].is_eof)
			raw_write(&raw[i], "GET /hello HTTP/1.1\r\n\r\n", 23);
		test_run_until(&fx.loop, raw_has(&raw[i], "hello") || raw_has(&raw[i], " 503 "));
		refused += raw_has(&raw[i], " 503 ");
		raw_close(&raw[i]);
	}
	fixture_close();
	return refused;
}

static void test_an_address_has_its_share(void **state)
{
	const struct ra_http_options three = { .max_per_address = 3 };
	struct ra_proxies here = { 0 };
	const struct ra_http_options proxy = { .max_per_address = 3, .proxies = &here };

	(void)state;
	assert_int_equal(ra_proxies_add(&here, "127.0.0.1", NULL), 0);
	assert_int_equal(open_four(&three), 1);
	assert_int_equal(open_four(&proxy), 0);
}

/* Of a request that came so: whom it is from, and what was asked for. */
static void expect_from(const struct ra_proxies *proxies, const char *headers, const char *from,
			const char *origin)
{
	struct raw raw;

	fixture_open(&(struct ra_http_options){ .proxies = proxies });
	ra_http_route(fx.server, "GET", "/echo", on_echo, "echo");
	char *text = ra_format("GET /echo HTTP/1.1\r\n%s\r\n\r\n", headers);
	raw_open(&raw, text);
	char *wanted = ra_format("\"peer\":\"%s\",\"origin\":\"%s\"", from, origin);
	test_run_until(&fx.loop, raw_has(&raw, "\"peer\""));
	if (!raw_has(&raw, wanted))
		fail_msg("%s: not %s, but %s", headers, wanted, ra_buf_text(&raw.in));
	raw_close(&raw);
	ra_free(wanted);
	ra_free(text);
	fixture_close();
}

static void test_who_asks_behind_proxies(void **state)
{
	struct ra_proxies here = { 0 };

	(void)state;
	assert_int_equal(ra_proxies_add(&here, "127.0.0.1", NULL), 0);
	expect_from(NULL, "Host: a.test\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Host: b",
		    "127.0.0.1", "http://a.test");
	expect_from(&here,
		    "Host: a.test:80\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n"
		    "X-Forwarded-For: 5.5.5.5, 1.2.3.4\r\nForwarded: for=7.7.7.7",
		    "1.2.3.4", "https://a.test:80");
	expect_from(&here, "Host: a\r\nX-Forwarded-Host: b.test", "127.0.0.1", "http://b.test");
	here.use_forwarded = true;
	expect_from(&here,
		    "Host: a.test\r\nX-Forwarded-For: 6.6.6.6\r\n"
		    "Forwarded: for=7.7.7.7, for=\"[2001:db8::1]:9\";proto=https;host=c.test",
		    "2001:db8::1", "https://c.test");
}

static void test_head_and_keep_alive(void **state)
{
	struct raw raw;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/hello", on_hello, NULL);
	raw_open(&raw,
		 "HEAD /hello HTTP/1.1\r\n\r\nGET /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
	test_run_until(&fx.loop, raw.is_eof);
	assert_true(raw_has(&raw, "Content-Length: 5\r\nServer: rations\r\n"
				  "content-type: text/plain\r\n\r\nHTTP/1.1 200 OK"));
	assert_true(raw_has(&raw, "\r\n\r\nhello"));
	raw_close(&raw);
	fixture_close();
}

static void test_http2_is_off(void **state)
{
	struct raw raw;

	(void)state;
	fixture_open(NULL);
	raw_open(&raw, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	test_run_until(&fx.loop, raw.is_eof);
	assert_true(raw_has(&raw, "HTTP/1.1 400"));
	raw_close(&raw);
	fixture_close();
}

static void test_compression(void **state)
{
	struct raw raw;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/large", on_large, NULL);
	ra_http_route(fx.server, "GET", "/hello", on_hello, NULL);
	wanted_header = "content-encoding"; /* the client takes gzip and undoes it */
	struct reply reply = get("/large");
	assert_string_equal(reply.header, "gzip");
	assert_int_equal(reply.body.len, 3891);
	expect(reply, 200, NULL);
	reply = get("/hello");
	assert_string_equal(reply.header, "");
	expect(reply, 200, "hello");
	wanted_header = "cache-control";
	reply = get("/large");
	assert_string_equal(reply.header, "no-store");
	expect(reply, 200, NULL);
	wanted_header = "content-type";
	raw_open(&raw, "GET /large HTTP/1.1\r\nConnection: close\r\n\r\n");
	test_run_until(&fx.loop, raw.is_eof);
	assert_true(raw_has(&raw, "Content-Length: 3891\r\n"));
	assert_true(raw_has(&raw, "vary: accept-encoding\r\n"));
	raw_close(&raw);
	fixture_close();
}

static void test_redirect_is_one_line(void **state)
{
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/here", on_redirect, NULL);
	wanted_header = "location";
	struct reply reply = get("/here");
	assert_string_equal(reply.header, "/there?x=1  Evil: yes");
	expect(reply, 302, "");
	wanted_header = "content-type";
	fixture_close();
}

static void test_abort(void **state)
{
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/abort", on_abort, NULL);
	struct reply reply = get("/abort");
	assert_int_equal(reply.status, RA_EDOWN);
	fixture_close();
}

static void count_end(void *ctx)
{
	(*(int *)ctx)++;
}

static void test_answer_later(void **state)
{
	struct ra_http_request *held = NULL;
	struct reply reply;
	int ends = 0;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/later/{id}", on_later, &held);
	begin(&reply, (struct ra_http_call){ .method = "GET" }, "/later/7");
	test_run_until(&fx.loop, held);
	ra_http_on_end(held, count_end, &ends);
	assert_false(ra_http_is_gone(held));
	ra_http_reply(held, 200, NULL, ra_http_param(held, "id"));
	test_run_until(&fx.loop, reply.calls == 1 && ends == 1);
	expect(reply, 200, "7");
	fixture_close();
	assert_int_equal(ends, 1);
}

static void test_answer_to_nobody(void **state)
{
	struct ra_http_request *held = NULL;
	struct raw raw;
	int ends = 0;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/later/{id}", on_later, &held);
	raw_open(&raw, "GET /later/7 HTTP/1.1\r\n\r\n");
	test_run_until(&fx.loop, held);
	ra_http_on_end(held, count_end, &ends);
	raw_close(&raw);
	ra_http_reply(held, 200, NULL, RA_STR("x"));
	test_run_until(&fx.loop, ends == 1);
	fixture_close();
}

/* A request stays whole after the server has given up on it. */
static void test_drain_cuts_what_takes_too_long(void **state)
{
	struct ra_http_request *held = NULL;
	struct reply reply;
	int ends = 0;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/later/{id}", on_later, &held);
	begin(&reply, (struct ra_http_call){ .method = "GET" }, "/later/7");
	test_run_until(&fx.loop, held);
	ra_http_on_end(held, count_end, &ends);
	fixture_stop_server(20);
	test_run_until(&fx.loop, fx.is_server_closed && reply.calls == 1);
	assert_int_equal(reply.status, RA_EDOWN);
	assert_int_equal(ends, 1);
	assert_true(ra_http_is_gone(held));
	assert_true(ra_str_is(ra_http_param(held, "id"), "7"));
	assert_true(ra_str_is(ra_http_header(held, "user-agent"), "rations-test"));
	ra_http_set_header(held, "x", "y");
	ra_http_problem(held, 500, NULL, "Too late", NULL);
	fixture_close();
}

static void answer_in_vain(void *ctx)
{
	struct ra_http_request **held = ctx;

	ra_http_reply(*held, 200, NULL, RA_STR("nobody reads this"));
	*held = NULL;
}

static void test_answers_when_told_of_the_end(void **state)
{
	struct ra_http_request *held = NULL;
	struct reply reply;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/later", on_later, &held);
	begin(&reply, (struct ra_http_call){ .method = "GET" }, "/later");
	test_run_until(&fx.loop, held);
	ra_http_on_end(held, answer_in_vain, &held);
	fixture_stop_server(0);
	test_run_until(&fx.loop, fx.is_server_closed && reply.calls == 1);
	assert_null(held);
	fixture_close();
}

/* Who connected before the server knew that it would go is answered. */
static void test_drain_answers_who_has_just_connected(void **state)
{
	struct ra_http_request *held = NULL;
	struct raw raw;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/later", on_later, &held);
	raw_open(&raw, "GET /later HTTP/1.1\r\n");
	test_run_until(&fx.loop, !h2o_linklist_is_empty(&fx.server->conns));
	fixture_stop_server(60000);
	raw_write(&raw, "\r\n", 2);
	test_run_until(&fx.loop, held || raw.is_eof);
	assert_non_null(held);
	ra_http_reply(held, 200, NULL, RA_STR("in time"));
	test_run_until(&fx.loop, fx.is_server_closed && raw.is_eof);
	assert_non_null(memmem(raw.in.ptr, raw.in.len, "in time", 7));
	raw_close(&raw);
	fixture_close();
}

static void test_drain_waits_for_the_busy(void **state)
{
	struct ra_http_request *held = NULL;
	struct reply reply;
	struct raw idle, half;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/later", on_later, &held);
	raw_open(&idle, "");
	raw_open(&half, "GET /later HTTP/1.1\r\n");
	begin(&reply, (struct ra_http_call){ .method = "GET" }, "/later");
	test_run_until(&fx.loop, held);
	fixture_stop_server(60000);
	test_run_until(&fx.loop, idle.is_eof && half.is_eof);
	assert_false(fx.is_server_closed);
	ra_http_reply(held, 200, NULL, RA_STR("done"));
	test_run_until(&fx.loop, fx.is_server_closed && reply.calls == 1);
	expect(reply, 200, "done");
	raw_close(&idle);
	raw_close(&half);
	fixture_close();
}

/* h2o would wait for ever. */
static void test_reader_that_takes_nothing(void **state)
{
	struct ra_http_request *held = NULL;
	struct raw raw;
	char *body = ra_alloc(20000000);
	int ends = 0;

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/later", on_later, &held);
	raw_connect(&raw, 4096);
	raw_write(&raw, "GET /later HTTP/1.1\r\n\r\n", 23);
	test_run_until(&fx.loop, held);
	struct http_conn *conn = held->conn;
	ra_http_on_end(held, count_end, &ends);
	ra_http_reply(held, 200, NULL, (struct ra_str){ body, 20000000 });
	test_run_for(&fx.loop, 50);
	http_conn_tick(conn, 1000000);
	conn->stuck_bytes += 4000; /* some bytes now and then are no reader */
	http_conn_tick(conn, 1029999);
	test_run_for(&fx.loop, 20);
	assert_int_equal(ends, 0);
	http_conn_tick(conn, 1030000);
	test_run_until(&fx.loop, ends == 1);
	ra_free(body);
	raw_close(&raw);
	fixture_close();
}

/* Who connects while it is held is answered when it is released, by us or by the time. */
static void test_hold(void **state)
{
	struct reply replies[2];
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/hello/{name}", on_hello, NULL);
	ra_http_server_hold(fx.server, TEST_PATIENCE_MS * 100);
	for (size_t i = 0; i < RA_COUNT(replies); i++)
		begin(&replies[i], (struct ra_http_call){ .method = "GET" }, "/hello/a");
	for (int i = 0; i < 50; i++) {
		uv_run(&fx.loop, UV_RUN_NOWAIT);
		usleep(1000);
	}
	assert_int_equal(replies[0].calls + replies[1].calls, 0);
	ra_http_server_release(fx.server);
	test_run_until(&fx.loop, replies[0].calls + replies[1].calls == 2);
	for (size_t i = 0; i < RA_COUNT(replies); i++) {
		assert_int_equal(replies[i].http, 200);
		ra_buf_fini(&replies[i].body);
	}

	ra_http_client_close(fx.client, set_flag, &fx.is_client_closed);
	test_run_until(&fx.loop, fx.is_client_closed);
	fx.is_client_closed = false;
	fx.client = ra_http_client_open(&fx.loop, "rations-test", NULL);
	ra_http_server_hold(fx.server, 1);
	struct reply reply = ask((struct ra_http_call){ .method = "GET" }, "/hello/a");
	assert_int_equal(reply.http, 200);
	ra_buf_fini(&reply.body);
	ra_http_server_hold(fx.server, TEST_PATIENCE_MS * 100);
	fixture_close();
}

static void test_port_in_use(void **state)
{
	struct ra_err err = { 0 };
	char *port;

	(void)state;
	fixture_open(NULL);
	struct ra_http_options options = { .port = ra_http_server_port(fx.server) };
	assert_null(ra_http_server_start(&fx.loop, &options, NULL, &err));
	port = ra_format("cannot listen on 127.0.0.1 port %u: address already in use",
			 options.port);
	assert_string_equal(err.msg, port);
	assert_int_equal(err.code, UV_EADDRINUSE);
	assert_true(*err.hint);
	options.host = "no.such.host.invalid";
	assert_null(ra_http_server_start(&fx.loop, &options, NULL, &err));
	ra_free(port);
	fixture_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_request_parts),
		cmocka_unit_test(test_problems),
		cmocka_unit_test(test_body_limit),
		cmocka_unit_test(test_header_limit),
		cmocka_unit_test(test_slow_request_is_closed),
		cmocka_unit_test(test_dribbled_request_is_cut),
		cmocka_unit_test(test_endless_headers_are_cut),
		cmocka_unit_test(test_room_is_made),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_an_address_has_its_share),
		cmocka_unit_test(test_who_asks_behind_proxies),
		cmocka_unit_test(test_head_and_keep_alive),
		cmocka_unit_test(test_http2_is_off),
		cmocka_unit_test(test_compression),
		cmocka_unit_test(test_redirect_is_one_line),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_answer_later),
		cmocka_unit_test(test_answer_to_nobody),
		cmocka_unit_test(test_drain_cuts_what_takes_too_long),
		cmocka_unit_test(test_answers_when_told_of_the_end),
		cmocka_unit_test(test_drain_answers_who_has_just_connected),
		cmocka_unit_test(test_drain_waits_for_the_busy),
		cmocka_unit_test(test_reader_that_takes_nothing),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_port_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
