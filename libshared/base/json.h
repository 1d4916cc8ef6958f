/*
 * json: a pull scanner for the hot path. It walks a text once, hands out
 * values where they lie, and skips what nobody asked for without copying.
 *
 *	struct ra_json j;
 *	ra_json_init(&j, text);
 *	struct ra_str key;
 *	if (ra_json_enter_object(&j))
 *		while (ra_json_next_key(&j, &key)) {
 *			if (ra_str_is(key, "id"))
 *				id = ra_json_u64(&j);
 *			else
 *				ra_json_skip(&j);
 *		}
 *	if (j.failed)
 *		...the text is not JSON: count it, drop it
 *
 * After an error every call is harmless: enter/next return false, values are
 * zero, `failed` stays set. Nesting is bounded (RA_JSON_DEPTH). It does not
 * validate the inside of what it skips beyond strings and brackets. After the
 * outermost value ra_json_peek tells RA_JSON_END, unless there is more.
 */
#pragma once
#include "libshared/base/buf.h"

#define RA_JSON_DEPTH 64

enum ra_json_kind {
	RA_JSON_END,
	RA_JSON_NULL,
	RA_JSON_BOOL,
	RA_JSON_NUMBER,
	RA_JSON_STRING,
	RA_JSON_OBJECT,
	RA_JSON_ARRAY,
};

struct ra_json {
	const char *at, *end; /* borrowed */
	unsigned depth;       /* objects and arrays open */
	uint64_t objects;     /* a bit for each of them, the innermost lowest: 1 object, 0 array */
	bool is_first;        /* no member of the innermost was read yet */
	bool failed;
};

void ra_json_init(struct ra_json *j, struct ra_str text);
/* What the next value is, without consuming it. */
enum ra_json_kind ra_json_peek(struct ra_json *j);
/* Consumes "{" or "["; false (and the value skipped) when the value is something else. */
bool ra_json_enter_object(struct ra_json *j);
bool ra_json_enter_array(struct ra_json *j);
/* The next key (escapes left in), positioned at its value; false after consuming "}". */
bool ra_json_next_key(struct ra_json *j, struct ra_str *key);
/* Positioned at the next element; false after consuming "]". */
bool ra_json_next_element(struct ra_json *j);
/* Leaves the innermost object or array, skipping what is left of it. */
void ra_json_leave(struct ra_json *j);
void ra_json_skip(struct ra_json *j);
/* Skips a value and returns the text it covers. */
struct ra_str ra_json_raw(struct ra_json *j);
/* A string as it lies, escapes left in; any other kind is skipped and gives the empty string. */
struct ra_str ra_json_string(struct ra_json *j);
/* A whole number, or a string holding one (Discord's ids); anything else is skipped and gives 0. */
uint64_t ra_json_u64(struct ra_json *j);
int64_t ra_json_i64(struct ra_json *j);
/* true only for `true`. */
bool ra_json_bool(struct ra_json *j);
/* Appends `raw` with its escapes resolved, as UTF-8; what can not be resolved (lone surrogates)
 * becomes U+FFFD, NULs are dropped. */
void ra_json_unescape(struct ra_buf *out, struct ra_str raw);
