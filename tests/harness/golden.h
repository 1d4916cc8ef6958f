/*
 * golden: a generated file that is committed. The test that makes it compares;
 * run with --update it writes the file instead.
 */
#pragma once
#include "libshared/base/buf.h"
#include <stdio.h>

/* True when the file at `path` holds exactly `made`, or was just written so. */
static inline bool golden_is_current(const char *path, struct ra_buf *made, bool update)
{
	FILE *file = fopen(path, update ? "w" : "r");
	if (!file) {
		perror(path);
		return false;
	}
	bool is_same = true;
	if (update) {
		is_same = fwrite(made->ptr, 1, made->len, file) == made->len;
	} else {
		char *held = ra_alloc(made->len + 1);
		size_t len = fread(held, 1, made->len + 1, file);
		is_same = ra_str_eq(ra_buf_str(made), (struct ra_str){ held, len });
		ra_free(held);
	}
	return fclose(file) == 0 && is_same;
}
