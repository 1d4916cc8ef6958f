/* rest_shared: see the header. */
#include "libshared/discord/rest_shared.h"
#include "libshared/base/clock.h"
#include "libshared/discord/rest_route.h"
#include "libshared/discord/rest_scripts.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"
#include <stdio.h>
#include <utlist.h>

#define ASK_MS          1000
#define CLIENTS_UNKNOWN 4

RA_GAUGE(sharing, "rations_discord_limits_shared",
	 "1 while limits are shared with the other replicas through Redis");

struct rest_ask {
	struct rest_shared *shared; /* borrowed */
	struct rest_call *call;     /* borrowed; NULL: forgotten */
	uint64_t asked_ms;
	struct rest_ask *prev, *next;
};

struct rest_shared {
	struct ra_redis *redis; /* owned */
	char *base;             /* owned: "rest:{H}" */
	char client[33];        /* tells this one from the others */
	const struct rest_shared_ops *ops;
	void *ctx;             /* borrowed */
	struct rest_ask *asks; /* oldest first */
	unsigned asking;
	uv_timer_t timer; /* an answer of Redis is overdue */
	unsigned clients, refusals;
	uint64_t tickets; /* given out */
	bool is_up, was_away, is_closing;
	int pending;
	void (*closed)(void *ctx);
	void *closed_ctx;
};

static void on_routes(void *ctx, const redisReply *reply);

/* What the others have learned comes first. */
static void on_up(void *ctx)
{
	struct rest_shared *shared = ctx;
	if (ra_redis_sendf(shared->redis, on_routes, shared, "HGETALL %s:routes", shared->base) < 0)
		ra_redis_reset(shared->redis, "cannot ask for routes");
}

static void read_route(struct rest_shared *shared, const redisReply *name, const redisReply *value)
{
	char hash[64];
	unsigned long long limit;
	if (name->type == REDIS_REPLY_STRING && value->type == REDIS_REPLY_STRING &&
	    sscanf(value->str, "%63s %llu", hash, &limit) == 2 && limit > 0)
		shared->ops->on_route(shared->ctx, name->str, hash, limit);
}

static void on_routes(void *ctx, const redisReply *reply)
{
	struct rest_shared *shared = ctx;
	if (!reply || shared->is_closing)
		return;
	for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2)
		read_route(shared, reply->element[i], reply->element[i + 1]);
	shared->is_up = true;
	ra_gauge_set(&sharing, 1);
	shared->ops->on_change(shared->ctx);
}

static void on_down(void *ctx, const char *why)
{
	struct rest_shared *shared = ctx;
	(void)why;
	ra_gauge_set(&sharing, 0);
	shared->is_up = false;
	shared->was_away = true;
	if (!shared->is_closing)
		shared->ops->on_change(shared->ctx);
}

struct rest_shared *rest_shared_open(uv_loop_t *loop, const char *url, const char *token,
				     const struct ra_log *log, const struct rest_shared_ops *ops,
				     void *ctx, struct ra_err *err)
{
	static const struct ra_redis_ops redis_ops = { on_up, on_down };
	struct rest_shared *shared = ra_new(struct rest_shared);
	char hash[17];
	rest_hash(ra_str_of(token), hash);
	*shared = (struct rest_shared){
		.base = ra_format("rest:{%s}", hash),
		.ops = ops,
		.ctx = ctx,
		.pending = 2, /* redis, and the timer */
	};
	for (size_t i = 0; i + 8 <= 32; i += 8)
		snprintf(shared->client + i, 9, "%08x", (unsigned)ra_random(1ULL << 32));
	shared->redis = ra_redis_open(loop, url, shared->base, log, &redis_ops, shared, err);
	if (!shared->redis) {
		ra_free(shared->base);
		ra_free(shared);
		return NULL;
	}
	uv_timer_init(loop, &shared->timer);
	return shared;
}

bool rest_shared_is_up(const struct rest_shared *shared)
{
	return shared->is_up;
}

unsigned rest_shared_clients(const struct rest_shared *shared)
{
	return shared->clients ? shared->clients : CLIENTS_UNKNOWN;
}

unsigned rest_shared_refusals(const struct rest_shared *shared)
{
	return shared->refusals;
}

unsigned rest_shared_asking(const struct rest_shared *shared)
{
	return shared->asking;
}

/* ---- a script's words ---- */

static void add_words(struct ra_buf *out, const char *script, size_t keys, size_t args)
{
	ra_resp_command(out, 3 + keys + args);
	ra_resp_word(out, RA_STR("EVAL"));
	ra_resp_word(out, ra_str_of(script));
	ra_resp_u64(out, keys);
}

/* base, or base:kind:name. */
static void add_key(struct ra_buf *out, const struct rest_shared *shared, const char *kind,
		    const char *name)
{
	char *key = !kind  ? ra_strdup(shared->base)
		    : name ? ra_format("%s:%s:%s", shared->base, kind, name)
			   : ra_format("%s:%s", shared->base, kind);
	ra_resp_word(out, ra_str_of(key));
	ra_free(key);
}

/* A key that is not needed is the base, which is in the slot. */
static void add_bucket_key(struct ra_buf *out, const struct rest_shared *shared, const char *name)
{
	add_key(out, shared, name ? "bucket" : NULL, name);
}

/* This call, among those of everybody. */
static void add_ticket(struct ra_buf *out, const struct rest_shared *shared,
		       const struct rest_call *call)
{
	char *ticket = ra_format("%s/%llu", shared->client, (unsigned long long)call->ticket);
	ra_resp_word(out, ra_str_of(ticket));
	ra_free(ticket);
}

/* The bucket's name for all replicas; NULL while Discord has not told it. */
static const char *bucket_name(const struct rest_lane *lane)
{
	return *lane->route->hash && !lane->route->is_unlimited ? lane->bucket->key : NULL;
}

/* ---- taking ---- */

static void on_overdue(uv_timer_t *timer)
{
	struct rest_shared *shared = ra_container_of(timer, struct rest_shared, timer);
	if (shared->asks)
		ra_redis_reset(shared->redis, "no answer about the limits of Discord");
}

/* Watches the oldest question. */
static void watch(struct rest_shared *shared)
{
	if (shared->is_closing)
		return;
	if (!shared->asks) {
		uv_timer_stop(&shared->timer);
		return;
	}
	uint64_t age_ms = ra_monotonic_ms() - shared->asks->asked_ms;
	uv_timer_start(&shared->timer, on_overdue, age_ms < ASK_MS ? ASK_MS - age_ms : 0, 0);
}

static uint64_t number(const redisReply *reply, size_t i)
{
	return reply->element[i]->type == REDIS_REPLY_INTEGER && reply->element[i]->integer > 0
		       ? (uint64_t)reply->element[i]->integer
		       : 0;
}

static enum rest_leave read_leave(struct rest_shared *shared, const redisReply *reply,
				  uint64_t *wait_ms)
{
	*wait_ms = 0;
	if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 4)
		return REST_ALONE;
	shared->clients = (unsigned)number(reply, 2);
	shared->refusals = (unsigned)number(reply, 3);
	*wait_ms = number(reply, 1);
	return (enum rest_leave)number(reply, 0);
}

static void on_taken(void *ctx, const redisReply *reply)
{
	struct rest_ask *ask = ctx;
	struct rest_shared *shared = ask->shared;
	struct rest_call *call = ask->call;
	uint64_t wait_ms;
	enum rest_leave leave = read_leave(shared, reply, &wait_ms);
	if (call)
		rest_shared_forget(call);
	DL_DELETE(shared->asks, ask);
	shared->asking--;
	watch(shared);
	ra_free(ask);
	if (reply && reply->type == REDIS_REPLY_ERROR)
		ra_redis_reset(shared->redis, reply->str);
	else if (reply)
		shared->was_away = false;
	if (!call)
		return;
	if (leave != REST_GO) {
		ra_free(call->shared_bucket);
		call->shared_bucket = NULL;
	}
	if (!shared->is_closing)
		shared->ops->on_leave(shared->ctx, call, leave, wait_ms);
}

static void add_take(struct ra_buf *out, const struct rest_shared *shared,
		     const struct rest_call *call, double rate, unsigned most, unsigned slack)
{
	const struct rest_bucket *known = &call->lane->bucket->state;
	uint64_t now_ms = ra_monotonic_ms();
	char rate_text[32];
	snprintf(rate_text, sizeof(rate_text), "%.3f", rate);
	add_words(out, rest_take_script, 6, 10);
	add_key(out, shared, NULL, NULL);
	add_key(out, shared, "clients", NULL);
	add_key(out, shared, "refusals", NULL);
	add_key(out, shared, "window", NULL);
	add_key(out, shared, "lane", call->lane->key);
	add_bucket_key(out, shared, call->shared_bucket);
	ra_resp_u64(out, call->shared_bucket != NULL);
	ra_resp_word(out, ra_str_of(rate_text));
	ra_resp_u64(out, slack);
	ra_resp_word(out, ra_str_of(shared->client));
	ra_resp_u64(out, known->limit);
	ra_resp_u64(out, known->left);
	ra_resp_u64(out, known->reset_at_ms != REST_NEVER && known->reset_at_ms > now_ms
				 ? known->reset_at_ms - now_ms
				 : 0);
	ra_resp_u64(out, shared->was_away);
	ra_resp_u64(out, most);
	add_ticket(out, shared, call);
}

void rest_shared_take(struct rest_shared *shared, struct rest_call *call, double rate,
		      unsigned most, unsigned slack)
{
	struct rest_ask *ask = ra_new(struct rest_ask);
	struct ra_buf resp = { 0 };
	*ask = (struct rest_ask){ .shared = shared, .call = call, .asked_ms = ra_monotonic_ms() };
	call->ask = ask;
	call->lane->asking++;
	call->ticket = ++shared->tickets;
	call->shared_bucket = ra_strdup(bucket_name(call->lane));
	DL_APPEND(shared->asks, ask);
	shared->asking++;
	add_take(&resp, shared, call, rate, most, slack);
	if (ra_redis_send_resp(shared->redis, on_taken, ask, ra_buf_str(&resp)) < 0)
		on_taken(ask, NULL);
	else
		watch(shared);
	ra_buf_fini(&resp);
}

void rest_shared_forget(struct rest_call *call)
{
	if (!call->ask)
		return;
	call->lane->asking--;
	call->ask->call = NULL;
	call->ask = NULL;
}

/* ---- landing ---- */

static void publish_route(struct rest_shared *shared, struct rest_route *route)
{
	char *key = ra_format("%s:routes", shared->base);
	char *value = ra_format("%s %llu", route->hash, (unsigned long long)route->limit);
	const struct ra_str words[] = { RA_STR("HSET"), ra_str_of(key), ra_str_of(route->name),
					ra_str_of(value) };
	route->is_published = ra_redis_send(shared->redis, NULL, NULL, RA_COUNT(words), words) == 0;
	ra_free(value);
	ra_free(key);
}

void rest_shared_land(struct rest_shared *shared, struct rest_call *call, int status,
		      const struct rest_limits *limits)
{
	static const struct rest_limits nothing;
	const struct rest_limits *told = limits ? limits : &nothing;
	const char *name = told->has_bucket ? bucket_name(call->lane) : NULL;
	struct ra_buf resp = { 0 };
	if (name && !call->lane->route->is_published)
		publish_route(shared, call->lane->route);
	add_words(&resp, rest_land_script, 6, 12);
	add_key(&resp, shared, NULL, NULL);
	add_key(&resp, shared, "refusals", NULL);
	add_key(&resp, shared, "window", NULL);
	add_key(&resp, shared, "lane", call->lane->key);
	add_bucket_key(&resp, shared, call->shared_bucket);
	add_bucket_key(&resp, shared, name);
	const uint64_t args[] = {
		call->shared_bucket != NULL,
		name != NULL,
		told->limit,
		told->remaining,
		told->reset_ms,
		told->reset_after_ms,
		(uint64_t)told->limited,
		told->retry_after_ms,
		rest_is_refusal(status, told),
		REST_SAME_WINDOW_MS,
		REST_MARGIN_MS,
	};
	for (size_t i = 0; i < RA_COUNT(args); i++)
		ra_resp_u64(&resp, args[i]);
	add_ticket(&resp, shared, call);
	if (ra_redis_send_resp(shared->redis, NULL, NULL, ra_buf_str(&resp)) < 0)
		shared->was_away = true; /* what we know ourselves has to do */
	ra_buf_fini(&resp);
	ra_free(call->shared_bucket);
	call->shared_bucket = NULL;
}

/* ---- closing ---- */

static void unref(void *ctx)
{
	struct rest_shared *shared = ctx;
	if (--shared->pending > 0)
		return;
	if (shared->closed)
		shared->closed(shared->closed_ctx);
	ra_free(shared->base);
	ra_free(shared);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct rest_shared, timer));
}

void rest_shared_close(struct rest_shared *shared, void (*closed)(void *ctx), void *ctx)
{
	shared->is_closing = true;
	shared->closed = closed;
	shared->closed_ctx = ctx;
	ra_redis_close(shared->redis, unref, shared);
	uv_close((uv_handle_t *)&shared->timer, on_timer_closed);
}
