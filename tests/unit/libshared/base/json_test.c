/* json: the scanner on what Discord sends, on what nobody should send, and cut short anywhere. */
#include "libshared/base/json.h"
#include "libshared/base/buf.h"
#include "tests/harness/cmocka.h"

/* A scanner on a copy of exactly the text's size, so that the sanitizer sees the first byte too
 * many. */
struct exact {
	char *copy;
	struct ra_json j;
};

static struct exact scan(struct ra_str text)
{
	struct exact exact = { .copy = ra_realloc(NULL, text.len) };
	memcpy(exact.copy, text.ptr, text.len);
	ra_json_init(&exact.j, (struct ra_str){ exact.copy, text.len });
	return exact;
}

static const char dispatch[] =
	" {\"t\":\"MESSAGE_CREATE\",\"s\":42,\"op\":0,\n\t\"d\":{\"id\":\"1100000000000000001\","
	"\"tts\":false,\"pinned\": true , "
	"\"author\":{\"id\":\"7\",\"bot\":true,\"name\":\"a\\\"b\"},"
	"\"mentions\":[{\"id\":\"8\"}, "
	"{\"id\":\"9\"}],\"embeds\":[],\"edited\":null,\"empty\":{}}} ";

struct message {
	uint64_t seq, id, author_id, mentions;
	bool is_pinned;
};

static void read_author(struct ra_json *j, struct message *m)
{
	struct ra_str key;
	if (!ra_json_enter_object(j))
		return;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "id")) {
			m->author_id = ra_json_u64(j);
			ra_json_leave(j);
			return;
		}
		ra_json_skip(j);
	}
}

static void read_mentions(struct ra_json *j, struct message *m)
{
	struct ra_str key;
	if (!ra_json_enter_array(j))
		return;
	while (ra_json_next_element(j)) {
		if (!ra_json_enter_object(j))
			continue;
		while (ra_json_next_key(j, &key))
			m->mentions += ra_json_u64(j);
	}
}

static void read_message(struct ra_json *j, struct message *m)
{
	struct ra_str key;
	if (!ra_json_enter_object(j))
		return;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "id"))
			m->id = ra_json_u64(j);
		else if (ra_str_is(key, "pinned"))
			m->is_pinned = ra_json_bool(j);
		else if (ra_str_is(key, "author"))
			read_author(j, m);
		else if (ra_str_is(key, "mentions"))
			read_mentions(j, m);
		else
			ra_json_skip(j);
	}
}

static struct message read_dispatch(struct ra_json *j)
{
	struct message m = { 0 };
	struct ra_str key;
	if (!ra_json_enter_object(j))
		return m;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "s"))
			m.seq = ra_json_u64(j);
		else if (ra_str_is(key, "d"))
			read_message(j, &m);
		else
			ra_json_skip(j);
	}
	return m;
}

static void reads_a_dispatch(void **state)
{
	(void)state;
	struct exact exact = scan(ra_str_of(dispatch));
	struct message m = read_dispatch(&exact.j);
	assert_false(exact.j.failed);
	assert_int_equal(ra_json_peek(&exact.j), RA_JSON_END);
	assert_false(exact.j.failed);
	assert_int_equal(m.seq, 42);
	assert_int_equal(m.id, 1100000000000000001);
	assert_int_equal(m.author_id, 7);
	assert_int_equal(m.mentions, 17);
	assert_true(m.is_pinned);
	ra_free(exact.copy);
}

static void fails_when_cut_anywhere(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(dispatch) - 2; len++) {
		struct exact exact = scan((struct ra_str){ dispatch, len });
		read_dispatch(&exact.j);
		assert_true(exact.j.failed);
		ra_free(exact.copy);
		exact = scan((struct ra_str){ dispatch, len });
		ra_json_skip(&exact.j);
		assert_true(exact.j.failed);
		ra_free(exact.copy);
	}
}

static void refuses_broken_structure(void **state)
{
	(void)state;
	static const char *const bad[] = { "{\"a\" 1}",   "{\"a\":1 \"b\":2}",
					   "{a:1}",       "{\"a\":1,}",
					   "{,}",         "{\"a\":}",
					   "{\"a\":1]",   "{1:2}",
					   "[1,]",        "[,1]",
					   "[1 2]",       "[1}",
					   "[tru]",       "[nul]",
					   "[falsy]",     "[x]",
					   "[:1]",        "{\"a\":[}]",
					   "{\"a\\\":1}", "",
					   " ",           "]",
					   "}",           "," };
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		struct exact exact = scan(ra_str_of(bad[i]));
		struct ra_str key;
		if (bad[i][0] == '{' && ra_json_enter_object(&exact.j))
			while (ra_json_next_key(&exact.j, &key))
				ra_json_skip(&exact.j);
		else if (ra_json_enter_array(&exact.j))
			while (ra_json_next_element(&exact.j))
				ra_json_skip(&exact.j);
		if (!exact.j.failed)
			fail_msg("%s", bad[i]);
		ra_free(exact.copy);
	}
}

static void refuses_brackets_that_do_not_match(void **state)
{
	(void)state;
	static const char *const bad[] = { "[}", "{]", "[{]}", "{\"a\":[1}", "[[]", "[\"]" };
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		struct exact exact = scan(ra_str_of(bad[i]));
		ra_json_skip(&exact.j);
		assert_true(exact.j.failed);
		ra_free(exact.copy);
	}
}

static void after_an_error_every_call_is_harmless(void **state)
{
	(void)state;
	struct ra_json j;
	struct ra_str key = RA_STR("x");
	ra_json_init(&j, RA_STR("{\"a\":[oops, \"b\", 3]}"));
	assert_true(ra_json_enter_object(&j));
	assert_true(ra_json_next_key(&j, &key));
	assert_true(ra_json_enter_array(&j));
	assert_true(ra_json_next_element(&j));
	ra_json_skip(&j);
	assert_true(j.failed);
	assert_false(ra_json_next_element(&j));
	assert_false(ra_json_next_key(&j, &key));
	assert_int_equal(key.len, 0);
	assert_false(ra_json_enter_object(&j));
	assert_false(ra_json_enter_array(&j));
	assert_int_equal(ra_json_u64(&j), 0);
	assert_int_equal(ra_json_i64(&j), 0);
	assert_false(ra_json_bool(&j));
	assert_int_equal(ra_json_string(&j).len, 0);
	assert_int_equal(ra_json_raw(&j).len, 0);
	assert_int_equal(ra_json_peek(&j), RA_JSON_END);
	ra_json_leave(&j);
	ra_json_skip(&j);
	assert_true(j.failed);
}

static void peeks_at_every_kind(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum ra_json_kind kind;
	} cases[] = {
		{ "null", RA_JSON_NULL },
		{ "true", RA_JSON_BOOL },
		{ "false", RA_JSON_BOOL },
		{ "-1", RA_JSON_NUMBER },
		{ "0.5", RA_JSON_NUMBER },
		{ "\"\"", RA_JSON_STRING },
		{ " \n\r\t{}", RA_JSON_OBJECT },
		{ "[]", RA_JSON_ARRAY },
		{ " ", RA_JSON_END },
	};
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		struct ra_json j;
		ra_json_init(&j, ra_str_of(cases[i].text));
		assert_int_equal(ra_json_peek(&j), cases[i].kind);
		assert_int_equal(ra_json_peek(&j), cases[i].kind);
		assert_false(j.failed);
	}
}

static uint64_t u64_of(const char *text)
{
	struct exact exact = scan(ra_str_of(text));
	uint64_t value = ra_json_u64(&exact.j);
	assert_false(exact.j.failed);
	assert_int_equal(ra_json_peek(&exact.j), RA_JSON_END);
	ra_free(exact.copy);
	return value;
}

static int64_t i64_of(const char *text)
{
	struct exact exact = scan(ra_str_of(text));
	int64_t value = ra_json_i64(&exact.j);
	assert_false(exact.j.failed);
	assert_int_equal(ra_json_peek(&exact.j), RA_JSON_END);
	ra_free(exact.copy);
	return value;
}

static void reads_numbers_quoted_or_not(void **state)
{
	(void)state;
	assert_true(u64_of("18446744073709551615") == UINT64_MAX);
	assert_true(u64_of("\"18446744073709551615\"") == UINT64_MAX);
	assert_true(i64_of("-9223372036854775808") == INT64_MIN);
	assert_true(i64_of("\"-12\"") == -12);
}

static void anything_else_is_skipped_and_gives_zero(void **state)
{
	(void)state;
	static const char *const others[] = { "null",      "true",  "1.5",
					      "1e3",       "\"x\"", "\"\"",
					      "{\"a\":1}", "[1]",   "18446744073709551616",
					      "\"12 \"" };
	for (size_t i = 0; i < RA_COUNT(others); i++) {
		assert_true(u64_of(others[i]) == 0);
		assert_true(i64_of(others[i]) == 0);
	}
	assert_true(u64_of("-1") == 0);
}

static void gives_strings_as_they_lie(void **state)
{
	(void)state;
	struct ra_json j;
	ra_json_init(&j, RA_STR("[\"a\\\"b\", \"\\\\\", \"\", null, \"\\\\\\\"\", 5, [\"x\"]]"));
	assert_true(ra_json_enter_array(&j));
	static const char *const expected[] = { "a\\\"b", "\\\\", "", "", "\\\\\\\"", "", "" };
	for (size_t i = 0; i < RA_COUNT(expected); i++) {
		assert_true(ra_json_next_element(&j));
		assert_true(ra_str_is(ra_json_string(&j), expected[i]));
	}
	assert_false(ra_json_next_element(&j));
	assert_false(j.failed);
}

static void raw_covers_the_value_and_nothing_else(void **state)
{
	(void)state;
	struct ra_json j;
	struct ra_str key;
	ra_json_init(&j, RA_STR("{\"d\" :  {\"a\":[1,\"]\"]} , \"n\": -1.5e3 }"));
	assert_true(ra_json_enter_object(&j));
	assert_true(ra_json_next_key(&j, &key));
	assert_true(ra_str_is(ra_json_raw(&j), "{\"a\":[1,\"]\"]}"));
	assert_true(ra_json_next_key(&j, &key));
	assert_true(ra_str_is(ra_json_raw(&j), "-1.5e3"));
	assert_false(ra_json_next_key(&j, &key));
	assert_false(j.failed);
}

static void enter_skips_what_it_can_not_enter(void **state)
{
	(void)state;
	struct ra_json j;
	ra_json_init(&j, RA_STR("[null, {\"a\":1}, [2], 3]"));
	assert_true(ra_json_enter_array(&j));
	assert_true(ra_json_next_element(&j));
	assert_false(ra_json_enter_object(&j));
	assert_true(ra_json_next_element(&j));
	assert_false(ra_json_enter_array(&j));
	assert_true(ra_json_next_element(&j));
	assert_false(ra_json_enter_object(&j));
	assert_true(ra_json_next_element(&j));
	assert_int_equal(ra_json_u64(&j), 3);
	assert_false(ra_json_next_element(&j));
	assert_false(j.failed);
}

/* Leaving works before the first member, at a value, and behind one. */
static void leaves_from_anywhere(void **state)
{
	(void)state;
	for (int members = 0; members <= 2; members++)
		for (int is_consumed = 0; is_consumed < 2; is_consumed++) {
			struct ra_json j;
			struct ra_str key;
			ra_json_init(&j, RA_STR("[{\"a\":{\"x\":\"}\"},\"b\":[{}]},7]"));
			assert_true(ra_json_enter_array(&j));
			assert_true(ra_json_next_element(&j));
			assert_true(ra_json_enter_object(&j));
			for (int i = 0; i < members; i++) {
				assert_true(ra_json_next_key(&j, &key));
				if (is_consumed || i + 1 < members)
					ra_json_skip(&j);
			}
			ra_json_leave(&j);
			assert_true(ra_json_next_element(&j));
			assert_int_equal(ra_json_u64(&j), 7);
			assert_false(ra_json_next_element(&j));
			assert_false(j.failed);
		}
}

static bool skips_nested(size_t depth)
{
	struct ra_buf text = { 0 };
	for (size_t i = 0; i < depth; i++)
		ra_buf_add_text(&text, i % 2 ? "[" : "{\"a\":");
	ra_buf_add_text(&text, "1");
	for (size_t i = depth; i-- > 0;)
		ra_buf_add_text(&text, i % 2 ? "]" : "}");
	struct ra_json j;
	ra_json_init(&j, ra_buf_str(&text));
	ra_json_skip(&j);
	bool is_fine = !j.failed;
	ra_buf_fini(&text);
	return is_fine;
}

static void bounds_its_depth(void **state)
{
	(void)state;
	assert_true(skips_nested(RA_JSON_DEPTH));
	assert_false(skips_nested(RA_JSON_DEPTH + 1));
	assert_false(skips_nested(100000));
}

static void assert_unescapes(struct ra_str raw, struct ra_str expected)
{
	struct ra_buf out = { 0 };
	struct exact exact = scan(raw);
	ra_json_unescape(&out, (struct ra_str){ exact.copy, raw.len });
	if (!ra_str_eq(ra_buf_str(&out), expected))
		fail_msg("%s gives %s", raw.ptr, ra_buf_text(&out));
	ra_free(exact.copy);
	ra_buf_fini(&out);
}

#define BAD "\xef\xbf\xbd"

static void resolves_escapes(void **state)
{
	(void)state;
	assert_unescapes(RA_STR(""), RA_STR(""));
	assert_unescapes(RA_STR("plain при"), RA_STR("plain при"));
	assert_unescapes(RA_STR("\\\"\\\\\\/\\b\\f\\n\\r\\t"), RA_STR("\"\\/\b\f\n\r\t"));
	assert_unescapes(RA_STR("\\u0041\\u0436\\u20AC\\ud83c\\udf89!"),
			 RA_STR("Aж€\xf0\x9f\x8e\x89!"));
	assert_unescapes(RA_STR("\\ud800\\udc00\\uDBFF\\uDFFF\\ud7ff\\ue000"),
			 RA_STR("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80"));
	assert_unescapes(RA_STR("a\\u0000b\0c"), RA_STR("abc"));
}

static void replaces_what_can_not_be_resolved(void **state)
{
	(void)state;
	assert_unescapes(RA_STR("\\ud83c"), RA_STR(BAD));
	assert_unescapes(RA_STR("\\udf89x"), RA_STR(BAD "x"));
	assert_unescapes(RA_STR("\\ud83c\\u0041"), RA_STR(BAD "A"));
	assert_unescapes(RA_STR("\\ud83c\\ud83c\\udf89"), RA_STR(BAD "\xf0\x9f\x8e\x89"));
	assert_unescapes(RA_STR("\\ud83c\\u"), RA_STR(BAD BAD));
	assert_unescapes(RA_STR("\\u12"), RA_STR(BAD "12"));
	assert_unescapes(RA_STR("\\u12g4"), RA_STR(BAD "12g4"));
	assert_unescapes(RA_STR("\\q\\"), RA_STR(BAD BAD));
	assert_unescapes(RA_STR("\xff"), RA_STR(BAD));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_dispatch),
		cmocka_unit_test(fails_when_cut_anywhere),
		cmocka_unit_test(refuses_broken_structure),
		cmocka_unit_test(refuses_brackets_that_do_not_match),
		cmocka_unit_test(after_an_error_every_call_is_harmless),
		cmocka_unit_test(peeks_at_every_kind),
		cmocka_unit_test(reads_numbers_quoted_or_not),
		cmocka_unit_test(anything_else_is_skipped_and_gives_zero),
		cmocka_unit_test(gives_strings_as_they_lie),
		cmocka_unit_test(raw_covers_the_value_and_nothing_else),
		cmocka_unit_test(enter_skips_what_it_can_not_enter),
		cmocka_unit_test(leaves_from_anywhere),
		cmocka_unit_test(bounds_its_depth),
		cmocka_unit_test(resolves_escapes),
		cmocka_unit_test(replaces_what_can_not_be_resolved),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
