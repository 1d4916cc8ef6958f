/* s3: see the header. */
#include "services/backup-scheduler/s3.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/loop/backoff.h"
#include "services/backup-scheduler/s3_xml.h"
#include <assert.h>
#include <ctype.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TRIES           8
#define CONNECT_MS      15000L
#define SILENCE_S       120L /* a store may think that long over putting parts together */
#define RETRY_AFTER_MAX 60

struct s3 {
	CURL *curl; /* owned */
	/* all owned */
	char *origin;    /* scheme://host[:port], of the bucket's own host if it has one */
	char *host;      /* as in the header */
	char *base_path; /* encoded: the endpoint's path and, in path style, the bucket; no slash at
			    its end */
	char *region, *prefix, *access_key, *secret_key;
	unsigned tries;
};

/* One try. */
struct attempt {
	const struct s3_request *request;
	struct s3_answer *answer;
	size_t answer_max;
	bool is_too_big;
	struct curl_slist *headers; /* owned */
	char *url;                  /* owned */
	char error[CURL_ERROR_SIZE];
};

/* --- where it is -------------------------------------------------------------------- */

static char *url_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
		return ra_strdup("");
	char *copy = ra_strdup(text);
	curl_free(text);
	return copy;
}

static void place(struct s3 *s3, CURLU *url, const struct s3_conf *conf)
{
	char *scheme = url_part(url, CURLUPART_SCHEME), *host = url_part(url, CURLUPART_HOST);
	char *port = url_part(url, CURLUPART_PORT), *path = url_part(url, CURLUPART_PATH);
	struct ra_buf base = { 0 };
	const char *bucket = conf->is_path_style ? "" : conf->bucket;

	s3->host =
		ra_format("%s%s%s%s%s", bucket, *bucket ? "." : "", host, *port ? ":" : "", port);
	s3->origin = ra_format("%s://%s", scheme, s3->host);
	ra_buf_add_text(&base, path);
	while (base.len > 0 && base.ptr[base.len - 1] == '/')
		base.len--;
	if (conf->is_path_style) {
		ra_buf_add_text(&base, "/");
		s3_encode(&base, ra_str_of(conf->bucket), false);
	}
	s3->base_path = ra_strdup(ra_buf_text(&base));
	ra_buf_fini(&base);
	ra_free(scheme);
	ra_free(host);
	ra_free(port);
	ra_free(path);
}

static bool is_endpoint(CURLU *url, const char *text)
{
	char *part = NULL;
	if ((strncmp(text, "https://", 8) != 0 && strncmp(text, "http://", 7) != 0) ||
	    curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
		return false;
	bool has_user = curl_url_get(url, CURLUPART_USER, &part, 0) == CURLUE_OK;
	curl_free(part);
	part = NULL;
	bool has_query = curl_url_get(url, CURLUPART_QUERY, &part, 0) == CURLUE_OK;
	curl_free(part);
	return !has_user && !has_query;
}

struct s3 *s3_new(const struct s3_conf *conf, struct ra_err *err)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	CURLU *url = curl_url();
	struct s3 *s3 = NULL;
	assert(url);
	if (!is_endpoint(url, conf->endpoint)) {
		ra_fail(err, RA_ECONF, "Set it to https://host of the store.",
			"S3_ENDPOINT is not an address");
	} else {
		s3 = ra_new(struct s3);
		s3->curl = curl_easy_init();
		assert(s3->curl);
		place(s3, url, conf);
		s3->region = ra_strdup(conf->region);
		s3->prefix = ra_strdup(conf->prefix);
		s3->access_key = ra_strdup(conf->access_key);
		s3->secret_key = ra_strdup(conf->secret_key);
		s3->tries = conf->tries ? conf->tries : TRIES;
	}
	curl_url_cleanup(url);
	return s3;
}

void s3_free(struct s3 **s3)
{
	struct s3 *s = *s3;
	*s3 = NULL;
	if (!s)
		return;
	curl_easy_cleanup(s->curl);
	sodium_memzero(s->secret_key, strlen(s->secret_key));
	ra_free(s->origin);
	ra_free(s->host);
	ra_free(s->base_path);
	ra_free(s->region);
	ra_free(s->prefix);
	ra_free(s->access_key);
	ra_free(s->secret_key);
	ra_free(s);
}

const char *s3_prefix(const struct s3 *s3)
{
	return s3->prefix;
}

/* --- one try --------------------------------------------------------------------------- */

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct attempt *a = ctx;
	size_t len = size * count;
	a->is_too_big = len > a->answer_max - a->answer->body.len;
	if (a->is_too_big)
		return 0; /* ends the transfer */
	ra_buf_add(&a->answer->body, data, len);
	return len;
}

/* The value of the header `line`, if it is called `name`. */
static bool is_header(struct ra_str line, const char *name, struct ra_str *value)
{
	size_t len = strlen(name);
	if (line.len <= len || strncasecmp(line.ptr, name, len) != 0 || line.ptr[len] != ':')
		return false;
	*value = (struct ra_str){ line.ptr + len + 1, line.len - len - 1 };
	while (value->len > 0 && isspace((unsigned char)*value->ptr))
		*value = (struct ra_str){ value->ptr + 1, value->len - 1 };
	while (value->len > 0 && isspace((unsigned char)value->ptr[value->len - 1]))
		value->len--;
	return true;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
	struct attempt *a = ctx;
	struct ra_str line = { data, size * count }, value;
	if (is_header(line, "etag", &value) && value.len < sizeof(a->answer->etag)) {
		memcpy(a->answer->etag, value.ptr, value.len);
		a->answer->etag[value.len] = '\0';
	} else if (is_header(line, "content-range", &value)) { /* bytes 0-9/100, or bytes x/100 */
		const char *slash = memrchr(value.ptr, '/', value.len);
		size_t before = slash ? (size_t)(slash + 1 - value.ptr) : value.len;
		(void)!ra_str_to_u64((struct ra_str){ value.ptr + before, value.len - before },
				     &a->answer->size);
	} else if (is_header(line, "content-length", &value) && a->answer->size == 0) {
		(void)!ra_str_to_u64(value, &a->answer->size);
	}
	return line.len;
}

static void add_header(struct attempt *a, const char *name, const char *value)
{
	char *line = ra_format("%s: %s", name, value);
	a->headers = curl_slist_append(a->headers, line);
	assert(a->headers);
	ra_free(line);
}

static void sign(const struct s3 *s3, struct attempt *a, const char *path, const char *query)
{
	char timestamp[17], sha256[65];
	struct ra_buf authorization = { 0 };
	s3_timestamp(ra_wall_ms() - ra_clock_offset_ms(), timestamp);
	s3_sha256(a->request->body, sha256);
	const struct s3_field headers[] = {
		{ "host", s3->host },
		{ "x-amz-content-sha256", sha256 },
		{ "x-amz-date", timestamp },
	};
	const struct s3_signing signing = {
		.access_key = s3->access_key,
		.secret_key = s3->secret_key,
		.region = s3->region,
		.method = a->request->method,
		.path = path,
		.query = query,
		.headers = headers,
		.header_count = RA_COUNT(headers),
		.body_sha256 = sha256,
		.timestamp = timestamp,
	};
	s3_sign(&signing, &authorization);
	for (size_t i = 0; i < RA_COUNT(headers); i++)
		add_header(a, headers[i].name, headers[i].value);
	add_header(a, "Authorization", ra_buf_text(&authorization));
	ra_buf_fini(&authorization);
}

/* The URL and the headers, as they are at this moment. */
static void address(const struct s3 *s3, struct attempt *a)
{
	const struct s3_request *request = a->request;
	struct ra_buf path = { 0 }, query = { 0 };
	ra_buf_add_text(&path, s3->base_path);
	ra_buf_add_text(&path, "/");
	if (request->key) {
		s3_encode(&path, ra_str_of(s3->prefix), true);
		s3_encode(&path, ra_str_of(request->key), false);
	} else if (path.len > 1) {
		path.len--; /* the bucket has no slash behind it */
	}
	s3_query(&query, request->query, request->query_count);
	a->url = ra_format("%s%s%s%s", s3->origin, ra_buf_text(&path), query.len ? "?" : "",
			   ra_buf_text(&query));
	sign(s3, a, ra_buf_text(&path), ra_buf_text(&query));

	char range[64];
	snprintf(range, sizeof(range), "bytes=%" PRIu64 "-%" PRIu64, request->from,
		 request->from + request->count - 1);
	if (request->count)
		add_header(a, "Range", range);
	if (request->if_etag)
		add_header(a, "If-Match", request->if_etag);
	a->headers = curl_slist_append(a->headers, "Content-Type:"); /* none */
	a->headers = curl_slist_append(a->headers, "Expect:");
	ra_buf_fini(&path);
	ra_buf_fini(&query);
}

static CURLcode perform(struct s3 *s3, struct attempt *a)
{
	CURL *curl = s3->curl;
	const struct s3_request *request = a->request;
	curl_easy_reset(curl); /* the connection stays */
	curl_easy_setopt(curl, CURLOPT_URL, a->url);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SILENCE_S);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, a->error);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, a->headers);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, a);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
	if (request->body.len > 0 || *request->method == 'P') {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
				 request->body.ptr ? request->body.ptr : "");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
	}
	if (strcmp(request->method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	CURLcode code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &a->answer->status);
	return code;
}

/* --- what it said ------------------------------------------------------------------------ */

struct error_text {
	char code[64];
};

static void on_error_end(void *ctx, const char *parent, const char *name, struct ra_str text)
{
	struct error_text *e = ctx;
	if (strcmp(parent, "Error") != 0 || strcmp(name, "Code") != 0)
		return;
	size_t len = text.len < sizeof(e->code) ? text.len : sizeof(e->code) - 1;
	for (size_t i = 0; i < len; i++) /* for a log and a page */
		e->code[i] = isalnum((unsigned char)text.ptr[i]) ? text.ptr[i] : '_';
}

static const char *hint_of(long status, const char *code)
{
	if (strcmp(code, "RequestTimeTooSkewed") == 0)
		return "Set this machine's clock.";
	if (strcmp(code, "NoSuchBucket") == 0)
		return "Make the bucket, or set S3_BUCKET to the one there is.";
	if (status == 301 || status == 307 || strcmp(code, "AuthorizationHeaderMalformed") == 0)
		return "Set S3_REGION and S3_ENDPOINT to those of the bucket.";
	if (status == 401 || status == 403)
		return "Look at S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY and what they may do.";
	return "Look at S3_ENDPOINT and S3_BUCKET, and whether the store is well.";
}

/* Some stores say 200, think, and then say what went wrong. */
static int judge(struct attempt *a, struct ra_err *err)
{
	struct error_text e = { "" };
	long status = a->answer->status;
	bool is_xml = a->answer->body.len > 0 && a->answer->body.ptr[0] == '<';
	if (is_xml && a->answer->body.len < 65536 &&
	    s3_xml_parse(ra_buf_str(&a->answer->body), on_error_end, &e) < 0)
		e.code[0] = '\0';
	if (status >= 200 && status < 300 && !*e.code)
		return 0;
	int code = status == 404                    ? RA_ENOTFOUND
		   : status == 401 || status == 403 ? RA_EDENIED
						    : RA_EHTTP;
	return ra_fail(err, code, hint_of(status, e.code), "S3 answered %ld%s%s to %s", status,
		       *e.code ? " " : "", e.code, a->request->method);
}

static int fail_curl(const struct attempt *a, CURLcode code, struct ra_err *err)
{
	if (a->is_too_big)
		return ra_fail(err, RA_ETOOBIG, "Is S3_ENDPOINT a store?",
			       "S3 answered with more than was asked for");
	return ra_fail(
		err, RA_EDOWN,
		code == CURLE_PEER_FAILED_VERIFICATION
			? "Its certificate must be one that this machine trusts (ca-certificates)."
			: "Look at S3_ENDPOINT and the network.",
		"S3: %s", *a->error ? a->error : curl_easy_strerror(code));
}

static bool may_help(const struct attempt *a, CURLcode code, int rc)
{
	long status = a->answer->status;
	if (code == CURLE_OK)
		return rc == RA_EHTTP &&
		       (status == 408 || status == 429 || status >= 500 ||
			(status >= 200 && status < 300)) &&
		       status != 501;
	return !a->is_too_big && code != CURLE_PEER_FAILED_VERIFICATION &&
	       code != CURLE_URL_MALFORMAT && code != CURLE_UNSUPPORTED_PROTOCOL;
}

static int try_once(struct s3 *s3, const struct s3_request *request, struct s3_answer *answer,
		    bool *again, struct ra_err *err)
{
	struct attempt a = {
		.request = request,
		.answer = answer,
		.answer_max = request->answer_max ? request->answer_max : S3_ANSWER_MAX,
	};
	ra_buf_clear(&answer->body);
	answer->status = 0;
	answer->size = 0;
	answer->etag[0] = '\0';
	address(s3, &a);
	CURLcode code = perform(s3, &a);
	int rc = code == CURLE_OK ? judge(&a, err) : fail_curl(&a, code, err);
	*again = rc < 0 && may_help(&a, code, rc);
	curl_slist_free_all(a.headers);
	ra_free(a.url);
	return rc;
}

static void wait_before_next(struct s3 *s3, struct ra_backoff *backoff, const struct ra_err *why)
{
	curl_off_t seconds = 0;
	uint64_t ms = ra_backoff_next_ms(backoff);
	curl_easy_getinfo(s3->curl, CURLINFO_RETRY_AFTER, &seconds);
	if (seconds > RETRY_AFTER_MAX)
		seconds = RETRY_AFTER_MAX;
	if ((uint64_t)seconds * 1000 > ms)
		ms = (uint64_t)seconds * 1000;
	ra_warn(NULL, "s3 call tried again", ra_f_text("why", why->msg), ra_f_u64("in_ms", ms));
	nanosleep(&(struct timespec){ (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 }, NULL);
}

int s3_call(struct s3 *s3, const struct s3_request *request, struct s3_answer *answer,
	    struct ra_err *err)
{
	struct ra_backoff backoff = { .min_ms = 250, .max_ms = 20000 };
	bool again = true;
	int rc = 0;
	for (unsigned i = 0; again && i < s3->tries; i++) {
		if (i > 0)
			wait_before_next(s3, &backoff, err);
		rc = try_once(s3, request, answer, &again, err);
	}
	return rc;
}

void s3_answer_fini(struct s3_answer *answer)
{
	ra_buf_fini(&answer->body);
}
