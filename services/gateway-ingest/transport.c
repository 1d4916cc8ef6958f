/* transport: see transport.h. */
#include "services/gateway-ingest/transport.h"
#include "libshared/metrics/metrics.h"
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#define CHUNK     ((size_t)32 << 10)
#define KEPT_SIZE ((size_t)1 << 20) /* a larger buffer is given back after its payload */

RA_COUNTER(bytes_received, "rations_gateway_received_bytes_total",
	   "bytes of WebSocket messages received")
RA_COUNTER(bytes_unpacked, "rations_gateway_payload_bytes_total",
	   "bytes of gateway payloads, decompressed")

struct codec {
	const char *name, *query;
	int (*unpack)(struct transport *t, struct ra_str piece);
	/* A message has ended: has the payload too? */
	bool (*is_whole)(const struct transport *t);
};

struct transport {
	const struct codec *codec;
	payload_cb on_payload;
	void *ctx;          /* borrowed */
	struct ra_buf text; /* owned; the payload so far */
	z_stream zlib;
	ZSTD_DCtx *zstd;       /* owned; NULL unless zstd-stream */
	unsigned char tail[4]; /* the last bytes of the compressed stream */
};

static int unpack_plain(struct transport *t, struct ra_str piece)
{
	if (t->text.len + piece.len > TRANSPORT_MAX)
		return RA_ETOOBIG;
	ra_buf_add_str(&t->text, piece);
	return 0;
}

static void note_tail(struct transport *t, struct ra_str piece)
{
	size_t keep = piece.len < 4 ? 4 - piece.len : 0;
	memmove(t->tail, t->tail + 4 - keep, keep);
	memcpy(t->tail + keep, piece.ptr + piece.len - (4 - keep), 4 - keep);
}

static int unpack_zlib(struct transport *t, struct ra_str piece)
{
	if (piece.len == 0)
		return 0;
	note_tail(t, piece);
	z_stream *z = &t->zlib;
	z->next_in = (const Bytef *)piece.ptr;
	z->avail_in = (uInt)piece.len;
	do {
		z->next_out = (Bytef *)ra_buf_reserve(&t->text, CHUNK);
		z->avail_out = (uInt)CHUNK;
		int rc = inflate(z, Z_SYNC_FLUSH);
		if (rc != Z_OK && rc != Z_BUF_ERROR)
			return RA_EPROTO;
		t->text.len += CHUNK - z->avail_out;
		if (t->text.len > TRANSPORT_MAX)
			return RA_ETOOBIG;
	} while (z->avail_in > 0 || z->avail_out == 0);
	return 0;
}

static int unpack_zstd(struct transport *t, struct ra_str piece)
{
	ZSTD_inBuffer in = { piece.ptr, piece.len, 0 };
	ZSTD_outBuffer out;
	do {
		out = (ZSTD_outBuffer){ ra_buf_reserve(&t->text, CHUNK), CHUNK, 0 };
		size_t rc = ZSTD_decompressStream(t->zstd, &out, &in);
		if (ZSTD_isError(rc))
			return RA_EPROTO;
		t->text.len += out.pos;
		if (t->text.len > TRANSPORT_MAX)
			return RA_ETOOBIG;
	} while (in.pos < in.size || out.pos == out.size);
	return 0;
}

static bool is_whole_message(const struct transport *t)
{
	(void)t;
	return true;
}

static bool is_flushed(const struct transport *t)
{
	return memcmp(t->tail, "\x00\x00\xff\xff", 4) == 0;
}

static const struct codec plain = { "none", "", unpack_plain, is_whole_message };
static const struct codec codecs[] = {
	{ "zstd-stream", "&compress=zstd-stream", unpack_zstd, is_whole_message },
	{ "zlib-stream", "&compress=zlib-stream", unpack_zlib, is_flushed },
};

struct transport *transport_new(const char *compress, payload_cb on_payload, void *ctx)
{
	struct transport *t = ra_new(struct transport);
	*t = (struct transport){ .codec = &plain, .on_payload = on_payload, .ctx = ctx };
	for (size_t i = 0; i < RA_COUNT(codecs); i++)
		if (strcmp(codecs[i].name, compress) == 0)
			t->codec = &codecs[i];
	if (t->codec->unpack == unpack_zlib)
		inflateInit(&t->zlib);
	if (t->codec->unpack == unpack_zstd)
		t->zstd = ZSTD_createDCtx();
	return t;
}

void transport_free(struct transport **transport)
{
	struct transport *t = *transport;
	ra_buf_fini(&t->text);
	if (t->codec->unpack == unpack_zlib)
		inflateEnd(&t->zlib);
	ZSTD_freeDCtx(t->zstd);
	ra_free(t);
	*transport = NULL;
}

void transport_reset(struct transport *t)
{
	ra_buf_clear(&t->text);
	memset(t->tail, 0, sizeof(t->tail));
	if (t->codec->unpack == unpack_zlib)
		inflateReset(&t->zlib);
	if (t->zstd)
		ZSTD_DCtx_reset(t->zstd, ZSTD_reset_session_only);
}

const char *transport_query(const struct transport *t)
{
	return t->codec->query;
}

static void deliver(struct transport *t, struct ra_str payload)
{
	ra_count(&bytes_unpacked, (double)payload.len);
	t->on_payload(t->ctx, payload);
}

int transport_feed(struct transport *t, struct ra_str piece, bool is_binary, bool is_last)
{
	/* A server that does not know our compression answers in text. */
	const struct codec *codec = is_binary ? t->codec : &plain;
	ra_count(&bytes_received, (double)piece.len);
	if (is_binary && codec == &plain)
		return RA_EPROTO;
	if (codec == &plain && is_last && t->text.len == 0) {
		deliver(t, piece);
		return 0;
	}
	int rc = codec->unpack(t, piece);
	if (rc < 0 || !is_last || !codec->is_whole(t))
		return rc;
	deliver(t, ra_buf_str(&t->text));
	if (t->text.cap > KEPT_SIZE)
		ra_buf_fini(&t->text);
	ra_buf_clear(&t->text);
	return 0;
}
