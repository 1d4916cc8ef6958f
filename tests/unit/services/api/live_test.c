/* live: the stream of a guild, fed from a real Redis and a real database. */
#include "services/api/live.h"
#include "tests/unit/services/api/fixture.h"
#include <hiredis/hiredis.h>

/* A browser's EventSource, bare. */
struct reader {
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	char *request; /* owned */
	struct ra_buf got;
	bool is_open, is_closed;
};

static redisContext *redis;
static long long last_ms; /* of the newest entry */

static int open_fixture(void **state)
{
	(void)state;
	fixture_open();
	fixture_guild("Europe/Berlin");
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

static void redis_do(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	redisReply *reply = redisvCommand(redis, fmt, args);
	va_end(args);
	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR)
		fail_msg("%s", reply->str);
	freeReplyObject(reply);
}

/* A message `ago_ms` before now, in the stream as gateway-ingest writes it. */
static void message(int seq, unsigned long long guild, long long ago_ms, const char *flag)
{
	long long at = fixture_now_ms - ago_ms;
	last_ms = last_ms >= at ? last_ms + 1 : at;
	redis_do("XADD events:{1.0} %lld-0 type message_created session s1 seq %d at %lld guild "
		 "%llu "
		 "message_id 9 channel_id 8 user_id 7 %s 1",
		 last_ms, seq, at, guild, flag);
}

static void folded(const char *entry)
{
	char *sql =
		ra_format("INSERT INTO analytics.position (stream, entry_id, session, seq, part) "
			  "VALUES ('events:{1.0}', '%s', 's1', 1, 0) "
			  "ON CONFLICT (stream) DO UPDATE SET entry_id = excluded.entry_id",
			  entry);
	fixture_sql(sql);
	ra_free(sql);
}

static void folded_all(void)
{
	char entry[32];
	snprintf(entry, sizeof(entry), "%lld-0", last_ms);
	folded(entry);
}

/* --- the reader --- */

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
	reader->is_open = true;
	uv_buf_t buf = uv_buf_init(reader->request, (unsigned)strlen(reader->request));
	uv_write(&reader->write, (uv_stream_t *)&reader->tcp, &buf, 1, NULL);
	uv_read_start((uv_stream_t *)&reader->tcp, on_alloc, on_read);
}

static void reader_open(struct reader *reader)
{
	struct sockaddr_in address;
	*reader = (struct reader){ .is_open = false };
	reader->request = ra_format("GET %s/live HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n\r\n",
				    GUILD_PATH, fx.cookie);
	uv_ip4_addr("127.0.0.1", ra_http_server_port(fx.api->server), &address);
	uv_tcp_init(&fx.loop, &reader->tcp);
	uv_tcp_connect(&reader->connect, &reader->tcp, (struct sockaddr *)&address, on_connected);
}

static void reader_close(struct reader *reader)
{
	if (!uv_is_closing((uv_handle_t *)&reader->tcp))
		uv_close((uv_handle_t *)&reader->tcp, on_reader_closed);
	test_run_until(&fx.loop, reader->is_closed);
	ra_buf_fini(&reader->got);
	ra_free(reader->request);
}

/* Events so far. */
static int count(struct reader *reader)
{
	int events = 0;
	for (const char *p = ra_buf_text(&reader->got); (p = strstr(p, "event: live\n")); p++)
		events++;
	return events;
}

/* The newest event whole, as JSON; yours. */
static json_t *newest(struct reader *reader)
{
	const char *found = NULL;
	for (const char *p = ra_buf_text(&reader->got); (p = strstr(p, "data: {")); p++)
		if (strchr(p, '\n'))
			found = p + 6;
	return found ? json_loadb(found, strcspn(found, "\n"), 0, NULL) : NULL;
}

static long long newest_number(struct reader *reader, const char *name)
{
	json_t *json = newest(reader);
	long long number = json ? json_integer_value(json_object_get(json, name)) : -1;
	json_decref(json);
	return number;
}

static void fill(void)
{
	fixture_sql(
		"TRUNCATE analytics.guild_hourly, analytics.voice_open, analytics.member_flow;"
		"INSERT INTO analytics.guild_hourly (guild_id, hour, messages) VALUES "
		"(4194304000, '2026-03-29 21:00Z', 100), (4194304000, '2026-03-29 22:00Z', 5), "
		"(4194304000, '2026-03-30 10:00Z', 7);"
		"INSERT INTO analytics.voice_open (guild_id, user_id, channel_id, joined_at, "
		"started_at, is_bot) VALUES "
		"(4194304000, 1, 2, '2026-03-30Z', '2026-03-30Z', false), "
		"(4194304000, 3, 2, '2026-03-30Z', '2026-03-30Z', true);"
		"INSERT INTO analytics.member_flow (guild_id, at, user_id, kind, is_bot) VALUES "
		"(4194304000, '2026-03-29 21:59Z', 1, 'join', false), (4194304000, '2026-03-29 "
		"22:01Z', 2, 'join', false), "
		"(4194304000, '2026-03-30 01:00Z', 3, 'join', true), (4194304000, '2026-03-30 "
		"02:00Z', 4, 'leave', false)");
	redis_do("FLUSHALL");
	redis_do("SADD shards 1.0");
	last_ms = 0;
	message(1, GUILD, 40 * 60000, "x"); /* too long ago */
	message(2, GUILD, 10 * 60000, "x");
	message(3, GUILD, 10 * 60000, "x");
	message(3, GUILD, 10 * 60000, "x"); /* told twice */
	message(4, OTHER_GUILD, 5 * 60000, "x");
	message(5, GUILD, 5 * 60000, "is_bot");
	message(6, GUILD, 10000, "x");
	folded_all();
}

static void test_stream(void **state)
{
	struct reader reader;
	(void)state;
	fill();
	fixture_log_in(ALICE);
	reader_open(&reader);
	test_run_until(&fx.loop, count(&reader) >= 1);
	assert_non_null(strstr(ra_buf_text(&reader.got), "content-type: text/event-stream"));
	json_t *live = newest(&reader);
	assert_string_equal(json_string_value(at(live, "at")), "2026-03-30T10:20:00.000000+00:00");
	/* 10:20:00 belongs to the minute that has just begun, 10:19:50 to the one before */
	assert_values(at(live, "minutes"),
		      "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0 0 1 0");
	assert_int_equal(json_integer_value(at(live, "messages_minute")), 1);
	assert_int_equal(json_integer_value(at(live, "messages_today")), 12);
	assert_int_equal(json_integer_value(at(live, "members")), 50);
	assert_int_equal(json_integer_value(at(live, "voice_now")), 1);
	assert_int_equal(json_integer_value(at(live, "joins_today")), 1);
	assert_int_equal(json_integer_value(at(live, "leaves_today")), 1);
	assert_string_equal(json_string_value(at(live, "last_event_at")),
			    "2026-03-30T10:19:00.000000+00:00");
	json_decref(live);

	/* a message arrives; the database comes after it */
	message(7, GUILD, 0, "x");
	test_run_until(&fx.loop, newest_number(&reader, "messages_minute") == 2);
	assert_int_equal(newest_number(&reader, "messages_today"), 12);
	fixture_sql(
		"UPDATE analytics.guild_hourly SET messages = 8 WHERE hour = '2026-03-30 10:00Z'");
	folded_all();
	test_run_until(&fx.loop, newest_number(&reader, "messages_today") == 13);

	/* a second reader gets its first event at once, the first one none for that */
	struct reader second;
	int events = count(&reader);
	reader_open(&second);
	test_run_until(&fx.loop, count(&second) == 1);
	assert_int_equal(count(&reader), events);
	reader_close(&second);

	/* time alone makes the last minute empty */
	fixture_now_ms += 61000;
	fixture_sql("UPDATE app.account SET guilds_fetched_at = '2026-03-30 10:21Z'");
	test_run_until(&fx.loop, newest_number(&reader, "messages_minute") == 0);
	reader_close(&reader);
	set_now("2026-03-30T10:20:00Z");
}

static void test_quiet_guild_repeats_itself(void **state)
{
	struct reader reader;
	(void)state;
	fill();
	fixture_log_in(ALICE);
	reader_open(&reader);
	test_run_until(&fx.loop, count(&reader) == 1);
	test_run_for(&fx.loop, 1500);
	assert_int_equal(count(&reader), 1);
	fixture_now_ms += 15000;
	test_run_until(&fx.loop, count(&reader) == 2);
	reader_close(&reader);
	set_now("2026-03-30T10:20:00Z");
}

static void test_redis_comes_back(void **state)
{
	struct reader reader;
	(void)state;
	fill();
	fixture_log_in(ALICE);
	reader_open(&reader);
	test_run_until(&fx.loop, count(&reader) == 1);
	test_redis_kill(&fx.redis);
	char why[128] = "";
	test_run_until(&fx.loop, !live_is_ready(fx.api->live, why));
	assert_true(strlen(why) > 0);
	test_redis_restart(&fx.redis);
	redisFree(redis);
	redis = redisConnectUnix(fx.redis.socket);
	/* it has forgotten everything; ids go on from the clock */
	redis_do("SADD shards 1.0");
	message(8, GUILD, 0, "x");
	folded_all();
	test_run_until(&fx.loop, newest_number(&reader, "messages_minute") == 2);
	reader_close(&reader);
}

static void test_stream_ends_with_the_permission(void **state)
{
	struct reader reader;
	(void)state;
	fill();
	fixture_log_in(ALICE);
	reader_open(&reader);
	test_run_until(&fx.loop, count(&reader) == 1);
	fx.discord.guilds = "[]";
	fixture_now_ms += 60000;
	test_run_until(&fx.loop, reader.is_closed);
	reader_close(&reader);
	fx.discord.guilds = ALICE_GUILDS;
	set_now("2026-03-30T10:20:00Z");
}

static int streams_open(void)
{
	int sum = 0;
	for (size_t i = 0; i < LIMIT_BUCKETS; i++)
		sum += fx.api->throttle.streams[i];
	return sum;
}

/* Who leaves makes room. */
static void test_an_account_has_so_many(void **state)
{
	struct reader first, second, third;
	(void)state;
	fill();
	fixture_log_in(ALICE);
	test_run_until(&fx.loop, streams_open() == 0);
	fx.conf.max_streams = 2;
	reader_open(&first);
	reader_open(&second);
	test_run_until(&fx.loop, count(&first) == 1 && count(&second) == 1);
	struct page page = get("/api/v1/guilds/4194304000/live");
	assert_int_equal(page.status, 429);
	assert_non_null(strcasestr(page.headers, "retry-after: 30"));
	page_free(&page);
	reader_close(&first);
	test_run_until(&fx.loop, streams_open() == 1);
	reader_open(&third);
	test_run_until(&fx.loop, count(&third) == 1);
	reader_close(&second);
	reader_close(&third);
	fx.conf.max_streams = 0;
}

static void test_stop_while_listening(void **state)
{
	struct reader reader;
	(void)state;
	fill();
	fixture_sql("INSERT INTO app.account_guild VALUES (101, 4194304000, 'Mine', NULL, true, 0) "
		    "ON CONFLICT DO NOTHING");
	fixture_log_in(ALICE);
	reader_open(&reader);
	test_run_until(&fx.loop, count(&reader) == 1);
	api_close(fx.api, on_fixture_closed, &fx.is_closed);
	test_run_until(&fx.loop, fx.is_closed && reader.is_closed);
	reader_close(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_quiet_guild_repeats_itself),
		cmocka_unit_test(test_redis_comes_back),
		cmocka_unit_test(test_an_account_has_so_many),
		cmocka_unit_test(test_stream_ends_with_the_permission),
		cmocka_unit_test(test_stop_while_listening), /* the last: it stops the api */
	};
	return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
