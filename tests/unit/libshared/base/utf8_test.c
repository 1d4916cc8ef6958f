/* utf8: every code point there and back, and nothing that is none. */
#include "libshared/base/utf8.h"
#include "tests/harness/cmocka.h"

static bool is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c <= 0xdfff;
}

static void accepts_every_code_point_it_writes(void **state)
{
	(void)state;
	struct ra_buf buf = { 0 };
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		ra_buf_clear(&buf);
		ra_utf8_add(&buf, c);
		size_t expected = is_surrogate(c) ? 0 : buf.len;
		if (ra_utf8_first(ra_buf_str(&buf)) != expected)
			fail_msg("U+%04X", c);
	}
	ra_buf_fini(&buf);
}

/* Counted from the other side: exactly one sequence for each code point is well-formed. */
static void accepts_nothing_else(void **state)
{
	(void)state;
	size_t found = 0;
	for (unsigned first = 0x80; first < 0x100; first++)
		for (unsigned second = 0; second < 0x100; second++) {
			const char text[] = { (char)first, (char)second, (char)0x80, (char)0xbf };
			size_t len = ra_utf8_first((struct ra_str){ text, sizeof(text) });
			static const size_t characters[] = { 0, 0, 1, 64, 4096 };
			found += characters[len];
		}
	assert_int_equal(found, 0x110000 - 0x800 - 0x80);
}

static void refuses_what_is_cut(void **state)
{
	(void)state;
	assert_int_equal(ra_utf8_first(RA_STR("")), 0);
	assert_int_equal(ra_utf8_first(RA_STR("\xf0\x9f\x8e")), 0);
	assert_int_equal(ra_utf8_first(RA_STR("\xf0\x9f\x8e\x89")), 4);
}

static void replaces_each_bad_byte(void **state)
{
	(void)state;
	struct ra_buf buf = { 0 };
	ra_utf8_add_clean(&buf, RA_STR("a\xff\xfe"
				       "ж\xd0"));
	assert_string_equal(ra_buf_text(&buf), "a\xef\xbf\xbd\xef\xbf\xbdж\xef\xbf\xbd");
	ra_buf_clear(&buf);
	ra_utf8_add_clean(&buf, (struct ra_str){ NULL, 0 });
	assert_int_equal(buf.len, 0);
	ra_buf_fini(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_every_code_point_it_writes),
		cmocka_unit_test(accepts_nothing_else),
		cmocka_unit_test(refuses_what_is_cut),
		cmocka_unit_test(replaces_each_bad_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
