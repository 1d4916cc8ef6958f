/* url: see url.h. */
#include "services/api/url.h"
#include <ctype.h>

char *url_origin(const char *url)
{
	size_t scheme = strncmp(url, "https://", 8) == 0  ? 8
			: strncmp(url, "http://", 7) == 0 ? 7
							  : 0;
	size_t host = scheme ? strcspn(url + scheme, "/?#") : 0;
	bool is_clean = host > 0 && strcspn(url, " \"'<>;,\\@") >= scheme + host;
	return is_clean ? ra_strndup(url, scheme + host) : NULL;
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
