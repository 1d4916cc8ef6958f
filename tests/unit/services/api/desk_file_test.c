/* desk_file: what is set comes out as a file and goes in again; a mistake anywhere changes nothing.
 */
#include "tests/unit/services/api/fixture.h"

#define DESK_FILE GUILD_PATH "/desk/file"

static int open_fixture(void **state)
{
	(void)state;
	fixture_open();
	fixture_guild("UTC");
	fixture_log_in(ALICE);
	fixture_sql("INSERT INTO analytics.channel (guild_id, channel_id, name, kind) VALUES "
		    "(4194304000, 9007199254740993, 'notices', 0), (8388608000, 77, 'far', 0);"
		    "INSERT INTO app.desk_settings (guild_id, is_enabled, staff_roles) VALUES "
		    "(4194304000, true, '{9007199254740993}');"
		    "INSERT INTO app.request_rule (guild_id, name, kind, stems, patterns) VALUES "
		    "(4194304000, 'words', 'keyword', '{помощь}', '{^!help}');"
		    "INSERT INTO app.schedule VALUES (4194304000, '2026-01-01', 'Europe/Moscow', "
		    "'{[540,1080)}');"
		    "INSERT INTO app.holiday VALUES (4194304000, '2026-01-07', 'Рождество', '{}');"
		    "INSERT INTO app.shift (guild_id, user_id, zone, week, valid_from, is_on_call) "
		    "VALUES "
		    "(4194304000, 1001, 'UTC', '{[0,600)}', '2026-01-01', true);"
		    "INSERT INTO app.curator (guild_id, user_id, name, kind) VALUES "
		    "(4194304000, 1001, 'Мия', 'crime');"
		    "INSERT INTO app.curator_excluded (guild_id, user_id, excluded_by) VALUES "
		    "(4194304000, 1002, 101);"
		    "INSERT INTO app.response_target (guild_id, first_response_s) VALUES "
		    "(4194304000, 600);"
		    "INSERT INTO app.task_settings (guild_id, is_enabled, keywords) VALUES "
		    "(4194304000, true, '{задач}');"
		    "INSERT INTO app.notice_settings (guild_id, is_enabled, channel_id) VALUES "
		    "(4194304000, true, 9007199254740993);"
		    "INSERT INTO app.escalation VALUES (4194304000, 1, 300, 'lead', NULL);");
	return 0;
}

static json_t *saved(void)
{
	struct page page = get(DESK_FILE);
	if (page.status != 200)
		fail_msg("%s", page.body);
	json_t *file = json_incref(page.json);
	page_free(&page);
	return file;
}

/* The status; what it said goes to `why`. */
static int send_file(const char *method, const char *path, const json_t *file, char why[512])
{
	char *text = json_dumps(file, JSON_COMPACT);
	struct page page = ask(method, path, text);
	const char *detail = json_string_value(json_object_get(page.json, "detail"));
	snprintf(why, 512, "%s", detail ? detail : page.body);
	free(text);
	int status = page.status;
	page_free(&page);
	return status;
}

static int put(const json_t *file)
{
	char why[512];
	int status = send_file("PUT", DESK_FILE, file, why);
	return status;
}

static void assert_same_sections(const json_t *one, const json_t *other)
{
	if (!json_equal(at(one, "sections"), at(other, "sections")))
		give_up("%s\nis not\n%s", json_dumps(at(one, "sections"), 0),
			json_dumps(at(other, "sections"), 0));
}

static void test_out_and_in_again(void **state)
{
	(void)state;
	json_t *file = saved();
	assert_int_equal(json_object_size(at(file, "sections")), 12);
	assert_string_equal(json_string_value(at(file, "sections.desk.staff_roles.0")),
			    "9007199254740993");
	assert_string_equal(json_string_value(at(file, "sections.curators.0.name")), "Мия");
	assert_true(json_is_null(at(file, "sections.rating")));
	fixture_sql("DELETE FROM app.desk_settings; DELETE FROM app.request_rule; "
		    "DELETE FROM app.schedule; DELETE FROM app.holiday; DELETE FROM app.shift; "
		    "DELETE FROM app.curator; DELETE FROM app.curator_excluded; "
		    "DELETE FROM app.response_target; DELETE FROM app.task_settings; "
		    "DELETE FROM app.notice_settings; DELETE FROM app.escalation");
	assert_int_equal(put(file), 204);
	json_t *again = saved();
	assert_same_sections(file, again);
	assert_int_equal(put(file), 204); /* and once more: nothing is twice */
	json_decref(again);
	again = saved();
	assert_same_sections(file, again);
	json_decref(again);
	json_decref(file);
}

static void test_a_part(void **state)
{
	(void)state;
	json_t *before = saved();
	json_t *file = json_pack("{s:s, s:i, s:{s:[]}}", "kind", "rations-desk", "version", 1,
				 "sections", "holidays");
	assert_int_equal(status_of("POST", DESK_FILE "/check",
				   "{\"kind\":\"rations-desk\",\"version\":1,\"sections\":"
				   "{\"holidays\":[]}}"),
			 204);
	json_t *after = saved();
	assert_same_sections(before, after); /* it was a trial */
	json_decref(after);
	assert_int_equal(put(file), 204);
	after = saved();
	assert_int_equal(json_array_size(at(after, "sections.holidays")), 0);
	assert_int_equal(json_array_size(at(after, "sections.rules")), 1);
	json_decref(after);
	assert_int_equal(put(before), 204);
	json_decref(before);
	json_decref(file);
}

/* The whole file with one thing in it changed. */
static void refused(const char *section, const char *part, const char *value, const char *expected)
{
	json_t *before = saved(), *file = json_deep_copy(before);
	json_t *target = at(file, section);
	char why[512];
	json_object_set_new(target, part, json_loads(value, JSON_DECODE_ANY, NULL));
	for (int trial = 0; trial < 2; trial++) {
		int status = send_file(trial ? "POST" : "PUT",
				       trial ? DESK_FILE "/check" : DESK_FILE, file, why);
		if (status != 400 || !strstr(why, expected))
			give_up("%s.%s: %d %s, not %s", section, part, status, why, expected);
	}
	json_t *after = saved();
	assert_same_sections(before, after);
	json_decref(after);
	json_decref(file);
	json_decref(before);
}

static void test_refused(void **state)
{
	(void)state;
	refused("sections.desk", "good_s", "0", "good_s");
	refused("sections.desk", "good_s", "\"x\"", "x");
	refused("sections.desk", "surprise", "1", "surprise");
	refused("sections.rules.0", "patterns", "[\"(\"]", "");
	refused("sections.rules.0", "kind", "\"wish\"", "kind");
	refused("sections.schedules.0", "zone", "\"Mars/Olympus\"", "time zone");
	refused("sections.schedules.0", "week", "\"{[0,99999)}\"", "schedule");
	refused("sections.shifts.0", "user_id", "null", "user_id");
	refused("sections.tasks", "keywords", "[\"\"]", "");
	refused("sections.notices", "channel_id", "\"77\"", "channel");
	refused("sections.notices", "channel_guild_id", "\"8388608000\"", "manage");
	refused("sections.escalation.0", "kind", "\"webhook\"", "escalation");
	refused("sections", "secrets", "[]", "secrets");
	refused("sections", "rating", "{\"levels\":[1]}", "");
}

static void test_file_of_something_else(void **state)
{
	(void)state;
	assert_int_equal(status_of("PUT", DESK_FILE, "{}"), 400);
	assert_int_equal(status_of("PUT", DESK_FILE, "[]"), 400);
	assert_int_equal(status_of("PUT", DESK_FILE,
				   "{\"kind\":\"rations-desk\",\"version\":2,\"sections\":"
				   "{\"rules\":[]}}"),
			 400);
	assert_int_equal(status_of("PUT", DESK_FILE,
				   "{\"kind\":\"rations-desk\",\"version\":1,\"sections\":{}}"),
			 400);
	assert_int_equal(status_of("PUT", DESK_FILE,
				   "{\"kind\":\"rations-desk\",\"version\":1,\"sections\":"
				   "{\"rules\":[7]}}"),
			 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out_and_in_again),
		cmocka_unit_test(test_a_part),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_file_of_something_else),
	};
	return cmocka_run_group_tests(tests, open_fixture, fixture_end);
}
