/*
 * loop: a uv loop inside a test, run until something holds; never for a
 * fixed time.
 *
 *	uv_loop_t loop;
 *	test_loop_open(&loop);
 *	...
 *	test_run_until(&loop, answers == 3);
 *	...
 *	test_loop_close(&loop);
 */
#pragma once
#include "tests/harness/cmocka.h"
#include <stdbool.h>
#include <uv.h>

/* Paid only by a test that fails; the machine may be busy with others. */
#define TEST_PATIENCE_MS 60000

/* Init, and SIGPIPE ignored as our services have it. */
void test_loop_open(uv_loop_t *loop);
/* Runs what is left to its end and fails when the loop does not close: something leaked a handle.
 */
void test_loop_close(uv_loop_t *loop);

struct test_deadline {
	uv_timer_t timer;
	uint64_t end_ms;
	bool is_over;
};

void test_deadline_start(struct test_deadline *deadline, uv_loop_t *loop, uint64_t ms);
/* One turn of the loop, waiting for something to happen; false when the time is over. */
bool test_deadline_turn(struct test_deadline *deadline);
void test_deadline_stop(struct test_deadline *deadline);

/* Turns the loop until `condition` holds; fails the test when it does not in a minute. */
#define test_run_until(loop, condition)                                                            \
	do {                                                                                       \
		struct test_deadline deadline_;                                                    \
		bool in_time_ = true;                                                              \
		test_deadline_start(&deadline_, (loop), TEST_PATIENCE_MS);                         \
		while (!(condition) && in_time_)                                                   \
			in_time_ = test_deadline_turn(&deadline_);                                 \
		test_deadline_stop(&deadline_);                                                    \
		if (!in_time_)                                                                     \
			fail_msg("after %d ms still not: %s", TEST_PATIENCE_MS, #condition);       \
	} while (0)

/* Turns the loop for `ms`, for what must not happen meanwhile. */
void test_run_for(uv_loop_t *loop, uint64_t ms);
