/*
 * connection: one shard's gateway connection: WebSocket, decompression,
 * heartbeat, opcodes. It knows the protocol, not the session; what a dispatch
 * means and what to do when it ends is the shard's business.
 *
 *   connection_open -> on_hello -> on_dispatch ... -> on_ended -> connection_open ...
 */
#pragma once
#include "services/gateway-ingest/frame.h"
#include "services/gateway-ingest/policy.h"
#include "services/gateway-ingest/websocket.h"

struct connection;

struct connection_ops {
	void (*on_hello)(void *ctx);
	/* op 0. `frame` is borrowed. */
	void (*on_dispatch)(void *ctx, const struct frame *frame);
	/* A heartbeat is due or asked for: the last sequence number, false when there is none. */
	bool (*last_seq)(void *ctx, uint64_t *seq);
	/* A heartbeat was acknowledged. */
	void (*on_ack)(void *ctx);
	/* Once a connection_open. `ending`: enum ending, or a close code. Do not open again from
	 * inside. */
	void (*on_ended)(void *ctx, int ending, const char *why);
};

struct connection *connection_new(uv_loop_t *loop, struct websocket_context *websockets,
				  const char *compress, const struct connection_ops *ops,
				  const struct ra_log *log, void *ctx);
/* When ended; `closed` comes from the loop. */
void connection_free(struct connection *c, void (*closed)(void *ctx), void *ctx);

/* `url` as Discord gives it, without a query. */
void connection_open(struct connection *c, const char *url);
/* Leaves with a close code that keeps the session, unless END_RESHARDED; on_ended follows with
 * `ending`. Nothing is delivered any more. Harmless when not open. */
void connection_leave(struct connection *c, int ending);
/* false: over Discord's limit of 120 a minute, not sent. */
bool connection_send(struct connection *c, struct ra_str payload);
/* The same for what can wait: leaves room for heartbeats and for what a session needs. */
bool connection_send_later(struct connection *c, struct ra_str payload);
/* From the last heartbeat to its acknowledgement; 0 not known yet. */
uint64_t connection_latency_ms(const struct connection *c);
/* Stops and resumes reading. */
void connection_pause(struct connection *c, bool is_paused);
