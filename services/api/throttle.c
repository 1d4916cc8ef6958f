/* throttle: see throttle.h. */
#include "services/api/throttle.h"
#include "libshared/http/address.h"
#include "libshared/metrics/metrics.h"
#include "services/api/api.h"

/* A page asks thirty questions at once, and somebody may turn pages fast. */
#define AT_ONCE_S 20

#define LOGINS_PER_SECOND 1.0
#define LOGINS_AT_ONCE    60.0
#define TOKEN_PER_SECOND  5.0
#define TOKEN_AT_ONCE     60.0
#define STREAM_WAIT_MS    30000

RA_COUNTER_BY(refused, "rations_api_throttled_total", "by",
	      "requests answered 429: who came too often")

void throttle_init(struct throttle *throttle, const struct conf *conf)
{
	double address = (double)conf->rate_address, account = (double)conf->rate_account;
	limit_init(&throttle->logins, LOGINS_PER_SECOND, LOGINS_AT_ONCE);
	limit_init(&throttle->addresses, address, address * AT_ONCE_S);
	limit_init(&throttle->accounts, account, account * AT_ONCE_S);
	limit_init(&throttle->tokens, TOKEN_PER_SECOND, TOKEN_AT_ONCE);
}

/* Whoever it comes from in there: all of one network count as one. */
static uint64_t network_of(const struct ra_http_request *req)
{
	return ra_address_network(ra_http_from(req));
}

static int64_t take(struct api *api, struct limit *limit, uint64_t who)
{
	return limit_take(limit, (struct ra_str){ (const char *)&who, sizeof(who) }, api->now_ms());
}

static bool refuse(struct ra_http_request *req, const char *by, int64_t wait_ms, const char *title)
{
	ra_count_by(&refused, by, 1);
	ra_http_set_header(
		req, "retry-after",
		ra_arena_format(ra_http_arena(req), "%lld", (long long)(wait_ms + 999) / 1000));
	ra_http_problem(req, 429, "rate", title, "Retry-After says in how many seconds to ask.");
	return false;
}

bool throttle_login(struct api *api, struct ra_http_request *req)
{
	int64_t wait_ms = take(api, &api->throttle.logins, network_of(req));
	return wait_ms == 0 || refuse(req, "login", wait_ms, "Too many logins from your address");
}

bool throttle_address(struct api *api, struct ra_http_request *req)
{
	int64_t wait_ms = take(api, &api->throttle.addresses, network_of(req));
	return wait_ms == 0 ||
	       refuse(req, "address", wait_ms, "Too many requests from your address");
}

bool throttle_account(struct api *api, struct ra_http_request *req, uint64_t user_id)
{
	int64_t wait_ms = take(api, &api->throttle.accounts, user_id);
	return wait_ms == 0 || refuse(req, "account", wait_ms, "Too many requests of yours");
}

static void on_stream_end(void *ctx)
{
	(*(uint16_t *)ctx)--;
}

bool throttle_stream(struct api *api, struct ra_http_request *req, uint64_t user_id)
{
	struct ra_str who = { (const char *)&user_id, sizeof(user_id) };
	uint16_t *open = &api->throttle.streams[limit_bucket(&api->throttle.accounts, who)];
	int64_t most = api->conf->max_streams;
	if (most != 0 && *open >= most)
		return refuse(req, "stream", STREAM_WAIT_MS, "Too many live pages are open");
	if (ra_http_is_gone(req))
		return true; /* nobody would tell us of its end */
	(*open)++;
	ra_http_on_end(req, on_stream_end, open);
	return true;
}

bool throttle_token(struct api *api, struct ra_http_request *req, struct ra_str hash)
{
	struct limit *limit = &api->throttle.tokens;
	int64_t wait_ms = limit_take(limit, hash, api->now_ms());
	ra_http_set_header(req, "ratelimit-policy",
			   ra_arena_format(ra_http_arena(req), "\"token\";q=%.0f;w=%.0f",
					   TOKEN_AT_ONCE, TOKEN_AT_ONCE / TOKEN_PER_SECOND));
	ra_http_set_header(
		req, "ratelimit",
		ra_arena_format(ra_http_arena(req), "\"token\";r=%d", limit_left(limit, hash)));
	return wait_ms == 0 || refuse(req, "token", wait_ms, "Too many requests with this token");
}
