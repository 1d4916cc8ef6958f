/*
 * transport_fuzz: what arrives from the WebSocket, cut anyhow.
 *
 * The first byte says which compression, and whether the rest are the bytes
 * of a server that means harm (refused or not, nothing breaks), or texts, one
 * a line, that a good server compresses: they come out as they went in.
 */
#include "services/gateway-ingest/transport.h"
#include "tests/fuzz/fuzz.h"
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#define MAX_PIECE 61

static const char *const compressions[] = { "none", "zlib-stream", "zstd-stream" };

struct reader {
	struct transport *transport;
	struct ra_str expected; /* of a good server; NULL: anything goes */
	unsigned had;
	uint32_t cuts; /* where messages are cut: a generator's state */
};

static void on_payload(void *ctx, struct ra_str payload)
{
	struct reader *r = ctx;
	r->had++;
	if (r->expected.ptr)
		fuzz_require(ra_str_eq(payload, r->expected), "texts come out as they went in");
}

/* A message in pieces. */
static int feed(struct reader *r, struct ra_str message, bool is_binary)
{
	int rc = 0;
	bool is_last = false;
	while (rc == 0 && !is_last) {
		r->cuts = r->cuts * 1664525 + 1013904223;
		size_t len = (r->cuts >> 16) % MAX_PIECE;
		is_last = len >= message.len;
		struct ra_str piece = { message.ptr, is_last ? message.len : len };
		rc = transport_feed(r->transport, piece, is_binary, is_last);
		message = (struct ra_str){ message.ptr + piece.len, message.len - piece.len };
	}
	return rc;
}

/* Messages are lines; those of a compressed stream are cut by length, since they hold newlines. */
static void check_bad_server(struct reader *r, struct ra_str input, bool is_binary)
{
	int rc = 0;
	while (rc == 0 && input.len > 0) {
		size_t len = is_binary ? (unsigned char)input.ptr[0] + 1u : 0;
		len = len > input.len ? input.len : len;
		struct ra_str message =
			is_binary ? (struct ra_str){ input.ptr, len } : fuzz_line(&input);
		if (is_binary)
			input = (struct ra_str){ input.ptr + len, input.len - len };
		rc = feed(r, message, is_binary);
	}
	fuzz_require(rc == 0 || rc == RA_EPROTO || rc == RA_ETOOBIG, "three answers");
}

/* --- a good server --- */

struct packer {
	z_stream zlib;
	ZSTD_CStream *zstd; /* NULL: zlib */
	struct ra_buf packed;
};

static struct ra_str pack(struct packer *p, struct ra_str text)
{
	size_t bound = text.len + 1024;
	ra_buf_clear(&p->packed);
	char *out = ra_buf_reserve(&p->packed, bound);
	if (p->zstd) {
		ZSTD_inBuffer from = { text.ptr, text.len, 0 };
		ZSTD_outBuffer to = { out, bound, 0 };
		fuzz_require(ZSTD_compressStream2(p->zstd, &to, &from, ZSTD_e_flush) == 0,
			     "zstd packs");
		return (struct ra_str){ out, to.pos };
	}
	p->zlib.next_in = (const Bytef *)text.ptr;
	p->zlib.avail_in = (uInt)text.len;
	p->zlib.next_out = (Bytef *)out;
	p->zlib.avail_out = (uInt)bound;
	fuzz_require(deflate(&p->zlib, Z_SYNC_FLUSH) == Z_OK, "zlib packs");
	return (struct ra_str){ out, bound - p->zlib.avail_out };
}

static struct packer *packer_of(bool is_zstd)
{
	static struct packer packers[2]; /* kept, because making them takes longest */
	struct packer *p = &packers[is_zstd];
	if (!p->packed.ptr && is_zstd)
		p->zstd = ZSTD_createCStream();
	else if (!p->packed.ptr)
		deflateInit(&p->zlib, Z_BEST_SPEED);
	else if (is_zstd)
		ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only);
	else
		deflateReset(&p->zlib);
	ra_buf_reserve(&p->packed, 1);
	return p;
}

static void check_good_server(struct reader *r, struct ra_str input, bool is_zstd)
{
	struct packer *p = packer_of(is_zstd);
	while (input.len > 0) {
		unsigned had = r->had;
		r->expected = fuzz_line(&input);
		if (r->expected.len == 0)
			continue;
		fuzz_require(feed(r, pack(p, r->expected), true) == 0, "a good stream is read");
		fuzz_require(r->had == had + 1, "a message is a payload");
	}
}

static void fuzz_check(struct ra_str input)
{
	static struct reader readers[3];
	if (input.len < 2)
		return;
	unsigned how = (unsigned char)input.ptr[0];
	unsigned compression = how % 3;
	struct reader *r = &readers[compression];
	if (!r->transport)
		r->transport = transport_new(compressions[compression], on_payload, r);
	transport_reset(r->transport);
	r->expected = (struct ra_str){ 0 };
	r->cuts = (unsigned char)input.ptr[1];
	input = (struct ra_str){ input.ptr + 2, input.len - 2 };
	if (compression != 0 && how & 0x40)
		check_good_server(r, input, compression == 2);
	else
		check_bad_server(r, input, compression != 0);
}
