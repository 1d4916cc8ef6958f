/*
 * websocket: client connections over libwebsockets, which shares our loop.
 *
 * One struct websocket makes many connections, one after the other:
 *
 *   websocket_open -> resolving -> connecting -> on_open, on_piece ... -> on_closed ->
 * websocket_open ...
 *
 * libwebsockets may call back for a connection long after it is over, and
 * sometimes does not tell that one failed; so a connection is known by its
 * wsi, and ends exactly once, by whatever comes first: closed, failed,
 * destroyed, or our own watchdog.
 */
#pragma once
#include "libshared/base/err.h"
#include "libshared/base/log.h"
#include <uv.h>

struct websocket_context;
struct websocket;

struct websocket_ops {
	void (*on_open)(void *ctx);
	/* A piece of a message; `is_last` ends it. */
	void (*on_piece)(void *ctx, struct ra_str piece, bool is_binary, bool is_last);
	/* Once a websocket_open, always from the loop. `code`: the peer's close code, 0 none.
	 * `is_open`: on_open had come. `why` is for logs. */
	void (*on_closed)(void *ctx, int code, bool was_open, const char *why);
};

/* NULL when libwebsockets will not start. At most `max_connections` at a time. */
struct websocket_context *websocket_context_open(uv_loop_t *loop, unsigned max_connections,
						 struct ra_err *err);
/* Lets go of the loop; call when every connection has ended. */
void websocket_context_close(struct websocket_context *context);
/* The rest, after the loop has run dry. */
void websocket_context_free(struct websocket_context **context);

struct websocket *websocket_new(struct websocket_context *context, const struct websocket_ops *ops,
				const struct ra_log *log, void *ctx);
/* When no connection is open; `closed` comes from the loop. */
void websocket_free(struct websocket *ws, void (*closed)(void *ctx), void *ctx);

/* ws:// or wss://; `query` (with its `?`) is added to the address. Any failure arrives as
 * on_closed. */
void websocket_open(struct websocket *ws, const char *url, const char *query);
/* One text message. Nothing happens when not open. */
void websocket_send(struct websocket *ws, struct ra_str text);
/* Ends the connection, telling the peer `code` and `why`; on_closed follows. Safe anywhere, any
 * time. */
void websocket_close(struct websocket *ws, int code, const char *why);
/* Stops and resumes reading. */
void websocket_pause(struct websocket *ws, bool is_paused);
/* The peer is alive: libwebsockets need not ping. */
void websocket_confirm(struct websocket *ws);
