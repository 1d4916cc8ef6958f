/* backoff: see the header. */
#include "libshared/loop/backoff.h"
#include "libshared/base/clock.h"

uint64_t ra_backoff_next_ms(struct ra_backoff *backoff)
{
	uint64_t ms = backoff->min_ms;
	for (unsigned i = 0; i < backoff->attempts && ms < backoff->max_ms; i++)
		ms *= 2;
	if (ms < backoff->max_ms)
		backoff->attempts++;
	else
		ms = backoff->max_ms;
	return ms / 2 + ra_random(ms - ms / 2 + 1);
}
