/* desk: what a guild decides about requests for help: settings, rules, their order. */
#include "tests/unit/services/api/fixture.h"
#include <hiredis/hiredis.h>

#define DESK  GUILD_PATH "/desk"
#define RULES GUILD_PATH "/rules"

static void reset(void)
{
	fixture_sql("DELETE FROM app.desk_settings; DELETE FROM app.request_rule; "
		    "INSERT INTO analytics.role (guild_id, role_id, name) "
		    "VALUES (4194304000, 71, 'Curator'), (4194304000, 72, 'Lead') ON CONFLICT DO "
		    "NOTHING");
}

static void test_defaults_are_those_of_the_table(void **state)
{
	(void)state;
	reset();
	struct page before = get(DESK);
	assert_int_equal(before.status, 200);
	assert_true(json_is_false(at(before.json, "is_enabled")));
	assert_int_equal(number(&before, "merge_window_s"), 120);
	fixture_sql("INSERT INTO app.desk_settings (guild_id) VALUES (4194304000)");
	struct page after = get(DESK);
	assert_string_equal(before.body, after.body);
	page_free(&before);
	page_free(&after);
}

static void test_a_change_names_what_it_changes(void **state)
{
	(void)state;
	reset();
	assert_int_equal(status_of("PUT", DESK,
				   "{\"staff_roles\": [\"71\"], \"good_s\": 30, "
				   "\"counts_reactions\": false}"),
			 200);
	assert_int_equal(status_of("PUT", DESK, "{\"poor_s\": 31, \"ignored_users\": [\"5\"]}"),
			 200);
	struct page page = get(DESK);
	assert_string_equal(text(&page, "staff_roles.0"), "71");
	assert_string_equal(text(&page, "ignored_users.0"), "5");
	assert_int_equal(number(&page, "good_s"), 30);
	assert_int_equal(number(&page, "poor_s"), 31);
	assert_true(json_is_false(at(page.json, "counts_reactions")));
	assert_true(json_is_true(at(page.json, "counts_replies")));
	page_free(&page);
}

static void test_every_mistake_is_named(void **state)
{
	(void)state;
	reset();
	struct page page = ask("PUT", DESK,
			       "{\"staff_roles\": [\"71\", \"99\"], \"good_s\": 300, "
			       "\"allowed_channels\": [\"404404\"]}");
	assert_int_equal(page.status, 400);
	assert_int_equal(json_array_size(at(page.json, "errors")), 3);
	assert_string_equal(text(&page, "errors.0"), "role 99 is not of this server. Take it out.");
	assert_string_equal(text(&page, "detail"), text(&page, "errors.0"));
	page_free(&page);
	page = ask("PUT", DESK, "{\"merge_window_s\": -1, \"good_s\": \"x\", \"what\": 1}");
	assert_int_equal(page.status, 400);
	assert_int_equal(json_array_size(at(page.json, "errors")), 3);
	page_free(&page);
	assert_int_equal(test_pg_number(&fx.pg, "SELECT count(*) FROM app.desk_settings"), 0);
}

static void test_turned_on_it_has_rules_once(void **state)
{
	(void)state;
	reset();
	assert_int_equal(status_of("PUT", DESK, "{\"is_enabled\": false}"), 200);
	struct page page = get(RULES);
	assert_int_equal(json_array_size(at(page.json, "rules")), 0);
	page_free(&page);
	fixture_sql("UPDATE app.guild_settings SET language = 'ru'");
	assert_int_equal(status_of("PUT", DESK, "{\"is_enabled\": true}"), 200);
	assert_int_equal(status_of("PUT", DESK, "{\"is_enabled\": true}"), 200);
	page = get(RULES);
	assert_int_equal(json_array_size(at(page.json, "rules")), 3);
	assert_string_equal(text(&page, "rules.0.kind"), "mention");
	assert_string_equal(text(&page, "rules.0.name"), "Упоминание кураторов");
	assert_string_equal(text(&page, "rules.1.stems.2"), "помощь");
	assert_true(json_is_true(at(page.json, "rules.1.is_enabled")));
	assert_string_equal(text(&page, "rules.2.kind"), "forum");
	assert_true(json_is_false(at(page.json, "rules.2.is_enabled")));
	page_free(&page);
}

static void test_bad_rules(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"name\": \"x\", \"kind\": \"what\"}",
		"{\"name\": \"x\", \"kind\": \"keyword\"}",
		"{\"name\": \"x\", \"kind\": \"keyword\", \"words\": [\"?\"]}",
		"{\"name\": \"x\", \"kind\": \"keyword\", \"words\": [5]}",
		"{\"name\": \"x\", \"kind\": \"keyword\", \"words\": [\"a\\nb\"]}",
		"{\"name\": \"x\", \"kind\": \"keyword\", \"stems\": [\"two words\"]}",
		"{\"name\": \"x\", \"kind\": \"keyword\", \"patterns\": [\"(\"]}",
		"{\"name\": \"x\", \"kind\": \"mention\", \"priority\": 5}",
		"{\"name\": \"x\", \"kind\": \"mention\", \"roles\": [\"no\"]}",
		"{\"name\": \"\", \"kind\": \"mention\"}",
	};
	(void)state;
	reset();
	for (size_t i = 0; i < RA_COUNT(bad); i++)
		if (status_of("POST", RULES, bad[i]) != 400)
			give_up("%s is no mistake", bad[i]);
	struct page page =
		ask("POST", RULES,
		    "{\"name\": \"x\", \"kind\": \"keyword\", \"words\": [\"ok\", \"--\"], "
		    "\"patterns\": [\"a\", \"(b\"]}");
	assert_int_equal(json_array_size(at(page.json, "errors")), 2);
	page_free(&page);
	assert_int_equal(test_pg_number(&fx.pg, "SELECT count(*) FROM app.request_rule"), 0);
}

static char *make_rule(const char *name)
{
	char *body = ra_format("{\"name\": \"%s\", \"kind\": \"keyword\", \"words\": [\"sos\"], "
			       "\"patterns\": [\"\\\\d+\"], \"priority\": 3}",
			       name);
	struct page page = ask("POST", RULES, body);
	assert_int_equal(page.status, 201);
	char *id = ra_strdup(text(&page, "id"));
	page_free(&page);
	ra_free(body);
	return id;
}

static void test_rules_are_made_changed_ordered_and_deleted(void **state)
{
	(void)state;
	reset();
	char *first = make_rule("one"), *second = make_rule("two");
	char *path = ra_format(RULES "/%s", first), *other = ra_format(RULES "/%s", second);
	char *order = ra_format("{\"ids\": [\"%s\", \"%s\"]}", second, first);
	assert_int_equal(status_of("PUT", RULES "/order", order), 204);
	struct page page = get(RULES);
	assert_string_equal(text(&page, "rules.0.name"), "two");
	assert_string_equal(text(&page, "rules.1.patterns.0"), "\\d+");
	assert_int_equal(number(&page, "rules.1.priority"), 3);
	page_free(&page);
	assert_int_equal(status_of("PUT", path, "{\"name\": \"uno\", \"kind\": \"mention\"}"), 204);
	assert_int_equal(status_of("DELETE", other, NULL), 204);
	assert_int_equal(status_of("DELETE", other, NULL), 404);
	assert_int_equal(status_of("PUT", RULES "/order", order), 409);
	page = get(RULES);
	assert_int_equal(json_array_size(at(page.json, "rules")), 1);
	assert_string_equal(text(&page, "rules.0.name"), "uno");
	page_free(&page);
	assert_int_equal(test_pg_number(&fx.pg, "SELECT count(*) FROM app.audit_log WHERE action "
						"LIKE 'request_rule.%'"),
			 5);
	ra_free(first);
	ra_free(second);
	ra_free(path);
	ra_free(other);
	ra_free(order);
}

static void test_rules_say_what_they_found(void **state)
{
	(void)state;
	reset();
	char *id = make_rule("one");
	char *sql = ra_format(
		"INSERT INTO response.request (guild_id, request_id, channel_id, author_id, "
		"rule_id, kind, state, asked_at, clock_at) SELECT 4194304000, n, 2, 3, %s, "
		"'keyword', CASE WHEN n = 3 THEN 'not_a_request' ELSE 'open' END, "
		"timestamptz '2026-03-30Z' - n * interval '10 days', now() FROM generate_series(1, "
		"4) n",
		id);
	fixture_sql(sql);
	struct page page = get(RULES);
	assert_int_equal(number(&page, "rules.0.requests"), 2);
	assert_int_equal(number(&page, "rules.0.marked"), 0);
	page_free(&page);
	fixture_sql("UPDATE response.request SET state = 'not_a_request' WHERE request_id = 2");
	page = get(RULES);
	assert_int_equal(number(&page, "rules.0.marked"), 1);
	page_free(&page);
	fixture_sql("DELETE FROM response.request");
	ra_free(id);
	ra_free(sql);
}

static void tell_fleet(const char *key, const char *field, const char *value)
{
	redisContext *redis = redisConnectUnix(fx.redis.socket);
	assert_int_equal(redis->err, 0);
	freeReplyObject(redisCommand(redis, "HSET %s %s %s", key, field, value));
	redisFree(redis);
}

static json_t *told_intents(int intents)
{
	char *status = ra_format("{\"state\":\"live\",\"intents\":%d,\"updated_at\":9000000000000}",
				 intents);
	tell_fleet("status:{fleet}", "1.0", status);
	ra_free(status);
	struct page page = get(DESK);
	json_t *sees = json_incref(at(page.json, "sees_texts"));
	page_free(&page);
	return sees;
}

static void test_it_says_when_texts_are_hidden(void **state)
{
	(void)state;
	reset();
	struct page page = get(DESK);
	assert_true(json_is_null(at(page.json, "sees_texts")));
	page_free(&page);
	tell_fleet("fleet:{fleet}", "count", "1");
	assert_true(json_is_true(told_intents(1 << 15 | 1)));
	assert_true(json_is_false(told_intents(1)));
	assert_true(json_is_null(told_intents(0)));
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
		cmocka_unit_test(test_defaults_are_those_of_the_table),
		cmocka_unit_test(test_a_change_names_what_it_changes),
		cmocka_unit_test(test_every_mistake_is_named),
		cmocka_unit_test(test_turned_on_it_has_rules_once),
		cmocka_unit_test(test_bad_rules),
		cmocka_unit_test(test_rules_are_made_changed_ordered_and_deleted),
		cmocka_unit_test(test_rules_say_what_they_found),
		cmocka_unit_test(test_it_says_when_texts_are_hidden),
	};
	return cmocka_run_group_tests_name("desk", tests, set_up, fixture_end);
}
