/*
 * service: a real process, seen from outside. The test starts itself again
 * as a small service: what its option MOOD says decides how it behaves.
 */
#include "libshared/loop/service.h"
#include "libshared/base/buf.h"
#include "libshared/http/client.h"
#include "tests/harness/loop.h"
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The service. */

struct conf {
	ra_conf_choice mood;
	ra_conf_int size;
};

static const struct ra_option options[] = { RA_CONF_TABLE(
	mood, MOOD, choice, "good", "good stubborn restless broken misled", NULL,
	"how it behaves") RA_CONF_TABLE(size, SIZE, int, "5", "1", "9", "how large it is") };

static uv_timer_t work; /* what keeps it alive */

static bool has_mood(const struct ra_service *service, const char *mood)
{
	return strcmp(((const struct conf *)service->conf)->mood, mood) == 0;
}

static void on_work(uv_timer_t *timer)
{
	struct ra_service *service = timer->data;

	if (has_mood(service, "restless"))
		ra_service_stop(service, 3);
}

static bool is_ready(void *ctx, char why[128])
{
	const struct ra_service *service = ctx;

	snprintf(why, 128, "size is %d", (int)((const struct conf *)service->conf)->size);
	return ((const struct conf *)service->conf)->size == 5;
}

static bool is_always_ready(void *ctx, char why[128])
{
	(void)ctx;
	(void)why;
	return true;
}

static int check(const void *conf)
{
	const struct conf *c = conf;

	if (c->size != 7)
		return 0;
	fprintf(stderr, "SIZE may not be 7\n");
	return 1;
}

static int start(struct ra_service *service)
{
	if (has_mood(service, "broken"))
		return -1;
	if (has_mood(service, "misled"))
		return RA_ECONF;
	uv_timer_init(service->loop, &work);
	work.data = service;
	uv_timer_start(&work, on_work, 10, 60000);
	ra_service_ready_check(service, "size", is_ready, service);
	ra_service_ready_check(service, "always", is_always_ready, NULL);
	puts("ready");
	fflush(stdout);
	return 0;
}

static void stop(struct ra_service *service)
{
	puts("stop");
	fflush(stdout);
	if (!has_mood(service, "stubborn"))
		uv_close((uv_handle_t *)&work, NULL);
}

static void fini(struct ra_service *service)
{
	(void)service;
	puts("fini");
	fflush(stdout);
}

static const struct ra_service_spec spec = {
	.name = "mood",
	.summary = "a service with moods",
	.options = options,
	.option_count = RA_COUNT(options),
	.conf_size = sizeof(struct conf),
	.admin_port = 5999,
	.drain_ms = 300,
	.check = check,
	.start = start,
	.stop = stop,
	.fini = fini,
};

/* The process, from outside. */

struct process {
	pid_t pid;
	int out; /* both its outputs */
	struct ra_buf said;
	int status;
};

static char port[8];

static void launch(struct process *process, const char *arg, const char *const *env)
{
	int pipe_fds[2];
	char *argv[] = { "mood", (char *)arg, NULL };

	*process = (struct process){ 0 };
	assert_int_equal(pipe(pipe_fds), 0);
	process->pid = fork();
	assert_true(process->pid >= 0);
	if (process->pid == 0) {
		dup2(pipe_fds[1], STDOUT_FILENO);
		dup2(pipe_fds[1], STDERR_FILENO);
		close(pipe_fds[0]);
		close(pipe_fds[1]);
		setenv("SERVICE_TEST_AS", "service", 1);
		setenv("ADMIN_PORT", port, 1);
		for (; env && *env; env++)
			putenv((char *)*env);
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	close(pipe_fds[1]);
	process->out = pipe_fds[0];
}

/* Reads what it says until `text` is there, or it has gone. */
static bool says(struct process *process, const char *text)
{
	while (!text || !strstr(ra_buf_text(&process->said), text)) {
		char *to = ra_buf_reserve(&process->said, 4096);
		ssize_t got = read(process->out, to, 4096);
		if (got <= 0)
			return false;
		process->said.len += (size_t)got;
	}
	return true;
}

/* Waits for its end; the exit code, or -signal. */
static int outlive(struct process *process)
{
	says(process, NULL);
	assert_int_equal(waitpid(process->pid, &process->status, 0), process->pid);
	close(process->out);
	return WIFEXITED(process->status) ? WEXITSTATUS(process->status)
					  : -WTERMSIG(process->status);
}

/* Runs it to its end and checks exit code and words. */
static void expect_run(const char *arg, const char *const *env, int exit_code,
		       const char *const *words)
{
	struct process process;

	launch(&process, arg, env);
	int got = outlive(&process);
	const char *said = ra_buf_text(&process.said);
	if (got != exit_code)
		fail_msg("exit code %d: %s", got, said);
	for (; *words; words++)
		if (!strstr(said, *words))
			fail_msg("it did not say \"%s\" but: %s", *words, said);
	ra_buf_fini(&process.said);
}

static void finish(struct process *process, int exit_code)
{
	int got = outlive(process);

	if (got != exit_code)
		fail_msg("exit code %d: %s", got, ra_buf_text(&process->said));
	ra_buf_fini(&process->said);
}

static int count(const char *text, const char *word)
{
	int n = 0;

	for (const char *at = text; (at = strstr(at, word)); at++)
		n++;
	return n;
}

/* A port nobody listens on right now. */
static int bind_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	snprintf(port, sizeof(port), "%d", ntohs(addr.sin_port));
	return fd;
}

static int choose_port(void **state)
{
	(void)state;
	close(bind_port());
	return 0;
}

struct answer {
	uv_loop_t loop;
	struct ra_http_client *client;
	int status;
	bool is_done;
	struct ra_buf body;
};

static void on_client_closed(void *ctx)
{
	((struct answer *)ctx)->is_done = true;
}

static void on_answer(void *ctx, int status, const struct ra_http_answer *http,
		      const struct ra_err *err)
{
	struct answer *answer = ctx;

	(void)err;
	assert_int_equal(status, 0);
	answer->status = http->status;
	ra_buf_add_str(&answer->body, http->body);
	ra_http_client_close(answer->client, on_client_closed, answer);
}

static void expect_answer(const char *path, int status, const char *part)
{
	struct answer answer = { 0 };
	char *url = ra_format("http://127.0.0.1:%s%s", port, path);

	test_loop_open(&answer.loop);
	answer.client = ra_http_client_open(&answer.loop, "test", NULL);
	ra_http_send(answer.client, &(struct ra_http_call){ .method = "GET", .url = url },
		     on_answer, &answer);
	test_run_until(&answer.loop, answer.is_done);
	test_loop_close(&answer.loop);
	assert_int_equal(answer.status, status);
	assert_non_null(strstr(ra_buf_text(&answer.body), part));
	ra_buf_fini(&answer.body);
	ra_free(url);
}

static void test_arguments(void **state)
{
	static const char *const help[] = { "mood: a service with moods",
					    "MOOD",
					    "how large it is",
					    "LOG_LEVEL",
					    "ADMIN_PORT",
					    "default 5999",
					    NULL };
	static const char *const version[] = { "mood ", NULL };
	static const char *const usage[] = { "unknown argument --what", "Try mood --help", NULL };

	(void)state;
	expect_run("--help", NULL, 0, help);
	expect_run("--version", NULL, 0, version);
	expect_run("--what", NULL, 64, usage);
}

static void test_all_mistakes_at_once(void **state)
{
	static const char *const env[] = { "MOOD=odd", "SIZE=10", "LOG_LEVEL=loud", "ADMIN_PORT=x",
					   NULL };
	static const char *const words[] = { "MOOD", "SIZE", "LOG_LEVEL", "ADMIN_PORT", NULL };
	static const char *const forbidden[] = { "SIZE=7", NULL };
	static const char *const said[] = { "SIZE may not be 7", NULL };

	(void)state;
	expect_run(NULL, env, 78, words);
	expect_run(NULL, forbidden, 78, said);
}

static void test_a_life(void **state)
{
	static const char *const quiet[] = { NULL };
	struct process process;

	(void)state;
	launch(&process, NULL, NULL);
	assert_true(says(&process, "ready"));
	expect_answer("/healthz", 200, "ok");
	expect_answer("/readyz", 200, "{\"size\":true,\"always\":true}");
	expect_answer("/metrics", 200, "process_start_time_seconds");
	expect_answer("/nothing", 404, "Not found");
	expect_run("--health", NULL, 0, quiet);
	kill(process.pid, SIGTERM);
	assert_int_equal(outlive(&process), 0);
	assert_int_equal(count(ra_buf_text(&process.said), "stop\n"), 1);
	assert_int_equal(count(ra_buf_text(&process.said), "fini\n"), 1);
	assert_int_equal(count(ra_buf_text(&process.said), "handles left open"), 0);
	ra_buf_fini(&process.said);
}

static void test_not_ready(void **state)
{
	static const char *const env[] = { "SIZE=4", NULL };
	struct process process;

	(void)state;
	launch(&process, NULL, env);
	assert_true(says(&process, "ready"));
	expect_answer("/readyz", 503, "{\"size\":\"size is 4\",\"always\":true}");
	kill(process.pid, SIGINT);
	finish(&process, 0);
}

static void test_health_of_nobody(void **state)
{
	static const char *const words[] = { "not healthy: http://127.0.0.1:", "connection refused",
					     NULL };

	(void)state;
	expect_run("--health", NULL, 1, words);
}

static void test_admin_port_in_use(void **state)
{
	static const char *const words[] = { "address already in use",
					     "Set ADMIN_PORT to a free port", NULL };

	(void)state;
	int fd = bind_port();
	assert_int_equal(listen(fd, 1), 0);
	expect_run(NULL, NULL, 1, words);
	close(fd);
}

static void test_broken_start(void **state)
{
	static const char *const env[] = { "MOOD=broken", NULL };
	static const char *const words[] = { NULL };

	(void)state;
	expect_run(NULL, env, 1, words);
}

/* What only another setting can mend is nothing to try again. */
static void test_misled_start(void **state)
{
	static const char *const env[] = { "MOOD=misled", NULL };
	static const char *const words[] = { NULL };

	(void)state;
	expect_run(NULL, env, 78, words);
}

static void test_stops_itself(void **state)
{
	static const char *const env[] = { "MOOD=restless", NULL };
	static const char *const words[] = { "ready", "stop\n", "fini\n", NULL };

	(void)state;
	expect_run(NULL, env, 3, words);
}

static void test_drain_has_an_end(void **state)
{
	static const char *const env[] = { "MOOD=stubborn", NULL };
	struct process process;

	(void)state;
	launch(&process, NULL, env);
	assert_true(says(&process, "ready"));
	kill(process.pid, SIGTERM);
	assert_true(says(&process, "drain timed out"));
	assert_true(says(&process, "fini\n"));
	finish(&process, 0);
}

static void test_second_signal_forces(void **state)
{
	static const char *const env[] = { "MOOD=stubborn", NULL };
	struct process process;

	(void)state;
	launch(&process, NULL, env);
	assert_true(says(&process, "ready"));
	kill(process.pid, SIGTERM);
	assert_true(says(&process, "stop\n"));
	kill(process.pid, SIGTERM);
	finish(&process, 128 + SIGTERM);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_arguments, choose_port),
		cmocka_unit_test_setup(test_all_mistakes_at_once, choose_port),
		cmocka_unit_test_setup(test_a_life, choose_port),
		cmocka_unit_test_setup(test_not_ready, choose_port),
		cmocka_unit_test_setup(test_health_of_nobody, choose_port),
		cmocka_unit_test(test_admin_port_in_use),
		cmocka_unit_test_setup(test_broken_start, choose_port),
		cmocka_unit_test_setup(test_misled_start, choose_port),
		cmocka_unit_test_setup(test_stops_itself, choose_port),
		cmocka_unit_test_setup(test_drain_has_an_end, choose_port),
		cmocka_unit_test_setup(test_second_signal_forces, choose_port),
	};

	if (getenv("SERVICE_TEST_AS"))
		return ra_service_main(&spec, argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
