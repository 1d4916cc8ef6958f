/* task_reports: what members report, by week and by person; settings; and the steps of a report in
 * the schema. */
#include "tests/unit/services/api/fixture.h"

#define TASKS    GUILD_PATH "/task-reports"
#define SETTINGS GUILD_PATH "/task-settings"

static void steps(const char *rows)
{
	char *sql = ra_format(
		"SELECT response.task_step(step, 4194304000, report, person, 50, number, 900, "
		"NULL, "
		"at::timestamptz, now()) FROM (VALUES %s) s (step, report, person, number, at)",
		rows);
	fixture_sql(sql);
	ra_free(sql);
}

static void reset(void)
{
	fixture_sql("DELETE FROM response.task_report; DELETE FROM response.activity; "
		    "DELETE FROM response.activity_hourly; DELETE FROM app.task_settings");
}

static char *state_of(const char *column)
{
	char *sql = ra_format("SELECT coalesce(%s::text, '-') FROM response.task_report", column);
	PGresult *result = PQexec(fx.conn, sql);
	char *state = ra_strdup(PQntuples(result) ? PQgetvalue(result, 0, 0) : "none");
	PQclear(result);
	ra_free(sql);
	return state;
}

#define assert_column(column, expected)                                                            \
	do {                                                                                       \
		char *is_ = state_of(column);                                                      \
		assert_string_equal(is_, expected);                                                \
		ra_free(is_);                                                                      \
	} while (0)

static void test_reported_claimed_verified(void **state)
{
	(void)state;
	reset();
	steps("('reported', 100, 7, 5, '2026-03-02 10:00Z')");
	assert_column("state", "pending");
	steps("('verified', 100, 8, 4, '2026-03-02 10:01Z')"); /* not claimed: nothing */
	assert_column("state", "pending");
	steps("('claimed', 100, 7, 0, '2026-03-02 10:02Z')"); /* its own author */
	assert_column("state", "pending");
	steps("('claimed', 100, 8, 0, '2026-03-02 10:03Z')");
	steps("('claimed', 100, 9, 0, '2026-03-02 10:03Z')"); /* the second comes too late */
	assert_column("curator_id", "8");
	steps("('verified', 100, 9, 1, '2026-03-02 10:04Z')");
	assert_column("state", "reviewing");
	steps("('verified', 100, 8, 4, '2026-03-02 10:05Z')");
	steps("('verified', 100, 8, 2, '2026-03-02 10:06Z')");
	assert_column("state", "verified");
	assert_column("approved", "4");
	assert_int_equal(test_pg_number(&fx.pg,
					"SELECT count(*) FROM response.activity WHERE user_id = 8 "
					"AND kind = 'task_verification' AND message_id = 100"),
			 1);
	assert_int_equal(test_pg_number(&fx.pg, "SELECT sum(tasks) FROM response.activity_hourly"),
			 1);
}

static void test_told_twice_it_happens_once(void **state)
{
	(void)state;
	reset();
	for (int i = 0; i < 2; i++)
		steps("('reported', 100, 7, 5, '2026-03-02 10:00Z'), ('claimed', 100, 8, 0, "
		      "'2026-03-02 10:03Z'), "
		      "('verified', 100, 8, 2147483647, '2026-03-02 10:05Z')");
	assert_column("approved", "5");
	assert_int_equal(test_pg_number(&fx.pg, "SELECT sum(tasks) FROM response.activity_hourly"),
			 1);
}

static void test_edits_and_deletions_of_pending_ones(void **state)
{
	(void)state;
	reset();
	steps("('reported', 100, 7, 5, '2026-03-02 10:00Z'), ('corrected', 100, 0, 8, '2026-03-02 "
	      "10:01Z')");
	assert_column("tasks", "8");
	steps("('claimed', 100, 8, 0, '2026-03-02 10:03Z'), ('corrected', 100, 0, 50, '2026-03-02 "
	      "10:04Z'), "
	      "('withdrawn', 100, 0, 0, '2026-03-02 10:05Z')");
	assert_column("tasks", "8");
	reset();
	steps("('reported', 100, 7, 5, '2026-03-02 10:00Z'), ('withdrawn', 100, 0, 0, '2026-03-02 "
	      "10:01Z')");
	assert_column("state", "none");
}

static const char *act(const char *what, int number, const char *wanted, unsigned actor)
{
	static char outcome[32];
	char *sql = ra_format(
		"SELECT response.act_on_task(4194304000, 100, %u, '%s', %d, '%s', now(), now())",
		actor, what, number, wanted);
	PGresult *result = PQexec(fx.conn, sql);
	snprintf(outcome, sizeof(outcome), "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	ra_free(sql);
	return outcome;
}

static void test_by_hand(void **state)
{
	(void)state;
	reset();
	assert_string_equal(act("task_claim", 0, "", 8), "not_found");
	steps("('reported', 100, 7, 5, '2026-03-02 10:00Z')");
	assert_string_equal(act("task_claim", 0, "", 7), "own");
	assert_string_equal(act("task_claim", 0, "", 8), "done");
	assert_string_equal(act("task_claim", 0, "", 9), "taken");
	assert_string_equal(act("task_verify", 3, "", 9), "taken");
	assert_string_equal(act("task_state", 0, "pending", 9), "done");
	assert_column("curator_id", "-");
	assert_string_equal(act("task_verify", 3, "", 9), "done");
	assert_column("approved", "3");
	assert_column("curator_id", "9");
	/* not of the staff: no work */
	assert_int_equal(test_pg_number(&fx.pg, "SELECT count(*) FROM response.activity"), 0);
	assert_string_equal(act("task_verify", 1, "", 9), "closed");
	assert_string_equal(act("task_state", 0, "pending", 9), "closed");
	assert_string_equal(act("task_state", 0, "archived", 9), "done");
	assert_column("state", "archived");
	assert_string_equal(act("task_state", 0, "verified", 9), "done");
	assert_column("state", "verified");
	reset();
	steps("('reported', 100, 7, 5, '2026-03-02 10:00Z')");
	fixture_sql("INSERT INTO response.staff VALUES (4194304000, 8, '2026-01-01Z')");
	assert_string_equal(act("task_verify", -1, "", 8), "done");
	assert_column("approved", "5");
	assert_int_equal(test_pg_number(&fx.pg, "SELECT count(*) FROM response.activity"), 1);
	fixture_sql("DELETE FROM response.staff");
}

static void test_lists_and_sums(void **state)
{
	(void)state;
	reset();
	/* Monday 2026-03-02 in Berlin begins at 23:00Z on Sunday */
	steps("('reported', 100, 7, 5, '2026-03-01 22:59Z'), ('reported', 101, 7, 3, '2026-03-01 "
	      "23:00Z'), "
	      "('reported', 102, 6, 10, '2026-03-03 12:00Z'), ('reported', 103, 6, 1, '2026-03-04 "
	      "12:00Z'), "
	      "('claimed', 101, 8, 0, '2026-03-05Z'), ('verified', 101, 8, 3, '2026-03-05Z'), "
	      "('claimed', 102, 8, 0, '2026-03-05Z'), ('verified', 102, 8, 5, '2026-03-05Z'), "
	      "('claimed', 103, 9, 0, '2026-03-05Z')");
	struct page page = get(TASKS "?period=all&sort=-tasks&limit=2");
	assert_int_equal(page.status, 200);
	assert_int_equal(number(&page, "total"), 4);
	assert_int_equal(json_array_size(at(page.json, "rows")), 2);
	assert_string_equal(text(&page, "rows.0.id"), "102");
	assert_int_equal(number(&page, "rows.0.approved"), 5);
	assert_string_equal(text(&page, "rows.0.curator.id"), "8");
	assert_string_equal(text(&page, "rows.0.url"),
			    "https://discord.com/channels/4194304000/50/102");
	page_free(&page);
	page = get(TASKS "?period=all&state=pending");
	assert_int_equal(number(&page, "total"), 1);
	assert_string_equal(text(&page, "rows.0.id"), "100");
	assert_true(json_is_null(at(page.json, "rows.0.curator")));
	page_free(&page);
	page = get(TASKS "?period=all&curator=8&q=102");
	assert_int_equal(number(&page, "total"), 1);
	page_free(&page);
	assert_int_equal(status_of("GET", TASKS "?state=gone", NULL), 400);
	page = get(TASKS "/summary?period=all");
	assert_int_equal(number(&page, "totals.reports"), 4);
	assert_int_equal(number(&page, "totals.tasks"), 19);
	assert_int_equal(number(&page, "totals.checked"), 13);
	assert_int_equal(number(&page, "totals.approved"), 8);
	assert_true(json_real_value(at(page.json, "totals.rate")) == 8.0 / 13);
	assert_int_equal(json_array_size(at(page.json, "weeks")), 2);
	assert_string_equal(text(&page, "weeks.0.week"), "2026-03-02");
	assert_int_equal(number(&page, "weeks.0.tasks"), 14);
	assert_int_equal(number(&page, "weeks.0.reviewing"), 1);
	assert_true(json_is_null(at(page.json, "weeks.1.rate")));
	assert_string_equal(text(&page, "authors.0.id"), "6");
	assert_int_equal(number(&page, "authors.0.tasks"), 11);
	assert_string_equal(text(&page, "curators.0.id"), "8");
	assert_int_equal(number(&page, "curators.0.approved"), 8);
	page_free(&page);
}

static void test_settings(void **state)
{
	(void)state;
	reset();
	fixture_sql("INSERT INTO analytics.channel (guild_id, channel_id, kind, name) "
		    "VALUES (4194304000, 50, 0, 'reports') ON CONFLICT DO NOTHING");
	struct page before = get(SETTINGS);
	fixture_sql("INSERT INTO app.task_settings (guild_id) VALUES (4194304000)");
	struct page page = get(SETTINGS);
	assert_string_equal(before.body, page.body);
	page_free(&before);
	page_free(&page);
	page = ask("PUT", SETTINGS,
		   "{\"is_enabled\": true, \"channels\": [\"50\"], \"keywords\": [\"отчёт\"]}");
	assert_int_equal(page.status, 200);
	assert_true(json_is_true(at(page.json, "is_enabled")));
	assert_true(json_is_true(at(page.json, "needs_call")));
	assert_string_equal(text(&page, "channels.0"), "50");
	assert_string_equal(text(&page, "keywords.0"), "отчёт");
	page_free(&page);
	assert_int_equal(status_of("PUT", SETTINGS, "{\"channels\": [\"51\"]}"), 400);
	assert_int_equal(status_of("PUT", SETTINGS, "{\"keywords\": [\"--\"]}"), 400);
	assert_int_equal(status_of("PUT", SETTINGS, "{\"keywords\": \"x\"}"), 400);
}

static int set_up(void **state)
{
	(void)state;
	fixture_open();
	fixture_guild("Europe/Berlin");
	fixture_log_in(ALICE);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reported_claimed_verified),
		cmocka_unit_test(test_told_twice_it_happens_once),
		cmocka_unit_test(test_edits_and_deletions_of_pending_ones),
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_lists_and_sums),
		cmocka_unit_test(test_settings),
	};
	return cmocka_run_group_tests_name("task_reports", tests, set_up, fixture_end);
}
