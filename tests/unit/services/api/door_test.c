/* door: who gets in where. Every endpoint without a session, with one for another guild, with a
 * stale list. */
#include "tests/unit/services/api/fixture.h"

static const struct {
	const char *method, *path;
} guarded[] = {
	{ "GET", "" },
	{ "PATCH", "" },
	{ "GET", "/overview" },
	{ "GET", "/timeseries?metric=messages" },
	{ "GET", "/channels/top" },
	{ "GET", "/members/top" },
	{ "GET", "/heatmap" },
	{ "GET", "/live" },
};

static int ask_guild(size_t i, const char *guild)
{
	char *path = ra_format("/api/v1/guilds/%s%s", guild, guarded[i].path);
	int status = status_of(guarded[i].method, path, "{}");
	ra_free(path);
	return status;
}

static int open_fixture(void **state)
{
	(void)state;
	fixture_open();
	fixture_guild("Europe/Berlin");
	return 0;
}

static void forget_everybody(void)
{
	fixture_sql("DELETE FROM app.session");
	fx.cookie[0] = '\0';
	fx.discord.status = 200;
	fx.discord.guilds = ALICE_GUILDS;
	fx.discord.guild_calls = 0;
}

static void test_nobody(void **state)
{
	(void)state;
	forget_everybody();
	for (size_t i = 0; i < RA_COUNT(guarded); i++)
		assert_int_equal(ask_guild(i, "4194304000"), 401);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
	assert_int_equal(status_of("GET", "/api/v1/guilds", NULL), 401);
	assert_int_equal(status_of("POST", "/logout", NULL), 401);
	snprintf(fx.cookie, sizeof(fx.cookie), "rations_session=%043d", 1);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
	struct page page = get("/api/v1/me");
	assert_non_null(strstr(page.headers, "application/problem+json"));
	assert_non_null(strstr(page.headers, "rations_session=; Path=/; Max-Age=0"));
	assert_string_equal(text(&page, "type"), "/problems/login");
	page_free(&page);
}

static void test_other_guilds_do_not_exist(void **state)
{
	static const char *const others[] = {
		"8388608000",  /* only a member */
		"12582912000", /* no bot */
		"999",         /* no such guild */
		"0",           "x", "18446744073709551616", "9223372036854775808"
	};
	(void)state;
	forget_everybody();
	fixture_log_in(ALICE);
	for (size_t o = 0; o < RA_COUNT(others); o++)
		for (size_t i = 0; i < RA_COUNT(guarded); i++)
			assert_int_equal(ask_guild(i, others[o]), 404);
	struct page hidden = get("/api/v1/guilds/8388608000"), absent = get("/api/v1/guilds/999");
	assert_string_equal(hidden.body, absent.body);
	page_free(&hidden);
	page_free(&absent);
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 200);
}

static void test_removed_bot_hides_the_guild(void **state)
{
	(void)state;
	forget_everybody();
	fixture_log_in(ALICE);
	fixture_sql("UPDATE analytics.guild SET removed_at = now() WHERE guild_id = 4194304000");
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 404);
	fixture_sql("UPDATE analytics.guild SET removed_at = NULL WHERE guild_id = 4194304000");
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 200);
}

static void test_sessions_end(void **state)
{
	(void)state;
	forget_everybody();
	fixture_log_in(ALICE);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 200);
	fixture_now_ms += SESSION_IDLE_MS - 1000;
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 200);
	/* that was a sign of life, written down beside the answer */
	test_run_until(&fx.loop,
		       test_pg_number(&fx.pg, "SELECT ts_to_ms(last_seen_at) FROM app.session") ==
			       fixture_now_ms);
	fixture_now_ms += SESSION_IDLE_MS - 1000;
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 200);
	fixture_now_ms += SESSION_IDLE_MS + 1;
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
	fixture_sql(
		"UPDATE app.session SET last_seen_at = '2100-01-01', expires_at = '2026-04-20'");
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
	set_now("2026-03-30T10:20:00Z");
}

static void test_changes_need_the_token(void **state)
{
	(void)state;
	forget_everybody();
	fixture_log_in(ALICE);
	fx.csrf[0] = '\0';
	assert_int_equal(status_of("PATCH", GUILD_PATH, "{\"timezone\":\"UTC\"}"), 403);
	assert_int_equal(status_of("POST", "/logout", NULL), 403);
	strcpy(fx.csrf, "csrf-of-alicf");
	assert_int_equal(status_of("POST", "/logout", NULL), 403);
	strcpy(fx.csrf, "csrf-of-alice");
	struct page page = ask("POST", "/logout", NULL);
	assert_int_equal(page.status, 204);
	assert_non_null(strstr(page.headers, "rations_session=; Path=/; Max-Age=0"));
	page_free(&page);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
	assert_int_equal(
		test_pg_number(&fx.pg,
			       "SELECT count(*) FROM app.account WHERE access_sealed IS NULL"),
		1);
	fixture_sql("DELETE FROM app.account_guild WHERE false; DELETE FROM app.session");
}

static void test_looking_is_not_changing(void **state)
{
	(void)state;
	forget_everybody();
	fixture_log_in(ALICE);
	fixture_sql("UPDATE app.account_guild SET is_owner = false, permissions = 1 << 19 WHERE "
		    "guild_id = 4194304000");
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 200);
	assert_int_equal(status_of("PATCH", GUILD_PATH, "{\"timezone\":\"UTC\"}"), 403);
	fixture_sql("UPDATE app.account_guild SET permissions = 32 WHERE guild_id = 4194304000");
	assert_int_equal(status_of("PATCH", GUILD_PATH, "{\"timezone\":\"UTC\"}"), 200);
	fixture_sql("UPDATE app.account_guild SET is_owner = true, permissions = 0 WHERE guild_id "
		    "= 4194304000");
}

/* The last: a session, a figure and the landing page while PostgreSQL is away, and when it is back.
 */
static void test_database_away(void **state)
{
	char why[128];
	(void)state;
	forget_everybody();
	fixture_log_in(ALICE);
	PQfinish(fx.conn);
	test_pg_kill(&fx.pg);
	/* its processes notice one after the other, and the last of them may still have answered */
	test_run_until(&fx.loop, !db_is_ready(fx.api->db, why));
	struct page page = get(GUILD_PATH "/overview");
	assert_int_equal(page.status, 503);
	assert_string_equal(text(&page, "type"), "/problems/database");
	page_free(&page);
	assert_int_equal(status_of("GET", "/api/v1/instance", NULL), 200);
	test_pg_restart(&fx.pg);
	fx.conn = test_pg_connect(&fx.pg);
	test_run_until(&fx.loop, db_is_ready(fx.api->db, why));
	assert_int_equal(status_of("GET", GUILD_PATH "/overview", NULL), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_other_guilds_do_not_exist),
		cmocka_unit_test(test_removed_bot_hides_the_guild),
		cmocka_unit_test(test_sessions_end),
		cmocka_unit_test(test_changes_need_the_token),
		cmocka_unit_test(test_looking_is_not_changing),
		cmocka_unit_test(test_database_away),
	};
	return cmocka_run_group_tests(tests, open_fixture, fixture_end);
}
