/* base: numbers read at their limits, strings copied whole. */
#include "libshared/base/base.h"
#include "libshared/base/err.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>

static void reads_u64_to_its_last_value(void **state)
{
	(void)state;
	uint64_t value = 1;
	assert_int_equal(ra_str_to_u64(RA_STR("0"), &value), 0);
	assert_true(value == 0);
	assert_int_equal(ra_str_to_u64(RA_STR("18446744073709551615"), &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(ra_str_to_u64(RA_STR("0000000000000000000000042"), &value), 0);
	assert_true(value == 42);
}

static void refuses_what_is_no_u64(void **state)
{
	(void)state;
	static const char *const bad[] = { "",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "1.0",
					   "0x10",
					   "1e3",
					   "a",
					   "18446744073709551616",
					   "99999999999999999999",
					   "100000000000000000000000" };
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		uint64_t value = 77;
		assert_int_equal(ra_str_to_u64(ra_str_of(bad[i]), &value), RA_EINVAL);
		assert_true(value == 77);
	}
}

static void reads_i64_from_end_to_end(void **state)
{
	(void)state;
	int64_t value = 1;
	assert_int_equal(ra_str_to_i64(RA_STR("9223372036854775807"), &value), 0);
	assert_true(value == INT64_MAX);
	assert_int_equal(ra_str_to_i64(RA_STR("-9223372036854775808"), &value), 0);
	assert_true(value == INT64_MIN);
	assert_int_equal(ra_str_to_i64(RA_STR("-0"), &value), 0);
	assert_true(value == 0);
}

static void refuses_what_is_no_i64(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "-", "--1", "9223372036854775808",
					   "-9223372036854775809" };
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		int64_t value = 77;
		assert_int_equal(ra_str_to_i64(ra_str_of(bad[i]), &value), RA_EINVAL);
		assert_true(value == 77);
	}
}

static void assert_digits(uint64_t value)
{
	char digits[20], expected[21];
	snprintf(expected, sizeof(expected), "%llu", (unsigned long long)value);
	size_t len = ra_u64_digits(value, digits);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(digits, expected, len);
}

static void writes_digits_as_printf_does(void **state)
{
	(void)state;
	for (uint64_t value = 0; value < 12345; value++)
		assert_digits(value);
	for (uint64_t power = 1; power < UINT64_MAX / 10; power *= 10) {
		assert_digits(power - 1);
		assert_digits(power);
		assert_digits(power * 9 + 7);
	}
	assert_digits(UINT64_MAX / 2);
	assert_digits(UINT64_MAX);
}

static void compares_strings_by_length_and_bytes(void **state)
{
	(void)state;
	assert_true(ra_str_is(RA_STR("guild"), "guild"));
	assert_false(ra_str_is(RA_STR("guild"), "guild_id"));
	assert_false(ra_str_is(RA_STR("guild\0x"), "guild"));
	assert_true(ra_str_is(ra_str_of(NULL), ""));
	assert_true(ra_str_starts(RA_STR("guild_id"), "guild"));
	assert_true(ra_str_starts(RA_STR(""), ""));
	assert_false(ra_str_starts(RA_STR("gui"), "guild"));
}

static void copies_and_formats(void **state)
{
	(void)state;
	char *copy = ra_str_dup((struct ra_str){ "guild_id", 5 });
	assert_string_equal(copy, "guild");
	ra_free(copy);
	copy = ra_str_dup((struct ra_str){ NULL, 0 });
	assert_string_equal(copy, "");
	ra_free(copy);
	assert_null(ra_strdup(NULL));
	copy = ra_format("%s-%d", "shard", 3);
	assert_string_equal(copy, "shard-3");
	ra_free(copy);
}

static void allocates_zeroed(void **state)
{
	(void)state;
	static const char zeros[64];
	char *bytes = ra_alloc(sizeof(zeros));
	assert_memory_equal(bytes, zeros, sizeof(zeros));
	bytes = ra_realloc(bytes, 128);
	memset(bytes, 1, 128);
	ra_free(bytes);
	ra_free(ra_alloc(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_u64_to_its_last_value),
		cmocka_unit_test(refuses_what_is_no_u64),
		cmocka_unit_test(reads_i64_from_end_to_end),
		cmocka_unit_test(refuses_what_is_no_i64),
		cmocka_unit_test(writes_digits_as_printf_does),
		cmocka_unit_test(compares_strings_by_length_and_bytes),
		cmocka_unit_test(copies_and_formats),
		cmocka_unit_test(allocates_zeroed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
