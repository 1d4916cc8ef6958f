/*
 * rest_route: what a route's template means: "GET /channels/{channel.id}/messages"
 * is a method, a path to fill in, and a major parameter that splits its bucket.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/discord/rest.h"

/* The method, NUL-terminated; at most 7 characters. */
void rest_route_method(const char *route, char out[8]);
/* Appends path and query. RA_EINVAL when a text is missing, "." or "..". */
int rest_route_path(const struct ra_rest_call *call, struct ra_buf *out) RA_MUST_CHECK;
/* Appends whose bucket it is: the channel, guild or webhook of the path, "" none. Tokens appear
 * as their hash. */
void rest_route_major(const struct ra_rest_call *call, struct ra_buf *out);
/* A keyed hash of a secret, to tell it from others without keeping it. */
void rest_hash(struct ra_str secret, char out[17]);
