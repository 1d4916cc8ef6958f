/*
 * ratelimit: counters that say "not now" (sheet, 8.1). A fixed window opens
 * with the first call and forgets all at its end; a sliding one frees a slot
 * `window_ms` after each call.
 */
#pragma once
#include "libshared/base/base.h"

struct limits;

struct limit_rule {
	const char *name; /* of the bucket; routes that share it share the limit */
	unsigned limit;   /* 0: none */
	uint64_t window_ms;
	bool is_sliding;
};

struct limit_verdict {
	bool is_allowed;
	unsigned remaining;
	uint64_t reset_after_ms; /* until the window ends; until a slot is free when refused */
};

struct limits *limits_new(void);
void limits_free(struct limits **limits);
/* Counts a call of `who` (bot or user, and the major parameter) against a rule. */
struct limit_verdict limits_take(struct limits *limits, const struct limit_rule *rule,
				 const char *who, uint64_t now_ms);
/* X-RateLimit-Bucket: opaque, the same for every major parameter. */
void limit_bucket_hash(const struct limit_rule *rule, char out[33]);
