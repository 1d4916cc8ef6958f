/* arena: zeroed, aligned, and used again after a reset. */
#include "libshared/base/arena.h"
#include "tests/harness/cmocka.h"
#include <stdalign.h>

static bool is_zero(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

static void gives_zeroed_aligned_memory_again_and_again(void **state)
{
	(void)state;
	struct ra_arena arena = { 0 };
	for (int round = 0; round < 3; round++) {
		for (size_t size = 0; size < 300; size++) {
			char *bytes = ra_arena_alloc(&arena, size);
			assert_true((uintptr_t)bytes % alignof(max_align_t) == 0);
			assert_true(is_zero(bytes, size));
			memset(bytes, 0xff, size);
		}
		ra_arena_reset(&arena);
	}
	ra_arena_fini(&arena);
}

static void keeps_its_largest_block(void **state)
{
	(void)state;
	struct ra_arena arena = { 0 };
	ra_arena_alloc(&arena, 100);
	char *large = ra_arena_alloc(&arena, 100000);
	ra_arena_alloc(&arena, 150000);
	ra_arena_alloc(&arena, 10);
	ra_arena_reset(&arena);
	char *again = ra_arena_alloc(&arena, 150000);
	struct ra_arena_block *block = arena.head;
	assert_non_null(again);
	assert_ptr_not_equal(again, large);
	ra_arena_reset(&arena);
	ra_arena_alloc(&arena, 150000);
	assert_ptr_equal(arena.head, block);
	ra_arena_fini(&arena);
}

static void gives_back_what_one_greedy_request_took(void **state)
{
	(void)state;
	struct ra_arena arena = { 0 };
	ra_arena_alloc(&arena, 8u << 20);
	ra_arena_reset(&arena);
	assert_null(arena.head);
	ra_arena_fini(&arena);
}

static void copies_and_formats_texts(void **state)
{
	(void)state;
	struct ra_arena arena = { 0 };
	assert_string_equal(ra_arena_strdup(&arena, (struct ra_str){ "guild_id", 5 }), "guild");
	assert_string_equal(ra_arena_strdup(&arena, (struct ra_str){ NULL, 0 }), "");
	assert_string_equal(ra_arena_format(&arena, "%d of %s", 3, "four"), "3 of four");
	char *longer = ra_arena_format(&arena, "%10000d", 1);
	assert_int_equal(strlen(longer), 10000);
	ra_arena_fini(&arena);
	assert_null(arena.head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_aligned_memory_again_and_again),
		cmocka_unit_test(keeps_its_largest_block),
		cmocka_unit_test(gives_back_what_one_greedy_request_took),
		cmocka_unit_test(copies_and_formats_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
