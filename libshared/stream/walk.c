#include "libshared/stream/walk.h"
#include "libshared/redis/redis.h"
#include "libshared/stream/reading.h"
#include <stdio.h>

enum { PAGE_ENTRIES = 2000 };

struct ra_walk {
	struct ra_redis *redis; /* owned */
	const struct ra_walk_ops *ops;
	const struct ra_log *log;
	void *ctx;
	char stream[48], after[RA_ENTRY_ID_SIZE], upto[RA_ENTRY_ID_SIZE];
	bool is_over;
};

static void on_closed(void *ctx)
{
	ra_free(ctx);
}

static void end(struct ra_walk *w)
{
	w->is_over = true;
	ra_redis_close(w->redis, on_closed, w);
}

static void ask(struct ra_walk *w);

static void on_page(void *ctx, const redisReply *reply)
{
	struct ra_walk *w = ctx;
	if (!reply || w->is_over) /* on_up begins again */
		return;
	if (reply->type != REDIS_REPLY_ARRAY) {
		ra_error(w->log, "cannot read the stream", ra_f_text("of", w->stream),
			 ra_f_text("error", reply->str ? reply->str : "not an array"));
		ra_redis_reset(w->redis, "stream command failed");
		return;
	}
	for (size_t i = 0; i < reply->elements && !w->is_over; i++) {
		const redisReply *entry = reply->element[i];
		snprintf(w->after, sizeof(w->after), "%s", entry->element[0]->str);
		w->ops->on_entry(w->ctx, entry);
	}
	if (w->is_over)
		return;
	if (reply->elements == PAGE_ENTRIES) {
		ask(w);
		return;
	}
	end(w);
	w->ops->on_end(w->ctx);
}

static void ask(struct ra_walk *w)
{
	int rc = ra_redis_sendf(w->redis, on_page, w, "XRANGE %s (%s %s COUNT %d", w->stream,
				w->after, w->upto, PAGE_ENTRIES);
	(void)rc; /* refused: the connection is going, on_up follows */
}

static void on_up(void *ctx)
{
	ask(ctx);
}

struct ra_walk *ra_walk_start(uv_loop_t *loop, const char *redis_url, const char *stream,
			      const char *after, const char *upto, const struct ra_log *log,
			      const struct ra_walk_ops *ops, void *ctx)
{
	static const struct ra_redis_ops redis_ops = { .on_up = on_up };
	struct ra_walk *w = ra_new(struct ra_walk);
	w->ops = ops;
	w->log = log;
	w->ctx = ctx;
	snprintf(w->stream, sizeof(w->stream), "%s", stream);
	snprintf(w->after, sizeof(w->after), "%s", after);
	snprintf(w->upto, sizeof(w->upto), "%s", upto);
	/* The URL was checked when the program started: opening can not fail. */
	w->redis = ra_redis_open(loop, redis_url, w->stream, NULL, &redis_ops, w, NULL);
	return w;
}

void ra_walk_cancel(struct ra_walk **walk)
{
	if (*walk)
		end(*walk);
	*walk = NULL;
}
