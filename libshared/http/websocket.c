#include "libshared/http/server_internal.h"
#include <h2o/http1.h>
#include <openssl/sha.h>
#include <wslay/wslay.h>

/*
 * h2o answers the handshake and hands the socket over. wslay reads frames,
 * answers pings and says close; its own sending queue is too slow for a
 * firehose, so data frames (a server's are not masked) are written straight
 * into `waiting`, where wslay's control frames go as well.
 *
 *   accept -> 101 written -> OPEN -> close sent or received -> CLOSING -> socket closed
 *                              \---- lost, reset, overdue ------------------/
 */

#define MESSAGE_MAX_BYTES (1024 * 1024)
#define CLOSE_WAIT_MS     5000

struct ra_ws {
	struct ra_http_server *server;
	struct http_conn *conn;
	const struct ra_ws_ops *ops;
	void *ctx;
	wslay_event_context_ptr wslay; /* owned */
	h2o_socket_t *sock;            /* ours after the handshake; NULL before, and once closed */
	struct ra_buf sending, waiting;
	h2o_linklist_t unflushed; /* linked while `waiting` waits for the end of the turn */
	uint64_t close_by_ms;     /* 0: nobody said close */
	bool is_reset;
	bool is_paused;
};

static void on_written(h2o_socket_t *sock, const char *err);

static void close_socket(struct ra_ws *ws)
{
	if (ws->sock)
		h2o_socket_close(ws->sock); /* http_ws_over follows */
	ws->sock = NULL;
}

static void ask_for_flush(struct ra_ws *ws)
{
	if (h2o_linklist_is_linked(&ws->unflushed))
		return;
	h2o_linklist_insert(&ws->server->unflushed, &ws->unflushed);
	uv_idle_start(&ws->server->flusher, http_ws_on_flush);
}

/* Both sides said close, or wslay did after a frame it can not bear. */
static bool is_done(const struct ra_ws *ws)
{
	return wslay_event_get_close_sent(ws->wslay) &&
	       (wslay_event_get_close_received(ws->wslay) ||
		!wslay_event_get_read_enabled(ws->wslay));
}

static void flush(struct ra_ws *ws)
{
	struct ra_buf empty = ws->sending;

	if (!ws->sock || h2o_socket_is_writing(ws->sock))
		return;
	if (wslay_event_want_write(ws->wslay))
		wslay_event_send(ws->wslay);
	if (ws->waiting.len == 0) {
		if (is_done(ws))
			close_socket(ws);
		return;
	}
	ws->sending = ws->waiting;
	ws->waiting = empty;
	ra_buf_clear(&ws->waiting);
	h2o_iovec_t batch = h2o_iovec_init(ws->sending.ptr, ws->sending.len);
	h2o_socket_write(ws->sock, &batch, 1, on_written);
}

static void on_written(h2o_socket_t *sock, const char *err)
{
	struct ra_ws *ws = sock->data;

	if (err)
		close_socket(ws);
	else
		flush(ws);
}

static void read_frames(struct ra_ws *ws)
{
	if (wslay_event_recv(ws->wslay) != 0)
		close_socket(ws);
	else
		ask_for_flush(ws);
}

static void on_readable(h2o_socket_t *sock, const char *err)
{
	struct ra_ws *ws = sock->data;

	if (err)
		close_socket(ws);
	else
		read_frames(ws);
}

/* Once a turn of the loop: what was sent in it goes out in one write. */
void http_ws_on_flush(uv_idle_t *idle)
{
	struct ra_http_server *server = ra_container_of(idle, struct ra_http_server, flusher);
	h2o_linklist_t now;

	h2o_linklist_init_anchor(&now);
	h2o_linklist_insert_list(&now, &server->unflushed);
	while (!h2o_linklist_is_empty(&now)) {
		struct ra_ws *ws = ra_container_of(now.next, struct ra_ws, unflushed);
		h2o_linklist_unlink(&ws->unflushed);
		flush(ws);
		if (ws->sock && !ws->is_paused && ws->sock->input->size > 0)
			read_frames(ws);
	}
	if (h2o_linklist_is_empty(&server->unflushed))
		uv_idle_stop(idle);
}

static ssize_t on_wslay_recv(wslay_event_context_ptr wslay, uint8_t *to, size_t room, int flags,
			     void *user)
{
	struct ra_ws *ws = user;

	(void)flags;
	if (!ws->sock || ws->is_paused || ws->sock->input->size == 0) {
		wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	size_t len = ws->sock->input->size < room ? ws->sock->input->size : room;
	memcpy(to, ws->sock->input->bytes, len);
	h2o_buffer_consume(&ws->sock->input, len);
	return (ssize_t)len;
}

static ssize_t on_wslay_send(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t len,
			     int flags, void *user)
{
	(void)wslay;
	(void)flags;
	ra_buf_add(&((struct ra_ws *)user)->waiting, bytes, len);
	return (ssize_t)len;
}

static void on_wslay_message(wslay_event_context_ptr wslay,
			     const struct wslay_event_on_msg_recv_arg *message, void *user)
{
	struct ra_ws *ws = user;

	(void)wslay;
	if (wslay_is_ctrl_frame(message->opcode) || !ws->sock || ws->close_by_ms)
		return;
	ws->ops->on_message(ws->ctx,
			    (struct ra_str){ (const char *)message->msg, message->msg_length },
			    message->opcode == WSLAY_BINARY_FRAME);
}

/* The handshake is written. Without a socket it was not; http_ws_over follows by itself. */
static void on_upgraded(void *user, h2o_socket_t *sock, size_t request_bytes)
{
	struct ra_ws *ws = user;

	if (!sock)
		return;
	ws->sock = sock;
	sock->data = ws;
	h2o_buffer_consume(&sock->input, request_bytes);
	if (ws->is_reset) {
		close_socket(ws);
		return;
	}
	if (!ws->is_paused)
		h2o_socket_read_start(sock, on_readable);
	ask_for_flush(ws);
}

static bool is_handshake(const struct ra_http_request *req)
{
	struct ra_str upgrade = ra_http_header(req, "upgrade");

	return ra_str_is(req->method, "GET") &&
	       h2o_lcstris(upgrade.ptr, upgrade.len, H2O_STRLIT("websocket")) &&
	       ra_str_is(ra_http_header(req, "sec-websocket-version"), "13") &&
	       ra_http_header(req, "sec-websocket-key").len == 24;
}

/* RFC 6455, section 4.2.2. */
static void accept_key(struct ra_str key, char out[29])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char text[24 + sizeof(guid) - 1];
	unsigned char digest[SHA_DIGEST_LENGTH];

	memcpy(text, key.ptr, 24);
	memcpy(text + 24, guid, sizeof(guid) - 1);
	SHA1(text, sizeof(text), digest);
	h2o_base64_encode(out, digest, sizeof(digest), 0);
	out[28] = '\0';
}

static struct ra_ws *new_ws(struct http_conn *conn, const struct ra_ws_ops *ops, void *ctx)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_wslay_recv,
		.send_callback = on_wslay_send,
		.on_msg_recv_callback = on_wslay_message,
	};
	struct ra_ws *ws = ra_new(struct ra_ws);

	ws->server = conn->server;
	ws->conn = conn;
	ws->ops = ops;
	ws->ctx = ctx;
	wslay_event_context_server_init(&ws->wslay, &callbacks, ws);
	wslay_event_config_set_max_recv_msg_length(ws->wslay, MESSAGE_MAX_BYTES);
	return ws;
}

struct ra_ws *ra_ws_accept(struct ra_http_request *req, const struct ra_ws_ops *ops, void *ctx)
{
	char accept[29];

	if (!is_handshake(req)) {
		ra_http_problem(req, 400, NULL, "Not a WebSocket handshake", NULL);
		return NULL;
	}
	if (!http_reply_begin(req))
		return NULL;
	struct ra_ws *ws = new_ws(req->conn, ops, ctx);
	req->conn->ws = ws;
	req->is_sent = true;
	req->h2o->res.status = 101;
	req->h2o->res.reason = "Switching Protocols";
	accept_key(ra_http_header(req, "sec-websocket-key"), accept);
	ra_http_set_header(req, "upgrade", "websocket");
	ra_http_set_header(req, "sec-websocket-accept", accept);
	h2o_http1_upgrade(req->h2o, NULL, 0, on_upgraded, ws);
	return ws;
}

static size_t put_header(char *at, unsigned first, size_t len)
{
	size_t length_bytes = len < 126 ? 0 : len <= UINT16_MAX ? 2 : 8;

	at[0] = (char)first;
	at[1] = (char)(length_bytes == 0 ? len : length_bytes == 2 ? 126 : 127);
	for (size_t i = 0; i < length_bytes; i++)
		at[2 + i] = (char)((uint64_t)len >> (8 * (length_bytes - 1 - i)));
	return 2 + length_bytes;
}

static void add_frame(struct ra_ws *ws, unsigned opcode, bool is_last, struct ra_str payload)
{
	char *at = ra_buf_reserve(&ws->waiting, payload.len + 10);
	size_t len = put_header(at, (is_last ? 0x80u : 0u) | opcode, payload.len);

	if (payload.len > 0)
		memcpy(at + len, payload.ptr, payload.len);
	ws->waiting.len += len + payload.len;
}

void ra_ws_send_fragmented(struct ra_ws *ws, struct ra_str data, bool is_binary, size_t frame_bytes)
{
	unsigned opcode = is_binary ? WSLAY_BINARY_FRAME : WSLAY_TEXT_FRAME;

	if (ws->close_by_ms || ws->is_reset)
		return;
	while (data.len > frame_bytes) {
		add_frame(ws, opcode, false, (struct ra_str){ data.ptr, frame_bytes });
		opcode = WSLAY_CONTINUATION_FRAME;
		data.ptr += frame_bytes;
		data.len -= frame_bytes;
	}
	add_frame(ws, opcode, true, data);
	ask_for_flush(ws);
}

void ra_ws_send(struct ra_ws *ws, struct ra_str data, bool is_binary)
{
	ra_ws_send_fragmented(ws, data, is_binary, data.len);
}

void ra_ws_close(struct ra_ws *ws, uint16_t code, const char *reason)
{
	struct ra_str text = ra_str_of(reason);

	if (ws->close_by_ms || ws->is_reset)
		return;
	ws->close_by_ms = uv_now(ws->server->loop) + CLOSE_WAIT_MS;
	wslay_event_queue_close(ws->wslay, code, (const uint8_t *)text.ptr, text.len);
	ask_for_flush(ws);
}

/* A reset comes after what was sent before it, so far as the kernel takes it: half a message is
 * what a crashed server leaves behind. */
static void write_what_fits(struct ra_ws *ws)
{
	uv_buf_t rest = uv_buf_init(ws->waiting.ptr, (unsigned)ws->waiting.len);

	if (ws->sock && !h2o_socket_is_writing(ws->sock) && rest.len > 0)
		(void)uv_try_write((uv_stream_t *)&ws->conn->tcp, &rest, 1);
}

void ra_ws_reset(struct ra_ws *ws)
{
	if (ws->is_reset)
		return;
	ws->is_reset = true;
	write_what_fits(ws);
	http_conn_reset(ws->conn);
	close_socket(ws);
}

size_t ra_ws_pending(const struct ra_ws *ws)
{
	return ws->waiting.len +
	       uv_stream_get_write_queue_size((const uv_stream_t *)&ws->conn->tcp);
}

void ra_ws_pause(struct ra_ws *ws, bool is_paused)
{
	ws->is_paused = is_paused;
	if (!ws->sock)
		return;
	if (is_paused) {
		h2o_socket_read_stop(ws->sock);
	} else {
		h2o_socket_read_start(ws->sock, on_readable);
		ask_for_flush(ws); /* what was read already waits in the socket's buffer */
	}
}

void http_ws_tick(struct ra_ws *ws, uint64_t now_ms)
{
	if (ws->close_by_ms && now_ms >= ws->close_by_ms)
		ra_ws_reset(ws);
}

void http_ws_over(struct ra_ws *ws)
{
	int code = ws->is_reset ? WSLAY_CODE_ABNORMAL_CLOSURE
				: wslay_event_get_status_code_received(ws->wslay);

	if (h2o_linklist_is_linked(&ws->unflushed))
		h2o_linklist_unlink(&ws->unflushed);
	ws->ops->on_closed(ws->ctx, code);
	wslay_event_context_free(ws->wslay);
	ra_buf_fini(&ws->sending);
	ra_buf_fini(&ws->waiting);
	ra_free(ws);
}
