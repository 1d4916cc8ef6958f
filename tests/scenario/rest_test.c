/*
 * rest_test: two processes with one token, one Redis and a simulated Discord
 * that counts. They ask as fast as they are allowed to, over many routes,
 * some with buckets far smaller than what is asked of them.
 *
 *	as one: not one 429, and nearly all of the 50 calls a second are used
 *	Redis is killed and comes back empty: still no second with too many calls
 */
#include "libshared/base/clock.h"
#include "libshared/discord/rest.h"
#include "libshared/http/client.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOKEN      "a-token-of-this-test"
#define WORKERS    2
#define MAX_PLACES 64
#define AT_ONCE    60

static pid_t simulator;
static unsigned port;
static uint64_t guilds[MAX_PLACES], channels[MAX_PLACES];
static size_t guild_count, channel_count;

/* What the workers tell the test; shared memory. */
static struct told {
	volatile unsigned answered, failed;
	char why[200];
} * told;

/* ---- the simulator, and what it counted ---- */

static void start_simulator(void)
{
	char path[PATH_MAX + 32] = "", listen[32], admin[32];
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);
	assert_true(len > 0);
	char *end = strstr(path, "/tests/scenario/");
	assert_non_null(end);
	snprintf(end, sizeof("/bin/discord-sim"), "/bin/discord-sim");
	port = test_free_port();
	snprintf(listen, sizeof(listen), "%u", port);
	snprintf(admin, sizeof(admin), "%u", test_free_port());
	simulator = fork();
	if (simulator > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setenv("SIM_PORT", listen, 1);
	setenv("ADMIN_PORT", admin, 1);
	setenv("SIM_CONTROL", "on", 1);
	setenv("SIM_PRESET", "bench", 1);
	setenv("SIM_BENCH_MEMBERS", "20", 1);
	setenv("SIM_HISTORY_DAYS", "0", 1);
	setenv("SIM_SPEED", "0", 1);
	setenv("SIM_BOT_TOKEN", TOKEN, 1);
	if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		_exit(127);
	execl(path, path, (char *)NULL);
	_exit(127);
}

struct look {
	bool is_done;
	json_t *json; /* NULL: it does not answer (yet) */
};

static void on_look(void *ctx, int status, const struct ra_http_answer *answer,
		    const struct ra_err *err)
{
	struct look *look = ctx;
	(void)err;
	look->is_done = true;
	if (status == 0)
		look->json = json_loadb(answer->body.ptr, answer->body.len, 0, NULL);
}

static void set_flag(void *flag)
{
	*(bool *)flag = true;
}

/* GET of /_control; asked until it is answered. */
static json_t *control(const char *what)
{
	struct look look = { 0 };
	bool is_closed = false;
	uv_loop_t loop;
	test_loop_open(&loop);
	struct ra_http_client *http = ra_http_client_open(&loop, "test", NULL);
	char *url = ra_format("http://127.0.0.1:%u/_control/%s", port, what);
	for (int tries = 0; !look.json && tries < 400; tries++) {
		look = (struct look){ 0 };
		ra_http_send(http, &(struct ra_http_call){ .method = "GET", .url = url }, on_look,
			     &look);
		test_run_until(&loop, look.is_done);
		if (!look.json)
			usleep(50000);
	}
	ra_free(url);
	ra_http_client_close(http, set_flag, &is_closed);
	test_run_until(&loop, is_closed);
	test_loop_close(&loop);
	assert_non_null(look.json);
	return look.json;
}

static uint64_t id_of(const json_t *object)
{
	return strtoull(json_string_value(json_object_get(object, "id")), NULL, 10);
}

#define GUILD_TEXT 0

static void learn_places(void)
{
	json_t *world = control("world"), *guild, *channel;
	size_t g, c;
	json_array_foreach(json_object_get(world, "guilds"), g, guild)
	{
		if (guild_count < MAX_PLACES)
			guilds[guild_count++] = id_of(guild);
		json_array_foreach(json_object_get(guild, "channels"), c, channel)
		{
			if (json_integer_value(json_object_get(channel, "type")) == GUILD_TEXT &&
			    channel_count < MAX_PLACES)
				channels[channel_count++] = id_of(channel);
		}
	}
	json_decref(world);
	assert_true(guild_count >= 5 && channel_count >= 10);
}

/* ---- a worker ---- */

struct worker {
	struct ra_rest *rest;
	unsigned index, begun, answered, wanted;
};

static void ask(struct worker *worker);

static void on_answer(void *ctx, int status, const struct ra_rest_answer *answer)
{
	struct worker *worker = ctx;
	if (status != 0) {
		told[worker->index].failed++;
		snprintf(told[worker->index].why, sizeof(told->why), "%d (HTTP %d): %s", status,
			 answer->http_status, answer->why);
	}
	told[worker->index].answered = ++worker->answered;
	if (worker->begun < worker->wanted)
		ask(worker);
}

static struct ra_rest_call call_of(unsigned n)
{
	static const char *const of_guild[] = {
		"GET /guilds/{guild.id}",
		"GET /guilds/{guild.id}/channels",
		"GET /guilds/{guild.id}/roles",
		"GET /guilds/{guild.id}/threads/active",
	};
	struct ra_rest_call call = { .deadline_ms = 300000, .priority = n % 3 };
	if (n % 100 == 7) { /* 2 in 5 s */
		call.route = "GET /gateway/bot";
	} else if (n % 20 == 3) { /* 30 in 5 s */
		call.route = "GET /users/@me";
	} else if (n % 4 == 0) { /* 10 in 10 s each, for each guild */
		call.route = of_guild[n / 4 % RA_COUNT(of_guild)];
		call.ids[0] = guilds[n / 16 % guild_count];
	} else { /* 50 in 10 s for each channel */
		call.route = "GET /channels/{channel.id}/messages";
		call.ids[0] = channels[n % channel_count];
		call.query = "limit=1";
	}
	return call;
}

static void ask(struct worker *worker)
{
	struct ra_rest_call call = call_of(worker->begun++ * WORKERS + worker->index);
	ra_rest_send(worker->rest, &call, on_answer, worker);
}

static int work(unsigned index, unsigned calls, const char *redis_url)
{
	struct worker worker = { .index = index, .wanted = calls };
	struct ra_err err;
	bool is_closed = false;
	uv_loop_t loop;
	char *base = ra_format("http://127.0.0.1:%u/api/v10", port);
	signal(SIGPIPE, SIG_IGN);
	uv_loop_init(&loop);
	worker.rest =
		ra_rest_open(&loop,
			     &(struct ra_rest_options){
				     .base_url = base, .token = TOKEN, .redis_url = redis_url },
			     &err);
	while (worker.begun < AT_ONCE && worker.begun < calls)
		ask(&worker);
	while (worker.answered < calls)
		uv_run(&loop, UV_RUN_ONCE);
	ra_rest_close(worker.rest, set_flag, &is_closed);
	while (uv_run(&loop, UV_RUN_DEFAULT)) {
	}
	ra_free(base);
	return is_closed && uv_loop_close(&loop) == 0 ? 0 : 1;
}

/* ---- the test's side ---- */

static void start_workers(pid_t workers[WORKERS], unsigned calls, const char *redis_url)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		told[i] = (struct told){ 0 };
		workers[i] = fork();
		if (workers[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(work(i, calls, redis_url));
		}
	}
}

static unsigned answered(void)
{
	return told[0].answered + told[1].answered;
}

/* Until so many calls are answered, in all. */
static void wait_for(unsigned count)
{
	uint64_t end_ms = ra_monotonic_ms() + 240000;
	while (answered() < count && ra_monotonic_ms() < end_ms)
		usleep(20000);
	if (answered() < count)
		fail_msg("%u of %u calls are answered", answered(), count);
}

static void join_workers(pid_t workers[WORKERS])
{
	for (unsigned i = 0; i < WORKERS; i++) {
		int status;
		assert_int_equal(waitpid(workers[i], &status, 0), workers[i]);
		assert_int_equal(status, 0);
		if (told[i].failed)
			fail_msg("%u calls failed, the last with %s", told[i].failed, told[i].why);
	}
}

static json_int_t number(const json_t *record, const char *name)
{
	return json_integer_value(json_object_get(record, name));
}

static int compare(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
	return (x > y) - (x < y);
}

/* Calls in the windows of the global limit from number `first` on: the busiest and the median. */
static void windows_of(const json_t *record, size_t first, unsigned *most, unsigned *median)
{
	const json_t *windows = json_object_get(record, "windows");
	unsigned sorted[600];
	size_t count = 0;
	for (size_t i = first; i < json_array_size(windows) && count < RA_COUNT(sorted); i++)
		sorted[count++] = (unsigned)json_integer_value(json_array_get(windows, i));
	assert_true(count > 0);
	qsort(sorted, count, sizeof(*sorted), compare);
	*most = sorted[count - 1];
	*median = sorted[count / 2];
}

/* Of one bucket at most `most`; of the others none. */
static void expect_429s(const json_t *record, json_int_t most)
{
	const json_t *limited = json_object_get(record, "limited");
	assert_in_range(number(limited, "user"), 0, most);
	assert_int_equal(number(limited, "shared"), 0);
	assert_int_equal(number(limited, "global"), 0);
	assert_int_equal(number(limited, "banned"), 0);
}

static void test_two_processes_are_one_bot(void **state)
{
	pid_t workers[WORKERS];
	unsigned most, median;
	struct test_redis *redis = *state;
	start_workers(workers, 1000, redis->url);
	wait_for(2000);
	join_workers(workers);
	json_t *record = control("rest");
	windows_of(record, 0, &most, &median);
	print_message("# %lld calls, at most %u and usually %u a second\n", number(record, "calls"),
		      most, median);
	expect_429s(record, 0);
	assert_int_equal(number(record, "calls"), 2000);
	assert_in_range(most, 1, 50);
	assert_in_range(median, 1, 50);
	json_decref(record);
}

static void test_redis_dies_and_comes_back_empty(void **state)
{
	pid_t workers[WORKERS];
	unsigned most, median;
	struct test_redis *redis = *state;
	json_t *record = control("rest");
	size_t first = json_array_size(json_object_get(record, "windows"));
	json_decref(record);
	start_workers(workers, 300, redis->url);
	wait_for(150);
	test_redis_kill(redis);
	wait_for(350);
	test_redis_restart(redis);
	wait_for(600);
	join_workers(workers);
	record = control("rest");
	windows_of(record, first, &most, &median);
	print_message("# at most %u and usually %u a second\n", most, median);
	/* of a small bucket, neither knows any more what the other has used */
	json_int_t limited = number(json_object_get(record, "limited"), "user");
	expect_429s(record, 3);
	assert_int_equal(number(record, "calls"), 2600 + limited);
	assert_in_range(most, 1, 50);
	json_decref(record);
}

static int setup(void **state)
{
	static struct test_redis redis;
	told = mmap(NULL, WORKERS * sizeof(*told), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	test_redis_start(&redis, TEST_AOF_OFF, NULL);
	start_simulator();
	learn_places();
	*state = &redis;
	return told == MAP_FAILED;
}

static int teardown(void **state)
{
	kill(simulator, SIGTERM);
	waitpid(simulator, NULL, 0);
	test_redis_stop(*state);
	munmap(told, WORKERS * sizeof(*told));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_processes_are_one_bot),
		cmocka_unit_test(test_redis_dies_and_comes_back_empty),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
