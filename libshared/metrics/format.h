/*
 * format: the words of the Prometheus text format, version 0.0.4.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#pragma once
#include "libshared/base/buf.h"

/* The "# HELP" and "# TYPE" lines. */
void ra_format_head(struct ra_buf *out, const char *name, const char *type, const char *help);
/* One sample line; `label` may be NULL. */
void ra_format_sample(struct ra_buf *out, const char *name, const char *suffix, const char *label,
		      const char *label_value, double value);
/* A line of a histogram: how many were at most `bound`. */
void ra_format_bucket(struct ra_buf *out, const char *name, const char *label,
		      const char *label_value, double bound, double count);
/* The shortest text that reads back as `value`. */
void ra_format_number(struct ra_buf *out, double value);
