/* multipart: a message sent with files: its payload_json, how many files came along, and
 * the first of them. */
#pragma once
#include "libshared/base/base.h"

struct multipart {
	struct ra_str payload; /* borrowed from the body; empty when there is none */
	uint32_t files;
	struct ra_str name, data; /* borrowed; of the first file */
};

/* False when the content type is another. */
bool multipart_read(struct multipart *out, struct ra_str content_type, struct ra_str body);
