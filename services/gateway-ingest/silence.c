/* silence: see silence.h. */
#include "services/gateway-ingest/silence.h"

#define DAY_MS 86400000

static void remember(struct silence *s, uint64_t now_ms)
{
	if (now_ms - s->day_ms >= DAY_MS) {
		s->day_ms = now_ms;
		s->longest_ms[1] = s->longest_ms[0];
		s->longest_ms[0] = 0;
	}
	if (now_ms - s->last_ms > s->longest_ms[0])
		s->longest_ms[0] = now_ms - s->last_ms;
}

void silence_begin(struct silence *s, uint64_t now_ms)
{
	s->last_ms = now_ms;
	s->is_asking = false;
	if (s->heard == 0)
		s->day_ms = now_ms;
}

void silence_heard(struct silence *s, uint64_t now_ms)
{
	if (!s->is_asking && s->heard > 0)
		remember(s, now_ms);
	s->is_asking = false; /* there was something to be heard: not a silence to get used to */
	s->last_ms = now_ms;
	s->heard++;
}

void silence_resumed(struct silence *s, uint64_t now_ms)
{
	if (s->is_asking)
		remember(s, now_ms);
	s->is_asking = false;
}

bool silence_is_suspicious(struct silence *s, uint64_t now_ms)
{
	uint64_t quiet_ms = now_ms - s->last_ms;
	uint64_t longest_ms =
		s->longest_ms[0] > s->longest_ms[1] ? s->longest_ms[0] : s->longest_ms[1];
	if (s->limit_ms == 0 || s->heard < SILENCE_ENOUGH || quiet_ms < s->limit_ms ||
	    quiet_ms < 2 * longest_ms)
		return false;
	s->is_asking = true;
	return true;
}
