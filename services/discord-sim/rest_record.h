/*
 * rest_record: what the bot asked of REST, counted, for who judges a client:
 * calls by the second, and refusals by kind. The seconds are the windows of
 * the global limit: the first call after one is over opens the next.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Windows beyond these are counted in `calls` alone. */
#define RECORD_WINDOWS 600

struct rest_record {
	uint64_t calls;
	uint64_t user, shared, global, banned; /* 429s */
	uint64_t unauthorized, forbidden;
	uint64_t window_ends_ms;
	unsigned windows[RECORD_WINDOWS]; /* calls in each */
	unsigned window_count;
};

void rest_record_call(struct rest_record *record, uint64_t now_ms);
/* {"calls", "limited": {"user", ...}, "unauthorized", "forbidden", "windows": [42, ...]} */
json_t *rest_record_json(const struct rest_record *record);
