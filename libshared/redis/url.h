/*
 * url: where a Redis is and how to log in, read from its URL:
 * redis://[user[:password]@]host[:port][,host[:port]...][/db] or unix:///path[?db=n].
 */
#pragma once
#include "libshared/base/base.h"
#include "libshared/base/err.h"

/* One server. */
struct redis_node {
	char *host; /* owned; the path of a Unix socket when port is 0 */
	int port;
};

struct redis_url {
	struct redis_node *seeds; /* owned; at least one */
	size_t seed_count;
	char *user;     /* owned; NULL: the default user */
	char *password; /* owned; NULL: no AUTH */
	int db;
};

/* 0, or RA_EINVAL with *err filled and nothing to release. The message never quotes the URL. */
int redis_url_parse(struct redis_url *url, const char *text, struct ra_err *err) RA_MUST_CHECK;
void redis_url_fini(struct redis_url *url);
