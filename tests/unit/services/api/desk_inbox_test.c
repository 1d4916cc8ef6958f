/* desk: Inbox, its stream, and acts on requests, with response-tracker's own SQL in its place. */
#include "proto/command.h"
#include "tests/unit/services/api/fixture.h"
#include <hiredis/hiredis.h>

#define INBOX "/api/v1/inbox"
#define BOB   202ULL

static redisContext *redis;

static int open_fixture(void **state)
{
	(void)state;
	fixture_open();
	fixture_guild("Europe/Berlin");
	fixture_sql(
		"INSERT INTO app.account (user_id, username) VALUES (202, 'bob');"
		"INSERT INTO app.desk_settings (guild_id, is_enabled) VALUES (4194304000, true);"
		"INSERT INTO analytics.channel (guild_id, channel_id, parent_id, kind, name) "
		"VALUES "
		"(4194304000, 10, 9, 0, 'help'), (4194304000, 11, NULL, 0, 'talk');"
		"INSERT INTO analytics.member (guild_id, user_id, username) VALUES "
		"(4194304000, 101, 'alice'), (4194304000, 202, 'bob'), (4194304000, 7, 'asker')");
	redis = redisConnectUnix(fx.redis.socket);
	assert_int_equal(redis->err, 0);
	return 0;
}

static int close_fixture(void **state)
{
	(void)state;
	redisFree(redis);
	fixture_close();
	return 0;
}

/* Requests 1 (40 minutes old, urgent), 2 (10 minutes), 3 (a minute, elsewhere) of GUILD, 4 of
 * OTHER_GUILD; wanted within half an hour, urgent ones within 10 minutes. Bob is staff of GUILD. */
static void fill(void)
{
	fixture_sql(
		"DELETE FROM app.session; DELETE FROM response.request; "
		"DELETE FROM response.request_message; DELETE FROM response.reopening; "
		"DELETE FROM response.command; DELETE FROM response.staff; "
		"DELETE FROM app.response_target; DELETE FROM app.schedule;"
		"DELETE FROM app.account_guild WHERE user_id = 202;" /* Discord was asked of him */
		"INSERT INTO app.account_guild VALUES (202, 4194304000, 'Mine', NULL, false, 0), "
		"(202, 8388608000, 'Other', NULL, false, 0);"
		"INSERT INTO response.staff (guild_id, user_id, started_at) VALUES "
		"(4194304000, 202, '2026-01-01Z');"
		"INSERT INTO app.response_target (guild_id, priority, first_response_s) VALUES "
		"(4194304000, 0, 1800), (4194304000, 4, 600);"
		"INSERT INTO response.request (guild_id, request_id, channel_id, author_id, kind, "
		" priority, asked_at, clock_at) VALUES "
		"(4194304000, 1, 10, 7, 'mention', 4, '2026-03-30 09:40Z', '2026-03-30 09:40Z'), "
		"(4194304000, 2, 10, 7, 'keyword', 2, '2026-03-30 10:10Z', '2026-03-30 10:10Z'), "
		"(4194304000, 3, 11, 7, 'menu', 2, '2026-03-30 10:19Z', '2026-03-30 10:19Z'), "
		"(8388608000, 4, 20, 8, 'mention', 2, '2026-03-30 10:00Z', '2026-03-30 10:00Z')");
}

/* --- in place of response-tracker --- */

static void sql_of(const struct ra_command *c)
{
	char *sql = ra_format(
		"BEGIN; SELECT response.command_take('%.*s', %llu, %llu, '%s', %llu, "
		"ms_to_ts(%lld)); SELECT response.command_done('%.*s', response.act_on_request("
		"%llu, %llu, %llu, '%s', %lld, ms_to_ts(%lld), ms_to_ts(%lld)), %llu) "
		"WHERE response.command_is_new('%.*s'); COMMIT",
		(int)c->id.len, c->id.ptr, (unsigned long long)c->guild,
		(unsigned long long)c->actor, ra_command_kind_text(c->kind),
		(unsigned long long)c->target, (long long)c->at, (int)c->id.len, c->id.ptr,
		(unsigned long long)c->guild, (unsigned long long)c->target,
		(unsigned long long)c->actor, ra_command_kind_text(c->kind), (long long)c->value,
		(long long)c->at, (long long)c->at, (unsigned long long)c->target, (int)c->id.len,
		c->id.ptr);
	fixture_sql(sql);
	ra_free(sql);
}

static long long waiting(void)
{
	redisReply *reply = redisCommand(redis, "XLEN " RA_COMMANDS_STREAM);
	long long count = reply->integer;
	freeReplyObject(reply);
	return count;
}

/* Carries out all there is. */
static void carry_out(void)
{
	redisReply *entries = redisCommand(redis, "XRANGE " RA_COMMANDS_STREAM " - +");
	for (size_t i = 0; i < entries->elements; i++) {
		const redisReply *fields = entries->element[i]->element[1];
		struct ra_command command;
		struct ra_str words[64];
		for (size_t w = 0; w < fields->elements; w++)
			words[w] =
				(struct ra_str){ fields->element[w]->str, fields->element[w]->len };
		assert_int_equal(ra_command_decode(&command, words, fields->elements), 0);
		sql_of(&command);
	}
	freeReplyObject(entries);
	freeReplyObject(redisCommand(redis, "DEL " RA_COMMANDS_STREAM));
}

/* An act, carried out. */
static struct page act(const char *request, const char *what, const char *body)
{
	char *path = ra_format(GUILD_PATH "/requests/%s/%s", request, what);
	struct page page;
	begin(&page, "POST", path, body);
	test_run_until(&fx.loop, waiting() == 1 || page.is_done);
	carry_out();
	test_run_until(&fx.loop, page.is_done);
	ra_free(path);
	return page;
}

static void assert_acted(const char *request, const char *what, const char *body, const char *state)
{
	struct page page = act(request, what, body);
	if (page.status != 200)
		give_up("%s of %s: %d %s", what, request, page.status, page.body);
	assert_string_equal(text(&page, "outcome"), "done");
	assert_string_equal(text(&page, "request.state"), state);
	page_free(&page);
}

static void assert_refused(const char *request, const char *what, const char *outcome)
{
	struct page page = act(request, what, "{}");
	if (page.status != 409)
		give_up("%s of %s: %d %s", what, request, page.status, page.body);
	assert_string_equal(text(&page, "outcome"), outcome);
	page_free(&page);
}

/* --- Inbox --- */

/* Ids of the rows, in order. */
static void assert_rows(const char *query, const char *expected)
{
	char *path = ra_format(INBOX "%s", query);
	struct page page = get(path);
	struct ra_buf ids = { 0 };
	if (page.status != 200)
		give_up("%s: %d %s", path, page.status, page.body);
	json_t *rows = at(page.json, "rows"), *row;
	size_t i;
	json_array_foreach(rows, i, row)
		ra_buf_printf(&ids, "%s%s", i ? " " : "", json_string_value(at(row, "id")));
	if (strcmp(ra_buf_text(&ids), expected) != 0)
		give_up("%s gives %s, not %s", path, ra_buf_text(&ids), expected);
	assert_int_equal(number(&page, "total"), (long long)json_array_size(rows));
	ra_buf_fini(&ids);
	page_free(&page);
	ra_free(path);
}

static void test_list(void **state)
{
	(void)state;
	fill();
	fixture_log_in(ALICE);
	assert_rows("", "1 2 3");
	assert_rows("?sort=-age", "3 2 1");
	assert_rows("?sort=target", "1 2 3");
	assert_rows("?sort=-priority", "1 2 3");
	assert_rows("?priority=2,3", "2 3");
	assert_rows("?kind=menu,mention", "1 3");
	assert_rows("?channel=9", "1 2");
	assert_rows("?channel=11", "3");
	assert_rows("?guilds=8388608000", "");
	assert_rows("?risk=overdue", "1");
	assert_rows("?risk=at_risk", "");
	set_now("2026-03-30T10:33:00Z");
	assert_rows("?risk=at_risk", "2");
	set_now("2026-03-30T10:20:00Z");
	assert_int_equal(status_of("GET", INBOX "?risk=some", NULL), 400);
	assert_int_equal(status_of("GET", INBOX "?kind=a'b", NULL), 400);
	assert_int_equal(status_of("GET", INBOX "?limit=501", NULL), 400);
	struct page page = get(INBOX "?limit=1");
	assert_int_equal(number(&page, "total"), 3);
	assert_int_equal(json_array_size(at(page.json, "rows")), 1);
	assert_int_equal(json_array_size(at(page.json, "guilds")), 1);
	assert_string_equal(text(&page, "rows.0.channel.name"), "help");
	assert_string_equal(text(&page, "rows.0.author.name"), "asker");
	assert_string_equal(text(&page, "rows.0.url"),
			    "https://discord.com/channels/4194304000/10/1");
	assert_int_equal(number(&page, "rows.0.target.seconds"), 600);
	assert_string_equal(text(&page, "rows.0.target.due_at"), "2026-03-30T09:50:00.000Z");
	page_free(&page);
}

/* Staff of one guild sees that guild, somebody who is neither staff nor manager nothing. */
static void test_whose(void **state)
{
	(void)state;
	fill();
	fixture_log_in(BOB);
	assert_rows("", "1 2 3");
	fixture_sql("UPDATE response.staff SET guild_id = 8388608000");
	assert_rows("", "4");
	assert_int_equal(status_of("GET", GUILD_PATH "/requests/1", NULL), 404);
	assert_int_equal(status_of("POST", GUILD_PATH "/requests/1/claim", "{}"), 404);
	fixture_sql("UPDATE response.staff SET ended_at = now()");
	assert_rows("", "");
	assert_int_equal(waiting(), 0);
}

/* Business time: Monday 30 March, open from 12:00 in Berlin, which is 10:00 UTC. */
static void test_business_target(void **state)
{
	(void)state;
	fill();
	fixture_log_in(ALICE);
	fixture_sql("UPDATE app.response_target SET is_business = true WHERE priority = 4;"
		    "INSERT INTO app.schedule VALUES (4194304000, '2026-01-01', 'Europe/Berlin', "
		    "'{[720,1080)}')");
	struct page page = get(INBOX "?limit=1");
	assert_string_equal(text(&page, "rows.0.target.due_at"), "2026-03-30T10:10:00.000Z");
	assert_string_equal(text(&page, "rows.0.target.risk_at"), "2026-03-30T10:07:30.000Z");
	page_free(&page);
}

/* --- acts --- */

static void test_acts(void **state)
{
	(void)state;
	fill();
	fixture_log_in(BOB);
	assert_acted("1", "claim", "{}", "answered"); /* by staff, and claims count */
	assert_rows("?claimed=nobody", "2 3");
	assert_rows("?claimed=me", "1");
	fixture_log_in(ALICE);
	struct page taken = act("1", "claim", "{}");
	assert_int_equal(taken.status, 409);
	assert_string_equal(text(&taken, "outcome"), "taken");
	assert_string_equal(text(&taken, "request.claimed_by.name"), "bob");
	assert_non_null(strstr(taken.headers, "application/problem+json"));
	page_free(&taken);
	assert_rows("", "2 3");
	assert_acted("1", "unclaim", "{}", "open");
	assert_acted("2", "resolve", "{}", "resolved");
	assert_refused("2", "resolve", "closed");
	assert_acted("2", "reopen", "{}", "open");
	assert_acted("3", "not-a-request", "{}", "not_a_request");
	assert_acted("3", "reopen", "{}", "open");
	assert_acted("3", "snooze", "{\"for_s\":3600}", "open");
	assert_rows("?snoozed=only", "3");
	assert_rows("", "1 2");
	set_now("2026-03-30T11:20:01Z");
	assert_rows("?sort=-age", "2 3 1"); /* 2 waits since it was reopened */
	set_now("2026-03-30T10:20:00Z");
	assert_acted("3", "snooze", "{\"for_s\":0}", "open");
	assert_rows("?snoozed=only", "");
}

static void test_acts_refused(void **state)
{
	(void)state;
	fill();
	fixture_log_in(ALICE);
	assert_int_equal(status_of("POST", GUILD_PATH "/requests/1/snooze", "{}"), 400);
	assert_int_equal(status_of("POST", GUILD_PATH "/requests/none/claim", "{}"), 404);
	assert_int_equal(status_of("POST", GUILD_PATH "/requests/acts",
				   "{\"act\":\"eat\",\"requests\":[\"1\"]}"),
			 400);
	assert_int_equal(status_of("POST", GUILD_PATH "/requests/acts", "{\"act\":\"claim\"}"),
			 400);
	assert_int_equal(waiting(), 0);
	struct page page = ask("POST", GUILD_PATH "/requests/99/claim", "{}");
	assert_int_equal(page.status, 404);
	assert_string_equal(text(&page, "type"), "/problems/request");
	page_free(&page);
}

/* Nobody carries it out: it is said that it is on its way, and it is done when somebody does. */
static void test_pending(void **state)
{
	(void)state;
	fill();
	fixture_log_in(ALICE);
	struct page page = ask("POST", GUILD_PATH "/requests/2/resolve", "{}");
	assert_int_equal(page.status, 202);
	assert_string_equal(text(&page, "outcome"), "pending");
	page_free(&page);
	carry_out();
	assert_rows("", "1 3");
}

static void test_several(void **state)
{
	(void)state;
	struct page page;
	fill();
	fixture_log_in(ALICE);
	assert_acted("2", "resolve", "{}", "resolved");
	begin(&page, "POST", GUILD_PATH "/requests/acts",
	      "{\"act\":\"resolve\",\"requests\":[\"1\",\"2\",\"99\"]}");
	test_run_until(&fx.loop, waiting() == 3);
	carry_out();
	test_run_until(&fx.loop, page.is_done);
	assert_int_equal(page.status, 200);
	assert_string_equal(text(&page, "outcomes.0.outcome"), "done");
	assert_string_equal(text(&page, "outcomes.1.outcome"), "closed");
	assert_string_equal(text(&page, "outcomes.2.outcome"), "not_found");
	page_free(&page);
	assert_rows("", "3");
}

static void test_count(void **state)
{
	(void)state;
	fill();
	fixture_log_in(BOB);
	assert_acted("3", "snooze", "{\"for_s\":3600}", "open");
	assert_acted("2", "claim", "{}", "answered");
	struct page counts = get(INBOX "/count");
	assert_int_equal(number(&counts, "open"), 1);
	assert_int_equal(number(&counts, "overdue"), 1);
	assert_int_equal(number(&counts, "at_risk"), 0);
	assert_int_equal(number(&counts, "snoozed"), 1);
	assert_int_equal(number(&counts, "mine"), 1);
	assert_int_equal(number(&counts, "old"), 0);
	page_free(&counts);
	set_now("2026-04-06T09:40:01Z");
	counts = get(INBOX "/count");
	assert_int_equal(number(&counts, "old"), 1);
	assert_int_equal(number(&counts, "open"), 1); /* the one that was left for later */
	page_free(&counts);
	set_now("2026-03-30T10:20:00Z");
}

/* --- the stream --- */

/* A browser's EventSource, bare. */
struct reader {
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	char *request; /* owned */
	struct ra_buf got;
	bool is_closed;
};

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	(void)handle;
	*buf = uv_buf_init(ra_alloc(size), (unsigned)size);
}

static void on_reader_closed(uv_handle_t *handle)
{
	ra_container_of((uv_tcp_t *)handle, struct reader, tcp)->is_closed = true;
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct reader *reader = ra_container_of((uv_tcp_t *)stream, struct reader, tcp);
	if (len > 0)
		ra_buf_add(&reader->got, buf->base, (size_t)len);
	else if (len < 0 && !uv_is_closing((uv_handle_t *)stream))
		uv_close((uv_handle_t *)stream, on_reader_closed);
	ra_free(buf->base);
}

static void on_connected(uv_connect_t *connect, int status)
{
	struct reader *reader = ra_container_of(connect, struct reader, connect);
	assert_int_equal(status, 0);
	uv_buf_t buf = uv_buf_init(reader->request, (unsigned)strlen(reader->request));
	uv_write(&reader->write, (uv_stream_t *)&reader->tcp, &buf, 1, NULL);
	uv_read_start((uv_stream_t *)&reader->tcp, on_alloc, on_read);
}

static bool has(struct reader *reader, const char *what)
{
	return strstr(ra_buf_text(&reader->got), what) != NULL;
}

static void reader_open(struct reader *reader)
{
	struct sockaddr_in address;
	*reader = (struct reader){ .is_closed = false };
	reader->request = ra_format("GET " INBOX "/live HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n\r\n",
				    fx.cookie);
	uv_ip4_addr("127.0.0.1", ra_http_server_port(fx.api->server), &address);
	uv_tcp_init(&fx.loop, &reader->tcp);
	uv_tcp_connect(&reader->connect, &reader->tcp, (struct sockaddr *)&address, on_connected);
	test_run_until(&fx.loop, has(reader, "event: anew\n"));
}

static void reader_close(struct reader *reader)
{
	if (!uv_is_closing((uv_handle_t *)&reader->tcp))
		uv_close((uv_handle_t *)&reader->tcp, on_reader_closed);
	test_run_until(&fx.loop, reader->is_closed);
	ra_buf_fini(&reader->got);
	ra_free(reader->request);
}

static void test_stream(void **state)
{
	struct reader alice, bob;
	(void)state;
	fill();
	fixture_sql("UPDATE response.staff SET guild_id = 8388608000");
	fixture_log_in(ALICE);
	reader_open(&alice);
	fixture_log_in(BOB);
	reader_open(&bob);
	fixture_sql("UPDATE response.request SET priority = 3 WHERE request_id = 2;"
		    "NOTIFY response, '4194304000 2 -'");
	test_run_until(&fx.loop, has(&alice, "event: request\n"));
	assert_true(has(&alice, "\"id\":\"2\",\"kind\":\"keyword\",\"priority\":3"));
	fixture_sql("NOTIFY response, '8388608000 4 -'; NOTIFY response, 'nonsense';"
		    "DELETE FROM response.request WHERE request_id = 1;"
		    "NOTIFY response, '4194304000 1 -'");
	test_run_until(&fx.loop, has(&alice, "event: gone\n") && has(&bob, "event: request\n"));
	assert_true(has(&alice, "{\"guild\":\"4194304000\",\"id\":\"1\"}"));
	assert_false(has(&alice, "8388608000"));
	assert_false(has(&bob, "4194304000"));
	reader_close(&alice);
	reader_close(&bob);
}

/* The connection that listens is lost: everybody is told to read all anew. */
static void test_stream_deaf(void **state)
{
	struct reader reader;
	(void)state;
	fill();
	fixture_log_in(ALICE);
	reader_open(&reader);
	ra_buf_clear(&reader.got);
	fixture_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
		    "WHERE application_name = 'rations-api-desk'");
	test_run_until(&fx.loop, has(&reader, "event: anew\n"));
	fixture_sql("NOTIFY response, '4194304000 3 -'");
	test_run_until(&fx.loop, has(&reader, "event: request\n"));
	reader_close(&reader);
}

/* A minute later somebody is no longer staff, and another has no session. */
static void test_stream_asks_again(void **state)
{
	struct reader alice, bob;
	(void)state;
	fill();
	fixture_log_in(ALICE);
	reader_open(&alice);
	fixture_log_in(BOB);
	reader_open(&bob);
	fixture_sql("UPDATE app.account SET guilds_fetched_at = '2026-03-30 10:21Z';"
		    "UPDATE response.staff SET ended_at = now();"
		    "DELETE FROM app.session WHERE user_id = 101");
	set_now("2026-03-30T10:21:01Z");
	test_run_until(&fx.loop, alice.is_closed);
	fixture_sql("NOTIFY response, '4194304000 3 -'");
	fixture_log_in(ALICE);
	struct reader again;
	reader_open(&again);
	fixture_sql("NOTIFY response, '4194304000 2 -'");
	test_run_until(&fx.loop, has(&again, "event: request\n"));
	assert_false(has(&bob, "event: request\n"));
	reader_close(&alice);
	reader_close(&bob);
	reader_close(&again);
	set_now("2026-03-30T10:20:00Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_whose),
		cmocka_unit_test(test_business_target),
		cmocka_unit_test(test_acts),
		cmocka_unit_test(test_acts_refused),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_stream_deaf),
		cmocka_unit_test(test_stream_asks_again),
	};
	return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
