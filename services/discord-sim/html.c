#include "services/discord-sim/html.h"

void html_text(struct ra_buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': ra_buf_add_text(out, "&amp;"); break;
		case '<': ra_buf_add_text(out, "&lt;"); break;
		case '>': ra_buf_add_text(out, "&gt;"); break;
		case '"': ra_buf_add_text(out, "&quot;"); break;
		case '\'': ra_buf_add_text(out, "&#39;"); break;
		default: ra_buf_add(out, text, 1);
		}
	}
}

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void url_value(struct ra_buf *out, const char *text)
{
	for (; *text; text++) {
		if (is_unreserved((unsigned char)*text))
			ra_buf_add(out, text, 1);
		else
			ra_buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}
