/*
 * terminal: what the person who started us reads: the lines of every program
 * with its name in front, and a few of our own. With LOG_FORMAT=json each
 * line is one JSON object instead.
 */
#pragma once
#include "libshared/base/err.h"

/* A line that `program` wrote, without its newline. */
void terminal_relay(const char *program, struct ra_str line);
/* A line of ours. */
void terminal_say(const char *fmt, ...) RA_PRINTF(1, 2);
void terminal_fail(const struct ra_err *err);
