/*
 * transport: from WebSocket messages to gateway payloads.
 *
 * plain: a text message is a payload. zlib-stream: one inflate context for
 * the whole connection, a payload ends with 00 00 ff ff and may span several
 * messages. zstd-stream: one context too, a message is a payload.
 * https://discord.com/developers/docs/events/gateway#transport-compression
 *
 * Made once a shard, reset for every new connection.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"

struct transport;

/* `payload` is borrowed until you return. */
typedef void (*payload_cb)(void *ctx, struct ra_str payload);

/* `compress`: "zstd-stream", "zlib-stream" or "none". */
struct transport *transport_new(const char *compress, payload_cb on_payload, void *ctx);
void transport_free(struct transport **transport);
/* A new connection: everything said before is forgotten. */
void transport_reset(struct transport *t);
/* What to add to the gateway's query: "&compress=zstd-stream" or "". */
const char *transport_query(const struct transport *t);

/* A piece of a message; `is_last` ends it. Calls on_payload at most once. RA_EPROTO: not what was
 * agreed on; RA_ETOOBIG: a payload above TRANSPORT_MAX. The connection is of no use then. */
int transport_feed(struct transport *t, struct ra_str piece, bool is_binary,
		   bool is_last) RA_MUST_CHECK;

#define TRANSPORT_MAX ((size_t)64 << 20)
