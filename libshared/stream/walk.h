/*
 * walk: reads a stretch of one stream, page by page, on a connection of its
 * own (in a cluster, another stream lives elsewhere). A lost connection is
 * taken up again where it was.
 */
#pragma once
#include "libshared/base/log.h"
#include <hiredis/hiredis.h>
#include <uv.h>

struct ra_walk;

struct ra_walk_ops {
	void (*on_entry)(void *ctx, const redisReply *entry); /* borrowed until you return */
	void (*on_end)(void *ctx); /* once, from the loop; then the walk is gone */
};

/* The entries behind `after` up to and with `upto` ("+": to the end). Texts are copied, the rest is
 * borrowed. */
struct ra_walk *ra_walk_start(uv_loop_t *loop, const char *redis_url, const char *stream,
			      const char *after, const char *upto, const struct ra_log *log,
			      const struct ra_walk_ops *ops, void *ctx);
/* No call comes any more. NULLs it; NULL is fine. */
void ra_walk_cancel(struct ra_walk **walk);
