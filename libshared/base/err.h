/*
 * err: one int space for what can go wrong. 0 is fine; -1 .. -4095 are
 * libuv's (which are errno's); ours are listed in err.def.
 */
#pragma once
#include "libshared/base/base.h"

enum ra_error {
#define X(name, code, text) RA_##name = (code),
#include "libshared/base/err.def"
#undef X
};

/* For a human: what failed (lowercase, no full stop) and what to do about it (a sentence). */
struct ra_err {
	int code;
	char msg[256];
	char hint[256];
};

/* The text of any code, ours or libuv's; never NULL, never freed. */
const char *ra_strerror(int code);

/* Fills *err (may be NULL) and returns `code`, so that `return ra_fail(...)` reads well. */
int ra_fail(struct ra_err *err, int code, const char *hint, const char *fmt, ...) RA_PRINTF(4, 5);
