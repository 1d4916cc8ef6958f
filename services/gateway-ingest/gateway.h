/*
 * gateway: where Discord's gateway is, how many shards it recommends, and
 * how many IDENTIFYs are left today. Shared by all shards of a process.
 * https://discord.com/developers/docs/events/gateway#get-gateway-bot
 */
#pragma once
#include "libshared/discord/rest.h"

struct gateway;

struct gateway_answer {
	const char *url;   /* borrowed until you return */
	unsigned shards;   /* how many Discord recommends */
	int64_t remaining; /* IDENTIFYs left; -1 unknown */
	int64_t total;     /* of them a day */
	uint64_t reset_after_ms, max_concurrency;
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
/* true: the address was given to us, or Discord has told a moment ago; there is nothing to ask. */
bool gateway_is_known(const struct gateway *g);
/* What Discord told is true no longer. */
void gateway_outdate(struct gateway *g);
