/*
 * feed: see feed.h. One connection, one command at a time:
 *
 *	REST --wanted, up--> LIST  SMEMBERS shards
 *	                      |  none: again in a second
 *	                      v
 *	                     READ  XREAD COUNT BLOCK from where each stream has got
 *	                      |  events to on_event; LIST again every half minute
 *	                      `--not wanted, or down--> REST
 *
 * A stream seen for the first time, or not read for longer than the window,
 * is read from the window's start. An event seen before (same session, same
 * place or an earlier one) is dropped, as analytics does.
 */
#include "services/api/feed.h"
#include "libshared/metrics/metrics.h"
#include <stdio.h>

#define READ_COUNT 1000
#define BLOCK_MS   2000
#define RELIST_MS  30000
#define RETRY_MS   1000
#define WORDS_MAX  128
#define SHARDS_MAX 4096

RA_COUNTER(events_read, "rations_live_events_total", "stream entries read for live figures");

enum step { REST, LIST, READ, WAIT };

struct stream {
	char *key; /* owned: events:{N.I} */
	uint64_t entry_ms, entry;
	char session[64]; /* of the newest event */
	uint64_t seq, part;
	bool is_behind; /* the last answer was as long as it may be */
};

struct feed {
	uv_loop_t *loop; /* borrowed */
	const struct ra_log *log;
	int64_t (*now_ms)(void);
	const struct feed_ops *ops;
	void *ctx;              /* borrowed */
	struct ra_redis *redis; /* owned */
	uv_timer_t timer;
	enum step step;
	bool is_wanted, is_closing, is_caught_up;
	int64_t listed_ms;
	struct stream *streams; /* owned */
	size_t count;
	int pending; /* the timer handle and the connection */
	void (*closed)(void *ctx);
	void *closed_ctx; /* borrowed */
};

static void advance(struct feed *feed);

void feed_entry_id(struct ra_str text, uint64_t *entry_ms, uint64_t *entry)
{
	const char *dash = text.len ? memchr(text.ptr, '-', text.len) : NULL;
	size_t left = dash ? (size_t)(dash - text.ptr) : 0;
	*entry_ms = *entry = 0;
	if (!dash || ra_str_to_u64((struct ra_str){ text.ptr, left }, entry_ms) < 0 ||
	    ra_str_to_u64((struct ra_str){ dash + 1, text.len - left - 1 }, entry) < 0)
		*entry_ms = *entry = 0;
}

static void set_caught_up(struct feed *feed, bool is_caught_up)
{
	bool is_news = is_caught_up && !feed->is_caught_up;
	feed->is_caught_up = is_caught_up;
	if (is_news)
		feed->ops->on_caught_up(feed->ctx);
}

/* --- waiting --- */

static void on_timer(uv_timer_t *timer)
{
	struct feed *feed = ra_container_of(timer, struct feed, timer);
	feed->step = REST;
	advance(feed);
}

static void wait_a_moment(struct feed *feed)
{
	feed->step = WAIT;
	uv_timer_start(&feed->timer, on_timer, RETRY_MS, 0);
}

/* --- LIST --- */

static bool is_shard_name(struct ra_str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!strchr("0123456789.", name.ptr[i]))
			return false;
	return name.len > 0 && name.len < 24;
}

static void add_stream(struct feed *feed, struct ra_str shard)
{
	char *key = ra_format("events:{%.*s}", (int)shard.len, shard.ptr);
	bool is_known = !is_shard_name(shard) || feed->count == SHARDS_MAX;
	for (size_t i = 0; i < feed->count; i++)
		is_known = is_known || strcmp(feed->streams[i].key, key) == 0;
	if (is_known) {
		ra_free(key);
		return;
	}
	feed->streams = ra_realloc(feed->streams, (feed->count + 1) * sizeof(*feed->streams));
	feed->streams[feed->count++] = (struct stream){ .key = key };
}

static void on_shards(void *ctx, const redisReply *reply)
{
	struct feed *feed = ctx;
	feed->step = REST;
	if (reply && reply->type == REDIS_REPLY_ARRAY) {
		for (size_t i = 0; i < reply->elements; i++)
			add_stream(feed, ra_reply_str(reply->element[i]));
		feed->listed_ms = feed->now_ms();
		set_caught_up(feed, feed->is_caught_up || feed->count == 0);
	}
	if (feed->count == 0 && !feed->is_closing)
		wait_a_moment(feed);
	else
		advance(feed);
}

static int list(struct feed *feed)
{
	feed->step = LIST;
	return ra_redis_sendf(feed->redis, on_shards, feed, "SMEMBERS shards");
}

/* --- READ --- */

static bool is_repeat(const struct stream *stream, const struct ra_event *event)
{
	return ra_str_is(event->session, stream->session) &&
	       ra_event_order(event->seq, event->part, stream->seq, stream->part) <= 0;
}

static void note_place(struct stream *stream, const struct ra_event *event)
{
	snprintf(stream->session, sizeof(stream->session), "%.*s", (int)event->session.len,
		 event->session.ptr);
	stream->seq = event->seq;
	stream->part = event->part;
}

/* An entry: its id, and its fields as words. */
static void read_entry(struct feed *feed, struct stream *stream, const redisReply *entry)
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
	feed->ops->on_event(feed->ctx,
			    &(struct feed_place){ stream->key, stream->entry_ms, stream->entry },
			    &event);
}

static struct stream *find_stream(struct feed *feed, struct ra_str key)
{
	for (size_t i = 0; i < feed->count; i++)
		if (ra_str_is(key, feed->streams[i].key))
			return &feed->streams[i];
	return NULL;
}

static void read_stream(struct feed *feed, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
		return;
	struct stream *stream = find_stream(feed, ra_reply_str(reply->element[0]));
	const redisReply *entries = reply->element[1];
	for (size_t i = 0; stream && i < entries->elements; i++)
		read_entry(feed, stream, entries->element[i]);
	if (stream)
		stream->is_behind = entries->elements == READ_COUNT;
}

static void on_entries(void *ctx, const redisReply *reply)
{
	struct feed *feed = ctx;
	bool is_behind = false;
	feed->step = REST;
	if (!reply || reply->type == REDIS_REPLY_ERROR) {
		if (reply)
			ra_warn(feed->log, "event streams not read", ra_f_text("why", reply->str));
		if (!feed->is_closing)
			wait_a_moment(feed);
		return;
	}
	for (size_t i = 0; i < feed->count; i++)
		feed->streams[i].is_behind = false;
	for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
		read_stream(feed, reply->element[i]);
	for (size_t i = 0; i < feed->count; i++)
		is_behind = is_behind || feed->streams[i].is_behind;
	set_caught_up(feed, !is_behind);
	advance(feed);
}

/* XREAD COUNT n [BLOCK ms] STREAMS key ... id ...; there is no waiting before the end is reached.
 */
static int read_streams(struct feed *feed)
{
	struct ra_buf resp = { 0 };
	uint64_t window = (uint64_t)(feed->now_ms() - FEED_WINDOW_MS);
	feed->step = READ;
	ra_resp_command(&resp, (feed->is_caught_up ? 6 : 4) + 2 * feed->count);
	ra_resp_word(&resp, RA_STR("XREAD"));
	ra_resp_word(&resp, RA_STR("COUNT"));
	ra_resp_u64(&resp, READ_COUNT);
	if (feed->is_caught_up) {
		ra_resp_word(&resp, RA_STR("BLOCK"));
		ra_resp_u64(&resp, BLOCK_MS);
	}
	ra_resp_word(&resp, RA_STR("STREAMS"));
	for (size_t i = 0; i < feed->count; i++)
		ra_resp_word(&resp, ra_str_of(feed->streams[i].key));
	for (size_t i = 0; i < feed->count; i++) {
		struct stream *stream = &feed->streams[i];
		char id[48];
		if (stream->entry_ms < window)
			*stream = (struct stream){ .key = stream->key, .entry_ms = window };
		snprintf(id, sizeof(id), "%llu-%llu", (unsigned long long)stream->entry_ms,
			 (unsigned long long)stream->entry);
		ra_resp_word(&resp, ra_str_of(id));
	}
	int rc = ra_redis_send_resp(feed->redis, on_entries, feed, ra_buf_str(&resp));
	ra_buf_fini(&resp);
	return rc;
}

/* --- */

static void advance(struct feed *feed)
{
	if (feed->step != REST || !feed->is_wanted || feed->is_closing ||
	    !ra_redis_is_up(feed->redis))
		return;
	bool is_list_old = feed->now_ms() - feed->listed_ms > RELIST_MS;
	int rc = is_list_old || feed->count == 0 ? list(feed) : read_streams(feed);
	if (rc < 0)
		wait_a_moment(feed);
}

static void on_up(void *ctx)
{
	advance(ctx);
}

static void on_down(void *ctx, const char *why)
{
	struct feed *feed = ctx;
	feed->is_caught_up = false;
	ra_warn(feed->log, "live figures wait for redis", ra_f_text("why", why));
}

struct feed *feed_open(uv_loop_t *loop, const char *redis_url, const struct ra_log *log,
		       int64_t (*now_ms)(void), const struct feed_ops *ops, void *ctx,
		       struct ra_err *err)
{
	static const struct ra_redis_ops redis_ops = { .on_up = on_up, .on_down = on_down };
	struct feed *feed = ra_new(struct feed);
	*feed = (struct feed){ .loop = loop, .log = log, .now_ms = now_ms, .ops = ops, .ctx = ctx };
	feed->redis = ra_redis_open(loop, redis_url, "shards", log, &redis_ops, feed, err);
	if (!feed->redis) {
		ra_free(feed);
		return NULL;
	}
	feed->pending = 2;
	uv_timer_init(loop, &feed->timer);
	return feed;
}

static void unref(struct feed *feed)
{
	if (--feed->pending > 0)
		return;
	for (size_t i = 0; i < feed->count; i++)
		ra_free(feed->streams[i].key);
	ra_free(feed->streams);
	if (feed->closed)
		feed->closed(feed->closed_ctx);
	ra_free(feed);
}

static void on_redis_closed(void *ctx)
{
	unref(ctx);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct feed, timer));
}

void feed_close(struct feed *feed, void (*closed)(void *ctx), void *ctx)
{
	feed->is_closing = true;
	feed->closed = closed;
	feed->closed_ctx = ctx;
	uv_close((uv_handle_t *)&feed->timer, on_timer_closed);
	ra_redis_close(feed->redis, on_redis_closed, feed);
}

void feed_want(struct feed *feed, bool is_wanted)
{
	if (is_wanted && !feed->is_wanted && feed->step == REST)
		feed->is_caught_up = false; /* nothing was read meanwhile */
	feed->is_wanted = is_wanted;
	advance(feed);
}

bool feed_is_caught_up(const struct feed *feed)
{
	return feed->is_caught_up;
}

bool feed_is_ready(void *ctx, char why[128])
{
	struct feed *feed = ctx;
	if (ra_redis_is_up(feed->redis))
		return true;
	snprintf(why, 128, "%s", ra_redis_trouble(feed->redis));
	return false;
}
