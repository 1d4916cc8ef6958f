/* cors: see cors.h. */
#include "services/api/cors.h"
#include "libshared/http/public_url.h"
#include "services/api/reply.h"

#define SEPARATORS ", \t\n"

/* Cuts the next word off *list; empty at the end. */
static struct ra_str next_word(const char **list)
{
	const char *word = *list + strspn(*list, SEPARATORS);
	size_t len = strcspn(word, SEPARATORS);
	*list = word + len;
	return (struct ra_str){ word, len };
}

/* As browsers write one: no path, nothing in capitals. */
static bool is_origin(struct ra_str word)
{
	char *copy = ra_str_dup(word);
	bool is = ra_url_origin_len(copy) == word.len &&
		  strcspn(copy, "ABCDEFGHIJKLMNOPQRSTUVWXYZ*") == word.len;
	ra_free(copy);
	return is;
}

int cors_check(const char *origins, struct ra_err *err)
{
	for (struct ra_str word = next_word(&origins); word.len > 0; word = next_word(&origins))
		if (!ra_str_is(word, "*") && !is_origin(word))
			return ra_fail(
				err, RA_ECONF,
				"Write them as browsers do, https://www.example.org, separated "
				"by commas; or * for every page that has an API token.",
				"\"%.*s\" is no origin", (int)word.len, word.ptr);
	return 0;
}

static bool is_listed(const char *origins, struct ra_str origin)
{
	for (struct ra_str word = next_word(&origins); word.len > 0; word = next_word(&origins))
		if (word.len == origin.len && memcmp(word.ptr, origin.ptr, word.len) == 0)
			return true;
	return false;
}

/* May the page that asks read the answer? */
static bool admit(const struct api *api, struct ra_http_request *req)
{
	const char *origins = api->conf->cors_origins;
	struct ra_str origin = ra_http_header(req, "origin");
	if (!*origins)
		return false;
	ra_http_set_header(req, "vary", "origin");
	if (origin.len == 0 || ra_str_is(origin, "*"))
		return false;
	if (is_listed(origins, origin)) {
		ra_http_set_header(req, "access-control-allow-origin",
				   ra_arena_strdup(ra_http_arena(req), origin));
		ra_http_set_header(req, "access-control-allow-credentials", "true");
		return true;
	}
	if (!is_listed(origins, RA_STR("*")))
		return false;
	ra_http_set_header(req, "access-control-allow-origin", "*");
	return true;
}

void cors_admit(const struct api *api, struct ra_http_request *req)
{
	if (admit(api, req))
		ra_http_set_header(req, "access-control-expose-headers",
				   "content-disposition, ratelimit, ratelimit-policy, retry-after");
}

void cors_preflight(struct ra_http_request *req, void *ctx)
{
	const struct api *api = ctx;
	reply_set_security_headers(req);
	if (admit(api, req)) {
		ra_http_set_header(req, "access-control-allow-methods",
				   "GET, POST, PUT, PATCH, DELETE");
		ra_http_set_header(req, "access-control-allow-headers",
				   "authorization, content-type, x-csrf-token");
		ra_http_set_header(req, "access-control-max-age", "600");
	}
	ra_http_reply(req, 204, NULL, RA_STR(""));
}
