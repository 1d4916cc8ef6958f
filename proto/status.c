#include "proto/status.h"
#include "libshared/base/utf8.h"
#include <math.h>

/* Writing. */

static void begin(struct ra_buf *out, char mark, const char *name)
{
	ra_buf_printf(out, "%c\"%s\":", mark, name);
}

static void write_text(struct ra_buf *out, const char *text)
{
	ra_buf_add_json_string(out, ra_str_of(text));
}

/* JSON has no word for what is not finite. */
static void write_real(struct ra_buf *out, double value)
{
	ra_buf_printf(out, "%.3f", isfinite(value) ? value : 0.0);
}

/* clang-format off */
#define STATUS(kind)                                                                               \
	void ra_##kind##_status_write(struct ra_buf *out, const struct ra_##kind##_status *status)     \
	{                                                                                              \
		char mark = '{';
#define TEXT(name, size, help) begin(out, mark, #name), write_text(out, status->name), mark = ',';
#define INT(name, help)        begin(out, mark, #name), ra_buf_add_i64(out, status->name), mark = ',';
#define REAL(name, help)       begin(out, mark, #name), write_real(out, status->name), mark = ',';
#define TIME(name, help)       INT(name, help)
#define END                                                                                        \
		(void)mark;                                                                            \
		ra_buf_add_text(out, "}");                                                             \
	}
#include "proto/status.def"
/* clang-format on */

/* Reading. */

/* As many whole characters as fit. */
static void read_text(const json_t *object, const char *name, char *out, size_t size)
{
	const json_t *value = json_object_get(object, name);
	struct ra_str rest = { json_string_value(value), json_string_length(value) };
	for (size_t len = 0, step; rest.len > 0 && (step = ra_utf8_first(rest)) > 0; len += step) {
		if (len + step >= size)
			return;
		memcpy(out + len, rest.ptr, step);
		rest = (struct ra_str){ rest.ptr + step, rest.len - step };
	}
}

static int64_t read_int(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static double read_real(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

/* clang-format off */
#define STATUS(kind)                                                                               \
	int ra_##kind##_status_read(struct ra_str text, struct ra_##kind##_status *status)             \
	{                                                                                              \
		json_t *object = json_loadb(text.ptr ? text.ptr : "", text.len, 0, NULL);              \
		bool is_object = json_is_object(object);                                               \
		memset(status, 0, sizeof(*status));
#define TEXT(name, size, help) read_text(object, #name, status->name, size);
#define INT(name, help)        status->name = read_int(object, #name);
#define REAL(name, help)       status->name = read_real(object, #name);
#define TIME(name, help)       INT(name, help)
#define END                                                                                        \
		json_decref(object);                                                                   \
		return is_object ? 0 : RA_EINVAL;                                                      \
	}
#include "proto/status.def"

#define STATUS(kind)                                                                               \
	json_t *ra_##kind##_status_json(const struct ra_##kind##_status *status,                       \
					json_t *(*instant)(int64_t ms))                                \
	{                                                                                              \
		json_t *object = json_object();
#define TEXT(name, size, help) json_object_set_new(object, #name, json_string(status->name));
#define INT(name, help)        json_object_set_new(object, #name, json_integer(status->name));
#define REAL(name, help)       json_object_set_new(object, #name, json_real(status->name));
#define TIME(name, help)       json_object_set_new(object, #name, instant(status->name));
#define END                                                                                        \
		return object;                                                                         \
	}
#include "proto/status.def"
/* clang-format on */
