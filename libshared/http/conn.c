/*
 * conn: one accepted socket, from accept to the close of its handle; and what
 * h2o can not do with it: reset it, see that it is stuck, hang it up.
 */
#include "libshared/http/server_internal.h"
#include <errno.h>

/* h2o has no write timeout: a peer that takes nothing for this long is cut. */
#define STUCK_MS 30000

static void on_conn_closed(uv_handle_t *handle)
{
	struct http_conn *conn = ra_container_of((uv_tcp_t *)handle, struct http_conn, tcp);
	struct ra_http_server *server = conn->server;

	h2o_linklist_unlink(&conn->link);
	if (conn->ws)
		http_ws_over(conn->ws);
	ra_free(conn);
	http_server_unref(server);
}

static void remember_peer(struct http_conn *conn)
{
	struct sockaddr_storage addr;
	int len = sizeof(addr);

	if (uv_tcp_getpeername(&conn->tcp, (struct sockaddr *)&addr, &len) == 0)
		uv_ip_name((struct sockaddr *)&addr, conn->peer, sizeof(conn->peer));
}

void http_conn_accept(struct ra_http_server *server)
{
	struct http_conn *conn = ra_new(struct http_conn);

	conn->server = server;
	uv_tcp_init(server->loop, &conn->tcp);
	h2o_linklist_insert(&server->conns, &conn->link);
	server->pending++;
	int rc = uv_accept((uv_stream_t *)&server->listener, (uv_stream_t *)&conn->tcp);
	if (rc < 0) {
		ra_warn(server->log, "cannot accept connection", ra_f_err(rc));
		uv_close((uv_handle_t *)&conn->tcp, on_conn_closed);
		return;
	}
	remember_peer(conn);
	uv_tcp_nodelay(&conn->tcp, 1);
	conn->sock = h2o_uv_socket_create((uv_stream_t *)&conn->tcp, on_conn_closed);
	conn->sock->on_close.data = conn;
	h2o_accept(&server->accept, conn->sock);
}

struct http_conn *http_conn_of(h2o_req_t *h2o)
{
	return h2o->conn->callbacks->get_socket(h2o->conn)->on_close.data;
}

void http_conn_reset(struct http_conn *conn)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	uv_os_fd_t fd;

	/* Disconnecting a TCP socket sends RST at once and lets the descriptor live, which is what
	 * h2o needs to notice by itself. */
	if (uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0)
		(void)connect(fd, &nowhere, sizeof(nowhere));
}

void http_conn_hang_up(struct http_conn *conn)
{
	uv_os_fd_t fd;

	if (conn->ws)
		ra_ws_close(conn->ws, 1001, "going away");
	else if (conn->request && conn->request->stream)
		http_stream_hang_up(conn->request->stream);
	else if (uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0)
		shutdown(fd, SHUT_RD); /* h2o closes when it reads next */
}

void http_conn_cut(struct http_conn *conn)
{
	if (conn->ws)
		ra_ws_reset(conn->ws);
	else if (conn->request)
		http_request_cut(conn->request);
	else
		http_conn_reset(conn);
}

/* Over HTTP/1 h2o does not read while it answers, so only a look at the socket tells. */
static bool has_hung_up(const struct http_conn *conn)
{
	uv_os_fd_t fd;
	char byte;

	if (uv_fileno((const uv_handle_t *)&conn->tcp, &fd) < 0)
		return false;
	ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

static bool is_stuck(struct http_conn *conn, uint64_t now_ms)
{
	size_t bytes = uv_stream_get_write_queue_size((uv_stream_t *)&conn->tcp);

	if (bytes == 0 || bytes != conn->stuck_bytes) {
		conn->stuck_bytes = bytes;
		conn->stuck_since_ms = now_ms;
	}
	return bytes > 0 && now_ms - conn->stuck_since_ms >= STUCK_MS;
}

void http_conn_tick(struct http_conn *conn, uint64_t now_ms)
{
	struct ra_http_stream *stream = conn->request ? conn->request->stream : NULL;

	if (conn->ws)
		http_ws_tick(conn->ws, now_ms);
	else if (is_stuck(conn, now_ms) || (stream && has_hung_up(conn)))
		http_conn_cut(conn);
	else if (stream)
		http_stream_tick(stream, now_ms);
}
