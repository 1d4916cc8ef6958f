/*
 * compress: what a connection's payloads look like on the wire: plain text,
 * one zlib stream, or one zstd stream for the connection's whole life
 * (discord-protocol sheet, 1).
 */
#pragma once
#include "libshared/base/buf.h"
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

enum compress_kind { COMPRESS_PLAIN, COMPRESS_ZLIB, COMPRESS_ZSTD };

struct compressor {
	enum compress_kind kind;
	z_stream zlib;     /* COMPRESS_ZLIB */
	ZSTD_CCtx *zstd;   /* owned; COMPRESS_ZSTD */
	struct ra_buf out; /* the last payload */
};

/* "" is plain. False for a name Discord does not know. */
bool compress_kind_of(const char *name, enum compress_kind *kind);
const char *compress_name(enum compress_kind kind);

void compressor_init(struct compressor *c, enum compress_kind kind);
void compressor_fini(struct compressor *c);
/* One payload, given in two parts that follow each other, as the bytes of its WebSocket message;
 * valid until the next call. Everything but plain is binary. */
struct ra_str compressor_add(struct compressor *c, struct ra_str head, struct ra_str tail);

/* Stand-alone zlib, the "payload compression" a client asks for in IDENTIFY. Appends to *out. */
void compress_whole(struct ra_buf *out, struct ra_str payload);
