/* url: see url.h. */
#include "services/api/url.h"
#include "libshared/http/public_url.h"
#include <ctype.h>

char *url_origin(const char *url)
{
	size_t len = ra_url_origin_len(url);
	return len ? ra_strndup(url, len) : NULL;
}

static void add_encoded(struct ra_buf *out, struct ra_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c < 128 && (isalnum(c) || strchr("-._~", c)))
			ra_buf_add(out, &c, 1);
		else
			ra_buf_printf(out, "%%%02X", c);
	}
}

void url_add_arg(struct ra_buf *out, const char *name, struct ra_str value)
{
	if (out->len > 0 && out->ptr[out->len - 1] != '?')
		ra_buf_add(out, "&", 1);
	ra_buf_add_text(out, name);
	ra_buf_add(out, "=", 1);
	add_encoded(out, value);
}

bool url_is_local(struct ra_str path)
{
	if (path.len == 0 || path.len > 2000 || path.ptr[0] != '/')
		return false;
	if (path.len > 1 && (path.ptr[1] == '/' || path.ptr[1] == '\\'))
		return false;
	for (size_t i = 0; i < path.len; i++)
		if ((unsigned char)path.ptr[i] <= ' ' || path.ptr[i] == '\\' || path.ptr[i] == 127)
			return false;
	return true;
}
