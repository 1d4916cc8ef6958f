/* public_url: see public_url.h. */
#include "libshared/http/public_url.h"
#include <stdlib.h>

#define BASE_MAX 200

/* First segments of paths that are ours: a base path like one of them could not be told from it
 * where a proxy has removed it. */
static const char *const ours[] = { "api",         "assets",  "callback", "compare", "embed",
				    "guilds",      "healthz", "inbox",    "login",   "logout",
				    "leaderboard", "me",      "readyz",   "share",   "system" };

/* What each sets: docs.railway.com/reference/variables, render.com/docs/environment-variables,
 * fly.io/docs/machines/runtime-environment, devcenter.heroku.com/articles/dyno-metadata,
 * docs.replit.com (Predefined environment variables). */
static const struct ra_platform platforms[] = {
	{ "Render", "RENDER", "RENDER_EXTERNAL_URL", "%.*s" },
	{ "Railway", "RAILWAY_PROJECT_ID", "RAILWAY_PUBLIC_DOMAIN", "https://%.*s" },
	{ "Replit", "REPL_ID", "REPLIT_DOMAINS", "https://%.*s" },
	{ "Replit", "REPL_ID", "REPLIT_DEV_DOMAIN", "https://%.*s" },
	{ "Fly.io", "FLY_MACHINE_ID", "FLY_APP_NAME", "https://%.*s.fly.dev" },
	{ "Heroku", "DYNO", "HEROKU_APP_DEFAULT_DOMAIN_NAME", "https://%.*s" },
	{ "Koyeb", "KOYEB_APP_NAME", "KOYEB_PUBLIC_DOMAIN", "https://%.*s" },
};

size_t ra_url_origin_len(const char *url)
{
	size_t scheme = strncmp(url, "https://", 8) == 0  ? 8
			: strncmp(url, "http://", 7) == 0 ? 7
							  : 0;
	size_t host = scheme ? strcspn(url + scheme, "/?#") : 0;
	bool is_clean = host > 0 && strcspn(url, " \"'<>;,\\@") >= scheme + host;
	return is_clean ? scheme + host : 0;
}

static bool is_segment(const char *text, size_t len)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_~.";
	return len > 0 && text[0] != '.' && strspn(text, plain) >= len;
}

static bool is_base(const char *path)
{
	if (strlen(path) > BASE_MAX)
		return false;
	while (path[0] == '/' && path[1] != '\0') {
		size_t len = strcspn(++path, "/");
		if (!is_segment(path, len))
			return false;
		path += len;
	}
	return *path == '\0' || strcmp(path, "/") == 0;
}

static bool is_ours(const char *path)
{
	struct ra_str first = { path + 1, strcspn(path + 1, "/") };
	for (size_t i = 0; i < RA_COUNT(ours); i++)
		if (ra_str_is(first, ours[i]))
			return true;
	return false;
}

const char *ra_public_url_mistake(const char *url)
{
	size_t len = ra_url_origin_len(url);
	if (len == 0)
		return "is not scheme and host";
	if (url[len] == '\0')
		return NULL;
	if (!is_base(url + len))
		return "has a path of other things than letters, digits, - _ ~ and .";
	return is_ours(url + len) ? "has a path that begins like one of the dashboard's own" : NULL;
}

const char *ra_listen_host(const char *told)
{
	if (*told)
		return told;
	return ra_platform_here() ? "0.0.0.0" : "127.0.0.1";
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value && *value ? value : NULL;
}

const struct ra_platform *ra_platform_here(void)
{
	for (size_t i = 0; i < RA_COUNT(platforms); i++)
		if (variable(platforms[i].mark) || variable(platforms[i].host_variable))
			return &platforms[i];
	return NULL;
}

static char *url_of(const struct ra_platform *platform)
{
	const char *value = variable(platform->host_variable);
	if (!value)
		return NULL;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	char *url = ra_format(platform->url, (int)strcspn(value, ","), value);
#pragma GCC diagnostic pop
	if (!ra_public_url_mistake(url))
		return url;
	ra_free(url);
	return NULL;
}

static char *of_platform(void)
{
	char *url = NULL;
	for (size_t i = 0; i < RA_COUNT(platforms) && !url; i++)
		url = url_of(&platforms[i]);
	return url;
}

char *ra_public_url(const char *told, int64_t port)
{
	char *url = *told ? ra_strdup(told) : of_platform();
	if (!url)
		url = ra_format("http://localhost:%lld", (long long)port);
	for (size_t len = strlen(url); len > 0 && url[len - 1] == '/'; len--)
		url[len - 1] = '\0';
	return url;
}

const char *ra_public_url_base(const char *url)
{
	return url + ra_url_origin_len(url);
}
