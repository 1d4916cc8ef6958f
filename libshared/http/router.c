/* router: which handler a method and a path go to, and what is said when none does. */
#include "libshared/base/clock.h"
#include "libshared/http/server_internal.h"
#include <stdio.h>

void ra_http_route(struct ra_http_server *server, const char *method, const char *path,
		   ra_http_handler handler, void *ctx)
{
	server->routes =
		ra_realloc(server->routes, (server->route_count + 1) * sizeof(*server->routes));
	server->routes[server->route_count++] = (struct http_route){
		.method = method,
		.path = path,
		.handler = handler,
		.ctx = ctx,
		.name = ra_format("%s %s", method ? method : "*", path),
	};
}

static void add_param(struct ra_http_request *req, struct ra_str name, const char *from,
		      const char *to)
{
	if (req->param_count == HTTP_PARAMS_MAX)
		return;
	req->params[req->param_count++] = (struct http_pair){
		.name = name,
		.value = { from, (size_t)(to - from) },
	};
}

/* Walks pattern and path side by side, collecting the params. */
static bool fits(struct ra_http_request *req, const char *pattern)
{
	const char *at = req->path.ptr;
	const char *end = at + req->path.len;

	req->param_count = 0;
	while (*pattern) {
		if (pattern[0] == '*' && pattern[1] == '\0') {
			add_param(req, RA_STR("*"), at, end);
			return true;
		}
		if (*pattern == '{') {
			size_t len = strcspn(++pattern, "}");
			const char *from = at;
			while (at < end && *at != '/')
				at++;
			if (at == from)
				return false;
			add_param(req, (struct ra_str){ pattern, len }, from, at);
			pattern += len + 1;
			continue;
		}
		if (at == end || *at++ != *pattern++)
			return false;
	}
	return at == end;
}

static bool takes(const struct http_route *route, const struct ra_http_request *req)
{
	if (!route->method || ra_str_is(req->method, route->method))
		return true;
	return req->is_head && strcmp(route->method, "GET") == 0;
}

/* The path exists, the method does not: says which would. */
static void refuse_method(struct ra_http_server *server, struct ra_http_request *req)
{
	char allow[128] = "";
	size_t len = 0;

	for (size_t i = 0; i < server->route_count; i++) {
		const struct http_route *route = &server->routes[i];
		if (!fits(req, route->path) || strstr(allow, route->method) || len >= sizeof(allow))
			continue;
		len += (size_t)snprintf(allow + len, sizeof(allow) - len, "%s%s", len ? ", " : "",
					route->method);
	}
	ra_http_set_header(req, "allow", allow);
	ra_http_problem(req, 405, NULL, "Method not allowed", NULL);
}

void http_router_dispatch(struct ra_http_server *server, struct ra_http_request *req)
{
	bool has_path = false;

	for (size_t i = 0; i < server->route_count; i++) {
		const struct http_route *route = &server->routes[i];
		if (!fits(req, route->path))
			continue;
		has_path = true;
		if (takes(route, req)) {
			req->route = route->name;
			req->began_ms = ra_monotonic_ms();
			route->handler(req, route->ctx);
			return;
		}
	}
	if (has_path)
		refuse_method(server, req);
	else
		ra_http_problem(req, 404, NULL, "Not found", NULL);
}
