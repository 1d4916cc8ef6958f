/* digest_text: what is worth saying of a period. */
#include "services/api/digest_text.h"
#include "tests/harness/cmocka.h"

static struct langs *langs;

static int setup(void **state)
{
	struct ra_err err = { 0 };
	langs = langs_load("locales", "discord", &err);
	assert_non_null(langs);
	*state = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	langs_free(langs);
	return 0;
}

#define USUAL 100, 104, 96, 101, 99, 103, 97, 100

static enum digest_kind kind_of(struct digest_figure f)
{
	return digest_judge(&f).kind;
}

static void test_kinds(void **state)
{
	(void)state;
	struct digest_figure f = {
		.key = "messages", .value = 100, .before = 100, .history = { USUAL }, .count = 8
	};
	assert_int_equal(kind_of(f), DIGEST_NOTHING);
	f.value = 160;
	assert_int_equal(kind_of(f), DIGEST_HIGH);
	f.value = 20;
	assert_int_equal(kind_of(f), DIGEST_LOW);
	f.value = 160; /* once there were more */
	f.history[7] = 170;
	f.before = 150;
	assert_int_equal(kind_of(f), DIGEST_NOTHING);
	f.before = 100;
	assert_int_equal(kind_of(f), DIGEST_CHANGED);
	f.value = DIGEST_UNKNOWN;
	assert_int_equal(kind_of(f), DIGEST_NOTHING);
}

static void test_small_numbers_are_no_news(void **state)
{
	(void)state;
	struct digest_figure f = {
		.key = "joins", .value = 4, .before = 1, .history = { 1, 0, 1, 0, 1 }, .count = 5
	};
	assert_int_equal(kind_of(f), DIGEST_NOTHING);
	f.value = 9;
	assert_int_equal(kind_of(f), DIGEST_HIGH);
	struct digest_figure minutes = {
		.key = "voice", .is_time = true, .value = 600000, .before = 60000
	};
	assert_int_equal(kind_of(minutes), DIGEST_NOTHING);
}

static void test_what_nobody_knows_is_not_compared(void **state)
{
	(void)state;
	struct digest_figure f = { .key = "messages", .value = 500, .before = DIGEST_UNKNOWN };
	assert_int_equal(kind_of(f), DIGEST_NOTHING);
	f.before = 0;
	assert_int_equal(kind_of(f), DIGEST_NOTHING);
}

static void test_records_weigh_most(void **state)
{
	(void)state;
	struct digest_figure high = {
		.key = "messages", .value = 200, .before = 100, .history = { USUAL }, .count = 8
	};
	struct digest_figure changed = { .key = "messages", .value = 900, .before = 100 };
	assert_true(digest_judge(&high).weight > digest_judge(&changed).weight);
}

static void test_sentences(void **state)
{
	struct ra_arena arena = { 0 };
	struct digest_figure f = {
		.key = "messages", .value = 1500, .before = 1000, .history = { USUAL }, .count = 8
	};
	const struct lang *en = lang_of(langs, RA_STR("en-US")), *ru = lang_of(langs, RA_STR("ru"));
	(void)state;
	assert_string_equal(digest_say(en, &arena, &f, DIGEST_HIGH, "week"),
			    "Messages: 1,500, the most in 9 weeks.");
	assert_string_equal(digest_say(ru, &arena, &f, DIGEST_LOW, "day"),
			    "Сообщения: 1\u00a0500, меньше всего в этот день недели за 9 недель.");
	assert_string_equal(digest_say(en, &arena, &f, DIGEST_CHANGED, "week"),
			    "Messages: 1,500, +50% against 1,000 before.");
	assert_string_equal(digest_say(en, &arena, &f, DIGEST_ABOVE, "week"),
			    "Messages: 1,500 (+1,400%), well above the usual 100.");
	ra_arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_small_numbers_are_no_news),
		cmocka_unit_test(test_what_nobody_knows_is_not_compared),
		cmocka_unit_test(test_records_weigh_most),
		cmocka_unit_test(test_sentences),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
