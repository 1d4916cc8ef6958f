/*
 * conn: one accepted socket, from accept to the close of its handle; and what
 * h2o can not do with it: count it, reset it, see that it is slow, hang it up.
 *
 *	accepted -> waiting for a request -> busy with one -> waiting ...
 *
 * Waiting is what costs others their place: where there are too many
 * connections, whoever has waited longest makes room; where all are busy, the
 * new one is turned away.
 */
#include "libshared/http/address.h"
#include "libshared/http/server_internal.h"
#include "libshared/metrics/metrics.h"
#include <errno.h>

/* h2o has no write timeout: a peer that takes less than this in that time is cut. */
#define STUCK_MS    30000
#define STUCK_BYTES 4096
/* How long a new connection may take to ask, when the server stops. */
#define NEW_MS 1000

RA_COUNTER_BY(refused, "rations_http_connections_cut_total", "why",
	      "connections turned away or cut: full, address, headers, stuck")

static void on_conn_closed(uv_handle_t *handle)
{
	struct http_conn *conn = ra_container_of((uv_tcp_t *)handle, struct http_conn, tcp);
	struct ra_http_server *server = conn->server;

	h2o_linklist_unlink(&conn->link);
	server->conn_count -= !conn->is_leaving;
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
	conn->network = ra_address_network(conn->peer);
}

/* --- room --- */

static void leave(struct http_conn *conn, const char *why)
{
	ra_count_by(&refused, why, 1);
	conn->is_leaving = true;
	conn->server->conn_count--;
	http_conn_cut(conn);
}

static bool is_waiting(const struct http_conn *conn)
{
	return !conn->is_leaving && !conn->request && !conn->ws && conn->sock &&
	       !uv_is_closing((const uv_handle_t *)&conn->tcp);
}

/* NULL: all are busy. Those that began first stand first. */
static struct http_conn *longest_waiting(const struct ra_http_server *server)
{
	struct http_conn *found = NULL;
	for (h2o_linklist_t *at = server->conns.next; at != &server->conns; at = at->next) {
		struct http_conn *conn = ra_container_of(at, struct http_conn, link);
		if (is_waiting(conn) &&
		    (!found || conn->waiting_since_ms < found->waiting_since_ms))
			found = conn;
	}
	return found;
}

static bool is_crowd(const struct ra_http_server *server, const struct http_conn *newest)
{
	size_t count = 0;
	if (!server->max_per_address || ra_proxies_have(server->proxies, newest->peer))
		return false;
	for (h2o_linklist_t *at = server->conns.next; at != &server->conns; at = at->next) {
		const struct http_conn *conn = ra_container_of(at, struct http_conn, link);
		count += conn->network == newest->network && !conn->is_leaving;
	}
	return count > server->max_per_address;
}

/* Says why not; NULL: there is room, or was made. The newest is not h2o's yet, and does not wait.
 */
static const char *find_room(struct ra_http_server *server, const struct http_conn *newest)
{
	if (is_crowd(server, newest))
		return "address";
	if (!server->max_conns || server->conn_count <= server->max_conns)
		return NULL;
	struct http_conn *oldest = longest_waiting(server);
	if (!oldest)
		return "full";
	leave(oldest, "full");
	return NULL;
}

/* Not a word of HTTP was spoken: h2o does not know of it. */
static void turn_away(struct http_conn *conn, const char *why)
{
	static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
				     "Content-Length: 0\r\nConnection: close\r\n\r\n";
	uv_buf_t buf = uv_buf_init((char *)answer, sizeof(answer) - 1);
	ra_count_by(&refused, why, 1);
	(void)uv_try_write((uv_stream_t *)&conn->tcp, &buf, 1);
	uv_close((uv_handle_t *)&conn->tcp, on_conn_closed);
}

/* --- life --- */

void http_conn_accept(struct ra_http_server *server)
{
	struct http_conn *conn = ra_new(struct http_conn);

	conn->server = server;
	uv_tcp_init(server->loop, &conn->tcp);
	h2o_linklist_insert(&server->conns, &conn->link);
	server->pending++;
	server->conn_count++;
	int rc = uv_accept((uv_stream_t *)&server->listener, (uv_stream_t *)&conn->tcp);
	if (rc < 0) {
		ra_warn(server->log, "cannot accept connection", ra_f_err(rc));
		uv_close((uv_handle_t *)&conn->tcp, on_conn_closed);
		return;
	}
	remember_peer(conn);
	const char *why_not = find_room(server, conn);
	if (why_not) {
		turn_away(conn, why_not);
		return;
	}
	http_conn_wait(conn);
	uv_tcp_nodelay(&conn->tcp, 1);
	conn->sock = h2o_uv_socket_create((uv_stream_t *)&conn->tcp, on_conn_closed);
	conn->sock->on_close.data = conn;
	h2o_accept(&server->accept, conn->sock);
}

void http_conn_wait(struct http_conn *conn)
{
	conn->request = NULL;
	conn->waiting_since_ms = uv_now(conn->server->loop);
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

/* Its first request is on its way: who connected to us could not know that we would go. */
static bool is_new(const struct http_conn *conn)
{
	return is_waiting(conn) && !conn->has_asked &&
	       uv_now(conn->server->loop) - conn->waiting_since_ms < NEW_MS;
}

void http_conn_hang_up(struct http_conn *conn)
{
	uv_os_fd_t fd;

	if (is_new(conn))
		return; /* the next tick asks again */
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

/* Some bytes now and then are no reader: what counts is that enough goes out in STUCK_MS. */
static bool is_stuck(struct http_conn *conn, uint64_t now_ms)
{
	size_t bytes = uv_stream_get_write_queue_size((uv_stream_t *)&conn->tcp);

	if (bytes == 0 || bytes > conn->stuck_bytes || conn->stuck_bytes - bytes >= STUCK_BYTES) {
		conn->stuck_bytes = bytes;
		conn->stuck_since_ms = now_ms;
	}
	return bytes > 0 && now_ms - conn->stuck_since_ms >= STUCK_MS;
}

/* h2o limits the time for headers, not how many they are. */
static bool has_endless_headers(const struct http_conn *conn)
{
	return is_waiting(conn) && conn->sock->input->size > 2 * HTTP_HEADERS_MAX_BYTES;
}

void http_conn_tick(struct http_conn *conn, uint64_t now_ms)
{
	struct ra_http_stream *stream = conn->request ? conn->request->stream : NULL;

	if (conn->is_leaving)
		return;
	if (conn->ws)
		http_ws_tick(conn->ws, now_ms);
	else if (has_endless_headers(conn))
		leave(conn, "headers");
	else if (is_stuck(conn, now_ms))
		leave(conn, "stuck");
	else if (stream && has_hung_up(conn))
		http_conn_cut(conn);
	else if (stream)
		http_stream_tick(stream, now_ms);
	else if (conn->server->h2o.shutdown_requested && is_waiting(conn))
		http_conn_hang_up(conn);
}
