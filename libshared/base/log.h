/*
 * log: one line per event on stderr, a fixed lowercase phrase plus typed
 * fields, as logfmt or JSON.
 *
 *	ra_info(log, "shard resumed", ra_f_int("shard", 0), ra_f_u64("seq", seq));
 *
 * info: an operator would tell a colleague. warn: will heal itself. error:
 * someone must act. Never message content, never tokens.
 */
#pragma once
#include "libshared/base/base.h"

enum ra_level { RA_LEVEL_DEBUG, RA_LEVEL_INFO, RA_LEVEL_WARN, RA_LEVEL_ERROR };
enum ra_log_format { RA_LOG_LOGFMT, RA_LOG_JSON };

struct ra_field {
	const char *name;
	enum { RA_FIELD_END, RA_FIELD_U64, RA_FIELD_I64, RA_FIELD_TEXT, RA_FIELD_BOOL } kind;
	union {
		uint64_t u64;
		int64_t i64;
		struct ra_str text;
	};
};

/* clang-format off */
#define ra_f_u64(n, v)  ((struct ra_field){ .name = (n), .kind = RA_FIELD_U64, .u64 = (v) })
#define ra_f_int(n, v)  ((struct ra_field){ .name = (n), .kind = RA_FIELD_I64, .i64 = (v) })
#define ra_f_bool(n, v) ((struct ra_field){ .name = (n), .kind = RA_FIELD_BOOL, .u64 = (v) })
#define ra_f_text(n, v) ((struct ra_field){ .name = (n), .kind = RA_FIELD_TEXT, .text = ra_str_of(v) })
#define ra_f_str(n, v)  ((struct ra_field){ .name = (n), .kind = RA_FIELD_TEXT, .text = (v) })
/* clang-format on */
/* An error code, as its text. */
#define ra_f_err(code) ra_f_text("error", ra_strerror(code))

/* A voice: made once per connection or job, carries its parent's fields. */
struct ra_log {
	const struct ra_log *parent;   /* borrowed; NULL at the root */
	const struct ra_field *fields; /* borrowed, ends with RA_FIELD_END; may be NULL */
};

/* Process-wide; call once before the first line. `service` is borrowed and stands in every line. */
void ra_log_setup(const char *service, enum ra_level level, enum ra_log_format format);
/* Stand in every line from now on; borrowed, ends with RA_FIELD_END. NULL: none. For a process that
 * does one thing. */
void ra_log_always(const struct ra_field *fields);
bool ra_log_enabled(enum ra_level level);
enum ra_log_format ra_log_format(void);
/* `fields` ends with RA_FIELD_END. NULL log is the root. */
void ra_log_line(const struct ra_log *log, enum ra_level level, const char *phrase,
		 const struct ra_field *fields);

#define RA_LOG_(log, level, ...)                                                                   \
	do {                                                                                       \
		if (ra_log_enabled(level))                                                         \
			RA_LOG_CALL_(log, level, __VA_ARGS__, (struct ra_field){ .name = NULL });  \
	} while (0)
#define RA_LOG_CALL_(log, level, phrase, ...)                                                      \
	ra_log_line(log, level, phrase, (const struct ra_field[]){ __VA_ARGS__ })

#define ra_debug(log, ...) RA_LOG_(log, RA_LEVEL_DEBUG, __VA_ARGS__)
#define ra_info(log, ...)  RA_LOG_(log, RA_LEVEL_INFO, __VA_ARGS__)
#define ra_warn(log, ...)  RA_LOG_(log, RA_LEVEL_WARN, __VA_ARGS__)
#define ra_error(log, ...) RA_LOG_(log, RA_LEVEL_ERROR, __VA_ARGS__)
