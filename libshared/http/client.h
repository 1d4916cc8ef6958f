/*
 * client: HTTP requests on the loop, over libcurl's multi interface:
 * connection reuse, threaded name resolution, a timeout and a size cap each.
 */
#pragma once
#include "libshared/base/err.h"
#include "libshared/base/log.h"
#include <sys/socket.h>
#include <uv.h>

struct ra_http_client;

struct ra_http_call {
	const char *method; /* "GET", "POST" ... */
	const char *url;
	const char *const *headers; /* NULL-terminated "Name: value" lines; may be NULL */
	struct ra_str body;
	uint64_t timeout_ms; /* default 15000 */
	size_t max_body;     /* of the answer; default 4 MiB */
	/* May be NULL: any. Asked of the very address about to be connected to, after the name was
	 * resolved, so that no answer of a name server gets around it; refused is RA_EFORBIDDEN. No
	 * proxy and no connection of another call is used then. */
	bool (*may_connect)(const struct sockaddr *address);
};

struct ra_http_answer {
	int status;            /* HTTP status */
	struct ra_str body;    /* borrowed until you return */
	struct ra_str headers; /* its lines; likewise; see ra_http_find_header */
};

/* Exactly once, from the loop. `status`: 0 with an answer (whatever its HTTP status), or a negative
 * code with answer NULL and *err saying what failed (host and path, never query or headers). */
typedef void (*ra_http_done_cb)(void *ctx, int status, const struct ra_http_answer *answer,
				const struct ra_err *err);

struct ra_http_client *ra_http_client_open(uv_loop_t *loop, const char *user_agent,
					   const struct ra_log *log);
/* Calls in flight end with RA_ESTOPPED before `closed` (may be NULL). */
void ra_http_client_close(struct ra_http_client *client, void (*closed)(void *ctx), void *ctx);
/* Everything is copied. */
void ra_http_send(struct ra_http_client *client, const struct ra_http_call *call,
		  ra_http_done_cb done, void *ctx);
/* A header in lines of "Name: value", the case of names ignored; empty when absent. */
struct ra_str ra_http_find_header(struct ra_str headers, const char *name);
