/*
 * budget: whose turn it is to IDENTIFY, among all replicas.
 *
 * Discord takes one IDENTIFY in 5 s for shards that share a key (index modulo
 * max_concurrency), and so many a day; beyond those it resets the bot's
 * token. So the turns stand in Redis ("identify:{fleet}"), and of the day's
 * starts a reserve is never used: what identifies again and again is stopped
 * long before Discord would.
 * https://discord.com/developers/docs/events/gateway#session-start-limit-object
 */
#pragma once
#include "services/gateway-ingest/gateway.h"
#include <uv.h>

struct budget;

/* BUDGET_TURN: IDENTIFY in `wait_ms`. BUDGET_LATER: ask again then. BUDGET_SPENT: no start is left
 * but the reserve; not before `wait_ms`. */
enum budget_verdict { BUDGET_TURN, BUDGET_LATER, BUDGET_SPENT };
typedef void (*budget_cb)(void *ctx, enum budget_verdict verdict, uint64_t wait_ms);

/* Everything is borrowed. NULL and *err when the URL is malformed. */
struct budget *budget_start(uv_loop_t *loop, const char *redis_url, int64_t reserve,
			    struct ra_err *err);
/* When nobody asks any more. `stopped` comes from the loop; the memory goes after it. */
void budget_stop(struct budget *b, void (*stopped)(void *ctx), void *ctx);

/* What Discord says is left, for all replicas to know. */
void budget_told(struct budget *b, const struct gateway_answer *answer);
/* Before connecting: when shall we? One answer, from the loop, once Redis is there. One question at
 * a time for each `ctx`. */
void budget_ask(struct budget *b, unsigned shard, budget_cb done, void *ctx);
/* Connected, which may have taken long: may we IDENTIFY now? Never BUDGET_SPENT. */
void budget_confirm(struct budget *b, unsigned shard, budget_cb done, void *ctx);
/* Takes the question back. Harmless when none was asked. */
void budget_forget(struct budget *b, void *ctx);
