/* share: who reads which stream, and which has to wait. */
#include "libshared/stream/share.h"
#include "tests/harness/cmocka.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void shares_add_up(void **state)
{
	(void)state;
	for (size_t wanted = 0; wanted < 20; wanted++) {
		for (size_t replicas = 1; replicas < 6; replicas++) {
			size_t sum = 0;
			for (size_t rank = 0; rank < replicas; rank++) {
				size_t share = ra_share_of(wanted, replicas, rank);
				assert_true(share == wanted / replicas ||
					    share == wanted / replicas + 1);
				sum += share;
			}
			assert_int_equal(sum, wanted);
		}
	}
	assert_int_equal(ra_share_of(5, 0, 0), 5);
}

static void the_next_plan_waits_for_the_one_that_serves(void **state)
{
	(void)state;
	struct ra_share_plan plan = { .count = 2, .next = 4 };
	struct ra_share_stream streams[] = {
		{ .shard_count = 2, .shard_id = 0 },
		{ .shard_count = 2, .shard_id = 1, .is_finished = true },
		{ .shard_count = 4, .shard_id = 0 },
	};
	assert_true(ra_share_may_read(&plan, streams, COUNT(streams), 0));
	assert_true(ra_share_may_read(&plan, streams, COUNT(streams), 1)); /* it may live again */
	assert_false(ra_share_may_read(&plan, streams, COUNT(streams), 2));
	streams[0].is_finished = true;
	assert_true(ra_share_may_read(&plan, streams, COUNT(streams), 2));
	/* the fleet has gone over, and the reader is behind */
	streams[0].is_finished = false;
	plan = (struct ra_share_plan){ .count = 4 };
	assert_true(ra_share_may_read(&plan, streams, COUNT(streams), 0));
	assert_false(ra_share_may_read(&plan, streams, COUNT(streams), 1));
	assert_false(ra_share_may_read(&plan, streams, COUNT(streams), 2));
}

static void two_plans_left_behind_are_read_in_order(void **state)
{
	(void)state;
	const struct ra_share_plan plan = { .count = 3 };
	struct ra_share_stream streams[] = {
		{ .shard_count = 3 },
		{ .shard_count = 4 },
		{ .shard_count = 2 },
	};
	assert_true(ra_share_needs_order(&plan, streams, COUNT(streams)));
	for (size_t i = 0; i < COUNT(streams); i++) /* while the order is not known */
		assert_false(ra_share_may_read(&plan, streams, COUNT(streams), i));
	streams[1].first_ms = 2000;
	assert_false(ra_share_may_read(&plan, streams, COUNT(streams), 1));
	assert_false(ra_share_may_read(&plan, streams, COUNT(streams), 2));
	streams[2].first_ms = 1000;
	assert_true(ra_share_may_read(&plan, streams, COUNT(streams), 2));
	assert_false(ra_share_may_read(&plan, streams, COUNT(streams), 1));
	streams[2].is_finished = true;
	assert_false(ra_share_needs_order(&plan, streams, COUNT(streams)));
	assert_true(ra_share_may_read(&plan, streams, COUNT(streams), 1));
	assert_false(ra_share_may_read(&plan, streams, COUNT(streams), 0));
}

static void without_a_plan_everything_is_read(void **state)
{
	(void)state;
	const struct ra_share_plan plan = { 0 };
	const struct ra_share_stream streams[] = { { .shard_count = 1 }, { .shard_count = 2 } };
	assert_true(ra_share_may_read(&plan, streams, COUNT(streams), 0));
	assert_true(ra_share_may_read(&plan, streams, COUNT(streams), 1));
	assert_false(ra_share_is_left(&plan, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_add_up),
		cmocka_unit_test(the_next_plan_waits_for_the_one_that_serves),
		cmocka_unit_test(two_plans_left_behind_are_read_in_order),
		cmocka_unit_test(without_a_plan_everything_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
