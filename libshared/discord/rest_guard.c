/*
 * rest_guard: stops calls that could cost us the bot. Discord bans an address
 * for hours after 10,000 refusals (401, 403, 429) in ten minutes; we stop at a
 * tenth, background work at half of that. A token found dead is left alone
 * for five minutes at a time. Under a ban nothing is sent until it is over.
 */
#include "libshared/base/clock.h"
#include "libshared/discord/rest_shared.h"
#include "libshared/metrics/metrics.h"

#define REFUSALS_MAX 1000
#define DENIED_MS    300000
#define BAN_MOST_MS  3600000

RA_GAUGE(budget_left, "rations_discord_refusals_left",
	 "refused requests (401, 403, 429) we may still cause before we stop by ourselves");
RA_COUNTER(bans, "rations_discord_bans_total", "answers that say our address is blocked");
RA_COUNTER(denials, "rations_discord_token_denied_total", "answers that refuse the bot's token");

__attribute__((constructor)) static void begin_with_all(void)
{
	ra_gauge_set(&budget_left, REFUSALS_MAX);
}

static const char said_denied[] = "Discord refuses the bot's token";
static const char said_banned[] = "Discord blocks our address";
static const char said_refused[] = "too many refused requests: stopped before Discord bans us";

/* Ours; or of all replicas, if those are more: they may have one address. */
static unsigned refusals_of(struct ra_rest *rest, uint64_t now_ms)
{
	unsigned ours = rest_refusals_count(&rest->refusals, now_ms);
	unsigned all = rest->shared && rest_shared_is_up(rest->shared)
			       ? rest_shared_refusals(rest->shared)
			       : 0;
	return ours > all ? ours : all;
}

int rest_guard(struct ra_rest *rest, const struct rest_call *call, uint64_t now_ms,
	       uint64_t *wait_ms, const char **why)
{
	unsigned refusals = refusals_of(rest, now_ms);
	unsigned most = call->priority == RA_REST_BACKGROUND ? REFUSALS_MAX / 2 : REFUSALS_MAX;
	ra_gauge_set(&budget_left, refusals < REFUSALS_MAX ? REFUSALS_MAX - refusals : 0);
	*wait_ms = 0;
	if (call->is_bots && now_ms < rest->denied_until_ms) {
		*why = said_denied;
		*wait_ms = rest->denied_until_ms - now_ms;
		return RA_EDENIED;
	}
	if (now_ms < rest->banned_until_ms) {
		*why = said_banned;
		*wait_ms = rest->banned_until_ms - now_ms;
		return RA_EHTTP;
	}
	if (refusals >= most) {
		*why = said_refused;
		*wait_ms = 60000;
		return RA_EHTTP;
	}
	return 0;
}

static void ban(struct ra_rest *rest, uint64_t ms, uint64_t now_ms)
{
	rest->ban_ms = rest->ban_ms * 2 > ms ? rest->ban_ms * 2 : ms;
	rest->ban_ms = rest->ban_ms < BAN_MOST_MS ? rest->ban_ms : BAN_MOST_MS;
	rest->banned_until_ms = now_ms + (rest->ban_ms > ms ? rest->ban_ms : ms);
	ra_count(&bans, 1);
	ra_error(rest->log, "discord blocks our address",
		 ra_f_u64("retry_ms", rest->banned_until_ms - now_ms),
		 ra_f_text("hint", "Find out what on this address makes so many bad requests."));
}

static void deny(struct ra_rest *rest, uint64_t now_ms)
{
	rest->denied_until_ms = now_ms + DENIED_MS;
	ra_count(&denials, 1);
	ra_error(rest->log, "discord refuses the bot's token",
		 ra_f_text("hint", "Set DISCORD_BOT_TOKEN to the bot's token and start again."));
}

void rest_guard_learn(struct ra_rest *rest, const struct rest_call *call, int status,
		      const struct rest_limits *limits, uint64_t now_ms)
{
	if (rest_is_refusal(status, limits)) {
		rest_refusals_add(&rest->refusals, now_ms);
		if (rest_refusals_count(&rest->refusals, now_ms) == REFUSALS_MAX)
			ra_error(rest->log, "too many requests are refused",
				 ra_f_text("hint", "The bot stops asking for some minutes, before "
						   "Discord bans it."));
	}
	if (limits->limited == REST_BANNED && now_ms >= rest->banned_until_ms)
		ban(rest, limits->retry_after_ms, now_ms);
	else if (status == 401 && call->is_bots && now_ms >= rest->denied_until_ms)
		deny(rest, now_ms);
	else if (status >= 200 && status < 300)
		rest->ban_ms = 0;
}
