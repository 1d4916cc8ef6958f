/*
 * fuzz: what every fuzz program is: a check of one input that aborts when a
 * promise is broken. libFuzzer makes the inputs, from those in
 * tests/fuzz/corpus and from what it saw them do; `make fuzz` runs it.
 */
#pragma once
#include "libshared/base/buf.h"
#include <stdio.h>
#include <stdlib.h>

/* Defined by each program. `input` ends where its memory does: a byte read behind it is found. */
static void fuzz_check(struct ra_str input);

static inline void fuzz_require(bool is_true, const char *promise)
{
	if (is_true)
		return;
	fprintf(stderr, "broken: %s\n", promise);
	abort();
}

/* The next line of `rest`, without its end; all of it when there is none. */
static inline struct ra_str fuzz_line(struct ra_str *rest)
{
	const char *newline = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
	struct ra_str line = { rest->ptr, newline ? (size_t)(newline - rest->ptr) : rest->len };
	size_t used = line.len + (newline != NULL);
	*rest = (struct ra_str){ rest->ptr + used, rest->len - used };
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_check((struct ra_str){ (const char *)data, len });
	return 0;
}
