/* trace: see the header. */
#include "libshared/base/trace.h"
#include "libshared/base/clock.h"
#include <stdio.h>

enum { VERSION = 2, ID = 32, SPAN = 16, LENGTH = RA_TRACEPARENT_MAX - 1 };

static bool is_hex(const char *text, size_t len, bool may_be_zero)
{
	bool is_zero = true;
	for (size_t i = 0; i < len; i++) {
		if (!strchr("0123456789abcdef", text[i]) || text[i] == '\0')
			return false;
		is_zero &= text[i] == '0';
	}
	return may_be_zero || !is_zero;
}

/* A later version may have more behind a further dash. */
struct ra_str ra_trace_id(struct ra_str text)
{
	const char *at = text.ptr;
	bool is_one = text.len >= LENGTH && is_hex(at, VERSION, true) &&
		      strncmp(at, "ff", VERSION) != 0 && at[2] == '-' &&
		      is_hex(at + 3, ID, false) && at[35] == '-' && is_hex(at + 36, SPAN, false) &&
		      at[52] == '-' && is_hex(at + 53, 2, true) &&
		      (text.len == LENGTH || (strncmp(at, "00", VERSION) != 0 && at[55] == '-'));
	return is_one ? (struct ra_str){ at + 3, ID } : RA_STR("");
}

static void add_hex(char *out, size_t digits)
{
	for (size_t i = 0; i < digits; i += 8)
		snprintf(out + i, 9, "%08x", (unsigned)ra_random(1ULL << 32));
}

void ra_traceparent(char out[RA_TRACEPARENT_MAX], struct ra_str parent)
{
	char id[ID + 1], span[SPAN + 1];
	struct ra_str given = ra_trace_id(parent);
	if (given.len)
		snprintf(id, sizeof(id), "%.*s", (int)given.len, given.ptr);
	else
		add_hex(id, ID);
	add_hex(span, SPAN);
	snprintf(out, RA_TRACEPARENT_MAX, "00-%s-%s-01", id, span);
}
