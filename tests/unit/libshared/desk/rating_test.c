/* rating: the formula of heritage, at its boundaries, against sums done by hand. */
#include "libshared/desk/rating.h"
#include "tests/harness/cmocka.h"

static int64_t bonus(int64_t responses, int64_t good, int64_t poor)
{
	return rating_bonus(&(struct rating_answers){ responses, good, poor });
}

static void test_base(void **state)
{
	(void)state;
	struct rating_points usual = RATING_POINTS_DEFAULT, own = { 1, 10, 100, 1000, 0 };
	struct rating_work work = { 7, 5, 3, 2 };
	assert_int_equal(rating_base(&usual, &work), 7 * 3 + 5 * 2 + 3 * 1 + 2 * 5);
	assert_int_equal(rating_base(&own, &work), 2357);
	assert_int_equal(rating_base(&usual, &(struct rating_work){ 0 }), 0);
}

static void test_bonus(void **state)
{
	(void)state;
	assert_int_equal(bonus(0, 0, 0), 0);
	assert_int_equal(bonus(1, 1, 0), 1);     /* 20 % of one is nothing */
	assert_int_equal(bonus(5, 4, 0), 4 + 1); /* 80 % exactly */
	assert_int_equal(bonus(5, 4, 1), 3 + 1);
	assert_int_equal(bonus(4, 3, 0), 3); /* 75 % */
	assert_int_equal(bonus(10, 8, 2), 6 + 2);
	assert_int_equal(bonus(10, 7, 3), 4);
	assert_int_equal(bonus(1000, 799, 0), 799);
	assert_int_equal(bonus(1000, 800, 0), 800 + 200);
	assert_int_equal(bonus(9, 8, 0), 8 + 1);  /* floor(1.8) */
	assert_int_equal(bonus(10, 5, 5), 0 - 3); /* half of them poor */
	assert_int_equal(bonus(11, 5, 5), 0);     /* not quite half */
	assert_int_equal(bonus(9, 0, 5), -5 - 2); /* floor(2.7) */
	assert_int_equal(bonus(10, 0, 10), -10);  /* -13, held at -10 */
	assert_int_equal(bonus(1, 0, 1), -1);
	assert_int_equal(bonus(10, 0, 0), 0); /* all between good and poor */
	assert_int_equal(bonus(2, 1, 1), 0);  /* floor(0.6) */
}

static void test_levels(void **state)
{
	(void)state;
	static const struct {
		int64_t score;
		const char *en, *ru, *colour;
	} cases[] = {
		{ 1000000, "Excellent", "Великолепно", "green" },
		{ 50, "Excellent", "Великолепно", "green" },
		{ 49, "Good", "Хорошо", "blue" },
		{ 35, "Good", "Хорошо", "blue" },
		{ 34, "Normal", "Нормально", "yellow" },
		{ 20, "Normal", "Нормально", "yellow" },
		{ 19, "Poor", "Плохо", "orange" },
		{ 10, "Poor", "Плохо", "orange" },
		{ 9, "Terrible", "Ужасно", "red" },
		{ 0, "Terrible", "Ужасно", "red" },
		{ -30, "Terrible", "Ужасно", "red" },
	};
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		size_t at = rating_level_of(&rating_levels_default, cases[i].score);
		const struct rating_level *level = &rating_levels_default.level[at];
		assert_string_equal(level->en, cases[i].en);
		assert_string_equal(level->ru, cases[i].ru);
		assert_string_equal(level->colour, cases[i].colour);
	}
}

static int read(const char *text, struct rating_levels *out, struct ra_err *err)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	int rc = rating_levels_read(json, out, err);
	json_decref(json);
	return rc;
}

static void test_levels_of_ones_own(void **state)
{
	(void)state;
	struct rating_levels levels;
	struct ra_err err = { 0 };
	assert_int_equal(read("[{\"from\":0,\"ru\":\"Да\",\"en\":\"Yes\",\"colour\":\"blue\"},"
			      "{\"from\":null,\"ru\":\"Нет\",\"en\":\"No\",\"colour\":\"grey\"}]",
			      &levels, &err),
			 0);
	assert_int_equal(rating_level_of(&levels, 0), 0);
	assert_int_equal(rating_level_of(&levels, -1), 1);
	json_t *json = rating_levels_json(&levels);
	struct rating_levels again;
	assert_int_equal(rating_levels_read(json, &again, &err), 0);
	assert_memory_equal(&again, &levels, sizeof(levels));
	json_decref(json);
	assert_int_equal(read("[]", &levels, &err), 0);
	assert_memory_equal(&levels, &rating_levels_default, sizeof(levels));
}

static void test_levels_refused(void **state)
{
	(void)state;
#define LAST    "{\"from\":null,\"ru\":\"я\",\"en\":\"z\",\"colour\":\"red\"}"
#define A(from) "{\"from\":" from ",\"ru\":\"а\",\"en\":\"a\",\"colour\":\"blue\"}"
	static const char *const bad[] = {
		"{}",
		"7",
		"null",
		"[" LAST "]",
		"[" A("1") "]",
		"[" A("1") "," A("0") "]",
		"[" A("1") "," A("1") "," LAST "]",
		"[" A("1") "," A("2") "," LAST "]",
		"[" A("1.5") "," LAST "]",
		"[" A("null") "," LAST "]",
		"[7," LAST "]",
		"[" A("9000000000") "," LAST "]",
		"[{\"from\":1,\"ru\":\"\",\"en\":\"a\",\"colour\":\"blue\"}," LAST "]",
		"[{\"from\":1,\"ru\":\"а\",\"en\":\"a\\nb\",\"colour\":\"blue\"}," LAST "]",
		"[{\"from\":1,\"ru\":\"а\",\"en\":\"a\",\"colour\":\"pink\"}," LAST "]",
		"[{\"from\":1,\"en\":\"a\",\"colour\":\"blue\"}," LAST "]",
		"[{\"from\":1,\"ru\":\"а\",\"colour\":\"blue\",\"en\":"
		"\"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddde\"}," LAST "]",
	};
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		struct rating_levels levels;
		struct ra_err err = { 0 };
		assert_int_equal(read(bad[i], &levels, &err), RA_EINVAL);
		assert_true(err.msg[0] && err.hint[0]);
	}
}

static void test_among_others(void **state)
{
	(void)state;
	static const int64_t scores[] = { 90, 50, 50, 50, 7 };
	static const size_t ranks[] = { 1, 2, 2, 2, 5 };
	static const int percentiles[] = { 100, 25, 25, 25, 0 };
	for (size_t i = 0; i < RA_COUNT(scores); i++) {
		assert_int_equal(rating_rank(scores, RA_COUNT(scores), i), ranks[i]);
		assert_int_equal(rating_percentile(scores, RA_COUNT(scores), i), percentiles[i]);
	}
	assert_int_equal(rating_rank(scores, 1, 0), 1);
	assert_int_equal(rating_percentile(scores, 1, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base),           cmocka_unit_test(test_bonus),
		cmocka_unit_test(test_levels),         cmocka_unit_test(test_levels_of_ones_own),
		cmocka_unit_test(test_levels_refused), cmocka_unit_test(test_among_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
