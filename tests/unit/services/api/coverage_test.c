/* coverage: which shards served a guild, what was missing all the same, and how the API tells it.
 */
#include "tests/unit/services/api/fixture.h"
#include <math.h>

#define MARCH_10 "?period=custom&from=2026-03-10&to=2026-03-10"

/* GUILD is on shard 0 of 1 and of 2, and on 1 of 3. Nothing was ever in service. */
static int empty_story(void **state)
{
	(void)state;
	fixture_sql("TRUNCATE analytics.coverage_gap, analytics.shard_service, analytics.guild_gap;"
		    "UPDATE analytics.guild SET first_event_at = '2026-01-01Z'");
	return 0;
}

static void serve(const char *rows)
{
	char *sql = ra_format("INSERT INTO analytics.shard_service VALUES %s", rows);
	fixture_sql(sql);
	ra_free(sql);
}

static void lose(const char *rows)
{
	char *sql = ra_format("INSERT INTO analytics.coverage_gap VALUES %s", rows);
	fixture_sql(sql);
	ra_free(sql);
}

/* "HH:MM-HH:MM cause" of each gap of the tenth of March, + when healed, and the hours covered. */
static void expect_day(const char *gaps, double hours)
{
	struct page page = get(GUILD_PATH "/coverage" MARCH_10);
	struct ra_buf told = { 0 };
	assert_int_equal(page.status, 200);
	const json_t *list = at(page.json, "gaps");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *gap = json_array_get(list, i);
		ra_buf_printf(&told, "%s%.5s-%.5s %s%s", i ? ", " : "",
			      json_string_value(at(gap, "from")) + 11,
			      json_string_value(at(gap, "to")) + 11,
			      json_string_value(at(gap, "cause")),
			      json_is_true(at(gap, "is_healed")) ? "+" : "");
	}
	assert_string_equal(ra_buf_text(&told), gaps);
	double covered = 24 * json_number_value(at(page.json, "range.coverage"));
	if (fabs(covered - hours) > 0.001)
		fail_msg("%g hours covered, not %g", covered, hours);
	ra_buf_fini(&told);
	page_free(&page);
}

static void test_what_resume_healed_is_listed_and_not_missing(void **state)
{
	(void)state;
	serve("(1, 0, '2026-01-01Z', NULL)");
	lose("(1, 0, '2026-03-10 06:00Z', '2026-03-10 08:00Z', 'network', false), "
	     "(1, 0, '2026-03-10 10:00Z', '2026-03-10 11:00Z', 'restart', true), "
	     "(1, 0, '2026-03-10 22:00Z', '2026-03-11 02:00Z', 'zombie', false)");
	expect_day("06:00-08:00 network, 10:00-11:00 restart+, 22:00-00:00 zombie", 20);
}

static void test_an_open_gap_lasts(void **state)
{
	(void)state;
	serve("(1, 0, '2026-01-01Z', NULL)");
	lose("(1, 0, '2026-03-10 18:00Z', NULL, 'network', false)");
	expect_day("18:00-00:00 network", 18);
}

static void test_other_shards_are_others(void **state)
{
	(void)state;
	serve("(2, 0, '2026-01-01Z', NULL), (2, 1, '2026-01-01Z', NULL)");
	lose("(2, 1, '2026-03-10 18:00Z', NULL, 'network', false)");
	expect_day("", 24);
}

static void test_two_plans_cover_for_each_other(void **state)
{
	(void)state;
	/* 2 -> 3 from noon to one; 2.0 had lost its connection for good before it was retired */
	serve("(2, 0, '2026-01-01Z', '2026-03-10 13:00Z'), "
	      "(2, 1, '2026-01-01Z', '2026-03-10 13:00Z'), "
	      "(3, 0, '2026-03-10 12:00Z', NULL), (3, 1, '2026-03-10 12:00Z', NULL), "
	      "(3, 2, '2026-03-10 12:00Z', NULL)");
	lose("(2, 0, '2026-03-10 11:00Z', NULL, 'zombie', false), "
	     "(3, 1, '2026-03-10 12:30Z', '2026-03-10 12:40Z', 'network', false), "
	     "(3, 0, '2026-03-10 14:00Z', NULL, 'network', false)");
	expect_day("11:00-12:00 zombie, 12:30-12:40 zombie, 12:30-12:40 network", 24 - 7. / 6);
}

static void test_a_retired_plan_leaves_nothing_open(void **state)
{
	(void)state;
	serve("(1, 0, '2026-01-01Z', '2026-03-10 13:00Z'), (2, 0, '2026-03-10 12:00Z', NULL)");
	lose("(1, 0, '2026-03-10 12:30Z', NULL, 'network', false)");
	expect_day("", 24);
}

static void test_between_two_plans_nobody_watched(void **state)
{
	(void)state;
	serve("(1, 0, '2026-01-01Z', '2026-03-10 10:00Z'), (2, 0, '2026-03-10 12:00Z', NULL)");
	lose("(1, 0, '2026-03-10 09:00Z', '2026-03-10 10:00Z', 'network', false)");
	expect_day("09:00-10:00 network, 10:00-12:00 no_shard", 21);
}

static void test_an_outage_is_a_gap_of_that_guild_alone(void **state)
{
	(void)state;
	serve("(1, 0, '2026-01-01Z', NULL)");
	fixture_sql("INSERT INTO analytics.guild_gap VALUES "
		    "(4194304000, '2026-03-10 01:00Z', '2026-03-10 02:00Z', 'guild_unavailable'), "
		    "(4194304000, '2026-03-10 20:00Z', NULL, 'guild_removed'), "
		    "(8388608000, '2026-03-10 04:00Z', NULL, 'guild_unavailable')");
	lose("(1, 0, '2026-03-10 01:30Z', '2026-03-10 02:30Z', 'network', false)");
	expect_day("01:00-02:00 guild_unavailable, 01:30-02:30 network, 20:00-00:00 guild_removed",
		   18.5);
}

static void test_a_guild_is_covered_since_it_came(void **state)
{
	(void)state;
	serve("(1, 0, '2026-01-01Z', NULL)");
	lose("(1, 0, '2026-03-10 06:00Z', '2026-03-10 18:00Z', 'network', false)");
	fixture_sql("UPDATE analytics.guild SET first_event_at = '2026-03-10 12:00Z'");
	expect_day("12:00-18:00 network", 12);
	fixture_sql("UPDATE analytics.guild SET first_event_at = '2026-03-11Z'");
	expect_day("", 0);
	fixture_sql("UPDATE analytics.guild SET first_event_at = NULL");
	expect_day("", 0);
}

static void test_what_was_cut_off_is_counted(void **state)
{
	(void)state;
	serve("(1, 0, '2026-01-01Z', NULL)");
	lose("(1, 0, '2026-03-10 06:00Z', '2026-03-10 07:00Z', 'stream_cut', false, 1234)");
	struct page page = get(GUILD_PATH "/coverage" MARCH_10);
	assert_int_equal(number(&page, "gaps.0.lost_entries"), 1234);
	assert_string_equal(text(&page, "range.gaps.0.cause"), "stream_cut");
	page_free(&page);
}

static void test_others_may_not_look(void **state)
{
	(void)state;
	assert_int_equal(status_of("GET", "/api/v1/guilds/8388608000/coverage", NULL), 404);
	assert_int_equal(status_of("GET", GUILD_PATH "/coverage?period=nonsense", NULL), 400);
	char cookie[sizeof(fx.cookie)];
	memcpy(cookie, fx.cookie, sizeof(cookie));
	fx.cookie[0] = '\0';
	assert_int_equal(status_of("GET", GUILD_PATH "/coverage", NULL), 401);
	memcpy(fx.cookie, cookie, sizeof(cookie));
}

#define STORY(name) cmocka_unit_test_setup(name, empty_story)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(test_what_resume_healed_is_listed_and_not_missing),
		STORY(test_an_open_gap_lasts),
		STORY(test_other_shards_are_others),
		STORY(test_two_plans_cover_for_each_other),
		STORY(test_a_retired_plan_leaves_nothing_open),
		STORY(test_between_two_plans_nobody_watched),
		STORY(test_an_outage_is_a_gap_of_that_guild_alone),
		STORY(test_a_guild_is_covered_since_it_came),
		STORY(test_what_was_cut_off_is_counted),
		STORY(test_others_may_not_look),
	};
	return cmocka_run_group_tests(tests, fixture_of_alice, fixture_end);
}
