#include "libshared/http/server_internal.h"

/*
 * Answers bit by bit: event streams, and files made while they are sent.
 *
 * Two buffers: h2o writes `sending` and asks for more when it is out; what is
 * sent meanwhile gathers in `waiting`. A file is asked for more when both are
 * empty.
 */

#define HEARTBEAT_MS      15000
#define WAITING_MAX_BYTES (256 * 1024)

struct ra_http_stream {
	h2o_generator_t super;
	struct ra_http_request *request;
	struct ra_buf sending, waiting;
	bool is_sending;
	bool is_ending;
	bool is_over; /* h2o has the last of it */
	bool is_file;
	uint64_t sent_at_ms;
	void (*on_drained)(void *ctx); /* of a file */
	void (*on_gone)(void *ctx);    /* NULL when nobody wants to know any more */
	void *ctx;
};

static void push(struct ra_http_stream *stream)
{
	h2o_req_t *h2o = stream->request->h2o;
	struct ra_buf empty = stream->sending;

	if (stream->is_sending || stream->is_over ||
	    (stream->waiting.len == 0 && !stream->is_ending))
		return;
	stream->is_over = stream->is_ending;
	stream->sending = stream->waiting;
	stream->waiting = empty;
	ra_buf_clear(&stream->waiting);
	stream->is_sending = true;
	stream->sent_at_ms = uv_now(h2o->conn->ctx->loop);
	h2o_iovec_t chunk = h2o_iovec_init(stream->sending.ptr, stream->sending.len);
	h2o_send(h2o, &chunk, chunk.len > 0,
		 stream->is_ending ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

static void on_proceed(h2o_generator_t *generator, h2o_req_t *h2o)
{
	struct ra_http_stream *stream = (struct ra_http_stream *)generator;

	(void)h2o;
	stream->is_sending = false;
	bool is_drained = stream->waiting.len == 0 && !stream->is_ending;
	if (is_drained && stream->is_file && stream->on_gone)
		stream->on_drained(stream->ctx);
	else
		push(stream);
}

static void start_response(struct ra_http_request *req, const char *content_type,
			   h2o_generator_t *generator)
{
	req->is_sent = true;
	ra_http_set_header(req, "content-type", content_type);
	ra_http_set_header(req, "cache-control", "no-store");
	ra_http_set_header(req, "x-accel-buffering", "no");
	req->h2o->http1_is_persistent = 0;
	req->h2o->res.status = 200;
	h2o_start_response(req->h2o, generator);
}

static struct ra_http_stream *stream_new(struct ra_http_request *req, void (*on_gone)(void *ctx),
					 void *ctx)
{
	if (!http_reply_begin(req))
		return NULL;
	struct ra_http_stream *stream = ra_new(struct ra_http_stream);
	stream->super.proceed = on_proceed;
	stream->on_gone = on_gone;
	stream->ctx = ctx;
	stream->request = req;
	req->stream = stream;
	return stream;
}

static void hang_up(struct ra_http_stream *stream)
{
	stream->is_ending = true;
	push(stream);
}

struct ra_http_stream *ra_http_stream_start(struct ra_http_request *req, void (*on_gone)(void *ctx),
					    void *ctx)
{
	struct ra_http_stream *stream = stream_new(req, on_gone, ctx);
	if (!stream)
		return NULL;
	start_response(req, "text/event-stream", &stream->super);
	if (req->is_head) {
		hang_up(stream);
		return stream;
	}
	ra_buf_add_text(&stream->waiting, ":\n\n"); /* a comment, so that the headers go out */
	push(stream);
	return stream;
}

static void add_field(struct ra_buf *out, const char *name, struct ra_str value)
{
	ra_buf_add_text(out, name);
	ra_buf_add_str(out, value);
	ra_buf_add_text(out, "\n");
}

void ra_http_stream_send(struct ra_http_stream *stream, const char *event, const char *id,
			 struct ra_str data)
{
	if (stream->is_ending)
		return;
	if (event)
		add_field(&stream->waiting, "event: ", ra_str_of(event));
	if (id)
		add_field(&stream->waiting, "id: ", ra_str_of(id));
	add_field(&stream->waiting, "data: ", data);
	ra_buf_add_text(&stream->waiting, "\n");
	if (stream->waiting.len > WAITING_MAX_BYTES) {
		ra_info(NULL, "slow event stream cut", ra_f_u64("bytes", stream->waiting.len));
		http_request_cut(stream->request);
		return;
	}
	push(stream);
}

struct ra_http_stream *ra_http_file_start(struct ra_http_request *req, const char *content_type,
					  void (*on_drained)(void *ctx), void (*on_gone)(void *ctx),
					  void *ctx)
{
	struct ra_http_stream *stream = stream_new(req, on_gone, ctx);
	if (!stream)
		return NULL;
	stream->is_file = true;
	stream->on_drained = on_drained;
	start_response(req, content_type, &stream->super);
	if (req->is_head)
		hang_up(stream);
	return stream;
}

void ra_http_file_write(struct ra_http_stream *stream, struct ra_str bytes)
{
	if (stream->is_ending)
		return;
	ra_buf_add_str(&stream->waiting, bytes);
	push(stream);
}

void ra_http_file_abort(struct ra_http_stream *stream)
{
	stream->on_gone = NULL;
	http_request_cut(stream->request);
}

void http_stream_cut(struct ra_http_stream *stream)
{
	hang_up(stream);
}

/* Events end where the server drains; half a file is none, it gets the time there is. */
void http_stream_hang_up(struct ra_http_stream *stream)
{
	if (!stream->is_file)
		hang_up(stream);
}

void ra_http_stream_end(struct ra_http_stream *stream)
{
	stream->on_gone = NULL;
	hang_up(stream);
}

void http_stream_tick(struct ra_http_stream *stream, uint64_t now_ms)
{
	if (stream->is_file || stream->is_ending || now_ms - stream->sent_at_ms < HEARTBEAT_MS)
		return;
	ra_buf_add_text(&stream->waiting, ":\n\n");
	push(stream);
}

void http_stream_over(struct ra_http_stream *stream)
{
	if (stream->on_gone)
		stream->on_gone(stream->ctx);
	ra_buf_fini(&stream->sending);
	ra_buf_fini(&stream->waiting);
	ra_free(stream);
}
