/* settings: what a guild decides, who changed it, and what a person decides about themselves. */
#include "tests/unit/services/api/fixture.h"

static long long count(const char *sql)
{
	return test_pg_number(&fx.pg, sql);
}

static int change(const char *body)
{
	return status_of("PATCH", GUILD_PATH, body);
}

static void test_a_change_names_what_it_changes(void **state)
{
	(void)state;
	assert_int_equal(
		change("{\"week_start\": 7, \"language\": \"ru\", \"afk_rule\": false, "
		       "\"excluded_channels\": [\"31\", \"32\"], \"viewer_roles\": [\"77\"], "
		       "\"retention_days\": {\"hours\": 365, \"days\": null}, "
		       "\"leave_grace_days\": null}"),
		200);
	struct page page = get(GUILD_PATH "/settings");
	assert_int_equal(page.status, 200);
	assert_int_equal(number(&page, "week_start"), 7);
	assert_string_equal(text(&page, "language"), "ru");
	assert_string_equal(text(&page, "timezone"), "Europe/Berlin");
	assert_string_equal(text(&page, "excluded_channels.1"), "32");
	assert_int_equal(number(&page, "retention_days.hours"), 365);
	assert_int_equal(json_object_size(at(page.json, "retention_days")), 1);
	assert_true(json_is_null(at(page.json, "leave_grace_days")));
	assert_true(json_is_true(at(page.json, "excludes_bots")));
	assert_true(json_is_false(at(page.json, "afk_rule")));
	page_free(&page);
	/* the rest stays as it is */
	assert_int_equal(change("{\"timezone\": \"Asia/Tokyo\", \"excluded_channels\": []}"), 200);
	page = get(GUILD_PATH "/settings");
	assert_string_equal(text(&page, "timezone"), "Asia/Tokyo");
	assert_int_equal(json_array_size(at(page.json, "excluded_channels")), 0);
	assert_int_equal(number(&page, "week_start"), 7);
	page_free(&page);
}

static void test_bad_settings(void **state)
{
	static const char *const bad[] = {
		"{\"week_start\": 0}",
		"{\"week_start\": \"7\"}",
		"{\"language\": \"xx\"}",
		"{\"afk_rule\": 1}",
		"{\"excluded_members\": \"5\"}",
		"{\"excluded_members\": [5]}",
		"{\"excluded_members\": [\"-5\"]}",
		"{\"excluded_members\": [\"99999999999999999999\"]}",
		"{\"retention_days\": {\"hours\": 0}}",
		"{\"retention_days\": {\"hours\": \"7\"}}",
		"{\"retention_days\": {\"everything\": 30}}",
		"{\"retention_days\": 30}",
		"{\"leave_grace_days\": -1}",
		"{\"updated_by\": \"1\"}",
		"{\"guild_id\": \"1\"}",
		("{\"is_active_by_messages\": false, \"is_active_by_voice\": false, "
		 "\"is_active_by_reactions\": false}"),
		"{\"timezone\": \"Nowhere\", \"week_start\": 3}",
	};
	(void)state;
	struct page before = get(GUILD_PATH "/settings");
	long long notes = count("SELECT count(*) FROM app.audit_log");
	for (size_t i = 0; i < RA_COUNT(bad); i++)
		if (change(bad[i]) != 400)
			give_up("%s is no mistake", bad[i]);
	struct page after = get(GUILD_PATH "/settings");
	assert_string_equal(before.body, after.body);
	assert_int_equal(count("SELECT count(*) FROM app.audit_log"), notes);
	page_free(&before);
	page_free(&after);
}

static void test_changes_are_noted(void **state)
{
	(void)state;
	fixture_sql("DELETE FROM app.audit_log");
	assert_int_equal(change("{\"week_start\": 1, \"timezone\": \"UTC\"}"), 200);
	assert_int_equal(change("{\"week_start\": 6, \"timezone\": \"UTC\"}"), 200);
	assert_int_equal(change("{\"week_start\": 6}"), 200); /* changes nothing */
	struct page page = get(GUILD_PATH "/audit?limit=1");
	assert_int_equal(page.status, 200);
	assert_int_equal(number(&page, "total"), 2);
	assert_int_equal(json_array_size(at(page.json, "rows")), 1);
	assert_string_equal(text(&page, "rows.0.action"), "settings.change");
	assert_string_equal(text(&page, "rows.0.actor.id"), "101");
	assert_int_equal(number(&page, "rows.0.before.week_start"), 1);
	assert_int_equal(number(&page, "rows.0.after.week_start"), 6);
	assert_int_equal(json_object_size(at(page.json, "rows.0.after")), 1);
	page_free(&page);
	page = get(GUILD_PATH "/audit?action=token");
	assert_int_equal(number(&page, "total"), 0);
	assert_string_equal(text(&page, "actions.0"), "settings.change");
	page_free(&page);
	page = get(GUILD_PATH "/audit?action=settings&actor=101&offset=1");
	assert_int_equal(number(&page, "total"), 2);
	assert_string_equal(text(&page, "rows.0.before.timezone"), "Asia/Tokyo");
	page_free(&page);
	assert_int_equal(status_of("GET", GUILD_PATH "/audit?action=%25", NULL), 400);
	assert_int_equal(status_of("GET", GUILD_PATH "/audit?limit=1000", NULL), 400);
}

/* The change and its note are one: where the note can not be written, nothing changes. */
static void test_no_change_without_a_note(void **state)
{
	(void)state;
	fixture_sql("ALTER TABLE app.audit_log ADD CONSTRAINT full_up CHECK (false) NOT VALID");
	assert_int_equal(change("{\"week_start\": 2}"), 500);
	assert_int_equal(
		count("SELECT week_start FROM app.guild_settings WHERE guild_id = 4194304000"), 6);
	fixture_sql("ALTER TABLE app.audit_log DROP CONSTRAINT full_up");
}

static void test_leaving(void **state)
{
	(void)state;
	fixture_sql("UPDATE app.guild_settings SET leave_grace_days = 30;"
		    "UPDATE analytics.guild SET removed_at = '2026-03-10Z' WHERE guild_id = "
		    "4194304000");
	struct page page = get(GUILD_PATH "/leaving");
	assert_string_equal(text(&page, "deleted_at"), "2026-04-09T00:00:00.000000+00:00");
	page_free(&page);
	page = get("/api/v1/guilds");
	assert_string_equal(text(&page, "guilds.0.deleted_at"), "2026-04-09T00:00:00.000000+00:00");
	assert_true(json_is_true(at(page.json, "guilds.0.has_data")));
	page_free(&page);
	assert_int_equal(status_of("PUT", GUILD_PATH "/leaving", "{}"), 400);
	assert_int_equal(status_of("PUT", GUILD_PATH "/leaving", "{\"leave_grace_days\": 900}"),
			 400);
	page = ask("PUT", GUILD_PATH "/leaving", "{\"leave_grace_days\": null}");
	assert_int_equal(page.status, 200);
	assert_true(json_is_null(at(page.json, "deleted_at")));
	page_free(&page);
	assert_int_equal(
		count("SELECT count(*) FROM app.guild_settings WHERE leave_grace_days IS NULL"), 1);
	assert_int_equal(
		count("SELECT count(*) FROM app.audit_log WHERE after ? 'leave_grace_days'"), 1);
	fixture_sql("UPDATE analytics.guild SET removed_at = NULL");
}

/* --- a person ------------------------------------------------------------------------ */

static void test_my_data(void **state)
{
	(void)state;
	fixture_sql(
		"INSERT INTO analytics.member (guild_id, user_id, username, nick, joined_at) "
		"VALUES "
		"(4194304000, 101, 'alice', '<b>Al</b>', '2026-01-05Z'), (4194304000, 102, 'bob', "
		"NULL, NULL);"
		"INSERT INTO analytics.member_monthly (guild_id, user_id, month, messages, raw_ms) "
		"VALUES "
		"(4194304000, 101, '2026-02-01', 7, 1000), (4194304000, 102, '2026-02-01', 70, 1);"
		"INSERT INTO analytics.message_hourly (guild_id, hour, channel_id, user_id, "
		"author_kind, "
		"messages) VALUES (4194304000, '2026-02-03Z', 31, 101, 0, 7), "
		"(4194304000, '2026-02-03Z', 31, 102, 0, 70)");
	struct page page = get("/api/v1/me/guilds");
	assert_int_equal(json_array_size(at(page.json, "guilds")), 2);
	assert_string_equal(text(&page, "guilds.0.known_as"), "<b>Al</b>");
	assert_int_equal(number(&page, "guilds.0.messages"), 7);
	page_free(&page);
	page = get(GUILD_PATH "/me");
	assert_string_equal(text(&page, "directory.username"), "alice");
	assert_int_equal(number(&page, "months.0.messages"), 7);
	assert_int_equal(json_array_size(at(page.json, "tables")), 4);
	page_free(&page);
	page = get(GUILD_PATH "/me/export");
	assert_non_null(strstr(page.headers, "attachment; filename=\"my-data-4194304000.json\""));
	assert_int_equal(number(&page, "tables.message_hourly.rows.0.messages"), 7);
	assert_null(strstr(page.body, "bob"));
	assert_null(strstr(page.body, "102"));
	page_free(&page);
}

static void test_my_wishes(void **state)
{
	(void)state;
	assert_int_equal(status_of("PUT", GUILD_PATH "/me/opt-out", NULL), 204);
	assert_int_equal(status_of("PUT", GUILD_PATH "/me/opt-out", NULL), 204);
	assert_int_equal(count("SELECT count(*) FROM app.opt_out WHERE user_id = 101"), 1);
	assert_int_equal(status_of("DELETE", GUILD_PATH "/me/opt-out", NULL), 204);
	assert_int_equal(count("SELECT count(*) FROM app.opt_out"), 0);
	assert_int_equal(status_of("POST", GUILD_PATH "/me/erasure", "{\"user_id\": \"102\"}"),
			 400);
	assert_int_equal(status_of("POST", GUILD_PATH "/me/erasure", "{\"opt_out\": true}"), 204);
	assert_int_equal(count("SELECT count(*) FROM app.opt_out JOIN app.erasure USING (user_id, "
			       "guild_id)"),
			 1);
	struct page page = get("/api/v1/me/guilds");
	assert_true(json_is_string(at(page.json, "guilds.0.erasure_at")));
	assert_true(json_is_string(at(page.json, "guilds.0.opted_out_at")));
	page_free(&page);
	/* a guild one never was in */
	assert_int_equal(status_of("PUT", "/api/v1/guilds/777/me/opt-out", NULL), 404);
	assert_int_equal(status_of("POST", "/api/v1/guilds/777/me/erasure", "{}"), 404);
	assert_int_equal(count("SELECT count(*) FROM app.erasure"), 1);
	/* none of it is for the managers' log */
	assert_int_equal(
		count("SELECT count(*) FROM app.audit_log WHERE action NOT LIKE 'settings.%'"), 0);
}

/* The last: the login itself. */
static void test_my_account_ends(void **state)
{
	(void)state;
	assert_int_equal(status_of("DELETE", "/api/v1/me", NULL), 204);
	assert_int_equal(count("SELECT count(*) FROM app.account WHERE user_id = 101"), 0);
	assert_int_equal(count("SELECT count(*) FROM app.session"), 0);
	assert_int_equal(status_of("GET", "/api/v1/me", NULL), 401);
}

static int open_fixture(void **state)
{
	(void)state;
	fixture_open();
	fixture_guild("Europe/Berlin");
	fixture_log_in(ALICE);
	fx.discord.status = 500; /* never asked: her list is fresh */
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_change_names_what_it_changes),
		cmocka_unit_test(test_bad_settings),
		cmocka_unit_test(test_changes_are_noted),
		cmocka_unit_test(test_no_change_without_a_note),
		cmocka_unit_test(test_leaving),
		cmocka_unit_test(test_my_data),
		cmocka_unit_test(test_my_wishes),
		cmocka_unit_test(test_my_account_ends),
	};
	return cmocka_run_group_tests(tests, open_fixture, fixture_end);
}
