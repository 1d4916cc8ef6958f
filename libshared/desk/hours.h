/*
 * hours: how much of an interval was business time. Which intervals are open
 * PostgreSQL says (app.open_hours: it knows zones, versions and holidays);
 * from then on it is arithmetic, done here once for thousands of requests.
 *
 * Pure.
 */
#pragma once
#include "libshared/base/base.h"

struct hours_span {
	int64_t from_ms, to_ms; /* to: excluded */
	int64_t before_ms;      /* open before it, in all; hours_count fills it in */
};

/* Borrows `list`: ascending, apart from each other, each longer than nothing. */
struct hours {
	const struct hours_span *list;
	size_t count;
};
struct hours hours_count(struct hours_span *list, size_t count);

/* Milliseconds of [from_ms, to_ms) that were open; 0 when it is empty. */
int64_t hours_between(const struct hours *hours, int64_t from_ms, int64_t to_ms);

#define HOURS_NEVER INT64_MAX
/* When it is open next: at_ms itself when it is open then. */
int64_t hours_next_opening(const struct hours *hours, int64_t at_ms);
/* When `open_ms` of business time have passed since from_ms: by when a target wants an answer. */
int64_t hours_after(const struct hours *hours, int64_t from_ms, int64_t open_ms);
