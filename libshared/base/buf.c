/* buf: see the header. */
#include "libshared/base/buf.h"
#include "libshared/base/utf8.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define FIRST_CAP 64

void ra_buf_fini(struct ra_buf *buf)
{
	ra_free(buf->ptr);
	*buf = (struct ra_buf){ 0 };
}

void ra_buf_grow(struct ra_buf *buf, size_t more)
{
	assert(more < SIZE_MAX / 4 && buf->len < SIZE_MAX / 4);
	size_t cap = buf->cap ? buf->cap : FIRST_CAP;
	while (cap < buf->len + more)
		cap *= 2;
	buf->ptr = ra_realloc(buf->ptr, cap);
	buf->cap = cap;
}

void ra_buf_add_str(struct ra_buf *buf, struct ra_str text)
{
	ra_buf_add(buf, text.ptr, text.len);
}

void ra_buf_add_text(struct ra_buf *buf, const char *text)
{
	ra_buf_add(buf, text, strlen(text));
}

void ra_buf_add_u64(struct ra_buf *buf, uint64_t value)
{
	buf->len += ra_u64_digits(value, ra_buf_reserve(buf, 20));
}

void ra_buf_add_i64(struct ra_buf *buf, int64_t value)
{
	if (value < 0)
		ra_buf_add(buf, "-", 1);
	/* negated as unsigned: INT64_MIN has no positive twin */
	ra_buf_add_u64(buf, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void ra_buf_printf(struct ra_buf *buf, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	ra_buf_reserve(buf, 1);
	size_t room = buf->cap - buf->len;
	int len = vsnprintf(buf->ptr + buf->len, room, fmt, args);
	va_end(args);
	assert(len >= 0);
	if ((size_t)len >= room)
		vsnprintf(ra_buf_reserve(buf, (size_t)len + 1), (size_t)len + 1, fmt, again);
	va_end(again);
	buf->len += (size_t)len;
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

static void add_json_ascii(struct ra_buf *buf, char c)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	for (const char *pair = letters; *pair; pair += 2)
		if (*pair == c) {
			ra_buf_add(buf, (char[]){ '\\', pair[1] }, 2);
			return;
		}
	ra_buf_printf(buf, "\\u%04x", (unsigned)c);
}

void ra_buf_add_json_string(struct ra_buf *buf, struct ra_str text)
{
	ra_buf_add(buf, "\"", 1);
	size_t at = 0;
	while (at < text.len) {
		size_t from = at;
		while (at < text.len && is_plain(text.ptr[at]))
			at++;
		ra_buf_add(buf, text.ptr + from, at - from);
		if (at == text.len)
			break;
		size_t len = ra_utf8_first((struct ra_str){ text.ptr + at, text.len - at });
		if (len == 1)
			add_json_ascii(buf, text.ptr[at]);
		else if (len)
			ra_buf_add(buf, text.ptr + at, len);
		else
			ra_utf8_add(buf, 0xfffd);
		at += len ? len : 1;
	}
	ra_buf_add(buf, "\"", 1);
}

const char *ra_buf_text(struct ra_buf *buf)
{
	*ra_buf_reserve(buf, 1) = '\0';
	return buf->ptr;
}

void ra_buf_consume(struct ra_buf *buf, size_t n)
{
	assert(n <= buf->len);
	buf->len -= n;
	if (buf->len)
		memmove(buf->ptr, buf->ptr + n, buf->len);
}
