/*
 * log: a line is built in memory and leaves in one write(2). It is capped at
 * what a pipe takes in one piece (PIPE_BUF), so that the lines of several
 * processes sharing a stderr never mix: a long text is cut, fields that do
 * not fit any more are dropped and `truncated` says so.
 */
#include "libshared/base/log.h"
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#define LINE_BYTES PIPE_BUF
#define TEXT_BYTES 1024
/* Kept free for `truncated` and what ends the line. */
#define SPARE_BYTES 32

static struct {
	const char *service;
	enum ra_level level;
	enum ra_log_format format;
	const struct ra_field *always; /* borrowed; may be NULL */
} setup = { .service = "", .level = RA_LEVEL_INFO, .format = RA_LOG_LOGFMT };

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void ra_log_setup(const char *service, enum ra_level level, enum ra_log_format format)
{
	setup.service = service;
	setup.level = level;
	setup.format = format;
}

void ra_log_always(const struct ra_field *fields)
{
	setup.always = fields;
}

bool ra_log_enabled(enum ra_level level)
{
	return level >= setup.level;
}

enum ra_log_format ra_log_format(void)
{
	return setup.format;
}

static bool needs_quotes(struct ra_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return true;
	}
	return text.len == 0;
}

/* At most TEXT_BYTES of it, not ending inside a character. */
static struct ra_str cut(struct ra_str text)
{
	if (text.len <= TEXT_BYTES)
		return text;
	text.len = TEXT_BYTES;
	while (text.len > TEXT_BYTES - 3 && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
		text.len--;
	return text;
}

static void add_text(struct ra_buf *line, struct ra_str text)
{
	if (setup.format == RA_LOG_JSON || needs_quotes(text))
		ra_buf_add_json_string(line, text);
	else
		ra_buf_add_str(line, text);
}

static void add_u64(struct ra_buf *line, uint64_t value)
{
	/* a reader in JavaScript loses the digits of a larger number */
	bool is_quoted = setup.format == RA_LOG_JSON && value >= UINT64_C(1) << 53;
	ra_buf_add_text(line, is_quoted ? "\"" : "");
	ra_buf_add_u64(line, value);
	ra_buf_add_text(line, is_quoted ? "\"" : "");
}

static void add_value(struct ra_buf *line, const struct ra_field *field)
{
	switch (field->kind) {
	case RA_FIELD_U64: add_u64(line, field->u64); break;
	case RA_FIELD_I64: ra_buf_add_i64(line, field->i64); break;
	case RA_FIELD_BOOL: ra_buf_add_text(line, field->u64 ? "true" : "false"); break;
	case RA_FIELD_TEXT: add_text(line, cut(field->text)); break;
	case RA_FIELD_END: break;
	}
}

static void add_field(struct ra_buf *line, const struct ra_field *field)
{
	if (setup.format == RA_LOG_JSON) {
		ra_buf_add_text(line, line->len > 1 ? ",\"" : "\"");
		ra_buf_add_text(line, field->name);
		ra_buf_add_text(line, "\":");
	} else {
		ra_buf_add_text(line, line->len > 0 ? " " : "");
		ra_buf_add_text(line, field->name);
		ra_buf_add_text(line, "=");
	}
	add_value(line, field);
}

/* True when all of them fitted. */
static bool add_fields(struct ra_buf *line, const struct ra_field *fields)
{
	bool fitted = true;
	for (; fields && fields->kind != RA_FIELD_END; fields++) {
		size_t before = line->len;
		add_field(line, fields);
		if (line->len > LINE_BYTES - SPARE_BYTES) {
			line->len = before;
			fitted = false;
		}
	}
	return fitted;
}

static bool add_inherited(struct ra_buf *line, const struct ra_log *log)
{
	if (!log)
		return true;
	bool fitted = add_inherited(line, log->parent);
	return add_fields(line, log->fields) && fitted;
}

static void write_line(struct ra_str line)
{
	/* whoever reads stderr may be gone or slow; there is nobody left to tell */
	while (write(STDERR_FILENO, line.ptr, line.len) < 0 && errno == EINTR)
		;
}

void ra_log_line(const struct ra_log *log, enum ra_level level, const char *phrase,
		 const struct ra_field *fields)
{
	char time[33];
	ra_iso8601_format(ra_wall_ms(), time);
	memcpy(time + 23, "Z", 2); /* milliseconds will do */
	const struct ra_field first[] = {
		ra_f_text("time", time),
		ra_f_text("level", level_names[level]),
		ra_f_text("service", setup.service),
		ra_f_text("msg", phrase),
		{ .kind = RA_FIELD_END },
	};
	static const struct ra_field truncated[] = { ra_f_bool("truncated", true),
						     { .kind = RA_FIELD_END } };
	struct ra_buf line = { 0 };
	ra_buf_reserve(&line, LINE_BYTES);
	ra_buf_add_text(&line, setup.format == RA_LOG_JSON ? "{" : "");
	bool fitted = add_fields(&line, first);
	fitted = add_fields(&line, setup.always) && fitted;
	fitted = add_inherited(&line, log) && fitted;
	fitted = add_fields(&line, fields) && fitted;
	if (!fitted)
		add_field(&line, truncated);
	ra_buf_add_text(&line, setup.format == RA_LOG_JSON ? "}\n" : "\n");
	write_line(ra_buf_str(&line));
	ra_buf_fini(&line);
}
