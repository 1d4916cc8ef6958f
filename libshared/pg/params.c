/*
 * params: parameters of a statement, built in an arena. Scalars go as text;
 * arrays go in PostgreSQL's binary form, which costs a third of the text:
 *
 *	int32 dimensions (0 when empty), int32 has_nulls, int32 element oid,
 *	int32 count, int32 lower bound, then an int32 length (-1: NULL) and
 *	the bytes of each element; all big-endian (src/backend/utils/adt/arrayfuncs.c)
 */
#include "libshared/pg/pg.h"
#include "libshared/base/utf8.h"
#include <assert.h>
#include <endian.h>

#define BOOL_OID 16
#define INT8_OID 20
#define INT4_OID 23
#define TEXT_OID 25

#define ARRAY_HEADER (5 * sizeof(uint32_t))

enum { TEXT = 0, BINARY = 1 };

static void append(struct ra_pg_params *p, const char *value, size_t len, int format)
{
	assert(p->count < RA_PG_MAX_PARAMS && len <= INT32_MAX);
	p->values[p->count] = value;
	p->lengths[p->count] = (int)len;
	p->formats[p->count] = format;
	p->count++;
}

void ra_pg_i64(struct ra_pg_params *p, int64_t value)
{
	char *text = ra_arena_format(p->arena, "%lld", (long long)value);
	append(p, text, strlen(text), TEXT);
}

void ra_pg_bool(struct ra_pg_params *p, bool value)
{
	append(p, value ? "t" : "f", 1, TEXT);
}

void ra_pg_null(struct ra_pg_params *p)
{
	append(p, NULL, 0, TEXT);
}

/* Copies `text` as PostgreSQL takes it: no U+0000, and U+FFFD for what is not UTF-8. Room for three
 * bytes a byte must be there. Returns the new length. */
static size_t copy_text(char *out, struct ra_str text)
{
	static const char unknown[3] = { '\xEF', '\xBF', '\xBD' }; /* U+FFFD */
	size_t len = 0;
	for (size_t i = 0; i < text.len;) {
		size_t size = ra_utf8_first((struct ra_str){ text.ptr + i, text.len - i });
		if (size == 0) {
			memcpy(out + len, unknown, sizeof(unknown));
			len += sizeof(unknown);
			i++;
			continue;
		}
		if (text.ptr[i] != '\0') {
			memcpy(out + len, text.ptr + i, size);
			len += size;
		}
		i += size;
	}
	return len;
}

void ra_pg_text(struct ra_pg_params *p, struct ra_str value)
{
	char *text = ra_arena_alloc(p->arena, 3 * value.len + 1);
	append(p, text, copy_text(text, value), TEXT);
}

void ra_pg_bytes(struct ra_pg_params *p, struct ra_str value)
{
	append(p, ra_arena_strdup(p->arena, value), value.len, BINARY);
}

static char *put_u32(char *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

/* Begins an array with room for `count` elements of at most `room` bytes in all, lengths left out.
 */
static char *begin_array(struct ra_arena *arena, char **at, uint32_t oid, size_t count, size_t room)
{
	assert(count <= INT32_MAX);
	char *start = ra_arena_alloc(arena, ARRAY_HEADER + 4 * count + room);
	*at = put_u32(start, count > 0);
	*at = put_u32(*at, 1); /* may hold NULLs; PostgreSQL counts for itself */
	*at = put_u32(*at, oid);
	if (count > 0) {
		*at = put_u32(*at, (uint32_t)count);
		*at = put_u32(*at, 1);
	}
	return start;
}

static void end_array(struct ra_pg_params *p, const char *start, const char *at)
{
	append(p, start, (size_t)(at - start), BINARY);
}

static void bigint_array(struct ra_pg_params *p, const void *first, size_t count, size_t stride,
			 const int64_t *none)
{
	char *at, *start = begin_array(p->arena, &at, INT8_OID, count, 8 * count);
	for (size_t i = 0; i < count; i++) {
		int64_t value;
		memcpy(&value, (const char *)first + i * stride, sizeof(value));
		if (none && value == *none) {
			at = put_u32(at, UINT32_MAX);
			continue;
		}
		uint64_t big_endian = htobe64((uint64_t)value);
		at = put_u32(at, sizeof(big_endian));
		memcpy(at, &big_endian, sizeof(big_endian));
		at += sizeof(big_endian);
	}
	end_array(p, start, at);
}

void ra_pg_i64_array(struct ra_pg_params *p, const int64_t *first, size_t count, size_t stride)
{
	bigint_array(p, first, count, stride, NULL);
}

void ra_pg_u64_array(struct ra_pg_params *p, const uint64_t *first, size_t count, size_t stride)
{
	bigint_array(p, first, count, stride, NULL);
}

void ra_pg_i64_array_or_null(struct ra_pg_params *p, const int64_t *first, size_t count,
			     size_t stride, int64_t none)
{
	bigint_array(p, first, count, stride, &none);
}

void ra_pg_i32_array(struct ra_pg_params *p, const int32_t *first, size_t count, size_t stride)
{
	char *at, *start = begin_array(p->arena, &at, INT4_OID, count, 4 * count);
	for (size_t i = 0; i < count; i++) {
		uint32_t value;
		memcpy(&value, (const char *)first + i * stride, sizeof(value));
		at = put_u32(at, sizeof(value));
		at = put_u32(at, value);
	}
	end_array(p, start, at);
}

void ra_pg_bool_array(struct ra_pg_params *p, const bool *first, size_t count, size_t stride)
{
	char *at, *start = begin_array(p->arena, &at, BOOL_OID, count, count);
	for (size_t i = 0; i < count; i++) {
		at = put_u32(at, 1);
		*at++ = *(const bool *)((const char *)first + i * stride);
	}
	end_array(p, start, at);
}

void ra_pg_text_array(struct ra_pg_params *p, const struct ra_str *first, size_t count,
		      size_t stride)
{
	size_t room = 0;
	for (size_t i = 0; i < count; i++)
		room += 3 *
			((const struct ra_str *)(const void *)((const char *)first + i * stride))
				->len;

	char *at, *start = begin_array(p->arena, &at, TEXT_OID, count, room);
	for (size_t i = 0; i < count; i++) {
		struct ra_str text;
		memcpy(&text, (const char *)first + i * stride, sizeof(text));
		if (!text.ptr) {
			at = put_u32(at, UINT32_MAX);
			continue;
		}
		size_t len = copy_text(at + 4, text);
		at = put_u32(at, (uint32_t)len) + len;
	}
	end_array(p, start, at);
}
