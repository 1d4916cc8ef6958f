/* stream: see stream.h. */
#include "tests/bench/firehose/stream.h"
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#define OP_TEXT   1
#define OP_BINARY 2

/* The reader's work hardly depends on the levels; its memory does on the window. */
#define ZLIB_LEVEL      6
#define ZSTD_LEVEL      3
#define ZSTD_WINDOW_LOG 18 /* as discord-sim has it */

struct packer {
	void (*pack)(struct packer *p, struct ra_str payload, struct ra_buf *out); /* NULL: plain */
	z_stream zlib;
	ZSTD_CCtx *zstd;
	struct ra_buf payload, packed;
};

static void pack_zlib(struct packer *p, struct ra_str payload, struct ra_buf *out)
{
	size_t bound = deflateBound(&p->zlib, payload.len) + 64;
	p->zlib.next_in = (const Bytef *)payload.ptr;
	p->zlib.avail_in = (uInt)payload.len;
	p->zlib.next_out = (Bytef *)ra_buf_reserve(out, bound);
	p->zlib.avail_out = (uInt)bound;
	deflate(&p->zlib, Z_SYNC_FLUSH);
	out->len += bound - p->zlib.avail_out;
}

static void pack_zstd(struct packer *p, struct ra_str payload, struct ra_buf *out)
{
	size_t bound = ZSTD_compressBound(payload.len) + 64;
	ZSTD_inBuffer in = { payload.ptr, payload.len, 0 };
	ZSTD_outBuffer to = { ra_buf_reserve(out, bound), bound, 0 };
	while (ZSTD_compressStream2(p->zstd, &to, &in, ZSTD_e_flush) > 0)
		;
	out->len += to.pos;
}

static void packer_init(struct packer *p, const char *compress)
{
	*p = (struct packer){ 0 };
	if (strcmp(compress, "zlib-stream") == 0) {
		deflateInit(&p->zlib, ZLIB_LEVEL);
		p->pack = pack_zlib;
	} else if (strcmp(compress, "zstd-stream") == 0) {
		p->zstd = ZSTD_createCCtx();
		ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
		ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_windowLog, ZSTD_WINDOW_LOG);
		p->pack = pack_zstd;
	}
}

static void packer_fini(struct packer *p)
{
	if (p->pack == pack_zlib)
		deflateEnd(&p->zlib);
	ZSTD_freeCCtx(p->zstd);
	ra_buf_fini(&p->payload);
	ra_buf_fini(&p->packed);
}

void stream_add_frame(struct ra_buf *out, unsigned opcode, struct ra_str payload)
{
	unsigned char head[10] = { (unsigned char)(0x80 | opcode) };
	unsigned size_bytes = payload.len < 126 ? 0 : payload.len <= 0xffff ? 2 : 8;
	head[1] = size_bytes == 0 ? (unsigned char)payload.len : size_bytes == 2 ? 126 : 127;
	for (unsigned i = 0; i < size_bytes; i++)
		head[2 + i] = (unsigned char)(payload.len >> 8 * (size_bytes - 1 - i));
	ra_buf_add(out, head, 2 + size_bytes);
	ra_buf_add_str(out, payload);
}

/* The payload that was told goes into the stream. */
static void add_payload(struct stream *stream, struct packer *p)
{
	struct ra_str payload = ra_buf_str(&p->payload);
	if (p->pack) {
		ra_buf_clear(&p->packed);
		p->pack(p, payload, &p->packed);
		stream_add_frame(&stream->bytes, OP_BINARY, ra_buf_str(&p->packed));
	} else {
		stream_add_frame(&stream->bytes, OP_TEXT, payload);
	}
	stream->payload_bytes += payload.len;
	ra_buf_clear(&p->payload);
}

bool stream_knows(const char *compress)
{
	return strcmp(compress, "none") == 0 || strcmp(compress, "zlib-stream") == 0 ||
	       strcmp(compress, "zstd-stream") == 0;
}

void stream_build(struct stream *stream, const struct mix *mix, unsigned shard,
		  const char *compress, uint64_t events, int port)
{
	struct packer p;
	struct teller t;
	*stream = (struct stream){ .event_count = events };
	packer_init(&p, compress);
	teller_init(&t, mix, shard);
	tell_hello(&t, &p.payload);
	add_payload(stream, &p);
	stream->hello_end = stream->bytes.len;
	tell_ready(&t, &p.payload, port);
	add_payload(stream, &p);
	for (unsigned n = 0; n < t.guild_count; n++) {
		tell_guild(&t, &p.payload, n);
		add_payload(stream, &p);
	}
	stream->guilds_end = stream->bytes.len;
	stream->payload_bytes = 0;
	stream->event_ends = ra_alloc((events + 1) * sizeof(*stream->event_ends));
	for (uint64_t i = 0; i < events; i++) {
		if (i + 1 < events)
			tell_event(&t, &p.payload);
		else
			tell_end(&t, &p.payload);
		add_payload(stream, &p);
		stream->event_ends[i] = stream->bytes.len;
	}
	stream->last_seq = t.seq;
	teller_fini(&t);
	packer_fini(&p);
}

void stream_fini(struct stream *stream)
{
	ra_buf_fini(&stream->bytes);
	ra_free(stream->event_ends);
}
