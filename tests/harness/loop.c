/* loop: see the header. */
#include "tests/harness/loop.h"
#include "libshared/base/base.h"
#include <signal.h>

void test_loop_open(uv_loop_t *loop)
{
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(uv_loop_init(loop), 0);
}

static void print_handle(uv_handle_t *handle, void *unused)
{
	(void)unused;
	print_error("left on the loop: %s%s\n", uv_handle_type_name(handle->type),
		    uv_is_closing(handle) ? " (closing)" : "");
}

void test_loop_close(uv_loop_t *loop)
{
	struct test_deadline deadline;
	test_deadline_start(&deadline, loop, TEST_PATIENCE_MS);
	uv_unref((uv_handle_t *)&deadline.timer);
	while (uv_loop_alive(loop) && test_deadline_turn(&deadline)) {
	}
	test_deadline_stop(&deadline);
	int rc = uv_loop_close(loop);
	if (rc != 0)
		uv_walk(loop, print_handle, NULL);
	assert_int_equal(rc, 0);
}

/* A turn may do the awaited thing in its timers and then wait in its poll: so it never waits long.
 */
#define TURN_MS 20

static void on_deadline(uv_timer_t *timer)
{
	struct test_deadline *deadline = ra_container_of(timer, struct test_deadline, timer);
	deadline->is_over = uv_now(timer->loop) >= deadline->end_ms;
}

void test_deadline_start(struct test_deadline *deadline, uv_loop_t *loop, uint64_t ms)
{
	deadline->is_over = false;
	uv_timer_init(loop, &deadline->timer);
	uv_update_time(loop);
	deadline->end_ms = uv_now(loop) + ms;
	uv_timer_start(&deadline->timer, on_deadline, ms < TURN_MS ? ms : TURN_MS, TURN_MS);
}

bool test_deadline_turn(struct test_deadline *deadline)
{
	uv_run(deadline->timer.loop, UV_RUN_ONCE);
	return !deadline->is_over;
}

static void on_closed(uv_handle_t *handle)
{
	*(bool *)handle->data = true;
}

void test_deadline_stop(struct test_deadline *deadline)
{
	bool is_closed = false;
	deadline->timer.data = &is_closed;
	uv_close((uv_handle_t *)&deadline->timer, on_closed);
	while (!is_closed)
		uv_run(deadline->timer.loop, UV_RUN_NOWAIT);
}

void test_run_for(uv_loop_t *loop, uint64_t ms)
{
	struct test_deadline deadline;
	test_deadline_start(&deadline, loop, ms);
	while (test_deadline_turn(&deadline)) {
	}
	test_deadline_stop(&deadline);
}
