/* inbox_stream: one shard's interactions, over a connection of its own: in a Redis Cluster every
 * stream may be on another node. */
#pragma once
#include "services/api/inbox.h"

struct inbox_stream;

/* `conf` is borrowed. NULL and *err when the URL is malformed. */
struct inbox_stream *inbox_stream_open(const struct inbox_conf *conf, const char *key,
				       struct ra_err *err);
void inbox_stream_close(struct inbox_stream *stream, void (*closed)(void *ctx), void *ctx);
const char *inbox_stream_key(const struct inbox_stream *stream);
void inbox_stream_done(struct inbox_stream *stream, const char *entry);
