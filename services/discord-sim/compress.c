#include "services/discord-sim/compress.h"
#include <assert.h>

/* Speed decides: the simulator shares the machine with what it tests. */
#define ZLIB_LEVEL      1
#define ZSTD_LEVEL      1
#define ZSTD_WINDOW_LOG 18

static const char *const names[] = {
	[COMPRESS_PLAIN] = "",
	[COMPRESS_ZLIB] = "zlib-stream",
	[COMPRESS_ZSTD] = "zstd-stream",
};

bool compress_kind_of(const char *name, enum compress_kind *kind)
{
	for (size_t i = 0; i < RA_COUNT(names); i++) {
		if (strcmp(names[i], name) == 0) {
			*kind = (enum compress_kind)i;
			return true;
		}
	}
	return false;
}

const char *compress_name(enum compress_kind kind)
{
	return names[kind];
}

void compressor_init(struct compressor *c, enum compress_kind kind)
{
	*c = (struct compressor){ .kind = kind };
	if (kind == COMPRESS_ZLIB) {
		int rc = deflateInit(&c->zlib, ZLIB_LEVEL);
		assert(rc == Z_OK);
		(void)rc;
	} else if (kind == COMPRESS_ZSTD) {
		c->zstd = ZSTD_createCCtx();
		ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
		ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_windowLog, ZSTD_WINDOW_LOG);
	}
}

void compressor_fini(struct compressor *c)
{
	if (c->kind == COMPRESS_ZLIB)
		deflateEnd(&c->zlib);
	ZSTD_freeCCtx(c->zstd);
	ra_buf_fini(&c->out);
}

static void add_zlib(struct compressor *c, struct ra_str part, int flush)
{
	z_stream *z = &c->zlib;
	z->next_in = (const Bytef *)part.ptr;
	z->avail_in = (uInt)part.len;
	do {
		z->avail_out = (uInt)(part.len / 2 + 256);
		z->next_out = (Bytef *)ra_buf_reserve(&c->out, z->avail_out);
		uInt room = z->avail_out;
		deflate(z, flush);
		c->out.len += room - z->avail_out;
	} while (z->avail_out == 0);
}

static void add_zstd(struct compressor *c, struct ra_str part, ZSTD_EndDirective flush)
{
	ZSTD_inBuffer in = { part.ptr, part.len, 0 };
	size_t left;
	do {
		size_t room = ZSTD_compressBound(part.len - in.pos) + 64;
		ZSTD_outBuffer out = { ra_buf_reserve(&c->out, room), room, 0 };
		left = ZSTD_compressStream2(c->zstd, &out, &in, flush);
		assert(!ZSTD_isError(left));
		c->out.len += out.pos;
	} while (flush == ZSTD_e_flush ? left > 0 : in.pos < in.size);
}

struct ra_str compressor_add(struct compressor *c, struct ra_str head, struct ra_str tail)
{
	ra_buf_clear(&c->out);
	switch (c->kind) {
	case COMPRESS_PLAIN:
		ra_buf_add_str(&c->out, head);
		ra_buf_add_str(&c->out, tail);
		break;
	case COMPRESS_ZLIB:
		add_zlib(c, head, Z_NO_FLUSH);
		add_zlib(c, tail, Z_SYNC_FLUSH);
		break;
	case COMPRESS_ZSTD:
		add_zstd(c, head, ZSTD_e_continue);
		add_zstd(c, tail, ZSTD_e_flush);
		break;
	}
	return ra_buf_str(&c->out);
}

void compress_whole(struct ra_buf *out, struct ra_str payload)
{
	uLongf len = compressBound((uLong)payload.len);
	Bytef *to = (Bytef *)ra_buf_reserve(out, len);
	int rc = compress2(to, &len, (const Bytef *)payload.ptr, (uLong)payload.len, ZLIB_LEVEL);
	assert(rc == Z_OK);
	(void)rc;
	out->len += len;
}
