/* from: whom a request comes from, and which address its browser asked, behind proxies of ours
 * (proxies.h). */
#include "libshared/http/server_internal.h"
#include <strings.h>

/* Of more lines than these the last count: those are of our proxies. */
#define FORWARDED_LINES_MAX 16

static size_t find_lines(const struct ra_http_request *req, const char *name,
			 struct ra_str lines[FORWARDED_LINES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < req->headers.count; i++) {
		if (!ra_str_is(req->headers.at[i].name, name))
			continue;
		if (count == FORWARDED_LINES_MAX)
			memmove(lines, lines + 1, sizeof(*lines) * --count);
		lines[count++] = req->headers.at[i].value;
	}
	return count;
}

void http_request_find_from(struct ra_http_request *req)
{
	const struct ra_proxies *proxies = req->conn->server->proxies;
	const char *peer = req->conn->peer;
	struct ra_str lines[FORWARDED_LINES_MAX];
	char from[INET6_ADDRSTRLEN];

	req->from = ra_arena_strdup(&req->arena, ra_str_of(peer));
	if (!ra_proxies_have(proxies, peer))
		return;
	req->proxies = proxies;
	size_t count =
		find_lines(req, proxies->use_forwarded ? "forwarded" : "x-forwarded-for", lines);
	ra_proxies_client(proxies, peer, lines, count, from);
	req->from = ra_arena_strdup(&req->arena, ra_str_of(from));
}

const char *ra_http_from(const struct ra_http_request *req)
{
	return req->from;
}

const char *ra_http_asked_origin(struct ra_http_request *req)
{
	struct ra_str scheme = RA_STR(""), host = RA_STR("");

	if (req->proxies && req->proxies->use_forwarded) {
		struct ra_str forwarded = ra_http_header(req, "forwarded");
		scheme = ra_forwarded_last(forwarded, "proto");
		host = ra_forwarded_last(forwarded, "host");
	} else if (req->proxies) {
		scheme = ra_http_header(req, "x-forwarded-proto");
		host = ra_http_header(req, "x-forwarded-host");
	}
	if (host.len == 0)
		host = ra_http_header(req, "host");
	bool is_https = scheme.len == 5 && strncasecmp(scheme.ptr, "https", 5) == 0;
	return host.len == 0
		       ? ""
		       : ra_arena_format(&req->arena, "%s://%.*s", is_https ? "https" : "http",
					 (int)host.len, host.ptr);
}
