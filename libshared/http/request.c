#include "libshared/http/server_internal.h"
#include <ctype.h>
#include <strings.h>

/*
 * A request copies what it needs out of h2o when it begins: h2o may let go of
 * its own at any time (the peer left, the drain ran out), while the handler
 * still holds ours and its strings until it answers.
 */

static struct ra_str keep(struct ra_http_request *req, h2o_iovec_t v)
{
	struct ra_str text = { v.base ? v.base : "", v.len };
	return (struct ra_str){ ra_arena_strdup(&req->arena, text), text.len };
}

static const struct http_pair *find(const struct http_pair *pairs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (ra_str_is(pairs[i].name, name))
			return &pairs[i];
	return NULL;
}

static struct ra_str value_of(const struct http_pair *pair)
{
	return pair ? pair->value : RA_STR("");
}

void http_request_free(struct ra_http_request *req)
{
	ra_arena_fini(&req->arena);
	ra_free(req);
}

/* h2o lets go: the response is written, or the connection is lost. */
static void on_let_go(void *link)
{
	struct ra_http_request *req = *(struct ra_http_request **)link;
	bool is_answered = req->is_answered; /* else `end` may answer, and free it */

	http_conn_wait(req->conn);
	req->conn = NULL;
	req->h2o = NULL;
	if (req->stream)
		http_stream_over(req->stream);
	if (req->end)
		req->end(req->end_ctx);
	if (is_answered)
		http_request_free(req);
}

/* Host and Upgrade are among the headers again. Returns their size. */
static size_t keep_headers(struct ra_http_request *req, const h2o_req_t *h2o)
{
	struct http_pair *header =
		ra_arena_alloc(&req->arena, (h2o->headers.size + 2) * sizeof(*header));
	size_t bytes = 0;

	req->headers = (struct http_pairs){ header, h2o->headers.size + 2 };
	*header++ = (struct http_pair){ RA_STR("host"), keep(req, h2o->input.authority) };
	*header++ = (struct http_pair){ RA_STR("upgrade"), keep(req, h2o->upgrade) };
	for (size_t i = 0; i < h2o->headers.size; i++, header++) {
		header->name = keep(req, *h2o->headers.entries[i].name);
		header->value = keep(req, h2o->headers.entries[i].value);
		bytes += header->name.len + header->value.len;
	}
	return bytes;
}

static bool begins_with(struct ra_str line, const char *name)
{
	size_t len = strlen(name);
	return line.len > len && strncasecmp(line.ptr, name, len) == 0;
}

/* More than one header says where the body ends: whoever handed this on may have read another than
 * h2o, and then what we take for the next request is somebody's body (RFC 9112, 6.3). h2o keeps
 * none of these headers, but what came is still there. */
static bool is_ambiguous(const h2o_buffer_t *input)
{
	const char *at = input->bytes, *end = at + input->size;
	size_t count = 0;

	while ((at = memchr(at, '\n', (size_t)(end - at))) && ++at < end && !strchr("\r\n", *at)) {
		struct ra_str rest = { at, (size_t)(end - at) };
		count += begins_with(rest, "content-length") ||
			 begins_with(rest, "transfer-encoding");
	}
	return count > 1;
}

/* The base path is a prefix of whole segments; alone it is the root. */
static struct ra_str without_base(struct ra_str path, const char *base)
{
	size_t len = strlen(base);

	if (len == 0 || !ra_str_starts(path, base))
		return path;
	if (path.len == len)
		return RA_STR("/");
	return path.ptr[len] == '/' ? (struct ra_str){ path.ptr + len, path.len - len } : path;
}

struct ra_http_request *http_request_new(struct http_conn *conn, h2o_req_t *h2o)
{
	struct ra_http_request *req = ra_new(struct ra_http_request);
	struct ra_http_request **link =
		h2o_mem_alloc_shared(&h2o->pool, sizeof(struct ra_http_request *), on_let_go);

	*link = req;
	req->conn = conn;
	conn->request = req;
	conn->has_asked = true;
	req->h2o = h2o;
	req->method = keep(req, h2o->method);
	req->is_head = ra_str_is(req->method, "HEAD");
	req->path = without_base(keep(req, h2o->path_normalized), conn->server->base_path);
	if (h2o->query_at != SIZE_MAX)
		req->raw_query = keep(req, h2o_iovec_init(h2o->path.base + h2o->query_at + 1,
							  h2o->path.len - h2o->query_at - 1));
	req->body = keep(req, h2o->entity);
	req->is_oversized = keep_headers(req, h2o) > HTTP_HEADERS_MAX_BYTES;
	req->is_ambiguous = is_ambiguous(conn->sock->input);
	http_request_find_from(req);
	return req;
}

struct ra_str ra_http_traceparent(struct ra_http_request *req)
{
	if (!req->traceparent[0])
		ra_traceparent(req->traceparent, ra_http_header(req, "traceparent"));
	return ra_str_of(req->traceparent);
}

struct ra_str ra_http_method(const struct ra_http_request *req)
{
	return req->method;
}

struct ra_str ra_http_path(const struct ra_http_request *req)
{
	return req->path;
}

struct ra_str ra_http_body(const struct ra_http_request *req)
{
	return req->body;
}

struct ra_arena *ra_http_arena(struct ra_http_request *req)
{
	return &req->arena;
}

bool ra_http_is_gone(const struct ra_http_request *req)
{
	return !req->h2o && !req->answered;
}

void ra_http_on_end(struct ra_http_request *req, void (*end)(void *ctx), void *ctx)
{
	req->end = end;
	req->end_ctx = ctx;
}

struct ra_str ra_http_header(const struct ra_http_request *req, const char *name)
{
	return value_of(find(req->headers.at, req->headers.count, name));
}

struct ra_str ra_http_param(const struct ra_http_request *req, const char *name)
{
	return value_of(find(req->params, req->param_count, name));
}

/* Cuts what precedes `mark` off the front of *rest; the mark goes too. */
static struct ra_str take_until(struct ra_str *rest, char mark)
{
	const char *at = rest->len ? memchr(rest->ptr, mark, rest->len) : NULL;
	struct ra_str part = { rest->ptr, at ? (size_t)(at - rest->ptr) : rest->len };
	size_t used = part.len + (at ? 1 : 0);

	rest->ptr += used;
	rest->len -= used;
	return part;
}

static struct ra_str trim(struct ra_str text)
{
	while (text.len && *text.ptr == ' ') {
		text.ptr++;
		text.len--;
	}
	while (text.len && text.ptr[text.len - 1] == ' ')
		text.len--;
	return text;
}

/* RFC 6265, section 4.2.1: name=value pairs between semicolons. */
static bool find_cookie(struct ra_str header, const char *name, struct ra_str *found)
{
	while (header.len > 0) {
		struct ra_str value = take_until(&header, ';');
		struct ra_str key = take_until(&value, '=');
		if (!ra_str_is(trim(key), name))
			continue;
		*found = trim(value);
		return true;
	}
	return false;
}

struct ra_str ra_http_cookie(const struct ra_http_request *req, const char *name)
{
	struct ra_str found = RA_STR("");

	for (size_t i = 0; i < req->headers.count; i++) {
		const struct http_pair *header = &req->headers.at[i];
		if (ra_str_is(header->name, "cookie") && find_cookie(header->value, name, &found))
			break;
	}
	return found;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte an escape at `at` stands for, or -1. */
static int escaped(struct ra_str text, size_t at)
{
	if (text.ptr[at] != '%' || at + 2 >= text.len)
		return -1;
	int high = hex(text.ptr[at + 1]);
	int low = hex(text.ptr[at + 2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* application/x-www-form-urlencoded, one name or value. What is not an escape stays as it is. */
static struct ra_str decode(struct ra_http_request *req, struct ra_str text)
{
	char *out = ra_arena_alloc(&req->arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		int byte = escaped(text, i);
		if (byte >= 0)
			i += 2;
		else
			byte = text.ptr[i] == '+' ? ' ' : text.ptr[i];
		out[len++] = (char)byte;
	}
	return (struct ra_str){ out, len };
}

static struct http_pairs decode_pairs(struct ra_http_request *req, struct ra_str text)
{
	struct http_pairs pairs = { 0 };
	size_t most = 1;

	for (size_t i = 0; i < text.len; i++)
		most += text.ptr[i] == '&';
	pairs.at = ra_arena_alloc(&req->arena, most * sizeof(*pairs.at));
	while (text.len > 0) {
		struct ra_str value = take_until(&text, '&');
		struct ra_str name = take_until(&value, '=');
		if (name.len > 0)
			pairs.at[pairs.count++] =
				(struct http_pair){ decode(req, name), decode(req, value) };
	}
	return pairs;
}

static const char *find_decoded(struct ra_http_request *req, struct http_pairs *pairs,
				struct ra_str text, const char *name)
{
	if (!pairs->at)
		*pairs = decode_pairs(req, text);
	const struct http_pair *pair = find(pairs->at, pairs->count, name);
	return pair ? pair->value.ptr : NULL;
}

const char *ra_http_query(struct ra_http_request *req, const char *name)
{
	return find_decoded(req, &req->query, req->raw_query, name);
}

struct ra_str ra_http_raw_query(const struct ra_http_request *req)
{
	return req->raw_query;
}

const char *ra_http_form(struct ra_http_request *req, const char *name)
{
	return find_decoded(req, &req->form, req->body, name);
}
