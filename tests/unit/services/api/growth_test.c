/* growth: what the growth endpoints answer, against stays laid by hand and sums done by hand. */
#include "tests/unit/services/api/fixture.h"

static void zone(const char *name)
{
	char *sql = ra_format("UPDATE app.guild_settings SET timezone = '%s';"
			      "UPDATE analytics.guild SET day_zone = '%s'",
			      name, name);
	fixture_sql(sql);
	ra_free(sql);
}

/* Every test begins with an empty guild, watched since new year, on a Monday noon. */
static int empty_guild(void **state)
{
	(void)state;
	set_now("2026-03-30T10:20:00Z");
	fixture_sql("TRUNCATE analytics.newcomer, analytics.member_flow, analytics.member_daily, "
		    "analytics.people_daily, analytics.voice_open;"
		    "UPDATE analytics.guild SET first_event_at = '2026-01-01Z'");
	zone("UTC");
	return 0;
}

/* The session must not grow old when a test moves the clock. */
static void travel(const char *iso)
{
	set_now(iso);
	char *sql = ra_format("UPDATE app.session SET last_seen_at = ms_to_ts(%1$lld), "
			      "expires_at = ms_to_ts(%1$lld) + '1 d'; "
			      "UPDATE app.account SET guilds_fetched_at = ms_to_ts(%1$lld)",
			      (long long)fixture_now_ms);
	fixture_sql(sql);
	ra_free(sql);
}

static struct page good(const char *path)
{
	struct page page = get(path);
	if (page.status != 200)
		fail_msg("%s: %s", path, page.body);
	return page;
}

static double share(const struct page *page, const char *key, const char *what)
{
	return json_number_value(at(figure(page, key), what));
}

/* --- joins and leaves --- */

static void leave(int user, const char *when, const char *tenure_ms)
{
	char *sql = ra_format("INSERT INTO analytics.member_flow (guild_id, at, user_id, kind, "
			      "tenure_ms) VALUES (%llu, '%s', %d, 'leave', %s)",
			      GUILD, when, user, tenure_ms);
	fixture_sql(sql);
	ra_free(sql);
}

static void test_tenure_of_leavers(void **state)
{
	(void)state;
	leave(1, "2026-03-10 10:00Z", "0");
	leave(2, "2026-03-10 10:00Z", "3599999");
	leave(3, "2026-03-10 10:00Z", "3600000");  /* an hour */
	leave(4, "2026-03-10 10:00Z", "86399999"); /* a day less a moment */
	leave(5, "2026-03-10 10:00Z", "86400000");
	leave(6, "2026-03-11 10:00Z", "691199999"); /* 8 days less a moment */
	leave(7, "2026-03-11 10:00Z", "691200000");
	leave(8, "2026-03-11 10:00Z", "2678399999"); /* 31 days less a moment */
	leave(9, "2026-03-11 10:00Z", "2678400000");
	leave(10, "2026-03-11 10:00Z", "7862399999"); /* 91 days less a moment */
	leave(11, "2026-03-11 10:00Z", "7862400000");
	leave(12, "2026-03-11 10:00Z", "NULL");
	leave(13, "2026-02-10 10:00Z", "5"); /* 28 days before */
	fixture_sql("INSERT INTO analytics.member_flow (guild_id, at, user_id, kind, tenure_ms, "
		    "is_bot) VALUES (4194304000, '2026-03-10 10:00Z', 99, 'leave', 5, true)");
	fixture_days();
	struct page page =
		good(GUILD_PATH "/growth?period=custom&from=2026-03-03&to=2026-03-30&bucket=day");
	const char *expected[] = { "under_1h", "under_1d", "days_7", "days_30", "days_90" };
	for (size_t i = 0; i < RA_COUNT(expected); i++) {
		char path[32];
		snprintf(path, sizeof(path), "tenure.%zu.key", i);
		assert_string_equal(text(&page, path), expected[i]);
		snprintf(path, sizeof(path), "tenure.%zu.leaves", i);
		assert_int_equal(number(&page, path), 2);
	}
	assert_int_equal(number(&page, "tenure.5.leaves"), 1);
	assert_int_equal(number(&page, "tenure.6.leaves"), 1);
	assert_string_equal(text(&page, "tenure.6.key"), "unknown");
	assert_int_equal(number(&page, "tenure.0.previous"), 1);
	assert_true(value(&page, "leaves") == 12);
	assert_true(previous(&page, "leaves") == 1);
	page_free(&page);
}

static void test_returns_are_flagged(void **state)
{
	(void)state;
	fixture_sql("INSERT INTO analytics.member_flow (guild_id, at, user_id, kind, is_rejoin, "
		    "is_bot) "
		    "VALUES (4194304000, '2026-03-28 10:00Z', 1, 'join', false, false), "
		    "(4194304000, '2026-03-29 10:00Z', 1, 'leave', false, false), "
		    "(4194304000, '2026-03-29 11:00Z', 1, 'join', true, false), "
		    "(4194304000, '2026-03-29 12:00Z', 99, 'join', true, true), "
		    "(8388608000, '2026-03-29 12:00Z', 5, 'join', true, false)");
	fixture_days();
	struct page page =
		good(GUILD_PATH "/growth?period=custom&from=2026-03-28&to=2026-03-30&bucket=day");
	assert_values(at(page.json, "series.1.values"), "1 1 0");
	assert_string_equal(text(&page, "series.2.key"), "rejoins");
	assert_values(at(page.json, "series.2.values"), "0 1 0");
	assert_values(at(page.json, "series.4.values"), "1 0 0");
	assert_true(value(&page, "joins") == 2 && value(&page, "rejoins") == 1);
	assert_true(value(&page, "net_growth") == 1);
	page_free(&page);
	fixture_sql("UPDATE analytics.guild SET first_event_at = '2026-03-29 08:00Z'");
	page = good(GUILD_PATH "/growth?period=custom&from=2026-03-28&to=2026-03-30&bucket=day");
	assert_values(at(page.json, "series.2.values"), "null 1 0");
	assert_true(json_is_null(at(figure(&page, "joins"), "previous")));
	page_free(&page);
}

/* --- activation --- */

/* A stay; times as SQL has them, NULL for none. */
static void stay(int user, const char *joined, const char *left, const char *first,
		 const char *third, const char *talk)
{
	char *sql = ra_format(
		"INSERT INTO analytics.newcomer (guild_id, user_id, joined_at, left_at, "
		"message_1_at, message_2_at, message_3_at, first_talk_at) VALUES (%llu, %d, "
		"timestamptz '%s', %s::timestamptz, %s::timestamptz, %s::timestamptz, "
		"%s::timestamptz, %s::timestamptz)",
		GUILD, user, joined, left, first, third, third, talk);
	fixture_sql(sql);
	ra_free(sql);
}

#define NONE "NULL"

static void test_windows_end_where_they_end(void **state)
{
	(void)state;
	/* the third message a moment before 24 hours, at 24 hours, before 7 days, at 7 days */
	stay(1, "2026-03-10 10:00Z", NONE, "'2026-03-10 10:01Z'", "'2026-03-11 09:59:59.999Z'",
	     NONE);
	stay(2, "2026-03-10 10:00Z", NONE, "'2026-03-10 10:03Z'", "'2026-03-11 10:00:00Z'", NONE);
	stay(3, "2026-03-10 10:00Z", NONE, "'2026-03-10 10:05Z'", "'2026-03-17 09:59:59.999Z'",
	     NONE);
	stay(4, "2026-03-10 10:00Z", NONE, "'2026-03-10 11:00Z'", "'2026-03-17 10:00:00Z'", NONE);
	/* a talk does as well; two messages do not; leaving at once is a failure, too */
	stay(5, "2026-03-10 10:00Z", NONE, NONE, NONE, "'2026-03-10 12:00Z'");
	stay(6, "2026-03-10 10:00Z", "'2026-03-10 10:10Z'", NONE, NONE, NONE);
	/* nobody noted what this one did */
	fixture_sql("INSERT INTO analytics.newcomer (guild_id, user_id, joined_at, has_firsts) "
		    "VALUES (4194304000, 7, '2026-03-10 10:00Z', false)");
	struct page page = good(GUILD_PATH "/growth/activation?period=28d&bucket=day");
	assert_int_equal(number(&page, "joined"), 6);
	assert_true(share(&page, "activation_24h", "value") == 2.0 / 6);
	assert_int_equal(share(&page, "activation_24h", "n"), 6);
	assert_int_equal(share(&page, "activation_24h", "left_out"), 0);
	assert_true(share(&page, "activation_7d", "value") == 4.0 / 6);
	/* 1, 3, 5 and 60 minutes */
	assert_true(share(&page, "first_message", "value") == 4 * 60000.0);
	assert_int_equal(share(&page, "first_message", "n"), 4);
	assert_int_equal(share(&page, "first_message", "left_out"), 2);
	assert_true(json_is_null(at(figure(&page, "activation_24h"), "previous")));
	assert_int_equal(share(&page, "activation_24h", "previous_n"), 0);
	page_free(&page);
}

static void test_open_windows_are_left_out(void **state)
{
	(void)state;
	/* it is 2026-03-30 10:20 */
	stay(1, "2026-03-29 10:20:00Z", NONE, NONE, NONE, NONE);     /* over just now */
	stay(2, "2026-03-29 10:20:00.001Z", NONE, NONE, NONE, NONE); /* not quite */
	stay(3, "2026-03-30 09:00Z", NONE, "'2026-03-30 09:01Z'", "'2026-03-30 09:01Z'", NONE);
	stay(4, "2026-03-23 10:20:00Z", NONE, "'2026-03-23 11:20Z'", "'2026-03-23 11:20Z'", NONE);
	struct page page = good(GUILD_PATH "/growth/activation?period=28d&bucket=day");
	assert_int_equal(share(&page, "activation_24h", "n"), 2);
	assert_int_equal(share(&page, "activation_24h", "left_out"), 2);
	assert_true(share(&page, "activation_24h", "value") == 0.5);
	assert_int_equal(share(&page, "activation_7d", "n"), 1);
	assert_int_equal(share(&page, "activation_7d", "left_out"), 3);
	assert_true(share(&page, "activation_7d", "value") == 1);
	/* by the day of joining: 23, 29 and 30 March are the 21st, 27th and 28th of 28 days */
	assert_true(json_number_value(at(page.json, "series.1.values.20")) == 1);
	assert_true(json_number_value(at(page.json, "series.1.values.26")) == 0);
	assert_true(json_is_null(at(page.json, "series.1.values.27")));
	assert_int_equal(number(&page, "series.0.values.27"), 1);
	page_free(&page);
}

/* A segment is written when it ends; who talks now has talked. */
static void test_a_talk_that_goes_on(void **state)
{
	(void)state;
	stay(1, "2026-03-29 10:10Z", NONE, NONE, NONE, NONE);
	stay(2, "2026-03-29 10:10Z", NONE, NONE, NONE, NONE);
	fixture_sql("INSERT INTO analytics.voice_open (guild_id, user_id, channel_id, joined_at, "
		    "started_at, self_mute) VALUES "
		    "(4194304000, 1, 20, '2026-03-30 10:00Z', '2026-03-30 10:05Z', false), "
		    "(4194304000, 2, 20, '2026-03-30 10:00Z', '2026-03-30 10:05Z', true)");
	struct page page = good(GUILD_PATH "/growth/activation?period=28d");
	assert_true(share(&page, "activation_24h", "value") == 0.5);
	page_free(&page);
}

/* --- retention --- */

static void test_membership_by_cohort(void **state)
{
	(void)state;
	zone("Europe/Berlin");
	travel("2026-04-08T10:00:00Z"); /* a Wednesday; clocks went forward on 29 March */
	/* the week of 23 March; 1 leaves 7 days later by the clock, which is an hour less */
	stay(1, "2026-03-23 10:00Z", "'2026-03-30 09:00Z'", NONE, NONE, NONE);
	stay(2, "2026-03-23 10:00Z", "'2026-03-30 08:59:59Z'", NONE, NONE, NONE);
	stay(3, "2026-03-29 21:59Z", NONE, NONE, NONE, NONE); /* Sunday 23:59 */
	stay(4, "2026-03-22 22:59Z", NONE, NONE, NONE, NONE); /* Sunday before, 23:59 */
	stay(5, "2026-04-07 10:01Z", NONE, NONE, NONE, NONE); /* a day ago, nearly */
	stay(6, "2026-04-07 09:59Z", NONE, NONE, NONE, NONE);
	struct page page = good(GUILD_PATH "/growth/retention?weeks=4");
	assert_values(at(page.json, "offsets"), "1 3 7 14 30 60 90");
	assert_string_equal(text(&page, "cohorts.0.day"), "2026-03-16");
	assert_int_equal(number(&page, "cohorts.0.joined"), 1);
	assert_string_equal(text(&page, "cohorts.1.day"), "2026-03-23");
	assert_int_equal(number(&page, "cohorts.1.joined"), 3);
	assert_int_equal(number(&page, "cohorts.1.cells.2.n"), 3);
	assert_int_equal(number(&page, "cohorts.1.cells.2.kept"), 2); /* 1 and 3 */
	assert_true(json_is_true(at(page.json, "cohorts.1.cells.2.is_complete")));
	assert_int_equal(number(&page, "cohorts.1.cells.3.n"), 2); /* 3 is not there yet */
	assert_false(json_is_true(at(page.json, "cohorts.1.cells.3.is_complete")));
	assert_int_equal(number(&page, "cohorts.2.joined"), 0);
	assert_int_equal(number(&page, "cohorts.3.joined"), 2);
	assert_int_equal(number(&page, "cohorts.3.cells.0.n"), 1);
	/* of the complete cells: cohorts 0, 1 and 2 */
	assert_true(share(&page, "day_1", "value") == 1);
	assert_int_equal(share(&page, "day_1", "n"), 4);
	assert_int_equal(share(&page, "day_1", "left_out"), 2);
	assert_true(share(&page, "day_7", "value") == 3.0 / 4);
	assert_true(json_is_null(at(figure(&page, "day_30"), "value")));
	page_free(&page);
}

static void test_cohorts_before_counting(void **state)
{
	(void)state;
	fixture_sql("UPDATE analytics.guild SET first_event_at = '2026-03-20Z'");
	struct page page = good(GUILD_PATH "/growth/retention?weeks=4");
	assert_true(json_is_null(at(page.json, "cohorts.0.joined")));
	assert_int_equal(number(&page, "cohorts.1.joined"), 0); /* begins in it */

	page_free(&page);
	assert_int_equal(status_of("GET", GUILD_PATH "/growth/retention?weeks=0", NULL), 400);
	assert_int_equal(status_of("GET", GUILD_PATH "/growth/retention?weeks=54", NULL), 400);
	assert_int_equal(status_of("GET", GUILD_PATH "/growth/retention?kind=x", NULL), 400);
	assert_int_equal(status_of("GET", "/api/v1/guilds/8388608000/growth/retention", NULL), 404);
}

static void active(int user, const char *day, const char *what, int amount)
{
	char *sql = ra_format("INSERT INTO analytics.member_daily (guild_id, user_id, day, %s) "
			      "VALUES (%llu, %d, '%s', %d)",
			      what, GUILD, user, day, amount);
	fixture_sql(sql);
	ra_free(sql);
}

static void test_activity_by_cohort(void **state)
{
	(void)state;
	/* the week of 2 March: 2, 3 and 8 March; today is the 30th */
	stay(1, "2026-03-02 23:00Z", NONE, NONE, NONE, NONE);
	stay(2, "2026-03-03 10:00Z", NONE, NONE, NONE, NONE);
	stay(3, "2026-03-08 10:00Z", "'2026-03-09 10:00Z'", NONE, NONE, NONE);
	active(1, "2026-03-02", "messages", 1);
	active(1, "2026-03-08", "reactions_given", 1); /* day 6 */
	active(1, "2026-03-09", "present_ms", 59999);  /* day 7, not quite */
	active(1, "2026-03-15", "present_ms", 60000);  /* day 13 */
	active(2, "2026-03-02", "messages", 1);        /* before the join */
	active(2, "2026-03-17", "messages", 5);        /* day 14 */
	active(3, "2026-03-29", "messages", 1);        /* day 21 */
	active(3, "2026-03-09", "reactions_received", 7);
	struct page page = good(GUILD_PATH "/growth/retention?kind=activity&weeks=5");
	assert_string_equal(text(&page, "cohorts.0.day"), "2026-03-02");
	assert_int_equal(number(&page, "cohorts.0.joined"), 3);
	const int kept[] = { 1, 1, 1, 0 }, n[] = { 3, 3, 3, 1 };
	for (int k = 0; k < 4; k++) {
		char path[40];
		snprintf(path, sizeof(path), "cohorts.0.cells.%d.kept", k);
		assert_int_equal(number(&page, path), kept[k]);
		snprintf(path, sizeof(path), "cohorts.0.cells.%d.n", k);
		assert_int_equal(number(&page, path), n[k]);
	}
	/* the week [21, 28) of 8 March ends on 5 April */
	assert_true(json_is_true(at(page.json, "cohorts.0.cells.2.is_complete")));
	assert_false(json_is_true(at(page.json, "cohorts.0.cells.3.is_complete")));
	assert_true(share(&page, "week_0", "value") == 1.0 / 3);
	page_free(&page);
}

/* --- weeks and days --- */

/* Days are of March 2026; a person's in one row, like "{2,9,30}". */
static void people(const char *rows)
{
	char *sql = ra_format(
		"INSERT INTO analytics.people_daily (guild_id, measure, day, was_from, is_from, "
		"members) SELECT %llu, m, day, was, day, count(*) FROM ("
		" SELECT day, coalesce(lag(day) OVER (PARTITION BY n ORDER BY day), '-infinity') "
		" AS was FROM (SELECT n, date '2026-02-28' + d AS day FROM unnest(array[%s]) "
		"  WITH ORDINALITY AS p (days, n) CROSS JOIN unnest(days::int[]) d) days) acts "
		"CROSS JOIN (VALUES (0), (1)) AS measures (m) GROUP BY 2, 3, 4, 5",
		GUILD, rows);
	fixture_sql(sql);
	ra_free(sql);
}

static void test_lifecycle(void **state)
{
	(void)state;
	fixture_sql("UPDATE analytics.guild SET first_event_at = '2026-03-03Z'");
	/* weeks begin on 2, 9, 16, 23 and 30 March */
	people("'{3,4,10,17,24,30}', '{5,16,22}', '{8,9}', '{12,30}', '{3,29}'");
	struct page page = good(GUILD_PATH "/growth/lifecycle?weeks=6");
	assert_string_equal(text(&page, "bucket"), "week");
	assert_non_null(strstr(text(&page, "starts.0"), "2026-02-23"));
	assert_values(at(page.json, "series.0.values"), "null 4 3 2 2 2");
	assert_values(at(page.json, "series.1.values"), "null null 1 0 0 0");
	assert_values(at(page.json, "series.2.values"), "null null 2 1 1 1");
	assert_values(at(page.json, "series.3.values"), "null null 0 1 1 1");
	assert_values(at(page.json, "series.4.values"), "null null 2 2 1 1");
	assert_true(json_is_true(at(page.json, "is_last_partial")));
	assert_true(value(&page, "dormant") == 1 && previous(&page, "dormant") == 2);
	page_free(&page);
	/* the days are cut in another zone: nothing can be said */
	fixture_sql("UPDATE analytics.guild SET day_zone = ''");
	page = good(GUILD_PATH "/growth/lifecycle?weeks=2");
	assert_false(json_is_true(at(page.json, "is_ready")));
	assert_values(at(page.json, "series.0.values"), "null null");
	page_free(&page);
	assert_int_equal(status_of("GET", GUILD_PATH "/growth/lifecycle?weeks=1", NULL), 400);
}

static void test_weeks_that_begin_on_sunday(void **state)
{
	(void)state;
	fixture_sql("UPDATE app.guild_settings SET week_start = 7");
	stay(1, "2026-03-21 23:59Z", NONE, NONE, NONE, NONE); /* Saturday */
	stay(2, "2026-03-22 00:00Z", NONE, NONE, NONE, NONE); /* Sunday */
	people("'{22,28,29}', '{21,29}'");
	struct page page = good(GUILD_PATH "/growth/retention?weeks=3");
	assert_string_equal(text(&page, "cohorts.0.day"), "2026-03-15");
	assert_int_equal(number(&page, "cohorts.0.joined"), 1);
	assert_int_equal(number(&page, "cohorts.1.joined"), 1);
	page_free(&page);
	page = good(GUILD_PATH "/growth/lifecycle?weeks=3");
	assert_non_null(strstr(text(&page, "starts.2"), "2026-03-29"));
	assert_values(at(page.json, "series.0.values"), "1 1 2");
	assert_values(at(page.json, "series.2.values"), "0 0 1");
	page_free(&page);
	page = good(GUILD_PATH "/growth?period=custom&from=2026-03-20&to=2026-03-30&bucket=week");
	assert_non_null(strstr(text(&page, "starts.1"), "2026-03-22"));
	assert_int_equal(json_array_size(at(page.json, "starts")), 3);
	page_free(&page);
	fixture_sql("UPDATE app.guild_settings SET week_start = 1");
}

static void test_stickiness(void **state)
{
	(void)state;
	fixture_sql("UPDATE analytics.guild SET first_event_at = '2026-03-02Z'");
	people("'{2,23,24,25,26,27,28,29,30}', '{2,29}', '{3,22}', '{29}'");
	struct page page =
		good(GUILD_PATH "/growth/stickiness?period=custom&from=2026-03-27&to=2026-03-30");
	assert_values(at(page.json, "series.0.values"), "1 1 3 1");
	assert_values(at(page.json, "series.1.values"), "2 2 3 3"); /* 22 March falls out */
	assert_values(at(page.json, "series.2.values"), "null null 4 4");
	assert_true(json_is_null(at(page.json, "series.3.values.1")));
	/* of the 29th: seven days with 1 1 1 1 1 1 3 */
	assert_string_equal(text(&page, "day"), "2026-03-29");
	assert_true(value(&page, "stickiness") > 0.32142 && value(&page, "stickiness") < 0.32143);
	assert_true(value(&page, "dau") == 3);
	assert_true(json_is_null(at(figure(&page, "mau"), "previous")));
	assert_true(previous(&page, "dau") == 1);
	page_free(&page);
	page = good(GUILD_PATH "/growth/stickiness?period=24h");
	assert_values(at(page.json, "series.0.values"), "1");
	assert_true(value(&page, "dau") == 3);
	page_free(&page);
	page = good(GUILD_PATH "/growth/stickiness?period=yesterday");
	assert_string_equal(text(&page, "day"), "2026-03-29");
	assert_true(value(&page, "wau") == 3 && previous(&page, "wau") == 2);
	page_free(&page);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, empty_guild)
	const struct CMUnitTest tests[] = {
		TEST(test_tenure_of_leavers),
		TEST(test_returns_are_flagged),
		TEST(test_windows_end_where_they_end),
		TEST(test_open_windows_are_left_out),
		TEST(test_a_talk_that_goes_on),
		TEST(test_membership_by_cohort),
		TEST(test_cohorts_before_counting),
		TEST(test_activity_by_cohort),
		TEST(test_lifecycle),
		TEST(test_stickiness),
		TEST(test_weeks_that_begin_on_sunday),
	};
	return cmocka_run_group_tests_name("growth", tests, fixture_of_alice, fixture_end);
}
