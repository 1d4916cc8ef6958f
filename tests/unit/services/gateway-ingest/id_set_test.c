/* id_set: against a plain array, through growth, removal and wiping. */
#include "services/gateway-ingest/id_set.h"
#include "tests/harness/cmocka.h"

#define RANGE 3000

/* Few bits differ, as in snowflakes of one moment. */
static uint64_t id_of(unsigned i)
{
	return (1440000000000000000ULL + i) << (i % 3 * 4);
}

static void check(const struct id_set *set, const bool *expected)
{
	size_t count = 0;
	for (unsigned i = 0; i < RANGE; i++) {
		assert_int_equal(id_set_has(set, id_of(i)), expected[i]);
		count += expected[i];
	}
	assert_int_equal(set->count, count);
}

static void test_against_an_array(void **state)
{
	(void)state;
	struct id_set set = { 0 };
	static bool expected[RANGE];
	uint32_t random = 1;
	for (int round = 0; round < 40000; round++) {
		random = random * 1664525 + 1013904223;
		unsigned i = (random >> 8) % RANGE;
		if (random >> 31) {
			assert_int_equal(id_set_add(&set, id_of(i)), !expected[i]);
			expected[i] = true;
		} else {
			id_set_remove(&set, id_of(i));
			expected[i] = false;
		}
		if (round % 1000 == 0)
			check(&set, expected);
	}
	check(&set, expected);
	id_set_clear(&set);
	memset(expected, 0, sizeof(expected));
	check(&set, expected);
	id_set_fini(&set);
}

static void test_empty(void **state)
{
	(void)state;
	struct id_set set = { 0 };
	assert_false(id_set_has(&set, 1));
	id_set_remove(&set, 1);
	id_set_clear(&set);
	assert_true(id_set_add(&set, 1));
	assert_false(id_set_add(&set, 1));
	id_set_fini(&set);
}

/* What a guild of many members needed is not kept for the next of a few. */
static void test_large_tables_are_given_back(void **state)
{
	(void)state;
	struct id_set set = { 0 };
	for (uint64_t id = 1; id <= 100000; id++)
		id_set_add(&set, id);
	id_set_clear(&set);
	assert_int_equal(set.cap, 0);
	assert_false(id_set_has(&set, 7));
	id_set_fini(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_an_array),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_large_tables_are_given_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
