/* table: many keys against a slow but plain count. */
#include "libshared/base/table.h"
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
	struct ra_table table = RA_TABLE_OF(struct row, struct pair);
	static int64_t expected[KEYS];
	uint64_t x = 88172645463325252ULL;
	for (int i = 0; i < TOUCHES; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		uint64_t key = x % KEYS;
		struct pair pair = { key, key * 7 };
		((struct row *)ra_table_row(&table, &pair, NULL))->n++;
		expected[key]++;
	}
	size_t total = 0;
	for (uint64_t key = 0; key < KEYS; key++) {
		struct pair pair = { key, key * 7 };
		const struct row *row = ra_table_find(&table, &pair);
		assert_int_equal(row ? row->n : 0, expected[key]);
		total += row != NULL;
	}
	assert_int_equal(table.count, total);
	ra_table_clear(&table);
	assert_null(ra_table_find(&table, &(struct pair){ 1, 7 }));
	bool is_new = false;
	ra_table_row(&table, &(struct pair){ 1, 7 }, &is_new);
	assert_true(is_new);
	ra_table_fini(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_unique_by_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
