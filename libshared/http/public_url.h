/*
 * public_url: how browsers reach an installation - scheme, host and perhaps a
 * base path, below which everything lies when a proxy gives us a corner of a
 * site: https://example.org/rations. Pure, but for the environment, where
 * hosting platforms say what they run us as.
 */
#pragma once
#include "libshared/base/base.h"

/* How long scheme://host[:port] is of an http(s) address; 0: it is none. */
size_t ra_url_origin_len(const char *url);

/* What keeps this from being a PUBLIC_URL, a phrase to follow its name; NULL: nothing. */
const char *ra_public_url_mistake(const char *url);
/* `told` (PUBLIC_URL), where that is empty what the hosting platform says, else localhost. Yours to
 * ra_free; no slash at its end. */
char *ra_public_url(const char *told, int64_t port);
/* The base path of one from ra_public_url: "/rations", or "". Borrowed from it. */
const char *ra_public_url_base(const char *url);

/* A place where programs are told by the environment where they are, and stand behind a router. */
struct ra_platform {
	const char *name;
	const char *mark;          /* a variable that this platform alone sets */
	const char *host_variable; /* another: what `url` needs, up to its first comma */
	const char *url;           /* a format with %.*s */
};
/* NULL: on none that we know. */
const struct ra_platform *ra_platform_here(void);
/* Where to listen: `told` (HOST), where that is empty this host alone, on a platform for its
 * router. Borrowed. */
const char *ra_listen_host(const char *told);
