/* wants_text: who sends the set and who looks for it, over a real Redis. */
#include "libshared/fleet/wants_text.h"
#include "libshared/base/err.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"

static uv_loop_t loop;
static struct test_redis server;
static struct ra_redis *redis;

/* One of each; answers are counted. */
static struct {
	int sent, status, looks;
	bool is_news;
	char version[RA_WANTS_TEXT_VERSION_SIZE];
	uint64_t guilds[4];
	size_t count;
} seen;

static int open_redis(void **state)
{
	(void)state;
	test_loop_open(&loop);
	test_redis_start(&server, TEST_AOF_OFF, NULL);
	redis = ra_redis_open(&loop, server.url, RA_WANTS_TEXT_KEY, NULL, NULL, NULL, NULL);
	test_run_until(&loop, ra_redis_is_up(redis));
	return 0;
}

static int close_redis(void **state)
{
	(void)state;
	ra_redis_close(redis, NULL, NULL);
	test_loop_close(&loop);
	test_redis_stop(&server);
	return 0;
}

static void on_sent(void *ctx, int status, bool is_news)
{
	(void)ctx;
	seen.status = status;
	seen.is_news = is_news;
	seen.sent++;
}

static bool send_set(const uint64_t *guilds, size_t count)
{
	int before = seen.sent;
	assert_int_equal(ra_wants_text_send(redis, guilds, count, on_sent, NULL), 0);
	test_run_until(&loop, seen.sent > before);
	assert_int_equal(seen.status, 0);
	return seen.is_news;
}

static void on_news(void *ctx, const char *version, const uint64_t *guilds, size_t count)
{
	(void)ctx;
	assert_in_range(count, 0, RA_COUNT(seen.guilds));
	snprintf(seen.version, sizeof(seen.version), "%s", version);
	memcpy(seen.guilds, guilds, count * sizeof(*guilds));
	seen.count = count;
	seen.looks++;
}

static void on_pong(void *ctx, const redisReply *reply)
{
	(void)reply;
	*(bool *)ctx = true;
}

static void command(const char *line)
{
	bool is_done = false;
	assert_int_equal(ra_redis_sendf(redis, on_pong, &is_done, line), 0);
	test_run_until(&loop, is_done);
}

/* True when there was news: answers come in order, so that of a PING comes after it. */
static bool look(void)
{
	int before = seen.looks;
	assert_int_equal(ra_wants_text_look(redis, seen.version, on_news, NULL), 0);
	command("PING");
	return seen.looks > before;
}

static bool has(uint64_t guild)
{
	for (size_t i = 0; i < seen.count; i++)
		if (seen.guilds[i] == guild)
			return true;
	return false;
}

static void what_is_sent_is_seen_once(void **state)
{
	(void)state;
	const uint64_t two[] = { 7, 1ULL << 60 }, reversed[] = { 1ULL << 60, 7 },
		       other[] = { 7, 8 };
	assert_false(look());
	assert_true(send_set(two, 2));
	assert_true(look());
	assert_int_equal(seen.count, 2);
	assert_true(has(7) && has(1ULL << 60));
	assert_false(look());

	assert_false(send_set(reversed, 2));
	assert_false(look());
	assert_true(send_set(other, 2));
	assert_true(look());
	assert_true(has(7) && has(8));
	assert_true(send_set(NULL, 0));
	assert_true(look());
	assert_int_equal(seen.count, 0);
	assert_false(send_set(NULL, 0));
}

static void a_loss_is_no_news_and_is_mended(void **state)
{
	(void)state;
	const uint64_t one[] = { 9 }, two[] = { 9, 10 };
	assert_true(send_set(one, 1));
	assert_true(look());
	command("FLUSHALL");
	assert_false(look());
	assert_true(send_set(two, 2));
	assert_true(look());
	assert_true(has(10));
}

static void what_makes_no_sense_is_no_news(void **state)
{
	(void)state;
	command("FLUSHALL");
	command("SET " RA_WANTS_TEXT_KEY " nonsense");
	command("SET wants_text_version:{fleet} 1");
	assert_false(look());
	command("FLUSHALL");
	command("SADD " RA_WANTS_TEXT_KEY " 11 x 12");
	command("SET wants_text_version:{fleet} 2");
	assert_true(look());
	assert_int_equal(seen.count, 2);
	assert_true(has(11) && has(12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_is_seen_once),
		cmocka_unit_test(a_loss_is_no_news_and_is_mended),
		cmocka_unit_test(what_makes_no_sense_is_no_news),
	};
	return cmocka_run_group_tests(tests, open_redis, close_redis);
}
