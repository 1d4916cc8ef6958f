/* format: see the header. */
#include "libshared/metrics/format.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void ra_format_number(struct ra_buf *out, double value)
{
	char text[32];
	if (isnan(value)) {
		ra_buf_add_text(out, "NaN");
		return;
	}
	if (isinf(value)) {
		ra_buf_add_text(out, value > 0 ? "+Inf" : "-Inf");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	ra_buf_add_text(out, text);
}

/* Backslash and newline are escaped everywhere, quotes in label values only. */
static void add_escaped(struct ra_buf *out, const char *text, bool is_quoted)
{
	for (; *text; text++) {
		if (*text == '\n')
			ra_buf_add_text(out, "\\n");
		else if (*text == '\\')
			ra_buf_add_text(out, "\\\\");
		else if (*text == '"' && is_quoted)
			ra_buf_add_text(out, "\\\"");
		else
			ra_buf_add(out, text, 1);
	}
}

void ra_format_head(struct ra_buf *out, const char *name, const char *type, const char *help)
{
	ra_buf_printf(out, "# HELP %s ", name);
	add_escaped(out, help, false);
	ra_buf_printf(out, "\n# TYPE %s %s\n", name, type);
}

static void add_label(struct ra_buf *out, const char *label, const char *value)
{
	ra_buf_printf(out, "%s=\"", label);
	add_escaped(out, value, true);
	ra_buf_add_text(out, "\"");
}

static void add_value(struct ra_buf *out, double value)
{
	ra_buf_add_text(out, " ");
	ra_format_number(out, value);
	ra_buf_add_text(out, "\n");
}

void ra_format_bucket(struct ra_buf *out, const char *name, const char *label,
		      const char *label_value, double bound, double count)
{
	ra_buf_printf(out, "%s_bucket{", name);
	if (label) {
		add_label(out, label, label_value);
		ra_buf_add_text(out, ",");
	}
	ra_buf_add_text(out, "le=\"");
	ra_format_number(out, bound);
	ra_buf_add_text(out, "\"}");
	add_value(out, count);
}

void ra_format_sample(struct ra_buf *out, const char *name, const char *suffix, const char *label,
		      const char *label_value, double value)
{
	ra_buf_add_text(out, name);
	ra_buf_add_text(out, suffix);
	if (label) {
		ra_buf_add_text(out, "{");
		add_label(out, label, label_value);
		ra_buf_add_text(out, "}");
	}
	add_value(out, value);
}
