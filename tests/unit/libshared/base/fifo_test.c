/* fifo: order, through growth and around the end of the ring. */
#include "libshared/base/fifo.h"
#include "tests/harness/cmocka.h"

static void keeps_order_while_it_grows_and_turns(void **state)
{
	(void)state;
	struct ra_fifo fifo = { .item_size = sizeof(int) };
	int pushed = 0, popped = 0, item = -1;

	for (int round = 1; round < 200; round++) {
		for (int i = 0; i < round; i++, pushed++)
			ra_fifo_push(&fifo, &pushed);
		for (int i = 0; i < round - 1; i++, popped++) {
			assert_int_equal(*(int *)ra_fifo_front(&fifo), popped);
			assert_true(ra_fifo_pop(&fifo, &item));
			assert_int_equal(item, popped);
		}
	}
	assert_int_equal(fifo.count, pushed - popped);
	while (ra_fifo_pop(&fifo, &item))
		assert_int_equal(item, popped++);
	assert_int_equal(popped, pushed);
	ra_fifo_fini(&fifo);
}

static void empty_has_nothing(void **state)
{
	(void)state;
	struct ra_fifo fifo = { .item_size = sizeof(int) };
	int item = 7;

	assert_null(ra_fifo_front(&fifo));
	assert_false(ra_fifo_pop(&fifo, &item));
	assert_int_equal(item, 7);
	ra_fifo_push(&fifo, &item);
	ra_fifo_fini(&fifo);
	assert_null(ra_fifo_front(&fifo));
	ra_fifo_push(&fifo, &item); /* usable again */
	assert_int_equal(*(int *)ra_fifo_front(&fifo), 7);
	ra_fifo_fini(&fifo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order_while_it_grows_and_turns),
		cmocka_unit_test(empty_has_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
