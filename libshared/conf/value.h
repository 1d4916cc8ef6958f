/*
 * value: one option's text, read into its place and written back for people.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include "libshared/conf/conf.h"

bool ra_option_is_text(const struct ra_option *option);
/* Reads `text` into *conf. RA_ECONF with the message and hint filled otherwise; neither ever quotes
 * a secret or a URL, which may hold a password. */
int ra_option_parse(const struct ra_option *option, const char *text, void *conf,
		    struct ra_err *err) RA_MUST_CHECK;
/* What may be written there: "a whole number from 1 to 65535". */
void ra_option_add_expected(const struct ra_option *option, struct ra_buf *out);
/* The value in *conf as one would set it; secrets as "set" or "unset", URLs without password. */
void ra_option_add_value(const struct ra_option *option, const void *conf, struct ra_buf *out);
