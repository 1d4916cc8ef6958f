/*
 * redis: one connection on the loop that keeps itself up. It resolves and
 * connects without blocking, logs in (AUTH, SELECT), waits with backoff when
 * Redis is away, and gives every command exactly one reply callback.
 *
 * A lost connection answers everything in flight with NULL, calls on_down,
 * and tries again; on_up follows. Nothing is re-sent: only the caller knows
 * whether that is safe. Commands sent while down are refused (RA_EDOWN).
 *
 * In a Redis Cluster it goes to the node that serves its key, and a slot that
 * moves, or a replica that takes over, is a lost connection: what was said in
 * place of an answer (MOVED, ASK, TRYAGAIN, CLUSTERDOWN, READONLY, LOADING
 * ...) comes as NULL like all that was in flight behind it, never as an error
 * reply. So who is right about lost connections is right about clusters; and
 * whoever needs keys of several slots opens a connection for each.
 *
 * A connection inside a blocking command (XREAD BLOCK) answers nothing else
 * meanwhile: open one for that alone. Let it block for a few seconds at most:
 * a server that answers nothing for 5 s is taken for dead.
 *
 * Not for SUBSCRIBE or MONITOR, whose replies nobody asked for one by one.
 * The process must ignore SIGPIPE, as libshared/loop does.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include "libshared/base/log.h"
#include <hiredis/hiredis.h>
#include <uv.h>

struct ra_redis;

struct ra_redis_ops {
	void (*on_up)(void *ctx);                    /* may be NULL */
	void (*on_down)(void *ctx, const char *why); /* may be NULL; only after an on_up */
};

/* NULL when the connection went away before the answer. The reply is borrowed until you return. */
typedef void (*ra_redis_reply_cb)(void *ctx, const redisReply *reply);
typedef void (*ra_redis_closed_cb)(void *ctx);

/* `url`: redis://[user[:password]@]host[:port][,host[:port]...][/db] with any node(s) of a cluster,
 * or one server; rediss:// is refused; or unix:///path[?db=n].
 * `key`: one of those the commands will name; all of them must share its hash tag. NULL: no key.
 * Starts connecting at once. Everything but url and key is borrowed. NULL and *err when the url is
 * malformed. */
struct ra_redis *ra_redis_open(uv_loop_t *loop, const char *url, const char *key,
			       const struct ra_log *log, const struct ra_redis_ops *ops, void *ctx,
			       struct ra_err *err);
/* The same judgement without opening anything: for checks of the configuration. */
int ra_redis_check_url(const char *url, struct ra_err *err) RA_MUST_CHECK;
/* Cuts the connection: replies in flight come as NULL, on_down is not called; `closed` (may be
 * NULL) comes from the loop when the memory is gone. */
void ra_redis_close(struct ra_redis *redis, ra_redis_closed_cb closed, void *ctx);

bool ra_redis_is_up(const struct ra_redis *redis);
/* Why it is not up, for /readyz; "" when up. */
const char *ra_redis_trouble(const struct ra_redis *redis);

/* One command from its words. `reply` may be NULL. 0 or RA_EDOWN (then no callback). */
int ra_redis_send(struct ra_redis *redis, ra_redis_reply_cb reply, void *ctx, size_t argc,
		  const struct ra_str *argv) RA_MUST_CHECK;
/* One command as printf would: %s, %b (ptr, size_t), %llu ... as hiredis has them. */
int ra_redis_sendf(struct ra_redis *redis, ra_redis_reply_cb reply, void *ctx, const char *fmt,
		   ...) RA_MUST_CHECK;
/* One command already in RESP (see ra_resp_*): the fast path. */
int ra_redis_send_resp(struct ra_redis *redis, ra_redis_reply_cb reply, void *ctx,
		       struct ra_str resp) RA_MUST_CHECK;
/* Drops the connection and reconnects: for a reply that never came or made no sense. */
void ra_redis_reset(struct ra_redis *redis, const char *why);

/* RESP by hand: "*argc" then one bulk string a word. */
void ra_resp_command(struct ra_buf *out, size_t argc);
void ra_resp_word(struct ra_buf *out, struct ra_str word);
void ra_resp_u64(struct ra_buf *out, uint64_t value);
void ra_resp_i64(struct ra_buf *out, int64_t value);

static inline struct ra_str ra_reply_str(const redisReply *reply)
{
	return reply && (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS)
		       ? (struct ra_str){ reply->str, (size_t)reply->len }
		       : (struct ra_str){ "", 0 };
}
