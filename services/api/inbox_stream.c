/*
 * inbox_stream: see inbox_stream.h. A turn, and the next one behind it:
 *
 *	XACK, XDEL   what is answered
 *	TIME         by which ages are judged
 *	XAUTOCLAIM   what another replica has had for longer than it should
 *	XREADGROUP   what is new; waits for it for half a second
 *
 * The stream may go at any time (a minute without commands), and the group
 * with it: NOGROUP makes it again. Whoever gets there first does; it begins at
 * 0, for what lies there has been nobody's yet.
 */
#include "services/api/inbox_stream.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "services/api/feed.h"

#define GROUP     "api"
#define COUNT     16
#define BLOCK_MS  500
#define CLAIM_MS  1200 /* nobody works on one for so long without telling Discord */
#define ANSWER_MS 3000 /* Discord docs: Responding to an Interaction */
#define MARGIN_MS 100  /* an answer is on its way for that long */
#define WORDS_MAX 64
#define RETRY_MS  1000

RA_COUNTER(claimed, "rations_interactions_claimed_total",
	   "commands taken over from a replica that did not answer")
RA_COUNTER(dropped, "rations_interactions_dropped_total",
	   "commands nobody could answer within Discord's three seconds")

struct inbox_stream {
	const struct inbox_conf *conf; /* borrowed */
	const char *consumer;          /* borrowed */
	char key[RA_INTERACTION_KEY_MAX];
	struct ra_redis *redis; /* owned */
	struct ra_buf out;      /* owned; a command being written */
	struct ra_buf answered; /* owned; entry ids, a NUL behind each */
	size_t answered_count;
	int64_t ahead_ms; /* Redis's clock, of our monotonic one */
	uv_timer_t timer; /* after an error */
	int pending;      /* timer and connection, while closing */
	void (*closed)(void *ctx);
	void *closed_ctx; /* borrowed */
};

static void turn(struct inbox_stream *s);

/* --- entries --- */

static int64_t age_of(const struct inbox_stream *s, const char *entry)
{
	uint64_t ms, n;
	feed_entry_id(ra_str_of(entry), &ms, &n);
	return (int64_t)ra_monotonic_ms() + s->ahead_ms - (int64_t)ms;
}

static bool read_fields(const redisReply *fields, struct ra_interaction *out)
{
	struct ra_str words[WORDS_MAX];
	if (fields->type != REDIS_REPLY_ARRAY || fields->elements > WORDS_MAX)
		return false; /* claimed, but deleted since */
	for (size_t i = 0; i < fields->elements; i++)
		words[i] = ra_reply_str(fields->element[i]);
	return ra_interaction_decode(out, words, fields->elements) == 0;
}

static void read_entry(struct inbox_stream *s, const redisReply *entry, bool is_second)
{
	struct inbox_place place;
	struct ra_interaction interaction;
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
		return;
	struct ra_str id = ra_reply_str(entry->element[0]);
	snprintf(place.key, sizeof(place.key), "%s", s->key);
	snprintf(place.entry, sizeof(place.entry), "%.*s", (int)id.len, id.ptr);
	int64_t left_ms = ANSWER_MS - MARGIN_MS - age_of(s, place.entry);
	if (is_second)
		ra_count(&claimed, 1);
	if (left_ms > 0 && read_fields(entry->element[1], &interaction)) {
		s->conf->ops->on_interaction(s->conf->ctx, &place, &interaction, (uint64_t)left_ms,
					     is_second);
		return;
	}
	ra_count(&dropped, 1);
	inbox_stream_done(s, place.entry);
}

static void read_entries(struct inbox_stream *s, const redisReply *entries, bool is_second)
{
	for (size_t i = 0; entries->type == REDIS_REPLY_ARRAY && i < entries->elements; i++)
		read_entry(s, entries->element[i], is_second);
}

/* --- a turn --- */

static void on_time(void *ctx, const redisReply *reply)
{
	struct inbox_stream *s = ctx;
	uint64_t seconds, micros;
	if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	    ra_str_to_u64(ra_reply_str(reply->element[0]), &seconds) == 0 &&
	    ra_str_to_u64(ra_reply_str(reply->element[1]), &micros) == 0)
		s->ahead_ms =
			(int64_t)(seconds * 1000 + micros / 1000) - (int64_t)ra_monotonic_ms();
}

/* [next, [entry ...], [deleted ...]] */
static void on_claimed(void *ctx, const redisReply *reply)
{
	if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements >= 2)
		read_entries(ctx, reply->element[1], true);
}

static void on_retry(uv_timer_t *timer)
{
	turn(ra_container_of(timer, struct inbox_stream, timer));
}

static void on_group(void *ctx, const redisReply *reply)
{
	if (reply) /* BUSYGROUP: another replica was quicker */
		turn(ctx);
}

static void on_error(struct inbox_stream *s, const char *why)
{
	if (strncmp(why, "NOGROUP", 7) == 0 || strncmp(why, "UNBLOCKED", 9) == 0) {
		(void)!ra_redis_sendf(s->redis, on_group, s,
				      "XGROUP CREATE %s " GROUP " 0 MKSTREAM",
				      s->key); /* refused: on_up begins anew */
		return;
	}
	ra_warn(s->conf->log, "commands not read", ra_f_text("stream", s->key),
		ra_f_text("why", why));
	uv_timer_start(&s->timer, on_retry, RETRY_MS, 0);
}

/* [[key, [entry ...]]], or nil when nothing came. */
static void on_read(void *ctx, const redisReply *reply)
{
	struct inbox_stream *s = ctx;
	if (!reply || s->closed)
		return; /* on_up begins anew */
	if (reply->type == REDIS_REPLY_ERROR) {
		on_error(s, reply->str);
		return;
	}
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
	    reply->element[0]->type == REDIS_REPLY_ARRAY && reply->element[0]->elements == 2)
		read_entries(s, reply->element[0]->element[1], false);
	turn(s);
}

static int send_answered(struct inbox_stream *s, const char *command, bool has_group)
{
	const char *at = s->answered.ptr;
	ra_buf_clear(&s->out);
	ra_resp_command(&s->out, s->answered_count + (has_group ? 3 : 2));
	ra_resp_word(&s->out, ra_str_of(command));
	ra_resp_word(&s->out, ra_str_of(s->key));
	if (has_group)
		ra_resp_word(&s->out, RA_STR(GROUP));
	for (size_t i = 0; i < s->answered_count; i++, at += strlen(at) + 1)
		ra_resp_word(&s->out, ra_str_of(at));
	return ra_redis_send_resp(s->redis, NULL, NULL, ra_buf_str(&s->out));
}

static int settle(struct inbox_stream *s)
{
	if (s->answered_count == 0)
		return 0;
	int rc = send_answered(s, "XACK", true);
	if (rc == 0)
		rc = send_answered(s, "XDEL", false);
	ra_buf_clear(&s->answered);
	s->answered_count = 0;
	return rc;
}

static void turn(struct inbox_stream *s)
{
	int rc = settle(s);
	if (rc == 0)
		rc = ra_redis_sendf(s->redis, on_time, s, "TIME");
	if (rc == 0)
		rc = ra_redis_sendf(s->redis, on_claimed, s,
				    "XAUTOCLAIM %s " GROUP " %s %d 0-0 COUNT %d", s->key,
				    s->consumer, CLAIM_MS, COUNT);
	if (rc == 0)
		rc = ra_redis_sendf(s->redis, on_read, s,
				    "XREADGROUP GROUP " GROUP " %s COUNT %d BLOCK %d STREAMS %s >",
				    s->consumer, COUNT, BLOCK_MS, s->key);
	(void)rc; /* refused: the connection is going, on_up begins anew */
}

void inbox_stream_done(struct inbox_stream *s, const char *entry)
{
	ra_buf_add(&s->answered, entry, strlen(entry) + 1);
	s->answered_count++;
}

/* --- life --- */

static void on_up(void *ctx)
{
	struct inbox_stream *s = ctx;
	uv_timer_stop(&s->timer);
	turn(s);
}

struct inbox_stream *inbox_stream_open(const struct inbox_conf *conf, const char *consumer,
				       const char *key, struct ra_err *err)
{
	static const struct ra_redis_ops ops = { .on_up = on_up };
	struct inbox_stream *s = ra_new(struct inbox_stream);
	s->conf = conf;
	s->consumer = consumer;
	snprintf(s->key, sizeof(s->key), "%s", key);
	s->redis = ra_redis_open(conf->loop, conf->redis_url, s->key, conf->log, &ops, s, err);
	if (!s->redis) {
		ra_free(s);
		return NULL;
	}
	uv_timer_init(conf->loop, &s->timer);
	return s;
}

static void unref(struct inbox_stream *s)
{
	if (--s->pending > 0)
		return;
	s->closed(s->closed_ctx);
	ra_buf_fini(&s->out);
	ra_buf_fini(&s->answered);
	ra_free(s);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct inbox_stream, timer));
}

static void on_redis_closed(void *ctx)
{
	unref(ctx);
}

void inbox_stream_close(struct inbox_stream *s, void (*closed)(void *ctx), void *ctx)
{
	s->closed = closed;
	s->closed_ctx = ctx;
	s->pending = 2;
	uv_close((uv_handle_t *)&s->timer, on_timer_closed);
	ra_redis_close(s->redis, on_redis_closed, s);
}

const char *inbox_stream_key(const struct inbox_stream *s)
{
	return s->key;
}
