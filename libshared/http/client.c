#include "libshared/http/client.h"
#include "libshared/base/buf.h"
#include <curl/curl.h>
#include <strings.h>

/*
 *   send -> curl's timer -> sockets ... -> curl says done -> done()
 *   close -> (next turn) every call ends with RA_ESTOPPED -> sockets closed -> closed()
 */

#define TIMEOUT_MS         15000
#define CONNECT_TIMEOUT_MS 10000
#define MAX_BODY           (4 * 1024 * 1024)

struct call {
	struct ra_http_client *client;
	CURL *easy;                 /* owned */
	struct curl_slist *headers; /* owned */
	struct ra_buf answer, answer_headers;
	size_t max_body;
	bool (*may_connect)(const struct sockaddr *address);
	bool is_refused; /* by it */
	ra_http_done_cb done;
	void *ctx;
	struct call *prev, *next;
};

struct watch { /* of one of curl's sockets */
	uv_poll_t poll;
	struct ra_http_client *client;
	curl_socket_t fd;
};

struct ra_http_client {
	uv_loop_t *loop;
	const struct ra_log *log;
	char *user_agent; /* owned */
	CURLM *multi;     /* owned */
	uv_timer_t timer;
	struct call *calls; /* in flight */
	bool is_closing;
	int pending; /* open handles */
	void (*closed)(void *ctx);
	void *closed_ctx;
};

static void on_timer_closed(uv_handle_t *handle);
static void unref(struct ra_http_client *client);

static const struct {
	CURLcode curl;
	int code;
	const char *text;
} failures[] = {
	{ CURLE_OPERATION_TIMEDOUT, RA_ETIMEOUT, "timed out" },
	{ CURLE_COULDNT_RESOLVE_HOST, RA_EDOWN, "no such host" },
	{ CURLE_COULDNT_CONNECT, RA_EDOWN, "cannot connect" },
	{ CURLE_GOT_NOTHING, RA_EDOWN, "connection closed without an answer" },
	{ CURLE_RECV_ERROR, RA_EDOWN, "connection lost" },
	{ CURLE_SEND_ERROR, RA_EDOWN, "connection lost" },
	{ CURLE_WRITE_ERROR, RA_ETOOBIG, "answer too large" },
	{ CURLE_PEER_FAILED_VERIFICATION, RA_EDENIED, "its certificate is not trusted" },
	{ CURLE_URL_MALFORMAT, RA_EINVAL, "not a URL" },
	{ CURLE_UNSUPPORTED_PROTOCOL, RA_EINVAL, "not an http or https URL" },
};

/* Host, port and path of a URL: the query may hold secrets. */
static void add_place(struct ra_buf *out, const char *text)
{
	CURLU *url = curl_url();
	char *part = NULL;

	if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK) {
		ra_buf_add_text(out, "url");
	} else {
		curl_url_set(url, CURLUPART_QUERY, NULL, 0);
		curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
		curl_url_set(url, CURLUPART_USER, NULL, 0);
		curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
		if (curl_url_get(url, CURLUPART_URL, &part, 0) == CURLUE_OK)
			ra_buf_add_text(out, part);
	}
	curl_free(part);
	curl_url_cleanup(url);
}

static int explain(const struct call *call, CURLcode result, struct ra_err *err)
{
	struct ra_buf place = { 0 };
	const char *text = curl_easy_strerror(result);
	char *url = NULL;
	long os_errno = 0;
	int code = RA_EHTTP;

	for (size_t i = 0; i < RA_COUNT(failures); i++) {
		if (failures[i].curl == result) {
			code = failures[i].code;
			text = failures[i].text;
		}
	}
	curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &os_errno);
	if (call->is_refused) {
		code = RA_EFORBIDDEN;
		text = "its address is not a public one";
	} else if (result == CURLE_COULDNT_CONNECT && os_errno) {
		text = uv_strerror((int)-os_errno);
	}
	curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &url);
	add_place(&place, url ? url : "");
	ra_fail(err, code, "Check the address, and that the other side is up and can be reached.",
		"%s: %s", ra_buf_text(&place), text);
	ra_buf_fini(&place);
	return code;
}

static void unlink_call(struct call *call)
{
	if (call->prev)
		call->prev->next = call->next;
	else
		call->client->calls = call->next;
	if (call->next)
		call->next->prev = call->prev;
}

/* The only end of a call. */
static void finish(struct call *call, int status, const struct ra_err *err)
{
	long http_status = 0;

	unlink_call(call);
	curl_multi_remove_handle(call->client->multi, call->easy);
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &http_status);
	struct ra_http_answer answer = {
		.status = (int)http_status,
		.body = ra_buf_str(&call->answer),
		.headers = ra_buf_str(&call->answer_headers),
	};
	call->done(call->ctx, status, status == 0 ? &answer : NULL, err);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	ra_buf_fini(&call->answer);
	ra_buf_fini(&call->answer_headers);
	ra_free(call);
}

/* Steps of a call, in the order they happen. */

static size_t on_header(char *line, size_t size, size_t count, void *ctx)
{
	struct call *call = ctx;
	size_t len = size * count;

	if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
		ra_buf_clear(&call->answer_headers); /* what came before was a 1xx */
	ra_buf_add(&call->answer_headers, line, len);
	return len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct call *call = ctx;
	size_t len = size * count;

	if (call->answer.len + len > call->max_body)
		return CURL_WRITEFUNC_ERROR;
	ra_buf_add(&call->answer, bytes, len);
	return len;
}

/* Names and redirects are promises; this is where the connection really goes. */
static curl_socket_t on_open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct call *call = ctx;

	(void)purpose;
	call->is_refused = !call->may_connect(&address->addr);
	if (call->is_refused)
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_limits(struct call *call)
{
	if (!call->may_connect)
		return;
	curl_easy_setopt(call->easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	curl_easy_setopt(call->easy, CURLOPT_OPENSOCKETDATA, call);
	curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(call->easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(call->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(call->easy, CURLOPT_FOLLOWLOCATION, 0L);
}

static void set_body(struct call *call, const struct ra_http_call *wanted)
{
	bool has_body = wanted->body.len > 0 || strcmp(wanted->method, "POST") == 0 ||
			strcmp(wanted->method, "PUT") == 0 || strcmp(wanted->method, "PATCH") == 0;

	if (has_body) {
		curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE, (long)wanted->body.len);
		curl_easy_setopt(call->easy, CURLOPT_COPYPOSTFIELDS,
				 wanted->body.len > 0 ? wanted->body.ptr : "");
	}
	if (strcmp(wanted->method, "HEAD") == 0)
		curl_easy_setopt(call->easy, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, wanted->method);
}

static void set_headers(struct call *call, const struct ra_http_call *wanted)
{
	/* curl would ask leave for bodies above 1 MB, and wait for it */
	call->headers = curl_slist_append(NULL, "Expect:");
	for (const char *const *line = wanted->headers; line && *line; line++)
		call->headers = curl_slist_append(call->headers, *line);
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
}

static void set_options(struct call *call, const struct ra_http_call *wanted)
{
	uint64_t timeout_ms = wanted->timeout_ms ? wanted->timeout_ms : TIMEOUT_MS;

	curl_easy_setopt(call->easy, CURLOPT_URL, wanted->url);
	curl_easy_setopt(call->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(call->easy, CURLOPT_USERAGENT, call->client->user_agent);
	curl_easy_setopt(call->easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(call->easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(call->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(call->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	curl_easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(call->easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
}

void ra_http_send(struct ra_http_client *client, const struct ra_http_call *wanted,
		  ra_http_done_cb done, void *ctx)
{
	struct call *call = ra_new(struct call);

	call->client = client;
	call->easy = curl_easy_init();
	call->max_body = wanted->max_body ? wanted->max_body : MAX_BODY;
	call->may_connect = wanted->may_connect;
	call->done = done;
	call->ctx = ctx;
	call->next = client->calls;
	if (call->next)
		call->next->prev = call;
	client->calls = call;
	set_options(call, wanted);
	set_headers(call, wanted);
	set_body(call, wanted);
	set_limits(call);
	if (!client->is_closing) /* else the closing ends it */
		curl_multi_add_handle(client->multi, call->easy);
}

static void finish_done(struct ra_http_client *client)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(client->multi, &left))) {
		struct call *call = NULL;
		CURLcode result = msg->data.result;
		struct ra_err err = { 0 };

		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call);
		int status = result == CURLE_OK ? 0 : explain(call, result, &err);
		if (status < 0)
			ra_debug(client->log, "http call failed", ra_f_text("what", err.msg));
		finish(call, status, status == 0 ? NULL : &err);
	}
}

/* What curl asks of the loop. */

static void on_timer(uv_timer_t *timer)
{
	struct ra_http_client *client = ra_container_of(timer, struct ra_http_client, timer);
	int running;

	curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	finish_done(client);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = ra_container_of(poll, struct watch, poll);
	struct ra_http_client *client = watch->client;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0;
	int running;

	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	curl_multi_socket_action(client->multi, watch->fd, flags, &running);
	finish_done(client);
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	struct ra_http_client *client = ctx;

	(void)multi;
	if (client->is_closing)
		return 0;
	if (timeout_ms < 0)
		uv_timer_stop(&client->timer);
	else
		uv_timer_start(&client->timer, on_timer, (uint64_t)timeout_ms, 0);
	return 0;
}

static void on_watch_closed(uv_handle_t *handle)
{
	struct watch *watch = ra_container_of((uv_poll_t *)handle, struct watch, poll);
	struct ra_http_client *client = watch->client;

	ra_free(watch);
	unref(client);
}

static struct watch *new_watch(struct ra_http_client *client, curl_socket_t fd)
{
	struct watch *watch = ra_new(struct watch);

	watch->client = client;
	watch->fd = fd;
	uv_poll_init_socket(client->loop, &watch->poll, fd);
	client->pending++;
	curl_multi_assign(client->multi, fd, watch);
	return watch;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	struct ra_http_client *client = ctx;
	struct watch *watch = socket_ctx;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watch) {
			curl_multi_assign(client->multi, fd, NULL);
			uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
		}
		return 0;
	}
	if (!watch)
		watch = new_watch(client, fd);
	return uv_poll_start(&watch->poll,
			     (what & CURL_POLL_IN ? UV_READABLE : 0) |
				     (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
			     on_poll);
}

struct ra_http_client *ra_http_client_open(uv_loop_t *loop, const char *user_agent,
					   const struct ra_log *log)
{
	struct ra_http_client *client = ra_new(struct ra_http_client);

	client->loop = loop;
	client->log = log;
	client->user_agent = ra_strdup(user_agent);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	client->multi = curl_multi_init();
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	uv_timer_init(loop, &client->timer);
	client->pending = 1;
	return client;
}

/* Closing, in the order it happens. */

void ra_http_client_close(struct ra_http_client *client, void (*closed)(void *ctx), void *ctx)
{
	client->is_closing = true;
	client->closed = closed;
	client->closed_ctx = ctx;
	uv_close((uv_handle_t *)&client->timer, on_timer_closed);
}

static void stop_calls(struct ra_http_client *client)
{
	struct ra_err err;

	ra_fail(&err, RA_ESTOPPED, "", "stopped");
	while (client->calls)
		finish(client->calls, RA_ESTOPPED, &err);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct ra_http_client *client =
		ra_container_of((uv_timer_t *)handle, struct ra_http_client, timer);

	stop_calls(client);
	curl_multi_cleanup(client->multi);
	client->multi = NULL;
	unref(client);
}

static void unref(struct ra_http_client *client)
{
	if (--client->pending > 0)
		return;
	stop_calls(client); /* those begun while the sockets were closing */
	curl_global_cleanup();
	if (client->closed)
		client->closed(client->closed_ctx);
	ra_free(client->user_agent);
	ra_free(client);
}

struct ra_str ra_http_find_header(struct ra_str headers, const char *name)
{
	const char *at = headers.ptr ? headers.ptr : "";
	const char *end = at + headers.len;
	size_t name_len = strlen(name);

	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		const char *stop = eol ? eol : end;
		if ((size_t)(stop - at) > name_len && at[name_len] == ':' &&
		    strncasecmp(at, name, name_len) == 0) {
			at += name_len + 1;
			while (at < stop && *at == ' ')
				at++;
			while (stop > at && (stop[-1] == '\r' || stop[-1] == ' '))
				stop--;
			return (struct ra_str){ at, (size_t)(stop - at) };
		}
		at = stop + 1;
	}
	return (struct ra_str){ "", 0 };
}
