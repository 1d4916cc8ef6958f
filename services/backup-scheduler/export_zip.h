/*
 * export_zip: a ZIP file written as it comes, in one pass and in little memory:
 * each file is deflated, its sizes follow it, the directory is the end. Files
 * and the whole may be larger than 4 GiB (APPNOTE.TXT 4.3.9, 4.5.3: Zip64).
 */
#pragma once
#include "libshared/base/err.h"
#include <stddef.h>

struct zip;

typedef int (*zip_out)(void *ctx, const void *data, size_t len, struct ra_err *err);

struct zip *zip_new(zip_out out, void *ctx);
/* A new file begins, the one before has ended. `name` is copied. Each of these returns 0, or what
 * `out` failed with. */
int zip_file(struct zip *zip, const char *name, struct ra_err *err) RA_MUST_CHECK;
int zip_write(struct zip *zip, const void *data, size_t len, struct ra_err *err) RA_MUST_CHECK;
int zip_end(struct zip *zip, struct ra_err *err) RA_MUST_CHECK;
void zip_free(struct zip **zip);
