/* figures: what the endpoints answer, against rollups laid by hand and sums done by hand. */
#include "tests/unit/services/api/fixture.h"

#define MINUTE 60000.0

/* Every test begins with an empty guild, watched since new year, on a Monday noon. */
static int empty_guild(void **state)
{
	(void)state;
	set_now("2026-03-30T10:20:00Z");
	fixture_sql(
		"TRUNCATE analytics.guild_hourly, analytics.message_hourly, "
		"analytics.voice_hourly, "
		"analytics.voice_open, analytics.member_flow, analytics.guild_snapshot, "
		"analytics.coverage_gap, analytics.channel, analytics.member;"
		"UPDATE analytics.guild SET first_event_at = '2026-01-01Z', afk_channel_id = NULL;"
		"UPDATE app.guild_settings SET timezone = 'UTC'");
	return 0;
}

static void zone(const char *name)
{
	char *sql = ra_format("UPDATE app.guild_settings SET timezone = '%s'", name);
	fixture_sql(sql);
	ra_free(sql);
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

static void messages(const char *hour, int count)
{
	char *sql = ra_format("INSERT INTO analytics.guild_hourly (guild_id, hour, messages) "
			      "VALUES (%llu, '%s', %d)",
			      GUILD, hour, count);
	fixture_sql(sql);
	ra_free(sql);
}

static bool is_by_days; /* every test is run twice: it must not matter */

static struct page good(const char *path)
{
	if (is_by_days)
		fixture_days();
	else
		fixture_no_days();
	struct page page = get(path);
	if (page.status != 200)
		fail_msg("%s: %s", path, page.body);
	return page;
}

static void test_day_of_23_hours(void **state)
{
	(void)state;
	zone("Europe/Berlin");
	messages("2026-03-28 22:00Z", 100); /* 23:00 the day before */
	messages("2026-03-28 23:00Z", 1);
	messages("2026-03-29 01:00Z", 5); /* 03:00: there is no 02:00 */
	messages("2026-03-29 21:00Z", 2);
	messages("2026-03-29 22:00Z", 200); /* midnight of the next day */
	struct page page =
		good(GUILD_PATH
		     "/timeseries?metric=messages&period=custom&from=2026-03-29&to=2026-03-29");
	assert_string_equal(text(&page, "range.from"), "2026-03-28T23:00:00.000Z");
	assert_string_equal(text(&page, "range.to"), "2026-03-29T22:00:00.000Z");
	assert_string_equal(text(&page, "bucket"), "hour");
	assert_values(at(page.json, "series.0.values"),
		      "1 0 5 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2");
	assert_false(json_is_true(at(page.json, "is_last_partial")));
	page_free(&page);

	page = good(GUILD_PATH "/heatmap?period=custom&from=2026-03-29&to=2026-03-29");
	assert_values(at(page.json, "cells.6"), "1 0 0 5 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2");
	assert_values(at(page.json, "cells.0"), "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0");
	assert_values(at(page.json, "days"), "0 0 0 0 0 0 1");
	page_free(&page);

	page = good(GUILD_PATH "/timeseries?metric=messages&period=7d&bucket=day");
	assert_values(at(page.json, "series.0.values"), "0 0 0 0 100 8 200");
	assert_int_equal(json_array_size(at(page.json, "starts")), 7);
	assert_non_null(strstr(text(&page, "starts.5"), "2026-03-28T23:00:00"));
	assert_non_null(strstr(text(&page, "starts.6"), "2026-03-29T22:00:00"));
	page_free(&page);
}

static void test_day_of_25_hours(void **state)
{
	(void)state;
	zone("Europe/Berlin");
	travel("2026-10-26T12:00:00Z");
	messages("2026-10-25 00:00Z", 3); /* 02:00, summer time */
	messages("2026-10-25 01:00Z", 4); /* 02:00 again */
	messages("2026-10-25 22:00Z", 5); /* 23:00 */
	messages("2026-10-25 23:00Z", 9); /* midnight */
	struct page page =
		good(GUILD_PATH "/timeseries?metric=messages&period=yesterday&bucket=hour");
	assert_string_equal(text(&page, "range.from"), "2026-10-24T22:00:00.000Z");
	assert_string_equal(text(&page, "range.to"), "2026-10-25T23:00:00.000Z");
	assert_values(at(page.json, "series.0.values"),
		      "0 0 3 4 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 5");
	/* the day before had 24 hours: one is missing beside the 25th */
	assert_int_equal(json_array_size(at(page.json, "series.0.previous")), 25);
	assert_true(json_is_null(at(page.json, "series.0.previous.24")));
	page_free(&page);
	page = good(GUILD_PATH "/heatmap?period=yesterday");
	assert_int_equal(number(&page, "cells.6.2"), 7);
	page_free(&page);
	page = good(GUILD_PATH "/overview?period=yesterday");
	assert_true(value(&page, "messages") == 12);
	page_free(&page);
}

static void test_half_hour_zone(void **state)
{
	(void)state;
	zone("Asia/Tehran");              /* +03:30: hours are counted where they begin */
	messages("2026-03-19 20:00Z", 1); /* 23:30 on the 19th */
	messages("2026-03-19 21:00Z", 2); /* 00:30 on the 20th */
	messages("2026-03-20 20:00Z", 4); /* 23:30 on the 20th */
	messages("2026-03-20 21:00Z", 8);
	struct page page = good(GUILD_PATH "/timeseries?metric=messages&period=custom&from=2026-03-"
					   "19&to=2026-03-21&bucket=day");
	assert_string_equal(text(&page, "range.from"), "2026-03-18T20:30:00.000Z");
	assert_values(at(page.json, "series.0.values"), "1 6 8");
	page_free(&page);
	page = good(GUILD_PATH "/timeseries?metric=messages&period=custom&from=2026-03-20&to=2026-"
			       "03-20&bucket=hour");
	assert_values(at(page.json, "series.0.values"),
		      "2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 4");
	page_free(&page);
	page = good(GUILD_PATH "/heatmap?period=custom&from=2026-03-20&to=2026-03-20");
	assert_int_equal(number(&page, "cells.4.0"), 2);
	assert_int_equal(number(&page, "cells.4.23"), 4);
	page_free(&page);
}

static void test_weeks_begin_on_monday(void **state)
{
	(void)state;
	messages("2026-03-03 23:00Z", 100);
	messages("2026-03-04 00:00Z", 1); /* Wednesday */
	messages("2026-03-08 23:00Z", 2); /* Sunday */
	messages("2026-03-09 00:00Z", 4); /* Monday */
	messages("2026-03-16 12:00Z", 8); /* Monday */
	messages("2026-03-18 00:00Z", 100);
	struct page page = good(GUILD_PATH "/timeseries?metric=messages&period=custom&from=2026-03-"
					   "04&to=2026-03-17&bucket=week");
	assert_values(at(page.json, "series.0.values"), "3 4 8");
	assert_non_null(strstr(text(&page, "starts.0"), "2026-03-04T00:00:00"));
	assert_non_null(strstr(text(&page, "starts.1"), "2026-03-09T00:00:00"));
	page_free(&page);
	page = good(GUILD_PATH "/timeseries?metric=messages&period=ytd&bucket=month");
	assert_values(at(page.json, "series.0.values"), "0 0 215");
	page_free(&page);
}

static void test_comparison_is_aligned(void **state)
{
	(void)state;
	zone("Europe/Berlin");
	messages("2026-03-01 11:00Z", 7);
	messages("2026-01-24 22:00Z", 100); /* the hour before the compared range */
	messages("2026-01-24 23:00Z", 1);
	messages("2026-02-23 10:00Z", 2); /* 11:00 local; the current range has got to 12:20 */
	messages("2026-02-23 11:00Z", 100);
	struct page page = good(GUILD_PATH "/overview?period=30d");
	assert_string_equal(text(&page, "range.from"), "2026-02-28T23:00:00.000Z");
	assert_string_equal(text(&page, "range.to"), "2026-03-30T10:20:00.000Z");
	assert_true(json_is_true(at(page.json, "range.is_partial")));
	/* 35 days earlier, Sunday on Sunday, winter time: to the full hour nearest 12:20 local */
	assert_string_equal(text(&page, "compare_range.from"), "2026-01-24T23:00:00.000Z");
	assert_string_equal(text(&page, "compare_range.to"), "2026-02-23T11:00:00.000Z");
	assert_true(value(&page, "messages") == 7);
	assert_true(previous(&page, "messages") == 3);
	assert_int_equal(json_array_size(at(figure(&page, "messages"), "sparkline")), 30);
	page_free(&page);

	travel("2026-03-30T10:40:00Z");
	page = good(GUILD_PATH "/overview?period=30d");
	assert_string_equal(text(&page, "compare_range.to"), "2026-02-23T12:00:00.000Z");
	assert_true(previous(&page, "messages") == 103);
	page_free(&page);

	page = good(GUILD_PATH "/timeseries?metric=messages&period=30d&bucket=day");
	assert_true(json_integer_value(at(page.json, "series.0.previous.0")) == 1);
	assert_true(json_integer_value(at(page.json, "series.0.previous.29")) == 102);
	page_free(&page);
}

static void test_what_was_not_watched_is_not_compared(void **state)
{
	(void)state;
	messages("2026-03-25 11:00Z", 7);
	messages("2026-02-20 11:00Z", 3);
	fixture_sql("UPDATE analytics.guild SET first_event_at = '2026-02-20 10:00Z'");
	struct page page = good(GUILD_PATH "/overview?period=28d");
	assert_true(value(&page, "messages") == 7);
	assert_true(json_is_null(at(figure(&page, "messages"), "previous")));
	assert_false(json_is_null(at(figure(&page, "members"), "previous")));
	page_free(&page);
	page = good(GUILD_PATH "/overview?period=7d");
	assert_true(previous(&page, "messages") == 0);
	page_free(&page);
	page = good(GUILD_PATH "/overview?period=7d&compare=none");
	assert_true(json_is_null(at(figure(&page, "messages"), "previous")));
	assert_true(json_is_null(at(page.json, "compare_range")));
	page_free(&page);
	/* buckets before the first event are unknown, not zero */
	page = good(GUILD_PATH "/timeseries?metric=messages&period=custom&from=2026-02-18&to=2026-"
			       "02-21&bucket=day");
	assert_values(at(page.json, "series.0.values"), "null null 3 0");
	page_free(&page);
	page = good(GUILD_PATH "/overview?period=custom&from=2026-02-01&to=2026-02-02");
	assert_true(json_is_null(at(figure(&page, "messages"), "value")));
	assert_true(json_number_value(at(page.json, "range.coverage")) == 0);
	page_free(&page);
}

/* What makes a member active is the guild's to say; three messages or a word in voice are no matter
 * of that. */
static void check_active_rules(void)
{
	static const int actives[] = {
		[1] = 1, [2] = 1, [3] = 2, [4] = 1, [5] = 2, [6] = 2, [7] = 3
	};
	for (int rule = 1; rule <= 7; rule++) {
		char *update = ra_format("UPDATE analytics.guild SET active_rule = %d", rule);
		fixture_sql(update);
		ra_free(update);
		struct page page = good(GUILD_PATH "/overview?period=custom&from=2026-03-10&to="
						   "2026-03-12&compare=none");
		assert_true(value(&page, "active_members") == actives[rule]);
		assert_true(value(&page, "communicators") == 2);
		page_free(&page);
	}
}

static void test_people(void **state)
{
	(void)state;
	fixture_sql("INSERT INTO analytics.message_hourly (guild_id, hour, channel_id, user_id, "
		    "author_kind, "
		    " messages, edits, reactions_given) VALUES "
		    "(4194304000, '2026-03-10 08:00Z', 10, 1, 0, 2, 0, 0), "
		    "(4194304000, '2026-03-11 08:00Z', 11, 1, 0, 1, 0, 0), "
		    "(4194304000, '2026-03-10 08:00Z', 10, 2, 0, 0, 0, 1), "
		    "(4194304000, '2026-03-10 08:00Z', 10, 3, 1, 50, 0, 9), "
		    "(4194304000, '2026-03-10 08:00Z', 10, 6, 0, 0, 4, 0), "
		    "(8388608000, '2026-03-10 08:00Z', 10, 9, 0, 7, 0, 0);"
		    "INSERT INTO analytics.voice_hourly (guild_id, hour, channel_id, user_id, "
		    "raw_ms, present_ms, "
		    " engaged_ms, talking_ms) VALUES "
		    "(4194304000, '2026-03-11 08:00Z', 20, 4, 90000, 59999, 0, 0), "
		    "(4194304000, '2026-03-11 08:00Z', 20, 5, 30000, 30000, 1, 1), "
		    "(4194304000, '2026-03-11 09:00Z', 20, 5, 30000, 30000, 0, 0)");
	struct page page = good(
		GUILD_PATH "/overview?period=custom&from=2026-03-10&to=2026-03-12&compare=none");
	assert_true(value(&page, "active_members") == 3); /* 1, 2 and 5 */
	assert_true(value(&page, "communicators") == 2);  /* 1 with 3 messages, 5 by voice */
	assert_values(at(figure(&page, "active_members"), "sparkline"), "2 2 0");
	assert_values(at(figure(&page, "communicators"), "sparkline"), "0 1 0");
	assert_true(value(&page, "dau") > 1.3333 && value(&page, "dau") < 1.3334);
	page_free(&page);
	check_active_rules();
	page = good(GUILD_PATH "/timeseries?metric=members&period=custom&from=2026-03-10&to=2026-"
			       "03-12&bucket=day");
	assert_string_equal(text(&page, "series.3.key"), "active");
	assert_values(at(page.json, "series.3.values"), "2 2 0");
	page_free(&page);
	/* by the hour nobody has a minute twice, but the day still counts */
	page = good(GUILD_PATH "/overview?period=custom&from=2026-03-10&to=2026-03-11");
	assert_int_equal(json_array_size(at(figure(&page, "dau"), "sparkline")), 48);
	assert_true(value(&page, "dau") == 2);
	page_free(&page);
}

static void test_members_at_any_time(void **state)
{
	(void)state;
	fixture_sql(
		"INSERT INTO analytics.guild_snapshot VALUES (4194304000, '2026-03-10 12:00Z', "
		"100, 0, 0, 0, 0);"
		"INSERT INTO analytics.member_flow (guild_id, at, user_id, kind, is_bot) VALUES "
		"(4194304000, '2026-03-10 06:00Z', 1, 'join', false), "
		"(4194304000, '2026-03-10 13:00Z', 2, 'join', false), "
		"(4194304000, '2026-03-10 14:00Z', 3, 'join', true), "
		"(4194304000, '2026-03-11 01:00Z', 4, 'leave', false), "
		"(4194304000, '2026-03-12 05:00Z', 5, 'join', false)");
	struct page page = good(GUILD_PATH "/timeseries?metric=members&period=custom&from=2026-03-"
					   "09&to=2026-03-12&bucket=day");
	assert_values(at(page.json, "series.0.values"), "99 102 101 102");
	assert_values(at(page.json, "series.1.values"), "0 2 0 1");
	assert_values(at(page.json, "series.2.values"), "0 0 1 0");
	page_free(&page);
	page = good(GUILD_PATH "/overview?period=28d");
	assert_true(value(&page, "members") == 50); /* now: as Discord says */
	assert_true(value(&page, "joins") == 3);
	assert_true(value(&page, "leaves") == 1);
	assert_true(value(&page, "net_growth") == 2);
	page_free(&page);
	/* without any snapshot: from now, backwards */
	fixture_sql("DELETE FROM analytics.guild_snapshot");
	page = good(GUILD_PATH "/timeseries?metric=members&period=custom&from=2026-03-09&to=2026-"
			       "03-12&bucket=day");
	assert_values(at(page.json, "series.0.values"), "47 50 49 50");
	page_free(&page);
}

static void test_voice_in_progress(void **state)
{
	(void)state;
	fixture_sql("UPDATE analytics.guild SET afk_channel_id = 29;"
		    "INSERT INTO analytics.voice_open (guild_id, user_id, channel_id, joined_at, "
		    "started_at, is_bot, "
		    " mute, self_deaf) VALUES "
		    "(4194304000, 5, 20, '2026-03-30 08:00Z', '2026-03-30 08:50Z', false, false, "
		    "false), "
		    "(4194304000, 7, 20, '2026-03-30 08:00Z', '2026-03-30 08:50Z', false, true, "
		    "false), "
		    "(4194304000, 9, 20, '2026-03-30 08:00Z', '2026-03-30 08:50Z', false, false, "
		    "true), "
		    "(4194304000, 6, 20, '2026-03-30 08:00Z', '2026-03-30 08:50Z', true, false, "
		    "false), "
		    "(4194304000, 8, 29, '2026-03-30 08:00Z', '2026-03-30 08:50Z', false, false, "
		    "false), "
		    "(4194304000, 4, 21, '2026-03-30 08:00Z', '2026-03-30 08:50Z', false, false, "
		    "false);"
		    "INSERT INTO analytics.guild_hourly (guild_id, hour, voice_raw_ms, "
		    "voice_present_ms) "
		    "VALUES (4194304000, '2026-03-30 08:00Z', 60000, 60000)");
	struct page page = good(GUILD_PATH "/timeseries?metric=voice&period=today");
	/* 10, 60 and 20 minutes of five people, of whom three are present, two engaged, one may
	 * talk */
	assert_true(json_number_value(at(page.json, "series.0.values.8")) == 51 * MINUTE);
	assert_true(json_number_value(at(page.json, "series.0.values.9")) == 300 * MINUTE);
	assert_true(json_number_value(at(page.json, "series.0.values.10")) == 100 * MINUTE);
	assert_true(json_number_value(at(page.json, "series.1.values.9")) == 180 * MINUTE);
	assert_true(json_number_value(at(page.json, "series.2.values.9")) == 120 * MINUTE);
	assert_true(json_number_value(at(page.json, "series.3.values.9")) == 60 * MINUTE);
	page_free(&page);
	page = good(GUILD_PATH "/overview?period=today");
	assert_true(value(&page, "voice") == 271 * MINUTE);
	assert_true(value(&page, "active_members") == 3);
	assert_true(value(&page, "communicators") == 1);
	page_free(&page);
	/* the connection was lost at ten: what happened since is not known */
	fixture_sql("INSERT INTO analytics.coverage_gap VALUES (1, 0, '2026-03-30 10:00Z', NULL, "
		    "'network', false)");
	page = good(GUILD_PATH "/overview?period=today");
	assert_true(value(&page, "voice") == 211 * MINUTE);
	page_free(&page);
	page = good(GUILD_PATH "/heatmap?period=today&metric=voice");
	assert_true(json_number_value(at(page.json, "cells.0.9")) == 180 * MINUTE);
	page_free(&page);
}

static void test_coverage(void **state)
{
	(void)state;
	/* more stories: coverage_test.c */
	fixture_sql("INSERT INTO analytics.coverage_gap VALUES "
		    "(1, 0, '2026-03-10 06:00Z', '2026-03-10 12:00Z', 'network', false), "
		    "(1, 0, '2026-03-10 11:00Z', '2026-03-10 15:00Z', 'restart', false), "
		    "(1, 0, '2026-03-11 00:00Z', '2026-03-11 20:00Z', 'network', true), "
		    "(1, 0, '2026-03-12 18:00Z', '2026-03-13 18:00Z', 'zombie', false)");
	struct page page = good(GUILD_PATH "/overview?period=custom&from=2026-03-10&to=2026-03-12");
	double coverage = json_number_value(at(page.json, "range.coverage"));
	assert_true(coverage > 0.79166 && coverage < 0.79167); /* 15 of 72 hours lost */
	assert_int_equal(json_array_size(at(page.json, "range.gaps")), 3);
	assert_string_equal(text(&page, "range.gaps.0.cause"), "network");
	assert_string_equal(text(&page, "range.gaps.2.from"), "2026-03-12T18:00:00.000Z");
	assert_string_equal(text(&page, "range.gaps.2.to"), "2026-03-13T00:00:00.000Z");
	page_free(&page);
	fixture_sql("UPDATE analytics.guild SET first_event_at = '2026-03-11Z'");
	page = good(GUILD_PATH "/overview?period=custom&from=2026-03-10&to=2026-03-12");
	assert_true(json_number_value(at(page.json, "range.coverage")) == 0.875); /* 6 of 48 */
	page_free(&page);
}

static void test_last_24_hours(void **state)
{
	(void)state;
	messages("2026-03-29 10:00Z", 100);
	messages("2026-03-29 11:00Z", 1);
	messages("2026-03-30 10:00Z", 2);
	messages("2026-03-28 11:00Z", 4);
	messages("2026-03-29 09:00Z", 8);
	struct page page = good(GUILD_PATH "/overview?period=24h");
	assert_string_equal(text(&page, "range.from"), "2026-03-29T11:00:00.000Z");
	assert_string_equal(text(&page, "compare_range.from"), "2026-03-28T11:00:00.000Z");
	assert_string_equal(text(&page, "compare_range.to"), "2026-03-29T10:00:00.000Z");
	assert_true(value(&page, "messages") == 3);
	assert_true(previous(&page, "messages") == 12);
	assert_int_equal(json_array_size(at(figure(&page, "messages"), "sparkline")), 24);
	page_free(&page);
}

/* The same page from hours and from days. */
static void assert_same(const char *zone_name, const char *now, const char *question)
{
	char *path = ra_format("%s/%s", GUILD_PATH, question);
	fixture_no_days();
	struct page hours = get(path);
	fixture_sql("UPDATE analytics.guild g SET day_zone = s.timezone FROM app.guild_settings s "
		    "WHERE s.guild_id = g.guild_id");
	struct page days = get(path);
	assert_int_equal(hours.status, 200);
	if (!json_equal(hours.json, days.json))
		fail_msg("%s, %s: %s\n%s\n%s", zone_name, now, question, hours.body, days.body);
	page_free(&hours);
	page_free(&days);
	ra_free(path);
}

/* A compared range ends within a day, early or late; the days around it are sparse enough that each
 * of them decides about somebody. */
static void test_days_cut_short(void **state)
{
	static const char *const zones[] = { "UTC", "Europe/Berlin", "Asia/Tehran" };
	static const char *const nows[] = { "2026-03-30T01:40:00Z", "2026-03-30T07:20:00Z",
					    "2026-03-30T20:20:00Z", "2026-03-30T23:40:00Z" };
	static const char *const questions[] = {
		"overview?period=7d",
		"overview?period=28d&compare=year",
		"overview?period=30d",
		"timeseries?metric=members&period=28d&bucket=week",
		"timeseries?metric=members&period=ytd&bucket=month",
		"overview?period=today",
		"timeseries?metric=members&period=yesterday",
		"channels/top?period=7d",
		"members/top?period=30d",
	};
	(void)state;
	fixture_sql("SELECT setseed(0.42); SELECT analytics.ensure_months('2025-03-01Z', "
		    "'2025-03-31Z');"
		    "UPDATE analytics.guild SET first_event_at = '2025-01-01Z';"
		    "INSERT INTO analytics.message_hourly (guild_id, hour, channel_id, user_id, "
		    "author_kind, messages, "
		    " reactions_given) SELECT 4194304000, at + d * interval '1 day' + (random() * "
		    "23)::int * interval '1 h', "
		    " n % 3, u, 0, (random() * 2)::int, random()::int FROM unnest('{2025-03-01Z, "
		    "2026-03-01Z}'::timestamptz[]) at, "
		    " generate_series(0, 28) d, generate_series(1, 40) u, generate_series(1, 3) n "
		    "WHERE random() < 0.2 "
		    "ON CONFLICT DO NOTHING;"
		    "INSERT INTO analytics.voice_hourly (guild_id, hour, channel_id, user_id, "
		    "raw_ms, present_ms, talking_ms) "
		    "SELECT 4194304000, at + h * interval '1 h', 20, 1 + h % 40, 60000, (1 + h % "
		    "2) * 30000, h % 7 / 6 * 1000 "
		    "FROM unnest('{2025-03-01Z, 2026-03-01Z}'::timestamptz[]) at, "
		    "generate_series(0, 690, 11) h;"
		    "INSERT INTO analytics.voice_open (guild_id, user_id, channel_id, joined_at, "
		    "started_at) VALUES "
		    "(4194304000, 3, 20, '2026-03-22 19:00Z', '2026-03-22 19:00Z'), "
		    "(4194304000, 41, 20, '2026-03-23 09:00Z', '2026-03-23 09:00Z')");
	for (size_t z = 0; z < RA_COUNT(zones); z++) {
		zone(zones[z]);
		fixture_days();
		for (size_t n = 0; n < RA_COUNT(nows); n++) {
			travel(nows[n]);
			for (size_t q = 0; q < RA_COUNT(questions); q++)
				assert_same(zones[z], nows[n], questions[q]);
		}
	}
}

static void test_midnight_that_does_not_exist(void **state)
{
	(void)state;
	zone("Africa/Cairo"); /* 2026-04-24 begins at 01:00 */
	travel("2026-04-25T12:00:00Z");
	messages("2026-04-23 21:00Z", 1);
	messages("2026-04-23 22:00Z", 2);
	messages("2026-04-24 20:00Z", 4);
	messages("2026-04-24 21:00Z", 8);
	struct page page = good(GUILD_PATH "/timeseries?metric=messages&period=custom&from=2026-04-"
					   "23&to=2026-04-25&bucket=day");
	assert_values(at(page.json, "series.0.values"), "1 6 8");
	page_free(&page);
}

static void test_top_channels(void **state)
{
	(void)state;
	fixture_sql("INSERT INTO analytics.channel (guild_id, channel_id, parent_id, kind, name, "
		    "deleted_at) VALUES "
		    "(4194304000, 10, NULL, 0, 'general', NULL), (4194304000, 11, 10, 11, 'a "
		    "thread', NULL), "
		    "(4194304000, 12, 5, 0, 'in a category', '2026-03-20Z');"
		    "INSERT INTO analytics.message_hourly (guild_id, hour, channel_id, user_id, "
		    "author_kind, messages) VALUES "
		    "(4194304000, '2026-03-29 08:00Z', 10, 1, 0, 2), (4194304000, '2026-03-29 "
		    "08:00Z', 11, 1, 0, 3), "
		    "(4194304000, '2026-03-29 08:00Z', 11, 2, 0, 1), (4194304000, '2026-03-29 "
		    "08:00Z', 12, 2, 0, 7), "
		    "(4194304000, '2026-03-29 08:00Z', 10, 3, 1, 90), (4194304000, '2026-03-29 "
		    "08:00Z', 13, 2, 0, 1), "
		    "(4194304000, '2026-03-22 08:00Z', 11, 4, 0, 20), (4194304000, '2026-03-22 "
		    "08:00Z', 14, 4, 0, 5), "
		    "(4194304000, '2026-03-10 08:00Z', 10, 1, 0, 50)");
	struct page page = good(GUILD_PATH "/channels/top?period=7d");
	assert_int_equal(number(&page, "total"), 14);
	assert_int_equal(json_array_size(at(page.json, "channels")), 3);
	assert_string_equal(text(&page, "channels.0.name"), "in a category");
	assert_true(json_is_true(at(page.json, "channels.0.is_deleted")));
	assert_string_equal(text(&page, "channels.1.id"), "10");
	assert_int_equal(number(&page, "channels.1.messages"), 6);
	assert_int_equal(number(&page, "channels.1.members"), 2);
	assert_int_equal(number(&page, "channels.1.previous_messages"), 20);
	assert_string_equal(text(&page, "channels.2.name"), "");
	page_free(&page);
	page = good(GUILD_PATH "/channels/top?period=7d&limit=1&compare=none");
	assert_int_equal(json_array_size(at(page.json, "channels")), 1);
	assert_int_equal(number(&page, "total"), 14);
	assert_true(json_is_null(at(page.json, "channels.0.previous_messages")));
	page_free(&page);
	page = good(GUILD_PATH "/channels/top?period=today");
	assert_int_equal(number(&page, "total"), 0);
	page_free(&page);
}

static void test_top_members(void **state)
{
	(void)state;
	fixture_sql("INSERT INTO analytics.member (guild_id, user_id, username, global_name, nick, "
		    "avatar, left_at) VALUES "
		    "(4194304000, 1, 'one', 'One', 'The One', 'aa', NULL), (4194304000, 2, 'two', "
		    "NULL, NULL, NULL, '2026-03-29Z');"
		    "INSERT INTO analytics.message_hourly (guild_id, hour, channel_id, user_id, "
		    "author_kind, messages, replies, reactions_given) VALUES "
		    "(4194304000, '2026-03-29 08:00Z', 10, 1, 0, 2, 1, 4), (4194304000, "
		    "'2026-03-29 09:00Z', 11, 1, 0, 3, 1, 0), "
		    "(4194304000, '2026-03-29 08:00Z', 10, 2, 0, 9, 0, 0), (4194304000, "
		    "'2026-03-29 08:00Z', 10, 3, 1, 90, 0, 0), "
		    "(4194304000, '2026-03-22 08:00Z', 10, 1, 0, 6, 0, 0);"
		    "INSERT INTO analytics.voice_hourly (guild_id, hour, channel_id, user_id, "
		    "present_ms) VALUES "
		    "(4194304000, '2026-03-29 08:00Z', 20, 1, 1000), (4194304000, '2026-03-29 "
		    "08:00Z', 20, 4, 5000);"
		    "INSERT INTO analytics.voice_open (guild_id, user_id, channel_id, joined_at, "
		    "started_at) VALUES "
		    "(4194304000, 4, 20, '2026-03-30 10:19Z', '2026-03-30 10:19Z')");
	struct page page = good(GUILD_PATH "/members/top?period=7d");
	assert_int_equal(json_array_size(at(page.json, "members")), 2);
	assert_string_equal(text(&page, "members.0.name"), "two");
	assert_true(json_is_true(at(page.json, "members.0.has_left")));
	assert_true(json_is_null(at(page.json, "members.0.avatar_url")));
	assert_string_equal(text(&page, "members.1.name"), "The One");
	assert_string_equal(text(&page, "members.1.avatar_url"),
			    "https://cdn.test/avatars/1/aa.webp?size=64");
	assert_int_equal(number(&page, "members.1.messages"), 5);
	assert_int_equal(number(&page, "members.1.replies"), 2);
	assert_int_equal(number(&page, "members.1.reactions_given"), 4);
	assert_int_equal(number(&page, "members.1.voice_ms"), 1000);
	assert_int_equal(number(&page, "members.1.previous_messages"), 6);
	page_free(&page);
	page = good(GUILD_PATH "/members/top?period=7d&by=voice");
	assert_string_equal(text(&page, "members.0.id"), "4");
	assert_int_equal(number(&page, "members.0.voice_ms"), 65000);
	assert_string_equal(text(&page, "members.0.name"), "");
	assert_int_equal(json_array_size(at(page.json, "members")), 2);
	page_free(&page);
}

static void test_mistakes_are_explained(void **state)
{
	static const char *const bad[] = {
		"/overview?period=8d",
		"/overview?compare=week",
		"/overview?period=custom",
		"/overview?period=custom&from=2026-04-01&to=2026-04-02",
		"/timeseries",
		"/timeseries?metric=x",
		"/timeseries?metric=voice&bucket=year",
		"/timeseries?metric=voice&period=12mo&bucket=hour",
		"/channels/top?limit=0",
		"/channels/top?limit=101",
		"/members/top?limit=ten",
		"/members/top?by=age",
		"/heatmap?metric=joins",
		"/heatmap?period=custom&from=2026-03-02&to=2026-03-01",
	};
	(void)state;
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		char *path = ra_format("%s%s", GUILD_PATH, bad[i]);
		struct page page = get(path);
		if (page.status != 400 || !json_is_string(json_object_get(page.json, "detail")))
			fail_msg("%s: %d %s", bad[i], page.status, page.body);
		page_free(&page);
		ra_free(path);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, empty_guild)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_day_of_23_hours),
		TEST(test_half_hour_zone),
		TEST(test_weeks_begin_on_monday),
		TEST(test_comparison_is_aligned),
		TEST(test_what_was_not_watched_is_not_compared),
		TEST(test_people),
		TEST(test_members_at_any_time),
		TEST(test_voice_in_progress),
		TEST(test_coverage),
		TEST(test_last_24_hours),
		TEST(test_top_channels),
		TEST(test_top_members),
		TEST(test_mistakes_are_explained),
		TEST(test_midnight_that_does_not_exist),
		TEST(test_day_of_25_hours),
	};
	const struct CMUnitTest both[] = { TEST(test_days_cut_short) };
	int failed = cmocka_run_group_tests_name("by hours", tests, fixture_of_alice, fixture_end);
	is_by_days = true;
	failed += cmocka_run_group_tests_name("by days", tests, fixture_of_alice, fixture_end);
	return failed + cmocka_run_group_tests_name("both", both, fixture_of_alice, fixture_end);
}
