/*
 * rest_limits: what an answer of Discord says about limits. Pure: the status,
 * the headers and the body go in, a judgement comes out.
 * https://discord.com/developers/docs/topics/rate-limits
 *
 * The wait after a 429 is the body's `retry_after` (seconds, with a fraction),
 * else the header Retry-After (whole seconds). What comes without Via and
 * without that body is not from Discord but from Cloudflare, before it: a ban.
 */
#pragma once
#include "libshared/base/base.h"

enum rest_429 {
	REST_NOT_LIMITED,
	REST_LIMITED_BUCKET, /* the bucket is empty, as its headers say */
	REST_LIMITED_KIND,   /* a limit below the bucket's own, which its headers do not show */
	REST_LIMITED_SHARED, /* of what is asked about, not ours: not our fault either */
	REST_LIMITED_GLOBAL,
	REST_BANNED,
};

struct rest_limits {
	bool has_bucket;
	char bucket[64];         /* X-RateLimit-Bucket, NUL-terminated */
	uint64_t limit;          /* calls in a window; at least 1 */
	uint64_t remaining;      /* at most limit */
	uint64_t reset_ms;       /* since the epoch, by Discord's clock: tells older from newer */
	uint64_t reset_after_ms; /* until the window is over */
	enum rest_429 limited;
	uint64_t retry_after_ms; /* when limited, at least 1; 503 may say it as well */
};

#define REST_WAIT_MAX_MS 86400000 /* no wait is believed that is longer */
#define REST_BAN_MS      600000
#define REST_RETRY_MS    5000 /* after a 429 that does not say */

/* `headers` are the lines of the answer, "Name: value\r\n" each, in any case. */
struct rest_limits rest_limits_parse(int status, struct ra_str headers, struct ra_str body);
/* The error's own code ({"code": 50001, ...}); 0 when there is none. */
int rest_error_code(struct ra_str body);
