/*
 * backoff: how long to wait before trying again: doubling from `min_ms` to
 * `max_ms`, uniformly jittered in the upper half, back to the start on success.
 */
#pragma once
#include <stdint.h>

struct ra_backoff {
	uint64_t min_ms, max_ms;
	unsigned attempts; /* since the last success */
};

uint64_t ra_backoff_next_ms(struct ra_backoff *backoff);
static inline void ra_backoff_reset(struct ra_backoff *backoff)
{
	backoff->attempts = 0;
}
