/*
 * resp: commands in the Redis protocol, written by hand for the fast path:
 * nothing but appends to one buffer. https://redis.io/docs/reference/protocol-spec
 */
#include "libshared/redis/redis.h"

static void add_header(struct ra_buf *out, char kind, uint64_t count)
{
	char line[24];
	line[0] = kind;
	size_t len = 1 + ra_u64_digits(count, line + 1);
	line[len++] = '\r';
	line[len++] = '\n';
	ra_buf_add(out, line, len);
}

void ra_resp_command(struct ra_buf *out, size_t argc)
{
	add_header(out, '*', argc);
}

void ra_resp_word(struct ra_buf *out, struct ra_str word)
{
	add_header(out, '$', word.len);
	ra_buf_add(out, word.ptr, word.len);
	ra_buf_add(out, "\r\n", 2);
}

void ra_resp_u64(struct ra_buf *out, uint64_t value)
{
	char digits[20];
	ra_resp_word(out, (struct ra_str){ digits, ra_u64_digits(value, digits) });
}

void ra_resp_i64(struct ra_buf *out, int64_t value)
{
	if (value >= 0) {
		ra_resp_u64(out, (uint64_t)value);
		return;
	}
	char text[21] = "-";
	/* negated as unsigned: INT64_MIN has no positive twin */
	size_t len = 1 + ra_u64_digits(0 - (uint64_t)value, text + 1);
	ra_resp_word(out, (struct ra_str){ text, len });
}
