#include "services/discord-sim/multipart.h"
#include <stdio.h>

#define BOUNDARY_MAX 70 /* RFC 2046, 5.1.1 */

static struct ra_str from(struct ra_str text, const char *at)
{
	return (struct ra_str){ at, (size_t)(text.ptr + text.len - at) };
}

static const char *find(struct ra_str text, const char *what, size_t len)
{
	return memmem(text.ptr, text.len, what, len);
}

/* "--boundary", as it stands before each part. */
static size_t read_mark(struct ra_str content_type, char mark[BOUNDARY_MAX + 3])
{
	const char *at = find(content_type, "boundary=", 9);
	if (!ra_str_starts(content_type, "multipart/form-data") || !at)
		return 0;
	struct ra_str value = from(content_type, at + 9);
	if (value.len > 0 && value.ptr[0] == '"')
		value = from(value, value.ptr + 1);
	size_t len = 0;
	while (len < value.len && value.ptr[len] != '"' && value.ptr[len] != ';')
		len++;
	if (len == 0 || len > BOUNDARY_MAX)
		return 0;
	return (size_t)snprintf(mark, BOUNDARY_MAX + 3, "--%.*s", (int)len, value.ptr);
}

static void read_file(struct multipart *out, struct ra_str head, struct ra_str data)
{
	const char *name = find(head, "filename=\"", 10);
	if (out->files++ > 0)
		return;
	out->data = data;
	out->name = from(head, name ? name + 10 : head.ptr + head.len);
	const char *quote = out->name.len ? memchr(out->name.ptr, '"', out->name.len) : NULL;
	if (quote)
		out->name.len = (size_t)(quote - out->name.ptr);
}

static void read_part(struct multipart *out, struct ra_str part)
{
	const char *end = find(part, "\r\n\r\n", 4);
	if (!end)
		return;
	struct ra_str head = { part.ptr, (size_t)(end - part.ptr) };
	struct ra_str data = from(part, end + 4);
	if (find(head, "name=\"payload_json\"", 19))
		out->payload = data;
	else if (find(head, "filename=", 9))
		read_file(out, head, data);
}

bool multipart_read(struct multipart *out, struct ra_str content_type, struct ra_str body)
{
	char mark[BOUNDARY_MAX + 3];
	size_t len = read_mark(content_type, mark);
	if (len == 0)
		return false;
	*out = (struct multipart){ 0 };
	const char *at = find(body, mark, len);
	while (at) {
		struct ra_str rest = from(body, at + len);
		const char *next = find(rest, mark, len);
		if (next && next - rest.ptr >= 2)
			read_part(out, (struct ra_str){ rest.ptr, (size_t)(next - rest.ptr) - 2 });
		at = next;
	}
	return true;
}
