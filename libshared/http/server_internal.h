/*
 * server_internal: what the files of the HTTP server share with one another.
 *
 *	conn     an accepted socket; lives until its handle is closed
 *	request  from the handler's call until it is answered *and* h2o let go;
 *	         one from inside (inside.c) until it is answered
 *	stream   a request that is answered bit by bit
 *	ws       a connection that stopped speaking HTTP
 *
 * h2o owns the HTTP of a connection; we own the socket's handle beneath it,
 * because h2o offers no way to close a connection or to see one stuck.
 */
#pragma once
#include "libshared/http/server.h"
#include <h2o.h>

#define HTTP_PARAMS_MAX 8
/* Beyond this: 431, or cut where they never end. h2o itself would take 400 KB. */
#define HTTP_HEADERS_MAX_BYTES (32 * 1024)

struct http_files;

struct http_conn {
	uv_tcp_t tcp;
	struct ra_http_server *server;   /* borrowed */
	h2o_socket_t *sock;              /* h2o's; NULL once closing */
	struct ra_http_request *request; /* the one in progress, or NULL */
	struct ra_ws *ws;                /* owned, after the upgrade */
	h2o_linklist_t link;             /* in server->conns */
	uint64_t waiting_since_ms;       /* for a request; while there is none */
	uint64_t network;                /* ra_address_network of the peer */
	bool is_leaving;                 /* it was cut, and is not counted any more */
	bool has_asked;                  /* a request came, once */
	size_t stuck_bytes;              /* the write queue at the last look, and since when */
	uint64_t stuck_since_ms;
	char peer[INET6_ADDRSTRLEN];
};

struct http_route {
	const char *method; /* NULL: any; borrowed, like path */
	const char *path;
	ra_http_handler handler;
	void *ctx;
	char *name; /* "GET /path/{name}", for /metrics; owned */
};

struct ra_http_server {
	uv_loop_t *loop;
	const struct ra_log *log;
	uv_tcp_t listener;
	uv_timer_t tick; /* every second: heartbeats, the stuck, the overdue */
	uv_timer_t drain_timer;
	uv_idle_t flusher; /* runs while a WebSocket has unwritten frames */
	h2o_globalconf_t conf;
	h2o_context_t h2o;
	h2o_accept_ctx_t accept;
	h2o_linklist_t conns;
	size_t conn_count; /* of those not leaving */
	size_t max_conns, max_per_address;
	const struct ra_proxies *proxies; /* borrowed; NULL: none */
	h2o_linklist_t unflushed;         /* struct ra_ws */
	struct http_route *routes;        /* owned */
	size_t route_count;
	struct http_files *files; /* owned list */
	const char *base_path;    /* borrowed; "": none */
	uint64_t held_until_ms;   /* 0: connections are accepted */
	bool is_awaited;          /* somebody connected meanwhile; libuv asks again after him */
	int pending;              /* open sockets; when stopping, then our other handles */
	ra_http_closed_cb closed;
	void *closed_ctx;
};

struct http_pair {
	struct ra_str name, value; /* the value is NUL-terminated, but for params */
};

struct http_pairs {
	struct http_pair *at;
	size_t count;
};

struct ra_http_request {
	struct http_conn *conn; /* borrowed; NULL once h2o let go, like h2o */
	h2o_req_t *h2o;         /* borrowed */
	struct ra_arena arena;
	const char *from;
	const struct ra_proxies *proxies; /* borrowed: the peer is one of these; NULL: it is not */
	struct ra_str method, path, body;
	struct ra_str raw_query;
	struct http_pairs headers;
	const char *route;                    /* its name, borrowed; NULL: none */
	uint64_t began_ms;                    /* when the handler was called */
	char traceparent[RA_TRACEPARENT_MAX]; /* once it was asked for */
	struct http_pair params[HTTP_PARAMS_MAX];
	size_t param_count;
	struct http_pairs query, form; /* filled when first asked for */
	bool is_head;
	bool is_oversized; /* the headers */
	bool is_ambiguous; /* where the body ends */
	bool is_answered;  /* the handler has done its duty */
	bool is_sent;      /* h2o has a response */
	struct ra_http_stream *stream;
	void (*end)(void *ctx);
	void *end_ctx;
	ra_http_inside_cb answered; /* a request from inside: who asks; else NULL */
	void *answered_ctx;         /* borrowed */
};

/* server.c: the listener or a connection is closed. */
void http_server_unref(struct ra_http_server *server);

/* conn.c */
void http_conn_accept(struct ra_http_server *server);
struct http_conn *http_conn_of(h2o_req_t *h2o);
/* h2o let go of the request: the next one may come. */
void http_conn_wait(struct http_conn *conn);
/* RST: whatever is being read or written fails, and h2o closes the connection. */
void http_conn_reset(struct http_conn *conn);
/* The server drains: says goodbye where the protocol has a word for it, closes what is idle. */
void http_conn_hang_up(struct http_conn *conn);
/* The drain is over: ends it whatever it does. */
void http_conn_cut(struct http_conn *conn);
/* Once a second. */
void http_conn_tick(struct http_conn *conn, uint64_t now_ms);

/* router.c */
void http_router_dispatch(struct ra_http_server *server, struct ra_http_request *req);

/* request.c */
struct ra_http_request *http_request_new(struct http_conn *conn, h2o_req_t *h2o);
void http_request_free(struct ra_http_request *req);

/* from.c: once the headers are there. */
void http_request_find_from(struct ra_http_request *req);

/* reply.c */
/* Marks the request answered; true when there is somebody to send the response to. */
bool http_reply_begin(struct ra_http_request *req);
/* `body` must live as long as the request's h2o pool. */
void http_reply_send(struct ra_http_request *req, int status, h2o_iovec_t body);
/* Ends the connection under a request; its handler still owes an answer. */
void http_request_cut(struct ra_http_request *req);
/* Turns h2o's own refusals (413, 400, 417) into problem answers. */
void http_refusals_register(h2o_pathconf_t *pathconf);

/* inside.c */
/* The answer to a request from inside; `body` NULL when it was no JSON. The request is gone. */
void http_inside_answer(struct ra_http_request *req, int status, const json_t *body);

/* stream.c */
void http_stream_tick(struct ra_http_stream *stream, uint64_t now_ms);
/* The server drains: events end after what was sent, and their owner is told; files go on. */
void http_stream_hang_up(struct ra_http_stream *stream);
/* Ends it because its connection is being cut. */
void http_stream_cut(struct ra_http_stream *stream);
/* h2o let go of the request. */
void http_stream_over(struct ra_http_stream *stream);

/* websocket.c */
void http_ws_tick(struct ra_ws *ws, uint64_t now_ms);
void http_ws_on_flush(uv_idle_t *idle);
/* The socket is closed. */
void http_ws_over(struct ra_ws *ws);

/* files.c */
void http_files_free(struct http_files *files);
