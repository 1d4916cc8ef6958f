/*
 * connection: see connection.h.
 *
 *   piece -> transport -> payload -> frame -> by opcode:
 *     10 HELLO        heartbeat starts, on_hello
 *      0 DISPATCH     on_dispatch
 *      1 HEARTBEAT    answered at once
 *     11 ACK          heartbeat_ack, on_ack
 *      7 RECONNECT    leave
 *      9 INVALID      leave
 */
#include "services/gateway-ingest/connection.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "services/gateway-ingest/heartbeat.h"
#include "services/gateway-ingest/transport.h"

/* Discord closes at 120 in any 60 s; two neighbouring minutes of ours stay below. */
#define SEND_LIMIT     58
#define SEND_WINDOW_MS 60000
#define SEND_RESERVE   8 /* beside heartbeats: RESUME, and beats that Discord asks for */

/* Any code but 1000 and 1001 keeps the session; 4000 is what other libraries send. */
#define CLOSE_RESUMABLE 4000
#define CLOSE_FOR_GOOD  1000

RA_COUNTER(malformed_frames, "rations_gateway_malformed_frames_total",
	   "payloads that are not the gateway's JSON")
RA_COUNTER(unknown_opcodes, "rations_gateway_unknown_opcodes_total",
	   "payloads with an opcode we do not know")

struct connection {
	const struct connection_ops *ops; /* borrowed */
	const struct ra_log *log;         /* borrowed */
	void *ctx;                        /* borrowed */
	struct websocket *websocket;      /* owned */
	struct transport *transport;      /* owned */
	struct heartbeat heartbeat;
	struct ra_buf out; /* owned; a payload being written */
	int ending;        /* why we leave; 0: we do not */
	bool is_open;
	bool is_paused;
	bool has_warned; /* of a malformed payload */
	uint64_t window_at_ms;
	unsigned sent; /* in this window */
	int pending;   /* parts still closing */
	void (*closed)(void *ctx);
	void *closed_ctx;
};

static bool on_beat(void *ctx)
{
	struct connection *c = ctx;
	uint64_t seq = 0;
	bool has_seq = c->ops->last_seq(c->ctx, &seq);
	ra_buf_clear(&c->out);
	frame_add_heartbeat(&c->out, has_seq, seq);
	if (c->is_paused)
		heartbeat_life(&c->heartbeat); /* we are the silent one */
	return connection_send(c, ra_buf_str(&c->out));
}

static void on_died(void *ctx)
{
	connection_leave(ctx, END_ZOMBIE);
}

static void on_hello(struct connection *c, const struct frame *frame)
{
	uint64_t interval_ms = frame_heartbeat_interval(frame->d);
	if (interval_ms == 0) {
		connection_leave(c, END_GARBAGE);
		return;
	}
	heartbeat_start(&c->heartbeat, interval_ms);
	c->ops->on_hello(c->ctx);
}

static void on_ack(struct connection *c)
{
	heartbeat_ack(&c->heartbeat);
	websocket_confirm(c->websocket);
	c->ops->on_ack(c->ctx);
}

static void on_malformed(struct connection *c)
{
	ra_count(&malformed_frames, 1);
	if (!c->has_warned)
		ra_warn(c->log, "malformed gateway payload skipped");
	c->has_warned = true;
}

static void on_payload(void *ctx, struct ra_str payload)
{
	struct connection *c = ctx;
	struct frame frame;
	if (frame_parse(payload, &frame) < 0) {
		on_malformed(c);
		return;
	}
	switch (frame.op) {
	case OP_DISPATCH: c->ops->on_dispatch(c->ctx, &frame); break;
	case OP_HEARTBEAT: on_beat(c); break;
	case OP_RECONNECT: connection_leave(c, END_RECONNECT); break;
	case OP_INVALID_SESSION:
		connection_leave(c,
				 ra_str_is(frame.d, "true") ? END_INVALID_RESUMABLE : END_INVALID);
		break;
	case OP_HELLO: on_hello(c, &frame); break;
	case OP_HEARTBEAT_ACK: on_ack(c); break;
	default: ra_count(&unknown_opcodes, 1);
	}
}

static void on_ws_open(void *ctx)
{
	struct connection *c = ctx;
	c->is_open = true;
	if (c->is_paused)
		websocket_pause(c->websocket, true);
}

static void on_ws_piece(void *ctx, struct ra_str piece, bool is_binary, bool is_last)
{
	struct connection *c = ctx;
	if (c->ending != 0)
		return;
	heartbeat_life(&c->heartbeat);
	int rc = transport_feed(c->transport, piece, is_binary, is_last);
	if (rc < 0) {
		ra_warn(c->log, "gateway stream is broken", ra_f_err(rc));
		connection_leave(c, END_GARBAGE);
	}
}

static void on_ws_closed(void *ctx, int code, bool was_open, const char *why)
{
	struct connection *c = ctx;
	int ending = c->ending != 0 ? c->ending
		     : code >= 1000 ? code
		     : was_open     ? END_LOST
				    : END_REFUSED;
	c->is_open = false;
	heartbeat_stop(&c->heartbeat);
	c->ops->on_ended(c->ctx, ending, why);
}

static const struct websocket_ops websocket_ops = {
	.on_open = on_ws_open,
	.on_piece = on_ws_piece,
	.on_closed = on_ws_closed,
};

struct connection *connection_new(uv_loop_t *loop, struct websocket_context *websockets,
				  const char *compress, const struct connection_ops *ops,
				  const struct ra_log *log, void *ctx)
{
	struct connection *c = ra_new(struct connection);
	*c = (struct connection){ .ops = ops, .log = log, .ctx = ctx };
	c->websocket = websocket_new(websockets, &websocket_ops, log, c);
	c->transport = transport_new(compress, on_payload, c);
	heartbeat_init(&c->heartbeat, loop, on_beat, on_died, c);
	return c;
}

static void unref(struct connection *c)
{
	if (--c->pending > 0)
		return;
	c->closed(c->closed_ctx);
	transport_free(&c->transport);
	ra_buf_fini(&c->out);
	ra_free(c);
}

static void on_ws_freed(void *ctx)
{
	unref(ctx);
}

static void on_heartbeat_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct connection, heartbeat.timer));
}

void connection_free(struct connection *c, void (*closed)(void *ctx), void *ctx)
{
	c->closed = closed;
	c->closed_ctx = ctx;
	c->pending = 2;
	websocket_free(c->websocket, on_ws_freed, c);
	heartbeat_close(&c->heartbeat, on_heartbeat_closed);
}

void connection_open(struct connection *c, const char *url)
{
	char query[64];
	snprintf(query, sizeof(query), "?v=10&encoding=json%s", transport_query(c->transport));
	transport_reset(c->transport);
	c->ending = 0;
	c->sent = 0;
	websocket_open(c->websocket, url, query);
}

void connection_leave(struct connection *c, int ending)
{
	if (c->ending != 0)
		return;
	c->ending = ending;
	heartbeat_stop(&c->heartbeat);
	websocket_close(c->websocket, ending == END_RESHARDED ? CLOSE_FOR_GOOD : CLOSE_RESUMABLE,
			policy_of(ending)->cause);
}

static unsigned sent_in_window(struct connection *c)
{
	uint64_t now_ms = ra_monotonic_ms();
	if (now_ms - c->window_at_ms >= SEND_WINDOW_MS) {
		c->window_at_ms = now_ms;
		c->sent = 0;
	}
	return c->sent;
}

bool connection_send(struct connection *c, struct ra_str payload)
{
	if (sent_in_window(c) >= SEND_LIMIT)
		return false;
	c->sent++;
	websocket_send(c->websocket, payload);
	return true;
}

bool connection_send_later(struct connection *c, struct ra_str payload)
{
	uint64_t reserve = SEND_RESERVE + heartbeat_beats_in(&c->heartbeat, SEND_WINDOW_MS);
	if (reserve > SEND_LIMIT * 3 / 4)
		reserve = SEND_LIMIT * 3 / 4;
	return sent_in_window(c) + reserve < SEND_LIMIT && connection_send(c, payload);
}

uint64_t connection_latency_ms(const struct connection *c)
{
	return c->heartbeat.latency_ms;
}

void connection_pause(struct connection *c, bool is_paused)
{
	c->is_paused = is_paused;
	if (!is_paused)
		heartbeat_life(&c->heartbeat); /* what waited in the socket counts */
	if (c->is_open)
		websocket_pause(c->websocket, is_paused);
}
