/* throttle: see throttle.h. */
#include "services/api/throttle.h"
#include "libshared/metrics/metrics.h"
#include "services/api/api.h"
#include <arpa/inet.h>
#include <stdio.h>

/* A page asks thirty questions at once, and somebody may turn pages fast. */
#define AT_ONCE_S 20

#define LOGINS_PER_SECOND 1.0
#define LOGINS_AT_ONCE    60.0
#define TOKEN_PER_SECOND  5.0
#define TOKEN_AT_ONCE     60.0

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

/* Who asks. A proxy of ours sits on a private network and appends whom it heard; anybody else may
 * write into that header what they like. */
static struct ra_str address_of(struct ra_http_request *req)
{
	struct ra_str peer = ra_str_of(ra_http_peer(req));
	struct ra_str forwarded = ra_http_header(req, "x-forwarded-for");
	if (forwarded.len == 0 || !limit_is_private(peer.ptr))
		return peer;
	size_t start = forwarded.len;
	while (start > 0 && forwarded.ptr[start - 1] != ',' && forwarded.ptr[start - 1] != ' ')
		start--;
	return (struct ra_str){ forwarded.ptr + start, forwarded.len - start };
}

/* Of IPv6 the first half: whoever has one address has all of its network (RFC 6177). */
static struct ra_str network_of(struct ra_str address, unsigned char bytes[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN];
	snprintf(text, sizeof(text), "%.*s", (int)address.len, address.ptr);
	bool is_v6 = address.len < sizeof(text) && inet_pton(AF_INET6, text, bytes) == 1 &&
		     memcmp(bytes, mapped, sizeof(mapped)) != 0;
	return is_v6 ? (struct ra_str){ (const char *)bytes, 8 } : address;
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
	unsigned char bytes[16];
	int64_t wait_ms = limit_take(&api->throttle.logins, network_of(address_of(req), bytes),
				     api->now_ms());
	return wait_ms == 0 || refuse(req, "login", wait_ms, "Too many logins from your address");
}

bool throttle_address(struct api *api, struct ra_http_request *req)
{
	unsigned char bytes[16];
	int64_t wait_ms = limit_take(&api->throttle.addresses, network_of(address_of(req), bytes),
				     api->now_ms());
	return wait_ms == 0 ||
	       refuse(req, "address", wait_ms, "Too many requests from your address");
}

bool throttle_account(struct api *api, struct ra_http_request *req, uint64_t user_id)
{
	struct ra_str who = { (const char *)&user_id, sizeof(user_id) };
	int64_t wait_ms = limit_take(&api->throttle.accounts, who, api->now_ms());
	return wait_ms == 0 || refuse(req, "account", wait_ms, "Too many requests of yours");
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
