/*
 * server: HTTP/1.1 on the loop, over h2o, with what h2o leaves to its user: a
 * router, requests that outlive their connection, JSON and problem answers
 * (RFC 9457), event streams, WebSockets, a drain.
 *
 * HTTP/2 and TLS are off on purpose (docs/why). Every request gets exactly
 * one answer: a handler must call one of ra_http_reply*, now or later;
 * answering somebody who has gone is harmless.
 */
#pragma once
#include "libshared/base/arena.h"
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include "libshared/base/log.h"
#include "libshared/base/trace.h"
#include "libshared/http/proxies.h"
#include <jansson.h>
#include <uv.h>

struct ra_http_server;
struct ra_http_request;
struct ra_http_stream;
struct ra_ws;

typedef void (*ra_http_handler)(struct ra_http_request *req, void *ctx);
typedef void (*ra_http_closed_cb)(void *ctx);

struct ra_http_options {
	const char *host;       /* "127.0.0.1", "0.0.0.0", "::" */
	uint16_t port;          /* 0: any; see ra_http_server_port */
	size_t max_body;        /* bytes; default 64 KiB */
	uint64_t request_ms;    /* for all of a request, and to begin the next; default 10 s */
	size_t max_conns;       /* then the one that has said nothing for longest goes; 0: any */
	size_t max_per_address; /* of one address, or one network of IPv6; 0: any number */
	const struct ra_proxies *proxies; /* who hands requests on; NULL: nobody. Borrowed */
	const char *server_name;          /* the Server header; default "rations" */
	/* "/rations": paths below it are taken as if it were not there, all others as they are (a
	 * proxy has removed it). NULL: none. Borrowed, as long as the server lives. */
	const char *base_path;
};

/* Binds and listens. NULL and *err (host, port, "address already in use") when it can not. */
struct ra_http_server *ra_http_server_start(uv_loop_t *loop, const struct ra_http_options *options,
					    const struct ra_log *log, struct ra_err *err);
uint16_t ra_http_server_port(const struct ra_http_server *server);
/* `method` NULL is any. `path` may hold {names}, each one path segment, and may end in "*", which
 * takes the rest. The first route that fits wins; a path that fits with another method is a 405;
 * nothing that fits is a problem 404. Routes may be added until the loop runs. */
void ra_http_route(struct ra_http_server *server, const char *method, const char *path,
		   ra_http_handler handler, void *ctx);
/* Connections wait in the kernel until the release, which comes by itself when `ms` have passed:
 * for who would have nothing but a 503 to say in its first moment. */
void ra_http_server_hold(struct ra_http_server *server, uint64_t ms);
void ra_http_server_release(struct ra_http_server *server);
/* Stops listening, ends streams and WebSockets, lets requests in progress finish for `drain_ms`. */
void ra_http_server_stop(struct ra_http_server *server, uint64_t drain_ms, ra_http_closed_cb closed,
			 void *ctx);

/* The request. Everything returned is borrowed until the answer. */
struct ra_str ra_http_method(const struct ra_http_request *req);
/* Normalized, without the query and the base path. */
struct ra_str ra_http_path(const struct ra_http_request *req);
/* What stood for {name}; "*" for the rest. */
struct ra_str ra_http_param(const struct ra_http_request *req, const char *name);
/* `name` in lower case; empty when absent. */
struct ra_str ra_http_header(const struct ra_http_request *req, const char *name);
struct ra_str ra_http_body(const struct ra_http_request *req);
/* A cookie's value, empty when absent. */
struct ra_str ra_http_cookie(const struct ra_http_request *req, const char *name);
/* A decoded query argument (application/x-www-form-urlencoded); NULL when absent. */
const char *ra_http_query(struct ra_http_request *req, const char *name);
/* The same of a form body. */
const char *ra_http_form(struct ra_http_request *req, const char *name);
/* The query as it came, undecoded. */
struct ra_str ra_http_raw_query(const struct ra_http_request *req);
/* Whom it comes from, an address as NUL-terminated text: the peer, or behind proxies of ours whom
 * they heard (proxies.h). */
const char *ra_http_from(const struct ra_http_request *req);
/* scheme://host[:port] that the browser asked, as far as our proxies and Host tell; yours to
 * believe with care. Empty where none of them says. In the request's arena. */
const char *ra_http_asked_origin(struct ra_http_request *req);
/* Ours, to be logged and handed on: of the trace of who asks, or of a new one. */
struct ra_str ra_http_traceparent(struct ra_http_request *req);
/* Memory that lives as long as the request; reset after the answer. */
struct ra_arena *ra_http_arena(struct ra_http_request *req);
/* Called once when the server lets go of the request: the answer is written, the peer is lost, or
 * the drain ran out. One that is not answered yet stays yours, whole, until you do. */
void ra_http_on_end(struct ra_http_request *req, void (*end)(void *ctx), void *ctx);
bool ra_http_is_gone(const struct ra_http_request *req);

/* Answers. Headers first, copied; a name set twice is sent twice (Set-Cookie). */
void ra_http_set_header(struct ra_http_request *req, const char *name, const char *value);
/* `body` is copied; text and JSON of more than 512 bytes is gzipped for who takes it. No content
 * type: NULL. */
void ra_http_reply(struct ra_http_request *req, int status, const char *content_type,
		   struct ra_str body);
/* `body` is taken. Cache-Control: no-store unless set. */
void ra_http_reply_json(struct ra_http_request *req, int status, json_t *body);
/* application/problem+json: type is "about:blank" or "/problems/<slug>", title a fixed phrase,
 * detail for this occurrence (may be NULL). */
void ra_http_problem(struct ra_http_request *req, int status, const char *slug, const char *title,
		     const char *detail);
/* The same with members of its own beside these (RFC 9457, Extension Members); `more` is taken. */
void ra_http_problem_with(struct ra_http_request *req, int status, const char *slug,
			  const char *title, const char *detail, json_t *more);
/* 302 (or another 3xx) with Location. */
void ra_http_redirect(struct ra_http_request *req, int status, const char *location);
/* Cuts the connection without an answer: for simulators. */
void ra_http_abort(struct ra_http_request *req);

/* A request of our own to a handler of ours: nobody is connected, the answer is handed over as the
 * JSON it was made of (NULL: it was something else, or nothing). It comes exactly once, perhaps
 * before the handler returns; request and body are gone when you return. */
typedef void (*ra_http_inside_cb)(void *ctx, int status, const json_t *body);
/* `like`: path and params are those of this request (copied); NULL: none. `query` is written as in
 * a URL, copied. Hand the result to a handler at once. */
struct ra_http_request *ra_http_inside(const struct ra_http_request *like, struct ra_str query,
				       ra_http_inside_cb answered, void *ctx);

/* Static files: everything under `dir` at `prefix` ("/", "/app/"; strings are borrowed), .gz
 * siblings where the client takes them, ETag, hashed names (name-XXXXXXXX.ext) immutable for a
 * year, the rest no-cache; paths without a dot that name no file get `fallback` (index.html):
 * what an attribute of it says to be at "/..." is written below the base path.
 * `headers` is NULL-terminated name, value pairs added to all. */
void ra_http_route_files(struct ra_http_server *server, const char *prefix, const char *dir,
			 const char *fallback, const char *const *headers);

/* Server-sent events: 200 text/event-stream, a comment every 15 s. on_gone comes once, when the
 * reader left, was too slow (256 KiB pending), or the server drains; `stream` is invalid after it.
 * NULL, and no on_gone, when the reader has gone already. */
struct ra_http_stream *ra_http_stream_start(struct ra_http_request *req, void (*on_gone)(void *ctx),
					    void *ctx);
/* One event; `id` and `event` may be NULL. `data` is one line. */
void ra_http_stream_send(struct ra_http_stream *stream, const char *event, const char *id,
			 struct ra_str data);
/* After what was sent. `stream` is invalid from here on; no on_gone follows. */
void ra_http_stream_end(struct ra_http_stream *stream);

/* An answer whose length nobody knows yet, piece by piece. on_drained: all that was written is on
 * its way, write more; on_gone as above. Neither comes before this returns. NULL, and no callback,
 * when the reader has gone already. End it with ra_http_stream_end. */
struct ra_http_stream *ra_http_file_start(struct ra_http_request *req, const char *content_type,
					  void (*on_drained)(void *ctx), void (*on_gone)(void *ctx),
					  void *ctx);
void ra_http_file_write(struct ra_http_stream *stream, struct ra_str bytes);
/* Cuts the connection, so that nobody takes a half for the whole. No on_gone follows. */
void ra_http_file_abort(struct ra_http_stream *stream);

/* WebSocket server side (RFC 6455), for discord-sim. */
struct ra_ws_ops {
	void (*on_message)(void *ctx, struct ra_str data, bool is_binary);
	/* Once, last. `code`: the peer's close code, 1005 none given, 1006 connection lost. */
	void (*on_closed)(void *ctx, int code);
};
/* Upgrades. NULL (and the request answered 400) when it is no WebSocket handshake. Messages of more
 * than 1 MiB are refused with 1009. */
struct ra_ws *ra_ws_accept(struct ra_http_request *req, const struct ra_ws_ops *ops, void *ctx);
void ra_ws_send(struct ra_ws *ws, struct ra_str data, bool is_binary);
/* The same message in frames of at most `frame_bytes`. */
void ra_ws_send_fragmented(struct ra_ws *ws, struct ra_str data, bool is_binary,
			   size_t frame_bytes);
/* Sends a close frame; on_closed follows when the peer answers or after 5 s. */
void ra_ws_close(struct ra_ws *ws, uint16_t code, const char *reason);
/* RST, no goodbye, after what the kernel takes of what was sent; on_closed follows with 1006. */
void ra_ws_reset(struct ra_ws *ws);
/* Bytes accepted by ra_ws_send and not yet given to the kernel. */
size_t ra_ws_pending(const struct ra_ws *ws);
/* Stops / resumes reading: a peer that hangs. What was read before (a few KB) may still arrive. */
void ra_ws_pause(struct ra_ws *ws, bool is_paused);
