/* websocket: against a raw socket, so that every byte of a frame is ours to choose. */
#include "libshared/http/server_internal.h"
#include "tests/unit/libshared/http/fixture.h"

#define HANDSHAKE                                                                                  \
	"GET /gateway?v=10 HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\n"             \
	"Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n"                                      \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

/* One connection, as its owner sees it. */
struct peer {
	struct ra_ws *ws;
	int messages, closes, code;
	bool is_binary;
	struct ra_buf last;
	const char *greeting; /* sent at once */
	struct raw raw;
};

static void on_message(void *ctx, struct ra_str data, bool is_binary)
{
	struct peer *peer = ctx;

	peer->messages++;
	peer->is_binary = is_binary;
	ra_buf_clear(&peer->last);
	ra_buf_add_str(&peer->last, data);
	if (ra_str_is(data, "reset"))
		ra_ws_reset(peer->ws);
	else if (ra_str_is(data, "close"))
		ra_ws_close(peer->ws, 4004, "go");
	else
		ra_ws_send(peer->ws, data, is_binary);
}

static void on_closed(void *ctx, int code)
{
	struct peer *peer = ctx;

	peer->ws = NULL;
	peer->closes++;
	peer->code = code;
}

static const struct ra_ws_ops ops = { on_message, on_closed };

static void on_gateway(struct ra_http_request *req, void *ctx)
{
	struct peer *peer = ctx;

	peer->ws = ra_ws_accept(req, &ops, peer);
	if (peer->ws && peer->greeting)
		ra_ws_send(peer->ws, ra_str_of(peer->greeting), false);
}

static void open_peer(struct peer *peer, const char *greeting)
{
	*peer = (struct peer){ .greeting = greeting };
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/gateway", on_gateway, peer);
	raw_open(&peer->raw, HANDSHAKE);
	test_run_until(&fx.loop, peer->ws && raw_has(&peer->raw, "\r\n\r\n"));
	ra_buf_consume(&peer->raw.in, (size_t)(strstr(ra_buf_text(&peer->raw.in), "\r\n\r\n") + 4 -
					       peer->raw.in.ptr));
}

static void close_peer(struct peer *peer)
{
	raw_close(&peer->raw);
	test_run_until(&fx.loop, peer->closes == 1);
	ra_buf_fini(&peer->last);
	fixture_close();
	assert_int_equal(peer->closes, 1);
}

/* A client's frame: masked. */
static void send_frame(struct peer *peer, unsigned first, const char *data, size_t len)
{
	static const char mask[4] = { 1, 2, 3, 4 };
	struct ra_buf frame = { 0 };
	unsigned char head[4] = { (unsigned char)first,
				  (unsigned char)(0x80 | (len < 126 ? len : 126)),
				  (unsigned char)(len >> 8), (unsigned char)len };

	ra_buf_add(&frame, head, len < 126 ? 2 : 4);
	ra_buf_add(&frame, mask, 4);
	for (size_t i = 0; i < len; i++) {
		char c = (char)(data[i] ^ mask[i % 4]);
		ra_buf_add(&frame, &c, 1);
	}
	raw_write(&peer->raw, frame.ptr, frame.len);
	ra_buf_fini(&frame);
}

static void send_text(struct peer *peer, const char *text)
{
	send_frame(peer, 0x81, text, strlen(text));
}

/* Waits for `len` bytes, asserts them and takes them. */
static void expect_bytes(struct peer *peer, const void *bytes, size_t len)
{
	test_run_until(&fx.loop, peer->raw.in.len >= len);
	assert_memory_equal(peer->raw.in.ptr, bytes, len);
	ra_buf_consume(&peer->raw.in, len);
}

static void test_handshake(void **state)
{
	struct peer peer = { 0 };

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/gateway", on_gateway, &peer);
	raw_open(&peer.raw, HANDSHAKE);
	test_run_until(&fx.loop, raw_has(&peer.raw, "\r\n\r\n"));
	assert_true(raw_has(&peer.raw, "HTTP/1.1 101 Switching Protocols\r\n"));
	assert_true(raw_has(&peer.raw, "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	close_peer(&peer);
	assert_int_equal(peer.code, 1006);
}

static void test_not_a_handshake(void **state)
{
	struct peer peer = { 0 };

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/gateway", on_gateway, &peer);
	expect(get("/gateway"), 400, NULL);
	assert_null(peer.ws);
	fixture_close();
}

static void test_echo(void **state)
{
	struct peer peer;
	char medium[300];

	(void)state;
	open_peer(&peer, "hi");
	expect_bytes(&peer, "\x81\x02hi", 4);
	send_text(&peer, "привет");
	expect_bytes(&peer, "\x81\x0cпривет", 14);
	memset(medium, 'm', sizeof(medium));
	send_frame(&peer, 0x82, medium, sizeof(medium));
	expect_bytes(&peer, "\x82\x7e\x01\x2cmmm", 7);
	assert_true(peer.is_binary);
	expect_bytes(&peer, medium, sizeof(medium) - 3);
	close_peer(&peer);
}

static void test_fragments_and_ping(void **state)
{
	struct peer peer;

	(void)state;
	open_peer(&peer, NULL);
	send_frame(&peer, 0x01, "one ", 4);
	send_frame(&peer, 0x89, "beat", 4);
	expect_bytes(&peer,
		     "\x8a\x04"
		     "beat",
		     6);
	send_frame(&peer, 0x00, "message", 7);
	send_frame(&peer, 0x80, "", 0);
	expect_bytes(&peer, "\x81\x0bone message", 13);
	assert_int_equal(peer.messages, 1);
	close_peer(&peer);
}

static void test_sends_fragments(void **state)
{
	struct peer peer;

	(void)state;
	open_peer(&peer, NULL);
	ra_ws_send_fragmented(peer.ws, RA_STR("abcdefg"), false, 3);
	expect_bytes(&peer,
		     "\x01\x03"
		     "abc\x00\x03"
		     "def\x80\x01g",
		     13);
	ra_ws_send_fragmented(peer.ws, RA_STR("abc"), true, 3);
	expect_bytes(&peer,
		     "\x82\x03"
		     "abc",
		     5);
	ra_ws_send(peer.ws, (struct ra_str){ NULL, 0 }, false);
	expect_bytes(&peer, "\x81\x00", 2);
	close_peer(&peer);
}

static void test_large_message(void **state)
{
	struct peer peer;
	char *data = ra_alloc(70000);

	(void)state;
	open_peer(&peer, NULL);
	memset(data, 'z', 70000);
	ra_ws_send(peer.ws, (struct ra_str){ data, 70000 }, false);
	expect_bytes(&peer, "\x81\x7f\x00\x00\x00\x00\x00\x01\x11\x70", 10);
	expect_bytes(&peer, data, 70000);
	ra_free(data);
	close_peer(&peer);
}

static void test_server_closes(void **state)
{
	struct peer peer;

	(void)state;
	open_peer(&peer, NULL);
	ra_ws_send(peer.ws, RA_STR("a"), false);
	ra_ws_close(peer.ws, 4009, "timed out");
	ra_ws_send(peer.ws, RA_STR("too late"), false);
	expect_bytes(&peer,
		     "\x81\x01"
		     "a\x88\x0b\x0f\xa9timed out",
		     16);
	assert_int_equal(peer.closes, 0);
	send_frame(&peer, 0x88, "\x0f\xa9", 2);
	test_run_until(&fx.loop, peer.raw.is_eof && peer.closes == 1);
	assert_int_equal(peer.code, 4009);
	assert_int_equal(peer.raw.in.len, 0);
	close_peer(&peer);
}

static void test_closes_within_message(void **state)
{
	struct peer peer;

	(void)state;
	open_peer(&peer, NULL);
	send_text(&peer, "close");
	send_text(&peer, "not any more");
	expect_bytes(&peer, "\x88\x04\x0f\xa4go", 6);
	send_frame(&peer, 0x88, "", 0);
	test_run_until(&fx.loop, peer.closes == 1);
	assert_int_equal(peer.code, 1005);
	assert_int_equal(peer.messages, 1);
	close_peer(&peer);
}

static void test_no_answer_to_close(void **state)
{
	struct peer peer;

	(void)state;
	open_peer(&peer, NULL);
	ra_ws_close(peer.ws, 4000, NULL);
	expect_bytes(&peer, "\x88\x02\x0f\xa0", 4);
	http_ws_tick(peer.ws, uv_now(&fx.loop) + 4900);
	assert_int_equal(peer.closes, 0);
	http_ws_tick(peer.ws, uv_now(&fx.loop) + 5000);
	test_run_until(&fx.loop, peer.closes == 1 && peer.raw.is_eof);
	assert_int_equal(peer.code, 1006);
	close_peer(&peer);
}

static void test_client_closes(void **state)
{
	struct peer peer;

	(void)state;
	open_peer(&peer, NULL);
	send_frame(&peer, 0x88,
		   "\x0f\xa0"
		   "bye",
		   5);
	test_run_until(&fx.loop, peer.raw.is_eof && peer.closes == 1);
	assert_int_equal(peer.code, 4000);
	expect_bytes(&peer, "\x88", 1);
	close_peer(&peer);
}

static void test_reset(void **state)
{
	struct peer peer;

	(void)state;
	open_peer(&peer, NULL);
	send_text(&peer, "reset");
	test_run_until(&fx.loop, peer.raw.is_eof && peer.closes == 1);
	assert_int_equal(peer.raw.error, UV_ECONNRESET);
	assert_int_equal(peer.code, 1006);
	close_peer(&peer);
}

static void test_reset_comes_after_what_was_sent(void **state)
{
	struct peer peer;

	(void)state;
	open_peer(&peer, NULL);
	ra_ws_send(peer.ws, RA_STR("half"), false);
	ra_ws_reset(peer.ws);
	test_run_until(&fx.loop, peer.raw.is_eof && peer.closes == 1);
	assert_int_equal(peer.code, 1006);
	expect_bytes(&peer, "\x81\x04half", 6);
	close_peer(&peer);
}

static void test_reset_before_upgrade(void **state)
{
	struct peer peer = { 0 };

	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/gateway", on_gateway, &peer);
	raw_open(&peer.raw, HANDSHAKE);
	test_run_until(&fx.loop, peer.ws);
	ra_ws_reset(peer.ws);
	assert_int_equal(peer.closes, 0);
	test_run_until(&fx.loop, peer.closes == 1);
	close_peer(&peer);
}

static void test_broken_frames(void **state)
{
	struct peer peer;

	(void)state;
	open_peer(&peer, NULL);
	raw_write(&peer.raw, "\x81\x02hi", 4); /* not masked */
	test_run_until(&fx.loop, peer.raw.is_eof && peer.closes == 1);
	assert_int_equal(peer.messages, 0);
	close_peer(&peer);

	open_peer(&peer, NULL);
	send_text(&peer, "\xff\xfe");               /* not UTF-8 */
	expect_bytes(&peer, "\x88\x02\x03\xef", 4); /* 1007 */
	test_run_until(&fx.loop, peer.raw.is_eof && peer.closes == 1);
	close_peer(&peer);
}

static void test_pending(void **state)
{
	struct peer peer;
	char *data = ra_alloc(100000);

	(void)state;
	open_peer(&peer, NULL);
	uv_read_stop((uv_stream_t *)&peer.raw.tcp);
	for (int i = 0; i < 200; i++)
		ra_ws_send(peer.ws, (struct ra_str){ data, 100000 }, true);
	assert_int_equal(ra_ws_pending(peer.ws), 200 * 100010);
	test_run_for(&fx.loop, 50);
	assert_in_range(ra_ws_pending(peer.ws), 5000000, 200 * 100010 - 1);
	raw_read(&peer.raw);
	test_run_until(&fx.loop, ra_ws_pending(peer.ws) == 0);
	test_run_until(&fx.loop, peer.raw.in.len == 200 * 100010);
	ra_free(data);
	close_peer(&peer);
}

static void test_pause(void **state)
{
	struct peer peer;

	(void)state;
	open_peer(&peer, NULL);
	ra_ws_pause(peer.ws, true);
	send_text(&peer, "a");
	test_run_for(&fx.loop, 20);
	assert_int_equal(peer.messages, 0);
	ra_ws_pause(peer.ws, false);
	expect_bytes(&peer,
		     "\x81\x01"
		     "a",
		     3);
	close_peer(&peer);
}

static void test_firehose_in_order(void **state)
{
	enum { FRAMES = 100000 };
	struct peer peer;
	char expected[16];

	(void)state;
	open_peer(&peer, NULL);
	for (int i = 0; i < FRAMES; i++) {
		snprintf(expected, sizeof(expected), "%06d", i);
		ra_ws_send(peer.ws, ra_str_of(expected), false);
		if (i % 1000 == 0)
			uv_run(&fx.loop, UV_RUN_NOWAIT);
	}
	test_run_until(&fx.loop, peer.raw.in.len == FRAMES * 8);
	for (int i = 0; i < FRAMES; i++) {
		snprintf(expected, sizeof(expected), "%06d", i);
		assert_memory_equal(peer.raw.in.ptr + i * 8, "\x81\x06", 2);
		assert_memory_equal(peer.raw.in.ptr + i * 8 + 2, expected, 6);
	}
	close_peer(&peer);
}

static void test_drain(void **state)
{
	struct peer peer;

	(void)state;
	open_peer(&peer, NULL);
	fixture_stop_server(60000);
	expect_bytes(&peer, "\x88\x0c\x03\xe9going away", 14);
	send_frame(&peer, 0x88, "\x03\xe9", 2);
	test_run_until(&fx.loop, fx.is_server_closed);
	assert_int_equal(peer.code, 1001);
	close_peer(&peer);

	open_peer(&peer, NULL);
	fixture_stop_server(20);
	test_run_until(&fx.loop, fx.is_server_closed);
	assert_int_equal(peer.code, 1006);
	close_peer(&peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_not_a_handshake),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_fragments_and_ping),
		cmocka_unit_test(test_sends_fragments),
		cmocka_unit_test(test_large_message),
		cmocka_unit_test(test_server_closes),
		cmocka_unit_test(test_closes_within_message),
		cmocka_unit_test(test_no_answer_to_close),
		cmocka_unit_test(test_client_closes),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_reset_comes_after_what_was_sent),
		cmocka_unit_test(test_reset_before_upgrade),
		cmocka_unit_test(test_broken_frames),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_firehose_in_order),
		cmocka_unit_test(test_drain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
