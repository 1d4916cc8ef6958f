/* alerts: a rule fires once an episode, the webhook hears of it, and nobody else does; who is left
 * out counts nowhere. */
#include "services/api/alerts.h"
#include "services/api/courier.h"
#include "tests/unit/services/api/fixture.h"

#define PATH "/api/v1/guilds/4194304000"

/* Somebody's receiver. */
static struct {
	struct ra_http_server *server;
	int status, calls;
	char body[4096], signature[128], event[64];
} receiver;

static void on_hook(struct ra_http_request *req, void *ctx)
{
	struct ra_str body = ra_http_body(req), event = ra_http_header(req, "x-rations-event");
	struct ra_str signature = ra_http_header(req, "x-rations-signature");
	(void)ctx;
	receiver.calls++;
	snprintf(receiver.body, sizeof(receiver.body), "%.*s", (int)body.len, body.ptr);
	snprintf(receiver.event, sizeof(receiver.event), "%.*s", (int)event.len, event.ptr);
	snprintf(receiver.signature, sizeof(receiver.signature), "%.*s", (int)signature.len,
		 signature.ptr);
	ra_http_reply(req, receiver.status, "text/plain", RA_STR("thanks"));
}

static int open_fixture(void **state)
{
	struct ra_err err = { 0 };
	struct ra_http_options options = { .host = "127.0.0.1" };
	(void)state;
	fixture_alert_tick_ms = 20;
	fixture_webhook_private = true;
	fixture_open();
	fixture_guild("Europe/Berlin");
	fixture_log_in(ALICE);
	fixture_sql("SELECT analytics.ensure_months('2025-12-01Z', '2026-12-31Z')");
	receiver.server = ra_http_server_start(&fx.loop, &options, NULL, &err);
	ra_http_route(receiver.server, NULL, "/*", on_hook, NULL);
	receiver.status = 200;
	return 0;
}

static void on_receiver_closed(void *ctx)
{
	*(bool *)ctx = true;
}

static int close_fixture(void **state)
{
	bool is_closed = false;
	(void)state;
	ra_http_server_stop(receiver.server, 0, on_receiver_closed, &is_closed);
	test_run_until(&fx.loop, is_closed);
	fixture_close();
	return 0;
}

static char *query(const char *sql)
{
	static char value[512];
	PGresult *rows = PQexec(fx.conn, sql);
	snprintf(value, sizeof(value), "%s",
		 PQresultStatus(rows) == PGRES_TUPLES_OK && PQntuples(rows) > 0
			 ? PQgetvalue(rows, 0, 0)
			 : PQerrorMessage(fx.conn));
	PQclear(rows);
	return value;
}

static bool is(const char *sql, const char *expected)
{
	return strcmp(query(sql), expected) == 0;
}

/* Rules, hooks and hours of earlier tests are gone; nobody waits. */
static void begin_anew(const char *now)
{
	set_now(now);
	fixture_sql("DELETE FROM app.alert_rule; DELETE FROM app.webhook; "
		    "DELETE FROM analytics.guild_hourly; "
		    "DELETE FROM app.session");
	fixture_log_in(ALICE);
	receiver.calls = 0;
	receiver.status = 200;
	receiver.body[0] = '\0';
}

static char made_id[32], made_secret[64];

static void make(const char *path, const char *body)
{
	struct page page = ask("POST", path, body);
	if (page.status != 201)
		give_up("%d %s", page.status, page.body);
	snprintf(made_id, sizeof(made_id), "%s", text(&page, "id"));
	json_t *secret = json_object_get(page.json, "secret");
	if (secret)
		snprintf(made_secret, sizeof(made_secret), "%s", json_string_value(secret));
	page_free(&page);
}

static void make_hook(void)
{
	char *body = ra_format("{\"name\":\"Ops\",\"url\":\"http://127.0.0.1:%u/hook?key=hidden\"}",
			       ra_http_server_port(receiver.server));
	make(PATH "/webhooks", body);
	ra_free(body);
}

/* Time goes on, and all rules are looked at. */
static void pass(int64_t ms)
{
	fixture_now_ms += ms;
	char *sql = ra_format("SELECT count(*) FROM app.alert_rule WHERE is_on AND checked_at IS "
			      "DISTINCT FROM ms_to_ts(%lld)",
			      (long long)fixture_now_ms);
	test_run_until(&fx.loop, is(sql, "0"));
	ra_free(sql);
}

#define MINUTES 60000LL
#define HOURS   (60 * MINUTES)

static void test_fires_once_an_episode(void **state)
{
	(void)state;
	begin_anew("2026-03-30T10:20:00Z");
	make_hook();
	make(PATH "/alerts", "{\"name\":\"Raid?\",\"figure\":\"joins\",\"condition\":\"above\","
			     "\"window_hours\":1,\"threshold\":50}");
	pass(0);
	assert_true(is("SELECT verdict || ' ' || value FROM app.alert_rule", "fine 0"));
	fixture_sql("INSERT INTO analytics.guild_hourly (guild_id, hour, joins) VALUES "
		    "(4194304000, '2026-03-30 10:00Z', 60)");
	pass(2 * MINUTES); /* the running hour counts */
	test_run_until(&fx.loop, receiver.calls == 1);
	assert_string_equal(receiver.event, "alert.fired");
	fixture_sql("UPDATE analytics.guild_hourly SET joins = 90");
	pass(2 * MINUTES);
	pass(2 * MINUTES);
	fixture_sql("UPDATE analytics.guild_hourly SET joins = 46");
	pass(2 * MINUTES); /* not well back inside */
	assert_true(is("SELECT count(*) FROM app.webhook_delivery", "1"));
	assert_true(is("SELECT value || ' ' || extreme || ' ' || (cleared_at IS NULL) FROM "
		       "app.alert_episode",
		       "60 90 true"));
	fixture_sql("UPDATE analytics.guild_hourly SET joins = 40");
	pass(2 * MINUTES);
	test_run_until(&fx.loop, receiver.calls == 2);
	assert_string_equal(receiver.event, "alert.cleared");
	fixture_sql("UPDATE analytics.guild_hourly SET joins = 51");
	pass(2 * MINUTES);
	test_run_until(&fx.loop, receiver.calls == 3);
	struct page page = get(PATH "/alert-episodes");
	assert_int_equal(number(&page, "total"), 2);
	assert_string_equal(text(&page, "rows.1.name"), "Raid?");
	assert_true(json_is_null(at(page.json, "rows.0.cleared_at")));
	assert_false(json_is_null(at(page.json, "rows.1.cleared_at")));
	page_free(&page);
	page = get(PATH "/alert-episodes?format=csv");
	assert_int_equal(page.status, 200);
	page_free(&page);
}

/* A receiver checks it like this. */
static void test_signature(void **state)
{
	char expected[COURIER_SIGNATURE_LEN];
	(void)state;
	begin_anew("2026-03-30T10:20:00Z");
	make_hook();
	char *path = ra_format(PATH "/webhooks/%s/test", made_id);
	assert_int_equal(status_of("POST", path, NULL), 202);
	ra_free(path);
	test_run_until(&fx.loop, receiver.calls == 1);
	assert_string_equal(receiver.event, "test");
	courier_sign(ra_str_of(made_secret), fixture_now_ms / 1000, ra_str_of(receiver.body),
		     expected);
	assert_string_equal(receiver.signature, expected);
	/* an independent one: HMAC-SHA256("key", "0.The quick brown fox") */
	courier_sign(RA_STR("key"), 0, RA_STR("The quick brown fox"), expected);
	assert_memory_equal(expected, "t=0,v1=", 7);
	assert_int_equal(strlen(expected), 7 + 64);
	assert_true(is("SELECT count(*) FROM app.webhook w WHERE w::text LIKE '%hidden%'", "0"));
	struct page page = get(PATH "/webhooks");
	assert_null(strstr(page.body, "hidden"));
	assert_null(strstr(page.body, made_secret));
	assert_string_equal(text(&page, "webhooks.0.host"), "127.0.0.1");
	page_free(&page);
}

static void test_unusual(void **state)
{
	(void)state;
	begin_anew("2026-03-30T10:30:00Z");
	/* Mondays 9 to 10 UTC in summer time are 10 to 11 before it: the guild's clock counts */
	fixture_sql("INSERT INTO analytics.guild_hourly (guild_id, hour, messages) "
		    "SELECT 4194304000, '2026-03-30 09:00'::timestamp AT TIME ZONE 'UTC' "
		    " - make_interval(weeks => k) + interval '1 hour', 100 + k "
		    "FROM generate_series(1, 8) k");
	make(PATH "/alerts", "{\"name\":\"Odd\",\"figure\":\"messages\",\"condition\":\"unusual\","
			     "\"sensitivity\":4,\"direction\":\"both\"}");
	pass(0);
	assert_true(is("SELECT verdict || ' ' || value || ' ' || expected || ' ' || weeks FROM "
		       "app.alert_rule",
		       "firing 0 102.5 12"));
}

static void test_unknown_is_no_alarm(void **state)
{
	(void)state;
	begin_anew("2026-03-30T10:30:00Z");
	fixture_sql("INSERT INTO analytics.guild_gap VALUES "
		    "(4194304000, '2026-03-30 09:10Z', '2026-03-30 09:20Z', 'guild_unavailable')");
	make(PATH "/alerts",
	     "{\"name\":\"Silence\",\"figure\":\"messages\",\"condition\":\"below\","
	     "\"window_hours\":1,\"threshold\":5}");
	pass(0);
	assert_true(is("SELECT verdict FROM app.alert_rule", "unknown"));
	fixture_sql("DELETE FROM analytics.guild_gap");
	pass(HOURS);
	assert_true(is("SELECT verdict FROM app.alert_rule", "firing"));
	assert_true(is("SELECT count(*) FROM app.alert_episode", "1"));
}

static void test_receiver_fails(void **state)
{
	(void)state;
	begin_anew("2026-03-30T10:20:00Z");
	make_hook();
	receiver.status = 500;
	char *path = ra_format(PATH "/webhooks/%s/test", made_id);
	char *deliveries = ra_format(PATH "/webhooks/%s/deliveries", made_id);
	assert_int_equal(status_of("POST", path, NULL), 202);
	test_run_until(&fx.loop, is("SELECT trouble FROM app.webhook_delivery", "answered 500"));
	fixture_now_ms += 9000;
	assert_int_equal(receiver.calls, 1);
	fixture_now_ms += 1000; /* 10 s later, then 30 s */
	char *again = ra_format("SELECT count(*) FROM app.webhook_delivery WHERE attempts = 2 AND "
				"due_at = ms_to_ts(%lld)",
				(long long)fixture_now_ms + 30000);
	test_run_until(&fx.loop, is(again, "1"));
	ra_free(again);
	receiver.status = 302; /* redirects are not followed */
	fixture_now_ms += 30000;
	test_run_until(&fx.loop, is("SELECT trouble FROM app.webhook_delivery", "answered 302"));
	receiver.status = 204;
	fixture_now_ms += 120000;
	test_run_until(&fx.loop,
		       is("SELECT count(*) FROM app.webhook_delivery WHERE delivered_at IS NOT "
			  "NULL AND due_at IS NULL AND trouble IS NULL",
			  "1"));
	assert_true(is("SELECT failing_since IS NULL FROM app.webhook", "t"));
	struct page page = get(deliveries);
	assert_int_equal(number(&page, "total"), 1);
	assert_int_equal(number(&page, "rows.0.attempts"), 4);
	assert_int_equal(number(&page, "rows.0.http_status"), 204);
	page_free(&page);
	/* three days without a success, and it is switched off */
	receiver.status = 500;
	fixture_sql("UPDATE app.webhook SET failing_since = '2026-03-27 10:00Z'");
	assert_int_equal(status_of("POST", path, NULL), 202);
	test_run_until(&fx.loop, is("SELECT disabled_at IS NOT NULL FROM app.webhook", "t"));
	assert_int_equal(status_of("POST", path, NULL), 409);
	char *hook = ra_format(PATH "/webhooks/%s", made_id);
	assert_int_equal(status_of("PATCH", hook, "{\"is_on\":true}"), 204);
	receiver.status = 200;
	assert_int_equal(status_of("POST", path, NULL), 202);
	test_run_until(&fx.loop, is("SELECT count(*) FROM app.webhook_delivery WHERE delivered_at "
				    "IS NOT NULL",
				    "2"));
	assert_int_equal(status_of("DELETE", hook, NULL), 204);
	assert_int_equal(status_of("GET", deliveries, NULL), 404);
	ra_free(hook);
	ra_free(path);
	ra_free(deliveries);
}

static void test_strangers_addresses(void **state)
{
	static const char *const refused[] = {
		"https://127.0.0.1/x",      "https://10.0.0.1/x",  "https://169.254.169.254/latest",
		"https://[::1]/x",          "https://[fd00::1]/x", "http://example.org/x",
		"ftp://example.org/x",      "file:///etc/passwd",  "https://me:pw@example.org/x",
		"https://2130706433/x",     "javascript:alert(1)", "https://",
		"gopher://127.0.0.1:6379/", "not a url",
	};
	(void)state;
	begin_anew("2026-03-30T10:20:00Z");
	fx.conf.webhook_private = false;
	for (size_t i = 0; i < RA_COUNT(refused); i++) {
		char *body = ra_format("{\"name\":\"x\",\"url\":\"%s\"}", refused[i]);
		if (status_of("POST", PATH "/webhooks", body) != 400)
			give_up("%s is taken", refused[i]);
		ra_free(body);
	}
	/* a name may turn into anything later: nobody is connected to */
	char *body = ra_format("{\"name\":\"x\",\"url\":\"https://localhost:%u/x\"}",
			       ra_http_server_port(receiver.server));
	make(PATH "/webhooks", body);
	ra_free(body);
	char *path = ra_format(PATH "/webhooks/%s/test", made_id);
	assert_int_equal(status_of("POST", path, NULL), 202);
	test_run_until(&fx.loop,
		       is("SELECT trouble FROM app.webhook_delivery", "not a public address"));
	assert_int_equal(receiver.calls, 0);
	ra_free(path);
	fx.conf.webhook_private = true;
}

static void test_bad_rules(void **state)
{
	static const char *const bodies[] = {
		"{}",
		"{\"name\":\"x\",\"figure\":\"secrets\",\"condition\":\"above\",\"threshold\":1}",
		"{\"name\":\"x\",\"figure\":\"joins\",\"condition\":\"near\",\"threshold\":1}",
		"{\"name\":\"x\",\"figure\":\"joins\",\"condition\":\"above\"}",
		"{\"name\":\"x\",\"figure\":\"joins\",\"condition\":\"above\",\"threshold\":\"1\"}",
		"{\"name\":\"x\",\"figure\":\"joins\",\"condition\":\"above\",\"threshold\":1e99}",
		"{\"name\":\"x\",\"figure\":\"joins\",\"condition\":\"above\",\"threshold\":1,"
		"\"window_hours\":5}",
		"{\"name\":\"x\",\"figure\":\"joins\",\"condition\":\"unusual\",\"sensitivity\":1,"
		"\"direction\":\"up\"}",
		"{\"name\":\"x\",\"figure\":\"joins\",\"condition\":\"unusual\",\"sensitivity\":4,"
		"\"direction\":\"up\",\"window_hours\":24}",
		"{\"name\":\"x\",\"figure\":\"members\",\"condition\":\"unusual\",\"sensitivity\":"
		"4,"
		"\"direction\":\"up\"}",
	};
	(void)state;
	begin_anew("2026-03-30T10:20:00Z");
	for (size_t i = 0; i < RA_COUNT(bodies); i++)
		if (status_of("POST", PATH "/alerts", bodies[i]) != 400)
			give_up("%s is taken", bodies[i]);
	assert_int_equal(status_of("PUT", PATH "/alerts/77",
				   "{\"name\":\"x\",\"figure\":\"joins\",\"condition\":\"above\","
				   "\"threshold\":1}"),
			 404);
	assert_int_equal(status_of("DELETE", PATH "/alerts/77", NULL), 404);
	assert_int_equal(status_of("GET", "/api/v1/guilds/8388608000/alerts", NULL), 404);
}

/* Every figure there is can be asked for, and a changed rule begins anew. */
static void test_all_figures(void **state)
{
	static const char *const figures[] = {
		"messages",     "bot_messages",     "replies",          "attachments",
		"edits",        "deletions",        "reactions",        "active_members",
		"joins",        "leaves",           "net_growth",       "members",
		"voice_raw_ms", "voice_present_ms", "voice_engaged_ms", "voice_talking_ms",
	};
	(void)state;
	begin_anew("2026-03-30T10:20:00Z");
	for (size_t i = 0; i < RA_COUNT(figures); i++) {
		char *body = ra_format("{\"name\":\"%s\",\"figure\":\"%s\",\"condition\":\"above\","
				       "\"threshold\":-1,\"window_hours\":24}",
				       figures[i], figures[i]);
		make(PATH "/alerts", body);
		ra_free(body);
	}
	pass(0);
	assert_true(is("SELECT count(*) FROM app.alert_rule WHERE verdict = 'firing'", "16"));
	assert_true(is("SELECT value FROM app.alert_rule WHERE figure = 'members'", "50"));
	char *path = ra_format(PATH "/alerts/%s", made_id);
	assert_int_equal(status_of("PUT", path,
				   "{\"name\":\"other\",\"figure\":\"joins\",\"condition\":"
				   "\"above\",\"threshold\":5,\"is_on\":false}"),
			 204);
	assert_true(is("SELECT count(*) FROM app.alert_episode WHERE cleared_at IS NOT NULL", "1"));
	struct page page = get(PATH "/alerts");
	assert_int_equal(json_array_size(at(page.json, "rules")), 16);
	page_free(&page);
	assert_int_equal(status_of("DELETE", path, NULL), 204);
	ra_free(path);
}

/* The hour before now: what was done where and by whom; 2, 3 and 4 are a channel left out, one of a
 * category left out and a thread of the first, 12 has a role left out and 13 is left out. */
static void lay_hour(void)
{
	fixture_sql(
		"INSERT INTO analytics.channel (guild_id, channel_id, kind, name, parent_id) "
		"VALUES "
		" (4194304000, 1, 0, 'a', NULL), (4194304000, 2, 0, 'b', NULL), "
		" (4194304000, 3, 0, 'c', 9), (4194304000, 4, 11, 'd', 2), "
		" (4194304000, 9, 4, 'e', NULL);"
		"INSERT INTO analytics.member (guild_id, user_id, roles) VALUES "
		" (4194304000, 11, '{71}'), (4194304000, 12, '{71,70}'), (4194304000, 13, '{}');"
		"INSERT INTO analytics.message_hourly (guild_id, hour, channel_id, user_id, "
		" author_kind, messages, replies, attachments, edits, reactions_given) "
		"SELECT 4194304000, '2026-03-30 09:00Z', n.* FROM (VALUES "
		" (1, 11, 0, 5, 2, 1, 4, 3), (1, 12, 0, 7, 7, 7, 7, 7), (1, 13, 0, 11, 1, 1, 1, "
		"1), "
		" (2, 11, 0, 13, 1, 1, 1, 1), (3, 15, 0, 17, 1, 1, 1, 1), (4, 15, 0, 19, 1, 1, 1, "
		"1), "
		" (1, 14, 0, 0, 0, 0, 0, 1), (1, 900, 1, 23, 0, 0, 0, 0), (2, 900, 1, 29, 0, 0, 0, "
		"0)"
		") n;"
		"INSERT INTO analytics.voice_hourly (guild_id, hour, channel_id, user_id, raw_ms, "
		" present_ms, engaged_ms, talking_ms) SELECT 4194304000, '2026-03-30 09:00Z', n.* "
		"FROM "
		" (VALUES (1, 11, 600000, 500000, 400000, 300000), (2, 17, 60000, 60000, 60000, "
		"60000), "
		" (1, 13, 60000, 60000, 60000, 60000)) n;"
		"INSERT INTO analytics.voice_open (guild_id, user_id, channel_id, started_at, "
		"joined_at) "
		"VALUES (4194304000, 16, 1, '2026-03-30 09:30Z', '2026-03-30 09:30Z');"
		"INSERT INTO analytics.guild_hourly (guild_id, hour, messages, bot_messages, "
		"replies, "
		" attachments, edits, deletions, reactions, joins, leaves, voice_raw_ms, "
		" voice_present_ms, voice_engaged_ms, voice_talking_ms) VALUES (4194304000, "
		" '2026-03-30 09:00Z', 72, 52, 13, 12, 15, 6, 15, 4, 1, 720000, 620000, 520000, "
		"420000)");
}

static void expect_values(const char *values)
{
	/* not earlier: a look that is under way is of the time before */
	char *sql = ra_format("UPDATE app.alert_rule SET due_at = ms_to_ts(%lld)",
			      (long long)(fixture_now_ms + MINUTES));
	fixture_sql(sql);
	ra_free(sql);
	pass(MINUTES);
	assert_string_equal(query("SELECT string_agg(value::text, ' ' ORDER BY rule_id) "
				  "FROM app.alert_rule"),
			    values);
}

static void test_left_out(void **state)
{
	(void)state;
	begin_anew("2026-03-30T10:20:00Z");
	lay_hour();
	for (size_t i = 0; i < alert_figure_count; i++) {
		char *body = ra_format("{\"name\":\"x\",\"figure\":\"%s\",\"condition\":\"below\","
				       "\"threshold\":-9,\"window_hours\":1}",
				       alert_figures[i].name);
		make(PATH "/alerts", body);
		ra_free(body);
	}
	/* messages, of bots, replies, attachments, edits, deletions, reactions, active, joins,
	 * leaves, net, members, voice in four rules; half an hour of it is being said */
	expect_values("72 52 13 12 15 6 15 7 4 1 3 50 2520000 2420000 520000 420000");
	fixture_sql("UPDATE app.guild_settings SET excluded_channels = '{2,9}', "
		    "excluded_roles = '{70}', excluded_members = '{13}'");
	expect_values("5 23 2 1 4 6 4 3 4 1 3 50 2400000 2300000 400000 300000");
	fixture_sql("UPDATE app.guild_settings SET excludes_bots = false");
	expect_values("28 23 2 1 4 6 4 4 4 1 3 50 2400000 2300000 400000 300000");
	fixture_sql(
		"UPDATE app.guild_settings SET excluded_channels = '{}', excluded_roles = '{}', "
		"excluded_members = '{}'");
	expect_values("124 52 13 12 15 6 15 8 4 1 3 50 2520000 2420000 520000 420000");
	fixture_sql("UPDATE app.guild_settings SET excludes_bots = true");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fires_once_an_episode),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_unusual),
		cmocka_unit_test(test_unknown_is_no_alarm),
		cmocka_unit_test(test_receiver_fails),
		cmocka_unit_test(test_strangers_addresses),
		cmocka_unit_test(test_bad_rules),
		cmocka_unit_test(test_all_figures),
		cmocka_unit_test(test_left_out),
	};
	return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
