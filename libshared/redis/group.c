/*
 * group: see group.h. A turn, and the next one behind it:
 *
 *	XACK, XDEL   what is done
 *	TIME         by which ages are judged
 *	XAUTOCLAIM   what another replica has had for too long
 *	XREADGROUP   what is new; waits for it for a moment
 *
 * The stream may be gone, and the group with it: NOGROUP makes it again.
 * Whoever gets there first does; it begins at 0, for what lies there has been
 * nobody's yet.
 */
#include "libshared/redis/group.h"
#include "libshared/base/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORDS_MAX = 64, RETRY_MS = 500, NAME_MAX_LEN = 64, ID_MAX = 48 };

struct ra_group {
	struct ra_group_conf conf;
	const struct ra_group_ops *ops; /* borrowed */
	void *ctx;                      /* borrowed */
	char stream[NAME_MAX_LEN], name[NAME_MAX_LEN];
	char consumer[128];     /* this process among the others */
	struct ra_redis *redis; /* owned */
	struct ra_buf out;      /* owned; a command being written */
	struct ra_buf done;     /* owned; entry ids, a NUL behind each */
	size_t done_count;
	int64_t ahead_ms; /* Redis's clock, of our monotonic one */
	bool is_turning, is_closing;
	uv_timer_t timer; /* after an error */
	int pending;      /* timer and connection, while closing */
	ra_redis_closed_cb closed;
	void *closed_ctx; /* borrowed */
};

static void turn(struct ra_group *g);

/* --- entries ---------------------------------------------------------------------- */

/* Entries are called by the millisecond they were added in: 1700000000000-0. */
static int64_t age_of(const struct ra_group *g, const char *id)
{
	return (int64_t)ra_monotonic_ms() + g->ahead_ms - (int64_t)strtoull(id, NULL, 10);
}

static void read_entry(struct ra_group *g, const redisReply *reply, bool is_claimed)
{
	struct ra_str words[WORDS_MAX];
	char id[ID_MAX];
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
		return; /* claimed, but deleted since */
	const redisReply *fields = reply->element[1];
	struct ra_str text = ra_reply_str(reply->element[0]);
	snprintf(id, sizeof(id), "%.*s", (int)text.len, text.ptr);
	struct ra_group_entry entry = { .id = id, .words = words, .is_claimed = is_claimed };
	if (fields->type == REDIS_REPLY_ARRAY && fields->elements <= WORDS_MAX)
		entry.count = fields->elements;
	for (size_t i = 0; i < entry.count; i++)
		words[i] = ra_reply_str(fields->element[i]);
	entry.age_ms = age_of(g, id);
	g->ops->on_entry(g->ctx, &entry);
}

static void read_entries(struct ra_group *g, const redisReply *entries, bool is_claimed)
{
	for (size_t i = 0; entries->type == REDIS_REPLY_ARRAY && i < entries->elements; i++)
		read_entry(g, entries->element[i], is_claimed);
}

/* --- a turn ------------------------------------------------------------------------ */

static void on_time(void *ctx, const redisReply *reply)
{
	struct ra_group *g = ctx;
	uint64_t seconds, micros;
	if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	    ra_str_to_u64(ra_reply_str(reply->element[0]), &seconds) == 0 &&
	    ra_str_to_u64(ra_reply_str(reply->element[1]), &micros) == 0)
		g->ahead_ms =
			(int64_t)(seconds * 1000 + micros / 1000) - (int64_t)ra_monotonic_ms();
}

/* [next, [entry ...], [deleted ...]] */
static void on_claimed(void *ctx, const redisReply *reply)
{
	struct ra_group *g = ctx;
	if (!g->is_closing && reply && reply->type == REDIS_REPLY_ARRAY && reply->elements >= 2)
		read_entries(g, reply->element[1], true);
}

static void on_retry(uv_timer_t *timer)
{
	turn(ra_container_of(timer, struct ra_group, timer));
}

static void on_made(void *ctx, const redisReply *reply)
{
	struct ra_group *g = ctx;
	if (!reply)
		return;        /* on_up begins anew */
	g->is_turning = false; /* BUSYGROUP: another replica was quicker */
	turn(g);
}

static void on_error(struct ra_group *g, const char *why)
{
	if (strncmp(why, "NOGROUP", 7) == 0 || strncmp(why, "UNBLOCKED", 9) == 0) {
		g->is_turning =
			ra_redis_sendf(g->redis, on_made, g, "XGROUP CREATE %s %s 0 MKSTREAM",
				       g->stream, g->name) == 0;
		return;
	}
	ra_warn(g->conf.log, "commands not read", ra_f_text("stream", g->stream),
		ra_f_text("why", why));
	uv_timer_start(&g->timer, on_retry, RETRY_MS, 0);
}

/* [[key, [entry ...]]], or nil when nothing came. */
static void on_read(void *ctx, const redisReply *reply)
{
	struct ra_group *g = ctx;
	if (!reply || g->is_closing)
		return; /* on_up begins anew */
	g->is_turning = false;
	if (reply->type == REDIS_REPLY_ERROR) {
		on_error(g, reply->str);
		return;
	}
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
	    reply->element[0]->type == REDIS_REPLY_ARRAY && reply->element[0]->elements == 2)
		read_entries(g, reply->element[0]->element[1], false);
	turn(g);
}

static int send_done(struct ra_group *g, const char *command, bool has_group)
{
	const char *at = g->done.ptr;
	ra_buf_clear(&g->out);
	ra_resp_command(&g->out, g->done_count + (has_group ? 3 : 2));
	ra_resp_word(&g->out, ra_str_of(command));
	ra_resp_word(&g->out, ra_str_of(g->stream));
	if (has_group)
		ra_resp_word(&g->out, ra_str_of(g->name));
	for (size_t i = 0; i < g->done_count; i++, at += strlen(at) + 1)
		ra_resp_word(&g->out, ra_str_of(at));
	return ra_redis_send_resp(g->redis, NULL, NULL, ra_buf_str(&g->out));
}

static int acknowledge(struct ra_group *g)
{
	if (g->done_count == 0)
		return 0;
	int rc = send_done(g, "XACK", true);
	if (rc == 0)
		rc = send_done(g, "XDEL", false);
	ra_buf_clear(&g->done);
	g->done_count = 0;
	return rc;
}

static void turn(struct ra_group *g)
{
	if (g->is_closing || g->is_turning || !ra_redis_is_up(g->redis) ||
	    (g->ops->may_read && !g->ops->may_read(g->ctx)))
		return; /* on_up, or who pokes, begins anew */
	int rc = acknowledge(g);
	if (rc == 0)
		rc = ra_redis_sendf(g->redis, on_time, g, "TIME");
	if (rc == 0)
		rc = ra_redis_sendf(g->redis, on_claimed, g, "XAUTOCLAIM %s %s %s %d 0-0 COUNT %d",
				    g->stream, g->name, g->consumer, g->conf.claim_ms,
				    g->conf.count);
	if (rc == 0)
		rc = ra_redis_sendf(g->redis, on_read, g,
				    "XREADGROUP GROUP %s %s COUNT %d BLOCK %d STREAMS %s >",
				    g->name, g->consumer, g->conf.count, g->conf.block_ms,
				    g->stream);
	g->is_turning = rc == 0;
}

void ra_group_done(struct ra_group *g, const char *id)
{
	ra_buf_add(&g->done, id, strlen(id) + 1);
	g->done_count++;
}

void ra_group_poke(struct ra_group *g)
{
	turn(g);
}

/* --- life ---------------------------------------------------------------------------- */

static void on_up(void *ctx)
{
	struct ra_group *g = ctx;
	g->is_turning = false;
	uv_timer_stop(&g->timer);
	turn(g);
}

struct ra_group *ra_group_open(const struct ra_group_conf *conf, const struct ra_group_ops *ops,
			       void *ctx, struct ra_err *err)
{
	static const struct ra_redis_ops redis_ops = { .on_up = on_up };
	static unsigned opened; /* one process may have several of a stream: in tests */
	struct ra_group *g = ra_new(struct ra_group);
	char host[65] = "";
	gethostname(host, sizeof(host) - 1);
	g->conf = *conf;
	g->ops = ops;
	g->ctx = ctx;
	snprintf(g->stream, sizeof(g->stream), "%s", conf->stream);
	snprintf(g->name, sizeof(g->name), "%s", conf->group);
	snprintf(g->consumer, sizeof(g->consumer), "%s-%d-%u", host, (int)getpid(), opened++);
	g->redis = ra_redis_open(conf->loop, conf->redis_url, g->stream, conf->log, &redis_ops, g,
				 err);
	if (!g->redis) {
		ra_free(g);
		return NULL;
	}
	uv_timer_init(conf->loop, &g->timer);
	return g;
}

static void unref(struct ra_group *g)
{
	if (--g->pending > 0)
		return;
	if (g->closed)
		g->closed(g->closed_ctx);
	ra_buf_fini(&g->out);
	ra_buf_fini(&g->done);
	ra_free(g);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct ra_group, timer));
}

static void on_redis_closed(void *ctx)
{
	unref(ctx);
}

void ra_group_close(struct ra_group *g, ra_redis_closed_cb closed, void *ctx)
{
	g->is_closing = true;
	g->closed = closed;
	g->closed_ctx = ctx;
	g->pending = 2;
	uv_close((uv_handle_t *)&g->timer, on_timer_closed);
	ra_redis_close(g->redis, on_redis_closed, g);
}

const char *ra_group_stream(const struct ra_group *g)
{
	return g->stream;
}

bool ra_group_is_ready(const struct ra_group *g, char why[128])
{
	if (ra_redis_is_up(g->redis))
		return true;
	snprintf(why, 128, "Redis: %s", ra_redis_trouble(g->redis));
	return false;
}
