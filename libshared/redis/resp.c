/*
 * resp: commands in the Redis protocol, written by hand for the fast path:
 * nothing but appends to one buffer. https://redis.io/docs/reference/protocol-spec
 */
#include "libshared/redis/redis.h"

#define HEADER_MAX 23 /* kind, digits, line end */

static char *put_header(char *at, char kind, uint64_t count)
{
	*at++ = kind;
	at += ra_u64_digits(count, at);
	return mempcpy(at, "\r\n", 2);
}

void ra_resp_command(struct ra_buf *out, size_t argc)
{
	char *from = ra_buf_reserve(out, HEADER_MAX);
	out->len += (size_t)(put_header(from, '*', argc) - from);
}

/* Every field of every event comes through here: one look at the room there is. */
void ra_resp_word(struct ra_buf *out, struct ra_str word)
{
	char *from = ra_buf_reserve(out, HEADER_MAX + word.len + 2);
	char *at = put_header(from, '$', word.len);
	if (word.len > 0)
		at = mempcpy(at, word.ptr, word.len);
	at = mempcpy(at, "\r\n", 2);
	out->len += (size_t)(at - from);
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
