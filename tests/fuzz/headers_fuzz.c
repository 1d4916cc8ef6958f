/*
 * headers_fuzz: what an answer says about limits, whoever sent it: a judgement
 * that can be believed. An input is the status, the headers and, behind an
 * empty line, the body.
 */
#include "libshared/discord/rest_limits.h"
#include "libshared/http/client.h"
#include "tests/fuzz/fuzz.h"

static void check_limits(int status, struct ra_str headers, struct ra_str body)
{
	struct rest_limits limits = rest_limits_parse(status, headers, body);
	fuzz_require(memchr(limits.bucket, '\0', sizeof(limits.bucket)), "a bucket's name ends");
	fuzz_require(!limits.has_bucket || limits.bucket[0], "a bucket has a name");
	fuzz_require(!limits.has_bucket || limits.limit > 0, "a window has room");
	fuzz_require(!limits.has_bucket || limits.remaining <= limits.limit,
		     "no more is left than there was");
	fuzz_require(limits.reset_after_ms <= REST_WAIT_MAX_MS, "a window ends");
	fuzz_require(limits.retry_after_ms <= REST_WAIT_MAX_MS, "a wait ends");
	fuzz_require(limits.limited == REST_NOT_LIMITED || limits.retry_after_ms > 0,
		     "a limit is waited for");
	(void)rest_error_code(body);
}

static void check_header(struct ra_str headers, const char *name)
{
	struct ra_str value = ra_http_find_header(headers, name);
	if (value.len == 0)
		return;
	fuzz_require(value.ptr >= headers.ptr && value.ptr + value.len <= headers.ptr + headers.len,
		     "a value is part of the answer");
	fuzz_require(!memchr(value.ptr, '\n', value.len), "a value is of one line");
}

static void fuzz_check(struct ra_str input)
{
	uint64_t status = 0;
	struct ra_str line = fuzz_line(&input);
	struct ra_str headers = { input.ptr, 0 };
	(void)ra_str_to_u64(line, &status);
	while (input.len > 0 && fuzz_line(&input).len > 1)
		headers.len = (size_t)(input.ptr - headers.ptr);
	check_limits((int)(status % 1000), headers, input);
	check_header(headers, "via");
	check_header(headers, "retry-after");
}
