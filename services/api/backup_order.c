/* backup_order: see the header. */
#include "services/api/backup_order.h"
#include "libshared/base/trace.h"
#include "libshared/redis/redis.h"
#include <sodium.h>
#include <stdlib.h>

struct backup_orders {
	struct ra_redis *redis; /* owned */
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

struct order {
	struct visit *visit; /* borrowed */
	char id[RA_BACKUP_ID_CHARS + 1];
};

static void reply_away(struct visit *visit)
{
	ra_http_problem(visit->req, 503, "redis", "That could not be asked for",
			"Redis is away; try again in a moment.");
}

static void on_put(void *ctx, const redisReply *reply)
{
	struct order *order = ctx;
	if (!reply || reply->type == REDIS_REPLY_ERROR)
		reply_away(order->visit);
	else
		ra_http_reply_json(order->visit->req, 202,
				   json_pack("{s:s}", "command", order->id));
}

static int put(struct order *order, const struct ra_backup_command *command)
{
	struct ra_buf words = { 0 }, resp = { 0 };
	size_t count = ra_backup_command_encode(command, &words);
	ra_resp_command(&resp, 6 + count);
	ra_resp_word(&resp, RA_STR("XADD"));
	ra_resp_word(&resp, RA_STR(RA_BACKUP_STREAM));
	ra_resp_word(&resp, RA_STR("MAXLEN"));
	ra_resp_word(&resp, RA_STR("~"));
	ra_resp_u64(&resp, RA_BACKUP_KEPT);
	ra_resp_word(&resp, RA_STR("*"));
	ra_buf_add_str(&resp, ra_buf_str(&words));
	int rc = ra_redis_send_resp(order->visit->api->backup_orders->redis, on_put, order,
				    ra_buf_str(&resp));
	ra_buf_fini(&words);
	ra_buf_fini(&resp);
	return rc;
}

void backup_order(struct visit *visit, enum ra_backup_kind kind, const char *backup,
		  json_t *parameters)
{
	unsigned char bytes[RA_BACKUP_ID_CHARS / 2];
	struct order *order = ra_arena_new(visit->arena, struct order);
	char *text = parameters ? json_dumps(parameters, JSON_COMPACT) : NULL;
	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(order->id, sizeof(order->id), bytes, sizeof(bytes));
	order->visit = visit;
	const struct ra_backup_command command = {
		.id = ra_str_of(order->id),
		.kind = kind,
		.at = visit->now_ms,
		.actor = visit->access->user_id,
		.backup = ra_str_of(backup),
		.parameters = ra_str_of(text ? text : ""),
		.traceparent = ra_http_traceparent(visit->req),
	};
	ra_info(visit->api->log, "order given", ra_f_text("kind", ra_backup_kind_text(kind)),
		ra_f_trace(command.traceparent));
	if (put(order, &command) < 0)
		reply_away(visit);
	free(text);
	json_decref(parameters);
}

/* --- life --- */

struct backup_orders *backup_orders_start(struct api *api, struct ra_err *err)
{
	static const struct ra_redis_ops ops = { .on_up = NULL };
	struct backup_orders *orders = ra_new(struct backup_orders);
	orders->redis = ra_redis_open(api->loop, api->conf->redis_url, RA_BACKUP_STREAM, api->log,
				      &ops, orders, err);
	if (!orders->redis) {
		ra_free(orders);
		return NULL;
	}
	return orders;
}

static void on_closed(void *ctx)
{
	struct backup_orders *orders = ctx;
	orders->stopped(orders->stopped_ctx);
	ra_free(orders);
}

void backup_orders_stop(struct backup_orders *orders, void (*stopped)(void *ctx), void *ctx)
{
	orders->stopped = stopped;
	orders->stopped_ctx = ctx;
	ra_redis_close(orders->redis, on_closed, orders);
}
