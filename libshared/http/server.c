#include "libshared/http/server_internal.h"
#include <stdio.h>

/*
 *   start -> listen -> accept ... -> stop: no new connections, idle ones hang up,
 *   those just made may still ask, the busy finish -> (drain_ms) the rest is cut -> last connection
 * closed -> h2o is taken down -> closed()
 */

#define TICK_MS        1000
#define LISTEN_BACKLOG 1024

struct handler {
	h2o_handler_t super;
	struct ra_http_server *server;
};

static int on_request(h2o_handler_t *handler, h2o_req_t *h2o)
{
	struct ra_http_server *server = ((struct handler *)handler)->server;
	struct ra_http_request *req = http_request_new(http_conn_of(h2o), h2o);

	if (req->is_ambiguous) {
		h2o->http1_is_persistent = 0; /* no word of what follows is believed */
		ra_http_problem(req, 400, NULL, "Ambiguous length of the body", NULL);
	} else if (req->is_oversized)
		ra_http_problem(req, 431, NULL, "Request headers too large", NULL);
	else
		http_router_dispatch(server, req);
	return 0;
}

static void on_listener(uv_stream_t *listener, int status)
{
	struct ra_http_server *server =
		ra_container_of((uv_tcp_t *)listener, struct ra_http_server, listener);

	if (status == 0 && server->held_until_ms)
		server->is_awaited = true;
	else if (status == 0)
		http_conn_accept(server);
	else
		ra_warn(server->log, "cannot accept connection", ra_f_err(status));
}

void ra_http_server_hold(struct ra_http_server *server, uint64_t ms)
{
	server->held_until_ms = uv_now(server->loop) + ms;
}

void ra_http_server_release(struct ra_http_server *server)
{
	server->held_until_ms = 0;
	if (server->is_awaited && !uv_is_closing((uv_handle_t *)&server->listener))
		http_conn_accept(server);
	server->is_awaited = false;
}

static void on_tick(uv_timer_t *timer)
{
	struct ra_http_server *server = ra_container_of(timer, struct ra_http_server, tick);
	uint64_t now_ms = uv_now(server->loop);

	if (server->held_until_ms && now_ms >= server->held_until_ms)
		ra_http_server_release(server);
	for (h2o_linklist_t *at = server->conns.next; at != &server->conns; at = at->next)
		http_conn_tick(ra_container_of(at, struct http_conn, link), now_ms);
}

static int listen_on(struct ra_http_server *server, const char *host, uint16_t port)
{
	char service[8];
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	uv_getaddrinfo_t lookup;

	snprintf(service, sizeof(service), "%u", port);
	int rc = uv_getaddrinfo(server->loop, &lookup, NULL, host, service, &hints);
	if (rc < 0)
		return rc;
	rc = uv_tcp_bind(&server->listener, lookup.addrinfo->ai_addr, 0);
	uv_freeaddrinfo(lookup.addrinfo);
	if (rc < 0)
		return rc;
	return uv_listen((uv_stream_t *)&server->listener, LISTEN_BACKLOG, on_listener);
}

static void on_failed_listener_closed(uv_handle_t *handle)
{
	ra_free(ra_container_of((uv_tcp_t *)handle, struct ra_http_server, listener));
}

/* HTTP/2 stays off: h2o 2.2.5 lets one connection start and reset requests without end
 * (CVE-2023-44487). TLS too; both belong to the proxy in front. */
static void start_h2o(struct ra_http_server *server, const struct ra_http_options *options)
{
	const char *name = options->server_name ? options->server_name : "rations";

	h2o_config_init(&server->conf);
	server->conf.server_name = h2o_iovec_init(name, strlen(name));
	server->conf.max_request_entity_size = options->max_body ? options->max_body : 64 * 1024;
	server->conf.http1.req_timeout = options->request_ms ? options->request_ms : 10000;
	server->conf.http1.upgrade_to_http2 = 0;
	h2o_hostconf_t *host = h2o_config_register_host(
		&server->conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	struct handler *handler =
		(struct handler *)h2o_create_handler(&host->fallback_path, sizeof(*handler));
	handler->super.on_req = on_request;
	handler->server = server;
	http_refusals_register(&host->fallback_path);
	h2o_context_init(&server->h2o, server->loop, &server->conf);
	server->accept.ctx = &server->h2o;
	server->accept.hosts = server->conf.hosts;
}

struct ra_http_server *ra_http_server_start(uv_loop_t *loop, const struct ra_http_options *options,
					    const struct ra_log *log, struct ra_err *err)
{
	struct ra_http_server *server = ra_new(struct ra_http_server);
	const char *host = options->host ? options->host : "127.0.0.1";

	server->loop = loop;
	server->log = log;
	server->max_conns = options->max_conns;
	server->max_per_address = options->max_per_address;
	server->proxies = options->proxies;
	server->base_path = options->base_path ? options->base_path : "";
	h2o_linklist_init_anchor(&server->conns);
	h2o_linklist_init_anchor(&server->unflushed);
	uv_tcp_init(loop, &server->listener);
	int rc = listen_on(server, host, options->port);
	if (rc < 0) {
		ra_fail(err, rc, "Stop the program that uses this address, or choose another.",
			"cannot listen on %s port %u: %s", host, options->port, uv_strerror(rc));
		uv_close((uv_handle_t *)&server->listener, on_failed_listener_closed);
		return NULL;
	}
	start_h2o(server, options);
	uv_timer_init(loop, &server->tick);
	uv_timer_start(&server->tick, on_tick, TICK_MS, TICK_MS);
	uv_timer_init(loop, &server->drain_timer);
	uv_idle_init(loop, &server->flusher);
	server->pending = 1; /* the listener */
	return server;
}

uint16_t ra_http_server_port(const struct ra_http_server *server)
{
	struct sockaddr_storage addr;
	int len = sizeof(addr);

	if (uv_tcp_getsockname(&server->listener, (struct sockaddr *)&addr, &len) < 0)
		return 0;
	return ntohs(addr.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&addr)->sin6_port
						: ((struct sockaddr_in *)&addr)->sin_port);
}

static void on_taken_down(uv_handle_t *handle)
{
	struct ra_http_server *server = handle->data;
	ra_http_closed_cb closed = server->closed;
	void *ctx = server->closed_ctx;

	if (--server->pending > 0)
		return;
	http_files_free(server->files);
	for (size_t i = 0; i < server->route_count; i++)
		ra_free(server->routes[i].name);
	ra_free(server->routes);
	ra_free(server);
	closed(ctx);
}

/* Only from close callbacks: h2o_context_dispose runs the loop once by itself, which libuv bears
 * there and not inside its poll phase. */
static void take_down(struct ra_http_server *server)
{
	uv_handle_t *ours[] = { (uv_handle_t *)&server->tick, (uv_handle_t *)&server->drain_timer,
				(uv_handle_t *)&server->flusher };

	h2o_context_dispose(&server->h2o);
	h2o_config_dispose(&server->conf);
	server->pending = RA_COUNT(ours);
	for (size_t i = 0; i < RA_COUNT(ours); i++) {
		ours[i]->data = server;
		uv_close(ours[i], on_taken_down);
	}
}

void http_server_unref(struct ra_http_server *server)
{
	if (--server->pending == 0)
		take_down(server);
}

static void on_listener_closed(uv_handle_t *handle)
{
	http_server_unref(ra_container_of((uv_tcp_t *)handle, struct ra_http_server, listener));
}

static void on_drain_timeout(uv_timer_t *timer)
{
	struct ra_http_server *server = ra_container_of(timer, struct ra_http_server, drain_timer);
	size_t count = 0;

	for (h2o_linklist_t *at = server->conns.next; at != &server->conns; at = at->next, count++)
		http_conn_cut(ra_container_of(at, struct http_conn, link));
	if (count > 0)
		ra_warn(server->log, "http drain timed out", ra_f_u64("connections", count));
}

void ra_http_server_stop(struct ra_http_server *server, uint64_t drain_ms, ra_http_closed_cb closed,
			 void *ctx)
{
	server->closed = closed;
	server->closed_ctx = ctx;
	/* Not h2o_context_request_shutdown(): that arms an HTTP/2 timer nobody takes off again. */
	server->h2o.shutdown_requested = 1;
	uv_close((uv_handle_t *)&server->listener, on_listener_closed);
	for (h2o_linklist_t *at = server->conns.next; at != &server->conns; at = at->next)
		http_conn_hang_up(ra_container_of(at, struct http_conn, link));
	uv_timer_start(&server->drain_timer, on_drain_timeout, drain_ms, 0);
}
