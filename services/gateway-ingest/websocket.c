/*
 * websocket: see websocket.h. What libwebsockets 4.1 needs to be told, and
 * why, stands beside each setting.
 */
#include "services/gateway-ingest/websocket.h"
#include "libshared/discord/rest.h"
#include <assert.h>
#include <libwebsockets.h>

#define PROTOCOL "gateway"
#define OPEN_MS  30000
#define BUFFER   65536

struct websocket_context {
	struct lws_context *lws; /* owned */
	uv_loop_t *loop;         /* borrowed */
};

struct outgoing {
	struct outgoing *next;
	size_t len;
	unsigned char bytes[]; /* LWS_PRE of room, then the text */
};

struct address {
	char host[256];      /* to resolve */
	char authority[264]; /* what the Host header says */
	char path[512];
	uint16_t port;
	bool is_tls;
};

struct websocket {
	struct websocket_context *context; /* borrowed */
	const struct websocket_ops *ops;   /* borrowed */
	const struct ra_log *log;          /* borrowed */
	void *ctx;                         /* borrowed */
	struct address address;
	uv_getaddrinfo_t resolve;
	uv_timer_t timer;     /* watchdog while opening and closing */
	struct lws *wsi;      /* borrowed; NULL when there is no connection */
	struct outgoing *out; /* owned; oldest first */
	enum { IDLE, RESOLVING, CONNECTING, OPEN } step;
	bool is_closing;   /* we want it to end */
	unsigned failures; /* connections that never opened, since the last that did */
	int peer_code;     /* the peer's close code; 0 none */
	int close_code;    /* ours */
	char why[128];
	void (*freed)(void *ctx);
	void *freed_ctx;
};

static void drop_outgoing(struct websocket *ws)
{
	while (ws->out) {
		struct outgoing *next = ws->out->next;
		ra_free(ws->out);
		ws->out = next;
	}
}

/* The one way a connection ends. */
static void end(struct websocket *ws, const char *why)
{
	if (ws->step == IDLE)
		return;
	bool was_open = ws->step == OPEN;
	ws->failures = was_open ? 0 : ws->failures + 1;
	if (ws->wsi) /* it outlives us a little, and must not call back */
		lws_set_wsi_user(ws->wsi, NULL);
	ws->wsi = NULL;
	ws->step = IDLE;
	uv_timer_stop(&ws->timer);
	drop_outgoing(ws);
	ws->ops->on_closed(ws->ctx, ws->peer_code, was_open, ws->why[0] ? ws->why : why);
}

/* lws sends no close code from inside its own callbacks (Debian builds it with _DEBUG), so closing
 * goes through this timer. */
static void on_timer(uv_timer_t *timer)
{
	struct websocket *ws = ra_container_of(timer, struct websocket, timer);
	if (ws->step == RESOLVING) {
		websocket_close(ws, 0, "resolving the name takes too long");
		return;
	}
	if (ws->wsi && ws->is_closing && ws->step == OPEN)
		lws_close_reason(ws->wsi, (enum lws_close_status)ws->close_code,
				 (unsigned char *)ws->why, strlen(ws->why));
	if (ws->wsi)
		lws_set_timeout(ws->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
	end(ws, "no answer");
}

static void write_one(struct websocket *ws)
{
	struct outgoing *out = ws->out;
	if (!out)
		return;
	ws->out = out->next;
	if (lws_write(ws->wsi, out->bytes + LWS_PRE, out->len, LWS_WRITE_TEXT) < 0)
		ra_debug(ws->log, "websocket write failed");
	ra_free(out);
	if (ws->out)
		lws_callback_on_writable(ws->wsi);
}

static void on_established(struct websocket *ws)
{
	uv_timer_stop(&ws->timer);
	ws->step = OPEN;
	ws->ops->on_open(ws->ctx);
}

static void on_receive(struct websocket *ws, const char *bytes, size_t len)
{
	if (ws->is_closing)
		return;
	bool is_last = lws_is_final_fragment(ws->wsi) && lws_remaining_packet_payload(ws->wsi) == 0;
	ws->ops->on_piece(ws->ctx, (struct ra_str){ bytes, len }, lws_frame_is_binary(ws->wsi) != 0,
			  is_last);
}

static void on_peer_close(struct websocket *ws, const unsigned char *in, size_t len)
{
	if (len >= 2)
		ws->peer_code = in[0] << 8 | in[1];
	if (len > 2 && !ws->is_closing)
		snprintf(ws->why, sizeof(ws->why), "%.*s", (int)(len - 2), (const char *)in + 2);
}

static void on_failed(struct websocket *ws, const char *reason, size_t len)
{
	unsigned status = lws_http_client_http_response(ws->wsi);
	if (status != 0)
		snprintf(ws->why, sizeof(ws->why), "HTTP status %u", status);
	else if (reason)
		snprintf(ws->why, sizeof(ws->why), "%.*s", (int)len, reason);
	end(ws, "connection failed");
}

static int add_user_agent(struct lws *wsi, void *in, size_t len)
{
	unsigned char **at = in;
	const char *agent = ra_rest_user_agent();
	return lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_USER_AGENT,
					    (const unsigned char *)agent, (int)strlen(agent), at,
					    *at + len);
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		  size_t len)
{
	/* not `user`, which is OpenSSL's when it is asked about certificates */
	struct websocket *ws = wsi ? lws_wsi_user(wsi) : NULL;
	(void)user;
	if (!ws || wsi != ws->wsi)
		return 0; /* of a connection that is over */
	switch ((int)reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: return add_user_agent(wsi, in, len);
	case LWS_CALLBACK_CLIENT_ESTABLISHED: on_established(ws); break;
	case LWS_CALLBACK_CLIENT_RECEIVE: on_receive(ws, in, len); break;
	case LWS_CALLBACK_CLIENT_WRITEABLE: write_one(ws); break;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: on_peer_close(ws, in, len); break;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: on_failed(ws, in, len); break;
	case LWS_CALLBACK_CLIENT_CLOSED: end(ws, "connection lost"); break;
	/* an upgrade that is never answered ends with this alone */
	case LWS_CALLBACK_WSI_DESTROY: end(ws, "connection failed"); break;
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ PROTOCOL, on_lws, 0, BUFFER, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

static void on_lws_log(int level, const char *line)
{
	struct ra_str text = ra_str_of(line);
	while (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (level == LLL_ERR)
		ra_warn(NULL, "libwebsockets", ra_f_str("text", text));
	else
		ra_debug(NULL, "libwebsockets", ra_f_str("text", text));
}

struct websocket_context *websocket_context_open(uv_loop_t *loop, unsigned max_connections,
						 struct ra_err *err)
{
	void *loops[] = { loop };
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.foreign_loops = loops,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		/* below 16384 wss with flow control stalls for good: data stays inside OpenSSL */
		.pt_serv_buf_size = BUFFER,
		.fd_limit_per_thread = max_connections + 16,
	};
	lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
	struct lws_context *lws = lws_create_context(&info);
	if (!lws) {
		ra_fail(err, RA_ECONF, "Install the package libwebsockets-evlib-uv.",
			"libwebsockets does not start");
		return NULL;
	}
	struct websocket_context *context = ra_new(struct websocket_context);
	*context = (struct websocket_context){ .lws = lws, .loop = loop };
	return context;
}

void websocket_context_close(struct websocket_context *context)
{
	lws_context_destroy(context->lws);
}

/* Destroying takes two calls: the first closes the handles, the second, when the loop has let go of
 * them, frees. */
void websocket_context_free(struct websocket_context **context)
{
	lws_context_destroy((*context)->lws);
	ra_free(*context);
	*context = NULL;
}

struct websocket *websocket_new(struct websocket_context *context, const struct websocket_ops *ops,
				const struct ra_log *log, void *ctx)
{
	struct websocket *ws = ra_new(struct websocket);
	*ws = (struct websocket){ .context = context, .ops = ops, .log = log, .ctx = ctx };
	uv_timer_init(context->loop, &ws->timer);
	return ws;
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct websocket *ws = ra_container_of((uv_timer_t *)handle, struct websocket, timer);
	ws->freed(ws->freed_ctx);
	ra_free(ws);
}

void websocket_free(struct websocket *ws, void (*closed)(void *ctx), void *ctx)
{
	ws->freed = closed;
	ws->freed_ctx = ctx;
	uv_close((uv_handle_t *)&ws->timer, on_timer_closed);
}

/* scheme://host[:port][/path] */
static int parse(struct address *a, const char *url, const char *query)
{
	*a = (struct address){ .is_tls = strncmp(url, "wss://", 6) == 0 };
	if (!a->is_tls && strncmp(url, "ws://", 5) != 0)
		return RA_EINVAL;
	const char *host = url + (a->is_tls ? 6 : 5);
	const char *path = host + strcspn(host, "/?");
	const char *host_end = path;
	const char *colon = memrchr(host, ':', (size_t)(path - host));
	uint64_t port = a->is_tls ? 443 : 80;
	if (colon && !memchr(colon, ']', (size_t)(path - colon))) {
		struct ra_str digits = { colon + 1, (size_t)(path - colon - 1) };
		if (ra_str_to_u64(digits, &port) < 0 || port == 0 || port > UINT16_MAX)
			return RA_EINVAL;
		host_end = colon;
	}
	bool is_v6 = host_end - host > 2 && host[0] == '[' && host_end[-1] == ']';
	a->port = (uint16_t)port;
	int len = snprintf(a->host, sizeof(a->host), "%.*s", (int)(host_end - host) - 2 * is_v6,
			   host + is_v6);
	if (len <= 0 || (size_t)len >= sizeof(a->host))
		return RA_EINVAL;
	snprintf(a->authority, sizeof(a->authority), "%.*s", (int)(path - host), host);
	len = snprintf(a->path, sizeof(a->path), "%s%s%s", path[0] == '/' ? "" : "/", path, query);
	return (size_t)len < sizeof(a->path) ? 0 : RA_EINVAL;
}

static void connect_to(struct websocket *ws, const char *ip)
{
	/* the name is resolved already: lws would do it blocking */
	struct lws_client_connect_info info = {
		.context = ws->context->lws,
		.address = ip,
		.host = ws->address.authority,
		.port = ws->address.port,
		.path = ws->address.path,
		.local_protocol_name = PROTOCOL,
		.alpn = "http/1.1",
		.userdata = ws,
		.pwsi = &ws->wsi,
		/* following a redirect wedges the context */
		.ssl_connection =
			LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (ws->address.is_tls ? LCCSCF_USE_SSL : 0),
	};
	ws->step = CONNECTING;
	if (!lws_client_connect_via_info(&info)) {
		ws->wsi = NULL;
		end(ws, "connection failed"); /* lws may not have said so */
	}
}

/* Another address at every failure: a host may have some that lead nowhere. */
static const struct addrinfo *choose(const struct addrinfo *list, unsigned failures)
{
	unsigned count = 0;
	for (const struct addrinfo *a = list; a; a = a->ai_next)
		count++;
	assert(count > 0);
	for (unsigned skip = failures % count; skip > 0; skip--)
		list = list->ai_next;
	return list;
}

static void on_resolved(uv_getaddrinfo_t *resolve, int status, struct addrinfo *list)
{
	struct websocket *ws = ra_container_of(resolve, struct websocket, resolve);
	char ip[INET6_ADDRSTRLEN] = "";
	if (status == 0)
		uv_ip_name(choose(list, ws->failures)->ai_addr, ip, sizeof(ip));
	uv_freeaddrinfo(list);
	if (status < 0 || ws->is_closing)
		end(ws, ra_strerror(status < 0 ? status : RA_ESTOPPED));
	else
		connect_to(ws, ip);
}

void websocket_open(struct websocket *ws, const char *url, const char *query)
{
	ws->step = RESOLVING;
	ws->is_closing = false;
	ws->peer_code = 0;
	ws->why[0] = '\0';
	uv_timer_start(&ws->timer, on_timer, OPEN_MS, 0);
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	int rc = parse(&ws->address, url, query);
	if (rc == 0)
		rc = uv_getaddrinfo(ws->context->loop, &ws->resolve, on_resolved, ws->address.host,
				    NULL, &hints);
	if (rc < 0) {
		ws->step = CONNECTING; /* nothing to cancel; the timer ends it */
		snprintf(ws->why, sizeof(ws->why), "%s", ra_strerror(rc));
		uv_timer_start(&ws->timer, on_timer, 0, 0);
	}
}

void websocket_send(struct websocket *ws, struct ra_str text)
{
	if (ws->step != OPEN || ws->is_closing)
		return;
	struct outgoing *out = ra_alloc(sizeof(*out) + LWS_PRE + text.len);
	out->len = text.len;
	memcpy(out->bytes + LWS_PRE, text.ptr, text.len);
	struct outgoing **last = &ws->out;
	while (*last)
		last = &(*last)->next;
	*last = out;
	lws_callback_on_writable(ws->wsi);
}

void websocket_close(struct websocket *ws, int code, const char *why)
{
	if (ws->step == IDLE || ws->is_closing)
		return;
	ws->is_closing = true;
	ws->close_code = code;
	snprintf(ws->why, sizeof(ws->why), "%s", why);
	if (ws->step == RESOLVING)
		uv_cancel((uv_req_t *)&ws->resolve);
	else
		uv_timer_start(&ws->timer, on_timer, 0, 0);
}

void websocket_pause(struct websocket *ws, bool is_paused)
{
	if (ws->step == OPEN)
		lws_rx_flow_control(ws->wsi, !is_paused);
}

void websocket_confirm(struct websocket *ws)
{
	if (ws->step == OPEN)
		lws_validity_confirmed(ws->wsi);
}
