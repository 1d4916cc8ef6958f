/*
 * buf: bytes that grow. A zeroed struct is an empty buffer; ra_buf_fini
 * releases it and leaves it empty.
 */
#pragma once
#include "libshared/base/base.h"

struct ra_buf {
	char *ptr; /* owned */
	size_t len;
	size_t cap;
};

void ra_buf_fini(struct ra_buf *buf);
void ra_buf_grow(struct ra_buf *buf, size_t more);

/* Room for `more` bytes after len; returns where they go. len does not change. */
static inline char *ra_buf_reserve(struct ra_buf *buf, size_t more)
{
	if (buf->cap - buf->len < more || !buf->ptr)
		ra_buf_grow(buf, more);
	return buf->ptr + buf->len;
}

static inline void ra_buf_add(struct ra_buf *buf, const void *bytes, size_t len)
{
	if (len == 0)
		return;
	memcpy(ra_buf_reserve(buf, len), bytes, len);
	buf->len += len;
}

void ra_buf_add_str(struct ra_buf *buf, struct ra_str text);
void ra_buf_add_text(struct ra_buf *buf, const char *text);
void ra_buf_add_u64(struct ra_buf *buf, uint64_t value);
void ra_buf_add_i64(struct ra_buf *buf, int64_t value);
void ra_buf_printf(struct ra_buf *buf, const char *fmt, ...) RA_PRINTF(2, 3);
/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void ra_buf_add_json_string(struct ra_buf *buf, struct ra_str text);
/* A NUL after the content (not counted), and the content. Valid until the next change. */
const char *ra_buf_text(struct ra_buf *buf);
/* Forgets the first `n` bytes. */
void ra_buf_consume(struct ra_buf *buf, size_t n);

static inline struct ra_str ra_buf_str(const struct ra_buf *buf)
{
	return (struct ra_str){ buf->ptr, buf->len };
}

static inline void ra_buf_clear(struct ra_buf *buf)
{
	buf->len = 0;
}
