/* put: appending JSON without formatting it: fields as they stand in the text, comma included. */
#pragma once
#include "libshared/base/buf.h"

#define PUT(out, literal) ra_buf_add((out), (literal), sizeof(literal) - 1)

static inline void put_bool(struct ra_buf *out, bool value)
{
	if (value)
		PUT(out, "true");
	else
		PUT(out, "false");
}

/* NULL gives null. */
static inline void put_text(struct ra_buf *out, const char *text)
{
	if (text)
		ra_buf_add_json_string(out, ra_str_of(text));
	else
		PUT(out, "null");
}

/* 0 gives null. */
static inline void put_id(struct ra_buf *out, uint64_t id)
{
	if (id == 0) {
		PUT(out, "null");
		return;
	}
	PUT(out, "\"");
	ra_buf_add_u64(out, id);
	PUT(out, "\"");
}

static inline void put_ids(struct ra_buf *out, const uint64_t *ids, size_t count)
{
	PUT(out, "[");
	for (size_t i = 0; i < count; i++) {
		if (i)
			PUT(out, ",");
		put_id(out, ids[i]);
	}
	PUT(out, "]");
}

/* A key with its punctuation, as a literal, and the value after it. */
#define PUT_BOOL(out, key, value) (PUT(out, key), put_bool(out, value))
#define PUT_TEXT(out, key, value) (PUT(out, key), put_text(out, value))
#define PUT_ID(out, key, value)   (PUT(out, key), put_id(out, value))
#define PUT_U64(out, key, value)  (PUT(out, key), ra_buf_add_u64(out, (uint64_t)(value)))
#define PUT_TIME(out, key, value) (PUT(out, key), render_time(out, value))
