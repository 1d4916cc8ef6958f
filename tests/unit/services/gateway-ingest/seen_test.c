/* seen: any change of a name is news, and nothing else is. */
#include "services/gateway-ingest/seen.h"
#include "tests/harness/cmocka.h"

static struct user ann(void)
{
	return (struct user){ .id = 200,
			      .username = RA_STR("ann"),
			      .global_name = RA_STR("Ann"),
			      .avatar = RA_STR("a_0f") };
}

static void test_changes_are_news(void **state)
{
	(void)state;
	struct seen *seen = seen_new();
	struct member member = { .nick = RA_STR("Annie"), .joined_at = 1795224004741 };
	struct user user = ann();
	assert_true(seen_is_news(seen, 1, &user, &member));
	assert_false(seen_is_news(seen, 1, &user, &member));
	user.username = RA_STR("anna");
	assert_true(seen_is_news(seen, 1, &user, &member));
	user.global_name = RA_STR("");
	assert_true(seen_is_news(seen, 1, &user, &member));
	user.avatar = RA_STR("");
	assert_true(seen_is_news(seen, 1, &user, &member));
	user.is_bot = true;
	assert_true(seen_is_news(seen, 1, &user, &member));
	member.nick = RA_STR("");
	assert_true(seen_is_news(seen, 1, &user, &member));
	member.joined_at = 0;
	assert_true(seen_is_news(seen, 1, &user, &member));
	assert_false(seen_is_news(seen, 1, &user, &member));
	seen_free(&seen);
}

/* A text that wanders from one field to the next is a change too. */
static void test_fields_do_not_run_together(void **state)
{
	(void)state;
	struct seen *seen = seen_new();
	const struct member nobody = { 0 };
	struct user left = { .id = 5, .username = RA_STR("ab"), .global_name = RA_STR("c") };
	struct user right = { .id = 5, .username = RA_STR("a"), .global_name = RA_STR("bc") };
	assert_true(seen_is_news(seen, 1, &left, &nobody));
	assert_true(seen_is_news(seen, 1, &right, &nobody));
	assert_true(seen_is_news(seen, 1, &left, &nobody));
	seen_free(&seen);
}

static void test_people_by_guild(void **state)
{
	(void)state;
	struct seen *seen = seen_new();
	const struct member nobody = { 0 };
	struct user user = ann();
	assert_true(seen_is_news(seen, 1, &user, &nobody));
	assert_true(seen_is_news(seen, 2, &user, &nobody));
	assert_false(seen_is_news(seen, 1, &user, &nobody));
	user.id++;
	assert_true(seen_is_news(seen, 1, &user, &nobody));
	seen_clear(seen);
	assert_true(seen_is_news(seen, 1, &user, &nobody));
	seen_free(&seen);
}

/* Many more people than slots: some are told again, most are not, nobody is forgotten to be told.
 */
static void test_a_crowd(void **state)
{
	(void)state;
	struct seen *seen = seen_new();
	const struct member nobody = { 0 };
	unsigned repeated = 0;
	for (int round = 0; round < 2; round++)
		for (uint64_t id = 1; id <= 10000; id++) {
			struct user user = { .id = id << 22, .username = RA_STR("somebody") };
			bool is_news = seen_is_news(seen, 7, &user, &nobody);
			assert_true(is_news || round == 1);
			repeated += is_news && round == 1;
		}
	assert_true(repeated < 3000);
	seen_free(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes_are_news),
		cmocka_unit_test(test_fields_do_not_run_together),
		cmocka_unit_test(test_people_by_guild),
		cmocka_unit_test(test_a_crowd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
