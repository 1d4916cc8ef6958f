/* multipart: a message sent with files: its payload_json, and how many files came along. */
#pragma once
#include "libshared/base/base.h"

struct multipart {
	struct ra_str payload; /* borrowed from the body; empty when there is none */
	uint32_t files;
};

/* False when the content type is another. */
bool multipart_read(struct multipart *out, struct ra_str content_type, struct ra_str body);
