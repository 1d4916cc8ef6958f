/*
 * child: see child.h.
 *
 *   run -> (process ends, output ends) -> on_ended -> backoff -> run ...
 *                                            '-> stopped, one-shot, 78 -> done
 */
#include "services/launcher/child.h"
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/loop/backoff.h"
#include "services/launcher/terminal.h"
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	LINE_MAX_BYTES = 64 * 1024,
	READ_BYTES = 8192,
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
	uv_pipe_t output;
	uv_timer_t timer; /* restart, or the end of patience */
	struct ra_buf line;
	struct ra_backoff backoff;
	uint64_t started_ms;
	int64_t exit_status;
	int open_handles; /* of this run: process and output */
	bool is_stopping;
};

static void run(struct child *child);

/* --- output ---------------------------------------------------------------- */

static void relay_lines(struct child *child, bool is_end)
{
	char *newline;
	while (child->line.len > 0 && (newline = memchr(child->line.ptr, '\n', child->line.len))) {
		size_t len = (size_t)(newline - child->line.ptr);
		terminal_relay(child->spec.name, (struct ra_str){ child->line.ptr, len });
		ra_buf_consume(&child->line, len + 1);
	}
	if (child->line.len > LINE_MAX_BYTES || (is_end && child->line.len > 0)) {
		terminal_relay(child->spec.name, ra_buf_str(&child->line));
		ra_buf_clear(&child->line);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct child *child = handle->data;
	(void)suggested;
	*buf = uv_buf_init(ra_buf_reserve(&child->line, READ_BYTES), READ_BYTES);
}

/* --- the end of a run -------------------------------------------------------- */

static void free_words(char **words)
{
	for (char **word = words; *word; word++)
		ra_free(*word);
	ra_free(words);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct child *child = handle->data;
	child->done(child->ctx, child, child->exit_status);
	free_words(child->argv);
	free_words(child->env);
	ra_buf_fini(&child->line);
	ra_free(child);
}

static void on_restart(uv_timer_t *timer)
{
	run(timer->data);
}

static void on_ended(struct child *child)
{
	bool is_hopeless = child->exit_status == EX_CONFIG;
	if (child->is_stopping || !child->spec.is_service || is_hopeless) {
		child->is_stopping = true;
		uv_close((uv_handle_t *)&child->timer, on_timer_closed);
		return;
	}
	if (ra_monotonic_ms() - child->started_ms > STEADY_MS)
		ra_backoff_reset(&child->backoff);
	uint64_t wait_ms = ra_backoff_next_ms(&child->backoff);
	ra_warn(NULL, "service ended, starting it again", ra_f_text("program", child->spec.name),
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
	relay_lines(child, n < 0);
	if (n < 0)
		uv_close((uv_handle_t *)stream, on_handle_closed);
}

/* What it said last. Its own children may outlive it and hold the pipe open, as backends of a
 * killed PostgreSQL do: so the end of the output is now, not when the pipe says so. */
static void drain_output(struct child *child)
{
	uv_os_fd_t fd;
	ssize_t n;
	if (uv_is_closing((uv_handle_t *)&child->output) ||
	    uv_fileno((uv_handle_t *)&child->output, &fd) < 0)
		return;
	while ((n = read(fd, ra_buf_reserve(&child->line, READ_BYTES), READ_BYTES)) > 0) {
		child->line.len += (size_t)n;
		relay_lines(child, false);
	}
	relay_lines(child, true);
	uv_close((uv_handle_t *)&child->output, on_handle_closed);
}

static void on_exited(uv_process_t *process, int64_t exit_status, int signal)
{
	struct child *child = process->data;
	child->exit_status = signal ? 128 + signal : exit_status;
	drain_output(child);
	uv_close((uv_handle_t *)process, on_handle_closed);
}

/* --- starting ------------------------------------------------------------------ */

static int spawn(struct child *child, uv_file output)
{
	uv_stdio_container_t stdio[3] = {
		{ .flags = UV_IGNORE },
		{ .flags = UV_INHERIT_FD, .data.fd = output },
		{ .flags = UV_INHERIT_FD, .data.fd = output },
	};
	uv_process_options_t options = {
		.file = child->argv[0],
		.args = child->argv,
		.env = child->env,
		.cwd = child->spec.cwd,
		.stdio = stdio,
		.stdio_count = RA_COUNT(stdio),
		.exit_cb = on_exited,
		.flags = UV_PROCESS_DETACHED, /* Ctrl-C is ours; we stop children in order */
	};
	int rc = uv_spawn(child->loop, &child->process, &options);
	child->open_handles++;
	if (rc < 0)
		uv_close((uv_handle_t *)&child->process, on_handle_closed);
	return rc;
}

/* stdout and stderr share one pipe: the order of lines stays. */
static int open_output(struct child *child, uv_file *theirs)
{
	uv_file ends[2];
	int rc = uv_pipe(ends, UV_NONBLOCK_PIPE, 0);
	if (rc < 0)
		return rc;
	*theirs = ends[1];
	return uv_pipe_open(&child->output, ends[0]);
}

static void run(struct child *child)
{
	uv_file theirs = -1;
	uv_pipe_init(child->loop, &child->output, 0);
	child->output.data = child->process.data = child;
	child->started_ms = ra_monotonic_ms();
	child->open_handles = 1;
	child->exit_status = -1;
	int rc = open_output(child, &theirs);
	if (rc == 0)
		rc = spawn(child, theirs);
	if (theirs >= 0)
		close(theirs);
	if (rc == 0)
		rc = uv_read_start((uv_stream_t *)&child->output, on_alloc, on_output);
	if (rc == 0)
		return;
	ra_error(NULL, "cannot start", ra_f_text("program", child->spec.name), ra_f_err(rc));
	uv_close((uv_handle_t *)&child->output, on_handle_closed);
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
	const char *death_signal = spec->stop_signal == SIGINT ? "INT" : "TERM";
	const char *always[] = { "setpriv", "--pdeathsig", death_signal };
	const char *as_user[] = { "--reuid", spec->user, "--regid", spec->user, "--init-groups" };
	size_t n = 0, words = RA_COUNT(always) + RA_COUNT(as_user) + 1 + count_of(spec->argv);
	child->argv = ra_alloc((words + 1) * sizeof(char *));
	for (size_t i = 0; i < RA_COUNT(always); i++)
		child->argv[n++] = ra_strdup(always[i]);
	for (size_t i = 0; spec->user && i < RA_COUNT(as_user); i++)
		child->argv[n++] = ra_strdup(as_user[i]);
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
	size_t n = 0, ours = count_of((const char *const *)environ);
	child->env = ra_alloc((ours + count_of(spec->env) + 1) * sizeof(char *));
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

/* --- stopping ---------------------------------------------------------------------- */

/* With what it has started itself: a child leads its own process group. */
static void signal_group(const struct child *child, int signal)
{
	kill(-child->process.pid, signal);
}

static void on_out_of_patience(uv_timer_t *timer)
{
	struct child *child = timer->data;
	ra_warn(NULL, "does not stop, killing it", ra_f_text("program", child->spec.name));
	signal_group(child, SIGKILL);
}

void child_stop(struct child *child, uint64_t grace_ms)
{
	if (child->is_stopping)
		return;
	child->is_stopping = true;
	uv_timer_stop(&child->timer);
	if (child->open_handles == 0) {
		on_ended(child); /* it was waiting to be started again */
		return;
	}
	uv_timer_start(&child->timer, on_out_of_patience, grace_ms, 0);
	signal_group(child, child->spec.stop_signal);
}

const char *child_name(const struct child *child)
{
	return child->spec.name;
}
