/*
 * courier: see courier.h.
 *
 *	tick -> take due deliveries -> each: sign, send -> settle
 *	stop -> the timer and the client closed, what is in flight ended -> stopped()
 */
#include "services/api/courier.h"
#include "libshared/http/address.h"
#include "libshared/http/client.h"
#include "libshared/metrics/metrics.h"
#include "services/api/db.h"
#include <sodium.h>
#include <stdio.h>

#define OURS_MS     60000 /* longer than an attempt can take */
#define TIMEOUT_MS  10000
#define ANSWER_MAX  (64 * 1024)
#define TROUBLE_MAX 200

RA_COUNTER_BY(deliveries, "rations_api_webhook_attempts_total", "outcome",
	      "attempts to deliver to webhooks");

/* clang-format off */
/* $1 now, $2 until when the deliveries taken are ours. */
const char sql_deliveries_take[] =
	"WITH due AS ("
	" SELECT d.delivery_id FROM app.webhook_delivery d JOIN app.webhook w USING (webhook_id) "
	" WHERE d.due_at <= public.ms_to_ts($1) AND w.disabled_at IS NULL "
	" ORDER BY d.due_at LIMIT 20 FOR UPDATE OF d SKIP LOCKED"
	") "
	"UPDATE app.webhook_delivery d SET due_at = public.ms_to_ts($2), attempts = d.attempts + 1 "
	"FROM due, app.webhook w WHERE d.delivery_id = due.delivery_id AND w.webhook_id = d.webhook_id "
	"RETURNING d.delivery_id, d.event, d.body, d.attempts, w.url_sealed, w.secret_sealed";

/* $1 delivery, $2 the due time we set, $3 now, $4 HTTP status or null, $5 trouble (null: delivered),
 * $6 when to try again (null: not) */
const char sql_delivery_settle[] =
	"WITH settled AS ("
	" UPDATE app.webhook_delivery SET due_at = public.ms_to_ts($6), http_status = $4, "
	"  trouble = $5, delivered_at = CASE WHEN $5::text IS NULL THEN public.ms_to_ts($3) END "
	" WHERE delivery_id = $1 AND due_at = public.ms_to_ts($2) RETURNING webhook_id"
	") "
	"UPDATE app.webhook w SET "
	" failing_since = CASE WHEN $5 IS NOT NULL THEN coalesce(failing_since, public.ms_to_ts($3)) END, "
	" disabled_at = CASE WHEN $5 IS NOT NULL "
	"   AND failing_since < public.ms_to_ts($3) - interval '3 days' "
	"  THEN public.ms_to_ts($3) ELSE disabled_at END "
	"FROM settled WHERE w.webhook_id = settled.webhook_id";

/* $1 now. What response-tracker wrote for webhooks becomes deliveries, each once; it looks here what
 * became of them. */
const char sql_deliveries_notices[] =
	"INSERT INTO app.webhook_delivery (webhook_id, guild_id, event, body, created_at, due_at, notice_id) "
	"SELECT n.webhook_id, n.guild_id, n.payload ->> 'event', n.payload::text, n.created_at, "
	" public.ms_to_ts($1), n.notice_id "
	"FROM response.notice n JOIN app.webhook w USING (webhook_id, guild_id) "
	"WHERE n.state = 'waiting' AND w.disabled_at IS NULL AND NOT EXISTS "
	" (SELECT FROM app.webhook_delivery d WHERE d.notice_id = n.notice_id) "
	"ORDER BY n.notice_id LIMIT 100 ON CONFLICT (notice_id) DO NOTHING";
/* clang-format on */

enum column { DELIVERY_ID, EVENT, BODY, ATTEMPTS, URL, SECRET };

struct courier {
	struct api *api; /* borrowed */
	uv_timer_t timer;
	struct ra_http_client *client; /* owned */
	int pending; /* the timer handle, the client, questions and attempts in flight */
	bool is_taking, is_stopping;
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

struct attempt {
	struct courier *courier; /* borrowed */
	int64_t delivery_id, ours_until_ms, attempts;
};

struct taking {
	struct courier *courier; /* borrowed */
	int64_t now_ms, ours_until_ms;
};

static void unref(struct courier *courier)
{
	if (--courier->pending > 0)
		return;
	if (courier->stopped)
		courier->stopped(courier->stopped_ctx);
	ra_free(courier);
}

void courier_sign(struct ra_str secret, int64_t at_s, struct ra_str body,
		  char out[COURIER_SIGNATURE_LEN])
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char hex[2 * sizeof(mac) + 1], time[24];
	snprintf(time, sizeof(time), "%lld.", (long long)at_s);
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.ptr, secret.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)time, strlen(time));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.ptr, body.len);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac));
	snprintf(out, COURIER_SIGNATURE_LEN, "t=%lld,v1=%s", (long long)at_s, hex);
}

int64_t courier_retry_ms(int64_t attempts)
{
	static const int64_t seconds[] = { 10, 30, 120, 600, 1800, 3600, 7200, 14400, 28800 };
	bool is_last = attempts < 1 || (size_t)attempts > RA_COUNT(seconds);
	return is_last ? 0 : seconds[attempts - 1] * 1000;
}

/* --- settle --- */

static void on_settled(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct courier *courier = ctx;
	(void)rows;
	if (status < 0)
		ra_warn(courier->api->log, "delivery not settled", ra_f_text("why", err->msg));
	unref(courier);
}

/* `trouble` NULL: delivered. What can not be noted is tried again, with the same delivery id. */
static void settle(struct courier *courier, const struct attempt *attempt, int http_status,
		   const char *trouble)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	int64_t now_ms = courier->api->now_ms();
	int64_t wait_ms = trouble ? courier_retry_ms(attempt->attempts) : 0;
	ra_count_by(&deliveries, trouble ? "failed" : "delivered", 1);
	ra_pg_i64(&p, attempt->delivery_id);
	ra_pg_i64(&p, attempt->ours_until_ms);
	ra_pg_i64(&p, now_ms);
	if (http_status)
		ra_pg_i64(&p, http_status);
	else
		ra_pg_null(&p);
	if (trouble)
		ra_pg_text(&p, ra_str_of(trouble));
	else
		ra_pg_null(&p);
	if (wait_ms)
		ra_pg_i64(&p, now_ms + wait_ms);
	else
		ra_pg_null(&p);
	if (db_ask(courier->api->db, STMT_delivery_settle, &p, on_settled, courier) < 0)
		unref(courier);
	ra_arena_fini(&arena);
}

/* --- send --- */

/* Who chose the address learns what is wrong with it, not what stands there. */
static const char *trouble_of(int status)
{
	switch (status) {
	case RA_ETIMEOUT: return "no answer in time";
	case RA_EFORBIDDEN: return "not a public address";
	case RA_ETOOBIG: return "the answer is too large";
	case RA_EDENIED: return "the certificate is not trusted";
	case RA_ESTOPPED: return "interrupted";
	default: return "no connection";
	}
}

static void on_answer(void *ctx, int status, const struct ra_http_answer *answer,
		      const struct ra_err *err)
{
	struct attempt *attempt = ctx;
	struct courier *courier = attempt->courier;
	char trouble[TROUBLE_MAX] = "";
	if (courier->is_stopping) { /* somebody else takes it when its time comes */
		ra_free(attempt);
		unref(courier);
		return;
	}
	int http_status = answer ? answer->status : 0;
	bool is_good = status == 0 && http_status >= 200 && http_status < 300;
	(void)err;
	if (status < 0)
		snprintf(trouble, sizeof(trouble), "%s", trouble_of(status));
	else if (!is_good)
		snprintf(trouble, sizeof(trouble), "answered %d", http_status);
	settle(courier, attempt, http_status, is_good ? NULL : trouble);
	ra_free(attempt);
}

static void post(struct courier *courier, struct attempt *attempt, const char *url,
		 struct ra_str secret, struct ra_str event, struct ra_str body)
{
	struct ra_arena arena = { 0 };
	char signature[COURIER_SIGNATURE_LEN];
	courier_sign(secret, courier->api->now_ms() / 1000, body, signature);
	const char *const headers[] = {
		"Content-Type: application/json",
		ra_arena_format(&arena, "X-Rations-Event: %.*s", (int)event.len, event.ptr),
		ra_arena_format(&arena, "X-Rations-Delivery: %lld",
				(long long)attempt->delivery_id),
		ra_arena_format(&arena, "X-Rations-Signature: %s", signature),
		NULL,
	};
	ra_http_send(courier->client,
		     &(struct ra_http_call){ .method = "POST",
					     .url = url,
					     .headers = headers,
					     .body = body,
					     .timeout_ms = TIMEOUT_MS,
					     .max_body = ANSWER_MAX,
					     .may_connect = courier->api->conf->webhook_private
								    ? NULL
								    : ra_address_is_public },
		     on_answer, attempt);
	ra_arena_fini(&arena);
}

/* bytea in PostgreSQL's text form: \x and hex. */
static struct ra_str bytes_of(struct ra_str hex, struct ra_arena *arena)
{
	unsigned char *out = ra_arena_alloc(arena, hex.len / 2 + 1);
	size_t len = 0;
	if (hex.len < 2 ||
	    sodium_hex2bin(out, hex.len / 2, hex.ptr + 2, hex.len - 2, NULL, &len, NULL) != 0)
		len = 0;
	return (struct ra_str){ (const char *)out, len };
}

static void begin_attempt(struct courier *courier, const PGresult *rows, int row,
			  int64_t ours_until_ms)
{
	struct attempt *attempt = ra_new(struct attempt);
	struct ra_arena arena = { 0 };
	const unsigned char *key = courier->api->keys.webhooks;
	struct ra_str url, secret;
	*attempt = (struct attempt){ courier, ra_pg_get_i64(rows, row, DELIVERY_ID), ours_until_ms,
				     ra_pg_get_i64(rows, row, ATTEMPTS) };
	courier->pending++;
	int rc = seal_open(key, bytes_of(ra_pg_get_str(rows, row, URL), &arena), &arena, &url);
	if (rc == 0)
		rc = seal_open(key, bytes_of(ra_pg_get_str(rows, row, SECRET), &arena), &arena,
			       &secret);
	if (rc == 0) {
		post(courier, attempt, url.ptr, secret, ra_pg_get_str(rows, row, EVENT),
		     ra_pg_get_str(rows, row, BODY));
	} else {
		settle(courier, attempt, 0, "its address can not be unsealed");
		ra_free(attempt);
	}
	ra_arena_fini(&arena);
}

/* --- take --- */

static void on_taken(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct taking *taking = ctx;
	struct courier *courier = taking->courier;
	courier->is_taking = false;
	if (status < 0)
		ra_warn(courier->api->log, "webhooks not looked for", ra_f_text("why", err->msg));
	for (int row = 0; status == 0 && !courier->is_stopping && row < PQntuples(rows); row++)
		begin_attempt(courier, rows, row, taking->ours_until_ms);
	ra_free(taking);
	unref(courier);
}

static void ask_now(struct courier *courier, enum statement stmt, int64_t now_ms)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_i64(&p, now_ms);
	int rc = db_ask(courier->api->db, stmt, &p, NULL, NULL);
	(void)rc; /* the next tick asks again */
	ra_arena_fini(&arena);
}

static void take(struct courier *courier, int64_t now_ms)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	struct taking *taking = ra_new(struct taking);
	*taking = (struct taking){ courier, now_ms, now_ms + OURS_MS };
	ra_pg_i64(&p, now_ms);
	ra_pg_i64(&p, taking->ours_until_ms);
	if (db_ask(courier->api->db, STMT_deliveries_take, &p, on_taken, taking) == 0) {
		courier->is_taking = true;
		courier->pending++;
	} else {
		ra_free(taking);
	}
	ra_arena_fini(&arena);
}

static void on_timer(uv_timer_t *timer)
{
	struct courier *courier = ra_container_of(timer, struct courier, timer);
	int64_t now_ms = courier->api->now_ms();
	ask_now(courier, STMT_deliveries_notices, now_ms);
	if (!courier->is_taking)
		take(courier, now_ms);
}

/* --- life --- */

struct courier *courier_start(struct api *api)
{
	struct courier *courier = ra_new(struct courier);
	uint64_t every_ms = (uint64_t)api->conf->alert_tick;
	courier->api = api;
	courier->client = ra_http_client_open(api->loop, "Rations-Webhook/1", api->log);
	courier->pending = 2;
	uv_timer_init(api->loop, &courier->timer);
	if (every_ms > 0)
		uv_timer_start(&courier->timer, on_timer, every_ms, every_ms);
	return courier;
}

static void on_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct courier, timer));
}

static void on_client_closed(void *ctx)
{
	unref(ctx);
}

void courier_stop(struct courier *courier, void (*stopped)(void *ctx), void *ctx)
{
	courier->is_stopping = true;
	courier->stopped = stopped;
	courier->stopped_ctx = ctx;
	uv_close((uv_handle_t *)&courier->timer, on_closed);
	ra_http_client_close(courier->client, on_client_closed, courier);
}
