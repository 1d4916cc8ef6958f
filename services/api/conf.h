/* conf: the options of api (conf.def) and the addresses that follow from them. */
#pragma once
#include "libshared/conf/conf.h"
#include "libshared/http/proxies.h"

struct conf {
#define X RA_CONF_STRUCT
#include "services/api/conf.def"
#undef X
};

/* Owned texts, none ends with a slash. */
struct urls {
	char *public_url;    /* scheme://host[:port][/base] */
	const char *base;    /* borrowed from it: "/base", or "" */
	char *redirect_uri;  /* what must be registered at Discord */
	char *authorize_url; /* Discord's consent page */
	char *api_base;
	char *cdn_base;
	char *cdn_origin; /* scheme://host[:port] of it, for the content security policy */
	bool is_https;
};

extern const struct ra_option conf_options[];
extern const size_t conf_option_count;

/* Without DISCORD_CLIENT_ID: the id that the bot's token begins with, if it does. HOST, PUBLIC_URL
 * and TRUSTED_PROXIES that are not set: what they are here. */
void conf_complete(void *conf);

/* Mistakes that need more than one option to see; prints each, returns their number. */
int conf_check(const void *conf);

/* May people log in: are client id and secret there? */
bool conf_can_login(const struct conf *conf);

/* Who stands before us: TRUSTED_PROXIES; where it is empty this host's own, and on a hosting
 * platform its routers. RA_ECONF and *err when it is not a list of networks. */
int conf_proxies(const struct conf *conf, struct ra_proxies *proxies, struct ra_err *err);

void urls_init(struct urls *urls, const struct conf *conf);
void urls_fini(struct urls *urls);
