/* html: text into pages and links, made harmless. */
#pragma once
#include "libshared/base/buf.h"

/* Escaped for element content and quoted attributes. */
void html_text(struct ra_buf *out, const char *text);
/* Percent-encoded for a query value (RFC 3986, 2.1). */
void url_value(struct ra_buf *out, const char *text);
