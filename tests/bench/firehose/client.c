/* client: see client.h. */
#include "tests/bench/firehose/client.h"
#include "libshared/base/json.h"
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>

#define CHUNK     ((size_t)256 << 10)
#define TICK_MS   1
#define OP_TEXT   1
#define OP_CLOSE  8
#define OP_PING   9
#define OP_PONG   10
#define ACCEPT_ID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

enum step { HTTP, HELLO, GUILDS, EVENTS, OVER };

struct client {
	struct hose *hose; /* borrowed */
	enum step step;
	uv_tcp_t tcp;
	uv_timer_t timer; /* the pace */
	uv_write_t write;
	bool is_writing;
	int pending; /* handles to close */
	struct ra_buf in, replies, sending;
	char chunk[16384];
	const struct stream *stream; /* borrowed; of our shard */
	unsigned shard;
	size_t at;       /* sent of it */
	size_t limit;    /* may be sent of it now */
	double began_ms; /* the first event is due */
};

static void pump(struct client *c);

/* --- the end -------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
	struct client *c = handle->data;
	if (--c->pending > 0)
		return;
	ra_buf_fini(&c->in);
	ra_buf_fini(&c->replies);
	ra_buf_fini(&c->sending);
	ra_free(c);
}

static void end(struct client *c)
{
	if (c->step == OVER)
		return;
	if (c->stream) {
		hose_say("closed %u %llu", c->shard, (unsigned long long)c->at);
		c->hose->shards[c->shard] = NULL;
	}
	c->step = OVER;
	c->pending = 2;
	uv_close((uv_handle_t *)&c->timer, on_closed);
	uv_close((uv_handle_t *)&c->tcp, on_closed);
}

/* --- writing: replies first, between two frames; then as much of the stream as is due ---- */

static void on_written(uv_write_t *write, int status)
{
	struct client *c = ra_container_of(write, struct client, write);
	c->is_writing = false;
	if (status < 0)
		end(c);
	else
		pump(c);
}

static void send_bytes(struct client *c, const char *bytes, size_t len)
{
	uv_buf_t buf = uv_buf_init((char *)bytes, (unsigned)len);
	c->is_writing = true;
	if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &buf, 1, on_written) < 0)
		end(c);
}

static void send_replies(struct client *c)
{
	struct ra_buf sent = c->sending;
	c->sending = c->replies;
	c->replies = sent;
	ra_buf_clear(&c->replies);
	send_bytes(c, c->sending.ptr, c->sending.len);
}

/* Behind an event, so that a reply fits between. */
static size_t chunk_end(const struct client *c)
{
	const struct stream *s = c->stream;
	size_t wanted = c->at + CHUNK;
	if (wanted >= c->limit)
		return c->limit;
	if (c->at < s->guilds_end)
		return s->guilds_end < c->limit ? s->guilds_end : c->limit;
	uint64_t low = 0, high = s->event_count - 1;
	while (low < high) { /* the first event that ends at or behind `wanted` */
		uint64_t middle = (low + high) / 2;
		if (s->event_ends[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return s->event_ends[low];
}

static void pump(struct client *c)
{
	if (c->is_writing || c->step == OVER)
		return;
	if (c->replies.len > 0) {
		send_replies(c);
		return;
	}
	if (!c->stream || c->at >= c->limit)
		return;
	size_t from = c->at;
	c->at = chunk_end(c);
	if (c->step == EVENTS && c->at == c->stream->bytes.len) {
		hose_say("sent %u %.1f", c->shard, hose_now_ms());
		uv_timer_stop(&c->timer);
	}
	send_bytes(c, c->stream->bytes.ptr + from, c->at - from);
}

static void on_tick(uv_timer_t *timer)
{
	struct client *c = timer->data;
	uint64_t due = pace_due_count(&c->hose->mix.pace, hose_now_ms() - c->began_ms);
	if (due == 0)
		return;
	if (due > c->stream->event_count)
		due = c->stream->event_count;
	c->limit = c->stream->event_ends[due - 1];
	pump(c);
}

void client_go(struct client *c)
{
	if (c->step != GUILDS)
		return;
	c->step = EVENTS;
	c->began_ms = hose_now_ms();
	if (c->hose->is_paced)
		uv_timer_start(&c->timer, on_tick, TICK_MS, TICK_MS);
	else
		c->limit = c->stream->bytes.len;
	pump(c);
}

/* --- the gateway ------------------------------------------------------------------------ */

static void reply_text(struct client *c, const char *text)
{
	stream_add_frame(&c->replies, OP_TEXT, ra_str_of(text));
}

static unsigned read_shard(struct ra_str d)
{
	struct ra_json j;
	struct ra_str key;
	unsigned shard = 0;
	ra_json_init(&j, d);
	if (ra_json_enter_object(&j))
		while (ra_json_next_key(&j, &key)) {
			if (!ra_str_is(key, "shard")) {
				ra_json_skip(&j);
			} else if (ra_json_enter_array(&j)) {
				if (ra_json_next_element(&j))
					shard = (unsigned)ra_json_u64(&j);
				ra_json_leave(&j);
			}
		}
	return shard;
}

/* HELLO is the same in all streams, and has gone out. */
static void on_identify(struct client *c, struct ra_str d)
{
	unsigned shard = read_shard(d);
	if (shard >= c->hose->mix.shards || c->hose->shards[shard] || c->step != HELLO) {
		hose_say("refused %u", shard);
		end(c);
		return;
	}
	hose_say("identify %u %.1f", shard, hose_now_ms());
	c->step = GUILDS;
	c->shard = shard;
	c->stream = &c->hose->streams[shard];
	c->at = c->stream->hello_end;
	c->limit = c->stream->guilds_end;
	c->hose->shards[shard] = c;
}

static void on_text(struct client *c, struct ra_str text)
{
	struct ra_json j;
	struct ra_str key, d = RA_STR("");
	int64_t op = -1;
	ra_json_init(&j, text);
	if (ra_json_enter_object(&j))
		while (ra_json_next_key(&j, &key)) {
			if (ra_str_is(key, "op"))
				op = ra_json_i64(&j);
			else if (ra_str_is(key, "d"))
				d = ra_json_raw(&j);
			else
				ra_json_skip(&j);
		}
	switch (op) {
	case 1: reply_text(c, "{\"t\":null,\"s\":null,\"op\":11,\"d\":null}"); break;
	case 2: on_identify(c, d); break;
	case 6: /* a client that had to come back spoils the measurement; it must show */
		hose_say("resume");
		reply_text(c, "{\"t\":null,\"s\":null,\"op\":9,\"d\":false}");
		break;
	default: break;
	}
}

/* Takes one whole frame of the client's from the front of `in`. */
static bool take_frame(struct client *c)
{
	unsigned char *b = (unsigned char *)c->in.ptr;
	if (c->in.len < 6)
		return false;
	size_t len = b[1] & 0x7f, head = 6;
	if (len == 126) {
		len = (size_t)b[2] << 8 | b[3];
		head = 8;
	} else if (len == 127) {
		end(c); /* nothing we are told is that long */
		return false;
	}
	if (c->in.len < head + len)
		return false;
	unsigned char *text = b + head, *mask = text - 4;
	for (size_t i = 0; i < len; i++)
		text[i] ^= mask[i % 4];
	unsigned opcode = b[0] & 0xf;
	if (opcode == OP_TEXT)
		on_text(c, (struct ra_str){ (char *)text, len });
	else if (opcode == OP_PING)
		stream_add_frame(&c->replies, OP_PONG, (struct ra_str){ (char *)text, len });
	else if (opcode == OP_CLOSE)
		end(c);
	ra_buf_consume(&c->in, head + len);
	return c->step != OVER;
}

/* --- HTTP --------------------------------------------------------------------------------- */

static void put_gateway(const struct hose *hose, struct ra_buf *out)
{
	ra_buf_printf(out,
		      "{\"url\":\"ws://127.0.0.1:%d\",\"shards\":%u,\"session_start_limit\":"
		      "{\"total\":1000,\"remaining\":1000,\"reset_after\":0,"
		      "\"max_concurrency\":%u}}",
		      hose->port, hose->mix.shards, hose->mix.shards);
}

static void answer(struct client *c, struct ra_str path)
{
	struct ra_buf body = { 0 };
	bool is_gateway = memmem(path.ptr, path.len, "/gateway", 8) != NULL;
	if (is_gateway)
		put_gateway(c->hose, &body);
	else /* the bot as a user, and as an application */
		ra_buf_add_text(&body,
				"{\"id\":\"1100000000000000042\",\"username\":\"rations\","
				"\"discriminator\":\"4242\",\"avatar\":null,\"bot\":true,"
				"\"name\":\"rations\",\"icon\":null,\"description\":\"\","
				"\"summary\":\"\",\"bot_public\":true,\"verify_key\":\"\","
				"\"bot_require_code_grant\":false,\"team\":null,\"flags\":565248,"
				"\"owner\":{\"id\":\"1100000000000000043\",\"username\":\"owner\","
				"\"discriminator\":\"0\",\"avatar\":null}}");
	ra_buf_printf(&c->replies,
		      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		      "Content-Length: %zu\r\n\r\n",
		      body.len);
	ra_buf_add_str(&c->replies, ra_buf_str(&body));
	ra_buf_fini(&body);
}

/* The value of a header, in a request that ends with an empty line. */
static struct ra_str header(const char *request, const char *name)
{
	const char *found = strcasestr(request, name);
	if (!found)
		return RA_STR("");
	found += strlen(name);
	found += strspn(found, ": ");
	return (struct ra_str){ found, strcspn(found, "\r\n") };
}

static bool asks_for_our_compression(const struct hose *hose, struct ra_str path)
{
	/* who gets text understands it, whatever was asked for */
	return strcmp(hose->compress, "none") == 0 ||
	       memmem(path.ptr, path.len, hose->compress, strlen(hose->compress)) != NULL;
}

static void upgrade(struct client *c, struct ra_str path, struct ra_str key)
{
	unsigned char digest[SHA_DIGEST_LENGTH], accept[32];
	char text[128];
	if (!asks_for_our_compression(c->hose, path)) {
		hose_say("refused: asked for %.*s", (int)path.len, path.ptr);
		end(c);
		return;
	}
	int len = snprintf(text, sizeof(text), "%.*s" ACCEPT_ID, (int)key.len, key.ptr);
	SHA1((const unsigned char *)text, (size_t)len, digest);
	EVP_EncodeBlock(accept, digest, sizeof(digest));
	ra_buf_printf(&c->replies,
		      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		      "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		      (const char *)accept);
	const struct stream *any = &c->hose->streams[0];
	ra_buf_add(&c->replies, any->bytes.ptr, any->hello_end);
	c->step = HELLO;
}

/* Takes one whole request from the front of `in`. None of them has a body we care for. */
static bool take_request(struct client *c)
{
	const char *text = ra_buf_text(&c->in);
	const char *behind = strstr(text, "\r\n\r\n");
	const char *path = strchr(text, ' ');
	if (!behind || !path)
		return false;
	path++;
	struct ra_str target = { path, strcspn(path, " ") };
	struct ra_str key = header(text, "Sec-WebSocket-Key");
	if (key.len > 0)
		upgrade(c, target, key);
	else
		answer(c, target);
	ra_buf_consume(&c->in, (size_t)(behind + 4 - text));
	return c->step == HTTP;
}

/* --- reading ------------------------------------------------------------------------------- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct client *c = handle->data;
	(void)suggested;
	*buf = uv_buf_init(c->chunk, sizeof(c->chunk));
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct client *c = stream->data;
	if (len < 0) {
		end(c);
		return;
	}
	ra_buf_add(&c->in, buf->base, (size_t)len);
	while (c->step == HTTP && take_request(c))
		;
	while (c->step != HTTP && c->step != OVER && take_frame(c))
		;
	pump(c);
}

void client_accept(struct hose *hose, uv_stream_t *listener)
{
	struct client *c = ra_new(struct client);
	c->hose = hose;
	uv_tcp_init(hose->loop, &c->tcp);
	uv_timer_init(hose->loop, &c->timer);
	c->tcp.data = c->timer.data = c;
	if (uv_accept(listener, (uv_stream_t *)&c->tcp) < 0 ||
	    uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) < 0) {
		end(c);
		return;
	}
	uv_tcp_nodelay(&c->tcp, 1);
}
