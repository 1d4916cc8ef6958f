/*
 * ctl_child: see ctl_child.h.
 *
 *	start --> it writes lines --> its output ends, it exits --> all handles closed: done
 *	            too long, too much, stopped: it is killed, and exits --^
 */
#include "services/api/ctl_child.h"
#include "libshared/base/base.h"
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIME_MS = 45000, READ_BYTES = 16384, SAID_MAX = 512 * 1024, ARGS_MAX = 8 };

/* The ports of the services on one host follow each other: gateway-ingest, analytics, api. */
enum { OUR_PORT = 5103, BEFORE_US = 2 };

struct ctl_child {
	uv_process_t process;
	uv_pipe_t output;
	uv_timer_t timer;
	int pending; /* handles that are not closed yet */
	int status;
	size_t said; /* bytes */
	struct ra_buf line;
	json_t *lines; /* owned, until it is handed over */
	ctl_child_cb done;
	void *ctx; /* borrowed */
};

/* --- the end --- */

static void on_closed(uv_handle_t *handle)
{
	struct ctl_child *child = handle->data;
	if (--child->pending > 0)
		return;
	ra_buf_fini(&child->line);
	child->done(child->ctx, child->lines, child->status);
	ra_free(child);
}

static void close_once(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, on_closed);
}

static void on_exited(uv_process_t *process, int64_t status, int signal)
{
	struct ctl_child *child = process->data;
	if (child->status == 0)
		child->status = signal ? RA_ESTOPPED : (int)status;
	close_once((uv_handle_t *)&child->timer);
	close_once((uv_handle_t *)process);
}

static void kill_it(struct ctl_child *child, int why)
{
	child->status = why;
	uv_process_kill(&child->process, SIGKILL);
}

static void on_late(uv_timer_t *timer)
{
	kill_it(timer->data, RA_ETIMEOUT);
}

void ctl_child_stop(struct ctl_child *child)
{
	kill_it(child, RA_ESTOPPED);
}

/* --- what it says --- */

static void take_lines(struct ctl_child *child)
{
	const char *end;
	while ((end = memchr(child->line.ptr, '\n', child->line.len))) {
		size_t len = (size_t)(end - child->line.ptr);
		json_t *json = json_loadb(child->line.ptr, len, 0, NULL);
		if (json)
			json_array_append_new(child->lines, json);
		ra_buf_consume(&child->line, len + 1);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct ctl_child *child = handle->data;
	(void)suggested;
	*buf = uv_buf_init(ra_buf_reserve(&child->line, READ_BYTES), READ_BYTES);
}

static void on_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct ctl_child *child = stream->data;
	(void)buf;
	if (n < 0) {
		close_once((uv_handle_t *)stream);
		return;
	}
	child->line.len += (size_t)n;
	child->said += (size_t)n;
	take_lines(child);
	if (child->said > SAID_MAX)
		kill_it(child, RA_ETOOBIG);
}

/* --- the beginning --- */

static bool is_passed_on(const char *name)
{
	static const char *const ours[] = { "SESSION_SECRET", "SESSION_SECRET_FILE", "ADMIN_PORT",
					    "ADMIN_PORT_FILE", "PATIENCE" };
	for (size_t i = 0; i < RA_COUNT(ours); i++)
		if (strcmp(ours[i], name) == 0)
			return false;
	return true;
}

/* Ended by NULL; free_env. */
static char **make_env(void)
{
	uv_env_item_t *items = NULL;
	int count = 0;
	size_t len = 0;
	const char *port = getenv("ADMIN_PORT");
	if (uv_os_environ(&items, &count) < 0)
		count = 0;
	char **env = ra_alloc(((size_t)count + 3) * sizeof(*env));
	for (int i = 0; i < count; i++)
		if (is_passed_on(items[i].name))
			env[len++] = ra_format("%s=%s", items[i].name, items[i].value);
	if (items)
		uv_os_free_environ(items, count);
	env[len++] = ra_format("ADMIN_PORT=%d", (port ? atoi(port) : OUR_PORT) - BEFORE_US);
	env[len++] = ra_strdup("PATIENCE=3s");
	env[len] = NULL;
	return env;
}

static void free_env(char **env)
{
	for (char **at = env; *at; at++)
		ra_free(*at);
	ra_free(env);
}

/* Beside us; in PATH, should the system not say where we are. */
static void find_program(char path[PATH_MAX])
{
	size_t len = PATH_MAX - sizeof("rationsctl");
	char *slash = uv_exepath(path, &len) == 0 ? strrchr(path, '/') : NULL;
	memcpy(slash ? slash + 1 : path, "rationsctl", sizeof("rationsctl"));
}

static int spawn(struct ctl_child *child, char *const *args)
{
	char path[PATH_MAX], name[] = "rationsctl", *argv[ARGS_MAX + 2] = { name };
	for (size_t i = 0; i < ARGS_MAX && args[i]; i++)
		argv[i + 1] = args[i];
	find_program(path);
	uv_stdio_container_t stdio[] = {
		{ .flags = UV_IGNORE },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
		  .data.stream = (uv_stream_t *)&child->output },
		{ .flags = UV_IGNORE },
	};
	uv_process_options_t options = { .file = path,
					 .args = argv,
					 .env = make_env(),
					 .exit_cb = on_exited,
					 .stdio = stdio,
					 .stdio_count = RA_COUNT(stdio) };
	int rc = uv_spawn(child->output.loop, &child->process, &options);
	free_env(options.env);
	return rc;
}

struct ctl_child *ctl_child_start(uv_loop_t *loop, char *const *args, ctl_child_cb done, void *ctx)
{
	struct ctl_child *child = ra_new(struct ctl_child);
	*child =
		(struct ctl_child){ .lines = json_array(), .done = done, .ctx = ctx, .pending = 3 };
	child->process.data = child->output.data = child->timer.data = child;
	uv_timer_init(loop, &child->timer);
	uv_pipe_init(loop, &child->output, 0);
	int rc = spawn(child, args);
	if (rc == 0)
		rc = uv_timer_start(&child->timer, on_late, TIME_MS, 0);
	if (rc == 0)
		rc = uv_read_start((uv_stream_t *)&child->output, on_alloc, on_output);
	if (rc == 0)
		return child;
	child->status = rc;
	if (uv_is_active((uv_handle_t *)&child->process))
		kill_it(child, rc);
	else
		close_once((uv_handle_t *)&child->process);
	close_once((uv_handle_t *)&child->timer);
	close_once((uv_handle_t *)&child->output);
	return child;
}
