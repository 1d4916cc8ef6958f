/* buf: what goes in comes out, whatever the sizes. */
#include "libshared/base/buf.h"
#include "tests/harness/cmocka.h"

static void grows_and_keeps_what_it_holds(void **state)
{
	(void)state;
	struct ra_buf buf = { 0 };
	for (unsigned i = 0; i < 1000; i++)
		ra_buf_add_u64(&buf, i % 10);
	assert_int_equal(buf.len, 1000);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(buf.ptr[i], '0' + i % 10);
	ra_buf_fini(&buf);
	assert_null(buf.ptr);
}

static void empty_is_a_text_too(void **state)
{
	(void)state;
	struct ra_buf buf = { 0 };
	ra_buf_add(&buf, NULL, 0);
	ra_buf_add_str(&buf, (struct ra_str){ NULL, 0 });
	assert_string_equal(ra_buf_text(&buf), "");
	assert_int_equal(buf.len, 0);
	ra_buf_fini(&buf);
}

static void writes_numbers_from_end_to_end(void **state)
{
	(void)state;
	struct ra_buf buf = { 0 };
	ra_buf_add_u64(&buf, UINT64_MAX);
	ra_buf_add_text(&buf, " ");
	ra_buf_add_i64(&buf, INT64_MIN);
	ra_buf_add_text(&buf, " ");
	ra_buf_add_i64(&buf, 0);
	assert_string_equal(ra_buf_text(&buf), "18446744073709551615 -9223372036854775808 0");
	ra_buf_fini(&buf);
}

static void prints_what_fits_and_what_does_not(void **state)
{
	(void)state;
	for (int width = 1; width < 300; width++) {
		struct ra_buf buf = { 0 };
		ra_buf_printf(&buf, "<%*d>", width, 7);
		assert_int_equal(buf.len, width + 2);
		assert_string_equal(ra_buf_text(&buf) + width, "7>");
		ra_buf_fini(&buf);
	}
}

static void forgets_its_beginning(void **state)
{
	(void)state;
	struct ra_buf buf = { 0 };
	ra_buf_add_text(&buf, "frame one, frame two");
	ra_buf_consume(&buf, 11);
	assert_string_equal(ra_buf_text(&buf), "frame two");
	ra_buf_consume(&buf, 9);
	assert_int_equal(buf.len, 0);
	ra_buf_fini(&buf);
}

static void assert_quoted(struct ra_str text, const char *expected)
{
	struct ra_buf buf = { 0 };
	ra_buf_add_json_string(&buf, text);
	assert_string_equal(ra_buf_text(&buf), expected);
	ra_buf_fini(&buf);
}

static void quotes_for_json(void **state)
{
	(void)state;
	assert_quoted(RA_STR(""), "\"\"");
	assert_quoted(RA_STR("plain"), "\"plain\"");
	assert_quoted(RA_STR("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
	assert_quoted(RA_STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
	assert_quoted(RA_STR("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\x7f\"");
	assert_quoted(RA_STR("при\xf0\x9f\x8e\x89вет"), "\"при\xf0\x9f\x8e\x89вет\"");
}

static void replaces_what_is_no_utf8(void **state)
{
	(void)state;
	assert_quoted(RA_STR("a\xff"
			     "b"),
		      "\"a\xef\xbf\xbd"
		      "b\"");
	assert_quoted(RA_STR("\xd0"), "\"\xef\xbf\xbd\"");
	assert_quoted(RA_STR("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_keeps_what_it_holds),
		cmocka_unit_test(empty_is_a_text_too),
		cmocka_unit_test(writes_numbers_from_end_to_end),
		cmocka_unit_test(prints_what_fits_and_what_does_not),
		cmocka_unit_test(forgets_its_beginning),
		cmocka_unit_test(quotes_for_json),
		cmocka_unit_test(replaces_what_is_no_utf8),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
