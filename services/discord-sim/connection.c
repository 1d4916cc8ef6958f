/*
 * connection: one WebSocket of a client, from the upgrade to on_closed.
 *
 * Outgoing bytes wait in the session's ring, not here: at most WINDOW bytes
 * are handed to the server at a time, so a slow client costs nothing but its
 * own lag. on_closed comes last, exactly once, and frees.
 */
#include "libshared/base/base.h"
#include "services/discord-sim/gateway.h"
#include "services/discord-sim/replay.h"
#include "services/discord-sim/sim.h"
#include <stdio.h>
#include <utlist.h>

#define WINDOW      (512 * 1024)
#define PAYLOAD_MAX 4096
#define LEAVE_MS    5000
/* Documented for `compress: true`: "some" payloads. These are the ones worth it. */
#define COMPRESS_FROM_BYTES 8192
#define PUMP_MS             1

/* ---- opening ---- */

static void on_message(void *ctx, struct ra_str data, bool is_binary);
static void on_closed(void *ctx, int code);

static const struct ra_ws_ops ws_ops = { .on_message = on_message, .on_closed = on_closed };

static char *origin_of(struct ra_http_request *req)
{
	struct ra_str host = ra_http_header(req, "host");
	bool is_tls = ra_str_is(ra_http_header(req, "x-forwarded-proto"), "https");
	return ra_format("%s://%.*s", is_tls ? "wss" : "ws", (int)host.len, host.ptr);
}

static const char *query(struct ra_http_request *req, const char *name, const char *absent)
{
	const char *value = ra_http_query(req, name);
	return value ? value : absent;
}

static void send_hello(struct connection *c)
{
	char d[64];
	snprintf(d, sizeof(d), "{\"heartbeat_interval\":%lld,\"_trace\":[\"discord-sim\"]}",
		 (long long)c->gateway->sim->conf->heartbeat);
	connection_send_op(c, 10, d);
}

static void greet(struct connection *c)
{
	struct door *door = &c->gateway->door;
	if (door->turn_away > 0) {
		door->turn_away--;
		connection_ask_to_leave(c);
	} else if (door->mute > 0) {
		door->mute--;
	} else if (door->late > 0) {
		door->late--;
		c->hello_at_ms = gateway_now_ms(c->gateway) + door->late_ms;
	} else if (c->gateway->sim->recording) {
		c->replay = replay_start(c->gateway->sim->recording, c);
	} else {
		send_hello(c);
	}
}

void connection_open(struct gateway *gateway, struct ra_http_request *req)
{
	if (gateway->door.refuse > 0) {
		gateway->door.refuse--;
		ra_http_reply(req, 503, "text/plain", RA_STR("try later\n"));
		return;
	}
	enum compress_kind kind = COMPRESS_PLAIN;
	int version = atoi(query(req, "v", "10"));
	bool is_known = compress_kind_of(query(req, "compress", ""), &kind) &&
			strcmp(query(req, "encoding", "json"), "json") == 0;
	char *origin = origin_of(req);

	struct connection *c = ra_new(struct connection);
	*c = (struct connection){
		.gateway = gateway,
		.origin = origin,
		.version = version,
		.beat_at_ms = gateway_now_ms(gateway),
		.faults = gateway->faults,
	};
	compressor_init(&c->compressor, kind);
	DL_APPEND(gateway->connections, c);
	c->ws = ra_ws_accept(req, &ws_ops, c);
	if (!c->ws)
		connection_free(c);
	else if (version != 9 && version != 10)
		connection_close(c, CLOSE_INVALID_VERSION, "Invalid API version.");
	else if (!is_known)
		connection_close(c, CLOSE_DECODE, "Only encoding=json is spoken here.");
	else
		greet(c);
}

void connection_free(struct connection *c)
{
	DL_DELETE(c->gateway->connections, c);
	replay_stop(&c->replay);
	compressor_fini(&c->compressor);
	ra_free(c->origin);
	ra_free(c);
}

/* ---- receiving ---- */

/* The 121st payload within a minute is one too many. */
static bool is_flooding(struct connection *c)
{
	uint64_t now = gateway_now_ms(c->gateway);
	uint64_t *oldest = &c->sent_at_ms[c->sent_count % SEND_LIMIT];
	bool flooding = c->sent_count >= SEND_LIMIT && now - *oldest < SEND_LIMIT_MS;
	*oldest = now;
	c->sent_count++;
	return flooding;
}

static void on_message(void *ctx, struct ra_str data, bool is_binary)
{
	struct connection *c = ctx;
	(void)is_binary; /* text in a binary frame is understood, as Discord does */
	if (c->is_closing || c->faults.is_silent)
		return;
	if (is_flooding(c))
		connection_close(c, CLOSE_RATE_LIMITED, "Rate limited.");
	else if (data.len > PAYLOAD_MAX)
		connection_close(c, CLOSE_DECODE, "Error while decoding payload.");
	else
		opcodes_receive(c, data);
}

/* ---- sending ---- */

static void send_bytes(struct connection *c, struct ra_str bytes, bool is_binary)
{
	if (c->faults.fragment_bytes > 0)
		ra_ws_send_fragmented(c->ws, bytes, is_binary, c->faults.fragment_bytes);
	else
		ra_ws_send(c->ws, bytes, is_binary);
}

/* One payload in several messages: only zlib-stream has a mark that says where it ends. */
static void send_split(struct connection *c, struct ra_str bytes)
{
	size_t step = c->faults.split_bytes;
	for (size_t at = 0; at < bytes.len; at += step) {
		size_t left = bytes.len - at;
		send_bytes(c, (struct ra_str){ bytes.ptr + at, left < step ? left : step }, true);
	}
}

static void send_parts(struct connection *c, struct ra_str head, struct ra_str tail)
{
	if (c->is_closing || c->faults.is_silent)
		return;
	struct ra_str bytes = compressor_add(&c->compressor, head, tail);
	bool is_plain = c->compressor.kind == COMPRESS_PLAIN;
	if (is_plain && c->compress_payloads && bytes.len >= COMPRESS_FROM_BYTES) {
		struct ra_buf small = { 0 };
		compress_whole(&small, bytes);
		send_bytes(c, ra_buf_str(&small), true);
		ra_buf_fini(&small);
	} else if (c->compressor.kind == COMPRESS_ZLIB && c->faults.split_bytes > 0) {
		send_split(c, bytes);
	} else {
		send_bytes(c, bytes, !is_plain);
	}
}

void connection_send_op(struct connection *c, int op, const char *d)
{
	char head[48];
	int len = snprintf(head, sizeof(head), "{\"t\":null,\"s\":null,\"op\":%d,\"d\":", op);
	struct ra_buf tail = { 0 };
	ra_buf_add_text(&tail, d);
	ra_buf_add(&tail, "}", 1);
	send_parts(c, (struct ra_str){ head, (size_t)len }, ra_buf_str(&tail));
	ra_buf_fini(&tail);
}

void connection_send_text(struct connection *c, struct ra_str text)
{
	send_parts(c, text, RA_STR(""));
}

void connection_send_raw(struct connection *c, struct ra_str bytes)
{
	if (!c->is_closing && !c->faults.is_silent)
		send_bytes(c, bytes, true);
}

/* Half a payload, then a reset: what a crashed server leaves behind. */
static void send_torn(struct connection *c, struct ra_str head, struct ra_str tail)
{
	struct ra_str bytes = compressor_add(&c->compressor, head, tail);
	send_bytes(c, (struct ra_str){ bytes.ptr, bytes.len / 2 },
		   c->compressor.kind != COMPRESS_PLAIN);
	c->is_closing = true;
	ra_ws_reset(c->ws);
}

/* Both compressions say in the first byte what kind of block it is: here of one that does not
 * exist. Plain text becomes none. */
static void send_corrupt(struct connection *c, struct ra_str head, struct ra_str tail)
{
	struct ra_str bytes = compressor_add(&c->compressor, head, tail);
	struct ra_buf changed = { 0 };
	ra_buf_add_str(&changed, bytes);
	changed.ptr[0] = (char)(changed.ptr[0] | 6);
	send_bytes(c, ra_buf_str(&changed), c->compressor.kind != COMPRESS_PLAIN);
	ra_buf_fini(&changed);
}

static bool take(unsigned *count)
{
	if (*count == 0)
		return false;
	(*count)--;
	return true;
}

static void send_dispatch(struct connection *c, uint64_t number, const struct body *body)
{
	char text[40] = "{\"op\":0,\"s\":";
	size_t len = strlen(text);
	len += ra_u64_digits(number, text + len);
	text[len++] = ',';
	struct ra_str head = { text, len };

	if (take(&c->faults.swallow))
		return;
	if (take(&c->faults.tear)) {
		send_torn(c, head, body_str(body));
		return;
	}
	if (take(&c->faults.garble)) {
		send_parts(c, head, RA_STR("\"t\":\"MESSAGE_CREATE\",\"d\":{\"id\":"));
		return;
	}
	if (take(&c->faults.corrupt)) {
		send_corrupt(c, head, body_str(body));
		return;
	}
	if (take(&c->faults.duplicate))
		send_parts(c, head, body_str(body));
	send_parts(c, head, body_str(body));
}

static bool is_due(const struct connection *c, const struct ring_slot *slot, uint64_t now)
{
	return c->faults.delay_ms == 0 || slot->put_at_ms + c->faults.delay_ms <= now;
}

static void on_pump(uv_timer_t *timer)
{
	struct gateway *gateway = ra_container_of(timer, struct gateway, pump);
	struct connection *c, *next;
	uv_timer_stop(timer);
	DL_FOREACH_SAFE(gateway->connections, c, next)
	{
		connection_pump(c);
	}
}

static void pump_later(struct gateway *gateway)
{
	if (!uv_is_active((uv_handle_t *)&gateway->pump))
		uv_timer_start(&gateway->pump, on_pump, PUMP_MS, 0);
}

void connection_pump(struct connection *c)
{
	struct session *s = c->session;
	uint64_t now = gateway_now_ms(c->gateway);
	while (s && !c->is_closing && !c->faults.is_silent) {
		if (s->sent == s->ring.last && !session_announce_next(s))
			return;
		const struct ring_slot *slot = ring_at(&s->ring, s->sent + 1);
		if (!slot) {
			connection_close(c, CLOSE_TIMED_OUT, "Too far behind.");
			return;
		}
		if (ra_ws_pending(c->ws) > WINDOW || !is_due(c, slot, now)) {
			pump_later(c->gateway);
			return;
		}
		s->sent++;
		send_dispatch(c, s->sent, slot->body);
	}
}

/* ---- leaving ---- */

void connection_ask_to_leave(struct connection *c)
{
	connection_send_op(c, 7, "null");
	c->close_at_ms = gateway_now_ms(c->gateway) + LEAVE_MS;
}

void connection_close(struct connection *c, int code, const char *reason)
{
	if (c->is_closing)
		return;
	c->is_closing = true;
	ra_info(&c->gateway->sim->log, "connection closed", ra_f_int("code", code),
		ra_f_text("reason", reason));
	ra_ws_close(c->ws, (uint16_t)code, reason);
}

void connection_tick(struct connection *c)
{
	uint64_t now = gateway_now_ms(c->gateway);
	uint64_t patience_ms = (uint64_t)c->gateway->sim->conf->heartbeat * 3 / 2;
	/* Half open, nothing is heard, not even that the client has left: it goes with its session.
	 */
	if (c->faults.is_silent)
		patience_ms += (uint64_t)c->gateway->sim->conf->session_ttl;
	if (c->hello_at_ms > 0 && now >= c->hello_at_ms) {
		c->hello_at_ms = 0;
		send_hello(c);
	}
	if (c->close_at_ms > 0 && now >= c->close_at_ms)
		connection_close(c, 4000, "Told to reconnect.");
	else if (now - c->beat_at_ms > patience_ms)
		connection_close(c, CLOSE_TIMED_OUT, "Session timed out.");
}

/* The client's goodbye ends its session; anything else leaves it to be resumed. */
static void on_closed(void *ctx, int code)
{
	struct connection *c = ctx;
	struct session *s = c->session;
	bool is_goodbye = !c->is_closing && (code == 1000 || code == 1001);
	if (s && is_goodbye)
		session_free(s);
	else if (s)
		session_detach(s);
	connection_free(c);
}
