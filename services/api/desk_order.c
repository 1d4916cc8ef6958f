/*
 * desk_order: see desk_order.h.
 *
 *	OPEN --heard, or 2 s have passed--> read the outcome --> ENDED: `done` was called
 *
 * An ended order stays until its timer is closed and what it asked is answered.
 */
#include "services/api/desk_order.h"
#include "libshared/base/trace.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"
#include <sodium.h>
#include <stdio.h>

#define WAIT_MS 2000

RA_COUNTER_BY(orders_ended, "rations_desk_orders_total", "outcome",
	      "commands to response-tracker, by what came of them")

/* $1 command */
const char sql_desk_outcome[] =
	"SELECT outcome FROM response.command WHERE command_id = $1 AND outcome <> ''";

struct order {
	struct desk_orders *orders; /* borrowed */
	char id[RA_COMMAND_ID_CHARS + 1];
	bool is_put, is_reading, is_late, is_ended;
	int pending; /* the timer, and questions in flight */
	uv_timer_t timer;
	desk_order_cb done;
	void *ctx; /* borrowed */
	struct order *next;
};

struct desk_orders {
	struct api *api;        /* borrowed */
	struct ra_redis *redis; /* owned */
	struct order *open;
	int pending; /* orders that stay; while stopping, the connection */
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

static void unref(void *ctx)
{
	struct desk_orders *orders = ctx;
	if (--orders->pending > 0 || !orders->stopped)
		return;
	orders->stopped(orders->stopped_ctx);
	ra_free(orders);
}

/* --- the end --- */

static void order_unref(struct order *order)
{
	struct desk_orders *orders = order->orders;
	if (--order->pending > 0)
		return;
	ra_free(order);
	unref(orders);
}

static void on_timer_closed(uv_handle_t *handle)
{
	order_unref(ra_container_of((uv_timer_t *)handle, struct order, timer));
}

static void end(struct order *order, int status, const char *outcome)
{
	struct order **at = &order->orders->open;
	while (*at != order)
		at = &(*at)->next;
	*at = order->next;
	order->is_ended = true;
	ra_count_by(&orders_ended,
		    status == 0             ? outcome
		    : status == RA_ETIMEOUT ? "late"
					    : "failed",
		    1);
	order->done(order->ctx, status, outcome);
	uv_close((uv_handle_t *)&order->timer, on_timer_closed);
}

static void end_late(struct order *order)
{
	end(order, order->is_put ? RA_ETIMEOUT : RA_EDOWN, NULL);
}

/* --- the outcome --- */

static void on_outcome(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct order *order = ctx;
	(void)err;
	order->is_reading = false;
	if (!order->is_ended && status == 0 && PQntuples(rows) == 1) {
		char outcome[32];
		struct ra_str text = ra_pg_get_str(rows, 0, 0);
		snprintf(outcome, sizeof(outcome), "%.*s", (int)text.len, text.ptr);
		end(order, 0, outcome);
	} else if (!order->is_ended && order->is_late) {
		end_late(order);
	}
	order_unref(order);
}

static void read_outcome(struct order *order)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	if (order->is_reading)
		return;
	ra_pg_text(&p, ra_str_of(order->id));
	order->is_reading =
		db_ask(order->orders->api->db, STMT_desk_outcome, &p, on_outcome, order) == 0;
	ra_arena_fini(&arena);
	if (order->is_reading)
		order->pending++;
	else if (order->is_late)
		end_late(order);
}

static void on_late(uv_timer_t *timer)
{
	struct order *order = ra_container_of(timer, struct order, timer);
	order->is_late = true;
	read_outcome(order);
}

void desk_orders_hear(struct desk_orders *orders, struct ra_str command_id)
{
	for (struct order *order = orders->open; order; order = order->next)
		if (ra_str_is(command_id, order->id)) {
			read_outcome(order);
			return;
		}
}

/* --- the order --- */

/* A lost connection leaves it open whether the order arrived: its outcome may still come. */
static void on_put(void *ctx, const redisReply *reply)
{
	struct order *order = ctx;
	order->is_put = reply && reply->type != REDIS_REPLY_ERROR;
	if (reply && !order->is_put) {
		ra_error(order->orders->api->log, "order refused by Redis",
			 ra_f_text("why", reply->str));
		if (!order->is_ended)
			end(order, RA_EDOWN, NULL);
	}
	order_unref(order);
}

static int put(struct order *order, const struct ra_command *command)
{
	struct ra_buf words = { 0 }, resp = { 0 };
	size_t count = ra_command_encode(command, &words);
	ra_resp_command(&resp, 6 + count);
	ra_resp_word(&resp, RA_STR("XADD"));
	ra_resp_word(&resp, RA_STR(RA_COMMANDS_STREAM));
	ra_resp_word(&resp, RA_STR("MAXLEN"));
	ra_resp_word(&resp, RA_STR("~"));
	ra_resp_u64(&resp, RA_COMMANDS_KEPT);
	ra_resp_word(&resp, RA_STR("*"));
	ra_buf_add_str(&resp, ra_buf_str(&words));
	int rc = ra_redis_send_resp(order->orders->redis, on_put, order, ra_buf_str(&resp));
	ra_buf_fini(&words);
	ra_buf_fini(&resp);
	return rc;
}

static void write_id(char out[RA_COMMAND_ID_CHARS + 1], struct ra_str given)
{
	unsigned char bytes[RA_COMMAND_ID_CHARS / 2];
	if (given.len == RA_COMMAND_ID_CHARS) {
		snprintf(out, RA_COMMAND_ID_CHARS + 1, "%.*s", (int)given.len, given.ptr);
		return;
	}
	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(out, RA_COMMAND_ID_CHARS + 1, bytes, sizeof(bytes));
}

int desk_order(struct desk_orders *orders, struct ra_command command, desk_order_cb done, void *ctx)
{
	struct order *order = ra_new(struct order);
	*order = (struct order){ .orders = orders, .pending = 2, .done = done, .ctx = ctx };
	write_id(order->id, command.id);
	command.id = ra_str_of(order->id);
	command.at = orders->api->now_ms();
	if (put(order, &command) < 0) {
		ra_free(order);
		return RA_EDOWN;
	}
	ra_info(orders->api->log, "order given",
		ra_f_text("kind", ra_command_kind_text(command.kind)),
		ra_f_u64("guild", command.guild), ra_f_trace(command.traceparent));
	orders->pending++;
	order->next = orders->open;
	orders->open = order;
	uv_timer_init(orders->api->loop, &order->timer);
	uv_timer_start(&order->timer, on_late, WAIT_MS, 0);
	return 0;
}

/* --- life --- */

struct desk_orders *desk_orders_start(struct api *api, struct ra_err *err)
{
	static const struct ra_redis_ops ops = { .on_up = NULL };
	struct desk_orders *orders = ra_new(struct desk_orders);
	orders->api = api;
	orders->redis = ra_redis_open(api->loop, api->conf->redis_url, RA_COMMANDS_STREAM, api->log,
				      &ops, orders, err);
	if (!orders->redis)
		ra_free(orders);
	return orders;
}

void desk_orders_stop(struct desk_orders *orders, void (*stopped)(void *ctx), void *ctx)
{
	orders->pending++;
	ra_redis_close(orders->redis, unref, orders);
	while (orders->open)
		end(orders->open, RA_ESTOPPED, NULL);
	orders->stopped = stopped;
	orders->stopped_ctx = ctx;
}
