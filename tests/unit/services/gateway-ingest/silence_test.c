/* silence: when a shard has been quiet for too long, by its own past. */
#include "services/gateway-ingest/silence.h"
#include "tests/harness/cmocka.h"

#define SECOND 1000
#define MINUTE 60000
#define HOUR   3600000
#define LIMIT  (10 * MINUTE)

/* A past: `count` dispatches, one every `every_ms`. Returns when it ends. */
static uint64_t live(struct silence *s, uint64_t from_ms, unsigned count, uint64_t every_ms)
{
	for (unsigned i = 0; i < count; i++)
		silence_heard(s, from_ms += every_ms);
	return from_ms;
}

static struct silence fresh(void)
{
	struct silence s = { .limit_ms = LIMIT };
	silence_begin(&s, 0);
	return s;
}

static void busy_shard(void **state)
{
	(void)state;
	struct silence s = fresh();
	uint64_t now = live(&s, 0, 1000, SECOND);
	assert_false(silence_is_suspicious(&s, now + LIMIT - 1));
	assert_true(silence_is_suspicious(&s, now + LIMIT));
}

static void off(void **state)
{
	(void)state;
	struct silence s = fresh();
	s.limit_ms = 0;
	assert_false(silence_is_suspicious(&s, live(&s, 0, 1000, SECOND) + 24 * HOUR));
}

static void without_a_past(void **state)
{
	(void)state;
	struct silence s = fresh();
	assert_false(silence_is_suspicious(&s, 24 * HOUR));
	uint64_t now = live(&s, 0, SILENCE_ENOUGH - 1, SECOND);
	assert_false(silence_is_suspicious(&s, now + 24 * HOUR));
}

static void quiet_shard_by_its_own_measure(void **state)
{
	(void)state;
	struct silence s = fresh();
	uint64_t now = live(&s, 0, SILENCE_ENOUGH, HOUR / 4);
	assert_false(silence_is_suspicious(&s, now + HOUR / 2 - 1));
	assert_true(silence_is_suspicious(&s, now + HOUR / 2));
}

/* How often is a shard asked that stays silent for a week, a heartbeat every 40 s? */
static void real_silence_is_learned(void **state)
{
	(void)state;
	struct silence s = fresh();
	unsigned asked = 0;
	uint64_t now = live(&s, 0, 1000, SECOND);
	for (uint64_t end = now + 7UL * 24 * HOUR; now < end; now += 40 * SECOND)
		if (silence_is_suspicious(&s, now)) {
			asked++;
			silence_resumed(&s, now + SECOND);
		}
	assert_in_range(asked, 5, 12); /* 10, 20, 40 minutes ... */
}

static void what_was_missed_is_not_learned(void **state)
{
	(void)state;
	struct silence s = fresh();
	uint64_t now = live(&s, 0, 1000, SECOND);
	for (unsigned round = 0; round < 5; round++) {
		now += LIMIT;
		assert_true(silence_is_suspicious(&s, now));
		now = live(&s, now, 10, 1); /* the replay */
		silence_resumed(&s, now);
	}
}

static void long_ago_is_forgotten(void **state)
{
	(void)state;
	struct silence s = fresh();
	uint64_t now = live(&s, 0, 200, SECOND);
	silence_heard(&s, now += 5UL * HOUR);
	assert_false(silence_is_suspicious(&s, now + HOUR));
	now = live(&s, now, 2 * 24 * 60 + 600, MINUTE);
	assert_true(silence_is_suspicious(&s, now + LIMIT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(busy_shard),
		cmocka_unit_test(off),
		cmocka_unit_test(without_a_past),
		cmocka_unit_test(quiet_shard_by_its_own_measure),
		cmocka_unit_test(real_silence_is_learned),
		cmocka_unit_test(what_was_missed_is_not_learned),
		cmocka_unit_test(long_ago_is_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
