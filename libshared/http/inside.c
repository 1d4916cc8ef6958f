/*
 * Requests from inside: what the outside may ask a handler, a part of the same
 * program may ask, too, and gets the JSON itself instead of its text.
 */
#include "libshared/http/server_internal.h"
#include <assert.h>

static struct ra_str copy(struct ra_http_request *req, struct ra_str text)
{
	return (struct ra_str){ ra_arena_strdup(&req->arena, text), text.len };
}

struct ra_http_request *ra_http_inside(const struct ra_http_request *like, struct ra_str query,
				       ra_http_inside_cb answered, void *ctx)
{
	struct ra_http_request *req = ra_new(struct ra_http_request);
	req->answered = answered;
	req->answered_ctx = ctx;
	req->from = "";
	req->method = RA_STR("GET");
	req->path = like ? copy(req, like->path) : RA_STR("");
	req->raw_query = copy(req, query);
	for (size_t i = 0; like && i < like->param_count; i++, req->param_count++)
		req->params[i] = (struct http_pair){ copy(req, like->params[i].name),
						     copy(req, like->params[i].value) };
	return req;
}

void http_inside_answer(struct ra_http_request *req, int status, const json_t *body)
{
	assert(!req->is_answered);
	req->is_answered = true;
	req->answered(req->answered_ctx, status, body);
	http_request_free(req);
}
