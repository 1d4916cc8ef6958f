/*
 * fields: reads the keys we want of a JSON object into a C struct. What is
 * wanted is a table, one line a key; everything else is skipped where it lies.
 *
 *	static const struct field user_fields[] = {
 *		FIELD(ID, struct user, id, "id"),
 *		FIELD(TEXT, struct user, username, "username"),
 *	};
 *
 * A key that is absent, null or of another kind leaves its member as it was.
 */
#pragma once
#include "libshared/base/arena.h"
#include "libshared/base/buf.h"
#include "libshared/base/json.h"

enum field_kind {
	FIELD_ID,    /* uint64_t: a snowflake, as text or number */
	FIELD_INT,   /* int64_t */
	FIELD_TIME,  /* int64_t: ISO 8601 to milliseconds */
	FIELD_FLAG,  /* bool */
	FIELD_TEXT,  /* struct ra_str: UTF-8, escapes resolved */
	FIELD_IDS,   /* struct ra_str: an array of ids, or of objects with an id; space-separated */
	FIELD_COUNT, /* int64_t: elements of an array */
	FIELD_STRING, /* struct ra_str: a text as it lies, escapes left in */
	FIELD_RAW,    /* struct ra_str: the value as it lies; null too */
	FIELD_OBJECT, /* a struct of its own, by its own table */
};

struct field_table {
	const struct field *list;
	size_t count;
};

struct field {
	const char *key;
	size_t key_len;
	enum field_kind kind;
	size_t offset;
	const struct field_table *object; /* FIELD_OBJECT */
};

#define FIELD(kind, type, member, key)                                                             \
	{                                                                                          \
		key, sizeof(key) - 1, FIELD_##kind, offsetof(type, member), NULL                   \
	}
#define FIELD_IN(type, member, key, table)                                                         \
	{                                                                                          \
		key, sizeof(key) - 1, FIELD_OBJECT, offsetof(type, member), &(table)               \
	}
/* The keys belong to `type` itself, one level deeper in the JSON. */
#define FIELD_INTO(key, table)                                                                     \
	{                                                                                          \
		key, sizeof(key) - 1, FIELD_OBJECT, 0, &(table)                                    \
	}
#define FIELD_TABLE(fields)                                                                        \
	{                                                                                          \
		fields, RA_COUNT(fields)                                                           \
	}

/*
 * Texts that had to be rewritten (escapes, ids joined) live here until
 * texts_reset; the others are borrowed from the JSON.
 */
struct texts {
	struct ra_buf work;    /* owned */
	struct ra_arena arena; /* owned */
};

void texts_fini(struct texts *texts);
void texts_reset(struct texts *texts);

/* Reads the value at `j`; false when it was no object or the JSON is broken. */
bool fields_read(struct ra_json *j, const struct field_table *table, void *out,
		 struct texts *texts);
/* The same of a text that is one JSON value. */
bool fields_parse(struct ra_str json, const struct field_table *table, void *out,
		  struct texts *texts);

/* Characters (Unicode code points) of a JSON string as it lies. */
int64_t json_text_length(struct ra_str raw);
/* Its text, up to so many characters. */
struct ra_str json_text(struct ra_str raw, int64_t characters, struct texts *texts);
/* `ids` without `id`; rewritten into `texts`. */
struct ra_str ids_without(struct ra_str ids, uint64_t id, struct texts *texts);
