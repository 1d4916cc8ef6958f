/* http: one request after the other, each with an end (ctl.h). */
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include "libshared/loop/service.h"
#include "services/rationsctl/ctl.h"
#include <curl/curl.h>
#include <strings.h>
#include <unistd.h>

#define BODY_MAX (8u << 20)

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct ra_buf *body = ctx;
	if (body->len + size * count > BODY_MAX)
		return 0;
	ra_buf_add(body, bytes, size * count);
	return size * count;
}

static size_t on_header(char *line, size_t size, size_t count, void *ctx)
{
	struct http_answer *answer = ctx;
	size_t len = size * count;
	char value[64];
	if (len > 5 && strncasecmp(line, "date:", 5) == 0) {
		snprintf(value, sizeof(value), "%.*s", (int)(len - 5), line + 5);
		time_t at = curl_getdate(value, NULL);
		answer->date_ms = at > 0 ? (int64_t)at * 1000 : 0;
	}
	return len;
}

static struct curl_slist *headers_of(const char *authorization)
{
	struct curl_slist *list = NULL;
	char *agent = ra_format("User-Agent: DiscordBot (rationsctl, %s)", ra_version());
	list = curl_slist_append(list, agent);
	ra_free(agent);
	if (authorization) {
		char *line = ra_format("Authorization: %s", authorization);
		list = curl_slist_append(list, line);
		ra_free(line);
	}
	return list;
}

static CURLcode perform(const struct ctl *ctl, const char *url, const char *form,
			struct curl_slist *headers, struct ra_buf *body, struct http_answer *answer)
{
	CURL *curl = curl_easy_init();
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ctl->conf->patience);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, answer);
	if (form)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
	CURLcode rc = curl_easy_perform(curl);
	curl_off_t took_us = 0;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &took_us);
	answer->took_ms = (int64_t)took_us / 1000;
	curl_easy_cleanup(curl);
	return rc;
}

int http_ask(const struct ctl *ctl, const char *url, const char *authorization, const char *form,
	     struct http_answer *answer, struct ra_err *err)
{
	struct ra_buf body = { 0 };
	struct curl_slist *headers = headers_of(authorization);
	*answer = (struct http_answer){ 0 };
	CURLcode rc = perform(ctl, url, form, headers, &body, answer);
	curl_slist_free_all(headers);
	if (body.len > 0)
		answer->json = json_loadb(body.ptr, body.len, 0, NULL);
	ra_buf_fini(&body);
	double retry_s = json_number_value(json_object_get(answer->json, "retry_after"));
	answer->retry_ms = retry_s > 0 && retry_s < 3600 ? (int64_t)(retry_s * 1000) + 1 : 1000;
	if (rc == CURLE_OK)
		return 0;
	http_answer_fini(answer);
	return ra_fail(err, RA_EHTTP, "", "%s", curl_easy_strerror(rc));
}

void http_answer_fini(struct http_answer *answer)
{
	json_decref(answer->json);
	*answer = (struct http_answer){ 0 };
}

int discord_ask(const struct ctl *ctl, const char *path, uint64_t deadline_ms,
		struct http_answer *answer, struct ra_err *err)
{
	char *url = ra_format("%s%s", ctl->conf->api_base, path);
	char *bot = ra_format("Bot %s", ctl->conf->bot_token);
	int rc;
	while ((rc = http_ask(ctl, url, bot, NULL, answer, err)) == 0 && answer->status == 429 &&
	       ra_monotonic_ms() + (uint64_t)answer->retry_ms < deadline_ms) {
		usleep((useconds_t)answer->retry_ms * 1000);
		http_answer_fini(answer);
	}
	ra_free(url);
	ra_free(bot);
	return rc;
}
