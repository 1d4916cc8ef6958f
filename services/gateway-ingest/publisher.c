/*
 * publisher: see publisher.h.
 *
 * Two batches take turns: `filling` takes what comes in, `flying` is what
 * the MULTI in the air holds. The flight is kept until Redis has answered, so
 * a refused or lost one is flown again as it was.
 *
 * A WATCH of the session stands whenever a MULTI is sent: it is set when the
 * session is read after a connect, and again behind every EXEC, each time
 * together with a look at the fence. So a flight leaves only if nobody has
 * touched the session since we saw our own fence there; if somebody has, it
 * comes to nothing, and we look again. That holds against another replica
 * that took the shard, and against a late command of our own former
 * connection.
 */
#include "services/gateway-ingest/publisher.h"
#include "libshared/base/clock.h"
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"
#include "services/gateway-ingest/batch.h"
#include "services/gateway-ingest/trim.h"
#include <assert.h>
#include <inttypes.h>

#define HIGH_WATER ((size_t)256 << 10) /* bytes waiting to fly: stop reading until they do */
#define ANSWER_MS  30000               /* not answered by then: another connection */

RA_COUNTER_BY(events_published, "rations_ingest_published_events_total", "type",
	      "events acknowledged by Redis")
RA_COUNTER(flights, "rations_ingest_flights_total", "MULTIs acknowledged by Redis")
RA_COUNTER(flights_failed, "rations_ingest_failed_flights_total",
	   "MULTIs refused, or cut off before the answer")
RA_COUNTER(rewinds, "rations_ingest_rewinds_total", "times Redis knew less than had been sent")
RA_COUNTER(fenced_off, "rations_ingest_lost_shards_total",
	   "shards found to be somebody else's when publishing")
RA_GAUGE(paused, "rations_ingest_paused", "shards that do not read because Redis does not take")
RA_HISTOGRAM(publish_seconds, "rations_ingest_publish_seconds",
	     "from the arrival of a flight's oldest event to its acknowledgement by Redis")

enum state {
	AWAY,    /* no connection */
	LOADING, /* asked what Redis holds */
	WAITING, /* a flight was refused; the timer tries again */
	LOST,    /* somebody else has the shard; nothing is sent any more */
	IDLE,    /* the watch stands */
	FLYING,
	LANDING, /* the flight has landed, the watch behind it does not stand yet */
};

/* The last flight of a plan. */
static const char retire[] = "local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1) "
			     "redis.call('HSET', KEYS[1], 'retired', last[1][1])";

/* Who serves a shard that was retired once, with a plan of former times, begins a new session.
 *
 * A fence is the time it was taken at by Redis' clock, in microseconds, so that one given before
 * Redis lost its tail is not given a second time. */
static const char take_fence[] =
	"if ARGV[1] == '1' and redis.call('HDEL', KEYS[1], 'retired') == 1 then "
	"  redis.call('HDEL', KEYS[1], 'session_id', 'resume_url', 'seq', 'parts') "
	"end "
	"local t = redis.call('TIME') "
	"local fence = t[1] * 1000000 + t[2] "
	"local last = tonumber(redis.call('HGET', KEYS[1], 'fence') or 0) "
	"fence = string.format('%.0f', math.max(fence, last + 1)) "
	"redis.call('HSET', KEYS[1], 'fence', fence) "
	"return fence";

struct publisher {
	struct ra_redis *redis; /* owned */
	int64_t max_entries;
	struct publisher_ops ops;
	const struct ra_log *log; /* borrowed */
	void *ctx;                /* borrowed */
	char stream[40], key[40]; /* events:{N.I}, session:{N.I} */
	char interactions[RA_INTERACTION_KEY_MAX];

	enum state state;
	uint64_t fence;   /* ours; 0 not taken yet */
	bool is_loaded;   /* once */
	bool has_flight;  /* `flying` is not acknowledged yet */
	bool has_crashed; /* parts of it were refused: fly again whatever Redis holds */
	bool is_touched;  /* store the session even without events */
	bool is_full;
	bool is_stopping;
	bool is_retiring; /* the next flight is the last */
	bool flies_last;  /* the one in the air is */
	bool is_retired;
	struct batch filling, flying;
	uint64_t sent_ns;       /* when it took off; uv_hrtime */
	uint64_t publish_ms;    /* how long the last one took */
	uint64_t events;        /* acknowledged */
	struct session head;    /* after everything appended */
	struct session stored;  /* as Redis holds it, for all we know */
	struct batch_mark mark; /* of the dispatch being appended */
	uint64_t parts_at_begin;
	struct ra_buf out; /* owned; a command being written */
	struct ra_backoff backoff;
	char trouble[160]; /* why flights do not land; "" */

	uv_prepare_t prepare; /* sends what one turn of the loop brought */
	uv_timer_t timer;     /* the answer's watchdog, or the wait before flying again */
	struct trim trim;     /* between flights, on the same connection */
	int pending;          /* handles and the connection, while closing */
	void (*closed)(void *ctx);
	void *closed_ctx;
};

static void load(struct publisher *p);
static void on_watched(void *ctx, const redisReply *reply);
static void finish_if_done(struct publisher *p);
static void shut(struct publisher *p);

static struct ra_str stream_of(const struct publisher *p)
{
	return ra_str_of(p->stream);
}

/* Flying. */

/* Returns how many of the commands are events. */
static uint64_t count_landed(const struct batch *batch)
{
	uint32_t by_type[RA_EVENT_TYPES] = { 0 };
	uint64_t count = 0;
	for (size_t i = 0; i < batch->count; i++)
		by_type[batch->commands[i].type]++;
	for (unsigned type = RA_EVENT_UNKNOWN + 1; type < RA_EVENT_TYPES; type++) {
		if (by_type[type] > 0)
			ra_count_by(&events_published, ra_event_name((enum ra_event_type)type),
				    by_type[type]);
		count += by_type[type];
	}
	ra_count(&flights, 1);
	if (batch->count > 0)
		ra_observe(&publish_seconds, (double)(uv_hrtime() - batch->oldest_ns) / 1e9);
	return count;
}

static void on_landed(struct publisher *p)
{
	p->events += count_landed(&p->flying);
	p->publish_ms = (uv_hrtime() - p->sent_ns) / 1000000;
	p->stored = p->flying.end;
	p->has_flight = false;
	p->has_crashed = false;
	p->is_retired = p->is_retired || p->flies_last;
	p->trouble[0] = '\0';
	ra_backoff_reset(&p->backoff);
	batch_clear(&p->flying);
	p->ops.on_landed(p->ctx);
}

static void on_wait_over(uv_timer_t *timer)
{
	struct publisher *p = ra_container_of(timer, struct publisher, timer);
	load(p);
}

/* Redis is there but does not take it: full, read-only, or its disk is. */
static void on_refused(struct publisher *p, const char *why)
{
	uint64_t wait_ms = ra_backoff_next_ms(&p->backoff);
	ra_count(&flights_failed, 1);
	snprintf(p->trouble, sizeof(p->trouble), "%s", why);
	ra_error(p->log, "redis refuses events", ra_f_text("why", why),
		 ra_f_u64("retry_ms", wait_ms));
	p->state = WAITING;
	uv_timer_start(&p->timer, on_wait_over, wait_ms, 0);
	if (p->is_stopping)
		shut(p);
}

/* EXEC runs what it can: one command may fail among others that did not. */
static const char *error_of(const redisReply *exec, bool *is_partial)
{
	*is_partial = exec->type == REDIS_REPLY_ARRAY;
	if (exec->type == REDIS_REPLY_ERROR)
		return exec->str;
	for (size_t i = 0; *is_partial && i < exec->elements; i++)
		if (exec->element[i]->type == REDIS_REPLY_ERROR)
			return exec->element[i]->str;
	return NULL;
}

static void on_exec(void *ctx, const redisReply *reply)
{
	struct publisher *p = ctx;
	if (!reply) /* on_down follows */
		return;
	bool is_partial;
	const char *error = error_of(reply, &is_partial);
	if (error) {
		p->has_crashed = is_partial;
		on_refused(p, error);
	} else if (reply->type == REDIS_REPLY_NIL) { /* the watched session changed */
		load(p);
	} else {
		on_landed(p);
		p->state = LANDING;
	}
}

static void on_late(uv_timer_t *timer)
{
	struct publisher *p = ra_container_of(timer, struct publisher, timer);
	ra_redis_reset(p->redis, "no answer for 30 s");
}

static int send_session(struct publisher *p, const struct session *s)
{
	ra_buf_clear(&p->out);
	char guilds[64];
	snprintf(guilds, sizeof(guilds), "%" PRId64 " %" PRId64 " %" PRId64, s->guilds.present,
		 s->guilds.pending, s->guilds.away);
	char intents[48];
	snprintf(intents, sizeof(intents), "%" PRId64 " %" PRId64, s->intents, s->withheld);
	ra_resp_command(&p->out, 18);
	ra_resp_word(&p->out, RA_STR("HSET"));
	ra_resp_word(&p->out, ra_str_of(p->key));
	ra_resp_word(&p->out, RA_STR("session_id"));
	ra_resp_word(&p->out, ra_str_of(s->id));
	ra_resp_word(&p->out, RA_STR("seq"));
	ra_resp_u64(&p->out, s->seq);
	ra_resp_word(&p->out, RA_STR("parts"));
	ra_resp_u64(&p->out, s->parts);
	ra_resp_word(&p->out, RA_STR("resume_url"));
	ra_resp_word(&p->out, ra_str_of(s->resume_url));
	ra_resp_word(&p->out, RA_STR("alive_at"));
	ra_resp_i64(&p->out, s->alive_at);
	ra_resp_word(&p->out, RA_STR("began_at"));
	ra_resp_i64(&p->out, s->began_at);
	ra_resp_word(&p->out, RA_STR("guilds"));
	ra_resp_word(&p->out, ra_str_of(guilds));
	ra_resp_word(&p->out, RA_STR("intents"));
	ra_resp_word(&p->out, ra_str_of(intents));
	return ra_redis_send_resp(p->redis, NULL, NULL, ra_buf_str(&p->out));
}

static void fly(struct publisher *p)
{
	p->state = AWAY; /* should the connection turn out to be going; on_down follows */
	int rc = ra_redis_send_resp(p->redis, NULL, NULL, RA_STR("*1\r\n$5\r\nMULTI\r\n"));
	for (size_t i = 0; rc == 0 && i < p->flying.count; i++)
		rc = ra_redis_send_resp(p->redis, NULL, NULL, batch_command(&p->flying, i));
	if (rc == 0)
		rc = send_session(p, &p->flying.end);
	if (rc == 0 && p->flies_last)
		rc = ra_redis_sendf(p->redis, NULL, NULL, "EVAL %s 2 %s %s", retire, p->key,
				    p->stream);
	if (rc == 0)
		rc = ra_redis_send_resp(p->redis, on_exec, p, RA_STR("*1\r\n$4\r\nEXEC\r\n"));
	if (rc == 0)
		rc = ra_redis_sendf(p->redis, NULL, NULL, "WATCH %s", p->key);
	if (rc == 0)
		rc = ra_redis_sendf(p->redis, on_watched, p, "HGET %s fence", p->key);
	if (rc < 0)
		return;
	p->state = FLYING;
	p->sent_ns = uv_hrtime();
	uv_timer_start(&p->timer, on_late, ANSWER_MS, 0);
}

static void set_full(struct publisher *p, bool is_full)
{
	if (p->is_full == is_full)
		return;
	p->is_full = is_full;
	ra_gauge_set(&paused, paused.value + (is_full ? 1 : -1));
	p->ops.on_pressure(p->ctx, is_full);
}

static void take_off(struct publisher *p)
{
	assert(!p->has_flight);
	struct batch empty = p->flying;
	p->flying = p->filling;
	p->filling = empty;
	p->flying.end = p->head;
	p->has_flight = true;
	p->flies_last = p->is_retiring;
	p->is_touched = false;
	fly(p);
	set_full(p, false);
}

static uint64_t number_of(const redisReply *reply)
{
	uint64_t number = 0;
	return ra_str_to_u64(ra_reply_str(reply), &number) == 0 ? number : 0;
}

/* Found somebody else's fence, or none: Redis knows of no right of ours to publish. */
static void lose(struct publisher *p, uint64_t fence)
{
	ra_warn(p->log, "shard taken by somebody else", ra_f_u64("our_fence", p->fence),
		ra_f_u64("fence", fence));
	ra_count(&fenced_off, 1);
	uv_timer_stop(&p->timer);
	p->state = LOST;
	p->has_flight = false;
	batch_clear(&p->flying);
	batch_clear(&p->filling);
	set_full(p, false);
	if (p->is_stopping)
		shut(p);
	else
		p->ops.on_lost(p->ctx);
}

/* The look behind a flight. */
static void on_watched(void *ctx, const redisReply *reply)
{
	struct publisher *p = ctx;
	if (!reply || p->state != LANDING)
		return; /* on_down follows, or the flight came to nothing and we look anyway */
	uv_timer_stop(&p->timer);
	uint64_t fence = number_of(reply);
	if (fence != p->fence) {
		lose(p, fence);
		return;
	}
	p->state = IDLE;
	finish_if_done(p);
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct publisher *p = ra_container_of(prepare, struct publisher, prepare);
	if (p->state == IDLE && (p->filling.count > 0 || p->is_touched))
		take_off(p);
}

/* What Redis holds. */

static void copy_text(char *to, size_t size, const redisReply *reply)
{
	struct ra_str text = ra_reply_str(reply);
	snprintf(to, size, "%.*s", (int)text.len, text.ptr);
}

static void read_session(struct session *s, const redisReply *reply)
{
	*s = (struct session){ 0 };
	copy_text(s->id, sizeof(s->id), reply->element[0]);
	copy_text(s->resume_url, sizeof(s->resume_url), reply->element[1]);
	s->seq = number_of(reply->element[2]);
	s->parts = number_of(reply->element[3]);
	s->alive_at = (int64_t)number_of(reply->element[4]);
	s->began_at = (int64_t)number_of(reply->element[6]);
	if (reply->element[7]->type == REDIS_REPLY_STRING)
		(void)sscanf(reply->element[7]->str, "%" SCNd64 " %" SCNd64 " %" SCNd64,
			     &s->guilds.present, &s->guilds.pending, &s->guilds.away);
	if (reply->element[8]->type == REDIS_REPLY_STRING)
		(void)sscanf(reply->element[8]->str, "%" SCNd64 " %" SCNd64, &s->intents,
			     &s->withheld);
}

static void rewind_to(struct publisher *p, const struct session *held)
{
	ra_count(&rewinds, 1);
	ra_warn(p->log, "redis knows less than was sent", ra_f_u64("sent_seq", p->stored.seq),
		ra_f_u64("held_seq", held->seq),
		ra_f_bool("same_session", strcmp(p->stored.id, held->id) == 0));
	p->has_flight = false;
	p->flies_last = false;
	p->has_crashed = false;
	p->is_touched = false;
	batch_clear(&p->flying);
	batch_clear(&p->filling);
	p->head = p->stored = *held;
	p->state = IDLE;
	set_full(p, false);
	p->ops.on_rewound(p->ctx);
}

static void on_loaded(void *ctx, const redisReply *reply)
{
	struct publisher *p = ctx;
	if (!reply) /* on_down follows */
		return;
	uv_timer_stop(&p->timer);
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 10) {
		on_refused(p, reply->type == REDIS_REPLY_ERROR ? reply->str
							       : "not an answer to HMGET");
		return;
	}
	if (p->fence == 0) { /* on_taken said why */
		char why[sizeof(p->trouble)];
		memcpy(why, p->trouble, sizeof(why));
		on_refused(p, why);
		return;
	}
	uint64_t fence = number_of(reply->element[5]);
	if (fence != p->fence) {
		lose(p, fence);
		return;
	}
	struct session held;
	read_session(&held, reply);
	p->state = IDLE;
	if (!p->is_loaded) {
		p->is_loaded = true;
		p->is_retired = reply->element[9]->type == REDIS_REPLY_STRING;
		p->head = p->stored = held;
		p->ops.on_loaded(p->ctx);
	} else if (!p->has_crashed && p->has_flight && session_is_at(&held, &p->flying.end)) {
		on_landed(p);
	} else if (!p->has_crashed && !session_is_at(&held, &p->stored)) {
		rewind_to(p, &held);
	} else if (p->has_flight) {
		fly(p);
	}
	finish_if_done(p);
}

static void on_taken(void *ctx, const redisReply *reply)
{
	struct publisher *p = ctx;
	if (!reply) /* on_down follows */
		return;
	p->fence = number_of(reply);
	if (p->fence == 0)
		snprintf(p->trouble, sizeof(p->trouble), "%s",
			 reply->type == REDIS_REPLY_ERROR ? reply->str : "not an answer to EVAL");
}

static void load(struct publisher *p)
{
	p->state = LOADING;
	uv_timer_start(&p->timer, on_late, ANSWER_MS, 0);
	int rc = 0;
	if (p->fence == 0)
		rc = ra_redis_sendf(p->redis, on_taken, p, "EVAL %s 1 %s %d", take_fence, p->key,
				    !p->is_retiring);
	if (rc == 0)
		rc = ra_redis_sendf(p->redis, NULL, NULL, "WATCH %s", p->key);
	if (rc == 0)
		rc = ra_redis_sendf(p->redis, on_loaded, p,
				    "HMGET %s session_id resume_url seq parts alive_at fence "
				    "began_at guilds intents retired",
				    p->key);
	(void)rc; /* refused: the connection is going, on_down follows */
}

static void on_up(void *ctx)
{
	struct publisher *p = ctx;
	if (p->state != LOST)
		load(p);
}

static void on_down(void *ctx, const char *why)
{
	struct publisher *p = ctx;
	(void)why;
	if (p->state == FLYING)
		ra_count(&flights_failed, 1);
	uv_timer_stop(&p->timer);
	if (p->state == LOST)
		return;
	p->state = AWAY;
	if (p->is_stopping)
		shut(p);
}

/* Appending. */

void publisher_retire(struct publisher *p)
{
	p->is_retiring = true;
	p->is_touched = p->is_loaded;
}

bool publisher_is_retired(const struct publisher *p)
{
	return p->is_retired;
}

const struct session *publisher_session(const struct publisher *p)
{
	return &p->head;
}

bool publisher_is_loaded(const struct publisher *p)
{
	return p->is_loaded;
}

const char *publisher_trouble(const struct publisher *p)
{
	return ra_redis_is_up(p->redis) ? p->trouble : ra_redis_trouble(p->redis);
}

struct ra_redis *publisher_redis(const struct publisher *p)
{
	return p->redis;
}

void publisher_hold_stream(struct publisher *p, bool is_held)
{
	p->trim.is_held = is_held;
}

uint64_t publisher_stream_entries(const struct publisher *p)
{
	return p->trim.entries;
}

void publisher_begin(struct publisher *p, uint64_t seq)
{
	if (seq != p->head.seq) {
		p->head.seq = seq;
		p->head.parts = 0;
	}
	p->mark = batch_mark(&p->filling);
	p->parts_at_begin = p->head.parts;
}

void publisher_enter_session(struct publisher *p, struct ra_str id, struct ra_str resume_url)
{
	snprintf(p->head.id, sizeof(p->head.id), "%.*s", (int)id.len, id.ptr);
	snprintf(p->head.resume_url, sizeof(p->head.resume_url), "%.*s", (int)resume_url.len,
		 resume_url.ptr);
	p->head.parts = 0;
	p->head.began_at = ra_wall_ms();
	p->parts_at_begin = 0;
}

void publisher_note_intents(struct publisher *p, int64_t intents, int64_t withheld)
{
	p->head.intents = intents;
	p->head.withheld = withheld;
}

void publisher_add(struct publisher *p, struct ra_event *event)
{
	event->session = ra_str_of(p->head.id);
	event->seq = p->head.seq;
	event->part = p->head.parts++;
	if (p->filling.count == 0)
		p->filling.oldest_ns = uv_hrtime();
	batch_add(&p->filling, stream_of(p), p->filling.count == 0 ? p->max_entries : 0, event);
}

void publisher_add_interaction(struct publisher *p, const struct ra_interaction *interaction)
{
	if (p->filling.count == 0)
		p->filling.oldest_ns = uv_hrtime();
	batch_add_interaction(&p->filling, p->interactions, interaction);
}

void publisher_end(struct publisher *p, bool keep)
{
	if (!keep) {
		batch_rewind(&p->filling, p->mark);
		p->head.parts = p->parts_at_begin;
	}
	if (p->filling.bytes.len > HIGH_WATER)
		set_full(p, true);
}

void publisher_forget_session(struct publisher *p)
{
	p->head.id[0] = '\0';
	p->head.resume_url[0] = '\0';
	p->head.began_at = 0;
	p->head.guilds = (struct roll_count){ 0 };
	p->head.seq = 0;
	p->head.parts = 0;
}

void publisher_note_guilds(struct publisher *p, struct roll_count guilds)
{
	p->head.guilds = guilds;
}

struct publisher_figures publisher_figures(const struct publisher *p)
{
	return (struct publisher_figures){
		.fence = p->fence,
		.events = p->events,
		.publish_ms = p->publish_ms,
		.buffered_bytes = p->filling.bytes.len + p->flying.bytes.len,
	};
}

void publisher_alive(struct publisher *p, int64_t at)
{
	p->head.alive_at = at;
}

void publisher_touch(struct publisher *p)
{
	p->is_touched = true;
}

/* Life. */

struct publisher *publisher_start(uv_loop_t *loop, const struct publisher_options *options,
				  const struct publisher_ops *ops, const struct ra_log *log,
				  void *ctx, struct ra_err *err)
{
	struct publisher *p = ra_new(struct publisher);
	*p = (struct publisher){
		.max_entries = options->max_entries,
		.ops = *ops,
		.log = log,
		.ctx = ctx,
		.state = AWAY,
		.backoff = { .min_ms = 200, .max_ms = 15000 },
	};
	snprintf(p->stream, sizeof(p->stream), "events:{%u.%u}", options->shards, options->shard);
	ra_interaction_key(p->interactions, options->shards, options->shard);
	snprintf(p->key, sizeof(p->key), "session:{%u.%u}", options->shards, options->shard);
	const struct ra_redis_ops redis_ops = { .on_up = on_up, .on_down = on_down };
	p->redis = ra_redis_open(loop, options->redis_url, p->key, log, &redis_ops, p, err);
	if (!p->redis) {
		ra_free(p);
		return NULL;
	}
	uv_timer_init(loop, &p->timer);
	uv_prepare_init(loop, &p->prepare);
	uv_prepare_start(&p->prepare, on_prepare);
	trim_start(&p->trim, loop, p->redis, options->shard, options->shards, TRIM_EVERY_MS, log);
	return p;
}

static void unref(struct publisher *p)
{
	if (--p->pending > 0)
		return;
	p->closed(p->closed_ctx);
	batch_fini(&p->filling);
	batch_fini(&p->flying);
	ra_buf_fini(&p->out);
	ra_free(p);
}

static void on_redis_closed(void *ctx)
{
	unref(ctx);
}

static void on_prepare_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_prepare_t *)handle, struct publisher, prepare));
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct publisher, timer));
}

static void on_trim_stopped(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct publisher, trim.timer));
}

/* What has not landed by now will be replayed to the next process. */
static void shut(struct publisher *p)
{
	if (p->pending > 0)
		return;
	p->pending = 4;
	trim_stop(&p->trim, on_trim_stopped);
	ra_gauge_set(&paused, paused.value - (p->is_full ? 1 : 0));
	ra_redis_close(p->redis, on_redis_closed, p);
	uv_close((uv_handle_t *)&p->prepare, on_prepare_closed);
	uv_close((uv_handle_t *)&p->timer, on_timer_closed);
}

static void finish_if_done(struct publisher *p)
{
	bool is_drained =
		p->state == IDLE && !p->has_flight && p->filling.count == 0 && !p->is_touched;
	if (p->is_stopping && is_drained)
		shut(p);
}

void publisher_stop(struct publisher *p, void (*closed)(void *ctx), void *ctx)
{
	p->is_stopping = true;
	p->closed = closed;
	p->closed_ctx = ctx;
	if (p->state < IDLE)
		shut(p);
	else
		finish_if_done(p);
}
