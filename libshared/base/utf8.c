/* utf8: see the header. */
#include "libshared/base/utf8.h"

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The second byte of some leads has a narrower range: table 3-7 of the Unicode standard. */
static bool is_second(unsigned char lead, unsigned char second)
{
	switch (lead) {
	case 0xe0: return second >= 0xa0;
	case 0xed: return second <= 0x9f;
	case 0xf0: return second >= 0x90;
	case 0xf4: return second <= 0x8f;
	default: return true;
	}
}

size_t ra_utf8_first(struct ra_str text)
{
	if (text.len == 0)
		return 0;
	unsigned char lead = (unsigned char)text.ptr[0];
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (text.len < len || !is_second(lead, (unsigned char)text.ptr[1]))
		return 0;
	for (size_t i = 1; i < len; i++)
		if (!is_continuation(text.ptr[i]))
			return 0;
	return len;
}

void ra_utf8_add(struct ra_buf *buf, uint32_t c)
{
	unsigned char *out = (unsigned char *)ra_buf_reserve(buf, 4);
	if (c < 0x80) {
		out[0] = (unsigned char)c;
		buf->len += 1;
	} else if (c < 0x800) {
		out[0] = (unsigned char)(0xc0 | c >> 6);
		out[1] = (unsigned char)(0x80 | (c & 0x3f));
		buf->len += 2;
	} else if (c < 0x10000) {
		out[0] = (unsigned char)(0xe0 | c >> 12);
		out[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (unsigned char)(0x80 | (c & 0x3f));
		buf->len += 3;
	} else {
		out[0] = (unsigned char)(0xf0 | c >> 18);
		out[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
		out[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		out[3] = (unsigned char)(0x80 | (c & 0x3f));
		buf->len += 4;
	}
}

void ra_utf8_add_clean(struct ra_buf *buf, struct ra_str text)
{
	size_t from = 0, at = 0;
	while (at < text.len) {
		size_t len = ra_utf8_first((struct ra_str){ text.ptr + at, text.len - at });
		if (len) {
			at += len;
			continue;
		}
		ra_buf_add(buf, text.ptr + from, at - from);
		ra_utf8_add(buf, 0xfffd);
		from = ++at;
	}
	if (text.len)
		ra_buf_add(buf, text.ptr + from, at - from);
}
