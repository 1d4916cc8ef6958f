/* recent: what it knows, and for how long. */
#include "libshared/stream/recent.h"
#include "tests/harness/cmocka.h"

static void recent_forgets_the_oldest_only(void **state)
{
	(void)state;
	struct ra_recent recent;
	ra_recent_init(&recent);
	for (uint64_t id = 1; id <= 3 * RA_RECENT_SIZE; id++) {
		assert_true(ra_recent_add(&recent, id, 1, 0));
		assert_false(ra_recent_add(&recent, id, 1, 0));
		assert_true(id == 1 || !ra_recent_add(&recent, id - 1, 1, 0));
	}
	assert_false(ra_recent_add(&recent, 2 * RA_RECENT_SIZE + 1, 1, 0));
	assert_true(ra_recent_add(&recent, 2 * RA_RECENT_SIZE - 1, 1, 0));
	ra_recent_remove(&recent, 3 * RA_RECENT_SIZE, 1, 0);
	assert_true(ra_recent_add(&recent, 3 * RA_RECENT_SIZE, 1, 0));
	ra_recent_fini(&recent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recent_forgets_the_oldest_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
