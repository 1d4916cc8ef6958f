/*
 * conf: checks what a single option can not know, and works out the addresses
 * others are derived from. Pure but for what hosting platforms say (public_url.h).
 */
#include "services/api/conf.h"
#include "libshared/http/public_url.h"
#include "services/api/cors.h"
#include "services/api/owners.h"
#include "services/api/url.h"
#include <sodium.h>
#include <stdio.h>

#define SESSION_SECRET_MIN 32

const struct ra_option conf_options[] = {
#define X RA_CONF_TABLE
#include "services/api/conf.def"
#undef X
};
const size_t conf_option_count = RA_COUNT(conf_options);

/* `value` is NULL where it must not be shown. */
static int mistake(const char *name, const char *value, const char *what, const char *hint)
{
	if (value)
		fprintf(stderr, "%s: \"%s\" %s\n  %s\n", name, value, what, hint);
	else
		fprintf(stderr, "%s %s\n  %s\n", name, what, hint);
	return 1;
}

static bool is_http_url(const char *url)
{
	char *origin = url_origin(url);
	ra_free(origin);
	return origin != NULL;
}

static int check_urls(const struct conf *conf)
{
	int mistakes = 0;
	const char *what = *conf->public_url ? ra_public_url_mistake(conf->public_url) : NULL;
	if (what)
		mistakes += mistake("PUBLIC_URL", conf->public_url, what,
				    "Write it like https://stats.example.org, or "
				    "https://example.org/rations");
	if (*conf->discord_authorize_url && !is_http_url(conf->discord_authorize_url))
		mistakes += mistake("DISCORD_AUTHORIZE_URL", conf->discord_authorize_url,
				    "is not an http(s) address",
				    "Leave it out, or write https://discord.com/oauth2/authorize");
	if (!is_http_url(conf->discord_api_base))
		mistakes += mistake("DISCORD_API_BASE", conf->discord_api_base, "has no host",
				    "Leave it out, or write https://discord.com/api/v10");
	if (!is_http_url(conf->discord_cdn_base))
		mistakes += mistake("DISCORD_CDN_BASE", conf->discord_cdn_base, "has no host",
				    "Leave it out, or write https://cdn.discordapp.com");
	return mistakes;
}

/* What lies between a platform's router and us is private to it; 100.64.0.0/10 is shared by its
 * hosts (RFC 6598). */
#define PLATFORM_PROXIES "private_ranges 100.64.0.0/10"
#define HOST_PROXIES     "127.0.0.0/8 ::1"

static const char *initial_proxies(void)
{
	return ra_platform_here() ? PLATFORM_PROXIES : HOST_PROXIES;
}

int conf_proxies(const struct conf *conf, struct ra_proxies *proxies, struct ra_err *err)
{
	*proxies = (struct ra_proxies){
		.use_forwarded = strcmp(conf->forwarded_header, "forwarded") == 0,
	};
	return ra_proxies_add(
		proxies, *conf->trusted_proxies ? conf->trusted_proxies : initial_proxies(), err);
}

static int check_proxies(const struct conf *conf)
{
	struct ra_proxies proxies;
	struct ra_err err;
	if (conf_proxies(conf, &proxies, &err) == 0)
		return 0;
	return ra_conf_mistake("TRUSTED_PROXIES", err.msg, err.hint);
}

static int check_origins(const struct conf *conf)
{
	struct ra_err err;
	if (cors_check(conf->cors_origins, &err) == 0)
		return 0;
	return ra_conf_mistake("CORS_ORIGINS", err.msg, err.hint);
}

static int check_owners(const struct conf *conf)
{
	uint64_t *ids = NULL;
	size_t count;
	int rc = owners_parse(conf->owner_ids, &ids, &count);
	ra_free(ids);
	return rc == 0 ? 0
		       : mistake("OWNER_IDS", conf->owner_ids, "holds something else than ids",
				 "Write Discord user ids, separated by commas: switch on Developer "
				 "Mode in Discord, then right-click a user, Copy User ID.");
}

static void fill(char **option, const char *value)
{
	if (**option)
		return;
	ra_free(*option);
	*option = ra_strdup(value);
}

/* What the place we run in says, so that `--config` tells what is used. */
static void complete_addresses(struct conf *conf)
{
	char *url = ra_public_url(conf->public_url, conf->port);
	fill(&conf->host, ra_listen_host(conf->host));
	fill(&conf->public_url, url);
	fill(&conf->trusted_proxies, initial_proxies());
	ra_free(url);
}

/* A token is three parts, the first of them the bot's id in base64; that is the application's id,
 * too, but for those made before the autumn of 2016. */
static void complete_client_id(struct conf *conf)
{
	const char *token = conf->discord_bot_token;
	size_t len = strcspn(token, "."), id_len = 0;
	char id[32] = "";
	if (*conf->discord_client_id || !*conf->discord_client_secret || token[len] != '.')
		return;
	if (sodium_base642bin((unsigned char *)id, sizeof(id) - 1, token, len, NULL, &id_len, NULL,
			      sodium_base64_VARIANT_ORIGINAL_NO_PADDING) < 0)
		return;
	id[id_len] = '\0';
	if (id_len == 0 || strspn(id, "0123456789") != id_len)
		return;
	ra_free(conf->discord_client_id);
	conf->discord_client_id = ra_strdup(id);
}

void conf_complete(void *ptr)
{
	complete_client_id(ptr);
	complete_addresses(ptr);
}

int conf_check(const void *ptr)
{
	const struct conf *conf = ptr;
	const char *id = conf->discord_client_id;
	int mistakes =
		check_urls(conf) + check_proxies(conf) + check_origins(conf) + check_owners(conf);
	if (strlen(conf->session_secret) < SESSION_SECRET_MIN)
		mistakes += mistake("SESSION_SECRET", NULL, "is shorter than 32 characters",
				    "Make one with: openssl rand -hex 32");
	if (id[strspn(id, "0123456789")] != '\0')
		mistakes += mistake("DISCORD_CLIENT_ID", id, "is not a number",
				    "Copy the Application ID from the Discord developer portal.");
	if (!*id != !*conf->discord_client_secret)
		mistakes += mistake("DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET", NULL,
				    "belong together, one is missing",
				    "Set both so that people can log in, or neither.");
	return mistakes;
}

bool conf_can_login(const struct conf *conf)
{
	return *conf->discord_client_id && *conf->discord_client_secret;
}

static char *without_slash(const char *url)
{
	size_t len = strlen(url);
	while (len > 0 && url[len - 1] == '/')
		len--;
	return ra_strndup(url, len);
}

void urls_init(struct urls *urls, const struct conf *conf)
{
	char *discord = url_origin(conf->discord_api_base);
	*urls = (struct urls){
		.public_url = ra_public_url(conf->public_url, conf->port),
		.authorize_url = *conf->discord_authorize_url
					 ? ra_strdup(conf->discord_authorize_url)
					 : ra_format("%s/oauth2/authorize", discord),
		.api_base = without_slash(conf->discord_api_base),
		.cdn_base = without_slash(conf->discord_cdn_base),
		.cdn_origin = url_origin(conf->discord_cdn_base),
	};
	urls->base = ra_public_url_base(urls->public_url);
	urls->redirect_uri = ra_format("%s/callback", urls->public_url);
	urls->is_https = strncmp(urls->public_url, "https://", 8) == 0;
	ra_free(discord);
}

void urls_fini(struct urls *urls)
{
	ra_free(urls->public_url);
	ra_free(urls->redirect_uri);
	ra_free(urls->authorize_url);
	ra_free(urls->api_base);
	ra_free(urls->cdn_base);
	ra_free(urls->cdn_origin);
	*urls = (struct urls){ 0 };
}
