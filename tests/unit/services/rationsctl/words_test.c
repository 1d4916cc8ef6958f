/* What figures mean to the doctor. */
#include "services/rationsctl/doctor.h"
#include "tests/harness/cmocka.h"

static void test_ages_and_sizes(void **state)
{
	char out[WORDS_MAX];
	(void)state;
	words_age(out, -5);
	assert_string_equal(out, "0 s");
	words_age(out, 119000);
	assert_string_equal(out, "119 s");
	words_age(out, 120000);
	assert_string_equal(out, "2 min");
	words_age(out, 3 * 86400000LL);
	assert_string_equal(out, "3 d");
	words_size(out, 999);
	assert_string_equal(out, "999 bytes");
	words_size(out, 3100000000LL);
	assert_string_equal(out, "3.1 GB");
}

static void test_texts_are_filled(void **state)
{
	(void)state;
	json_t *params = json_pack("{s:s, s:i, s:I, s:i}", "whose", "a {braced} one", "wait_ms",
				   125000, "free_bytes", (json_int_t)3100000000, "count", 7);
	char *text = words_fill("{whose}: {count} {wait_ms} {free_bytes}", params);
	assert_string_equal(text, "a {braced} one: 7 2 min 3.1 GB");
	ra_free(text);
	text = words_fill("nothing", params);
	assert_string_equal(text, "nothing");
	ra_free(text);
	json_decref(params);
}

static void test_clocks(void **state)
{
	(void)state;
	assert_int_equal(clock_mark(-1999, false), TICK);
	assert_int_equal(clock_mark(-2001, false), WARNING);
	assert_int_equal(clock_mark(4000, true), TICK);
	assert_int_equal(clock_mark(-61000, true), CROSS);
}

static void test_entries(void **state)
{
	(void)state;
	assert_int_equal(entry_ms("1700000000000-3"), 1700000000000);
	assert_int_equal(entry_ms(NULL), -1);
	assert_int_equal(entry_ms("x-1"), -1);
	assert_true(entry_is_before("9-1", "10-0"));
	assert_true(entry_is_before("10-9", "10-10"));
	assert_false(entry_is_before("10-10", "10-10"));
	assert_false(entry_is_before("", "10-10"));
}

static void test_intents(void **state)
{
	const int64_t asked = 1 << 1 | 1 << 15;
	(void)state;
	assert_int_equal(intents_withheld(asked, 1 << 15 | 1 << 19), 0); /* the limited ones do */
	assert_int_equal(intents_withheld(asked, 1 << 14), 1 << 15);
	assert_int_equal(intents_withheld(asked, 0), asked);
	assert_int_equal(intents_withheld(1, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ages_and_sizes), cmocka_unit_test(test_texts_are_filled),
		cmocka_unit_test(test_clocks),         cmocka_unit_test(test_entries),
		cmocka_unit_test(test_intents),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
