/*
 * redis: one connection that keeps itself up, on hiredis' async half.
 *
 *   WAITING --timer--> RESOLVING --> CONNECTING --> GREETING --> UP
 *      ^                                               |         |
 *      '----------------- on_gone <--- LOST <----------+---------'
 *
 * RESOLVING is skipped for a Unix socket. GREETING is AUTH, SELECT, CLUSTER
 * SLOTS and a question about our key, in one go: a server that is loading,
 * refuses us, or does not serve the key answers one of them with an error.
 * Any failure leads to on_gone and back to WAITING, with backoff, and to the
 * next of the nodes we know: those the cluster named last, then those of the
 * URL. Only a MOVED is followed at once, be it said in GREETING or in UP.
 * LOST is the moment in which what was in flight is answered with NULL. In
 * UP the timer looks whether what is in flight is answered at all: a server
 * that stopped keeps its connections, and a cluster has replaced it.
 *
 * Whatever the caller asks for (open, reset, close) happens from the timer,
 * so no callback of his runs inside his own call, and hiredis is never freed
 * inside one of its own callbacks. `pending` counts the timer, the poll
 * handle and a resolve in flight; at 0 after close the memory goes.
 *
 * hiredis 0.14 ships an adapter for libuv that swallows poll errors, so a
 * refused connection is never reported; the hooks here pass them on as
 * readiness and let hiredis read the socket's error itself
 * (https://github.com/redis/hiredis/issues/508).
 */
#include "libshared/redis/redis.h"
#include "libshared/base/fifo.h"
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/cluster.h"
#include "libshared/redis/url.h"
#include <assert.h>
#include <hiredis/async.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>

#define CONNECT_TIMEOUT_MS 5000
#define BACKOFF_MIN_MS     100
#define BACKOFF_MAX_MS     5000
#define SILENCE_MS         5000 /* at least, at most twice that */

RA_GAUGE(connections, "rations_redis_connections", "connections to Redis we want")
RA_GAUGE(connections_up, "rations_redis_connections_up", "connections to Redis we have")

enum state { WAITING, RESOLVING, CONNECTING, GREETING, UP, LOST, CLOSING };

struct waiter {
	ra_redis_reply_cb cb; /* may be NULL */
	void *ctx;
};

struct ra_redis {
	uv_loop_t *loop;          /* borrowed */
	const struct ra_log *log; /* borrowed */
	struct ra_redis_ops ops;
	void *ctx; /* borrowed; handed back to ops */
	struct redis_url url;
	char *key; /* owned; NULL: no key, so any node will do */

	struct redis_nodes nodes;   /* as the cluster named them last */
	size_t at;                  /* the one to try, counted through them and the URL's */
	struct redis_node here;     /* owned; tried or connected to */
	char where[160];            /* that, to be read by people */
	struct redis_node moved_to; /* owned; where a MOVED sends us next; no host: nowhere */
	bool is_following;          /* we are here because of one */

	enum state state;
	bool was_up; /* on_up was called, on_down not yet */
	char trouble[160];
	struct ra_backoff backoff;
	unsigned failures; /* since it was last up */

	bool was_waiting;  /* when the timer last looked, */
	bool has_answered; /* and since then */

	redisAsyncContext *ac;  /* owned by hiredis; NULL when there is none */
	struct ra_fifo waiters; /* of commands in flight, in order */

	int pending;
	uv_timer_t timer; /* the next try, a watchdog, or "cut it now" */
	uv_poll_t *poll;  /* owned; one a connection, for closing the last one takes its time */
	int events;
	uv_getaddrinfo_t resolve;

	ra_redis_closed_cb closed; /* may be NULL */
	void *closed_ctx;
};

static void begin(struct ra_redis *redis);
static void connect_to(struct ra_redis *redis, const char *address);
static void greet(struct ra_redis *redis);
static void on_timer(uv_timer_t *timer);

/* ---- Memory goes with the last handle. ---- */

static void unref(struct ra_redis *redis)
{
	if (--redis->pending > 0)
		return;
	ra_redis_closed_cb closed = redis->closed;
	void *closed_ctx = redis->closed_ctx;
	redis_url_fini(&redis->url);
	redis_nodes_fini(&redis->nodes);
	ra_free(redis->key);
	ra_free(redis->here.host);
	ra_free(redis->moved_to.host);
	ra_fifo_fini(&redis->waiters);
	ra_free(redis);
	ra_gauge_add(&connections, -1);
	if (closed)
		closed(closed_ctx);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of(handle, struct ra_redis, timer));
}

static void on_poll_closed(uv_handle_t *handle)
{
	struct ra_redis *redis = handle->data;
	ra_free((uv_poll_t *)handle);
	unref(redis);
}

/* ---- The end of a connection, whichever way it came. ---- */

static void set_trouble(struct ra_redis *redis, const char *why)
{
	snprintf(redis->trouble, sizeof(redis->trouble), "%s",
		 why && *why ? why : "connection closed");
}

static void log_down(const struct ra_redis *redis, bool was_up, uint64_t retry_ms)
{
	const struct ra_field where = ra_f_text("node", redis->where);
	const struct ra_field why = ra_f_text("why", redis->trouble);
	if (retry_ms == 0)
		ra_debug(redis->log, "redis is elsewhere", where, why);
	/* One line for an outage; the tries after the first are for debugging. */
	else if (was_up || redis->failures == 1)
		ra_warn(redis->log, "redis down", where, why,
			ra_f_text("hint", "Is it running, and is REDIS_URL right?"),
			ra_f_u64("retry_ms", retry_ms));
	else
		ra_debug(redis->log, "redis still down", where, why,
			 ra_f_u64("retry_ms", retry_ms));
}

/* Nothing of the connection is left: tell, and try again later; at once after a MOVED, but not
 * after one that a MOVED has led to, or two nodes at odds would keep us running. */
static void on_gone(struct ra_redis *redis)
{
	bool was_up = redis->was_up;
	uint64_t retry_ms = 0;
	redis->was_up = false;
	ra_gauge_add(&connections_up, was_up ? -1 : 0);
	if (redis->state == CLOSING)
		return;
	if (!redis->moved_to.host || redis->is_following) {
		redis->failures++;
		redis->at++;
		retry_ms = ra_backoff_next_ms(&redis->backoff);
	}
	redis->state = WAITING;
	uv_timer_start(&redis->timer, on_timer, retry_ms, 0);
	log_down(redis, was_up, retry_ms);
	if (was_up && redis->ops.on_down)
		redis->ops.on_down(redis->ctx, redis->trouble);
}

/* Frees the connection; hiredis answers what is in flight with NULL on the way. */
static void cut(struct ra_redis *redis)
{
	redisAsyncContext *ac = redis->ac;
	redis->ac = NULL;
	if (ac)
		redisAsyncFree(ac);
	on_gone(redis);
}

/* Gives the connection up, from the loop. */
static void lose(struct ra_redis *redis, const char *why)
{
	set_trouble(redis, why);
	redis->state = LOST;
	uv_timer_start(&redis->timer, on_timer, 0, 0);
}

static void give_up(struct ra_redis *redis, const char *why)
{
	set_trouble(redis, why);
	redis->state = LOST;
	cut(redis);
}

static void watch(struct ra_redis *redis)
{
	bool is_waiting = redis->waiters.count > 0;
	if (is_waiting && redis->was_waiting && !redis->has_answered) {
		give_up(redis, "the server does not answer");
		return;
	}
	redis->was_waiting = is_waiting;
	redis->has_answered = false;
	uv_timer_start(&redis->timer, on_timer, SILENCE_MS, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct ra_redis *redis = ra_container_of(timer, struct ra_redis, timer);

	switch (redis->state) {
	case WAITING: begin(redis); break;
	case CONNECTING: give_up(redis, "connecting timed out"); break;
	case GREETING: give_up(redis, "no answer to the greeting"); break;
	case LOST: cut(redis); break;
	case CLOSING:
		cut(redis);
		uv_cancel((uv_req_t *)&redis->resolve); /* harmless when none is in flight */
		uv_close((uv_handle_t *)timer, on_timer_closed);
		break;
	case UP: watch(redis); break;
	case RESOLVING: break; /* no timer runs */
	}
}

/* ---- hiredis' hooks: one poll handle, its wishes as events. ---- */

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct ra_redis *redis = poll->data;
	if (status < 0) {
		/* libuv has stopped watching; replies may still stand before the error, so go on */
		redis->events = 0;
		events = UV_READABLE | UV_WRITABLE;
	}
	if (redis->ac && (events & UV_READABLE))
		redisAsyncHandleRead(redis->ac);
	if (redis->ac && (events & UV_WRITABLE)) /* the read may have ended it */
		redisAsyncHandleWrite(redis->ac);
}

static void set_events(struct ra_redis *redis, int events)
{
	if (events == redis->events)
		return; /* hiredis asks again with every command */
	redis->events = events;
	if (events)
		uv_poll_start(redis->poll, events, on_poll);
	else
		uv_poll_stop(redis->poll);
}

static void add_read(void *data)
{
	struct ra_redis *redis = data;
	set_events(redis, redis->events | UV_READABLE);
}

static void del_read(void *data)
{
	struct ra_redis *redis = data;
	set_events(redis, redis->events & ~UV_READABLE);
}

static void add_write(void *data)
{
	struct ra_redis *redis = data;
	set_events(redis, redis->events | UV_WRITABLE);
}

static void del_write(void *data)
{
	struct ra_redis *redis = data;
	set_events(redis, redis->events & ~UV_WRITABLE);
}

static void clean_up(void *data)
{
	struct ra_redis *redis = data;
	uv_close((uv_handle_t *)redis->poll, on_poll_closed);
	redis->poll = NULL;
}

static void attach(struct ra_redis *redis, redisAsyncContext *ac, uv_poll_t *poll)
{
	redis->ac = ac;
	redis->poll = poll;
	poll->data = redis;
	redis->events = 0;
	redis->pending++;
	ac->data = redis;
	ac->ev.data = redis;
	ac->ev.addRead = add_read;
	ac->ev.delRead = del_read;
	ac->ev.addWrite = add_write;
	ac->ev.delWrite = del_write;
	ac->ev.cleanup = clean_up;
}

/* ---- Connecting. ---- */

static size_t known_nodes(const struct ra_redis *redis)
{
	return redis->nodes.count + redis->url.seed_count;
}

/* Where we were sent, or the next of those we know. */
static void pick_node(struct ra_redis *redis)
{
	size_t at = redis->at % known_nodes(redis), named = redis->nodes.count;
	const struct redis_node *node =
		at < named ? &redis->nodes.list[at] : &redis->url.seeds[at - named];
	redis->is_following = redis->moved_to.host != NULL;
	struct redis_node next = redis->is_following
					 ? redis->moved_to
					 : (struct redis_node){ ra_strdup(node->host), node->port };
	redis->moved_to = (struct redis_node){ 0 };
	ra_free(redis->here.host);
	redis->here = next;
	if (next.port == 0)
		snprintf(redis->where, sizeof(redis->where), "%s", next.host);
	else
		snprintf(redis->where, sizeof(redis->where), "%s:%d", next.host, next.port);
}

/* Past the end it begins again. */
static const struct addrinfo *nth_address(const struct addrinfo *list, unsigned n)
{
	const struct addrinfo *at = list;
	for (; n > 0; n--)
		at = at->ai_next ? at->ai_next : list;
	return at;
}

static void on_resolved(uv_getaddrinfo_t *resolve, int status, struct addrinfo *list)
{
	struct ra_redis *redis = ra_container_of(resolve, struct ra_redis, resolve);
	if (redis->state == CLOSING) {
		uv_freeaddrinfo(list);
		unref(redis);
		return;
	}
	redis->pending--;
	if (status < 0) {
		set_trouble(redis, uv_strerror(status));
		on_gone(redis);
		return;
	}
	/* the next address with every try, so that one dead address is not the end */
	const struct addrinfo *pick =
		nth_address(list, redis->failures / (unsigned)known_nodes(redis));
	char address[NI_MAXHOST];
	int rc = getnameinfo(pick->ai_addr, pick->ai_addrlen, address, sizeof(address), NULL, 0,
			     NI_NUMERICHOST);
	uv_freeaddrinfo(list);
	connect_to(redis, rc == 0 ? address : redis->here.host);
}

static void begin(struct ra_redis *redis)
{
	pick_node(redis);
	if (redis->here.port == 0) {
		connect_to(redis, NULL);
		return;
	}
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	redis->state = RESOLVING;
	redis->pending++;
	int rc = uv_getaddrinfo(redis->loop, &redis->resolve, on_resolved, redis->here.host, NULL,
				&hints);
	if (rc < 0) {
		redis->pending--;
		set_trouble(redis, uv_strerror(rc));
		on_gone(redis);
	}
}

static void on_connect(const redisAsyncContext *ac, int status)
{
	struct ra_redis *redis = ac->data;
	if (status == REDIS_OK) {
		greet(redis);
		return;
	}
	redis->ac = NULL; /* hiredis frees it, and calls on_disconnect not at all */
	set_trouble(redis, ac->c.errstr);
	on_gone(redis);
}

static void on_disconnect(const redisAsyncContext *ac, int status)
{
	(void)status;
	struct ra_redis *redis = ac->data;
	if (!redis->ac)
		return; /* cut() is at work */
	redis->ac = NULL;
	/* LOST with a reason: ours came first */
	if (redis->state != LOST || !*redis->trouble)
		set_trouble(redis, ac->c.errstr);
	on_gone(redis);
}

/* `address`: numeric; unused for a Unix socket. */
static void connect_to(struct ra_redis *redis, const char *address)
{
	redis->state = CONNECTING;
	redisAsyncContext *ac = address ? redisAsyncConnect(address, redis->here.port)
					: redisAsyncConnectUnix(redis->here.host);
	assert(ac); /* out of memory */
	const char *why = ac->err ? ac->errstr : NULL;
	uv_poll_t *poll = ra_new(uv_poll_t);
	int rc = why ? 0 : uv_poll_init(redis->loop, poll, ac->c.fd);
	if (why || rc < 0) {
		set_trouble(redis, why ? why : uv_strerror(rc));
		redisAsyncFree(ac);
		ra_free(poll);
		on_gone(redis);
		return;
	}
	attach(redis, ac, poll);
	if (address)
		redisEnableKeepAlive(&ac->c);
	redisAsyncSetConnectCallback(ac, on_connect);
	redisAsyncSetDisconnectCallback(ac, on_disconnect);
	uv_timer_start(&redis->timer, on_timer, CONNECT_TIMEOUT_MS, 0);
}

/* ---- Commands. ---- */

/* Gives the connection up, from the loop, and remembers where the error sends us. */
static void lose_by(struct ra_redis *redis, const redisReply *error)
{
	struct ra_str text = { error->str, error->len };
	if (redis->key && redis_moved_to(text, &redis->here, &redis->moved_to) < 0)
		redis->moved_to = (struct redis_node){ 0 };
	lose(redis, error->str);
}

/* After a slot has moved, or a failover. */
static bool is_elsewhere(const redisReply *reply)
{
	return reply && reply->type == REDIS_REPLY_ERROR &&
	       redis_is_elsewhere((struct ra_str){ reply->str, reply->len });
}

/* Every reply of every command comes through here, in the order they were sent. */
static void on_reply(redisAsyncContext *ac, void *raw, void *unused)
{
	(void)unused;
	struct ra_redis *redis = ac->data;
	const redisReply *reply = raw;
	struct waiter waiter;

	if (!reply && redis->state != CLOSING && redis->state != LOST) {
		redis->state = LOST; /* so that nobody sends from inside his callback */
		redis->trouble[0] = '\0';
	}
	if (redis->state == UP && is_elsewhere(reply))
		lose_by(redis, reply);
	if (redis->state == LOST || redis->state == CLOSING)
		reply = NULL;
	bool popped = ra_fifo_pop(&redis->waiters, &waiter);
	assert(popped);
	(void)popped;
	if (reply && redis->state == UP) { /* it serves us indeed */
		redis->has_answered = true;
		ra_backoff_reset(&redis->backoff);
		redis->failures = 0;
	}
	if (waiter.cb)
		waiter.cb(waiter.ctx, reply);
}

static int sent(struct ra_redis *redis, int rc, ra_redis_reply_cb reply, void *ctx)
{
	if (rc != REDIS_OK)
		return RA_EDOWN;
	ra_fifo_push(&redis->waiters, &(struct waiter){ reply, ctx });
	return 0;
}

static int send_words(struct ra_redis *redis, ra_redis_reply_cb reply, void *ctx, size_t argc,
		      const struct ra_str *argv)
{
	struct ra_buf resp = { 0 };
	ra_resp_command(&resp, argc);
	for (size_t i = 0; i < argc; i++)
		ra_resp_word(&resp, argv[i]);
	int rc = redisAsyncFormattedCommand(redis->ac, on_reply, NULL, resp.ptr, resp.len);
	ra_buf_fini(&resp);
	return sent(redis, rc, reply, ctx);
}

int ra_redis_send(struct ra_redis *redis, ra_redis_reply_cb reply, void *ctx, size_t argc,
		  const struct ra_str *argv)
{
	return redis->state == UP ? send_words(redis, reply, ctx, argc, argv) : RA_EDOWN;
}

int ra_redis_sendf(struct ra_redis *redis, ra_redis_reply_cb reply, void *ctx, const char *fmt, ...)
{
	if (redis->state != UP)
		return RA_EDOWN;
	va_list args;
	va_start(args, fmt);
	int rc = redisvAsyncCommand(redis->ac, on_reply, NULL, fmt, args);
	va_end(args);
	return sent(redis, rc, reply, ctx);
}

int ra_redis_send_resp(struct ra_redis *redis, ra_redis_reply_cb reply, void *ctx,
		       struct ra_str resp)
{
	if (redis->state != UP)
		return RA_EDOWN;
	int rc = redisAsyncFormattedCommand(redis->ac, on_reply, NULL, resp.ptr, resp.len);
	return sent(redis, rc, reply, ctx);
}

/* ---- Greeting. ---- */

/* True when the server said what it says to those it serves. */
static bool is_welcome(struct ra_redis *redis, const redisReply *reply)
{
	if (!reply || redis->state != GREETING)
		return false;
	if (reply->type == REDIS_REPLY_STATUS || reply->type == REDIS_REPLY_INTEGER)
		return true;
	if (reply->type == REDIS_REPLY_ERROR)
		lose_by(redis, reply);
	else
		lose(redis, "the server does not speak RESP");
	return false;
}

static void on_login(void *ctx, const redisReply *reply)
{
	is_welcome(ctx, reply);
}

static void on_slots(void *ctx, const redisReply *reply)
{
	struct ra_redis *redis = ctx;
	if (reply && redis->state == GREETING)
		redis_nodes_learn(&redis->nodes, reply, &redis->here);
}

static void on_greeted(void *ctx, const redisReply *reply)
{
	struct ra_redis *redis = ctx;
	if (!is_welcome(redis, reply))
		return;
	redis->is_following = false;
	redis->was_waiting = false;
	redis->state = UP;
	watch(redis);
	redis->was_up = true;
	ra_gauge_add(&connections_up, 1);
	redis->trouble[0] = '\0';
	ra_info(redis->log, "redis up", ra_f_text("node", redis->where));
	if (redis->ops.on_up)
		redis->ops.on_up(redis->ctx);
}

static void greet(struct ra_redis *redis)
{
	const struct redis_url *url = &redis->url;
	char db[20];
	struct ra_str auth[3] = { RA_STR("AUTH") };
	size_t words = 1;
	struct ra_str select[] = { RA_STR("SELECT"), { db, ra_u64_digits((uint64_t)url->db, db) } };
	const struct ra_str slots[] = { RA_STR("CLUSTER"), RA_STR("SLOTS") };
	const struct ra_str exists[] = { RA_STR("EXISTS"), ra_str_of(redis->key) };
	int rc = 0;

	redis->state = GREETING;
	if (url->user)
		auth[words++] = ra_str_of(url->user);
	if (url->password)
		auth[words++] = ra_str_of(url->password);
	if (words > 1)
		rc |= send_words(redis, on_login, redis, words, auth);
	if (url->db > 0)
		rc |= send_words(redis, on_login, redis, 2, select);
	rc |= send_words(redis, on_slots, redis, 2, slots);
	rc |= redis->key ? send_words(redis, on_greeted, redis, 2, exists)
			 : send_words(redis, on_greeted, redis, 1, &RA_STR("PING"));
	if (rc < 0)
		lose(redis, "the connection closed at once");
}

/* ---- Life. ---- */

struct ra_redis *ra_redis_open(uv_loop_t *loop, const char *url, const char *key,
			       const struct ra_log *log, const struct ra_redis_ops *ops, void *ctx,
			       struct ra_err *err)
{
	struct redis_url parsed;
	if (redis_url_parse(&parsed, url, err) < 0)
		return NULL;
	struct ra_redis *redis = ra_new(struct ra_redis);
	*redis = (struct ra_redis){
		.loop = loop,
		.log = log,
		.ops = ops ? *ops : (struct ra_redis_ops){ 0 },
		.ctx = ctx,
		.url = parsed,
		.key = ra_strdup(key),
		.state = WAITING,
		.trouble = "connecting",
		.backoff = { .min_ms = BACKOFF_MIN_MS, .max_ms = BACKOFF_MAX_MS },
		.waiters = { .item_size = sizeof(struct waiter) },
		.pending = 1, /* the timer */
	};
	ra_gauge_add(&connections, 1);
	uv_timer_init(loop, &redis->timer);
	uv_timer_start(&redis->timer, on_timer, 0, 0);
	return redis;
}

int ra_redis_check_url(const char *url, struct ra_err *err)
{
	struct redis_url parsed;
	int rc = redis_url_parse(&parsed, url, err);
	if (rc == 0)
		redis_url_fini(&parsed);
	return rc;
}

void ra_redis_close(struct ra_redis *redis, ra_redis_closed_cb closed, void *ctx)
{
	assert(redis->state != CLOSING);
	redis->state = CLOSING;
	redis->closed = closed;
	redis->closed_ctx = ctx;
	uv_timer_start(&redis->timer, on_timer, 0, 0);
}

bool ra_redis_is_up(const struct ra_redis *redis)
{
	return redis->state == UP;
}

const char *ra_redis_trouble(const struct ra_redis *redis)
{
	return redis->trouble;
}

void ra_redis_reset(struct ra_redis *redis, const char *why)
{
	if (redis->state == UP)
		lose(redis, why);
}
