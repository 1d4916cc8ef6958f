/* reply: every way a request is answered, and h2o's own refusals in our words. */
#include "libshared/base/clock.h"
#include "libshared/http/server_internal.h"
#include "libshared/metrics/metrics.h"
#include <stdio.h>
#include <zlib.h>

/* Smaller answers gain nothing from compression. */
#define GZIP_FROM_BYTES 512
#define GZIP_LEVEL      4

RA_COUNTER_BY(http_requests, "rations_http_requests_total", "status", "HTTP requests answered");
RA_COUNTER_BY(http_errors, "rations_http_errors_total", "route",
	      "of those: by a status of 500 or more")
RA_HISTOGRAM_BY(http_seconds, "rations_http_request_seconds", "route",
		"from a handler's call to its answer; streams are not among them")

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 413, "Payload Too Large" },
	{ 422, "Unprocessable Entity" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
};

static const char *reason_of(int status)
{
	for (size_t i = 0; i < RA_COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return status < 400 ? "OK" : "Error";
}

static void count_reply(int status)
{
	char class[16];

	snprintf(class, sizeof(class), "%dxx", status / 100);
	ra_count_by(&http_requests, class, 1);
}

static void observe(struct ra_http_request *req, int status)
{
	if (!req->route)
		return;
	ra_debug(req->conn->server->log, "request answered", ra_f_text("route", req->route),
		 ra_f_int("status", status), ra_f_u64("ms", ra_monotonic_ms() - req->began_ms),
		 ra_f_trace(ra_http_traceparent(req)));
	ra_observe_by(&http_seconds, req->route,
		      (double)(ra_monotonic_ms() - req->began_ms) / 1000);
	if (status >= 500)
		ra_count_by(&http_errors, req->route, 1);
}

bool http_reply_begin(struct ra_http_request *req)
{
	assert(!req->is_answered);
	if (req->answered) {
		http_inside_answer(req, 501, NULL);
		return false;
	}
	req->is_answered = true;
	if (req->h2o && !req->is_sent)
		return true;
	if (!req->h2o)
		http_request_free(req);
	return false;
}

/* A line break in a value would let whoever chose it write headers of his own. */
static h2o_iovec_t clean_copy(h2o_req_t *h2o, const char *text)
{
	h2o_iovec_t copy = h2o_strdup(&h2o->pool, text, SIZE_MAX);

	for (size_t i = 0; i < copy.len; i++)
		if ((unsigned char)copy.base[i] < ' ')
			copy.base[i] = ' ';
	return copy;
}

void ra_http_set_header(struct ra_http_request *req, const char *name, const char *value)
{
	if (!req->h2o)
		return;
	h2o_iovec_t key = clean_copy(req->h2o, name);
	h2o_iovec_t val = clean_copy(req->h2o, value);
	h2o_strtolower(key.base, key.len);
	h2o_add_header_by_str(&req->h2o->pool, &req->h2o->res.headers, key.base, key.len, 1, NULL,
			      val.base, val.len);
}

static bool has_reply_header(const h2o_req_t *h2o, const h2o_token_t *token)
{
	return h2o_find_header(&h2o->res.headers, token, -1) >= 0;
}

void http_reply_send(struct ra_http_request *req, int status, h2o_iovec_t body)
{
	static h2o_generator_t whole = { NULL, NULL };
	h2o_req_t *h2o = req->h2o;
	bool has_body = status != 204 && status != 304;

	req->is_sent = true;
	count_reply(status);
	observe(req, status);
	h2o->res.status = status;
	h2o->res.reason = reason_of(status);
	h2o->res.content_length = has_body ? body.len : SIZE_MAX;
	h2o_start_response(h2o, &whole);
	h2o_send(h2o, &body, has_body && !req->is_head && body.len > 0, H2O_SEND_STATE_FINAL);
}

static bool is_compressible(const char *content_type)
{
	return content_type &&
	       (strncmp(content_type, "text/", 5) == 0 || strstr(content_type, "json"));
}

static h2o_iovec_t gzip(h2o_req_t *h2o, struct ra_str body)
{
	z_stream z = { 0 };
	int rc = deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);

	assert(rc == Z_OK);
	z.next_in = (z_const Bytef *)body.ptr;
	z.avail_in = (uInt)body.len;
	z.avail_out = (uInt)deflateBound(&z, body.len);
	h2o_iovec_t out = h2o_iovec_init(h2o_mem_alloc_pool(&h2o->pool, z.avail_out), 0);
	z.next_out = (Bytef *)out.base;
	rc = deflate(&z, Z_FINISH);
	assert(rc == Z_STREAM_END);
	out.len = z.total_out;
	deflateEnd(&z);
	return out;
}

void ra_http_reply(struct ra_http_request *req, int status, const char *content_type,
		   struct ra_str body)
{
	h2o_iovec_t out;

	if (!http_reply_begin(req))
		return;
	h2o_req_t *h2o = req->h2o;
	if (content_type)
		ra_http_set_header(req, "content-type", content_type);
	bool is_worth_it = body.len > GZIP_FROM_BYTES && is_compressible(content_type);
	if (is_worth_it)
		ra_http_set_header(req, "vary", "accept-encoding");
	if (is_worth_it && h2o_get_compressible_types(&h2o->headers) & H2O_COMPRESSIBLE_GZIP) {
		ra_http_set_header(req, "content-encoding", "gzip");
		out = gzip(h2o, body);
	} else {
		out = h2o_strdup(&h2o->pool, body.len ? body.ptr : "", body.len);
	}
	http_reply_send(req, status, out);
}

static void reply_json(struct ra_http_request *req, int status, const char *content_type,
		       json_t *body)
{
	if (req->answered) {
		http_inside_answer(req, status, body);
		json_decref(body);
		return;
	}
	char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);

	json_decref(body);
	assert(text); /* a json_t we built ourselves is valid */
	if (req->h2o && !has_reply_header(req->h2o, H2O_TOKEN_CACHE_CONTROL))
		ra_http_set_header(req, "cache-control", "no-store");
	ra_http_reply(req, status, content_type, ra_str_of(text));
	free(text);
}

void ra_http_reply_json(struct ra_http_request *req, int status, json_t *body)
{
	reply_json(req, status, "application/json", body);
}

static json_t *problem_json(int status, const char *slug, const char *title, const char *detail)
{
	json_t *problem = json_object();

	json_object_set_new(problem, "type",
			    slug ? json_sprintf("/problems/%s", slug) : json_string("about:blank"));
	json_object_set_new(problem, "title", json_string(title));
	json_object_set_new(problem, "status", json_integer(status));
	if (detail)
		json_object_set_new(problem, "detail", json_string(detail));
	return problem;
}

void ra_http_problem(struct ra_http_request *req, int status, const char *slug, const char *title,
		     const char *detail)
{
	reply_json(req, status, "application/problem+json",
		   problem_json(status, slug, title, detail));
}

void ra_http_problem_with(struct ra_http_request *req, int status, const char *slug,
			  const char *title, const char *detail, json_t *more)
{
	json_t *problem = problem_json(status, slug, title, detail);
	json_object_update_missing(problem, more);
	json_decref(more);
	reply_json(req, status, "application/problem+json", problem);
}

void ra_http_redirect(struct ra_http_request *req, int status, const char *location)
{
	ra_http_set_header(req, "location", location);
	ra_http_set_header(req, "cache-control", "no-store");
	ra_http_reply(req, status, NULL, RA_STR(""));
}

/* h2o has to be given a response to end the connection; it goes nowhere. */
void http_request_cut(struct ra_http_request *req)
{
	http_conn_reset(req->conn);
	req->h2o->http1_is_persistent = 0;
	if (req->stream)
		http_stream_cut(req->stream);
	else if (!req->is_sent)
		http_reply_send(req, 503, h2o_iovec_init(NULL, 0));
}

void ra_http_abort(struct ra_http_request *req)
{
	if (http_reply_begin(req))
		http_request_cut(req);
}

/*
 * What h2o refuses by itself, before a request of ours exists (too large a
 * body, a broken length), it says in plain text. This filter says it as a problem.
 */

struct refusal {
	h2o_ostream_t super;
	h2o_iovec_t body;
};

static void send_refusal(h2o_ostream_t *ostream, h2o_req_t *h2o, h2o_iovec_t *bufs, size_t count,
			 h2o_send_state_t state)
{
	(void)bufs;
	h2o_ostream_send_next(ostream, h2o, &((struct refusal *)ostream)->body, count ? 1 : 0,
			      state);
}

static void on_setup_ostream(h2o_filter_t *filter, h2o_req_t *h2o, h2o_ostream_t **slot)
{
	(void)filter;
	if (!http_conn_of(h2o)->request) {
		struct refusal *refusal =
			(struct refusal *)h2o_add_ostream(h2o, sizeof(*refusal), slot);
		json_t *problem =
			problem_json(h2o->res.status, NULL, reason_of(h2o->res.status), NULL);
		char *text = json_dumps(problem, JSON_COMPACT);
		json_decref(problem);
		refusal->super.do_send = send_refusal;
		refusal->body = h2o_strdup(&h2o->pool, text, SIZE_MAX);
		free(text);
		h2o->res.content_length = refusal->body.len;
		h2o_set_header(&h2o->pool, &h2o->res.headers, H2O_TOKEN_CONTENT_TYPE,
			       H2O_STRLIT("application/problem+json"), 1);
		count_reply(h2o->res.status);
		slot = &refusal->super.next;
	}
	h2o_setup_next_ostream(h2o, slot);
}

void http_refusals_register(h2o_pathconf_t *pathconf)
{
	h2o_create_filter(pathconf, sizeof(h2o_filter_t))->on_setup_ostream = on_setup_ostream;
}
