/* url: taking addresses apart and putting arguments together. Pure. */
#pragma once
#include "libshared/base/buf.h"

/* scheme://host[:port] of an address, yours to ra_free; NULL when it is no http(s) address. */
char *url_origin(const char *url);

/* Appends name=value, percent-encoded, after a "&" unless it is the first after "?" or in a form.
 */
void url_add_arg(struct ra_buf *out, const char *name, struct ra_str value);

/* Is this a path of ours to come back to? Not another host in disguise ("//x", "/\\x"). */
bool url_is_local(struct ra_str path);
