/*
 * fixture: a server and a client of ours on one loop, and raw sockets for
 * what a well-behaved client does not do.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/http/client.h"
#include "libshared/http/server.h"
#include "tests/harness/loop.h"
#include <stdio.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

struct fixture {
	uv_loop_t loop;
	struct ra_http_server *server;
	struct ra_http_client *client;
	bool is_server_closed, is_client_closed;
};

static struct fixture fx;

static inline void fixture_open(const struct ra_http_options *wanted)
{
	struct ra_http_options options = wanted ? *wanted : (struct ra_http_options){ 0 };
	struct ra_err err = { 0 };

	fx = (struct fixture){ 0 };
	test_loop_open(&fx.loop);
	fx.server = ra_http_server_start(&fx.loop, &options, NULL, &err);
	assert_non_null(fx.server);
	fx.client = ra_http_client_open(&fx.loop, "rations-test", NULL);
}

static inline void set_flag(void *flag)
{
	*(bool *)flag = true;
}

static inline void fixture_stop_server(uint64_t drain_ms)
{
	ra_http_server_stop(fx.server, drain_ms, set_flag, &fx.is_server_closed);
	fx.server = NULL;
}

static inline void fixture_close(void)
{
	ra_http_client_close(fx.client, set_flag, &fx.is_client_closed);
	test_run_until(&fx.loop, fx.is_client_closed);
	if (fx.server)
		fixture_stop_server(5000);
	test_run_until(&fx.loop, fx.is_server_closed);
	test_loop_close(&fx.loop);
}

/* One call and what came of it. */
struct reply {
	int calls;
	int status; /* as given to done */
	int http;
	struct ra_buf body;
	char type[64], header[512];
	struct ra_err err;
};

static const char *wanted_header = "content-type";

static inline void on_reply(void *ctx, int status, const struct ra_http_answer *answer,
			    const struct ra_err *err)
{
	struct reply *reply = ctx;

	reply->calls++;
	reply->status = status;
	if (err)
		reply->err = *err;
	if (!answer)
		return;
	struct ra_str type = ra_http_find_header(answer->headers, "content-type");
	struct ra_str header = ra_http_find_header(answer->headers, wanted_header);
	reply->http = answer->status;
	ra_buf_add_str(&reply->body, answer->body);
	snprintf(reply->type, sizeof(reply->type), "%.*s", (int)type.len, type.ptr);
	snprintf(reply->header, sizeof(reply->header), "%.*s", (int)header.len, header.ptr);
}

static inline char *url_of(const char *path)
{
	return ra_format("http://127.0.0.1:%u%s", ra_http_server_port(fx.server), path);
}

static inline void begin(struct reply *reply, struct ra_http_call call, const char *path)
{
	char *url = url_of(path);

	*reply = (struct reply){ 0 };
	call.url = url;
	ra_http_send(fx.client, &call, on_reply, reply);
	assert_int_equal(reply->calls, 0);
	ra_free(url);
}

/* Sends and waits; the body is yours to ra_buf_fini. */
static inline struct reply ask(struct ra_http_call call, const char *path)
{
	struct reply reply;

	begin(&reply, call, path);
	test_run_until(&fx.loop, reply.calls == 1);
	return reply;
}

static inline struct reply get(const char *path)
{
	return ask((struct ra_http_call){ .method = "GET" }, path);
}

/* Asserts on an answer and lets go of it. */
static inline void expect(struct reply reply, int http, const char *body)
{
	assert_int_equal(reply.status, 0);
	assert_int_equal(reply.http, http);
	if (body)
		assert_string_equal(ra_buf_text(&reply.body), body);
	ra_buf_fini(&reply.body);
}

/* A raw socket: what arrives gathers in `in`. */
struct raw {
	uv_tcp_t tcp;
	uv_connect_t connect;
	struct ra_buf in;
	bool is_connected, is_eof, is_closed;
	int error;
};

static inline void on_raw_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct raw *raw = handle->data;

	(void)suggested;
	*buf = uv_buf_init(ra_buf_reserve(&raw->in, 65536), 65536);
}

static inline void on_raw_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
	struct raw *raw = stream->data;

	(void)buf;
	if (got >= 0) {
		raw->in.len += (size_t)got;
		return;
	}
	raw->is_eof = true;
	raw->error = got == UV_EOF ? 0 : (int)got;
	uv_read_stop(stream);
}

static inline void on_raw_connected(uv_connect_t *connect, int status)
{
	struct raw *raw = connect->data;

	assert_int_equal(status, 0);
	raw->is_connected = true;
}

static inline void raw_connect(struct raw *raw, int receive_bytes)
{
	struct sockaddr_in addr;

	*raw = (struct raw){ 0 };
	uv_ip4_addr("127.0.0.1", ra_http_server_port(fx.server), &addr);
	uv_tcp_init_ex(&fx.loop, &raw->tcp, AF_INET);
	raw->tcp.data = raw->connect.data = raw;
	if (receive_bytes)
		uv_recv_buffer_size((uv_handle_t *)&raw->tcp, &receive_bytes);
	assert_int_equal(uv_tcp_connect(&raw->connect, &raw->tcp, (struct sockaddr *)&addr,
					on_raw_connected),
			 0);
	test_run_until(&fx.loop, raw->is_connected);
}

static inline void raw_read(struct raw *raw)
{
	uv_read_start((uv_stream_t *)&raw->tcp, on_raw_alloc, on_raw_read);
}

static inline void raw_write(struct raw *raw, const void *bytes, size_t len)
{
	uv_buf_t buf = uv_buf_init((char *)bytes, (unsigned)len);

	assert_int_equal(uv_try_write((uv_stream_t *)&raw->tcp, &buf, 1), (int)len);
}

static inline struct raw *raw_open(struct raw *raw, const char *text)
{
	raw_connect(raw, 0);
	raw_read(raw);
	raw_write(raw, text, strlen(text));
	return raw;
}

static inline bool raw_has(struct raw *raw, const char *text)
{
	return strstr(ra_buf_text(&raw->in), text) != NULL;
}

static inline void on_raw_closed(uv_handle_t *handle)
{
	((struct raw *)handle->data)->is_closed = true;
}

static inline void raw_close(struct raw *raw)
{
	uv_close((uv_handle_t *)&raw->tcp, on_raw_closed);
	test_run_until(&fx.loop, raw->is_closed);
	ra_buf_fini(&raw->in);
}
