/* websocket: connections that never come to be, each told exactly once; and one that does. */
#include "services/gateway-ingest/websocket.h"
#include "libshared/http/server.h"
#include "tests/harness/loop.h"
#include <arpa/inet.h>
#include <sys/socket.h>

struct fixture {
	uv_loop_t loop;
	struct websocket_context *context;
	struct websocket *ws;
	unsigned opened, closed;
	int code;
	bool was_open;
	char why[128];
	struct ra_buf heard;
	unsigned pieces, messages;
};

static void on_open(void *ctx)
{
	((struct fixture *)ctx)->opened++;
}

static void on_piece(void *ctx, struct ra_str piece, bool is_binary, bool is_last)
{
	struct fixture *f = ctx;
	assert_false(is_binary);
	ra_buf_add_str(&f->heard, piece);
	f->pieces++;
	f->messages += is_last;
}

static void on_closed(void *ctx, int code, bool was_open, const char *why)
{
	struct fixture *f = ctx;
	f->closed++;
	f->code = code;
	f->was_open = was_open;
	snprintf(f->why, sizeof(f->why), "%s", why);
}

static const struct websocket_ops ops = { on_open, on_piece, on_closed };

static int setup(void **state)
{
	struct fixture *f = ra_new(struct fixture);
	struct ra_err err;
	test_loop_open(&f->loop);
	f->context = websocket_context_open(&f->loop, 4, &err);
	f->ws = websocket_new(f->context, &ops, NULL, f);
	*state = f;
	return 0;
}

static void on_freed(void *ctx)
{
	((struct fixture *)ctx)->ws = NULL;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	websocket_free(f->ws, on_freed, f);
	test_run_until(&f->loop, !f->ws);
	websocket_context_close(f->context);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	websocket_context_free(&f->context);
	test_loop_close(&f->loop);
	ra_buf_fini(&f->heard);
	ra_free(f);
	return 0;
}

static void open_and_fail(struct fixture *f, const char *url)
{
	f->closed = 0;
	websocket_open(f->ws, url, "?v=10");
	assert_int_equal(f->closed, 0); /* never inside the call */
	test_run_until(&f->loop, f->closed == 1);
	assert_false(f->was_open);
	assert_int_equal(f->code, 0);
	assert_int_not_equal(f->why[0], '\0');
}

static void test_addresses_that_lead_nowhere(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = {
		"",
		"http://127.0.0.1/",
		"ws://",
		"ws://:80/",
		"ws://127.0.0.1:0/",
		"ws://127.0.0.1:99999/",
		"ws://127.0.0.1:x/",
		"ws://[]/",
		"ws://nosuch.invalid/",
		"ws://127.0.0.1:1/",
		"wss://127.0.0.1:1/",
		"ws://[::1]:1/",
		"ws://127.0.0.1:1",
	};
	for (size_t i = 0; i < RA_COUNT(bad); i++)
		open_and_fail(f, bad[i]);
	assert_int_equal(f->opened, 0);
}

/* A port that accepts and then says nothing. */
static int listen_mutely(char url[64], const char *scheme)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	getsockname(fd, (struct sockaddr *)&address, &len);
	snprintf(url, 64, "%s://127.0.0.1:%u/", scheme, ntohs(address.sin_port));
	return fd;
}

static void test_no_answer(void **state)
{
	struct fixture *f = *state;
	char url[64];
	int fd = listen_mutely(url, "ws");
	open_and_fail(f, url);
	close(fd);
	fd = listen_mutely(url, "wss");
	open_and_fail(f, url);
	close(fd);
}

static void test_change_of_mind(void **state)
{
	struct fixture *f = *state;
	char url[64];
	int fd = listen_mutely(url, "ws");
	static const char *const places[] = { "ws://localhost:1/", "ws://nosuch.invalid/" };
	for (size_t i = 0; i < 3; i++) {
		f->closed = 0;
		websocket_open(f->ws, i < 2 ? places[i] : url, "");
		if (i == 2) /* so that it is past the name and waits for the answer */
			test_run_for(&f->loop, 50);
		websocket_close(f->ws, 4000, "changed my mind");
		websocket_close(f->ws, 4000, "really");
		test_run_until(&f->loop, f->closed == 1);
		assert_string_equal(f->why, "changed my mind");
	}
	close(fd);
	websocket_close(f->ws, 4000, "when nothing is open");
	websocket_send(f->ws, RA_STR("to nobody"));
	test_run_for(&f->loop, 20);
	assert_int_equal(f->closed, 1);
}

/* The other end. */
struct peer {
	struct ra_http_server *server;
	struct ra_ws *ws;
	struct ra_buf heard;
	int closed_with;
};

static void on_peer_message(void *ctx, struct ra_str data, bool is_binary)
{
	struct peer *p = ctx;
	(void)is_binary;
	ra_buf_add_str(&p->heard, data);
	ra_buf_add(&p->heard, "|", 1);
}

static void on_peer_closed(void *ctx, int code)
{
	struct peer *p = ctx;
	p->ws = NULL;
	p->closed_with = code;
}

static void on_request(struct ra_http_request *req, void *ctx)
{
	static const struct ra_ws_ops peer_ops = { on_peer_message, on_peer_closed };
	struct peer *p = ctx;
	assert_string_equal(ra_http_query(req, "v"), "10");
	p->ws = ra_ws_accept(req, &peer_ops, p);
}

static void on_server_closed(void *ctx)
{
	((struct peer *)ctx)->server = NULL;
}

static void test_conversation(void **state)
{
	struct fixture *f = *state;
	struct peer p = { 0 };
	struct ra_err err;
	char url[64];
	static char long_text[300000];
	memset(long_text, 'x', sizeof(long_text));
	p.server = ra_http_server_start(&f->loop, &(struct ra_http_options){ .host = "127.0.0.1" },
					NULL, &err);
	ra_http_route(p.server, "GET", "/gateway", on_request, &p);
	snprintf(url, sizeof(url), "ws://127.0.0.1:%u/gateway", ra_http_server_port(p.server));
	for (int round = 0; round < 3; round++) {
		f->opened = f->closed = f->messages = f->pieces = 0;
		ra_buf_clear(&f->heard);
		ra_buf_clear(&p.heard);
		websocket_open(f->ws, url, "?v=10");
		test_run_until(&f->loop, f->opened == 1);
		/* in order, however many at a time */
		for (int i = 0; i < 5; i++)
			websocket_send(f->ws, RA_STR("hello"));
		websocket_send(f->ws, RA_STR("bye"));
		test_run_until(&f->loop, p.heard.len == 34);
		assert_string_equal(ra_buf_text(&p.heard), "hello|hello|hello|hello|hello|bye|");
		/* a message in many frames; nothing of it while we do not read */
		websocket_pause(f->ws, true);
		ra_ws_send_fragmented(p.ws, (struct ra_str){ long_text, sizeof(long_text) }, false,
				      70000);
		test_run_for(&f->loop, 50);
		assert_int_equal(f->pieces, 0);
		websocket_pause(f->ws, false);
		test_run_until(&f->loop, f->messages == 1);
		assert_int_equal(f->heard.len, sizeof(long_text));
		assert_true(f->pieces >= 5);
		if (round == 0) {
			websocket_close(f->ws, 4000, "resume");
			test_run_until(&f->loop, !p.ws && f->closed == 1);
			assert_int_equal(p.closed_with, 4000);
		} else if (round == 1) {
			ra_ws_close(p.ws, 4009, "session timed out");
			test_run_until(&f->loop, f->closed == 1 && !p.ws);
			assert_int_equal(f->code, 4009);
			assert_string_equal(f->why, "session timed out");
		} else {
			ra_ws_reset(p.ws);
			test_run_until(&f->loop, f->closed == 1);
			assert_int_equal(f->code, 0);
		}
		assert_true(f->was_open);
	}
	ra_http_server_stop(p.server, 100, on_server_closed, &p);
	test_run_until(&f->loop, !p.server);
	ra_buf_fini(&p.heard);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_addresses_that_lead_nowhere),
		TEST(test_no_answer),
		TEST(test_change_of_mind),
		TEST(test_conversation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
