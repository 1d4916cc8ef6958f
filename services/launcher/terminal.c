/* terminal: see the header. */
#include "services/launcher/terminal.h"
#include "libshared/base/buf.h"
#include "libshared/base/log.h"
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define NAME_WIDTH 10

static void write_line(const char *before, const char *after, const char *name, struct ra_str line)
{
	struct ra_buf out = { 0 };
	ra_buf_printf(&out, "%s%-*s |%s ", before, NAME_WIDTH, name, after);
	ra_buf_add_str(&out, line);
	ra_buf_add_text(&out, "\n");
	fwrite(out.ptr, 1, out.len, stderr);
	ra_buf_fini(&out);
}

/* Our services write objects themselves; PostgreSQL and Redis do not. */
static void relay_json(const char *program, struct ra_str line)
{
	if (ra_str_starts(line, "{")) {
		fprintf(stderr, "%.*s\n", (int)line.len, line.ptr);
		return;
	}
	char *phrase = ra_str_dup(line);
	ra_info(NULL, phrase, ra_f_text("program", program));
	ra_free(phrase);
}

void terminal_relay(const char *program, struct ra_str line)
{
	bool is_dim = isatty(STDERR_FILENO);
	if (ra_log_format() == RA_LOG_JSON)
		relay_json(program, line);
	else
		write_line(is_dim ? "\033[2m" : "", is_dim ? "\033[0m" : "", program, line);
}

void terminal_say(const char *fmt, ...)
{
	char text[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (ra_log_format() == RA_LOG_JSON)
		ra_info(NULL, text);
	else
		fprintf(stderr, "  %s\n", text);
}

void terminal_fail(const struct ra_err *err)
{
	if (ra_log_format() == RA_LOG_JSON)
		ra_error(NULL, err->msg, ra_f_text("hint", err->hint));
	else
		fprintf(stderr, "rations: %s\n  %s\n", err->msg, err->hint);
}
