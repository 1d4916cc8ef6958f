/* rest_limits: see the header. */
#include "libshared/discord/rest_limits.h"
#include "libshared/base/json.h"
#include "libshared/http/client.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Seconds, perhaps with a fraction; `none` when they are anything else. Rounded up. */
static uint64_t read_ms(struct ra_str text, uint64_t max_ms, uint64_t none)
{
	char copy[32], *end;
	if (text.len == 0 || text.len >= sizeof(copy) || text.ptr[0] < '0' || text.ptr[0] > '9')
		return none;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	double seconds = strtod(copy, &end);
	if (*end || !isfinite(seconds))
		return none;
	double ms = ceil(seconds * 1000 - 1e-3);
	return ms < (double)max_ms ? (uint64_t)ms : max_ms;
}

static uint64_t read_count(struct ra_str text, uint64_t none)
{
	uint64_t count;
	return ra_str_to_u64(text, &count) == 0 ? count : none;
}

static void read_bucket(struct ra_str headers, struct rest_limits *limits)
{
	struct ra_str bucket = ra_http_find_header(headers, "x-ratelimit-bucket");
	uint64_t limit = read_count(ra_http_find_header(headers, "x-ratelimit-limit"), 0);
	uint64_t remaining =
		read_count(ra_http_find_header(headers, "x-ratelimit-remaining"), UINT64_MAX);
	if (bucket.len == 0 || bucket.len >= sizeof(limits->bucket) || limit == 0 ||
	    remaining == UINT64_MAX || memchr(bucket.ptr, '\0', bucket.len))
		return;
	limits->has_bucket = true;
	snprintf(limits->bucket, sizeof(limits->bucket), "%.*s", (int)bucket.len, bucket.ptr);
	limits->limit = limit < UINT32_MAX ? limit : UINT32_MAX;
	limits->remaining = remaining < limits->limit ? remaining : limits->limit;
	limits->reset_ms =
		read_ms(ra_http_find_header(headers, "x-ratelimit-reset"), (uint64_t)1 << 52, 0);
	limits->reset_after_ms = read_ms(ra_http_find_header(headers, "x-ratelimit-reset-after"),
					 REST_WAIT_MAX_MS, 0);
}

/* Of a 429's body. */
struct complaint {
	bool is_read, is_global;
	uint64_t retry_after_ms; /* when is_read */
};

static struct complaint read_complaint(struct ra_str body)
{
	struct complaint complaint = { 0 };
	struct ra_json j;
	struct ra_str key;
	ra_json_init(&j, body);
	if (!ra_json_enter_object(&j))
		return complaint;
	while (ra_json_next_key(&j, &key)) {
		if (ra_str_is(key, "retry_after") && ra_json_peek(&j) == RA_JSON_NUMBER) {
			struct ra_str number = ra_json_raw(&j);
			complaint.retry_after_ms = read_ms(number, REST_WAIT_MAX_MS, UINT64_MAX);
			complaint.is_read = complaint.retry_after_ms != UINT64_MAX;
		} else if (ra_str_is(key, "global")) {
			complaint.is_global = ra_json_bool(&j);
		} else {
			ra_json_skip(&j);
		}
	}
	return j.failed ? (struct complaint){ 0 } : complaint;
}

static enum rest_429 judge(struct ra_str headers, const struct rest_limits *limits,
			   const struct complaint *complaint)
{
	struct ra_str scope = ra_http_find_header(headers, "x-ratelimit-scope");
	if (scope.len == 0 && !complaint->is_read && ra_http_find_header(headers, "via").len == 0)
		return REST_BANNED;
	if (ra_str_is(scope, "global") || complaint->is_global ||
	    ra_str_is(ra_http_find_header(headers, "x-ratelimit-global"), "true"))
		return REST_LIMITED_GLOBAL;
	if (ra_str_is(scope, "shared"))
		return REST_LIMITED_SHARED;
	return limits->has_bucket && limits->remaining == 0 ? REST_LIMITED_BUCKET
							    : REST_LIMITED_KIND;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

struct rest_limits rest_limits_parse(int status, struct ra_str headers, struct ra_str body)
{
	struct rest_limits limits = { 0 };
	uint64_t header_ms =
		read_ms(ra_http_find_header(headers, "retry-after"), REST_WAIT_MAX_MS, 0);
	read_bucket(headers, &limits);
	limits.retry_after_ms = header_ms;
	if (status != 429)
		return limits;
	struct complaint complaint = read_complaint(body);
	limits.limited = judge(headers, &limits, &complaint);
	if (limits.limited == REST_BANNED)
		limits.retry_after_ms = larger(header_ms, REST_BAN_MS);
	else if (complaint.is_read)
		limits.retry_after_ms = larger(complaint.retry_after_ms, 1);
	else if (header_ms == 0)
		limits.retry_after_ms = larger(limits.reset_after_ms, REST_RETRY_MS);
	return limits;
}

int rest_error_code(struct ra_str body)
{
	struct ra_json j;
	struct ra_str key;
	int64_t code = 0;
	ra_json_init(&j, body);
	if (!ra_json_enter_object(&j))
		return 0;
	while (ra_json_next_key(&j, &key)) {
		if (ra_str_is(key, "code"))
			code = ra_json_i64(&j);
		else
			ra_json_skip(&j);
	}
	return !j.failed && code > 0 && code <= INT32_MAX ? (int)code : 0;
}
