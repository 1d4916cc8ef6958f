/*
 * utf8: the little that is needed to be sure that what we write is UTF-8.
 */
#pragma once
#include "libshared/base/buf.h"

/* Bytes of the well-formed character `text` starts with (RFC 3629: no surrogates, nothing
 * overlong); 0 when there is none. */
size_t ra_utf8_first(struct ra_str text);
void ra_utf8_add(struct ra_buf *buf, uint32_t code_point);
/* Appends `text`; every byte that is not part of a well-formed character becomes U+FFFD. */
void ra_utf8_add_clean(struct ra_buf *buf, struct ra_str text);
