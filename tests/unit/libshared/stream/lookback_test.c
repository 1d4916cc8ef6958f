/* lookback: the entry that may not be trimmed. */
#include "libshared/stream/lookback.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>
#include <stdlib.h>

static void covers_what_is_read_again_and_little_more(void **state)
{
	(void)state;
	static struct ra_lookback lookback;
	ra_lookback_clear(&lookback);
	assert_null(ra_lookback_oldest(&lookback));
	for (int n = 1; n <= 200000; n++) {
		char id[RA_ENTRY_ID_SIZE];
		snprintf(id, sizeof(id), "%d-0", 10 * n); /* at 100 events a second */
		ra_lookback_pass(&lookback, id);
		int oldest = atoi(ra_lookback_oldest(&lookback)) / 10;
		int needed = n - RA_LOOKBACK_ENTRIES + 1;
		assert_true(oldest <= (needed > 1 ? needed : 1));
		assert_true(oldest >= 1 && oldest >= needed - 2 * RA_LOOKBACK_STEP);
	}
	ra_lookback_clear(&lookback);
	ra_lookback_pass(&lookback, "7-7");
	assert_string_equal(ra_lookback_oldest(&lookback), "7-7");
}

/* At 1,000 events a second two minutes are more than 20,000 entries. */
static void two_minutes_at_least(void **state)
{
	(void)state;
	static struct ra_lookback lookback;
	ra_lookback_clear(&lookback);
	for (int n = 1; n <= 500000; n++) {
		char id[RA_ENTRY_ID_SIZE];
		snprintf(id, sizeof(id), "%d-0", n);
		ra_lookback_pass(&lookback, id);
		int oldest = atoi(ra_lookback_oldest(&lookback)), needed = n - 120000;
		assert_true(oldest <= (needed > 1 ? needed : 1));
		assert_true(oldest >= needed - 2 * RA_LOOKBACK_STEP);
	}
}

/* On a shard where little happens, what is older than a day may go. */
static void a_day_is_enough(void **state)
{
	(void)state;
	static struct ra_lookback lookback;
	const long long minute_ms = 60000, day_ms = 1440 * minute_ms;
	ra_lookback_clear(&lookback);
	for (long long at = day_ms; at < 10 * day_ms; at += 3 * minute_ms) {
		char id[RA_ENTRY_ID_SIZE];
		snprintf(id, sizeof(id), "%lld-0", at);
		ra_lookback_pass(&lookback, id);
		long long oldest = atoll(ra_lookback_oldest(&lookback)), needed = at - day_ms;
		assert_true(oldest <= (needed > day_ms ? needed : day_ms));
		assert_true(oldest >= day_ms && oldest >= needed - 60 * minute_ms);
	}
	char id[RA_ENTRY_ID_SIZE];
	snprintf(id, sizeof(id), "%lld-0", 40 * day_ms); /* a month of silence */
	ra_lookback_pass(&lookback, id);
	assert_true(atoll(ra_lookback_oldest(&lookback)) > 9 * day_ms);
	ra_lookback_pass(&lookback, id);
	assert_string_equal(ra_lookback_oldest(&lookback), id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(covers_what_is_read_again_and_little_more),
		cmocka_unit_test(two_minutes_at_least),
		cmocka_unit_test(a_day_is_enough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
