/*
 * fixture: a rest client and a server that answers by script: each request
 * takes the next answer of the script, the last one is repeated.
 */
#pragma once
#include "libshared/base/clock.h"
#include "libshared/discord/rest.h"
#include "libshared/http/server.h"
#include "tests/harness/loop.h"
#include <stdio.h>

struct answer {
	int status;
	const char *body;
	const char *headers[16]; /* name, value pairs */
	bool is_held;            /* kept until fixture_release */
	bool is_cut;             /* no answer: the connection is cut */
};

struct request {
	char method[8], path[160], authorization[64], type[64], agent[64], body[64];
	uint64_t at_ms;
};

#define SAYS(status_, body_)                                                                       \
	{                                                                                          \
		.status = (status_), .body = (body_)                                               \
	}
#define SAYS_WITH(status_, body_, ...)                                                             \
	{                                                                                          \
		.status = (status_), .body = (body_), .headers = { __VA_ARGS__ }                   \
	}

#define MAX_REQUESTS 1024

struct fixture {
	uv_loop_t loop;
	struct ra_http_server *server;
	struct ra_rest *rest;
	bool is_server_closed, is_rest_closed;
	const struct answer *script;
	size_t script_count;
	struct request requests[MAX_REQUESTS];
	size_t request_count;
	struct ra_http_request *held[MAX_REQUESTS];
	const struct answer *held_answers[MAX_REQUESTS];
	size_t held_count;
};

static struct fixture fx;

static inline void copy_header(struct ra_http_request *req, const char *name, char *out,
			       size_t size)
{
	struct ra_str value = ra_http_header(req, name);
	snprintf(out, size, "%.*s", (int)value.len, value.ptr);
}

static inline void give(struct ra_http_request *req, const struct answer *answer)
{
	for (size_t i = 0; i + 1 < RA_COUNT(answer->headers) && answer->headers[i]; i += 2)
		ra_http_set_header(req, answer->headers[i], answer->headers[i + 1]);
	ra_http_reply(req, answer->status, "application/json",
		      ra_str_of(answer->body ? answer->body : "{}"));
}

static inline void on_request(struct ra_http_request *req, void *ctx)
{
	size_t n = fx.request_count++;
	if (n >= MAX_REQUESTS)
		fail_msg("more than %d requests", MAX_REQUESTS);
	struct request *r = &fx.requests[n];
	struct ra_str method = ra_http_method(req), path = ra_http_path(req),
		      body = ra_http_body(req);
	(void)ctx;
	snprintf(r->method, sizeof(r->method), "%.*s", (int)method.len, method.ptr);
	snprintf(r->path, sizeof(r->path), "%.*s", (int)path.len, path.ptr);
	snprintf(r->body, sizeof(r->body), "%.*s", (int)body.len, body.ptr);
	copy_header(req, "authorization", r->authorization, sizeof(r->authorization));
	copy_header(req, "content-type", r->type, sizeof(r->type));
	copy_header(req, "user-agent", r->agent, sizeof(r->agent));
	r->at_ms = ra_monotonic_ms();
	const struct answer *answer = &fx.script[n < fx.script_count ? n : fx.script_count - 1];
	if (answer->is_held) {
		fx.held_answers[fx.held_count] = answer;
		fx.held[fx.held_count++] = req;
	} else if (answer->is_cut) {
		ra_http_abort(req);
	} else {
		give(req, answer);
	}
}

/* Answers what was held so far. */
static inline void fixture_release(void)
{
	size_t count = fx.held_count;
	struct ra_http_request *held[MAX_REQUESTS];
	memcpy(held, fx.held, sizeof(held));
	fx.held_count = 0;
	for (size_t i = 0; i < count; i++)
		give(held[i], fx.held_answers[i]);
}

static inline void fixture_open_with(const struct answer *script, size_t count,
				     struct ra_rest_options options)
{
	struct ra_http_options server = { 0 };
	struct ra_err err = { 0 };
	fx = (struct fixture){ .script = script, .script_count = count };
	test_loop_open(&fx.loop);
	fx.server = ra_http_server_start(&fx.loop, &server, NULL, &err);
	assert_non_null(fx.server);
	ra_http_route(fx.server, NULL, "/api/*", on_request, NULL);
	char *base = ra_format("http://127.0.0.1:%u/api", ra_http_server_port(fx.server));
	options.base_url = base;
	fx.rest = ra_rest_open(&fx.loop, &options, &err);
	assert_non_null(fx.rest);
	ra_free(base);
}

/* rate: so fast that the global limit is no part of the story */
#define fixture_open(...)                                                                          \
	static const struct answer script_[] = { __VA_ARGS__ };                                    \
	fixture_open_with(script_, RA_COUNT(script_),                                              \
			  (struct ra_rest_options){ .token = "t0ken", .rate = 10000 })

static inline void set_flag(void *flag)
{
	*(bool *)flag = true;
}

static inline void fixture_close(void)
{
	if (fx.rest)
		ra_rest_close(fx.rest, set_flag, &fx.is_rest_closed);
	test_run_until(&fx.loop, !fx.rest || fx.is_rest_closed);
	ra_http_server_stop(fx.server, 5000, set_flag, &fx.is_server_closed);
	fixture_release();
	test_run_until(&fx.loop, fx.is_server_closed);
	test_loop_close(&fx.loop);
}

/* One call and what came of it. */
struct outcome {
	int count; /* of answers */
	int status, http_status, code;
	uint64_t retry_after_ms;
	char body[64], why[128];
	unsigned order; /* among all outcomes */
};

static unsigned outcomes;

static inline void on_outcome(void *ctx, int status, const struct ra_rest_answer *answer)
{
	struct outcome *o = ctx;
	o->count++;
	o->status = status;
	o->http_status = answer->http_status;
	o->code = answer->code;
	o->retry_after_ms = answer->retry_after_ms;
	o->order = outcomes++;
	snprintf(o->body, sizeof(o->body), "%.*s", (int)answer->body.len,
		 answer->body.ptr ? answer->body.ptr : "");
	snprintf(o->why, sizeof(o->why), "%s", answer->why);
}

static inline void begin(struct outcome *o, struct ra_rest_call call)
{
	*o = (struct outcome){ 0 };
	ra_rest_send(fx.rest, &call, on_outcome, o);
	assert_int_equal(o->count, 0);
}

static inline struct outcome ask(struct ra_rest_call call)
{
	struct outcome o;
	begin(&o, call);
	test_run_until(&fx.loop, o.count == 1);
	return o;
}
