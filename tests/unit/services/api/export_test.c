/* export: any answer as a file, and what is no file. */
#include "tests/unit/services/api/fixture.h"

#define GUILD_PATH "/api/v1/guilds/4194304000"

static int open_fixture(void **state)
{
	fixture_of_alice(state);
	fixture_sql("INSERT INTO analytics.channel (guild_id, channel_id, name, kind) VALUES "
		    "(4194304000, 1, '=cmd|''/C calc''!A0', 0), (4194304000, 2, 'a, \"b\"', 0);"
		    "INSERT INTO analytics.message_hourly "
		    "(guild_id, hour, channel_id, user_id, author_kind, messages) VALUES "
		    "(4194304000, '2026-03-29 10:00Z', 1, 11, 0, 7), "
		    "(4194304000, '2026-03-29 10:00Z', 2, 11, 0, 5);"
		    "INSERT INTO analytics.guild_hourly (guild_id, hour, messages) VALUES "
		    "(4194304000, '2026-03-29 10:00Z', 12)");
	return 0;
}

static void test_series(void **state)
{
	(void)state;
	struct page page =
		get(GUILD_PATH "/timeseries?metric=messages&from=2026-03-28&to=2026-03-29"
			       "&period=custom&bucket=day&compare=none&format=csv");
	assert_int_equal(page.status, 200);
	assert_non_null(strstr(page.headers, "content-type: text/csv; charset=utf-8"));
	assert_non_null(strstr(page.headers, "attachment; filename=\"rations-4194304000-timeseries-"
					     "2026-03-30.csv\""));
	assert_non_null(strstr(page.headers, "x-content-type-options: nosniff"));
	assert_string_equal(page.body, "at,messages,bot_messages,reactions\r\n"
				       "2026-03-28T00:00:00.000000+00:00,0,0,0\r\n"
				       "2026-03-29T00:00:00.000000+00:00,12,0,0\r\n");
	page_free(&page);
}

static void test_hostile_names(void **state)
{
	(void)state;
	struct page page = get(GUILD_PATH "/channels/top?period=7d&format=csv&bom=true");
	assert_int_equal(page.status, 200);
	assert_memory_equal(page.body, "\xef\xbb\xbfid,name,", 11);
	assert_non_null(strstr(page.body, "\r\n1,'=cmd|'/C calc'!A0,0,"));
	assert_non_null(strstr(page.body, "\r\n2,\"a, \"\"b\"\"\",0,"));
	page_free(&page);
}

static void test_json(void **state)
{
	(void)state;
	struct page page = get(GUILD_PATH "/channels/top?period=7d&format=json");
	assert_int_equal(page.status, 200);
	assert_int_equal(json_array_size(page.json), 2);
	assert_string_equal(text(&page, "0.name"), "=cmd|'/C calc'!A0");
	assert_int_equal(number(&page, "1.messages"), 5);
	page_free(&page);
}

/* The endpoint's own problems come through as they are. */
static void test_problems(void **state)
{
	(void)state;
	struct page page = get(GUILD_PATH "/timeseries?metric=nothing&format=csv");
	assert_int_equal(page.status, 400);
	assert_string_equal(text(&page, "type"), "/problems/argument");
	assert_non_null(strstr(text(&page, "detail"), "metric"));
	assert_null(strstr(page.headers, "attachment"));
	page_free(&page);
	assert_int_equal(status_of("GET", GUILD_PATH "/overview?format=xls", NULL), 400);
	assert_int_equal(status_of("GET", GUILD_PATH "/live?format=csv", NULL), 400);
	assert_int_equal(status_of("GET", "/api/v1/guilds/8388608000/overview?format=csv", NULL),
			 404);
	assert_int_equal(status_of("GET", "/api/v1/me?format=csv", NULL),
			 200); /* no file, as ever */
}

static void test_so_many_at_once(void **state)
{
	struct page pages[6];
	int done = 0, refused = 0;
	(void)state;
	for (size_t i = 0; i < RA_COUNT(pages); i++)
		begin(&pages[i], "GET", GUILD_PATH "/overview?format=csv", NULL);
	for (size_t i = 0; i < RA_COUNT(pages); i++) {
		test_run_until(&fx.loop, pages[i].is_done);
		done += pages[i].status == 200;
		refused += pages[i].status == 429;
		page_free(&pages[i]);
	}
	assert_int_equal(done + refused, 6);
	assert_true(done >= 4);
	assert_int_equal(fx.api->exports, 0);
}

static void test_without_a_database(void **state)
{
	(void)state;
	fixture_sql("ALTER TABLE analytics.guild_hourly RENAME TO hidden");
	assert_int_equal(status_of("GET", GUILD_PATH "/overview?format=csv", NULL), 500);
	fixture_sql("ALTER TABLE analytics.hidden RENAME TO guild_hourly");
	assert_int_equal(fx.api->exports, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_series),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_problems),
		cmocka_unit_test(test_so_many_at_once),
		cmocka_unit_test(test_without_a_database),
	};
	return cmocka_run_group_tests(tests, open_fixture, fixture_end);
}
