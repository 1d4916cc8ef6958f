#include "libshared/desk/excerpt.h"
#include "tests/harness/cmocka.h"

static void assert_excerpt(const char *text, const char *expected)
{
	struct ra_arena arena = { 0 };
	struct ra_str excerpt = excerpt_of(&arena, ra_str_of(text));
	assert_true(ra_str_is(excerpt, expected));
	ra_arena_fini(&arena);
}

static void test_people_are_left_out(void **state)
{
	(void)state;
	assert_excerpt("<@123> привет", "@ привет");
	assert_excerpt("<@!123>, <@&456> и <@7>", "@, @ и @");
	assert_excerpt("<@>, <@x1>, <#123>, <@12", "<@>, <@x1>, <#123>, <@12");
}

static void test_it_ends_between_characters(void **state)
{
	(void)state;
	char text[2 * EXCERPT_CHARS + 20], expected[2 * EXCERPT_CHARS + 1];
	for (size_t i = 0; i < EXCERPT_CHARS + 5; i++)
		memcpy(text + 2 * i, "щ", 3);
	memcpy(expected, text, 2 * EXCERPT_CHARS);
	expected[2 * EXCERPT_CHARS] = '\0';
	assert_excerpt(text, expected);
}

static void test_nothing_is_none(void **state)
{
	(void)state;
	struct ra_arena arena = { 0 };
	assert_null(excerpt_of(&arena, ra_str_of("")).ptr);
	ra_arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_people_are_left_out),
		cmocka_unit_test(test_it_ends_between_characters),
		cmocka_unit_test(test_nothing_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
