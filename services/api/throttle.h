/*
 * throttle: how often somebody may ask - an address before anything else is
 * looked at, an account or an API token once it is known who they are. Whoever
 * comes too often is answered 429 with Retry-After, and nothing else is done
 * for them. Streams, which are asked for once and stay, are counted while they
 * are open.
 *
 * Each replica counts for itself, in tables of fixed size (limit.h): with
 * three of them, three times as much passes.
 */
#pragma once
#include "services/api/conf.h"
#include "services/api/limit.h"

struct api;
struct ra_http_request;

struct throttle {
	struct limit logins, addresses, accounts, tokens;
	uint16_t streams[LIMIT_BUCKETS]; /* open ones, by the bucket of the account */
};

void throttle_init(struct throttle *throttle, const struct conf *conf);

/* True: go on. False: it was too often, and the request is answered. */
bool throttle_login(struct api *api, struct ra_http_request *req);
bool throttle_address(struct api *api, struct ra_http_request *req);
bool throttle_account(struct api *api, struct ra_http_request *req, uint64_t user_id);
/* Programs like to know beforehand: sets RateLimit, too (draft-ietf-httpapi-ratelimit-headers). */
bool throttle_token(struct api *api, struct ra_http_request *req, struct ra_str hash);
/* One more stream, until the request ends. */
bool throttle_stream(struct api *api, struct ra_http_request *req, uint64_t user_id);
