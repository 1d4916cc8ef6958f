/* headers_fuzz: the header of an HTTP answer, whatever the server sent, is a trimmed part of it. */
#include "libshared/http/client.h"
#include "tests/fuzz/fuzz.h"

static void check_header(const struct ra_http_answer *answer, struct ra_str block, const char *name)
{
	struct ra_str value = ra_http_answer_header(answer, name);
	if (value.len == 0)
		return;
	fuzz_require(value.ptr >= block.ptr && value.ptr + value.len <= block.ptr + block.len,
		     "a value is part of the answer");
	fuzz_require(!memchr(value.ptr, '\n', value.len), "a value is of one line");
	fuzz_require(value.ptr[0] != ' ' && value.ptr[value.len - 1] != ' ', "a value is trimmed");
}

static void fuzz_check(struct ra_str input)
{
	static const char *const names[] = {
		"retry-after",        "x-ratelimit-limit",       "x-ratelimit-remaining",
		"x-ratelimit-reset",  "x-ratelimit-reset-after", "x-ratelimit-bucket",
		"x-ratelimit-global", "x-ratelimit-scope",       "via",
	};
	struct ra_buf block = { 0 };
	ra_buf_add_str(&block, input);
	const struct ra_http_answer answer = { .status = 429, .headers_ = &block };
	for (size_t i = 0; i < RA_COUNT(names); i++)
		check_header(&answer, ra_buf_str(&block), names[i]);
	ra_buf_fini(&block);
}
