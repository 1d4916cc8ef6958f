/*
 * feed_stream: see feed_stream.h.
 *
 *	REST --wanted, up--> READING  XREAD COUNT BLOCK from where it has got
 *	 ^                      |  events to on_event, and again
 *	 '-- not wanted, down, or an error: until it is wanted again
 *
 * Seen for the first time, or not read for longer than the window, it is read
 * from the window's start. An event seen before (same session, same place or
 * an earlier one) is dropped, as analytics does.
 */
#include "services/api/feed_stream.h"
#include "libshared/metrics/metrics.h"
#include <stdio.h>

#define READ_COUNT 1000
#define BLOCK_MS   2000
#define WORDS_MAX  128

RA_COUNTER(events_read, "rations_live_events_total", "stream entries read for live figures");

struct feed_stream {
	const struct feed_stream_conf *conf; /* borrowed */
	struct ra_redis *redis;              /* owned */
	char *key;                           /* owned: events:{N.I} */
	bool is_wanted, is_reading, is_caught_up;
	uint64_t entry_ms, entry;
	char session[64]; /* of the newest event */
	uint64_t seq, part;
	void (*closed)(void *ctx);
	void *closed_ctx; /* borrowed */
};

static void read_on(struct feed_stream *stream);

static void set_caught_up(struct feed_stream *stream, bool is_caught_up)
{
	bool is_news = stream->is_caught_up != is_caught_up;
	stream->is_caught_up = is_caught_up;
	if (is_news)
		stream->conf->on_turn(stream->conf->ctx);
}

static bool is_repeat(const struct feed_stream *stream, const struct ra_event *event)
{
	return ra_str_is(event->session, stream->session) &&
	       ra_event_order(event->seq, event->part, stream->seq, stream->part) <= 0;
}

static void note_place(struct feed_stream *stream, const struct ra_event *event)
{
	snprintf(stream->session, sizeof(stream->session), "%.*s", (int)event->session.len,
		 event->session.ptr);
	stream->seq = event->seq;
	stream->part = event->part;
}

/* An entry: its id, and its fields as words. */
static void read_entry(struct feed_stream *stream, const redisReply *entry)
{
	struct ra_str words[WORDS_MAX];
	struct ra_event event;
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
		return;
	feed_entry_id(ra_reply_str(entry->element[0]), &stream->entry_ms, &stream->entry);
	const redisReply *fields = entry->element[1];
	if (fields->type != REDIS_REPLY_ARRAY || fields->elements > WORDS_MAX)
		return;
	for (size_t i = 0; i < fields->elements; i++)
		words[i] = ra_reply_str(fields->element[i]);
	ra_count(&events_read, 1);
	if (ra_event_decode(&event, words, fields->elements, NULL) < 0 || is_repeat(stream, &event))
		return;
	note_place(stream, &event);
	stream->conf->on_event(stream->conf->ctx,
			       &(struct feed_place){ stream->key, stream->entry_ms, stream->entry },
			       &event);
}

/* [[key, [entry ...]]], or nil when nothing came. Returns how many entries. */
static size_t read_entries(struct feed_stream *stream, const redisReply *reply)
{
	const redisReply *pair =
		reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 ? reply->element[0] : NULL;
	if (!pair || pair->type != REDIS_REPLY_ARRAY || pair->elements != 2)
		return 0;
	const redisReply *entries = pair->element[1];
	for (size_t i = 0; i < entries->elements; i++)
		read_entry(stream, entries->element[i]);
	return entries->elements;
}

static void on_entries(void *ctx, const redisReply *reply)
{
	struct feed_stream *stream = ctx;
	stream->is_reading = false;
	if (!reply)
		return; /* on_down follows */
	if (reply->type == REDIS_REPLY_ERROR) {
		ra_warn(stream->conf->log, "event stream not read",
			ra_f_text("stream", stream->key), ra_f_text("why", reply->str));
		return;
	}
	/* an answer as long as it may be is not all there is */
	set_caught_up(stream, read_entries(stream, reply) < READ_COUNT);
	read_on(stream);
}

/* What lies behind the window is of no use any more. */
static void enter_window(struct feed_stream *stream)
{
	uint64_t window = (uint64_t)(stream->conf->now_ms() - FEED_WINDOW_MS);
	if (stream->entry_ms >= window)
		return;
	stream->entry_ms = window;
	stream->entry = 0;
	stream->session[0] = '\0';
}

/* There is no waiting before the end is reached. */
static void read_on(struct feed_stream *stream)
{
	if (!stream->is_wanted || stream->is_reading || !ra_redis_is_up(stream->redis))
		return;
	enter_window(stream);
	char id[48];
	snprintf(id, sizeof(id), "%llu-%llu", (unsigned long long)stream->entry_ms,
		 (unsigned long long)stream->entry);
	int rc = stream->is_caught_up ? ra_redis_sendf(stream->redis, on_entries, stream,
						       "XREAD COUNT %d BLOCK %d STREAMS %s %s",
						       READ_COUNT, BLOCK_MS, stream->key, id)
				      : ra_redis_sendf(stream->redis, on_entries, stream,
						       "XREAD COUNT %d STREAMS %s %s", READ_COUNT,
						       stream->key, id);
	stream->is_reading = rc == 0;
}

static void on_up(void *ctx)
{
	read_on(ctx);
}

static void on_down(void *ctx, const char *why)
{
	struct feed_stream *stream = ctx;
	ra_warn(stream->conf->log, "live figures wait for redis", ra_f_text("stream", stream->key),
		ra_f_text("why", why));
	set_caught_up(stream, false);
}

struct feed_stream *feed_stream_open(const struct feed_stream_conf *conf, struct ra_str shard,
				     struct ra_err *err)
{
	static const struct ra_redis_ops ops = { .on_up = on_up, .on_down = on_down };
	struct feed_stream *stream = ra_new(struct feed_stream);
	stream->conf = conf;
	stream->key = ra_format("events:{%.*s}", (int)shard.len, shard.ptr);
	stream->redis = ra_redis_open(conf->loop, conf->redis_url, stream->key, conf->log, &ops,
				      stream, err);
	if (stream->redis)
		return stream;
	ra_free(stream->key);
	ra_free(stream);
	return NULL;
}

static void on_redis_closed(void *ctx)
{
	struct feed_stream *stream = ctx;
	stream->closed(stream->closed_ctx);
	ra_free(stream->key);
	ra_free(stream);
}

void feed_stream_close(struct feed_stream *stream, void (*closed)(void *ctx), void *ctx)
{
	stream->is_wanted = false;
	stream->closed = closed;
	stream->closed_ctx = ctx;
	ra_redis_close(stream->redis, on_redis_closed, stream);
}

void feed_stream_want(struct feed_stream *stream, bool is_wanted)
{
	if (is_wanted && !stream->is_wanted && !stream->is_reading)
		set_caught_up(stream, false); /* nothing was read meanwhile */
	stream->is_wanted = is_wanted;
	read_on(stream);
}

bool feed_stream_is_caught_up(const struct feed_stream *stream)
{
	return stream->is_caught_up;
}

const char *feed_stream_key(const struct feed_stream *stream)
{
	return stream->key;
}

const char *feed_stream_trouble(const struct feed_stream *stream)
{
	return ra_redis_trouble(stream->redis);
}
