/* table and recent: many keys against a slow but plain count. */
#include "services/analytics/recent.h"
#include "services/analytics/table.h"
#include "tests/harness/cmocka.h"

struct pair {
	uint64_t a, b;
};

struct row {
	struct pair key;
	int64_t n;
};

static void rows_are_unique_by_key(void **state)
{
	(void)state;
	enum { KEYS = 1000, TOUCHES = 20000 };
	struct table table = TABLE_OF(struct row, struct pair);
	static int64_t expected[KEYS];
	uint64_t x = 88172645463325252ULL;
	for (int i = 0; i < TOUCHES; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		uint64_t key = x % KEYS;
		struct pair pair = { key, key * 7 };
		((struct row *)table_row(&table, &pair, NULL))->n++;
		expected[key]++;
	}
	size_t total = 0;
	for (uint64_t key = 0; key < KEYS; key++) {
		struct pair pair = { key, key * 7 };
		const struct row *row = table_find(&table, &pair);
		assert_int_equal(row ? row->n : 0, expected[key]);
		total += row != NULL;
	}
	assert_int_equal(table.count, total);
	table_clear(&table);
	assert_null(table_find(&table, &(struct pair){ 1, 7 }));
	bool is_new = false;
	table_row(&table, &(struct pair){ 1, 7 }, &is_new);
	assert_true(is_new);
	table_fini(&table);
}

static void recent_forgets_the_oldest_only(void **state)
{
	(void)state;
	struct recent recent;
	recent_init(&recent);
	for (uint64_t id = 1; id <= 3 * RECENT_SIZE; id++) {
		assert_true(recent_add(&recent, id, 1, 0));
		assert_false(recent_add(&recent, id, 1, 0));
		assert_true(id == 1 || !recent_add(&recent, id - 1, 1, 0));
	}
	assert_false(recent_add(&recent, 2 * RECENT_SIZE + 1, 1, 0));
	assert_true(recent_add(&recent, 2 * RECENT_SIZE - 1, 1, 0));
	recent_remove(&recent, 3 * RECENT_SIZE, 1, 0);
	assert_true(recent_add(&recent, 3 * RECENT_SIZE, 1, 0));
	recent_fini(&recent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_unique_by_key),
		cmocka_unit_test(recent_forgets_the_oldest_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
