/* fields: the table reader. See fields.h. */
#include "services/gateway-ingest/fields.h"
#include "libshared/base/clock.h"
#include "libshared/base/utf8.h"
#include "proto/events.h"

void texts_fini(struct texts *texts)
{
	ra_buf_fini(&texts->work);
	ra_arena_fini(&texts->arena);
}

void texts_reset(struct texts *texts)
{
	ra_arena_reset(&texts->arena);
}

/* What stands in `work`, to stay until the reset. */
static struct ra_str keep(struct texts *texts)
{
	struct ra_str text = ra_buf_str(&texts->work);
	text.ptr = ra_arena_strdup(&texts->arena, text);
	ra_buf_clear(&texts->work);
	return text;
}

static bool is_plain(struct ra_str raw)
{
	for (size_t i = 0; i < raw.len; i++)
		if (raw.ptr[i] == '\\' || (signed char)raw.ptr[i] < 0)
			return false;
	return true;
}

static bool is_utf8(struct ra_str text)
{
	while (text.len > 0) {
		size_t len = ra_utf8_first(text);
		if (len == 0)
			return false;
		text.ptr += len;
		text.len -= len;
	}
	return true;
}

/* PostgreSQL refuses what is not UTF-8, and one bad name must not stop a consumer. */
static struct ra_str resolve(struct ra_str raw, struct texts *texts)
{
	if (is_plain(raw) || (!memchr(raw.ptr, '\\', raw.len) && is_utf8(raw)))
		return raw;
	ra_json_unescape(&texts->work, raw);
	return keep(texts);
}

static uint64_t read_id_or_object(struct ra_json *j)
{
	if (ra_json_peek(j) != RA_JSON_OBJECT)
		return ra_json_u64(j);
	static const struct field fields[] = { { "id", 2, FIELD_ID, 0, NULL } };
	static const struct field_table table = FIELD_TABLE(fields);
	uint64_t id = 0;
	fields_read(j, &table, &id, NULL);
	return id;
}

static void add_id(struct ra_buf *ids, uint64_t id)
{
	if (id == 0)
		return;
	if (ids->len > 0)
		ra_buf_add(ids, " ", 1);
	ra_buf_add_u64(ids, id);
}

static struct ra_str read_ids(struct ra_json *j, struct texts *texts)
{
	if (ra_json_enter_array(j))
		while (ra_json_next_element(j))
			add_id(&texts->work, read_id_or_object(j));
	return keep(texts);
}

struct ra_str ids_without(struct ra_str ids, uint64_t id, struct texts *texts)
{
	uint64_t next;
	for (struct ra_str rest = ids; (next = ra_ids_next(&rest)) != 0;)
		if (next != id)
			add_id(&texts->work, next);
	return keep(texts);
}

static int64_t read_count(struct ra_json *j)
{
	int64_t count = 0;
	if (ra_json_enter_array(j))
		while (ra_json_next_element(j)) {
			ra_json_skip(j);
			count++;
		}
	return count;
}

static bool is_low_surrogate_next(struct ra_str raw, size_t at)
{
	return at + 6 <= raw.len && raw.ptr[at] == '\\' && raw.ptr[at + 1] == 'u' &&
	       (raw.ptr[at + 2] | 0x20) == 'd' && strchr("cdefCDEF", raw.ptr[at + 3]) != NULL;
}

static bool is_high_surrogate(const char *hex)
{
	return (hex[0] | 0x20) == 'd' && strchr("89abAB", hex[1]) != NULL;
}

/* Bytes of the escape at `at`; a surrogate pair is one character. */
static size_t escape_len(struct ra_str raw, size_t at)
{
	if (at + 6 > raw.len || raw.ptr[at + 1] != 'u')
		return 2;
	if (is_high_surrogate(raw.ptr + at + 2) && is_low_surrogate_next(raw, at + 6))
		return 12;
	return 6;
}

int64_t json_text_length(struct ra_str raw)
{
	int64_t length = 0;
	for (size_t i = 0; i < raw.len;) {
		bool is_continuation = ((unsigned char)raw.ptr[i] & 0xC0) == 0x80;
		length += !is_continuation;
		i += raw.ptr[i] == '\\' ? escape_len(raw, i) : 1;
	}
	return length;
}

struct ra_str json_text(struct ra_str raw, int64_t characters, struct texts *texts)
{
	struct ra_str text = resolve(raw, texts), rest = text;
	for (size_t len; characters > 0 && (len = ra_utf8_first(rest)) > 0; characters--)
		rest = (struct ra_str){ rest.ptr + len, rest.len - len };
	return (struct ra_str){ text.ptr, text.len - rest.len };
}

static void read_time(struct ra_json *j, int64_t *out)
{
	int64_t ms;
	if (ra_iso8601_parse(ra_json_string(j), &ms) == 0)
		*out = ms;
}

static void read_value(struct ra_json *j, const struct field *field, void *out, struct texts *texts)
{
	void *member = (char *)out + field->offset;
	switch (field->kind) {
	case FIELD_ID: *(uint64_t *)member = ra_json_u64(j); break;
	case FIELD_INT: *(int64_t *)member = ra_json_i64(j); break;
	case FIELD_TIME: read_time(j, member); break;
	case FIELD_FLAG: *(bool *)member = ra_json_bool(j); break;
	case FIELD_TEXT: *(struct ra_str *)member = resolve(ra_json_string(j), texts); break;
	case FIELD_IDS: *(struct ra_str *)member = read_ids(j, texts); break;
	case FIELD_COUNT: *(int64_t *)member = read_count(j); break;
	case FIELD_STRING: *(struct ra_str *)member = ra_json_string(j); break;
	case FIELD_RAW: *(struct ra_str *)member = ra_json_raw(j); break;
	case FIELD_OBJECT: fields_read(j, field->object, member, texts); break;
	}
}

/* Senders keep the order of their keys, so the search starts behind the last hit. */
static const struct field *find(const struct field_table *table, struct ra_str key, size_t *hint)
{
	for (size_t n = 0; n < table->count; n++) {
		const struct field *field = &table->list[*hint];
		*hint = *hint + 1 < table->count ? *hint + 1 : 0;
		if (field->key_len == key.len && memcmp(field->key, key.ptr, key.len) == 0)
			return field;
	}
	return NULL;
}

bool fields_read(struct ra_json *j, const struct field_table *table, void *out, struct texts *texts)
{
	if (!ra_json_enter_object(j))
		return false;
	struct ra_str key;
	size_t hint = 0;
	while (ra_json_next_key(j, &key)) {
		const struct field *field = find(table, key, &hint);
		if (field && ra_json_peek(j) != RA_JSON_NULL)
			read_value(j, field, out, texts);
		else
			ra_json_skip(j);
	}
	return !j->failed;
}

bool fields_parse(struct ra_str json, const struct field_table *table, void *out,
		  struct texts *texts)
{
	struct ra_json j;
	ra_json_init(&j, json);
	return fields_read(&j, table, out, texts);
}
