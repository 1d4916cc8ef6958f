/*
 * gateway: where Discord's gateway is, and when we may IDENTIFY there.
 * Shared by all shards of a process.
 *
 * GET /gateway/bot is asked before every IDENTIFY, because it says how many
 * are left today: beyond the limit Discord resets the bot's token.
 * https://discord.com/developers/docs/events/gateway#session-start-limit-object
 */
#pragma once
#include "libshared/discord/rest.h"

struct gateway;

struct gateway_answer {
	const char *url;   /* borrowed until you return */
	unsigned shards;   /* how many Discord recommends */
	int64_t remaining; /* IDENTIFYs left; -1 unknown */
	uint64_t reset_after_ms;
	uint64_t retry_after_ms; /* when it failed: not before; 0 Discord does not say */
};

/* `status`: 0 with an answer; RA_EDENIED: the token is no good; else what failed, and `why` for a
 * human. `answer` is never NULL. */
typedef void (*gateway_cb)(void *ctx, int status, const struct gateway_answer *answer,
			   const char *why);

/* `fixed_url`: where it is; "": Discord is asked. Both are borrowed. */
struct gateway *gateway_new(struct ra_rest *rest, const char *fixed_url);
void gateway_free(struct gateway **gateway);

/* The answer comes from the loop, exactly once; who asks while somebody waits for one shares it. */
void gateway_ask(struct gateway *g, gateway_cb done, void *ctx);
/* Takes the question back: no answer will come. Harmless when none was asked. */
void gateway_forget(struct gateway *g, void *ctx);
/* The last address told or given; "" none yet. */
const char *gateway_url(const struct gateway *g);
/* true: the address was given to us, there is nothing to ask. */
bool gateway_is_fixed(const struct gateway *g);

/* Takes the next slot for an IDENTIFY of this shard (one in 5 s for shards that share a key); how
 * long to wait for it. */
uint64_t gateway_take_slot(struct gateway *g, unsigned shard);
