/*
 * budget: see budget.h. A question waits until Redis is up, goes there as one
 * script, and waits again when the connection is lost under it.
 */
#include "services/gateway-ingest/budget.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"

#define BUDGET_KEY "identify:{fleet}"
#define SPACING_MS 5500  /* 5 s, and a little for the network */
#define RETRY_MS   60000 /* Redis refuses: not for us to hurry */

RA_GAUGE(remaining, "rations_identifies_remaining", "IDENTIFYs left today, as Discord and we count")
RA_GAUGE(spent, "rations_identifies_spent", "1 when only the reserve is left: nobody may IDENTIFY")

/* clang-format off */
static const char script[] =
"#!lua flags=allow-oom\n"
"local key, shard, spacing, reserve = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])\n"
"local t = redis.call('TIME')\n"
"local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
"local function get(name) return tonumber(redis.call('HGET', key, name) or 0) end\n"
"local function set(name, value) redis.call('HSET', key, name, string.format('%.0f', value)) end\n"
/* what Discord has told since the last question */
"if ARGV[4] ~= '' then\n"
"  if now + tonumber(ARGV[6]) - get('resets_at') > 3600000 then set('used', 0) end\n"
"  set('remaining', ARGV[4]) set('total', ARGV[5])\n"
"  set('resets_at', now + tonumber(ARGV[6])) set('max_concurrency', ARGV[7])\n"
"end\n"
"local left, total, resets_at = get('remaining'), get('total'), get('resets_at')\n"
"if resets_at > 0 and now >= resets_at then\n"
"  left, resets_at = total, now + 86400000\n"
"  set('resets_at', resets_at) set('remaining', left) set('used', 0)\n"
"end\n"
"local id = shard % math.max(1, get('max_concurrency'))\n"
"if ARGV[8] == '1' then\n"
"  local wait = get('l' .. id) + spacing - now\n"
"  if wait > 0 then return { 1, wait, left } end\n"
"  set('l' .. id, now)\n"
"  set('k' .. id, math.max(get('k' .. id), now + spacing))\n"
"  return { 0, 0, left }\n"
"end\n"
"if total > 0 and left <= reserve then return { 2, math.max(1, resets_at - now), left } end\n"
"local slot = 'k' .. id\n"
"local wait = math.max(0, get(slot) - now)\n"
"if wait > spacing then return { 1, wait - spacing, left } end\n"
"set(slot, now + wait + spacing)\n"
"if total > 0 then set('remaining', left - 1) end\n"
"set('used', get('used') + 1)\n"
"return { 0, wait, left - 1 }\n";
/* clang-format on */

struct question {
	struct budget *budget; /* borrowed; NULL: taken back while in the air */
	unsigned shard;
	budget_cb done;
	void *ctx; /* borrowed */
	bool confirms;
	bool is_asked;
	struct question *next;
};

struct budget {
	struct ra_redis *redis; /* owned */
	int64_t reserve;
	struct question *questions; /* owned; in the order they came */
	struct gateway_answer told; /* not passed on yet, if told_at_ms is not 0 */
	uint64_t told_at_ms;
	struct ra_buf out; /* owned; a command being written */
	void (*stopped)(void *ctx);
	void *stopped_ctx;
};

static void take_out(struct budget *b, struct question *q)
{
	struct question **at = &b->questions;
	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
}

static void note(const redisReply *reply)
{
	ra_gauge_set(&remaining, (double)reply->element[2]->integer);
	ra_gauge_set(&spent, reply->element[0]->integer == BUDGET_SPENT);
}

static void on_answer(void *ctx, const redisReply *reply)
{
	struct question *q = ctx;
	if (!q->budget) {
		ra_free(q);
		return;
	}
	if (!reply) { /* again when Redis is back */
		q->is_asked = false;
		return;
	}
	enum budget_verdict verdict = BUDGET_LATER;
	uint64_t wait_ms = RETRY_MS;
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 3) {
		verdict = (enum budget_verdict)reply->element[0]->integer;
		wait_ms = (uint64_t)reply->element[1]->integer;
		note(reply);
	} else {
		ra_error(NULL, "cannot ask whose turn it is to identify",
			 ra_f_text("why", reply->str ? reply->str : "not an answer of the script"));
	}
	struct question asked = *q;
	take_out(q->budget, q);
	ra_free(q);
	asked.done(asked.ctx, verdict, wait_ms);
}

/* Empty words where Discord has told nothing new. */
static void write_told(struct budget *b)
{
	if (b->told_at_ms == 0) {
		for (int i = 0; i < 4; i++)
			ra_resp_word(&b->out, RA_STR(""));
		return;
	}
	uint64_t ago_ms = ra_monotonic_ms() - b->told_at_ms;
	uint64_t after_ms = b->told.reset_after_ms;
	ra_resp_i64(&b->out, b->told.remaining);
	ra_resp_i64(&b->out, b->told.total);
	ra_resp_u64(&b->out, after_ms > ago_ms ? after_ms - ago_ms : 0);
	ra_resp_u64(&b->out, b->told.max_concurrency);
	b->told_at_ms = 0;
}

static void pass_on(struct budget *b, struct question *q)
{
	if (!ra_redis_is_up(b->redis))
		return;
	ra_buf_clear(&b->out);
	ra_resp_command(&b->out, 12);
	ra_resp_word(&b->out, RA_STR("EVAL"));
	ra_resp_word(&b->out, ra_str_of(script));
	ra_resp_word(&b->out, RA_STR("1"));
	ra_resp_word(&b->out, RA_STR(BUDGET_KEY));
	ra_resp_u64(&b->out, q->shard);
	ra_resp_u64(&b->out, SPACING_MS);
	ra_resp_i64(&b->out, b->reserve);
	write_told(b);
	ra_resp_u64(&b->out, q->confirms);
	q->is_asked = ra_redis_send_resp(b->redis, on_answer, q, ra_buf_str(&b->out)) == 0;
}

static void on_up(void *ctx)
{
	struct budget *b = ctx;
	for (struct question *q = b->questions; q; q = q->next)
		if (!q->is_asked)
			pass_on(b, q);
}

void budget_told(struct budget *b, const struct gateway_answer *answer)
{
	if (answer->remaining < 0) /* it does not say */
		return;
	b->told = *answer;
	b->told_at_ms = ra_monotonic_ms();
}

static void ask(struct budget *b, const struct question *question)
{
	struct question *q = ra_new(struct question), **last = &b->questions;
	*q = *question;
	while (*last)
		last = &(*last)->next;
	*last = q;
	pass_on(b, q);
}

void budget_ask(struct budget *b, unsigned shard, budget_cb done, void *ctx)
{
	ask(b, &(struct question){ .budget = b, .shard = shard, .done = done, .ctx = ctx });
}

void budget_confirm(struct budget *b, unsigned shard, budget_cb done, void *ctx)
{
	ask(b, &(struct question){
		       .budget = b, .shard = shard, .done = done, .ctx = ctx, .confirms = true });
}

void budget_forget(struct budget *b, void *ctx)
{
	for (struct question *q = b->questions, *next; q; q = next) {
		next = q->next;
		if (q->ctx != ctx)
			continue;
		take_out(b, q);
		q->budget = NULL;
		if (!q->is_asked)
			ra_free(q);
	}
}

struct budget *budget_start(uv_loop_t *loop, const char *redis_url, int64_t reserve,
			    struct ra_err *err)
{
	struct budget *b = ra_new(struct budget);
	const struct ra_redis_ops ops = { .on_up = on_up };
	b->reserve = reserve;
	b->redis = ra_redis_open(loop, redis_url, BUDGET_KEY, NULL, &ops, b, err);
	if (b->redis)
		return b;
	ra_free(b);
	return NULL;
}

static void on_closed(void *ctx)
{
	struct budget *b = ctx;
	b->stopped(b->stopped_ctx);
	ra_buf_fini(&b->out);
	ra_free(b);
}

void budget_stop(struct budget *b, void (*stopped)(void *ctx), void *ctx)
{
	while (b->questions)
		budget_forget(b, b->questions->ctx);
	b->stopped = stopped;
	b->stopped_ctx = ctx;
	ra_redis_close(b->redis, on_closed, b);
}
