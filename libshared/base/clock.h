/*
 * clock: the two times there are. Wall time is milliseconds since the Unix
 * epoch; monotonic time only measures distances.
 */
#pragma once
#include "libshared/base/base.h"

int64_t ra_wall_ms(void);
/* For tests that have days in them: from now on wall time is moved by what `path` holds, eight
 * bytes, a little-endian int64_t of milliseconds. Whoever writes the file moves the time of all the
 * processes that follow it. Negative when there is no such file. */
int ra_clock_follow(const char *path) RA_MUST_CHECK;
/* By how much it is moved now; 0 where no file is followed. */
int64_t ra_clock_offset_ms(void);
uint64_t ra_monotonic_ms(void);

/* ISO 8601 as Discord writes it: date, T, time, optional fraction of any length, Z or an offset.
 * Milliseconds since the epoch; RA_EINVAL when it is anything else. */
int ra_iso8601_parse(struct ra_str text, int64_t *ms) RA_MUST_CHECK;
/* "2026-11-21T10:15:30.123000+00:00", NUL-terminated. */
void ra_iso8601_format(int64_t ms, char out[33]);

/* Uniform in [0, bound), from a generator of the process seeded by the kernel: for jitter, never
 * for secrets, and for one thread. */
uint64_t ra_random(uint64_t bound);
