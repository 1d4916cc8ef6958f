/* multipart: a message for Discord with a file beside it (Discord docs, Uploading Files). */
#pragma once
#include "libshared/base/buf.h"

#define MULTIPART_TYPE "multipart/form-data; boundary=" MULTIPART_BOUNDARY
/* A PNG and our own JSON do not hold it. */
#define MULTIPART_BOUNDARY "rations-4f1c9e0d7b2a4c6e"

/* Appends the body: `json` as payload_json, `png` as files[0] with that name. */
void multipart_write(struct ra_buf *out, struct ra_str json, const char *file_name,
		     struct ra_str png);
