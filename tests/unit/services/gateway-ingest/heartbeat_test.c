/* heartbeat: the beat, its jitter, and what counts as dead. */
#include "services/gateway-ingest/heartbeat.h"
#include "tests/harness/loop.h"

#define INTERVAL_MS 20

struct fixture {
	uv_loop_t loop;
	struct heartbeat heartbeat;
	unsigned beats, deaths;
	bool is_refused;                       /* over the send limit */
	void (*after_beat)(struct fixture *f); /* the peer */
};

static bool on_beat(void *ctx)
{
	struct fixture *f = ctx;
	f->beats++;
	if (f->after_beat)
		f->after_beat(f);
	return !f->is_refused;
}

static void on_died(void *ctx)
{
	((struct fixture *)ctx)->deaths++;
}

static void peer_acks(struct fixture *f)
{
	heartbeat_ack(&f->heartbeat);
}

static void peer_is_busy(struct fixture *f)
{
	heartbeat_life(&f->heartbeat);
}

static void peer_is_lost(struct fixture *f)
{
	heartbeat_stop(&f->heartbeat);
}

static int setup(void **state)
{
	struct fixture *f = ra_new(struct fixture);
	test_loop_open(&f->loop);
	heartbeat_init(&f->heartbeat, &f->loop, on_beat, on_died, f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	heartbeat_close(&f->heartbeat, NULL);
	test_loop_close(&f->loop);
	ra_free(f);
	return 0;
}

static void test_beats_while_acked(void **state)
{
	struct fixture *f = *state;
	f->after_beat = peer_acks;
	heartbeat_start(&f->heartbeat, INTERVAL_MS);
	test_run_until(&f->loop, f->beats == 5);
	assert_int_equal(f->deaths, 0);
}

/* The ACK queues behind megabytes, but they come. */
static void test_bytes_are_life(void **state)
{
	struct fixture *f = *state;
	f->after_beat = peer_is_busy;
	heartbeat_start(&f->heartbeat, INTERVAL_MS);
	test_run_until(&f->loop, f->beats == 5);
	assert_int_equal(f->deaths, 0);
}

static void test_unsent_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	f->is_refused = true;
	heartbeat_start(&f->heartbeat, INTERVAL_MS);
	test_run_until(&f->loop, f->beats == 5);
	assert_int_equal(f->deaths, 0);
}

static void test_silence_is_death(void **state)
{
	struct fixture *f = *state;
	heartbeat_start(&f->heartbeat, INTERVAL_MS);
	test_run_until(&f->loop, f->deaths > 0);
	assert_int_equal(f->beats, 1);
	test_run_for(&f->loop, 3 * INTERVAL_MS);
	assert_int_equal(f->deaths, 1);
	assert_int_equal(f->beats, 1);
}

static void test_stop_and_start_anew(void **state)
{
	struct fixture *f = *state;
	f->after_beat = peer_is_lost; /* at once: a busy machine may be late for two beats */
	heartbeat_start(&f->heartbeat, INTERVAL_MS);
	test_run_until(&f->loop, f->beats == 1);
	f->after_beat = peer_acks;
	heartbeat_start(&f->heartbeat, INTERVAL_MS);
	/* the old connection's missing ACK is not held against the new one */
	test_run_until(&f->loop, f->beats == 4);
	assert_int_equal(f->deaths, 0);
}

/* A restarted fleet must not beat in step. */
static void test_first_beat_is_scattered(void **state)
{
	struct fixture *f = *state;
	uint64_t least = UINT64_MAX, most = 0;
	for (int i = 0; i < 200; i++) {
		heartbeat_start(&f->heartbeat, 41250);
		uint64_t due = uv_timer_get_due_in(&f->heartbeat.timer);
		least = due < least ? due : least;
		most = due > most ? due : most;
	}
	assert_true(most <= 41250);
	assert_true(least < 41250 / 4 && most > 41250 / 4 * 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_beats_while_acked),        TEST(test_bytes_are_life),
		TEST(test_unsent_is_not_waited_for), TEST(test_silence_is_death),
		TEST(test_stop_and_start_anew),      TEST(test_first_beat_is_scattered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
