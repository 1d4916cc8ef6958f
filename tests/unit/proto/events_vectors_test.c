/*
 * events_vectors: every event with each field set to something distinct, and
 * with all fields at their defaults, as typed values (`fields`) and as the
 * words of a stream entry (`words`): proto/events.vectors.json, for readers
 * in any language. Here the codec is held against the committed file, which
 * is made without it. To renew the file, run from the root:
 * build/gcc-san/tests/unit/proto/events_vectors_test --update
 */
#include "libshared/redis/redis.h"
#include "proto/events.h"
#include "tests/harness/cmocka.h"
#include "tests/harness/golden.h"
#include <jansson.h>

#define FILE_NAME "proto/events.vectors.json"

static bool update;

/* Two JSON texts that grow together, and what makes each value another one. */
struct vector {
	struct ra_buf fields, words;
	unsigned count;
};

static void add_words(struct vector *v, const char *name, const char *value)
{
	ra_buf_printf(&v->words, "%s\n\t\t\"%s\", ", v->words.len ? "," : "", name);
	ra_buf_add_json_string(&v->words, ra_str_of(value));
}

/* `json` is the typed value; `value` the same in the entry. */
static void add_field(struct vector *v, const char *name, const char *json, const char *value)
{
	ra_buf_printf(&v->fields, "%s\n\t\t\"%s\": %s", v->fields.len ? "," : "", name, json);
	add_words(v, name, value);
}

/* Near the end of 64 bits, where a careless reader loses digits. */
static void add_id(struct vector *v, const char *name)
{
	char *value = ra_format("%llu", (unsigned long long)UINT64_MAX - v->count++);
	char *json = ra_format("\"%s\"", value);
	add_field(v, name, json, value);
	ra_free(json);
	ra_free(value);
}

/* INT begins at the least a JavaScript number holds, TIME in 2015. */
static void add_number(struct vector *v, const char *name, long long base)
{
	char *value = ra_format("%lld", base + v->count++);
	add_field(v, name, value, value);
	ra_free(value);
}

static void add_text(struct vector *v, const char *name, const char *fmt)
{
	char *value = ra_format(fmt, v->count, v->count + 1);
	struct ra_buf json = { 0 };
	ra_buf_add_json_string(&json, ra_str_of(value));
	add_field(v, name, ra_buf_text(&json), value);
	ra_buf_fini(&json);
	ra_free(value);
	v->count++;
}

static void add_common(struct vector *v)
{
	add_text(v, "session", "session %u of %u");
	add_id(v, "seq");
	add_id(v, "part");
	add_number(v, "at", 1430029616936);
	add_id(v, "guild");
}

static void begin_vector(struct vector *v, const char *type)
{
	*v = (struct vector){ 0 };
	add_words(v, "type", type);
}

static void end_vector(struct vector *v, struct ra_buf *file, const char *type)
{
	ra_buf_printf(file, "%s\n{\t\"type\": \"%s\",\n\t\"fields\": {%s},\n\t\"words\": [%s]\n}",
		      file->len > 1 ? "," : "", type, v->fields.len ? ra_buf_text(&v->fields) : "",
		      ra_buf_text(&v->words));
	ra_buf_fini(&v->fields);
	ra_buf_fini(&v->words);
}

static void add_default(struct ra_buf *file, const char *type)
{
	struct vector v;
	begin_vector(&v, type);
	end_vector(&v, file, type);
}

static void make_file(struct ra_buf *file)
{
	struct vector v;
	const char *type;
	ra_buf_add_text(file, "[");
#define EVENT(name, help)                                                                          \
	type = #name;                                                                              \
	add_default(file, type);                                                                   \
	begin_vector(&v, type);                                                                    \
	add_common(&v);
#define ID(name, help)   add_id(&v, #name);
#define INT(name, help)  add_number(&v, #name, -9007199254740991);
#define TIME(name, help) add_number(&v, #name, 1430029616936);
#define FLAG(name, help) add_field(&v, #name, "true", "1");
#define TEXT(name, help) add_text(&v, #name, "текст %u \"\xf0\x9f\x8e\x89\" | %u\n");
#define IDS(name, help)  add_text(&v, #name, "110000000000000000%u 110000000000000000%u");
#define END              end_vector(&v, file, type);
#include "proto/events.def"
	ra_buf_add_text(file, "\n]\n");
}

static void the_file_is_current(void **state)
{
	(void)state;
	struct ra_buf file = { 0 };
	make_file(&file);
	bool is_current = golden_is_current(FILE_NAME, &file, update);
	ra_buf_fini(&file);
	if (!is_current)
		fail_msg(FILE_NAME " is not current: run this test with --update");
}

static uint64_t id_of(const json_t *fields, const char *name)
{
	uint64_t id = 0;
	const char *text = json_string_value(json_object_get(fields, name));
	if (text)
		assert_int_equal(ra_str_to_u64(ra_str_of(text), &id), 0);
	return id;
}

static int64_t number_of(const json_t *fields, const char *name)
{
	return json_integer_value(json_object_get(fields, name));
}

static struct ra_str text_of(const json_t *fields, const char *name)
{
	return ra_str_of(json_string_value(json_object_get(fields, name)));
}

/* The event a vector's `fields` describe, read by jansson. */
static struct ra_event event_of(const json_t *vector)
{
	const json_t *fields = json_object_get(vector, "fields");
	struct ra_str type = text_of(vector, "type");
	struct ra_event event = {
		.session = text_of(fields, "session"),
		.seq = id_of(fields, "seq"),
		.part = id_of(fields, "part"),
		.at = number_of(fields, "at"),
		.guild = id_of(fields, "guild"),
	};
#define EVENT(name, help)                                                                          \
	if (ra_str_is(type, #name)) {                                                              \
		event.type = RA_EV_##name;                                                         \
		struct ra_ev_##name *own = &event.name;                                            \
		own->no_field_ = 0;
#define ID(name, help)   own->name = id_of(fields, #name);
#define INT(name, help)  own->name = number_of(fields, #name);
#define TIME(name, help) own->name = number_of(fields, #name);
#define FLAG(name, help) own->name = json_is_true(json_object_get(fields, #name));
#define TEXT(name, help) own->name = text_of(fields, #name);
#define IDS(name, help)  own->name = text_of(fields, #name);
#define END              }
#include "proto/events.def"
	return event;
}

static void assert_same_u64(uint64_t a, uint64_t b, const char *name)
{
	if (a != b)
		fail_msg("%s: %llu, not %llu", name, (unsigned long long)a, (unsigned long long)b);
}

static void assert_same_text(struct ra_str a, struct ra_str b, const char *name)
{
	if (!ra_str_eq(a, b))
		fail_msg("%s: \"%.*s\", not \"%.*s\"", name, (int)a.len, a.ptr, (int)b.len, b.ptr);
}

static void assert_same_event(const struct ra_event *a, const struct ra_event *b)
{
	assert_int_equal(a->type, b->type);
	assert_same_text(a->session, b->session, "session");
	assert_same_u64(a->seq, b->seq, "seq");
	assert_same_u64(a->part, b->part, "part");
	assert_same_u64((uint64_t)a->at, (uint64_t)b->at, "at");
	assert_same_u64(a->guild, b->guild, "guild");
#define EVENT(name, help)                                                                          \
	if (a->type == RA_EV_##name) {                                                             \
		const struct ra_ev_##name *own = &a->name, *other = &b->name;                      \
		(void)own, (void)other;
#define ID(name, help)   assert_same_u64(own->name, other->name, #name);
#define INT(name, help)  assert_same_u64((uint64_t)own->name, (uint64_t)other->name, #name);
#define TIME(name, help) assert_same_u64((uint64_t)own->name, (uint64_t)other->name, #name);
#define FLAG(name, help) assert_same_u64(own->name, other->name, #name);
#define TEXT(name, help) assert_same_text(own->name, other->name, #name);
#define IDS(name, help)  assert_same_text(own->name, other->name, #name);
#define END              }
#include "proto/events.def"
}

static void check_encode(const json_t *vector, const struct ra_event *event)
{
	struct ra_buf made = { 0 }, expected = { 0 };
	const json_t *words = json_object_get(vector, "words");
	for (size_t i = 0; i < json_array_size(words); i++)
		ra_resp_word(&expected, ra_str_of(json_string_value(json_array_get(words, i))));
	assert_int_equal(ra_event_encode(event, &made), json_array_size(words));
	assert_same_text(ra_buf_str(&made), ra_buf_str(&expected), ra_event_name(event->type));
	ra_buf_fini(&made);
	ra_buf_fini(&expected);
}

static void check_decode(const json_t *vector, const struct ra_event *event)
{
	struct ra_str words[128];
	const json_t *array = json_object_get(vector, "words");
	size_t count = json_array_size(array);
	assert_in_range(count, 2, RA_COUNT(words));
	for (size_t i = 0; i < count; i++)
		words[i] = ra_str_of(json_string_value(json_array_get(array, i)));
	struct ra_event decoded;
	uint64_t unknown = 0;
	assert_int_equal(ra_event_decode(&decoded, words, count, &unknown), 0);
	assert_int_equal(unknown, 0);
	assert_same_event(&decoded, event);
}

static void the_codec_agrees_with_every_vector(void **state)
{
	(void)state;
	json_error_t error;
	json_t *vectors = json_load_file(FILE_NAME, 0, &error);
	if (!vectors)
		fail_msg(FILE_NAME ": line %d: %s", error.line, error.text);
	assert_int_equal(json_array_size(vectors), 2 * (RA_EVENT_TYPES - 1));
	for (size_t i = 0; i < json_array_size(vectors); i++) {
		const json_t *vector = json_array_get(vectors, i);
		struct ra_event event = event_of(vector);
		assert_int_equal(event.type, i / 2 + 1);
		check_encode(vector, &event);
		check_decode(vector, &event);
	}
	json_decref(vectors);
}

int main(int argc, char **argv)
{
	update = argc > 1 && strcmp(argv[1], "--update") == 0;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_is_current),
		cmocka_unit_test(the_codec_agrees_with_every_vector),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
