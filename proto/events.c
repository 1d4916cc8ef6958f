/*
 * events: the codec. The list in events.def becomes a table of fields for
 * each type; encoding walks the table of the event's type, decoding looks
 * names up in it. Neither knows any single event.
 *
 * Entries are written in the order of the table, so decoding tries the field
 * behind the last one first and is nearly always right at once.
 */
#include "proto/events.h"
#include "libshared/redis/redis.h"

enum kind { KIND_END, KIND_ID, KIND_INT, KIND_TIME, KIND_FLAG, KIND_TEXT, KIND_IDS };

struct field {
	struct ra_str name;
	enum kind kind;
	size_t offset; /* into struct ra_event */
};

/* clang-format off */
#define NAME(text) { text, sizeof(text) - 1 }

#define COMMON_FIELDS                                                                              \
	{ NAME("session"), KIND_TEXT, offsetof(struct ra_event, session) },                        \
	{ NAME("seq"),     KIND_ID,   offsetof(struct ra_event, seq) },                            \
	{ NAME("part"),    KIND_ID,   offsetof(struct ra_event, part) },                           \
	{ NAME("at"),      KIND_TIME, offsetof(struct ra_event, at) },                             \
	{ NAME("guild"),   KIND_ID,   offsetof(struct ra_event, guild) },

/* A function for each type, message_created_fields() and so on, so that `event` and `start` can
 * mean something else in each. */
#define EVENT(type, help)                                                                          \
	static const struct field *type##_fields(void)                                             \
	{                                                                                          \
		typedef struct ra_ev_##type event;                                                 \
		enum { start = offsetof(struct ra_event, type) };                                  \
		static const struct field fields[] = { COMMON_FIELDS
#define FIELD(kind, field) { NAME(#field), kind, start + offsetof(event, field) },
#define ID(name, help)   FIELD(KIND_ID, name)
#define INT(name, help)  FIELD(KIND_INT, name)
#define TIME(name, help) FIELD(KIND_TIME, name)
#define FLAG(name, help) FIELD(KIND_FLAG, name)
#define TEXT(name, help) FIELD(KIND_TEXT, name)
#define IDS(name, help)  FIELD(KIND_IDS, name)
#define END                                                                                        \
			{ NAME(""), KIND_END, start + offsetof(event, no_field_) },                \
		};                                                                                 \
		return fields;                                                                     \
	}
#include "proto/events.def"

static const struct {
	struct ra_str name;
	const struct field *(*fields)(void);
} types[RA_EVENT_TYPES] = {
#define EVENT(type, help) [RA_EV_##type] = { NAME(#type), type##_fields },
#include "proto/events.def"
};
/* clang-format on */

const char *ra_event_name(enum ra_event_type type)
{
	bool is_known = type > RA_EVENT_UNKNOWN && type < RA_EVENT_TYPES;
	return is_known ? types[type].name.ptr : "unknown";
}

static enum ra_event_type type_of(struct ra_str name)
{
	for (enum ra_event_type type = RA_EVENT_UNKNOWN + 1; type < RA_EVENT_TYPES; type++)
		if (ra_str_eq(types[type].name, name))
			return type;
	return RA_EVENT_UNKNOWN;
}

/* Name and value, unless the value is the default. Returns how many words. */
static size_t encode_field(const struct field *field, const void *place, struct ra_buf *out)
{
	switch (field->kind) {
	case KIND_ID:
		if (*(const uint64_t *)place == 0)
			return 0;
		ra_resp_word(out, field->name);
		ra_resp_u64(out, *(const uint64_t *)place);
		return 2;
	case KIND_INT:
	case KIND_TIME:
		if (*(const int64_t *)place == 0)
			return 0;
		ra_resp_word(out, field->name);
		ra_resp_i64(out, *(const int64_t *)place);
		return 2;
	case KIND_FLAG:
		if (!*(const bool *)place)
			return 0;
		ra_resp_word(out, field->name);
		ra_resp_u64(out, 1);
		return 2;
	case KIND_TEXT:
	case KIND_IDS:
		if (((const struct ra_str *)place)->len == 0)
			return 0;
		ra_resp_word(out, field->name);
		ra_resp_word(out, *(const struct ra_str *)place);
		return 2;
	case KIND_END: break;
	}
	return 0;
}

size_t ra_event_encode(const struct ra_event *event, struct ra_buf *resp_words)
{
	ra_resp_word(resp_words, RA_STR("type"));
	ra_resp_word(resp_words, types[event->type].name);
	size_t words = 2;
	for (const struct field *field = types[event->type].fields(); field->kind; field++)
		words += encode_field(field, (const char *)event + field->offset, resp_words);
	return words;
}

static int decode_field(const struct field *field, void *place, struct ra_str value)
{
	switch (field->kind) {
	case KIND_ID: return ra_str_to_u64(value, place);
	case KIND_INT:
	case KIND_TIME: return ra_str_to_i64(value, place);
	case KIND_FLAG:
		*(bool *)place = ra_str_is(value, "1");
		return *(bool *)place || ra_str_is(value, "0") ? 0 : RA_EINVAL;
	case KIND_TEXT:
	case KIND_IDS: *(struct ra_str *)place = value; break;
	case KIND_END: break;
	}
	return 0;
}

/* Searches from `hint` round to `hint`; NULL when there is no such field. */
static const struct field *find_field(const struct field *fields, const struct field *hint,
				      struct ra_str name)
{
	for (const struct field *field = hint; field->kind; field++)
		if (ra_str_eq(field->name, name))
			return field;
	for (const struct field *field = fields; field < hint; field++)
		if (ra_str_eq(field->name, name))
			return field;
	return NULL;
}

/* The value of "type", wherever it stands; empty when there is none. */
static struct ra_str find_type(const struct ra_str *words, size_t count)
{
	for (size_t i = 0; i + 1 < count; i += 2)
		if (ra_str_is(words[i], "type"))
			return words[i + 1];
	return RA_STR("");
}

/* Everything at its default; a text has a pointer even then. */
static void clear(struct ra_event *event, enum ra_event_type type)
{
	*event = (struct ra_event){ .type = type };
	for (const struct field *field = types[type].fields(); field->kind; field++)
		if (field->kind == KIND_TEXT || field->kind == KIND_IDS)
			*(struct ra_str *)((char *)event + field->offset) = RA_STR("");
}

int ra_event_decode(struct ra_event *event, const struct ra_str *words, size_t count,
		    uint64_t *unknown)
{
	struct ra_str name = find_type(words, count);
	if (count % 2 != 0 || name.len == 0)
		return RA_EINVAL;
	enum ra_event_type type = type_of(name);
	if (type == RA_EVENT_UNKNOWN)
		return RA_ENOTFOUND;
	clear(event, type);
	const struct field *fields = types[type].fields(), *hint = fields;
	for (size_t i = 0; i < count; i += 2) {
		const struct field *field = find_field(fields, hint, words[i]);
		if (field) {
			int rc = decode_field(field, (char *)event + field->offset, words[i + 1]);
			if (rc < 0)
				return rc;
			hint = field + 1;
		} else if (unknown && !ra_str_is(words[i], "type")) {
			++*unknown;
		}
	}
	return 0;
}

uint64_t ra_ids_next(struct ra_str *rest)
{
	uint64_t id = 0;
	while (id == 0 && rest->len) {
		const char *space = memchr(rest->ptr, ' ', rest->len);
		size_t len = space ? (size_t)(space - rest->ptr) : rest->len;
		if (ra_str_to_u64((struct ra_str){ rest->ptr, len }, &id) < 0)
			id = 0;
		len += space != NULL;
		*rest = (struct ra_str){ rest->ptr + len, rest->len - len };
	}
	return id;
}
