#include "services/launcher/child.h"
#include "libshared/base/clock.h"
#include "libshared/base/err.h"
#include "libshared/base/log.h"
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum {
	NAME_WIDTH = 10,
	LINE_MAX_BYTES = 64 * 1024,
	/* Having run this long counts as a good start. */
	STEADY_MS = 10 * 1000,
};

struct child {
	uv_loop_t *loop;
	struct child_spec spec;
	char **argv, **env; /* owned */
	child_done_cb done;
	void *ctx;
	uv_process_t process;
	uv_pipe_t output, input;
	uv_write_t write;
	uv_timer_t timer; /* restart, or the end of patience */
	struct ra_buf line;
	struct ra_backoff backoff;
	uint64_t started_ms;
	int64_t exit_status;
	int open_handles; /* of the running process: itself and its pipes */
	bool is_running, is_stopping;
};

static void run(struct child *child);

/* --- output ---------------------------------------------------------------- */

static void print_line(const struct child *child, struct ra_str line)
{
	struct ra_buf out = { 0 };
	if (isatty(STDERR_FILENO))
		ra_buf_printf(&out, "\033[2m%-*s |\033[0m ", NAME_WIDTH, child->spec.name);
	else
		ra_buf_printf(&out, "%-*s | ", NAME_WIDTH, child->spec.name);
	ra_buf_add_str(&out, line);
	ra_buf_add_text(&out, "\n");
	fwrite(out.ptr, 1, out.len, stderr);
	ra_buf_fini(&out);
}

static void print_lines(struct child *child, bool is_end)
{
	char *newline;
	while (child->line.len > 0 && (newline = memchr(child->line.ptr, '\n', child->line.len))) {
		size_t len = (size_t)(newline - child->line.ptr);
		print_line(child, (struct ra_str){ child->line.ptr, len });
		ra_buf_consume(&child->line, len + 1);
	}
	if (child->line.len > LINE_MAX_BYTES || (is_end && child->line.len > 0)) {
		print_line(child, ra_buf_str(&child->line));
		ra_buf_clear(&child->line);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct child *child = handle->data;
	(void)suggested;
	*buf = uv_buf_init(ra_buf_reserve(&child->line, 8192), 8192);
}

/* --- the end of a run -------------------------------------------------------- */

static void on_timer_closed(uv_handle_t *handle)
{
	struct child *child = handle->data;
	child->done(child->ctx, child, child->exit_status);
	for (char **word = child->argv; *word; word++)
		ra_free(*word);
	for (char **word = child->env; *word; word++)
		ra_free(*word);
	ra_free(child->argv);
	ra_free(child->env);
	ra_buf_fini(&child->line);
	ra_free(child);
}

static void on_restart(uv_timer_t *timer)
{
	run(timer->data);
}

static void on_ended(struct child *child)
{
	child->is_running = false;
	if (child->is_stopping || !child->spec.is_service) {
		uv_close((uv_handle_t *)&child->timer, on_timer_closed);
		return;
	}
	if (ra_monotonic_ms() - child->started_ms > STEADY_MS)
		ra_backoff_reset(&child->backoff);
	uint64_t wait_ms = ra_backoff_next_ms(&child->backoff);
	ra_warn(NULL, "service ended, starting it again", ra_f_text("service", child->spec.name),
		ra_f_int("exit_status", child->exit_status), ra_f_u64("wait_ms", wait_ms));
	uv_timer_start(&child->timer, on_restart, wait_ms, 0);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct child *child = handle->data;
	if (--child->open_handles == 0)
		on_ended(child);
}

static void on_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	(void)buf;
	struct child *child = stream->data;
	if (n > 0)
		child->line.len += (size_t)n;
	print_lines(child, n < 0);
	if (n < 0 && !uv_is_closing((uv_handle_t *)stream))
		uv_close((uv_handle_t *)stream, on_handle_closed);
}

/* What it said last. Its own children may outlive it and hold the pipe open, as backends of a killed
 * PostgreSQL do: so the end of the output is now, not when the pipe says so. */
static void drain_output(struct child *child)
{
	uv_os_fd_t fd;
	ssize_t n;
	if (uv_is_closing((uv_handle_t *)&child->output) ||
	    uv_fileno((uv_handle_t *)&child->output, &fd) < 0)
		return;
	while ((n = read(fd, ra_buf_reserve(&child->line, 8192), 8192)) > 0) {
		child->line.len += (size_t)n;
		print_lines(child, false);
	}
	print_lines(child, true);
	uv_close((uv_handle_t *)&child->output, on_handle_closed);
}

static void on_exit_of_child(uv_process_t *process, int64_t exit_status, int signal)
{
	struct child *child = process->data;
	child->exit_status = signal ? 128 + signal : exit_status;
	drain_output(child);
	uv_close((uv_handle_t *)process, on_handle_closed);
}

/* --- starting ------------------------------------------------------------------ */

static void on_input_written(uv_write_t *write, int status)
{
	(void)status;
	uv_close((uv_handle_t *)write->handle, on_handle_closed);
}

static void feed(struct child *child)
{
	const char *input = child->spec.input ? child->spec.input : "";
	uv_buf_t buf = uv_buf_init((char *)input, (unsigned)strlen(input));
	if (uv_write(&child->write, (uv_stream_t *)&child->input, &buf, 1, on_input_written) < 0)
		uv_close((uv_handle_t *)&child->input, on_handle_closed);
}

static void run(struct child *child)
{
	uv_pipe_init(child->loop, &child->output, 0);
	uv_pipe_init(child->loop, &child->input, 0);
	child->output.data = child->input.data = child->process.data = child;
	child->started_ms = ra_monotonic_ms();
	uv_stdio_container_t stdio[3] = {
		{ .flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
		  .data.stream = (uv_stream_t *)&child->input },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
		  .data.stream = (uv_stream_t *)&child->output },
		{ .flags = UV_IGNORE },
	};
	/* stdout and stderr share one pipe: the order of lines stays. */
	char *script[64] = { "sh", "-c", "exec \"$@\" 2>&1", "sh" };
	size_t n = 4;
	for (char **word = child->argv; *word && n < RA_COUNT(script) - 1; word++)
		script[n++] = *word;
	uv_process_options_t options = {
		.file = "/bin/sh",
		.args = script,
		.env = child->env,
		.stdio = stdio,
		.stdio_count = 3,
		.exit_cb = on_exit_of_child,
		.flags = UV_PROCESS_DETACHED, /* Ctrl-C is ours; we stop children in order */
	};
	int rc = uv_spawn(child->loop, &child->process, &options);
	child->open_handles = 3;
	child->is_running = rc == 0;
	if (rc < 0) {
		child->exit_status = -1;
		ra_error(NULL, "cannot start", ra_f_text("program", child->argv[0]), ra_f_err(rc));
		uv_close((uv_handle_t *)&child->process, on_handle_closed);
		uv_close((uv_handle_t *)&child->output, on_handle_closed);
		uv_close((uv_handle_t *)&child->input, on_handle_closed);
		return;
	}
	uv_read_start((uv_stream_t *)&child->output, on_alloc, on_output);
	feed(child);
}

/* --- what it is run with ---------------------------------------------------------- */

static size_t count_of(const char *const *list)
{
	size_t n = 0;
	while (list && list[n])
		n++;
	return n;
}

static void copy_argv(struct child *child, const struct child_spec *spec)
{
	const char *as_user[] = { "--reuid", spec->user, "--regid", spec->user, "--init-groups" };
	size_t n = 0;
	child->argv = ra_alloc((count_of(spec->argv) + 16) * sizeof(char *));
	child->argv[n++] = ra_strdup("setpriv");
	for (size_t i = 0; spec->user && i < RA_COUNT(as_user); i++)
		child->argv[n++] = ra_strdup(as_user[i]);
	child->argv[n++] = ra_strdup("--pdeathsig");
	child->argv[n++] = ra_strdup(spec->stop_signal == SIGINT ? "INT" : "TERM");
	child->argv[n++] = ra_strdup("--");
	for (size_t i = 0; spec->argv[i]; i++)
		child->argv[n++] = ra_strdup(spec->argv[i]);
}

static bool is_overridden(const char *entry, const char *const *env)
{
	size_t len = strcspn(entry, "=") + 1;
	for (size_t i = 0; env && env[i]; i++) {
		if (strncmp(entry, env[i], len) == 0)
			return true;
	}
	return false;
}

static void copy_env(struct child *child, const struct child_spec *spec)
{
	size_t n = 0;
	child->env = ra_alloc((count_of((const char *const *)environ) + count_of(spec->env) + 1) *
			      sizeof(char *));
	for (char **entry = environ; *entry; entry++) {
		if (!is_overridden(*entry, spec->env))
			child->env[n++] = ra_strdup(*entry);
	}
	for (size_t i = 0; spec->env && spec->env[i]; i++)
		child->env[n++] = ra_strdup(spec->env[i]);
}

struct child *child_start(uv_loop_t *loop, const struct child_spec *spec, child_done_cb done,
			  void *ctx)
{
	struct child *child = ra_new(struct child);
	child->loop = loop;
	child->spec = *spec;
	child->done = done;
	child->ctx = ctx;
	child->backoff = (struct ra_backoff){ .min_ms = 200, .max_ms = 10000 };
	copy_argv(child, spec);
	copy_env(child, spec);
	uv_timer_init(loop, &child->timer);
	child->timer.data = child;
	run(child);
	return child;
}

static void on_out_of_patience(uv_timer_t *timer)
{
	struct child *child = timer->data;
	ra_warn(NULL, "does not stop, killing it", ra_f_text("service", child->spec.name));
	uv_process_kill(&child->process, SIGKILL);
}

void child_stop(struct child *child, uint64_t grace_ms)
{
	if (child->is_stopping)
		return;
	child->is_stopping = true;
	uv_timer_stop(&child->timer);
	if (!child->is_running) {
		if (child->open_handles == 0)
			on_ended(child);
		return;
	}
	uv_process_kill(&child->process, child->spec.stop_signal);
	uv_timer_start(&child->timer, on_out_of_patience, grace_ms, 0);
}

const char *child_name(const struct child *child)
{
	return child->spec.name;
}
